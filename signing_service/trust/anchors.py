"""Whom we believe: the anchors the operator trusts and, in development, the embedded PKI. Public certs, no key."""

from __future__ import annotations

from dataclasses import dataclass

from signing_service.settings import Environment, Settings
from signing_service.trust.pki import certs_in


@dataclass(frozen=True, slots=True)
class Anchors:
    """Each DER."""

    roots: tuple[bytes, ...]
    intermediates: tuple[bytes, ...]


def read_anchors(settings: Settings) -> Anchors:
    """What is in ``certs/trust_anchors`` and, outside production, in the public half of the embedded PKI."""
    own = tuple(certs_in(settings.trust_anchors))
    if settings.environment is Environment.PRODUCTION:
        return Anchors(own, ())
    return Anchors(
        roots=(*own, *certs_in(settings.pki / "anchors")),
        intermediates=tuple(certs_in(settings.pki / "intermediates")),
    )
