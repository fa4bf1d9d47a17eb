"""A visit for the paper: two departments, every kind of remark, signatures of exactly this record, photographs."""

from __future__ import annotations

import hashlib
import io
import math
import random
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from PIL import Image

from backend.documents.press import Press
from backend.documents.record import Sheet, record_sheet
from sync import words as w
from sync.canon import digest
from sync.record import record_of
from sync.state import VisitState
from tests.builders import id_of
from tests.visited import CHEN, DU, LEAD, LUO, NONCE, PRIVATE, SECOND, WEN, answer, state
from tests.visited import packet as plain_packet

TITLE = "渝岭区（虚构）部门联合“双随机、一公开”实地核查记录表"
NOTICE = "渝岭区（虚构）部门联合“双随机、一公开”行政检查通知书"
OFFICERS = {LEAD: (CHEN, LUO), SECOND: (WEN, DU)}
LABELS = (
    *("未发现问题终止检查并向监管对象告知检查结果", "发现问题作出责令改正等行政命令", "发现问题作出行政指导"),
    *("发现问题作出行政处罚决定", "发现问题作出行政强制决定", "发现问题作出其他具体行政行为"),
)
CODES: tuple[w.Disposition, ...] = (
    *("NO_PROBLEM_TERMINATED_AND_INFORMED", "ADMIN_ORDER", "ADMIN_GUIDANCE"),
    *("ADMIN_PENALTY", "ADMIN_COERCION", "OTHER_ADMIN_ACT"),
)


def choice(code: str, label: str) -> w.Choice:
    """One option of the packet."""
    return w.Choice(code=code, label=label, group="g")


def packet(items: int = 8, **changes: Any) -> w.Packet:
    """The packet of a joint visit of two departments with so many items each."""
    values: dict[str, Any] = {
        "record_title": TITLE,
        "blocks": (
            _block(LEAD, "渝岭区市场监督管理局（虚构）", "食品销售", items),
            _block(SECOND, "渝岭区消防救援支队（虚构）", "消防安全", items),
        ),
        "findings": (choice("3", "未按规定公示应当公示的信息"), choice("5", "发现问题待后续处理")),
        "dispositions": tuple(choice(code, label) for code, label in zip(CODES, LABELS, strict=True)),
        "refusal_reasons": (choice("disputes_facts", "对事实有异议"),),
        "legal_basis": (
            "《国务院关于在市场监管领域全面推行部门联合“双随机、一公开”监管的意见》（国发〔2019〕5号）",
            "《渝岭区随机抽查实施细则（虚构）》",
        ),
        **changes,
    }
    return plain_packet().model_copy(update=values)


def _block(organisation: str, name: str, matter: str, items: int) -> w.PacketBlock:
    return w.PacketBlock(
        organisation=organisation,
        organisation_name=name,
        heading=f"对{matter}的行政检查",
        routine_items=(f"对{matter}经营资质的监管", f"对{matter}场所的监管"),
        special_items=f"{matter}冬季专项检查",
        applicable_law=f"《{matter}管理条例（虚构）》第十二条",
        items=tuple(
            w.PacketItem(
                item=id_of(f"{matter} {n}"),
                number=f"{matter[:1]}{n:02d}",
                title=f"{matter}第{n}项的检查",
                method="实地核查",
                photo_required=False,
                text="0" * 64,
            )
            for n in range(1, items + 1)
        ),
    )


def strokes(seed: int) -> tuple[tuple[int, ...], ...]:
    """A signature: three strokes of forty points."""
    drawn = []
    for n in range(3):
        points = []
        for step in range(40):
            turn = step / 5 + seed + n
            points += [
                1500 + n * 2300 + step * 50 + int(400 * math.sin(turn * 1.7)),
                5000 + int(3000 * math.sin(turn)),
            ]
        drawn.append(tuple(points))
    return tuple(drawn)


