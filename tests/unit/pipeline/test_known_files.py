"""A file that we issued is known by its hash, and told as it would be told today."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from cryptography.hazmat.primitives.hashes import SHA256

from signing_service.domain.documents import PadesLevel, sha256_of
from signing_service.domain.verdicts import Report, Verdict
from signing_service.pipeline import isolation
from signing_service.pipeline.isolation import validate_isolated
from signing_service.pipeline.validate import Limits, validate
from signing_service.pipeline.validate.known import KnownFiles
from signing_service.pipeline.validate.own_signers import Believed
from tests.factories_revocation import TestRevocation
from tests.unit.pipeline.sealing import AUTHORITY, B_T, NOTICE, Keyring, signable
from tests.unit.pipeline.test_long_term import at_level
from tests.unit.pipeline.test_own_files import DAY, crl

_SHA256 = SHA256()
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def notice(keyring: Keyring) -> bytes:
    return keyring.sealed(signable(NOTICE), AUTHORITY, level=B_T).data


def said(
    data: bytes, keyring: Keyring, at: datetime, crls: Sequence[bytes] = (), anchors: Sequence[bytes] | None = None
) -> Report:
    """As the portal and the command line ask, of a file that is in the register."""
    return validate_isolated(
        data,
        keyring.pki.anchors() if anchors is None else anchors,
        intermediates=keyring.pki.intermediates(),
        crls=crls,
        now=at,
        register=lambda sha256: sha256 == sha256_of(data),
        own_certs={keyring.pki.certs["authority"].fingerprint(_SHA256).hex()},
    )


@pytest.fixture
def no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks for a process now is told that there is none."""

    def refuse() -> None:
        raise AssertionError("a known file was given to a process")

    monkeypatch.setattr(isolation._hosts, "open_child", refuse)


@pytest.mark.usefixtures("no_process")
def test_a_file_of_ours_needs_no_process_and_says_what_one_would_say(notice: bytes, keyring: Keyring) -> None:
    for at in (keyring.now + HOUR, keyring.now + 2 * HOUR, keyring.now + 300 * DAY):
        report = said(notice, keyring, at)
        assert report.reason == "GENUINE_REGISTERED"
        full = validate(notice, keyring.pki.anchors(), intermediates=keyring.pki.intermediates(), now=at)
        assert (report.signatures, report.sha256) == (full.signatures, full.sha256)


def test_what_is_not_in_the_register_is_a_stranger_s_and_goes_to_a_process(
    notice: bytes, keyring: Keyring, no_process: None
) -> None:
    with pytest.raises(AssertionError, match="given to a process"):
        said(notice[:-1], keyring, keyring.now + HOUR)
    with pytest.raises(AssertionError, match="given to a process"):
        validate_isolated(notice, keyring.pki.anchors(), now=keyring.now, register=lambda sha256: False)


def test_a_cert_that_was_revoked_a_second_ago_is_told_at_once(keyring: Keyring) -> None:
    untimed = keyring.sealed(signable(NOTICE), AUTHORITY).data
    at = keyring.now + HOUR
    fresh = crl(keyring, "authority", at)
    assert said(untimed, keyring, at, [fresh]).verdict is Verdict.TOTAL_PASSED
    revoked = crl(keyring, "authority", at, (keyring.pki.certs["authority"], at))
    then = said(untimed, keyring, at + timedelta(seconds=1), [revoked])
    assert (then.verdict, then.reason) == (Verdict.INDETERMINATE, "SIGNER_REVOKED")
    assert said(untimed, keyring, at + timedelta(seconds=2), [fresh]).verdict is Verdict.TOTAL_PASSED


def test_a_list_that_has_run_out_and_an_anchor_that_was_taken_away_are_told(notice: bytes, keyring: Keyring) -> None:
    untimed = keyring.sealed(signable(NOTICE), AUTHORITY).data
    lists = [crl(keyring, "authority", keyring.now)]
    assert said(untimed, keyring, keyring.now + HOUR, lists).verdict is Verdict.TOTAL_PASSED
    assert said(untimed, keyring, keyring.now + 2 * DAY, lists).reason == "REVOCATION_UNKNOWN"
    assert said(notice, keyring, keyring.now + HOUR).verdict is Verdict.TOTAL_PASSED
    assert said(notice, keyring, keyring.now + HOUR, anchors=()).reason == "SIGNER_UNKNOWN"


def test_a_cert_that_has_run_out_is_told(keyring: Keyring) -> None:
    untimed = keyring.sealed(signable(NOTICE), AUTHORITY).data
    for years, reason in ((1.0, "GENUINE_REGISTERED"), (2.9, "GENUINE_REGISTERED"), (3.1, "SIGNER_EXPIRED")):
        assert said(untimed, keyring, keyring.now + timedelta(days=365.25 * years)).reason == reason
    assert said(untimed, keyring, keyring.now + HOUR).reason == "GENUINE_REGISTERED"


def test_at_every_turning_point_the_judgment_is_made_anew(keyring: Keyring) -> None:
    data = at_level(PadesLevel.B_LTA, keyring, TestRevocation(keyring.pki)).data
    known, limits = KnownFiles(), Limits()
    anchors, intermediates = keyring.pki.anchors(), keyring.pki.intermediates()
    for hours in (1, 2, 23, 24, 25, 31 * 24, 3 * 365 * 24, 70_000, 70_500, 90_000, 1):
        at = keyring.now + hours * HOUR
        report = known.report(data, sha256_of(data), Believed(tuple(anchors), tuple(intermediates), (), at), limits)
        full = validate(data, anchors, intermediates=intermediates, now=at)
        assert report == (full if full.verdict is Verdict.TOTAL_PASSED else None), hours


def test_no_more_files_are_remembered_than_there_is_room_for(keyring: Keyring) -> None:
    known, limits = KnownFiles(most=2), Limits()
    believed = Believed(tuple(keyring.pki.anchors()), tuple(keyring.pki.intermediates()), (), keyring.now + HOUR)
    files = [keyring.sealed(signable(NOTICE), AUTHORITY).data for _ in range(2)]
    files += [keyring.sealed(signable(NOTICE), AUTHORITY, level=B_T).data for _ in range(2)]
    for data in [*files, *files]:
        assert known.report(data, sha256_of(data), believed, limits) is not None
    assert len(known._entries) == 2


def test_a_hash_that_is_another_file_s_is_not_believed(notice: bytes, keyring: Keyring) -> None:
    believed = Believed(tuple(keyring.pki.anchors()), (), (), keyring.now + HOUR)
    assert KnownFiles().report(notice, "00" * 32, believed, Limits()) is None
