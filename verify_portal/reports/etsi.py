"""The validation report of ETSI TS 119 102-2 (V1.2.1, schema 1.2.2) as XML: for archives and for other validators.

It is not signed: the PDF report is. Who needs the two tied together finds the file's SHA-256 in both.
"""

from __future__ import annotations

import base64
from datetime import datetime

from lxml import etree  # type: ignore[import-untyped]

from signing_service.domain.evidence import CertFound, FileEvidence, RevocationFound
from signing_service.domain.verdicts import DOCUMENT_TIMESTAMP, Verdict
from verify_portal.reports.checked import Checked, Stamp, Told, cert_id, id_of, printable, sentence_of, told_of
from verify_portal.reports.simple import utc

VR = "http://uri.etsi.org/19102/v1.2.1#"
DS = "http://www.w3.org/2000/09/xmldsig#"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
XS = "http://www.w3.org/2001/XMLSchema"
MEDIA_TYPE = "application/xml"

MAIN = {
    Verdict.TOTAL_PASSED: "urn:etsi:019102:mainindication:total-passed",
    Verdict.TOTAL_FAILED: "urn:etsi:019102:mainindication:total-failed",
    Verdict.INDETERMINATE: "urn:etsi:019102:mainindication:indeterminate",
}
TOKEN = {
    Verdict.TOTAL_PASSED: "urn:etsi:019102:mainindication:passed",
    Verdict.TOTAL_FAILED: "urn:etsi:019102:mainindication:failed",
    Verdict.INDETERMINATE: "urn:etsi:019102:mainindication:indeterminate",
}
SUB = "urn:etsi:019102:subindication:"
PROOF_BY_VALIDATION = "urn:etsi:019102:poetype:validation"
REASON = "urn:signing-service:validation:reason"
FILE = "urn:signing-service:validation:file-sha256"
PROCESSES = {
    "B-B": "urn:etsi:019102:validationprocess:Basic",
    "B-T": "urn:etsi:019102:validationprocess:LTVM",
    "B-LT": "urn:etsi:019102:validationprocess:LTVM",
    "B-LTA": "urn:etsi:019102:validationprocess:LTVA",
}
OBJECTS = {
    "certificate": "urn:etsi:019102:validationObject:certificate",
    "timestamp": "urn:etsi:019102:validationObject:timestamp",
    "ocsp": "urn:etsi:019102:validationObject:OCSPResponse",
    "crl": "urn:etsi:019102:validationObject:CRL",
}
DIGESTS = {
    "sha1": "http://www.w3.org/2000/09/xmldsig#sha1",
    "sha224": "http://www.w3.org/2001/04/xmldsig-more#sha224",
    "sha256": "http://www.w3.org/2001/04/xmlenc#sha256",
    "sha384": "http://www.w3.org/2001/04/xmldsig-more#sha384",
    "sha512": "http://www.w3.org/2001/04/xmlenc#sha512",
}
ALGORITHMS = {
    ("ecdsa", "sha256"): "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
    ("ecdsa", "sha384"): "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
    ("ecdsa", "sha512"): "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512",
    ("rsassa_pkcs1v15", "sha256"): "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    ("rsassa_pkcs1v15", "sha384"): "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
    ("rsassa_pkcs1v15", "sha512"): "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
    ("rsassa_pss", "sha256"): "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
    ("ed25519", "sha512"): "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519",
}


def etsi_report(checked: Checked, chosen: tuple[Told, ...] | None = None) -> bytes:
    """The report, UTF-8. A file without a signature that could be read has one entry, without identifier."""
    told = told_of(checked.report) if chosen is None else chosen
    root = etree.Element(_vr("ValidationReport"), nsmap={None: VR, "ds": DS, "xsi": XSI, "xs": XS})
    for one in told:
        _signature(root, checked, one)
    if not told:
        _whole_file(root, checked)
    _objects(root, checked, told)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


# ---- one signature


def _signature(root: etree._Element, checked: Checked, told: Told) -> None:
    entry = _add(root, "SignatureValidationReport")
    _identifier(entry, told)
    _times(entry, checked, told)
    if told.found and told.found.document_digest and told.found.digest_algorithm in DIGESTS:
        document = _add(entry, "SignersDocument")
        _digest(document, told.found.digest_algorithm, bytes.fromhex(told.found.document_digest))
    _attributes(entry, told)
    if told.chain:
        signer = _add(entry, "SignerInformation")
        _refer(signer, "SignerCertificate", told.chain[0])
        _add(signer, "Signer", told.verdict.signer)
    if told.verdict.level in PROCESSES:
        process = _add(entry, "SignatureValidationProcess")
        _add(process, "SignatureValidationProcessID", PROCESSES[told.verdict.level])
    status = _add(entry, "SignatureValidationStatus")
    _add(status, "MainIndication", MAIN[told.indication])
    if told.sub_indication:
        _add(status, "SubIndication", SUB + told.sub_indication)
    _associated(status, checked, told)


