"""The key that signs tickets: made on first start, and pinned by every agent that meets this service.

It signs no document and opens nothing; who steals it can show false words to the holder of a token, so the file is its
owner's alone. Servers of one address share it: copy the file.
"""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from signing_service.domain.errors import Problem
from signing_service.trust.files import PRIVATE, locked, write_whole


def ensure_ticket_key(path: Path) -> Ed25519PrivateKey:
    """The key in ``path``, made when it is not there. Raises Problem TICKET_KEY_UNREADABLE."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with locked(path.parent / ".lock"):
        if not path.exists():
            pem = Ed25519PrivateKey.generate().private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            write_whole(path, pem, PRIVATE)
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
        if not isinstance(key, Ed25519PrivateKey):
            raise TypeError
    except (ValueError, TypeError):
        raise Problem(
            "TICKET_KEY_UNREADABLE",
            f"签署凭单密钥 {path} 无法读取，请恢复备份；删除后会重新生成，但各单位的本机助手须重新确认。",
            f"The ticket key {path} cannot be read: restore it. If it is deleted a new one is made, and every agent has "
            "to be told to trust it.",
            status=500,
        ) from None
    return key
