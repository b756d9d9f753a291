"""签署口令: who was given a key chooses its PIN, once; after that it is changed only by who knows the old one (``pins``)."""

from __future__ import annotations

from datetime import datetime

from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyRef
from signing_service.storage import parties, pins
from signing_service.storage.database import Database
from signing_service.workflows.pins import set_pin


def choose_first_pin(database: Database, party: str, pin: str, now: datetime) -> KeyRef:
    """By the owner, who is logged in and has just proven it with a one-time code. The key it opens.

    Raises Problem PERSON_NOT_FOUND, KEY_MISSING (nothing was issued yet), PIN_SET (there is one already), PIN_WEAK.
    """
    with database.reading() as connection:
        key = parties.load(connection, party).key
        chosen = key is not None and pins.is_chosen(connection, key)
    if key is None or key.store == "outside":
        raise Problem(
            "KEY_MISSING",
            "尚未签发由平台保管的密钥，无法设置签署口令。",
            "There is no key of yours that the platform keeps, so there is no PIN to choose.",
            status=409,
        )
    if chosen:
        raise Problem(
            "PIN_SET",
            "签署口令已经设置；修改口令须输入原口令，遗忘的请重新申领电子签名。",
            "There is a PIN already: change it with the old one, or apply for a new signature if you forgot it.",
            status=409,
        )
    set_pin(database, key, pin, now)
    return key
