"""图纸: a set by discipline, uploaded file by file in parts that go on where a connection broke, and how far its seals are.

The same rows serve the script of the page (parts as files of a form) and programs (parts in base64).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from signing_service.domain.documents import sha256_of
from signing_service.domain.errors import Problem
from signing_service.domain.projects import SectionKind
from signing_service.domain.reviews import ReviewState
from signing_service.domain.sheets import REVIEWED_KINDS, SheetState, Upload, UploadFile
from signing_service.web.platform import attachments
from signing_service.web.platform.gate import Asked, Way, Who, malformed
from signing_service.web.platform.house import HARMLESS, House, number_in, see_other, told
from signing_service.workflows.sheet_sets import SheetSet, sheet_set
from signing_service.workflows.sheets import DWG_MARK, MOST_OF_A_PART, SheetRoom

PART = MOST_OF_A_PART + 64 * 1024
"""Bytes of a request that brings one."""
PART_IN_BASE64 = MOST_OF_A_PART * 4 // 3 + 64 * 1024
MEDIA: Mapping[str, str] = {"pdf": "application/pdf", "sealed": "application/pdf", "dwg": "image/vnd.dwg"}

SHEET_WORDS: Mapping[SheetState, tuple[str, str, str]] = {
    SheetState.DRAFT: ("waits", "待送交", "to be handed over"),
    SheetState.SUBMITTED: ("todo", "待确认盖章", "waits to be sealed"),
    SheetState.READY: ("done", "已盖章", "sealed by its unit"),
    SheetState.APPROVED: ("done", "审查合格", "passed review"),
}
REVIEW_WORDS: Mapping[ReviewState, tuple[str, str, str]] = {
    ReviewState.SUBMITTED: ("todo", "已报审，待受理", "handed in"),
    ReviewState.IN_REVIEW: ("todo", "专家审查中", "under review"),
    ReviewState.MODIFYING: ("waits", "修改答复中", "changes are made"),
    ReviewState.PASSED: ("done", "审查合格", "passed"),
    ReviewState.FAILED: ("void", "审查不合格", "not passed"),
    ReviewState.CHANGED: ("none", "已变更", "replaced by a later review"),
}
"""Shape and words of a state, in Chinese and English."""


class SheetPages:
    def __init__(self, house: House) -> None:
        self._house = house

    def ways(self) -> tuple[Way, ...]:
        of_set = "/platform/projects/{number}/sheets/{kind}"
        upload, sheet = "/platform/uploads/{upload}", "/platform/sheets/{sheet}"
        return (
            Way("GET", of_set, Who.VIEWER, self.show),
            Way("POST", of_set, Who.ENTERPRISE, self.take_in, PART),
            Way("GET", f"/api{of_set}", Who.VIEWER, self.tell),
            Way("POST", "/platform/uploads", Who.ENTERPRISE, self.begin),
            Way("GET", upload, Who.ENTERPRISE, self.standing),
            Way("POST", upload, Who.ENTERPRISE, self.receive, PART),
            Way("POST", f"{upload}/complete", Who.ENTERPRISE, self.complete),
            Way("POST", "/api/platform/uploads", Who.ENTERPRISE, self.begin),
            Way("GET", f"/api{upload}", Who.ENTERPRISE, self.standing),
            Way("POST", f"/api{upload}", Who.ENTERPRISE, self.receive, PART_IN_BASE64),
            Way("POST", f"/api{upload}/complete", Who.ENTERPRISE, self.complete),
            Way("GET", f"{sheet}/{{file}}", Who.VIEWER, self.file),
            Way("POST", f"{sheet}/remove", Who.ENTERPRISE, self.remove),
            Way("GET", "/platform/dossiers/{number}/sealing", Who.VIEWER, self.sealing),
            Way("GET", "/api/platform/dossiers/{number}/sealing", Who.VIEWER, self.sealing),
        )

    @property
    def _room(self) -> SheetRoom:
        return SheetRoom(self._house.desk)

    # ---- the set

    def show(self, asked: Asked) -> Response:
        return self._shown(asked, None)

    def _shown(self, asked: Asked, problem: Problem | None) -> Response:
        found = self._set(asked)
        facts = {
            "set": found,
            "sheet_words": SHEET_WORDS,
            "problem": problem,
            "typed": {name: asked.text(name) for name in ("discipline", "sheet_no", "title")},
            "may_upload": found.own and found.under_review is None,
            "procedure": f"rv.{found.kind.value}_sheets",
            "discipline": asked.request.query_params.get("discipline", ""),
            "review_words": REVIEW_WORDS,
        }
        status = problem.status if problem else 200
        return self._house.page(asked, "sheets.html", facts, here="projects", status=status)

    def tell(self, asked: Asked) -> Response:
        found = self._set(asked)
        return told(
            {
                "project": found.project.number,
                "kind": found.kind.value,
                "sheets": [one.to_json() for one in found.sheets],
                "uploads": [_told(one) for one in found.uploads],
                "missing_disciplines": list(found.missing),
                "under_review": found.under_review.dossier if found.under_review else None,
            }
        )

    def _set(self, asked: Asked) -> SheetSet:
        kind = next((one for one in REVIEWED_KINDS if one.value == asked.request.path_params["kind"]), None)
        if kind is None:
            raise Problem("PAGE_UNKNOWN", "没有这个页面，请检查网址。", "There is no such page.", status=404)
        with self._house.desk.database.reading() as connection:
            return sheet_set(connection, asked.viewer.party, number_in(asked), kind, asked.viewer.grants)

    # ---- uploads

    def take_in(self, asked: Asked) -> Response:
        """One small file with a form, where there is no JavaScript."""
        found, unit, data = self._set(asked), asked.viewer.party, asked.files.get("file", b"")
        try:
            upload = self._room.begin(unit, {**_said(asked, found), "size": len(data), "sha256": sha256_of(data)})
            self._room.receive(unit, upload.upload_id, upload.received, data[upload.received :])
            self._room.complete(unit, upload.upload_id)
        except Problem as problem:
            return self._shown(asked, problem)
        return see_other(address_of_set(found.project.number, found.kind))

    def begin(self, asked: Asked) -> Response:
        """Size and SHA-256 first: what is there already is told as ``sheet``, what was begun goes on where it stands."""
        names = ("project", "kind", "discipline", "sheet_no", "title", "file", "sha256")
        typed: dict[str, Any] = {name: asked.text(name) for name in names}
        size = asked.fields.get("size")
        typed["size"] = int(size) if isinstance(size, str) and size.isascii() and size.isdigit() else size
        unit = asked.viewer.party
        if (sheet := self._room.there(unit, typed)) is not None:
            return told({"sheet": sheet.to_json()})
        return told(_told(self._room.begin(unit, typed)), 201)

    def standing(self, asked: Asked) -> Response:
        return told(_told(self._room.standing(asked.viewer.party, _upload_in(asked))))

    def receive(self, asked: Asked) -> Response:
        """The part at ``offset``. Raises Problem OFFSET_CONFLICT, FILE_SIZE, PART_SIZE, NOT_FOUND."""
        offset = asked.fields.get("offset")
        if isinstance(offset, str) and offset.isascii() and offset.isdigit():
            offset = int(offset)
        if not isinstance(offset, int) or isinstance(offset, bool):
            raise malformed()
        if asked.wants_json:
            content = asked.fields.get("content", "")
            data = attachments.from_json(content if isinstance(content, str) else "")
        else:
            data = asked.files.get("part", b"")
        return told(_told(self._room.receive(asked.viewer.party, _upload_in(asked), offset, data)))

    def complete(self, asked: Asked) -> Response:
        return told(self._room.complete(asked.viewer.party, _upload_in(asked)).to_json(), 201)

    # ---- files

    def file(self, asked: Asked) -> Response:
        """A drawing as it came (``pdf``, ``dwg``), or with its code and seals (``sealed``). Raises Problem NOT_FOUND."""
        path = asked.request.path_params
        if path["file"] not in MEDIA:
            raise Problem("NOT_FOUND", "没有这份文件。", "There is no such file.", status=404)
        which = UploadFile.DWG if path["file"] == "dwg" else UploadFile.PDF
        viewer, sealed = asked.viewer, path["file"] == "sealed"
        sheet, data = self._room.file(viewer.party, path["sheet"], which, sealed=sealed, grants=viewer.grants)
        name = quote(f"{sheet.sheet_no} {sheet.title}-V{sheet.version}.{which.value}")
        disposition = "attachment" if which is UploadFile.DWG else "inline"
        headers = {**HARMLESS, "Content-Disposition": f"{disposition}; filename*=UTF-8''{name}"}
        return Response(data, media_type=MEDIA[path["file"]], headers=headers)

    def remove(self, asked: Asked) -> Response:
        """One that was not handed over yet. Raises Problem NOT_FOUND, SHEETS_LOCKED."""
        sheet = self._room.remove(asked.viewer.party, asked.request.path_params["sheet"])
        return see_other(address_of_set(sheet.project, sheet.kind))

    def sealing(self, asked: Asked) -> Response:
        """How far the seals are that a dossier puts on its sheets, by role."""
        found = self._room.progress(asked.viewer.party, number_in(asked), asked.viewer.grants)
        return told({role: one.to_json() for role, one in found.items()})


def address_of_set(project: str, kind: SectionKind) -> str:
    return f"/platform/projects/{project}/sheets/{kind.value}"


def _upload_in(asked: Asked) -> str:
    return str(asked.request.path_params["upload"])


def _said(asked: Asked, found: SheetSet) -> dict[str, Any]:
    """Of a form with a file: what kind of file it is shows in its first bytes."""
    file = UploadFile.DWG if DWG_MARK.match(asked.files.get("file", b"")) else UploadFile.PDF
    texts = {name: asked.text(name) for name in ("discipline", "sheet_no", "title")}
    return {"project": found.project.number, "kind": found.kind.value, "file": file.value, **texts}


def _told(upload: Upload) -> dict[str, Any]:
    return {
        "upload_id": upload.upload_id, "discipline": upload.discipline, "sheet_no": upload.sheet_no,
        "title": upload.title, "file": upload.file.value, "size": upload.size, "sha256": upload.sha256,
        "received": upload.received,
    }  # fmt: skip
