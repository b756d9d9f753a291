"""How each effect is done. Every one can be killed at any line and run again: what it decided by chance or clock is
stored before it is used, what it makes is named by its hash, and its result and the mark "done" are one transaction.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from signing_service.attest.statement import Statement
from signing_service.domain.codes import CheckCode, PublicCode
from signing_service.domain.dates import day_in_shanghai
from signing_service.domain.documents import DocumentKind, SealedPdf, SignatoryRole, TemplateId, sha256_of
from signing_service.domain.dossier import Actor, Dossier, Stage
from signing_service.domain.errors import Problem
from signing_service.domain.licences import Licence
from signing_service.domain.parties import Party
from signing_service.pipeline import templates
from signing_service.pipeline.appearance import draw
from signing_service.pipeline.archive import archive
from signing_service.pipeline.extend import extend
from signing_service.pipeline.lay_out import add_signature_fields, as_it_stands
from signing_service.pipeline.page_image import page_of
from signing_service.pipeline.preflight import check_can_finish
from signing_service.pipeline.prove import prove
from signing_service.pipeline.record import canonical_record
from signing_service.pipeline.render import render
from signing_service.pipeline.seal import begin_seal, finish_seal
from signing_service.pipeline.stamp import stamp_qr
from signing_service.storage import documents, dossiers, licences, outbox, status_lists, tickets
from signing_service.storage.documents import DocumentRow, Revision, Sealing
from signing_service.storage.numbers import next_number
from signing_service.storage.outbox import DueEffect
from signing_service.storage.tickets import TicketRow
from signing_service.workflows import effects, held_outside, use_of_keys
from signing_service.workflows.code import statement_of
from signing_service.workflows.engine import Event
from signing_service.workflows.facts import facts_of_form, facts_of_licence, facts_of_notice
from signing_service.workflows.licensing import Grounds, IssueNew
from signing_service.workflows.procedure import Procedure, Situation
from signing_service.workflows.workshop import Workshop

DOCUMENTS = uuid.UUID("6c2f7d52-6b0e-5c8e-9d55-2f1a4c0f3b1e")
"""Namespace of document ids (RFC 9562, 5.5): dossier, template and form version name the document."""


Contents = Callable[[Connection], tuple[str, Mapping[str, Any]]]
"""Number and facts of a document, asked for once, in the transaction that stores them."""


@dataclass(frozen=True, slots=True)
class Job:
    """One effect, and what the register says of its dossier."""

    shop: Workshop
    due: DueEffect
    dossier: Dossier
    procedure: Procedure
    situation: Situation
    form_version: int
    """Of the step that owes the effect; the dossier's own may have moved on."""

    def finish(self, connection: Connection) -> None:
        outbox.finish(connection, self.due.effect_id, self.due.token, self.shop.clock())

    def nothing_to_do(self) -> None:
        with self.shop.database.transaction() as connection:
            self.finish(connection)


@dataclass(frozen=True, slots=True)
class WorkshopPerformer:
    """``worker.tasks.Performer``: finds the effect in the procedure's table and does it."""

    shop: Workshop

    def perform(self, due: DueEffect) -> None:
        with self.shop.database.reading() as connection:
            dossier = dossiers.load(connection, due.dossier)
            procedure = self.shop.desk.catalogue.pinned(dossier.procedure, dossier.edition)
            situation = self.shop.desk.situation(connection, procedure, dossier, self.shop.clock())
        step = procedure.step(due.arguments["step"], Stage(due.arguments["stage"]))
        effect = step.then[due.arguments["position"]]
        job = Job(self.shop, due, dossier, procedure, situation, due.arguments["form_version"])
        PERFORMERS[type(effect)](job, effect)


# ---- drawing


def render_form(job: Job, effect: effects.RenderForm) -> None:
    facts = facts_of_form(job.procedure, job.dossier, job.situation)
    _draw(job, DocumentKind.FORM, effect.template, lambda _connection: (job.dossier.number, facts))


