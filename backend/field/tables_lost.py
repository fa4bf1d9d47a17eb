"""What is known of a tablet beside its records: wrong PINs that it told, and how far a lost one is cleared."""

from __future__ import annotations

from piccolo.columns import Boolean, Integer, Timestamptz, Varchar
from piccolo.table import Table


class PinTry(Table, tablename="pin_try"):
    """Wrong PINs of one person on one tablet since the last right one, as the tablet told them. ``withheld``: the
    server lends that person's share no more, until the office registers the person anew. Its id is
    device + ":" + account."""

    id = Varchar(length=97, primary_key=True)
    device = Varchar(length=64, index=True)
    account = Varchar(length=32)
    wrong = Integer()
    withheld = Boolean(default=False)
    at = Timestamptz()


class LostDevice(Table, tablename="lost_device"):
    """A revoked tablet that learned of it and cleared itself. ``entries``, ``photos``: what it still kept, sealed,
    because the server had not taken it; ``cleared_at``: when nothing was left."""

    device = Varchar(length=64, primary_key=True)
    told_at = Timestamptz()
    entries = Integer()
    photos = Integer()
    cleared_at = Timestamptz(null=True, default=None)
