"""用印规则: every rule refuses what it names and nothing else, and says what to do."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest

from signing_service.domain.documents import DocumentKind, SignatoryRole
from signing_service.domain.errors import Problem
from signing_service.domain.key_policy import (
    Counts,
    KeyPolicy,
    KeyState,
    KeyUse,
    NextKey,
    default_policy,
    lasting_refusal,
    policy_of,
    refusal,
    release_obstacle,
)
from signing_service.domain.keys import KeyRef
from signing_service.domain.parties import PartyKind
from signing_service.settings import ROOT

KEY = KeyRef("soft", "authority")
LICENCE = KeyUse(KEY, DocumentKind.LICENCE, "licences/special_operation/2026-01", SignatoryRole.AUTHORITY)
FORM = KeyUse(KEY, DocumentKind.FORM, "forms/so_renew_form/2026-01", SignatoryRole.HOLDER)
MONDAY_NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai
EVERYTHING = KeyPolicy()


def code(policy: KeyPolicy, use: KeyUse = LICENCE, now: datetime = MONDAY_NOON, counts: Counts = Counts()) -> str:  # noqa: B008
    problem = refusal(policy, use, now, counts)
    if problem is None:
        return ""
    assert problem.zh.endswith("。")
    assert problem.en.endswith(".")
    assert str(use.key) in problem.zh
    assert str(use.key) in problem.en
    return problem.code


def test_a_policy_that_says_nothing_restricts_nothing() -> None:
    assert code(EVERYTHING, counts=Counts(10**6, 10**6)) == ""


@pytest.mark.parametrize(
    ("state", "told"),
    [(KeyState.ACTIVE, ""), (KeyState.SUSPENDED, "KEY_SUSPENDED"), (KeyState.RETIRED, "KEY_RETIRED")],
)
def test_only_an_active_key_is_used(state: KeyState, told: str) -> None:
    assert code(replace(EVERYTHING, state=state)) == told


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ("licence", ""),
        ("licences/special_operation", ""),
        ("licences/special_operation/2026-01", ""),
        ("form", "KEY_POLICY_DOCUMENT"),
        ("licences/constructor", "KEY_POLICY_DOCUMENT"),
        ("licences/special_operation/2025-01", "KEY_POLICY_DOCUMENT"),
        ("licences/special", "KEY_POLICY_DOCUMENT"),
    ],
)
def test_a_key_signs_the_kinds_templates_and_editions_that_are_named(named: str, told: str) -> None:
    assert code(replace(EVERYTHING, documents=frozenset({named}))) == told


def test_a_key_signs_in_the_parts_that_are_named() -> None:
    platform = replace(EVERYTHING, roles=frozenset({SignatoryRole.PLATFORM}))
    assert code(platform) == "KEY_POLICY_ROLE"
    assert code(replace(platform, roles=platform.roles | {SignatoryRole.AUTHORITY})) == ""


@pytest.mark.parametrize(
    ("utc", "told"),
    [
        ("2026-11-23T00:29:59", "KEY_POLICY_HOURS"),  # Monday 08:29:59 in Shanghai
        ("2026-11-23T00:30:00", ""),
        ("2026-11-23T09:59:59", ""),
        ("2026-11-23T10:00:00", "KEY_POLICY_HOURS"),  # 18:00
        ("2026-11-21T04:00:00", "KEY_POLICY_HOURS"),  # a Saturday
        ("2026-10-10T04:00:00", ""),  # a Saturday that is worked
        ("2026-10-05T04:00:00", "KEY_POLICY_HOURS"),  # a Monday that is a holiday
        ("2026-11-22T16:30:00", "KEY_POLICY_HOURS"),  # Sunday in London, Monday 00:30 in Shanghai
    ],
)
def test_hours_are_those_of_beijing_and_days_those_that_are_worked(utc: str, told: str) -> None:
    office_hours = replace(EVERYTHING, opens=time(8, 30), closes=time(18), working_days=True)
    assert code(office_hours, now=datetime.fromisoformat(utc).replace(tzinfo=UTC)) == told


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        (Counts(2, 9), ""),
        (Counts(3, 9), "KEY_COUNT_TODAY"),
        (Counts(0, 10), "KEY_COUNT_EXHAUSTED"),
        (Counts(3, 11), "KEY_COUNT_EXHAUSTED"),
    ],
)
def test_a_key_is_used_as_often_as_it_may(counts: Counts, told: str) -> None:
    assert code(replace(EVERYTHING, per_day=3, in_all=10), counts=counts) == told


@pytest.mark.parametrize(("day", "told"), [(22, "KEY_POLICY_TERM"), (23, ""), (24, ""), (25, "KEY_POLICY_TERM")])
def test_first_and_last_day_are_in_the_term(day: int, told: str) -> None:
    term = replace(EVERYTHING, valid_from=date(2026, 11, 23), valid_until=date(2026, 11, 24))
    assert code(term, now=datetime(2026, 11, day, 4, tzinfo=UTC)) == told


def test_what_passes_by_itself_does_not_last() -> None:
    policy = replace(EVERYTHING, opens=time(1), closes=time(2), per_day=1)
    assert code(policy, counts=Counts(1, 1)) == "KEY_POLICY_HOURS"
    assert lasting_refusal(policy, LICENCE, MONDAY_NOON, Counts(1, 1)) is None


def test_a_release_is_needed_for_what_is_named_and_only_then() -> None:
    policy = replace(EVERYTHING, release=frozenset({"licence"}))
    assert policy.needs_release(LICENCE)
    assert not policy.needs_release(FORM)
    assert not EVERYTHING.needs_release(LICENCE)
    assert release_obstacle(policy, LICENCE) is None
    alone = replace(policy, officers=frozenset({"wan"}))
    obstacle = release_obstacle(alone, LICENCE)
    assert obstacle is not None
    assert obstacle.code == "RELEASE_IMPOSSIBLE"
    assert release_obstacle(alone, FORM) is None
    assert release_obstacle(replace(alone, officers=frozenset({"wan", "hu"})), LICENCE) is None


@pytest.mark.parametrize("kind", PartyKind)
def test_by_default_no_key_signs_in_a_part_that_is_not_its_owners(kind: PartyKind) -> None:
    offices = {SignatoryRole.AUTHORITY: PartyKind.AUTHORITY, SignatoryRole.PLATFORM: PartyKind.PLATFORM}
    for role in SignatoryRole:
        own = offices.get(role, kind if kind in (PartyKind.PERSON, PartyKind.ENTERPRISE) else None) is kind
        assert (code(default_policy(kind), replace(FORM, role=role)) == "") is own
    assert not default_policy(kind).needs_release(LICENCE), "nothing has to be configured, nobody has to be asked"


@pytest.mark.parametrize("kind", [PartyKind.PERSON, PartyKind.ENTERPRISE])
def test_by_default_a_persons_or_enterprises_key_signs_no_licence(kind: PartyKind) -> None:
    assert code(default_policy(kind), replace(LICENCE, role=SignatoryRole.HOLDER)) == "KEY_POLICY_DOCUMENT"


# ---- as data


def test_the_example_is_a_policy_and_says_all_that_can_be_said() -> None:
    record = tomllib.loads((ROOT / "certs" / "key_policy.example.toml").read_text(encoding="utf-8"))
    policy = policy_of(record)
    assert set(record) == set(KeyPolicy.__dataclass_fields__)
    assert policy.needs_release(LICENCE)
    assert policy_of(policy.to_record()) == policy


@pytest.mark.parametrize(
    ("record", "named"),
    [
        ({"hours": "08:00"}, "hours"),
        ({"state": "asleep"}, "state"),
        ({"documents": ["letter"]}, "documents"),
        ({"documents": "form"}, "documents"),
        ({"roles": ["king"]}, "roles"),
        ({"per_day": 0}, "per_day"),
        ({"per_day": True}, "per_day"),
        ({"in_all": "10"}, "in_all"),
        ({"working_days": 1}, "working_days"),
        ({"opens": "08:30"}, "opens, closes"),
        ({"opens": "18:00", "closes": "08:00"}, "opens, closes"),
        ({"opens": "25:00", "closes": "26:00"}, "opens"),
        ({"valid_from": "2027-01-01", "valid_until": "2026-01-01"}, "valid_from, valid_until"),
    ],
)
def test_what_cannot_be_read_is_named_and_never_taken_for_freedom(record: dict[str, object], named: str) -> None:
    with pytest.raises(Problem) as refused:
        policy_of(record)
    assert refused.value.code == "KEY_POLICY_INVALID"
    assert f"“{named}”" in refused.value.zh


# ---- the next key


@pytest.mark.parametrize(
    ("following", "takes_over"),
    [
        (NextKey(KEY, date(2026, 11, 24)), False),
        (NextKey(KEY, date(2026, 11, 23)), True),
        (NextKey(KEY, None, 30), False),
        (NextKey(KEY, None, 31), True),
    ],
)
def test_the_next_key_takes_over_on_its_day_or_when_few_are_left(following: NextKey, takes_over: bool) -> None:
    in_thirty_days = datetime(2026, 12, 23, 4, 0, tzinfo=UTC)
    assert following.takes_over(MONDAY_NOON, in_thirty_days) is takes_over
    assert following.takes_over(MONDAY_NOON, None), "of a key that is gone"
