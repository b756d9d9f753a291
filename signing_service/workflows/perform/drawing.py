"""Drawing: number and codes are taken and stored, it is tried that nothing can stick, then the page is made from what is stored.

Same stored facts, same bytes: what was cut short after this is drawn again, and is the same document.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Connection

from signing_service.domain.codes import CheckCode, PublicCode
from signing_service.domain.dates import day_in_shanghai
from signing_service.domain.documents import DocumentKind, SignatoryRole, TemplateId
from signing_service.domain.dossier import Dossier, Stage
from signing_service.domain.errors import Problem
from signing_service.domain.licences import Licence
from signing_service.domain.parties import Party
from signing_service.pipeline import templates
from signing_service.pipeline.lay_out import add_signature_fields
from signing_service.pipeline.preflight import check_can_finish
from signing_service.pipeline.record import canonical_record
from signing_service.pipeline.render import render
from signing_service.pipeline.stamp import stamp_qr
from signing_service.storage import documents, dossiers, licences, status_lists
from signing_service.storage.documents import DocumentRow
from signing_service.storage.numbers import next_number, next_numbers
from signing_service.workflows import effects, use_of_keys
from signing_service.workflows.code_statement import statement_of
from signing_service.workflows.facts import (
    facts_of_copy,
    facts_of_form,
    facts_of_licence,
    facts_of_notice,
    facts_shown,
)
from signing_service.workflows.licensing import Grounds, IssueNew
from signing_service.workflows.looking_up import StoredRegister
from signing_service.workflows.perform.piece import Piece, each, signs_itself, together
from signing_service.workflows.procedure import Procedure, Situation
from signing_service.workflows.workshop import Workshop

DOCUMENTS = uuid.UUID("6c2f7d52-6b0e-5c8e-9d55-2f1a4c0f3b1e")
"""Namespace of document ids (RFC 9562, 5.5): dossier, template and form version name the document."""

KINDS: Mapping[type, DocumentKind] = {
    effects.RenderForm: DocumentKind.FORM,
    effects.RenderNotice: DocumentKind.NOTICE,
    effects.RenderLicence: DocumentKind.LICENCE,
    effects.RenderCopy: DocumentKind.LICENCE,
}

Latest = dict[tuple[DocumentKind, str], TemplateId]
"""The newest editions, looked for once a group."""


def draw(shop: Workshop, pieces: Sequence[Piece]) -> None:
    """Take numbers and codes, render, stamp, lay the fields. What was drawn before, or is void, is not drawn."""
    latest: Latest = {}
    which = {}

    def choose_edition(piece: Piece) -> None:
        _require_photo(shop, piece)
        which[piece.run.dossier] = _template_id(shop, piece, latest)

    reserved = _reserved(shop, each(pieces, choose_edition), which)
    to_draw = []
    for piece in reserved:
        if piece.row is not None and piece.row.state != documents.VOID and not piece.history:
            to_draw.append(piece)
        else:
            piece.done += 1
    fit = _preflight(shop, each(to_draw, lambda piece: _check_glyphs(shop, piece)))
    coded = _signed_codes(shop, fit)
    each(coded, lambda piece: _make(shop, piece))


def _make(shop: Workshop, piece: Piece) -> None:
    row = _row(piece)
    template = shop.template(_id_of(row))
    facts = _drawn(row)
    photo = {"photo": shop.blobs.get(facts["photo"])} if facts.get("photo") else {}
    record = _record(row) or (canonical_record(row.facts) if _carries_data(piece) else None)
    rendered = render(template, {**facts, **photo}, shop.fonts, row.made_at, record)
    stamped = stamp_qr(rendered, shop.address_of(row), CheckCode(row.check_code).grouped, shop.fonts, row.made_at)
    piece.pages = {area.role: area.box.page if area.box else 0 for area in rendered.areas}
    piece.lay_out(shop, add_signature_fields(stamped))
    piece.done += 1


# ---- what is stored first


def _reserved(shop: Workshop, pieces: Sequence[Piece], which: Mapping[str, TemplateId]) -> list[Piece]:
    """The row of each document as it is, or a new one: its codes are drawn by chance once and stored before they are
    printed. A licence has taken its number and identifier with it.
    """
    given: dict[str, tuple[DocumentRow, Licence | None]] = {}

    def write(connection: Connection, wanted: Sequence[Piece]) -> None:
        held = _forms_held(connection, wanted)
        rows = documents.of_dossiers(connection, [piece.run.dossier for piece in wanted])
        numbered = _licences(shop, connection, [one for one in wanted if _is(one, effects.RenderLicence)])
        new: list[DocumentRow] = []
        for piece in wanted:
            number = piece.run.dossier
            template_id = which[number]
            alike = [one for one in rows.get(number, []) if _is_of(one, template_id, piece.form_version)]
            known = [one for one in alike if not _is_of_an_earlier_step(piece, one)]
            licence, held_now = numbered.get(number), held.get(number)
            row = known[0] if known else _new_row(shop, connection, piece, template_id, licence, held_now, len(alike))
            new += [] if known else [row]
            given[number] = row, licence
        documents.add_all(connection, new)
        further = {piece.run.dossier for piece in wanted if _is_further_sheet(piece)}
        of_licences = {row.dossier: row.document_id for row in new if row.kind is DocumentKind.LICENCE}
        licences.set_documents(connection, {one: paper for one, paper in of_licences.items() if one not in further})

    done = together(shop, pieces, write)
    for piece in done:
        piece.row, piece.licence = given[piece.run.dossier]
        piece.rows = [*(row for row in piece.rows if row.document_id != piece.row.document_id), piece.row]
    return done


def _new_row(
    shop: Workshop,
    connection: Connection,
    piece: Piece,
    template_id: TemplateId,
    licence: Licence | None,
    held: Dossier | None,
    sequence: int,
) -> DocumentRow:
    """A form that was taken back before it was drawn is void from the start, and is never drawn.

    ``sequence``: so many letters of this template were sent for this version of the form before.
    """
    number, facts = _contents(shop, connection, piece, licence)
    named = (piece.dossier.number, template_id, piece.form_version)
    taken_back = held is not None and (held.form_version > piece.form_version or held.stage is Stage.WITHDRAWN)
    return DocumentRow(
        document_id=str(uuid.uuid5(DOCUMENTS, "/".join(map(str, (*named, sequence) if sequence else named)))),
        dossier=piece.dossier.number,
        kind=template_id.kind,
        template=str(template_id),
        title=shop.template(template_id).title,
        number=number,
        form_version=piece.form_version,
        code=str(PublicCode.mint(shop.entropy(16))),
        check_code=str(CheckCode.mint(shop.choice)),
        state=documents.VOID if taken_back else documents.OPEN,
        facts={} if taken_back else facts,
        made_at=shop.clock(),
        sequence=sequence,
    )


def _forms_held(connection: Connection, pieces: Sequence[Piece]) -> dict[str, Dossier]:
    """A step that takes a form back now waits, and then voids the row that is being added."""
    forms = [piece.run.dossier for piece in pieces if _is(piece, effects.RenderForm)]
    return dossiers.load_all(connection, forms, held=True) if forms else {}


def _contents(
    shop: Workshop, connection: Connection, piece: Piece, licence: Licence | None
) -> tuple[str, Mapping[str, Any]]:
    """Number and facts of a document that is new."""
    if licence is not None:
        # a further sheet says of which version it is one, as a copy does: the licence names its first sheet alone
        version = {"licence_version": licence.version} if _is_further_sheet(piece) else {}
        return licence.number, {**facts_of_licence(licence, piece.situation), **version}
    if _is(piece, effects.RenderForm):
        facts = facts_of_form(piece.effect, piece.procedure, piece.dossier, _as_it_is_now(connection, piece))
        return piece.dossier.number, facts
    if _is(piece, effects.RenderCopy):
        return _contents_of_copy(shop, connection, piece)
    situation, issuer, mark = _as_it_is_now(connection, piece), piece.effect.issuer, piece.effect.mark
    series = f"notice/{piece.dossier.parties[issuer]}/{situation.today.year}"
    serial = next_number(connection, f"{series}/{mark}" if mark else series)
    facts = facts_of_notice(piece.effect, piece.procedure, piece.dossier, situation, serial, piece.line)
    return facts["notice_no"], facts


def _as_it_is_now(connection: Connection, piece: Piece) -> Situation:
    """The register is asked in this transaction: the one in which the piece was read is over."""
    return replace(piece.situation, register=StoredRegister(connection))


def _contents_of_copy(shop: Workshop, connection: Connection, piece: Piece) -> tuple[str, Mapping[str, Any]]:
    licence = _copied(piece)
    title = templates.load(shop.templates, templates.latest(shop.templates, DocumentKind.LICENCE, licence.type)).title
    serial = next_number(connection, f"copy/{licence.number}")
    facts = facts_of_copy(piece.effect, piece.dossier.form, piece.situation, title, serial)
    return facts["copy_no"], facts


def _copied(piece: Piece) -> Licence:
    licence = piece.situation.licence
    if licence is None:
        msg = f"{piece.dossier.number}: the licence in question is gone"
        raise LookupError(msg)
    return licence


def _licences(shop: Workshop, connection: Connection, pieces: Sequence[Piece]) -> dict[str, Licence]:
    """Of each dossier the licence that it brings forth: the one that has its number already, or the next of its series."""
    if not pieces:
        return {}
    now = shop.clock()
    found = licences.of_dossiers(connection, [piece.run.dossier for piece in pieces])
    new: dict[str, Licence] = {}
    in_series: dict[str, list[tuple[Piece, Grounds]]] = {}
    for piece in pieces:
        if piece.run.dossier in found:
            continue
        operation, grounds = piece.effect.operation, _grounds(shop, connection, piece)
        if isinstance(operation, IssueNew) and not (operation.goes_on and piece.dossier.facts.get("licence_no")):
            in_series.setdefault(operation.numbered.series(grounds.form, grounds.on), []).append((piece, grounds))
            continue
        before = licences.current(connection, piece.dossier.facts["licence_no"])
        if before is None:
            msg = f"{piece.dossier.number}: the licence in question is gone"
            raise LookupError(msg)
        new[piece.run.dossier] = operation.apply(before, grounds)
    for series, members in sorted(in_series.items()):
        serials = next_numbers(connection, series, len(members))
        for serial, (piece, grounds) in zip(serials, members, strict=True):
            holder = piece.situation.parties[piece.effect.operation.holder]
            new[piece.run.dossier] = piece.effect.operation.first(serial, holder, grounds)
    places = status_lists.free_places(connection, shop.entropy, len(new))
    placed = {
        dossier: replace(licence, status_index=place)
        for (dossier, licence), place in zip(new.items(), places, strict=True)
    }
    licences.add_all(connection, placed.values(), now)
    return {**found, **placed}


def _grounds(shop: Workshop, connection: Connection, piece: Piece) -> Grounds:
    parties, operation = piece.situation.parties, piece.effect.operation
    issuer = operation.issuer if isinstance(operation, IssueNew) else SignatoryRole.AUTHORITY
    return Grounds(
        form=piece.dossier.form,
        dossier=piece.dossier.number,
        authority=parties[issuer],
        told=facts_shown(piece.effect.shows, piece.dossier, _as_it_is_now(connection, piece)),
        holder=parties.get(SignatoryRole.HOLDER),
        given=piece.dossier.facts.get("given", {}),
        photo=_photo(shop, piece),
        employer=parties.get(SignatoryRole.NEW_EMPLOYER) or parties.get(SignatoryRole.EMPLOYER),
        on=day_in_shanghai(shop.clock()),
    )


def _photo(shop: Workshop, piece: Piece) -> str | None:
    """The portrait for a licence: the holder's newest, else the one handed in with the form, else that on the licence before."""
    holder, licence = piece.situation.parties.get(SignatoryRole.HOLDER), piece.situation.licence
    candidates = (
        holder.facts.get("photo") if holder else None,
        piece.dossier.form.get("photo"),
        licence.facts.get("photo") if licence else None,
    )
    return next((one for one in candidates if one and one in shop.blobs), None)


