"""Attacks on where a signature stands and what it covers: incremental saving, wrapping, forgery, tails and tables."""

from __future__ import annotations

import io
import re
import zlib

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf

from tests.security import attacks
from tests.security.corpus_writing import (
    FORGED,
    forged_content,
    forged_page,
    is_attack,
    last,
    last_field,
    set_range,
    signature_edit,
    stream,
    trailer_of,
    updated,
    with_entry,
    without,
    written,
)

# ---- incremental saving


for _table in ("proper", "none", "old", "same"):
    is_attack("ISA", f"page rewritten, table {_table}")(
        lambda data, table=_table: updated(data, forged_page, table=table)
    )
    is_attack("ISA", f"content replaced, table {_table}")(
        lambda data, table=_table: updated(data, forged_content, table=table)
    )


@is_attack("ISA", "catalog and page tree anew, no table")
def _(data: bytes) -> bytes:
    return _second_catalog(data, table="none")


@is_attack("ISA", "catalog and page tree anew, trailer without table")
def _(data: bytes) -> bytes:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        trailer = trailer_of(pdf, None, 9_100, root=b"9000 0 R")
    return _second_catalog(data, table="none") + b"trailer\n" + trailer + b"\n%%EOF\n"


@is_attack("ISA", "catalog and page tree anew, proper table")
def _(data: bytes) -> bytes:
    return _second_catalog(data, table="proper")


def _second_catalog(data: bytes, table: str) -> bytes:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        form = pdf.Root.AcroForm.unparse()
        trailer = trailer_of(pdf, attacks.last_startxref(data), 9_100, root=b"9000 0 R")
    bodies = {
        (9000, 0): b"<< /Type /Catalog /Pages 9001 0 R /AcroForm " + form + b" >>",
        (9001, 0): b"<< /Type /Pages /Count 1 /Kids [9002 0 R] >>",
        (9002, 0): b"<< /Type /Page /Parent 9001 0 R /MediaBox [0 0 595 842] /Contents 9003 0 R"
        b" /Resources << /Font << /Fx << /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold >> >> >> >>",
        (9003, 0): b"<< /Length %d >>\nstream\n%s\nendstream" % (len(FORGED), FORGED),
    }
    return written(data, bodies, trailer, attacks.last_startxref(data), table=table)


@is_attack("ISA", "page tree replaced in place, no table")
def _(data: bytes) -> bytes:
    def edit(pdf: Pdf) -> list[Object]:
        page = pdf.make_indirect(
            Dictionary(Type=Name.Page, Parent=pdf.Root.Pages, MediaBox=Array([0, 0, 595, 842]), Resources=Dictionary())
        )
        page.Contents = stream(pdf, b"0 0 300 300 re f")
        pdf.Root.Pages.Kids = Array([page])
        pdf.Root.Pages.Count = 1
        return [pdf.Root.Pages, page, page.Contents]

    return updated(data, edit, table="none")


@is_attack("ISA", "object after the end, no end mark")
def _(data: bytes) -> bytes:
    return updated(data, forged_content, table="none")[:-1] + b"  "


@is_attack("ISA", "a table in the middle that Prev leads back to")
def _(data: bytes) -> bytes:
    altered = updated(data, forged_content)
    return altered + altered[len(data) :]


# ---- wrapping


@is_attack("SWA", "second part moved, forged object in the gap")
def _(data: bytes) -> bytes:
    start, end, rest = last(data)
    number = attacks.page_content_number(data)
    forged = b"\n%d 0 obj\n%s\nendobj\n" % (number, attacks.other_content())
    moved = data[:end] + forged + data[end:]
    return set_range(moved, b"/ByteRange [0 %d %d %d]" % (start, end + len(forged), rest))


@is_attack("SWA", "second part relocated to the end, padded gap")
def _(data: bytes) -> bytes:
    start, end, rest = last(data)
    gap = b"00" * 400
    moved = data[: end - 1] + gap + data[end - 1 :]
    return set_range(moved, b"/ByteRange [0 %d %d %d]" % (start, end + len(gap), rest))


@is_attack("SWA", "second part copied behind a forged file end")
def _(data: bytes) -> bytes:
    start, end, rest = last(data)
    altered = updated(data, forged_content)
    moved = altered + data[end : end + rest]
    return set_range(moved, b"/ByteRange [0 %d %d %d]" % (start, len(altered), rest))


@is_attack("SWA", "a second ByteRange in the same dictionary")
def _(data: bytes) -> bytes:
    start, end, rest = last(data)
    match = list(attacks.BYTE_RANGE.finditer(data))[-1]
    text = b"/ByteRange [0 %d %d %d]" % (start, end, rest)
    doubled = text + b"/ByteRange[0 1 2 3]"
    if len(doubled) > match.end() - match.start():
        return data[: match.start()] + text + b"/ByteRange [0 1 2 3]" + data[match.end() :]
    return set_range(data, doubled)


@is_attack("SWA", "range begins later")
def _(data: bytes) -> bytes:
    start, end, rest = last(data)
    return set_range(data, b"/ByteRange [1 %d %d %d]" % (start - 1, end, rest))


