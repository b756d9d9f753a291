"""审查意见: what experts say of sheets in their discipline, what the unit answers, and when an opinion is closed.

Experts are appointed persons, no parties of the dossier: they speak here, each for the own discipline and for no other.
The steps of the dossier (``procedures.drawing_review``) go by what stands here.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from signing_service.domain.codes import clean_prose
from signing_service.domain.dossier import Stage
from signing_service.domain.errors import FieldError, Problem
from signing_service.domain.projects import Project
from signing_service.domain.reviews import Conclusion, Nature, Opinion, Review, ReviewState, Severity
from signing_service.domain.sheets import Sheet
from signing_service.domain.staff import Grant
from signing_service.storage import dossiers, parties, projects, reviews, sheets
from signing_service.workflows.desk import Desk
from signing_service.workflows.sheets import parties_but_official
from signing_service.workflows.tidings_of_reviews import tell_of_replies

TEXT_MOST, CLAUSE_MOST, REPLY_MOST = 1000, 120, 1000


@dataclass(frozen=True, slots=True)
class ReviewRoom:
    desk: Desk

    # ---- experts

    def give(self, expert: str, dossier: str, discipline: str, typed: Mapping[str, Any]) -> Opinion:
        """An opinion on a sheet of the set. Raises Problem NOT_FOUND, NOT_YOUR_DISCIPLINE, STATE_CONFLICT, FIELDS_INVALID."""
        with self.desk.database.transaction() as connection:
            review = _reviewing(connection, expert, dossier, discipline)
            opinion = _read(connection, review, expert, discipline, typed)
            reviews.add_opinion(connection, dossier, opinion)
            # who finds something new has not concluded
            reviews.conclude(connection, dossier, discipline, None)
            return opinion

    def close(self, expert: str, dossier: str, opinion_id: str) -> None:
        """The reply and what was changed are enough."""
        self._judge(expert, dossier, opinion_id, close=True)

    def insist(self, expert: str, dossier: str, opinion_id: str) -> None:
        """They are not: the unit has to answer again."""
        self._judge(expert, dossier, opinion_id, close=False)

    def _judge(self, expert: str, dossier: str, opinion_id: str, *, close: bool) -> None:
        with self.desk.database.transaction() as connection:
            opinion = _opinion(_found(connection, dossier), opinion_id)
            review = _reviewing(connection, expert, dossier, opinion.discipline)
            if close:
                reviews.change_opinion(connection, opinion_id, closed_in=review.round)
            else:
                reviews.change_opinion(connection, opinion_id, closed_in=0, insisted_in=review.round)
            reviews.conclude(connection, dossier, opinion.discipline, None)

    def conclude(self, expert: str, dossier: str, discipline: str, conclusion: Conclusion) -> None:
        """通过 or 修改后复审, for the round. Raises Problem OPINIONS_OPEN for 通过 with an open opinion of the own,
        OPINION_MISSING for 修改 without any.
        """
        with self.desk.database.transaction() as connection:
            review = _reviewing(connection, expert, dossier, discipline)
            left = [one for one in review.open_opinions if one.discipline == discipline]
            if conclusion is Conclusion.PASS and left:
                raise Problem(
                    "OPINIONS_OPEN",
                    f"本专业还有 {len(left)} 条意见未关闭，不能给出“通过”；请先逐条关闭。",
                    f"{len(left)} opinions of this discipline are open: close each of them before it passes.",
                    status=412,
                )
            if conclusion is Conclusion.REVISE and not left:
                raise Problem(
                    "OPINION_MISSING",
                    "要求修改须至少有一条未关闭的意见，请填写意见。",
                    "Who asks for changes says which: give an opinion first.",
                    status=412,
                )
            reviews.conclude(connection, dossier, discipline, conclusion)

    def of_expert(self, expert: str) -> list[Review]:
        with self.desk.database.reading() as connection:
            return reviews.of_expert(connection, expert)

    # ---- the unit

    def answer(self, unit: str, dossier: str, opinion_id: str, reply: str) -> None:
        """回复, one by one. Raises Problem NOT_FOUND, STATE_CONFLICT, TEXT_LENGTH."""
        with self.desk.database.transaction() as connection:
            review = _found(connection, dossier)
            if dossiers.load(connection, dossier).parties.get(review.kind.contractor) != unit:
                raise _not_found()
            opinion = _opinion(review, opinion_id)
            if review.state is not ReviewState.MODIFYING or not opinion.open:
                raise _not_now()
            text = _prose(reply, REPLY_MOST)
            reviews.change_opinion(connection, opinion_id, reply=text, replied_in=review.round)
            _tell_expert(connection, dossier, opinion.expert, self.desk.clock())

    # ---- everybody concerned

    def review(self, party: str, dossier: str, grants: Collection[Grant] = ()) -> Review:
        """For the dossier's parties, its experts, and officers whose ``grants`` cover it; for others it does not exist.

        Raises Problem NOT_FOUND.
        """
        with self.desk.database.reading() as connection:
            review, stored = _found(connection, dossier, held=False), dossiers.load(connection, dossier)
            experts = {one.expert for one in review.reviewers}
            covered = any(one.covers(stored.procedure, stored.region) for one in grants)
            if not covered and party not in {*parties_but_official(stored), *experts}:
                raise _not_found()
            return review

    def view(self, party: str, dossier_no: str, grants: Collection[Grant] = ()) -> ReviewView:
        """Raises Problem NOT_FOUND as ``review``."""
        review = self.review(party, dossier_no, grants)
        with self.desk.database.reading() as connection:
            dossier = dossiers.load(connection, dossier_no)
            project = projects.find(connection, review.project)
            agency = parties.load(connection, review.agency)
            found = sheets.of_ids(connection, review.sheets)
        if project is None:
            raise _not_found()
        unit = dossier.parties.get(review.kind.contractor)
        return ReviewView(
            review=review,
            project=project,
            sheets=found,
            agency=str(agency.name),
            stage=dossier.stage,
            disciplines=tuple(one.discipline for one in review.reviewers if one.expert == party),
            answers=unit == party and review.state is ReviewState.MODIFYING,
            party=bool(grants) or party in parties_but_official(dossier),
        )


@dataclass(frozen=True, slots=True)
class ReviewView:
    """A review as one of those concerned sees it."""

    review: Review
    project: Project
    sheets: Sequence[Sheet]
    """Those under review, or handed over for it anew."""
    agency: str
    stage: Stage
    disciplines: tuple[str, ...]
    """In which the viewer speaks as an expert."""
    answers: bool
    """Whether the viewer is the unit, and replies now."""
    party: bool
    """Whether the dossier is the viewer's, too."""

    @property
    def speaks(self) -> tuple[str, ...]:
        """Disciplines in which the viewer may speak now."""
        return self.disciplines if self.review.state is ReviewState.IN_REVIEW else ()

    def opinions(self, discipline: str) -> list[Opinion]:
        return [one for one in self.review.opinions if one.discipline == discipline]


