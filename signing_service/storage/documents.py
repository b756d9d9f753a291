"""Documents, every revision of them, and the archive. Every function works inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, bindparam, exists, insert, literal, or_, select, update

from signing_service.domain.dates import from_stored, to_stored
from signing_service.domain.documents import (
    ArchivedDocument,
    Blobs,
    DocumentKind,
    Sha256,
    SignatoryRole,
    StampTerm,
    sha256_of,
)
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
    sequence: int = 0
    """Which of its template and form version: a step that is taken again sends a letter of its own."""


@dataclass(frozen=True, slots=True)
class Revision:
    document_id: str
    revision: int
    sha256: Sha256
    size: int
    field: SignatoryRole | None
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Archived:
    """A generation of an archived document."""

    document_id: str
    generation: int
    sha256: Sha256
    archived_at: datetime
    stamp: StampTerm | None


def add(connection: Connection, row: DocumentRow) -> None:
    add_all(connection, [row])


def add_all(connection: Connection, added: Iterable[DocumentRow]) -> None:
    rows = [
        {
            "document_id": row.document_id,
            "dossier": row.dossier,
            "kind": row.kind.value,
            "template": row.template,
            "title": row.title,
            "number": row.number,
            "form_version": row.form_version,
            "code": row.code,
            "check_code": row.check_code,
            "state": row.state,
            "facts": dict(row.facts),
            "made_at": to_stored(row.made_at),
            "signed_code": row.signed_code,
            "sequence": row.sequence,
        }
        for row in added
    ]
    if rows:
        connection.execute(insert(tables.document), rows)


def keep_signed_codes(connection: Connection, digits: Mapping[str, str]) -> dict[str, str]:
    """The code of each document: its ``digits``, or what it was given before. What is printed is what is stored."""
    document = tables.document
    unset = update(document).where(document.c.document_id == bindparam("of"), document.c.signed_code.is_(None))
    given = [{"of": document_id, "digits": code} for document_id, code in digits.items()]
    connection.execute(unset.values(signed_code=bindparam("digits")), given)
    stored = select(document.c.document_id, document.c.signed_code).where(document.c.document_id.in_(digits))
    return {row.document_id: row.signed_code for row in connection.execute(stored)}


def load(connection: Connection, document_id: str) -> DocumentRow:
    document = tables.document
    return _document(connection.execute(select(document).where(document.c.document_id == document_id)).mappings().one())


def find_by_id(connection: Connection, document_id: str) -> DocumentRow | None:
    document = tables.document
    row = connection.execute(select(document).where(document.c.document_id == document_id)).mappings().first()
    return _document(row) if row else None


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
    return of_dossiers(connection, [dossier]).get(dossier, [])


def of_dossiers(connection: Connection, numbers: Collection[str]) -> dict[str, list[DocumentRow]]:
    """By dossier, in the order in which they were made; a dossier without any is left out."""
    document = tables.document
    rows = connection.execute(
        select(document).where(document.c.dossier.in_(numbers)).order_by(document.c.made_at)
    ).mappings()
    found: dict[str, list[DocumentRow]] = {}
    for row in rows:
        found.setdefault(row["dossier"], []).append(_document(row))
    return found


def set_states(connection: Connection, document_ids: Collection[str], state: str) -> None:
    document = tables.document
    connection.execute(update(document).where(document.c.document_id.in_(document_ids)).values(state=state))


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


def void_forms(connection: Connection, dossier: str) -> None:
    """As ``void_form_version``, of every version: what several forms said together counts no more."""
    document = tables.document
    connection.execute(
        update(document)
        .where(document.c.dossier == dossier, document.c.kind == DocumentKind.FORM.value)
        .values(state=VOID)
    )


def revisions(connection: Connection, document_id: str) -> list[Revision]:
    """In order; the last is the document as it stands."""
    return histories(connection, [document_id]).get(document_id, [])


def histories(connection: Connection, document_ids: Collection[str]) -> dict[str, list[Revision]]:
    """The revisions of each document, as ``revisions`` gives those of one; a document without any is left out."""
    revision = tables.revision
    rows = connection.execute(
        select(revision)
        .where(revision.c.document_id.in_(document_ids))
        .order_by(revision.c.document_id, revision.c.revision)
    ).mappings()
    found: dict[str, list[Revision]] = {}
    for row in rows:
        found.setdefault(row["document_id"], []).append(_revision(row))
    return found


def add_revision(connection: Connection, revision: Revision) -> None:
    add_revisions(connection, [revision])


def add_revisions(connection: Connection, added: Iterable[Revision]) -> None:
    rows = [
        {
            "document_id": revision.document_id,
            "revision": revision.revision,
            "sha256": revision.sha256,
            "size": revision.size,
            "field": revision.field.value if revision.field else None,
            "made_at": to_stored(revision.made_at),
        }
        for revision in added
    ]
    if rows:
        connection.execute(insert(tables.revision), rows)


def bytes_of(connection: Connection, blobs: Blobs, sha256: Sha256) -> bytes:
    """A revision that was stored, or one whose bytes begin a later one: each signature is appended to what was there.

    Raises KeyError when there is neither.
    """
    if sha256 in blobs:
        return blobs.get(sha256)
    revision = tables.revision
    known = connection.execute(select(revision).where(revision.c.sha256 == sha256)).mappings().first()
    later = revisions(connection, known["document_id"])[known["revision"] + 1 :] if known else []
    for whole in later:
        if known is not None and whole.sha256 in blobs:
            data = blobs.get(whole.sha256)[: known["size"]]
            if sha256_of(data) == sha256:
                return data
    raise KeyError(sha256)


def add_archived(
    connection: Connection, document_id: str, archived: ArchivedDocument, *, generation: int = 0, note: str = ""
) -> None:
    add_all_archived(connection, {document_id: archived}, generation=generation, note=note)


def add_all_archived(
    connection: Connection, archived: Mapping[str, ArchivedDocument], *, generation: int = 0, note: str = ""
) -> None:
    """By document. From now on each is archived."""
    rows = [
        {
            "document_id": document_id,
            "generation": generation,
            "sha256": one.sha256,
            "report_sha256": one.report_sha256,
            "archived_at": to_stored(one.archived_at),
            "note": note,
            "stamp_until": to_stored(one.stamp.until) if one.stamp else None,
            "stamp_algorithms": " ".join(one.stamp.algorithms) if one.stamp else None,
        }
        for document_id, one in archived.items()
    ]
    if rows:
        connection.execute(insert(tables.archive), rows)
        set_states(connection, archived, ARCHIVED)


def newest_archived(connection: Connection, document_id: str) -> Archived | None:
    rows = connection.execute(_newest().where(tables.archive.c.document_id == document_id)).mappings()
    return next((_archived(row) for row in rows), None)


def archived_with_stamp(
    connection: Connection, *, until: datetime | None = None, algorithms: Collection[str] = ()
) -> list[Archived]:
    """The newest generation of each document with a document time stamp, the one that ends first before the others.

    With ``until`` only those whose time stamp ends by then, or rests on one of ``algorithms``.
    """
    archive = tables.archive
    query = _newest().where(archive.c.stamp_until.is_not(None))
    if until is not None:
        words = [literal(" ") + archive.c.stamp_algorithms + " " for _ in algorithms]
        ends = [word.like(f"% {name} %") for word, name in zip(words, algorithms, strict=True)]
        query = query.where(or_(archive.c.stamp_until <= to_stored(until), *ends))
    rows = connection.execute(query.order_by(archive.c.stamp_until, archive.c.document_id)).mappings()
    return [_archived(row) for row in rows]


def _newest() -> Select[Any]:
    archive, later = tables.archive, tables.archive.alias()
    is_followed = exists().where(
        later.c.document_id == archive.c.document_id, later.c.generation > archive.c.generation
    )
    return select(archive).where(~is_followed)


def _archived(row: RowMapping) -> Archived:
    until = row["stamp_until"]
    return Archived(
        document_id=row["document_id"],
        generation=row["generation"],
        sha256=Sha256(row["sha256"]),
        archived_at=from_stored(row["archived_at"]),
        stamp=StampTerm(from_stored(until), tuple(row["stamp_algorithms"].split())) if until else None,
    )


def _revision(row: RowMapping) -> Revision:
    return Revision(
        document_id=row["document_id"],
        revision=row["revision"],
        sha256=Sha256(row["sha256"]),
        size=row["size"],
        field=SignatoryRole(row["field"]) if row["field"] else None,
        made_at=from_stored(row["made_at"]),
    )


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
        sequence=row["sequence"],
    )
