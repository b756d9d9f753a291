"""A file as its cross-reference tables say where everything in it stands, read without parsing the rest.

Another signature needs the catalog, one page, one field and the end of the file: some hundred bytes of a file of many.
Files of ours have plain tables (ISO 32000-1, 7.5.4), and so has every update that is appended to them.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from signing_service.domain.errors import Problem

Entries = dict[bytes, bytes]
"""A dictionary: each name with its ``/``, and its value as it is written."""

ObjectId = tuple[int, int]
"""Number and generation."""

Section = tuple[int, int, int]
"""First number, how many, and where their rows begin."""

MOST_TABLES: Final = 4096
"""Sections of the cross-reference that are followed; a file of ours has one for every update."""

_START = re.compile(rb"startxref\s+(\d+)\s+%%EOF\s*\Z")
_SECTION = re.compile(rb"\s*(\d+) (\d+)\s*[\r\n]+")
_OPENING = re.compile(rb"\s*(\d+) (\d+) obj\s*")
_IN_USE = re.compile(rb"(\d{10}) (\d{5}) n")
_REFERENCE = re.compile(rb"(\d+)\s+(\d+)\s+R(?![^\0\t\n\f\r ()<>\[\]{}/%])")
_SPACE = re.compile(rb"(?:[\0\t\n\f\r ]|%[^\r\n]*)*")
_ENTRY = re.compile(
    rb"(/[^\0\t\n\f\r ()<>\[\]{}/%]*)[\0\t\n\f\r ]*"
    rb"(?:(\d+ \d+ R(?![^\0\t\n\f\r ()<>\[\]{}/%])|/[^\0\t\n\f\r ()<>\[\]{}/%]*|[^\0\t\n\f\r ()<>\[\]{}/%]+)[\0\t\n\f\r ]*)?"
)
"""A name and, where it is a reference, a name or a plain word, its value."""
_BRACKET = re.compile(rb"<<|>>|[\[\](<]|%[^\r\n]*")
_PLAIN = re.compile(rb"[^\0\t\n\f\r ()<>\[\]{}/%]+")
_NAME = re.compile(rb"/[^\0\t\n\f\r ()<>\[\]{}/%]*")
_ROW: Final = 20
"""Bytes of a row of the table (7.5.4)."""
_END_IS_WITHIN: Final = 1024


def refused() -> Problem:
    return Problem(
        "FILE_STRUCTURE",
        "该 PDF 的结构不支持追加签名，请用本平台生成的文件。",
        "This PDF's structure cannot take a further signature: use the file made by this platform.",
    )


@dataclass(frozen=True)
class Written:
    """The bytes of a file and where its objects stand today. Raises Problem FILE_STRUCTURE for what has no tables."""

    data: bytes
    table_at: int
    """Where the newest table begins: what the next one names as /Prev."""
    sections: tuple[Section, ...]
    """Of all tables, the newest first."""
    trailer: Entries
    """Of the newest."""

    @classmethod
    def read(cls, data: bytes) -> Written:
        start = _START.search(data, max(0, len(data) - _END_IS_WITHIN))
        if start is None:
            raise refused()
        newest, sections, trailer = int(start[1]), list[Section](), None
        following, seen = newest, set[int]()
        while following not in seen and len(seen) < MOST_TABLES:
            seen.add(following)
            entries = _read_table(data, following, sections)
            if b"/XRefStm" in entries or b"/Encrypt" in entries:
                raise refused()
            trailer = trailer or entries
            if b"/Prev" not in entries:
                return cls(data, newest, tuple(sections), trailer)
            following = _number(entries[b"/Prev"])
        raise refused()

    @cached_property
    def root(self) -> ObjectId:
        return reference(self.trailer.get(b"/Root", b""))

    @cached_property
    def catalog(self) -> Entries:
        return self.dictionary(self.root)

    @property
    def size(self) -> int:
        """The first object number that is free."""
        return _number(self.trailer.get(b"/Size", b""))

    def dictionary(self, which: ObjectId) -> Entries:
        """The dictionary that is this object, or that a stream begins with."""
        return parsed(self.data, self._begins(which))[0]

    def resolved(self, value: bytes) -> Entries:
        """The dictionary that a value is or refers to."""
        return self.dictionary(reference(value)) if is_reference(value) else parsed(value, 0)[0]

    def array(self, value: bytes) -> list[bytes]:
        """The elements of an array, or of the array a value refers to."""
        if is_reference(value):
            begin = self._begins(reference(value))
            value = self.data[begin : _end_of_value(self.data, begin)]
        return elements(value)

    def stream(self, which: ObjectId) -> bytes:
        """What a stream holds; as it is or deflated. Raises Problem FILE_STRUCTURE for another filter."""
        entries, end = parsed(self.data, self._begins(which))
        begin = _past(self.data, b"stream", end)
        begin += 2 if self.data[begin : begin + 2] == b"\r\n" else 1
        length = entries.get(b"/Length", b"")
        if is_reference(length):
            at = self._begins(reference(length))
            length = self.data[at : _end_of_value(self.data, at)]
        held = self.data[begin : begin + _number(length)]
        match entries.get(b"/Filter"):
            case None:
                return held
            case b"/FlateDecode" | b"[/FlateDecode]" if b"/DecodeParms" not in entries:
                try:
                    return zlib.decompress(held)
                except zlib.error:
                    raise refused() from None
        raise refused()

    def fields(self) -> Iterator[tuple[ObjectId, Entries]]:
        """Every field of the form, in its order; none where there is no form."""
        if b"/AcroForm" not in self.catalog:
            return
        form = self.resolved(self.catalog[b"/AcroForm"])
        for field in self.array(form.get(b"/Fields", b"[]")):
            which = reference(field)
            yield which, self.dictionary(which)

    def first_page(self) -> ObjectId:
        """Where the tree of pages begins. Raises Problem FILE_STRUCTURE for a tree that has no leaf."""
        which = reference(self.catalog.get(b"/Pages", b""))
        for _ in range(32):
            node = self.dictionary(which)
            if b"/Kids" not in node:
                return which
            which = reference(next(iter(self.array(node[b"/Kids"])), b""))
        raise refused()

    def _begins(self, which: ObjectId) -> int:
        """Past ``obj``. Raises Problem FILE_STRUCTURE when the table leads elsewhere."""
        number, generation = which
        for first, count, at in self.sections:
            if first <= number < first + count:
                row = _IN_USE.match(self.data, at + _ROW * (number - first))
                opening = _OPENING.match(self.data, int(row[1])) if row and int(row[2]) == generation else None
                if opening and (int(opening[1]), int(opening[2])) == which:
                    return opening.end()
                break
        raise refused()


def _read_table(data: bytes, at: int, sections: list[Section]) -> Entries:
    """One table and its trailer."""
    if data[at : at + 4] != b"xref":
        raise refused()
    at += 4
    while section := _SECTION.match(data, at):
        first, count, begin = int(section[1]), int(section[2]), section.end()
        sections.append((first, count, begin))
        at = begin + count * _ROW
        if at > len(data):
            raise refused()
    at = _skipped(data, at)
    if data[at : at + 7] != b"trailer":
        raise refused()
    return parsed(data, _skipped(data, at + 7))[0]


# ---- values


def text(value: bytes) -> str:
    """A name of ours between brackets: ASCII without escapes."""
    return value[1:-1].decode("latin-1") if value[:1] == b"(" else ""


def numbers(value: bytes) -> list[float]:
    try:
        return [float(one) for one in elements(value)]
    except ValueError:
        raise refused() from None


def is_reference(value: bytes) -> bool:
    return _REFERENCE.fullmatch(value) is not None


def reference(value: bytes) -> ObjectId:
    """Raises Problem FILE_STRUCTURE for what is none."""
    found = _REFERENCE.fullmatch(value)
    if found is None:
        raise refused()
    return int(found[1]), int(found[2])


def written(entries: Entries) -> bytes:
    """The dictionary as bytes, in its order."""
    return b"<<%s>>" % b"".join(b"%s %s" % entry for entry in entries.items())


def elements(array: bytes) -> list[bytes]:
    """The elements of an array, references in one piece. Raises Problem FILE_STRUCTURE for what is none."""
    if array[:1] != b"[":
        raise refused()
    found: list[bytes] = []
    at = _skipped(array, 1)
    while array[at : at + 1] != b"]":
        if at >= len(array):
            raise refused()
        end = _end_of_value(array, at)
        found.append(array[at:end])
        at = _skipped(array, end)
    return found


def parsed(data: bytes, at: int) -> tuple[Entries, int]:
    """The dictionary that begins at ``at``, and where it has ended. Raises Problem FILE_STRUCTURE for what is none."""
    if data[at : at + 2] != b"<<":
        raise refused()
    entries: Entries = {}
    at = _skipped(data, at + 2)
    while entry := _ENTRY.match(data, at):
        at = entry.end()
        if entry[2] is not None:
            entries[entry[1]] = entry[2]
        else:
            end = _end_of_value(data, at)
            entries[entry[1]] = data[at:end]
            at = _skipped(data, end)
    if data[at : at + 2] != b">>":
        raise refused()
    return entries, at + 2


def _end_of_value(data: bytes, at: int) -> int:
    """Past the value that begins at ``at``, and no step into what it holds: brackets are only counted."""
    start = data[at : at + 2]
    if start == b"<<" or start[:1] == b"[":
        return _end_of_nest(data, at)
    if start[:1] == b"(":
        return _end_of_text(data, at)
    if start[:1] == b"<":
        return _past(data, b">", at)
    if start[:1] == b"/":
        return _NAME.match(data, at).end()  # type: ignore[union-attr]  # it begins with a slash
    whole = _REFERENCE.match(data, at)
    if whole is not None:
        return whole.end()
    plain = _PLAIN.match(data, at)
    if plain is None:
        raise refused()
    return plain.end()


def _end_of_nest(data: bytes, at: int) -> int:
    depth = 0
    while found := _BRACKET.search(data, at):
        at = found.end()
        match found[0]:
            case b"<<" | b"[":
                depth += 1
            case b">>" | b"]":
                depth -= 1
                if depth == 0:
                    return at
            case b"(":
                at = _end_of_text(data, found.start())
            case b"<":
                at = _past(data, b">", at)
    raise refused()


def _end_of_text(data: bytes, at: int) -> int:
    """Past a text in round brackets, which may hold others and escapes (7.3.4.2)."""
    depth = 0
    for position in range(at, len(data)):
        byte = data[position]
        if byte == 0x28:
            depth += 0 if _is_escaped(data, position) else 1
        elif byte == 0x29 and not _is_escaped(data, position):
            depth -= 1
            if depth == 0:
                return position + 1
    raise refused()


def _is_escaped(data: bytes, position: int) -> bool:
    slashes = 0
    while data[position - 1 - slashes : position - slashes] == b"\\":
        slashes += 1
    return slashes % 2 == 1


def _past(data: bytes, mark: bytes, at: int) -> int:
    found = data.find(mark, at)
    if found < 0:
        raise refused()
    return found + len(mark)


def _skipped(data: bytes, at: int) -> int:
    """Past white space and comments."""
    return _SPACE.match(data, at).end()  # type: ignore[union-attr]  # it matches nothing, too


def _number(value: bytes) -> int:
    if not value.isdigit():
        raise refused()
    return int(value)