def render_notice(job: Job, effect: effects.RenderNotice) -> None:
    def numbered(connection: Connection) -> tuple[str, Mapping[str, Any]]:
        authority = job.dossier.parties[SignatoryRole.AUTHORITY]
        serial = next_number(connection, f"notice/{authority}/{job.situation.today.year}")
        facts = facts_of_notice(job.procedure, job.dossier, job.situation, serial)
        return facts["notice_no"], facts

    _draw(job, DocumentKind.NOTICE, effect.template, numbered)


def render_licence(job: Job, effect: effects.RenderLicence) -> None:
    licence = _reserve_licence(job, effect)
    facts = facts_of_licence(licence, job.situation)
    _draw(job, DocumentKind.LICENCE, effect.template, lambda _connection: (licence.number, facts), licence)


def _reserve_licence(job: Job, effect: effects.RenderLicence) -> Licence:
    """Number and identifier are taken and stored before anything is drawn or signed with them."""
    shop, dossier = job.shop, job.dossier
    now = shop.clock()
    with shop.database.transaction() as connection:
        if reserved := licences.of_dossier(connection, dossier.number):
            return reserved
        employer = job.situation.parties.get(SignatoryRole.NEW_EMPLOYER) or job.situation.parties.get(
            SignatoryRole.EMPLOYER
        )
        grounds = Grounds(
            form=dossier.form,
            dossier=dossier.number,
            authority=job.situation.parties[SignatoryRole.AUTHORITY],
            employer=employer,
            on=day_in_shanghai(now),
        )
        if isinstance(effect.operation, IssueNew):
            series = effect.operation.numbered.series(grounds.form, grounds.on)
            serial = next_number(connection, series)
            licence = effect.operation.first(serial, job.situation.parties[SignatoryRole.HOLDER], grounds)
        else:
            before = licences.current(connection, dossier.facts["licence_no"])
            if before is None:
                msg = f"{dossier.number}: the licence in question is gone"
                raise LookupError(msg)
            licence = effect.operation.apply(before, grounds)
        licence = replace(licence, status_index=status_lists.free_place(connection, shop.entropy))
        licences.add(connection, licence, now)
        return licence


def _draw(job: Job, kind: DocumentKind, template_name: str, contents: Contents, licence: Licence | None = None) -> None:
    """Render, stamp, lay the fields; store the document with its first revision."""
    shop = job.shop
    template_id = _template_id(job, kind, template_name)
    template = templates.load(shop.templates, template_id)
    row = _document_row(job, template_id, template.title, contents)
    with shop.database.reading() as connection:
        drawn_before = documents.revisions(connection, row.document_id)
    if drawn_before or row.state == documents.VOID:
        job.nothing_to_do()
        return
    drawn = {**row.facts, "made_on": day_in_shanghai(row.made_at).isoformat()}
    check_can_finish(
        drawn,
        shop.fonts,
        use_of_keys.signatories(
            shop,
            [(role, party) for role in template.roles if not _signs_itself(party := job.situation.parties[role])],
            kind,
            str(template_id),
            job.procedure.decision_days,
        ),
        shop.keys,
        shop.anchors,
        shop.tsa,
        shop.clock(),
        revocation=shop.revocation if _is_to_last(job.procedure, template_name) else None,
        intermediates=shop.intermediates,
    )
    photo = {"photo": shop.blobs.get(drawn["photo"])} if drawn.get("photo") else {}
    record = canonical_record(row.facts) if licence else None
    if licence and record and not row.signed_code:
        row = _with_signed_code(shop, row, statement_of(licence, record))
    rendered = render(template, {**drawn, **photo}, shop.fonts, row.made_at, record)
    stamped = stamp_qr(rendered, shop.address_of(row), CheckCode(row.check_code).grouped, shop.fonts, row.made_at)
    signable = add_signature_fields(stamped)
    sha256 = shop.blobs.put(signable.data)
    with shop.database.transaction() as connection:
        documents.add_revision(connection, Revision(row.document_id, 0, sha256, len(signable.data), None, shop.clock()))
        job.finish(connection)


