"""Where things were recorded, as the tablets' receivers said it: pure."""

from __future__ import annotations

from dataclasses import dataclass

from sync.state import VisitState
from sync.words import EndingProposed, Place, ReturnPlanned


@dataclass(frozen=True)
class Fix:
    """A place that an entry names, with what was recorded there, in words."""

    entry: str
    at: str
    by: str
    what: str
    place: Place


def fixes_of(state: VisitState) -> list[Fix]:
    """Every fix of a visit."""
    found: list[Fix] = []

    def add(entry: str, at: str, by: str, what: str, place: Place | None) -> None:
        if place:
            found.append(Fix(entry, at, by, what, place))

    for opened in state.opened:
        add(opened.entry, opened.at, opened.by, "到达登记", opened.body.place)
    for photo in state.evidence:
        taken = photo.taken
        caption = f"照片：{taken.body.caption}" if taken.body.caption else "照片"
        add(taken.entry, taken.at, taken.by, caption, taken.body.place)
    for recording in state.recordings:
        add(
            recording.made.entry,
            recording.made.at,
            recording.made.by,
            "录音、录像",
            recording.made.body.place,
        )
    for again in state.said(ReturnPlanned):
        add(again.entry, again.at, again.by, "打算再次到场", again.body.place)
    for ending in state.said(EndingProposed):
        add(ending.entry, ending.at, ending.by, "未能实施检查", ending.body.place)
    return found
