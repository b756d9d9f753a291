"""The watch over everything that runs out: certs of keys and above them, seals, time-stamping authority, anchors."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day

import structlog
from cryptography import x509

from signing_service.domain.alarms import CODE, URGENT, Ending
from signing_service.domain.dates import SHANGHAI, day_in_shanghai
from signing_service.domain.documents import sha256_of
from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyRef, KeyStore
from signing_service.domain.parties import PartyKind
from signing_service.domain.seals import SealState
from signing_service.storage import key_alarms, parties
from signing_service.storage.database import Database
from signing_service.trust.anchors import Anchors

EVERY = timedelta(hours=6)
"""So often a running service looks; an alarm is raised once all the same, in the last week once a day."""

EMBEDDED_TSA = KeyRef("soft", "tsa")
"""Where time stamps are bought there is no such key, and whoever sells them watches their own."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Watched:
    """What is looked at."""

    database: Database
    keys: KeyStore
    anchors: Anchors
    besides: tuple[KeyRef, ...] = ()
    """Keys of the service itself: the one that signs codes."""


def endings(watched: Watched) -> tuple[list[Ending], list[Problem]]:
    """Everything that has an end, the earliest first, and the keys whose cert could not be read."""
    found, problems = [*_of_seals(watched.database), *_of_anchors(watched.anchors)], []
    for kind, key in [*_keys(watched.database), *(("key", key) for key in watched.besides)]:
        try:
            signer = watched.keys.signing_cert(key)
        except Problem as problem:
            if kind != "tsa":
                problems.append(problem)
            continue
        found.append(_of_cert(kind, str(key), signer.cert))
        found += [_of_cert("chain", _name_of(above), above) for above in signer.chain]
    return sorted(set(found), key=lambda one: (one.ends, one.subject)), problems


def raise_due(database: Database, found: Iterable[Ending], now: datetime) -> list[Ending]:
    """Log a warning for each that has passed a threshold and was not told of yet; returns all that have passed one."""
    passed = [(ending, threshold) for ending in found if (threshold := ending.threshold(now)) is not None]
    for ending, threshold in passed:
        with database.transaction() as connection:
            new = key_alarms.first_time(
                connection, ending.subject, threshold, day_in_shanghai(now), daily=threshold == URGENT
            )
        if new:
            log.warning(
                "expires_soon",
                code=CODE,
                kind=ending.kind,
                name=ending.name,
                ends=ending.ends.isoformat(),
                days_left=ending.days_left(now),
            )
    return [ending for ending, _ in passed]


class AlarmWatch:
    """A thread that looks now and then as long as the service runs."""

    def __init__(self, watched: Watched, clock: Callable[[], datetime], every: timedelta = EVERY) -> None:
        self._watched = watched
        self._clock = clock
        self._every = every
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="alarms", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(self._every.total_seconds()):
            try:
                raise_due(self._watched.database, endings(self._watched)[0], self._clock())
            except Exception:
                log.exception("alarms_not_looked_at")


def _keys(database: Database) -> list[tuple[str, KeyRef]]:
    """Every key that the register names, and that of the time-stamping authority."""
    named: dict[KeyRef, str] = {}
    with database.reading() as connection:
        for kind in PartyKind:
            for party in parties.of_kind(connection, kind):
                following = parties.next_key(connection, str(party.number))
                for key in (party.key, following.key if following else None):
                    # the end of a cert in the party's own hands is seen when it is brought
                    if key is not None and not key.held_outside:
                        named[key] = "key"
    return [*((kind, key) for key, kind in named.items()), ("tsa", EMBEDDED_TSA)]


def _of_seals(database: Database) -> Iterator[Ending]:
    """The newest version of each seal that is not withdrawn."""
    with database.reading() as connection:
        newest = {seal.seal_id: seal for seal in parties.seals(connection)}
    for seal in newest.values():
        if seal.state is not SealState.WITHDRAWN:
            last = datetime.combine(seal.valid_until, time_of_day(23, 59, 59), SHANGHAI).astimezone(UTC)
            yield Ending("seal", f"{seal.seal_id} {seal.artwork.name}", str(seal.version), last)


def _of_anchors(anchors: Anchors) -> Iterator[Ending]:
    for der in anchors.roots:
        yield _of_cert("anchor", _name_of(der), der)
    for der in anchors.intermediates:
        yield _of_cert("chain", _name_of(der), der)


def _of_cert(kind: str, name: str, der: bytes) -> Ending:
    return Ending(kind, name, sha256_of(der)[:16], x509.load_der_x509_certificate(der).not_valid_after_utc)


def _name_of(der: bytes) -> str:
    subject = x509.load_der_x509_certificate(der).subject
    named = subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(named[0].value) if named else subject.rfc4514_string()