def _require_photo(shop: Workshop, piece: Piece) -> None:
    """No photo, no licence; it goes on by itself when there is one (domain text, §1)."""
    if _is(piece, effects.RenderLicence) and piece.effect.type.has_photo and _photo(shop, piece) is None:
        raise Problem(
            "PHOTO_MISSING",
            "尚未上传证件照，证照暂不能签发；上传近期免冠证件照后将自动继续制证。",
            "There is no photo on record, so the licence cannot be issued yet: upload a portrait, and it goes on by itself.",
            status=412,
        )


def _signed_codes(shop: Workshop, pieces: Sequence[Piece]) -> list[Piece]:
    """A signature is different each time, so the first that was stored is the one that is printed."""
    digits: dict[str, str] = {}
    stored: dict[str, str] = {}

    def sign(piece: Piece) -> None:
        row, record = _row(piece), _record(_row(piece))
        stated = _stated(piece)
        if stated is not None and record and not row.signed_code:
            digits[row.document_id] = shop.codes.code(statement_of(stated, record))

    def write(connection: Connection, wanted: Sequence[Piece]) -> None:
        ours = {row.document_id for row in map(_row, wanted)}
        stored.update(
            documents.keep_signed_codes(connection, {one: code for one, code in digits.items() if one in ours})
        )

    signed = each(pieces, sign)
    if not digits:
        return signed
    done = together(shop, signed, write)
    for piece in done:
        row = _row(piece)
        if row.document_id in stored:
            piece.row = replace(row, signed_code=stored[row.document_id])
            piece.rows = [piece.row if one.document_id == row.document_id else one for one in piece.rows]
    return done


