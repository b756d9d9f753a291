"""What was changed, in words: the two versions compared part by part, pages, notes, fields, seals, attachments.

Streams are compared as they are stored and never unpacked, so that nothing in here can be made to swell. The walk
is bounded; a file that is too large for it is compared by its looks alone.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import pikepdf

from signing_service.domain.changes import MOST_CHANGES, WEIGHT, Change, ChangeKind, quoted

_MOST_DEPTH = 60
_MOST_FIELDS = 2_000
_NOT_FOLLOWED = frozenset(
    {"/Parent", "/P", "/Popup", "/StructParents", "/StructParent", "/Prev", "/Dest", "/B", "/Data"}
)
"""Ways back to the page, its neighbours or, of a seal's lock, the catalog: that is compared where it belongs."""
_DESCRIBED = ("/Title", "/Author", "/Subject", "/Keywords", "/Creator", "/Producer")
_SHAPE = ("/MediaBox", "/CropBox", "/Rotate", "/UserUnit")
_OF_A_PAGE = frozenset({*_SHAPE, *_NOT_FOLLOWED, "/Type", "/Contents", "/Resources", "/Annots", "/Tabs"})
_TOLD_ELSEWHERE = frozenset(
    {"/Pages", "/AcroForm", "/Metadata", "/OCProperties", "/OpenAction", "/AA", "/DSS", "/Names", "/AF", "/Perms"}
    | {"/StructTreeRoot", "/Type", "/Extensions", "/Version"}
)


class TooMuchError(Exception):
    """More than the comparison is ready to read."""


Digest = bytes


@dataclass
class _Walk:
    """Digests of whatever an object holds, each object read once."""

    left: int
    known: dict[tuple[int, int], Digest] = field(default_factory=dict)

    def of(self, value: object, depth: int = 0) -> Digest:
        self.left -= 1
        if self.left < 0:
            raise TooMuchError
        if depth > _MOST_DEPTH:
            return b"deep"
        if not isinstance(value, pikepdf.Object):
            return repr(value).encode(errors="replace")
        number = value.objgen
        if number != (0, 0):
            if number not in self.known:
                self.known[number] = b"loop"
                self.known[number] = self._digest(value, depth)
            return self.known[number]
        return self._digest(value, depth)

    def _digest(self, value: pikepdf.Object, depth: int) -> Digest:
        held = hashlib.sha256()
        if isinstance(value, pikepdf.Array):
            held.update(b"[")
            for item in value:
                held.update(self.of(item, depth + 1) + b",")
        elif isinstance(value, pikepdf.Dictionary | pikepdf.Stream):
            for key in _keys(value):
                if key not in _NOT_FOLLOWED and key != "/Length":
                    held.update(key.encode(errors="replace") + b" " + self.of(value.get(key), depth + 1) + b";")
            if isinstance(value, pikepdf.Stream):
                held.update(b"stream" + hashlib.sha256(value.read_raw_bytes()).digest())
        else:
            held.update(value.unparse())
        return held.digest()


@dataclass(frozen=True, slots=True)
class _Field:
    value: Digest
    text: str
    look: Digest
    is_signature: bool
    filled: bool


@dataclass(frozen=True, slots=True)
class _Page:
    contents: Digest
    resources: Digest
    shape: Digest
    others: Mapping[str, Digest]
    notes: Mapping[object, tuple[str, Digest]]


@dataclass(frozen=True, slots=True)
class _Version:
    pages: tuple[_Page, ...]
    fields: Mapping[str, _Field]
    attachments: Mapping[str, Digest]
    description: Mapping[str, str]
    metadata: Digest
    layers: Digest
    actions: Digest
    evidence: Digest
    asks_for_looks: bool
    others: Mapping[str, Digest]


