"""What a seal or signature shows on the page (印模): drawn by rule, at true size, as vectors without fonts.

A seal is ink: it is transparent and multiplies with what it lies on, so that text under it stays as black as it
was. The national emblem is never drawn; an authority's seal carries the five-pointed star.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

import pikepdf

from signing_service.domain.documents import POINTS_PER_MM
from signing_service.domain.practising import Profession, Shape
from signing_service.domain.seals import SEAL_RED, SealArtwork, SealKind
from signing_service.pipeline.ink import ink
from signing_service.pipeline.outlines import (
    Command,
    Outline,
    combine,
    emboldened,
    frame,
    open_face,
    polygon,
    ring,
    rotation_about,
    scaled,
    star,
    to_pdf,
    to_svg,
)
from signing_service.pipeline.seal_layout import RING_MM, STAR_RADIUS_MM, Letter, letters_of

OPACITY = 0.8
"""At most 0.8 (domain text, §7), so that what lies under a seal can be read."""

INK = "#16213A"

GRAPHICS_STATE: Mapping[str, str | float] = MappingProxyType({"ca": OPACITY, "CA": OPACITY, "BM": "Multiply"})
"""What the content calls ``/GS0``; the caller puts it into the resources of the form XObject."""

_INKED = 0.018
"""Strokes are thickened by this part of a character's height: a cut seal is stronger than a printed page."""

_GRID_MM = 0.005
"""Outlines stand on a grid as fine as the best printers' dots; finer ones only make every signed file longer."""

_BRACKETS = "（）()"
"""Their ink lies at one side of the em box; on an arc it is centred, or the name would fall apart."""

_WIDEST = 1.2
"""A character is never drawn wider than 1.2 times its proportion."""


@dataclass(frozen=True, slots=True)
class Appearance:
    """Ready to be put into a form XObject with ``/BBox [0 0 width_pt height_pt]``."""

    width_pt: float
    height_pt: float
    content: bytes
    """Content stream operators; of resources they need ``/GS0`` alone."""
    svg: str
    """The same for a web page: a whole ``svg`` element of the true size."""

    @property
    def resources(self) -> Mapping[str, Mapping[str, Mapping[str, str | float]]]:
        return {"ExtGState": {"GS0": GRAPHICS_STATE}}


@lru_cache(maxsize=256)
def draw(artwork: SealArtwork, fonts_folder: Path) -> Appearance:
    """The appearance of a seal or signature; the same artwork gives the same bytes.

    Raises SEAL_NAME_LENGTH, SEAL_GLYPH_MISSING, FONTS_MISSING, and for a signature SIGNATURE_EMPTY,
    SIGNATURE_TOO_LONG or SIGNATURE_POINTS.
    """
    width, height = artwork.size_mm
    outlines = (*_figures(artwork), *(_glyph(letter, fonts_folder) for letter in letters_of(artwork)))
    colour = _colour_of(artwork)
    return Appearance(
        width_pt=width * POINTS_PER_MM,
        height_pt=height * POINTS_PER_MM,
        content=_content(outlines, colour, width, height),
        svg=_svg(outlines, colour, width, height),
    )


def _colour_of(artwork: SealArtwork) -> str:
    if artwork.kind is SealKind.PRACTISING:
        return artwork.practises.colour
    return INK if artwork.kind is SealKind.SIGNATURE else SEAL_RED


def to_pdf_page(appearance: Appearance) -> bytes:
    """A PDF of one page that shows the appearance and nothing else, for previews and print proofs."""
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(appearance.width_pt, appearance.height_pt))
        state = pikepdf.Dictionary(
            ca=OPACITY, CA=OPACITY, BM=pikepdf.Name("/" + str(GRAPHICS_STATE["BM"])), Type=pikepdf.Name.ExtGState
        )
        page = pdf.pages[0]
        page.obj.Resources = pikepdf.Dictionary(ExtGState=pikepdf.Dictionary(GS0=state))
        page.obj.Contents = pdf.make_stream(appearance.content)
        written = io.BytesIO()
        pdf.save(written, deterministic_id=True)
        return written.getvalue()


