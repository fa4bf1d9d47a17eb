"""A visit that two departments finished, as a packet and as entries. Every private value in it is planted: tests
look for it in all that is public."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sync import words as w
from sync.chain import body_digest, entry_id
from sync.fold import fold
from sync.state import VisitState
from tests.builders import id_of

VISIT, SCHEME, TARGET = id_of("visit"), id_of("scheme"), id_of("target")
LEAD, SECOND = id_of("lead"), id_of("second")
CHEN, LUO, WEN, DU = (id_of(name) for name in ("chen", "luo", "wen", "du"))
LEAD_ITEMS = (id_of("item 1"), id_of("item 2"))
SECOND_ITEM = id_of("item 3")
NONCE = id_of("nonce")
DEVICE = "d" * 64
PHOTO = "e" * 64
FINISHED = "2026-11-20T07:30:00.000Z"

PRIVATE = {
    "the party's phone": "13800000017",
    "the target's phone": "02300000018",
    "an officer's certificate": "执证-PRIV-0001",
    "the party's words": "我不同意这个处理意见",
    "an answer's note": "冷柜温度记录缺失三日",
    "a witness": "证人祁某某",
    "a witness's ID": "110105199001010011",
    "a signature's strokes": "[4321,",
    "the place": "29718001",
    "a photo": PHOTO,
    "a refusal's reason": "disputes_result",
    "an officer's name": "检查员甲壬",
}
"""What must never be public."""


def member(account: str, name: str, organisation: str, role: w.TeamRole = "member") -> w.TeamMember:
    """An officer of the team."""
    return w.TeamMember(
        account=account,
        name=name,
        organisation=organisation,
        role=role,
        certificate=PRIVATE["an officer's certificate"],
        certified=True,
    )


TEAM = (
    member(CHEN, PRIVATE["an officer's name"], LEAD, "leader"),
    member(LUO, "检查员甲癸", LEAD),
    member(WEN, "检查员乙壬", SECOND),
    member(DU, "检查员乙癸", SECOND),
)


def block(organisation: str, name: str, items: Sequence[str]) -> w.PacketBlock:
    """A department's block with these items."""
    return w.PacketBlock(
        organisation=organisation,
        organisation_name=name,
        heading="对食品销售的行政检查",
        routine_items=(),
        special_items="",
        applicable_law="",
        items=tuple(
            w.PacketItem(
                item=item, number=f"T-{n}", title=f"事项{n}", method="", photo_required=False, text="0" * 64
            )
            for n, item in enumerate(items, 1)
        ),
    )


def packet(**target: str) -> w.Packet:
    """The packet of the visit; ``target`` overrides fields of the target."""
    fields = {
        "name": "云岭鲜果超市（虚构）",
        "code": "91509901MA5TESTX0K",
        "kind": "公司",
        "district": "渝岭区（虚构）",
        "address": "云栖街道银杏路 88 号（虚构）",
        "legal_representative": "祁之衡",
        "representative_label": "法定代表人",
        "licence": "JY00000000000000",
        "phone": PRIVATE["the target's phone"],
        **target,
    }
    return w.Packet(
        visit=VISIT,
        number="2026-007-0001",
        scheme=SCHEME,
        scheme_number="2026-007",
        scheme_name="食品销售单位综合联查",
        mode="综合联查",
        scope="不定向抽查",
        region="渝岭区（虚构）",
        demo=True,
        target=w.PacketTarget(target=TARGET, **fields),
        planned_on="2026-11-20",
        team=TEAM,
        blocks=(
            block(LEAD, "渝岭区市场监督管理局（虚构）", LEAD_ITEMS),
            block(SECOND, "渝岭区消防救援支队（虚构）", [SECOND_ITEM]),
        ),
        findings=(),
        dispositions=(),
        refusal_reasons=(),
        minimum_officers=2,
        template="field_record.s1.1",
        record_title="实地核查记录表",
        supervised_behaviour="食品销售",
        legal_basis=(),
        rights_text=(),
        dues=(),
        profile="demo-yuling",
        profile_digest="0" * 64,
        server_key="04" + "a" * 128,
    )


