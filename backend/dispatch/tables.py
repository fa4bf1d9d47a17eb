"""Rows of visits, their teams and their packets."""

from __future__ import annotations

from piccolo.columns import Bytea, Text, Varchar
from piccolo.table import Table


class Visit(Table, tablename="visit"):
    """A visit that was ordered (检查任务), derived from visit.ordered. ``packet_digest`` names its current packet."""

    id = Varchar(length=32, primary_key=True)
    scheme = Varchar(length=32, index=True)
    target = Varchar(length=32, index=True)
    number = Varchar(length=64, unique=True)
    planned_on = Varchar(length=10, index=True)
    status = Varchar(length=20)
    packet_digest = Varchar(length=64)
    lead_organisation = Varchar(length=32, index=True)


class VisitMember(Table, tablename="visit_member"):
    """Who is in the team of a visit now, derived from visit.ordered. Its id is visit + ":" + account."""

    id = Varchar(length=65, primary_key=True)
    visit = Varchar(length=32, index=True)
    account = Varchar(length=32, index=True)
    organisation = Varchar(length=32, index=True)
    role = Varchar(length=20)


class Packet(Table, tablename="packet"):
    """A packet's canonical JSON, sealed as "packet.content", and the visit's data key (32 bytes), sealed as
    "packet.data_key". Every packet of a visit carries the same data key."""

    digest = Varchar(length=64, primary_key=True)
    visit = Varchar(length=32, index=True)
    content = Bytea()
    data_key = Bytea()


class ItemText(Table, tablename="item_text"):
    """The text behind an item: canonical JSON of ``sync.words.ItemText``, kept once for all packets."""

    digest = Varchar(length=64, primary_key=True)
    content = Text()
