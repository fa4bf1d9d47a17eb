"""The commands, as an operator runs them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from backend import cli
from backend.house import House
from backend.ledger import LedgerBody
from backend.people.tables import Account, account_by_login
from tests.conftest import EngineUnderTest
from tests.harness.server import Server

SUIJIAN = Path(sys.executable).with_name("suijian")


def run(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SUIJIAN_")}
    return subprocess.run(
        [str(SUIJIAN), *arguments],
        env={**kept, "SUIJIAN_DATA": str(data)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def demo(serve: Callable[..., Server]) -> Server:
    """A demonstration on its first start."""
    return serve(environment={"SUIJIAN_DEMO": "1"})


def test_the_first_start_fills_the_demonstration_and_says_where_to_go(demo: Server) -> None:
    printed = demo.printed()
    for place in ("/office/", "/tablet/", "/"):
        assert f"{demo.origin}{place}\n" in printed
    assert "qinan" in printed and "虚构" in printed and "执法检查人员" in printed
    assert "INFO" not in printed


def test_every_page_of_the_demonstration_says_that_it_is_fictional(demo: Server) -> None:
    with httpx.Client(base_url=demo.origin, trust_env=False) as client:
        for path in ("/office/login", "/nowhere"):
            assert "虚构" in client.get(path).text


def test_a_port_that_is_taken_is_said_in_one_sentence(demo: Server, tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SUIJIAN_")}
    port = demo.origin.rsplit(":", 1)[1]
    answer = subprocess.run(
        [str(SUIJIAN), "serve"],
        env={**kept, "SUIJIAN_DATA": str(tmp_path), "SUIJIAN_PORT": port},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert answer.returncode == 1
    assert answer.stdout.splitlines() == [f"端口 {port} 已被占用，请用 SUIJIAN_PORT 指定其他端口。"]


def test_the_ledger_of_the_demonstration_verifies_and_replays(demo: Server) -> None:
    verified, replayed = run(demo.data, "verify-ledger"), run(demo.data, "replay")
    assert verified.returncode == 0 and "核验一致" in verified.stdout, verified.stdout + verified.stderr
    assert replayed.returncode == 0 and "完全一致" in replayed.stdout, replayed.stdout + replayed.stderr


def test_outside_the_demonstration_there_is_no_account_and_no_default_password(
    serve: Callable[..., Server],
) -> None:
    empty = serve()
    assert "create-admin" in empty.printed() and "密码均为" not in empty.printed()
    assert run(empty.data, "verify-ledger").stdout == "账本 0 条，核验一致。\n"


def typed(*answers: str) -> Callable[[str], str]:
    waiting: Iterator[str] = iter(answers)
    return lambda _: next(waiting)


async def test_the_first_three_administrators_type_their_own_passwords(
    house: House, engine: EngineUnderTest
) -> None:
    names = typed("测试联席办(虚构)", "sys", "甲", "sec", "乙", "aud", "丙", "aud", "丙")
    secrets = typed(
        *("first password", "another one", "first password", "first password"),  # mistyped once
        *("second password", "second password"),
        *("short", "short", "third password", "third password"),  # refused once
    )
    await cli.make_administrators(house, names, secrets)
    for login, role in (("sys", "system_admin"), ("sec", "security_admin"), ("aud", "audit_admin")):
        row = await account_by_login(login)
        assert row and row["roles"] == f'["{role}"]' and "password" not in row["password_hash"]
    with pytest.raises(SystemExit):
        await cli.make_administrators(house, typed(), typed())
    assert await Account.count() == 3 and not await LedgerBody.exists()
