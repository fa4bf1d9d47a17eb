"""What may stand in no file of the project."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.tidy.files import project_files, sources, text_of

# Written in pieces, so that this file passes its own test.
REGISTRIES = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("registry", "npmjs"),
        ("npmmirror", "com"),
        ("registry", "yarnpkg"),
        ("tuna", "tsinghua"),
        ("mirrors", "aliyun"),
        ("jsdelivr", "net"),
        ("unpkg", "com"),
    )
)
MACHINE_PATHS = tuple(
    "/" + "/".join(parts) + "/" for parts in (("work", "main"), ("work", "shared"), ("tmp",), ("root",))
)
LEFT_BEHIND = re.compile(r"\b(?:" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X")) + r")\b")
LONGEST = 450
GENERATED = frozenset({"sync/words.ts"})


def complaints(name: str, text: str) -> Iterator[str]:
    """Registry hosts, paths of one machine and notes to oneself in one file."""
    for number, line in enumerate(text.splitlines(), 1):
        where = f"{name}:{number}"
        if found := [host for host in REGISTRIES if host in line]:
            yield f"{where}: names the package registry {found[0]}"
        if found := [path for path in MACHINE_PATHS if path in line]:
            yield f"{where}: names a path of one machine ({found[0]})"
        if match := LEFT_BEHIND.search(line):
            yield f"{where}: {match.group()} left behind"


def swallowed(name: str, source: str) -> Iterator[str]:
    """Handlers that catch everything and do nothing: nobody would ever learn of the failure."""
    for node in ast.walk(ast.parse(source, name)):
        if not isinstance(node, ast.ExceptHandler):
            continue
        caught = node.type.id if isinstance(node.type, ast.Name) else "" if node.type is None else "named"
        silent = all(
            isinstance(step, ast.Pass | ast.Continue)
            or (isinstance(step, ast.Expr) and isinstance(step.value, ast.Constant))
            for step in node.body
        )
        if silent and caught in ("", "Exception", "BaseException"):
            yield f"{name}:{node.lineno}: an error is swallowed"


@pytest.mark.parametrize(
    "line",
    [
        f"https://{REGISTRIES[0]}/simple",
        f"see {MACHINE_PATHS[0]}notes",
        "# " + "TO" + "DO: later",
        "FIX" + "ME",
    ],
)
def test_what_may_not_stand_in_a_file_is_found(line: str) -> None:
    assert list(complaints("made-up.py", f"x = 1\n{line}\n"))


@pytest.mark.parametrize(
    "handler", ["except Exception:\n    pass", "except:\n    ...", "except BaseException:\n    'well'"]
)
def test_a_swallowed_error_is_found(handler: str) -> None:
    assert list(swallowed("made-up.py", f"try:\n    f()\n{handler}\n"))


def test_an_error_that_is_named_or_handled_is_let_through() -> None:
    assert not list(swallowed("made-up.py", "try:\n    f()\nexcept KeyError:\n    pass\n"))
    assert not list(swallowed("made-up.py", "try:\n    f()\nexcept Exception:\n    log()\n    raise\n"))


def test_no_file_names_a_registry_a_path_of_one_machine_or_work_left_behind() -> None:
    texts = [(name, text) for name in project_files() if (text := text_of(name)) is not None]
    assert [found for name, text in texts for found in complaints(name, text)] == []


def test_no_python_file_swallows_errors() -> None:
    read = sources(".py", under=("backend/", "sync/", "tests/"))
    assert [found for name, source in read for found in swallowed(name, source)] == []


def test_no_source_file_is_longer_than_can_be_read_at_one_sitting() -> None:
    read = sources(".py", ".ts", ".vue", ".css", under=("backend/", "sync/", "pwa/", "tests/"))
    long = {
        name: count for name, text in read if (count := text.count("\n")) > LONGEST and name not in GENERATED
    }
    assert long == {}
