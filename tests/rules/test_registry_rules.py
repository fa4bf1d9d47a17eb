"""Registries: what is wrong is said with its row, nothing is changed in silence."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.registry import codes, columns, rules
from backend.registry.book import Book, Sheet
from backend.registry.kinds import REGISTRIES
from backend.registry.rows import InspectorRow, RegistryRow, TargetRow
from sync.words import Refusal, Registry
from tests.rules.reading import FARM, HEAD, USCC, context, firm, read, said, sheet_of

# --- refusals -------------------------------------------------------------------------------------------------


def test_a_sheet_without_the_required_column_is_refused_by_name() -> None:
    outcome = rules.read_rows("targets", sheet_of(("代码", "电话"), ("1", "2")), context())
    assert isinstance(outcome, Refusal)
    assert (outcome.code, outcome.details["column"]) == ("header_missing", "名称")


def test_a_heading_without_rows_is_an_empty_sheet() -> None:
    outcome = rules.read_rows("targets", sheet_of(HEAD), context())
    assert isinstance(outcome, Refusal)
    assert outcome.code == "sheet_empty"


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (firm(name=""), "required"),
        (firm(number="91500199YL9000001"), "uscc_length"),
        (firm(number=915001991234567890.0), "digits_lost"),
        (firm(number="9.15E+17"), "scientific"),
        (firm(number="55138508-2"), "only_organisation_code"),
        (firm(number=""), "number_missing"),
        (firm(day="2019年5月"), "date_unclear"),
        (firm(day="2019-02-30"), "date_impossible"),
        (firm(day="5/6/2019"), "date_unclear"),
        (firm(day="2031-01-01"), "date_in_future"),
        (firm(phone="1.38E+10"), "scientific"),
        (firm(type="神秘主体"), "choice_unknown"),
        (firm(name="甲" * 200), "text_too_long"),
    ],
)
def test_a_broken_row_is_left_out_with_its_reason_and_the_others_go_on(
    row: tuple[object, ...], code: str
) -> None:
    preview = read(HEAD, firm("乙（虚构）", USCC[1]), row)
    assert said(preview) == [(3, code, "error")]
    assert [r.row.name for r in preview.rows] == ["乙（虚构）"]
    assert "第 3 行" in preview.problems[0].sentence
    assert preview.counts == rules.Counts(read=2, good=1, broken=1, warned=0, skipped=0)


def test_an_unknown_department_is_refused_and_a_short_name_becomes_the_full_one() -> None:
    head = (*HEAD, "监管部门")
    preview = read(head, (*firm(), "区市场监管局"), (*firm("乙（虚构）", USCC[1]), "某某局"))
    assert [r.row.department for r in preview.rows] == ["渝岭区市场监督管理局（虚构）"]
    assert said(preview) == [(3, "department_unknown", "error")]


def test_of_two_equal_rows_the_later_is_left_out_and_of_two_different_ones_both() -> None:
    assert said(read(HEAD, firm(), firm())) == [(3, "code_duplicate", "error")]
    preview = read(HEAD, firm(), firm("乙（虚构）"), firm("丙（虚构）", USCC[1]))
    assert said(preview) == [(2, "code_duplicate", "error"), (3, "code_duplicate", "error")]
    assert [r.row.name for r in preview.rows] == ["丙（虚构）"]


def test_a_person_said_to_be_certified_needs_a_certificate_number() -> None:
    head = ("姓名", "身份证号", "执法证号", "人员类别", "是否持证", "有效期至", "工号", "手机号", "发证机关")
    number = codes.make_id("500199", date(1980, 1, 1), 1)
    wrong = number[:-1] + ("1" if number[-1] != "1" else "2")
    preview = read(
        head,
        ("祁一", number, "", "行政执法类公务员", "是", "", "1", "14000000001", "府"),
        (
            "祁二",
            wrong,
            "A2",
            "公务员",
            "",
            "长期",
            "",
            "14000000001",
            "府",
        ),
        ("祁三", number, "A3", "公务员", "", "2024-12-31", "", "14000000001", "府"),
        ("祁四", number, "", "日常监管", "否", "", "4", "14000000001", ""),
        kind="inspectors",
    )
    assert (2, "certificate_missing", "error") in said(preview)
    assert (3, "id_check", "error") in said(preview)
    assert (4, "certificate_expired", "warning") in said(preview)
    expired, helper = (r.row for r in preview.rows)
    assert isinstance(expired, InspectorRow) and isinstance(helper, InspectorRow)
    assert expired.certified_on("2024-12-31") and not expired.certified_on("2025-01-06")
    assert not helper.certified_on("2025-01-06")
    assert helper.key == f"{FARM}/4"


def test_no_problem_sentence_repeats_a_private_value() -> None:
    head = ("姓名", "身份证号", "执法证号", "人员类别", "手机号")
    preview = read(head, ("祁一", "110105194912310021", "A1", "公务员", "12345678901234"), kind="inspectors")
    text = "".join(p.sentence for p in preview.problems)
    assert preview.problems and "110105194912310021" not in text and "12345678901234" not in text


# --- what is only a matter of form ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "number",
    [
        USCC[0],
        USCC[0].lower(),
        f"  {USCC[0][:6]} {USCC[0][6:]}\n",
        "".join(chr(ord(c) + 0xFEE0) for c in USCC[0]),
        f'="{USCC[0]}"',
        f"\u200b{USCC[0]}\ufeff",
    ],
)
def test_a_code_is_read_in_every_form_that_lost_nothing(number: str) -> None:
    (found,) = read(HEAD, firm(number=number)).rows
    assert found.row.key == USCC[0]


@pytest.mark.parametrize(
    "day",
    [
        *("2019-05-06", "2019/5/6", "2019.5.6", "20190506", "2019年5月6日", "２０１９年５月６日"),
        *("2019-05-06 00:00:00", 43591, 43591.0, 20190506.0, date(2019, 5, 6)),
    ],
)
def test_a_day_is_read_in_every_usual_form(day: object) -> None:
    (found,) = read(HEAD, firm(day=day)).rows
    assert isinstance(found.row, TargetRow) and found.row.established_on == "2019-05-06"


@pytest.mark.parametrize("phone", [13900000001.0, "139 0000 0001", "１３９００００００01", 13900000001])
def test_a_telephone_number_that_became_a_number_is_read_back(phone: object) -> None:
    (found,) = read(HEAD, firm(phone=phone)).rows
    assert isinstance(found.row, TargetRow) and found.row.phone == "13900000001"


def test_an_old_registration_number_is_accepted_and_a_wrong_check_digit_only_warns() -> None:
    number = codes.make_registration("50019960000001")
    wrong = number[:14] + str((int(number[14]) + 1) % 10)
    preview = read(HEAD, firm(number=float(number)), firm("乙（虚构）", wrong))
    assert [r.row.key for r in preview.rows] == [number, wrong]
    assert said(preview) == [(3, "registration_check", "warning")]


def test_titles_notes_repeated_headings_and_sums_are_no_data_and_are_listed() -> None:
    preview = read(
        ("检查对象名录库",),
        ("填报单位：某局",),
        HEAD,
        ("一、企业",),
        firm(),
        HEAD,
        firm("乙（虚构）", USCC[1]),
        ("合计", 2),
    )
    assert preview.header_row == 3
    assert preview.counts == rules.Counts(read=2, good=2, broken=0, warned=0, skipped=3)
    assert [p.row for p in preview.problems] == [4, 6, 8]


def test_a_heading_of_two_rows_with_merged_cells_ends_at_the_lower_row() -> None:
    preview = read(("企业名称", "代码", *HEAD[2:]), HEAD, firm())
    assert preview.header_row == 2
    merged = read(HEAD, HEAD, firm())
    assert (merged.header_row, merged.counts.read) == (2, 1)


def test_the_visible_sheet_that_fits_is_taken_and_a_hidden_one_never() -> None:
    pages = (
        sheet_of(("说明", "请认真填写"), ("1", "2"), name="填表说明"),
        sheet_of(HEAD, firm("旧（虚构）"), name="底稿", hidden=True),
        sheet_of(HEAD[:4], firm()[:4], name="名录"),
    )
    book = Book("a.xlsx", 1, "0" * 64, "xlsx", "", pages)
    chosen = rules.choose_sheet("targets", book)
    assert isinstance(chosen, Sheet) and chosen.name == "名录"


@pytest.mark.parametrize(
    ("cell", "parts"),
    [
        ("5%", 500),
        (0.05, 500),
        ("不超过3%，每年1次", 300),
        ("不设上限", None),
        ("5‰", 50),
        ("０.5％", 50),
        (5, 500),
    ],
)
def test_a_ratio_is_an_integer_of_ten_thousandths(cell: object, parts: int | None) -> None:
    assert columns.ratio(cell)[0][1] == parts


def test_content_is_split_into_lines_without_their_numbers() -> None:
    wanted = ("甲是否有效", "乙是否保存2年", "丙")
    for cell in (
        "1.甲是否有效\n2、乙是否保存2年\n（三）丙",
        "甲是否有效；乙是否保存2年；丙",
        "1、甲是否有效；2、乙是否保存2年；3、丙",
    ):
        assert columns.lines(cell)[0] == wanted


ANY_CELL = st.one_of(
    st.none(), st.text(max_size=30), st.floats(), st.integers(), st.dates(), st.booleans(), st.datetimes()
)


@given(st.sampled_from(list(REGISTRIES)), st.lists(st.lists(ANY_CELL, max_size=20), max_size=6))
def test_whatever_stands_in_the_cells_reading_answers_and_counts_every_row(
    kind: Registry, body: list[list[object]]
) -> None:
    head = tuple(c.label for c in REGISTRIES[kind].columns)
    outcome = rules.read_rows(kind, sheet_of(head, *(tuple(row) for row in body)), context())
    if isinstance(outcome, rules.Preview):
        assert (
            outcome.counts.read
            == outcome.counts.good + outcome.counts.broken
            == len(body) - outcome.counts.skipped
        )
        for found in outcome.rows:
            assert len(rules.row_digest(found.row)) == 64


# --- comparing and freezing -----------------------------------------------------------------------------------


def rows_of(*numbers: int, phone: str = "023-00000001") -> list[RegistryRow]:
    return [r.row for r in read(HEAD, *(firm(f"甲{n}（虚构）", USCC[n], phone=phone) for n in numbers)).rows]


def test_a_missing_row_is_listed_and_never_removed_without_the_clerk() -> None:
    standing = {row.key: rules.row_digest(row) for row in rows_of(0, 1)}
    changes = rules.compare(standing, rows_of(0, 2))
    assert changes.missing == (USCC[1],) and changes.unchanged == (USCC[0],)
    ids = {key: f"{i:032x}" for i, key in enumerate(standing)}
    settled = rules.settle(changes, ids, ["f" * 32])
    assert not isinstance(settled, Refusal)
    assert [(c.act, c.key) for c in settled] == [("add", USCC[2])]
    decided = rules.settle(changes, ids, ["f" * 32], remove={USCC[1]})
    assert not isinstance(decided, Refusal)
    assert {(c.act, c.key) for c in decided} == {("add", USCC[2]), ("remove", USCC[1])}


def test_a_row_that_another_department_keeps_is_listed_and_left_as_it_is() -> None:
    changes = rules.compare({}, rows_of(0, 1), elsewhere=[USCC[1], USCC[2]])
    assert [row.key for row in changes.added] == [USCC[0]]
    assert (changes.elsewhere, changes.changed, changes.missing) == ((USCC[1],), (), ())


def test_removing_what_the_file_holds_is_refused() -> None:
    standing = {row.key: rules.row_digest(row) for row in rows_of(0)}
    outcome = rules.settle(rules.compare(standing, rows_of(0)), {USCC[0]: "0" * 32}, [], remove={USCC[0]})
    assert isinstance(outcome, Refusal) and outcome.code == "changed_meanwhile"


def test_the_same_file_twice_changes_nothing() -> None:
    standing = {row.key: rules.row_digest(row) for row in rows_of(0, 1)}
    outcome = rules.settle(rules.compare(standing, rows_of(1, 0)), {}, [])
    assert isinstance(outcome, Refusal) and outcome.code == "nothing_to_apply"


def test_a_changed_private_value_is_a_change_that_is_shown_without_the_value() -> None:
    before, after = rows_of(0)[0], rows_of(0, phone="023-00000009")[0]
    changes = rules.compare({before.key: rules.row_digest(before)}, [after])
    assert changes.changed == (after,)
    assert rules.differences(before, after) == (("联系电话", "（不显示）", "（已变更）"),)


@given(st.permutations(range(5)))
def test_the_root_does_not_depend_on_the_order_of_the_file(order: list[int]) -> None:
    def root(numbers: list[int]) -> str:
        settled = rules.settle(rules.compare({}, rows_of(*numbers)), {}, [f"{i:032x}" for i in range(5)])
        assert not isinstance(settled, Refusal)
        return rules.change_root(settled)

    assert root(order) == root([0, 1, 2, 3, 4])


def test_the_root_changes_with_any_value_of_any_row() -> None:
    def root(phone: str) -> str:
        settled = rules.settle(rules.compare({}, rows_of(0, 1, phone=phone)), {}, ["0" * 32, "1" * 32])
        assert not isinstance(settled, Refusal)
        return rules.change_root(settled)

    assert root("023-00000001") != root("023-00000002")


def test_private_fields_are_fields_of_their_model() -> None:
    for spec in REGISTRIES.values():
        assert set(spec.model.model_fields) >= spec.model.PRIVATE
    assert {"id_number", "phone"} == InspectorRow.PRIVATE
