"""Sealing hundreds of sheets: one after the other, each stored before the next is begun, so that whatever breaks costs one.

What is done is known by what is stored: a worker that takes over begins with the first sheet that lacks the seal. After
so many sheets the work is laid down and taken up again, so that a set of five hundred holds up nobody else and a
service that is stopped stops.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from signing_service.domain.codes import CheckCode, PublicCode
from signing_service.domain.documents import DocumentKind, Sha256, SignatoryRole, sha256_of
from signing_service.domain.errors import Problem
from signing_service.domain.parties import Party
from signing_service.domain.sheets import SHEET_TEMPLATE, SHEET_TITLE, Sheet
from signing_service.pipeline.sheet_stamp import stamp_sheet
from signing_service.storage import documents, outbox, parties, reviews, sealings, sheets
from signing_service.storage.documents import DocumentRow, Revision
from signing_service.storage.numbers import next_number
from signing_service.workflows.perform.consents import refuse_without_consent
from signing_service.workflows.perform.piece import Piece, each, signs_itself
from signing_service.workflows.perform.sealing import seal
from signing_service.workflows.workshop import Workshop

SHEET_DOCUMENTS = uuid.UUID("0d6a3f7e-7f0c-5d0e-8f55-3d0b2c1a9b77")
"""Namespace of the ids of sheets' documents (RFC 9562, 5.5): the sheet's version names it."""
EDITION = "2026-01"
SLICE = 40
"""Sheets that are done before the work is laid down for others."""


def stamp_sheets(shop: Workshop, pieces: Sequence[Piece]) -> None:
    def stamp(piece: Piece) -> None:
        found = _sheets_of(shop, piece)
        _go_through(shop, piece, found, [one for one in found if one.document_id is None], _stamp)

    each(pieces, stamp)


def seal_sheets(shop: Workshop, pieces: Sequence[Piece]) -> None:
    def put_seals(piece: Piece) -> None:
        found = _sheets_of(shop, piece)
        with shop.database.reading() as connection:
            if piece.effect.role is SignatoryRole.REGISTERED_PERSON:
                refuse_without_consent(connection, piece.dossier, found)
            sealed = sheets.sealed_by(connection, [one.sheet_id for one in found], piece.effect.role)
        _go_through(shop, piece, found, [one for one in found if one.sheet_id not in sealed], _seal)

    each(pieces, put_seals)


def _sheets_of(shop: Workshop, piece: Piece) -> list[Sheet]:
    """Of a review those under review, else those submitted with the dossier."""
    with shop.database.reading() as connection:
        review = reviews.find(connection, piece.run.dossier)
        if review is not None:
            return sheets.of_ids(connection, review.sheets)
        return sheets.of_dossier(connection, piece.run.dossier)


def _go_through(shop: Workshop, piece: Piece, found: Sequence[Sheet], left: Sequence[Sheet], do: Any) -> None:
    for sheet in left[:SLICE]:
        do(shop, piece, sheet)
    if len(left) <= SLICE:
        piece.done += 1
        return
    _lay_down(shop, piece, len(found) - len(left) + SLICE, len(found))


def _lay_down(shop: Workshop, piece: Piece, done: int, total: int) -> None:
    """Others may be served; this goes on at once. Raises PutOff."""
    told = Problem(
        "SHEETS_UNDER_WAY",
        f"正在逐张处理图纸：已完成 {done} 张，共 {total} 张，无需任何操作。",
        f"The sheets are worked on one by one: {done} of {total} are done, and nobody has to do anything.",
        status=503,
    )
    with shop.database.transaction() as connection:
        outbox.postpone(connection, piece.due.effect_id, piece.due.token, told.to_document(), shop.clock())
    shop.desk.nudge()
    raise outbox.PutOff


# ---- one sheet


def _stamp(shop: Workshop, piece: Piece, sheet: Sheet) -> None:
    """Code and row first: what was cut short after that is stamped again with the same code, and is the same file."""
    row = _row(shop, piece, sheet)
    roles = (SignatoryRole.REGISTERED_PERSON, sheet.kind.contractor, SignatoryRole.REVIEW_AGENCY)
    signable = stamp_sheet(
        shop.blobs.get(Sha256(sheet.pdf or "")),
        shop.address_of(row),
        CheckCode(row.check_code).grouped,
        roles,
        shop.fonts.folder,
    )
    data = signable.data
    shop.blobs.put(data)
    first = Revision(row.document_id, 0, sha256_of(data), len(data), None, shop.clock())
    with shop.database.transaction() as connection:
        documents.add_revisions(connection, [first])
        sheets.set_documents(connection, [(sheet.sheet_id, row.document_id)])
        outbox.still_held(connection, [piece.run])


def _row(shop: Workshop, piece: Piece, sheet: Sheet) -> DocumentRow:
    document_id = str(uuid.uuid5(SHEET_DOCUMENTS, sheet.sheet_id))
    with shop.database.transaction() as connection:
        known = documents.find_by_id(connection, document_id)
        if known is not None:
            return known
        row = DocumentRow(
            document_id=document_id,
            dossier=piece.dossier.number,
            kind=DocumentKind.FORM,
            template=f"{DocumentKind.FORM}s/{SHEET_TEMPLATE}/{EDITION}",
            title=SHEET_TITLE,
            number=f"{sheet.project}-{sheet.discipline_zh}-{sheet.sheet_no}-V{sheet.version}",
            form_version=next_number(connection, f"sheet/{piece.dossier.number}"),  # its place in the set
            code=str(PublicCode.mint(shop.entropy(16))),
            check_code=str(CheckCode.mint(shop.choice)),
            state=documents.OPEN,
            facts={
                "project_no": sheet.project,
                "discipline": sheet.discipline_zh,
                "sheet_no": sheet.sheet_no,
                "sheet_title": sheet.title,
                "version": sheet.version,
                "pdf_sha256": sheet.pdf,
                "dwg_sha256": sheet.dwg,
            },
            made_at=shop.clock(),
        )
        documents.add(connection, row)
        outbox.still_held(connection, [piece.run])
        return row


def _seal(shop: Workshop, piece: Piece, sheet: Sheet) -> None:
    """By the same door as every other seal: policy, intent, ledger, key, and only then the file."""
    if sheet.document_id is None:
        msg = f"{sheet.sheet_id}: to be sealed before it was stamped"
        raise LookupError(msg)
    with shop.database.reading() as connection:
        row = documents.load(connection, sheet.document_id)
        history = documents.revisions(connection, sheet.document_id)
        signatory = _signatory(connection, piece, sheet)
    if signs_itself(signatory):
        raise key_not_here(str(signatory.name))
    one = replace(
        piece,
        situation=replace(piece.situation, parties={**piece.situation.parties, piece.effect.role: signatory}),
        rows=[replace(row, form_version=piece.form_version)],
        histories={row.document_id: history},
        row=None, pdf=None, drawing=None, pages={}, made=[], reached=[], besides=[],
    )  # fmt: skip
    seal(shop, [one])
    if one.problem is not None:
        raise one.problem
    _store(shop, piece, one)


def _signatory(connection: Any, piece: Piece, sheet: Sheet) -> Party:
    """The party of the role; a registered person is the one named for the sheet's discipline."""
    role: SignatoryRole = piece.effect.role
    if role is not SignatoryRole.REGISTERED_PERSON:
        return piece.situation.parties[role]
    named = {row["discipline"]: row["id_no"] for row in piece.dossier.form.get("persons", ())}
    return parties.load(connection, named[sheet.discipline])


def key_not_here(name: str) -> Problem:
    return Problem(
        "BULK_KEY_MISSING",
        f"“{name}”的密钥由其自行保管，不能由平台逐张批量盖章；请办理平台托管的出图专用章（审查专用章）后继续。",
        f"{name} keeps the own key, so hundreds of sheets cannot be sealed for them: have a seal for drawings made whose "
        "key the platform keeps.",
        status=412,
    )


def _store(shop: Workshop, piece: Piece, one: Piece) -> None:
    shop.blobs.put_all({made.revision.sha256: made.data for made in one.made})
    with shop.database.transaction() as connection:
        documents.add_revisions(connection, [made.revision for made in one.made])
        sealings.stand(connection, one.reached)
        if one.row is not None and getattr(one.pdf, "complete", False):
            documents.set_states(connection, [one.row.document_id], documents.COMPLETE)
        outbox.still_held(connection, [piece.run])
