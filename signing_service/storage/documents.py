"""Documents, every revision of them, and the intent of every seal. Every function works inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from signing_service.domain.dates import from_stored, to_stored
from signing_service.domain.documents import ArchivedDocument, DocumentKind, Sha256, SignatoryRole
from signing_service.storage import tables

OPEN, COMPLETE, ARCHIVED, VOID = "open", "complete", "archived", "void"


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document of a dossier. ``facts`` is what is rendered; blobs in it are named by SHA-256."""

    document_id: str
    dossier: str
    kind: DocumentKind
    template: str
    title: str
    number: str
    form_version: int
    code: str
    check_code: str
    state: str
    facts: Mapping[str, Any]
    made_at: datetime
    signed_code: str | None = None
    """Digits of the signed code in the QR; None: the QR is an address only."""


@dataclass(frozen=True, slots=True)
class Revision:
    document_id: str
    revision: int
    sha256: Sha256
    size: int
    field: SignatoryRole | None
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Sealing:
    """What is going to be signed, written down before the key is asked."""

    document_id: str
    field: SignatoryRole
    base_sha256: Sha256
    digest: str
    key_ref: str
    cert_sha256: Sha256
    seal_id: str | None
    party: str
    claimed_at: datetime


def add(connection: Connection, row: DocumentRow) -> None:
    connection.execute(
        insert(tables.document).values(
            document_id=row.document_id,
            dossier=row.dossier,
            kind=row.kind.value,
            template=row.template,
            title=row.title,
            number=row.number,
            form_version=row.form_version,
            code=row.code,
            check_code=row.check_code,
            state=row.state,
            facts=dict(row.facts),
            made_at=to_stored(row.made_at),
            signed_code=row.signed_code,
        )
    )


def keep_signed_code(connection: Connection, document_id: str, digits: str) -> str:
    """The code of the document: ``digits``, or the one it was given before. What is printed is what is stored."""
    document = tables.document
    unset = update(document).where(document.c.document_id == document_id, document.c.signed_code.is_(None))
    connection.execute(unset.values(signed_code=digits))
    stored = select(document.c.signed_code).where(document.c.document_id == document_id)
    return str(connection.execute(stored).scalar_one())


def find(connection: Connection, dossier: str, template: str, form_version: int) -> DocumentRow | None:
    """The document that a template (its full name with edition) gave in a dossier for a form version."""
    document = tables.document
    row = (
        connection.execute(
            select(document).where(
                document.c.dossier == dossier,
                document.c.template == template,
                document.c.form_version == form_version,
            )
        )
        .mappings()
        .first()
    )
    return _document(row) if row else None


def of_dossier(connection: Connection, dossier: str) -> list[DocumentRow]:
    rows = connection.execute(
        select(tables.document).where(tables.document.c.dossier == dossier).order_by(tables.document.c.made_at)
    ).mappings()
    return [_document(row) for row in rows]


def set_state(connection: Connection, document_id: str, state: str) -> None:
    connection.execute(update(tables.document).where(tables.document.c.document_id == document_id).values(state=state))


def void_form_version(connection: Connection, dossier: str, form_version: int) -> None:
    """Every form and its signatures of that version count no more; the portal says so."""
    document = tables.document
    connection.execute(
        update(document)
        .where(
            document.c.dossier == dossier,
            document.c.form_version == form_version,
            document.c.kind == DocumentKind.FORM.value,
        )
        .values(state=VOID)
    )


def load(connection: Connection, document_id: str) -> DocumentRow:
    row = connection.execute(select(tables.document).where(tables.document.c.document_id == document_id)).mappings()
    return _document(row.one())


def revisions(connection: Connection, document_id: str) -> list[Revision]:
    """In order; the last is the document as it stands."""
    rows = connection.execute(
        select(tables.revision).where(tables.revision.c.document_id == document_id).order_by(tables.revision.c.revision)
    ).mappings()
    return [
        Revision(
            document_id=row["document_id"],
            revision=row["revision"],
            sha256=Sha256(row["sha256"]),
            size=row["size"],
            field=SignatoryRole(row["field"]) if row["field"] else None,
            made_at=from_stored(row["made_at"]),
        )
        for row in rows
    ]


def add_revision(connection: Connection, revision: Revision) -> None:
    connection.execute(
        insert(tables.revision).values(
            document_id=revision.document_id,
            revision=revision.revision,
            sha256=revision.sha256,
            size=revision.size,
            field=revision.field.value if revision.field else None,
            made_at=to_stored(revision.made_at),
        )
    )


def sealing(connection: Connection, document_id: str, field: SignatoryRole) -> Sealing | None:
    row = (
        connection.execute(
            select(tables.sealing).where(
                tables.sealing.c.document_id == document_id, tables.sealing.c.field == field.value
            )
        )
        .mappings()
        .first()
    )
    if row is None:
        return None
    return Sealing(
        document_id=row["document_id"],
        field=field,
        base_sha256=Sha256(row["base_sha256"]),
        digest=row["digest"],
        key_ref=row["key_ref"],
        cert_sha256=Sha256(row["cert_sha256"]),
        seal_id=row["seal_id"],
        party=row["party"],
        claimed_at=from_stored(row["claimed_at"]),
    )


def reserve_sealing(connection: Connection, intent: Sealing) -> None:
    connection.execute(
        insert(tables.sealing).values(
            document_id=intent.document_id,
            field=intent.field.value,
            base_sha256=intent.base_sha256,
            digest=intent.digest,
            key_ref=intent.key_ref,
            cert_sha256=intent.cert_sha256,
            seal_id=intent.seal_id,
            party=intent.party,
            claimed_at=to_stored(intent.claimed_at),
        )
    )


def replace_sealing(connection: Connection, before: Sealing, after: Sealing) -> None:
    """Put another intent in the place of one whose signature was never stored."""
    table = tables.sealing
    connection.execute(
        delete(table).where(
            table.c.document_id == before.document_id,
            table.c.field == before.field.value,
            table.c.digest == before.digest,
            table.c.result_sha256.is_(None),
        )
    )
    reserve_sealing(connection, after)


def complete_sealing(connection: Connection, intent: Sealing, result: Sha256, proven_at: datetime | None) -> None:
    connection.execute(
        update(tables.sealing)
        .where(tables.sealing.c.document_id == intent.document_id, tables.sealing.c.field == intent.field.value)
        .values(result_sha256=result, proven_at=to_stored(proven_at) if proven_at else None)
    )


def add_archived(connection: Connection, document_id: str, archived: ArchivedDocument) -> None:
    connection.execute(
        insert(tables.archive).values(
            document_id=document_id,
            sha256=archived.sha256,
            report_sha256=archived.report_sha256,
            archived_at=to_stored(archived.archived_at),
        )
    )
    set_state(connection, document_id, ARCHIVED)


def _document(row: RowMapping) -> DocumentRow:
    return DocumentRow(
        document_id=row["document_id"],
        dossier=row["dossier"],
        kind=DocumentKind(row["kind"]),
        template=row["template"],
        title=row["title"],
        number=row["number"],
        form_version=row["form_version"],
        code=row["code"],
        check_code=row["check_code"],
        state=row["state"],
        facts=row["facts"],
        made_at=from_stored(row["made_at"]),
        signed_code=row["signed_code"],
    )
