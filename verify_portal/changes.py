"""改动了什么: an altered file beside the version that was sealed, page by page, and that version to take away.

The portal keeps nothing on disk. Pictures travel inside the page; the sealed version is a beginning of the uploaded
file and waits in memory, for ten minutes, under an address that nobody can guess.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from signing_service.domain.changes import ChangedPage, Changes, Picture, Region
from signing_service.domain.errors import Problem
from signing_service.domain.verdicts import Integrity, Report, Sentence, Trust, Verdict

Comparer = Callable[[bytes], Changes]
"""Compares an altered file with the last intact version in it; called in a thread."""

KEPT_FOR = timedelta(minutes=10)
_MOST_KEPT = 64
_MOST_BYTES = 96 * 1024 * 1024
_PADDING = 6
"""Pixels between what was changed and its outline."""
_RADIUS = 17
_WHOLE = 900
"""A place wider and higher than this, in thousandths, is the whole page."""


def is_worth_comparing(report: Report) -> bool:
    """Something was changed, or a seal does not hold: an earlier version in the file may still be whole."""
    return report.integrity in (Integrity.CHANGED, Integrity.BROKEN)


class SealedVersions:
    """The versions waiting to be taken away: a bounded number of bytes, the oldest forgotten first."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._kept: dict[str, tuple[datetime, bytes]] = {}

    def keep(self, version: bytes) -> str:
        """The handle it is asked for by, 256 bits of chance; "" for a version too large to be kept at all."""
        if len(version) > _MOST_BYTES:
            return ""
        self._forget_what_is_due()
        while self._kept and (len(self._kept) >= _MOST_KEPT or self._bytes() + len(version) > _MOST_BYTES):
            del self._kept[next(iter(self._kept))]
        handle = secrets.token_urlsafe(32)
        self._kept[handle] = self._now() + KEPT_FOR, version
        return handle

    def take(self, handle: str) -> bytes:
        """Raises Problem SEALED_VERSION_GONE for a handle that is unknown or older than ten minutes."""
        self._forget_what_is_due()
        if handle not in self._kept:
            raise Problem(
                "SEALED_VERSION_GONE",
                "下载链接已失效（10 分钟内有效），请重新上传文件。",
                "This download has ended: it is kept for ten minutes. Upload the file again.",
                status=404,
            )
        return self._kept[handle][1]

    def _bytes(self) -> int:
        return sum(len(version) for _, version in self._kept.values())

    def _forget_what_is_due(self) -> None:
        now = self._now()
        for handle in [handle for handle, (until, _) in self._kept.items() if until <= now]:
            del self._kept[handle]


@dataclass(frozen=True, slots=True)
class Mark:
    """An outline with its number, in pixels of the picture, and where it is in words."""

    number: int
    left: int
    top: int
    width: int
    height: int
    badge_x: int
    badge_y: int
    where: Sentence


@dataclass(frozen=True, slots=True)
class Sheet:
    """One of two pages that stand side by side."""

    number: int
    picture: Picture
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Spread:
    """A page before and after; None where there is no counterpart."""

    before: Sheet | None
    after: Sheet | None
    places: tuple[tuple[int, Sentence], ...]

    @property
    def title(self) -> Sentence:
        if self.before is None and self.after is not None:
            return Sentence(f"增加的第 {self.after.number} 页", f"Page {self.after.number}, added")
        if self.after is None and self.before is not None:
            return Sentence(f"被删除的原第 {self.before.number} 页", f"Page {self.before.number}, removed")
        if self.before and self.after and self.before.number != self.after.number:
            return Sentence(
                f"原第 {self.before.number} 页，现第 {self.after.number} 页",
                f"Page {self.before.number}, now page {self.after.number}",
            )
        number = self.after.number if self.after else 0
        return Sentence(f"第 {number} 页", f"Page {number}")


