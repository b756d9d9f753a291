"""Where a step is taken: the engine decides, and dossier, journal, register, todos, timers and due effects are saved in
ONE transaction.

Pages, API, command line and the worker come here; nobody else moves a dossier.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from signing_service.domain.codes import Region
from signing_service.domain.dates import day_in_shanghai
from signing_service.domain.documents import Blobs, SignatoryRole
from signing_service.domain.dossier import Actor, Dossier, Stage
from signing_service.domain.errors import FieldError, Problem
from signing_service.domain.licences import Licence
from signing_service.domain.numbers import DossierNo
from signing_service.domain.parties import Party
from signing_service.domain.projects import Project
from signing_service.domain.qualification_standards import STANDARDS, Standards
from signing_service.storage import dossiers, licences, outbox, parties, projects, todos
from signing_service.storage.database import Database
from signing_service.storage.dossiers import Move
from signing_service.storage.numbers import next_number
from signing_service.storage.todos import TimerRow, TodoRow
from signing_service.workflows import competence, signed_revision
from signing_service.workflows.apply import apply_all
from signing_service.workflows.apply.case import Case
from signing_service.workflows.catalogue import Catalogue
from signing_service.workflows.deadlines import alarms_of
from signing_service.workflows.engine import Event, Outcome, initiator_of, take_step
from signing_service.workflows.forms import errors_of, read_fields, read_form
from signing_service.workflows.looking_up import StoredRegister
from signing_service.workflows.procedure import Procedure, Situation
from signing_service.workflows.tidings import tell_of_step


@dataclass(frozen=True, slots=True)
class Desk:
    database: Database
    blobs: Blobs
    catalogue: Catalogue
    clock: Callable[[], datetime]
    nudge: Callable[[], None] = lambda: None
    """Called after a commit that owes work, so that the worker need not be waited for."""
    strict: frozenset[str] = frozenset()
    """Codes of the rules that refuse, and would only warn otherwise."""
    standards: Standards = STANDARDS
    """What a qualification asks of an enterprise."""

    # ---- beginning

    def begin(
        self, procedure_key: str, role: SignatoryRole, party: str, typed: Mapping[str, Any], *, request_key: str
    ) -> str:
        """Begin a dossier as a draft, however little is known yet, and return its number; ``keep`` fills it in.

        So begin people, on the pages and through the API; what was typed is read by the step that draws the form.
        ``party`` begins it in ``role``. Where it goes is decided when the form is read. The same request key gives the
        same dossier again. Raises Problem PROCEDURE_UNKNOWN, NOT_YOURS_TO_BEGIN.
        """
        now = self.clock()
        with self.database.transaction() as connection:
            if known := dossiers.by_request_key(connection, request_key):
                return known.number
            procedure = self.catalogue.latest(procedure_key, day_in_shanghai(now))
            if role not in procedure.beginners:
                raise not_yours_to_begin(procedure)
            who = {role: party, SignatoryRole.PLATFORM: str(competence.platform(connection).number)}
            dossier = self._new(connection, procedure, who, "360000", now)
            facts = {"initiator": role.value, "routed": True}
            dossiers.add(connection, replace(dossier, draft=dict(typed), facts=facts), request_key)
            todos.put_parts(connection, [dossier])
            return dossier.number

    def begin_filled_in(
        self,
        procedure_key: str,
        actors: Mapping[SignatoryRole, str],
        form: Mapping[str, Any],
        *,
        region: str,
        request_key: str,
        within: Connection | None = None,
    ) -> str:
        """Begin a dossier with its whole form, as who is no visitor of a page does: the platform, a batch, a command.

        ``actors`` are the parties known beforehand (initiator, authority, platform); the others are those the form
        names. ``within`` a transaction of the caller's, who has to undo it when this raises; else in one of its own. The
        same request key gives the same dossier again. Raises Problem FIELDS_INVALID, PERSON_NOT_FOUND,
        PROCEDURE_UNKNOWN, DOSSIER_DUPLICATE.
        """
        now = self.clock()
        with nullcontext(within) if within is not None else self.database.transaction() as connection:
            procedure = self.catalogue.latest(procedure_key, day_in_shanghai(now))
            values = read_form(procedure, form, day_in_shanghai(now))
            if known := dossiers.by_request_key(connection, request_key):
                return known.number
            dossier = self._new(connection, procedure, actors, region, now)
            filled = _filled_in(connection, procedure, dossier, values)
            dossiers.add(connection, filled, request_key)
            todos.put_parts(connection, [filled])
            return filled.number

    def _new(
        self, connection: Connection, procedure: Procedure, who: Mapping[SignatoryRole, str], region: str, now: datetime
    ) -> Dossier:
        day = day_in_shanghai(now)
        serial = next_number(connection, f"dossier/{procedure.code}/{day}")
        return Dossier(
            number=DossierNo.mint(procedure.code, day, serial),
            procedure=procedure.key,
            edition=procedure.edition,
            stage=Stage.DRAFT,
            version=1,
            form_version=1,
            region=region,
            parties=who,
            form={},
            visit=frozenset(),
            opened_at=now,
        )

    # ---- writing

    def keep(self, number: str, actor: Actor, typed: Mapping[str, Any]) -> list[FieldError]:
        """Keep what the author has typed so far, right or wrong, and say what is wrong with it; what is missing is not.

        The one way to fill in or change a draft: its parties, authority and licence follow when ``prepare`` reads it.

        Raises Problem STATE_CONFLICT, NOT_YOUR_DOSSIER.
        """
        now = self.clock()
        with self.database.transaction() as connection:
            dossier, procedure = self._to_be_written(connection, number, actor)
            dossiers.save(connection, replace(dossier, draft=dict(typed), version=dossier.version + 1), now)
        return errors_of(tuple(procedure.fields), typed, day_in_shanghai(now))

    def _to_be_written(self, connection: Connection, number: str, actor: Actor) -> tuple[Dossier, Procedure]:
        dossier = dossiers.load(connection, number, held=True)
        procedure = self.catalogue.pinned(dossier.procedure, dossier.edition)
        if dossier.parties.get(initiator_of(procedure, dossier)) != actor.party:
            raise Problem("NOT_YOUR_DOSSIER", "您不是申请人。", "You are not the applicant.", status=403)
        if not dossier.stage.is_editable:
            raise Problem(
                "STATE_CONFLICT",
                "申请已提交，不能再修改；如需更正，请先撤回或等待退回补正。",
                "The application is submitted and cannot be changed: withdraw it, or wait for it to be returned.",
                status=409,
            )
        return dossier, procedure

    # ---- steps

    def take_step(
        self,
        number: str,
        step: str,
        actor: Actor,
        reason: str = "",
        *,
        given: Mapping[str, Any] | None = None,
        evidence: Mapping[str, Any] | None = None,
    ) -> Dossier:
        """Take a step; when this returns it is decided, saved and its work is owed. Raises what the engine refuses.

        ``given`` are the values of the step's own form. ``evidence`` goes into the journal; ``seen`` in it, the hash of
        the revision that the person was shown, is compared with what there is now (REVISION_CHANGED).
        """
        with self.database.transaction() as connection:
            event = Event(step, actor, reason, given or {}, evidence or {})
            outcome = self.record(connection, number, event)
        if outcome.effects:
            self.nudge()
        return outcome.dossier

    def record(self, connection: Connection, number: str, event: Event) -> Outcome:
        """The same inside a transaction of the caller's, for a step that the platform takes after its work is done."""
        return self.record_all(connection, {number: event})[number]

    def record_all(self, connection: Connection, events: Mapping[str, Event]) -> dict[str, Outcome]:
        """A step in each of several dossiers: one that is refused refuses them all."""
        now = self.clock()
        stored = dossiers.load_all(connection, list(events), held=True)
        procedures = {number: self.catalogue.pinned(one.procedure, one.edition) for number, one in stored.items()}
        events = {
            number: self._read(procedures[number], stored[number], event, now) for number, event in events.items()
        }
        for number, event in events.items():
            signed_revision.refuse_another_revision(connection, procedures[number], stored[number], event)
        before = {
            number: self._as_written(connection, procedures[number], one, events[number], now)
            for number, one in stored.items()
        }
        situations = self.situations(connection, procedures, before, now)
        outcomes = {
            number: take_step(procedures[number], before[number], event, situations[number])
            for number, event in events.items()
        }
        dossiers.save_all(connection, [outcome.dossier for outcome in outcomes.values()], now)
        moves = [
            Move(
                before[number],
                outcome.dossier,
                events[number].actor,
                events[number].step,
                _journalled(outcome, events[number]),
            )
            for number, outcome in outcomes.items()
        ]
        lines = dossiers.append_journal(connection, moves, now)
        cases = {
            number: Case(before[number], outcome.dossier, situations[number]) for number, outcome in outcomes.items()
        }
        apply_all(
            connection,
            [(change, cases[number]) for number, outcome in outcomes.items() for change in outcome.changes],
            now,
        )
        self._set_waiting(connection, procedures, outcomes, now)
        for number, outcome in outcomes.items():
            tell_of_step(connection, procedures[number], before[number], outcome, situations[number])
        rewritten = [one for number, one in before.items() if one is not stored[number]]
        if rewritten:
            todos.put_parts(connection, rewritten)
        owed = [
            (move.before.number, line, _owed(outcomes[move.before.number], move.before.form_version))
            for move, line in zip(moves, lines, strict=True)
        ]
        outbox.add_all(connection, owed, now)
        return outcomes

    def _read(self, procedure: Procedure, dossier: Dossier, event: Event, now: datetime) -> Event:
        """The event with the values of the step's own form read. Raises Problem FIELDS_INVALID."""
        rows = [row for row in procedure.rows_at(dossier.stage) if row.name == event.step]
        row = next((one for one in rows if event.actor.role in one.by), rows[0] if rows else None)
        if row is None or not (row.form or event.given):
            return event
        return replace(event, given=read_fields(row.form, event.given, day_in_shanghai(now)))

    def _as_written(
        self, connection: Connection, procedure: Procedure, dossier: Dossier, event: Event, now: datetime
    ) -> Dossier:
        """Where the step reads what was typed, the dossier with the form that it makes."""
        reads = any(row.name == event.step and row.reads_draft for row in procedure.rows_at(dossier.stage))
        author = dossier.parties.get(initiator_of(procedure, dossier)) == event.actor.party
        if not reads or not author or not (dossier.draft or dossier.facts.get("routed")):
            return dossier
        values = read_form(procedure, dossier.draft, day_in_shanghai(now))
        return _filled_in(connection, procedure, dossier, values)

    def _set_waiting(
        self,
        connection: Connection,
        procedures: Mapping[str, Procedure],
        outcomes: Mapping[str, Outcome],
        now: datetime,
    ) -> None:
        """Who is waited for and what goes off by itself, in place of what was before."""
        after = [outcome.dossier for outcome in outcomes.values()]
        waiting = [
            TodoRow(
                one.number, todo.role, one.parties[todo.role], one.procedure, one.region, todo.level, todo.steps,
                now, todo.due_on,
            )
            for one in after
            for todo in outcomes[one.number].todos
        ]  # fmt: skip
        todos.put(connection, list(outcomes), waiting)
        timers = [
            TimerRow(one.number, alarm.deadline, alarm.position, alarm.due_at)
            for one in after
            for alarm in alarms_of(procedures[one.number].deadlines, one.facts.get("clocks", {}))
        ]
        todos.set_timers(connection, list(outcomes), timers)

    # ---- what the register says

    def situations(
        self,
        connection: Connection,
        procedures: Mapping[str, Procedure],
        found: Mapping[str, Dossier],
        now: datetime,
    ) -> dict[str, Situation]:
        """What the register says of dossiers now, by their numbers."""
        in_question = {
            number: one.form.get(field, "")
            for number, one in found.items()
            if (field := procedures[number].licence_field)
        }
        wanted = {number for number in in_question.values() if number}
        held = licences.currents(connection, wanted) if wanted else {}
        who = parties.load_all(connection, {party for one in found.values() for party in one.parties.values()})
        register = StoredRegister(connection)
        return {
            number: self._situation(
                {role: who[party] for role, party in one.parties.items()},
                held.get(in_question.get(number, "")),
                one,
                register,
                now,
            )
            for number, one in found.items()
        }

    def situation(self, connection: Connection, procedure: Procedure, dossier: Dossier, now: datetime) -> Situation:
        """What the register says of a dossier now."""
        number = dossier.number
        return self.situations(connection, {number: procedure}, {number: dossier}, now)[number]

    def _situation(
        self,
        who: Mapping[SignatoryRole, Party],
        licence: Licence | None,
        dossier: Dossier,
        register: StoredRegister,
        now: datetime,
    ) -> Situation:
        holder = who.get(SignatoryRole.HOLDER)
        photo = (
            (licence.facts.get("photo") if licence else None)
            or dossier.form.get("photo")
            or (holder.facts.get("photo") if holder else None)
        )
        return Situation(
            now=now,
            today=day_in_shanghai(now),
            parties=who,
            licence=licence,
            blobs=frozenset({photo} if photo and photo in self.blobs else ()),
            register=register,
            strict=self.strict,
            standards=self.standards,
        )


