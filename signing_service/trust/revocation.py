"""Asking the CAs whether they still stand by the certs of a chain: OCSP, else CRL (``domain.keys.RevocationSource``).

Only certs that lead to our own trust anchors are asked about, and that is checked first; so where no hosts are
listed in the settings, any host is asked that a CA we trust wrote into a cert. Public verification asks nobody.
"""

from __future__ import annotations

import hashlib
import itertools
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from signing_service.domain.errors import Problem
from signing_service.domain.keys import RevocationEvidence
from signing_service.trust import answers
from signing_service.trust.answers import NoAnswer, Revoked, Statement, Unknown
from signing_service.trust.chains import issued, issued_as_ca
from signing_service.trust.over_http import LONGEST_LIST, Caller, Question, Rests, shown

LONGEST_CHAIN = 8
MOST_KEPT = 1024
"""Answers kept in memory; the one used longest ago goes first."""


class Line(Protocol):
    """A way to the services of CAs. What it is asked with comes from certs that lead to our anchors."""

    def leads_to(self, issuer: x509.Certificate) -> bool:
        """Whether the services of this CA are asked this way."""
        ...

    def ocsp_addresses(self, cert: x509.Certificate) -> Sequence[str]: ...

    def crl_addresses(self, cert: x509.Certificate) -> Sequence[str]: ...

    def ask_ocsp(self, address: str, request: bytes) -> bytes:
        """An OCSPResponse, DER, not yet believed. Raises NoAnswer."""
        ...

    def fetch_crl(self, address: str) -> bytes:
        """A CRL, DER or PEM, not yet believed. Raises NoAnswer."""
        ...

    def state(self) -> object:
        """An answer is used again until it runs out, as long as this is the same; where it cannot be known, None."""
        ...


class HttpLine:
    """CAs of somebody else, over HTTP. ``hosts``: who may be asked, or nobody in particular (empty)."""

    def __init__(self, caller: Caller, hosts: frozenset[str] = frozenset()) -> None:
        self._caller = caller
        self._hosts = hosts

    def leads_to(self, issuer: x509.Certificate) -> bool:  # noqa: ARG002 - to all
        return True

    def state(self) -> object:
        return None

    def ocsp_addresses(self, cert: x509.Certificate) -> Sequence[str]:
        return self._allowed(answers.ocsp_addresses(cert))

    def crl_addresses(self, cert: x509.Certificate) -> Sequence[str]:
        return self._allowed(answers.crl_addresses(cert))

    def ask_ocsp(self, address: str, request: bytes) -> bytes:
        wanted = frozenset({"application/ocsp-response"})
        return self._caller.ask(Question(address, wanted, request, "application/ocsp-request"))

    def fetch_crl(self, address: str) -> bytes:
        # the type of RFC 5280, 4.2.1.13, and those that servers give to a file they do not know
        wanted = frozenset({"application/pkix-crl", "application/x-pkcs7-crl", "application/octet-stream"})
        return self._caller.ask(Question(address, wanted, longest=LONGEST_LIST))

    def _allowed(self, addresses: Sequence[str]) -> list[str]:
        return [address for address in addresses if self._may_ask(address)]

    def _may_ask(self, address: str) -> bool:
        try:
            parts = urlsplit(address)
        except ValueError:
            return False
        host = parts.hostname or ""
        return parts.scheme in ("http", "https") and bool(host) and (not self._hosts or host in self._hosts)


@dataclass(frozen=True, slots=True)
class _Answer:
    """A believed answer about one cert, and its bytes as evidence."""

    statement: Statement
    ocsp: bytes | None
    crl: bytes | None
    asked_at: datetime
    until: datetime
    state: object
    """Of the line, when it was asked."""


