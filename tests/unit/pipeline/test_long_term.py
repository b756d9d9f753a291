"""长期有效: every level keeps the rules of EN 319 142-1, 6.3, and is what others say it is, without asking anybody."""

from __future__ import annotations

import asyncio
import dataclasses
import io
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pikepdf
import pytest
from asn1crypto import cms, ocsp, x509
from cryptography import x509 as cx509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESPassed
from pyhanko.sign.diff_analysis import DiffResult, ModificationLevel
from pyhanko.sign.validation.ades import (
    ades_basic_validation,
    ades_lta_validation,
    ades_with_time_validation,
    simulate_future_ades_lta_validation,
)
from pyhanko.sign.validation.policy_decl import (
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko_certvalidator.authority import CertTrustAnchor
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy, RevocationCheckingPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager

from signing_service.domain.documents import PadesLevel, SealedPdf
from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyRef, RevocationEvidence, TimeStamp
from signing_service.domain.verdicts import Verdict
from signing_service.pipeline.extend import TrustServices, extend, last_time_stamp, renew, stamp_term
from signing_service.pipeline.lay_out import as_it_stands
from signing_service.pipeline.long_term import add_document_time_stamp, add_validation_data
from signing_service.pipeline.prove import check_lasting, prove
from signing_service.pipeline.seal import seal
from signing_service.pipeline.validate import foresee, validate
from signing_service.trust.description import Profile
from signing_service.trust.issue import Validity
from signing_service.trust.tsa import EmbeddedTsa
from tests.factories_pki import add_key
from tests.factories_revocation import TestRevocation
from tests.unit.pipeline.sealing import (
    ADDRESS,
    AUTHORITY,
    KEYS,
    LICENCE,
    NOTICE,
    PLATFORM,
    TSA,
    Keyring,
    signable,
)

LEVELS = tuple(PadesLevel)
LONG_TERM = (PadesLevel.B_LT, PadesLevel.B_LTA)
every_level = pytest.mark.parametrize("level", LEVELS)

FORBIDDEN_ATTRIBUTES = {
    "1.2.840.113549.1.9.16.2.21",  # complete-certificate-references
    "1.2.840.113549.1.9.16.2.22",  # complete-revocation-references
    "1.2.840.113549.1.9.16.2.23",  # certificate-values
    "1.2.840.113549.1.9.16.2.24",  # revocation-values
    "1.2.840.113549.1.9.16.2.26",  # time-stamped-certs-crls-references
    "1.2.840.113549.1.9.16.2.27",  # archive-time-stamp
}


_LOOKED_INTO: list[pikepdf.Pdf] = []


def at_level(level: PadesLevel, keyring: Keyring, revocation: TestRevocation) -> SealedPdf:
    """The licence, sealed by the authority at B-T, or B-B with the others, and closed by the platform at ``level``."""
    first = PadesLevel.B_B if level is PadesLevel.B_B else PadesLevel.B_T
    sealed = keyring.sealed(signable(LICENCE), AUTHORITY, level=first)
    return seal(
        sealed, PLATFORM, keyring.keys, KEYS[PLATFORM], keyring.now,
        level=level, tsa=keyring.tsa, services=services(keyring, revocation),
    )  # fmt: skip


def services(keyring: Keyring, revocation: TestRevocation) -> TrustServices:
    return TrustServices(keyring.tsa, revocation, keyring.pki.intermediates())


@pytest.fixture(scope="module")
def revocation(keyring: Keyring) -> TestRevocation:
    return TestRevocation(keyring.pki)


@pytest.fixture(scope="module")
def licences(keyring: Keyring, revocation: TestRevocation) -> dict[PadesLevel, SealedPdf]:
    return {level: at_level(level, keyring, revocation) for level in LEVELS}


def filled(data: bytes) -> list[pikepdf.Object]:
    """The signature dictionaries, in the order of their fields. They are gone when their file is closed."""
    pdf = pikepdf.open(io.BytesIO(data))
    _LOOKED_INTO.append(pdf)
    return [field.V for field in pdf.Root.AcroForm.Fields if "/V" in field]


def signed_data(value: pikepdf.Object) -> cms.SignedData:
    return cms.ContentInfo.load(bytes(value.Contents), strict=False)["content"]


def store_of(data: bytes) -> dict[str, list[bytes]]:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return {key: [one.read_bytes() for one in pdf.Root.DSS.get(key, [])] for key in ("/Certs", "/OCSPs", "/CRLs")}


# ---- the rules of EN 319 142-1, 6.3


@every_level
def test_a_signature_dictionary_has_what_it_must_and_no_cert(
    level: PadesLevel, licences: dict[PadesLevel, SealedPdf]
) -> None:
    for value in list(filled(licences[level].data))[:2]:
        assert value.SubFilter == pikepdf.Name("/ETSI.CAdES.detached")
        assert {"/M", "/Contents", "/Filter", "/ByteRange"} <= set(value.keys())
        assert "/Cert" not in value
        assert "/Reason" not in value


@every_level
def test_the_cms_has_one_signer_no_content_no_signing_time_and_names_its_cert(
    level: PadesLevel, licences: dict[PadesLevel, SealedPdf]
) -> None:
    for value in list(filled(licences[level].data))[:2]:
        signed = signed_data(value)
        (signer,) = signed["signer_infos"]
        assert signed["encap_content_info"]["content_type"].native == "data"
        assert signed["encap_content_info"]["content"].native is None
        names = [attribute["type"].native for attribute in signer["signed_attrs"]]
        assert sorted(names) == ["content_type", "message_digest", "signing_certificate_v2"]
        unsigned = [attribute["type"] for attribute in signer["unsigned_attrs"] or ()]
        assert not FORBIDDEN_ATTRIBUTES & {one.dotted for one in unsigned}
        wanted = [] if level is PadesLevel.B_B else ["signature_time_stamp_token"]
        assert [one.native for one in unsigned] == wanted


@pytest.mark.parametrize("level", LONG_TERM)
def test_the_store_holds_every_cert_and_word_on_it_of_signers_and_authorities_once(
    level: PadesLevel, licences: dict[PadesLevel, SealedPdf], keyring: Keyring
) -> None:
    store = store_of(licences[level].data)
    held = {x509.Certificate.load(der).sha256 for der in store["/Certs"]}
    chains = [keyring.keys.signing_cert(key) for key in (KEYS[AUTHORITY], KEYS[PLATFORM], KeyRef("soft", "tsa"))]
    for chain in chains:
        assert {x509.Certificate.load(der).sha256 for der in (chain.cert, *chain.chain)} <= held
    spoken_of = {
        single["cert_id"]["serial_number"].native
        for der in store["/OCSPs"]
        for single in ocsp.OCSPResponse.load(der).response_data["responses"]
    }
    assert spoken_of == {x509.Certificate.load(chain.cert).serial_number for chain in chains}
    assert store["/CRLs"], "the root's, about its CAs"
    for values in store.values():
        assert len(set(values)) == len(values)


def test_the_document_time_stamp_is_made_as_the_norm_has_it_and_covers_everything(
    licences: dict[PadesLevel, SealedPdf], keyring: Keyring
) -> None:
    data = licences[PadesLevel.B_LTA].data
    *_, stamp = filled(data)
    assert (stamp.Type, stamp.SubFilter) == (pikepdf.Name.DocTimeStamp, pikepdf.Name("/ETSI.RFC3161"))
    assert set(stamp.keys()) == {"/Type", "/Filter", "/SubFilter", "/Contents", "/ByteRange"}
    zero, hole, after, rest = (int(number) for number in stamp.ByteRange)
    assert (zero, after + rest) == (0, len(data))
    assert data[hole] == ord("<")
    assert data[after - 1] == ord(">")
    with pikepdf.open(io.BytesIO(data)) as pdf:
        field = pdf.Root.AcroForm.Fields[-1]
        assert [float(number) for number in field.Rect] == [0, 0, 0, 0]
        assert field.objgen in [annotation.objgen for annotation in pdf.pages[0].obj.Annots]
    report = keyring.validated(data)
    assert [(one.role, one.level, one.covers) for one in report.signatures] == [
        ("authority", "B-LTA", "revision"), ("platform", "B-LTA", "revision"), ("", "DTS", "whole_file"),
    ]  # fmt: skip


@every_level
def test_each_level_is_reached_and_reported(
    level: PadesLevel, licences: dict[PadesLevel, SealedPdf], keyring: Keyring
) -> None:
    report = keyring.validated(licences[level].data)
    assert report.verdict is Verdict.TOTAL_PASSED, report
    assert {one.level for one in report.signatures if one.level != "DTS"} == {level}
    assert as_it_stands(licences[level].data).fields == (AUTHORITY, PLATFORM)


def test_each_level_goes_on_from_the_file_of_the_one_before(
    licences: dict[PadesLevel, SealedPdf], keyring: Keyring
) -> None:
    sealed = licences[PadesLevel.B_T]
    for level in LONG_TERM:
        grown = extend(sealed, level, services(keyring, TestRevocation(keyring.pki)), keyring.now)
        assert grown.data.startswith(sealed.data)
        assert (grown.fields, grown.filled, grown.proven_at) == (sealed.fields, sealed.filled, sealed.proven_at)


# ---- what others say


def test_the_difference_analysis_of_pyhanko_permits_store_and_time_stamp_behind_the_lock(
    licences: dict[PadesLevel, SealedPdf],
) -> None:
    for level in LONG_TERM:
        reader = PdfFileReader(io.BytesIO(licences[level].data))
        for signature in reader.embedded_regular_signatures:
            signature.compute_integrity_info()
            assert isinstance(signature.diff_result, DiffResult), signature.diff_result
        last = reader.embedded_regular_signatures[-1]
        assert isinstance(last.diff_result, DiffResult)
        assert last.diff_result.modification_level is ModificationLevel.LTA_UPDATES
        assert last.docmdp_level is not None or last.fieldmdp is not None


def strict(keyring: Keyring) -> SignatureValidationSpec:
    """What a stranger asks who has no line: revocation data for every cert, from the file. It is the issuing CAs that
    are trusted: the library's past validation cannot use a CRL that the trust anchor itself has signed.
    """
    roots = [CertTrustAnchor(x509.Certificate.load(der)) for der in keyring.pki.intermediates()]
    policy = CertValidationPolicySpec(
        trust_manager=SimpleTrustManager.build(trust_roots=roots),
        revinfo_policy=CertRevTrustPolicy(REQUIRE_REVINFO, retroactive_revinfo=True),
        time_tolerance=timedelta(seconds=30),
    )
    return SignatureValidationSpec(
        cert_validation_policy=policy,
        revinfo_gathering_policy=RevocationInfoGatheringSpec(RevinfoOnlineFetchingRule.LOCAL_ONLY),
    )


def test_pyhanko_validates_a_b_lta_file_for_the_long_term_offline(
    licences: dict[PadesLevel, SealedPdf], keyring: Keyring
) -> None:
    reader = PdfFileReader(io.BytesIO(licences[PadesLevel.B_LTA].data))
    spec = PdfSignatureValidationSpec(strict(keyring))
    for signature in reader.embedded_regular_signatures:
        now = ValidationTimingInfo.now()
        assert asyncio.run(ades_lta_validation(signature, spec, now)).ades_subindic is AdESPassed.OK
        in_five_years = keyring.now + timedelta(days=5 * 365)
        result = asyncio.run(simulate_future_ades_lta_validation(signature, spec, in_five_years))
        assert result.ades_subindic is AdESPassed.OK, result.failure_msg


def test_pyhanko_validates_the_lower_levels_as_far_as_they_go(
    licences: dict[PadesLevel, SealedPdf], keyring: Keyring
) -> None:
    lenient = strict(keyring)
    lenient = dataclasses.replace(
        lenient,
        cert_validation_policy=dataclasses.replace(
            lenient.cert_validation_policy,
            revinfo_policy=CertRevTrustPolicy(RevocationCheckingPolicy.from_legacy("soft-fail")),
        ),
    )
    for level, ask in ((PadesLevel.B_B, ades_basic_validation), (PadesLevel.B_T, ades_with_time_validation)):
        for signature in PdfFileReader(io.BytesIO(licences[level].data)).embedded_regular_signatures:
            result = asyncio.run(
                ask(
                    signature.signed_data, lenient,
                    timing_info=ValidationTimingInfo.now(), raw_digest=signature.compute_digest(),
                )
            )  # fmt: skip
            assert result.ades_subindic is AdESPassed.OK


@every_level
def test_qpdf_and_pdfsig_find_nothing_wrong(
    level: PadesLevel, licences: dict[PadesLevel, SealedPdf], tmp_path: Path
) -> None:
    path = tmp_path / "licence.pdf"
    path.write_bytes(licences[level].data)
    for program in ("qpdf", "pdfsig"):
        if not shutil.which(program):
            pytest.skip(f"not run on this machine: {program} is not installed")
    checked = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "WARNING" not in checked.stdout + checked.stderr
    said = subprocess.run(["pdfsig", "-no-ocsp", path], capture_output=True, text=True).stdout
    assert said.count("Signature is Valid.") == 2, said
    assert said.count("Signature #") == (3 if level is PadesLevel.B_LTA else 2), "the document time stamp is seen"
    assert "Total document signed" in said or level is PadesLevel.B_LT


@pytest.mark.parametrize("level", LONG_TERM)
def test_openssl_verifies_the_document_time_stamp_over_its_byte_range(
    level: PadesLevel, licences: dict[PadesLevel, SealedPdf], keyring: Keyring, tmp_path: Path
) -> None:
    if not shutil.which("openssl"):
        pytest.skip("not run on this machine: openssl is not installed")
    data = licences[level].data
    stamps = [value for value in filled(data) if value.SubFilter == pikepdf.Name("/ETSI.RFC3161")]
    assert len(stamps) == (level is PadesLevel.B_LTA)
    pem = [cx509.load_der_x509_certificate(der).public_bytes(Encoding.PEM) for der in keyring.pki.anchors()]
    (tmp_path / "root.pem").write_bytes(b"".join(pem))
    for stamp in stamps:
        _, hole, after, rest = (int(number) for number in stamp.ByteRange)
        (tmp_path / "data").write_bytes(data[:hole] + data[after : after + rest])
        token = cms.ContentInfo.load(bytes(stamp.Contents), strict=False).dump()
        (tmp_path / "token").write_bytes(token)
        answer = subprocess.run(
            ["openssl", "ts", "-verify", "-in", tmp_path / "token", "-token_in", "-data", tmp_path / "data",
             "-CAfile", tmp_path / "root.pem"],
            capture_output=True, text=True,
        )  # fmt: skip
        assert answer.returncode == 0, answer.stderr


# ---- the two updates


def test_the_same_evidence_makes_the_same_bytes_and_nothing_is_stored_twice(
    licences: dict[PadesLevel, SealedPdf], keyring: Keyring
) -> None:
    source = TestRevocation(keyring.pki)
    chain = keyring.keys.signing_cert(KEYS[AUTHORITY])
    evidence = source.evidence((chain.cert, *chain.chain), keyring.now)
    base = licences[PadesLevel.B_T].data
    once = add_validation_data(base, evidence)
    assert once == add_validation_data(base, evidence)
    assert add_validation_data(once, evidence) == once, "there is nothing to add"
    doubled = RevocationEvidence(evidence.certs * 2, evidence.ocsps * 2, evidence.crls * 2)
    assert add_validation_data(base, doubled) == once


def test_a_store_that_is_there_is_added_to_and_loses_nothing(
    licences: dict[PadesLevel, SealedPdf], keyring: Keyring
) -> None:
    before = licences[PadesLevel.B_LT].data
    more = RevocationEvidence(certs=(keyring.keys.signing_cert(KeyRef("soft", "enterprise-9136010099900011xn")).cert,))
    after = add_validation_data(before, more)
    assert after.startswith(before)
    old, new = store_of(before), store_of(after)
    assert new == {**old, "/Certs": [*old["/Certs"], *more.certs]}
    assert keyring.validated(after).verdict is Verdict.TOTAL_PASSED


def test_a_file_without_a_form_takes_no_document_time_stamp(keyring: Keyring) -> None:
    empty = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(empty)
    with pytest.raises(Problem) as refusal:
        add_document_time_stamp(empty.getvalue(), keyring.tsa)
    assert refusal.value.code == "FILE_STRUCTURE"


# ---- authorities that answer, or do not


@dataclasses.dataclass
class Turns:
    """A pool whose authorities answer in turn."""

    authorities: list[EmbeddedTsa]
    asked: int = 0

    def time_stamp(self, digest: bytes) -> TimeStamp:
        self.asked += 1
        return self.authorities[self.asked % len(self.authorities)].time_stamp(digest)


def test_the_evidence_covers_whichever_authority_of_a_pool_stamped(
    licences: dict[PadesLevel, SealedPdf], keyring: Keyring
) -> None:
    terms = Validity(keyring.now - timedelta(days=1), keyring.now + timedelta(days=700))
    other = add_key(keyring.pki, "tsa-other", issuer="enterprise", profile=Profile.TSA, validity=terms)
    pool = Turns([keyring.tsa, EmbeddedTsa.of(keyring.keys, other, lambda: keyring.now)])
    asked = TrustServices(pool, TestRevocation(keyring.pki), keyring.pki.intermediates())
    data = extend(licences[PadesLevel.B_T], PadesLevel.B_LTA, asked, keyring.now).data
    assert len([value for value in filled(data) if value.SubFilter == pikepdf.Name("/ETSI.RFC3161")]) == 1
    assert foresee(
        data, keyring.pki.anchors(), intermediates=keyring.pki.intermediates(),
        then=keyring.now + timedelta(days=3653), now=keyring.now,
    ).then.verdict is Verdict.TOTAL_PASSED  # fmt: skip


@pytest.mark.parametrize("level", LONG_TERM)
def test_no_evidence_no_level_and_what_was_sealed_is_as_it_was(
    level: PadesLevel, licences: dict[PadesLevel, SealedPdf], keyring: Keyring
) -> None:
    source = TestRevocation(keyring.pki, down=1)
    with pytest.raises(Problem) as refusal:
        extend(licences[PadesLevel.B_T], level, services(keyring, source), keyring.now)
    assert refusal.value.code == "REVOCATION_UNAVAILABLE"
    assert extend(licences[PadesLevel.B_T], level, services(keyring, source), keyring.now).complete


def test_a_cert_that_was_revoked_before_its_time_stamp_is_told(
    licences: dict[PadesLevel, SealedPdf], keyring: Keyring
) -> None:
    """At the very second of the stamp is before it: nobody can tell which came first."""
    source = TestRevocation(keyring.pki)
    source.revoke(keyring.keys.signing_cert(KEYS[AUTHORITY]).cert, keyring.now)
    with pytest.raises(Problem) as refusal:
        extend(licences[PadesLevel.B_T], PadesLevel.B_LTA, services(keyring, source), keyring.now)
    assert refusal.value.code == "CERT_REVOKED"


@pytest.mark.parametrize("level", LONG_TERM)
def test_a_cert_that_was_revoked_after_its_time_stamp_keeps_nothing_waiting(
    level: PadesLevel, licences: dict[PadesLevel, SealedPdf], keyring: Keyring
) -> None:
    """The revocation goes into the file, and the signature was made before it: EN 319 102-1, 5.5.4."""
    later = keyring.now + timedelta(hours=1)
    source = TestRevocation(keyring.pki)
    source.revoke(keyring.keys.signing_cert(KEYS[PLATFORM]).cert, keyring.now + timedelta(minutes=5))
    stamping = EmbeddedTsa.of(keyring.keys, TSA, lambda: later)
    asked = TrustServices(stamping, source, keyring.pki.intermediates())
    data = extend(licences[PadesLevel.B_T], level, asked, later).data
    anchors, pool = keyring.pki.anchors(), keyring.pki.intermediates()
    for days in (0, 400):
        at = later + timedelta(days=days)
        report = validate(data, anchors, intermediates=pool, at=at, now=later)
        assert (report.verdict, report.reason) == (Verdict.TOTAL_PASSED, "GENUINE"), days
    if level is PadesLevel.B_LTA:
        assert check_lasting(data, anchors, pool, later).verdict is Verdict.TOTAL_PASSED


def test_a_signature_without_a_time_stamp_is_worth_nothing_once_its_cert_is_revoked(
    licences: dict[PadesLevel, SealedPdf], keyring: Keyring
) -> None:
    source = TestRevocation(keyring.pki)
    source.revoke(keyring.keys.signing_cert(KEYS[PLATFORM]).cert, keyring.now + timedelta(minutes=5))
    with pytest.raises(Problem) as refusal:
        extend(licences[PadesLevel.B_B], PadesLevel.B_LTA, services(keyring, source), keyring.now + timedelta(hours=1))
    assert refusal.value.code == "CERT_REVOKED"


# ---- in years to come


def report_in(years: float, data: bytes, keyring: Keyring) -> tuple[Verdict, str]:
    at = keyring.now + timedelta(days=365.25 * years)
    report = validate(data, keyring.pki.anchors(), intermediates=keyring.pki.intermediates(), at=at, now=keyring.now)
    return report.verdict, report.reason


def test_a_document_time_stamp_keeps_a_file_valid_after_the_certs_of_its_signers_ran_out(
    licences: dict[PadesLevel, SealedPdf], keyring: Keyring
) -> None:
    """Signers' certs live three years, the authority's eight; nobody is asked, and the evidence is a day old in a day."""
    data = licences[PadesLevel.B_LTA].data
    for years in (0.01, 1, 3.5, 7.9):
        assert report_in(years, data, keyring) == (Verdict.TOTAL_PASSED, "GENUINE")
    assert report_in(8.1, data, keyring) == (Verdict.INDETERMINATE, "SIGNER_EXPIRED")
    assert report_in(3.5, licences[PadesLevel.B_B].data, keyring) == (Verdict.INDETERMINATE, "SIGNER_EXPIRED")


def test_only_what_has_its_evidence_is_foreseen_to_last(
    licences: dict[PadesLevel, SealedPdf], keyring: Keyring
) -> None:
    asked = {PLATFORM: PadesLevel.B_LTA}
    anchors, intermediates = keyring.pki.anchors(), keyring.pki.intermediates()
    proven = prove(licences[PadesLevel.B_LTA], ADDRESS, anchors, intermediates, keyring.now, asked)
    assert proven.data == licences[PadesLevel.B_LTA].data
    for level in LEVELS[:-1]:
        with pytest.raises(Problem) as refusal:
            prove(licences[level], ADDRESS, anchors, intermediates, keyring.now, asked)
        assert refusal.value.code == "PROOF_FAILED"
        assert f"authority is {level}, not B-LTA" in refusal.value.en


def test_a_file_that_lacks_the_evidence_for_one_signature_is_not_foreseen_to_last(
    licences: dict[PadesLevel, SealedPdf], keyring: Keyring, revocation: TestRevocation
) -> None:
    chain = keyring.keys.signing_cert(KEYS[PLATFORM])
    partly = add_validation_data(
        licences[PadesLevel.B_T].data, revocation.evidence((chain.cert, *chain.chain), keyring.now)
    )
    stamped, _ = add_document_time_stamp(partly, keyring.tsa)
    with pytest.raises(Problem) as refusal:
        check_lasting(stamped, keyring.pki.anchors(), keyring.pki.intermediates(), keyring.now)
    assert refusal.value.code == "PROOF_FAILED"
    assert "authority is B-T, not B-LTA" in refusal.value.en


def test_three_generations_of_time_stamps_hold_after_every_cert_of_the_first_ran_out(
    licences: dict[PadesLevel, SealedPdf], keyring: Keyring
) -> None:
    """The clock moves; each authority's cert lives two years and the next one stamps before it ends."""
    revocation = TestRevocation(keyring.pki)
    pdf = licences[PadesLevel.B_T]
    data = pdf.data
    years = [0.0, 1.9, 2.8]
    for generation, passed in enumerate(years):
        now = keyring.now + timedelta(days=365.25 * passed)
        term = Validity(now - timedelta(days=1), now + timedelta(days=730))
        key = add_key(keyring.pki, f"tsa-{generation}", issuer="authority", profile=Profile.TSA, validity=term)
        tsa = EmbeddedTsa.of(keyring.keys, key, lambda now=now: now)  # type: ignore[misc]
        asked = TrustServices(tsa, revocation, keyring.pki.intermediates())
        before = data
        data = renew(data, asked, now)[0] if generation else extend(pdf, PadesLevel.B_LTA, asked, now).data
        assert data.startswith(before)
        stamp = stamp_term(data)
        assert stamp is not None
        assert (stamp.until, stamp.algorithms) == (term.not_after, ("sha256", "ecdsa-p256"))
        assert report_in(passed + 0.01, data, keyring)[0] is Verdict.TOTAL_PASSED
    assert report_in(4.7, data, keyring) == (Verdict.TOTAL_PASSED, "GENUINE")
    assert report_in(4.9, data, keyring) == (Verdict.INDETERMINATE, "SIGNER_EXPIRED")
    assert last_time_stamp(data) is not None
    assert [value.SubFilter for value in filled(data)].count(pikepdf.Name("/ETSI.RFC3161")) == 3


def test_what_has_no_document_time_stamp_is_not_renewed(keyring: Keyring, revocation: TestRevocation) -> None:
    notice = keyring.sealed(signable(NOTICE), AUTHORITY, level=PadesLevel.B_T)
    assert stamp_term(notice.data) is None
    with pytest.raises(Problem) as refusal:
        renew(notice.data, services(keyring, revocation), keyring.now)
    assert refusal.value.code == "ARCHIVE_WITHOUT_TIME_STAMP"


# ---- touched


def covered_places(data: bytes) -> dict[str, int]:
    """One byte in each part that the two updates added, and one before them."""
    *_, stamp = filled(data)
    _, hole, after, rest = (int(number) for number in stamp.ByteRange)
    base = data.rfind(b"%%EOF", 0, data.rfind(b"%%EOF", 0, data.rfind(b"%%EOF")))
    places = {"the page": 2000, "the end of what was sealed": base + 1}
    for what, value in (("a cert", "/Certs"), ("an OCSP response", "/OCSPs"), ("a CRL", "/CRLs")):
        places[what] = data.find(store_of(data)[value][0], base) + 40
    places["the store"] = data.find(b"/OCSPs[", base) + 3
    places["the catalog"] = data.rfind(b"/DSS ", 0, hole) + 5
    places["the cross-reference of the store"] = data.rfind(b"xref\n", 0, hole) + 12
    places["the time stamp's dictionary"] = data.rfind(b"/SubFilter", 0, hole) + 15
    imprint = signed_data(stamp)["encap_content_info"]["content"].parsed["message_imprint"]["hashed_message"].native
    places["what the token says"] = data.find(imprint.hex().encode(), hole) + 9
    places["the signature of the token"] = hole + 2 * len(signed_data(stamp).dump()) - 40
    places["the field"] = data.find(b"/T(document_time_stamp", after) + 8
    places["the last table"] = data.rfind(b"\nxref\n") + 14
    places["the trailer"] = after + rest - 60
    return places


def test_a_byte_flipped_in_any_covered_part_fails(licences: dict[PadesLevel, SealedPdf], keyring: Keyring) -> None:
    """Save one change that is none: a hex digit of the token written as a capital says the same."""
    data = licences[PadesLevel.B_LTA].data
    for what, place in covered_places(data).items():
        for bit in (0x01, 0x20):
            if "token" in what and bit == 0x20 and chr(data[place]).isalpha():
                continue
            touched = bytearray(data)
            touched[place] ^= bit
            assert keyring.validated(bytes(touched)).verdict is not Verdict.TOTAL_PASSED, (what, bit)


def test_a_touched_store_or_stamp_is_told_as_changed(licences: dict[PadesLevel, SealedPdf], keyring: Keyring) -> None:
    data = licences[PadesLevel.B_LTA].data
    places = covered_places(data)
    for what in ("a cert", "an OCSP response", "a CRL"):
        touched = bytearray(data)
        touched[places[what]] ^= 0x01
        assert keyring.validated(bytes(touched)).verdict is Verdict.TOTAL_FAILED, what


def test_a_file_whose_time_stamp_was_cut_off_is_what_it_was_before_and_no_more(
    licences: dict[PadesLevel, SealedPdf], keyring: Keyring
) -> None:
    data = licences[PadesLevel.B_LTA].data
    cut = data[: data.rfind(b"%%EOF", 0, data.rfind(b"%%EOF")) + 6]
    report = keyring.validated(cut)
    assert {one.level for one in report.signatures} == {"B-LT"}


def test_a_report_foresees_what_is_foreseen(licences: dict[PadesLevel, SealedPdf], keyring: Keyring) -> None:
    then = keyring.now + timedelta(days=3653)
    report = validate(
        licences[PadesLevel.B_LTA].data,
        keyring.pki.anchors(),
        intermediates=keyring.pki.intermediates(),
        now=keyring.now,
        then=then,
    )
    assert report.foreseen is not None
    assert (report.foreseen.at, report.foreseen.verdict) == (then.isoformat(), Verdict.TOTAL_PASSED)
