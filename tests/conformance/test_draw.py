"""The draw: golden vectors, the invariants of a ticket draw, and the verifier of a publication."""

import base64
import copy
import json
import random
import re
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync import tickets as tickets_module
from sync.canon import H, digest
from sync.draw import (
    DrawPlan,
    bitmap_digest,
    ceil_ratio,
    check_code,
    commitment,
    commitment_problem,
    derive_key,
    digits_drawn,
    draw_stratum,
    eligible_count,
    leaf_data,
    lottery_numbers,
    make_bitmap,
    plan_hash,
    ranked,
    salt,
    secret_order,
    seed,
    snapshot_root,
    ticket,
    tickets,
)
from sync.draw_check import PROBLEMS, names_digest, not_countersigned, verify_publication

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "sync/vectors/draw.json").read_text(encoding="utf-8")
)
KEY = bytes(range(32))


def case_name(case: dict[str, object]) -> str:
    return str(case["reason"])


def by_the_book(key: bytes, eligible: list[int], rows: int, k: int) -> list[int]:
    """The definition itself: sort every eligible row by (ticket, row), take k."""
    stream = tickets(key, 0, rows)
    return sorted(eligible, key=lambda i: (stream[8 * i : 8 * i + 8], i))[:k]


# Refusals


def test_more_than_there_are_cannot_be_drawn() -> None:
    with pytest.raises(ValueError, match="cannot draw 3 of 2"):
        draw_stratum(KEY, make_bitmap(9, [1, 2]), 9, 3)


@pytest.mark.parametrize(("bits", "rows"), [(b"\xff", 7), (b"\x01\x00", 8), (b"", 1)])
def test_a_bitmap_that_does_not_fit_its_rows_is_refused(bits: bytes, rows: int) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        draw_stratum(KEY, bits, rows, 1)


def test_an_identifier_that_occurs_twice_has_no_place_in_the_secret_order() -> None:
    with pytest.raises(ValueError, match="twice"):
        secret_order(KEY, ["甲", "甲"])


@pytest.mark.parametrize(("n", "num", "den"), [(-1, 1, 2), (1, 1, 0), (1, 3, 2), (1, -1, 2)])
def test_a_ratio_beyond_the_whole_is_refused(n: int, num: int, den: int) -> None:
    with pytest.raises(ValueError, match="ratio"):
        ceil_ratio(n, num, den)


def test_a_copied_a_late_and_a_stranger_s_commitment_are_refused() -> None:
    publication = VECTORS["publications"]["digits"]
    plan: DrawPlan = publication["plan"]
    by = plan["deadlines"]["commit"] or ""
    value = commitment(plan_hash(plan), "区司法局", b"\x05" * 32)
    assert commitment_problem(plan, {}, "区司法局", value, by) is None
    taken = {"区司法局": value}
    assert commitment_problem(plan, taken, "区市场监管局", value, by) == "commitment-copied"
    assert commitment_problem(plan, taken, "区司法局", b"\x01" * 32, by) == "commitment-copied"
    assert commitment_problem(plan, {}, "区司法局", value, by[:-2] + "1Z") == "commitment-late"
    assert commitment_problem(plan, {}, "外人", value, by) == "party-unknown"


def test_a_commitment_replayed_from_another_plan_opens_nothing() -> None:
    nonce = b"\x05" * 32
    assert commitment(H("plan/1", b"one"), "甲", nonce) != commitment(H("plan/1", b"two"), "甲", nonce)


@pytest.mark.parametrize(
    "junk",
    [
        *(None, 1, [], {}, {"plan": {}}, "text"),
        {**VECTORS["publications"]["lottery"], "plan": None},
        {**VECTORS["publications"]["digits"], "nonces": [{"name": "\ud800", "nonce": "05" * 32}]},
    ],
)
def test_what_is_not_a_publication_is_malformed_and_never_an_exception(junk: object) -> None:
    assert [problem.code for problem in verify_publication(junk)] == ["malformed"]


# Vectors


