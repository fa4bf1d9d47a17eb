"""What is published of a draw: one document per number, a whitelist, no names and no class. Pure.

The shape is that of PROTOCOL.md, 5.10. Beside it stand ``repeat`` and ``seal``: the server's signature over all the
rest, by the key that the frozen plan names. A changed byte anywhere breaks it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sync.canon import JSON, NotCanonical, canonical, digest
from sync.chain import signature_holds
from sync.draw import DrawPlan, check_code
from sync.draw_check import verify_publication
from sync.draw_publication import Problem

MORE_PROBLEMS: Mapping[str, str] = {
    "not-canonical": "文件字节不是公示时的原样，可能被编辑或转存过。请从公示页重新下载后再核验。",
    "seal": "文件与发布时的签章不符，内容可能被改动。请从公示页重新下载后再核验。",
}
"""What ``suijian verify-draw`` checks beyond the protocol's verifier."""


def publication(
    row: Mapping[str, Any],
    plan: DrawPlan,
    bitmaps: Sequence[Mapping[str, Any]],
    signatures: Sequence[Mapping[str, Any]],
    results: Sequence[Mapping[str, Any]],
    drawn: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """The document of a draw that was held or aborted, without its seal.

    ``row`` has plan_hash, seed, abort_reason, after, reason and the audit's columns; ``results`` and ``drawn``
    are as in the entries.
    """
    aborted = bool(row["abort_reason"])
    audit = None
    if row["audit_signature"]:
        audit = {"name": row["opened_by"], "names": row["names"], "signature": row["audit_signature"]}
    return {
        **announcement(row, plan, bitmaps, signatures),
        "outcome": "aborted" if aborted else "drawn",
        "reason": row["abort_reason"] or None,
        "last_input": None if aborted else {"mode": "lottery", "draws": [dict(one) for one in results]},
        "seed": None if aborted else row["seed"],
        "drawn": [] if aborted else [dict(one) for one in drawn],
        "audit": audit,
    }


def announcement(
    row: Mapping[str, Any],
    plan: DrawPlan,
    bitmaps: Sequence[Mapping[str, Any]],
    signatures: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """What is public from the announcement on, before the last input exists: whoever keeps a copy can compare."""
    repeat = {"after": row["after"], "reason": row["reason"]} if row["after"] else None
    return {
        "repeat": repeat,
        "plan": plan,
        "plan_hash": row["plan_hash"],
        "check_code": check_code(bytes.fromhex(row["plan_hash"])),
        "bitmaps": [{"stratum": one["stratum"], "bits": one["bits"]} for one in bitmaps],
        "countersignatures": [
            {name: one[name] for name in ("name", "plan_hash", "at", "signature")} for one in signatures
        ],
        "commitments": [],
        "nonces": [],
        "previous": None,
    }


def publication_digest(document: Mapping[str, Any]) -> str:
    """H("publication/1", canonical(document without its seal)) in hex: what the seal signs."""
    bare = {name: value for name, value in document.items() if name != "seal"}
    return digest("publication/1", cast("dict[str, JSON]", bare))


def sealed(document: Mapping[str, Any], key: str, signature: str) -> dict[str, Any]:
    """The document with the server's seal."""
    return {**document, "seal": {"key": key, "signature": signature}}


def check_document(raw: bytes, document: object) -> list[Problem]:
    """All that does not hold in a publication as it was downloaded: its bytes, its seal, then the whole draw.

    The seal must be by a key that the frozen plan names for one of its parties, so that it cannot be replaced
    without changing the check code (校验码).
    """
    problems = verify_publication(document)
    try:
        if canonical(cast("JSON", document)) != raw:
            problems.append(_problem("not-canonical"))
    except NotCanonical:
        problems.append(_problem("not-canonical"))
    if not _seal_holds(document):
        problems.append(_problem("seal"))
    return problems


def _seal_holds(document: object) -> bool:
    if not isinstance(document, dict) or not isinstance(document.get("seal"), dict):
        return False
    key, signature = document["seal"].get("key"), document["seal"].get("signature")
    plan = document.get("plan")
    parties = plan.get("parties") if isinstance(plan, dict) else None
    if (
        not isinstance(key, str)
        or not isinstance(signature, str)
        or set(document["seal"]) != {"key", "signature"}
    ):
        return False
    named = [one.get("key") for one in parties if isinstance(one, dict)] if isinstance(parties, list) else []
    try:
        signed = publication_digest(document)
    except NotCanonical:
        return False
    return key in named and signature_holds(key, signed, signature)


def _problem(code: str) -> Problem:
    return Problem(code, "", MORE_PROBLEMS[code])
