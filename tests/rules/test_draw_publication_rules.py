"""What is published of a draw, and that no byte of it can be changed unseen."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

import pytest

from backend.draw import rules, rules_publication, verify
from backend.draw.rules_publication import check_document, publication, publication_digest, sealed
from backend.vault import Vault, open_vault
from sync.canon import canonical
from sync.draw import plan_hash
from sync.words import DrawAnnounced
from tests.rules.drawing import (
    DEPARTMENTS,
    SCHEME,
    announced,
    bitmaps,
    ceremony,
    typed,
)


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    return open_vault(tmp_path_factory.mktemp("keys"))


# --- the publication ----------------------------------------------------------------------------------------


def published(vault: Vault, **changes: Any) -> dict[str, Any]:
    """A sealed document of a draw that was held by the rules themselves."""
    body = announced(vault)
    assert isinstance(body, DrawAnnounced)
    c = ceremony(vault, typed=(typed("甲"), typed("乙")))
    outcome = rules.hold(c, bitmaps(vault))
    assert isinstance(outcome, rules.Outcome)
    row = {
        "plan_hash": body.plan_hash,
        "seed": outcome.seed.hex(),
        "abort_reason": "",
        "after": "",
        "reason": "",
        "opened_by": "司法局（虚构）",
        "names": "5" * 64,
        "audit_signature": vault.sign("5" * 64),
        **changes,
    }
    signatures = [
        {
            "name": name,
            "plan_hash": body.plan_hash,
            "at": "2026-11-20T03:00:00.000Z",
            "signature": vault.sign(body.plan_hash),
        }
        for name in DEPARTMENTS.values()
    ]
    document = publication(
        row,
        json.loads(body.plan),
        [one.model_dump() for one in body.bitmaps],
        signatures,
        [one.model_dump(mode="json") for one in outcome.results],
        [one.model_dump(mode="json") for one in outcome.drawn],
    )
    return sealed(document, vault.public_key, vault.sign(publication_digest(document)))


def test_any_changed_byte_of_the_file_is_found(vault: Vault) -> None:
    document = published(vault)
    raw = canonical(document)
    assert check_document(raw, json.loads(raw)) == []
    chance = random.Random(1)
    for place in [0, len(raw) - 1, *chance.sample(range(len(raw)), 250)]:
        changed = bytearray(raw)
        changed[place] ^= 1 << chance.randrange(7)
        try:
            parsed = json.loads(bytes(changed))
        except (UnicodeDecodeError, json.JSONDecodeError):
            continue  # no JSON any more: the command says so before it checks anything
        assert check_document(bytes(changed), parsed), (place, raw[place - 20 : place + 20])


def test_spaces_a_missing_seal_and_a_seal_by_a_stranger_s_key_are_found(
    vault: Vault, tmp_path_factory: pytest.TempPathFactory
) -> None:
    document = published(vault)
    pretty = json.dumps(document, ensure_ascii=False, indent=1).encode()
    assert [one.code for one in check_document(pretty, document)] == ["not-canonical"]
    bare = {name: value for name, value in document.items() if name != "seal"}
    assert [one.code for one in check_document(canonical(bare), bare)] == ["seal"]
    stranger = open_vault(tmp_path_factory.mktemp("stranger"))
    forged = sealed(bare, stranger.public_key, stranger.sign(publication_digest(bare)))
    assert [one.code for one in check_document(canonical(forged), forged)] == ["seal"]
    loud = copy.deepcopy(document)
    loud["seal"]["signature"] = loud["seal"]["signature"].upper()
    assert "seal" in [one.code for one in check_document(canonical(loud), loud)]


def test_another_result_with_a_new_seal_is_still_found_by_the_recomputation(vault: Vault) -> None:
    document = published(vault)
    rows = document["drawn"][0]["indices"]
    document["drawn"][0]["indices"] = sorted([*rows[1:], next(i for i in range(200) if i not in rows)])
    bare = {name: value for name, value in document.items() if name != "seal"}
    again = sealed(bare, vault.public_key, vault.sign(publication_digest(bare)))
    assert [one.code for one in check_document(canonical(again), again)] == ["drawn"]


SEALED = {"seal": {"key": "a", "signature": "b"}}
ODD_PARTIES: tuple[Any, ...] = (None, 1, [{"key": []}], [None])


@pytest.mark.parametrize(
    "junk",
    [
        *(None, [], "x", {}, {"plan": {}}, {"seal": {}}, {"seal": {"key": 1, "signature": 2}}),
        *(SEALED | {"plan": {"parties": parties}} for parties in ODD_PARTIES),
    ],
)
def test_what_is_no_publication_is_named_and_never_an_exception(junk: Any) -> None:
    assert "malformed" in [one.code for one in check_document(canonical(junk), junk)]


def test_an_aborted_draw_is_published_with_its_reason_and_without_a_result(vault: Vault) -> None:
    document = published(vault, abort_reason="范围有误", audit_signature="")
    assert check_document(canonical(document), document) == []
    assert (document["seed"], document["drawn"], document["last_input"]) == (None, [], None)


def test_the_document_holds_what_the_whitelist_names_and_nothing_else(vault: Vault) -> None:
    document = published(vault)
    assert set(document) == {
        *("plan", "plan_hash", "check_code", "outcome", "reason", "bitmaps", "countersignatures"),
        *("commitments", "nonces", "last_input", "seed", "drawn", "audit", "previous", "repeat", "seal"),
    }
    text = canonical(document).decode()
    assert "饭店" not in text.replace(SCHEME.title, "") and "risk" not in text and "91500199" not in text
    assert plan_hash(document["plan"]).hex() == document["plan_hash"]
    assert rules_publication.MORE_PROBLEMS.keys() == {"not-canonical", "seal"}


def test_the_command_says_sound_changed_or_unreadable(
    vault: Vault, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = canonical(published(vault))
    file = tmp_path / "draw.json"
    for content, outcome, words in (
        (raw, 0, "核验一致：19 户"),
        (raw.replace(b'"reason":null', b'"reason":"x"'), 1, "文件与发布时的签章不符"),
        (raw, 0, "未会签的单位：司法局（虚构）\n"),
        (b"<html>", 2, "内容不是 JSON"),
        (b"[" * 100_000, 2, "内容不是 JSON"),
        (b"[]", 2, "内容不是抽取公示文件"),
        (b'{"plan":{}}', 2, "还没有抽取"),
    ):
        file.write_bytes(content)
        assert verify.run(str(file)) == outcome
        said = capsys.readouterr()
        assert words in said.out + said.err
    assert verify.run(str(tmp_path / "missing.json")) == 2
    assert "读取不到" in capsys.readouterr().err
