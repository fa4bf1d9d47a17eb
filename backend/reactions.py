"""What follows from an entry: kind → rows, kind → jobs. Two dictionaries, nothing else.

A reaction runs in the transaction that appended the entry. ``ROWS`` fills the derived tables, which
``suijian replay`` empties and refills; a later stage tells an earlier one something only here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from piccolo.table import Table

from backend.ledger import Fact
from backend.people import tables as people

Reaction = Callable[[Fact], Awaitable[None]]

ROWS: dict[str, tuple[Reaction, ...]] = {
    "device.enrolled": (people.device_enrolled,),
    "device.person_joined": (people.device_person_joined,),
    "device.revoked": (people.device_revoked,),
}

DERIVED: tuple[type[Table], ...] = (
    people.Device,
    people.DevicePerson,
)
"""The tables that are a function of the ledger (and of the change sets that it names)."""


async def react(fact: Fact) -> None:
    """Run the rows' reactions of one entry."""
    for reaction in ROWS.get(fact.entry.kind, ()):
        await reaction(fact)
