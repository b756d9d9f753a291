"""What becomes of sheets and reviews (domain text, §10.5): submitted, fixed, reviewed in rounds, passed or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.licences import LicenceStatus
from signing_service.domain.messages import Event
from signing_service.domain.projects import SectionKind
from signing_service.domain.reviews import Review, Reviewer, ReviewState
from signing_service.domain.sheets import SheetState, list_digest
from signing_service.storage import licences, parties, reviews, sheets
from signing_service.workflows.apply.case import Case
from signing_service.workflows.changes_of_reviews import (
    AppointExperts,
    AskForChanges,
    EnterEarlyPass,
    FailReview,
    FixSheetList,
    GiveSheetsBack,
    GiveUpReview,
    OpenRound,
    PassReview,
    ReleaseSheets,
    SubmitSheets,
)
from signing_service.workflows.tidings_of_reviews import tell_experts


def submit_sheets(connection: Connection, cases: Sequence[tuple[SubmitSheets, Case]], _now: datetime) -> None:
    for change, case in cases:
        found = sheets.latest(connection, case.after.form["project_no"], change.kind)
        drafts = [one.sheet_id for one in found if one.state is SheetState.DRAFT]
        sheets.set_state(connection, drafts, SheetState.SUBMITTED, case.number)


def release_sheets(connection: Connection, cases: Sequence[tuple[ReleaseSheets, Case]], _now: datetime) -> None:
    for _, case in cases:
        ids = [one.sheet_id for one in sheets.of_dossier(connection, case.number)]
        sheets.set_state(connection, ids, SheetState.READY)


def give_sheets_back(connection: Connection, cases: Sequence[tuple[GiveSheetsBack, Case]], _now: datetime) -> None:
    for _, case in cases:
        ids = [one.sheet_id for one in sheets.of_dossier(connection, case.number)]
        sheets.set_state(connection, ids, SheetState.DRAFT)


def fix_sheet_list(connection: Connection, cases: Sequence[tuple[FixSheetList, Case]], _now: datetime) -> None:
    for change, case in cases:
        form = case.after.form
        found = sheets.latest(connection, form["project_no"], change.kind)
        reviews.put(
            connection,
            Review(
                dossier=case.number,
                project=form["project_no"],
                kind=change.kind,
                agency=case.after.parties[SignatoryRole.REVIEW_AGENCY],
                state=ReviewState.SUBMITTED,
                round=1,
                sheets=tuple(one.sheet_id for one in found),
                list_sha256=list_digest(found),
                replaces=form.get("former_pass_no"),
            ),
        )


def give_up_review(connection: Connection, cases: Sequence[tuple[GiveUpReview, Case]], _now: datetime) -> None:
    for _, case in cases:
        reviews.remove(connection, case.number)


def appoint_experts(connection: Connection, cases: Sequence[tuple[AppointExperts, Case]], now: datetime) -> None:
    for _, case in cases:
        review = _held(connection, case)
        rows = case.after.facts["given"]["accept"]["experts"]
        known = parties.load_all(connection, {row["id_no"] for row in rows})
        appointed = [
            Reviewer(row["discipline"], row["id_no"], str(known[row["id_no"]].name), row["registration_no"])
            for row in rows
        ]
        reviews.appoint(connection, case.number, appointed)
        tell_experts(connection, case.after, review, appointed, Event.REVIEW_ASKED, now)
        facts = {**review.facts, "accepted_on": case.situation.today.isoformat()}
        reviews.put(connection, replace(review, state=ReviewState.IN_REVIEW, facts=facts))


def ask_for_changes(connection: Connection, cases: Sequence[tuple[AskForChanges, Case]], _now: datetime) -> None:
    for _, case in cases:
        reviews.put(connection, replace(_held(connection, case), state=ReviewState.MODIFYING))


def open_round(connection: Connection, cases: Sequence[tuple[OpenRound, Case]], now: datetime) -> None:
    for _, case in cases:
        review = _held(connection, case)
        found = sheets.latest(connection, review.project, review.kind)
        changed = replace(
            review,
            state=ReviewState.IN_REVIEW,
            sheets=tuple(one.sheet_id for one in found),
            list_sha256=list_digest(found),
        )
        reviews.put(connection, changed)
        reviews.open_round(connection, case.number, review.round + 1)
        again = replace(changed, round=review.round + 1)
        tell_experts(connection, case.after, again, again.reviewers, Event.REVIEW_ROUND, now)


def pass_review(connection: Connection, cases: Sequence[tuple[PassReview, Case]], now: datetime) -> None:
    for _, case in cases:
        review = _held(connection, case)
        licence = licences.of_dossier(connection, case.number)
        number = licence.number if licence else None
        reviews.put(connection, replace(review, state=ReviewState.PASSED, licence_no=number))
        sheets.set_state(connection, review.sheets, SheetState.APPROVED)
        if review.replaces:
            _replace_former(connection, review, now)


def _replace_former(connection: Connection, review: Review, now: datetime) -> None:
    for one in reviews.of_project(connection, review.project):
        if one.licence_no == review.replaces:
            reviews.put(connection, replace(one, state=ReviewState.CHANGED))
    former = licences.current(connection, review.replaces or "")
    if former is not None:
        licences.set_status(connection, former, LicenceStatus.SUPERSEDED, now)


def fail_review(connection: Connection, cases: Sequence[tuple[FailReview, Case]], _now: datetime) -> None:
    for _, case in cases:
        reviews.put(connection, replace(_held(connection, case), state=ReviewState.FAILED))


def enter_early_pass(connection: Connection, cases: Sequence[tuple[EnterEarlyPass, Case]], _now: datetime) -> None:
    for change, case in cases:
        licence = licences.of_dossier(connection, case.number)
        reviews.put(
            connection,
            Review(
                dossier=case.number,
                project=case.before.form["project_no"],
                kind=SectionKind(case.before.form[change.kind_field]),
                agency=case.before.parties[SignatoryRole.REVIEW_AGENCY],
                state=ReviewState.PASSED,
                round=1,
                sheets=(),
                list_sha256=list_digest(()),
                licence_no=licence.number if licence else None,
                facts={"early": True},
            ),
        )


def _held(connection: Connection, case: Case) -> Review:
    review = reviews.find(connection, case.number, held=True)
    if review is None:
        msg = f"{case.number}: its review is gone"
        raise LookupError(msg)
    return review
