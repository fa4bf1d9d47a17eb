"""Photographs on paper, the notice of annex 2, and the forms that S0 and S2 name."""

from __future__ import annotations

import hashlib
import io
import subprocess

import pytest
from PIL import Image

from backend.documents import ink
from backend.documents.notice import notice_sheet
from backend.documents.printed import notice_form, record_form
from backend.documents.record import PHOTOS, record_sheet
from backend.documents.self_check import self_check_sheet
from backend.documents.site import check_code
from tests import papers
from tests.papers import Told, filled, pages, press, printed, squeezed, text_of
from tests.visited import PRIVATE

# As somebody copied them from the source by hand, not from the table that prints them.
ANNEX_2 = (
    *(
        "部门联合双随机抽检字【",
        "】第",
        "号",
        "：",
        "根据",
        "等相关要求，我单位定于",
        "，对你单位实施行政检查。",
    ),
    *("检查事项如下：", "1、对", "的督查", "2、对", "的监管", "请你单位对行政检查工作予以积极配合。"),
    *("执法检查人员签字：", "联系电话：", "当事人签字：", "年月日"),
)


# --- photographs ----------------------------------------------------------------------------------------------


def test_forty_photographs_come_four_on_a_page_with_captions_and_the_rest_is_counted() -> None:
    content = {
        hashlib.sha256(one).hexdigest(): one for one in (papers.picture(n, (320, 240)) for n in range(42))
    }
    packet = papers.packet()
    plain = pages(printed(record_sheet(packet, papers.visit(packet, Told()), {})))
    sheet = record_sheet(packet, papers.visit(packet, Told(photos=list(content))), content)
    pdf = printed(sheet)
    read = text_of(pdf)
    assert pages(pdf) == plain + PHOTOS // 4
    assert all(f"照片{n}货架第" in read for n in range(1, PHOTOS + 1))
    assert "另有2张照片存电子档案" in read
    assert all(squeezed(check_code(one.split(".")[0])) for one in content)
    listed = subprocess.run(["pdfimages", "-list", "-"], input=pdf, capture_output=True, check=True).stdout
    assert listed.decode().count(" jpeg ") == PHOTOS


def test_a_photograph_that_is_not_here_or_cannot_be_read_is_named_as_such() -> None:
    packet = papers.packet()
    sheet = record_sheet(packet, papers.visit(packet, Told(photos=("a" * 64, "b" * 64))), {"b" * 64: b""})
    read = text_of(printed(sheet))
    assert "照片还没有收到" in read and "照片暂时无法读取" in read and "AAAAAAAAAAAA" in read


def test_a_jpeg_of_the_tablet_is_printed_byte_by_byte_and_other_pictures_are_drawn_anew() -> None:
    plain = papers.picture(1, (320, 240))
    assert ink.photograph(plain).jpeg == plain
    for name, mode, how in (
        ("PNG", "RGBA", {}),
        ("WEBP", "RGB", {}),
        ("JPEG", "CMYK", {}),
        ("JPEG", "RGB", {"comment": b"SN12345"}),
    ):
        out = io.BytesIO()
        Image.new(mode, (64, 32)).save(out, name, **how)
        drawn = ink.photograph(out.getvalue())
        assert drawn.jpeg != out.getvalue() and (drawn.width, drawn.height) == (64, 32)


def test_where_a_picture_was_taken_does_not_reach_the_paper() -> None:
    exif = Image.Exif()
    exif[0x010F] = "PhoneMaker"
    exif[0x0112] = 6
    out = io.BytesIO()
    Image.new("RGB", (64, 32)).save(out, "JPEG", exif=exif)
    drawn = ink.photograph(out.getvalue())
    assert b"PhoneMaker" not in drawn.jpeg and (drawn.width, drawn.height) == (32, 64), "upright, and plain"


# --- annex 2 and the forms of S0 and S2 -----------------------------------------------------------------------


@pytest.mark.parametrize("label", ANNEX_2)
def test_annex_2_prints_what_the_source_prints(label: str) -> None:
    form, values = notice_sheet(papers.packet(), papers.NOTICE, "2026-11-24")
    assert form == "annex2" and label in text_of(press().print(form, values))


