"""A licence is one page on which everything has its place, and nothing comes near the QR."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import pikepdf
from reportlab.pdfgen.canvas import Canvas

from signing_service.domain.errors import Problem
from signing_service.pipeline.blocks import PHOTO, items_of, photo_of
from signing_service.pipeline.fonts import Fonts
from signing_service.pipeline.guilloche import draw_licence_frame
from signing_service.pipeline.templates import Face, Mark, Style, TextStyle
from signing_service.pipeline.typeset import Pen, baseline, fit

RULE_GAP = 1.0
"""Between a value and the hairline under it, in mm; the lines of a list are ruled at their leading."""

Background = Callable[[Canvas, float, float, str], None]
"""Draws on a canvas of a width and a height in points, from a seed."""

BACKGROUNDS: Mapping[str, Background] = {"guilloche": draw_licence_frame}


@lru_cache(maxsize=32)
def background(name: str, width: float, height: float, seed: str) -> bytes:
    """A page of ``width`` x ``height`` points as a PDF without fonts.

    Drawn once per process: its lines take longer to compute than all the text of a licence.
    """
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(width, height), invariant=1, pageCompression=1)
    BACKGROUNDS[name](canvas, width, height, seed)
    canvas.save()
    with pikepdf.open(out) as pdf:
        page = pdf.pages[0].obj
        page.Contents = pdf.make_stream(_without_text(pdf.pages[0]))
        for form in page.Resources.XObject.values():
            form.write(_without_text(form))
        for resources in (page.Resources, *(form.Resources for form in page.Resources.XObject.values())):
            if "/Font" in resources:
                del resources["/Font"]
        plain = io.BytesIO()
        pdf.save(plain, deterministic_id=True)
    return plain.getvalue()


def _without_text(content: pikepdf.Object | pikepdf.Page) -> bytes:
    """Without the font that every content begins with, which would then have to be embedded."""
    instructions = pikepdf.parse_content_stream(content)
    kept = [one for one in instructions if str(one.operator) not in {"BT", "ET", "Tf", "TL"}]
    return pikepdf.unparse_content_stream(kept)


def draw_fixed(face: Face, pen: Pen, style: Style, fonts: Fonts) -> None:
    """Draw what every licence of the edition shows: labels, hairlines, sentences. Raises Problem GLYPH_MISSING."""
    for mark in face.marks:
        left, top = mark.at
        base = style.texts[mark.style]
        if mark.label:
            label = style.texts[mark.label_style]
            # label and value stand on one baseline whatever their sizes
            pen.label(label, mark.label, left, top + baseline(base) - baseline(label), mark.label_width)
        if _is_fixed(mark):
            _draw_words(mark, pen, style, fonts, {})
        if mark.rule and _is_one_line(mark, base):
            pen.horizontal(left, left + mark.width, top + base.leading + RULE_GAP)


def draw_facts(face: Face, pen: Pen, style: Style, fonts: Fonts, facts: Mapping[str, Any]) -> None:
    """Draw what differs from licence to licence, and the photo.

    Raises Problem FACT_MISSING, FACT_INVALID, GLYPH_MISSING, or FACT_TOO_LONG when a value does not fit its place
    even in the smallest type.
    """
    for mark in face.marks:
        if not _is_fixed(mark):
            _draw_words(mark, pen, style, fonts, facts)
    if face.photo:
        pen.photo(photo_of(face.photo.fact, facts), *face.photo_at, *PHOTO)


def _is_fixed(mark: Mark) -> bool:
    return not mark.rows and not mark.value.slots


def _is_one_line(mark: Mark, base: TextStyle) -> bool:
    """Its hairline stands where it stands, whatever the value."""
    return not mark.rows and round(mark.height / base.leading) == 1


def _draw_words(mark: Mark, pen: Pen, style: Style, fonts: Fonts, facts: Mapping[str, Any]) -> None:
    left, top = mark.at
    base = style.texts[mark.style]
    text_style, lines = _fitted(mark, style, fonts, facts)
    # words set smaller stay on the baseline of their label
    first = top + baseline(base) - baseline(text_style)
    pen.lines(text_style, lines, left + mark.label_width, first, mark.width - mark.label_width, mark.align)
    if mark.rule and not _is_one_line(mark, base):
        for number in range(1, 1 + (len(lines) if mark.rows else 1)):
            under = number * base.leading if mark.rows else len(lines) * base.leading + RULE_GAP
            pen.horizontal(left, left + mark.width, top + under)


def _fitted(mark: Mark, style: Style, fonts: Fonts, facts: Mapping[str, Any]) -> tuple[TextStyle, list[str]]:
    base = style.texts[mark.style]
    most = round(mark.height / base.leading)
    room = mark.width - mark.label_width
    if mark.rows:
        text = "\n".join(mark.value.fill({**facts, **item}) for item in items_of(mark.rows, facts, mark.label))
    else:
        text = mark.value.fill(facts, mark.label)
    fitted, lines = fit(text, room, base, fonts, style.smallest, most)
    if len(lines) > most:
        names = "、".join([mark.rows] if mark.rows else [slot.name for slot in mark.value.slots] or [text])
        raise Problem(
            "FACT_TOO_LONG",
            f"“{mark.label or names}”（{names}）过长，证照上放不下，文件未生成。请核对内容；确需全文的，请联系平台调整模板。",
            f"The value of {names} is too long for its place on the licence, so the document was not made. "
            "Check it; if all of it is needed, ask the platform to change the template.",
            fact=names,
        )
    return fitted, lines
