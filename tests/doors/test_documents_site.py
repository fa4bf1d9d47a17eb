"""What happened beside the items, what came after the signatures, and the owner's sheet, on paper: what must not be
there first, then that all of it can be read back."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import pytest

from backend.documents.order import order_sheet
from backend.documents.printed import ADDED, ORDER, OWNER
from backend.documents.record import record_sheet
from backend.documents.sheet import owner_sheet
from backend.documents.site import later_parts, site_parts
from sync import words as w
from tests import papers
from tests.papers import Told, printed, squeezed, text_of
from tests.site_told import RULES, SECRET, afterwards, during
from tests.visited import CHEN, NONCE, WEN, state


@lru_cache(maxsize=1)
def everything() -> tuple[w.Packet, Any, str]:
    packet = papers.packet(site=RULES)
    told = Told(extra=during(), after=afterwards)
    found = papers.visit(packet, told)
    return packet, found, text_of(printed(record_sheet(packet, found, {})))


# --- refusals -------------------------------------------------------------------------------------------------


def test_a_suspicion_and_a_witness_s_identity_and_telephones_never_reach_the_paper() -> None:
    _, found, read = everything()
    assert found.site["crime.suspected"], "it was said"
    for what in (SECRET, "110105199001010011", "证人祁某某"):
        assert squeezed(what) not in read
    before, attempts = read.split("电话联系2026")[1:3]
    assert "号码停机" in before[:60] and "无人接听" in attempts[:60]
    assert "13800000017" not in before + attempts


def test_what_the_party_asked_waits_on_the_paper_until_a_second_officer_heard_it() -> None:
    packet, found, read = everything()
    application = found.site["recusal.declared"][0].entry
    asked = "当事人申请检查员乙癸回避：登记的情形，亲属；"
    alone = (CHEN, w.RecusalConfirmed(nonce=NONCE, application=application))
    told = papers.visit(packet, Told(extra=[*during(), alone]))
    assert "确认人待确认" in read and "确认人待确认" in text_of(printed(record_sheet(packet, told, {})))
    second = (WEN, w.RecusalConfirmed(nonce=NONCE, application=application))
    told = papers.visit(packet, Told(extra=[*during(), second]))
    heard = text_of(printed(record_sheet(packet, told, {})))
    assert asked in heard and "登记，确认人检查员乙壬" in heard


def test_what_nobody_used_leaves_no_heading() -> None:
    packet = papers.packet(site=RULES)
    read = text_of(printed(record_sheet(packet, papers.visit(packet, Told()), {})))
    assert ADDED["site"] not in read and ADDED["later"] not in read


def test_non_cooperation_is_said_to_wait_until_leader_and_department_have_spoken() -> None:
    packet, found, read = everything()
    assert "拒绝提供账册；待组长确认" in read
    proposal = found.site["noncooperation.proposed"][0].entry
    agreed = (CHEN, w.NoncooperationConfirmed(nonce=NONCE, proposal=proposal))
    told = papers.visit(packet, Told(extra=[*during(), agreed]))
    assert "组长已确认，待部门核定" in text_of(printed(record_sheet(packet, told, {})))


# --- what is there --------------------------------------------------------------------------------------------

DURING = (
    *("登记的情形，告知祁之衡，编号N-7；拒绝签收：不在场", "免于事先告知：登记的情形，突击检查"),
    *(
        "查无下落：门锁着，情形：登记的情形，已请见证人见证",
        "复核人待复核",
        "当事人申请检查员乙癸回避：登记的情形",
    ),
    *("中止：停电", "尹立，授权委托书", "抽样：抽取酸奶，编号Y-9，数量3盒", "问：何时进货", "答：上周三"),
    *("被询问人签字：", "登记的情形：配电室，图号T-3", "专家乙（检测院）：超标"),
    *("祁之衡离开前对已记录的1项签字", "AAAAAAAAAAAA，意见：有异议：温度计坏了"),
)
LATER = (
    *(
        "祁之衡由执法人员宣读",
        "编号2026-1-00042-11，共1页，已拍照",
        "当事人拒绝签字：有异议",
        "被核查单位未盖章：公章不在",
    ),
    *("向祁之衡留置副本", "补充记录第1号", "记录，理由：漏记", "复核灭火器三具"),
)


@pytest.mark.parametrize("line", DURING)
def test_what_happened_on_site_is_printed_before_what_came_after_the_signatures(line: str) -> None:
    _, _, read = everything()
    assert line in read.split(ADDED["site"])[1].split(squeezed(ADDED["later"]))[0]


@pytest.mark.parametrize("line", LATER)
def test_what_came_after_the_signatures_is_printed_apart_as_not_signed(line: str) -> None:
    _, _, read = everything()
    assert line in read.split(squeezed(ADDED["later"]))[1]


def test_a_seal_or_its_absence_stands_at_its_place_on_the_form() -> None:
    _, _, read = everything()
    assert "被核查单位盖章：未盖章（公章不在）" in read and "核查人盖章：已盖章，见照片" in read


def test_places_for_seals_stay_free_on_the_print_of_a_visit_that_goes_on() -> None:
    packet = papers.packet(site=RULES)
    read = text_of(printed(record_sheet(packet, papers.visit(packet, Told(end=False)), {})))
    assert "未盖章" not in read and "被核查单位盖章：" in read


def test_a_supplement_and_its_signatures_never_change_the_record_s_code() -> None:
    packet, found, _ = everything()
    plain = papers.visit(packet, Told(extra=during()))
    assert record_sheet(packet, found, {}).digest == record_sheet(packet, plain, {}).digest
    given = found.said(w.SupplementGiven)[0].entry
    signed = w.SupplementSigned(
        nonce=NONCE,
        supplement=given,
        role="party",
        outcome="refused",
        signer=None,
        name="祁之衡",
        organisation=None,
        strokes=(),
        assurance="none",
        reason="不认可",
    )
    after = papers.visit(packet, Told(extra=during(), after=lambda seal: [*afterwards(seal), (WEN, signed)]))
    assert later_parts(packet, after, "")[-1].lines[-1].text == "当事人 祁之衡 拒绝签字：不认可"


def test_what_was_read_of_another_record_says_which() -> None:
    packet, found, _ = everything()
    lines = {part.title: part.lines for part in later_parts(packet, found, "0" * 64)}
    assert "当时记录校验码" in lines["核对、宣读"][0].text


def test_an_empty_visit_has_no_parts() -> None:
    assert site_parts(papers.packet(), state([])) == [] == later_parts(papers.packet(), state([]), "")


# --- the owner's sheet ----------------------------------------------------------------------------------------


def test_the_owner_s_sheet_says_what_was_found_to_mend_published_and_where_to_object() -> None:
    packet, found, _ = everything()
    packet = packet.model_copy(
        update={"dues": (w.Due(rule="r", article="a", working_days=20, label="公示抽查结果"),)}
    )
    sheet = owner_sheet(packet, found)
    read = text_of(printed(sheet))
    wanted = [OWNER[name] for name in ("form", "found", "mend", "published", "object", "fetch")]
    wanted += [packet.target.name, "食品销售第1项的检查：未按规定公示应当公示的信息", "拟立案，另行通知"]
    wanted += [
        "三日内将进货查验记录补齐，2026-11-27 前改正",
        "8 项，未发现问题",
        "发现问题作出责令改正等行政命令",
        "1．复核灭火器三具",
    ]
    wanted += [*RULES.published, *RULES.objection, "公示抽查结果：20 个工作日内", "K7Q2-9PXA"]
    assert [one for one in wanted if squeezed(one) not in read] == []


def test_an_order_says_what_is_to_be_mended_until_when_on_what_basis_and_where_to_turn() -> None:
    rule = w.OrderRule(basis="《中华人民共和国行政处罚法》第二十八条", remedies=("可以申请行政复议。",))
    packet, found, _ = everything()
    packet = packet.model_copy(update={"site": RULES.model_copy(update={"order": rule})})
    first, second = packet.blocks[:2]
    sheet = order_sheet(packet, found, first.organisation)
    assert sheet is not None and order_sheet(packet, found, second.organisation) is None
    read = text_of(printed(sheet))
    wanted = [ORDER[name] for name in ("limited", "found", "demand", "basis", "remedies", "signing")]
    wanted += [packet.target.name, first.organisation_name, "食品销售第1项的检查：未按规定公示应当公示的信息"]
    wanted += ["三日内将进货查验记录补齐", ORDER["due"].format("2026-11-27"), rule.basis, *rule.remedies]
    wanted += ["执法检查人员签字：", "当事人签收："]
    assert [one for one in wanted if squeezed(one) not in read] == []


def test_the_owner_s_sheet_names_no_person() -> None:
    packet, found, _ = everything()
    read = text_of(printed(owner_sheet(packet, found)))
    for name in ("祁之衡", "证人祁某某", "13800000017", *(one.name for one in packet.team)):
        assert squeezed(name) not in read


def test_without_rules_of_the_site_the_sheet_still_says_what_was_found() -> None:
    packet = papers.packet()
    read = text_of(printed(owner_sheet(packet, papers.visit(packet, Told()))))
    assert OWNER["found"] in read and OWNER["object"] not in read and OWNER["fetch"] not in read
