"""What a licence's code states: the few values somebody who holds the paper compares with it.

A CBOR map with integer keys. The hash binds the code to the record that travels in the file; the file's own hash
cannot stand here, for the code is inside the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from signing_service.attest.cose import MalformedError, deterministic, read_deterministic

SCHEMA = 1
RECORD_HASH_LENGTH = 16
LONGEST_TEXT = 120
EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Statement:
    """The signed values, as printed on the licence."""

    number: str
    holder: str
    """As the paper shows it."""
    organisation: str
    """Employer or enterprise; empty when there is none."""
    specialty: str
    """Category, trade or specialties, as printed; empty when there is none."""
    issued: date
    expires: date | None
    """The last day, inclusive; None: no end."""
    status_index: int | None
    """Place in the status list; None: in none."""
    record_hash: bytes
    """The first 16 bytes of the SHA-256 of the canonical record (RFC 8785)."""

    def to_cbor(self) -> bytes:
        """Absent values are left out. Raises ValueError for a value that ``from_cbor`` would not read."""
        values: dict[int, Any] = {
            1: SCHEMA,
            2: self.number,
            3: self.holder,
            4: self.organisation or None,
            5: self.specialty or None,
            6: (self.issued - EPOCH).days,
            7: (self.expires - EPOCH).days if self.expires else None,
            8: self.status_index,
            9: self.record_hash,
        }
        encoded = deterministic({key: value for key, value in values.items() if value is not None})
        if Statement.from_cbor(encoded) != self:
            raise ValueError("a statement that would not be read back as it is")
        return encoded

    @classmethod
    def from_cbor(cls, data: bytes) -> Statement:
        """Raises MalformedError: another schema, a value that is missing, of the wrong kind, or unknown."""
        values = read_deterministic(data)
        if not isinstance(values, dict) or values.get(1) != SCHEMA or not values.keys() <= set(range(1, 10)):
            raise MalformedError("not a statement of this schema")
        record_hash = values.get(9)
        if not isinstance(record_hash, bytes) or len(record_hash) != RECORD_HASH_LENGTH:
            raise MalformedError("no record hash of 16 bytes")
        issued = _day(values, 6)
        if issued is None:
            raise MalformedError("no day of issue")
        return cls(
            number=_text(values, 2, required=True),
            holder=_text(values, 3, required=True),
            organisation=_text(values, 4),
            specialty=_text(values, 5),
            issued=issued,
            expires=_day(values, 7),
            status_index=_count(values, 8),
            record_hash=record_hash,
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "holder": self.holder,
            "organisation": self.organisation,
            "specialty": self.specialty,
            "issued": self.issued.isoformat(),
            "expires": self.expires.isoformat() if self.expires else None,
            "status_index": self.status_index,
            "record_hash": self.record_hash.hex(),
        }


def _text(values: dict[int, Any], key: int, *, required: bool = False) -> str:
    value = values.get(key, "")
    # an empty text is left out, so one that is there and empty is a second spelling
    if not isinstance(value, str) or len(value) > LONGEST_TEXT or (not value and (required or key in values)):
        msg = f"value {key} is not a text of 1 to {LONGEST_TEXT} characters"
        raise MalformedError(msg)
    return value


def _count(values: dict[int, Any], key: int) -> int | None:
    value = values.get(key)
    if value is None and key not in values:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**32:
        msg = f"value {key} is not a count"
        raise MalformedError(msg)
    return value


def _day(values: dict[int, Any], key: int) -> date | None:
    days = _count(values, key)
    if days is None:
        return None
    try:
        return EPOCH + timedelta(days)
    except OverflowError as error:
        msg = f"value {key} is not a day"
        raise MalformedError(msg) from error
