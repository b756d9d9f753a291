"""What steps change in 我的证书: a supplemented licence is entered, the archive confirmed, everything checked anew."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import Connection

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.licences import LicenceStatus
from signing_service.domain.view_states import Business
from signing_service.storage import legacy, licences
from signing_service.storage.legacy import LegacyLicence
from signing_service.workflows import matching
from signing_service.workflows.apply.case import Case
from signing_service.workflows.changes import (
    ConfirmArchive,
    EnterBackfilled,
    FinishExchange,
    RecheckLicences,
    RetireFormerNumber,
)


def recheck_licences(connection: Connection, cases: Sequence[tuple[RecheckLicences, Case]], now: datetime) -> None:
    for _, case in cases:
        matching.recheck(connection, case.holder, now)


def enter_backfilled(connection: Connection, cases: Sequence[tuple[EnterBackfilled, Case]], now: datetime) -> None:
    """A row of the former register as if it had been there, linked to the holder, and the licence that it makes."""
    for _, case in cases:
        form, holder = case.before.form, case.situation.parties[SignatoryRole.HOLDER]
        employer = case.situation.parties.get(SignatoryRole.EMPLOYER)
        row = LegacyLicence(
            legacy_id=case.number,
            number=form["licence_no"],
            written_id_no=case.holder,
            name=str(holder.name),
            sex="",
            born=None,
            category=form["category"],
            employer_uscc=str(employer.number) if employer else "",
            employer_name=str(employer.name) if employer else "",
            authority_name=form["issuer"],
            first_issued_on=date.fromisoformat(form["first_issued_on"]),
            valid_from=date.fromisoformat(form["valid_from"]),
            valid_until=date.fromisoformat(form["valid_until"]),
            business=Business.BACKFILLED,
            settled=False,
        )
        legacy.add_all(connection, [row], case.situation.today)
    for holder_number in {case.holder for _, case in cases}:
        matching.at_first_log_in(connection, holder_number, now)


def confirm_archive(connection: Connection, cases: Sequence[tuple[ConfirmArchive, Case]], _now: datetime) -> None:
    for _, case in cases:
        legacy.settle(connection, case.before.form["licence_no"])


def retire_former_number(
    connection: Connection, cases: Sequence[tuple[RetireFormerNumber, Case]], now: datetime
) -> None:
    for _, case in cases:
        made = licences.of_dossier(connection, case.number)
        former = case.situation.licence
        if made is not None and former is not None and made.number != former.number:
            licences.set_status(connection, former, LicenceStatus.SUPERSEDED, now)


def finish_exchange(connection: Connection, cases: Sequence[tuple[FinishExchange, Case]], _now: datetime) -> None:
    """The other province's number is no licence of ours; its record, if we had one, is closed with the exchange."""
    for _, case in cases:
        number = case.before.form["origin_no"]
        if legacy.by_number(connection, number) is not None:
            legacy.close(connection, number)