def not_yours_to_begin(procedure: Procedure) -> Problem:
    return Problem(
        "NOT_YOURS_TO_BEGIN",
        f"“{procedure.title}”不能由您发起，请查看该事项的办理对象。",
        f"“{procedure.title_en}” is not yours to begin: see who may.",
        status=403,
    )


def _journalled(outcome: Outcome, event: Event) -> dict[str, Any]:
    """What the journal keeps of a step besides who, when and whence."""
    return {
        **({"reason": event.reason} if event.reason else {}),
        **({"given": dict(event.given)} if event.given else {}),
        **({"evidence": dict(event.evidence)} if event.evidence else {}),
        "title": outcome.step.title,
    }


def _owed(outcome: Outcome, form_version: int) -> list[tuple[str, dict[str, Any]]]:
    return [
        (
            type(outcome.row.then[due.position]).__name__,
            {
                "step": due.step,
                "stage": due.stage.value,
                "by": due.by.value,
                "position": due.position,
                "form_version": form_version,
            },
        )
        for due in outcome.effects
    ]


def _filled_in(connection: Connection, procedure: Procedure, dossier: Dossier, values: dict[str, Any]) -> Dossier:
    """The dossier with this form, the parties it appoints, where it goes, and the licence it is about."""
    appointed = {role: values[key] for role, key in procedure.parties_from.items() if values.get(key)}
    beginner = initiator_of(procedure, dossier)
    kept = {
        role: party for role, party in dossier.parties.items() if role not in procedure.parties_from or role is beginner
    }  # whom an earlier form named and this one does not plays no part any more
    project = _project(connection, procedure, dossier, values)
    of_project = (
        {role: project.parties[role] for role in procedure.parties_of_project if role in project.parties}
        if project
        else {}
    )
    who = {**kept, **of_project, **appointed}
    known = parties.load_all(connection, set(who.values()))
    for role, of in procedure.represented.items():
        # the register names by number only whom it knows
        head = known[who[of]].facts.get("legal_representative", "") if of in who else ""
        if head and (person := parties.find(connection, head)) is not None:
            who[role], known[head] = head, person
    about = {"licence_no": values.get(procedure.licence_field, "")} if procedure.licence_field else {}
    if project is not None:
        about |= {"project_no": project.number, "project_name": project.name}
    after = replace(dossier, form=values, parties=who, facts={**dossier.facts, **about})
    if dossier.facts.get("routed"):
        found = {role: known[party] for role, party in who.items()}
        region = Region(project.region) if project else competence.region_of(procedure, values, found)
        authority = competence.authority_for(connection, procedure, region, values)
        after = replace(after, region=str(region), parties={**who, SignatoryRole.AUTHORITY: str(authority.number)})
    _refuse_second_dossier(connection, procedure, after)
    return after


