"""After a postponement the packet speaks of the new day: the codes at the door, the days that are reckoned from it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from backend.dispatch import desk, tables
from backend.dispatch.site import expiry, with_site
from backend.house import House, instant
from backend.planning import tables as planning
from backend.profiles import keys
from sync.words import Packet
from tests.builders import Client, Clock
from tests.doors.conftest import SignedIn
from tests.doors.finished import DAY, dispatched, later


async def _packet(house: House, visit: str) -> Packet:
    row = await tables.visit(visit)
    packet = await tables.packet(house, row["packet_digest"]) if row else None
    assert packet and row and packet.planned_on == row["planned_on"]
    return packet


async def test_what_is_said_of_the_site_is_said_of_the_new_day(
    house: House, clock: Clock, signed_in: SignedIn, client: Client
) -> None:
    whole = await dispatched(house, clock, signed_in)
    visit = whole.visits[0]
    before = await _packet(house, visit)
    scheme = await planning.scheme(whole.scheme)
    assert scheme and before.site and before.site.check_code and before.site.copy_code
    lead, day = whole.w.lead, scheme.ends_on
    assert day > DAY
    form = {"day": day, "statement": "企业停产"}
    answer = await lead.post(f"/office/dispatch/visits/{visit}/change/postpone", form)
    assert answer.status_code == 303, answer.text
    after = await _packet(house, visit)
    around = await desk.surroundings(house, scheme)
    assert after.site and after.site.check_code and after.site.copy_code
    made = with_site(house, after, around)
    codes = {
        "check_code": after.site.check_code,
        "copy_code": after.site.copy_code,
    }  # no two signatures are alike
    assert made.site and made.model_copy(update={"site": made.site.model_copy(update=codes)}) == after
    checked = around.profile.get(keys.CHECK_CODE_DAYS) or 1
    assert after.site.check_code.expires == instant(expiry(date.fromisoformat(day), checked))
    copied = around.profile.get(keys.COPY_CODE_DAYS) or 30
    assert after.site.copy_code.expires == instant(expiry(date.fromisoformat(day), copied))
    assert after.site.check_code.short == before.site.check_code.short  # what is printed can still be typed
    if before.site.recognition and after.site.recognition:
        moved = date.fromisoformat(after.site.recognition.since) - date.fromisoformat(
            before.site.recognition.since
        )
        assert moved == date.fromisoformat(day) - date.fromisoformat(DAY)
    assert DAY not in after.model_dump_json()
    assert after.model_copy(update={"planned_on": DAY, "site": before.site, "dues": before.dues}) == before
    # On the day itself, at ten in the morning, the door opens by either code.
    moment = datetime.fromisoformat(f"{day}T10:00:00+08:00")
    await later(clock, seconds=(moment - house.clock()) / timedelta(seconds=1))
    token = after.site.check_code.url.rsplit("/", 1)[-1]
    assert (await client.get(f"/d/{token}")).status_code == 200
    typed = await client.post("/d", data={"code": after.site.check_code.short})
    assert typed.headers["location"] == f"/d/{token}"