@dataclass(frozen=True, slots=True)
class ShownChanges:
    """What the page about an altered file shows."""

    changes: Changes
    registered: bool
    """The intact version was made here: the register holds its hash."""
    handle: str = ""
    """What the intact version is downloaded by; "" when it cannot be."""
    compared: bool = True
    """False when nobody had the time to."""

    @property
    def is_trusted(self) -> bool:
        intact = self.changes.intact
        return intact is not None and intact.verdict is Verdict.TOTAL_PASSED and intact.trust is Trust.TRUSTED

    @property
    def standing(self) -> Sentence:
        """What the intact version is worth by itself."""
        if self.is_trusted and self.registered:
            return Sentence(
                "那个版本的签章有效，并与登记的文件逐字节一致。",
                "The seals of that version are valid, and it is on the register byte for byte.",
            )
        if self.is_trusted:
            return Sentence(
                "那个版本的签章有效，但登记簿中没有它，请向签发机关核实。",
                "The seals of that version are valid, but the register does not hold it: ask the issuing authority.",
            )
        return Sentence(
            "那个版本的签名完整，但签章者未能确认，不能当作原件采信。",
            "The signatures of that version are intact, but who made them is not confirmed: it is not proof of anything.",
        )

    @property
    def spreads(self) -> tuple[Spread, ...]:
        return tuple(_spread(page) for page in self.changes.pages)

    @property
    def pages_not_shown(self) -> int:
        return max(self.changes.pages_changed - len(self.changes.pages), 0)

    def to_json(self, *, pictures: bool = False) -> dict[str, Any]:
        return {**self.changes.to_json(pictures=pictures), "registered": self.registered, "compared": self.compared}


NOT_COMPARED = ShownChanges(Changes(None), registered=False, compared=False)


def _spread(page: ChangedPage) -> Spread:
    before = _sheet(page.before, page.picture_before, page.regions)
    after = _sheet(page.after, page.picture_after, page.regions)
    return Spread(before, after, tuple((number, where(region)) for number, region in enumerate(page.regions, 1)))


def _sheet(number: int, picture: Picture | None, regions: tuple[Region, ...]) -> Sheet | None:
    if not number or picture is None:
        return None
    return Sheet(number, picture, tuple(_mark(at, region, picture) for at, region in enumerate(regions, 1)))


def _mark(number: int, region: Region, picture: Picture) -> Mark:
    left = max(region.left * picture.width // 1000 - _PADDING, 2)
    top = max(region.top * picture.height // 1000 - _PADDING, 2)
    right = min(region.right * picture.width // 1000 + _PADDING, picture.width - 2)
    bottom = min(region.bottom * picture.height // 1000 + _PADDING, picture.height - 2)
    beside = left - _RADIUS - 2
    return Mark(
        number,
        left,
        top,
        max(right - left, 1),
        max(bottom - top, 1),
        beside if beside > _RADIUS else left + _RADIUS,
        max(top + 2, _RADIUS + 2),
        where(region),
    )


_ROWS = (Sentence("上部", "top"), Sentence("中部", "middle"), Sentence("下部", "bottom"))
_COLUMNS = (Sentence("左侧", "left"), Sentence("中间", "centre"), Sentence("右侧", "right"))


def where(region: Region) -> Sentence:
    """The place on the page in words, for who does not see the outline."""
    wide, high = region.right - region.left > _WHOLE, region.bottom - region.top > _WHOLE
    if wide and high:
        return Sentence("整页", "the whole page")
    row = _ROWS[min((region.top + region.bottom) // 2 * 3 // 1000, 2)]
    column = _COLUMNS[min((region.left + region.right) // 2 * 3 // 1000, 2)]
    if wide:
        return Sentence(f"页面{row.zh}", f"{row.en} of the page")
    if high:
        return Sentence(f"页面{column.zh}", f"{column.en} of the page")
    return Sentence(f"页面{row.zh}{column.zh}", f"{row.en} {column.en} of the page")