def _is_to_last(procedure: Procedure, template_name: str) -> bool:
    """Whether a seal of this document is to be at a level for the long term."""
    return any(
        isinstance(effect, effects.Seal) and effect.template == template_name and effect.level.is_long_term
        for step in procedure.steps
        for effect in step.then
    )


def _document_row(job: Job, template_id: TemplateId, title: str, contents: Contents) -> DocumentRow:
    """The row as it is, or a new one: its codes are drawn by chance once and stored before they are printed.

    A form that was taken back before it was drawn is void from the start, and is never drawn.
    """
    shop = job.shop
    with shop.database.transaction() as connection:
        known = documents.find(connection, job.dossier.number, str(template_id), job.form_version)
        if known is not None:
            return known
        number, facts = contents(connection)
        is_form = template_id.kind is DocumentKind.FORM
        taken_back = is_form and _was_taken_back(connection, job.dossier.number, job.form_version)
        row = DocumentRow(
            document_id=_document_id(job, template_id),
            dossier=job.dossier.number,
            kind=template_id.kind,
            template=str(template_id),
            title=title,
            number=number,
            form_version=job.form_version,
            code=str(PublicCode.mint(shop.entropy(16))),
            check_code=str(CheckCode.mint(shop.choice)),
            state=documents.VOID if taken_back else documents.OPEN,
            facts={} if taken_back else facts,
            made_at=shop.clock(),
        )
        documents.add(connection, row)
        if template_id.kind is DocumentKind.LICENCE:
            licences.set_document(connection, job.dossier.number, row.document_id)
        return row


def _with_signed_code(shop: Workshop, row: DocumentRow, statement: Statement) -> DocumentRow:
    """A signature is different each time, so the first that was stored is the one that is printed."""
    digits = shop.codes.code(statement)
    with shop.database.transaction() as connection:
        return replace(row, signed_code=documents.keep_signed_code(connection, row.document_id, digits))


def _was_taken_back(connection: Connection, number: str, form_version: int) -> bool:
    """Declined, returned or withdrawn; a step that does so now waits, and then voids the row that is being added."""
    dossier = dossiers.load(connection, number, held=True)
    return dossier.form_version > form_version or dossier.stage is Stage.WITHDRAWN


def _document_id(job: Job, template_id: TemplateId) -> str:
    return str(uuid.uuid5(DOCUMENTS, f"{job.dossier.number}/{template_id}/{job.form_version}"))


def _template_id(job: Job, kind: DocumentKind, name: str) -> TemplateId:
    """The edition the document was begun with, else the latest."""
    with job.shop.database.reading() as connection:
        for row in documents.of_dossier(connection, job.dossier.number):
            _, known, edition = row.template.split("/")
            if row.kind is kind and known == name and row.form_version == job.form_version:
                return TemplateId(kind, name, edition)
    return templates.latest(job.shop.templates, kind, name)


# ---- sealing


