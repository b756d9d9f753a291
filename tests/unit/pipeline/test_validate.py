"""What the verifier says of honest files, and of files whose signers are not to be relied on."""

from __future__ import annotations

import asyncio
import io
import json
import shutil
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pikepdf
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtendedKeyUsageOID
from pyhanko.sign import fields

from signing_service.domain.keys import RevocationEvidence
from signing_service.domain.verdicts import Integrity, Report, Trust, Verdict
from signing_service.pipeline.isolation import validate_isolated
from signing_service.pipeline.long_term import add_validation_data
from signing_service.pipeline.validate import SENTENCES, Reason, validate
from tests.security import attacks, signed_files
from tests.security.signed_files import LATER_THAN_ALL_CERTS, NOW, Holder, Pki

YEAR = timedelta(days=365)


@pytest.fixture(scope="module")
def pki() -> Pki:
    return Pki.make()


@pytest.fixture(scope="module")
def two(pki: Pki) -> bytes:
    return signed_files.two_seals(pki)


def seal_with(pki: Pki, holder: Holder, *chain: Holder, timestamped: bool = False, digest: str = "sha256") -> bytes:
    return signed_files.sign(
        signed_files.with_fields(signed_files.page(), ["authority"]),
        "authority",
        holder,
        chain or [pki.ca],
        timestamper=pki.timestamper() if timestamped else None,
        digest=digest,
    )


def archived_by_others(pki: Pki) -> bytes:
    """A B-LTA file of other software."""
    crls = [signed_files.revocation_list(pki.ca), signed_files.revocation_list(pki.root)]
    return signed_files.sign(
        signed_files.with_fields(signed_files.page(), ["authority"]),
        "authority",
        pki.authority,
        [pki.ca],
        certify=True,
        timestamper=pki.timestamper(),
        embed=signed_files.context(pki, crls=crls, at=NOW),
        lta=True,
    )


# ---- honest files


def test_a_file_with_two_seals_is_genuine_and_each_seal_is_told(two: bytes, pki: Pki) -> None:
    report = validate(two, pki.anchors, now=NOW)
    assert (report.verdict, report.integrity, report.trust) == (
        Verdict.TOTAL_PASSED,
        Integrity.INTACT,
        Trust.TRUSTED,
    )
    assert report.exit_code == 0
    assert report.reason == "GENUINE"
    assert report.notes == ()
    employer, authority = report.signatures
    assert (employer.field, employer.role, employer.level, employer.covers) == (
        "employer",
        "employer",
        "B-T",
        "revision",
    )
    assert (authority.role, authority.covers, authority.changed_after) == ("authority", "whole_file", False)
    assert employer.signer == "示例建设集团有限公司"
    assert authority.signer == "行政审批专用章, 示例市住房和城乡建设局"
    assert authority.cert_sha256 == pki.authority.sha256
    assert authority.signed_at == NOW.isoformat()
    assert authority.time_proven


def test_the_first_of_two_seals_is_genuine_by_itself(pki: Pki) -> None:
    laid = signed_files.with_fields(signed_files.page())
    first = signed_files.sign(laid, "employer", pki.employer, [pki.ca], certify=True)
    report = validate(first, pki.anchors, now=NOW)
    assert report.verdict is Verdict.TOTAL_PASSED
    assert [signature.field for signature in report.signatures] == ["employer"]


def test_a_seal_without_timestamp_is_b_b_and_its_time_is_only_claimed(pki: Pki) -> None:
    (signature,) = validate(signed_files.one_seal(pki, timestamped=False), pki.anchors, now=NOW).signatures
    assert (signature.indication, signature.level, signature.time_proven) == (Verdict.TOTAL_PASSED, "B-B", False)
    assert signature.signed_at


def test_a_signature_of_another_kind_of_software_is_genuine_and_has_no_level(pki: Pki) -> None:
    data = signed_files.sign(
        signed_files.with_fields(signed_files.page(), ["Signature1"]),
        "Signature1",
        pki.authority,
        [pki.ca],
        subfilter=fields.SigSeedSubFilter.ADOBE_PKCS7_DETACHED,
    )
    report = validate(data, pki.anchors, now=NOW)
    assert report.verdict is Verdict.TOTAL_PASSED
    assert (report.signatures[0].level, report.signatures[0].role) == ("", "")


