"""Where a step is taken: the engine decides, and dossier, journal, register and due effects are saved in ONE transaction.

Pages, API, command line and the worker come here; nobody else moves a dossier.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from signing_service.domain.dates import day_in_shanghai
from signing_service.domain.documents import Blobs, SignatoryRole
from signing_service.domain.dossier import Actor, Dossier, Stage
from signing_service.domain.errors import Problem
from signing_service.domain.licences import Licence, LicenceStatus
from signing_service.domain.numbers import DossierNo
from signing_service.domain.parties import Party
from signing_service.storage import documents, dossiers, licences, outbox, parties
from signing_service.storage.database import Database
from signing_service.storage.dossiers import Move
from signing_service.storage.numbers import next_number
from signing_service.workflows import changes
from signing_service.workflows.catalogue import Catalogue
from signing_service.workflows.engine import Event, Outcome, take_step
from signing_service.workflows.forms import read_form
from signing_service.workflows.procedure import Change, Procedure, Situation


@dataclass(frozen=True, slots=True)
class Desk:
    database: Database
    blobs: Blobs
    catalogue: Catalogue
    clock: Callable[[], datetime]
    nudge: Callable[[], None] = lambda: None
    """Called after a commit that owes work, so that the worker need not be waited for."""

    def open(
        self,
        procedure_key: str,
        actors: Mapping[SignatoryRole, str],
        form: Mapping[str, Any],
        *,
        region: str,
        request_key: str,
    ) -> str:
        """Open a dossier as a draft and return its number; the same request key gives the same dossier again.

        ``actors`` are the parties known beforehand (initiator, authority, platform); the others are those the form
        names. Raises Problem FIELDS_INVALID, PERSON_NOT_FOUND, PROCEDURE_UNKNOWN.
        """
        with self.database.transaction() as connection:
            return self.open_in(connection, procedure_key, actors, form, region=region, request_key=request_key)

    def open_in(
        self,
        connection: Connection,
        procedure_key: str,
        actors: Mapping[SignatoryRole, str],
        form: Mapping[str, Any],
        *,
        region: str,
        request_key: str,
    ) -> str:
        """The same inside a transaction of the caller's, who has to undo it when this raises."""
        now = self.clock()
        day = day_in_shanghai(now)
        procedure = self.catalogue.latest(procedure_key, day)
        values = read_form(procedure, form, day)
        if known := dossiers.by_request_key(connection, request_key):
            return known.number
        serial = next_number(connection, f"dossier/{procedure.code}/{day}")
        dossier = Dossier(
            number=DossierNo.mint(procedure.code, day, serial),
            procedure=procedure.key,
            edition=procedure.edition,
            stage=Stage.DRAFT,
            version=1,
            form_version=1,
            region=region,
            parties=actors,
            form={},
            visit=frozenset(),
            opened_at=now,
        )
        dossiers.add(connection, _filled_in(connection, procedure, dossier, values), request_key)
        return dossier.number

    def amend(self, number: str, actor: Actor, form: Mapping[str, Any]) -> None:
        """Replace the form of a draft, and with it the parties and the licence that it names.

        Raises Problem STATE_CONFLICT once it is submitted, NOT_YOUR_DOSSIER, and what ``open`` raises of a form.
        """
        now = self.clock()
        with self.database.transaction() as connection:
            dossier = dossiers.load(connection, number)
            procedure = self.catalogue.pinned(dossier.procedure, dossier.edition)
            if dossier.stage is not Stage.DRAFT:
                raise Problem(
                    "STATE_CONFLICT",
                    "申请已提交，不能再修改；如需更正，请先撤回或等待退回补正。",
                    "The application is submitted and cannot be changed: withdraw it, or wait for it to be returned.",
                    status=409,
                )
            if dossier.parties.get(procedure.initiator) != actor.party:
                raise Problem("NOT_YOUR_DOSSIER", "您不是申请人。", "You are not the applicant.", status=403)
            values = read_form(procedure, form, day_in_shanghai(now))
            after = _filled_in(connection, procedure, dossier, values)
            dossiers.save(connection, replace(after, version=dossier.version + 1), now)

    def take_step(self, number: str, step: str, actor: Actor, reason: str = "") -> Dossier:
        """Take a step; when this returns it is decided, saved and its work is owed. Raises what the engine refuses."""
        with self.database.transaction() as connection:
            outcome = self.record(connection, number, Event(step, actor, reason))
        if outcome.effects:
            self.nudge()
        return outcome.dossier

    def record(self, connection: Connection, number: str, event: Event) -> Outcome:
        """The same inside a transaction of the caller's, for a step that the platform takes after its work is done."""
        return self.record_all(connection, {number: event})[number]

    def record_all(self, connection: Connection, events: Mapping[str, Event]) -> dict[str, Outcome]:
        """A step in each of several dossiers: one that is refused refuses them all."""
        now = self.clock()
        before = dossiers.load_all(connection, list(events), held=True)
        procedures = {number: self.catalogue.pinned(one.procedure, one.edition) for number, one in before.items()}
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
                {**({"reason": events[number].reason} if events[number].reason else {}), "title": outcome.step.title},
            )
            for number, outcome in outcomes.items()
        ]
        lines = dossiers.append_journal(connection, moves, now)
        _apply_all(
            connection,
            [(change, move.before) for move in moves for change in outcomes[move.before.number].changes],
            now,
        )
        owed = [
            (move.before.number, line, _owed(outcomes[move.before.number], move.before.form_version))
            for move, line in zip(moves, lines, strict=True)
        ]
        outbox.add_all(connection, owed, now)
        return outcomes

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
        return {
            number: self._situation(
                {role: who[party] for role, party in one.parties.items()},
                held.get(in_question.get(number, "")),
                one,
                now,
            )
            for number, one in found.items()
        }

    def situation(self, connection: Connection, procedure: Procedure, dossier: Dossier, now: datetime) -> Situation:
        """What the register says of a dossier now."""
        number = dossier.number
        return self.situations(connection, {number: procedure}, {number: dossier}, now)[number]

    def _situation(
        self, who: Mapping[SignatoryRole, Party], licence: Licence | None, dossier: Dossier, now: datetime
    ) -> Situation:
        photo = licence.facts.get("photo") if licence else dossier.form.get("photo")
        return Situation(
            now=now,
            today=day_in_shanghai(now),
            parties=who,
            licence=licence,
            blobs=frozenset({photo} if photo and photo in self.blobs else ()),
        )


