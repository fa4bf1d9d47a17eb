"""What a row of ``visit_state`` keeps of a state: its bytes, and the marks that lists read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import msgspec
from pydantic import BaseModel

from backend.field.rules_marks import marks
from backend.house import House
from sync.canon import canonical
from sync.state import VisitState as Folded
from sync.state import to_json

LEAD = "visit_state.lead"
"""Under this name what the list of leads shows is sealed."""


def columns(house: House, state: Folded) -> dict[str, Any]:
    """The marks of a state as its row keeps them."""
    found = marks(state)
    lead = house.vault.seal(canonical(found.lead), LEAD) if found.handed else b""
    return {"code": found.code, "return_on": found.return_on, "handed": found.handed, "lead": lead}


def kept(state: Folded) -> dict[str, Any]:
    """What ``visit_state.state`` keeps of a state: everything but whether a picture is stored, which the rows of
    ``evidence`` say."""
    whole = cast("dict[str, Any]", to_json(state))
    for photo in [*whole["evidence"], *whole["added"], *whole["recordings"]]:
        del photo["stored"]
    return whole


def kept_bytes(state: Folded) -> bytes:
    """The canonical bytes of what is kept, without asking again: all that a state is made of was canonical before."""
    whole = dict(vars(state))
    for name in ("evidence", "added", "recordings"):
        whole[name] = [
            {part: value for part, value in vars(picture).items() if part != "stored"}
            for picture in whole[name]
        ]
    return _state_encoder.encode(whole)


def _as_json(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(type(value).__name__)


_state_encoder = msgspec.json.Encoder(order="sorted", enc_hook=_as_json)
