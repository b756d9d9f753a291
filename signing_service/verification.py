"""Files verified from a shell: each on its own, whatever is wrong with the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from signing_service.domain.errors import Problem
from signing_service.domain.register import PublicDocument
from signing_service.domain.verdicts import Integrity, Report, Sentence, Trust, Verdict
from signing_service.pipeline.isolation import validate_isolated
from signing_service.pipeline.templates import title_en
from signing_service.settings import Settings
from signing_service.storage.database import open_database
from signing_service.storage.public_register import PublicRegister
from signing_service.trust.anchors import Anchors, read_anchors
from signing_service.trust.crl_files import open_crl_files
from signing_service.trust.opening import keep_own_crls_current


@dataclass(frozen=True, slots=True)
class FileAnswer:
    """One line of ``verify --json``: the report, and what the register of this machine says of the file."""

    file: str
    report: Report
    licence: PublicDocument | None

    @property
    def exit_code(self) -> int:
        return self.report.exit_code

    def to_json(self) -> dict[str, Any]:
        licence = self.licence.to_json() if self.licence else None
        return {"file": self.file, **self.report.to_json(), "licence": licence}


def verify_files(
    settings: Settings, files: Iterable[Path], trust: tuple[bytes, ...], at: datetime | None
) -> Iterator[FileAnswer]:
    """Answer file by file. ``trust`` (DER) replaces the anchors of this machine; its register and CRLs are not asked then."""
    anchors = Anchors(trust, ()) if trust else read_anchors(settings)
    register = None if trust else _register(settings)
    crls = () if trust else _crls(settings)
    for file in files:
        report = _verify(file, anchors, at, register, crls)
        licence = register.by_sha256(report.sha256) if register and report.sha256 else None
        yield FileAnswer(str(file), report, licence)


def _crls(settings: Settings) -> tuple[bytes, ...]:
    """What this machine knows of revoked certs; the lists of its own CAs are made current first."""
    keep_own_crls_current(settings, lambda: datetime.now(UTC))
    return open_crl_files(settings)()


def _verify(
    file: Path, anchors: Anchors, at: datetime | None, register: PublicRegister | None, crls: tuple[bytes, ...]
) -> Report:
    try:
        data = file.read_bytes()
    except OSError as error:
        return Report(
            verdict=Verdict.INDETERMINATE,
            integrity=Integrity.UNREADABLE,
            trust=Trust.UNKNOWN,
            reason="FILE_UNREADABLE",
            sentence=Sentence(
                f"无法打开文件 {file.name}，请检查路径和权限。",
                f"The file {file.name} cannot be opened ({error.strerror}): check its path and permissions.",
            ),
            signatures=(),
        )
    return validate_isolated(
        data,
        anchors.roots,
        intermediates=anchors.intermediates,
        crls=crls,
        at=at,
        now=datetime.now(UTC),
        register=register.is_registered if register else None,
        own_certs=register.own_certs() if register else (),
    )


def _register(settings: Settings) -> PublicRegister | None:
    """The register of this machine, if it has one."""
    if not settings.database_url and not (settings.var / "signing-service.sqlite3").exists():
        return None
    database = open_database(settings.database)
    return PublicRegister(database, partial(title_en, settings.templates)) if database.is_current() else None


def read_trust(paths: Iterable[Path]) -> tuple[bytes, ...]:
    """The certs of PEM files, DER. Raises Problem TRUST_UNREADABLE."""
    return tuple(cert for path in paths for cert in _read_pem(path))


def _read_pem(path: Path) -> list[bytes]:
    try:
        certs = x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError) as error:
        raise Problem(
            "TRUST_UNREADABLE",
            f"信任锚文件 {path.name} 无法读取，须为 PEM 格式的证书。",
            f"The trust anchor {path.name} cannot be read as certs in PEM ({error}).",
        ) from None
    return [cert.public_bytes(Encoding.DER) for cert in certs]
