"""A CA takes its word back: from that moment OCSP, CRL and validation say so."""

from __future__ import annotations

from datetime import UTC, datetime

from cryptography import x509

from signing_service.domain.errors import Problem
from signing_service.trust.description import ROOT
from signing_service.trust.embedded import EmbeddedServices
from signing_service.trust.files import locked
from signing_service.trust.pki import certs_of, unknown_label
from signing_service.trust.register import Revocation


def revoke(
    services: EmbeddedServices, name: str, reason: x509.ReasonFlags, now: datetime, at: datetime | None = None
) -> Revocation:
    """Revoke the cert of a key, of a CA (``ca/<name>``), or the one with a serial (hex), as of ``at`` or ``now``.

    Its key stays where it is and is given no new cert until ``pki.renew`` is asked for one. Raises Problem
    PKI_LABEL_UNKNOWN, PKI_ALREADY_REVOKED, or PKI_REVOCATION_TIME for a time to come or before the cert.
    """
    label, ca, cert = _named(services, name)
    since = (at or now).astimezone(UTC).replace(microsecond=0)
    _refuse_impossible(cert, since, now)
    with locked(services.pki.folder / ".lock"):
        known = services.register.revocation(ca, cert.serial_number)
        if known is not None:
            raise _already(name, known)
        revocation = Revocation(cert.serial_number, ca, label, since, reason)
        services.register.add(revocation)
    services.crls.current(ca, now)
    return revocation


def _named(services: EmbeddedServices, name: str) -> tuple[str, str, x509.Certificate]:
    """Label, issuing CA and cert."""
    pki = services.pki
    ca = name.removeprefix("ca/")
    if name.startswith("ca/") and ca in pki.cas and ca != ROOT:
        return name, ROOT, pki.cas[ca]
    entry = next((key for key in pki.description.keys if key.label == name), None)
    path = pki.keys / f"{name}.pem"
    if entry and path.exists():
        return name, entry.issuer, certs_of(path)[0]
    found = services.register.by_serial(name)
    if found is None:
        raise unknown_label(name)
    issuer, cert = found
    held = next((key.label for key in pki.description.keys if pki.certs.get(key.label) == cert), "")
    return held, issuer, cert


def _refuse_impossible(cert: x509.Certificate, since: datetime, now: datetime) -> None:
    if since > now or since < cert.not_valid_before_utc:
        raise Problem(
            "PKI_REVOCATION_TIME",
            f"吊销时间须在证书生效（{cert.not_valid_before_utc:%Y-%m-%d %H:%M} UTC）之后、现在之前。",
            f"A cert is revoked as of a time after it began ({cert.not_valid_before_utc:%Y-%m-%d %H:%M} UTC) and not "
            "in the future.",
        )


def _already(name: str, known: Revocation) -> Problem:
    return Problem(
        "PKI_ALREADY_REVOKED",
        f"“{name}”的证书已于 {known.at:%Y-%m-%d %H:%M} UTC 吊销（{known.reason.value}）；如需新证书，请用 pki renew。",
        f"The cert of {name!r} was revoked at {known.at:%Y-%m-%d %H:%M} UTC ({known.reason.value}). For a new one use "
        "pki renew.",
        status=409,
    )
