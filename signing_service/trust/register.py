"""What the embedded CAs know of their certs: every one that was issued, and those that were revoked.

The folder of the PKI is the truth about issued certs: each is written to ``issued/<ca>/<serial>.pem`` before its key
is, so that a serial is never without its record. What was revoked stands in ``revoked.json``, written whole under
the lock of the folder: a process that is killed leaves the old register or the new one.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from signing_service.domain.errors import Problem
from signing_service.trust.files import PUBLIC, write_whole

Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Revocation:
    """One cert that its CA no longer stands by."""

    serial: int
    ca: str
    """Who issued it."""
    label: str
    at: datetime
    """From when on its signatures are worth nothing; whole seconds, UTC."""
    reason: x509.ReasonFlags
    """Of RFC 5280, 5.3.1; never certificateHold, for what is revoked here stays so."""
    renewed: bool = False
    """Whether its holder was given a new key since, by name."""


class Register:
    """Issued and revoked certs of one PKI folder. Cheap to ask: files are read again only when they changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._reading = threading.Lock()
        self._read: tuple[Stamp | None, tuple[Revocation, ...]] = (None, ())

    def revocations(self, ca: str | None = None) -> tuple[Revocation, ...]:
        """Of one CA or of all. Raises Problem PKI_REGISTER_UNREADABLE."""
        with self._reading:
            stamp = stamp_of(self._path)
            if stamp != self._read[0]:
                self._read = (stamp, tuple(_read(self._path)) if stamp else ())
            found = self._read[1]
        return tuple(one for one in found if ca in (None, one.ca))

    def state(self) -> object:
        """Another one whenever anything was revoked."""
        return stamp_of(self._path)

    def revocation(self, ca: str, serial: int) -> Revocation | None:
        return next((one for one in self.revocations(ca) if one.serial == serial), None)

    def is_barred(self, label: str) -> bool:
        """Whether the holder's cert was revoked and nobody has asked for a new one since."""
        return any(one.label == label and not one.renewed for one in self.revocations())

    def was_issued(self, ca: str, ca_cert: x509.Certificate, serial: int) -> bool:
        """Whether this CA issued a cert with this serial; also one that lies in the key folder without a record."""
        if serial <= 0 or serial.bit_length() > 159:
            return False
        return self._record(ca, serial).exists() or any(
            cert.serial_number == serial and cert.issuer == ca_cert.subject for cert in self._held()
        )

    def by_serial(self, serial: str) -> tuple[str, x509.Certificate] | None:
        """The CA and the cert that it issued with this serial (hex)."""
        if not re.fullmatch("[0-9a-f]{1,40}", serial):
            return None
        path = next(iter(sorted((self._folder / "issued").glob(f"*/{serial:0>32}.pem"))), None)
        return (path.parent.name, x509.load_pem_x509_certificate(path.read_bytes())) if path else None

    # ---- writing: the caller holds the lock of the folder

    def record(self, ca: str, cert: x509.Certificate) -> None:
        """Note that ``ca`` issues ``cert``, before anybody else hears of it."""
        path = self._record(ca, cert.serial_number)
        if not path.exists():
            path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            write_whole(path, cert.public_bytes(serialization.Encoding.PEM), PUBLIC)

    def add(self, revocation: Revocation) -> None:
        self._write((*self.revocations(), revocation))

    def mark_renewed(self, label: str) -> None:
        """The holder has a new key: what was revoked of it stays revoked, and bars it no longer."""
        known = self.revocations()
        if any(one.label == label and not one.renewed for one in known):
            self._write([replace(one, renewed=one.renewed or one.label == label) for one in known])

    @property
    def _path(self) -> Path:
        return self._folder / "revoked.json"

    def _record(self, ca: str, serial: int) -> Path:
        return self._folder / "issued" / ca / f"{serial:032x}.pem"

    def _held(self) -> Iterator[x509.Certificate]:
        for path in sorted((self._folder / "keys").glob("*.pem")):
            yield from x509.load_pem_x509_certificates(path.read_bytes())[:1]

    def _write(self, revocations: Sequence[Revocation]) -> None:
        told = [{**asdict(one), "serial": f"{one.serial:x}", "at": one.at.isoformat()} for one in revocations]
        text = json.dumps({"revoked": [{**one, "reason": one["reason"].value} for one in told]}, indent=1)
        write_whole(self._path, text.encode(), PUBLIC)


def stamp_of(path: Path) -> Stamp | None:
    """What changes when a file is written whole again; None for no file."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size


def _read(path: Path) -> Iterator[Revocation]:
    try:
        for entry in json.loads(path.read_bytes())["revoked"]:
            yield _revocation(entry)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Problem(
            "PKI_REGISTER_UNREADABLE",
            f"证书吊销登记 {path.name} 无法读取，请从备份恢复；在恢复之前不答复任何证书状态。",
            f"The register of revoked certs, {path.name}, cannot be read: restore it from a backup. "
            "Until then no status is told.",
            status=503,
        ) from error


def _revocation(entry: Mapping[str, Any]) -> Revocation:
    return Revocation(
        serial=int(entry["serial"], 16),
        ca=str(entry["ca"]),
        label=str(entry["label"]),
        at=datetime.fromisoformat(entry["at"]).astimezone(UTC),
        reason=x509.ReasonFlags(entry["reason"]),
        renewed=bool(entry["renewed"]),
    )
