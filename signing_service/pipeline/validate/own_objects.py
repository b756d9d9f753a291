"""The objects of a PDF that is written as ours are: classical tables, one revision behind the other, nothing between.

This reader knows a small part of ISO 32000-1 and refuses all the rest, by raising ``NotOursError``: cross-reference
streams, object streams, freed objects, encryption, escapes in names, comments. What it does understand it understands
as every other reader does, so that its word on a file may stand for theirs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, NamedTuple

DEEPEST = 12
"""Dictionaries and arrays in one another, in an object of ours."""
MOST_REVISIONS = 50


class NotOursError(Exception):
    """The file is not written as ours are: the full path has to look at it."""


class Ref(NamedTuple):
    """An indirect reference; the generation is always 0."""

    number: int


class Text(NamedTuple):
    """A string; never equal to a name, which is plain bytes with its slash."""

    says: bytes


class Real(NamedTuple):
    """A number with a point; never equal to a whole one, nor, for its second part, to a reference."""

    value: float
    point: bytes = b"."


@dataclass(frozen=True, slots=True)
class Hex:
    """A long hex string where it stands: from its ``<`` to behind its ``>``."""

    start: int
    end: int


Value = Any
"""dict by name, list, Ref, bytes (a name, or true or false as they are written), Text, Hex, int, Real or None (null)."""

_TOKEN = re.compile(
    rb"[ \t\r\n]*+(?:"
    rb"(/[A-Za-z0-9_.+*-]++)"
    rb"|(\d{1,9}) 0 R(?=[ \t\r\n<>\[\]/(])"
    rb"|([+-]?(?:\d{1,12}(?:\.\d{0,12})?|\.\d{1,12}))(?=[ \t\r\n<>\[\]/(])"
    rb"|(<<|\[)|(>>|\])"
    rb"|\(([^()\\\r\n]*+)\)"
    rb"|(<[0-9A-Fa-f]*+>)"
    rb"|(true|false|null)(?=[ \t\r\n<>\[\]/(])"
    rb"|(\((?:[^()\\]|\\[^\r\n])*+\))"
    rb")"
)
_NAME, _REF, _NUMBER, _OPEN, _CLOSE, _TEXT, _HEX, _WORD, _LONG_TEXT = range(1, 10)
_TEXT_ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_SLASH = 0x2F
_LONG_HEX = 512
_END = re.compile(rb"[ \r\n]*(endobj|stream)\r?\n")
_END_OF_STREAM = re.compile(rb"\r?\n?endstream[\r\n]{1,2}(endobj)\r?\n")
_ENTRY_SIZE = 20
_FIRST_TABLE = re.compile(rb"xref\n0 (\d{1,6})\n")
_ENTRY = re.compile(rb"(\d{10}) 00000 n(?: \n| \r|\r\n)")
_NEXT_TABLE = re.compile(rb"xref\n((?:\d{1,7} 1\n\d{10} 00000 n \n)+)trailer")
_NEXT_ENTRY = re.compile(rb"(\d{1,7}) 1\n(\d{10}) 00000 n \n")
_TRAILER = re.compile(rb"trailer[ \r\n]*(?=<<)")
_LAST_START = re.compile(rb"startxref\n(\d{1,10})\n%%EOF\n\Z")
_TRAILER_KEYS = frozenset({b"/Size", b"/Root", b"/Info", b"/ID", b"/Prev"})


def parse(data: bytes, position: int) -> tuple[Value, int]:
    """The value at ``position``, and where it ends. Raises NotOursError."""
    token = _TOKEN.match(data, position)
    if token is None or token.lastindex == _CLOSE:
        raise NotOursError("not the syntax of ours")
    if token.lastindex == _OPEN:
        return _container(data, token.end(), DEEPEST, is_array=token[_OPEN] == b"[")
    return _scalar(token, token.lastindex), token.end()


def _container(data: bytes, position: int, depth: int, *, is_array: bool) -> tuple[Value, int]:
    """What stands between brackets, the first of which is behind us."""
    if depth == 0:
        raise NotOursError("deeper than anything of ours")
    values: list[Value] = []
    match = _TOKEN.match
    while token := match(data, position):
        kind, position = token.lastindex, token.end()
        if kind == _NAME:
            values.append(token[_NAME])
        elif kind == _OPEN:
            value, position = _container(data, position, depth - 1, is_array=token[_OPEN] == b"[")
            values.append(value)
        elif kind == _CLOSE:
            if (token[_CLOSE] == b"]") is not is_array:
                raise NotOursError("closed by the other bracket")
            return (values if is_array else _dictionary(values)), position
        else:
            values.append(_scalar(token, kind))
    raise NotOursError("not the syntax of ours")


def _scalar(token: re.Match[bytes], kind: int | None) -> Value:
    match kind:
        case 1:
            return token[_NAME]
        case 2:
            return Ref(int(token[_REF]))
        case 3:
            digits = token[_NUMBER]
            return Real(float(digits)) if b"." in digits else int(digits)
        case 6:
            return Text(token[_TEXT])
        case 7:
            return _hex(token)
        case 8:
            return None if token[_WORD] == b"null" else token[_WORD]
        case _:
            return Text(_TEXT_ESCAPE.sub(_unescaped, token[_LONG_TEXT][1:-1]))


def _hex(token: re.Match[bytes]) -> Text | Hex:
    digits = token[_HEX]
    if len(digits) > _LONG_HEX:
        return Hex(token.start(_HEX), token.end())
    if len(digits) % 2:
        raise NotOursError("half a byte")
    return Text(bytes.fromhex(digits[1:-1].decode()))


def _unescaped(match: re.Match[bytes]) -> bytes:
    code = match[1]
    return bytes([int(code, 8) & 0xFF]) if code.isdigit() else _ESCAPES.get(code, code)


def _dictionary(values: list[Value]) -> dict[bytes, Value]:
    keys = values[::2]
    if len(values) % 2 or not all(type(key) is bytes and key[0] == _SLASH for key in keys):
        raise NotOursError("not pairs of names and values")
    found = dict(zip(keys, values[1::2], strict=True))
    if len(found) < len(keys):
        raise NotOursError("a key that stands twice")
    return found


@dataclass(frozen=True, slots=True)
class Body:
    """One object: its value, and for a stream the place of its bytes."""

    value: Value
    start: int
    """Where ``N 0 obj`` stands."""
    stream: tuple[int, int] | None = None

    @property
    def dictionary(self) -> dict[bytes, Value]:
        if not isinstance(self.value, dict) or self.stream is not None:
            raise NotOursError("not a dictionary")
        return self.value


@dataclass(frozen=True, slots=True)
class Revision:
    """From the end of the one before to behind its end mark."""

    start: int
    end: int
    trailer: dict[bytes, Value]
    extents: dict[int, tuple[int, int]]
    """Of an update: by number, where each object begins and where it ends, which is where the next thing begins."""


class Document:
    """A file and its revisions. Raises NotOursError where it is not written as ours are."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._bodies: dict[tuple[int, int], Body] = {}
        self._first_entries = 0
        self._first_count = 0
        self.revisions = self._read()
        first = self.revisions[0].trailer
        size = first[b"/Size"]
        for revision in self.revisions[1:]:
            trailer = revision.trailer
            if (trailer.get(b"/Root"), trailer.get(b"/Info")) != (first.get(b"/Root"), first.get(b"/Info")):
                raise NotOursError("another catalog or description")
            if trailer[b"/Size"] < size or trailer[b"/Size"] <= max(revision.extents):
                raise NotOursError("numbers beyond the size")
            size = trailer[b"/Size"]
        if not isinstance(first.get(b"/Root"), Ref):
            raise NotOursError("no catalog")

    @property
    def root(self) -> int:
        number: int = self.revisions[0].trailer[b"/Root"].number
        return number

    def has(self, number: int, revision: int) -> bool:
        """Whether there is such an object in ``revision`` or before it."""
        return self._place(number, revision) is not None

    def object(self, number: int, revision: int) -> Body:
        """As it is in ``revision``: written there, or before it for the last time."""
        place = self._place(number, revision)
        if place is None:
            raise NotOursError("a reference to nothing")
        if place not in self._bodies:
            self._bodies[place] = self._body(number, *place)
        return self._bodies[place]

    # ---- tables

    def _read(self) -> tuple[Revision, ...]:
        tail = _LAST_START.search(self.data, max(len(self.data) - 64, 0))
        if tail is None:
            raise NotOursError("the file does not end as ours do")
        found: list[Revision] = []
        table, end = int(tail[1]), len(self.data)
        while (first := _FIRST_TABLE.match(self.data, table, end)) is None:
            revision = self._update(table, end)
            found.append(revision)
            previous = revision.trailer.get(b"/Prev")
            if not isinstance(previous, int) or not 0 < previous < revision.start or len(found) > MOST_REVISIONS:
                raise NotOursError("no earlier revision, or no end of them")
            table, end = previous, revision.start
        self._first_entries, self._first_count = first.end(), int(first[1])
        trailer = self._trailer(first.end() + _ENTRY_SIZE * self._first_count, table, end)
        if b"/Prev" in trailer or trailer[b"/Size"] != self._first_count:
            raise NotOursError("a first revision that is not the first")
        return (Revision(0, end, trailer, {}), *reversed(found))

    def _update(self, table: int, end: int) -> Revision:
        """A revision in which object follows object, its table the last of them, and the end mark the table."""
        match = _NEXT_TABLE.match(self.data, table, end)
        if match is None:
            raise NotOursError("not a table of ours")
        entries = [(int(offset), int(number)) for number, offset in _NEXT_ENTRY.findall(match[1])]
        ordered = sorted(entries)
        borders = [*(offset for offset, _ in ordered[1:]), table]
        extents = {number: (offset, stop) for (offset, number), stop in zip(ordered, borders, strict=True)}
        if len(extents) < len(entries):
            raise NotOursError("an object that stands twice")
        return Revision(ordered[0][0], end, self._trailer(match.end() - len(b"trailer"), table, end), extents)

    def _trailer(self, position: int, table: int, end: int) -> dict[bytes, Value]:
        """The trailer there, when the revision ends right behind it."""
        match = _TRAILER.match(self.data, position, end)
        if match is None:
            raise NotOursError("no trailer")
        trailer, position = parse(self.data, match.end())
        if not isinstance(trailer, dict) or not trailer.keys() <= _TRAILER_KEYS:
            raise NotOursError("a trailer with something else in it")
        if not isinstance(trailer.get(b"/Size"), int):
            raise NotOursError("a trailer without size")
        if self.data[position:end].lstrip(b" \r\n") != b"startxref\n%d\n%%%%EOF\n" % table:
            raise NotOursError("something else behind a trailer")
        return trailer

    # ---- objects

    def _place(self, number: int, revision: int) -> tuple[int, int] | None:
        """Where the object begins, and where it ends or must have ended."""
        for position in range(revision, 0, -1):
            extent = self.revisions[position].extents.get(number)
            if extent is not None:
                return extent
        if not 0 < number < self._first_count:
            return None
        entry = _ENTRY.match(self.data, self._first_entries + _ENTRY_SIZE * number)
        return (int(entry[1]), 0) if entry else None

    def _body(self, number: int, start: int, stop: int) -> Body:
        head = b"%d 0 obj" % number
        if not self.data.startswith(head, start):
            raise NotOursError("another object than the table says")
        value, position = parse(self.data, start + len(head))
        end = _END.match(self.data, position)
        if end is None:
            raise NotOursError("something behind the value of an object")
        stream = None
        if end[1] == b"stream":
            length = value.get(b"/Length") if isinstance(value, dict) else None
            if isinstance(length, Ref) and not stop:
                length = self._body(length.number, *(self._place(length.number, 0) or (0, 0))).value
            if not isinstance(length, int) or length < 0:
                raise NotOursError("a stream of unknown length")
            stream = (end.end(), end.end() + length)
            end = _END_OF_STREAM.match(self.data, stream[1])
            if end is None:
                raise NotOursError("a stream of another length")
        if stop and self.data[end.end() : stop] not in (b"", b"\n"):
            raise NotOursError("something between two objects")
        return Body(value, start, stream)
