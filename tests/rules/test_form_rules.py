"""Numbered blank forms: what cannot be given out or spoiled, what is wrong with a number, and that a slip of the hand
is always found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.field.rules_forms import KINDS, Form, by_state, issue, numbers, void
from sync.form_number import LAST, fits, form_number
from sync.words import FormsIssued, FormVoided, Refusal
from tests.builders import id_of

NONCE, MARKET = id_of("nonce"), id_of("market")
NUMBERS = st.builds(
    form_number, st.integers(2020, 2099), st.sampled_from(list(KINDS.values())), st.integers(1, LAST)
)


def given_out(count: str = "3", form: str = "annex1", last: int = 0) -> FormsIssued | Refusal:
    return issue(form, "实地核查记录表", count, MARKET, 2026, last, NONCE)


def code(decided: FormsIssued | FormVoided | Refusal) -> str:
    assert isinstance(decided, Refusal)
    return decided.code


@pytest.mark.parametrize("count", ["", "0", "101", "-1", "三", "1.5", "３"])
def test_a_number_of_copies_that_is_none_or_too_many_is_refused(count: str) -> None:
    assert code(given_out(count)) == "bad_request"


def test_a_form_that_the_place_does_not_use_is_not_given_out() -> None:
    assert code(given_out(form="annex9")) == "bad_request"
    assert code(issue("annex1", "", "1", MARKET, 2026, 0, NONCE)) == "bad_request"


def test_no_number_is_given_beyond_the_last_of_the_year() -> None:
    assert code(given_out("2", last=LAST - 1)) == "bad_request"
    assert isinstance(given_out("1", last=LAST - 1), FormsIssued)


def test_a_form_that_nobody_issued_that_a_visit_used_or_that_is_void_is_not_spoiled() -> None:
    used, gone = Form("2026-1-00042-11", visits=("v",)), Form("2026-1-00042-11", voided="写错")
    assert code(void(None, "写错", NONCE)) == "not_found"
    assert code(void(Form("2026-1-00042-11", issued=False), "写错", NONCE)) == "not_found"
    assert code(void(used, "写错", NONCE)) == "form_used"
    assert code(void(gone, "写错", NONCE)) == "already_decided"
    assert code(void(Form("2026-1-00042-11"), " 错 ", NONCE)) == "reason_missing"
    assert isinstance(void(Form("2026-1-00042-11"), "写错了", NONCE), FormVoided)


@given(number=NUMBERS, place=st.integers(0, 14), digit=st.sampled_from("0123456789"))
def test_a_digit_that_is_typed_wrongly_is_found(number: str, place: int, digit: str) -> None:
    assert fits(number)
    if number[place] not in ("-", digit):
        assert not fits(number[:place] + digit + number[place + 1 :])


@given(number=NUMBERS, place=st.integers(0, 10))
def test_two_digits_that_changed_places_are_found(number: str, place: int) -> None:
    digits = number.replace("-", "")
    swapped = digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]
    written = f"{swapped[:4]}-{swapped[4]}-{swapped[5:10]}-{swapped[10:]}"
    assert fits(written) == (swapped == digits)


@pytest.mark.parametrize(
    "number", ["", "2026-1-00042", "2026100004211", "2026-1-00042-11 ", "２０２６-1-00042-11", "文-00042"]
)
def test_what_is_not_written_as_a_number_is_none(number: str) -> None:
    assert not fits(number)


def test_numbers_follow_the_last_and_none_is_given_twice() -> None:
    first, second = given_out("3"), given_out("2", last=3)
    assert isinstance(first, FormsIssued) and isinstance(second, FormsIssued)
    every = [n for one in (first, second) for n in numbers(one.form, one.year, one.first, one.count)]
    assert len(set(every)) == 5 == sum(map(fits, every)) and every[3].startswith("2026-1-00004-")


def test_every_number_is_blank_used_void_or_to_be_looked_into_with_the_reason() -> None:
    number = "2026-1-00042-11"
    forms = [
        Form(number),
        Form(number, visits=("a",)),
        Form(number, voided="写错"),
        Form(number, visits=("a", "b")),
        Form(number, voided="写错", visits=("a",)),
        Form(number, issued=False, visits=("a",)),
    ]
    assert by_state(forms) == {"blank": 1, "used": 1, "voided": 1, "wrong": 3}
    assert [one.why for one in forms] == [
        *("", "", ""),
        *("被 2 次检查使用", "作废后又被使用", "不是本系统发放的编号"),
    ]
