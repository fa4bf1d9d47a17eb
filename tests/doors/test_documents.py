"""The papers: refusals first, then that every printed sign of the source and every filled value can be read back,
that nothing else can, and that what somebody typed is only ever text."""

from __future__ import annotations

import re
import subprocess
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend import ledger
from backend.dispatch import tables as dispatch
from backend.documents import ink
from backend.documents.notice import notice_sheet
from backend.documents.press import fonts_from
from backend.documents.printed import ADDED, RESULTS, SELF_CHECK, record_form
from backend.documents.record import record_sheet
from backend.documents.site import check_code
from backend.field.blobs import Store
from backend.house import House
from backend.ledger import Draft
from sync import words as w
from tests import papers
from tests.builders import Client, Clock
from tests.doors.conftest import SignedIn
from tests.doors.finished import Finished, dispatched, send
from tests.papers import Told, filled, pages, press, printed, squeezed, text_of
from tests.visited import CHEN, LEAD, LUO, NONCE, PRIVATE, answer, bodies, state

# The labels as somebody copied them from the source by hand, not from the table that prints them.
ANNEX_1 = (
    *(
        "企业名称",
        "社会统一信用代码/注册号",
        "所属区县",
        "证件（照）号码",
        "法定代表人姓名",
        "经营地址",
        "联系电话",
    ),
    *("行为的监管", "的行政检查", "日常检查：", "的监管", "适合法律：", "专项检查：", "检查结果：", "备注"),
    *("未发现问题终止检查并向监管对象告知检查结果", "发现问题作出责令改正等行政命令"),
    *("发现问题做出行政指导", "发现问题作出行政处罚决定", "发现问题作出行政强制决定"),
    *("发现问题作出其他具体行政行为", "被核查单位盖章：", "核查人盖章：", "负责人签字：", "核查人签字："),
    *("见证人签字：", "核查时间："),
)
LONG = "".join(f"第{n}处：消防通道堆放纸箱，宽度不足一米，当场拍照固定。" for n in range(1, 60))


@lru_cache(maxsize=1)
def standard() -> str:
    return text_of(printed(filled()))


# --- refusals -------------------------------------------------------------------------------------------------


def test_a_record_of_an_unknown_template_is_not_printed_in_some_other_form() -> None:
    with pytest.raises(KeyError):
        record_form("field_record.s9.1", papers.TITLE)


def test_a_font_folder_that_is_not_there_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="SUIJIAN_FONTS"):
        fonts_from({"SUIJIAN_FONTS": str(tmp_path / "none")})
    assert fonts_from({"SUIJIAN_FONTS": f"{tmp_path}"}) == (tmp_path,)
    assert fonts_from({}) == ()


def test_bytes_that_are_no_picture_are_not_drawn() -> None:
    with pytest.raises(OSError, match="identify"):
        ink.photograph(b"GIF? no")


INERT = (
    '#panic("x")',
    '#read("/etc/passwd")',
    '"]) #panic("x") //',
    "$x^2$ *a* _b_ @c <d> \\ `e` = f",
    "{}{}",
)


@pytest.mark.parametrize("typed", INERT)
def test_what_somebody_typed_is_text_and_never_an_instruction(typed: str) -> None:
    told = Told(note=typed, remark=typed, statement=typed)
    packet = papers.packet(
        supervised_behaviour=typed, target=papers.packet().target.model_copy(update={"name": typed})
    )
    sheet = record_sheet(packet, papers.visit(packet, told), {})
    read = text_of(printed(sheet))
    assert read.count(squeezed(typed)) >= 5
    form, values = notice_sheet(packet, papers.NOTICE, "2026-11-24")
    assert squeezed(typed) in text_of(press().print(form, values))


@given(st.text(max_size=300))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_text_at_all_stops_the_press(typed: str) -> None:
    assert printed(filled(Told(note=typed, remark=typed, statement=typed))).startswith(b"%PDF-")


def test_a_text_cannot_turn_the_reading_order_of_the_paper_around() -> None:
    read = text_of(printed(filled(Told(remark="编号\u202e123\u2066\x00完"))))
    assert "编号123完" in read


