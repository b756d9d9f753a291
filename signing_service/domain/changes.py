"""What was changed in a file after it was sealed: said in words, page by page, and where the sealed version ends.

Nothing in here makes a file better: an altered file stays altered. It shows the person who was deceived, or
mistaken, what the difference is, and gives back the version that the seals do cover.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from signing_service.domain.verdicts import Sentence, Trust, Verdict

MOST_PAGES = 4
"""Pages shown with their pictures."""
MOST_REGIONS = 12
"""Marked places on one page."""
MOST_CHANGES = 40
"""Changes told in words."""
MOST_PICTURE_BYTES = 256 * 1024
LONGEST_TEXT = 80
"""Characters of a name or value that are quoted from a file."""

_JPEG = b"\xff\xd8\xff"


class ChangeKind(StrEnum):
    """What happened to a part of the file, the more telling first."""

    PAGE_ADDED = "PAGE_ADDED"
    PAGE_REMOVED = "PAGE_REMOVED"
    PAGE_MOVED = "PAGE_MOVED"
    PAGE_CONTENT = "PAGE_CONTENT"
    PAGE_RESOURCES = "PAGE_RESOURCES"
    PAGE_SHAPE = "PAGE_SHAPE"
    ANNOTATION_ADDED = "ANNOTATION_ADDED"
    ANNOTATION_REMOVED = "ANNOTATION_REMOVED"
    ANNOTATION_CHANGED = "ANNOTATION_CHANGED"
    FIELD_VALUE = "FIELD_VALUE"
    FIELD_ADDED = "FIELD_ADDED"
    FIELD_REMOVED = "FIELD_REMOVED"
    FIELD_LOOK = "FIELD_LOOK"
    LOOKS_ASKED = "LOOKS_ASKED"
    SIGNATURE_ADDED = "SIGNATURE_ADDED"
    SIGNATURE_REMOVED = "SIGNATURE_REMOVED"
    SIGNATURE_CHANGED = "SIGNATURE_CHANGED"
    ATTACHMENT_ADDED = "ATTACHMENT_ADDED"
    ATTACHMENT_REMOVED = "ATTACHMENT_REMOVED"
    ATTACHMENT_CHANGED = "ATTACHMENT_CHANGED"
    DESCRIPTION = "DESCRIPTION"
    LAYERS = "LAYERS"
    ACTION = "ACTION"
    EVIDENCE = "EVIDENCE"
    OTHER = "OTHER"
    DATA_APPENDED = "DATA_APPENDED"


_WORDS: dict[ChangeKind, Sentence] = {
    ChangeKind.PAGE_ADDED: Sentence("增加了第 {page} 页", "Page {page} was added"),
    ChangeKind.PAGE_REMOVED: Sentence("删除了原第 {page} 页", "Page {page} of the original was removed"),
    ChangeKind.PAGE_MOVED: Sentence("原第 {subject} 页移到了第 {page} 页", "Page {subject} is now page {page}"),
    ChangeKind.PAGE_CONTENT: Sentence("第 {page} 页的内容被改动", "The content of page {page} was changed"),
    ChangeKind.PAGE_RESOURCES: Sentence(
        "第 {page} 页所用的字体、图片或图形被改动", "Fonts, images or drawings of page {page} were changed"
    ),
    ChangeKind.PAGE_SHAPE: Sentence(
        "第 {page} 页的大小、裁切或方向被改动", "The size, crop or rotation of page {page} was changed"
    ),
    ChangeKind.ANNOTATION_ADDED: Sentence(
        "第 {page} 页增加了批注（{subject}）", "An annotation ({subject}) was added to page {page}"
    ),
    ChangeKind.ANNOTATION_REMOVED: Sentence(
        "第 {page} 页的批注（{subject}）被删除", "An annotation ({subject}) was removed from page {page}"
    ),
    ChangeKind.ANNOTATION_CHANGED: Sentence(
        "第 {page} 页的批注（{subject}）被改动", "An annotation ({subject}) on page {page} was changed"
    ),
    ChangeKind.FIELD_VALUE: Sentence(
        "表单项“{subject}”由“{before}”改为“{after}”", "Form field “{subject}” was changed from “{before}” to “{after}”"
    ),
    ChangeKind.FIELD_ADDED: Sentence("增加了表单项“{subject}”", "Form field “{subject}” was added"),
    ChangeKind.FIELD_REMOVED: Sentence("表单项“{subject}”被删除", "Form field “{subject}” was removed"),
    ChangeKind.FIELD_LOOK: Sentence(
        "表单项或签章“{subject}”的外观或位置被改动",
        "How or where the field or seal “{subject}” is shown was changed",
    ),
    ChangeKind.LOOKS_ASKED: Sentence(
        "文件要求阅读软件重新绘制表单和签章", "The file now asks readers to redraw its fields and seals"
    ),
    ChangeKind.SIGNATURE_ADDED: Sentence("增加了签章“{subject}”", "A signature “{subject}” was added"),
    ChangeKind.SIGNATURE_REMOVED: Sentence("签章“{subject}”被移除", "The signature “{subject}” was removed"),
    ChangeKind.SIGNATURE_CHANGED: Sentence("签章“{subject}”被替换", "The signature “{subject}” was replaced"),
    ChangeKind.ATTACHMENT_ADDED: Sentence("增加了附件“{subject}”", "The attachment “{subject}” was added"),
    ChangeKind.ATTACHMENT_REMOVED: Sentence("附件“{subject}”被删除", "The attachment “{subject}” was removed"),
    ChangeKind.ATTACHMENT_CHANGED: Sentence("附件“{subject}”被替换", "The attachment “{subject}” was replaced"),
    ChangeKind.DESCRIPTION: Sentence(
        "文件说明（标题、作者等）被改动：{subject}", "The file's description was changed: {subject}"
    ),
    ChangeKind.LAYERS: Sentence("图层的显示方式被改动", "Which layers are shown was changed"),
    ChangeKind.ACTION: Sentence("增加或改动了自动执行的动作", "Actions that run by themselves were added or changed"),
    ChangeKind.EVIDENCE: Sentence(
        "补充了验证签章所需的资料（这本身无害）", "Data for validating the seals was added (harmless by itself)"
    ),
    ChangeKind.OTHER: Sentence("文件的其他部分被改动：{subject}", "Another part of the file was changed: {subject}"),
    ChangeKind.DATA_APPENDED: Sentence(
        "签章所覆盖的版本之后有 {subject} 个字节的数据", "{subject} bytes follow the version that the seals cover"
    ),
}

WEIGHT = {kind: position for position, kind in enumerate(ChangeKind)}


@dataclass(frozen=True, slots=True)
class Change:
    """One change in words. Names and values are quotations from the file, cut and made printable."""

    kind: ChangeKind
    page: int = 0
    """From 1; 0 when no page is meant."""
    subject: str = ""
    before: str = ""
    after: str = ""

    @property
    def sentence(self) -> Sentence:
        words = _WORDS[self.kind]
        facts = {"page": self.page, "subject": self.subject, "before": self.before, "after": self.after}
        return Sentence(words.zh.format(**facts), words.en.format(**facts))

    def to_json(self) -> dict[str, Any]:
        said = self.sentence
        return {
            "kind": self.kind.value,
            "page": self.page,
            "subject": self.subject,
            "before": self.before,
            "after": self.after,
            "sentence": {"zh": said.zh, "en": said.en},
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Change:
        texts = (quoted(document[name]) for name in ("subject", "before", "after"))
        return cls(ChangeKind(document["kind"]), int(document["page"]), *texts)


@dataclass(frozen=True, slots=True)
class Region:
    """A place on a page whose look was changed, in thousandths of the page's width and height from its upper left."""

    left: int
    top: int
    right: int
    bottom: int

    def to_json(self) -> list[int]:
        return [self.left, self.top, self.right, self.bottom]

    @classmethod
    def from_json(cls, numbers: list[int]) -> Region:
        left, top, right, bottom = (min(max(int(number), 0), 1000) for number in numbers)
        return cls(left, top, right, bottom)


