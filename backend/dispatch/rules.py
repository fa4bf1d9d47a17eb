"""When each team goes, and the packet that it takes along: all that the law fixes, computed before it leaves. Pure.

Sources: dispatch S1-二(一), S2-14; time table S1-三; notice S1-二(五); deadlines S2-16(三), S0-三(一)5, S1-四(九).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from backend.planning.facts import SchemeFacts
from backend.profiles.working_days import Calendar
from sync.words import Refusal, TeamMember, refuse

NUMBER_WIDTH = 3


@dataclass(frozen=True)
class TeamFacts:
    """A team (联合检查组) that was formed for one target. ``area``: street or township of the target."""

    id: str
    target: str
    name: str
    area: str
    members: tuple[TeamMember, ...]

    @property
    def leader(self) -> TeamMember:
        return next(member for member in self.members if member.role == "leader")


@dataclass(frozen=True)
class Order:
    """A visit that is to be ordered: which team, under which number, on which day."""

    team: TeamFacts
    number: str
    planned_on: str


def window(scheme: SchemeFacts, today: date) -> tuple[date, date]:
    """The days on which visits may still be planned: the scheme's, from today on."""
    return max(date.fromisoformat(scheme.starts_on), today), date.fromisoformat(scheme.ends_on)


def working_days(first: date, last: date, calendar: Calendar) -> tuple[date, ...]:
    """The working days of a window. Days of a year without announced holidays go by the weekday: this only
    proposes a day, which people may change, and is no deadline."""
    days = (first + timedelta(days=i) for i in range((last - first).days + 1))
    return tuple(
        day for day in days if (calendar.is_workday(day) if day.year in calendar.years else day.weekday() < 5)
    )


def spread(teams: Sequence[TeamFacts], days: Sequence[date]) -> dict[str, str]:
    """Team → day: nobody goes out more often on a day than needed, days fill evenly, neighbours go together.

    With no day to choose from it is empty.
    """
    if not days:
        return {}
    busy: Counter[tuple[str, date]] = Counter()
    full: Counter[date] = Counter()
    streets: set[tuple[str, str, date]] = set()
    plan: dict[str, str] = {}
    for team in sorted(teams, key=lambda t: (t.area, t.name, t.id)):
        leader = team.leader.account

        def load(day: date, team: TeamFacts = team, leader: str = leader) -> tuple[int, int, bool, date]:
            worst = max(busy[member.account, day] for member in team.members)
            return worst, full[day], (leader, team.area, day) not in streets, day

        chosen = min(days, key=load)
        plan[team.id] = chosen.isoformat()
        full[chosen] += 1
        streets.add((leader, team.area, chosen))
        busy.update((member.account, chosen) for member in team.members)
    return plan


def orders(
    scheme: SchemeFacts, teams: Sequence[TeamFacts], days: Mapping[str, str], today: date, used: int
) -> tuple[Order, ...] | Refusal:
    """The visits to order. ``days``: team → planned day; ``used``: how many numbers the scheme has used.

    Refused without teams, outside the scheme's days, or for a team without enough certified officers.
    """
    if scheme.status not in ("drawn", "dispatched"):
        return refuse("dispatch_not_ready", what=f"方案当前为“{scheme.state}”，请先抽取检查对象和执法人员")
    if not teams:
        return refuse("dispatch_not_ready", what="没有待派发的检查组，请先完成执法人员抽取")
    first, last = window(scheme, today)
    if last < first:
        return refuse("dispatch_not_ready", what=f"检查时间已于 {scheme.ends_on} 截止，请先调整方案")
    found = []
    for place, team in enumerate(sorted(teams, key=lambda t: (days.get(t.id, ""), t.area, t.name)), used + 1):
        refusal = _day_fits(team, days.get(team.id, ""), first, last) or _team_fits(scheme, team)
        if refusal:
            return refusal
        found.append(Order(team, f"{scheme.number}-{place:0{NUMBER_WIDTH}d}", days[team.id]))
    return tuple(found)


def _day_fits(team: TeamFacts, day: str, first: date, last: date) -> Refusal | None:
    try:
        planned = date.fromisoformat(day)
    except ValueError:
        return refuse("bad_request", what=f"“{team.name}”的检查日期")
    if first <= planned <= last:
        return None
    return refuse(
        "day_outside", target=team.name, day=day, starts_on=first.isoformat(), ends_on=last.isoformat()
    )


def _team_fits(scheme: SchemeFacts, team: TeamFacts) -> Refusal | None:
    """行政处罚法§42: certified officers of every department; assistants are never counted."""
    certified = Counter(m.organisation for m in team.members if m.certified and m.role != "assistant")
    if any(certified[o] < scheme.minimum_officers for o in scheme.organisations):
        return refuse(
            "dispatch_not_ready", what=f"“{team.name}”的检查组有部门持证人员不足 {scheme.minimum_officers} 名"
        )
    leaders = [m for m in team.members if m.role == "leader"]
    if len(leaders) != 1 or leaders[0].organisation != scheme.organisation:
        return refuse("dispatch_not_ready", what=f"“{team.name}”的检查组组长须来自牵头部门")
    accountless = [m.name for m in team.members if not m.account]
    if accountless:
        return refuse(
            "dispatch_not_ready", what=f"{'、'.join(accountless[:3])}还没有账号，请先在机构与人员中开设"
        )
    return None