def test_validation_data_added_later_is_not_a_change(pki: Pki) -> None:
    crls = [signed_files.revocation_list(pki.ca), signed_files.revocation_list(pki.root)]
    long_term = signed_files.sign(
        signed_files.with_fields(signed_files.page(), ["authority"]),
        "authority",
        pki.authority,
        [pki.ca],
        certify=True,
        timestamper=pki.timestamper(),
        embed=signed_files.context(pki, crls=crls, at=NOW),
    )
    report = validate(long_term, pki.anchors, now=NOW)
    assert report.verdict is Verdict.TOTAL_PASSED, report
    assert report.signatures[0].level == "B-LT"
    assert report.signatures[0].covers == "revision"
    a_year_on = validate(long_term, pki.anchors, now=NOW + timedelta(days=300))
    assert a_year_on.verdict is Verdict.TOTAL_PASSED, "the revocation list was fresh when the time was proven"
    after_expiry = validate(long_term, pki.anchors, now=NOW + 3 * YEAR)
    assert after_expiry.verdict is Verdict.TOTAL_PASSED, after_expiry


def test_a_document_timestamp_is_told_and_makes_the_seal_b_lta(pki: Pki) -> None:
    archived = archived_by_others(pki)
    report = validate(archived, pki.anchors, now=NOW)
    assert report.verdict is Verdict.TOTAL_PASSED, report
    assert [signature.level for signature in report.signatures] == ["B-LTA", "DTS"]
    assert validate(archived, pki.anchors, now=NOW + 3 * YEAR).verdict is Verdict.TOTAL_PASSED
    assert validate(archived + b"\nx", pki.anchors, now=NOW).reason == "BYTES_AFTER_END"


def test_a_store_that_lacks_a_cert_of_the_chain_makes_no_b_lt(pki: Pki) -> None:
    """The caller knows the CA, the file does not: whoever does not know it could not validate the file (EN 319 142-1, 6.3)."""
    laid = signed_files.with_fields(signed_files.page(), ["authority"])
    bare = signed_files.sign(
        laid, "authority", pki.authority, [pki.authority], certify=True, timestamper=pki.timestamper()
    )
    crls = (signed_files.revocation_list(pki.ca), signed_files.revocation_list(pki.root))
    tsa = pki.tsa.der
    for certs, level in (((tsa,), "B-T"), ((tsa, pki.ca.der), "B-LT")):
        data = add_validation_data(bare, RevocationEvidence(certs=certs, crls=crls))
        report = validate(data, pki.anchors, intermediates=[pki.ca.der], now=NOW)
        assert report.verdict is Verdict.TOTAL_PASSED, report
        assert [one.level for one in report.signatures] == [level]


def test_a_list_of_another_ca_takes_nothing_from_a_signer(pki: Pki) -> None:
    """The evidence in the file is a year old and was fresh when the time was proven: a CRL about others is no reason to doubt it."""
    archived = archived_by_others(pki)
    later = NOW + YEAR
    other = signed_files.issue("另一 CA", None, ca=True)
    lists = [signed_files.revocation_list(other, since=later - timedelta(hours=1), until=later + timedelta(days=1))]
    assert validate(archived, pki.anchors, now=later).verdict is Verdict.TOTAL_PASSED
    assert validate(archived, pki.anchors, crls=lists, now=later).verdict is Verdict.TOTAL_PASSED


def test_one_end_of_line_after_the_end_mark_is_nothing(two: bytes, pki: Pki) -> None:
    bare = two.rstrip(b"\r\n")
    assert validate(two, pki.anchors, now=NOW).verdict is Verdict.TOTAL_PASSED
    if bare != two:
        assert validate(bare, pki.anchors, now=NOW).verdict is Verdict.TOTAL_FAILED, "the line end was signed"
    else:
        assert validate(two + b"\n", pki.anchors, now=NOW).verdict is Verdict.TOTAL_PASSED


def test_a_report_travels_as_json_and_comes_back(two: bytes, pki: Pki) -> None:
    report = validate(two, pki.anchors, now=NOW)
    assert Report.from_json(json.loads(json.dumps(report.to_json()))) == report


