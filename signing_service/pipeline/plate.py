"""What never changes on a licence is made once per edition: its background, its labels, the sentences under them.

Like a printer's plate it lies ready, as objects of a PDF, and every licence of the edition is printed over it.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import pikepdf

from signing_service.domain.documents import POINTS_PER_MM, TemplateId
from signing_service.pipeline.fonts import SANS, SERIF, Fonts
from signing_service.pipeline.glyphs import Type, set_stock
from signing_service.pipeline.licence_face import background, draw_fixed
from signing_service.pipeline.sheet import Sheet
from signing_service.pipeline.syntax import deflated_well, number
from signing_service.pipeline.templates import Face, Template
from signing_service.pipeline.typeset import Pen

FIRST = 6
"""The number of a plate's first object: a file's own come before it."""


STOCK = {SERIF: "0123456789X年月日", SANS: "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ.- 查验码"}
"""Characters of most values, by face: they lie ready in the fonts of the plate."""


@dataclass(frozen=True, slots=True)
class Plate:
    """Objects numbered from ``FIRST``; the last of them is the form XObject that draws it all."""

    objects: tuple[bytes, ...]
    type: Type
    """Its fonts, with which values are set too as far as they reach."""

    @property
    def form(self) -> int:
        return FIRST + len(self.objects) - 1


_made: dict[tuple[TemplateId, Path], tuple[Template, Plate]] = {}


def plate_of(template: Template, fonts: Fonts) -> Plate | None:
    """The plate of a licence, made when it is first asked for; a form or notice has none.

    An edition that was read again is the same edition as long as it says the same.
    """
    if template.face is None:
        return None
    key = template.template_id, fonts.folder
    known = _made.get(key)
    if known is None or known[0] != template:
        known = _made[key] = template, _make(template, template.face, fonts)
    return known[1]


def _make(template: Template, face: Face, fonts: Fonts) -> Plate:
    width, height = (side * POINTS_PER_MM for side in template.page)
    with pikepdf.open(io.BytesIO(background(face.background, width, height, str(template.template_id)))) as pdf:
        page = pdf.pages[0].obj
        lines = page.Contents.read_bytes()
        forms = _Copies(FIRST)
        names = b"".join(
            b"%s %s" % (name.encode("ascii"), forms.of(form)) for name, form in page.Resources.XObject.items()
        )
        objects = forms.objects
    sheet = Sheet()
    pen = Pen.of(template, fonts, sheet)
    draw_fixed(face, pen, template.style, fonts)
    pen.finish()
    drawing = sheet.done()
    type_ = set_stock(drawing, _stock(template, face), fonts, FIRST + len(objects))
    content = b"q\n%s\nQ\n%s" % (lines, type_.operators([drawing]))
    entries = b"/Type/XObject/Subtype/Form/BBox[0 0 %s %s]/Resources<</XObject<<%s>>/Font<<%s>>>>" % (
        number(width).encode("ascii"), number(height).encode("ascii"), names, type_.resources
    )  # fmt: skip
    return Plate((*objects, *type_.objects, deflated_well(entries, content)), type_)


def _stock(template: Template, face: Face) -> dict[str, str]:
    """What values consist of besides the facts in them."""
    stock = dict(STOCK)
    for mark in face.marks:
        style = template.style.texts[mark.style]
        stock[style.face] = stock.get(style.face, "") + "".join(
            part for part in mark.value.parts if isinstance(part, str)
        )
    return stock


class _Copies:
    """Objects of another file under numbers of our own, streams compressed as well as can be."""

    def __init__(self, first: int) -> None:
        self.objects: list[bytes] = []
        self._first = first
        self._numbers: dict[tuple[int, int], int] = {}

    def of(self, item: pikepdf.Object) -> bytes:
        """The object as it stands inside another: itself, or a reference to its copy."""
        # the library gives numbers as Python's own
        if not getattr(item, "is_indirect", False):
            return self._written(item)
        if item.objgen not in self._numbers:
            written = self._written(item)
            self._numbers[item.objgen] = self._first + len(self.objects)
            self.objects.append(written)
        return b"%d 0 R" % self._numbers[item.objgen]

    def _written(self, item: pikepdf.Object) -> bytes:
        if isinstance(item, pikepdf.Stream):
            kept = {name: value for name, value in item.items() if name not in ("/Length", "/Filter", "/DecodeParms")}
            return deflated_well(self._entries(kept), item.read_bytes())
        if isinstance(item, pikepdf.Dictionary):
            return b"<<%s>>" % self._entries(dict(item.items()))
        if isinstance(item, pikepdf.Array):
            return b"[%s]" % b" ".join(self.of(value) for value in item)
        return pikepdf.Array([item]).unparse().strip()[1:-1].strip()

    def _entries(self, entries: dict[str, pikepdf.Object]) -> bytes:
        return b"".join(b"%s %s" % (name.encode("ascii"), self.of(value)) for name, value in sorted(entries.items()))
