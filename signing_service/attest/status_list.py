"""The status of every licence in one signed list: a phone that holds it needs nobody to be asked.

IETF Token Status List as a CWT (draft-ietf-oauth-status-list, 4.2 and 5.2): four bits a licence, the first in the low
bits of the first byte, compressed with DEFLATE in the zlib format. The list says when it was made and for how long it
may be kept; a reader shows its age.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import Any

from signing_service.attest.code_keys import CodeKeys
from signing_service.attest.cose import MalformedError, deterministic, read_deterministic, read_sign1, sign1
from signing_service.domain.dates import day_in_shanghai
from signing_service.domain.licences import LicenceStatus

BITS = 4
PUBLISHED = "/.well-known/licence-status"
"""Here the lists are named, and below it each is published under its number."""
CONTENT = "application/statuslist+cwt"
TAG = b"\xd2"
"""The CBOR tag of a COSE_Sign1 (RFC 9052, 2), which the draft's own tokens carry."""
SUBJECT, EXPIRES, ISSUED_AT, STATUS_LIST, TIME_TO_LIVE = 2, 4, 6, 65533, 65534
MOST_LICENCES = 1 << 24
"""More than this is not read: a small list may be made to unpack into a large one."""


class ListedStatus(IntEnum):
    """0 to 2 are the draft's own values (7.1), 3 and 12 to 15 are left to the application."""

    IN_FORCE = 0
    CANCELLED = 1
    SUSPENDED = 2
    NOT_ASSIGNED = 3
    """No licence has this place."""
    SUPERSEDED = 12
    EXPIRED = 13
    ANNULLED = 14
    FORFEITED = 15


_LISTED = {
    LicenceStatus.ISSUING: ListedStatus.NOT_ASSIGNED,
    LicenceStatus.IN_FORCE: ListedStatus.IN_FORCE,
    LicenceStatus.EXPIRED: ListedStatus.EXPIRED,
    LicenceStatus.SUSPENDED: ListedStatus.SUSPENDED,
    LicenceStatus.CANCELLED: ListedStatus.CANCELLED,
    LicenceStatus.ANNULLED: ListedStatus.ANNULLED,
    LicenceStatus.FORFEITED: ListedStatus.FORFEITED,
    LicenceStatus.SUPERSEDED: ListedStatus.SUPERSEDED,
    # the list has four bits and no value left: of no effect here is what a reader without a network has to know
    LicenceStatus.TRANSFERRED: ListedStatus.CANCELLED,
    # nothing more is built on it
    LicenceStatus.COMPLETED: ListedStatus.EXPIRED,
}


@dataclass(frozen=True, slots=True)
class StatusList:
    """The list itself and what is said of it."""

    address: str
    """Where it is published; a list under another name is another list."""
    made_at: datetime
    keep_for: timedelta
    """A reader asks again after this while."""
    expires_at: datetime
    packed: bytes
    """Two licences a byte."""

    def __len__(self) -> int:
        return 2 * len(self.packed)

    def status(self, index: int) -> ListedStatus:
        """Raises IndexError outside the list, MalformedError for a value that means nothing."""
        if not 0 <= index < len(self):
            msg = f"the list has {len(self)} places, {index} is none of them"
            raise IndexError(msg)
        value = self.packed[index // 2] >> BITS * (index % 2) & 0xF
        try:
            return ListedStatus(value)
        except ValueError:
            msg = f"status {value} has no meaning here"
            raise MalformedError(msg) from None

    def is_current(self, now: datetime) -> bool:
        return now < self.expires_at


def address_of(origin: str, number: int) -> str:
    """Where list ``number`` is published, which is also its name."""
    return f"{origin}{PUBLISHED}/{number}"


def listed(status: LicenceStatus) -> ListedStatus:
    """The value that stands in the list for a status of the register."""
    return _LISTED[status]


def packed(statuses: Iterable[tuple[int, ListedStatus]], size: int) -> bytes:
    """``size`` places, each NOT_ASSIGNED unless ``statuses`` names it. Raises IndexError outside."""
    octets = bytearray([ListedStatus.NOT_ASSIGNED << BITS | ListedStatus.NOT_ASSIGNED]) * ((size + 1) // 2)
    for index, status in statuses:
        if not 0 <= index < size:
            raise IndexError(index)
        shift = BITS * (index % 2)
        octets[index // 2] = octets[index // 2] & ~(0xF << shift) | status << shift
    return bytes(octets)


def sign_list(listing: StatusList, kid: bytes, sign: Callable[[bytes], bytes]) -> bytes:
    """The Status List Token, a tagged COSE_Sign1. ``sign`` as in ``cose.sign1``."""
    claims = {
        SUBJECT: listing.address,
        EXPIRES: int(listing.expires_at.timestamp()),
        ISSUED_AT: int(listing.made_at.timestamp()),
        STATUS_LIST: {"bits": BITS, "lst": zlib.compress(listing.packed, 9)},
        TIME_TO_LIVE: int(listing.keep_for.total_seconds()),
    }
    return TAG + sign1(deterministic(claims), kid, sign, CONTENT)


def read_list(token: bytes, address: str, keys: CodeKeys) -> StatusList:
    """The list, verified. Raises MalformedError: not a list, not this one, or not signed with a key of ours."""
    listing = _verified(token, keys)
    if listing.address != address:
        raise MalformedError("another list")
    return listing


def read_list_of(token: bytes, origin: str, keys: CodeKeys) -> tuple[int, StatusList]:
    """A list that is published at ``origin``, and its number. Raises MalformedError as ``read_list``."""
    listing = _verified(token, keys)
    number = listing.address.removeprefix(address_of(origin, 0)[:-1])
    if not number.isascii() or not number.isdigit() or address_of(origin, int(number)) != listing.address:
        raise MalformedError("another site's list")
    return int(number), listing


def _verified(token: bytes, keys: CodeKeys) -> StatusList:
    if not token.startswith(TAG):
        raise MalformedError("no tag")
    signed = read_sign1(token[len(TAG) :], CONTENT)
    key = keys.find(signed.kid)
    if key is None or not signed.is_signed_by(key.public_key):
        raise MalformedError("not signed by us")
    listing = _listing(read_deterministic(signed.payload))
    if not key.could_sign_on(day_in_shanghai(listing.made_at)):
        raise MalformedError("signed with a key that was not in use")
    return listing


def _listing(claims: Any) -> StatusList:
    match claims:
        case {2: str(address), 4: int(expires), 6: int(made), 65533: {"bits": 4, "lst": bytes(lst)}, 65534: int(ttl)}:
            made_at, expires_at = (datetime.fromtimestamp(time, UTC) for time in (made, expires))
            return StatusList(address, made_at, timedelta(seconds=ttl), expires_at, _unpacked(lst))
        case _:
            raise MalformedError("not a status list of four bits")


def _unpacked(compressed: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    try:
        octets = unpacker.decompress(compressed, MOST_LICENCES // 2)
    except zlib.error as error:
        raise MalformedError("not compressed with zlib") from error
    if not unpacker.eof or unpacker.unused_data:
        raise MalformedError("too long, or cut off")
    return octets