def told(review: Review) -> dict[str, Any]:
    """For programs; experts by name, never by number."""
    return {
        "dossier": review.dossier,
        "project": review.project,
        "kind": review.kind.value,
        "state": review.state.value,
        "round": review.round,
        "sheet_count": len(review.sheets),
        "list_sha256": review.list_sha256,
        "licence_no": review.licence_no,
        "reviewers": [
            {
                "discipline": one.discipline,
                "name": one.name,
                "registration_no": one.registration_no,
                "conclusion": one.conclusion.value if one.conclusion else None,
            }
            for one in review.reviewers
        ],
        "opinions": [one.to_json() for one in review.opinions],
    }


def _found(connection: Connection, dossier: str, *, held: bool = True) -> Review:
    review = reviews.find(connection, dossier, held=held)
    if review is None:
        raise _not_found()
    return review


def _tell_expert(connection: Connection, dossier: str, expert: str, now: datetime) -> None:
    """Once a round, when the last of the expert's open opinions has its reply."""
    review = _found(connection, dossier)
    own = [one for one in review.open_opinions if one.expert == expert]
    if all(one.answered(review.round) for one in own):
        tell_of_replies(connection, dossiers.load(connection, dossier), review, expert, len(own), now)


def _opinion(review: Review, opinion_id: str) -> Opinion:
    found = [one for one in review.opinions if one.opinion_id == opinion_id]
    if not found:
        raise _not_found()
    return found[0]


def _reviewing(connection: Connection, expert: str, dossier: str, discipline: str) -> Review:
    """The review under way in which this expert speaks for this discipline."""
    review = _found(connection, dossier)
    if expert not in {one.expert for one in review.reviewers}:
        raise _not_found()
    if review.reviewer(expert, discipline) is None:
        raise Problem(
            "NOT_YOUR_DISCIPLINE",
            "您不是该专业的审查人员，只能对本专业提出意见和结论。",
            "You are not the expert of this discipline: speak for your own.",
            status=403,
        )
    if review.state is not ReviewState.IN_REVIEW:
        raise _not_now()
    return review


def _read(connection: Connection, review: Review, expert: str, discipline: str, typed: Mapping[str, Any]) -> Opinion:
    """Raises Problem FIELDS_INVALID with every error."""
    errors: list[FieldError] = []
    text = _tried("text", typed, TEXT_MOST, errors)
    clause = _tried("clause", typed, CLAUSE_MOST, errors)
    numbers = {one.sheet_no for one in sheets.of_ids(connection, review.sheets) if one.discipline == discipline}
    if typed.get("sheet_no") not in numbers:
        errors.append(
            FieldError("sheet_no", "ENUM_INVALID", "请选择本专业送审的图号。", "Choose a sheet of this discipline.")
        )
    for field, of in (("nature", Nature), ("severity", Severity)):
        if typed.get(field) not in {one.value for one in of}:
            errors.append(FieldError(field, "ENUM_INVALID", "请选择。", "Choose one."))
    if errors:
        raise Problem(
            "FIELDS_INVALID", "审查意见填写有误，请改正。", "The opinion is incomplete: correct it.", errors=errors
        )
    return Opinion(
        opinion_id=str(uuid.uuid4()), round=review.round, discipline=discipline, expert=expert,
        sheet_no=str(typed["sheet_no"]), clause=clause, nature=Nature(typed["nature"]),
        severity=Severity(typed["severity"]), text=text,
    )  # fmt: skip


def _tried(field: str, typed: Mapping[str, Any], most: int, errors: list[FieldError]) -> str:
    try:
        return _prose(str(typed.get(field, "")), most)
    except Problem as problem:
        errors.append(FieldError(field, problem.code, problem.zh, problem.en))
        return ""


def _prose(text: str, most: int) -> str:
    found = clean_prose(text)
    if not 2 <= len(found) <= most:
        raise Problem("TEXT_LENGTH", f"请填写 2 至 {most} 个字。", f"Write 2 to {most} characters.")
    return found


def _not_now() -> Problem:
    return Problem(
        "STATE_CONFLICT",
        "当前环节不能办理，请刷新后查看最新进度。",
        "This cannot be done at this stage: reload to see where the review is.",
        status=409,
    )


def _not_found() -> Problem:
    return Problem("NOT_FOUND", "未找到该审查，请核对。", "There is no such review: check it.", status=404)
