"""Rows that follow from what tablets sent: what a visit knows, who may read it, what is held, which photos are
whole; and a few that do not: shares, challenges, the epoch."""

from __future__ import annotations

from typing import Any

from piccolo.columns import BigInt, Bytea, Integer, Text, Timestamptz, Varchar
from piccolo.table import Table

from backend import db
from backend.house import House


class VisitEntry(Table, tablename="visit_entry"):
    """An entry that counts for a visit. ``place``: the ledger number since which it does (its own, or that of the
    receipt or decision that let it in); ``number``: its own."""

    number = BigInt(primary_key=True)
    place = BigInt(index=True)
    visit = Varchar(length=32, index=True)
    device = Varchar(length=64)


class DeviceScope(Table, tablename="device_scope"):
    """Which visits a tablet may read, since which ledger number: a person of it is in the team. Its id is
    device + ":" + visit."""

    id = Varchar(length=97, primary_key=True)
    device = Varchar(length=64, index=True)
    visit = Varchar(length=32, index=True)
    since = BigInt()


class VisitState(Table, tablename="visit_state"):
    """A visit as its entries fold: ``state`` is canonical JSON of the folded state without ``stored`` of its
    pictures (rows of ``evidence`` say that), sealed as "visit_state.state"; counts in clear. ``status``: ordered |
    under_way | finished. ``code``, ``return_on``, ``handed``: see ``rules_marks.Marks``; ``lead``: what the list of
    leads shows, as canonical JSON sealed as "visit_state.lead", empty where nothing was handed over."""

    visit = Varchar(length=32, primary_key=True)
    state = Bytea()
    status = Varchar(length=20, index=True)
    entries = Integer()
    items_answered = Integer()
    photos = Integer()
    photos_stored = Integer()
    held = Integer()
    disputed = Integer()
    finished_at = Varchar(length=24, default="")
    number = BigInt()
    code = Varchar(length=8, default="")
    return_on = Varchar(length=10, default="")
    handed = Varchar(length=12, default="", index=True)
    lead = Bytea(default=b"")


class Held(Table, tablename="held"):
    """An entry without effect yet. ``source``: receipt (the server could not place it) or visit (the visit's own
    rules). ``organisation`` is the author's. ``decision``: empty | admitted | set_aside."""

    entry = Varchar(length=64, primary_key=True)
    visit = Varchar(length=32, index=True)
    device = Varchar(length=64, index=True)
    author = Varchar(length=32)
    organisation = Varchar(length=32, index=True)
    kind = Varchar(length=64)
    at = Varchar(length=24)
    code = Varchar(length=64)
    source = Varchar(length=10)
    decision = Varchar(length=10, default="", index=True)
    decided_by = Varchar(length=32, default="")
    reason = Text(default="")


class Evidence(Table, tablename="evidence"):
    """A picture that an entry announces. ``stored``: ledger number of evidence.stored, 0 while it is missing.
    ``use``: photo (evidence.taken, evidence.added), recording, snapshot (item.verified), or destroyed: a picture
    that must not exist (evidence.deleted)."""

    entry = Varchar(length=64, primary_key=True)
    digest = Varchar(length=64, index=True)
    visit = Varchar(length=32, index=True)
    organisation = Varchar(length=32)
    device = Varchar(length=64)
    size = Integer()
    media_type = Varchar(length=20)
    use = Varchar(length=10)
    stored = BigInt(default=0)


class DeviceShare(Table, tablename="device_share"):
    """The server's part of a person's PIN wrap on one tablet: 32 random bytes, sealed as "device_share.share".
    Its id is device + ":" + account."""

    id = Varchar(length=97, primary_key=True)
    share = Bytea()


class Challenge(Table, tablename="challenge"):
    """A number that a tablet signs to open a session; used once."""

    nonce = Varchar(length=32, primary_key=True)
    device = Varchar(length=64)
    expires_at = Timestamptz()


class Contact(Table, tablename="device_contact"):
    """When a tablet was last heard of, and how far its clock was from the server's, in milliseconds."""

    device = Varchar(length=64, primary_key=True)
    account = Varchar(length=32)
    at = Timestamptz()
    skew = BigInt()


class ClockMeasured(Table, tablename="clock_measured"):
    """A tablet's clock as the ledger has it measured, in milliseconds (device.clock_measured); ``at``: the server's
    moment; ``number``: the entry's place in the ledger."""

    number = BigInt(primary_key=True)
    device = Varchar(length=64, index=True)
    at = Varchar(length=24)
    skew = BigInt()
    allowed = BigInt()


