"""Reads out of a file what its signatures are made of, for reports; whether they hold ``validate`` has said before.

The chain that is told is one whose every link verifies, found from our anchors downwards where one leads there: a file
may bring certs of the same name, and a report must not name those.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.general import find_unique_cms_attribute
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from signing_service.domain.evidence import CertFound, FileEvidence, RevocationFound, SignatureFound, StampFound
from signing_service.pipeline.cms import read_parts
from signing_service.pipeline.validate import scan
from signing_service.pipeline.validate.limits import Limits
from signing_service.pipeline.validate.signatures import TIMESTAMP, Candidate, candidate, stored_evidence
from signing_service.pipeline.validate.signers import Evidence, signature_timestamps, stamped_time
from signing_service.pipeline.validate.structure import filled_signature_fields

LONGEST_CHAIN = 10
LONGEST_TEXT = 300
"""Characters kept of a reason or a name that a stranger wrote."""


def gather(
    data: bytes, anchors: Sequence[bytes], *, intermediates: Sequence[bytes] = (), limits: Limits | None = None
) -> FileEvidence:
    """Everything that could be read; what could not be is absent. Never raises for what is in ``data``."""
    try:
        return _gathered(data, anchors, intermediates, limits or Limits())
    except Exception:  # noqa: BLE001 - as in ``validate``: a hostile file raises errors of every class
        return FileEvidence()


def _gathered(data: bytes, anchors: Sequence[bytes], intermediates: Sequence[bytes], limits: Limits) -> FileEvidence:
    end = scan.end_of_last_revision(data)
    readable = data if len(data) - end <= scan.EOF_SEARCH else data[: scan.after_end_of_line(data, end)]
    reader = PdfFileReader(io.BytesIO(readable))
    stored = stored_evidence(reader)
    certs = _Certs(anchors, (*intermediates, *(cert.dump() for cert in stored.certs[: limits.max_pool_certs])))
    found = []
    for field in filled_signature_fields(reader, limits)[: limits.max_signatures]:
        with contextlib.suppress(Exception):
            read = _signature(candidate(readable, reader, field), certs, limits)
            found += [read] if read else []
    found.sort(key=lambda one: one.revision)
    return FileEvidence(tuple(found), certs.told(), tuple(_revocations(stored)))


# ---- certs and chains


class _Certs:
    """The certs at hand, the trusted ones first, and those that a chain was found to lead over."""

    def __init__(self, anchors: Sequence[bytes], others: Sequence[bytes]) -> None:
        self._anchors = {_sha(der): x509.load_der_x509_certificate(der) for der in anchors}
        self._others = _read(others)
        self._told: dict[str, CertFound] = {}

    def chain(self, signed: cms.SignedData, limits: Limits) -> tuple[str, ...]:
        """From the signer upwards, each issued by the next; SHA-256 of each."""
        embedded = _read(_embedded(signed)[: limits.max_certs])
        signer = _signer(signed, embedded)
        if signer is None:
            return ()
        pool = {**self._anchors, **self._others, **embedded}
        chain = [signer]
        while len(chain) < LONGEST_CHAIN and _sha_of(chain[-1]) not in self._anchors:
            above = next((cert for cert in pool.values() if _issued(cert, chain[-1])), None)
            if above is None or above in chain:
                break
            chain.append(above)
        for cert in chain:
            self._told.setdefault(_sha_of(cert), self._found(cert))
        return tuple(_sha_of(cert) for cert in chain)

    def told(self) -> tuple[CertFound, ...]:
        return tuple(self._told.values())

    def _found(self, cert: x509.Certificate) -> CertFound:
        names = cert.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        return CertFound(
            sha256=_sha_of(cert),
            subject=cert.subject.rfc4514_string()[:LONGEST_TEXT],
            issuer=cert.issuer.rfc4514_string()[:LONGEST_TEXT],
            serial=str(cert.serial_number),
            not_before=cert.not_valid_before_utc.isoformat(),
            not_after=cert.not_valid_after_utc.isoformat(),
            key=_key(cert),
            is_anchor=_sha_of(cert) in self._anchors,
            der=base64.b64encode(_der(cert)).decode(),
            common_name=str(names[0].value)[:LONGEST_TEXT] if names else "",
        )


def _read(ders: Iterable[bytes]) -> dict[str, x509.Certificate]:
    found = {}
    for der in ders:
        with contextlib.suppress(Exception):
            cert = x509.load_der_x509_certificate(der)
            found[_sha_of(cert)] = cert
    return found


def _embedded(signed: cms.SignedData) -> list[bytes]:
    return [choice.chosen.dump() for choice in signed["certificates"] or () if choice.name == "certificate"]


def _signer(signed: cms.SignedData, embedded: dict[str, x509.Certificate]) -> x509.Certificate | None:
    named = signed["signer_infos"][0]["sid"]
    for cert in embedded.values():
        if named.name == "issuer_and_serial_number":
            issuer = named.chosen["issuer"].dump()
            if cert.serial_number == named.chosen["serial_number"].native and cert.issuer.public_bytes() == issuer:
                return cert
        else:
            identifier = cert.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
            if identifier == named.chosen.native:
                return cert
    return None


def _issued(issuer: x509.Certificate, issued: x509.Certificate) -> bool:
    if issuer.subject != issued.issuer:
        return False
    try:
        issued.verify_directly_issued_by(issuer)
    except Exception:  # noqa: BLE001 - a wrong signature, an unknown algorithm: it is not the issuer, as far as can be seen
        return False
    return True


def _key(cert: x509.Certificate) -> str:
    with contextlib.suppress(Exception):
        key = cert.public_key()
        if isinstance(key, ec.EllipticCurvePublicKey):
            return f"EC {key.key_size}"
        if isinstance(key, rsa.RSAPublicKey):
            return f"RSA {key.key_size}"
        return type(key).__name__.lstrip("_").removesuffix("PublicKey")
    return ""


def _der(cert: x509.Certificate) -> bytes:
    return cert.public_bytes(Encoding.DER)


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _sha_of(cert: x509.Certificate) -> str:
    return _sha(_der(cert))


# ---- signatures and time stamps


def _signature(one: Candidate, certs: _Certs, limits: Limits) -> SignatureFound | None:
    signature = one.signature
    if signature is None:
        return None
    signed: cms.SignedData = signature.signed_data
    info = signed["signer_infos"][0]
    digest_algorithm = str(info["digest_algorithm"]["algorithm"].native)
    # the bytes as they stand: asn1crypto writes anew what values were read from, and takes seconds for a licence
    parts = read_parts(signature.pkcs7_content)
    tokens = zip(signature_timestamps(info), parts.time_stamps, strict=True)
    return SignatureFound(
        field=one.found.name,
        sha256=_sha(parts.whole),
        subfilter=one.subfilter.lstrip("/"),
        revision=one.revision,
        byte_range=tuple(int(number) for number in signature.byte_range),
        claimed_at=_claimed_at(one, signature),
        digest_algorithm=_imprint_of(signed)[0] if one.subfilter == TIMESTAMP else digest_algorithm,
        document_digest=_document_digest(one, signed),
        attributes_digest=hashlib.new(digest_algorithm, parts.attributes).hexdigest(),
        algorithm=str(info["signature_algorithm"].signature_algo),
        value=base64.b64encode(info["signature"].native).decode(),
        chain=certs.chain(signed, limits),
        stamps=tuple(_stamp(token, read_parts(der).whole, certs, limits) for token, der in tokens),
        reason=str(signature.sig_object.get("/Reason", ""))[:LONGEST_TEXT],
    )


def _claimed_at(one: Candidate, signature: EmbeddedPdfSignature) -> str:
    with contextlib.suppress(Exception):
        if one.subfilter == TIMESTAMP:
            return _iso(stamped_time(signature.signed_data))
        claimed = signature.self_reported_timestamp
        return _iso(claimed) if claimed else ""
    return ""


def _document_digest(one: Candidate, signed: cms.SignedData) -> str:
    with contextlib.suppress(Exception):
        if one.subfilter == TIMESTAMP:
            return _imprint_of(signed)[1]
        declared = find_unique_cms_attribute(signed["signer_infos"][0]["signed_attrs"], "message_digest")
        return bytes(declared.native).hex()
    return ""


def _stamp(token: cms.SignedData, der: bytes, certs: _Certs, limits: Limits) -> StampFound:
    algorithm, imprint = _imprint_of(token)
    return StampFound(_sha(der), _iso(stamped_time(token)), algorithm, imprint, certs.chain(token, limits))


def _imprint_of(token: cms.SignedData) -> tuple[str, str]:
    imprint = token["encap_content_info"]["content"].parsed["message_imprint"]
    return str(imprint["hash_algorithm"]["algorithm"].native), imprint["hashed_message"].native.hex()


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")


# ---- revocation data


def _revocations(stored: Evidence) -> Iterable[RevocationFound]:
    for response in stored.ocsps:
        with contextlib.suppress(Exception):
            sha256 = _sha(response.dump())
            answers = response["response_bytes"]["response"].parsed["tbs_response_data"]["responses"]
            first: Any = answers[0]
            yield RevocationFound(
                "ocsp",
                sha256,
                _iso(first["this_update"].native),
                _iso(first["next_update"].native) if first["next_update"].native else "",
                tuple(str(answer["cert_id"]["serial_number"].native) for answer in answers),
            )
    for one in stored.crls:
        with contextlib.suppress(Exception):
            sha256 = _sha(one.dump())
            told = one["tbs_cert_list"]
            due = told["next_update"].native
            yield RevocationFound("crl", sha256, _iso(told["this_update"].native), _iso(due) if due else "")
