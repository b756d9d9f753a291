"""The secret of accounts: with a copy of the database alone nobody can guess a code or read a second factor.

It is 32 bytes by chance, made on first start; servers of one address share it: copy the file.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from signing_service.domain.errors import Problem
from signing_service.trust.files import PRIVATE, locked, write_whole

BYTES = 32


def ensure_account_secret(path: Path) -> bytes:
    """The secret in ``path``, made when it is not there. Raises Problem ACCOUNT_SECRET_UNREADABLE."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with locked(path.parent / ".lock"):
        if not path.exists():
            write_whole(path, secrets.token_bytes(BYTES), PRIVATE)
    secret = path.read_bytes()
    if len(secret) != BYTES:
        raise Problem(
            "ACCOUNT_SECRET_UNREADABLE",
            f"账号密钥文件 {path} 损坏，请恢复备份；删除后会重新生成，但所有动态口令都要重新绑定。",
            f"The secret of accounts {path} is damaged: restore it. If it is deleted a new one is made, and every "
            "authenticator has to be set up again.",
            status=500,
        )
    return secret