@dataclass(frozen=True, slots=True)
class Picture:
    """A page as a reader shows it: JPEG, with its size in pixels."""

    jpeg: bytes
    width: int
    height: int

    @property
    def base64(self) -> str:
        return base64.b64encode(self.jpeg).decode("ascii")

    def to_json(self) -> dict[str, Any]:
        return {"width": self.width, "height": self.height, "jpeg": self.base64}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Picture:
        """Raises ValueError for what is no JPEG or larger than a page may be."""
        try:
            jpeg = base64.b64decode(document["jpeg"], validate=True)
        except binascii.Error as error:
            raise ValueError("not base64") from error
        if not jpeg.startswith(_JPEG) or len(jpeg) > MOST_PICTURE_BYTES:
            raise ValueError("no picture of a page")
        return cls(jpeg, int(document["width"]), int(document["height"]))


@dataclass(frozen=True, slots=True)
class ChangedPage:
    """A page before and after; one of the two numbers is 0 for a page that was added or removed."""

    before: int
    after: int
    regions: tuple[Region, ...] = ()
    picture_before: Picture | None = None
    picture_after: Picture | None = None

    def to_json(self, *, pictures: bool) -> dict[str, Any]:
        document: dict[str, Any] = {
            "before": self.before,
            "after": self.after,
            "regions": [region.to_json() for region in self.regions],
        }
        if pictures:
            document["picture_before"] = self.picture_before.to_json() if self.picture_before else None
            document["picture_after"] = self.picture_after.to_json() if self.picture_after else None
        return document

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> ChangedPage:
        before, after = (document.get(name) for name in ("picture_before", "picture_after"))
        return cls(
            int(document["before"]),
            int(document["after"]),
            tuple(Region.from_json(region) for region in document["regions"][:MOST_REGIONS]),
            Picture.from_json(before) if before else None,
            Picture.from_json(after) if after else None,
        )


