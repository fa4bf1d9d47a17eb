"""The words of Suijian: nouns, entry kinds, verbs, statuses and refusals, the one source for both languages.

``python -m tests.conformance.generate`` writes ``schema.json`` and ``words.ts`` from them and pins the
schema's digest below, so that no word changes unseen. Names follow the glossary of the trade
(术语表); a word stands for one thing in table, entry kind, route, screen and test.

Each stage has a module of its own here; whoever uses a word takes it from the whole (``from sync.words import …``).
"""

from __future__ import annotations

# ruff: noqa: F403, I001 - the vocabulary, in the order of the way
from sync.words.base import *
from sync.words.people import *
from sync.words.registry import *
from sync.words.planning import *
from sync.words.draw import *
from sync.words.dispatch import *
from sync.words.visit import *
from sync.words.door import *
from sync.words.inside import *
from sync.words.leaving import *
from sync.words.packet import *
from sync.words.receipts import *
from sync.words.publication import *
from sync.words.refusals import *

from sync.words.base import Body

VERSION = 1
"""Version of the protocol. It rises whenever a released word changes its meaning."""
SCHEMA_DIGEST = "e534c422f2bd81607c421b2a98b23989577af963e0e9bbc7c50c6c300fe8b328"
"""H("schema/1", canonical(schema.json)): what they say, without their prose."""

BODIES: dict[str, type[Body]] = {}
"""Entry kind → the model of its body, for every kind."""


def _collect(model: type[Body]) -> None:
    for child in model.__subclasses__():
        BODIES[child.KIND] = child
        _collect(child)


_collect(Body)