def _stated(piece: Piece) -> Licence | None:
    """What the code on the page states: of a copy, that the licence may be relied on from the copy's first to its last day."""
    if not _is(piece, effects.RenderCopy):
        return piece.licence
    made, last = (date.fromisoformat(_row(piece).facts[name]) for name in ("copy_from", "copy_until"))
    return replace(_copied(piece), issued_on=made, valid_until=last)


# ---- nothing may stick


def _check_glyphs(shop: Workshop, piece: Piece) -> None:
    check_can_finish(_drawn(_row(piece)), shop.fonts, (), shop.keys, shop.anchors, None, shop.clock())


def _preflight(shop: Workshop, pieces: Sequence[Piece]) -> list[Piece]:
    """Every key, chain and time stamp that is going to be needed is tried once for all that need the same."""
    found: dict[object, Exception | None] = {}

    def try_keys(piece: Piece) -> None:
        row = _row(piece)
        roles = shop.template(_id_of(row)).roles
        who = [
            (role, party)
            for role in roles
            if (party := piece.situation.parties.get(role)) is not None  # nobody plays it: the field stays empty
            and not signs_itself(party)
            and not _may_stay_empty(piece, role, party)
        ]
        same = (row.template, tuple((role, str(party.number)) for role, party in who), piece.procedure.key)
        if same not in found:
            try:
                _try_all(shop, piece, row, who)
                found[same] = None
            except Problem as problem:
                found[same] = problem
        if refusal := found[same]:
            raise refusal

    return each(pieces, try_keys)


