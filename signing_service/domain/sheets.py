"""Drawings and survey reports as sheets, each in versions, and what becomes of them (domain text, §10.5)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.projects import SectionKind

LARGEST = 200 * 1024 * 1024
"""Bytes of a drawing (domain text, §2, ``file``)."""
SHEET_TEMPLATE = "rv_sheet"
"""Name under which a sheet's document is kept: it is drawn by whoever designed it, so no folder of templates has it."""
SHEET_TITLE = "勘察设计文件图纸"
SHEET_TITLE_EN = "Sheet of survey or construction drawings"


REVIEWED_KINDS = (SectionKind.SURVEY, SectionKind.DESIGN)
SUBJECTS: Mapping[SectionKind, str] = {SectionKind.SURVEY: "勘察文件", SectionKind.DESIGN: "施工图设计文件"}

DISCIPLINES: Mapping[SectionKind, Mapping[str, str]] = {
    SectionKind.SURVEY: {"geotechnical": "岩土工程", "measurement": "工程测量", "hydrogeology": "水文地质"},
    SectionKind.DESIGN: {
        "architecture": "建筑", "structure": "结构", "water": "给水排水", "electric": "电气", "hvac": "暖通空调",
        "road": "道路", "bridge": "桥梁", "landscape": "园林", "gas": "燃气",
    },
}  # fmt: skip

REQUIRED: Mapping[tuple[SectionKind, str], tuple[str, ...]] = {
    (SectionKind.SURVEY, "01"): ("geotechnical",),
    (SectionKind.SURVEY, "02"): ("geotechnical",),
    (SectionKind.DESIGN, "01"): ("architecture", "structure", "water", "electric"),
}
"""By kind and project category (01 房屋建筑, 02 市政): without these a set is not looked at (DISCIPLINE_MISSING)."""


class SheetState(StrEnum):
    DRAFT = "draft"
    """Uploaded; its unit may still take it away."""
    SUBMITTED = "submitted"
    """送交: it is being sealed by its unit, and never changes again."""
    READY = "ready"
    """Sealed by unit and registered person."""
    APPROVED = "approved"
    """It passed review; another version has to be reviewed anew."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One version of one sheet."""

    sheet_id: str
    project: str
    kind: SectionKind
    discipline: str
    sheet_no: str
    title: str
    version: int
    state: SheetState
    uploaded_at: str
    pdf: str | None = None
    """SHA-256 of the file as it came; it is shown."""
    pages: int = 0
    dwg: str | None = None
    """SHA-256 of the drawing program's own file; it is kept."""
    dossier: str | None = None
    """That with which it was submitted."""
    document_id: str | None = None
    """The PDF with its code and its seals."""

    @property
    def key(self) -> tuple[str, str]:
        return self.discipline, self.sheet_no

    @property
    def discipline_zh(self) -> str:
        return DISCIPLINES[self.kind].get(self.discipline, self.discipline)

    def to_json(self) -> dict[str, Any]:
        return {
            "sheet_id": self.sheet_id, "discipline": self.discipline, "sheet_no": self.sheet_no, "title": self.title,
            "version": self.version, "state": self.state.value, "pdf_sha256": self.pdf, "dwg_sha256": self.dwg,
            "pages": self.pages, "uploaded_at": self.uploaded_at, "dossier": self.dossier,
        }  # fmt: skip


def list_digest(sheets: Iterable[Sheet]) -> str:
    """SHA-256 over discipline, number, version and both hashes of every sheet: the list of a set in 64 digits."""
    lines = sorted(f"{one.discipline}\t{one.sheet_no}\t{one.version}\t{one.pdf}\t{one.dwg or '-'}\n" for one in sheets)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def missing_disciplines(kind: SectionKind, category: str, sheets: Iterable[Sheet]) -> tuple[str, ...]:
    there = {one.discipline for one in sheets}
    needed = REQUIRED.get((kind, category), ())
    return tuple(DISCIPLINES[kind][one] for one in needed if one not in there)


class UploadFile(StrEnum):
    PDF = "pdf"
    DWG = "dwg"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way, in parts; what has arrived stays when the connection breaks."""

    upload_id: str
    owner: str
    """USCC of the unit."""
    project: str
    kind: SectionKind
    discipline: str
    sheet_no: str
    title: str
    file: UploadFile
    size: int
    sha256: str
    """Of the whole, as the sender says."""
    received: int
    begun_at: str

    @property
    def complete(self) -> bool:
        return self.received == self.size


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the sealing of a set is."""

    done: int
    total: int
    seconds_left: int | None
    """None: nothing is done yet, so nobody can say."""

    @property
    def finished(self) -> bool:
        return self.done == self.total

    def to_json(self) -> dict[str, Any]:
        return {"done": self.done, "total": self.total, "seconds_left": self.seconds_left, "finished": self.finished}


def unit_of(kind: SectionKind) -> SignatoryRole:
    return kind.contractor
