"""Visits for the conformance tests: a fictional packet, devices that write chains, and random histories."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sync import words as w
from sync.canon import digest
from sync.chain import body_digest, entry_id, thumbprint
from sync.fold import SITE, fold
from sync.record import record_of
from sync.state import VisitState

ORDER_OF_P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

Body = dict[str, Any]
Written = tuple[w.Entry, Body | None]


def ident(name: str) -> str:
    """The 32 hex of a name: ids that a reader can trace back."""
    return hashlib.sha256(name.encode()).hexdigest()[:32]


def sha(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


MARKET, FIRE, LABOUR = ident("市场监管局"), ident("消防救援大队"), ident("人社局")
LEADER, MARKET_2, MARKET_3 = ident("leader"), ident("market 2"), ident("market 3")
FIRE_1, FIRE_2, LABOUR_1, LABOUR_2 = ident("fire 1"), ident("fire 2"), ident("labour 1"), ident("labour 2")
EXPERT, STRANGER, CLERK = ident("expert"), ident("stranger"), ident("clerk")
VISIT = ident("visit")


def member(account: str, name: str, organisation: str, role: w.TeamRole = "member") -> w.TeamMember:
    certified = role != "assistant"
    certificate = f"证{account[:6]}" if certified else ""
    return w.TeamMember(
        account=account,
        name=name,
        organisation=organisation,
        role=role,
        certificate=certificate,
        certified=certified,
    )


TEAM = (
    member(LEADER, "周岚（虚构）", MARKET, "leader"),
    member(MARKET_2, "何川（虚构）", MARKET),
    member(FIRE_1, "丁一（虚构）", FIRE),
    member(FIRE_2, "余安（虚构）", FIRE),
    member(LABOUR_1, "马宁（虚构）", LABOUR),
    member(LABOUR_2, "田语（虚构）", LABOUR),
    member(EXPERT, "高工（虚构）", MARKET, "assistant"),
)


def choice(code: str, label: str, group: str, *excludes: str) -> w.Choice:
    return w.Choice(code=code, label=label, group=group, excludes=excludes)


ITEMS = {
    MARKET: ("licence", "storage", "labels"),
    FIRE: ("exits", "hydrants"),
    LABOUR: ("contracts", "wages"),
}


def block(organisation: str, name: str, heading: str) -> w.PacketBlock:
    items = tuple(
        w.PacketItem(
            item=ident(item),
            number=str(number),
            title=f"事项 {item}",
            method="实地核查",
            photo_required=item in ("storage", "exits"),
            text=sha(f"text {item}"),
        )
        for number, item in enumerate(ITEMS[organisation], 1)
    )
    return w.PacketBlock(
        organisation=organisation,
        organisation_name=name,
        heading=heading,
        routine_items=(),
        special_items="",
        applicable_law="",
        items=items,
    )


@cache
def key_pair(name: str) -> tuple[ec.EllipticCurvePrivateKey, str]:
    """The same key for the same name, and its public point in hex."""
    scalar = int.from_bytes(hashlib.sha256(name.encode()).digest(), "big") % (ORDER_OF_P256 - 1) + 1
    key = ec.derive_private_key(scalar, ec.SECP256R1())
    return key, key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint).hex()


class Pad:
    """A device that writes a chain. Its key is made from its name, its signatures are deterministic."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.key, self.public_key = key_pair(name)
        self.device = thumbprint(self.public_key)
        self.seq, self.prev = 0, w.NO_PREV

    def sign(self, entry: str) -> str:
        der = self.key.sign(bytes.fromhex(entry), ec.ECDSA(SHA256(), deterministic_signing=True))
        r, s = decode_dss_signature(der)
        return (r.to_bytes(32, "big") + s.to_bytes(32, "big")).hex()

    def body(self, kind: str, **fields: Any) -> Body:
        """A whole body of ``kind``; its nonce comes from the device's name and place."""
        nonce = ident(f"nonce {self.name} {self.seq + 1} {kind}")
        return w.BODIES[kind](nonce=nonce, **fields).model_dump(mode="json")

    def append(
        self, kind: str, by: str, body: Body, at: str = "", subject: str = VISIT, signed: bool = False
    ) -> tuple[w.Entry, Body]:
        envelope = w.Envelope(
            kind=kind,
            subject=subject,
            by=by,
            device=self.device,
            seq=self.seq + 1,
            prev=self.prev,
            at=at or f"2026-11-20T02:{self.seq // 60:02}:{self.seq % 60:02}.000Z",
            body_digest=body_digest(body),
        )
        name = entry_id(envelope)
        self.seq, self.prev = self.seq + 1, name
        signature = self.sign(name) if signed else ""
        return w.Entry(**envelope.model_dump(), id=name, signature=signature), body

    def write(self, kind: str, by: str, /, **fields: Any) -> tuple[w.Entry, Body]:
        return self.append(kind, by, self.body(kind, **fields))


