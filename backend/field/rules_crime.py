"""The clock of a suspected crime (domain E.15): until when the responsible leader decides whether it is transferred.
Pure. Source: 行政执法机关移送涉嫌犯罪案件的规定; the days and the hours are the profile's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from backend.profiles import keys
from backend.profiles.deadlines import criminal_decision_due
from backend.profiles.rules import Profile
from backend.profiles.working_days import Calendar


@dataclass(frozen=True)
class ReferralClock:
    """``until``: the last day of the decision; ``days``: how many are left, below 0 those since; ``hours``: within how
    many it is sent once it is approved, None where no text says; ``article``: what both rest on."""

    until: date
    days: int
    hours: int | None
    article: str

    @property
    def words(self) -> str:
        """How it stands, in words."""
        if self.days < 0:
            return f"已逾期 {-self.days} 日"
        return "今天到期" if self.days == 0 else f"还有 {self.days} 日"


def referral_clock(profile: Profile, reported: date, calendar: Calendar, today: date) -> ReferralClock | None:
    """``reported``: the day on which the report was received (自接到报告之日起): a tablet that was out of signal
    had told nobody. None where no text gives a number."""
    due = criminal_decision_due(profile, {"transfer_reported": reported}, calendar)
    if due is None:
        return None
    send = profile.get(keys.CRIMINAL_SEND_DUE)
    article = profile.article(due.key) or ""
    return ReferralClock(due.date, (due.date - today).days, send.n if send else None, article)
