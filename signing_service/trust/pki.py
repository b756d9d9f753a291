"""The embedded PKI: on first start everyone in ``pki.toml`` has a key and a cert, and keeps them.

A folder of it looks like this::

    anchors/root.pem          the trust anchor, public
    intermediates/<ca>.pem    the CAs under it, public
    ca/<ca>.pem               CA keys; the service never signs documents with them
    keys/<label>.pem          the folder of the soft key store; <label>.toml beside an RSA key that signs with PSS
    issued/<ca>/<serial>.pem  every cert that was issued, public
    revoked.json, crl/        what was revoked of them (``register``, ``crls``)
    passphrase                opens every key file
    pepper                    keys the hash of ID numbers in certs

Each key file is written whole under a lock, and holds key, cert and chain, so that there is no moment at which
one is there without the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from signing_service.domain.dates import add_years
from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyAlgorithm
from signing_service.domain.schemes import SCHEMES, Family
from signing_service.trust import issue
from signing_service.trust.description import (
    ROOT,
    CaDescription,
    KeyDescription,
    PkiDescription,
    Profile,
    read_description,
)
from signing_service.trust.files import PRIVATE, PUBLIC, ensure_secret, locked, write_whole
from signing_service.trust.issue import Issuer, Validity
from signing_service.trust.register import Register

Progress = Callable[[str], None]
"""Told the common name of each holder just before its key is made."""

_CLOCKS_DIFFER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Pki:
    """A PKI that is complete on disk. Holds certs; keys are read from their files when asked for."""

    folder: Path
    description: PkiDescription
    certs: Mapping[str, x509.Certificate]
    """Of every key, by its label."""
    cas: Mapping[str, x509.Certificate]
    """Of every CA, by its name."""

    @property
    def keys(self) -> Path:
        """The folder of the soft key store."""
        return self.folder / "keys"

    @property
    def passphrase(self) -> bytes:
        """Opens the key files."""
        return (self.folder / "passphrase").read_bytes().strip()

    @property
    def pepper(self) -> bytes:
        """Keys the hash of ID numbers."""
        return (self.folder / "pepper").read_bytes()

    def anchors(self) -> list[bytes]:
        """The roots, DER."""
        return [_der(self.cas[ROOT])]

    def intermediates(self) -> list[bytes]:
        """The CAs under the root, DER, by name."""
        return [_der(cert) for name, cert in sorted(self.cas.items()) if name != ROOT]

    def code_of_id_number(self, id_number: str) -> str:
        """What stands for an ID number in the certs of this PKI; another PKI has another code."""
        return issue.code_of_id_number(id_number, self.pepper)

    def der_of_ca(self, ca: str) -> bytes:
        return _der(self.cas[ca])

    def service_key(self, label: str) -> tuple[issue.PrivateKey, x509.Certificate]:
        """Key and cert of a trust service as they are on file now. Raises ValueError for the key of a seal."""
        wanted = {key.label for key in self.description.keys if key.profile in (Profile.OCSP, Profile.TSA)}
        if label not in wanted:
            raise ValueError(f"{label} is no key of a trust service")
        path = self.keys / f"{label}.pem"
        return _private_key(path, self.passphrase), certs_of(path)[0]

    def issuer(self, ca: str) -> Issuer:
        """A CA ready to issue. Its key is in memory as long as the answer is."""
        key = _private_key(self.folder / "ca" / f"{ca}.pem", self.passphrase)
        publish = self.description.publish
        return Issuer(
            name=self.cas[ca].subject,
            key=key,
            policy=self.description.policy,
            publish=f"{publish}/{{service}}/{ca}" if publish else "",
        )


def ensure(folder: Path, description: Path, now: datetime, progress: Progress | None = None) -> Pki:
    """The PKI that ``description`` asks for, in ``folder``; what is missing is made, what is there stays.

    Keys whose cert has run out at ``now`` are made anew, with a new key. Several processes may ask at once: one
    makes, the others wait and find. Entries taken out of the description keep their files and are left out of the
    answer. A holder whose cert was revoked keeps its file and is given no new key, also where that file is lost or its
    cert runs out: who is revoked comes back by ``renew`` only. Raises Problem PKI_DESCRIPTION, or PKI_CHANGED when an entry was renamed after it had its cert.
    """
    wanted = read_description(description)
    for part, mode in (("", 0o755), ("anchors", 0o755), ("intermediates", 0o755), ("ca", 0o700), ("keys", 0o700)):
        (folder / part).mkdir(mode=mode, parents=True, exist_ok=True)
    with locked(folder / ".lock"):
        for secret in ("passphrase", "pepper"):
            ensure_secret(folder / secret)
        cas: dict[str, x509.Certificate] = {}
        certs: dict[str, x509.Certificate] = {}
        maker = _Maker(Pki(folder, wanted, certs, cas), now, progress or _silent)
        for ca in wanted.cas:
            cas[ca.name] = maker.ca(ca)
        for key in wanted.keys:
            cert = maker.key(key)
            if cert is not None:
                certs[key.label] = cert
    return maker.pki


def open_pki(folder: Path, description: Path) -> Pki:
    """The PKI that ``ensure`` made, as it is on disk; nothing is made. Raises Problem PKI_NOT_PREPARED."""
    wanted = read_description(description)
    cas = {ca.name: folder / "ca" / f"{ca.name}.pem" for ca in wanted.cas}
    keys = {key.label: folder / "keys" / f"{key.label}.pem" for key in wanted.keys}
    if not all(path.exists() for path in cas.values()):
        raise Problem(
            "PKI_NOT_PREPARED",
            f"{folder} 中没有内置 PKI，请先运行 signing-service prepare。",
            f"There is no embedded PKI in {folder}: run signing-service prepare first.",
            status=500,
        )
    return Pki(
        folder,
        wanted,
        {label: certs_of(path)[0] for label, path in keys.items() if path.exists()},
        {name: certs_of(path)[0] for name, path in cas.items()},
    )


def renew(folder: Path, description: Path, label: str, now: datetime) -> x509.Certificate:
    """A new key and a new cert for a holder; its former cert is what it was, revoked or not.

    Raises Problem PKI_LABEL_UNKNOWN.
    """
    pki = open_pki(folder, description)
    entry = next((key for key in pki.description.keys if key.label == label), None)
    if entry is None:
        raise unknown_label(label)
    with locked(folder / ".lock"):
        maker = _Maker(pki, now, _silent)
        cert = maker.new_key(entry, issue.subject_of_holder(entry, pki.pepper))
        maker.register.mark_renewed(label)
    return cert


def unknown_label(label: str) -> Problem:
    return Problem(
        "PKI_LABEL_UNKNOWN",
        f"pki.toml 中没有名为“{label}”的密钥，可用 signing-service pki list 查看全部名称。",
        f"pki.toml has no key {label!r}: see signing-service pki list for the labels there are.",
        status=404,
    )


def certs_in(folder: Path) -> list[bytes]:
    """Every cert in the ``*.pem`` files of a folder of public certs, DER, by file name; [] for no folder.

    Raises Problem PKI_CERT_UNREADABLE, which names the file.
    """
    return [_der(cert) for path in sorted(folder.glob("*.pem")) for cert in certs_of(path)]


def _silent(common_name: str) -> None:
    del common_name


@dataclass(frozen=True, slots=True)
class _Maker:
    """One run of ``ensure``, under the lock."""

    pki: Pki
    now: datetime
    progress: Progress

    @property
    def register(self) -> Register:
        return Register(self.pki.folder)

    def ca(self, ca: CaDescription) -> x509.Certificate:
        path = self.pki.folder / "ca" / f"{ca.name}.pem"
        subject = issue.subject_of_ca(self.pki.description, ca)
        cert = _held(path, subject) or self._new_ca(ca, subject, path)
        if ca.name != ROOT:
            self.register.record(ROOT, cert)
        public = self.pki.folder / ("anchors" if ca.name == ROOT else "intermediates") / path.name
        if not public.exists():
            write_whole(public, issue.pem_of_certs((cert,)), PUBLIC)
        return cert

    def key(self, key: KeyDescription) -> x509.Certificate | None:
        """The holder's cert; None for one that is revoked and has lost its file."""
        subject = issue.subject_of_holder(key, self.pki.pepper)
        cert = _held(self.pki.keys / f"{key.label}.pem", subject)
        if cert is not None:
            self.register.record(key.issuer, cert)
        if (cert and self.now <= cert.not_valid_after_utc) or self.register.is_barred(key.label):
            return cert
        return self.new_key(key, subject)

    def _new_ca(self, ca: CaDescription, subject: x509.Name, path: Path) -> x509.Certificate:
        self.progress(ca.common_name)
        key = issue.new_key(KeyAlgorithm.ECDSA_P256)
        above = self.pki.cas.get(ROOT)
        issuer = self.pki.issuer(ROOT) if above else Issuer(subject, key, self.pki.description.policy)
        cert = issue.issue_cert(subject, key.public_key(), issuer, ca.profile, self._validity(ca.profile, above))
        if above:
            self.register.record(ROOT, cert)
        write_whole(path, issue.pem_of_key(key, (cert,), self.pki.passphrase), PRIVATE)
        return cert

    def new_key(self, key: KeyDescription, subject: x509.Name) -> x509.Certificate:
        path = self.pki.keys / f"{key.label}.pem"
        self.progress(key.common_name)
        private_key = issue.new_key(key.algorithm)
        above = self.pki.cas[key.issuer]
        issuer, validity = self.pki.issuer(key.issuer), self._validity(key.profile, above)
        cert = issue.issue_cert(subject, private_key.public_key(), issuer, key.profile, validity)
        if SCHEMES[key.algorithm].family is Family.RSA_PSS:
            # before the key, so that the key is never there without it
            write_whole(path.with_suffix(".toml"), b'padding = "pss"\n', PUBLIC)
        self.register.record(key.issuer, cert)
        write_whole(path, issue.pem_of_key(private_key, (cert, above), self.pki.passphrase), PRIVATE)
        return cert

    def _validity(self, profile: Profile, above: x509.Certificate | None) -> Validity:
        # an hour back, so that a reader whose clock is slow accepts the first signatures; never outside the issuer's
        begin = self.now.astimezone(UTC).replace(microsecond=0) - _CLOCKS_DIFFER
        last_day = add_years(begin.date(), self.pki.description.years[profile])
        end = datetime.combine(last_day, begin.timetz())
        if above is None:
            return Validity(begin, end)
        return Validity(max(begin, above.not_valid_before_utc), min(end, above.not_valid_after_utc))


