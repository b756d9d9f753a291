"""Whether the one who signed is known to us, and at which time that has to be asked.

The dispatch of EN 319 102-1: with a signature timestamp validation with time (5.5), else basic validation (5.3);
where the present does not suffice and a document timestamp follows, long-term validation (5.6). Nothing is ever
fetched: what is not in the file or given by the caller does not exist.
"""

from __future__ import annotations

import dataclasses
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from asn1crypto import cms, crl, ocsp, x509
from pyhanko.sign.ades.report import AdESFailure, AdESIndeterminate, AdESPassed, AdESSubIndic
from pyhanko.sign.general import CMSExtractionError, extract_certificate_info, find_cms_attribute_iter
from pyhanko.sign.validation import KeyUsageConstraints
from pyhanko.sign.validation.ades import (
    AdESBasicValidationResult,
    ades_basic_validation,
    ades_lta_validation,
    ades_timestamp_validation,
)
from pyhanko.sign.validation.generic_cms import message_imprint_checker
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.policy_decl import (
    CertificateFetchingRule,
    LocalKnowledge,
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko.sign.validation.utils import CMSAlgorithmUsagePolicy
from pyhanko_certvalidator.authority import CertTrustAnchor
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.fetchers.api import FetcherBackend, Fetchers
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import (
    AcceptAllAlgorithms,
    CertRevTrustPolicy,
    DisallowWeakAlgorithmsPolicy,
    RevocationCheckingPolicy,
    RevocationCheckingRule,
)
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.revinfo.archival import CRLContainer, OCSPContainer

from signing_service.domain.verdicts import Trust, Verdict
from signing_service.pipeline.validate.limits import Limits
from signing_service.pipeline.validate.own_signers import Believed
from signing_service.pipeline.validate.sentences import Reason

SHORTEST_RSA = 2048
DOCUMENT_SIGNING = frozenset(
    {"email_protection", "microsoft_document_signing", "1.3.6.1.5.5.7.3.36", "1.2.840.113583.1.1.5"}
)
"""Extended key usages under which a document may be signed, if the cert names any (RFC 5280, 4.2.1.12; RFC 9336)."""

_ALGORITHMS = DisallowWeakAlgorithmsPolicy(rsa_key_size_threshold=SHORTEST_RSA)
_KEY_USAGE = KeyUsageConstraints(
    key_usage={"non_repudiation"}, extd_key_usage=set(DOCUMENT_SIGNING), explicit_extd_key_usage_required=False
)
_HELPED_BY_PROOF_OF_TIME = frozenset(
    {
        AdESIndeterminate.REVOKED_NO_POE,
        AdESIndeterminate.REVOKED_CA_NO_POE,
        AdESIndeterminate.OUT_OF_BOUNDS_NO_POE,
        AdESIndeterminate.OUT_OF_BOUNDS_NOT_REVOKED,
        AdESIndeterminate.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
        AdESIndeterminate.REVOCATION_OUT_OF_BOUNDS_NO_POE,
        AdESIndeterminate.TRY_LATER,
        AdESIndeterminate.NO_POE,
        # what the library says when a CA cert above the signer has run out
        AdESIndeterminate.CERTIFICATE_CHAIN_GENERAL_FAILURE,
    }
)

# pyHanko logs a line for every hostile file; the report already says it
logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL)


class _Nothing(FetcherBackend):
    def get_fetchers(self) -> Fetchers:
        raise RuntimeError("validation never fetches")


