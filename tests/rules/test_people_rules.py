"""Who may do what, and what a login is judged by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from backend.people import rules
from backend.people.rules import ALL_ROLES, ALL_VERBS, POLICY, PUBLIC, TABLE, Actor, LoginState, Stand
from sync.words import Refusal, Role, Verb

NOW = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
ROLES = st.frozensets(st.sampled_from(ALL_ROLES))


def state(
    failures: int = 0, *, right: bool, locked: datetime | None = None, active: bool = True
) -> LoginState:
    return LoginState(active=active, failures=failures, locked_until=locked, password_right=right)


def code(refusal: object) -> str:
    assert isinstance(refusal, Refusal)
    return refusal.code


# --- rights ---------------------------------------------------------------------------------------------------


@given(ROLES, st.sampled_from(ALL_VERBS), st.sampled_from(["甲", "乙"]))
def test_nobody_may_do_what_no_line_of_the_table_says(
    roles: frozenset[Role], verb: Verb, organisation: str
) -> None:
    actor = Actor(account="a" * 32, organisation="甲", roles=roles)
    lines = {TABLE[role].get(verb) for role in roles}
    common = verb in rules.EVERYBODY or verb in rules.SIGNED_IN
    expected = common or "all" in lines or ("own" in lines and organisation == "甲")
    assert rules.may(actor, verb, organisation) is expected


@given(st.sampled_from(ALL_VERBS))
def test_the_public_may_look_enrol_and_sign_in_and_nothing_else(verb: Verb) -> None:
    refusal = rules.require(PUBLIC, verb)
    if verb in rules.EVERYBODY:
        assert refusal is None
    else:
        assert code(refusal) == "not_signed_in"


@given(ROLES)
def test_an_administrators_role_stands_alone(roles: frozenset[Role]) -> None:
    refusal = rules.roles_together(roles)
    assert (refusal is not None) is bool(roles & rules.ADMINISTRATORS and len(roles) > 1)


def test_no_administrator_can_do_anothers_work() -> None:
    writing = {"system_admin": "people.write", "security_admin": "people.secure", "audit_admin": "audit.read"}
    for role in rules.ADMINISTRATORS:
        for other, verb in writing.items():
            assert (verb in TABLE[role]) is (role == other)


def test_nobody_changes_his_own_rights_or_resets_an_administrators_password() -> None:
    actor = Actor(account="1" * 32, roles=frozenset({"system_admin"}))
    assert code(rules.not_oneself(actor, actor.account)) == "own_account"
    assert code(rules.may_reset(actor, "2" * 32, frozenset({"security_admin"}))) == "administrator_account"
    assert rules.may_reset(actor, "2" * 32, frozenset({"planner"})) is None


# --- login ----------------------------------------------------------------------------------------------------


def test_the_fifth_wrong_password_locks_and_the_right_one_does_not_open_it() -> None:
    failures, locked, refusal = 0, None, None
    for _ in range(POLICY.tries):
        refusal, failures, locked = rules.judge_login(state(failures, right=False, locked=locked), NOW)
    assert code(refusal) == "account_locked" and locked == NOW + POLICY.lock
    again, _, still = rules.judge_login(state(failures, right=True, locked=locked), NOW)
    assert code(again) == "account_locked" and still == locked


def test_after_the_lock_the_right_password_opens_and_forgets_the_failures() -> None:
    later = NOW + POLICY.lock
    assert rules.judge_login(state(3, right=True, locked=later), later) == (None, 0, None)


def test_a_disabled_account_says_so_only_to_who_knows_its_password() -> None:
    assert code(rules.judge_login(state(right=False, active=False), NOW)[0]) == "wrong_password"
    assert code(rules.judge_login(state(right=True, active=False), NOW)[0]) == "account_disabled"


@given(st.lists(st.booleans(), max_size=30))
def test_no_row_of_tries_gets_more_guesses_than_the_policy_between_two_right_ones(tries: list[bool]) -> None:
    failures: int = 0
    locked: datetime | None = None
    wrong = 0
    for right in tries:
        was_locked = locked is not None
        refusal, failures, locked = rules.judge_login(state(failures, right=right, locked=locked), NOW)
        if was_locked:
            assert code(refusal) == "account_locked"
        elif not right:
            wrong += 1
        else:
            wrong = 0
        assert wrong <= POLICY.tries


def test_an_address_waits_after_too_many_failures_and_not_for_ever() -> None:
    failed = [NOW + timedelta(seconds=n) for n in range(POLICY.address_tries)]
    assert rules.judge_address(failed[:-1], failed[-1]) is None
    assert code(rules.judge_address(failed, failed[-1])) == "too_many"
    assert rules.judge_address(failed, failed[0] + POLICY.address_window) is None


def test_a_session_at_the_desk_ends_after_a_pause_and_a_tablets_does_not() -> None:
    end = NOW + timedelta(days=1)
    desk, tablet = rules.SessionState("", NOW, end), rules.SessionState("d", NOW, end)
    assert rules.session_alive(desk, NOW + POLICY.idle - timedelta(seconds=1))
    assert not rules.session_alive(desk, NOW + POLICY.idle)
    assert rules.session_alive(tablet, NOW + POLICY.idle)
    assert not rules.session_alive(tablet, end)


def test_a_short_password_and_the_accounts_name_are_refused() -> None:
    assert code(rules.password_fits("x" * (POLICY.password_length - 1), "a")) == "password_weak"
    assert code(rules.password_fits("LongAccountName", "longaccountname")) == "password_weak"
    assert rules.password_fits("x" * POLICY.password_length, "a") is None


# --- deputies and tablets -------------------------------------------------------------------------------------

LEADER: frozenset[Role] = frozenset({"responsible_leader"})


def test_a_deputy_is_another_active_leader_of_the_same_organisation() -> None:
    leader = Stand("a", "甲", LEADER, True)
    assert rules.deputy_fits(leader, Stand("b", "甲", LEADER, True)) is None
    for unfit in (
        leader,
        Stand("b", "乙", LEADER, True),
        Stand("b", "甲", LEADER, False),
        Stand("b", "甲", frozenset({"planner"}), True),
    ):
        assert code(rules.deputy_fits(leader, unfit)) == "deputy_unfit"


@given(st.binary(min_size=20, max_size=20))
def test_an_invitation_has_a_hundred_bits_that_can_be_read_out(chance: bytes) -> None:
    made = rules.invite_code(chance)
    assert len(made) == 20 and set(made) <= set(rules.CROCKFORD)
    assert rules.grouped(made).replace(" ", "") == made
    assert not set("ILOU") & set(rules.CROCKFORD)


@given(st.binary(min_size=20, max_size=20), st.integers(0, 19), st.integers(1, 31))
def test_every_random_byte_moves_the_code(chance: bytes, place: int, by: int) -> None:
    moved = bytes(b ^ by if at == place else b for at, b in enumerate(chance))
    assert rules.invite_code(moved) != rules.invite_code(chance)


def test_only_an_active_inspector_of_the_own_organisation_gets_a_tablet() -> None:
    inspector: frozenset[Role] = frozenset({"inspector"})
    assert rules.may_invite("甲", Stand("a", "甲", inspector, True)) is None
    assert code(rules.may_invite("甲", Stand("a", "乙", inspector, True))) == "not_allowed"
    assert code(rules.may_invite("甲", Stand("a", "甲", inspector, False))) == "account_disabled"
    assert code(rules.may_invite("甲", Stand("a", "甲", LEADER, True))) == "bad_request"


def test_a_tablet_is_taken_out_of_use_once_and_with_a_reason() -> None:
    device, nonce = "d" * 64, "0" * 32
    assert code(rules.revoke(device, "enrolled", "", nonce)) == "bad_request"
    assert code(rules.revoke(device, "revoked", "终端遗失", nonce)) == "already_decided"
    decided = rules.revoke(device, "enrolled", "终端遗失", nonce)
    assert not isinstance(decided, Refusal) and decided.device == device