@pytest.mark.parametrize("case", VECTORS["tickets"], ids=case_name)
def test_tickets_are_the_keystream_of_aes_256_ctr(case: dict[str, Any]) -> None:
    key = bytes.fromhex(case["key"])
    assert tickets(key, case["start"], case["count"]).hex() == case["stream"]
    if case["count"]:
        assert ticket(key, case["start"]) == int(case["stream"][:16], 16)


def test_openssl_gives_the_same_keystream() -> None:
    case = VECTORS["tickets"][0]
    told = subprocess.run(
        ["openssl", "enc", "-aes-256-ctr", "-K", case["key"], "-iv", "0" * 32],
        input=bytes(8 * case["count"]),
        capture_output=True,
        check=True,
    )
    assert told.stdout.hex() == case["stream"]


@pytest.mark.parametrize("case", VECTORS["bitmaps"], ids=case_name)
def test_bitmaps_are_what_the_vector_says(case: dict[str, Any]) -> None:
    bits = make_bitmap(case["rows"], case["eligible"])
    assert base64.b64encode(bits).decode() == case["bits"]
    assert bitmap_digest(case["rows"], bits) == case["digest"]
    assert eligible_count(bits) == len(case["eligible"])


@pytest.mark.parametrize("case", VECTORS["draws"], ids=case_name)
def test_small_draws_are_what_the_vector_says(case: dict[str, Any]) -> None:
    arguments = bytes.fromhex(case["key"]), base64.b64decode(case["bits"]), case["rows"], case["k"]
    assert draw_stratum(*arguments) == case["drawn"]
    assert ranked(*arguments) == case["ranked"]


@pytest.mark.parametrize("case", VECTORS["large"], ids=case_name)
def test_large_draws_are_what_the_vector_says_and_what_the_definition_says(case: dict[str, Any]) -> None:
    rows, skip, k = case["rows"], case["except_multiples_of"], case["k"]
    eligible = [i for i in range(rows) if not skip or i % skip]
    drawn = draw_stratum(bytes.fromhex(case["key"]), make_bitmap(rows, eligible), rows, k)
    assert drawn == sorted(by_the_book(bytes.fromhex(case["key"]), eligible, rows, k))
    assert drawn[:3] == case["first"]
    assert digest("test/1", drawn) == case["digest"]


@pytest.mark.parametrize("case", VECTORS["ratio"], ids=case_name)
def test_k_is_the_integer_ceiling(case: dict[str, Any]) -> None:
    assert ceil_ratio(case["n"], case["num"], case["den"]) == case["k"]


@pytest.mark.parametrize("case", VECTORS["snapshot"], ids=case_name)
def test_a_snapshot_is_what_the_vector_says(case: dict[str, Any]) -> None:
    k_salt, names = bytes.fromhex(case["k_salt"]), case["identifiers"]
    order = secret_order(bytes.fromhex(case["k_order"]), names)
    rows = [(names[place], case["attributes"]) for place in order]
    assert order == case["order"]
    assert [salt(k_salt, i).hex() for i in range(len(rows))] == case["salts"]
    assert leaf_data(0, salt(k_salt, 0), *rows[0]).hex() == case["first_leaf"]
    assert snapshot_root(k_salt, rows).hex() == case["root"]


@pytest.mark.parametrize("case", VECTORS["names"], ids=case_name)
def test_the_auditor_s_list_is_what_the_vector_says(case: dict[str, Any]) -> None:
    rows = [(i, name, bytes.fromhex(salted)) for i, name, salted in case["rows"]]
    assert names_digest(bytes.fromhex(case["plan_hash"]), rows) == case["digest"]


@pytest.mark.parametrize("case", VECTORS["check_code"], ids=case_name)
def test_the_check_code_is_what_the_vector_says(case: dict[str, str]) -> None:
    assert check_code(bytes.fromhex(case["plan_hash"])) == case["code"]


@pytest.mark.parametrize("case", VECTORS["commitment"], ids=case_name)
def test_a_commitment_is_what_the_vector_says(case: dict[str, str]) -> None:
    value = commitment(bytes.fromhex(case["plan_hash"]), case["name"], bytes.fromhex(case["nonce"]))
    assert value.hex() == case["commitment"]


