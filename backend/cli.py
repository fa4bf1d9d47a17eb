"""The command ``suijian``: serve, first administrators, check the ledger, rebuild from it."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import os
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from backend import backup, ledger
from backend.app import open_house
from backend.demo import load as demo
from backend.doctor import clean, examine, lost_pictures
from backend.draw import verify
from backend.field.again import ask_again
from backend.field.given_up import give_up
from backend.house import CHINA, House, Refused
from backend.people import desk, tables
from backend.people.rules import ROLE_NAMES
from backend.replay import replay
from backend.restore import restore
from backend.settings import Settings, settings_from
from backend.vault import KeyBroken
from sync.words import Role

FIRST_ADMINISTRATORS: tuple[Role, ...] = ("system_admin", "security_admin", "audit_admin")
SHOWN = 50
"""How many differences or damages are printed one by one."""

Say = Callable[[str], None]
Ask = Callable[[str], str]


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[House]:
    """The house for one command."""
    house = await open_house(settings)
    try:
        yield house
    finally:
        await house.engine.close()


# --- serve ----------------------------------------------------------------------------------------------------


async def make_ready(settings: Settings, say: Say) -> None:
    """Folders, keys, migrations; on a first start of the demonstration its district. Prints where to go."""
    async with opened(settings) as house:
        if settings.demo and await demo.is_empty(house):
            say("首次启动：正在装入虚构的演示区……")
            await demo.load(house)
        say(f"办公端    {settings.origin}/office/")
        say(f"现场端    {settings.origin}/tablet/")
        say(f"公示门户  {settings.origin}/")
        if settings.demo:
            shown = await demo.shown_accounts()
            if shown:
                say(f"演示账号（虚构，密码均为 {demo.accounts()['password']}）：")
            for login, name, title in shown:
                say(f"  {login:<14}{name}  {title}")
        elif await demo.is_empty(house):
            say("还没有账号：请先运行 suijian create-admin 设置三名管理员。")


def port_taken(host: str, port: int) -> bool:
    """Whether somebody else listens there."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False


def serve(_: argparse.Namespace, settings: Settings) -> int:
    """Serve until a signal ends it. One process: on SQLite there may be only one writer."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    if port_taken(settings.host, settings.port):
        say(f"端口 {settings.port} 已被占用，请用 SUIJIAN_PORT 指定其他端口。")
        return 1
    asyncio.run(make_ready(settings, say))
    Granian(
        "backend.app:create_app",
        factory=True,
        interface=Interfaces.ASGI,
        workers=1,
        address=settings.host,
        port=settings.port,
        log_level=LogLevels.warning,
        websockets=False,
    ).serve()
    return 0


# --- administrators -------------------------------------------------------------------------------------------


def _typed_password(ask_secret: Ask) -> str:
    while True:
        first = ask_secret("密码：")
        if first == ask_secret("再输一次："):
            return first
        say("两次输入不一致，请重新输入。")


async def make_administrators(house: House, ask: Ask, ask_secret: Ask) -> None:
    """The first three administrators, each with a password that is typed; refuses where accounts exist."""
    if not await demo.is_empty(house):
        raise SystemExit("已有账号：三类管理员请由现任管理员在“机构与人员”中办理。")
    region = house.profile_on(house.clock().astimezone(CHINA).date()).region
    name = ask("联席会议办公室全称：").strip()
    office = await _until_taken(
        lambda: desk.organisation(
            house, {"code": "office", "name": name, "short_name": name[:60], "kind": "office"}, region
        )
    )
    if office is None:
        raise SystemExit(1)
    for role in FIRST_ADMINISTRATORS:
        made = None
        while made is None:
            say(f"— {ROLE_NAMES[role]} —")
            values = {"login": ask("账号：").strip(), "name": ask("姓名：").strip(), "organisation": office}
            values["password"] = _typed_password(ask_secret)
            made = await _until_taken(lambda v=values, r=role: desk.account(house, v, roles=[r]))  # type: ignore[misc]
    say("三名管理员已设置，请分别登录办公端。")


async def _until_taken(act: Callable[[], Awaitable[str]]) -> str | None:
    try:
        return await act()
    except Refused as error:
        say(error.refusal.sentence)
        return None


def create_admin(_: argparse.Namespace, settings: Settings) -> int:
    """Ask for the first three administrators."""

    async def run() -> None:
        async with opened(settings) as house:
            await make_administrators(house, input, getpass.getpass)

    asyncio.run(run())
    return 0


def reset_password(arguments: argparse.Namespace, settings: Settings) -> int:
    """A new password for an account that nobody at the desk may reset: an administrator's."""

    async def run() -> int:
        async with opened(settings) as house:
            row = await tables.account_by_login(arguments.login)
            if row is None:
                say("没有这个账号。")
                return 1
            try:
                await desk.keep_password(row, _typed_password(getpass.getpass))
            except Refused as error:
                say(error.refusal.sentence)
                return 1
            await desk.unlock(row["id"])
            await tables.trace(house, "", "people.secure", "suijian reset-password", row["login"])
            say("密码已重设，原有登录均已退出。")
            return 0

    return asyncio.run(run())