def seal(job: Job, effect: effects.Seal) -> None:
    """Reserve, ask the key, store: a crash leaves a record of what was going to be signed, never a stray signature.

    A seal for the long term is stored when it is made, and extended from what is stored: what the key has signed is
    kept when there is no evidence to be had yet, and the key is not asked again.
    """
    shop = job.shop
    row, history = _document(job, effect.template)
    if row.state == documents.VOID:
        job.nothing_to_do()
        return
    if any(revision.field is effect.role for revision in history):
        extend_seal(job, row, effect)
        return
    party = job.situation.parties[effect.role]
    if _signs_itself(party):
        seal_from_outside(job, row, history, effect)
        return
    base = shop.blobs.get(history[-1].sha256)
    page = page_of(base, effect.role)
    with shop.database.reading() as connection:
        asked = use_of_keys.occasion(connection, row, history[-1], page, effect.role, party, job.due.line)
    chosen = use_of_keys.choose(shop, asked)
    prepared = begin_seal(
        as_it_stands(base),
        effect.role,
        chosen.signer,
        chosen.claimed_at,
        level=effect.level,
        appearance=draw(chosen.seal.artwork, shop.fonts.folder) if chosen.seal else None,
    )
    planned = Sealing(
        document_id=row.document_id,
        field=effect.role,
        base_sha256=history[-1].sha256,
        digest=prepared.digest.hex(),
        key_ref=str(chosen.key),
        cert_sha256=sha256_of(prepared.signer.cert),
        seal_id=chosen.seal.seal_id if chosen.seal else None,
        party=str(party.number),
        claimed_at=prepared.claimed_at,
        level=effect.level,
    )
    use_of_keys.reserve(shop, asked, chosen, planned)
    sealed = finish_seal(prepared, shop.keys.sign(chosen.key, prepared.to_be_signed), shop.tsa)
    sha256 = shop.blobs.put(sealed.data)
    revision = Revision(row.document_id, history[-1].revision + 1, sha256, len(sealed.data), effect.role, shop.clock())
    with shop.database.transaction() as connection:
        documents.add_revision(connection, revision)
        documents.complete_sealing(connection, planned, sha256, sealed.proven_at)
        use_of_keys.record_done(connection, asked, chosen, planned, sha256, shop.clock())
        if sealed.complete:
            documents.set_state(connection, row.document_id, documents.COMPLETE)
        if not effect.level.is_long_term:
            job.finish(connection)
    if effect.level.is_long_term:
        extend_seal(job, row, effect)


def extend_seal(job: Job, row: DocumentRow, effect: effects.Seal) -> None:
    """Bring a seal that is stored to its level, as a further revision; nothing is to be done when it is there."""
    shop = job.shop
    with shop.database.reading() as connection:
        reached = documents.reached(connection, row.document_id)[effect.role]
        newest = documents.revisions(connection, row.document_id)[-1]
    if reached.reaches(effect.level):
        job.nothing_to_do()
        return
    sealed = as_it_stands(shop.blobs.get(newest.sha256))
    if not isinstance(sealed, SealedPdf):
        msg = f"{row.number}: nothing is sealed that could be extended"
        raise TypeError(msg)
    extended = extend(sealed, effect.level, shop.trust_services, shop.clock())
    sha256 = shop.blobs.put(extended.data)
    revision = Revision(row.document_id, newest.revision + 1, sha256, len(extended.data), None, shop.clock())
    with shop.database.transaction() as connection:
        documents.add_revision(connection, revision)
        documents.set_reached(connection, row.document_id, effect.role, effect.level)
        job.finish(connection)


def _signs_itself(party: Party) -> bool:
    """With a key in its own hands, which is not ours to try."""
    return party.key is not None and party.key.held_outside


def seal_from_outside(job: Job, row: DocumentRow, history: list[Revision], effect: effects.Seal) -> None:
    """The party signs itself. Without its signature the effect waits; with it, it is time-stamped and put in place."""
    shop, role = job.shop, effect.role
    party = job.situation.parties[role]
    ticket = _signature_of(job, row, role)
    with shop.database.reading() as connection:
        owned = held_outside.seal_of(connection, ticket)
        intent = documents.sealing(connection, row.document_id, role)
        page = page_of(shop.blobs.get(ticket.base_sha256), role)
        asked = use_of_keys.occasion(connection, row, history[-1], page, role, party, job.due.line)
    planned = held_outside.planned(ticket, party)
    chosen = held_outside.chosen_of(ticket, party, owned, intent)
    if ticket.base_sha256 != history[-1].sha256 or intent != planned or ticket.signature is None:
        raise _intent_changed()
    prepared = held_outside.rebuilt(ticket, shop.blobs.get(ticket.base_sha256), owned, shop.fonts.folder)
    if prepared.digest.hex() != ticket.digest:
        raise _intent_changed()
    try:
        # it may have waited for its time stamp: what was fit when it was given need not be fit now
        use_of_keys.refuse_unfit(shop, ticket.signer, ticket.claimed_at, shop.clock())
    except Problem:
        with shop.database.transaction() as connection:
            tickets.let_go(connection, ticket.ticket_id)
        raise
    sealed = finish_seal(prepared, ticket.signature, shop.tsa)
    sha256 = shop.blobs.put(sealed.data)
    revision = Revision(row.document_id, history[-1].revision + 1, sha256, len(sealed.data), role, shop.clock())
    with shop.database.transaction() as connection:
        documents.add_revision(connection, revision)
        documents.complete_sealing(connection, planned, sha256, sealed.proven_at)
        use_of_keys.record_done(connection, asked, chosen, planned, sha256, shop.clock())
        tickets.put_in_place(connection, ticket.ticket_id)
        if sealed.complete:
            documents.set_state(connection, row.document_id, documents.COMPLETE)
        if not effect.level.is_long_term:
            job.finish(connection)
    if effect.level.is_long_term:
        extend_seal(job, row, effect)