@pytest.mark.parametrize("case", VECTORS["seed"], ids=case_name)
def test_the_seed_is_what_the_vector_says(case: dict[str, Any]) -> None:
    nonces = {one["name"]: bytes.fromhex(one["nonce"]) for one in case["nonces"]}
    assert seed(bytes.fromhex(case["plan_hash"]), nonces, case["last_input"]).hex() == case["seed"]


@pytest.mark.parametrize("case", VECTORS["keys"], ids=case_name)
def test_derived_keys_are_what_the_vector_says(case: dict[str, Any]) -> None:
    extra = [bytes.fromhex(one) for one in case["extra"]]
    key = derive_key(bytes.fromhex(case["seed"]), case["purpose"], case["stratum"], case["round"], *extra)
    assert key.hex() == case["key"]


@pytest.mark.parametrize("case", VECTORS["lottery"], ids=case_name)
def test_lottery_numbers_are_read_or_refused(case: dict[str, Any]) -> None:
    assert lottery_numbers(case["game"], case["typed"]) == case["numbers"]


@pytest.mark.parametrize("case", VECTORS["digits"], ids=case_name)
def test_digits_are_read_or_refused(case: dict[str, Any]) -> None:
    assert digits_drawn(case["count"], case["typed"]) == case["digits"]


@pytest.mark.parametrize("case", VECTORS["verify"], ids=case_name)
def test_the_verifier_names_exactly_what_does_not_hold(case: dict[str, Any]) -> None:
    document = copy.deepcopy(VECTORS["publications"][case["of"]])
    for path, value in case["changes"]:
        place = document
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value
    problems = verify_publication(document)
    assert [[problem.code, problem.where] for problem in problems] == case["problems"]
    assert all(problem.message == PROBLEMS[problem.code] for problem in problems)


def test_every_problem_is_provoked_by_a_vector() -> None:
    assert set(PROBLEMS) == {code for case in VECTORS["verify"] for code, _ in case["problems"]}


def test_who_did_not_countersign_is_listed_in_the_plan_s_order() -> None:
    assert not_countersigned(VECTORS["publications"]["lottery"]) == ["区消防救援大队", "区审计监督组"]


def test_rounds_upon_rounds_are_refused_and_no_exception() -> None:
    document: dict[str, Any] = VECTORS["publications"]["lottery"]
    for _ in range(300):
        document = {**VECTORS["publications"]["second_round"], "previous": document}
    assert [problem.code for problem in verify_publication(document)] == ["malformed"]


# Invariants

cases = st.integers(1, 300).flatmap(
    lambda rows: st.tuples(
        st.just(rows), st.sets(st.integers(0, rows - 1), min_size=1), st.binary(min_size=32, max_size=32)
    )
)


@settings(max_examples=60, derandomize=True, deadline=None)
@given(cases, st.sampled_from([1, 8, 64]), st.data())
def test_the_chunked_draw_is_the_full_stable_sort_at_every_chunk_edge(
    case: tuple[int, set[int], bytes], chunk: int, data: st.DataObject
) -> None:
    rows, eligible, key = case
    n = len(eligible)
    k = data.draw(st.sampled_from(sorted({0, 1, n - 1, n})) | st.integers(0, n))
    before = tickets_module.CHUNK
    tickets_module.CHUNK = 8 * chunk
    try:
        drawn = draw_stratum(key, make_bitmap(rows, eligible), rows, k)
    finally:
        tickets_module.CHUNK = before
    assert drawn == sorted(by_the_book(key, sorted(eligible), rows, k))
    assert len(drawn) == len(set(drawn)) == k
    assert set(drawn) <= eligible


@settings(max_examples=100, derandomize=True, deadline=None)
@given(st.integers(0, 50), st.integers(0, 20))
def test_tickets_read_from_an_odd_start_are_those_of_the_whole_stream(start: int, count: int) -> None:
    assert tickets(KEY, start, count) == tickets(KEY, 0, start + count)[8 * start :]


