"""图纸上传: hundreds of drawings come in part by part and go on where a broken connection left off (domain text, §10.5).

    begin (size, SHA-256) -> parts, each at the offset that was reached -> complete: the hash agrees, the file is sound

A PDF is what is shown and sealed; the drawing program's own file (DWG) of the same sheet is kept beside it. What was
submitted never changes: another file under its number is a new version.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from signing_service.domain.codes import clean_prose
from signing_service.domain.dates import to_stored
from signing_service.domain.documents import POINTS_PER_MM, Sha256, SignatoryRole, sha256_of
from signing_service.domain.dossier import Dossier, Stage
from signing_service.domain.errors import FieldError, Problem
from signing_service.domain.projects import Project, SectionKind
from signing_service.domain.reviews import Review
from signing_service.domain.sheets import (
    DISCIPLINES,
    LARGEST,
    REVIEWED_KINDS,
    Progress,
    Sheet,
    SheetState,
    Upload,
    UploadFile,
)
from signing_service.domain.staff import Grant
from signing_service.pipeline.attachment import AttachmentProblem, Demands
from signing_service.pipeline.isolation import examine_isolated
from signing_service.pipeline.sheet_stamp import LEAST_SIDE
from signing_service.pipeline.validate import Limits
from signing_service.storage import documents, dossiers, projects, reviews, sheets
from signing_service.workflows.checks_of_reviews import locked
from signing_service.workflows.desk import Desk
from signing_service.workflows.sheet_consents import sheets_for

MOST_OF_A_PART = 8 * 1024 * 1024
KEPT = timedelta(days=7)
"""An upload with which nobody goes on."""
DWG_MARK = re.compile(rb"AC10\d\d")
"""First six bytes of a DWG, whatever its version (AC1032 is that of 2018)."""
DEMANDS = Demands(largest=LARGEST, to_be_signed=True, least_side=LEAST_SIDE * POINTS_PER_MM)
LIMITS = Limits(seconds=60.0, memory_bytes=2 * 1024 * 1024 * 1024)

REFUSALS: Mapping[AttachmentProblem, tuple[str, str]] = {
    AttachmentProblem.TYPE: (
        "文件不是完好的 PDF，请用制图软件重新导出后上传。",
        "That is no sound PDF: export it again and upload that.",
    ),
    AttachmentProblem.SIZE: (
        f"图纸须不超过 {LARGEST // 1024 // 1024} MB，图幅每边不小于 {LEAST_SIDE:.0f} 毫米。",
        f"A drawing has {LARGEST // 1024 // 1024} MB at most and a page of {LEAST_SIDE:.0f} mm at least on each side.",
    ),
    AttachmentProblem.ACTIVE: (
        "图纸含有图层、脚本、附件或表单，盖章后所见可能改变，不予接收；请打印为不含图层的普通 PDF 后上传。",
        "The drawing has layers, scripts, files or a form and may change its face: print it to a plain PDF without layers.",
    ),
    AttachmentProblem.ENCRYPTED: (
        "图纸设有密码或使用限制，不能盖章；请去除后上传。",
        "The drawing is protected and cannot be sealed: remove the protection and upload it again.",
    ),
}


@dataclass(frozen=True, slots=True)
class SheetRoom:
    desk: Desk

    # ---- uploads

    def begin(self, unit: str, typed: Mapping[str, Any]) -> Upload:
        """An upload of ``unit``, or the one of the same file that was begun before and is not complete.

        Raises Problem FIELDS_INVALID, FILE_SIZE, NOT_FOUND (no project in which the unit has this work), SHEETS_LOCKED,
        SHEETS_AWAIT_CONSENT.
        """
        wanted = _read(typed)
        now = self.desk.clock()
        with self.desk.database.transaction() as connection:
            _refuse_stranger(connection, unit, wanted.project, wanted.kind)
            _refuse_locked(connection, wanted)
            _refuse_awaited(connection, wanted)
            sheets.drop_uploads_before(connection, to_stored(now - KEPT))
            same = replace(wanted, owner=unit)
            for one in sheets.uploads_of(connection, unit, wanted.project):
                if replace(one, upload_id="", received=0, begun_at="") == same:
                    return one
            upload = replace(same, upload_id=str(uuid.uuid4()), begun_at=to_stored(now))
            sheets.begin(connection, upload)
            return upload

    def there(self, unit: str, typed: Mapping[str, Any]) -> Sheet | None:
        """The sheet that has this very file already: nobody has to send it again. Raises Problem as ``begin``."""
        wanted = _read(typed)
        with self.desk.database.reading() as connection:
            _refuse_stranger(connection, unit, wanted.project, wanted.kind)
            for one in sheets.latest(connection, wanted.project, wanted.kind):
                held = one.pdf if wanted.file is UploadFile.PDF else one.dwg
                if one.key == (wanted.discipline, wanted.sheet_no) and held == wanted.sha256:
                    return one
        return None

    def standing(self, unit: str, upload_id: str) -> Upload:
        """How much has arrived: where a sender goes on. Raises Problem NOT_FOUND."""
        with self.desk.database.reading() as connection:
            return _own(connection, unit, upload_id)

    def receive(self, unit: str, upload_id: str, offset: int, data: bytes) -> Upload:
        """The next part. Raises Problem OFFSET_CONFLICT (409) with the offset that was reached, FILE_SIZE."""
        if len(data) > MOST_OF_A_PART:
            raise Problem(
                "PART_SIZE",
                f"每段不超过 {MOST_OF_A_PART // 1024 // 1024} MB，请分段上传。",
                f"A part has {MOST_OF_A_PART // 1024 // 1024} MB at most: send it in smaller parts.",
                status=413,
            )
        with self.desk.database.transaction() as connection:
            upload = _own(connection, unit, upload_id, held=True)
            if offset != upload.received:
                raise Problem(
                    "OFFSET_CONFLICT",
                    f"已收到 {upload.received} 字节，请从该位置继续。",
                    f"{upload.received} bytes have arrived: go on from there.",
                    status=409,
                    received=upload.received,
                )
            if offset + len(data) > upload.size:
                raise Problem(
                    "FILE_SIZE",
                    "收到的内容超过申报的大小，请重新上传。",
                    "More arrived than was announced: upload it anew.",
                )
            if data:
                sheets.add_part(connection, upload, data)
            return replace(upload, received=upload.received + len(data))

    def complete(self, unit: str, upload_id: str) -> Sheet:
        """All is there: the file becomes the sheet's PDF or DWG.

        Raises Problem UPLOAD_INCOMPLETE, HASH_MISMATCH, FILE_TYPE, FILE_SIZE, FILE_ACTIVE, FILE_ENCRYPTED, SHEETS_LOCKED.
        A file that is refused is forgotten.
        """
        with self.desk.database.reading() as connection:
            upload = _own(connection, unit, upload_id)
            data = b"".join(sheets.parts_of(connection, upload_id))
        if not upload.complete:
            raise Problem(
                "UPLOAD_INCOMPLETE",
                f"仅收到 {upload.received} 字节，共 {upload.size} 字节，请继续上传。",
                f"{upload.received} of {upload.size} bytes have arrived: go on.",
                status=409,
                received=upload.received,
            )
        try:
            pages = _examined(upload, data)
        except Problem as problem:
            if problem.code != "VALIDATOR_UNAVAILABLE":
                with self.desk.database.transaction() as connection:
                    sheets.drop_upload(connection, upload_id)
            raise
        self.desk.blobs.put(data)
        with self.desk.database.transaction() as connection:
            upload = _own(connection, unit, upload_id, held=True)
            _refuse_locked(connection, upload)
            _refuse_awaited(connection, upload)
            sheet = _with_file(connection, upload, pages, to_stored(self.desk.clock()))
            sheets.put(connection, sheet)
            sheets.drop_upload(connection, upload_id)
            return sheet

    # ---- sheets

    def remove(self, unit: str, sheet_id: str) -> Sheet:
        """Take away one that was not submitted yet. Raises Problem NOT_FOUND, SHEETS_LOCKED."""
        with self.desk.database.transaction() as connection:
            found = sheets.of_ids(connection, [sheet_id])
            if not found:
                raise _not_found()
            _refuse_stranger(connection, unit, found[0].project, found[0].kind)
            if found[0].state is not SheetState.DRAFT:
                raise locked(found[0].dossier or "")
            sheets.remove(connection, sheet_id)
            return found[0]

    def listed(self, party: str, project: str, kind: SectionKind) -> list[Sheet]:
        """Every sheet in its last version, for whoever plays a part in the project. Raises Problem NOT_FOUND."""
        with self.desk.database.reading() as connection:
            refuse_uninvolved(connection, party, project, kind)
            return sheets.latest(connection, project, kind)

    def file(
        self,
        party: str,
        sheet_id: str,
        which: UploadFile,
        *,
        sealed: bool = False,
        grants: Collection[Grant] = (),
    ) -> tuple[Sheet, bytes]:
        """A file as it came, or the PDF with its seals. ``grants``: of an officer. Raises Problem NOT_FOUND."""
        with self.desk.database.reading() as connection:
            found = sheets.of_ids(connection, [sheet_id])
            if not found:
                raise _not_found()
            sheet = found[0]
            if not _is_asked(connection, party, sheet):
                project = refuse_uninvolved(connection, party, sheet.project, sheet.kind, grants)
                if sheet.state is SheetState.DRAFT and is_supervised(project, sheet.kind, grants):
                    raise _not_found()  # what was not handed over is its unit's business
            if sealed and sheet.document_id:
                last = documents.revisions(connection, sheet.document_id)[-1]
                return sheet, documents.bytes_of(connection, self.desk.blobs, last.sha256)
        name = sheet.pdf if which is UploadFile.PDF else sheet.dwg
        if name is None or sealed:
            raise _not_found()
        return sheet, self.desk.blobs.get(Sha256(name))

    def progress(self, party: str, dossier_no: str, grants: Collection[Grant] = ()) -> dict[str, Progress]:
        """How far the sealing that a dossier owes is, by role. ``grants``: of an officer. Raises Problem NOT_FOUND."""
        with self.desk.database.reading() as connection:
            dossier = dossiers.load(connection, dossier_no)
            review = reviews.find(connection, dossier_no)
            involved = {*parties_but_official(dossier), *_experts(review)}
            if party not in involved and not any(one.covers(dossier.procedure, dossier.region) for one in grants):
                raise dossiers.unknown()
            if review is not None:
                return {"review_agency": sheets.progress(connection, review.sheets, SignatoryRole.REVIEW_AGENCY)}
            found = sheets.of_dossier(connection, dossier_no)
            ids = [one.sheet_id for one in found]
            roles = (SignatoryRole.REGISTERED_PERSON, *({one.kind.contractor for one in found}))
            return {role.value: sheets.progress(connection, ids, role) for role in roles}


def _read(typed: Mapping[str, Any]) -> Upload:
    """Raises Problem FIELDS_INVALID."""
    errors: list[FieldError] = []

    def fault(field: str, code: str, zh: str, en: str) -> None:
        errors.append(FieldError(field, code, zh, en))

    kind = next((one for one in REVIEWED_KINDS if one.value == typed.get("kind")), SectionKind.DESIGN)
    if typed.get("kind") not in {one.value for one in REVIEWED_KINDS}:
        fault("kind", "ENUM_INVALID", "请选择勘察或设计。", "Choose survey or design.")
    if typed.get("discipline") not in DISCIPLINES[kind]:
        fault("discipline", "ENUM_INVALID", "请选择专业。", "Choose a discipline.")
    if typed.get("file") not in {one.value for one in UploadFile}:
        fault("file", "ENUM_INVALID", "文件应为 pdf 或 dwg。", "The file is pdf or dwg.")
    size, digest = typed.get("size"), str(typed.get("sha256", "")).lower()
    if not isinstance(size, int) or isinstance(size, bool) or not 0 < size <= LARGEST:
        fault("size", "FILE_SIZE", *REFUSALS[AttachmentProblem.SIZE])
    if not re.fullmatch(r"[0-9a-f]{64}", digest):
        fault("sha256", "HASH_FORMAT", "SHA-256 为 64 位十六进制。", "SHA-256 has 64 hex digits.")
    texts = {field: _line(field, typed, most, fault) for field, most in (("sheet_no", 40), ("title", 120))}
    if errors:
        raise Problem(
            "FIELDS_INVALID", "图纸信息有误，请改正。", "What is said of the sheet is wrong: correct it.", errors=errors
        )
    return Upload(
        upload_id="", owner="", project=str(typed.get("project", "")), kind=kind, discipline=str(typed["discipline"]),
        sheet_no=texts["sheet_no"], title=texts["title"], file=UploadFile(typed["file"]), size=int(typed["size"]),
        sha256=digest, received=0, begun_at="",
    )  # fmt: skip


def _line(field: str, typed: Mapping[str, Any], most: int, fault: Callable[[str, str, str, str], None]) -> str:
    try:
        found = " ".join(clean_prose(str(typed.get(field, ""))).split())
    except Problem as problem:
        fault(field, problem.code, problem.zh, problem.en)
        return ""
    if not 0 < len(found) <= most:
        fault(field, "TEXT_LENGTH", f"1 至 {most} 个字。", f"1 to {most} characters.")
    return found


def _examined(upload: Upload, data: bytes) -> int:
    """Pages of a PDF; 0 for a DWG."""
    if sha256_of(data) != upload.sha256:
        raise Problem(
            "HASH_MISMATCH",
            "收到的文件与申报的 SHA-256 不一致，已丢弃；请重新上传。",
            "What arrived has another SHA-256 than was announced and is discarded: upload it again.",
        )
    if upload.file is UploadFile.DWG:
        if DWG_MARK.match(data):
            return 0
        raise Problem("FILE_TYPE", "文件不是 DWG，请上传原图文件。", "That is no DWG: upload the drawing's own file.")
    found = examine_isolated(data, LIMITS, DEMANDS)
    if found.problem is not None:
        raise Problem(found.problem.value, *REFUSALS[found.problem])
    return found.pages


def _with_file(connection: Connection, upload: Upload, pages: int, now: str) -> Sheet:
    """The draft of the sheet with this file; after a version that was submitted a new one."""
    latest = sheets.latest(connection, upload.project, upload.kind)
    before = next((one for one in latest if one.key == (upload.discipline, upload.sheet_no)), None)
    if before is None or before.state is not SheetState.DRAFT:
        before = Sheet(
            sheet_id=str(uuid.uuid4()), project=upload.project, kind=upload.kind, discipline=upload.discipline,
            sheet_no=upload.sheet_no, title=upload.title, version=before.version + 1 if before else 1,
            state=SheetState.DRAFT, uploaded_at=now,
        )  # fmt: skip
    sheet = replace(before, title=upload.title, uploaded_at=now)
    if upload.file is UploadFile.DWG:
        return replace(sheet, dwg=upload.sha256)
    return replace(sheet, pdf=upload.sha256, pages=pages)


# ---- who may


def _own(connection: Connection, unit: str, upload_id: str, *, held: bool = False) -> Upload:
    upload = sheets.find_upload(connection, upload_id, held=held)
    if upload is None or upload.owner != unit:
        raise _not_found()
    return upload


def _refuse_stranger(connection: Connection, unit: str, project_no: str, kind: SectionKind) -> Project:
    """The unit has taken this work on."""
    project = projects.find(connection, project_no)
    if project is None or not has_taken_on(project, unit, kind):
        raise _not_found()
    return project


def has_taken_on(project: Project, unit: str, kind: SectionKind) -> bool:
    return any(one.kind is kind and one.state.is_taken_on and one.contractor == unit for one in project.sections)


def is_supervised(project: Project, kind: SectionKind, grants: Collection[Grant]) -> bool:
    """Whether an officer with these permissions sees to the review of drawings there; reads, and changes nothing."""
    return any(grant.covers(f"rv.{kind.value}", project.region) for grant in grants)


def parties_but_official(dossier: Dossier) -> set[str]:
    """An officer sees what the own permissions cover, whatever authority the dossier lies with."""
    official = (SignatoryRole.AUTHORITY, SignatoryRole.PLATFORM)
    return {party for role, party in dossier.parties.items() if role not in official}


def refuse_uninvolved(
    connection: Connection, party: str, project_no: str, kind: SectionKind, grants: Collection[Grant] = ()
) -> Project:
    """Parties of the project, its review agencies and their experts see its sheets, and the officers who supervise the
    review. Raises Problem NOT_FOUND.
    """
    project = projects.find(connection, project_no)
    if project is not None and is_supervised(project, kind, grants):
        return project
    found: Sequence[Review] = reviews.of_project(connection, project_no)
    agencies = {one.agency for one in found}
    experts = {expert for one in found for expert in _experts(one)}
    if project is None or party not in {*project.parties.values(), *agencies, *experts}:
        raise _not_found()
    return project


def _is_asked(connection: Connection, party: str, sheet: Sheet) -> bool:
    """Whether it is one of those to which this person is asked to agree, or has agreed."""
    if not sheet.dossier:
        return False
    return bool(sheets_for(party, dossiers.load(connection, sheet.dossier).form, [sheet]))


def _experts(review: Review | None) -> set[str]:
    return {one.expert for one in review.reviewers} if review else set()


def _refuse_locked(connection: Connection, upload: Upload) -> None:
    for one in reviews.of_project(connection, upload.project):
        if one.kind is upload.kind and one.state.locks_sheets:
            raise locked(one.dossier)


def _refuse_awaited(connection: Connection, upload: Upload) -> None:
    """What registered persons are asked to agree to is not changed under their eyes. Raises Problem SHEETS_AWAIT_CONSENT."""
    latest = sheets.latest(connection, upload.project, upload.kind)
    same = next((one for one in latest if one.key == (upload.discipline, upload.sheet_no)), None)
    if same is None or same.state is not SheetState.SUBMITTED or not same.dossier:
        return
    if dossiers.load(connection, same.dossier).stage is Stage.SUBMITTED:
        raise Problem(
            "SHEETS_AWAIT_CONSENT",
            f"该图纸已送交（{same.dossier}），正在等待注册执业人员本人确认；需要修改的，请先撤回送交，原确认随之失效。",
            f"This sheet was handed over ({same.dossier}) and waits for its registered person to agree: take that back "
            "first, which voids what was agreed to, then change it.",
            status=409,
        )


def _not_found() -> Problem:
    return Problem("NOT_FOUND", "未找到该内容，请核对。", "There is no such thing: check it.", status=404)