# --- annex 1 --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("label", ANNEX_1)
def test_annex_1_prints_what_the_source_prints_misprints_included(label: str) -> None:
    assert label in standard()


def test_annex_1_does_not_print_the_terms_that_the_source_misprints() -> None:
    assert "适用法律" not in standard() and "统一社会信用代码" not in standard()


def test_every_filled_value_of_annex_1_is_read_back() -> None:
    packet = papers.packet()
    told = Told(note="进货查验记录缺三日", remark="已当场告知", statement="货架会重摆")
    sheet = record_sheet(packet, papers.visit(packet, told), {})
    read, target = text_of(printed(sheet)), packet.target
    wanted = [target.name, target.code, target.district, target.licence, target.legal_representative]
    wanted += [target.address, PRIVATE["the party's phone"], packet.number, check_code(sheet.digest)]
    wanted += ["对食品销售行为的监管", "对消防安全的行政检查", "1、对食品销售经营资质的监管"]
    wanted += ["2、对消防安全场所的监管", "3、适合法律：《消防安全管理条例（虚构）》第十二条"]
    wanted += [
        "专项检查：食品销售冬季专项检查",
        "核查时间：2026-11-20 15:30",
        "当事人意见：有异议：货架会重摆",
    ]
    wanted += ["责令改正：三日内将进货查验记录补齐，2026-11-27 前改正", "：已当场告知", "进货查验记录缺三日"]
    wanted += [member.name for member in packet.team] + ["祁之衡（法定代表人）"]
    for block in packet.blocks:
        wanted += [block.organisation_name, *(item.title for item in block.items)]
    assert [value for value in wanted if squeezed(value) not in read] == []


def test_the_department_s_boxes_are_ticked_and_a_penalty_s_box_stays_open_before_a_decision() -> None:
    first, second = standard().split("检查结果：")[1:]
    assert (
        first.startswith("☐未发现问题")
        and "☑发现问题作出责令改正" in first
        and "☑发现问题做出行政指导" in first
    )
    assert "☐发现问题作出行政处罚决定" in first and "☐发现问题作出行政强制决定" in first
    assert "拟立案" in standard()
    assert second.startswith("☑未发现问题") and second.count("☑") == 1
    assert len(RESULTS) == 6 and standard().count("☐") + standard().count("☑") == 12


def test_there_is_a_block_for_every_department_and_for_every_item_a_line() -> None:
    packet = papers.packet(items=30)
    block = packet.blocks[1].model_copy(
        update={"organisation": "9" * 32, "organisation_name": "第三部门（虚构）"}
    )
    packet = packet.model_copy(update={"blocks": (*packet.blocks, block)})
    read = text_of(printed(record_sheet(packet, state([]), {})))
    assert read.count("适合法律：") == 3 and "第三部门（虚构）" in read
    assert all(squeezed(item.title) in read for one in packet.blocks for item in one.items)


def test_seals_are_said_to_be_missing_after_the_visit_and_left_free_on_an_empty_form() -> None:
    assert "被核查单位盖章：未盖章" in standard() and "核查人盖章：未盖章" in standard()
    packet = papers.packet()
    empty = text_of(printed(record_sheet(packet, state([]), {})))
    assert "未盖章" not in empty and "被核查单位盖章：" in empty and ADDED["unfinished"] not in empty


def test_a_refusal_to_sign_stands_with_its_reason_in_the_remarks_and_the_witness_beside_it() -> None:
    sheet = filled(Told(party="refused", statement="没有违法"))
    read = text_of(printed(sheet))
    assert "祁之衡拒绝签字，原因：对事实有异议，陈述：没有违法" in read
    assert "负责人签字：拒绝签字" in read and PRIVATE["a witness"] in read
    assert [one["name"] for one in sheet.values["witness"]] == [PRIVATE["a witness"]]


def test_an_absent_party_is_printed_with_the_reason() -> None:
    read = text_of(printed(filled(Told(party="absent"))))
    assert "负责人签字：不在场" in read and "当事人不在场或中途离开：接到电话后离开，未返回" in read


