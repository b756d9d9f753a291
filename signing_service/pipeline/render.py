"""The facts of a dossier become a page: measured first, then broken into pages, then drawn.

The same facts, edition and moment make the same bytes, so a document can be named by its hash before anybody signs it.
Nothing is signed or stamped here; what comes back says where the QR and the signatures will go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from signing_service.domain.dates import day_in_shanghai
from signing_service.domain.documents import POINTS_PER_MM, Box, RenderedPdf, SignatureArea
from signing_service.pipeline.blocks import Piece, PlacedArea, Setting, pieces_of, up
from signing_service.pipeline.body import DocumentBody, Page
from signing_service.pipeline.fonts import Fonts
from signing_service.pipeline.licence_face import draw_facts
from signing_service.pipeline.pdfa import Card
from signing_service.pipeline.plate import plate_of
from signing_service.pipeline.seam import slices
from signing_service.pipeline.sheet import Drawing, Sheet
from signing_service.pipeline.templates import MADE_ON, Closing, Face, Heading, Template, TextStyle
from signing_service.pipeline.typeset import Pen, break_lines, fit, width_of

Drawn = tuple[list[Drawing], list[Box], list[SignatureArea]]
"""Page by page what is drawn; the zones of the QR; the areas that show."""

YES = "yes"
RUNNING_HEAD = 7.5
FOOTER_GAP = 2.5
TITLE_AIR = 5.0
NOTE_GAP = 5.0


@dataclass(slots=True)
class _Page:
    """Pieces and the places of their tops, in mm from the top of the page."""

    placed: list[tuple[float, Piece]] = field(default_factory=list)

    def areas(self) -> Iterator[tuple[float, PlacedArea]]:
        return ((top, area) for top, piece in self.placed for area in piece.areas)


def render(
    template: Template, facts: Mapping[str, Any], fonts: Fonts, made_at: datetime, record: bytes | None = None
) -> RenderedPdf:
    """Draw ``facts`` as ``template`` says: PDF/A, byte for byte the same for the same input.

    ``record`` is data that travels in the file.

    ``made_on``, the day of ``made_at`` in Shanghai, is a fact of every document. A photo is a JPEG, in bytes or
    base64. Raises Problem FACT_MISSING, FACT_INVALID, FACT_TOO_LONG or GLYPH_MISSING, naming what is wrong.
    """
    known = {**facts, MADE_ON: day_in_shanghai(made_at)}
    drawings, zones, areas = (
        _draw_licence(template, template.face, known, fonts) if template.face else _draw_pages(template, known, fonts)
    )
    areas += [SignatureArea(role, None) for role in template.invisible]
    order = template.roles
    width, height = (side * POINTS_PER_MM for side in template.page)
    if template.seam and facts.get(template.seam.chosen_by) == YES:
        strips = slices(len(drawings), template.seam.most_pages, width, height)
        areas = [replace(area, seam=strips) if area.role is template.seam.role else area for area in areas]
    return RenderedPdf(
        body=DocumentBody(
            pages=tuple(Page(width, height, (drawing,)) for drawing in drawings),
            fonts=fonts,
            card=Card(template.title, template.subject.fill(known), str(template.template_id), made_at),
            plate=plate_of(template, fonts),
            record=record,
        ),
        template=template.template_id,
        title=template.title,
        page_count=len(drawings),
        qr_zones=tuple(zones),
        areas=tuple(sorted(areas, key=lambda area: order.index(area.role))),
    )


def _box(page: int, template: Template, left: float, top: float, width: float, height: float) -> Box:
    page_height = template.page[1]
    points = (left, page_height - top - height, left + width, page_height - top)
    return Box(page, *(round(value * POINTS_PER_MM, 3) for value in points))


# --- licences -----------------------------------------------------------------------------------------------------


def _draw_licence(template: Template, face: Face, facts: Mapping[str, Any], fonts: Fonts) -> Drawn:
    """What differs from licence to licence; the rest is on the edition's plate."""
    sheet = Sheet()
    pen = Pen.of(template, fonts, sheet)
    draw_facts(face, pen, template.style, fonts, facts)
    pen.finish()
    zone = _box(0, template, *face.qr_at, face.qr_side, face.qr_side + template.style.code_height)
    areas = [SignatureArea(area.role, _box(0, template, *area.at, *area.size)) for area in face.areas]
    return [sheet.done()], [zone], areas


# --- forms and notices --------------------------------------------------------------------------------------------


