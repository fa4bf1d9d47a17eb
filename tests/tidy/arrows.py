"""Which way imports may go: `pwa → sync ← backend`, stages in the order of an inspection, rules pure.

Every function takes a path relative to the repository and the source text, and returns complaints as
sentences, so that the checker itself can be tried on made-up sources.
"""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Iterator, Mapping

STAGES = (
    "people",
    "registry",
    "planning",
    "draw",
    "dispatch",
    "field",
    "door",
    "publication",
    "followup",
    "oversight",
)
# The wiring sees everything; `ledger`, `settings` and their like beside it are below every stage.
WIRING = frozenset(
    {"app", "backup", "cli", "demo", "doctor", "home", "reactions", "replay", "restore", "worker"}
)
# The arrows that point up, each for a reason: an entry and what follows from it are one transaction, so the
# ledger calls the dictionary of reactions; every route asks `people` who may do what.
UPWARD = frozenset({("ledger", "reactions"), ("web", "people")})

# Folders of the backend that hold knowledge, not a stage: rules read them.
KNOWLEDGE = ("profiles",)
SHELL_OF_A_STAGE = frozenset({"tables", "routes", "pages"})

PURE_STDLIB = frozenset(
    {
        *("__future__", "abc", "array", "base64", "binascii", "bisect", "calendar", "collections", "copy"),
        *("dataclasses", "datetime", "decimal", "enum", "fractions", "functools", "graphlib", "hashlib"),
        *("heapq", "hmac", "itertools", "json", "math", "numbers", "operator", "re", "statistics", "string"),
        *("struct", "textwrap", "tomllib", "types", "typing", "unicodedata", "urllib.parse", "zoneinfo"),
    }
)
PURE_PACKAGES = frozenset({"msgspec", "pydantic", "typing_extensions"})
# The kernel checks signatures: mathematics without a key of its own.
SYNC_PACKAGES = PURE_PACKAGES | {"cryptography"}

CLOCK_AND_CHANCE = re.compile(
    r"(^|\.)(now|today|utcnow|utcfromtimestamp|generate_private_key|generate_key|generate)$"
)
IO_CALLS = frozenset({"open", "input", "print", "exec", "eval", "__import__", "tomllib.load", "json.load"})

TS_IMPORT = re.compile(
    r"""(?:^|[;}>\s])(?:import|export)\b[^'"();]*?\bfrom\s*['"]([^'"]+)['"]"""
    r"""|(?:^|[;}>\s])import\s*['"]([^'"]+)['"]"""
    r"""|\bimport\s*\(\s*['"]([^'"]+)['"]"""
)
TS_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.S)
TS_SYNC_FORBIDDEN = re.compile(
    r"\b(Date\.now|new\s+Date\s*\(\s*\)|performance\.now|Math\.random|getRandomValues|randomUUID|generateKey"
    r"|fetch\s*\(|XMLHttpRequest|WebSocket|indexedDB|localStorage|sessionStorage|setTimeout|setInterval"
    r"|document\.(?:query|get|create|body|head|cookie)|window\.|navigator\.|console\.)"
)


def is_rule(path: str) -> bool:
    """Rules decide and nothing else: `rules*.py` of every stage, the assignment of inspectors."""
    name = posixpath.basename(path)
    inside = path.startswith("backend/") and name.endswith(".py")
    return inside and (name.startswith("rules") or name == "assignment.py")


def _package(path: str) -> list[str]:
    """The package that holds the module at ``path``: what relative imports count from."""
    return path.split("/")[:-1]


