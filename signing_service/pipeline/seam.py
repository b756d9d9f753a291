"""骑缝章: a seal across the right edges of all pages, a strip of it on each, so that no page can be exchanged unseen.

Every strip is a signature field of its own, laid before anybody signs, and the one signature of the role is the value
of them all: one revision fills them, a strip never shows without the signature, and no field has two places
(ISO 32000-2, 12.7.5.5: a signature field never refers to more than one annotation). Laid over with the right edges in
line, as sheets are fanned out under a stamp, the strips of a group of pages make the whole seal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from signing_service.domain.documents import POINTS_PER_MM, Box, SignatoryRole, Slice
from signing_service.domain.seals import ENTERPRISE_SEAL_MM
from signing_service.pipeline.appearance import Appearance
from signing_service.pipeline.templates import FEWEST_PAGES

_NAME = re.compile(r"([a-z_]+)_seam_(\d{1,4})_(\d{1,3})_(\d{1,3})")


def slices(pages: int, most: int, width: float, height: float) -> tuple[Slice, ...]:
    """A strip for every page of a document of ``width`` x ``height`` points; none for one page.

    More pages than ``most`` are split into groups of consecutive pages that differ by one page at most, each with a
    whole seal. A strip ends at the edge of the page, in the middle of its height, and is as wide as its share of the
    seal: at most half of it, which is the margin.
    """
    if pages < FEWEST_PAGES:
        return ()
    side = ENTERPRISE_SEAL_MM * POINTS_PER_MM
    bottom = (height - side) / 2
    return tuple(
        Slice(Box(page, round(width - side / of, 3), round(bottom, 3), width, round(bottom + side, 3)), place, of)
        for page, (place, of) in enumerate(_shares(pages, most))
    )


def _shares(pages: int, most: int) -> Iterator[tuple[int, int]]:
    """Of each page: which strip it carries, from 0, and of how many."""
    count = -(-pages // most)
    if pages < FEWEST_PAGES * count:
        count = pages // FEWEST_PAGES
    for group in range(count):
        of = pages // count + (group < pages % count)
        yield from ((place, of) for place in range(of))


# ---- the field


def field_name(role: SignatoryRole, one: Slice) -> str:
    """``employer_seam_7_2_4``: on page 7 the second of four strips."""
    return f"{role.value}_seam_{one.box.page + 1}_{one.place + 1}_{one.of}"


def share_of(name: str) -> tuple[SignatoryRole, int, int] | None:
    """The role whose seal a field carries a strip of, which strip from 0, and of how many; None for another field."""
    found = _NAME.fullmatch(name)
    if found is None or found[1] not in set(SignatoryRole):
        return None
    place, of = int(found[3]) - 1, int(found[4])
    return (SignatoryRole(found[1]), place, of) if 0 <= place < of and of >= FEWEST_PAGES else None


# ---- what it shows


def strip(
    appearance: Appearance, seal: int, at: tuple[float, float], size: tuple[float, float], place: int, of: int
) -> bytes:
    """A form XObject of ``size``: the strip of a seal that ends at its right border.

    ``seal`` is the number of the form that shows the whole seal, and ``at`` where the seal's lower left corner lies in
    it: however many pages there are, the seal is in the file once.
    """
    width, height = size
    share = appearance.width_pt / of
    left = width - share * (place + 1)
    bottom = (height - appearance.height_pt) / 2
    content = b"q %.3f 0 %.3f %.3f re W n 1 0 0 1 %.3f %.3f cm /Seal Do Q" % (
        width - share, share, height, left - at[0], bottom - at[1],
    )  # fmt: skip
    return (
        b"<</Type/XObject/Subtype/Form/BBox[0 0 %.2f %.2f]/Resources<</XObject<</Seal %d 0 R>>>>/Length %d>>\nstream\n%s\nendstream"
        % (width, height, seal, len(content), content)
    )
