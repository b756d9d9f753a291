"""我的证书: a person's licences are found in the historical database, checked, and shown in one of four states (domain
text, §8.3).

``at_first_log_in`` links what matches and checks it; ``recheck`` follows every change of profile, employment or licence;
``nightly`` does it for everybody. Changes of state are told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import Connection

from signing_service.domain.codes import LicenceIdentifier
from signing_service.domain.dates import day_in_shanghai
from signing_service.domain.dictionaries import SPECIAL_OPERATION_TRADES
from signing_service.domain.licences import Licence, LicenceStatus, LicenceType
from signing_service.domain.parties import Party, PartyKind
from signing_service.domain.view_states import (
    CHECKS,
    Bearer,
    Business,
    OnRecord,
    check,
    reason_words,
    state_words,
    view,
)
from signing_service.storage import employments, legacy, licence_views, licences, outbox, parties
from signing_service.storage.legacy import LegacyLicence
from signing_service.storage.licence_views import ViewChange
from signing_service.workflows.licensing_of_trades import TYPE_CODE
from signing_service.workflows.tidings import tell_of_state

Told = Callable[[Connection, ViewChange, datetime], None]
"""Tells the holder that a licence has come into another state."""


BY_DECISION = frozenset({"SUSPENDED", "CANCELLED", "ANNULLED", "FORFEITED", "TRANSFERRED"})
"""Reasons of which the holder has a decision in hand: told with it, and not once more."""


def by_message(connection: Connection, change: ViewChange, now: datetime) -> None:
    """The holder is told of a licence that has come into another state, and why; what is seen first is told to nobody."""
    licence = licences.current(connection, change.number)
    if licence is None or change.before is None or change.before is change.after or BY_DECISION & {*change.reasons[:1]}:
        return
    reason = reason_words(licence.type, change.reasons[0])[0] if change.reasons else None
    tell_of_state(connection, licence, state_words(licence.type, change.after), now, reason)


def at_first_log_in(connection: Connection, person: str, now: datetime, tell: Told = by_message) -> list[ViewChange]:
    """Link what the historical database has of a person, then check all they have.

    A row is linked once; one that is another person's already is contested, and unusable to both.
    """
    holder = parties.load(connection, person)
    for row in legacy.of_ids(connection, _numbers_of(holder)):
        if legacy.link(connection, row.legacy_id, person, now):
            _take_over(connection, row, holder, now)
        elif row.contested_by is None:
            legacy.contest(connection, row.legacy_id, person)
            _recheck(connection, row.linked_to or person, now, tell)
    return _recheck(connection, person, now, tell)


def recheck(connection: Connection, person: str, now: datetime, tell: Told = by_message) -> list[ViewChange]:
    """Every licence of a person, after something about the person has changed."""
    return _recheck(connection, person, now, tell)


def photo_uploaded(
    connection: Connection, person: str, sha256: str, now: datetime, tell: Told = by_message
) -> list[ViewChange]:
    """The portrait is on record: what waited for it goes on by itself (domain text, §1)."""
    holder = parties.load(connection, person)
    parties.put(connection, replace(holder, facts={**holder.facts, "photo": sha256}))
    outbox.wake(connection, ["PHOTO_MISSING"], now)
    return _recheck(connection, person, now, tell)


def nightly(connection: Connection, now: datetime, tell: Told = by_message) -> list[ViewChange]:
    """Everybody is checked anew: a day has passed, and with it terms and contracts."""
    changes: list[ViewChange] = []
    for person in parties.of_kind(connection, PartyKind.PERSON):
        changes += _recheck(connection, str(person.number), now, tell)
    return changes


def settle_conflict(
    connection: Connection, legacy_id: str, person: str, now: datetime, tell: Told = by_message
) -> None:
    """The authority has decided whose the record is: it is that person's alone."""
    (row,) = [one for one in legacy.linked_to(connection, person) if one.legacy_id == legacy_id]
    former = row.linked_to
    legacy.decide(connection, legacy_id, person)
    _take_over(connection, row, parties.load(connection, person), now)
    if former and former != person:
        licence_views.forget(connection, row.number, former)
    for one in {person, former or person}:
        _recheck(connection, one, now, tell)


def _numbers_of(holder: Party) -> list[str]:
    """The ID number and those of before."""
    return [str(holder.number), *holder.facts.get("aliases", ())]