def changes_in_words(before: bytes, after: bytes, *, max_nodes: int, max_pages: int) -> tuple[Change, ...]:
    """The changes, the more telling first, at most ``MOST_CHANGES``. Raises TooMuchError, pikepdf's errors for a file
    that cannot be opened at all.
    """
    walk_before, walk_after = _Walk(max_nodes // 2), _Walk(max_nodes // 2)
    with pikepdf.open(io.BytesIO(before)) as one, pikepdf.open(io.BytesIO(after)) as two:
        old, new = _version(one, walk_before, max_pages), _version(two, walk_after, max_pages)
    found = sorted(_differences(old, new), key=lambda change: (WEIGHT[change.kind], change.page))
    return tuple(found[:MOST_CHANGES])


def _version(pdf: pikepdf.Pdf, walk: _Walk, max_pages: int) -> _Version:
    root = pdf.Root
    form = root.get("/AcroForm")
    form = form if isinstance(form, pikepdf.Dictionary) else pikepdf.Dictionary()
    pages = tuple(_page(pdf.pages[number].obj, walk) for number in range(min(len(pdf.pages), max_pages)))
    names = root.get("/Names")
    scripts = names.get("/JavaScript") if isinstance(names, pikepdf.Dictionary) else None
    return _Version(
        pages=pages,
        fields=dict(_fields(form.get("/Fields"), walk)),
        attachments=dict(_attachments(pdf, walk)),
        description=_description(pdf),
        metadata=walk.of(root.get("/Metadata")),
        layers=walk.of(root.get("/OCProperties")),
        actions=walk.of(root.get("/OpenAction")) + walk.of(root.get("/AA")) + walk.of(scripts),
        evidence=walk.of(root.get("/DSS")),
        asks_for_looks=bool(form.get("/NeedAppearances", False)),
        others={key: walk.of(root.get(key)) for key in _keys(root) if key not in _TOLD_ELSEWHERE},
    )


def _keys(dictionary: pikepdf.Object) -> list[str]:
    return sorted(dictionary.keys())


def _page(page: pikepdf.Object, walk: _Walk) -> _Page:
    shape = b"".join(walk.of(_inherited(page, key)) for key in _SHAPE)
    others = {key: walk.of(page.get(key)) for key in _keys(page) if key not in _OF_A_PAGE}
    return _Page(
        walk.of(page.get("/Contents")), walk.of(_inherited(page, "/Resources")), shape, others, _notes(page, walk)
    )


def _inherited(page: pikepdf.Object, key: str) -> object:
    node: object = page
    for _ in range(_MOST_DEPTH):
        if not isinstance(node, pikepdf.Dictionary):
            return None
        if key in node:
            return node.get(key)
        node = node.get("/Parent")
    return None


def _notes(page: pikepdf.Object, walk: _Walk) -> dict[object, tuple[str, Digest]]:
    """Annotations that are no fields, by their object number, or their place in the list."""
    listed = page.get("/Annots")
    found: dict[object, tuple[str, Digest]] = {}
    for position, note in enumerate(listed if isinstance(listed, pikepdf.Array) else ()):
        if isinstance(note, pikepdf.Dictionary) and note.get("/Subtype") != pikepdf.Name.Widget:
            name = note.objgen if note.objgen != (0, 0) else position
            found[name] = quoted(str(note.get("/Subtype", "?")).lstrip("/")), walk.of(note)
    return found


def _fields(
    nodes: object, walk: _Walk, parent: str = "", kind: object = None, depth: int = 0
) -> Iterator[tuple[str, _Field]]:
    if not isinstance(nodes, pikepdf.Array) or depth > _MOST_DEPTH // 2:
        return
    for node in nodes:
        walk.left -= 1
        if walk.left < 0:
            raise TooMuchError
        if not isinstance(node, pikepdf.Dictionary):
            continue
        name = ".".join(part for part in (parent, quoted(node.get("/T", ""))) if part)
        own_kind = node.get("/FT", kind)
        if "/Kids" in node:
            yield from _fields(node.get("/Kids"), walk, name, own_kind, depth + 1)
        value = node.get("/V")
        is_signature = own_kind == pikepdf.Name.Sig
        text = quoted(value) if value is not None and not is_signature else ""
        look = b"".join(walk.of(node.get(key)) for key in ("/AP", "/Rect", "/F", "/MK", "/AS", "/DA"))
        yield name, _Field(walk.of(value), text, look, is_signature, value is not None)


def _attachments(pdf: pikepdf.Pdf, walk: _Walk) -> Iterator[tuple[str, Digest]]:
    for name in list(pdf.attachments)[:_MOST_FIELDS]:
        yield quoted(name), walk.of(pdf.attachments[name].obj)


def _description(pdf: pikepdf.Pdf) -> dict[str, str]:
    info = pdf.trailer.get("/Info")
    if not isinstance(info, pikepdf.Dictionary):
        return {}
    return {key: quoted(info.get(key)) for key in _DESCRIBED if key in info}


def _differences(old: _Version, new: _Version) -> Iterator[Change]:
    if len(old.pages) == len(new.pages):
        for number, (before, after) in enumerate(zip(old.pages, new.pages, strict=True), 1):
            yield from _of_page(number, before, after)
    yield from _of_fields(old.fields, new.fields)
    yield from _of_parts(
        old.attachments,
        new.attachments,
        ChangeKind.ATTACHMENT_ADDED,
        ChangeKind.ATTACHMENT_REMOVED,
        ChangeKind.ATTACHMENT_CHANGED,
    )
    if new.asks_for_looks and not old.asks_for_looks:
        yield Change(ChangeKind.LOOKS_ASKED)
    told = [key.lstrip("/") for key in _DESCRIBED if old.description.get(key) != new.description.get(key)]
    if told or old.metadata != new.metadata:
        yield Change(ChangeKind.DESCRIPTION, subject=", ".join(told or ["XMP"]))
    for kind, was, now in (
        (ChangeKind.LAYERS, old.layers, new.layers),
        (ChangeKind.ACTION, old.actions, new.actions),
        (ChangeKind.EVIDENCE, old.evidence, new.evidence),
    ):
        if was != now:
            yield Change(kind)
    if others := _differing_keys(old.others, new.others):
        yield Change(ChangeKind.OTHER, subject=others)


def _of_page(number: int, before: _Page, after: _Page) -> Iterator[Change]:
    for kind, was, now in (
        (ChangeKind.PAGE_CONTENT, before.contents, after.contents),
        (ChangeKind.PAGE_RESOURCES, before.resources, after.resources),
        (ChangeKind.PAGE_SHAPE, before.shape, after.shape),
    ):
        if was != now:
            yield Change(kind, number)
    if others := _differing_keys(before.others, after.others):
        yield Change(ChangeKind.OTHER, number, subject=others)
    for name in [*before.notes, *(name for name in after.notes if name not in before.notes)]:
        old, new = before.notes.get(name), after.notes.get(name)
        if old is None and new is not None:
            yield Change(ChangeKind.ANNOTATION_ADDED, number, new[0])
        elif new is None and old is not None:
            yield Change(ChangeKind.ANNOTATION_REMOVED, number, old[0])
        elif old is not None and new is not None and old != new:
            yield Change(ChangeKind.ANNOTATION_CHANGED, number, new[0])


def _differing_keys(old: Mapping[str, Digest], new: Mapping[str, Digest]) -> str:
    return quoted(", ".join(key.lstrip("/") for key in _either(old, new) if old.get(key) != new.get(key)))


def _of_fields(old: Mapping[str, _Field], new: Mapping[str, _Field]) -> Iterator[Change]:
    for name in _either(old, new):
        before, after = old.get(name), new.get(name)
        if before is None and after is not None:
            signed = after.is_signature and after.filled
            yield Change(ChangeKind.SIGNATURE_ADDED if signed else ChangeKind.FIELD_ADDED, subject=name)
        elif after is None and before is not None:
            signed = before.is_signature and before.filled
            yield Change(ChangeKind.SIGNATURE_REMOVED if signed else ChangeKind.FIELD_REMOVED, subject=name)
        elif before is not None and after is not None:
            yield from _of_field(name, before, after)


def _of_field(name: str, before: _Field, after: _Field) -> Iterator[Change]:
    if before.value != after.value:
        if not (before.is_signature or after.is_signature):
            yield Change(ChangeKind.FIELD_VALUE, subject=name, before=before.text, after=after.text)
            return
        if not before.filled:
            yield Change(ChangeKind.SIGNATURE_ADDED, subject=name)
            return
        yield Change(ChangeKind.SIGNATURE_CHANGED if after.filled else ChangeKind.SIGNATURE_REMOVED, subject=name)
    if before.look != after.look:
        yield Change(ChangeKind.FIELD_LOOK, subject=name)


def _of_parts(
    old: Mapping[str, Digest], new: Mapping[str, Digest], added: ChangeKind, removed: ChangeKind, changed: ChangeKind
) -> Iterator[Change]:
    for name in _either(old, new):
        if name not in old:
            yield Change(added, subject=name)
        elif name not in new:
            yield Change(removed, subject=name)
        elif old[name] != new[name]:
            yield Change(changed, subject=name)


def _either(old: Mapping[str, object], new: Mapping[str, object]) -> Iterable[str]:
    return [*old, *(name for name in new if name not in old)]