@dataclass(frozen=True, slots=True)
class IntactRevision:
    """The last version inside the file whose seals all hold: its first ``length`` bytes."""

    length: int
    sha256: str
    verdict: Verdict
    trust: Trust
    reason: str

    def to_json(self) -> dict[str, Any]:
        return {
            "length": self.length,
            "sha256": self.sha256,
            "verdict": self.verdict.value,
            "trust": self.trust.value,
            "reason": self.reason,
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> IntactRevision:
        return cls(
            int(document["length"]),
            str(document["sha256"]),
            Verdict(document["verdict"]),
            Trust(document["trust"]),
            str(document["reason"]),
        )


@dataclass(frozen=True, slots=True)
class Changes:
    """The file against its last intact version; against nothing where it holds none."""

    intact: IntactRevision | None
    changes: tuple[Change, ...] = ()
    pages: tuple[ChangedPage, ...] = ()
    """Those with pictures, at most MOST_PAGES."""
    pages_changed: int = 0
    """All pages that look otherwise, were added, removed or moved, among those compared."""
    pages_before: int = 0
    pages_after: int = 0
    looked_at: bool = False
    """The pages were drawn and compared; else that took too long or could not be done."""
    all_pages: bool = True
    """False when the file has more pages than are compared."""
    rebuilt: bool = False
    """What differs is shown by readers only that rebuild the file's table; others go on showing the sealed page."""

    def to_json(self, *, pictures: bool = False) -> dict[str, Any]:
        return {
            "intact": self.intact.to_json() if self.intact else None,
            "changes": [change.to_json() for change in self.changes],
            "pages": [page.to_json(pictures=pictures) for page in self.pages],
            "pages_changed": self.pages_changed,
            "pages_before": self.pages_before,
            "pages_after": self.pages_after,
            "looked_at": self.looked_at,
            "all_pages": self.all_pages,
            "rebuilt": self.rebuilt,
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Changes:
        """Read what a process that may have been taken over says: bounded in every part. Raises ValueError, KeyError,
        TypeError for what is no such document.
        """
        return cls(
            IntactRevision.from_json(document["intact"]) if document["intact"] else None,
            tuple(Change.from_json(change) for change in document["changes"][:MOST_CHANGES]),
            tuple(ChangedPage.from_json(page) for page in document["pages"][:MOST_PAGES]),
            int(document["pages_changed"]),
            int(document["pages_before"]),
            int(document["pages_after"]),
            bool(document["looked_at"]),
            bool(document["all_pages"]),
            bool(document["rebuilt"]),
        )


def quoted(text: object) -> str:
    """A stranger's text on one line: control and direction characters made visible, the rest cut off."""
    line = "".join(character if character.isprintable() else "·" for character in str(text)[: LONGEST_TEXT + 1])
    return line if len(line) <= LONGEST_TEXT else line[:LONGEST_TEXT] + "…"