def _figures(artwork: SealArtwork) -> tuple[Outline, ...]:
    """Everything that is not text."""
    width, height = artwork.size_mm
    match artwork.kind:
        case SealKind.ENTERPRISE | SealKind.AUTHORITY:
            return (ring(width / 2, height / 2, RING_MM[artwork.kind]), star(STAR_RADIUS_MM))
        case SealKind.PLATFORM:
            return (ring(width / 2, height / 2, RING_MM[artwork.kind]),)
        case SealKind.NAME:
            return (frame(width, height, RING_MM[artwork.kind], corner=1.2),)
        case SealKind.PRACTISING:
            return _practising(artwork.practises)
        case SealKind.SIGNATURE:
            return ink(artwork.strokes, width, height)


def _practising(of: Profession) -> tuple[Outline, ...]:
    width, height = of.size
    inner_width, inner_height = of.inner
    match of.shape:
        case Shape.RECTANGLE:
            under_title = height / 2 - inner_height
            left, right = -width / 2 + of.line, width / 2 - of.line
            bar = (
                (left, under_title),
                (left, under_title - of.line),
                (right, under_title - of.line),
                (right, under_title),
            )
            return (frame(width, height, of.line, corner=0.8), polygon(bar))
        case Shape.DOUBLE_ELLIPSE:
            return (ring(width / 2, height / 2, of.line), ring(inner_width / 2, inner_height / 2, of.inner_line))
    return (ring(width / 2, height / 2, of.line),)


def _glyph(letter: Letter, fonts_folder: Path) -> Outline:
    """The character's outline in its cell: as high as the cell, compressed to its width, on the grid."""
    glyph = open_face(fonts_folder, letter.face).glyph(letter.character)
    if letter.figures:
        scale_y = letter.height / glyph.figure_height
        middle = glyph.figure_height / 2
    else:
        scale_y = letter.height / glyph.units_per_em
        middle = glyph.ascent - glyph.units_per_em / 2
    scale_x = min(letter.width / glyph.advance, _WIDEST * scale_y)
    strength = _INKED * min(letter.height, 1.6 * letter.width)
    drawn = emboldened(scaled(glyph.commands, scale_x / _GRID_MM, scale_y / _GRID_MM), strength / _GRID_MM)
    centre = _ink_centre(drawn) if letter.character in _BRACKETS else scale_x * glyph.advance / 2 / _GRID_MM
    whole = tuple((kind, tuple(float(round(value)) for value in values)) for kind, values in drawn)
    in_cell = (_GRID_MM, 0.0, 0.0, _GRID_MM, -centre * _GRID_MM, -scale_y * middle)
    return Outline(whole, combine(in_cell, rotation_about(letter.x, letter.y, letter.clockwise)))


def _ink_centre(commands: tuple[Command, ...]) -> float:
    across = [value for _, values in commands for value in values[::2]]
    return (min(across) + max(across)) / 2


def _content(outlines: tuple[Outline, ...], colour: str, width: float, height: float) -> bytes:
    red, green, blue = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    scale = POINTS_PER_MM
    opening = (
        f"q /GS0 gs {red:.4f} {green:.4f} {blue:.4f} rg\n"
        f"{scale:.6f} 0 0 {scale:.6f} {width / 2 * scale:.4f} {height / 2 * scale:.4f} cm\n"
    )
    return f"{opening}{to_pdf(outlines)}\nQ\n".encode("ascii")


def _svg(outlines: tuple[Outline, ...], colour: str, width: float, height: float) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}mm" height="{height:g}mm" '
        f'viewBox="0 0 {width:g} {height:g}" aria-hidden="true">'
        f'<g transform="matrix(1 0 0 -1 {width / 2:g} {height / 2:g})" fill="{colour}" fill-opacity="{OPACITY}">'
        f"{to_svg(outlines)}</g></svg>"
    )