def test_every_reason_has_its_sentence() -> None:
    assert set(SENTENCES) == set(Reason)
    assert all(sentence.zh.endswith("。") and sentence.en.endswith(".") for sentence in SENTENCES.values())
    assert len({sentence.zh for sentence in SENTENCES.values()}) == len(Reason)


# ---- nothing to validate


@pytest.mark.parametrize("data", [b"", b"hello", b"%PDF-", b"%PDF-1.7\n", b"PK\x03\x04" + bytes(5000), b"\0" * 9000])
def test_what_is_no_pdf_is_unreadable(data: bytes, pki: Pki) -> None:
    report = validate(data, pki.anchors, now=NOW)
    assert (report.verdict, report.integrity) == (Verdict.INDETERMINATE, Integrity.UNREADABLE)
    assert (report.reason, report.exit_code) == ("NOT_A_PDF", 3)


def test_a_pdf_without_signatures_says_so_with_fields_laid_or_not(pki: Pki) -> None:
    for data in (signed_files.page(), signed_files.with_fields(signed_files.page())):
        report = validate(data, pki.anchors, now=NOW)
        assert (report.reason, report.integrity, report.exit_code) == ("NO_SIGNATURE", Integrity.UNREADABLE, 3)


def test_an_encrypted_file_is_not_judged(pki: Pki) -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(signed_files.page())) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(owner="a", user="b"))
    report = validate(out.getvalue(), pki.anchors, now=NOW)
    assert (report.reason, report.exit_code) == ("ENCRYPTED", 3)


# ---- signers


def test_a_signer_without_a_chain_to_an_anchor_is_unknown_and_the_bytes_are_intact(two: bytes, pki: Pki) -> None:
    report = validate(two, (), now=NOW)
    assert (report.verdict, report.integrity, report.trust) == (
        Verdict.INDETERMINATE,
        Integrity.INTACT,
        Trust.UNKNOWN,
    )
    assert (report.reason, report.exit_code) == ("SIGNER_UNKNOWN", 2)


def test_a_look_alike_root_of_the_same_name_is_not_trusted(pki: Pki) -> None:
    false = Pki.make()
    assert false.root.cert.subject == pki.root.cert.subject
    report = validate(signed_files.two_seals(false), pki.anchors, now=NOW)
    assert report.verdict is Verdict.INDETERMINATE
    assert report.trust is not Trust.TRUSTED


def test_a_self_signed_look_alike_of_a_signer_is_not_trusted(pki: Pki) -> None:
    false = signed_files.issue("行政审批专用章", None)
    report = validate(seal_with(pki, false, pki.ca), pki.anchors, now=NOW)
    assert report.verdict is Verdict.INDETERMINATE
    assert report.trust is not Trust.TRUSTED


def test_a_missing_intermediate_may_be_given_by_the_caller(pki: Pki) -> None:
    data = seal_with(pki, pki.authority, pki.authority)
    assert validate(data, pki.anchors, now=NOW).reason == "SIGNER_UNKNOWN"
    assert validate(data, pki.anchors, intermediates=[pki.ca.der], now=NOW).verdict is Verdict.TOTAL_PASSED


def test_an_expired_cert_passes_when_the_time_is_proven_and_not_otherwise(pki: Pki) -> None:
    timed = seal_with(pki, pki.authority, timestamped=True)
    untimed = seal_with(pki, pki.authority)
    later = NOW + 2 * YEAR
    passed = validate(timed, pki.anchors, now=later)
    assert passed.verdict is Verdict.TOTAL_PASSED, passed
    assert passed.signatures[0].time_proven
    open_question = validate(untimed, pki.anchors, now=later)
    assert (open_question.verdict, open_question.integrity) == (Verdict.INDETERMINATE, Integrity.INTACT)
    assert open_question.signatures[0].sub_indication == "OUT_OF_BOUNDS_NO_POE"
    assert open_question.reason == "SIGNER_EXPIRED"
    assert validate(untimed, pki.anchors, at=NOW, now=later).verdict is Verdict.TOTAL_PASSED