def packet() -> w.Packet:
    server = Pad("server")
    return w.Packet(
        visit=VISIT,
        number="渝岭（虚构）查〔2026〕7号",
        scheme=ident("scheme"),
        scheme_number="2026-007",
        scheme_name="餐饮综合联查（虚构）",
        mode="综合联查",
        scope="不定向",
        region="渝岭区（虚构）",
        demo=True,
        target=w.PacketTarget(
            target=ident("target"),
            name="云岭鲜果超市（虚构）",
            code="91500000MA5TEST00X",
            kind="企业",
            district="临川街道（虚构）",
            address="临川路 88 号",
            legal_representative="苏禾（虚构）",
            representative_label="负责人",
            licence="",
            phone="",
        ),
        planned_on="2026-11-20",
        team=TEAM,
        blocks=(
            block(MARKET, "市场监管局（虚构）", "食品安全"),
            block(FIRE, "消防救援大队（虚构）", "消防安全"),
            block(LABOUR, "人社局（虚构）", "劳动用工"),
        ),
        findings=(
            choice("1", "未发现问题", "normal", "3", "A", "E"),
            choice("3", "违反食品药品监管相关规定", "problem", "1", "F", "7"),
            choice("A", "发现问题待后续处理", "problem", "1", "F"),
            choice("E", "发现问题经责令已改正", "corrected", "1"),
            choice("F", "未发现开展本次抽查涉及的经营活动", "not_engaged", "3", "A"),
            choice("6", "通过登记的住所（经营场所）无法联系", "problem", "1", "F"),
            choice("7", "已关闭停业或正在组织清算", "closed", "3", "A"),
            choice("8", "不配合检查情节严重", "non_cooperation", "1"),
        ),
        dispositions=tuple(
            choice(code, label, "disposition")
            for code, label in (
                ("NO_PROBLEM_TERMINATED_AND_INFORMED", "未发现问题终止检查并向监管对象告知检查结果"),
                ("ADMIN_ORDER", "发现问题作出责令改正等行政命令"),
                ("ADMIN_GUIDANCE", "发现问题作出行政指导"),
                ("ADMIN_PENALTY", "发现问题作出行政处罚决定"),
                ("ADMIN_COERCION", "发现问题作出行政强制决定"),
            )
        ),
        refusal_reasons=(
            choice("disputes_result", "对检查结果有异议", "refusal"),
            choice("other", "其他", "refusal"),
        ),
        minimum_officers=2,
        template="A1.1",
        record_title="实地核查记录表（虚构）",
        supervised_behaviour="经营行为",
        legal_basis=("国发〔2019〕5号",),
        rights_text=("您有权陈述、申辩，有权申请回避。",),
        dues=(w.Due(rule="publication.due", article="S0-三(一)5", working_days=10, label="公示"),),
        profile="demo-yuling",
        profile_digest=sha("profile"),
        server_key=server.public_key,
    )


def current(packet: w.Packet, entries: Sequence[Written]) -> tuple[VisitState, str]:
    """The state and the digest of its record."""
    state = fold(entries)
    return state, digest("record/1", record_of(packet, state))


STROKES = ((100, 100, 200, 150, 300, 250, 400, 200, 500, 300), (600, 300, 700, 350, 800, 400))

