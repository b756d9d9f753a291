"""A credential's PIN: after five wrong ones in a row it is locked until the operator takes the mark away."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from pathlib import Path

from signing_service.key_service.config import Credential

MOST_WRONG = 5


class PinLockedError(Exception):
    """The PIN is locked."""


class Pins:
    """Counts wrong PINs in ``<credential>.wrong-pins`` below a folder: a restart is no new chance."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._secret = secrets.token_bytes(32)
        self._right: dict[str, bytes] = {}
        self._counting = threading.Lock()

    def is_right(self, credential: Credential, pin: str) -> bool:
        """Raises PinLockedError, also for the right PIN, once it is locked."""
        # one after the other, or many at once would have more than five tries
        with self._counting:
            mark = self._folder / f"{credential.id}.wrong-pins"
            wrong = len(mark.read_bytes()) if mark.exists() else 0
            if wrong >= MOST_WRONG:
                raise PinLockedError
            if self._is_right(credential, pin):
                mark.unlink(missing_ok=True)
                return True
            self._folder.mkdir(parents=True, exist_ok=True)
            with mark.open("ab") as counted:
                counted.write(b"x")
            return False

    def _is_right(self, credential: Credential, pin: str) -> bool:
        """What was right before is known by a keyed hash, so that the 50 ms are paid once."""
        known = hmac.new(self._secret, pin.encode(), hashlib.sha256).digest()
        if hmac.compare_digest(self._right.get(credential.id, b""), known):
            return True
        if not credential.has(pin):
            return False
        self._right[credential.id] = known
        return True
