"""密钥检查: does this key, with its cert, chain and time-stamping authority, make seals that others accept?

A sample of no effect is sealed with each key at each level and validated as a stranger would. A key that fails is one
row with its problem and stops nothing: that is what the operator wants to know of a new key, TSA or HSM.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from signing_service.domain.documents import DocumentKind, PadesLevel, SignablePdf, SignatoryRole, TemplateId
from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyRef, KeyStore, SigningCert
from signing_service.domain.verdicts import Verdict
from signing_service.keystores import KeyStores
from signing_service.pipeline.extend import TrustServices
from signing_service.pipeline.fonts import Fonts
from signing_service.pipeline.lay_out import add_signature_fields
from signing_service.pipeline.render import render
from signing_service.pipeline.seal import seal
from signing_service.pipeline.stamp import stamp_qr
from signing_service.pipeline.templates import Template
from signing_service.pipeline.validate import validate

LEVELS = tuple(PadesLevel)
SAMPLE = TemplateId(DocumentKind.NOTICE, "key_check", "2026-01")
INDEX = "index.json"


@dataclass(frozen=True, slots=True)
class Row:
    """One key at one level. ``file`` and ``verdict`` are empty when nothing came of it, ``problem`` when it passed."""

    key: str
    store: str
    algorithm: str
    level: str
    file: str
    verdict: str
    problem: str

    @property
    def passed(self) -> bool:
        return self.verdict == Verdict.TOTAL_PASSED and not self.problem


@dataclass(frozen=True, slots=True)
class KnownKey:
    """One key of a store: what it is for, or why that cannot be said. A store out of reach is one without label."""

    key: str
    algorithm: str = ""
    holder: str = ""
    valid_until: str = ""
    purpose: str = ""
    """seal, time-stamp, ocsp; empty when unknown."""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Bench:
    """What samples are sealed and validated with."""

    keys: KeyStore
    services: Callable[[], TrustServices]
    """Asked for each sample above B-B, so that one that cannot be opened is that sample's problem."""
    anchors: Sequence[bytes]
    intermediates: Sequence[bytes]
    template: Template
    fonts: Fonts
    clock: Callable[[], datetime]


def list_keys(stores: KeyStores) -> Iterator[KnownKey]:
    """Every key of every store that is set up."""
    for name in stores.names:
        try:
            keys = stores.keys_of(name)
        except Problem as problem:
            yield KnownKey(f"{name}:", problem=told(problem))
            continue
        for key in keys:
            yield _known(stores, key)


def _known(stores: KeyStores, key: KeyRef) -> KnownKey:
    try:
        held = stores.signing_cert(key)
    except Problem as problem:
        return KnownKey(str(key), problem=told(problem))
    cert = x509.load_der_x509_certificate(held.cert)
    return KnownKey(
        str(key), held.algorithm.value, holder_of(cert), f"{cert.not_valid_after_utc:%Y-%m-%d}", purpose_of(cert)
    )


def holder_of(cert: x509.Certificate) -> str:
    """The organisation, else the person."""
    for kind in (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME):
        for attribute in cert.subject.get_attributes_for_oid(kind):
            return str(attribute.value)
    return ""


def purpose_of(cert: x509.Certificate) -> str:
    """What a cert is good for by its key usages (RFC 5280, 4.2.1.3 and 4.2.1.12)."""
    try:
        extended = list(cert.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except x509.ExtensionNotFound:
        extended = []
    if ExtendedKeyUsageOID.TIME_STAMPING in extended:
        return "time-stamp"
    return "ocsp" if ExtendedKeyUsageOID.OCSP_SIGNING in extended else "seal"


def check_keys(bench: Bench, keys: Iterable[KeyRef], folder: Path) -> Iterator[Row]:
    """One row a key and level, as each is done; the files are left in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    for key in keys:
        try:
            signer = bench.keys.signing_cert(key)
            _refuse_other_purpose(key, signer)
        except Problem as problem:
            yield Row(str(key), key.store, "", "", "", "", told(problem))
            continue
        for level in LEVELS:
            yield _checked(bench, key, signer, level, folder)


def _checked(bench: Bench, key: KeyRef, signer: SigningCert, level: PadesLevel, folder: Path) -> Row:
    # a label on a token may be any text, and a file name may not
    name = re.sub(r"[^\w.-]", "_", f"{key.store}-{key.label}-{level}.pdf")
    try:
        data = _sealed(bench, key, signer, level)
    except Problem as refused:
        return Row(str(key), key.store, signer.algorithm.value, level.value, "", "", told(refused))
    (folder / name).write_bytes(data)
    report = validate(data, bench.anchors, intermediates=bench.intermediates, now=bench.clock())
    passed = report.verdict is Verdict.TOTAL_PASSED
    reached = report.signatures[0].level if report.signatures else ""
    problem = "" if passed else f"{report.reason}: {report.sentence.en}"
    if passed and reached != level:
        problem = f"LEVEL_NOT_REACHED: the file is {reached}"
    return Row(str(key), key.store, signer.algorithm.value, level.value, name, report.verdict.value, problem)


def _sealed(bench: Bench, key: KeyRef, signer: SigningCert, level: PadesLevel) -> bytes:
    services = bench.services() if level is not PadesLevel.B_B else None
    return seal(
        _sample(bench, key, signer, level),
        SignatoryRole.PLATFORM,
        bench.keys,
        key,
        bench.clock(),
        level=level,
        tsa=services.tsa if services else None,
        services=services,
    ).data


def _sample(bench: Bench, key: KeyRef, signer: SigningCert, level: PadesLevel) -> SignablePdf:
    facts = {
        "key": str(key),
        "algorithm": signer.algorithm.value,
        "level": level.value,
        "issuer": holder_of(x509.load_der_x509_certificate(signer.cert)),
    }
    made_at = bench.clock()
    drawn = render(bench.template, facts, bench.fonts, made_at)
    # a sample has no entry in the register, so its code leads nowhere
    return add_signature_fields(stamp_qr(drawn, "https://invalid.example", "-", bench.fonts, made_at))


def _refuse_other_purpose(key: KeyRef, signer: SigningCert) -> None:
    purpose = purpose_of(x509.load_der_x509_certificate(signer.cert))
    if purpose != "seal":
        raise Problem(
            "KEY_NOT_FOR_SEALS",
            f"密钥“{key}”的证书用途为 {purpose}，不能签署文书。",
            f"The cert of key {str(key)!r} is for {purpose}: it may not sign documents.",
        )


def told(problem: Problem) -> str:
    return f"{problem.code}: {problem.en}"


def write_index(rows: Iterable[Row], folder: Path) -> Path:
    """``index.json``: the rows, for programs."""
    path = folder / INDEX
    path.write_text(json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path
