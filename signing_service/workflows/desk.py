"""Where a step is taken: the engine decides, and dossier, journal, register and due effects are saved in ONE transaction.

Pages, API, command line and the worker come here; nobody else moves a dossier.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from signing_service.domain.dates import day_in_shanghai
from signing_service.domain.documents import Blobs, SignatoryRole
from signing_service.domain.dossier import Actor, Dossier, Stage
from signing_service.domain.errors import Problem
from signing_service.domain.licences import LicenceStatus
from signing_service.domain.numbers import DossierNo
from signing_service.storage import documents, dossiers, licences, outbox, parties
from signing_service.storage.database import Database
from signing_service.storage.numbers import next_number
from signing_service.workflows import changes
from signing_service.workflows.catalogue import Catalogue
from signing_service.workflows.engine import Event, Outcome, take_step
from signing_service.workflows.forms import read_form
from signing_service.workflows.procedure import Procedure, Situation


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
        now = self.clock()
        procedure = self.catalogue.latest(procedure_key, day_in_shanghai(now))
        values = read_form(procedure, form, day_in_shanghai(now))
        with self.database.transaction() as connection:
            if known := dossiers.by_request_key(connection, request_key):
                return known.number
            day = day_in_shanghai(now)
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
        now = self.clock()
        dossier = dossiers.load(connection, number)
        procedure = self.catalogue.pinned(dossier.procedure, dossier.edition)
        situation = self.situation(connection, procedure, dossier, now)
        outcome = take_step(procedure, dossier, event, situation)
        dossiers.save(connection, outcome.dossier, now)
        facts = {"reason": event.reason} if event.reason else {}
        line = dossiers.append_journal(
            connection, dossier, outcome.dossier, event.actor, event.step, now, {**facts, "title": outcome.step.title}
        )
        for change in outcome.changes:
            _apply(connection, change, dossier, now)
        outbox.add(
            connection,
            number,
            line,
            [
                (
                    type(outcome.step.then[due.position]).__name__,
                    {
                        "step": due.step,
                        "stage": due.stage.value,
                        "position": due.position,
                        "form_version": dossier.form_version,
                    },
                )
                for due in outcome.effects
            ],
            now,
        )
        return outcome

    def situation(self, connection: Connection, procedure: Procedure, dossier: Dossier, now: datetime) -> Situation:
        """What the register says of a dossier now."""
        number = dossier.form.get(procedure.licence_field, "") if procedure.licence_field else ""
        licence = licences.current(connection, number) if number else None
        photo = licence.facts.get("photo") if licence else dossier.form.get("photo")
        return Situation(
            now=now,
            today=day_in_shanghai(now),
            parties={role: parties.load(connection, who) for role, who in dossier.parties.items()},
            licence=licence,
            blobs=frozenset({photo} if photo and photo in self.blobs else ()),
        )


def _filled_in(connection: Connection, procedure: Procedure, dossier: Dossier, values: dict[str, Any]) -> Dossier:
    """The dossier with this form, the parties it appoints, and the licence it is about."""
    appointed = {role: values[key] for role, key in procedure.parties_from.items() if values.get(key)}
    who = {**dossier.parties, **appointed}
    for number in who.values():
        parties.load(connection, number)
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


def _apply(connection: Connection, change: object, dossier: Dossier, now: datetime) -> None:
    match change:
        case changes.VoidForm():
            documents.void_form_version(connection, dossier.number, dossier.form_version)
            # a form that is void waits for nobody's signature, and what is owed behind it goes on
            outbox.hasten(connection, dossier.number, now)
        case changes.PutLicenceInForce():
            issued = licences.of_dossier(connection, dossier.number)
            if issued is None:
                msg = f"{dossier.number} issues a licence that it never made"
                raise LookupError(msg)
            before = licences.current(connection, issued.number)
            if before is not None:
                licences.set_status(connection, before, LicenceStatus.SUPERSEDED, now)
            licences.set_status(connection, issued, LicenceStatus.IN_FORCE, now)
        case _:
            msg = f"no way to make the change {change!r}"
            raise TypeError(msg)