class CaInquiry:
    """A ``domain.keys.RevocationSource``: asks by the first line that leads to a cert's CA. Safe for threads."""

    def __init__(
        self,
        anchors: Sequence[bytes],
        intermediates: Sequence[bytes],
        lines: Sequence[Line],
        keep: timedelta,
        rests: Rests | None = None,
    ) -> None:
        """``anchors``, ``intermediates``: DER. ``keep``: longest that an answer is used again."""
        self._anchors = [x509.load_der_x509_certificate(der) for der in anchors]
        self._intermediates = [x509.load_der_x509_certificate(der) for der in intermediates]
        self._lines = tuple(lines)
        self._keep = keep
        self._rests = rests or Rests()
        self._kept: OrderedDict[bytes, _Answer] = OrderedDict()
        self._paths: OrderedDict[tuple[bytes, ...], list[x509.Certificate]] = OrderedDict()
        self._lock = threading.Lock()

    def evidence(self, chain: Sequence[bytes], now: datetime, proven: datetime | None = None) -> RevocationEvidence:
        """Evidence for every cert of a chain below its anchor; ``certs`` holds the completed chain without the root.

        Raises Problem CERT_REVOKED unless all revocations are later than ``proven``, or REVOCATION_UNAVAILABLE: also for a chain that leads to no anchor of ours and
        for a cert that its CA says it never issued.
        """
        path = self._known_path(tuple(chain))
        found = [self._answer(cert, issuer, now, proven) for cert, issuer in itertools.pairwise(path)]
        responders = [one.statement.responder for one in found if one.statement.responder]
        certs = [_der(cert) for cert in path[:-1]] + responders
        return RevocationEvidence(
            certs=tuple(dict.fromkeys(certs)),
            ocsps=tuple(dict.fromkeys(one.ocsp for one in found if one.ocsp)),
            crls=tuple(dict.fromkeys(one.crl for one in found if one.crl)),
        )

    def _known_path(self, chain: tuple[bytes, ...]) -> list[x509.Certificate]:
        """A chain leads where it led before: its signatures are looked at once."""
        with self._lock:
            known = self._paths.get(chain)
        if known is None:
            known = self._path(chain)
            with self._lock:
                self._paths[chain] = known
                while len(self._paths) > MOST_KEPT:
                    self._paths.popitem(last=False)
        return known

    def _path(self, chain: Sequence[bytes]) -> list[x509.Certificate]:
        """The chain, made complete up to an anchor of ours, each cert really issued by the next."""
        certs = [_loaded(der) for der in chain[:LONGEST_CHAIN]]
        if not certs:
            raise _untrusted("空证书链", "an empty chain")
        path = [certs[0]]
        while path[-1] not in self._anchors:
            above = self._above(path, certs)
            if above is None or above in path or len(path) > LONGEST_CHAIN:
                raise _untrusted(_name(path[-1]), _name(path[-1]))
            path.append(above)
        return path

    def _above(self, path: Sequence[x509.Certificate], brought: Sequence[x509.Certificate]) -> x509.Certificate | None:
        for anchor in self._anchors:
            if issued(anchor, path[-1]):
                return anchor
        cas_below = len(path) - 1
        return next((one for one in (*brought, *self._intermediates) if issued_as_ca(one, path[-1], cas_below)), None)

    def _answer(
        self, cert: x509.Certificate, issuer: x509.Certificate, now: datetime, proven: datetime | None
    ) -> _Answer:
        line = next(line for line in self._lines if line.leads_to(issuer))
        identity = hashlib.sha256(_der(cert)).digest()
        with self._lock:
            kept = self._kept.get(identity)
            if kept is not None and kept.asked_at <= now <= kept.until and kept.state == line.state():
                self._kept.move_to_end(identity)
                return kept
        # read before asking: what changes meanwhile makes the answer old
        state = line.state()
        found = replace(self._asked(line, cert, issuer, now), state=state)
        if found.statement.revoked:
            return self._revoked_later(line, found, cert, issuer, now, proven)
        self._remember(identity, found)
        return found

    def _revoked_later(
        self,
        line: Line,
        found: _Answer,
        cert: x509.Certificate,
        issuer: x509.Certificate,
        now: datetime,
        proven: datetime | None,
    ) -> _Answer:
        """A revocation after the proven time, as the CA's list has it: validators read "revoked" in an OCSP response
        as of now, but ask a list for the time. Raises Problem CERT_REVOKED for one before it.
        """
        revoked = found.statement.revoked
        if revoked and (proven is None or revoked.at <= proven):
            raise _revoked(cert, revoked)
        return found if found.crl else self._asked(line, cert, issuer, now, by_list_alone=True)

    def _remember(self, identity: bytes, found: _Answer) -> None:
        with self._lock:
            self._kept[identity] = found
            self._kept.move_to_end(identity)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)

    def _asked(
        self,
        line: Line,
        cert: x509.Certificate,
        issuer: x509.Certificate,
        now: datetime,
        *,
        by_list_alone: bool = False,
    ) -> _Answer:
        """OCSP first, for it is newer and shorter; what did not answer is told when nothing else does."""
        tried: dict[str, str] = {}
        request = answers.ocsp_request(cert, issuer)

        def by_ocsp(address: str) -> _Answer:
            answer = line.ask_ocsp(address, request)
            return self._believed(answers.believed_ocsp(answer, cert, issuer, now), now, ocsp=answer)

        def by_crl(address: str) -> _Answer:
            answer = line.fetch_crl(address)
            statement = answers.believed_crl(answer, cert, issuer, now)
            return self._believed(statement, now, crl=_der_of_crl(answer))

        ocsp_addresses = [] if by_list_alone else line.ocsp_addresses(cert)
        try:
            for addresses, ask in ((ocsp_addresses, by_ocsp), (line.crl_addresses(cert), by_crl)):
                found = self._first(addresses, ask, tried)
                if found is not None:
                    return found
        except Unknown as unknown:
            # a CA that does not know its cert has lost its books or its key: a list that is silent proves nothing then
            tried[str(unknown)] = "unknown"
        raise _unavailable(cert, tried)

    def _first(self, addresses: Sequence[str], ask: Callable[[str], _Answer], tried: dict[str, str]) -> _Answer | None:
        for address in self._rests.in_order(addresses):
            try:
                found = ask(address)
            except Unknown:
                raise
            except NoAnswer as reason:
                self._rests.failed(address)
                tried[shown(address)] = str(reason)
            else:
                self._rests.answered(address)
                return found
        return None

    def _believed(
        self, statement: Statement, now: datetime, *, ocsp: bytes | None = None, crl: bytes | None = None
    ) -> _Answer:
        return _Answer(statement, ocsp, crl, now, min(statement.until, now + self._keep), state=None)