def picture(seed: int, size: tuple[int, int] = (1600, 1200), quality: int = 75) -> bytes:
    """A JPEG with as much in it as a photograph of a shop has: some 300 KB at 1600 × 1200."""
    chance = random.Random(seed)
    small = (size[0] // 16, size[1] // 16)
    rough = Image.frombytes("RGB", small, chance.randbytes(small[0] * small[1] * 3)).resize(
        size, Image.Resampling.BICUBIC
    )
    whole = Image.blend(rough, Image.effect_noise(size, 20).convert("RGB"), 0.2)
    out = io.BytesIO()
    whole.save(out, "JPEG", quality=quality)
    return out.getvalue()


@dataclass
class Told:
    """What is said on site. ``party``: signed | refused | absent. ``note`` stands at the first item; ``remark`` is
    the first department's; ``photos`` are the digests of the pictures that were taken."""

    party: str = "signed"
    note: str = ""
    remark: str = ""
    statement: str = ""
    demand: str = "三日内将进货查验记录补齐"
    photos: Sequence[str] = ()
    stale: bool = False
    end: bool = True
    extra: list[tuple[str, w.Body]] = field(default_factory=list)
    after: Callable[[str], list[tuple[str, w.Body]]] | None = None
    """From the record's digest to what is said once it is closed."""


def said(of: w.Packet, told: Told) -> list[tuple[str, w.Body]]:
    """(author, body) of the whole visit; the signatures are of exactly the record that results."""
    content = [*_arrival(), *_answers(of, told), *_photos(of, told.photos), *_results(told), *told.extra]
    seal = digest("record/1", record_of(of, state(content)))
    later = told.after(seal) if told.after else []
    return [*content, *_signed(of, told, seal, "f" * 64 if told.stale else seal), *later]


def visit(of: w.Packet, told: Told) -> VisitState:
    """What those entries fold to."""
    return state(said(of, told))


def _arrival() -> list[tuple[str, w.Body]]:
    place = w.Place(latitude=29718001, longitude=106630001, accuracy=12, age=3)
    return [
        (CHEN, w.VisitOpened(nonce=NONCE, place=place)),
        (CHEN, w.IdentityShown(nonce=NONCE, inspectors=(CHEN, LUO, WEN, DU), shown_to="祁之衡")),
        (CHEN, w.RightsTold(nonce=NONCE, recusal="not_requested", statement="")),
        (CHEN, w.PartyMet(nonce=NONCE, name="祁之衡", role="legal_representative", phone="13800000017")),
    ]


def _answers(of: w.Packet, told: Told) -> list[tuple[str, w.Body]]:
    found: list[tuple[str, w.Body]] = []
    for block in of.blocks:
        for n, item in enumerate(block.items):
            wrong = n == 0 and block.organisation == LEAD
            one = (
                answer(block.organisation, item.item, "nonconform", "3", note=told.note)
                if wrong
                else answer(block.organisation, item.item, "conform")
            )
            found.append((OFFICERS[block.organisation][0], one))
    return found


def _photos(of: w.Packet, digests: Sequence[str]) -> list[tuple[str, w.Body]]:
    block = of.blocks[0]
    return [
        (
            CHEN,
            w.EvidenceTaken(
                nonce=NONCE,
                digest=name,
                size=1000,
                media_type="image/jpeg",
                original_digest=hashlib.sha256(name.encode()).hexdigest(),
                original_size=4000,
                slot=name[:32],
                items=(w.ItemOf(organisation=block.organisation, item=block.items[0].item),),
                place=None,
                caption=f"货架第{n}层",
            ),
        )
        for n, name in enumerate(digests, 1)
    ]


def _results(told: Told) -> list[tuple[str, w.Body]]:
    mend = w.Rectification(demand=told.demand, due="2026-11-27")
    return [
        (
            CHEN,
            w.DispositionGiven(
                nonce=NONCE,
                organisation=LEAD,
                results=("ADMIN_ORDER", "ADMIN_GUIDANCE"),
                case_proposed=True,
                rectification=mend,
                remark=told.remark,
            ),
        ),
        (
            WEN,
            w.DispositionGiven(
                nonce=NONCE,
                organisation=SECOND,
                results=("NO_PROBLEM_TERMINATED_AND_INFORMED",),
                case_proposed=False,
                rectification=None,
                remark="",
            ),
        ),
    ]


def _signed(of: w.Packet, told: Told, seal: str, officers_seal: str) -> list[tuple[str, w.Body]]:
    record = {"record_digest": seal, "template": of.template}
    names = {one.account: one.name for one in packet().team}
    spoken: list[tuple[str, w.Body]] = [
        (
            account,
            _signature("inspector", names[account], n, officers_seal, of.template, account, organisation),
        )
        for n, (organisation, accounts) in enumerate(OFFICERS.items())
        for account in accounts
    ]
    if told.party == "signed":
        mine = _signature("party", "祁之衡", 7, seal, of.template, None, None)
        agreed = {"opinion": "objected" if told.statement else "agreed", "statement": told.statement}
        spoken.append((CHEN, mine.model_copy(update=agreed)))
    elif told.party == "refused":
        refusal = w.SignatureRefused(
            nonce=NONCE, name="祁之衡", reason="disputes_facts", statement=told.statement, **record
        )
        witness = _signature("witness", PRIVATE["a witness"], 8, seal, of.template, None, None)
        spoken += [
            (CHEN, refusal),
            (CHEN, witness.model_copy(update={"identity": PRIVATE["a witness's ID"]})),
        ]
    else:
        spoken.append((CHEN, w.SignatureAbsent(nonce=NONCE, reason="接到电话后离开，未返回", **record)))
    return [*spoken, (CHEN, w.VisitFinished(nonce=NONCE, **record))] if told.end else spoken


def _signature(
    role: Any, name: str, seed: int, seal: str, template: str, signer: str | None, organisation: str | None
) -> w.SignatureGiven:
    return w.SignatureGiven(
        nonce=NONCE,
        role=role,
        signer=signer,
        name=name,
        identity="",
        organisation=organisation,
        record_digest=seal,
        template=template,
        strokes=strokes(seed),
        assurance="pin" if role == "inspector" else "none",
        opinion=None,
        statement="",
    )


@lru_cache(maxsize=1)
def press() -> Press:
    """One warm compiler for all tests."""
    return Press()


def printed(sheet: Sheet) -> bytes:
    """The PDF of a filled form."""
    return press().print(sheet.form, sheet.values, sheet.drawings)


def text_of(pdf: bytes, *, squeezed: bool = True) -> str:
    """What ``pdftotext -layout`` reads; squeezed: without the gaps and line breaks of the layout."""
    tool = shutil.which("pdftotext")
    assert tool, "poppler-utils is missing"
    done = subprocess.run([tool, "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    read = done.stdout.decode()
    return re.sub(r"\s+", "", read) if squeezed else read


def squeezed(text: str) -> str:
    """The text without anything that a layout puts between its signs."""
    return re.sub(r"\s+", "", text)


def pages(pdf: bytes) -> int:
    """How many pages it has."""
    return text_of(pdf, squeezed=False).count("\f")


def filled(told: Told | None = None, **changes: Any) -> Sheet:
    """The record of the whole visit; no picture is here. ``changes`` of the packet."""
    of = packet(**changes)
    return record_sheet(of, visit(of, told or Told()), {})