class Epoch(Table, tablename="field_epoch"):
    """One row. ``epoch`` changes when the server is restored from a backup; ``backed_up``: the ledger number up
    to which a backup holds everything."""

    id = Integer(primary_key=True)
    epoch = Varchar(length=32)
    backed_up = BigInt()


async def epoch_of(house: House) -> dict[str, Any]:
    """The row of the epoch; made on the first call."""
    row = await Epoch.select().where(Epoch.id == 1).first()
    if row is None:
        new = Epoch(id=1, epoch=house.new_id(), backed_up=0)
        await Epoch.insert(new).on_conflict(action="DO NOTHING")
        row = await Epoch.select().where(Epoch.id == 1).first()
    return dict(row or {})


async def share_of(house: House, device: str, account: str) -> str:
    """The share that this person's PIN needs on this tablet, in hex; made on the first call."""
    key = f"{device}:{account}"
    sealed = house.vault.seal(house.chance(32), "device_share.share")
    await DeviceShare.insert(DeviceShare(id=key, share=sealed)).on_conflict(action="DO NOTHING")
    row = await DeviceShare.select().where(DeviceShare.id == key).first()
    return house.vault.open(bytes(row["share"]), "device_share.share").hex() if row else ""


async def in_scope(device: str, visits: list[str]) -> set[str]:
    """Those of ``visits`` that the tablet may read."""
    keys = [f"{device}:{visit}" for visit in visits]
    rows = await DeviceScope.select(DeviceScope.visit).where(DeviceScope.id.is_in(keys)) if keys else []
    return {row["visit"] for row in rows}


async def photo_for(house: House, device: str, digest: str) -> list[dict[str, Any]]:
    """The rows of a photo that the tablet may speak for: of visits in its scope, or announced by itself."""
    return await db.execute(
        house.engine,
        "SELECT e.* FROM evidence e LEFT JOIN device_scope s ON s.visit = e.visit AND s.device = {} "
        "WHERE e.digest = {} AND e.use IN ('photo', 'recording') AND (s.id IS NOT NULL OR e.device = {})",
        *(device, digest, device),
    )


async def destroyed(visit: str) -> list[str]:
    """Digests of pictures that this visit destroyed and that no other entry relies on."""
    rows = await Evidence.select(Evidence.digest).where(
        (Evidence.visit == visit) & (Evidence.use == "destroyed")
    )
    digests = sorted({row["digest"] for row in rows})
    if not digests:
        return []
    still = await Evidence.select(Evidence.digest).where(
        Evidence.digest.is_in(digests) & (Evidence.use != "destroyed")
    )
    return sorted(set(digests) - {row["digest"] for row in still})


async def wanted(digest: str) -> bool:
    """Whether an entry relies on these bytes."""
    return await Evidence.exists().where((Evidence.digest == digest) & (Evidence.use != "destroyed"))


UPLOADED = ("photo", "recording")
"""Uses of what comes over the wire."""
PAGE = """
SELECT k, number FROM (
  SELECT CASE WHEN v.place > s.since THEN v.place ELSE s.since END AS k, v.number AS number
  FROM visit_entry v JOIN device_scope s ON s.visit = v.visit
  WHERE s.device = {} AND v.place >= {} AND v.device <> {}
  UNION
  SELECT CASE WHEN v.place > s.since THEN v.place ELSE s.since END AS k, v.number AS number
  FROM device_scope s JOIN visit_entry v ON v.visit = s.visit
  WHERE s.device = {} AND s.since >= {} AND v.device <> {}
) AS found
WHERE k > {} OR ({} > 0 AND k = {} AND number > {})
ORDER BY k, number LIMIT {}
"""
"""What a tablet has not read: an entry's place in its reading is where it began to count or where the visit came
into the tablet's scope, whichever is later. Its own entries it has."""


async def unread(house: House, device: str, number: int, within: int, limit: int) -> list[tuple[int, int]]:
    """(place in the tablet's reading, ledger number) of entries after the cursor, in reading order."""
    rows = await db.execute(
        house.engine,
        PAGE,
        *(device, number, device, device, number, device),
        *(number, within, number, within, limit),
    )
    return [(int(row["k"]), int(row["number"])) for row in rows]
