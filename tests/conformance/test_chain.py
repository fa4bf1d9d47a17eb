"""Entries and chains, on the vectors that the browser's twin runs too."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sync.canon import digest
from sync.chain import answer_digest, body_digest, entry_id, signature_holds, thumbprint
from sync.words import Envelope
from tests.conformance.chains import chain_vectors, faults_of
from tests.conformance.generate import SYNC

VECTORS: dict[str, Any] = json.loads((SYNC / "vectors/chain.json").read_text("utf-8"))
KEY = VECTORS["keys"][0]["public"]


def reason(case: dict[str, Any]) -> str:
    return str(case["reason"])


@pytest.mark.parametrize("case", VECTORS["signatures"], ids=reason)
def test_a_signature_holds_over_its_entry_and_its_key_only(case: dict[str, Any]) -> None:
    assert signature_holds(KEY, case["id"], case["signature"]) is case["holds"]


@pytest.mark.parametrize(
    "point",
    ["", "04", "04" + "00" * 64, "zz" * 65, KEY.upper(), f"{2 + int(KEY[-1], 16) % 2:02x}{KEY[2:66]}"],
)
def test_under_what_is_no_key_no_signature_holds(point: str) -> None:
    good = VECTORS["signatures"][0]
    assert not signature_holds(point, good["id"], good["signature"])


@pytest.mark.parametrize("case", VECTORS["chains"], ids=reason)
def test_every_damage_of_a_chain_is_found_where_it_is(case: dict[str, Any]) -> None:
    assert faults_of(case, KEY) == case["faults"]


@pytest.mark.parametrize("case", VECTORS["bodies"], ids=lambda case: str(case["digest"][:8]))
def test_the_digest_of_a_body_is_what_the_vector_says(case: dict[str, Any]) -> None:
    assert body_digest(case["body"]) == case["digest"]


@pytest.mark.parametrize("case", VECTORS["chains"], ids=reason)
def test_an_id_covers_the_envelopes_canonical_bytes(case: dict[str, Any]) -> None:
    for row in case["entries"]:
        envelope = Envelope(**{name: row[name] for name in Envelope.model_fields})
        assert entry_id(envelope) == digest("entry/1", envelope.model_dump())


def test_a_device_is_named_by_its_key() -> None:
    assert [thumbprint(key["public"]) for key in VECTORS["keys"]] == [
        key["device"] for key in VECTORS["keys"]
    ]


def test_what_is_signed_of_an_answer_covers_nonce_path_and_every_byte() -> None:
    for one in VECTORS["answers"]:
        said = (one["nonce"], one["path"], one["body"].encode())
        assert answer_digest(*said) == one["digest"]
        others = (
            (one["nonce"][1:] + "a", *said[1:]),
            (said[0], said[1] + "/", said[2]),
            (*said[:2], said[2] + b" "),
        )
        assert one["digest"] not in {answer_digest(*other) for other in others}


def test_the_vectors_are_what_their_builder_makes() -> None:
    assert json.loads(json.dumps(chain_vectors())) == VECTORS
