"""The numbers of firms and people: published examples pass, and no single slip of the pen does."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.registry import codes

TODAY = date(2025, 1, 6)
BODY = st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=8, max_size=8)


def reason(fault: codes.Fault | None) -> str:
    return fault.code if fault else ""


@pytest.mark.parametrize("code", ["91110108551385082Q", "91110000600037341L", "91350100M000100Y43"])
def test_published_social_credit_codes_pass(code: str) -> None:
    assert codes.uscc_fault(code) is None


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("9111010855138508", "uscc_length"),
        ("91110108551385082O", "uscc_character"),
        ("95110108551385082Q", "uscc_authority"),
        ("B1110108551385082Q", "uscc_authority"),
        ("91A10108551385082Q", "uscc_region"),
        ("91110108551385083Q", "uscc_organisation"),
        ("91110109551385082Q", "uscc_check"),
        ("91110108551385082R", "uscc_check"),
    ],
)
def test_a_wrong_social_credit_code_says_what_is_wrong(code: str, why: str) -> None:
    assert reason(codes.uscc_fault(code)) == why


@given(BODY, st.integers(0, 17), st.sampled_from(codes.USCC_ALPHABET))
def test_one_changed_character_never_passes(body: str, place: int, other: str) -> None:
    code = codes.make_uscc("91", "500199", body)
    assert codes.uscc_fault(code) is None
    changed = code[:place] + other + code[place + 1 :]
    assert changed == code or codes.uscc_fault(changed) is not None


@given(BODY)
def test_an_organisation_code_passes_with_and_without_hyphen(body: str) -> None:
    check = codes.organisation_check(body)
    assert codes.organisation_fault(body + check) is None
    assert codes.organisation_fault(f"{body}-{check}") is None


def test_the_organisation_code_inside_a_published_code_passes() -> None:
    assert codes.organisation_fault("55138508-2") is None
    assert reason(codes.organisation_fault("55138508-3")) == "organisation_check"
    assert reason(codes.organisation_fault("5513850")) == "organisation_length"


@pytest.mark.parametrize(("body", "check"), [("79462", "3"), ("0794", "5"), ("00200667308", "5")])
def test_the_check_digit_of_old_numbers_is_iso_7064_mod_11_10(body: str, check: str) -> None:
    assert codes.registration_check(body) == check


@given(st.from_regex(r"[0-9]{14}", fullmatch=True), st.integers(0, 14), st.integers(1, 9))
def test_one_wrong_digit_of_a_registration_number_never_passes(body: str, place: int, step: int) -> None:
    number = codes.make_registration(body)
    assert codes.registration_fault(number) is None
    digit = str((int(number[place]) + step) % 10)
    assert (
        reason(codes.registration_fault(number[:place] + digit + number[place + 1 :])) == "registration_check"
    )


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("11010519491231002X", ""),
        ("110105194912310021", "id_check"),
        ("11010519491331002X", "id_birthday"),
        ("11010520260131002X", "id_birthday"),
        ("1101051949123100X2", "id_character"),
        ("110105491231002", "id_length"),
    ],
)
def test_a_citizens_number_passes_or_says_why_not(number: str, why: str) -> None:
    assert reason(codes.id_fault(number, TODAY)) == why


@given(st.dates(date(1930, 1, 1), date(2006, 1, 1)), st.integers(0, 999))
def test_made_citizens_numbers_are_valid(born: date, serial: int) -> None:
    assert codes.id_fault(codes.make_id("500199", born, serial), TODAY) is None
