"""The places where keys live, behind one door: a key reference names its store, and the door leads there.

A new store is one file beside this one, one line in ``_STORES``, and it passes ``tests/contracts/test_key_store.py``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import NoReturn

from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyRef, KeyStore, SigningCert
from signing_service.keystores.soft import SoftKeyStore
from signing_service.settings import Environment, Settings


def _soft(settings: Settings) -> KeyStore:
    passphrase = settings.pki / "passphrase"
    return SoftKeyStore(
        settings.pki / "keys",
        passphrase.read_bytes().strip() if passphrase.exists() else None,
        production=settings.environment is Environment.PRODUCTION,
    )


_STORES: Mapping[str, Callable[[Settings], KeyStore]] = {
    "soft": _soft,
}


class KeyStores:
    """A ``domain.keys.KeyStore`` that asks the store each key names. A store is opened when first asked for a key."""

    def __init__(self, stores: Mapping[str, Callable[[], KeyStore]]) -> None:
        self._openers = dict(stores)
        self._open: dict[str, KeyStore] = {}
        self._opening = threading.Lock()

    def __repr__(self) -> str:
        return f"KeyStores({', '.join(sorted(self._openers))})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("key stores stay in their process")

    def signing_cert(self, key: KeyRef) -> SigningCert:
        """The cert and chain of a key. Raises Problem KEY_UNKNOWN, also for a store that is not in the table."""
        return self._store(key).signing_cert(key)

    def sign(self, key: KeyRef, data: bytes) -> bytes:
        """The signature over ``data``; raises as the key's store does."""
        return self._store(key).sign(key, data)

    def _store(self, key: KeyRef) -> KeyStore:
        if key.store not in self._openers:
            raise Problem(
                "KEY_UNKNOWN",
                f"密钥“{key}”所在的密钥库“{key.store}”未启用。已启用：{'、'.join(sorted(self._openers))}。",
                f"Key {str(key)!r} names store {key.store!r}, which is not set up. "
                f"There are: {', '.join(sorted(self._openers))}.",
                status=500,
            )
        with self._opening:
            if key.store not in self._open:
                self._open[key.store] = self._openers[key.store]()
            return self._open[key.store]


def open_key_stores(settings: Settings) -> KeyStores:
    """Every store of the table, as the settings have it."""
    return KeyStores({name: partial(opener, settings) for name, opener in _STORES.items()})
