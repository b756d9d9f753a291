"""What an expert is shown of a signature: chain, revocation, algorithms, times, and how long it lasts."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from signing_service.domain.verdicts import Report, SignatureDetails, SignatureVerdict
from signing_service.pipeline import isolation
from signing_service.pipeline.isolation import validate_isolated
from signing_service.pipeline.validate import foresee, validate
from tests.security import signed_files
from tests.security.signed_files import NOW, Pki

YEAR = timedelta(days=365)
THEN = NOW + 10 * YEAR


@pytest.fixture(scope="module")
def pki() -> Pki:
    return Pki.make()


@pytest.fixture(scope="module")
def two(pki: Pki) -> bytes:
    return signed_files.two_seals(pki)


def details_of(signature: SignatureVerdict) -> SignatureDetails:
    assert signature.details is not None
    return signature.details


def test_the_chain_leads_from_the_signer_to_the_anchor(two: bytes, pki: Pki) -> None:
    report = validate(two, pki.anchors, now=NOW, then=THEN)
    chain = details_of(report.signatures[1]).chain
    assert [cert.sha256 for cert in chain] == [one.sha256 for one in (pki.authority, pki.ca, pki.root)]
    assert [cert.is_anchor for cert in chain] == [False, False, True]
    assert chain[0].sha256 == report.signatures[1].cert_sha256
    assert chain[0].serial == f"{pki.authority.cert.serial_number:X}"
    assert chain[0].issuer == chain[1].subject
    assert "CN=行政审批专用章" in chain[0].subject
    assert "O=示例市住房和城乡建设局" in chain[0].subject
    assert all(cert.not_before < NOW.isoformat() < cert.not_after for cert in chain)


def test_a_chain_that_ends_nowhere_has_no_anchor(two: bytes, pki: Pki) -> None:
    chain = details_of(validate(two, Pki.make().anchors, now=NOW, then=THEN).signatures[0]).chain
    assert chain
    assert not any(cert.is_anchor for cert in chain)


def test_claimed_and_proven_time_are_told_apart(two: bytes, pki: Pki) -> None:
    stamped = details_of(validate(two, pki.anchors, now=NOW, then=THEN).signatures[0])
    assert stamped.proven_at == NOW.isoformat()
    assert stamped.claimed_at
    assert stamped.timestamped_by
    plain = signed_files.sign(
        signed_files.with_fields(signed_files.page(), ["authority"]), "authority", pki.authority, [pki.ca]
    )
    claimed = details_of(validate(plain, pki.anchors, now=NOW, then=THEN).signatures[0])
    assert (claimed.proven_at, claimed.timestamped_by) == ("", "")
    assert claimed.claimed_at


def test_algorithms_and_later_signatures_are_told(two: bytes, pki: Pki) -> None:
    first, second = (details_of(one) for one in validate(two, pki.anchors, now=NOW, then=THEN).signatures)
    assert first.digest == "sha256"
    assert first.algorithm
    assert (first.others_after, second.others_after) == (1, 0)


def test_revocation_is_told_with_the_time_of_the_data(pki: Pki) -> None:
    data = signed_files.sign(
        signed_files.with_fields(signed_files.page(), ["authority"]), "authority", pki.authority, [pki.ca]
    )
    lists = {
        "revoked": signed_files.revocation_list(pki.ca, [pki.authority]),
        "good": signed_files.revocation_list(pki.ca, [pki.employer]),
        "stale": signed_files.revocation_list(pki.ca, since=NOW - timedelta(days=9), until=NOW - timedelta(days=2)),
    }
    for state, listed in lists.items():
        told = details_of(validate(data, pki.anchors, crls=[listed], now=NOW, then=THEN).signatures[0]).revocation
        assert told is not None
        assert (told.state, told.source) == (state, "crl")
        assert told.as_of < told.next_update
    nothing = details_of(validate(data, pki.anchors, now=NOW, then=THEN).signatures[0]).revocation
    assert nothing is not None
    assert (nothing.state, nothing.as_of) == ("unknown", "")


def test_the_next_timestamp_is_due_before_the_first_cert_that_carries_the_time_runs_out(two: bytes, pki: Pki) -> None:
    plain = signed_files.sign(
        signed_files.with_fields(signed_files.page(), ["authority"]), "authority", pki.authority, [pki.ca]
    )
    untimed = details_of(validate(plain, pki.anchors, now=NOW, then=THEN).signatures[0])
    ends = min(one.cert.not_valid_after_utc for one in (pki.authority, pki.ca))
    assert untimed.lasts_until == ends.date().isoformat()
    assert details_of(validate(two, pki.anchors, now=NOW, then=THEN).signatures[0]).lasts_until > NOW.date().isoformat()


def test_the_verdict_of_a_later_day_is_foreseen_in_the_isolated_process_when_asked(two: bytes, pki: Pki) -> None:
    report = validate_isolated(two, pki.anchors, now=NOW, then=THEN)
    assert report.foreseen is not None
    assert report.foreseen.at == THEN.isoformat()
    assert report.foreseen.verdict is foresee(two, pki.anchors, then=THEN, now=NOW).then.verdict
    assert validate_isolated(two, pki.anchors, now=NOW).foreseen is None


def test_of_a_file_that_does_not_pass_today_nothing_is_foreseen(two: bytes, pki: Pki) -> None:
    assert validate(two, Pki.make().anchors, now=NOW, then=THEN).foreseen is None


def test_details_travel_as_json_and_reports_from_before_are_read(two: bytes, pki: Pki) -> None:
    report = validate(two, pki.anchors, now=NOW, then=NOW + YEAR)
    document = json.loads(json.dumps(report.to_json()))
    assert Report.from_json(document) == report
    del document["foreseen"]
    for signature in document["signatures"]:
        del signature["details"]
    old = Report.from_json(document)
    assert old.foreseen is None
    assert all(signature.details is None for signature in old.signatures)


def test_details_are_told_when_asked_for_and_change_nothing_else(two: bytes, pki: Pki) -> None:
    broken = bytearray(two)
    broken[200] ^= 1
    for data in (two, bytes(broken), b"%PDF-1.7"):
        plain = validate(data, pki.anchors, now=NOW)
        assert all(signature.details is None for signature in plain.signatures)
        told = validate(data, pki.anchors, now=NOW, then=THEN)
        assert all(signature.details for signature in told.signatures)
        without = tuple(replace(signature, details=None) for signature in told.signatures)
        assert replace(told, signatures=without, foreseen=None) == plain


@pytest.mark.parametrize(
    ("said", "heard"),
    [(b"", b""), (b"half", b""), (b"verdict\n", b"verdict"), (b"verdict\nhal", b"verdict"), (b"v\nmore\n", b"more")],
)
def test_what_experts_want_costs_nobody_the_verdict(said: bytes, heard: bytes) -> None:
    """The process says the verdict first; one that is ended while it gathers details has said it."""
    assert isolation._last_line(said) == heard