@is_attack("SWA", "range ends earlier")
def _(data: bytes) -> bytes:
    start, end, rest = last(data)
    return set_range(data, b"/ByteRange [0 %d %d %d]" % (start, end, rest - 9))


@is_attack("SWA", "the range points into another file, whole behind this one")
def _(data: bytes) -> bytes:
    altered = updated(data, forged_content)
    return altered + b"\n" + data


# ---- universal forgery


_RANGES = {
    "missing": b"",
    "null": b"/ByteRange null",
    "empty": b"/ByteRange []",
    "three numbers": b"/ByteRange [0 10 20]",
    "five numbers": b"/ByteRange [0 10 20 30 40]",
    "two numbers": b"/ByteRange [0 10]",
    "negative": b"/ByteRange [0 -10 20 30]",
    "all negative": b"/ByteRange [-1 -1 -1 -1]",
    "overlapping": b"/ByteRange [0 900 100 999]",
    "beyond the file": b"/ByteRange [0 10 20 99999999]",
    "zeros": b"/ByteRange [0 0 0 0]",
    "nothing but the head": b"/ByteRange [0 9 9 9]",
    "floats": b"/ByteRange [0.0 1.5 20.5 30.5]",
    "names": b"/ByteRange [/a /b /c /d]",
    "a string": b"/ByteRange (0 10 20 30)",
    "a number": b"/ByteRange 7",
    "a dictionary": b"/ByteRange <</a 1>>",
    "a reference to itself": b"/ByteRange [1 0 R 1 0 R]",
}
for _name, _text in _RANGES.items():
    is_attack("USF", f"ByteRange {_name}")(lambda data, text=_text: set_range(data, text))


def _set_contents(data: bytes, text: bytes) -> bytes:
    start, end, _ = last(data)
    return data[:start] + text[: end - start].ljust(end - start) + data[end:]


_CONTENTS = {
    "null": b" null",
    "empty": b"<>",
    "0x00": b"<00>",
    "0x30": b"<30>",
    "garbage": b"<" + b"DEADBEEF" * 32 + b">",
    "a literal string": b"(abc)",
    "a number": b" 12",
    "a name": b"/Nothing",
    "an array": b"[<30>]",
    "a reference": b" 1 0 R",
    "a truncated CMS": b"<3082FFFF06092A864886F70D010702>",
    "a CMS without signers": b"<300F06092A864886F70D010702A0023000>",
}
for _name, _text in _CONTENTS.items():
    is_attack("USF", f"Contents {_name}")(lambda data, text=_text: _set_contents(data, text))


@is_attack("USF", "Contents missing")
def _(data: bytes) -> bytes:
    start, end, _ = last(data)
    at = data.rindex(b"/Contents", 0, start + 1)
    return data[:at] + b" " * (end - at) + data[end:]


@is_attack("USF", "Contents of zeros")
def _(data: bytes) -> bytes:
    return attacks.set_contents(data, b"")


for _key in ("/ByteRange", "/Contents", "/Filter", "/SubFilter", "/Type"):
    is_attack("USF", f"update: {_key} taken out")(signature_edit(without(_key)))


is_attack("USF", "update: SubFilter unknown")(signature_edit(with_entry("/SubFilter", Name("/Nobody.knows"))))
is_attack("USF", "update: Filter unknown")(signature_edit(with_entry("/Filter", Name("/Nobody.knows"))))
is_attack("USF", "update: signature of another type")(signature_edit(with_entry("/Type", Name("/Nothing"))))


@is_attack("USF", "SubFilter unknown in the signed bytes")
def _(data: bytes) -> bytes:
    return data.replace(b"/ETSI.CAdES.detached", b"/GM.sm2seal.detached")


@is_attack("USF", "V is null")
def _(data: bytes) -> bytes:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        field = last_field(pdf)
        told = re.sub(rb"/V \d+ 0 R", b"/V null", field.unparse(resolved=True))
        trailer = trailer_of(pdf, attacks.last_startxref(data), int(pdf.trailer.Size))
        return written(data, {(int(field.objgen[0]), 0): told}, trailer, attacks.last_startxref(data))


@is_attack("USF", "V is an empty dictionary")
def _(data: bytes) -> bytes:
    def edit(pdf: Pdf) -> list[Object]:
        field = last_field(pdf)
        field.V = Dictionary()
        return [field]

    return updated(data, edit)


# ---- behind the end


_TAILS = {
    "zeros": b"\0" * 64,
    "spaces": b"   ",
    "line ends": b"\n\n\n",
    "a comment": b"% nothing to see\n",
    "an end mark": b"%%EOF\n",
    "an object": b"7 0 obj\n<< /Type /Nothing >>\nendobj\n",
    "a startxref": b"startxref\n0\n%%EOF\n",
    "text": b"FORGED",
    "a kilobyte of zeros": b"\0" * 1024,
    "a zip": b"PK\3\4" + b"\0" * 60,
}
for _name, _text in _TAILS.items():
    is_attack("behind the end", _name)(lambda data, text=_text: data + text)


