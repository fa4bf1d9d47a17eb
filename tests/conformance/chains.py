"""A device's chain, whole and damaged, with the fault that has to be found; signatures of both languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sync import words as w
from sync.canon import JSON
from sync.chain import answer_digest, body_digest, chain_faults
from tests.conformance import visits as v

BROWSER = {
    "id": "8c2a757fe967ca6b9116d8f5f864baa74631a37c8b90f20560ebfc1e03b65314",
    "signature": "8ec84a10d7bcd1adaba6b6b7e7f39d58a61320bde3e00ca1615e56b9cc75711b"
    "98dd159cfcfe7a7066111b33cd649acfe71c5e9a2d4fff8dc748c0bf4772b109",
}
"""Made once by a browser's WebCrypto with the key of `Pad("tablet")`; WebCrypto's signatures differ each time."""

Bodies = Mapping[str, v.Body]


def chain() -> tuple[v.Pad, list[w.Entry], dict[str, v.Body]]:
    """Four entries; the second and the last are signed."""
    pad = v.Pad("tablet")
    written = [
        pad.append("visit.opened", v.LEADER, pad.body("visit.opened", place=None)),
        pad.append(
            "rights.told",
            v.LEADER,
            pad.body("rights.told", recusal="not_requested", statement="无异议，谢谢🙂"),
            signed=True,
        ),
        pad.append("visit.opened", v.LEADER, pad.body("visit.opened", place=None)),
        pad.append("visit.opened", v.LEADER, pad.body("visit.opened", place=None), signed=True),
    ]
    return pad, [entry for entry, _ in written], {entry.id: body for entry, body in written}


def damaged(entries: Sequence[w.Entry], place: int, **changed: object) -> list[w.Entry]:
    return [
        entry.model_copy(update=changed) if number == place else entry for number, entry in enumerate(entries)
    ]


def answers() -> list[dict[str, str]]:
    """Answers as they travel, and what the server signs of them."""
    said = [
        ("0" * 32, "/field/exchange", '{"backed_up":7,"entries":[]}'),
        ("5f" * 16, "/field/blobs/" + "c" * 64, '{"digest":"虚构","offset":3,"stored":9}'),
        ("5f" * 16, "/field/device", ""),
    ]
    return [
        {"nonce": nonce, "path": path, "body": body, "digest": answer_digest(nonce, path, body.encode())}
        for nonce, path, body in said
    ]


def chain_vectors() -> dict[str, JSON]:
    pad, entries, bodies = chain()
    first = entries[0].id
    other = v.Pad("other")
    cases: list[tuple[str, Sequence[w.Entry], Bodies, tuple[int, str], dict[str, str]]] = [
        ("a chain in order", entries, bodies, (0, w.NO_PREV), {}),
        ("its second half, continued", entries[2:], bodies, (2, entries[1].id), {}),
        ("a body that was erased is not missed", entries, {}, (0, w.NO_PREV), {}),
        (
            "nothing covers what follows the last signature",
            entries[:3],
            bodies,
            (0, w.NO_PREV),
            {entries[2].id: "unsigned"},
        ),
        (
            "an envelope changed afterwards",
            damaged(entries, 0, at="2026-11-20T03:00:00.000Z"),
            bodies,
            (0, w.NO_PREV),
            {first: "id"},
        ),
        (
            "a body changed afterwards",
            entries,
            bodies | {first: bodies[first] | {"nonce": v.ident("x")}},
            (0, w.NO_PREV),
            {first: "body"},
        ),
        ("a gap", entries[1:], bodies, (0, w.NO_PREV), {entries[1].id: "seq"}),
        ("another beginning", entries[1:], bodies, (1, v.sha("x")), {entries[1].id: "prev"}),
        (
            "another key's signature",
            damaged(entries, 3, signature=other.sign(entries[3].id)),
            bodies,
            (0, w.NO_PREV),
            {entries[3].id: "signature", entries[2].id: "unsigned"},
        ),
        (
            "an entry of another device",
            damaged(entries, 0, device=other.device),
            bodies,
            (0, w.NO_PREV),
            {first: "device"},
        ),
    ]
    return {
        "answers": answers(),
        "keys": [
            {
                "public": one.public_key,
                "scalar": f"{one.key.private_numbers().private_value:064x}",
                "device": one.device,
            }
            for one in (pad, other)
        ],
        "bodies": [{"body": body, "digest": body_digest(body)} for body in bodies.values()],
        "signatures": [
            {"reason": "made in Python", "id": first, "signature": pad.sign(first), "holds": True},
            {"reason": "made in a browser", **BROWSER, "holds": True},
            {"reason": "of another entry", "id": entries[1].id, "signature": pad.sign(first), "holds": False},
            {"reason": "cut short", "id": first, "signature": pad.sign(first)[:126], "holds": False},
            {"reason": "in capitals", "id": first, "signature": pad.sign(first).upper(), "holds": False},
            {"reason": "zeros", "id": first, "signature": "0" * 128, "holds": False},
            {"reason": "of another key", "id": first, "signature": other.sign(first), "holds": False},
        ],
        "chains": [
            {
                "reason": reason,
                "entries": [entry.model_dump(mode="json") for entry in part],
                "bodies": dict(known),
                "start": list(start),
                "faults": dict(faults),
            }
            for reason, part, known, start, faults in cases
        ],
    }


def faults_of(case: Mapping[str, Any], public_key: str) -> dict[str, str]:
    """What `chain_faults` says about a case of the vectors."""
    entries = [w.Entry.model_validate(entry) for entry in case["entries"]]
    seq, prev = case["start"]
    return dict(chain_faults(public_key, entries, case["bodies"], (seq, prev)))