@dataclass(frozen=True, slots=True)
class Evidence:
    """Revocation data and certs at hand, from the caller or from the document security store."""

    certs: tuple[x509.Certificate, ...] = ()
    crls: tuple[crl.CertificateList, ...] = ()
    ocsps: tuple[ocsp.OCSPResponse, ...] = ()

    def __add__(self, other: Evidence) -> Evidence:
        return Evidence(self.certs + other.certs, self.crls + other.crls, self.ocsps + other.ocsps)

    def speaks_of(self, cert: x509.Certificate) -> bool:
        """Whether there is a CRL or OCSP response about this cert, fresh or not."""
        return any(found.issuer == cert.issuer for found in self.crls) or any(
            single["cert_id"]["serial_number"].native == cert.serial_number
            for response in self.ocsps
            if response["response_status"].native == "successful"
            for single in response.response_data["responses"]
        )

    def about(self, signed: cms.SignedData) -> Evidence:
        """Without what speaks of others' certs alone: the library takes each such OCSP response and CRL for a
        contradiction, and then cannot tell data that is merely old.
        """
        if not self.crls and not self.ocsps:
            return self
        try:
            path = _path_of(signed, self.certs)
        except (ValueError, CMSExtractionError):
            return self
        serials, issuers = {cert.serial_number for cert in path}, {cert.issuer.hashable for cert in path}
        ocsps = (
            response
            for response in self.ocsps
            if response["response_status"].native == "successful"
            and serials & {one["cert_id"]["serial_number"].native for one in response.response_data["responses"]}
        )
        # a list with a scope of its own may speak of the certs of other CAs
        crls = (
            found
            for found in self.crls
            if found.issuer.hashable in issuers or found.issuing_distribution_point_value is not None
        )
        return Evidence(self.certs, tuple(crls), tuple(ocsps))

    def is_complete_for(self, signed: cms.SignedData, anchors: Sequence[x509.Certificate]) -> bool:
        """Whether there is, of a signature and of its timestamps, every cert up to a root or to what an anchor issued,
        and a word on each below the root (EN 319 142-1, 6.3).
        """
        tokens = signature_timestamps(signed["signer_infos"][0])
        paths = [_path_of(one, self.certs) for one in (signed, *tokens)]
        roots = {anchor.subject.hashable for anchor in anchors}
        return all(_is_root(path[-1]) or path[-1].issuer.hashable in roots for path in paths) and all(
            self.speaks_of(cert) for path in paths for cert in path if not _is_root(cert)
        )


@dataclass(frozen=True, slots=True)
class Basis:
    """What the verifier believes before it opens a file."""

    anchors: tuple[x509.Certificate, ...]
    given: Evidence
    at: datetime
    """The time for which the question is asked."""
    limits: Limits
    believed: Believed
    """The same as it was given."""

    @classmethod
    def of(
        cls,
        anchors: Sequence[bytes],
        intermediates: Sequence[bytes],
        crls: Sequence[bytes],
        at: datetime,
        limits: Limits,
    ) -> Basis:
        return cls(
            tuple(x509.Certificate.load(der) for der in anchors),
            Evidence(
                tuple(x509.Certificate.load(der) for der in intermediates),
                tuple(crl.CertificateList.load(der) for der in crls),
            ),
            at,
            limits,
            Believed(tuple(anchors), tuple(intermediates), tuple(crls), at),
        )


@dataclass(frozen=True, slots=True)
class Assessment:
    """What is to be said of the signer of one signature, its bytes being in order or not."""

    indication: Verdict
    sub_indication: str
    trust: Trust
    reason: Reason
    proven_at: datetime | None = None


def pool_is_too_large(signature: EmbeddedPdfSignature, stored: Evidence, basis: Basis) -> bool:
    """Path building is factorial in certs of one name, so what a file brings of them is limited before it begins."""
    limits = basis.limits
    embedded = _certs_of(signature.signed_data)
    for token in signature_timestamps(signature.signer_info):
        embedded += _certs_of(token)
    brought = {cert.dump(): cert for cert in (*embedded, *stored.certs)}
    pool = brought | {cert.dump(): cert for cert in basis.given.certs}
    names = Counter(cert.subject.dump() for cert in pool.values())
    brought_names = {cert.subject.dump() for cert in brought.values()}
    return (
        len(embedded) > limits.max_certs
        or len(brought) > limits.max_pool_certs
        or sum(names[name] for name in brought_names if names[name] > 1) > limits.max_same_name_certs
    )


def _certs_of(signed_data: cms.SignedData) -> list[x509.Certificate]:
    return [choice.chosen for choice in signed_data["certificates"] or () if choice.name == "certificate"]


