"""Functions of their arguments alone that the storm asks the same again and again: answered from memory, and computed
anew in every so many uses. An answer that is another one then ends the run: it was no function, or somebody changed
what he had been given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import sync.chain
import sync.fold
from backend import ledger, replay
from backend.vault import Vault
from sync.words import Entry

AGAIN = 97
MOST = 5_000
"""Answers that one function keeps."""
FIELDS = tuple(Entry.model_fields)


class Unlike(AssertionError):
    """What was kept is not what is computed now."""


def remembered(compute: Callable[..., Any], key: Callable[..., Any]) -> Callable[..., Any]:
    """``compute``, asked only once for every ``key`` of its arguments."""
    found: dict[Any, tuple[Any, ...]] = {}
    uses = 0

    def ask(*arguments: Any) -> Any:
        nonlocal uses
        uses += 1
        name = key(*arguments)
        known = found.get(name)
        if known is None or uses % AGAIN == 0:
            fresh = compute(*arguments)
            if known is not None and known[0] != fresh:
                raise Unlike(f"{known[0]!r:.300} is {fresh!r:.300}")
            if len(found) >= MOST:
                found.clear()
            # The arguments are kept too: as long as they live, an id in a key means one object.
            known = found[name] = (fresh, *arguments)
        return known[0]

    return ask


@contextmanager
def computed_once() -> Iterator[None]:
    """Remember signatures, opened seals, entries of rows and bodies as models, for the while."""
    entry_of = remembered(ledger.entry_of, lambda row: tuple([row[name] for name in FIELDS]))
    patches: list[tuple[Any, str, Any]] = [
        (sync.chain, "signature_holds", remembered(sync.chain.signature_holds, lambda *said: said)),
        (sync.fold, "body_of", remembered(sync.fold.body_of, lambda kind, raw: (kind, id(raw)))),
        (Vault, "open", remembered(Vault.open, lambda vault, *sealed: (vault.data_key, *sealed))),
        (
            ledger,
            "plain_of",
            remembered(ledger.plain_of, lambda house, row: (house.vault.data_key, row["sealed"])),
        ),
        (ledger, "entry_of", entry_of),
        (replay, "entry_of", entry_of),
    ]
    with ExitStack() as stack:
        for where, name, by in patches:
            stack.enter_context(patch.object(where, name, by))
        yield
