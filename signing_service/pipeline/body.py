"""A document before it is a file: pages drawn, fields laid, nothing written; then one file, written in one go.

Rendering, stamping and laying out each add to a body. It is written once, with the first signature already in it
where there is one, so that nothing has to be read back, changed and saved again. Same body, same bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from isal.isal_zlib import crc32

from signing_service.domain.documents import Body, Box, SignatoryRole, SignatureArea, Slice
from signing_service.pipeline.fonts import Fonts
from signing_service.pipeline.glyphs import Type, set_type
from signing_service.pipeline.increment import Hole, Update, append_hole, write_byte_range
from signing_service.pipeline.pdfa import OUTPUT_INTENT, PLAIN, WITH_DATA, Card, output_profile
from signing_service.pipeline.plate import FIRST, Plate
from signing_service.pipeline.record import embedded_record, record_entries, record_specification
from signing_service.pipeline.seam import field_name
from signing_service.pipeline.sheet import Drawing
from signing_service.pipeline.syntax import deflated, number, stream

HEADER = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
CATALOG, PAGES, INFO, METADATA, PROFILE = range(1, FIRST)
"""The numbers of the objects that every file of ours has."""

_END_OF_OBJECT = b"\nendobj\n"

PRINT_AND_LOCKED = 4 | 128
SIGNATURES_EXIST_APPEND_ONLY = 1 | 2


@dataclass(frozen=True, slots=True)
class Page:
    """``width`` and ``height`` in points; the drawings lie one over the other."""

    width: float
    height: float
    drawings: tuple[Drawing, ...]


@dataclass(frozen=True, slots=True)
class Filling:
    """The first signature, to be written together with the document."""

    role: SignatoryRole
    head: bytes
    """The signature dictionary up to its /Contents."""
    room: int
    """Bytes kept for the CMS."""
    face: bytes | None
    """The appearance: a form XObject of the extent of the field; None where nothing is shown."""
    strip: Callable[[int, Slice], bytes] | None = None
    """Makes the appearance of a strip of the seam, given the number of ``face``."""


@dataclass(frozen=True, eq=False)
class DocumentBody:
    """All that a file of ours consists of."""

    pages: tuple[Page, ...]
    fonts: Fonts
    card: Card
    plate: Plate | None = None
    """Lies under the first page."""
    record: bytes | None = None
    fields: tuple[SignatureArea, ...] = ()
    """In the order of signing; the last one locks."""

    @cached_property
    def data(self) -> bytes:
        return _Writing(self).finished()

    def __eq__(self, other: object) -> bool:
        if isinstance(other, bytes):
            return self.data == other
        return self.data == other.data if isinstance(other, DocumentBody) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.data)

    def drawn_over(self, drawings: Iterable[tuple[int, Drawing]], made_at: datetime) -> DocumentBody:
        """With a further drawing on each of the pages that are named, from 0; dated ``made_at``."""
        over = dict(drawings)
        pages = (
            replace(page, drawings=(*page.drawings, over[place])) if place in over else page
            for place, page in enumerate(self.pages)
        )
        return replace(self, pages=tuple(pages), card=replace(self.card, made_at=made_at))

    def with_fields(self, fields: tuple[SignatureArea, ...]) -> DocumentBody:
        return replace(self, fields=fields)

    def signed(self, filling: Filling) -> Update:
        """The file with the field of ``filling.role`` filled but for the CMS, which goes into the hole."""
        writing = _Writing(self, filling)
        data = writing.finished()
        return Update(data, writing.hole)


def unwritten(body: Body) -> DocumentBody:
    """The body that our own pipeline made. Raises TypeError for any other."""
    if not isinstance(body, DocumentBody):
        raise TypeError("only a document that is not written yet takes what is drawn or laid")
    return body


def rectangle(box: Box | None) -> tuple[float, float, float, float]:
    """Of a field, as it is written: to a hundredth of a point. A field that shows nothing has no extent."""
    return tuple(round(value, 2) for value in (box.left, box.bottom, box.right, box.top)) if box else (0, 0, 0, 0)  # type: ignore[return-value]


class _Writing:
    """One body on its way to a file."""

    def __init__(self, body: DocumentBody, filling: Filling | None = None) -> None:
        self.body = body
        self.filling = filling
        self.hole = Hole(0, 0)
        self.face = 0
        """The number of the appearance that the first signature has."""
        self.strips: dict[tuple[bool, int, int], int] = {}
        """Strips that look alike are one object, whatever their pages."""
        self.objects: list[bytes] = [b""] * (FIRST - 1)
        """By their numbers, which count from 1."""

    def add(self, item: bytes) -> int:
        self.objects.append(item)
        return len(self.objects)

    def put(self, place: int, item: bytes) -> None:
        self.objects[place - 1] = item

    def finished(self) -> bytes:
        body = self.body
        if body.plate:
            self.objects += body.plate.objects
        kids = [self.add(b"") for _ in body.pages]
        drawings = [drawing for page in body.pages for drawing in page.drawings]
        stock = body.plate.type if body.plate else None
        type_ = set_type(drawings, body.fonts, len(self.objects) + 1, stock)
        self.objects += type_.objects
        signature = len(self.objects) + 1 if self.filling else 0
        if signature:
            self.add(b"")
        fields = [self._field(area, kids, signature) for area in body.fields]
        strips = [self._strip(area, one, kids, signature) for area in body.fields for one in area.seam]
        self._pages(kids, type_, fields, strips)
        fields += strips
        self.put(CATALOG, self._catalog(self._record(), fields, signature))
        self.put(PAGES, b"<</Type/Pages/Kids[%s]/Count %d>>" % (_references(kids), len(kids)))
        self.put(INFO, body.card.info)
        self.put(METADATA, body.card.metadata(PLAIN if body.record is None else WITH_DATA))
        self.put(PROFILE, output_profile())
        return self._file(signature)

    def _pages(self, kids: list[int], type_: Type, fields: list[int], strips: list[int]) -> None:
        annotations: dict[int, list[int]] = {}
        for area, field in zip(self.body.fields, fields, strict=True):
            annotations.setdefault(_page_of(area), []).append(field)
        seams = (one.box.page for area in self.body.fields for one in area.seam)
        for page_of_strip, field in zip(seams, strips, strict=True):
            annotations.setdefault(page_of_strip, []).append(field)
        # what is drawn on many pages is one and the same object here, too
        shared: dict[int, int] = {}
        for place, (kid, page) in enumerate(zip(kids, self.body.pages, strict=True)):
            images = {
                name: shared.get(id(image)) or shared.setdefault(id(image), self.add(image))
                for drawing in page.drawings
                for name, image in drawing.images
            }
            content = type_.operators(page.drawings)
            if place == 0 and self.body.plate:
                images["Plate"] = self.body.plate.form
                content = b"/Plate Do\n" + content
            names = b"".join(b"/%s %d 0 R" % (name.encode("ascii"), one) for name, one in images.items())
            self.put(
                kid,
                b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 %s %s]/Resources<</Font<<%s>>/XObject<<%s>>>>/Contents %d 0 R%s>>"
                % (
                    PAGES, number(page.width).encode("ascii"), number(page.height).encode("ascii"), type_.resources, names,
                    self.add(deflated(b"", content)),
                    b"/Annots[%s]" % _references(annotations[place]) if place in annotations else b"",
                ),
            )  # fmt: skip

    def _field(self, area: SignatureArea, kids: list[int], signature: int) -> int:
        left, bottom, right, top = rectangle(area.box)
        filling = self.filling if self.filling and self.filling.role is area.role else None
        entries = b"/V %d 0 R" % signature if filling else b""
        if area.box:
            # PDF/A-2, 6.3.3: a widget that can be seen has an appearance, even an empty one
            shown = filling.face if filling and filling.face else _empty(right - left, top - bottom)
            face = self.add(shown)
            if filling and filling.face:
                self.face = face
            entries += b"/AP<</N %d 0 R>>" % face
        if area is self.body.fields[-1]:
            entries += b"/Lock %d 0 R" % self.add(b"<</Type/SigFieldLock/Action/All/P 1>>")
        return self._widget(area.role.value, kids[_page_of(area)], (left, bottom, right, top), entries)

    def _strip(self, area: SignatureArea, one: Slice, kids: list[int], signature: int) -> int:
        """A field of the seam; its value is the signature that fills the role's own field."""
        left, bottom, right, top = rectangle(one.box)
        filling = self.filling if self.filling and self.filling.role is area.role else None
        entries = b"/V %d 0 R" % signature if filling else b""
        if filling and filling.strip and self.face:
            shown = filling.strip(self.face, one)
        else:
            shown = _empty(right - left, top - bottom)
        key = (filling is not None, one.place, one.of)
        drawn = self.strips.get(key) or self.strips.setdefault(key, self.add(shown))
        entries += b"/AP<</N %d 0 R>>" % drawn
        return self._widget(field_name(area.role, one), kids[one.box.page], (left, bottom, right, top), entries)

    def _widget(self, name: str, page: int, corners: tuple[float, float, float, float], entries: bytes) -> int:
        return self.add(
            b"<</Type/Annot/Subtype/Widget/FT/Sig/T(%s)/F %d/P %d 0 R/Rect[%s]%s>>"
            % (name.encode("ascii"), PRINT_AND_LOCKED, page, " ".join(map(number, corners)).encode("ascii"), entries)
        )

    def _record(self) -> bytes:
        if self.body.record is None:
            return b""
        embedded = self.add(embedded_record(self.body.record, self.body.card.made_at))
        return record_entries(self.add(record_specification(embedded)))

    def _catalog(self, entries: bytes, fields: list[int], signature: int) -> bytes:
        if fields:
            form = self.add(b"<</Fields[%s]/SigFlags %d>>" % (_references(fields), SIGNATURES_EXIST_APPEND_ONLY))
            # EN 319 142-1, 6.3: the developer extension that PAdES signatures announce
            entries += b"/AcroForm %d 0 R/Extensions<</ESIC<</BaseVersion/1.7/ExtensionLevel 2>>>>" % form
        if signature:
            entries += b"/Perms<</DocMDP %d 0 R>>" % signature
        return (
            b"<</Type/Catalog/Pages %d 0 R/Lang(zh-CN)/Metadata %d 0 R/PageMode/UseNone"
            b"/ViewerPreferences<</DisplayDocTitle true>>%s%s>>"
            % (PAGES, METADATA, OUTPUT_INTENT % PROFILE, entries)
        )  # fmt: skip

    def _file(self, signature: int) -> bytes:
        """Put together once: a file that grows piece by piece would be copied again and again."""
        parts: list[bytes | bytearray] = [HEADER]
        rows = [b"0000000000 65535 f \n"]
        at = len(HEADER)
        signed, byte_range_at = bytearray(), 0
        for place, item in enumerate(self.objects, 1):
            rows.append(b"%010d 00000 n \n" % at)
            if place == signature and self.filling:
                hole, byte_range_at = append_hole(signed, place, self.filling.head, self.filling.room)
                self.hole = Hole(at + hole.start, at + hole.end)
                parts.append(signed)
                at += len(signed)
            else:
                opening = b"%d 0 obj\n" % place
                parts += (opening, item, _END_OF_OBJECT)
                at += len(opening) + len(item) + len(_END_OF_OBJECT)
        name = self._name()
        parts.append(
            b"xref\n0 %d\n%strailer\n<</Size %d/Root %d 0 R/Info %d 0 R/ID[<%s><%s>]>>\nstartxref\n%d\n%%%%EOF\n"
            % (len(rows), b"".join(rows), len(rows), CATALOG, INFO, name, name, at)
        )
        if signature:
            write_byte_range(signed, byte_range_at, self.hole, at + len(parts[-1]))
        return b"".join(parts)

    def _name(self) -> bytes:
        """The file's identifier (ISO 32000-1, 14.4): it tells files apart, and nobody relies on it for more.

        Made from all but the plate, whose edition the card names.
        """
        plate = FIRST - 1 + len(self.body.plate.objects if self.body.plate else ())
        told = [self.objects[INFO - 1], *[b"%x" % crc32(item) for item in self.objects[plate:]]]
        if self.filling:
            told.append(self.filling.head)
        return hashlib.sha256(b"".join(told)).hexdigest()[:32].encode("ascii")


def _empty(width: float, height: float) -> bytes:
    extent = b"/BBox[0 0 %s %s]" % (number(width).encode("ascii"), number(height).encode("ascii"))
    return stream(b"/Type/XObject/Subtype/Form" + extent, b"")


def _page_of(area: SignatureArea) -> int:
    """A field that shows nothing belongs to the first page."""
    return area.box.page if area.box else 0


def _references(numbers: Iterable[int]) -> bytes:
    return b" ".join(b"%d 0 R" % one for one in numbers)