def _owed(outcome: Outcome, form_version: int) -> list[tuple[str, dict[str, Any]]]:
    return [
        (
            type(outcome.step.then[due.position]).__name__,
            {"step": due.step, "stage": due.stage.value, "position": due.position, "form_version": form_version},
        )
        for due in outcome.effects
    ]


def _filled_in(connection: Connection, procedure: Procedure, dossier: Dossier, values: dict[str, Any]) -> Dossier:
    """The dossier with this form, the parties it appoints, and the licence it is about."""
    appointed = {role: values[key] for role, key in procedure.parties_from.items() if values.get(key)}
    who = {**dossier.parties, **appointed}
    parties.load_all(connection, set(who.values()))
    about = {"licence_no": values[procedure.licence_field]} if procedure.licence_field else {}
    after = replace(dossier, form=values, parties=who, facts={**dossier.facts, **about})
    _refuse_second_dossier(connection, procedure, after)
    return after


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


def _apply_all(connection: Connection, changed: Sequence[tuple[Change, Dossier]], now: datetime) -> None:
    """What the steps change in the register, of one kind at once."""
    in_force: list[str] = []
    for change, dossier in changed:
        match change:
            case changes.VoidForm():
                documents.void_form_version(connection, dossier.number, dossier.form_version)
                # a form that is void waits for nobody's signature, and what is owed behind it goes on
                outbox.hasten(connection, dossier.number, now)
            case changes.PutLicenceInForce():
                in_force.append(dossier.number)
            case _:
                msg = f"no way to make the change {change!r}"
                raise TypeError(msg)
    if in_force:
        _put_in_force(connection, in_force, now)


def _put_in_force(connection: Connection, numbers: Sequence[str], now: datetime) -> None:
    issued = licences.of_dossiers(connection, numbers)
    for number in numbers:
        if number not in issued:
            msg = f"{number} issues a licence that it never made"
            raise LookupError(msg)
    before = licences.currents(connection, [licence.number for licence in issued.values()])
    licences.set_statuses(connection, before.values(), LicenceStatus.SUPERSEDED, now)
    licences.set_statuses(connection, issued.values(), LicenceStatus.IN_FORCE, now)