# --- the ledger -----------------------------------------------------------------------------------------------


def verify_ledger(_: argparse.Namespace, settings: Settings) -> int:
    """Recompute the whole ledger; 1 where a byte was changed."""

    async def run() -> int:
        async with opened(settings) as house:
            keys = await tables.public_keys(house.vault.device, house.vault.public_key)
            number, damages = await ledger.verify(house, keys)
        for damage in damages[:SHOWN]:
            say(f"第 {damage.number} 条：{damage.what}")
        say(f"账本 {number} 条，{f'发现 {len(damages)} 处问题' if damages else '核验一致'}。")
        return 1 if damages else 0

    return asyncio.run(run())


def run_replay(_: argparse.Namespace, settings: Settings) -> int:
    """Rebuild the derived tables beside the data and compare; 1 where they differ."""

    async def run() -> int:
        with tempfile.TemporaryDirectory(dir=settings.data, prefix="replay-") as folder:
            async with opened(settings) as house:
                outcome = await replay(house, Path(folder) / "shadow.sqlite")
        for difference in outcome.differences[:SHOWN]:
            say(f"{difference.table} {difference.key}: {', '.join(difference.columns)}")
        if outcome.grew:
            say("重放期间账本有新增，请在没有人办理业务时重新运行。")
            return 2
        if outcome.erased:
            say(f"{outcome.erased} 条的内容已清除，由它们得出的行不比对。")
        found = len(outcome.differences)
        say(
            f"重放 {outcome.entries} 条，比对 {outcome.rows} 行，{f'{found} 行不一致' if found else '完全一致'}。"
        )
        return 1 if found else 0

    return asyncio.run(run())


# --- backup, restore, doctor ----------------------------------------------------------------------------------


def run_backup(arguments: argparse.Namespace, settings: Settings) -> int:
    """A backup while the server serves; 1 where it lacks something, so that whoever runs it every night learns."""

    async def run() -> int:
        async with opened(settings) as house:
            for name in await give_up(house, arguments.accept_missing, getpass.getuser()):
                say(f"没有登记为遗失：{name} 没有缺失，或不是已收到的照片。")
            saved = await backup.back_up(house, Path(arguments.folder), with_keys=arguments.with_keys)
        missing = [name for name in saved.missing if name not in saved.accepted]
        nowhere = [name for name in missing if name not in saved.held]
        for name in nowhere[:SHOWN]:
            say(f"照片缺失或损坏：{name}")
        for name in saved.held[:SHOWN]:
            say(f"照片在服务器上缺失或损坏，备份中仍有：{name}")
        say(f"备份完成：账本 {saved.number} 条，照片 {saved.blobs} 张（新增 {saved.copied} 张）。")
        if not arguments.with_keys:
            say(f"未包含密钥：请另行妥善保管 {settings.data / 'keys'}，没有密钥无法恢复。")
        if gone := [name for name in saved.accepted if name not in saved.held]:
            say(f"另有 {len(gone)} 张已确认遗失，不在备份中。")
        if saved.held:
            say(
                f"{len(saved.held)} 张照片只在备份中还有，补回之前检查终端不会被告知可以清除本机内容："
                f"请把 {Path(arguments.folder) / 'blobs'} 中的同名文件拷回 {settings.blobs} 的相同位置，"
                "再运行 suijian doctor 核对。"
            )
        if nowhere:
            say(
                f"缺 {len(nowhere)} 张照片，检查终端不会被告知可以清除本机内容；请运行 suijian doctor --ask-again，"
                "请终端重新上传；确认再也找不回的，用 --accept-missing 照片摘要 登记为遗失。"
            )
        return 1 if missing else 0

    return _usable(run)


