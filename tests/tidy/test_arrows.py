"""ARCHITECTURE.md's arrows, checked; and the checker, checked on sources that go the wrong way."""

from __future__ import annotations

import pytest

from tests.tidy.arrows import leaned_on, python_complaints, typescript_complaints
from tests.tidy.files import sources

WRONG_PYTHON = {
    "the kernel imports the backend": ("sync/fold.py", "from backend.ledger import append"),
    "the kernel reads the clock": ("sync/check.py", "from datetime import datetime\nx = datetime.now()"),
    "the kernel draws a number": ("sync/draw.py", "import random"),
    "the kernel opens a file": ("sync/canon.py", "def f():\n    return open('x')"),
    "the kernel makes a key": (
        "sync/chain.py",
        "from cryptography.hazmat.primitives.asymmetric import ec\nk = ec.generate_private_key(x)",
    ),
    "an earlier stage imports a later one": ("backend/registry/tables.py", "from backend.draw import rules"),
    "… inside a function": ("backend/draw/routes.py", "def f():\n    from backend.field.tables import Visit"),
    "… by a relative path": ("backend/people/routes.py", "from ..oversight import tables"),
    "a stage imports the wiring": ("backend/field/routes.py", "from backend.app import create"),
    "the ledger imports a stage": ("backend/ledger.py", "from backend.registry import tables"),
    "a rule imports the web server": ("backend/draw/rules.py", "from litestar import get"),
    "a rule imports the ORM": ("backend/draw/rules_strata.py", "import piccolo.columns"),
    "a rule imports its tables": ("backend/draw/rules.py", "from backend.draw.tables import Ticket"),
    "a rule imports its tables by a relative path": ("backend/draw/rules.py", "from . import tables"),
    "a rule imports the ledger": ("backend/field/rules.py", "from backend.ledger import Ledger"),
    "a rule reads the environment": ("backend/people/rules.py", "import os"),
    "a rule asks for the day": ("backend/planning/rules.py", "import datetime\nd = datetime.date.today()"),
    "a rule takes chance": ("backend/draw/rules.py", "from secrets import token_bytes"),
    "a rule takes the time": ("backend/draw/rules.py", "from time import time"),
    "the assignment takes chance": ("backend/draw/assignment.py", "import numpy"),
    "a rule imports the database": ("backend/draw/rules.py", "from backend import db"),
    "the backend imports the tests": ("backend/cli.py", "from tests.builders import team"),
}
RIGHT_PYTHON = {
    "a rule imports words and earlier rules": (
        "backend/draw/rules.py",
        "from datetime import date\nfrom sync.words import Refusal\nfrom backend.registry.rules import x",
    ),
    "a later stage reads an earlier one": (
        "backend/draw/routes.py",
        "from backend.registry.tables import Target",
    ),
    "the wiring sees everything": (
        "backend/reactions.py",
        "from backend.field.tables import Visit\nimport os",
    ),
    "the shell reads the clock": ("backend/field/routes.py", "import time\nnow = time.time()"),
    "a rule imports the assignment": ("backend/draw/rules.py", "from backend.draw.assignment import assign"),
    "the kernel checks a signature": (
        "sync/chain.py",
        "from cryptography.exceptions import InvalidSignature",
    ),
}
WRONG_TYPESCRIPT = {
    "the kernel imports the tablet": ("sync/fold.ts", "import { db } from '../pwa/src/store';"),
    "the kernel imports a package": ("sync/check.ts", "import * as v from 'valibot';"),
    "the kernel reads the clock": ("sync/check.ts", "export const f = () => Date.now();"),
    "the kernel takes chance": ("sync/draw.ts", "const x = crypto.getRandomValues(new Uint8Array(4));"),
    "the kernel calls the network": ("sync/exchange.ts", "export const f = () => fetch('/x');"),
    "a screen imports the store": (
        "pwa/src/screens/Visit.vue",
        "<script>import { put } from '../store';</script>",
    ),
    "a screen imports the network, lazily": (
        "pwa/src/screens/a/Sign.ts",
        "const x = await import('../../exchange/push');",
    ),
    "a screen re-exports the store": ("pwa/src/screens/x.ts", "export {\n  put,\n} from '../store/index';"),
    "the tablet imports the backend": ("pwa/src/view.ts", "import words from '../../backend/words.json';"),
}
RIGHT_TYPESCRIPT = {
    "the tablet imports the kernel": ("pwa/src/view.ts", "import { fold } from '@sync/fold';"),
    "a screen imports the view": ("pwa/src/screens/Visit.vue", "import { today } from '../view';"),
    "the store is the store": ("pwa/src/store.ts", "import { openDB } from 'idb';"),
    "the kernel speaks of imports in a comment": (
        "sync/fold.ts",
        "// never import x from '../pwa/src/store'",
    ),
    "the kernel imports its twin's words": ("sync/fold.ts", "import type { Entry } from './words';"),
}


@pytest.mark.parametrize(("path", "source"), WRONG_PYTHON.values(), ids=WRONG_PYTHON.keys())
def test_a_python_import_that_goes_the_wrong_way_is_found(path: str, source: str) -> None:
    assert python_complaints(path, source)


@pytest.mark.parametrize(("path", "source"), WRONG_TYPESCRIPT.values(), ids=WRONG_TYPESCRIPT.keys())
def test_a_typescript_import_that_goes_the_wrong_way_is_found(path: str, source: str) -> None:
    assert typescript_complaints(path, source)


@pytest.mark.parametrize(("path", "source"), RIGHT_PYTHON.values(), ids=RIGHT_PYTHON.keys())
def test_a_python_import_that_goes_the_right_way_is_let_through(path: str, source: str) -> None:
    assert python_complaints(path, source) == []


@pytest.mark.parametrize(("path", "source"), RIGHT_TYPESCRIPT.values(), ids=RIGHT_TYPESCRIPT.keys())
def test_a_typescript_import_that_goes_the_right_way_is_let_through(path: str, source: str) -> None:
    assert typescript_complaints(path, source) == []


def test_what_a_rule_leans_on_is_held_to_the_rules_purity_wherever_it_is_kept() -> None:
    made_up = {
        "backend/draw/rules.py": "from backend.draw.strata import split\nfrom . import quota",
        "backend/draw/strata.py": "from backend.registry import codes",
        "backend/draw/quota.py": "import math",
        "backend/registry/codes.py": "import random",
        "backend/registry/sheets.py": "import random",
    }
    pure = leaned_on(made_up)
    assert pure == set(made_up) - {"backend/registry/sheets.py"}
    assert python_complaints("backend/registry/codes.py", "import random", pure=True)


def test_no_python_import_of_the_project_goes_the_wrong_way() -> None:
    read = sources(".py", under=("sync/", "backend/"))
    assert read, "no Python source was found: the test would prove nothing"
    pure = leaned_on(dict(read))
    found = [text for path, source in read for text in python_complaints(path, source, pure=path in pure)]
    assert found == []


def test_no_typescript_import_of_the_project_goes_the_wrong_way() -> None:
    read = sources(".ts", ".vue", under=("sync/", "pwa/src/"))
    assert read, "no TypeScript source was found: the test would prove nothing"
    assert [text for path, source in read for text in typescript_complaints(path, source)] == []
