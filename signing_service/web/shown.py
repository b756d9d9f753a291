"""What a party sees of a document before it signs: its places outlined on the pages, and the seal as it will stand there."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from signing_service.domain.documents import SignatoryRole
from signing_service.pipeline.pictures import Layout, Place, Strip
from signing_service.storage.public_register import ROLES


@dataclass(frozen=True, slots=True)
class Signatory:
    """A line of who signs where."""

    role: SignatoryRole
    name_zh: str
    name_en: str
    state: str
    """filled, mine or open"""
    page: int
    """From 1; 0 for one that shows nothing."""


def signatories(places: Sequence[Place], mine: Collection[SignatoryRole]) -> list[Signatory]:
    """In the order in which they sign; ``mine``: the roles whose turn it is with whoever looks."""
    return [_signatory(place, is_mine=place.role in mine) for place in places]


def _signatory(place: Place, *, is_mine: bool) -> Signatory:
    name = ROLES[place.role]
    state = "filled" if place.filled else "mine" if is_mine else "open"
    return Signatory(place.role, name.zh, name.en, state, place.page + 1 if place.width else 0)


def overlay(shown: Layout, page: int, mine: Collection[SignatoryRole], face: Any) -> Markup:
    """The open field outlined where it is on the page, with the seal as it will stand there."""
    width, height = shown.pages[page]
    parts = [Markup('<svg class="places" viewBox="0 0 {} {}" aria-hidden="true">').format(width, height)]
    for place in shown.places:
        if place.page != page or not place.width or place.role not in mine:
            continue
        if face is not None:
            left = place.left + (place.width - face.width_pt) / 2
            top = place.top + (place.height - face.height_pt) / 2
            parts.append(_at(face, left, top))
        parts.append(
            Markup('<rect class="mine" x="{}" y="{}" width="{}" height="{}" rx="4"/>').format(
                place.left, place.top, place.width, place.height
            )
        )
    parts += [_strip_at(face, strip) for strip in shown.strips if strip.place.page == page and strip.place.role in mine]
    parts.append(Markup("</svg>"))
    return Markup("").join(parts)


def _at(face: Any, left: float, top: float) -> Markup:
    """The seal in points, inside the drawing of the page."""
    head, body = face.svg.split(">", 1)
    box = head[head.index("viewBox") :]
    opened = (
        f'<svg class="preview" x="{left:.2f}" y="{top:.2f}" width="{face.width_pt:.2f}" height="{face.height_pt:.2f}" '
    )
    return Markup(opened + box + ">" + body)  # noqa: S704  our own drawing, numbers and paths only


def _strip_at(face: Any, strip: Strip) -> Markup:
    """The strip of the seal at the edge of the page (骑缝章), cut at its place."""
    place = strip.place
    outline = Markup('<rect class="mine" x="{}" y="{}" width="{}" height="{}"/>').format(
        place.left, place.top, place.width, place.height
    )
    if face is None:
        return outline
    opened = Markup('<svg x="{}" y="{}" width="{}" height="{}" viewBox="{} 0 {} {}" preserveAspectRatio="xMaxYMid">')
    width = face.width_pt / strip.of
    seen = opened.format(
        place.left, place.top, place.width, place.height, strip.share * width, width, face.height_pt
    )  # fmt: skip
    return seen + _at(face, 0, 0) + Markup("</svg>") + outline


def true_size(face: Any) -> Markup:
    return Markup(face.svg) if face else Markup("")  # noqa: S704  our own drawing