def test_a_signature_time_stamped_only_after_its_cert_expired_does_not_pass(pki: Pki) -> None:
    short = signed_files.issue("行政审批专用章", pki.ca, until=NOW - timedelta(days=1))
    report = validate(seal_with(pki, short, timestamped=True), pki.anchors, now=NOW)
    assert (report.verdict, report.reason) == (Verdict.INDETERMINATE, "SIGNER_EXPIRED")


def test_a_cert_that_is_not_valid_yet_does_not_pass(pki: Pki) -> None:
    early = signed_files.issue("行政审批专用章", pki.ca, since=NOW + timedelta(days=1))
    assert validate(seal_with(pki, early), pki.anchors, now=NOW).verdict is Verdict.INDETERMINATE


def test_a_timestamp_of_an_unknown_authority_proves_no_time(pki: Pki) -> None:
    stranger = replace(pki, tsa=Pki.make().tsa)
    data = seal_with(stranger, pki.authority, timestamped=True)
    report = validate(data, pki.anchors, now=NOW)
    assert (report.verdict, report.reason) == (Verdict.INDETERMINATE, "TIME_NOT_PROVEN")
    assert not report.signatures[0].time_proven


def test_a_cert_for_other_uses_is_refused(pki: Pki) -> None:
    web_server = signed_files.issue("www.example.org", pki.ca, extended=[ExtendedKeyUsageOID.SERVER_AUTH])
    client = signed_files.issue("client", pki.ca, extended=[ExtendedKeyUsageOID.CLIENT_AUTH])
    no_commitment = signed_files.issue("login", pki.ca, commits=False)
    for holder in (web_server, client, no_commitment):
        report = validate(seal_with(pki, holder), pki.anchors, now=NOW)
        assert (report.verdict, report.reason) == (Verdict.INDETERMINATE, "KEY_USAGE_WRONG"), report
        assert report.trust is Trust.UNTRUSTED


def test_sha_1_and_short_rsa_keys_are_refused(pki: Pki) -> None:
    short = signed_files.issue("短密钥", pki.ca, key=signed_files.new_key(rsa_bits=1024))
    for data in (seal_with(pki, pki.authority, digest="sha1"), seal_with(pki, short)):
        report = validate(data, pki.anchors, now=NOW)
        assert (report.verdict, report.reason) == (Verdict.INDETERMINATE, "ALGORITHM_REFUSED"), report


def test_a_weak_signature_over_changed_bytes_is_false_and_not_only_weak(pki: Pki) -> None:
    data = bytearray(seal_with(pki, pki.authority, digest="sha1"))
    data[100] ^= 1
    assert validate(bytes(data), pki.anchors, now=NOW).verdict is Verdict.TOTAL_FAILED


def test_a_revoked_signer_is_refused_and_a_stale_list_never_passes(pki: Pki) -> None:
    data = seal_with(pki, pki.authority)
    revoked = signed_files.revocation_list(pki.ca, [pki.authority])
    fresh = signed_files.revocation_list(pki.ca, [pki.employer])
    stale = signed_files.revocation_list(pki.ca, since=NOW - timedelta(days=9), until=NOW - timedelta(days=2))
    refused = validate(data, pki.anchors, crls=[revoked], now=NOW)
    assert (refused.verdict, refused.trust, refused.reason) == (
        Verdict.INDETERMINATE,
        Trust.UNTRUSTED,
        "SIGNER_REVOKED",
    )
    assert validate(data, pki.anchors, crls=[fresh], now=NOW).verdict is Verdict.TOTAL_PASSED
    unsure = validate(data, pki.anchors, crls=[stale], now=NOW)
    assert (unsure.verdict, unsure.reason) == (Verdict.INDETERMINATE, "REVOCATION_UNKNOWN"), unsure


def test_a_seal_proven_before_its_cert_was_revoked_stays_good(pki: Pki) -> None:
    data = seal_with(pki, pki.authority, timestamped=True)
    later = NOW + timedelta(days=60)
    since_then = signed_files.revocation_list(
        pki.ca,
        [pki.authority],
        revoked_at=NOW + timedelta(days=30),
        since=later - timedelta(hours=1),
        until=later + timedelta(days=1),
    )
    before = signed_files.revocation_list(
        pki.ca, [pki.authority], since=later - timedelta(hours=1), until=later + timedelta(days=1)
    )
    assert validate(data, pki.anchors, crls=[since_then], now=later).verdict is Verdict.TOTAL_PASSED
    assert validate(data, pki.anchors, crls=[before], now=later).reason == "SIGNER_REVOKED"