def _take_over(connection: Connection, row: LegacyLicence, holder: Party, now: datetime) -> None:
    """A row that is linked becomes a licence of the register; another province's stays a record until it is exchanged."""
    known = licences.current(connection, row.number)
    if known is not None:
        if known.document_id is None and known.holder != holder.number:
            licences.set_holder(connection, known, str(holder.number), now)
        return
    if row.number.startswith("赣"):
        licences.add(connection, _licence_of(connection, row, holder), now)


def _licence_of(connection: Connection, row: LegacyLicence, holder: Party) -> Licence:
    (authority, *_) = parties.of_kind(connection, PartyKind.AUTHORITY)
    identifier = LicenceIdentifier.mint(
        TYPE_CODE, str(authority.number), "".join(one for one in row.number if one.isascii())
    )
    return Licence(
        number=row.number,
        version=1,
        type=LicenceType.SPECIAL_OPERATION,
        identifier=str(identifier),
        status=row.status,
        holder=str(holder.number),
        holder_name=row.name,
        employer=row.employer_uscc or None,
        authority=str(authority.number),
        issued_on=row.valid_from,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        facts={
            "category": row.category,
            "category_name": SPECIAL_OPERATION_TRADES.get(row.category, row.category),
            "employer_name": row.employer_name,
            "first_issued_on": row.first_issued_on.isoformat(),
            "on_record": {"sex": row.sex, "born": row.born.isoformat() if row.born else ""},
            "business": row.business.value,
        },
    )


def _recheck(connection: Connection, person: str, now: datetime, tell: Told) -> list[ViewChange]:
    holder = parties.load(connection, person)
    held = [one for one in licences.all_of_holder(connection, person) if one.type in CHECKS]
    rows = {row.number: row for row in legacy.linked_to(connection, person)}
    numbers = {one.number for one in held}
    changes = [
        _check_one(connection, _of_licence(one, rows.get(one.number)), one.number, holder, held, rows, now)
        for one in held
    ]
    changes += [
        _check_one(connection, _of_row(row), row.number, holder, held, rows, now)
        for row in rows.values()
        if row.number not in numbers
    ]
    found = [change for change in changes if change is not None]
    for change in found:
        tell(connection, change, now)
    return found


def _check_one(
    connection: Connection,
    record: OnRecord,
    number: str,
    holder: Party,
    held: Sequence[Licence],
    rows: dict[str, LegacyLicence],
    now: datetime,
) -> ViewChange | None:
    today = day_in_shanghai(now)
    employment = employments.active(connection, str(holder.number))
    employer = parties.find(connection, employment.enterprise) if employment else None
    row = rows.get(number)
    bearer = Bearer(
        name=str(holder.name),
        id_no=str(holder.number),
        employer_uscc=employment.enterprise if employment else "",
        employer_name=str(employer.name) if employer else "",
        has_photo=bool(holder.facts.get("photo")),
        same_category=tuple(
            other.number
            for other in held
            if other.number != number
            and other.type is record.type
            and other.facts.get("category") == record.category
            and other.status_on(today) is LicenceStatus.IN_FORCE
        ),
        contested=row is not None and row.contested_by is not None,
    )
    results = check(record, bearer, today)
    licence_views.put_checks(connection, number, results, now)
    return licence_views.put_view(connection, number, str(holder.number), view(results), now)


def _of_licence(licence: Licence, row: LegacyLicence | None) -> OnRecord:
    """As the register has it; what only the old record says, in its words until it is corrected."""
    written = licence.facts.get("on_record", {})
    made_here = licence.document_id is not None
    return OnRecord(
        number=licence.number,
        name=licence.holder_name,
        id_no=licence.holder,
        sex=written.get("sex", ""),
        born=date.fromisoformat(written["born"]) if written.get("born") else None,
        employer_uscc=licence.employer or "",
        employer_name=licence.facts.get("employer_name", ""),
        category=licence.facts.get("category", ""),
        valid_until=licence.valid_until,
        status=licence.status,
        business=Business(licence.facts.get("business", Business.ISSUED)),
        settled=made_here or row is None or row.settled,
        type=licence.type,
    )


def _of_row(row: LegacyLicence) -> OnRecord:
    return OnRecord(
        number=row.number,
        name=row.name,
        id_no=row.written_id_no,
        sex=row.sex,
        born=row.born,
        employer_uscc=row.employer_uscc,
        employer_name=row.employer_name,
        category=row.category,
        valid_until=row.valid_until,
        status=row.status,
        business=row.business,
        settled=row.settled,
    )
