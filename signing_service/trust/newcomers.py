"""Keys for people and enterprises who apply for one: the embedded CA makes them beside those that ``pki.toml`` lists.

The label stands for the application, so that a worker that died and comes again finds the key it made. A cert begins
an hour back and ends with the last day that was granted (Asia/Shanghai), or with its CA.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from cryptography import x509

from signing_service.domain.dates import SHANGHAI
from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyAlgorithm, KeyRef
from signing_service.domain.new_keys import HolderKind, NewKey, Withdrawal
from signing_service.settings import Settings
from signing_service.trust import issue
from signing_service.trust.description import LABEL, KeyDescription, Profile
from signing_service.trust.embedded import EmbeddedServices
from signing_service.trust.files import PRIVATE, locked, write_whole
from signing_service.trust.issue import Validity
from signing_service.trust.opening import has_embedded_pki, open_services
from signing_service.trust.pki import certs_of
from signing_service.trust.register import Register
from signing_service.trust.revoke import revoke

STORE = "soft"
"""Where the embedded PKI keeps its keys."""

_CLOCKS_DIFFER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class EmbeddedCa:
    """A ``domain.new_keys.CertAuthority`` on the embedded PKI."""

    open: Callable[[], EmbeddedServices]
    """The PKI as it is on disk now."""

    def make(self, wanted: NewKey, now: datetime) -> KeyRef:
        pki = self.open().pki
        entry = _entry(wanted)
        subject = issue.subject_of_holder(entry, pki.pepper)
        path = pki.keys / f"{wanted.label}.pem"
        with locked(pki.folder / ".lock"):
            if path.exists():
                _refuse_another(wanted, certs_of(path)[0], subject)
                return KeyRef(STORE, wanted.label)
            key = issue.new_key(entry.algorithm)
            above = pki.cas[entry.issuer]
            validity = _validity(now, wanted.until, above)
            cert = issue.issue_cert(subject, key.public_key(), pki.issuer(entry.issuer), entry.profile, validity)
            Register(pki.folder).record(entry.issuer, cert)
            write_whole(path, issue.pem_of_key(key, (cert, above), pki.passphrase), PRIVATE)
        return KeyRef(STORE, wanted.label)

    def withdraw(self, key: KeyRef, why: Withdrawal, now: datetime) -> None:
        services = self.open()
        path = services.pki.keys / f"{key.label}.pem"
        if key.store != STORE or not path.exists():
            return
        serial = f"{certs_of(path)[0].serial_number:x}"
        try:
            revoke(services, serial, x509.ReasonFlags(why.value), now)
        except Problem as problem:
            if problem.code != "PKI_ALREADY_REVOKED":
                raise


class NoCa:
    """In production keys come from a real CA, which hands them out itself."""

    def make(self, wanted: NewKey, now: datetime) -> KeyRef:
        del wanted, now
        raise Problem(
            "CERTS_ELSEWHERE",
            "本环境不签发数字证书，请向指定的电子认证服务机构申领，领取后由管理员登记。",
            "No certs are issued here: apply to the certification authority, then have the key entered.",
            status=503,
        )

    def withdraw(self, key: KeyRef, why: Withdrawal, now: datetime) -> None:
        """Nothing of ours is to be taken back; the seal is withdrawn all the same."""


def open_ca(settings: Settings, clock: Callable[[], datetime]) -> EmbeddedCa | NoCa:
    """Who makes keys here."""
    return EmbeddedCa(lambda: open_services(settings, clock)) if has_embedded_pki(settings) else NoCa()


def _entry(wanted: NewKey) -> KeyDescription:
    if not LABEL.fullmatch(wanted.label) or wanted.number.lower() in wanted.label:
        msg = "a label has a-z, 0-9 and single hyphens, and never the number of its holder"
        raise ValueError(msg)
    is_person = wanted.kind is HolderKind.PERSON
    return KeyDescription(
        label=wanted.label,
        profile=Profile.SEAL,
        issuer=wanted.kind.value,
        algorithm=KeyAlgorithm.ECDSA_P256,
        common_name=wanted.name,
        organisation="" if is_person else wanted.name,
        uscc="" if is_person else wanted.number,
        id_number=wanted.number if is_person else "",
    )


def _refuse_another(wanted: NewKey, cert: x509.Certificate, subject: x509.Name) -> None:
    if cert.subject != subject:
        raise Problem(
            "KEY_EXISTS",
            f"名为“{wanted.label}”的密钥属于另一持有人，不能再次签发，请联系管理员。",
            f"A key named {wanted.label!r} belongs to another holder: have the administrator look at it.",
            status=409,
        )


def _validity(now: datetime, until: date, above: x509.Certificate) -> Validity:
    begin = now.astimezone(UTC).replace(microsecond=0) - _CLOCKS_DIFFER
    end = datetime.combine(until, time(23, 59, 59), SHANGHAI).astimezone(UTC)
    return Validity(max(begin, above.not_valid_before_utc), min(end, above.not_valid_after_utc))