def _held(path: Path, subject: x509.Name) -> x509.Certificate | None:
    if not path.exists():
        return None
    cert = certs_of(path)[0]
    _refuse_change(path, cert, subject)
    return cert


def _refuse_change(path: Path, cert: x509.Certificate, subject: x509.Name) -> None:
    if cert.subject != subject:
        raise Problem(
            "PKI_CHANGED",
            f"pki.toml 中“{path.stem}”的名称已修改，但其证书仍是原名称。请恢复原名称，或删除该密钥文件后重新生成。",
            f"The holder {path.stem!r} was renamed in pki.toml, but its cert has the former name. "
            "Write the former name again, or delete its key file to have a new one made.",
            status=500,
        )


def _private_key(path: Path, passphrase: bytes) -> issue.PrivateKey:
    key = serialization.load_pem_private_key(path.read_bytes(), passphrase)
    if not isinstance(key, issue.PrivateKey):
        raise TypeError(f"the key in {path.name} is neither RSA nor ECDSA")
    return key


def certs_of(path: Path) -> list[x509.Certificate]:
    """The certs of one PEM file, in its order; the first is the holder's. Raises Problem PKI_CERT_UNREADABLE."""
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except ValueError as error:
        raise Problem(
            "PKI_CERT_UNREADABLE",
            f"证书文件 {path.name} 无法读取，请确认其为 PEM 格式的 X.509 证书。",
            f"The file {path.name} holds no readable X.509 cert in PEM.",
            status=500,
        ) from error


def _der(cert: x509.Certificate) -> bytes:
    return cert.public_bytes(serialization.Encoding.DER)
