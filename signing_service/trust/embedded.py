"""The embedded PKI's services in process: OCSP, CRLs and time stamps, answered without a port that listens."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import structlog
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from signing_service.domain.errors import Problem
from signing_service.trust.answers import NoAnswer
from signing_service.trust.crls import Crl, Crls
from signing_service.trust.description import ROOT, KeyDescription, Profile
from signing_service.trust.issue import PrivateKey
from signing_service.trust.ocsp import OcspResponder
from signing_service.trust.pki import Pki
from signing_service.trust.register import Register, Stamp, stamp_of
from signing_service.trust.tsa import EmbeddedTsa

LOOKED_AT_EVERY_SECONDS = 3600.0
"""How often a service that runs on sees whether a CRL is due."""

log = structlog.get_logger(__name__)


class EmbeddedServices:
    """What the CAs of one PKI publish. Opened in the process that uses it; opens no key of a seal."""

    def __init__(self, pki: Pki, clock: Callable[[], datetime]) -> None:
        self.pki = pki
        self.clock = clock
        self.register = Register(pki.folder)
        self.crls = Crls(pki, self.register)
        self.responder = OcspResponder(pki, self.register, clock)
        self._tsa: tuple[Stamp | None, EmbeddedTsa] | None = None
        self._opening = threading.Lock()

    def crl(self, ca: str) -> bytes:
        """The current list of a CA, DER. Raises KeyError for a CA we have not."""
        return self.crls.current(ca, self.clock()).der

    def keep_current(self) -> list[Crl]:
        """The lists of all CAs, made anew where due."""
        return self.crls.keep_current(self.clock())

    def time_stamp(self, request: bytes) -> bytes:
        """The TimeStampResp to a TimeStampReq, both DER. Raises Problem TSA_UNAVAILABLE without a fit key and cert."""
        return self._opened_tsa().answer(request)

    def _opened_tsa(self) -> EmbeddedTsa:
        entry = next((key for key in self.pki.description.keys if key.profile is Profile.TSA), None)
        if entry is None:
            raise _no_tsa()
        with self._opening:
            stamp = stamp_of(self.pki.keys / f"{entry.label}.pem")
            if self._tsa is None or self._tsa[0] != stamp:
                self._tsa = stamp, self._open_tsa(entry)
            return self._tsa[1]

    def _open_tsa(self, entry: KeyDescription) -> EmbeddedTsa:
        try:
            key, cert = self.pki.service_key(entry.label)
        except (OSError, ValueError) as error:
            raise _no_tsa() from error

        def sign(data: bytes) -> bytes:
            if self.register.revocation(entry.issuer, cert.serial_number):
                raise _no_tsa()
            return _signature(key, data)

        return EmbeddedTsa(cert.public_bytes(Encoding.DER), [self.pki.der_of_ca(entry.issuer)], sign, self.clock)


def _signature(key: PrivateKey, data: bytes) -> bytes:
    match key:
        case rsa.RSAPrivateKey():
            return key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        case ec.EllipticCurvePrivateKey():
            return key.sign(data, ec.ECDSA(hashes.SHA384() if key.key_size == 384 else hashes.SHA256()))
        case _:
            return key.sign(data)


def _no_tsa() -> Problem:
    return Problem(
        "TSA_UNAVAILABLE",
        "内置时间戳服务没有可用的密钥和证书，请用 signing-service pki list 检查，必要时用 pki renew 更换。",
        "The embedded time-stamping authority has no key and cert it may use: see signing-service pki list, and have "
        "them renewed with pki renew.",
        status=503,
    )


@contextmanager
def kept_current(services: EmbeddedServices) -> Iterator[None]:
    """While the block lasts, CRLs are made anew in time, however long it lasts."""
    over = threading.Event()
    services.keep_current()

    def keep() -> None:
        while not over.wait(LOOKED_AT_EVERY_SECONDS):
            try:
                services.keep_current()
            except (Problem, OSError) as error:
                log.warning("crls_not_made", error=str(error))

    keeper = threading.Thread(target=keep, name="crls", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join()


class EmbeddedLine:
    """A ``revocation.Line`` to the CAs of the embedded PKI, known by their certs, whatever addresses are named.

    Answers are made anew when anything was revoked since, so that a revocation takes effect at once.
    """

    def __init__(self, services: EmbeddedServices) -> None:
        self._services = services
        self._names = {cert: name for name, cert in services.pki.cas.items()}
        self._issuers = {cert.subject: name for name, cert in services.pki.cas.items()}

    def leads_to(self, issuer: x509.Certificate) -> bool:
        return issuer in self._names

    def state(self) -> object:
        return self._services.register.state()

    def ocsp_addresses(self, cert: x509.Certificate) -> Sequence[str]:
        name = self._issuers[cert.issuer]
        return [name] if name != ROOT and self._services.responder.answers_for(name) else []

    def crl_addresses(self, cert: x509.Certificate) -> Sequence[str]:
        return [self._issuers[cert.issuer]]

    def ask_ocsp(self, address: str, request: bytes) -> bytes:
        return self._services.responder.answer(address, request)

    def fetch_crl(self, address: str) -> bytes:
        try:
            return self._services.crl(address)
        except (Problem, OSError, ValueError) as error:
            raise NoAnswer(f"the embedded CA cannot make its list ({type(error).__name__})") from None
