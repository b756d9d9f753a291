"""The draw of fire filings, day by day and authority by authority (domain text, §14; the computation is in ``domain.draw``).

1. promise  a secret is drawn by chance and its hash published, while nobody knows what will be filed
2. commit   the list is closed and its hash published: from then on nobody is added or taken away
3. reveal   some minutes later the secret is published; who is drawn follows from both

Each is a step of a dossier of its own, in a transaction of its own, so that the journal says in which order they came.
What was filed has no other way out of its stage than the draw, and the draw takes everything that is there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

import structlog
from sqlalchemy import Connection

from signing_service.domain.dates import SHANGHAI, day_in_shanghai
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Actor, Dossier, Stage
from signing_service.domain.draw import (
    RATIOS,
    SECRET_LENGTH,
    Candidate,
    HeldDraw,
    Quota,
    list_hash,
    record_of,
    share_of,
)
from signing_service.domain.errors import Problem
from signing_service.domain.parties import Party
from signing_service.storage import dossiers, draws, parties
from signing_service.storage.draws import DrawRow
from signing_service.workflows import competence
from signing_service.workflows.desk import Desk
from signing_service.workflows.engine import Event
from signing_service.workflows.shown_of_fire import category_of, places_and_days

log = structlog.get_logger(__name__)

FILED, DRAW, CHECK = "fs.record", "fs.draw", "fs.check"
CLOSED_AT = time(17, 0)
"""In Shanghai: what was filed until then is drawn the same day."""
REVEALED_AFTER = timedelta(minutes=15)
"""From the closing of the list, so that it is seen before the secret is."""
WAITS = Stage.ACCEPTED
"""Where a filing waits for its draw."""


@dataclass(frozen=True, slots=True)
class Draws:
    desk: Desk
    entropy: Callable[[int], bytes]
    ratios: Mapping[str, int] = field(default_factory=lambda: RATIOS)
    """Percent of each category, as the province sets them; a draw keeps those with which its list was closed."""

    def look(self) -> int:
        """Do what is due now; how many draws went a step on. May be called as often as one likes."""
        now = self.desk.clock()
        with self.desk.database.reading() as connection:
            under_way = draws.not_held(connection)
            wanted = _authorities(dossiers.at_stages(connection, FILED, _not_over()))
        due: list[tuple[Callable[[str], bool], str]] = [
            (self._promise, authority) for authority in sorted(wanted - under_way.keys())
        ]
        for draw in under_way.values():
            if draw.committed_at is None and self._is_due(draw, now):
                due.append((self._commit, draw.number))
            elif draw.committed_at is not None and now >= draw.committed_at + REVEALED_AFTER:
                due.append((self._reveal, draw.number))
        done = sum(self._unhindered(step, of) for step, of in due)
        if done:
            self.desk.nudge()
        return done

    def _unhindered(self, step: Callable[[str], bool], of: str) -> bool:
        """One authority's draw that cannot go on holds up no other's; it is tried again at the next look."""
        try:
            return step(of)
        except Problem as problem:
            log.warning("draw_refused", of=of, code=problem.code)
            return False

    def _is_due(self, draw: DrawRow, now: datetime) -> bool:
        """Once a day, and never with a secret that was promised after the list could be known."""
        closes = datetime.combine(day_in_shanghai(now), CLOSED_AT, SHANGHAI)
        closed_last = closes if now >= closes else closes - timedelta(days=1)
        return draw.promised_at < closed_last

    def _promise(self, authority: str) -> bool:
        now, secret = self.desk.clock(), self.entropy(SECRET_LENGTH)
        hashed = hashlib.sha256(secret).hexdigest()
        with self.desk.database.transaction() as connection:
            if authority in draws.not_held(connection):
                return False
            last = draws.last_held(connection, authority)
            platform = competence.platform(connection)
            office = parties.load(connection, authority)
            number = self.desk.begin_filled_in(
                DRAW,
                {SignatoryRole.AUTHORITY: authority, SignatoryRole.PLATFORM: str(platform.number)},
                {"secret_hash": hashed},
                region=_region(office),
                request_key=f"draw:{authority}:{last.number if last else 'first'}",
                within=connection,
            )
            draws.promise(connection, number, authority, secret, hashed, now)
        return True

    def _commit(self, number: str) -> bool:
        """With nobody on the list the promise stands until there is somebody."""
        with self.desk.database.transaction() as connection:
            draw = dossiers.load(connection, number, held=True)
            authority = draw.parties[SignatoryRole.AUTHORITY]
            filed = _of(authority, dossiers.at_stages(connection, FILED, [WAITS]))
            if not filed or draw.stage is not Stage.DRAFT:
                return False
            candidates = [Candidate(one.number, category_of(one)) for one in filed]
            listed = list_hash(one.number for one in candidates).hex()
            quotas = quotas_after(self.ratios, draws.last_held(connection, authority))
            draws.commit(connection, number, candidates, listed, quotas, self.desk.clock())
            evidence = {
                "list_hash": listed,
                "candidates": len(candidates),
                "secret_hash": draw.form["secret_hash"],
                "ratios": {key: quota.percent for key, quota in quotas.items()},
            }
            self.desk.record(connection, number, Event("commit", _platform(draw), evidence=evidence))
        return True

    def _reveal(self, number: str) -> bool:
        """Everything that follows from the draw, in one transaction with it."""
        now = self.desk.clock()
        with self.desk.database.transaction() as connection:
            draw = dossiers.load(connection, number, held=True)
            row = draws.find(connection, number)
            if draw.stage is not Stage.CONFIRMED or row is None or row.committed_at is None:
                return False
            secret = draws.secret_of(connection, number)
            computed = record_of(row.candidates, secret, row.quotas)
            held = HeldDraw(number, row.secret_hash, row.promised_at, row.committed_at, now, computed)
            office = parties.load(connection, row.authority)
            record = {**computed, **places_and_days(held, str(office.name))}
            draws.reveal(connection, number, record, now)
            evidence = {"seed": record["seed"], "drawn": record["drawn_count"]}
            self.desk.record(connection, number, Event("reveal", _platform(draw), evidence=evidence))
            self._tell_candidates(connection, number, row, held.drawn)
        return True

    def _tell_candidates(self, connection: Connection, number: str, row: DrawRow, drawn: frozenset[str]) -> None:
        filed = dossiers.load_all(connection, [one.number for one in row.candidates])
        events = {
            one.number: Event(
                "drawn" if one.number in drawn else "not_drawn", _platform(one), evidence={"draw": number}
            )
            for one in filed.values()
        }
        self.desk.record_all(connection, events)
        for one in sorted(drawn):
            self._open_check(connection, filed[one], number)

    def _open_check(self, connection: Connection, filed: Dossier, draw: str) -> None:
        roles = (SignatoryRole.DEVELOPER, SignatoryRole.AUTHORITY, SignatoryRole.PLATFORM)
        today = day_in_shanghai(self.desk.clock()).isoformat()
        number = self.desk.begin_filled_in(
            CHECK,
            {role: filed.parties[role] for role in roles},
            {
                "project_no": filed.facts["project_no"],
                "record_no": filed.number,
                "recorded_on": filed.facts["submitted_on"],
                "draw_no": draw,
                "drawn_on": today,
                "address": filed.form["address"],
            },
            region=filed.region,
            request_key=f"check:{filed.number}",
            within=connection,
        )
        self.desk.record(connection, number, Event("open", _platform(filed)))


def quotas_after(ratios: Mapping[str, int], before: DrawRow | None) -> dict[str, Quota]:
    """What the last draw of an authority did not draw is carried into the next, whatever its ratios were."""
    carried = {}
    if before is not None:
        for key, quota in before.quotas.items():
            count = sum(one.category == key for one in before.candidates)
            carried[key] = share_of(count, quota).carried_out
    return {key: Quota(percent, carried[key]) if key in carried else Quota(percent) for key, percent in ratios.items()}


def _of(authority: str, found: Iterable[Dossier]) -> list[Dossier]:
    return [one for one in found if one.parties.get(SignatoryRole.AUTHORITY) == authority]


def _authorities(found: Iterable[Dossier]) -> set[str]:
    return {one.parties[SignatoryRole.AUTHORITY] for one in found if SignatoryRole.AUTHORITY in one.parties}


def _not_over() -> list[Stage]:
    return [stage for stage in Stage if not stage.is_final and stage is not Stage.DRAFT]


def _region(office: Party) -> str:
    return str(getattr(office, "region", None) or "360000")


def _platform(dossier: Dossier) -> Actor:
    return Actor(SignatoryRole.PLATFORM, dossier.parties[SignatoryRole.PLATFORM], "platform")