def _draw_pages(template: Template, facts: Mapping[str, Any], fonts: Fonts) -> Drawn:
    setting = Setting(template.style, fonts, facts, template.page[0])
    pieces = [_title(template, setting)]
    for number, block in enumerate(template.blocks, 1):
        if isinstance(block, Closing):
            # a seal never stands on a page without a line of what it seals
            pieces[-1] = replace(pieces[-1], keep_with_next=True)
        pieces += pieces_of(block, setting, number)
    pages = _paginate(pieces, template)
    drawings, zones, areas = [], [], []
    for number, page in enumerate(pages):
        sheet = Sheet()
        pen = Pen.of(template, fonts, sheet)
        _draw_page(page, pen, setting)
        if number:
            _draw_running_head(template, pen, setting)
        zones.append(_draw_footer(template, pen, setting, number, len(pages)))
        areas += [
            SignatureArea(one.role, _box(number, template, one.left, top + one.top, one.width, one.height))
            for top, one in page.areas()
        ]
        pen.finish()
        drawings.append(sheet.done())
    return drawings, zones, areas


def _title(template: Template, setting: Setting) -> Piece:
    note = setting.text("heading")
    lines = [line for heading in template.heading for line in _heading_lines(heading, setting)]
    right_note = template.right_note.fill(setting.facts)
    room = setting.width - width_of(right_note, note, setting.fonts) - NOTE_GAP
    left_notes = break_lines(template.left_note.fill(setting.facts), room, note, setting.fonts)
    below = len(left_notes) * note.leading + 1.5 if left_notes != [""] or right_note else 0.0
    height = up(sum(style.leading for style, _ in lines) + TITLE_AIR + below)

    def draw(pen: Pen, top: float) -> None:
        y = top
        for style, line in lines:
            pen.text(style, line, setting.left, y, setting.width, "centre")
            y += style.leading
        pen.lines(note, left_notes, setting.left, top + height - below, room)
        pen.text(note, right_note, setting.left, top + height - below, setting.width, "right")

    return Piece(height, draw, keep_with_next=True)


def _heading_lines(heading: Heading, setting: Setting) -> Iterator[tuple[TextStyle, str]]:
    text, style = heading.text.fill(setting.facts), setting.text(heading.style)
    fitted, lines = fit(text, setting.width, style, setting.fonts, setting.style.smallest)
    return ((fitted, line) for line in lines)


def _paginate(pieces: Sequence[Piece], template: Template) -> list[_Page]:
    style = template.style
    bottom = template.page[1] - style.bottom - style.qr_side - style.code_height - FOOTER_GAP
    pages, y = [_Page()], style.top
    whole = bottom - style.top - RUNNING_HEAD
    for run in _runs(pieces, whole):
        height = sum(piece.height for piece in run)
        if y + height > bottom + 0.01 and pages[-1].placed:
            pages.append(_Page())
            y = style.top + RUNNING_HEAD
            if run[0].header:
                run = [run[0].header, *run]  # noqa: PLW2901 - the header belongs to this page's run
        for piece in run:
            pages[-1].placed.append((y, piece))
            y += piece.height
    return pages


def _runs(pieces: Iterable[Piece], whole: float) -> Iterator[list[Piece]]:
    """Pieces that are kept together; what is higher than a whole page is let go."""
    run: list[Piece] = []
    for piece in pieces:
        if run and sum(one.height for one in run) + piece.height > whole:
            yield run
            run = []
        run.append(piece)
        if not piece.keep_with_next:
            yield run
            run = []
    if run:
        yield run


def _draw_page(page: _Page, pen: Pen, setting: Setting) -> None:
    for top, piece in page.placed:
        piece.draw(pen, top)
    for top, height in _frames(page):
        pen.frame(setting.left, top, setting.width, height)


def _frames(page: _Page) -> Iterator[tuple[float, float]]:
    """Top and height of each run of pieces that share a frame."""
    start, height, shared = 0.0, 0.0, 0
    for top, piece in page.placed:
        if piece.framed != shared:
            if shared:
                yield start, height
            start, height, shared = top, 0.0, piece.framed
        height += piece.height
    if shared:
        yield start, height


def _draw_running_head(template: Template, pen: Pen, setting: Setting) -> None:
    """The title, and beside it, where there is room, what stands below the title on the first page."""
    style, note = setting.text("note"), template.left_note.fill(setting.facts)
    pen.text(style, template.title, setting.left, setting.style.top)
    room = setting.width - width_of(template.title, style, setting.fonts) - NOTE_GAP
    if width_of(note, style, setting.fonts) <= room:
        pen.text(style, note, setting.left, setting.style.top, setting.width, "right")
    pen.horizontal(setting.left, setting.left + setting.width, setting.style.top + style.leading)


def _draw_footer(template: Template, pen: Pen, setting: Setting, number: int, count: int) -> Box:
    """The page number, and the sentence beside the QR's zone, which stays empty."""
    style, note = setting.style, setting.text("note")
    foot = template.page[1] - style.bottom
    side, zone_height = style.qr_side, style.qr_side + style.code_height
    room = setting.width - side - 5.0
    pen.text(note, style.page_number.format(page=number + 1, pages=count), setting.left, foot - note.leading)
    pen.text(note, style.sentence, setting.left, foot - note.leading, room, "right")
    pen.horizontal(setting.left, setting.left + room, foot - note.leading - 1.5)
    return _box(number, template, template.page[0] - style.right - side, foot - zone_height, side, zone_height)
