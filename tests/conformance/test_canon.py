"""Canonical bytes, the tagged hash and the Merkle tree, on the vectors that the TypeScript twin runs too."""

import json
from datetime import date
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.canon import (
    JSON,
    MAX_INTEGER,
    H,
    NotCanonical,
    canonical,
    digest,
    is_canonical,
    leaf_hash,
    merkle_proof,
    merkle_root,
    merkle_verify,
    node_hash,
    parse,
)

VECTORS: dict[str, list[Any]] = json.loads(
    (Path(__file__).parents[2] / "sync/vectors/canon.json").read_text(encoding="utf-8")
)


def case_name(case: dict[str, object]) -> str:
    return str(case["reason"])


@pytest.mark.parametrize("case", VECTORS["refused"], ids=case_name)
def test_what_has_no_canonical_form_is_refused_with_its_reason(case: dict[str, str]) -> None:
    data = bytes.fromhex(case["input_hex"])
    with pytest.raises(NotCanonical) as refused:
        parse(data)
    assert refused.value.reason == case["refused"]
    assert not is_canonical(data)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (0.5, "float"),
        (float("nan"), "float"),
        (MAX_INTEGER + 1, "integer-range"),
        ("\ud800", "lone-surrogate"),
        ("e\u0301", "not-nfc"),
        ({1: 2}, "key-not-ascii"),
        (b"bytes", "type"),
        (date(2026, 3, 5), "type"),
        ({1, 2}, "type"),
    ],
)
def test_a_value_without_a_canonical_form_is_refused_and_the_place_is_named(
    value: object, reason: str
) -> None:
    with pytest.raises(NotCanonical) as refused:
        canonical(cast(JSON, {"a": [0, value]}))
    assert (refused.value.reason, refused.value.where) == (reason, "$.a[1]")


def test_a_megabyte_of_brackets_is_refused_and_does_not_crash() -> None:
    with pytest.raises(NotCanonical):
        parse(b"[" * 1_000_000)


@pytest.mark.parametrize("case", VECTORS["canonical"], ids=case_name)
def test_the_canonical_form_is_what_the_vector_says(case: dict[str, str]) -> None:
    assert canonical(parse(case["input"].encode())) == case["canonical"].encode()
    assert is_canonical(case["canonical"].encode())
    assert is_canonical(case["input"].encode()) == (case["input"] == case["canonical"])


@pytest.mark.parametrize("case", VECTORS["hash"], ids=case_name)
def test_the_tagged_hash_is_what_the_vector_says(case: dict[str, Any]) -> None:
    assert H(case["tag"], *map(bytes.fromhex, case["parts"])).hex() == case["hash"]


@pytest.mark.parametrize("case", VECTORS["digest"], ids=case_name)
def test_the_digest_of_a_value_is_what_the_vector_says(case: dict[str, Any]) -> None:
    assert digest(case["tag"], case["value"]) == case["digest"]


@pytest.mark.parametrize("case", VECTORS["merkle"], ids=case_name)
def test_roots_and_proofs_are_those_of_rfc_6962(case: dict[str, Any]) -> None:
    leaves = [bytes.fromhex(leaf) for leaf in case["leaves"]]
    assert merkle_root(leaves).hex() == case["root"]
    assert [[step.hex() for step in merkle_proof(leaves, i)] for i in range(len(leaves))] == case["proofs"]


def rfc_6962(leaves: list[bytes]) -> bytes:
    """The tree hash in the words of the RFC: split at the largest power of two below n."""
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return node_hash(rfc_6962(leaves[:split]), rfc_6962(leaves[split:]))


@settings(max_examples=100, derandomize=True, deadline=None)
@given(st.lists(st.binary(max_size=8), min_size=1, max_size=70), st.data())
def test_every_leaf_is_proved_at_its_place_and_nowhere_else(leaves: list[bytes], data: st.DataObject) -> None:
    root, n = merkle_root(leaves), len(leaves)
    assert root == rfc_6962(leaves)
    i = data.draw(st.integers(0, n - 1))
    proof = merkle_proof(leaves, i)
    assert merkle_verify(root, n, i, leaves[i], proof)
    assert not merkle_verify(root, n, i, leaves[i] + b"x", proof)
    assert not merkle_verify(root, n, i, leaves[i], [*proof, root])
    assert not merkle_verify(root, n, n, leaves[i], proof)
    assert not merkle_verify(root, n, -1, leaves[i], proof)
    if proof:
        assert not merkle_verify(root, n, i, leaves[i], proof[:-1])
        assert not merkle_verify(root, n, i, leaves[i], [proof[0][::-1], *proof[1:]])
        j = i ^ 1
        if j < n and leaves[j] != leaves[i]:
            assert not merkle_verify(root, n, j, leaves[i], proof)


def test_a_leaf_cannot_pose_as_a_node() -> None:
    leaves = [b"a", b"b"]
    posing = leaf_hash(b"a") + leaf_hash(b"b")
    assert merkle_root([posing]) != merkle_root(leaves)
    assert not merkle_verify(merkle_root(leaves), 1, 0, posing, [])


def test_a_proof_outside_the_tree_is_refused() -> None:
    for i in (-1, 2):
        with pytest.raises(IndexError):
            merkle_proof([b"a", b"b"], i)


texts = st.text(max_size=6).filter(lambda text: not any("\ud800" <= c <= "\udfff" for c in text))
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | texts,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(max_codepoint=127), max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(values)
def test_canonical_is_a_fixed_point_and_loses_nothing(value: Any) -> None:
    try:
        data = canonical(value)
    except NotCanonical as refused:
        assert refused.reason == "not-nfc"
        return
    assert parse(data) == value
    assert canonical(parse(data)) == data
    assert data.decode() == json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    loose = json.dumps(value, indent=2, ensure_ascii=True).encode()
    assert canonical(parse(loose)) == data


def test_every_character_is_escaped_as_the_rfc_says() -> None:
    every = [chr(c) for c in range(0x2100) if not 0x300 <= c < 0x370]
    for text in every:
        try:
            data = canonical(text)
        except NotCanonical:
            continue
        assert data.decode() == json.dumps(text, ensure_ascii=False), hex(ord(text))


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.lists(st.binary(max_size=4), max_size=4), st.lists(st.binary(max_size=4), max_size=4))
def test_parts_that_differ_only_in_where_they_are_split_hash_differently(
    one: list[bytes], other: list[bytes]
) -> None:
    assert (H("t", *one) == H("t", *other)) == (one == other)
    assert H("t", *one) != H("u", *one)