def test_annex_2_is_filled_with_number_addressee_law_day_and_items() -> None:
    packet = papers.packet()
    form, values = notice_sheet(packet, papers.NOTICE, "2026-11-04")
    read = text_of(press().print(form, values))
    assert "渝岭区（虚构）部门联合“双随机、一公开”行政检查通知书" in read
    assert "部门联合双随机抽检字【2026】第007-0001号" in read and f"{packet.target.name}：" in read
    assert f"根据{packet.legal_basis[0]}、{packet.legal_basis[1]}等相关要求" in read
    assert "我单位定于2026年11月4日，对你单位实施行政检查。" in read
    assert "1、对食品销售第1项的检查的督查" in read and "2、对食品销售第2项的检查的监管" in read
    assert read.count("☑") == 16 and read.count("联系电话：") == 2 and "年月日" in read
    assert packet.target.phone not in read and PRIVATE["an officer's certificate"] not in read


def test_what_to_have_ready_is_printed_below_annex_2_and_changes_nothing_of_it() -> None:
    packet = papers.packet()
    plain = text_of(press().print(*notice_sheet(packet, papers.NOTICE, "2026-11-24")))
    form, values = notice_sheet(packet, papers.NOTICE, "2026-11-24")
    ready = ["营业执照或者其他登记证照", "台账"]
    told = text_of(press().print(form, {**values, "materials": ready}))
    before, _, after = told.partition("附：请准备的材料")
    end = plain.index("年月日") + len("年月日")
    assert before[:end] == plain[:end]
    assert [line in after and line not in before for line in ready] == [True, True]
    assert "请准备的材料" not in text_of(press().print(form, {**values, "materials": []}))


def test_the_profile_s_name_of_the_form_chooses_the_form() -> None:
    template = papers.packet().template
    assert record_form(template, papers.TITLE) == "annex1"
    assert record_form(template, "联合随机抽查结果记录表") == "summary"
    assert record_form(template, "检查记录表") == "check"
    assert notice_form("行政检查通知书") == "annex2" and notice_form("联合随机抽查告知书") == "letter"


NAMED = {
    "联合随机抽查结果记录表": (
        *("市场主体名称", "统一社会信用代码或注册号", "市场主体类型", "法定代表人", "住所", "联系电话"),
        *("抽查事项", "抽查依据", "抽查方式"),
    ),
    "检查记录表": (
        *("检查对象", "统一社会信用代码或注册号", "抽查事项", "抽查依据", "检查方式", "抽查结果"),
        "违法违规等情况",
    ),
}


@pytest.mark.parametrize("title", NAMED)
def test_the_records_that_s0_and_s2_name_hold_the_words_and_values_of_their_sources(title: str) -> None:
    sheet = filled(Told(note="缺三日", statement="会补"), record_title=title)
    read, packet = text_of(printed(sheet)), papers.packet()
    wanted = [title, *NAMED[title], packet.target.name, packet.target.address, packet.target.code]
    wanted += [
        "综合联查，不定向抽查",
        "缺三日",
        "☑发现问题作出责令改正等行政命令",
        "☐发现问题作出行政处罚决定",
    ]
    wanted += ["当事人意见：有异议：会补", *(one.name for one in packet.team), check_code(sheet.digest)]
    assert [one for one in wanted if squeezed(one) not in read] == []


def test_the_letter_of_s0_tells_day_items_and_what_to_prepare() -> None:
    form, values = notice_sheet(papers.packet(), "联合随机抽查告知书", "2026-11-24")
    read = text_of(press().print(form, values))
    assert "联合随机抽查告知书" in read and "2026年11月24日" in read and "请提前准备" in read
    assert "16、消防安全第8项的检查" in read and "☑" not in read


def test_a_self_check_whose_texts_are_not_here_says_so_and_a_long_one_keeps_its_heads() -> None:
    packet = papers.packet(items=40)
    form, values = self_check_sheet(packet, {}, "2026-11-24")
    pdf = press().print(form, values)
    read = text_of(pdf)
    assert read.count("还没有下载到本机") == 80 == read.count("☐不符合") and pages(pdf) > 3
    assert read.count("备注（问题和改正情况）") >= pages(pdf) and "2026-11-24" in read