@is_attack("behind the end", "a second file")
def _(data: bytes) -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(out)
    return data + out.getvalue()


@is_attack("behind the end", "the same file once more")
def _(data: bytes) -> bytes:
    return data + data


@is_attack("behind the end", "another file before it")
def _(data: bytes) -> bytes:
    return b"%PDF-1.4\n% first\n" + data


# ---- tables


@is_attack("tables", "Prev of the update leads to itself")
def _(data: bytes) -> bytes:
    altered = updated(data, forged_content)
    start = attacks.last_startxref(altered)
    old = b"/Prev %d" % attacks.last_startxref(data)
    at = altered.rindex(old)
    return altered[:at] + b"/Prev %d" % start + altered[at + len(old) :]


@is_attack("tables", "Prev of the update skips the last revision")
def _(data: bytes) -> bytes:
    altered = updated(data, forged_content)
    first = int(re.findall(rb"startxref\s+(\d+)", data)[0])
    old = b"/Prev %d" % attacks.last_startxref(data)
    at = altered.rindex(old)
    return altered[:at] + b"/Prev %d" % first + altered[at + len(old) :]


@is_attack("tables", "hybrid: an XRefStm hides another content")
def _(data: bytes) -> bytes:
    """Readers that know cross-reference streams take the content from it, others do not (ISO 32000-1, 7.5.8.4)."""
    number = attacks.page_content_number(data)
    out = bytearray(data)
    content_at = len(out)
    out += b"%d 0 obj\n%s\nendobj\n" % (number, attacks.other_content())
    stream_at = len(out)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        size = int(pdf.trailer.Size)
        trailer = trailer_of(pdf, attacks.last_startxref(data), size + 1)
        root = int(pdf.Root.objgen[0])
    entry = b"\1" + content_at.to_bytes(4, "big") + b"\0"
    out += (
        b"%d 0 obj\n<< /Type /XRef /Size %d /W [1 4 1] /Index [%d 1] /Root %d 0 R /Length %d >>\nstream\n%s\nendstream\nendobj\n"
        % (size, size + 1, number, root, len(entry), entry)
    )
    table_at = len(out)
    hybrid = trailer[:-2] + b" /XRefStm %d >>" % stream_at
    out += b"xref\n0 0\ntrailer\n%s\nstartxref\n%d\n%%%%EOF\n" % (hybrid, table_at)
    return bytes(out)


def _closed_by_a_stream(out: bytearray, number: int, head: bytes, index: bytes, rows: bytes) -> bytes:
    """``rows`` and the stream's own entry in a cross-reference stream, and the end of the file."""
    start = len(out)
    rows += b"\1" + start.to_bytes(4, "big") + b"\0"
    out += b"%d 0 obj\n%s /Type /XRef /W [1 4 1] /Index [%s] /Length %d >>\nstream\n%s\nendstream\nendobj\n" % (
        number,
        head.removesuffix(b">>"),
        index,
        len(rows),
        rows,
    )
    return bytes(out) + b"startxref\n%d\n%%%%EOF\n" % start


@is_attack("tables", "the update is a cross-reference stream")
def _(data: bytes) -> bytes:
    number = attacks.page_content_number(data)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        size = int(pdf.trailer.Size)
        head = trailer_of(pdf, attacks.last_startxref(data), size + 1)
    out = bytearray(data)
    row = b"\1" + len(out).to_bytes(4, "big") + b"\0"
    out += b"%d 0 obj\n%s\nendobj\n" % (number, attacks.other_content())
    return _closed_by_a_stream(out, size, head, b"%d 1 %d 1" % (number, size), row)


@is_attack("tables", "an object stream brings another content dictionary")
def _(data: bytes) -> bytes:
    """The page dictionary in an object stream, with a page content of its own."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        page = pdf.pages[0].obj
        number = int(page.objgen[0])
        size = int(pdf.trailer.Size)
        told = re.sub(rb"/Contents (\[[^\]]*\]|\d+ \d+ R)", b"/Contents %d 0 R" % size, page.unparse(resolved=True))
        head = trailer_of(pdf, attacks.last_startxref(data), size + 3)
    out = bytearray(data)
    rows = b"\2" + (size + 1).to_bytes(4, "big") + b"\0"
    rows += b"\1" + len(out).to_bytes(4, "big") + b"\0"
    out += b"%d 0 obj\n%s\nendobj\n" % (size, attacks.other_content())
    index = b"%d 0 " % number
    packed = zlib.compress(index + told)
    rows += b"\1" + len(out).to_bytes(4, "big") + b"\0"
    out += b"%d 0 obj\n<< /Type /ObjStm /N 1 /First %d /Filter /FlateDecode /Length %d >>\n" % (
        size + 1,
        len(index),
        len(packed),
    )
    out += b"stream\n%s\nendstream\nendobj\n" % packed
    return _closed_by_a_stream(out, size + 2, head, b"%d 1 %d 3" % (number, size), rows)