@settings(max_examples=60, derandomize=True, deadline=None)
@given(cases, st.data())
def test_a_smaller_draw_is_the_beginning_of_a_larger_one(
    case: tuple[int, set[int], bytes], data: st.DataObject
) -> None:
    rows, eligible, key = case
    k = data.draw(st.integers(0, len(eligible)))
    bits = make_bitmap(rows, eligible)
    everybody = ranked(key, bits, rows, len(eligible))
    assert ranked(key, bits, rows, k) == everybody[:k]


@settings(max_examples=60, derandomize=True, deadline=None)
@given(cases, st.data())
def test_filtering_commutes_with_drawing(case: tuple[int, set[int], bytes], data: st.DataObject) -> None:
    rows, eligible, key = case
    kept = data.draw(st.sets(st.sampled_from(sorted(eligible))))
    everybody = ranked(key, make_bitmap(rows, eligible), rows, len(eligible))
    assert ranked(key, make_bitmap(rows, kept), rows, len(kept)) == [i for i in everybody if i in kept]


@settings(max_examples=60, derandomize=True, deadline=None)
@given(cases, st.data())
def test_excluding_an_undrawn_row_changes_nothing_and_a_drawn_one_exactly_one_place(
    case: tuple[int, set[int], bytes], data: st.DataObject
) -> None:
    rows, eligible, key = case
    k = data.draw(st.integers(0, len(eligible) - 1))
    out = data.draw(st.sampled_from(sorted(eligible)))
    before = set(draw_stratum(key, make_bitmap(rows, eligible), rows, k))
    after = set(draw_stratum(key, make_bitmap(rows, eligible - {out}), rows, k))
    if out in before:
        assert before - after == {out}
        assert len(after - before) == 1
    else:
        assert after == before


def test_changing_one_stratum_leaves_the_other_s_key_and_draw_as_they_were() -> None:
    seeded = H("test/seed")
    other = derive_key(seeded, "targets", "乙层", 1)
    assert other not in {derive_key(seeded, "targets", "甲层", 1), derive_key(seeded, "targets", "乙层", 2)}
    assert derive_key(seeded, "targets", "ab", 1) != derive_key(seeded, "targetsa", "b", 1)

    def draws(first: range) -> dict[str, list[int]]:
        strata = {"甲层": make_bitmap(100, first), "乙层": make_bitmap(100, range(50, 100))}
        return {
            name: draw_stratum(derive_key(seeded, "targets", name, 1), bits, 100, 5)
            for name, bits in strata.items()
        }

    one, another = draws(range(50)), draws(range(7, 30))
    assert one["甲层"] != another["甲层"]
    assert one["乙层"] == another["乙层"]


@settings(max_examples=60, derandomize=True, deadline=None)
@given(st.integers(0, 31), st.integers(1, 255))
def test_any_changed_byte_changes_the_seed_and_the_order_of_names_does_not(place: int, flip: int) -> None:
    plan, nonces = H("plan/1", b"p"), {"乙": b"\x01" * 32, "甲": b"\x02" * 32}
    base = seed(plan, nonces, {"mode": "digits", "digits": "70399123"})

    def bent(data: bytes) -> bytes:
        return data[:place] + bytes([data[place] ^ flip]) + data[place + 1 :]

    assert seed(bent(plan), nonces, {"mode": "digits", "digits": "70399123"}) != base
    assert seed(plan, {**nonces, "甲": bent(nonces["甲"])}, {"mode": "digits", "digits": "70399123"}) != base
    assert seed(plan, nonces, {"mode": "digits", "digits": "70399124"}) != base
    turned = dict(reversed(nonces.items()))
    assert seed(plan, turned, {"mode": "digits", "digits": "70399123"}) == base


def test_a_bad_guess_of_the_bounds_falls_back_to_sifting_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.tickets.math.isqrt", lambda _: -1)
    rows = 400
    for run in range(20):
        key = H("test/run", bytes([run]))
        drawn = draw_stratum(key, make_bitmap(rows, range(rows)), rows, 40)
        assert drawn == sorted(by_the_book(key, list(range(rows)), rows, 40))


