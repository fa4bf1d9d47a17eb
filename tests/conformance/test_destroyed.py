"""A photo that was destroyed on the tablet (当场删除) is never sent, whatever the network still says about it."""

from __future__ import annotations

import pytest

from sync.exchange import destroyed, next_action, photographed, recorded, summary, took
from sync.exchange_words import Blob, BlobAt, Declined, Idle, State, Unreachable
from sync.words import NO_PREV

VISIT, ENTRY, PICTURE = "a" * 32, "1" * 64, "2" * 64


def _settled() -> State:
    """The entry has its receipt; only the picture is still to be sent."""
    state = photographed(recorded(State(), ENTRY, 1, NO_PREV, VISIT, 300), PICTURE, 9, VISIT, ENTRY)
    entry = state.entries[ENTRY].model_copy(update={"status": "received", "receipt": 5})
    return state.model_copy(
        update={"signed_in": True, "more": False, "pull_at": 60_000, "entries": {ENTRY: entry}}
    )


def test_it_is_not_offered_and_the_tablet_may_be_given_back() -> None:
    before = _settled()
    assert isinstance(next_action(before, 1), Blob)
    after = destroyed(before, PICTURE)
    assert isinstance(next_action(after, 1), Idle)
    assert summary(after).photos == 0
    assert summary(after).safe


@pytest.mark.parametrize(
    "outcome",
    [
        BlobAt(offset=9, stored=7),
        BlobAt(offset=4, stored=0),
        Unreachable(),
        Declined(code="digest_mismatch"),
    ],
)
def test_no_answer_about_it_brings_it_back(outcome: BlobAt | Unreachable | Declined) -> None:
    after = took(destroyed(_settled(), PICTURE), Blob(digest=PICTURE, offset=0), outcome, 10, 500)
    assert after.blobs == {}
