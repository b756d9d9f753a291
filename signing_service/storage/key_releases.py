"""Releases of single uses of a key by two officers. Every function works inside the caller's transaction.

asked -> released -> used        asked -> refused        what runs out is asked for again, in another round
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, RowMapping, insert, select, update

from signing_service.domain.dates import from_stored, to_stored
from signing_service.domain.documents import Sha256, SignatoryRole
from signing_service.domain.errors import Problem
from signing_service.storage import tables

RELEASES = uuid.UUID("0a4c1a56-53b0-5b8d-8d0c-6f3a7d2e9b10")
"""Namespace of release ids: document, field, revision and round name the release."""


class ReleaseState(StrEnum):
    ASKED = "asked"
    RELEASED = "released"
    REFUSED = "refused"
    USED = "used"


@dataclass(frozen=True, slots=True)
class Release:
    """One use that officers decide on: this document, this field, this revision and no other."""

    release_id: str
    document_id: str
    field: SignatoryRole
    base_sha256: Sha256
    """Of the revision that is shown to them and signed."""
    round: int
    dossier: str
    key_ref: str
    party: str
    stepped_by: str
    officers: frozenset[str]
    """Who may decide; empty: anybody but ``stepped_by``."""
    asked_at: datetime
    expires_at: datetime
    state: ReleaseState = ReleaseState.ASKED
    first_officer: str | None = None
    second_officer: str | None = None
    reason: str = ""

    @property
    def released_by(self) -> tuple[str, ...]:
        return tuple(officer for officer in (self.first_officer, self.second_officer) if officer)

    def has_run_out(self, now: datetime) -> bool:
        return now >= self.expires_at and self.state in (ReleaseState.ASKED, ReleaseState.RELEASED)


def release_id_of(document_id: str, field: str, base_sha256: str, number: int) -> str:
    return str(uuid.uuid5(RELEASES, f"{document_id}/{field}/{base_sha256}/{number}"))


def ask(connection: Connection, release: Release) -> None:
    connection.execute(
        insert(tables.key_release).values(
            release_id=release.release_id,
            document_id=release.document_id,
            field=release.field.value,
            base_sha256=release.base_sha256,
            round=release.round,
            dossier=release.dossier,
            key_ref=release.key_ref,
            party=release.party,
            stepped_by=release.stepped_by,
            officers=sorted(release.officers),
            state=release.state.value,
            reason=release.reason,
            asked_at=to_stored(release.asked_at),
            expires_at=to_stored(release.expires_at),
        )
    )


def newest(connection: Connection, document_id: str, field: SignatoryRole, base_sha256: str) -> Release | None:
    """Of the rounds of one use the last."""
    table = tables.key_release
    wanted = (
        select(table)
        .where(table.c.document_id == document_id, table.c.field == field.value, table.c.base_sha256 == base_sha256)
        .order_by(table.c.round.desc())
        .limit(1)
    )
    row = connection.execute(wanted).mappings().first()
    return _release(row) if row else None


def load(connection: Connection, release_id: str) -> Release:
    """Held until the transaction ends, so that two officers who decide at once are both heard. Raises RELEASE_UNKNOWN."""
    table = tables.key_release
    row = connection.execute(select(table).where(table.c.release_id == release_id).with_for_update()).mappings().first()
    if row is None:
        raise Problem(
            "RELEASE_UNKNOWN",
            "没有该编号的用印放行申请，请核对。",
            "There is no release of this number: check it.",
            status=404,
        )
    return _release(row)


def save(connection: Connection, release: Release, at: datetime) -> None:
    connection.execute(
        update(tables.key_release)
        .where(tables.key_release.c.release_id == release.release_id)
        .values(
            state=release.state.value,
            first_officer=release.first_officer,
            second_officer=release.second_officer,
            reason=release.reason,
            decided_at=to_stored(at),
        )
    )


def waiting(connection: Connection, now: datetime) -> list[Release]:
    """Asked for, not decided and not run out; the oldest first."""
    table = tables.key_release
    rows = connection.execute(
        select(table)
        .where(table.c.state == ReleaseState.ASKED.value, table.c.expires_at > to_stored(now))
        .order_by(table.c.asked_at)
    ).mappings()
    return [_release(row) for row in rows]


def _release(row: RowMapping) -> Release:
    return Release(
        release_id=row["release_id"],
        document_id=row["document_id"],
        field=SignatoryRole(row["field"]),
        base_sha256=Sha256(row["base_sha256"]),
        round=row["round"],
        dossier=row["dossier"],
        key_ref=row["key_ref"],
        party=row["party"],
        stepped_by=row["stepped_by"],
        officers=frozenset(row["officers"]),
        asked_at=from_stored(row["asked_at"]),
        expires_at=from_stored(row["expires_at"]),
        state=ReleaseState(row["state"]),
        first_officer=row["first_officer"],
        second_officer=row["second_officer"],
        reason=row["reason"],
    )
