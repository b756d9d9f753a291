"""Sheets and the uploads that bring them, in the database. Every function works inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update

from signing_service.domain.dates import from_stored
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.projects import SectionKind
from signing_service.domain.sheets import Progress, Sheet, SheetState, Upload, UploadFile
from signing_service.storage import tables

# ---- sheets


def put(connection: Connection, one: Sheet) -> None:
    """A new version, or what it has become."""
    sheet = tables.sheet
    values = asdict(one)
    known = connection.execute(update(sheet).where(sheet.c.sheet_id == one.sheet_id).values(**values))
    if not known.rowcount:
        connection.execute(insert(sheet).values(**values))


def remove(connection: Connection, sheet_id: str) -> None:
    connection.execute(delete(tables.sheet).where(tables.sheet.c.sheet_id == sheet_id))


def latest(connection: Connection, project: str, kind: SectionKind) -> list[Sheet]:
    """Of every sheet the last version, by discipline and number."""
    sheet = tables.sheet
    newest = (
        select(sheet.c.discipline, sheet.c.sheet_no, func.max(sheet.c.version).label("version"))
        .where(sheet.c.project == project, sheet.c.kind == kind.value)
        .group_by(sheet.c.discipline, sheet.c.sheet_no)
        .subquery()
    )
    rows = connection.execute(
        select(sheet)
        .join(
            newest,
            (newest.c.discipline == sheet.c.discipline)
            & (newest.c.sheet_no == sheet.c.sheet_no)
            & (newest.c.version == sheet.c.version),
        )
        .where(sheet.c.project == project, sheet.c.kind == kind.value)
        .order_by(sheet.c.discipline, sheet.c.sheet_no)
    ).mappings()
    return [_sheet(row) for row in rows]


def of_ids(connection: Connection, ids: Collection[str]) -> list[Sheet]:
    sheet = tables.sheet
    wanted = select(sheet).where(sheet.c.sheet_id.in_(ids)).order_by(sheet.c.discipline, sheet.c.sheet_no)
    return [_sheet(row) for row in connection.execute(wanted).mappings()]


def of_dossier(connection: Connection, dossier: str) -> list[Sheet]:
    """Those submitted with it."""
    sheet = tables.sheet
    wanted = select(sheet).where(sheet.c.dossier == dossier).order_by(sheet.c.discipline, sheet.c.sheet_no)
    return [_sheet(row) for row in connection.execute(wanted).mappings()]


def set_documents(connection: Connection, of: Iterable[tuple[str, str]]) -> None:
    """Each sheet and the document it has become."""
    for sheet_id, document_id in of:
        change = update(tables.sheet).where(tables.sheet.c.sheet_id == sheet_id)
        connection.execute(change.values(document_id=document_id))


def set_state(connection: Connection, ids: Collection[str], state: SheetState, dossier: str | None = None) -> None:
    change: dict[str, Any] = {"state": state.value} | ({"dossier": dossier} if dossier else {})
    connection.execute(update(tables.sheet).where(tables.sheet.c.sheet_id.in_(ids)).values(**change))


def sealed_by(connection: Connection, ids: Collection[str], role: SignatoryRole) -> set[str]:
    """Those of the sheets, by id, in which the field of ``role`` is filled."""
    sheet, revision = tables.sheet, tables.revision
    wanted = (
        select(sheet.c.sheet_id)
        .join(revision, revision.c.document_id == sheet.c.document_id)
        .where(sheet.c.sheet_id.in_(ids), revision.c.field == role.value)
    )
    return set(connection.scalars(wanted))


def progress(connection: Connection, ids: Collection[str], role: SignatoryRole) -> Progress:
    """Of the seal of ``role`` on these sheets; the time left follows from the pace so far."""
    sheet, revision = tables.sheet, tables.revision
    done, first, last = connection.execute(
        select(func.count(), func.min(revision.c.made_at), func.max(revision.c.made_at))
        .select_from(sheet.join(revision, revision.c.document_id == sheet.c.document_id))
        .where(sheet.c.sheet_id.in_(ids), revision.c.field == role.value)
    ).one()
    total = len(ids)
    if done == total:
        return Progress(done, total, 0)
    if done < 2:
        return Progress(done, total, None)
    pace = (from_stored(last) - from_stored(first)).total_seconds() / (done - 1)
    return Progress(done, total, round(pace * (total - done)))


def _sheet(row: RowMapping) -> Sheet:
    values = dict(row)
    return Sheet(**{**values, "kind": SectionKind(values["kind"]), "state": SheetState(values["state"])})


# ---- uploads


def begin(connection: Connection, one: Upload) -> None:
    connection.execute(insert(tables.upload).values(**asdict(one)))


def find_upload(connection: Connection, upload_id: str, *, held: bool = False) -> Upload | None:
    """``held``: nobody else changes it until the transaction ends."""
    wanted = select(tables.upload).where(tables.upload.c.upload_id == upload_id)
    row = connection.execute(wanted.with_for_update() if held else wanted).mappings().first()
    return _upload(row) if row else None


def uploads_of(connection: Connection, owner: str, project: str) -> list[Upload]:
    upload = tables.upload
    wanted = select(upload).where(upload.c.owner == owner, upload.c.project == project).order_by(upload.c.begun_at)
    return [_upload(row) for row in connection.execute(wanted).mappings()]


def add_part(connection: Connection, one: Upload, data: bytes) -> None:
    """``data`` follows what has arrived."""
    upload, part = tables.upload, tables.upload_part
    connection.execute(insert(part).values(upload_id=one.upload_id, position=one.received, data=data))
    connection.execute(
        update(upload).where(upload.c.upload_id == one.upload_id).values(received=one.received + len(data))
    )


def parts_of(connection: Connection, upload_id: str) -> Sequence[bytes]:
    part = tables.upload_part
    return list(connection.scalars(select(part.c.data).where(part.c.upload_id == upload_id).order_by(part.c.position)))


def drop_upload(connection: Connection, upload_id: str) -> None:
    connection.execute(delete(tables.upload_part).where(tables.upload_part.c.upload_id == upload_id))
    connection.execute(delete(tables.upload).where(tables.upload.c.upload_id == upload_id))


def drop_uploads_before(connection: Connection, before: str) -> int:
    """Those begun before that moment, which nobody goes on with any more; of how many they were."""
    old = list(connection.scalars(select(tables.upload.c.upload_id).where(tables.upload.c.begun_at < before)))
    for upload_id in old:
        drop_upload(connection, upload_id)
    return len(old)


def _upload(row: RowMapping) -> Upload:
    values = dict(row)
    return Upload(**{**values, "kind": SectionKind(values["kind"]), "file": UploadFile(values["file"])})
