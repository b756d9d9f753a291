"""``POST /validateSignature`` as a DSS client sends it, and the four reports it expects, as far as they are known here.

The simple report is whole. Of the detailed report there are the conclusions and those building blocks whose outcome is
known: our verifier says where a signature failed and does not keep a protocol of every constraint. Of the diagnostic data
there is what was read from the file. What is not known is absent, never invented.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from signing_service.domain.errors import Problem
from signing_service.domain.evidence import CertFound, FileEvidence, RevocationFound
from signing_service.domain.verdicts import DOCUMENT_TIMESTAMP, Verdict
from verify_portal.reports.checked import Checked, Stamp, Told, cert_id, id_of, moment_of, sentence_of, told_of
from verify_portal.reports.etsi import etsi_report
from verify_portal.reports.simple import TOKEN_INDICATIONS, scope_of, simple_report, utc

LONGEST_NAME = 255
TOKENS = frozenset(
    f"EXTRACT_{kind}"
    for kind in (
        "ALL", "CERTIFICATES_ONLY", "TIMESTAMPS_ONLY", "REVOCATION_DATA_ONLY", "CERTIFICATES_AND_TIMESTAMPS",
        "CERTIFICATES_AND_REVOCATION_DATA", "TIMESTAMPS_AND_REVOCATION_DATA",
    )
) | {"NONE"}  # fmt: skip
_IN_MILLISECONDS = 1000


@dataclass(frozen=True, slots=True)
class DssRequest:
    """What a client asks. ``at``: validate as of then; ``signature``: the ID of the one signature asked about."""

    data: bytes
    name: str
    at: datetime | None
    with_certs: bool
    signature: str


def read_request(body: bytes) -> DssRequest:
    """Raises Problem DSS_REQUEST (400) naming the field, DSS_UNSUPPORTED (422) for what we do not do, FILE_TYPE."""
    try:
        asked = json.loads(body)
    except ValueError:
        raise _wrong("") from None
    if not isinstance(asked, Mapping):
        raise _wrong("")
    for name in ("originalDocuments", "evidenceRecords"):
        if asked.get(name):
            raise _unsupported(name, "随文件另附的内容", "content beside the signed file")
    for name in ("policy", "cryptographicSuite"):
        if asked.get(name):
            raise _unsupported(name, "自带的验证规则", "a validation policy of one's own")
    document = asked.get("signedDocument")
    if not isinstance(document, Mapping):
        raise _wrong("signedDocument")
    if document.get("digestAlgorithm"):
        raise _unsupported("signedDocument.digestAlgorithm", "只给出摘要的文件", "a document given by its digest")
    return DssRequest(
        data=_bytes_of(document),
        name=_text(document, "name")[:LONGEST_NAME],
        at=_moment(asked.get("validationTime")),
        with_certs=_strategy(asked) in ("EXTRACT_ALL", "EXTRACT_CERTIFICATES_ONLY") or "CERTIFICATES_AND" in _strategy(asked),
        signature=_text(asked, "signatureId"),
    )  # fmt: skip


def _bytes_of(document: Mapping[str, Any]) -> bytes:
    try:
        return base64.b64decode(_text(document, "bytes"), validate=True)
    except (binascii.Error, ValueError):
        raise _wrong("signedDocument.bytes") from None


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    if value is not None and not isinstance(value, str):
        raise _wrong(name)
    return value or ""


def _strategy(asked: Mapping[str, Any]) -> str:
    strategy = _text(asked, "tokenExtractionStrategy") or "NONE"
    if strategy not in TOKENS:
        raise _wrong("tokenExtractionStrategy")
    return strategy


def _moment(value: Any) -> datetime | None:
    """ISO 8601 with a zone, or milliseconds since 1970, as Jackson writes dates."""
    if value is None:
        return None
    try:
        if isinstance(value, int) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / _IN_MILLISECONDS, UTC)
        moment = datetime.fromisoformat(value)
    except (ValueError, TypeError, OverflowError, OSError):
        raise _wrong("validationTime") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _wrong(field: str) -> Problem:
    return Problem(
        "DSS_REQUEST",
        f"请求无法识别{f'：{field}' if field else ''}，请按 DSS validateSignature 的 JSON 格式提交。",
        f"The request cannot be read{f': {field}' if field else ''}. Send the JSON of DSS's validateSignature.",
        status=400,
    )


def _unsupported(field: str, zh: str, en: str) -> Problem:
    return Problem(
        "DSS_UNSUPPORTED",
        f"不支持 {field}（{zh}）：本平台按自己的规则验证 PDF 内的签章，请去掉该项后重试。",
        f"{field} ({en}) is not supported: seals inside a PDF are validated by this portal's own rules. Leave it out.",
        status=422,
    )


# ---- the answer


def reports_of(checked: Checked, asked: DssRequest) -> dict[str, Any]:
    """Raises Problem DSS_SIGNATURE_UNKNOWN for an ID that no signature of the file has."""
    told = told_of(checked.report)
    if asked.signature:
        told = tuple(one for one in told if asked.signature in (one.id, one.verdict.field))
        if not told:
            raise Problem(
                "DSS_SIGNATURE_UNKNOWN",
                "文件中没有这个编号的签章。",
                "The file has no signature with this ID.",
                status=422,
            )
    return {
        "validationReportDataHandler": base64.b64encode(etsi_report(checked, told)).decode(),
        "DiagnosticData": diagnostic_data(checked, told, asked.name, with_certs=asked.with_certs),
        "SimpleReport": simple_report(checked, asked.name, told),
        "DetailedReport": detailed_report(checked, told),
    }


# ---- detailed report

BLOCKS = {
    "FORMAT_FAILURE": "FC",
    "NO_SIGNING_CERTIFICATE_FOUND": "ISC",
    "HASH_FAILURE": "CV",
    "SIG_CRYPTO_FAILURE": "CV",
    "SIGNED_DATA_NOT_FOUND": "CV",
    "SIG_CONSTRAINTS_FAILURE": "SAV",
    "CRYPTO_CONSTRAINTS_FAILURE": "SAV",
    "CRYPTO_CONSTRAINTS_FAILURE_NO_POE": "SAV",
}
"""Building block of EN 319 102-1, 5.2, in which a sub-indication arises; any other in XCV."""
PASSED_BLOCKS = ("FC", "ISC", "XCV", "CV", "SAV")
PROCESSES = {
    "B-B": "ValidationProcessBasicSignature",
    "B-T": "ValidationProcessLongTermData",
    "B-LT": "ValidationProcessLongTermData",
    "B-LTA": "ValidationProcessArchivalData",
}


def detailed_report(checked: Checked, told: Sequence[Told]) -> dict[str, Any]:
    return {
        "ValidationTime": utc(checked.checked_at),
        "signatureOrTimestampOrEvidenceRecord": [_process(one) for one in told],
        "BasicBuildingBlocks": [_blocks(one) for one in told],
    }


def _process(told: Told) -> dict[str, Any]:
    conclusion = {"Constraint": [], "Conclusion": _conclusion(told)}
    if told.verdict.level == DOCUMENT_TIMESTAMP:
        return {"Timestamp": {"Id": told.id, "ValidationProcessTimestamp": conclusion}}
    known: dict[str, Any] = {"Id": told.id, "CounterSignature": False}
    process = PROCESSES.get(told.verdict.level, "ValidationProcessBasicSignature")
    if told.proven_at:
        proof = {"Time": utc(told.proven_at), "TimestampId": told.proof.id if told.proof else None}
        conclusion["ProofOfExistence"] = {name: value for name, value in proof.items() if value}
    known[process] = conclusion
    known["Conclusion"] = _conclusion(told, total=True)
    return {"Signature": known}


def _conclusion(told: Told, *, total: bool = False) -> dict[str, Any]:
    """A building block passes or fails; a signature does so in total."""
    conclusion: dict[str, Any] = {"Indication": told.indication.value if total else TOKEN_INDICATIONS[told.indication]}
    if told.sub_indication:
        conclusion["SubIndication"] = told.sub_indication
    if told.indication is not Verdict.TOTAL_PASSED:
        kind = "Errors" if told.indication is Verdict.TOTAL_FAILED else "Warnings"
        conclusion[kind] = [{"Key": told.reason, "value": sentence_of(told.reason).en}]
    return conclusion


def _verified(told: Told) -> bool:
    """Whether it is known that digest and signature verify: it passes, or was given up only for its certs."""
    if told.indication is Verdict.TOTAL_PASSED:
        return True
    block = BLOCKS.get(told.sub_indication, "XCV") if told.sub_indication else ""
    return block == "XCV" and told.verdict.covers in ("whole_file", "revision")


def _blocks(told: Told) -> dict[str, Any]:
    """All of them for a signature that passes; else the one it failed in, and those it is known to have passed."""
    stamp = told.verdict.level == DOCUMENT_TIMESTAMP
    known: dict[str, Any] = {"Id": told.id, "Type": "TIMESTAMP" if stamp else "SIGNATURE"}
    passed = {"Conclusion": {"Indication": "PASSED"}}
    if told.indication is Verdict.TOTAL_PASSED:
        known |= dict.fromkeys(PASSED_BLOCKS, passed)
    else:
        failed = BLOCKS.get(told.sub_indication, "XCV") if told.sub_indication else ""
        if told.found and failed in ("XCV", "CV", "SAV"):
            known |= {"FC": passed, "ISC": passed}
        if _verified(told):
            known["CV"] = passed
        if failed:
            known[failed] = {"Conclusion": _conclusion(told)}
    if told.chain:
        known["CertificateChain"] = {"ChainItem": [{"Id": cert_id(cert)} for cert in told.chain]}
    known["Conclusion"] = _conclusion(told)
    return known


# ---- diagnostic data


def diagnostic_data(checked: Checked, told: Sequence[Told], name: str, *, with_certs: bool) -> dict[str, Any]:
    evidence = checked.report.evidence or FileEvidence()
    stamps = {stamp.id: stamp for one in told for stamp in one.stamps}
    used = {
        cert.sha256 for one in told for chain in (one.chain, *(stamp.chain for stamp in one.stamps)) for cert in chain
    }
    return {
        **({"DocumentName": name} if name else {}),
        "ValidationDate": utc(checked.checked_at),
        "Signature": [_signature(one) for one in told if one.verdict.level != DOCUMENT_TIMESTAMP],
        "Certificate": [_cert(cert, with_certs=with_certs) for cert in evidence.certs if cert.sha256 in used],
        "Revocation": [_revocation(one) for one in evidence.revocations],
        "Timestamp": [_timestamp(stamp) for stamp in stamps.values()],
    }  # fmt: skip


def _signature(told: Told) -> dict[str, Any]:
    known: dict[str, Any] = {
        "Id": told.id,
        "SignatureFormat": told.format,
        "ClaimedSigningTime": utc(told.claimed_at) if told.claimed_at else None,
        "SignatureScope": scope_of(told),
        "ChainItem": [{"Certificate": cert_id(cert)} for cert in told.chain] or None,
        "SigningCertificate": {"Certificate": cert_id(told.chain[0])} if told.chain else None,
        "FoundTimestamp": [{"Timestamp": stamp.id} for stamp in told.stamps] or None,
    }
    if told.found:
        found = told.found
        known |= {
            "SignatureValue": found.value,
            "SignatureDigestReference": _digest(found.digest_algorithm, found.attributes_digest),
            "BasicSignature": {
                "EncryptionAlgoUsedToSignThisToken": ENCRYPTION.get(found.algorithm, found.algorithm.upper()),
                "DigestAlgoUsedToSignThisToken": found.digest_algorithm.upper(),
                **({"SignatureIntact": True, "SignatureValid": True} if _verified(told) else {}),
            },
            "PDFRevision": {
                "SignatureFieldName": [told.verdict.field],
                "PDFSignatureDictionary": {
                    "SubFilter": found.subfilter,
                    **({"Reason": found.reason} if found.reason else {}),
                    "SignatureByteRange": list(found.byte_range),
                },
            },
        }
    return {name: value for name, value in known.items() if value is not None}


ENCRYPTION = {"rsassa_pkcs1v15": "RSA", "rsassa_pss": "RSASSA_PSS", "ecdsa": "ECDSA", "ed25519": "EDDSA"}


def _cert(cert: CertFound, *, with_certs: bool) -> dict[str, Any]:
    algorithm, _, size = cert.key.partition(" ")
    known: dict[str, Any] = {
        "Id": cert_id(cert),
        "SubjectDistinguishedName": [{"value": cert.subject, "Format": "RFC2253"}],
        "IssuerDistinguishedName": [{"value": cert.issuer, "Format": "RFC2253"}],
        "SerialNumber": int(cert.serial),
        "CommonName": cert.common_name or None,
        "NotBefore": _utc(cert.not_before),
        "NotAfter": _utc(cert.not_after),
        "PublicKeyEncryptionAlgo": {"EC": "ECDSA"}.get(algorithm, algorithm.upper()) or None,
        "PublicKeySize": int(size) if size.isdecimal() else None,
        "Trusted": cert.is_anchor,
        "SelfSigned": cert.subject == cert.issuer,
    }
    known |= {"Base64Encoded": cert.der} if with_certs else {"DigestAlgoAndValue": _digest("sha256", cert.sha256)}
    return {name: value for name, value in known.items() if value is not None}


def _revocation(one: RevocationFound) -> dict[str, Any]:
    known = {
        "Id": id_of("R", one.sha256),
        "Type": one.kind.upper(),
        "Origin": "DSS_DICTIONARY",
        "ThisUpdate": _utc(one.produced_at),
        "NextUpdate": _utc(one.next_update),
        "DigestAlgoAndValue": _digest("sha256", one.sha256),
    }
    return {name: value for name, value in known.items() if value is not None}


def _timestamp(stamp: Stamp) -> dict[str, Any]:
    known: dict[str, Any] = {
        "Id": stamp.id,
        "Type": "DOCUMENT_TIMESTAMP" if stamp.is_document else "SIGNATURE_TIMESTAMP",
        "ProductionTime": utc(stamp.at),
        "DigestMatcher": [
            {"type": "MESSAGE_IMPRINT", "DigestMethod": stamp.digest_algorithm.upper(), "DigestValue": _base64(stamp.imprint)}
        ],
        "SigningCertificate": {"Certificate": cert_id(stamp.chain[0])} if stamp.chain else None,
        "ChainItem": [{"Certificate": cert_id(cert)} for cert in stamp.chain] or None,
        "DigestAlgoAndValue": _digest("sha256", stamp.sha256),
    }  # fmt: skip
    return {name: value for name, value in known.items() if value is not None}


def _digest(algorithm: str, value: str) -> dict[str, str]:
    return {"DigestMethod": algorithm.upper(), "DigestValue": _base64(value)}


def _base64(digits: str) -> str:
    return base64.b64encode(bytes.fromhex(digits)).decode()


def _utc(text: str) -> str | None:
    moment = moment_of(text)
    return utc(moment) if moment else None