def _try_all(shop: Workshop, piece: Piece, row: DocumentRow, who: Sequence[tuple[SignatoryRole, Any]]) -> None:
    check_can_finish(
        {},
        shop.fonts,
        use_of_keys.signatories(shop, who, row.kind, row.template, piece.procedure.decision_days),
        shop.keys,
        shop.anchors,
        shop.tsa,
        shop.clock(),
        revocation=shop.revocation if _is_to_last(piece.procedure, row.template.split("/")[1]) else None,
        intermediates=shop.intermediates,
    )


def _may_stay_empty(piece: Piece, role: SignatoryRole, party: Party) -> bool:
    """Who has no key and need not sign: one that may object, or whose silence somebody stands in for."""
    excusable = {one for step in piece.procedure.steps for one in (*step.excuses, step.stands_in_for)}
    return party.key is None and role in excusable


def _is_to_last(procedure: Procedure, template_name: str) -> bool:
    """Whether a seal of this document is to be at a level for the long term."""
    return any(
        isinstance(effect, effects.Seal) and effect.template == template_name and effect.level.is_long_term
        for step in procedure.steps
        for effect in step.then
    )


# ---- which document


def _is(piece: Piece, kind: type) -> bool:
    return isinstance(piece.effect, kind)


def _is_further_sheet(piece: Piece) -> bool:
    return isinstance(piece.effect, effects.RenderLicence) and bool(piece.effect.sheet)


def _row(piece: Piece) -> DocumentRow:
    if piece.row is None:
        msg = f"{piece.dossier.number}: nothing is worked on"
        raise LookupError(msg)
    return piece.row


def _drawn(row: DocumentRow) -> dict[str, Any]:
    return {**row.facts, "made_on": day_in_shanghai(row.made_at).isoformat()}


def _carries_data(piece: Piece) -> bool:
    return isinstance(piece.effect, effects.RenderNotice) and piece.effect.with_data


def _record(row: DocumentRow) -> bytes | None:
    """The data of a licence as the file carries it."""
    return canonical_record(row.facts) if row.kind is DocumentKind.LICENCE else None


def _id_of(row: DocumentRow) -> TemplateId:
    _, name, edition = row.template.split("/")
    return TemplateId(row.kind, name, edition)


def _is_of_an_earlier_step(piece: Piece, row: DocumentRow) -> bool:
    """A letter that is sealed, proven and stored was owed by a step before: with that, its effects were done.

    A step that is taken again, after the dossier was sent back or when a second objection came, sends one of its own.
    """
    return _is(piece, effects.RenderNotice) and row.state == documents.ARCHIVED


def _is_of(row: DocumentRow, template_id: TemplateId, form_version: int) -> bool:
    return (row.template, row.form_version) == (str(template_id), form_version)


def _template_id(shop: Workshop, piece: Piece, latest: Latest) -> TemplateId:
    """The edition the document was begun with, else the latest."""
    kind, name = KINDS[type(piece.effect)], piece.effect.template
    for row in piece.rows:
        if (row.kind, row.template.split("/")[1], row.form_version) == (kind, name, piece.form_version):
            return _id_of(row)
    if (kind, name) not in latest:
        latest[kind, name] = templates.latest(shop.templates, kind, name)
    return latest[kind, name]
