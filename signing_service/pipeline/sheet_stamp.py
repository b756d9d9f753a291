"""A drawing that somebody else drew is made ready for its seals: code, 查验码 and signature fields near its title block.

The file came through ``intake``'s rules and is looked through again. It is written anew: turned upright, so that seals
stand as the page is read, with the block where the page is emptiest, as near to the lower right corner as may be (where
the title block is, GB/T 50001, 3.2). Same input, same bytes. Lengths in mm unless they say points.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
from PIL import Image

from signing_service.domain.documents import POINTS_PER_MM, Box, SignablePdf, SignatoryRole, SignatureArea
from signing_service.domain.errors import Problem
from signing_service.pipeline.intake import refuse_active, with_fields
from signing_service.pipeline.outlines import SANS, Outline, open_face, to_pdf
from signing_service.pipeline.prove import PDFIUM
from signing_service.pipeline.stamp import QUIET_ZONE, qr_matrix

MARGIN = 12.0
"""Inside the frame, which stands 10 mm from the edge (GB/T 50001, 3.1)."""
GAP = 2.0
CODE = (32.0, 38.0)
"""QR with its white border, and the 查验码 under it."""
SEAL = (44.0, 44.0)
PRACTISING_SEAL = (64.0, 38.0)
"""As wide as the widest and as high as the highest of all professions, with a millimetre around."""
LEAST_SIDE = 2 * MARGIN + PRACTISING_SEAL[0] + GAP + SEAL[0]
"""A page has to be so large on each side that the block finds room."""
STEP = 10.0
"""Between two places that are tried."""
EMPTY = 0.002
"""A place with less ink than this part of it is as good as white."""
INK = 200
"""Of 255; darker is ink."""
CAPTION = 2.3
"""Height of the letters under the code."""

Cells = tuple[tuple[float, float, float, float], ...]
"""Left, bottom, width, height of each cell within a block: the code's first, then each role's in its order."""


@dataclass(frozen=True, slots=True)
class Block:
    """A way to arrange code and seals."""

    width: float
    height: float
    cells: Cells


def stamp_sheet(
    upload: bytes, address: str, check_code: str, roles: Sequence[SignatoryRole], fonts_folder: Path
) -> SignablePdf:
    """The drawing with its code and a field for each role on the first page, in their order; the last one locks.

    Raises Problem UPLOAD_UNREADABLE, UPLOAD_ACTIVE, UPLOAD_SIGNED as ``intake.take_in``, SHEET_TOO_SMALL.
    """
    try:
        with pikepdf.open(io.BytesIO(upload)) as pdf:
            refuse_active(pdf)
            page = pdf.pages[0]
            width, height = _upright(pdf, page)
            left, bottom, block = _place(_plain(pdf), width, height, _blocks(roles))
            _draw_code(pdf, page, address, check_code, left, bottom, block, fonts_folder)
            data = _plain(pdf)
    except (pikepdf.PdfError, pikepdf.PasswordError):
        raise Problem(
            "UPLOAD_UNREADABLE",
            "无法读取该图纸；请用原软件重新导出为 PDF 后上传。",
            "This drawing cannot be read: export it again as a PDF and upload that.",
        ) from None
    areas = [
        SignatureArea(role, _box(left + x, bottom + y, w, h))
        for role, (x, y, w, h) in zip(roles, block.cells[1:], strict=True)
    ]
    return SignablePdf(with_fields(data, areas), tuple(roles))


def _plain(pdf: pikepdf.Pdf) -> bytes:
    """With plain tables, which updates can follow."""
    out = io.BytesIO()
    pdf.save(
        out,
        deterministic_id=True,
        object_stream_mode=pikepdf.ObjectStreamMode.disable,
        compress_streams=False,
        stream_decode_level=pikepdf.StreamDecodeLevel.none,
    )
    return out.getvalue()


def _box(left: float, bottom: float, width: float, height: float) -> Box:
    scale = POINTS_PER_MM
    return Box(0, left * scale, bottom * scale, (left + width) * scale, (bottom + height) * scale)


# ---- the page


def _upright(pdf: pikepdf.Pdf, page: pikepdf.Page) -> tuple[float, float]:
    """Turn the page as it is read, its lower left corner at the origin; its width and height in mm."""
    left, bottom, right, top = _sides(page.cropbox)
    turned = int(_inherited(page, "/Rotate") or 0) % 360
    if page.obj.get("/Annots"):
        pdf.generate_appearance_streams()
        pdf.flatten_annotations("all")
    matrix = {
        0: (1, 0, 0, 1, -left, -bottom),
        90: (0, -1, 1, 0, -bottom, right),
        180: (-1, 0, 0, -1, right, top),
        270: (0, 1, -1, 0, top, -left),
    }[turned]
    page.contents_add(
        b"q %s cm\n" % " ".join(f"{one:.4f}".rstrip("0").rstrip(".") for one in matrix).encode(), prepend=True
    )
    page.contents_add(b"\nQ")
    width, height = right - left, top - bottom
    if turned in (90, 270):
        width, height = height, width
    for box in ("/CropBox", "/TrimBox", "/BleedBox", "/ArtBox"):
        if box in page.obj:
            del page.obj[box]
    page.obj.MediaBox = pikepdf.Array([0, 0, round(width, 4), round(height, 4)])
    page.obj.CropBox = page.obj.MediaBox  # one that is inherited would cut it otherwise
    page.obj.Rotate = 0
    return width / POINTS_PER_MM, height / POINTS_PER_MM


def _sides(box: pikepdf.Array) -> tuple[float, float, float, float]:
    x1, y1, x2, y2 = (float(side) for side in box)
    return min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)


def _inherited(page: pikepdf.Page, name: str) -> Any:
    node: pikepdf.Object | None = page.obj
    for _ in range(32):
        if node is None:
            break
        if name in node:
            return node[name]
        node = node.get("/Parent")
    return None


# ---- where it goes


def _blocks(roles: Sequence[SignatoryRole]) -> tuple[Block, ...]:
    """Side by side, one above the other, and in two columns; seals towards the inside, the code in the corner."""
    sizes = [CODE, *(PRACTISING_SEAL if role is SignatoryRole.REGISTERED_PERSON else SEAL for role in roles)]
    return (_row(sizes), _column(sizes), _square(sizes))


def _row(sizes: Sequence[tuple[float, float]]) -> Block:
    width = sum(w for w, _ in sizes) + GAP * (len(sizes) - 1)
    cells, right = [], width
    for w, h in sizes:
        cells.append((right - w, 0.0, w, h))
        right -= w + GAP
    return Block(width, max(h for _, h in sizes), tuple(cells))


def _column(sizes: Sequence[tuple[float, float]]) -> Block:
    width, bottom, cells = max(w for w, _ in sizes), 0.0, []
    for w, h in sizes:
        cells.append((width - w, bottom, w, h))
        bottom += h + GAP
    return Block(width, bottom - GAP, tuple(cells))


def _square(sizes: Sequence[tuple[float, float]]) -> Block:
    lower, upper = _row(sizes[:2]), _row(sizes[2:])
    width = max(lower.width, upper.width)
    shifted = [
        *((x + width - lower.width, y, w, h) for x, y, w, h in lower.cells),
        *((x + width - upper.width, y + lower.height + GAP, w, h) for x, y, w, h in upper.cells),
    ]
    return Block(width, lower.height + GAP + upper.height, tuple(shifted))


def _place(data: bytes, width: float, height: float, blocks: Sequence[Block]) -> tuple[float, float, Block]:
    """The first place that is as good as white, nearest to the lower right corner; else the one with least ink."""
    picture = _ink_of(data)
    scale = picture.width / width
    best: tuple[float, float, float, Block] | None = None
    for left, bottom, block in sorted(_places(width, height, blocks), key=lambda one: _distance(one, width)):
        top = height - bottom - block.height
        corner = (left * scale, top * scale, (left + block.width) * scale, (top + block.height) * scale)
        shares = picture.crop(tuple(round(side) for side in corner)).histogram()  # type: ignore[arg-type]
        ink = shares[255] / max(sum(shares), 1)
        if ink < EMPTY:
            return left, bottom, block
        if best is None or ink < best[0]:
            best = (ink, left, bottom, block)
    if best is None:
        raise Problem(
            "SHEET_TOO_SMALL",
            f"图幅过小，放不下二维码和印章；幅面每边须不小于 {LEAST_SIDE:.0f} 毫米。",
            f"The page is too small for code and seals: each side has to be {LEAST_SIDE:.0f} mm at least.",
        )
    return best[1:]


def _ink_of(data: bytes) -> Image.Image:
    """The first page, a pixel about a millimetre; 255 is ink."""
    with PDFIUM:
        document = pypdfium2.PdfDocument(data)
        try:
            drawn = document[0].render(scale=1 / POINTS_PER_MM, grayscale=True).to_pil()
        finally:
            document.close()
    return drawn.convert("L").point([255 if value < INK else 0 for value in range(256)])


def _places(width: float, height: float, blocks: Sequence[Block]) -> Iterator[tuple[float, float, Block]]:
    """Along the lower and the right edge, and above a title block that fills the corner."""
    for block in blocks:
        across, up = width - 2 * MARGIN - block.width, height - 2 * MARGIN - block.height
        if across < 0 or up < 0:
            continue
        for step in range(int(across // STEP) + 1):
            yield width - MARGIN - block.width - step * STEP, MARGIN, block
        for step in range(1, int(up // STEP) + 1):
            yield width - MARGIN - block.width, MARGIN + step * STEP, block


def _distance(one: tuple[float, float, Block], width: float) -> float:
    left, bottom, block = one
    return (width - left - block.width) + bottom


# ---- what is drawn


def _draw_code(
    pdf: pikepdf.Pdf,
    page: pikepdf.Page,
    address: str,
    check_code: str,
    left: float,
    bottom: float,
    block: Block,
    fonts_folder: Path,
) -> None:
    """On white, whatever was there; letters as outlines, so that the drawing's fonts are not touched."""
    x, y, width, height = block.cells[0]
    x, y = x + left, y + bottom
    matrix = qr_matrix(address)
    count = len(matrix)
    module = width / (count + 2 * QUIET_ZONE)
    dark = "".join(
        f"{x + (QUIET_ZONE + column) * module:.4f} {y + height - (QUIET_ZONE + row + 1) * module:.4f} "
        f"{length * module:.4f} {module:.4f} re\n"
        for row, line in enumerate(matrix)
        for column, length in _dark_runs(line)
    )
    caption = to_pdf(_letters(f"查验码 {check_code}", x + 1.5, y + 1.8, width - 3, fonts_folder))
    drawn = (
        f"q {POINTS_PER_MM:.6f} 0 0 {POINTS_PER_MM:.6f} 0 0 cm\n1 g {x:.3f} {y:.3f} {width:.3f} {height:.3f} re f\n"
        f"0 g\n{dark}f\n{caption}\nQ\n"
    )
    page.contents_add(pdf.make_stream(zlib.compress(drawn.encode("ascii"), 9), Filter=pikepdf.Name.FlateDecode))


def _dark_runs(line: bytes) -> Iterator[tuple[int, int]]:
    """Column and length of every run of dark modules."""
    start = None
    for column, value in enumerate((*line, 255)):
        if value == 0 and start is None:
            start = column
        elif value and start is not None:
            yield start, column - start
            start = None


def _letters(text: str, left: float, baseline: float, room: float, fonts_folder: Path) -> Iterator[Outline]:
    """In one line, narrowed where it would not fit."""
    face = open_face(fonts_folder, SANS)
    glyphs = [face.glyph(character) for character in text]
    natural = sum(glyph.advance / glyph.units_per_em for glyph in glyphs) * CAPTION
    narrowed = min(1.0, room / natural)
    for glyph in glyphs:
        scale = CAPTION / glyph.units_per_em
        yield Outline(glyph.commands, (scale * narrowed, 0.0, 0.0, scale, left, baseline))
        left += glyph.advance * scale * narrowed
