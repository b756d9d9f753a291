"""PINs of keys on either database: whether there is one is asked in passing, by who writes nothing."""

from __future__ import annotations

from datetime import UTC, datetime

from signing_service.domain.keys import KeyRef
from signing_service.storage import pins
from signing_service.storage.database import Database

KEY = KeyRef("soft", "person-wang-jianguo")


def test_whether_a_key_has_a_pin_is_asked_without_writing(database: Database) -> None:
    with database.reading() as connection:
        assert not pins.is_chosen(connection, KEY)
    with database.transaction() as connection:
        pins.put(connection, KEY, "a hash", datetime(2026, 11, 29, tzinfo=UTC))
    with database.reading() as connection:
        assert pins.is_chosen(connection, KEY)