def _identifier(entry: etree._Element, told: Told) -> None:
    """By the hash of what the key signed, as DSS does it; without evidence by nothing but the ID."""
    identifier = _add(entry, "SignatureIdentifier")
    identifier.set("id", told.id)
    if told.found:
        algorithm = _key_digest(told)
        if algorithm in DIGESTS:
            _digest(identifier, algorithm, bytes.fromhex(told.found.attributes_digest))
        etree.SubElement(identifier, f"{{{DS}}}SignatureValue").text = told.found.value
    _add(identifier, "HashOnly", "false")
    _add(identifier, "DocHashOnly", "false")


def _key_digest(told: Told) -> str:
    """The digest of the signed attributes is as long as its algorithm makes it; of a time stamp it is its own."""
    lengths = {40: "sha1", 56: "sha224", 64: "sha256", 96: "sha384", 128: "sha512"}
    return lengths.get(len(told.found.attributes_digest), "") if told.found else ""


def _times(entry: etree._Element, checked: Checked, told: Told) -> None:
    info = _add(entry, "ValidationTimeInfo")
    _add(info, "ValidationTime", utc(checked.checked_at))
    best = _add(info, "BestSignatureTime")
    # without proof the signature is known to exist since it was validated (TS 119 102-2, 4.2.7)
    _add(best, "POETime", utc(told.proven_at or checked.checked_at))
    _add(best, "TypeOfProof", PROOF_BY_VALIDATION)
    if told.proof:
        _add(best, "POEObject").set("VOReference", told.proof.id)


def _attributes(entry: etree._Element, told: Told) -> None:
    attributes = etree.Element(_vr("SignatureAttributes"))
    found = told.found
    if told.claimed_at and told.verdict.level != DOCUMENT_TIMESTAMP:
        _add(_add(attributes, "SigningTime"), "Time", utc(told.claimed_at))
    if found and found.document_digest and told.verdict.level != DOCUMENT_TIMESTAMP:
        message = _add(attributes, "MessageDigest")
        message.set("Signed", "true")
        _add(message, "Digest", base64.b64encode(bytes.fromhex(found.document_digest)).decode())
    for stamp in told.stamps:
        element = _add(attributes, "DocTimeStamp" if stamp.is_document else "SignatureTimeStamp")
        _add(element, "AttributeObject").set("VOReference", stamp.id)
        _add(element, "TimeStampValue", utc(stamp.at))
    if found and found.reason:
        _add(_add(attributes, "Reason"), "ReasonElement", found.reason)
    if found and found.subfilter:
        _add(_add(attributes, "SubFilter"), "SubFilterElement", found.subfilter)
    if found and found.byte_range:
        _add(attributes, "ByteRange", " ".join(str(number) for number in found.byte_range))
    if len(attributes):
        entry.append(attributes)


def _associated(status: etree._Element, checked: Checked, told: Told) -> None:
    data = _add(status, "AssociatedValidationReportData")
    anchor = next((cert for cert in told.chain if cert.is_anchor), None)
    if anchor:
        _refer(data, "TrustAnchor", anchor)
    if told.chain:
        chain = _add(data, "CertificateChain")
        _refer(chain, "SigningCertificate", told.chain[0])
        for cert in told.chain[1:]:
            _refer(chain, "TrustAnchor" if cert is anchor else "IntermediateCertificate", cert)
    for stamp in told.stamps:
        _add(data, "RelatedValidationObject").set("VOReference", stamp.id)
    algorithm = ALGORITHMS.get((told.found.algorithm, _key_digest(told))) if told.found else None
    if algorithm and told.chain:
        crypto = _add(data, "CryptoInformation")
        _refer(crypto, "ValidationObjectId", told.chain[0])
        _add(crypto, "Algorithm", algorithm)
        _add(crypto, "SecureAlgorithm", str(not told.sub_indication.startswith("CRYPTO_")).lower())
    _said(data, checked, told.reason)


def _said(data: etree._Element, checked: Checked, reason: str) -> None:
    additional = _add(data, "AdditionalValidationReportData")
    _typed(additional, REASON, f"{reason}: {sentence_of(reason).en}")
    _typed(additional, FILE, checked.report.sha256)


def _typed(parent: etree._Element, kind: str, value: str) -> None:
    entry = _add(parent, "ReportData")
    _add(entry, "Type", kind)
    _add(entry, "Value", value).set(f"{{{XSI}}}type", "xs:string")


