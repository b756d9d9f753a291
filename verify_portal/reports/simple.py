"""The simple report of DSS, field for field: what a machine that knows DSS needs to know of a file, and no more.

What we do not know is absent: qualification under eIDAS, PDF/A conformance. Times are UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from signing_service.domain.evidence import CertFound, FileEvidence
from signing_service.domain.verdicts import DOCUMENT_TIMESTAMP, Verdict
from verify_portal.reports.checked import Checked, Stamp, Told, cert_id, extension_period, sentence_of, told_of

POLICY = "Signing Service"
POLICY_DESCRIPTION = (
    "EN 319 102-1 by level, against this portal's trust anchors, without fetching anything; every later revision has to "
    "be a permitted one; nothing may follow the end of the file."
)
TOKEN_INDICATIONS = {
    Verdict.TOTAL_PASSED: "PASSED",
    Verdict.TOTAL_FAILED: "FAILED",
    Verdict.INDETERMINATE: "INDETERMINATE",
}


def simple_report(checked: Checked, name: str = "", chosen: Sequence[Told] | None = None) -> dict[str, Any]:
    """``chosen``: those signatures of the file that were asked for; None: all."""
    evidence = checked.report.evidence or FileEvidence()
    told = told_of(checked.report) if chosen is None else chosen
    return {
        "ValidationPolicy": {"PolicyName": POLICY, "PolicyDescription": POLICY_DESCRIPTION},
        "ValidationTime": utc(checked.checked_at),
        **({"DocumentName": name} if name else {}),
        "ValidSignaturesCount": sum(one.indication is Verdict.TOTAL_PASSED for one in told),
        "SignaturesCount": sum(one.verdict.level != DOCUMENT_TIMESTAMP for one in told),
        "signatureOrTimestampOrEvidenceRecord": [_token(one, evidence) for one in told],
    }


def _token(told: Told, evidence: FileEvidence) -> dict[str, Any]:
    if told.verdict.level == DOCUMENT_TIMESTAMP:
        return {"Timestamp": _file_stamp(told)}
    return {"Signature": _signature(told, evidence)}


def _signature(told: Told, evidence: FileEvidence) -> dict[str, Any]:
    begins, ends = extension_period(told, evidence)
    best = told.proven_at
    known: dict[str, Any] = {
        "Id": told.id,
        "SignatureFormat": told.format,
        "CounterSignature": False,
        "SigningTime": _utc_or_none(told.claimed_at),
        "BestSignatureTime": _utc_or_none(best),
        "SignedBy": told.verdict.signer or None,
        "SignatureLevel": {"value": "N/A", "description": "Not determined: qualification under eIDAS is not examined"},
        "SignatureScope": scope_of(told),
        "CertificateChain": chain_of(told.chain),
        "Timestamps": {"Timestamp": [_stamp(one) for one in told.stamps]} if told.stamps else None,
        "Indication": told.indication.value,
        "SubIndication": told.sub_indication or None,
        "AdESValidationDetails": details_of(told),
        "ExtensionPeriodMin": _utc_or_none(begins),
        "ExtensionPeriodMax": _utc_or_none(ends),
    }
    return {name: value for name, value in known.items() if value is not None}


def scope_of(told: Told) -> list[dict[str, str]] | None:
    """FULL: the file as it is. PARTIAL: an earlier revision, which it covers whole, or less than that."""
    scopes = {
        "whole_file": ("FULL", "Full PDF", "The whole file"),
        "revision": ("PARTIAL", "Partial PDF", "The file as it was when it was signed; what came after is not covered"),
        "part": ("PARTIAL", "Partial PDF", "A part of the file as it was when it was signed"),
    }
    if told.verdict.covers not in scopes:
        return None
    scope, name, said = scopes[told.verdict.covers]
    return [{"scope": scope, "name": name, "value": said}]


def chain_of(chain: Sequence[CertFound]) -> dict[str, Any] | None:
    if not chain:
        return None
    return {
        "Certificate": [
            {"id": cert_id(cert), "qualifiedName": cert.common_name or cert.subject, "trusted": cert.is_anchor}
            for cert in chain
        ]
    }


def details_of(told: Told) -> dict[str, list[dict[str, str]]] | None:
    """Why it does not pass; for one that does, nothing."""
    if told.indication is Verdict.TOTAL_PASSED:
        return None
    kind = "Error" if told.indication is Verdict.TOTAL_FAILED else "Warning"
    return {kind: [{"Key": told.reason, "value": sentence_of(told.reason).en}]}


def _stamp(stamp: Stamp) -> dict[str, Any]:
    known = {
        "Id": stamp.id,
        "ProductionTime": utc(stamp.at),
        "ProducedBy": stamp.authority or None,
        "CertificateChain": chain_of(stamp.chain),
        "Indication": TOKEN_INDICATIONS[stamp.indication],
        "SubIndication": stamp.sub_indication or None,
    }
    return {name: value for name, value in known.items() if value is not None}


def _file_stamp(told: Told) -> dict[str, Any]:
    known = {
        "Id": told.id,
        "ProductionTime": _utc_or_none(told.claimed_at or told.proven_at),
        "ProducedBy": told.verdict.signer or None,
        "CertificateChain": chain_of(told.chain),
        "Indication": TOKEN_INDICATIONS[told.indication],
        "SubIndication": told.sub_indication or None,
        "AdESValidationDetails": details_of(told),
    }
    return {name: value for name, value in known.items() if value is not None}


def utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _utc_or_none(moment: datetime | None) -> str | None:
    return utc(moment) if moment else None
