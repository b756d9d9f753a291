"""How a careful forger writes: incremental updates with the trailer of the original, so that only the attack is new."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf

from tests.security import attacks

Attack = Callable[[bytes], bytes]
Edit = Callable[[Pdf], list[Object]]


class NotPossible(Exception):
    """This file has not what the attack needs, such as an attachment."""


ATTACKS: dict[str, tuple[str, Attack]] = {}
"""Class and function of every attack, by class and name."""


def is_attack(attack_class: str, name: str) -> Callable[[Attack], Attack]:
    def keep(attack: Attack) -> Attack:
        whole = f"{attack_class}: {name}"
        assert whole not in ATTACKS
        ATTACKS[whole] = attack_class, attack
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


HELVETICA = {"/Type": Name.Font, "/Subtype": Name.Type1, "/BaseFont": Name("/Helvetica-Bold")}
FORGED = b"q 1 g 60 400 400 60 re f 0 g BT /Fx 24 Tf 72 420 Td (FORGED 9999) Tj ET Q"


def _with_font(pdf: Pdf, page: Object) -> list[Object]:
    """A font called /Fx in the resources of a page; returns what was touched besides the page."""
    resources = page.Resources
    if "/Font" not in resources:
        resources[Name.Font] = Dictionary()
    resources.Font[Name("/Fx")] = Dictionary(HELVETICA)
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


# ---- the last signature


def last(data: bytes) -> tuple[int, int, int]:
    _, start, end, rest = attacks.byte_ranges(data)[-1]
    return start, end, rest


def set_range(data: bytes, text: bytes) -> bytes:
    """The range of the last signature rewritten, where it has the room."""
    match = list(attacks.BYTE_RANGE.finditer(data))[-1]
    if len(text) > match.end() - match.start():
        raise NotPossible
    return attacks.set_byte_range(data, text)


def signature_edit(change: Callable[[Object], None]) -> Attack:
    """An update that replaces the dictionary of the last signature."""

    def edit(pdf: Pdf) -> list[Object]:
        value = last_field(pdf).V
        change(value)
        return [value]

    return lambda data: updated(data, edit)


def last_field(pdf: Pdf) -> Object:
    filled = [field for field in pdf.Root.AcroForm.Fields if "/V" in field and isinstance(field.V, Dictionary)]
    return max(filled, key=lambda field: int(field.V.ByteRange[2]) + int(field.V.ByteRange[3]))


def without(key: str) -> Callable[[Object], None]:
    def change(value: Object) -> None:
        del value[key]

    return change


def with_entry(key: str, made: object) -> Callable[[Object], None]:
    def change(value: Object) -> None:
        value[key] = made

    return change
