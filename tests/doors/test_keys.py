"""The keys of an installation are made once, whole, whoever starts first; a file that is no key is never one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backend.vault import KeyBroken, open_vault
from tests.doors.test_cli import run

STARTS = 25
PROGRAM = """
import sys
from pathlib import Path
from backend.vault import open_vault
print("ready", flush=True)
for line in sys.stdin:
    opened = open_vault(Path(line.strip()))
    print(opened.data_key.hex(), opened.device, flush=True)
"""


@pytest.fixture
def servers() -> Iterator[list[subprocess.Popen[str]]]:
    """Three processes that open the keys of every folder that they are told, all at once."""
    started = [
        subprocess.Popen([sys.executable, "-c", PROGRAM], stdin=-1, stdout=-1, stderr=-1, text=True)
        for _ in range(3)
    ]
    try:
        yield started
    finally:
        for one in started:
            one.kill()
            one.communicate()


def tell(server: subprocess.Popen[str], line: str) -> None:
    assert server.stdin
    server.stdin.write(f"{line}\n")
    server.stdin.flush()


def hear(server: subprocess.Popen[str]) -> str:
    """The next line, or why there is none."""
    assert server.stdout and server.stderr
    return server.stdout.readline().strip() or server.stderr.read()


def test_several_that_start_over_one_folder_at_once_have_the_same_whole_keys(
    servers: list[subprocess.Popen[str]], tmp_path: Path
) -> None:
    assert [hear(one) for one in servers] == ["ready"] * 3
    for number in range(STARTS):
        folder = tmp_path / str(number) / "keys"
        for one in servers:
            tell(one, str(folder))
        found = {hear(one) for one in servers}
        opened = open_vault(folder)
        assert found == {f"{opened.data_key.hex()} {opened.device}"} and len(opened.data_key) == 32
        assert sorted(path.name for path in folder.iterdir()) == [".lock", "data.key", "server.pem"]
        assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_a_first_start_that_broke_off_leaves_no_key_and_the_next_one_makes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            open_vault(tmp_path / "keys")
    assert not (tmp_path / "keys" / "data.key").exists()
    first = open_vault(tmp_path / "keys")
    assert len(first.data_key) == 32 and open_vault(tmp_path / "keys").data_key == first.data_key


@pytest.mark.parametrize("name", ["data.key", "server.pem"])
@pytest.mark.parametrize("change", [lambda _: b"", lambda kept: kept[:-9]], ids=["empty", "too short"])
def test_a_key_file_that_is_empty_or_too_short_is_refused_and_left_as_it_is(
    name: str, change: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    path = tmp_path / "keys" / name
    open_vault(path.parent)
    left = change(path.read_bytes())
    path.write_bytes(left)
    with pytest.raises(KeyBroken, match=name):
        open_vault(path.parent)
    assert path.read_bytes() == left


def test_the_operator_is_told_in_one_sentence_which_key_to_bring_back(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "data.key").touch()
    for command in (("doctor",), ("backup", os.fspath(tmp_path / "b"))):
        answer = run(tmp_path, *command)
        (line,) = answer.stdout.splitlines()
        assert answer.returncode == 1 and not answer.stderr
        assert f"密钥文件 {tmp_path / 'keys' / 'data.key'} " in line and "请放回" in line