def run_restore(arguments: argparse.Namespace, settings: Settings) -> int:
    """Bring a backup back into an empty place."""

    async def run() -> int:
        manifest = await restore(settings, Path(arguments.folder))
        say(
            f"已恢复 {manifest['made_at']} 的备份：账本 {manifest['number']} 条，照片 {len(manifest['blobs'])} 张。"
        )
        say("各检查终端下次联网时会重新上传备份之后的内容；所有人员需重新登录。请运行 suijian doctor 核对。")
        return 0

    return _usable(run)


def _usable(run: Callable[[], Coroutine[None, None, int]]) -> int:
    try:
        return asyncio.run(run())
    except backup.Unusable as error:
        say(str(error))
    except OSError as error:
        say(f"读写失败，没有完成：{error}")
    return 1


def run_doctor(arguments: argparse.Namespace, settings: Settings) -> int:
    """Look at everything that is stored; 1 where something is damaged. ``--ask-again``: and ask every tablet for the
    photographs that are. ``--clean``: and remove what broken uploads left."""

    async def run() -> int:
        async with opened(settings) as house:
            if arguments.clean:
                files, size = await clean(house)
                say(f"已清理上传残留 {files} 个文件（{size} B）。")
            if arguments.ask_again and (lost := await lost_pictures(house)):
                await ask_again(house, lost)
                say(
                    f"已请各检查终端重新上传 {len(lost)} 张照片：终端下次联网时自动补传，仍在本机的都会补齐；"
                    "改变了的文件移到 damaged 目录。"
                )
            findings = await examine(house)
        for finding in findings:
            say(finding.line)
        damaged = sum(finding.damage for finding in findings)
        say(f"发现 {damaged} 处损坏。damage: {damaged}" if damaged else "一切完好。all well")
        return 1 if damaged else 0

    return asyncio.run(run())


# --- a published draw -----------------------------------------------------------------------------------------


def verify_draw(arguments: argparse.Namespace, _: Settings) -> int:
    """Recompute a published draw from its file or address; 1 where anything differs, 2 where it is unreadable."""
    return verify.run(arguments.source)


# --- the register ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Command:
    """``arguments``: names of what must be given, in order; ``flags``: --what may be; ``options``: --what may be given
    with a value, several times."""

    name: str
    help: str
    run: Callable[[argparse.Namespace, Settings], int]
    arguments: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


COMMANDS: tuple[Command, ...] = (
    Command("serve", "serve the office, the tablet app and the portal", serve),
    Command("create-admin", "set up the first three administrators", create_admin),
    Command("reset-password", "set the password of an administrator", reset_password, ("login",)),
    Command("verify-ledger", "recompute the whole ledger", verify_ledger),
    Command("verify-draw", "recompute a published draw: FILE or URL", verify_draw, ("source",)),
    Command("replay", "rebuild the derived tables in a shadow and compare", run_replay),
    Command(
        "backup",
        "back up while serving; the keys only --with-keys; --accept-missing DIGEST: a photo is lost for good",
        run_backup,
        ("folder",),
        ("with-keys",),
        ("accept-missing",),
    ),
    Command("restore", "bring a backup back into an empty place", run_restore, ("folder",)),
    Command("doctor", "look at every photograph, chain and count", run_doctor, (), ("ask-again", "clean")),
)
"""Every command; a stage adds its line."""


def say(line: str) -> None:
    """One line on standard output, at once."""
    print(line, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    parser = argparse.ArgumentParser(prog="suijian", description="双随机联合抽查")
    commands = parser.add_subparsers(dest="command", required=True)
    for command in COMMANDS:
        sub = commands.add_parser(command.name, help=command.help)
        for argument in command.arguments:
            sub.add_argument(argument)
        for flag in command.flags:
            sub.add_argument(f"--{flag}", action="store_true")
        for option in command.options:
            sub.add_argument(f"--{option}", action="append", default=[], metavar="VALUE")
        sub.set_defaults(run=command.run)
    chosen = parser.parse_args(arguments)
    try:
        settings = settings_from(os.environ)
    except ValueError as error:
        say(f"环境变量 {error} 的值不正确，请更正后重新启动。")
        return 2
    run: Callable[[argparse.Namespace, Settings], int] = chosen.run
    try:
        return run(chosen, settings)
    except KeyBroken as error:
        say(str(error))
        return 1


if __name__ == "__main__":
    sys.exit(main())