def bodies(of: w.Packet | None = None) -> list[tuple[str, w.Body]]:
    """(author, body) of everything that the tablet recorded: the first block's last item has a problem, the last
    block's items do not apply, the party refused to sign."""
    whole = of or packet()
    officers = {
        one.organisation: [m.account for m in whole.team if m.organisation == one.organisation]
        for one in whole.blocks
    }
    leader = next(m.account for m in whole.team if m.role == "leader")
    return [
        *((leader, body) for body in _arrival([m.account for m in whole.team])),
        *(pair for place, one in enumerate(whole.blocks) for pair in _answers(whole, place, officers)),
        *((leader, body) for body in _ending(whole.blocks[0].organisation)),
    ]


def _arrival(officers: Sequence[str]) -> list[w.Body]:
    place = w.Place(latitude=29718001, longitude=106630001, accuracy=12, age=3)
    return [
        w.VisitOpened(nonce=NONCE, place=place),
        w.IdentityShown(nonce=NONCE, inspectors=tuple(officers), shown_to=PRIVATE["a witness"]),
        w.RightsTold(nonce=NONCE, recusal="not_requested", statement=PRIVATE["the party's words"]),
        w.PartyMet(nonce=NONCE, name="在场人祁某", role="staff", phone=PRIVATE["the party's phone"]),
    ]


def _answers(whole: w.Packet, place: int, officers: dict[str, list[str]]) -> list[tuple[str, w.Body]]:
    block = whole.blocks[place]
    said: list[tuple[str, w.Body]] = []
    for number, item in enumerate(block.items):
        by = officers[block.organisation][number % 2]
        if place == 0 and number == len(block.items) - 1:
            note = PRIVATE["an answer's note"]
            said.append((by, answer(block.organisation, item.item, "nonconform", "3", note=note)))
        elif place == len(whole.blocks) - 1:
            said.append((by, answer(block.organisation, item.item, "not_applicable")))
        else:
            said.append((by, answer(block.organisation, item.item, "conform")))
    return said


def _ending(lead: str) -> list[w.Body]:
    record = {"record_digest": "a" * 64, "template": "field_record.s1.1"}
    return [
        w.EvidenceTaken(
            nonce=NONCE,
            digest=PHOTO,
            size=1000,
            media_type="image/jpeg",
            original_digest="f" * 64,
            original_size=4000,
            slot=id_of("slot"),
            items=(),
            place=None,
            caption="冷柜",
        ),
        w.DispositionGiven(
            nonce=NONCE,
            organisation=lead,
            results=("ADMIN_ORDER",),
            case_proposed=False,
            rectification=None,
            remark=PRIVATE["an answer's note"],
        ),
        w.SignatureGiven(
            nonce=NONCE,
            role="witness",
            signer=None,
            name=PRIVATE["a witness"],
            identity=PRIVATE["a witness's ID"],
            organisation=None,
            strokes=((4321, 1234, 4322, 1235),),
            assurance="none",
            opinion=None,
            statement="",
            **record,
        ),
        w.SignatureRefused(
            nonce=NONCE,
            name="在场人祁某",
            reason=PRIVATE["a refusal's reason"],
            statement=PRIVATE["the party's words"],
            **record,
        ),
        w.VisitFinished(nonce=NONCE, **record),
    ]


def answer(
    organisation: str, item: str, said: w.Answer, *findings: str, note: str = "", supersedes: Any = ()
) -> w.AnswerGiven:
    """One answer."""
    return w.AnswerGiven(
        nonce=NONCE,
        organisation=organisation,
        item=item,
        answer=said,
        findings=findings,
        note=note,
        supersedes=supersedes,
    )


def ordered() -> w.VisitOrdered:
    """The order of the visit."""
    return w.VisitOrdered(
        nonce=NONCE,
        scheme=SCHEME,
        target=TARGET,
        team=TEAM,
        planned_on="2026-11-20",
        packet_digest="0" * 64,
    )


def state(spoken: Sequence[tuple[str, w.Body]] | None = None) -> VisitState:
    """What these entries fold to, together with the order."""
    said = [(CHEN, ordered()), *(bodies() if spoken is None else spoken)]
    entries: list[tuple[w.Entry, dict[str, Any]]] = []
    prev = w.NO_PREV
    for seq, (by, body) in enumerate(said, 1):
        plain = body.model_dump(mode="json")
        envelope = w.Envelope(
            kind=body.KIND,
            subject=VISIT,
            by=by,
            device=DEVICE,
            seq=seq,
            prev=prev,
            at=FINISHED,
            body_digest=body_digest(plain),
        )
        prev = entry_id(envelope)
        entries.append((w.Entry(**envelope.model_dump(), id=prev, signature=""), plain))
    return fold(entries)
