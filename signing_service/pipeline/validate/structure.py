"""Where the signatures of a file are, what each of them covers, and whether the file ends as it should.

pyHanko hides signatures it does not know and stops at the first malformed one, so the fields are walked here. A
file must also end at its last signature, or go on in revisions that say where they begin: readers that rebuild a
damaged table would otherwise show content that nobody signed (Mladenov et al., CCS 2019).
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pikepdf
from lxml import etree  # type: ignore[import-untyped]
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.rw_common import PdfHandler

from signing_service.pipeline.seam import share_of
from signing_service.pipeline.validate.limits import Limits
from signing_service.pipeline.validate.scan import EOF_MARK, EOL, end_of_last_revision

_START_XREF = re.compile(rb"startxref\s+(\d{1,12})\s+%%EOF")
_OBJECT = re.compile(rb"(?:^|[\r\n])(\d{1,10})[ \t]+(\d{1,5})[ \t]+obj(?![A-Za-z])")
_DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"
_HEX = re.compile(rb"[0-9A-Fa-f]*")


class MalformedError(Exception):
    """A signature that is not where or what its dictionary says."""


class TooComplexError(Exception):
    """More of something than ``Limits`` allows."""


_Node = tuple[str, generic.DictionaryObject, object]


def entry(dictionary: generic.DictionaryObject, key: str, default: object = None) -> object:
    """The value under a key, references followed (``get`` of the library does not follow them)."""
    try:
        return dictionary[key]
    except KeyError:
        return default


@dataclass(frozen=True, slots=True)
class FilledField:
    """A field with a value that is, or pretends to be, a signature."""

    name: str
    field: generic.DictionaryObject
    strips: frozenset[str] = frozenset()
    """The fields of its seam: they have the very same value."""


@dataclass(frozen=True, slots=True)
class Extent:
    """Where a signature stands in the file: its object, the hole for the CMS, the end of what it covers."""

    start: int
    hole_start: int
    hole_end: int
    covered: int
    end: int


def filled_signature_fields(reader: PdfFileReader, limits: Limits) -> tuple[FilledField, ...]:
    """Every field of type /Sig, own or inherited, that has a value; and any field whose value has a /ByteRange.

    Raises TooComplexError beyond the limits; pyHanko's errors when the form cannot be read.
    """
    found = [
        FilledField(name, field)
        for name, field, kind in _fields(reader, limits)
        if "/V" in field and _is_signature(field, kind)
    ]
    strips = _strips(found)
    return tuple(
        replace(one, strips=frozenset(strips.get(one.name, ())))
        for one in found
        if not any(one.name in names for names in strips.values())
    )


def _strips(found: Sequence[FilledField]) -> dict[str, set[str]]:
    """By role, the fields of its seam: their value is the very signature of the role's field, which is looked at itself.

    A field by such a name with another value is a signature like any other.
    """
    values = {one.name: one.field.raw_get("/V") for one in found if share_of(one.name) is None}
    strips: dict[str, set[str]] = {}
    for one in found:
        share, value = share_of(one.name), one.field.raw_get("/V")
        if share and isinstance(value, generic.IndirectObject) and value == values.get(share[0].value):
            strips.setdefault(share[0].value, set()).add(one.name)
    return strips


def _fields(handler: PdfHandler, limits: Limits) -> Iterator[_Node]:
    form = entry(handler.root, "/AcroForm")
    if isinstance(form, generic.DictionaryObject):
        yield from _walk(entry(form, "/Fields"), "", None, limits, seen=set(), depth=0)


def _walk(
    nodes: object, parent: str, inherited: object, limits: Limits, *, seen: set[object], depth: int
) -> Iterator[_Node]:
    if depth > limits.max_field_depth or len(seen) > limits.max_fields:
        raise TooComplexError
    if nodes is None:
        return
    if not isinstance(nodes, generic.ArrayObject):
        raise PdfError("a list of fields is not an array")
    for position in range(len(nodes)):
        raw = nodes.raw_get(position)
        if isinstance(raw, generic.IndirectObject):
            if raw.reference in seen:
                continue
            seen.add(raw.reference)
        field = raw.get_object()
        if not isinstance(field, generic.DictionaryObject):
            continue
        own = str(entry(field, "/T", ""))
        name = ".".join(part for part in (parent, own) if part)
        kind = entry(field, "/FT", inherited)
        yield name, field, kind
        if "/Kids" in field:
            yield from _walk(field["/Kids"], name, kind, limits, seen=seen, depth=depth + 1)


def _is_signature(field: generic.DictionaryObject, kind: object) -> bool:
    value = field["/V"]
    if isinstance(value, generic.NullObject):
        return False
    return kind == "/Sig" or (isinstance(value, generic.DictionaryObject) and "/ByteRange" in value)


def extent_of(data: bytes, reader: PdfFileReader, found: FilledField) -> Extent:
    """Check that /ByteRange is [0 a b c] around exactly the /Contents of this very dictionary, nothing else left out.

    (ISO 32000-1, 12.8.1; EN 319 142-1, 5.4.) After the CMS the hole holds zeros only. Raises MalformedError.
    """
    reference = found.field.raw_get("/V")
    if not isinstance(reference, generic.IndirectObject):
        raise MalformedError("the signature is not an object of its own")
    start = reader.xrefs[reference.reference]
    value = reference.get_object()
    if not isinstance(start, int) or not isinstance(value, generic.DictionaryObject):
        raise MalformedError("the signature is no dictionary, or hidden in an object stream")
    numbers = entry(value, "/ByteRange")
    if not isinstance(numbers, generic.ArrayObject) or len(numbers) != 4:
        raise MalformedError("/ByteRange is not four numbers")
    if not all(isinstance(number, generic.NumberObject) for number in numbers):
        raise MalformedError("/ByteRange is not four numbers")
    zero, hole_start, hole_end, rest = (int(number) for number in numbers)
    if zero != 0 or not start < hole_start < hole_end - 1 or rest < 0 or hole_end + rest > len(data):
        raise MalformedError("/ByteRange does not lie in the file")
    _check_hole(data, start, hole_start, hole_end, value)
    end = data.find(b"endobj", hole_end)
    return Extent(start, hole_start, hole_end, hole_end + rest, len(data) if end < 0 else end)


def _check_hole(data: bytes, start: int, hole_start: int, hole_end: int, value: generic.DictionaryObject) -> None:
    digits = data[hole_start + 1 : hole_end - 1]
    if data[hole_start] != ord("<") or data[hole_end - 1] != ord(">") or not _HEX.fullmatch(digits):
        raise MalformedError("what /ByteRange leaves out is not one hex string")
    if not data[start:hole_start].rstrip().endswith(b"/Contents") or b"endobj" in data[start:hole_start]:
        raise MalformedError("what /ByteRange leaves out is not the /Contents of this signature")
    contents = value.raw_get("/Contents")
    if len(digits) % 2 or getattr(contents, "original_bytes", None) != bytes.fromhex(digits.decode()):
        raise MalformedError("what /ByteRange leaves out is not the /Contents of this signature")


def ends_as_signed(data: bytes, covered: int) -> bool:
    """Whether what follows ``covered`` is nothing, or only revisions that a reader finds through their startxref.

    Each begins its cross-reference behind ``covered``, every object in them is named by a table, the file ends at
    the last end mark, and qpdf has nothing to remark on the file.
    """
    tail = data[covered:]
    if tail in EOL:
        return True
    if data[end_of_last_revision(data) :] not in EOL:
        return False
    starts = [int(number) for number in _START_XREF.findall(tail)]
    if not starts or len(starts) != tail.count(EOF_MARK):
        return False
    if any(start < covered or not _is_cross_reference(data, start) for start in starts):
        return False
    return _every_object_is_named(data, covered) and not qpdf_remarks(data)


def _is_cross_reference(data: bytes, start: int) -> bool:
    head = data[start : start + 64]
    return head.startswith(b"xref") or bool(re.match(rb"\d{1,10}\s+\d{1,5}\s+obj", head))


def _every_object_is_named(data: bytes, covered: int) -> bool:
    reader = PdfFileReader(io.BytesIO(data))
    xrefs = reader.xrefs
    revisions = range(xrefs.total_revisions)
    tables = {xrefs.get_startxref_for_revision(revision) for revision in revisions}
    for match in _OBJECT.finditer(data, max(covered - 1, 0)):
        offset = match.start(1)
        if offset < covered or offset in tables:
            continue
        reference = generic.Reference(int(match.group(1)), int(match.group(2)), reader)
        if offset not in {xrefs.get_historical_ref(reference, revision) for revision in revisions}:
            return False
    return True


def qpdf_remarks(data: bytes) -> tuple[str, ...]:
    """What an independent parser finds wrong with the file."""
    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            return tuple(str(remark) for remark in (*pdf.get_warnings(), *pdf.check_pdf_syntax()))
    except pikepdf.PdfError as error:
        return (str(error),)


def is_shown_otherwise(reader: PdfFileReader, since_revision: int, limits: Limits) -> bool:
    """Whether the file was given another face after a revision, in ways the difference analysis lets pass.

    /NeedAppearances switched on (viewers redraw what was signed), an empty signature field added (its appearance may
    be drawn anywhere), another default look of what is typed into fields, or another title, author, subject or keywords.
    """
    if since_revision >= reader.total_revisions - 1:
        return False
    then = reader.get_historical_resolver(since_revision)
    return (
        (_needs_appearances(reader.root) and not _needs_appearances(then.root))
        or bool(_empty_fields(reader, limits) - _empty_fields(then, limits))
        or _default_look_changed(then, reader, limits)
        or _description(reader) != _description(then)
        or _dublin_core(reader.root) != _dublin_core(then.root)
    )


def is_filled_otherwise(reader: PdfFileReader, since_revision: int, limits: Limits) -> bool:
    """Whether fields that are no signatures hold other values than in a revision.

    A certification may permit that (DocMDP P=2, P=3); behind the last signature nobody answers for it.
    """
    if since_revision >= reader.total_revisions - 1:
        return False
    return _values(reader, limits) != _values(reader.get_historical_resolver(since_revision), limits)


def _values(handler: PdfHandler, limits: Limits) -> dict[str, str]:
    return {
        name: str(entry(field, "/V", "")) for name, field, kind in _fields(handler, limits) if kind != "/Sig"
    }  # fmt: skip


def _needs_appearances(root: generic.DictionaryObject) -> bool:
    form = entry(root, "/AcroForm")
    return isinstance(form, generic.DictionaryObject) and bool(entry(form, "/NeedAppearances", default=False))


def _default_look_changed(then: PdfHandler, now: PdfHandler, limits: Limits) -> bool:
    """Signing software gives a form of signatures alone a /DA where it had none: nothing is drawn by it."""
    was, is_now = _default_look(then.root), _default_look(now.root)
    return was != is_now and (any(was) or any(kind != "/Sig" for _, _, kind in _fields(now, limits)))


def _default_look(root: generic.DictionaryObject) -> tuple[str, str]:
    form = entry(root, "/AcroForm")
    if not isinstance(form, generic.DictionaryObject):
        return "", ""
    return str(entry(form, "/DA", "")), str(entry(form, "/Q", ""))


def _empty_fields(handler: PdfHandler, limits: Limits) -> set[str]:
    return {name for name, field, kind in _fields(handler, limits) if kind == "/Sig" and "/V" not in field}


def _description(handler: PdfHandler) -> list[str]:
    reference: generic.Reference | None = handler.trailer_view.get_value_as_reference("/Info", optional=True)
    info = handler.get_object(reference) if reference is not None else None
    if not isinstance(info, generic.DictionaryObject):
        return []
    return [str(entry(info, key, "")) for key in ("/Title", "/Author", "/Subject", "/Keywords")]


def _dublin_core(root: generic.DictionaryObject) -> list[tuple[str, str]]:
    # by its reference: subscripting would read, and keep, an object that no earlier revision can be told from
    stream = root.raw_get("/Metadata").get_object() if "/Metadata" in root else None
    if not isinstance(stream, generic.StreamObject):
        return []
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        packet = etree.fromstring(stream.data, parser)
    except etree.XMLSyntaxError:
        return []
    return [
        (str(element.tag), " ".join("".join(element.itertext()).split()))
        for element in packet.iter(f"{{{_DUBLIN_CORE}}}*")
    ]
