"""The site's part of a packet: codes signed, substitutes looked up."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from backend.dispatch import rules_site
from backend.dispatch.rules_packet import Surroundings, certificates
from backend.dispatch.rules_site import Opened, Use
from backend.house import CHINA, House, instant
from backend.profiles import keys
from sync.words import Packet, SiteCode


def with_site(house: House, packet: Packet, around: Surroundings) -> Packet:
    """The packet with what it says about the site, and until when the certificates of who may go there are valid."""
    day, profile = date.fromisoformat(packet.planned_on), around.profile
    valid = [member for member, until in around.colleagues if until is None or until >= day]
    rules = rules_site.site_rules(
        profile,
        around.scheme.method,
        packet.number,
        rules_site.substitutes_of(packet.team, valid),
        code(house, packet.visit, "check", expiry(day, profile.get(keys.CHECK_CODE_DAYS) or 1)),
        code(house, packet.visit, "copy", expiry(day, profile.get(keys.COPY_CODE_DAYS) or 30)),
    )
    if rules is not None:
        rules = rules.model_copy(
            update={
                "recognition": rules_site.recognition(profile, day),
                "order": rules_site.order_rule(profile),
                "official_code": rules_site.dated(rules.official_code, profile, day, around.calendar),
            }
        )
    team = (*packet.team, *(rules.substitutes if rules else ()))
    return packet.model_copy(update={"site": rules, "certificates": certificates(team, around.colleagues)})


def expiry(day: date, days: int) -> datetime:
    """The end of the last of ``days`` days after ``day``, in China."""
    return datetime(day.year, day.month, day.day, tzinfo=CHINA) + timedelta(days=days + 1)


def code(house: House, visit: str, use: Use, until: datetime) -> SiteCode:
    """The visit's code for this use: the same for the same expiry."""
    token = rules_site.token_of(Opened(visit, use, int(until.timestamp())), house.vault.sign)
    return SiteCode(
        url=f"{house.settings.origin}/d/{token}",
        short=rules_site.short_of(house.vault.tag(f"site-code:{use}:{visit}"), use),
        expires=instant(until),
    )