def _loaded(der: bytes) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(der)
    except ValueError:
        raise _untrusted("无法读取的证书", "a cert that cannot be read") from None


def _name(cert: x509.Certificate) -> str:
    """The serial: a subject may name a person."""
    return f"{cert.serial_number:x}"


def _der(cert: x509.Certificate) -> bytes:
    return cert.public_bytes(serialization.Encoding.DER)


def _der_of_crl(data: bytes) -> bytes:
    return answers.load_crl(data).public_bytes(serialization.Encoding.DER)


def _revoked(cert: x509.Certificate, revoked: Revoked) -> Problem:
    return Problem(
        "CERT_REVOKED",
        f"证书（序列号 {_name(cert)}）已于 {revoked.at:%Y-%m-%d %H:%M} UTC 被签发机构吊销，不得再用于签章。请更换证书后重试。",
        f"The cert with serial {_name(cert)} was revoked by its CA at {revoked.at:%Y-%m-%d %H:%M} UTC: nothing may be "
        "sealed with it any more. Use another cert.",
        status=409,
        serial=_name(cert),
        revoked_at=revoked.at.isoformat(),
        revocation_reason=revoked.reason,
    )


def _unavailable(cert: x509.Certificate, tried: dict[str, str]) -> Problem:
    told = "; ".join(f"{address}: {reason}" for address, reason in tried.items())
    return Problem(
        "REVOCATION_UNAVAILABLE",
        f"暂时无法向签发机构核实证书（序列号 {_name(cert)}）是否已吊销，系统将自动重试；若持续如此，请检查 OCSP、CRL 服务和网络。",
        f"Whether the cert with serial {_name(cert)} is revoked cannot be learnt now; it is tried again by itself. "
        f"If it stays so, check OCSP, CRL and network. Tried: {told or 'the cert names no address that may be asked'}.",
        status=503,
        serial=_name(cert),
        tried=told,
    )


def _untrusted(zh: str, en: str) -> Problem:
    return Problem(
        "REVOCATION_UNAVAILABLE",
        f"证书链（{zh}）无法追溯到信任锚，因此不向任何地址核实其吊销状态。请将签发机构的根证书放入 certs/trust_anchors，"
        "并确认密钥文件含有完整证书链。",
        f"The chain of {en} leads to no trust anchor, so nobody is asked about it. Put the root of its CA into "
        "certs/trust_anchors and see that the key comes with its whole chain.",
        status=503,
    )
