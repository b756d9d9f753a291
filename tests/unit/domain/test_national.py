"""Codes of states and operations for national registers, type by type (domain text, §5)."""

from __future__ import annotations

import pytest

from signing_service.domain.licences import LicenceStatus, LicenceType
from signing_service.domain.national import OTHER, SCHEMES, Operation, is_told, operation_of

S = LicenceStatus
SPECIAL = SCHEMES[LicenceType.SPECIAL_OPERATION]


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (S.IN_FORCE, "01"),
        (S.SUSPENDED, "02"),
        (S.FORFEITED, "03"),
        (S.ANNULLED, "04"),
        (S.CANCELLED, "05"),
        (S.EXPIRED, "06"),
        (S.TRANSFERRED, OTHER),
    ],
)
def test_states_of_a_special_operation_licence_have_the_codes_of_its_standard(status: S, code: str) -> None:
    assert SPECIAL.state(status) == code
    assert SPECIAL.confirmed


def test_where_no_dictionary_is_known_a_state_is_told_in_words_and_no_code_is_made_up() -> None:
    for licence_type, scheme in SCHEMES.items():
        if not scheme.confirmed:
            assert licence_type is not LicenceType.SPECIAL_OPERATION
            assert {status for status in S if scheme.state(status) != OTHER} == {S.IN_FORCE, S.CANCELLED}


@pytest.mark.parametrize(
    ("before", "after", "known", "renewed", "operation"),
    [
        (S.ISSUING, S.IN_FORCE, False, False, Operation.ISSUED),
        (S.ISSUING, S.IN_FORCE, False, True, Operation.ISSUED),
        (S.ISSUING, S.IN_FORCE, True, True, Operation.RENEWED),
        (S.ISSUING, S.IN_FORCE, True, False, Operation.CHANGED),
        (S.SUSPENDED, S.IN_FORCE, True, True, Operation.RETURNED),
        (S.IN_FORCE, S.SUSPENDED, True, False, Operation.SUSPENDED),
        (S.IN_FORCE, S.EXPIRED, True, False, Operation.EXPIRED),
        (S.SUSPENDED, S.FORFEITED, True, False, Operation.ENDED),
        (S.IN_FORCE, S.ANNULLED, True, False, Operation.ENDED),
        (S.EXPIRED, S.CANCELLED, True, False, Operation.ENDED),
        (S.IN_FORCE, S.TRANSFERRED, True, False, Operation.OTHER),
    ],
)
def test_why_the_register_is_told_follows_from_what_became_of_the_licence(
    before: S, after: S, known: bool, renewed: bool, operation: Operation
) -> None:
    assert operation_of(before, after, known=known, renewed=renewed) is operation


def test_every_operation_has_a_code_in_every_scheme_and_no_two_the_same() -> None:
    for scheme in SCHEMES.values():
        assert set(scheme.operations) == set(Operation)
        assert len(set(scheme.operations.values())) == len(Operation)


def test_what_is_not_public_what_was_replaced_and_what_no_authority_issued_is_told_to_nobody() -> None:
    assert not is_told(LicenceType.SPECIAL_OPERATION, S.ISSUING)
    assert not is_told(LicenceType.SPECIAL_OPERATION, S.SUPERSEDED)
    assert not is_told(LicenceType.REVIEW_PASS, S.IN_FORCE)
    assert is_told(LicenceType.CONSTRUCTION_PERMIT, S.IN_FORCE)
