"""Places in the status lists, and the signed lists themselves. Every function works inside the caller's transaction.

A place is drawn by chance, so that a number on a code tells nothing of how many licences there are or which came
first; only that the lists have grown as far as it. A list has 2**20 places; place 1048577 is the second of list 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, func, insert, select, update

from signing_service.domain.dates import from_stored, to_stored
from signing_service.domain.licences import PLACES, LicenceStatus
from signing_service.storage import tables

FEWEST_PLACES = 1 << 14
MOST_PLACES = 1 << 31
"""What a column holds."""
DRAWS = 3
"""So many places in a row were taken: the room is narrow, and twice as many are drawn from."""


@dataclass(frozen=True, slots=True)
class PublishedList:
    """A signed list as it is published: a Status List Token, and what is told of it without reading it."""

    number: int
    token: bytes
    made_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class PlacedStatus:
    """What the register says of the licence at one place."""

    index: int
    status: LicenceStatus
    valid_until: date


def free_place(connection: Connection, entropy: Callable[[int], bytes]) -> int:
    """A place that no licence has. ``entropy`` gives so many bytes that nobody can guess."""
    (place,) = free_places(connection, entropy, 1)
    return place


def free_places(connection: Connection, entropy: Callable[[int], bytes], count: int) -> list[int]:
    """So many different places that no licence has, for licences that are stored in this transaction."""
    found: list[int] = []
    places, rounds = FEWEST_PLACES, 0
    while len(found) < count:
        if places > MOST_PLACES:
            msg = "chance that is none: it draws taken places only"
            raise LookupError(msg)
        drawn = dict.fromkeys(int.from_bytes(entropy(8)) % places for _ in range(count - len(found)))
        taken = _taken(connection, drawn)
        found += [place for place in drawn if place not in taken and place not in found]
        rounds += 1
        if rounds % DRAWS == 0:
            places *= 2
    return found


def extent(connection: Connection) -> int:
    """How many places there are: a power of two, or full lists, so that the last licence does not stand at the end."""
    last = connection.execute(select(func.max(tables.licence.c.status_index))).scalar()
    needed = FEWEST_PLACES if last is None else max(FEWEST_PLACES, last + 1)
    return 1 << (needed - 1).bit_length() if needed <= PLACES else -(-needed // PLACES) * PLACES


def last_change(connection: Connection) -> str:
    """When a licence was changed last, as it is stored; empty when there is none."""
    return connection.execute(select(func.max(tables.licence.c.changed_at))).scalar() or ""


def placed(connection: Connection, number: int) -> list[PlacedStatus]:
    """Every licence that has a place in the list ``number``."""
    licence = tables.licence
    rows = connection.execute(
        select(licence.c.status_index, licence.c.status, licence.c.valid_until).where(
            licence.c.status_index.between(number * PLACES, (number + 1) * PLACES - 1)
        )
    )
    return [PlacedStatus(index, LicenceStatus(status), date.fromisoformat(until)) for index, status, until in rows]


def numbers(connection: Connection) -> list[int]:
    """The lists that are published."""
    listing = tables.status_list
    return list(connection.execute(select(listing.c.number).order_by(listing.c.number)).scalars())


def load(connection: Connection, number: int) -> PublishedList | None:
    listing = tables.status_list
    row = connection.execute(select(listing).where(listing.c.number == number)).mappings().first()
    if row is None:
        return None
    return PublishedList(number, row["token"], from_stored(row["made_at"]), from_stored(row["expires_at"]))


def covered(connection: Connection, number: int) -> tuple[datetime, str] | None:
    """When a list was made, and the last change of a licence that was known then."""
    listing = tables.status_list
    query = select(listing.c.made_at, listing.c.covers).where(listing.c.number == number)
    row = connection.execute(query).first()
    return (from_stored(row.made_at), row.covers) if row else None


def keep(connection: Connection, made: PublishedList, covers: str) -> bool:
    """Store a list in place of an older one; False when a newer one is there, which stays."""
    listing = tables.status_list
    values = {
        "token": made.token,
        "made_at": to_stored(made.made_at),
        "expires_at": to_stored(made.expires_at),
        "covers": covers,
    }
    older = (listing.c.number == made.number) & (listing.c.made_at < values["made_at"])
    if connection.execute(update(listing).where(older).values(**values)).rowcount:
        return True
    if covered(connection, made.number) is not None:
        return False
    connection.execute(insert(listing).values(number=made.number, **values))
    return True


def _taken(connection: Connection, places: Iterable[int]) -> set[int]:
    index = tables.licence.c.status_index
    return set(connection.execute(select(index).where(index.in_(list(places)))).scalars())
