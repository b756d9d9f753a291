"""Drawings for tests: plain vectors, as a drawing program plots them, and the file of the program itself."""

from __future__ import annotations

import io

import pikepdf

MM = 72 / 25.4


def drawing(
    number: str, *, width: float = 297, height: float = 210, rotate: int = 0, title_block: bool = True
) -> bytes:
    """A page in mm with frame, title block in the lower right corner, and lines that ``number`` makes its own."""
    own = sum(number.encode())
    parts = [f"1 w 25 10 {width - 35:.2f} {height - 20:.2f} re S"]
    if title_block:
        parts += [
            f"0.3 w {width - 80:.2f} {10 + 4 * row} 70 4 re S {width - 80:.2f} {10 + 4 * row} 68 3 re f"
            for row in range(10)
        ]
    parts += [f"{30 + step} {height - 60} m {60 + own % 40 + step} {height - 20} l S" for step in range(0, 60, 6)]
    content = f"q {MM:.6f} 0 0 {MM:.6f} 0 0 cm 0 G 0 g\n" + "\n".join(parts) + "\nQ"
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(width * MM, height * MM))
        page = pdf.pages[0]
        page.obj.Contents = pdf.make_stream(content.encode())
        if rotate:
            page.obj.Rotate = rotate
        out = io.BytesIO()
        pdf.save(out, deterministic_id=True)
        return out.getvalue()


def dwg(number: str) -> bytes:
    return b"AC1027\x00\x00\x00\x00\x00" + number.encode() * 40
