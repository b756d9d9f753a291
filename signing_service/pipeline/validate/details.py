"""What an expert wants to see of each signature: chain, revocation, algorithms, times, and how long it lasts.

Nothing here decides anything. The verdict is complete before it is asked for, and what a hostile file makes
unreadable is left out.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from asn1crypto import cms, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.general import extract_certificate_info

from signing_service.domain.verdicts import (
    CertFacts,
    Report,
    RevocationFacts,
    SignatureDetails,
    SignatureVerdict,
    Verdict,
)
from signing_service.pipeline.validate.signatures import Candidate, stored_evidence
from signing_service.pipeline.validate.signers import Basis, Evidence, signature_timestamps, stamped_time

LONGEST_CHAIN = 8
_SHORT = {
    "common_name": "CN",
    "organization_name": "O",
    "organizational_unit_name": "OU",
    "country_name": "C",
    "state_or_province_name": "ST",
    "locality_name": "L",
    "serial_number": "serialNumber",
    "organization_identifier": "organizationIdentifier",
}
"""The names of RFC 4519, X.520 and openssl for what a distinguished name is made of."""
_REVOKED = frozenset({"REVOKED", "REVOKED_NO_POE", "REVOKED_CA_NO_POE"})
_STALE = frozenset({"TRY_LATER", "REVOCATION_OUT_OF_BOUNDS_NO_POE", "OUT_OF_BOUNDS_NO_POE"})


def with_details(report: Report, reader: PdfFileReader, candidates: Sequence[Candidate], basis: Basis) -> Report:
    """The report with what can be told of each signature. ``candidates`` are those that it was made from."""
    ordered = sorted(candidates, key=lambda one: one.revision)
    if len(ordered) != len(report.signatures):
        return report
    evidence = basis.given + stored_evidence(reader)
    told = tuple(
        replace(verdict, details=_details(verdict, position, ordered, evidence, basis))
        for position, verdict in enumerate(report.signatures)
    )
    return replace(report, signatures=told)


def _details(
    verdict: SignatureVerdict, position: int, ordered: Sequence[Candidate], evidence: Evidence, basis: Basis
) -> SignatureDetails | None:
    one = ordered[position]
    if one.signature is None:
        return None
    try:
        signed, info = one.signature.signed_data, one.signature.signer_info
        chain = _chain(signed, evidence, basis)
        token = next(iter(signature_timestamps(info)), None)
        return SignatureDetails(
            digest=str(info["digest_algorithm"]["algorithm"].native),
            algorithm=str(info["signature_algorithm"]["algorithm"].native),
            claimed_at="" if one.is_timestamp else _claimed(one),
            proven_at=verdict.signed_at if verdict.time_proven else "",
            timestamped_by=_authority(token) if token is not None else "",
            chain=tuple(_facts(cert, basis) for cert in chain),
            revocation=_revocation(verdict, chain, evidence),
            lasts_until=_lasts_until(position, ordered, chain, evidence, basis),
            others_after=sum(later.revision > one.revision for later in ordered),
        )
    except (MemoryError, RecursionError):
        raise
    except Exception:  # noqa: BLE001 - a hostile signature raises errors of every class; its verdict stands without details
        return None


def _claimed(one: Candidate) -> str:
    with contextlib.suppress(Exception):
        moment = one.signature.self_reported_timestamp if one.signature else None
        return moment.isoformat(timespec="seconds") if moment else ""
    return ""


def _authority(token: cms.SignedData) -> str:
    with contextlib.suppress(Exception):
        return _common_name(extract_certificate_info(token).signer_cert.subject)
    return ""


def _chain(signed: cms.SignedData, evidence: Evidence, basis: Basis) -> list[x509.Certificate]:
    """From the signer to an anchor, as far as names and key identifiers lead."""
    embedded = [choice.chosen for choice in signed["certificates"] or () if choice.name == "certificate"]
    pool = [*basis.anchors, *embedded, *evidence.certs]
    chain = [extract_certificate_info(signed).signer_cert]
    while not chain[-1].self_issued and len(chain) < LONGEST_CHAIN:
        above = next((cert for cert in pool if _is_above(cert, chain[-1])), None)
        if above is None:
            break
        chain.append(above)
    return chain


def _is_above(issuer: x509.Certificate, issued: x509.Certificate) -> bool:
    identifier = issued.authority_key_identifier
    return bool(issuer.subject == issued.issuer and (identifier is None or issuer.key_identifier == identifier))


def _facts(cert: x509.Certificate, basis: Basis) -> CertFacts:
    return CertFacts(
        subject=_name(cert.subject),
        issuer=_name(cert.issuer),
        serial=f"{cert.serial_number:X}",
        not_before=cert.not_valid_before.isoformat(),
        not_after=cert.not_valid_after.isoformat(),
        key=_key(cert),
        sha256=cert.sha256.hex(),
        is_anchor=any(cert.sha256 == anchor.sha256 for anchor in basis.anchors),
    )


def _name(name: x509.Name) -> str:
    """CN=示例市住房和城乡建设局, O=…, C=CN, in the order of the cert."""
    parts = (part for rdn in name.chosen for part in rdn)
    return ", ".join(f"{_SHORT.get(part['type'].native, part['type'].native)}={part['value'].native}" for part in parts)


def _common_name(name: x509.Name) -> str:
    value = name.native.get("common_name", "")
    return str(value[0] if isinstance(value, list) else value)


def _key(cert: x509.Certificate) -> str:
    public = cert.public_key
    algorithm = str(public.algorithm).upper()
    if algorithm == "EC":
        return f"EC {public.curve[1]}"
    return f"{algorithm} {public.bit_size}" if algorithm in ("RSA", "RSASSA_PSS") else algorithm


def _revocation(
    verdict: SignatureVerdict, chain: Sequence[x509.Certificate], evidence: Evidence
) -> RevocationFacts | None:
    """The newest data at hand on the signing cert; whether it is revoked the verdict has established already."""
    signer = chain[0]
    newest = max(_answers_on(signer, evidence), default=None)
    if verdict.sub_indication in _REVOKED:
        state = "revoked"
    elif newest is None:
        state = "unknown"
    elif verdict.sub_indication in _STALE:
        state = "stale"
    else:
        state = "good" if verdict.indication is Verdict.TOTAL_PASSED else "unknown"
    if newest is None:
        return RevocationFacts(state)
    as_of, source, until = newest
    return RevocationFacts(state, source, as_of.isoformat(), until)


def _answers_on(signer: x509.Certificate, evidence: Evidence) -> list[tuple[datetime, str, str]]:
    found: list[tuple[datetime, str, str]] = []
    for listed in evidence.crls:
        if listed.issuer == signer.issuer:
            body = listed["tbs_cert_list"]
            found.append((body["this_update"].native, "crl", _text(body["next_update"].native)))
    for response in evidence.ocsps:
        if response["response_status"].native != "successful":
            continue
        found += [
            (single["this_update"].native, "ocsp", _text(single["next_update"].native))
            for single in response.response_data["responses"]
            if single["cert_id"]["serial_number"].native == signer.serial_number
        ]
    return found


def _text(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


def _lasts_until(
    position: int,
    ordered: Sequence[Candidate],
    chain: Sequence[x509.Certificate],
    evidence: Evidence,
    basis: Basis,
) -> str:
    """When what proves the time of this signature runs out: the newest timestamp at or behind it, else its chain."""
    one = ordered[position]
    stamps = [
        later.signature.signed_data
        for later in ordered
        if later.signature is not None and later.is_timestamp and later.revision >= one.revision
    ]
    if one.signature is not None and not stamps:
        stamps = list(signature_timestamps(one.signature.signer_info))
    if stamps:
        chain = _chain(max(stamps, key=stamped_time), evidence, basis)
    below_the_root = [cert for cert in chain if not cert.self_issued] or chain
    ends: datetime = min(cert.not_valid_after for cert in below_the_root)
    return ends.date().isoformat()
