"""The embedded PKI's services in process: its CAs' OCSP and CRLs, answered without a port that listens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from cryptography import x509

from signing_service.domain.errors import Problem
from signing_service.trust.crls import Crls
from signing_service.trust.description import ROOT
from signing_service.trust.ocsp import OcspResponder
from signing_service.trust.over_http import NoAnswer
from signing_service.trust.pki import Pki
from signing_service.trust.register import Register


class EmbeddedServices:
    """What the CAs of one PKI publish. Opened where it is used; holds no key of a seal."""

    def __init__(self, pki: Pki, clock: Callable[[], datetime]) -> None:
        self.pki = pki
        self.clock = clock
        self.register = Register(pki.folder)
        self.crls = Crls(pki, self.register)
        self.responder = OcspResponder(pki, self.register, clock)

    def crl(self, ca: str) -> bytes:
        """The current list of a CA, DER. Raises KeyError for a CA we have not."""
        return self.crls.current(ca, self.clock()).der


class EmbeddedLine:
    """A ``revocation.Line`` to the CAs of the embedded PKI, known by their certs, whatever addresses are named.

    Answers are made when asked, so that a revocation takes effect at once.
    """

    may_be_kept = False

    def __init__(self, services: EmbeddedServices) -> None:
        self._services = services
        self._names = {cert: name for name, cert in services.pki.cas.items()}
        self._issuers = {cert.subject: name for name, cert in services.pki.cas.items()}

    def leads_to(self, issuer: x509.Certificate) -> bool:
        return issuer in self._names

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