def _signature_of(job: Job, row: DocumentRow, role: SignatoryRole) -> TicketRow:
    """The ticket with the party's signature, else the effect is put off: one transaction, so that none slips by."""
    due, now = job.due, job.shop.clock()
    with job.shop.database.transaction() as connection:
        outbox.hold(connection, due.effect_id, due.token, now + timedelta(minutes=1))
        if kept := tickets.kept(connection, row.document_id, role):
            return kept
        told = held_outside.awaits_signature(job.situation.parties[role]).to_document()
        outbox.postpone(connection, due.effect_id, due.token, told, now + held_outside.PATIENCE)
    raise outbox.PutOff


def _intent_changed() -> Problem:
    return Problem(
        "SEAL_INTENT_CHANGED",
        "待签内容与登记的签章意图不符，已停止签章并通知管理员。",
        "What is to be signed is not what was reserved: sealing is stopped and the administrator is told.",
        status=500,
    )


def _document(job: Job, template_name: str) -> tuple[DocumentRow, list[Revision]]:
    with job.shop.database.reading() as connection:
        for row in documents.of_dossier(connection, job.dossier.number):
            if row.template.split("/")[1] == template_name and row.form_version == job.form_version:
                return row, documents.revisions(connection, row.document_id)
    msg = f"{job.dossier.number}: {template_name} is to be worked on before it was drawn"
    raise LookupError(msg)


# ---- proof and outcome


def prove_and_archive(job: Job, effect: effects.ProveAndArchive) -> None:
    shop = job.shop
    row, history = _document(job, effect.template)
    if row.state in (documents.VOID, documents.ARCHIVED):
        job.nothing_to_do()
        return
    sealed = as_it_stands(shop.blobs.get(history[-1].sha256))
    if not isinstance(sealed, SealedPdf):
        msg = f"{row.number}: nothing is sealed that could be proven"
        raise TypeError(msg)
    now = shop.clock()
    with shop.database.reading() as connection:
        levels = documents.levels_asked(connection, row.document_id)
    proven = prove(sealed, shop.address_of(row), shop.anchors, shop.intermediates, now, levels)
    archived = archive(proven, shop.blobs, now)
    with shop.database.transaction() as connection:
        documents.add_archived(connection, row.document_id, archived)
        job.finish(connection)


def take_step_of_the_platform(job: Job, effect: effects.TakeStep) -> None:
    actor = Actor(SignatoryRole.PLATFORM, job.dossier.parties[SignatoryRole.PLATFORM], "platform")
    with job.shop.database.transaction() as connection:
        job.shop.desk.record(connection, job.dossier.number, Event(effect.step, actor))
        job.finish(connection)


PERFORMERS: Mapping[type, Callable[[Job, Any], None]] = {
    effects.RenderForm: render_form,
    effects.RenderNotice: render_notice,
    effects.RenderLicence: render_licence,
    effects.Seal: seal,
    effects.ProveAndArchive: prove_and_archive,
    effects.TakeStep: take_step_of_the_platform,
}
