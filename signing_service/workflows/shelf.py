"""What somebody who is logged in sees: their todos, their dossiers, one dossier with its timeline and documents.

Every function takes the viewer and answers for that viewer alone; what is not theirs does not exist (NOT_FOUND).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from signing_service.domain.dates import day_in_shanghai
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Actor, Dossier, Stage
from signing_service.domain.errors import Problem
from signing_service.domain.licences import LicenceType
from signing_service.domain.parties import Party, Person
from signing_service.domain.sheets import SHEET_TEMPLATE
from signing_service.domain.staff import Level
from signing_service.domain.viewer import AccountKind, Viewer
from signing_service.storage import documents, dossiers, employments, licences, outbox, parties, reviews, todos
from signing_service.storage.documents import DocumentRow, Revision
from signing_service.storage.dossiers import JournalLine
from signing_service.storage.outbox import OwedEffect
from signing_service.storage.todos import TodoRow
from signing_service.workflows.deadlines import due_on
from signing_service.workflows.desk import Desk, not_yours_to_begin
from signing_service.workflows.engine import initiator_of, may_take
from signing_service.workflows.fields import Prefill
from signing_service.workflows.lateness import Late, lateness_of
from signing_service.workflows.procedure import Ending, Procedure, Situation, Step
from signing_service.workflows.signed_revision import signed_with, uses_key_unseen

BEGUN_BY: Mapping[AccountKind, frozenset[SignatoryRole]] = {
    AccountKind.PERSON: frozenset({SignatoryRole.HOLDER}),
    AccountKind.ENTERPRISE: frozenset(
        {SignatoryRole.EMPLOYER, SignatoryRole.DEVELOPER, SignatoryRole.SURVEYOR, SignatoryRole.DESIGNER}
    ),
    AccountKind.STAFF: frozenset({SignatoryRole.AUTHORITY}),
}
"""In which roles an account of a kind may begin something."""


FIELDS: Mapping[LicenceType, str] = {
    LicenceType.SPECIAL_OPERATION: "so",
    LicenceType.CONSTRUCTOR: "c2",
    LicenceType.CONSTRUCTOR_TEMPORARY: "c2t",
    LicenceType.QUALIFICATION: "eq",
    LicenceType.REVIEW_PASS: "rv",
    LicenceType.CONSTRUCTION_PERMIT: "pm",
    LicenceType.COMPLETION_FILING: "fin",
}
"""The head of the keys of what is done to a licence of each type; copies (``cert``) are made of any."""


@dataclass(frozen=True, slots=True)
class Todo:
    """A line of 我的待办."""

    row: TodoRow
    procedure: Procedure
    subject: str
    """Whom or what it is about, as whoever has to act may see it: a name."""
    stage: Stage
    returned: bool
    """Whether it came back to who wrote it."""


@dataclass(frozen=True, slots=True)
class DossierLine:
    """A line of a list of dossiers."""

    number: str
    procedure: Procedure
    stage: Stage
    subject: str
    region: str
    changed_at: datetime
    due_on: date | None
    ending: Ending | None = None
    """How it ended, where that is not as its stage says."""
    late: Late | None = None


@dataclass(frozen=True, slots=True)
class Paper:
    """A document of a dossier: every revision of it, the newest last."""

    row: DocumentRow
    revisions: Sequence[Revision]

    @property
    def void(self) -> bool:
        return self.row.state == documents.VOID


@dataclass(frozen=True, slots=True)
class OpenStep:
    """A step that the viewer may take now, in one of their roles."""

    step: Step
    role: SignatoryRole
    signs: str
    """Template of the form that is signed or sealed with it; empty: nothing is."""
    asks_pin: bool = False
    """Whether the role's own key is used for what nobody can be shown before: a letter that is drawn with the step, or
    hundreds of sheets.
    """


@dataclass(frozen=True, slots=True)
class DossierView:
    """One dossier, as its viewer sees it."""

    dossier: Dossier
    procedure: Procedure
    parties: Mapping[SignatoryRole, Party]
    situation: Situation
    timeline: Sequence[JournalLine]
    papers: Sequence[Paper]
    owed: Sequence[OwedEffect]
    """What the workers have still to do, with the problem that it waits for."""
    waiting_for: Sequence[TodoRow]
    open_steps: Sequence[OpenStep]
    roles: Sequence[SignatoryRole]
    due_on: date | None

    @property
    def initiator(self) -> SignatoryRole:
        return initiator_of(self.procedure, self.dossier)

    @property
    def subject(self) -> str:
        return subject_of(self.procedure, self.dossier, self.parties)

    @property
    def late(self) -> Late | None:
        return lateness_of(self.dossier)

    @property
    def ending(self) -> Ending | None:
        """How it ended, where that is not as its stage says."""
        return self.procedure.ending(self.dossier)

    @property
    def declined(self) -> str:
        """Of a draft that another party sent back: why; empty when its author took it back, or it was never sent."""
        moved = [line for line in self.timeline if line.from_stage is not line.to_stage]
        if self.dossier.stage is not Stage.DRAFT or not moved or moved[-1].to_stage is not Stage.DRAFT:
            return ""
        return str(moved[-1].facts.get("reason", ""))


@dataclass(frozen=True, slots=True)
class Shelf:
    desk: Desk

    # ---- what waits

    def todos(self, viewer: Viewer) -> list[Todo]:
        """What waits for this viewer, the most urgent first."""
        with self.desk.database.reading() as connection:
            rows = self._todo_rows(connection, viewer)
            return self._told(connection, rows)

    def count(self, viewer: Viewer) -> int:
        """The counter beside 我的待办."""
        with self.desk.database.reading() as connection:
            if viewer.kind is AccountKind.STAFF:
                return len(self._todo_rows(connection, viewer))
            return todos.count_of_party(connection, viewer.party) + len(self._reviews(connection, viewer))

    def _todo_rows(self, connection: Connection, viewer: Viewer) -> list[TodoRow]:
        if viewer.kind is AccountKind.STAFF:
            return todos.of_officer(connection, viewer.party, viewer.grants)
        rows = [*todos.of_party(connection, viewer.party), *self._reviews(connection, viewer)]
        return sorted(rows, key=lambda one: (one.due_on or date.max, one.since, one.dossier))

    def _reviews(self, connection: Connection, viewer: Viewer) -> list[TodoRow]:
        """Of drawings, in which an expert has still to conclude: that is no step of the dossier, and yet waited for."""
        if viewer.kind is not AccountKind.PERSON:
            return []
        numbers = reviews.waiting_for(connection, viewer.party)
        found = dossiers.load_all(connection, numbers) if numbers else {}
        return [
            TodoRow(
                one.number, SignatoryRole.REVIEW_EXPERT, viewer.party, one.procedure, one.region, None, ("conclude",),
                one.opened_at, due_on(one.facts.get("clocks", {})),
            )
            for one in found.values()
        ]  # fmt: skip

    def _told(self, connection: Connection, rows: Sequence[TodoRow]) -> list[Todo]:
        found = dossiers.load_all(connection, [row.dossier for row in rows]) if rows else {}
        names = _names(connection, found.values())
        told = []
        for row in rows:
            dossier = found[row.dossier]
            procedure = self.desk.catalogue.pinned(dossier.procedure, dossier.edition)
            told.append(
                Todo(
                    row,
                    procedure,
                    subject_of(procedure, dossier, {role: names[party] for role, party in dossier.parties.items()}),
                    dossier.stage,
                    dossier.stage.is_editable,
                )
            )
        return told

    # ---- lists

    def dossiers(
        self, viewer: Viewer, *, procedure: str = "", open_only: bool = False, most: int = 200
    ) -> list[DossierLine]:
        """Those the viewer plays a part in; of an officer those of the grants. The last changed first."""
        with self.desk.database.reading() as connection:
            if viewer.kind is AccountKind.STAFF:
                regions = [grant.region for grant in viewer.grants]
                rows = dossiers.in_regions(connection, regions, most * 2) if regions else []
            else:
                rows = dossiers.of_party(connection, viewer.party, most * 2)
            seen = [
                (dossier, at)
                for dossier, at in rows
                if viewer.sees(dossier)
                and (not procedure or dossier.procedure == procedure)
                and not (open_only and dossier.stage.is_final)
                and not self._is_not_theirs_yet(viewer, dossier)
            ][:most]
            return self.lines(connection, seen)

    def lines(self, connection: Connection, rows: Sequence[tuple[Dossier, datetime]]) -> list[DossierLine]:
        """Dossiers, each with when it was last changed, as a list shows them."""
        names = _names(connection, [dossier for dossier, _ in rows])
        return [self._line(dossier, at, names) for dossier, at in rows]

    def _line(self, dossier: Dossier, at: datetime, names: Mapping[str, Party]) -> DossierLine:
        procedure = self.desk.catalogue.pinned(dossier.procedure, dossier.edition)
        who = {role: names[party] for role, party in dossier.parties.items()}
        return DossierLine(
            dossier.number,
            procedure,
            dossier.stage,
            subject_of(procedure, dossier, who),
            dossier.region,
            at,
            due_on(dossier.facts.get("clocks", {})),
            procedure.ending(dossier),
            lateness_of(dossier),
        )

    # ---- one dossier

    def view(self, viewer: Viewer, number: str) -> DossierView:
        """Raises Problem NOT_FOUND, the same for what does not exist and what is not this viewer's."""
        now = self.desk.clock()
        with self.desk.database.reading() as connection:
            dossier = self._seen(connection, viewer, number)
            procedure = self.desk.catalogue.pinned(dossier.procedure, dossier.edition)
            situation = self.desk.situation(connection, procedure, dossier, now)
            # hundreds of sheets have a page of their own
            rows = [
                row for row in documents.of_dossier(connection, number) if row.template.split("/")[1] != SHEET_TEMPLATE
            ]
            histories = documents.histories(connection, [row.document_id for row in rows])
            roles = viewer.plays(dossier)
            return DossierView(
                dossier=dossier,
                procedure=procedure,
                parties=situation.parties,
                situation=situation,
                timeline=dossiers.journal_of(connection, number),
                papers=[Paper(row, histories.get(row.document_id, [])) for row in rows],
                owed=outbox.owed(connection, number),
                waiting_for=todos.of_dossier(connection, number),
                open_steps=_open_steps(procedure, dossier, viewer, roles),
                roles=roles,
                due_on=due_on(dossier.facts.get("clocks", {})),
            )

    def _seen(self, connection: Connection, viewer: Viewer, number: str) -> Dossier:
        dossier = dossiers.load(connection, number)
        if self._is_not_theirs_yet(viewer, dossier) or not viewer.sees(dossier):
            raise dossiers.unknown()
        return dossier

    def _is_not_theirs_yet(self, viewer: Viewer, dossier: Dossier) -> bool:
        """A draft is nobody's business but its author's, who may be the authority itself."""
        if viewer.kind is not AccountKind.STAFF or dossier.stage is not Stage.DRAFT:
            return False
        procedure = self.desk.catalogue.pinned(dossier.procedure, dossier.edition)
        return initiator_of(procedure, dossier) is not SignatoryRole.AUTHORITY

    def document(
        self, viewer: Viewer, number: str, document_id: str, revision: int | None = None
    ) -> tuple[Paper, bytes]:
        """A document of a dossier that the viewer sees, in one revision or the newest. Raises Problem NOT_FOUND."""
        view = self.view(viewer, number)
        paper = next((one for one in view.papers if one.row.document_id == document_id), None)
        wanted = [one for one in paper.revisions if revision is None or one.revision == revision] if paper else []
        if paper is None or not wanted:
            raise Problem("NOT_FOUND", "没有这份文件。", "There is no such document.", status=404)
        with self.desk.database.reading() as connection:
            return paper, documents.bytes_of(connection, self.desk.blobs, wanted[-1].sha256)

    # ---- beginning

    def on_offer(self, viewer: Viewer, licence_no: str = "") -> list[Procedure]:
        """What this viewer may begin, as the catalogue has it; with a licence of theirs, what is done to such a licence."""
        today = day_in_shanghai(self.desk.clock())
        roles = BEGUN_BY[viewer.kind]
        newest = {one.key: self.desk.catalogue.latest(one.key, today) for one in self.desk.catalogue}
        offered = [one for one in newest.values() if one.on_offer and self._may_begin(viewer, one, roles)]
        if not licence_no:
            return offered
        with self.desk.database.reading() as connection:
            held = {one.number: one.type for one in licences.all_of_holder(connection, viewer.party)}
        fields = {FIELDS[held[licence_no]], "cert"} if licence_no in held else set()
        return [one for one in offered if one.licence_field and one.key.partition(".")[0] in fields]

    def _may_begin(self, viewer: Viewer, procedure: Procedure, roles: frozenset[SignatoryRole]) -> bool:
        if viewer.kind is AccountKind.STAFF:
            return SignatoryRole.AUTHORITY in procedure.beginners and any(
                grant.level in (Level.ACCEPT, Level.REVIEW, Level.DECIDE) and grant.covers(procedure.key, grant.region)
                for grant in viewer.grants
            )
        return bool(roles & set(procedure.beginners))

    def role_of_beginner(self, viewer: Viewer, procedure: Procedure, named: str = "") -> SignatoryRole:
        """The one that is named, else the first. Raises Problem NOT_YOURS_TO_BEGIN when there is none."""
        mine = [role for role in procedure.beginners if role in BEGUN_BY[viewer.kind] and named in ("", role.value)]
        if not mine or not self._may_begin(viewer, procedure, frozenset(mine)):
            raise not_yours_to_begin(procedure)
        return mine[0]

    def prefilled(self, viewer: Viewer, procedure: Procedure, licence_no: str = "") -> dict[str, Any]:
        """What the platform knows already, by field."""
        with self.desk.database.reading() as connection:
            party = parties.find(connection, viewer.party)
            held = licences.all_of_holder(connection, viewer.party)
            licence = next((one for one in held if one.number == licence_no), None)
            employment = employments.active(connection, viewer.party)
        own_uscc = str(party.number) if party and not isinstance(party, Person) else ""
        known = {
            Prefill.LICENCE: licence_no,
            Prefill.LICENCE_EMPLOYER: licence.employer if licence else employment.enterprise if employment else "",
            # an enterprise is its own people's employer; whose names and numbers those are, it types
            Prefill.EMPLOYER: employment.enterprise if employment else own_uscc,
            Prefill.POST: employment.post if employment else "",
            Prefill.EMPLOYED_SINCE: employment.begins.isoformat() if employment else "",
            Prefill.MOBILE: party.facts.get("mobile", "") if party else "",
            Prefill.NAME: str(party.name) if isinstance(party, Person) else "",
            Prefill.ID_NO: str(party.number) if isinstance(party, Person) else "",
            Prefill.USCC: own_uscc,
        }
        return {item.key: known[item.prefill] for item in procedure.fields if item.prefill and known[item.prefill]}


def subject_of(procedure: Procedure, dossier: Dossier, who: Mapping[SignatoryRole, Party]) -> str:
    """Whom a dossier is about: its holder, else the project or enterprise, else who began it."""
    if name := dossier.facts.get("project_name") or dossier.form.get("project_name"):
        return str(name)
    for role in (
        SignatoryRole.HOLDER,
        SignatoryRole.DEVELOPER,
        SignatoryRole.EMPLOYER,
        initiator_of(procedure, dossier),
    ):
        if role in who:
            return str(who[role].name)
    return ""


def _names(connection: Connection, found: Iterable[Dossier]) -> dict[str, Party]:
    numbers = {party for dossier in found for party in dossier.parties.values()}
    return parties.load_all(connection, numbers) if numbers else {}


def _open_steps(
    procedure: Procedure, dossier: Dossier, viewer: Viewer, roles: Iterable[SignatoryRole]
) -> list[OpenStep]:
    found = []
    for role in roles:
        actor: Actor = viewer.acts_as(role)
        found += [
            OpenStep(step, role, signed_with(step, role), uses_key_unseen(step, role))
            for step in may_take(procedure, dossier, actor)
        ]
    return found