def _path_of(signed: cms.SignedData, stored: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    """From the signer upwards, as far as names and key identifiers lead; what it proves is decided elsewhere."""
    pool = [*_certs_of(signed), *stored]
    path = [extract_certificate_info(signed).signer_cert]
    while not _is_root(path[-1]) and len(path) <= len(pool):
        above = next((cert for cert in pool if _is_above(cert, path[-1])), None)
        if above is None:
            break
        path.append(above)
    return path


def _is_above(issuer: x509.Certificate, issued: x509.Certificate) -> bool:
    identifier = issued.authority_key_identifier
    return issuer.subject == issued.issuer and (identifier is None or issuer.key_identifier == identifier)


def _is_root(cert: x509.Certificate) -> bool:
    return bool(cert.self_issued)


def signature_timestamps(signer_info: cms.SignerInfo) -> tuple[cms.SignedData, ...]:
    """The RFC 3161 tokens over the signature value."""
    tokens = find_cms_attribute_iter(signer_info["unsigned_attrs"], "signature_time_stamp_token")
    return tuple(token["content"] for token in tokens)


async def assess_timestamp(
    signature: EmbeddedPdfSignature, basis: Basis, stored: Evidence, stamped_at: datetime | None
) -> Assessment:
    """A document timestamp (EN 319 102-1, 5.4); ``stamped_at`` as in ``assess_signature``."""
    found = await _timestamp(signature.signed_data, signature.compute_digest, basis, basis.given + stored, stamped_at)
    proven = stamped_time(signature.signed_data) if found is AdESPassed.OK else None
    return _assessment(found, proven)


async def _timestamp(
    token: cms.SignedData,
    imprint: Callable[[str], bytes],
    basis: Basis,
    evidence: Evidence,
    stamped_at: datetime | None,
) -> AdESSubIndic:
    """Whether a timestamp holds: today, or at ``stamped_at`` when a later one that holds covers it.

    The last one is covered by none. While its cert is in term it is judged by the revocation data that was kept with
    it, at its own time: nobody who is offline can have fresher data, and a caller's own data goes before.
    """
    spec = _spec(basis, evidence.about(token), None)
    today = await ades_timestamp_validation(token, spec, imprint, timing_info=_timing(basis.at))
    found: AdESSubIndic = today.ades_subindic
    if found not in _HELPED_BY_PROOF_OF_TIME:
        return found
    moment = stamped_at
    if moment is None and found is AdESIndeterminate.TRY_LATER:
        authority = extract_certificate_info(token).signer_cert
        if not _in_term(authority, basis.at):
            # later will not help: nobody answers for a cert that has run out
            return AdESIndeterminate.OUT_OF_BOUNDS_NO_POE
        moment = None if basis.given.speaks_of(authority) else stamped_time(token)
    if moment is None:
        return found
    then = await ades_timestamp_validation(token, spec, imprint, timing_info=_timing(moment, in_the_past=True))
    return then.ades_subindic if then.ades_subindic is AdESPassed.OK else found


def _in_term(cert: x509.Certificate, at: datetime) -> bool:
    return bool(cert.not_valid_before <= at <= cert.not_valid_after)


def stamped_time(token: cms.SignedData) -> datetime:
    """The time an RFC 3161 token states."""
    moment: datetime = token["encap_content_info"]["content"].parsed["gen_time"].native
    return moment


async def assess_signature(
    signature: EmbeddedPdfSignature, basis: Basis, stored: Evidence, stamped_at: datetime | None
) -> Assessment:
    """A signature of a person or an organisation.

    ``stamped_at`` is the time of the earliest document timestamp that covers it and holds, or None. Validation with
    time is composed here of its parts (5.3, 5.4 and the past check): pyHanko's own passes a signature that was
    time-stamped only after its cert had expired.
    """
    signer = _signer_of(signature)
    evidence = basis.given + stored
    spec = _spec(basis, evidence.about(signature.signed_data), signer)
    result: AdESBasicValidationResult[Any] = await ades_basic_validation(
        signature.signed_data, spec, timing_info=_timing(basis.at), raw_digest=signature.compute_digest()
    )
    proven = stamped_at
    if signature_timestamps(signature.signer_info) and not isinstance(result.ades_subindic, AdESFailure):
        stamp = await _signature_timestamp(signature, basis, evidence, stamped_at)
        if isinstance(stamp.indication, AdESFailure):
            return _assessment(stamp.indication, stamped_at)
        proven = min(filter(None, (stamp.time, stamped_at)), default=None)
        if result.ades_subindic is AdESPassed.OK and proven is None:
            name = stamp.indication.standard_name
            return Assessment(Verdict.INDETERMINATE, name, Trust.UNKNOWN, Reason.TIME_NOT_PROVEN)
    if result.ades_subindic in _HELPED_BY_PROOF_OF_TIME and proven is not None:
        result = await _in_the_past(signature, spec, basis, result, proven, has_document_stamp=stamped_at is not None)
    if result.ades_subindic is AdESIndeterminate.CRYPTO_CONSTRAINTS_FAILURE:
        lenient = await _with_any_algorithm(signature, spec, basis)
        if isinstance(lenient.ades_subindic, AdESFailure):
            result = lenient
    found: AdESSubIndic = result.ades_subindic
    if found is AdESIndeterminate.TRY_LATER and signer is not None and not _in_term(signer, basis.at):
        # as for a timestamp
        found = AdESIndeterminate.OUT_OF_BOUNDS_NO_POE
    return _assessment(found, proven)


@dataclass(frozen=True, slots=True)
class _Stamp:
    indication: AdESSubIndic
    time: datetime | None


async def _signature_timestamp(
    signature: EmbeddedPdfSignature, basis: Basis, evidence: Evidence, stamped_at: datetime | None
) -> _Stamp:
    """The first signature timestamp that holds, else what is wrong with the last."""
    imprint = message_imprint_checker(signature.signer_info)
    stamp = _Stamp(AdESIndeterminate.GENERIC, None)
    for token in signature_timestamps(signature.signer_info):
        found = await _timestamp(token, imprint, basis, evidence, stamped_at)
        if found is AdESPassed.OK:
            return _Stamp(found, stamped_time(token))
        stamp = _Stamp(found, None)
    return stamp


async def _in_the_past(
    signature: EmbeddedPdfSignature,
    spec: SignatureValidationSpec,
    basis: Basis,
    present: AdESBasicValidationResult[Any],
    proven: datetime,
    *,
    has_document_stamp: bool,
) -> AdESBasicValidationResult[Any]:
    """The signature existed at ``proven``: was everything in order then?"""
    if present.ades_subindic is AdESIndeterminate.TRY_LATER and basis.given.crls and not has_document_stamp:
        return present
    past = await ades_basic_validation(
        signature.signed_data,
        spec,
        raw_digest=signature.compute_digest(),
        timing_info=_timing(proven, in_the_past=True),
    )
    if past.ades_subindic is AdESPassed.OK:
        return past
    if has_document_stamp:
        long_term = await ades_lta_validation(signature, PdfSignatureValidationSpec(spec), _timing(basis.at))
        if long_term.ades_subindic is AdESPassed.OK:
            return long_term
    return present


async def _with_any_algorithm(
    signature: EmbeddedPdfSignature, spec: SignatureValidationSpec, basis: Basis
) -> AdESBasicValidationResult[Any]:
    """A weak signature is refused, a weak one that does not even verify is false."""
    lenient = dataclasses.replace(
        spec,
        cert_validation_policy=dataclasses.replace(
            spec.cert_validation_policy, algorithm_usage_policy=AcceptAllAlgorithms()
        ),
        signature_algorithm_policy=CMSAlgorithmUsagePolicy.lift_policy(AcceptAllAlgorithms()),
    )
    return await ades_basic_validation(
        signature.signed_data, lenient, raw_digest=signature.compute_digest(), timing_info=_timing(basis.at)
    )


def _signer_of(signature: EmbeddedPdfSignature) -> x509.Certificate | None:
    try:
        return signature.signer_cert
    except Exception:  # noqa: BLE001 - an absent or unreadable cert is reported by the validation itself
        return None


def _timing(moment: datetime, *, in_the_past: bool = False) -> ValidationTimingInfo:
    return ValidationTimingInfo(
        validation_time=moment, best_signature_time=moment, point_in_time_validation=in_the_past
    )


def _spec(basis: Basis, evidence: Evidence, signer: x509.Certificate | None) -> SignatureValidationSpec:
    # what is at hand about this signer is binding, stale or not; what is nowhere at hand is not waited for
    at_hand = signer is not None and evidence.speaks_of(signer)
    rule = RevocationCheckingRule.CRL_OR_OCSP_REQUIRED if at_hand else RevocationCheckingRule.CHECK_IF_DECLARED_SOFT
    certs = CertValidationPolicySpec(
        trust_manager=SimpleTrustManager.build(trust_roots=[CertTrustAnchor(cert) for cert in basis.anchors]),
        revinfo_policy=CertRevTrustPolicy(
            RevocationCheckingPolicy(rule, RevocationCheckingRule.CHECK_IF_DECLARED_SOFT), retroactive_revinfo=True
        ),
        time_tolerance=timedelta(seconds=1),
        algorithm_usage_policy=_ALGORITHMS,
    )
    # the responders' and TSA's own certs are not asked for: their revocation data is rarely in a file
    stamps = dataclasses.replace(
        certs,
        revinfo_policy=CertRevTrustPolicy(
            RevocationCheckingPolicy(
                RevocationCheckingRule.CHECK_IF_DECLARED_SOFT, RevocationCheckingRule.CHECK_IF_DECLARED_SOFT
            ),
            retroactive_revinfo=True,
        ),
    )
    return SignatureValidationSpec(
        cert_validation_policy=certs,
        ts_cert_validation_policy=stamps,
        revinfo_gathering_policy=RevocationInfoGatheringSpec(
            RevinfoOnlineFetchingRule.LOCAL_ONLY, _Nothing(), CertificateFetchingRule.NEVER_FETCH
        ),
        local_knowledge=LocalKnowledge(
            known_ocsps=[part for response in evidence.ocsps for part in OCSPContainer.load_multi(response)],
            known_crls=[CRLContainer(found) for found in evidence.crls],
            known_certs=list(evidence.certs),
        ),
        key_usage_settings=_KEY_USAGE,
        signature_algorithm_policy=CMSAlgorithmUsagePolicy.lift_policy(_ALGORITHMS),
    )


_REASONS: dict[AdESSubIndic, Reason] = {
    AdESFailure.HASH_FAILURE: Reason.CONTENT_CHANGED,
    AdESFailure.SIG_CRYPTO_FAILURE: Reason.SIGNATURE_FALSE,
    AdESFailure.REVOKED: Reason.SIGNER_REVOKED,
    AdESFailure.NOT_YET_VALID: Reason.SIGNER_NOT_YET_VALID,
    AdESIndeterminate.NOT_YET_VALID: Reason.SIGNER_NOT_YET_VALID,
    AdESIndeterminate.EXPIRED: Reason.SIGNER_EXPIRED,
    AdESIndeterminate.OUT_OF_BOUNDS_NO_POE: Reason.SIGNER_EXPIRED,
    AdESIndeterminate.OUT_OF_BOUNDS_NOT_REVOKED: Reason.SIGNER_EXPIRED,
    AdESIndeterminate.REVOKED_NO_POE: Reason.SIGNER_REVOKED,
    AdESIndeterminate.REVOKED_CA_NO_POE: Reason.SIGNER_REVOKED,
    AdESIndeterminate.CRYPTO_CONSTRAINTS_FAILURE: Reason.ALGORITHM_REFUSED,
    AdESIndeterminate.CRYPTO_CONSTRAINTS_FAILURE_NO_POE: Reason.ALGORITHM_REFUSED,
    AdESIndeterminate.NO_CERTIFICATE_CHAIN_FOUND: Reason.SIGNER_UNKNOWN,
    AdESIndeterminate.NO_SIGNING_CERTIFICATE_FOUND: Reason.SIGNER_UNKNOWN,
    AdESIndeterminate.CHAIN_CONSTRAINTS_FAILURE: Reason.KEY_USAGE_WRONG,
    AdESIndeterminate.TRY_LATER: Reason.REVOCATION_UNKNOWN,
    AdESIndeterminate.REVOCATION_OUT_OF_BOUNDS_NO_POE: Reason.REVOCATION_UNKNOWN,
    AdESIndeterminate.NO_POE: Reason.TIME_NOT_PROVEN,
    AdESIndeterminate.TIMESTAMP_ORDER_FAILURE: Reason.TIME_NOT_PROVEN,
}


def _assessment(found: AdESSubIndic, proven_at: datetime | None) -> Assessment:
    if found is AdESPassed.OK:
        return Assessment(Verdict.TOTAL_PASSED, "", Trust.TRUSTED, Reason.GENUINE, proven_at)
    name = found.standard_name
    if isinstance(found, AdESFailure):
        trust = Trust.UNTRUSTED if found in (AdESFailure.REVOKED, AdESFailure.NOT_YET_VALID) else Trust.UNKNOWN
        return Assessment(Verdict.TOTAL_FAILED, name, trust, _REASONS.get(found, Reason.SIGNATURE_MALFORMED), proven_at)
    reason = _REASONS.get(found, Reason.SIGNER_NOT_ACCEPTED)
    trust = Trust.UNKNOWN if reason is Reason.SIGNER_UNKNOWN else Trust.UNTRUSTED
    return Assessment(Verdict.INDETERMINATE, name, trust, reason, proven_at)
