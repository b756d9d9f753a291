"""How a request to Alibaba Cloud is signed: V3, ``ACS3-HMAC-SHA256`` (Alibaba Cloud SDK, V3 request structure and signature).

The canonical request names method, path, sorted query, signed headers and the SHA-256 of the body; what is signed is
the algorithm and the SHA-256 of that.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from urllib.parse import quote

ALGORITHM = "ACS3-HMAC-SHA256"


def canonical_query(values: Mapping[str, str] | Iterable[tuple[str, str]]) -> str:
    """RFC 3986: only unreserved characters stay as they are; sorted by name."""
    pairs = values.items() if isinstance(values, Mapping) else values
    return "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in sorted(pairs))


def signature(secret: str, method: str, path: str, query: str, headers: Mapping[str, str]) -> str:
    """Hex HMAC-SHA256. ``headers`` are those that are signed, names in small letters, ``x-acs-content-sha256`` among them."""
    lines = (
        method,
        path,
        query,
        "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(headers)),
        ";".join(sorted(headers)),
        headers["x-acs-content-sha256"],
    )
    hashed = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    return hmac.new(secret.encode(), f"{ALGORITHM}\n{hashed}".encode(), hashlib.sha256).hexdigest()


def authorization(access_key: str, secret: str, method: str, path: str, query: str, headers: Mapping[str, str]) -> str:
    """The value of the header ``Authorization``."""
    signed = ";".join(sorted(headers))
    return (
        f"{ALGORITHM} Credential={access_key},SignedHeaders={signed},"
        f"Signature={signature(secret, method, path, query, headers)}"
    )