def imported(path: str, tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and absolute dotted name of everything that is imported, also inside functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            package = _package(path)
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                yield node.lineno, f"{base}.{alias.name}"


def _dotted(node: ast.expr) -> str:
    """`a.b.c` as text; a call or a subscript on the way leaves only what comes after it."""
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _is_under(name: str, roots: frozenset[str]) -> bool:
    return any(name == root or name.startswith(f"{root}.") for root in roots)


def _pure_complaints(path: str, tree: ast.AST, packages: frozenset[str]) -> Iterator[str]:
    for line, name in imported(path, tree):
        own = name.split(".")[0] in ("sync", "backend")
        if not own and not _is_under(name, PURE_STDLIB | packages):
            yield f"{path}:{line}: imports {name}, but decides without I/O, clock, chance or framework"
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = _dotted(node.func)
        if called in IO_CALLS:
            yield f"{path}:{node.lineno}: calls {called}(), but decides without I/O"
        elif CLOCK_AND_CHANCE.search(called):
            yield f"{path}:{node.lineno}: calls {called}(): clock and chance are arguments"


def _backend_complaints(path: str, tree: ast.AST) -> Iterator[str]:
    here = path.split("/")[1].removesuffix(".py")
    for line, name in imported(path, tree):
        target = name.split(".")
        if target[0] in ("pwa", "tests"):
            yield f"{path}:{line}: the backend imports {name}"
        if target[0] != "backend" or len(target) < 2:
            continue
        there = target[1]
        if here in WIRING or here == there or (here, there) in UPWARD:
            continue
        if there in WIRING:
            yield f"{path}:{line}: {here} imports the wiring ({name})"
        elif here in STAGES and there in STAGES and STAGES.index(there) > STAGES.index(here):
            yield f"{path}:{line}: {here} comes before {there} and may not import it ({name})"
        elif here not in STAGES and there in STAGES and here != "migrations":
            yield f"{path}:{line}: {here} lies below the stages and may not import {name}"


def python_complaints(path: str, source: str, *, pure: bool | None = None) -> list[str]:
    """What is wrong with the imports of one Python file of `sync/` or `backend/`.

    ``pure``: whether a rule leans on this module, which then has to be as pure; None asks its name only.
    """
    tree = ast.parse(source, path)
    found: list[str] = []
    if path.startswith("sync/"):
        for line, name in imported(path, tree):
            if name.split(".")[0] in ("backend", "pwa", "tests"):
                found.append(f"{path}:{line}: sync imports {name}: it must not know who uses it")
        found += _pure_complaints(path, tree, SYNC_PACKAGES)
    elif path.startswith("backend/"):
        found += _backend_complaints(path, tree)
        if is_rule(path) if pure is None else pure:
            found += _shell_complaints(path, tree)
            found += _pure_complaints(path, tree, PURE_PACKAGES)
    return sorted(set(found))


def _shell_complaints(path: str, tree: ast.AST) -> Iterator[str]:
    for line, name in imported(path, tree):
        target = name.split(".")
        shell = target[0] == "backend" and len(target) > 1
        if shell and (target[1] not in STAGES + KNOWLEDGE or SHELL_OF_A_STAGE & set(target[2:3])):
            yield f"{path}:{line}: a rule, or what it leans on, imports {name}"


def leaned_on(read: Mapping[str, str]) -> set[str]:
    """The rules among ``read`` (path → source) and every backend module that they import, and so on: all of
    these decide, wherever their lines are kept."""
    waiting = [path for path in read if is_rule(path)]
    pure: set[str] = set()
    while waiting:
        path = waiting.pop()
        if path in pure:
            continue
        pure.add(path)
        for _, name in imported(path, ast.parse(read[path], path)):
            parts = name.split(".")
            modules = ("/".join(parts) + ".py", "/".join(parts[:-1]) + ".py")
            waiting += [module for module in modules if module.startswith("backend/") and module in read]
    return pure


def _ts_target(path: str, name: str) -> str:
    """Where an import leads, relative to the repository; a package keeps its name."""
    if name.startswith("@sync/"):
        return f"sync/{name.removeprefix('@sync/')}"
    if name.startswith("."):
        return posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
    return f"package:{name}"


def typescript_complaints(path: str, source: str) -> list[str]:
    """What is wrong with the imports of one TypeScript or Vue file of `sync/` or `pwa/src/`."""
    found: list[str] = []
    code = TS_COMMENT.sub(lambda match: "\n" * match.group().count("\n"), source)
    for match in TS_IMPORT.finditer(code):
        name = next(group for group in match.groups() if group is not None)
        line = code.count("\n", 0, match.start()) + 1
        target = _ts_target(path, name)
        where = f"{path}:{line}"
        if path.startswith("sync/") and not target.startswith("sync/"):
            found.append(f"{where}: sync imports {name}: it must not know who uses it, nor lean on a package")
        elif target.startswith("backend/"):
            found.append(f"{where}: the tablet imports {name} of the backend")
        elif path.startswith("pwa/src/screens/") and re.match(r"pwa/src/(store|exchange)\b", target):
            found.append(
                f"{where}: a screen imports {name}; it shows what view gives and never touches storage"
            )
    if path.startswith("sync/"):
        for match in TS_SYNC_FORBIDDEN.finditer(code):
            line = code.count("\n", 0, match.start()) + 1
            found.append(f"{path}:{line}: uses {match.group().strip()}: no I/O, clock or chance in sync")
    return sorted(set(found))