def _whole_file(root: etree._Element, checked: Checked) -> None:
    report = checked.report
    entry = _add(root, "SignatureValidationReport")
    status = _add(entry, "SignatureValidationStatus")
    _add(status, "MainIndication", MAIN[report.verdict])
    if report.verdict is Verdict.TOTAL_FAILED:
        _add(status, "SubIndication", f"{SUB}FORMAT_FAILURE")
    _said(_add(status, "AssociatedValidationReportData"), checked, report.reason)


# ---- what the report refers to


def _objects(root: etree._Element, checked: Checked, told: tuple[Told, ...]) -> None:
    """Every cert, time stamp and piece of revocation data once."""
    evidence = checked.report.evidence or FileEvidence()
    stamps = {stamp.id: stamp for one in told for stamp in one.stamps}
    certs = {cert.sha256: cert for one in told for chain in _chains(one) for cert in chain}
    revocations = {one.sha256: one for one in evidence.revocations}
    if not (stamps or certs or revocations):
        return
    objects = _add(root, "SignatureValidationObjects")
    for cert in certs.values():
        _cert(objects, cert, checked.checked_at)
    for stamp in stamps.values():
        _stamp(objects, stamp, told, checked.checked_at)
    for revocation in revocations.values():
        _revocation(objects, revocation, checked.checked_at)


def _chains(told: Told) -> tuple[tuple[CertFound, ...], ...]:
    return (told.chain, *(stamp.chain for stamp in told.stamps))


def _cert(objects: etree._Element, cert: CertFound, seen_at: datetime) -> None:
    entry = _object(objects, cert_id(cert), "certificate")
    _add(_add(entry, "ValidationObjectRepresentation"), "base64", cert.der)
    _existed(entry, seen_at)


def _stamp(objects: etree._Element, stamp: Stamp, told: tuple[Told, ...], seen_at: datetime) -> None:
    """A time stamp that a later one covers was there at that one's time; it proves what it covers itself."""
    entry = _object(objects, stamp.id, "timestamp")
    _digest(_add(entry, "ValidationObjectRepresentation"), "sha256", bytes.fromhex(stamp.sha256))
    covering = min(
        (
            later
            for one in told
            if stamp in one.stamps
            for later in one.stamps
            if later.is_document and later.indication is Verdict.TOTAL_PASSED and later.at >= stamp.at
            and later.id != stamp.id and not stamp.is_document
        ),
        key=lambda later: later.at,
        default=None,
    )  # fmt: skip
    _existed(entry, covering.at if covering else seen_at, covering)
    if stamp.indication is Verdict.TOTAL_PASSED:
        proven = _add(entry, "POEProvisioning")
        _add(proven, "POETime", utc(stamp.at))
    validated = _add(entry, "ValidationReport")
    if stamp.chain:
        signer = _add(validated, "SignerInformation")
        _refer(signer, "SignerCertificate", stamp.chain[0])
        _add(signer, "Signer", stamp.authority)
    status = _add(validated, "SignatureValidationStatus")
    _add(status, "MainIndication", TOKEN[stamp.indication])
    if stamp.sub_indication:
        _add(status, "SubIndication", SUB + stamp.sub_indication)


def _revocation(objects: etree._Element, one: RevocationFound, seen_at: datetime) -> None:
    entry = _object(objects, id_of("R", one.sha256), one.kind)
    _digest(_add(entry, "ValidationObjectRepresentation"), "sha256", bytes.fromhex(one.sha256))
    _existed(entry, seen_at)


def _object(objects: etree._Element, identity: str, kind: str) -> etree._Element:
    entry = _add(objects, "ValidationObject")
    entry.set("id", identity)
    _add(entry, "ObjectType", OBJECTS[kind])
    return entry


def _existed(entry: etree._Element, at: datetime, proof: Stamp | None = None) -> None:
    proven = _add(entry, "POE")
    _add(proven, "POETime", utc(at))
    _add(proven, "TypeOfProof", PROOF_BY_VALIDATION)
    if proof:
        _add(proven, "POEObject").set("VOReference", proof.id)


# ---- XML


def _vr(name: str) -> str:
    return f"{{{VR}}}{name}"


def _add(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, _vr(name))
    if text is not None:
        element.text = printable(text)
    return element


def _refer(parent: etree._Element, name: str, cert: CertFound) -> None:
    _add(parent, name).set("VOReference", cert_id(cert))


def _digest(parent: etree._Element, algorithm: str, value: bytes) -> None:
    holder = _add(parent, "DigestAlgAndValue")
    etree.SubElement(holder, f"{{{DS}}}DigestMethod").set("Algorithm", DIGESTS[algorithm])
    etree.SubElement(holder, f"{{{DS}}}DigestValue").text = base64.b64encode(value).decode()
