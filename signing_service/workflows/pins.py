"""The PIN of a key that the platform holds: set, checked, unlocked.

A try is counted, and the lock it would bring is written, before the PIN is compared: of many tries at the same moment
none is free, and a process that dies has not forgotten its try.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from signing_service.domain import pins as rules
from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyRef
from signing_service.storage import pins
from signing_service.storage.database import Database

# RFC 9106, 4: the cost of a guess; 19 MiB and two passes take some 20 ms
MEMORY_KIB, PASSES, LANES = 19_456, 2, 1
SALT_BYTES, HASH_BYTES = 16, 32


def set_pin(database: Database, key: KeyRef, pin: str, now: datetime) -> None:
    """By the administrator, or after ``check_pin`` of the old one by its owner. Unlocks. Raises Problem PIN_WEAK."""
    rules.refuse_weak(pin)
    hashed = _hasher(secrets.token_bytes(SALT_BYTES)).derive_phc_encoded(pin.encode())
    with database.transaction() as connection:
        pins.held(connection, key)
        pins.put(connection, key, hashed, now)


def change_pin(database: Database, key: KeyRef, old: str, new: str, now: datetime) -> None:
    """Raises what ``check_pin`` raises of the old PIN, and PIN_WEAK of the new one."""
    rules.refuse_weak(new)
    check_pin(database, key, old, now)
    set_pin(database, key, new, now)


def check_pin(database: Database, key: KeyRef, pin: str, now: datetime) -> None:
    """Return when the PIN is right. Raises Problem PIN_WRONG, PIN_LOCKED, PIN_MISSING (the key has none)."""
    with database.transaction() as connection:
        state = _known(pins.held(connection, key))
        if state.locked_until is not None and now < state.locked_until:
            raise rules.is_locked(state.locked_until)
        tries = state.tries + 1
        pins.count(connection, key, tries, rules.locked_until(tries, now))
    try:
        Argon2id.verify_phc_encoded(pin.encode(), state.hash)
    except InvalidKey:
        raise rules.is_wrong(tries) from None
    with database.transaction() as connection:
        current = pins.held(connection, key)
        if current is not None and current.hash == state.hash:
            pins.count(connection, key, 0, None)


def unlock(database: Database, key: KeyRef) -> None:
    """The administrator has seen who it is. Raises Problem PIN_MISSING."""
    with database.transaction() as connection:
        _known(pins.held(connection, key))
        pins.count(connection, key, 0, None)


def _known(state: pins.PinState | None) -> pins.PinState:
    if state is None:
        raise Problem(
            "PIN_MISSING",
            "该密钥尚未设置 PIN，请先设置。",
            "This key has no PIN yet: set one first.",
            status=409,
        )
    return state


def _hasher(salt: bytes) -> Argon2id:
    return Argon2id(salt=salt, length=HASH_BYTES, iterations=PASSES, lanes=LANES, memory_cost=MEMORY_KIB)
