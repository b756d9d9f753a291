"""How a signer is called: by the common name of the cert, and by the organisation where that is another."""

from __future__ import annotations

from functools import lru_cache

from asn1crypto import x509


@lru_cache(maxsize=4096)
def signer_text(cert: bytes) -> str:
    """Of a cert, DER. Raises ValueError, and others of its library, for one that cannot be read."""
    subject = x509.Certificate.load(cert).subject.native
    name, organisation = (_first(subject.get(key)) for key in ("common_name", "organization_name"))
    return f"{name}, {organisation}" if organisation and organisation != name else name


def _first(value: object) -> str:
    if isinstance(value, list):
        value = value[0] if value else ""
    return str(value or "")