ORGANISATIONS = (MARKET, FIRE)
PEOPLE = (LEADER, MARKET_2, FIRE_1, EXPERT, STRANGER)
FIELD = (
    *("visit.opened", "identity.shown", "rights.told", "party.met", "item.reopened", "answer.given"),
    *("answer.given", "answer.given", "evidence.taken", "evidence.withdrawn", "disposition.given"),
    *("block.waived", "signature.given", "signature.refused", "signature.absent", "visit.finished"),
    *(kind for kind, model in w.BODIES.items() if model.HOME == "device" and kind in SITE),
    *("result.recognised", "evidence.added", "evidence.deleted", "recording.made", "item.contradicted"),
)
OFFICE = (
    *("visit.ordered", "item.verified", "item.verified", "evidence.stored", "entry.received"),
    *("entry.admitted", "entry.set_aside", "device.revoked", "consent.decided", "noncooperation.decided"),
    *("recusal.decided", "visit.recalled", "ending.decided", "item.contradicted"),
)


PICTURES = ("evidence.taken", "evidence.added")


class History:
    """A random set of entries about a visit: whatever a device, an office or a bug could send."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.pads = [Pad(f"tablet {n}") for n in range(2)]
        self.server = Pad("server")
        self.entries: list[Written] = []
        if self.chance.random() < 0.9:
            self.add(self.server, "visit.ordered", CLERK)
        for _ in range(self.chance.randrange(4, 40)):
            office = self.chance.random() < 0.25
            kind = self.chance.choice(OFFICE if office else FIELD)
            rogue = self.chance.random() < 0.05
            pad = self.server if office and not rogue else self.chance.choice(self.pads)
            self.add(pad, kind, CLERK if office else self.chance.choice(PEOPLE))

    def add(self, pad: Pad, kind: str, by: str) -> None:
        at = f"2026-11-20T02:00:{self.chance.randrange(60):02}.000Z"
        entry, body = pad.append(kind, by, pad.body(kind, **self.fields(kind)), at)
        luck = self.chance.random()
        if luck < 0.02:
            self.entries.append((entry, None))
        elif luck < 0.04:
            self.entries.append((entry, {**body, "nonce": "short"}))
        elif luck < 0.06:
            self.entries.append((entry, {key: part for key, part in body.items() if key != "nonce"}))
        elif luck < 0.08:
            self.entries.append((entry.model_copy(update={"kind": "item.weighed"}), body))
        else:
            self.entries.append((entry, body))

    def some(self, kinds: Sequence[str], most: int = 2) -> tuple[str, ...]:
        found = [entry.id for entry, _ in self.entries if entry.kind in kinds] or [sha("not here yet")]
        return tuple(self.chance.sample(found, self.chance.randint(0, min(most, len(found)))))

    def any(self) -> str:
        return self.chance.choice([entry.id for entry, _ in self.entries] or [sha("nothing")])

    def fields(self, kind: str) -> dict[str, Any]:
        """Fields for a body of ``kind``: mostly sound, sometimes about things that are not there."""
        chance = self.chance
        organisation = chance.choice(ORGANISATIONS)
        item: dict[str, Any] = {
            "organisation": organisation,
            "item": ident(chance.choice(ITEMS[organisation])),
        }
        on_item = ("answer.given", "item.verified", "item.reopened", "item.contradicted")
        signed: dict[str, Any] = {"record_digest": sha(str(chance.randrange(2))), "template": "A1.1"}
        results = ("NO_PROBLEM_TERMINATED_AND_INFORMED", "ADMIN_ORDER", "ADMIN_GUIDANCE", "ADMIN_PENALTY")
        role = chance.choice(("inspector", "inspector", "party", "witness"))
        officer = chance.choice(PEOPLE) if role == "inspector" else None
        match kind:
            case "visit.ordered":
                return {
                    "scheme": ident("scheme"),
                    "target": ident("target"),
                    "team": TEAM[: chance.choice((3, 7, 7))],
                    "planned_on": "2026-11-20",
                    "packet_digest": sha("packet"),
                    "supersedes": self.some((kind,)),
                }
            case "visit.opened":
                place = w.Place(latitude=29_500_000, longitude=106_600_000, accuracy=20, age=3)
                return {"place": chance.choice((None, place))}
            case "identity.shown":
                return {"inspectors": tuple(chance.sample(PEOPLE, 3)), "shown_to": "苏禾（虚构）"}
            case "rights.told":
                return {"recusal": chance.choice(("not_requested", "requested")), "statement": ""}
            case "party.met":
                name = chance.choice(("苏禾（虚构）", "店员🙂（虚构）"))
                return {"name": name, "role": "staff", "phone": "", "supersedes": self.some((kind,))}
            case "item.verified":
                more: dict[str, Any] = {"source": "公示系统", "note": "", "snapshot": None}
                return item | more | {"supersedes": self.some(on_item, 1)}
            case "item.contradicted":
                differs = {"source": "公示系统", "stated": "1 号", "met": "3 号", "snapshot": None}
                return item | differs | {"supersedes": self.some(on_item, 1)}
            case "item.reopened":
                found = self.some(("item.verified",)) or (sha("verified elsewhere"),)
                return item | {"reason": "信息不一致", "supersedes": found}
            case "answer.given":
                findings = tuple(chance.sample(("1", "3", "A", "E", "Z"), chance.randrange(3)))
                answer = chance.choice(("conform", "nonconform", "not_applicable"))
                more = {"answer": answer, "findings": findings, "note": "", "supersedes": self.some(on_item)}
                return item | more
            case "evidence.taken":
                return {
                    "digest": sha(f"picture {chance.randrange(3)}"),
                    "size": 300_000,
                    "media_type": "image/jpeg",
                    "original_digest": sha("original"),
                    "original_size": 4_000_000,
                    "slot": ident("slot"),
                    "items": (w.ItemOf(**item),) * chance.randrange(2),
                    "place": None,
                    "caption": "",
                }
            case "evidence.withdrawn":
                return {"evidence": self.any(), "reason": "拍摄模糊"}
            case "evidence.stored":
                return {"digest": sha(f"picture {chance.randrange(3)}"), "size": 300_000}
            case "disposition.given":
                chosen = tuple(chance.sample(results, chance.randrange(3)))
                more = {"results": chosen, "case_proposed": chance.random() < 0.2, "rectification": None}
                before = self.some(("disposition.given", "block.waived"))
                return {"organisation": organisation, "remark": "", "supersedes": before} | more
            case "block.waived":
                before = self.some(("disposition.given", "block.waived"))
                return {"organisation": organisation, "reason": "人员不足", "supersedes": before}
            case "signature.given":
                return signed | {
                    "role": role,
                    "signer": officer,
                    "name": "某人（虚构）",
                    "identity": "",
                    "organisation": organisation if officer else None,
                    "strokes": STROKES,
                    "assurance": chance.choice(("pin", "drawn_only")) if officer else "none",
                    "opinion": None,
                    "statement": "",
                }
            case "signature.refused":
                return signed | {"name": "苏禾（虚构）", "reason": "other", "statement": "不认可"}
            case "signature.absent":
                return signed | {"reason": "中途离开"}
            case "visit.finished":
                return signed
            case "entry.received":
                status: w.ReceiptStatus = chance.choice(("accepted", "held", "held"))
                code = chance.choice((None, "device_revoked", "author_unknown"))
                receipt = w.Receipt(entry=self.any(), status=status, code=code)
                return {"device": self.pads[0].device, "receipts": (receipt,)}
            case "entry.admitted" | "entry.set_aside":
                return {"entry": self.any(), "reason": "核定"}
            case "device.revoked":
                return {"device": self.pads[0].device, "reason": "遗失"}
        return self.on_site(kind, signed)

    def on_site(self, kind: str, signed: dict[str, Any]) -> dict[str, Any]:
        """What is said on site, about entries that are there and others that are not."""
        from tests.conformance.site import SAID

        known, chance = w.BODIES[kind].model_fields, self.chance
        fields = SAID[kind][1] | (signed if "record_digest" in known else {})
        for name in ("proposal", "pause", "consent", "supplement", "application"):
            if name in known:
                fields = fields | {name: self.any()}
        if "evidence" in known:
            fields = fields | {"evidence": self.any() if kind == "evidence.deleted" else self.some(PICTURES)}
        if "supersedes" in known:
            fields = fields | {"supersedes": self.some((kind,))}
        for name in ("confirmed", "upheld"):
            if name in known:
                fields = fields | {name: chance.random() < 0.5}
        return fields