def test_all_is_expired_one_day(two: bytes, pki: Pki) -> None:
    report = validate(two, pki.anchors, now=LATER_THAN_ALL_CERTS)
    assert (report.verdict, report.integrity) == (Verdict.INDETERMINATE, Integrity.INTACT)


def test_a_caller_that_gives_nonsense_for_an_anchor_is_told(two: bytes) -> None:
    with pytest.raises(ValueError, match="Insufficient data"):
        validate(two, [b"nonsense"], now=NOW)


# ---- the register


def test_what_we_sealed_and_issued_is_genuine_by_the_register(two: bytes, pki: Pki) -> None:
    report = validate(two, pki.anchors, now=NOW, register=lambda sha256: True, own_certs={pki.authority.sha256})
    assert (report.verdict, report.reason) == (Verdict.TOTAL_PASSED, "GENUINE_REGISTERED")


def test_what_bears_our_seal_but_was_never_issued_is_an_alarm(two: bytes, pki: Pki) -> None:
    asked: list[str] = []

    def register(sha256: str) -> bool:
        asked.append(sha256)
        return False

    report = validate(two, pki.anchors, now=NOW, register=register, own_certs={pki.authority.sha256})
    assert (report.verdict, report.reason) == (Verdict.INDETERMINATE, "NOT_IN_REGISTER")
    assert report.sentence.zh.startswith("警告")
    assert asked == [report.sha256]


def test_the_register_is_not_asked_about_files_of_others(two: bytes, pki: Pki) -> None:
    def register(sha256: str) -> bool:
        raise AssertionError(sha256)

    assert validate(two, pki.anchors, now=NOW, register=register, own_certs={"00" * 32}).reason == "GENUINE"


def test_a_changed_file_stays_failed_whatever_the_register_says(two: bytes, pki: Pki) -> None:
    changed = attacks.replace_page(two)
    for known in (True, False):
        report = validate(
            changed, pki.anchors, now=NOW, register=lambda sha256, known=known: known, own_certs={pki.authority.sha256}
        )
        assert report.verdict is Verdict.TOTAL_FAILED
        assert report.reason == "LOCK_BROKEN"


# ---- in a process of its own, and beside an event loop


def test_the_isolated_answer_is_the_same(two: bytes, pki: Pki) -> None:
    options = {"register": lambda sha256: True, "own_certs": {pki.authority.sha256}}
    assert validate_isolated(two, pki.anchors, now=NOW, **options) == validate(two, pki.anchors, now=NOW, **options)
    assert validate_isolated(two, (), at=NOW, now=NOW) == validate(two, (), at=NOW, now=NOW)


def test_validation_may_be_called_where_an_event_loop_runs(two: bytes, pki: Pki) -> None:
    async def within() -> Report:
        return validate(two, pki.anchors, now=NOW)

    assert asyncio.run(within()).verdict is Verdict.TOTAL_PASSED


# ---- an independent judge


@pytest.mark.skipif(
    not (shutil.which("pdfsig") and shutil.which("certutil")), reason="pdfsig or certutil is not installed"
)
def test_pdfsig_agrees_on_a_genuine_file(two: bytes, pki: Pki, tmp_path: Path) -> None:
    (tmp_path / "two.pdf").write_bytes(two)
    (tmp_path / "root.pem").write_bytes(pki.root.cert.public_bytes(serialization.Encoding.PEM))
    store = f"sql:{tmp_path / 'nss'}"
    (tmp_path / "nss").mkdir()
    subprocess.run(["certutil", "-N", "-d", store, "--empty-password"], check=True)
    subprocess.run(
        ["certutil", "-A", "-d", store, "-n", "root", "-t", "CT,C,C", "-i", str(tmp_path / "root.pem")], check=True
    )
    said = subprocess.run(
        ["pdfsig", "-nssdir", store, str(tmp_path / "two.pdf")], check=False, capture_output=True, text=True
    ).stdout
    assert said.count("Signature is Valid.") == 2, said
    assert said.count("Total document signed") >= 1, said