def test_equal_tickets_are_settled_by_the_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tickets_module, "tickets", lambda key, start, count: b"\x07" * (8 * count))
    assert draw_stratum(KEY, make_bitmap(40, range(3, 40)), 40, 4) == [3, 4, 5, 6]


def test_rows_and_pairs_are_drawn_equally_often() -> None:
    rows, k, runs = 12, 4, 3000
    rows_seen: Counter[int] = Counter()
    pairs_seen: Counter[tuple[int, int]] = Counter()
    bits = make_bitmap(rows, range(rows))
    for run in range(runs):
        drawn = draw_stratum(H("test/run", run.to_bytes(8, "big")), bits, rows, k)
        rows_seen.update(drawn)
        pairs_seen.update((a, b) for a in drawn for b in drawn if a < b)
    each, pair = runs * k / rows, runs * k * (k - 1) / rows / (rows - 1)
    # Without replacement the sums scale by (1 - k/rows) and about (1 - 6/66): the bounds for 11 and 65 degrees
    # of freedom at 99.9 % (31.3, 106) are therefore on the safe side. The runs are fixed, so this cannot flicker.
    assert sum((rows_seen[i] - each) ** 2 / each for i in range(rows)) < 31.3
    everyone = [(a, b) for a in range(rows) for b in range(a + 1, rows)]
    assert sum((pairs_seen[one] - pair) ** 2 / pair for one in everyone) < 106


def test_guessing_the_class_from_the_index_does_no_better_than_blind() -> None:
    """Sort the public places by index, call the first third "high": right no more often than by chance."""
    chance = random.Random(7)
    hits = total = 0
    for _ in range(200):
        firms = [f"虚构{i:03d}" for i in range(30)]
        high = set(firms[:10])
        order = secret_order(chance.randbytes(32), firms)
        hits += sum(firms[place] in high for place in order[:10])
        total += 10
    # Blind is 1/3; the standard deviation over these 2,000 guesses is about 0.9 %.
    assert abs(hits / total - 1 / 3) < 0.03


def test_a_new_round_keeps_the_earlier_draw_and_never_draws_it_again() -> None:
    second = VECTORS["publications"]["second_round"]
    before = {i for one in second["previous"]["drawn"] for i in one["indices"]}
    after = {i for one in second["drawn"] for i in one["indices"]}
    assert before and after and not before & after
    assert verify_publication(second) == []
    assert second["previous"] == VECTORS["publications"]["lottery"]


def test_every_hash_that_the_protocol_page_shows_is_in_the_vectors() -> None:
    folder = Path(__file__).parents[2] / "sync"
    page = (folder / "PROTOCOL.md").read_text(encoding="utf-8")
    parts = [part for part in page.split("\n## ") if part.startswith(("1 Canonical", "5 The draw"))]
    shown = set(re.findall(r"\b[0-9a-f]{64}\b", " ".join(parts)))
    known = "".join((folder / "vectors" / name).read_text("utf-8") for name in ("canon.json", "draw.json"))
    lottery = VECTORS["publications"]["lottery"]
    known += derive_key(bytes.fromhex(lottery["seed"]), "targets", "甲层", 1).hex()
    assert len(parts) == 2
    assert len(shown) >= 9
    assert {one for one in shown if one not in known} == set()


def test_the_shell_lines_of_the_protocol_page_print_the_published_rows() -> None:
    page = (Path(__file__).parents[2] / "sync/PROTOCOL.md").read_text(encoding="utf-8")
    script = next(block for block in re.findall(r"```sh\n(.*?)```", page, re.DOTALL) if "SEED=" in block)
    told = subprocess.run(["bash", "-c", script], capture_output=True, check=True, text=True)
    assert [int(line) for line in told.stdout.split()] == VECTORS["publications"]["lottery"]["drawn"][0][
        "indices"
    ]
