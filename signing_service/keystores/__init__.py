"""The places where keys live, behind one door: a key reference names its store, and the door leads there.

A new store is one file beside this one, one line in ``_STORES``, and it passes ``tests/contracts/test_key_store.py``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import NoReturn

from signing_service.domain.errors import Problem
from signing_service.domain.keys import FullKeyStore, KeyRef, SigningCert
from signing_service.keystores.pin import Pin
from signing_service.keystores.soft import SoftKeyStore
from signing_service.settings import Environment, Settings


def _soft(settings: Settings) -> FullKeyStore:
    passphrase = settings.pki / "passphrase"
    return SoftKeyStore(
        settings.pki / "keys",
        passphrase.read_bytes().strip() if passphrase.exists() else None,
        production=settings.environment is Environment.PRODUCTION,
    )


def _pkcs11(settings: Settings) -> FullKeyStore:
    from signing_service.keystores.pkcs11 import Pkcs11KeyStore
    from signing_service.keystores.token import TokenPlace

    return Pkcs11KeyStore(
        TokenPlace(Path(settings.pkcs11_module), settings.pkcs11_token, settings.pkcs11_sessions),
        Pin(settings.pkcs11_pin_file, settings.var / "pkcs11.pin-refused"),
        settings.pkcs11_certs,
        production=settings.environment is Environment.PRODUCTION,
    )


def _remote(settings: Settings) -> FullKeyStore:
    from signing_service.keystores.remote import RemoteKeyStore, RemotePlace

    place = RemotePlace(
        settings.csc_address,
        settings.csc_version,
        settings.csc_token_file,
        settings.csc_credentials,
        settings.csc_seconds,
    )
    pin = Pin(settings.csc_pin_file, settings.var / "csc.pin-refused")
    return RemoteKeyStore(place, pin, production=settings.environment is Environment.PRODUCTION)


def _always(_settings: Settings) -> bool:
    return True


def _has_token(settings: Settings) -> bool:
    return bool(settings.pkcs11_module)


def _has_service(settings: Settings) -> bool:
    return bool(settings.csc_address)


_STORES: Mapping[str, tuple[Callable[[Settings], bool], Callable[[Settings], FullKeyStore]]] = {
    "soft": (_always, _soft),
    "pkcs11": (_has_token, _pkcs11),
    "remote": (_has_service, _remote),
}
"""By name: whether the settings have it, and how it is opened."""


class KeyStores:
    """A ``domain.keys.KeyStore`` that asks the store each key names. A store is opened when first asked for a key."""

    def __init__(self, stores: Mapping[str, Callable[[], FullKeyStore]]) -> None:
        self._openers = dict(stores)
        self._open: dict[str, FullKeyStore] = {}
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

    def sign_digest(self, key: KeyRef, digest: bytes) -> bytes:
        """The signature over data with this digest; raises as the key's store does."""
        return self._store(key).sign_digest(key, digest)

    def keys(self) -> tuple[KeyRef, ...]:
        """Every key of every store. Raises when one of them is out of reach."""
        return tuple(key for name in self.names for key in self.keys_of(name))

    def keys_of(self, name: str) -> tuple[KeyRef, ...]:
        """The keys of one store; raises as the store does."""
        return self._store(KeyRef(name, "*")).keys()

    @property
    def names(self) -> tuple[str, ...]:
        """The stores that are set up."""
        return tuple(sorted(self._openers))

    def _store(self, key: KeyRef) -> FullKeyStore:
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
    """Every store of the table that the settings have."""
    return KeyStores(
        {name: partial(opener, settings) for name, (is_set_up, opener) in _STORES.items() if is_set_up(settings)}
    )
