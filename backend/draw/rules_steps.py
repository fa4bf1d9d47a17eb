"""What comes next in a draw, for whom: the one primary button of its page. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from backend.draw.rules import Ceremony
from backend.people.rules import Actor, may

Step = Literal["countersign", "enter", "hold", "assign", "open", "dispatch", "wait", "done"]
STEPS = ("锁定公告", "各方会签", "录入号码", "抽取对象", "抽取人员", "监督核验")


@dataclass(frozen=True)
class Standing:
    """Where a draw stands for whoever looks: the next step, and if it is somebody else's, what is waited for."""

    step: Step
    waiting: str = ""


def reached(ceremony: Ceremony, opened: bool) -> int:
    """How many of ``STEPS`` are behind the draw."""
    if ceremony.state == "assigned":
        return 6 if opened else 5
    if ceremony.state == "held":
        return 4
    if ceremony.waiting_for():
        return 1
    return 2 if ceremony.inputs().agreed is None else 3


def standing(ceremony: Ceremony, lead: str, opened: bool, actor: Actor, today: str) -> Standing:
    """The next step for ``actor`` on the China day ``today``; ``lead`` is the initiating department's id."""
    if ceremony.state == "aborted":
        return Standing("done")
    if ceremony.state != "announced":
        return _afterwards(ceremony, lead, opened, actor)
    parties = {one["name"] for one in ceremony.plan["parties"]} - ceremony.signed
    in_time = today < ceremony.named["draws"][0]["date"]
    if actor.organisation_name in parties and may(actor, "draw.countersign") and in_time:
        return Standing("countersign")
    waiting = ceremony.waiting_for()
    if waiting:
        return Standing("wait", f"等待会签：{'、'.join(waiting)}")
    inputs = ceremony.inputs()
    if inputs.agreed is not None:
        if may(actor, "draw.hold", lead):
            return Standing("hold")
        return Standing("wait", "号码已由两人一致录入，等待牵头部门抽取")
    day = ceremony.named["draws"][0]["date"]
    if today < day:
        return Standing("wait", f"等待 {day} 开奖")
    if may(actor, "draw.enter_input") and (inputs.first is None or inputs.first.by != actor.account):
        return Standing("enter")
    return Standing("wait", "等待另一人再次录入开奖号码" if inputs.first else "等待录入开奖号码")


def _afterwards(ceremony: Ceremony, lead: str, opened: bool, actor: Actor) -> Standing:
    overseer = {one["name"] for one in ceremony.plan["parties"] if one["role"] == "oversight"}
    if not opened and may(actor, "draw.open") and actor.organisation_name in overseer:
        return Standing("open")
    if ceremony.state == "held":
        return Standing("assign") if may(actor, "draw.hold", lead) else Standing("wait", "等待抽取执法人员")
    return Standing("dispatch") if may(actor, "dispatch.write", lead) else Standing("done")
