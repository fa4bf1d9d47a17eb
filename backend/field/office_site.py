"""What the office reads of a visit beside its record: the official code, what only the lead department is told, and
when the record came."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from backend.documents.site import OBSERVED, china
from backend.field.marks import ended_on
from backend.field.rules_codes import CodeDue, listed
from backend.field.rules_crime import ReferralClock, referral_clock
from backend.field.rules_late import Entered, entered
from backend.field.rules_marks import marks
from backend.field.rules_place import fixes_of
from backend.house import CHINA, House
from backend.ledger import LedgerEntry
from backend.people.rules import Actor
from backend.people.tables import account_names
from backend.planning import tables as planning
from backend.profiles.calendar_data import seeded_calendar
from backend.registry import tables as registry
from sync.leaps import leaps
from sync.progress_site import off_site, supplements
from sync.state import VisitState
from sync.words import CodeRecorded, CrimeSuspected, Packet, TargetObserved

HOW = {"scanned": "扫码", "typed": "输入编号", "photographed": "拍照"}


def code_words(packet: Packet | None, state: VisitState) -> tuple[str, str] | None:
    """(name, state) of the place's official code (执法码); None where the packet's rules know none, and where nobody
    goes anywhere. A code that was
    missing says why, and until when it is made good."""
    if packet is None or packet.site is None or off_site(packet):
        return None
    rule = packet.site.official_code
    said = state.said(CodeRecorded)
    if not said:
        return rule.label, "还没有登记" if rule.required and state.opened else ""
    body = said[-1].body
    if body.how == "missing":
        return rule.label, f"暂时没有：{body.reason}；{rule.due or '待补录'}"
    return rule.label, "，".join(part for part in (f"{HOW[body.how]}登记", body.number) if part)


async def code_due(house: House, visit: Mapping[str, Any], state: VisitState) -> CodeDue | None:
    """Until when a missing code is made good, reckoned from the day on which the check ended; None while it runs,
    once there is a code, and where none is asked for."""
    if not state.finished or marks(state).code == "recorded":
        return None
    scheme = await planning.scheme(visit["scheme"])
    ended = await ended_on(house, {visit["id"]: state.finished[0].at})
    row = {"ended": ended[visit["id"]], "method": scheme and scheme.method, "number": visit["number"]}
    today = house.clock().astimezone(CHINA).date()
    found = listed([row], house.profile_on, seeded_calendar(), today)
    return found[0]["due"] if found else None


def unsigned(packet: Packet, state: VisitState) -> list[str]:
    """Supplements (补充记录) that do not count yet, each with who still has to sign."""
    found = []
    for one in supplements(packet, state):
        if one.done:
            continue
        short = packet.minimum_officers - len(one.signed_by)
        lacks = [f"{short} 名执法人员签字"] * (short > 0)
        lacks += ["当事人签字、拒签或不在场的记录"] * (one.party is None and not off_site(packet))
        found.append(f"补充记录第 {one.number} 号还没有签齐，缺 {'、'.join(lacks)}")
    return found


async def leap_words(state: VisitState) -> list[str]:
    """Places that nobody can have reached from the one before (定位跳变), in words; they accuse nobody."""
    found = leaps([fix for fix in fixes_of(state) if _real(fix.at)])
    names = await account_names([fix.by for fix, _ in found])
    return [
        f"{china(fix.at)} {fix.what}（{names.get(fix.by, '')}）与前一处定位相距 {metres / 1000:.1f} 公里"
        for fix, metres in found
    ]


async def observations(house: House, visit: Mapping[str, Any], state: VisitState) -> list[dict[str, Any]]:
    """What the team saw to be otherwise than registered, beside what the registry says now: a proposal to change it,
    settled once the registry says what was seen. The registry is changed where it is kept (一单两库), not from here."""
    said = state.said(TargetObserved)
    if not said:
        return []
    row = (await registry.targets([visit["target"]])).get(visit["target"], {})
    now = {**row, **(registry.opened(house, "targets", row) if row else {})}
    names = await account_names([fact.by for fact in said])
    return [
        {
            "field": OBSERVED[fact.body.field],
            "then": fact.body.registry,
            "now": str(now.get(fact.body.field) or ""),
            "seen": fact.body.seen,
            "note": fact.body.note,
            "by": names.get(fact.by, ""),
            "settled": str(now.get(fact.body.field) or "").strip() == fact.body.seen.strip(),
        }
        for fact in said
    ]


async def suspicions(
    house: House, actor: Actor, visit: Mapping[str, Any], state: VisitState
) -> list[dict[str, Any]]:
    """Suspected crimes (涉嫌犯罪线索) for whom they are told to: the lead department and the one that reported. Nobody
    else learns that there are any. ``clock``: until when the transfer is decided."""
    told = [
        fact
        for fact in state.said(CrimeSuspected)
        if actor.organisation in (visit["lead_organisation"], fact.body.organisation)
    ]
    names = await account_names([fact.by for fact in told])
    today = house.clock().astimezone(CHINA).date()
    days = {fact.entry: await _received_on(fact.entry) for fact in told}
    return [
        {
            "clock": _referral(house, days[fact.entry], today),
            "statement": fact.body.statement,
            "photos": len(fact.body.evidence),
            "by": names.get(fact.by, ""),
            "at": fact.at,
            "organisation": fact.body.organisation,
        }
        for fact in told
    ]


async def arrival(house: House, visit: Mapping[str, Any], state: VisitState) -> Entered | None:
    """When the check ended by the tablet's clock and when the end came to the server; None while it runs."""
    if not state.finished:
        return None
    end = state.finished[0]
    received = await _received_on(end.entry)
    if received is None:
        return None
    finished = (await ended_on(house, {visit["id"]: end.at}))[visit["id"]]
    scheme = await planning.scheme(visit["scheme"])
    deadline = date.fromisoformat(scheme.ends_on) if scheme else None
    return entered(house.profile_on(finished), seeded_calendar(), finished, received, deadline)


async def _received_on(entry: str) -> date | None:
    """The day on which an entry of a tablet came: its receipt's, by the server's clock."""
    stored = await LedgerEntry.select(LedgerEntry.number).where(LedgerEntry.id == entry).first()
    if stored is None:
        return None
    receipt = (
        await LedgerEntry.select(LedgerEntry.at)
        .where((LedgerEntry.number > stored["number"]) & (LedgerEntry.kind == "entry.received"))
        .order_by(LedgerEntry.number)
        .first()
    )
    return _day(receipt["at"]) if receipt else None


def _referral(house: House, reported: date | None, today: date) -> ReferralClock | None:
    return (
        referral_clock(house.profile_on(reported), reported, seeded_calendar(), today) if reported else None
    )


def _real(at: str) -> bool:
    try:
        datetime.fromisoformat(at)
    except ValueError:
        return False
    return True


def _day(at: str) -> date:
    return datetime.fromisoformat(at).astimezone(CHINA).date()