def _project(
    connection: Connection, procedure: Procedure, dossier: Dossier, values: Mapping[str, Any]
) -> Project | None:
    """The one that the form names. Raises Problem NOT_FOUND for one in which nobody of the dossier plays a part."""
    if procedure.project_field is None or not values.get(procedure.project_field):
        return None
    project = projects.find(connection, values[procedure.project_field])
    mine = dossier.parties.get(initiator_of(procedure, dossier))
    offered = {section.contractor for section in project.sections} if project else set()
    if project is None or (mine not in project.parties.values() and mine not in offered):
        raise Problem("NOT_FOUND", "未找到该项目，请核对项目编号。", "No such project: check its number.", status=404)
    return project


def _refuse_second_dossier(connection: Connection, procedure: Procedure, dossier: Dossier) -> None:
    licence_no = dossier.facts.get("licence_no")
    on_licence = dossiers.open_on_licence(connection, procedure.key, licence_no) if licence_no else []
    if others := [number for number in on_licence if number != dossier.number]:
        raise Problem(
            "DOSSIER_DUPLICATE",
            f"该证书已有在办的同类办件（{others[0]}），请先办结或撤回。",
            f"This licence already has an open dossier of the same kind ({others[0]}): finish or withdraw it first.",
            status=409,
        )