def test_a_signature_of_another_record_is_counted_and_not_printed() -> None:
    sheet = filled(Told(stale=True))
    assert sheet.values["inspectors"] == [] and len(sheet.values["party"]) == 1
    assert "另有4个签字所签内容与现有记录不同" in text_of(printed(sheet))


def test_a_disputed_place_and_an_unfinished_visit_are_said_on_the_paper() -> None:
    packet = papers.packet()
    item = packet.blocks[0].items[2].item
    other = answer(LEAD, item, "not_applicable")
    sheet = record_sheet(packet, papers.visit(packet, Told(end=False, extra=[(LUO, other)])), {})
    read = text_of(printed(sheet))
    assert "记录不一致，待确认" in read and "有1处记录不一致" in read and ADDED["unfinished"] in read


def test_a_waived_block_is_printed_with_its_reason() -> None:
    packet = papers.packet()
    waived = w.BlockWaived(nonce=NONCE, organisation=packet.blocks[1].organisation, reason="本部门人员未到齐")
    arrived = papers.said(packet, Told(end=False))[:4]
    read = text_of(printed(record_sheet(packet, state([*arrived, (CHEN, waived)]), {})))
    assert "渝岭区消防救援支队（虚构）：本部门事项未实施，本部门人员未到齐" in read


def test_signatures_are_drawn_as_paths_and_not_as_pictures() -> None:
    pdf = printed(filled())
    listed = subprocess.run(["pdfimages", "-list", "-"], input=pdf, capture_output=True, check=True).stdout
    assert len(listed.decode().splitlines()) == 2, "a head of two lines and no picture"
    drawn = ink.signature(papers.strokes(1))
    assert drawn.count("M") == 3 and drawn.count("L") == 3 * 39
    assert ink.signature(((5000, 5000),)).count("M") == 1


def test_the_qr_code_holds_the_digest_of_the_record() -> None:
    sheet = filled()
    assert sheet.drawings["qr.svg"] == ink.qr(sheet.digest) != ink.qr("0" * 64)
    assert check_code(sheet.digest) == f"{sheet.digest[:4]} {sheet.digest[4:8]} {sheet.digest[8:12]}".upper()


def test_a_change_of_the_record_changes_the_code_on_the_paper() -> None:
    assert filled(Told(remark="甲")).digest != filled(Told(remark="乙")).digest


def test_nothing_private_beyond_the_form_is_on_the_record() -> None:
    pdf = printed(filled(Told(party="refused", photos=("a" * 64,))))
    read, raw = text_of(pdf), pdf.decode("latin-1")
    for what in ("a witness's ID", "an officer's certificate", "the place", "a signature's strokes"):
        assert PRIVATE[what] not in read and PRIVATE[what] not in raw, what
    assert "a" * 64 not in read and CHEN not in read and NONCE not in read


def test_long_text_wraps_is_whole_and_does_not_push_anything_off_the_paper() -> None:
    pdf = printed(filled(Told(note=LONG, remark=LONG)))
    footer = r"2026-007-0001\s*记录校验码[0-9A-F\s]{14,}第\d+页共\d+页"
    read = re.sub(footer, "", text_of(pdf))
    assert read.count(LONG) == 1, "the note, which is in a row of its own"
    assert LONG[:200] in read.split("备注")[1]
    assert all(f"第{n}处" in read.split("被核查单位盖章")[0] for n in range(1, 60))
    assert pages(pdf) > 2


def test_a_long_name_and_address_wrap_in_their_cells_and_are_read_in_one_piece() -> None:
    name = "云岭鲜果连锁超市有限责任公司第一百二十三分公司东区门店（虚构）" * 2
    address = "云栖街道银杏路八十八号附二十六号云岭商业广场负一层东区 A-102 至 A-118 号（虚构）"
    target = papers.packet().target.model_copy(update={"name": name, "address": address})
    pdf = printed(filled(target=target))
    in_order = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True).stdout
    assert squeezed(address) in squeezed(in_order.decode()) and name in text_of(pdf)
    assert "经营地址" in text_of(pdf)


