"""Words are said once: the generated files are what `words.py` says, and no word changes unseen."""

from __future__ import annotations

import json
import string

import pytest

from sync import words
from tests.conformance import generate
from tests.conformance.schemas import FOLDED, enumerations, models, schema, schema_digest, schema_text


def test_a_refusal_with_an_open_blank_is_a_bug_and_says_so() -> None:
    with pytest.raises(KeyError):
        words.refuse("items_open")
    with pytest.raises(KeyError):
        words.refuse("no_such_code")


def test_the_schema_is_generated_and_its_digest_is_pinned() -> None:
    hint = "run `.venv/bin/python -m tests.conformance.generate` and read what changed"
    assert schema_digest() == words.SCHEMA_DIGEST, hint
    assert (generate.SYNC / "schema.json").read_text("utf-8") == schema_text(), hint


def test_the_browsers_words_are_generated() -> None:
    assert (generate.SYNC / "words.ts").read_text("utf-8") == generate.words_ts()


def test_every_kind_has_one_body_and_says_who_writes_it() -> None:
    bodies = [model for model in models().values() if issubclass(model, words.Body)]
    assert len({model.KIND for model in bodies}) == len(bodies) == len(words.BODIES)
    for kind in FOLDED:
        assert words.BODIES[kind].HOME != "device"


def test_only_whole_bodies_travel_so_nothing_inside_one_has_a_default() -> None:
    """`fold` asks that a body says every field; inside a body nothing may be left out either."""
    defs = schema()["$defs"]
    inside = {
        part["$ref"].rpartition("/")[2]
        for model in words.BODIES.values()
        for part in _nodes(defs[model.__name__])
        if "$ref" in part
    }
    assert inside >= {"Place", "ItemOf", "TeamMember"}
    for name in inside:
        assert all(field.is_required() for field in models()[name].model_fields.values()), name


def _nodes(node: object) -> list[dict[str, str]]:
    parts = list(node.values()) if isinstance(node, dict) else node if isinstance(node, list) else []
    return ([node] if isinstance(node, dict) else []) + [found for part in parts for found in _nodes(part)]


def test_patterns_mean_the_same_in_both_languages() -> None:
    r"""``\d`` and ``\w`` are Unicode in one engine and ASCII in the other."""
    text = json.dumps(schema())
    assert "\\\\d" not in text and "\\\\w" not in text and "\\\\s" not in text


def test_every_refusal_is_one_chinese_sentence_without_blame() -> None:
    for code, sentence in words.REFUSALS.items():
        blanks = [name for _, name, _, _ in string.Formatter().parse(sentence) if name]
        filled = words.refuse(code, **dict.fromkeys(blanks, "甲")).sentence
        assert filled.endswith("。") and "！" not in filled and len(filled) <= 300, code


def test_enumerations_are_named_once() -> None:
    codes = [tuple(values) for values in enumerations().values()]
    assert len(set(codes)) == len(codes)