def test_a_word_that_no_line_can_hold_is_broken_and_comes_back() -> None:
    word = "A1" * 300
    read = text_of(printed(filled(Told(remark=word)))).replace("\u200b", "")
    assert word in read


# --- at the door ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
async def place(house: House, clock: Clock, signed_in: SignedIn) -> Finished:
    """A visit as the whole way leads to it, recorded on site, with one photograph that came whole."""
    made = await dispatched(house, clock, signed_in)
    row = await dispatch.visit(made.visit)
    packet = await dispatch.packet(house, row["packet_digest"]) if row else None
    assert packet
    content = papers.picture(3, (320, 240))
    kept = Store(house).add(content)
    said = [
        (by, one.model_copy(update={"digest": kept}) if isinstance(one, w.EvidenceTaken) else one)
        for by, one in bodies(packet)
    ]
    await send(house, made.visit, said)
    async with ledger.turn(house) as turn:
        stored = w.EvidenceStored(nonce=NONCE, digest=kept, size=len(content))
        await turn.append(Draft(made.visit, stored), said[0][0], house.clock())
    return made


def paths(visit: str) -> tuple[str, str, str]:
    before = f"/office/dispatch/visits/{visit}"
    return f"{before}/notice.pdf", f"{before}/self-check.pdf", f"/office/field/visits/{visit}/record.pdf"


async def test_the_papers_of_a_visit_are_refused_to_the_public_and_to_other_departments(
    place: Finished, client: Client, signed_in: SignedIn
) -> None:
    stranger = await signed_in("inspector", "与此无关的局（虚构）")
    for path in paths(place.visit):
        assert (await client.get(path, headers={"accept": "application/json"})).status_code == 401
        assert (await stranger.get(path)).status_code in (403, 404)
        assert (await place.w.lead.get(path.replace(place.visit, "0" * 32))).status_code == 404


async def test_the_departments_of_a_visit_get_its_papers_and_the_pages_lead_there(place: Finished) -> None:
    planner = place.w.second
    for path in paths(place.visit):
        answer = await planner.get(path)
        assert answer.status_code == 200 and answer.headers["content-type"] == "application/pdf"
        assert "no-store" in answer.headers["cache-control"]
        assert squeezed("小馆") not in answer.headers["content-disposition"]
        assert answer.content.startswith(b"%PDF-")
        page = path.removesuffix("/record.pdf").replace("self-check", "notice").removesuffix(".pdf")
        assert path in (await planner.get(page)).text


async def test_the_record_at_the_door_has_the_forms_labels_and_the_photograph(place: Finished) -> None:
    answer = await place.w.lead.get(paths(place.visit)[2])
    read = text_of(answer.content)
    assert [label for label in ANNEX_1 if label not in read] == []
    assert "实地核查记录表" in read and PRIVATE["an answer's note"] in read and "冷柜" in read
    assert squeezed(check_code(answer.headers["x-record-digest"])) in read
    assert PRIVATE["a witness's ID"] not in read and ADDED["missing"] not in read


async def test_the_owner_s_own_check_is_printed_from_the_items_with_what_is_looked_at_and_by_what_law(
    place: Finished,
) -> None:
    read = text_of((await place.w.lead.get(paths(place.visit)[1])).content)
    row = await dispatch.visit(place.visit)
    packet = await dispatch.packet(place.house, row["packet_digest"]) if row else None
    assert packet
    items = [item for block in packet.blocks for item in block.items]
    wanted = [
        SELF_CHECK["form"],
        SELF_CHECK["only"],
        SELF_CHECK["note"],
        SELF_CHECK["by"],
        packet.target.name,
    ]
    wanted += [*(item.title for item in items), *(block.organisation_name for block in packet.blocks)]
    wanted += ["内容：许可证是否有效", "依据：《中华人民共和国食品安全法》第一百一十条", "演示数据"]
    assert [one for one in wanted if squeezed(one) not in read] == []
    assert read.count("☐符合") == read.count("☐不适用") == len(items) and "☑" not in read
    assert not any(squeezed(one.name) in read for one in packet.team)
