"""What each revision of a file of ours adds, and that it adds nothing else.

A file of ours has its fields laid before the first signature, which certifies it (DocMDP P=2) and is written with the
file or appended to it. Each further revision is exactly one of three: a signature in a field that was laid for it,
with its appearance; evidence in the document security store; a document time stamp in a field of its own. Every
object of a revision is accounted for, and what is written anew differs from what it was in those entries alone.
Whatever is otherwise raises NotOursError: another path looks at it then.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from signing_service.domain.dates import SHANGHAI
from signing_service.domain.documents import SignatoryRole
from signing_service.pipeline.seam import share_of
from signing_service.pipeline.validate.own_objects import Body, Document, Hex, NotOursError, Ref, Text, Value

_ROLES = frozenset(role.value for role in SignatoryRole)
_TIME_STAMP_FIELD = re.compile(rb"document_time_stamp_\d{1,3}")
_CLAIMED = re.compile(rb"D:(\d{14})\+08'00'")
_SIGNATURE_KEYS = frozenset({b"/Type", b"/Filter", b"/SubFilter", b"/Contents", b"/ByteRange", b"/M", b"/Reference"})
_STAMP_FIELD_KEYS = frozenset({b"/Type", b"/Subtype", b"/FT", b"/T", b"/F", b"/Rect", b"/P", b"/V"})
_STORE_KEYS = (b"/Certs", b"/OCSPs", b"/CRLs")

Dictionary = Mapping[bytes, Value]


@dataclass(frozen=True, slots=True)
class Written:
    """A signature or document time stamp where it stands."""

    field: str
    is_time_stamp: bool
    revision: int
    start: int
    """Of its object."""
    hole: Hex
    """Around the hex digits of the CMS: exactly what the byte range leaves out of its revision and all before it."""
    covered: int
    """The end of what it covers, which is the end of its revision."""
    claimed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Store:
    """The document security store, DER."""

    certs: tuple[bytes, ...] = ()
    ocsps: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    signatures: tuple[Written, ...]
    """In the order of their revisions, of which each holds one at most."""
    stores: tuple[Store, ...]
    """As the store stood in each revision."""


def layout_of(data: bytes) -> Layout:
    """Raises NotOursError unless the file is written as ours are, from its first revision to its last."""
    return _Reading(Document(data)).layout()


class _Reading:
    """One walk through the revisions."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._signatures: list[Written] = []
        self._open: dict[int, str] = {}
        """Fields without a signature, by number."""
        self._strips: dict[str, set[int]] = {}
        """By role, the fields of its seam, which the same signature fills."""
        self._locked = False
        self._closed = False
        """Evidence or a time stamp was added: nobody signs any more."""

    def layout(self) -> Layout:
        self._first()
        stores = [Store()]
        for revision in range(1, len(self._document.revisions)):
            self._next(revision)
            stores.append(self._store(revision))
        if not self._signatures:
            raise NotOursError("no signature")
        return Layout(tuple(self._signatures), tuple(stores))

    # ---- the first revision

    def _first(self) -> None:
        catalog = self._dictionary(self._document.root, 0)
        if b"/DSS" in catalog or not isinstance(catalog.get(b"/AcroForm"), Ref):
            raise NotOursError("a store before the first signature, or no form of its own")
        filled = []
        for reference in self._fields(0):
            field = self._dictionary(reference.number, 0)
            self._open_field(reference.number, field)
            if b"/V" in field and reference.number in self._open:
                filled.append(reference.number)
        if len(filled) > 1 or bool(filled) != (b"/Perms" in catalog):
            raise NotOursError("not one certifying signature")
        for number in filled:
            value = self._dictionary(number, 0)[b"/V"]
            if not isinstance(value, Ref):
                raise NotOursError("a signature that is no object of its own")
            self._sign(number, value.number, 0)
            self._require_certified(catalog, value)
        self._require_strips(filled)

    def _open_field(self, number: int, field: Dictionary) -> None:
        name = field.get(b"/T")
        if field.get(b"/FT") != b"/Sig" or b"/Kids" in field or b"/Parent" in field or not isinstance(name, Text):
            raise NotOursError("a field that is none of ours")
        says = name.says.decode("latin-1")
        if share := share_of(says):
            self._strips.setdefault(share[0].value, set()).add(number)
            return
        if says not in _ROLES:
            raise NotOursError("a field that no role signs")
        if says in self._open.values() or number in self._open:
            raise NotOursError("two fields of one name")
        self._open[number] = says

    def _require_strips(self, filled: Sequence[int]) -> None:
        """Each name stands once; the strips of who has signed have that signature, the others have none."""
        strips = [number for numbers in self._strips.values() for number in numbers]
        names = {self._dictionary(number, 0)[b"/T"] for number in strips}
        if len(names) < len(strips) or not self._strips.keys() <= {*self._open.values(), *self._signed_roles()}:
            raise NotOursError("two strips of one name, or a seam that no role seals")
        for role, numbers in self._strips.items():
            is_signed = role in self._signed_roles()
            expected = self._dictionary(filled[0], 0)[b"/V"] if is_signed else None
            if any(self._dictionary(number, 0).get(b"/V") != expected for number in numbers):
                raise NotOursError("a strip with another value than its seal")

    def _signed_roles(self) -> set[str]:
        return {one.field for one in self._signatures}

    # ---- the others

    def _next(self, revision: int) -> None:
        objects = self._document.revisions[revision].extents
        new = {number for number in objects if not self._document.has(number, revision - 1)}
        changed = objects.keys() - new
        bodies = {number: self._document.object(number, revision) for number in new}
        signatures = [number for number, body in bodies.items() if _is_signature(body)]
        match signatures:
            case []:
                self._evidence(revision, new, changed)
            case [number] if bodies[number].dictionary.get(b"/Type") == b"/DocTimeStamp":
                self._time_stamp(revision, number, new, changed)
            case [number]:
                self._seal(revision, number, new, changed)
            case _:
                raise NotOursError("two signatures in one revision")

    def _seal(self, revision: int, signature: int, new: set[int], changed: set[int]) -> None:
        """The field points at the signature and at its appearance; the certifying one is named by the catalog."""
        root, certifies = self._document.root, not self._signatures
        if self._closed or self._locked or (root in changed) != certifies:
            raise NotOursError("a signature too late, or a catalog written anew")
        fields = changed - {root}
        opened = fields & self._open.keys()
        if len(opened) != 1:
            raise NotOursError("not one field that was open")
        (field,) = opened
        if fields - opened != self._strips.get(self._open[field], set()):
            raise NotOursError("another field, or a strip of the seam that is left out")
        accounted = {signature}
        for one in fields:
            before, after = self._dictionary(one, revision - 1), self._dictionary(one, revision)
            if b"/V" in before or after.get(b"/V") != Ref(signature) or not _alike(before, after, b"/V", b"/AP"):
                raise NotOursError("a field changed otherwise than by its signature")
            if after.get(b"/AP") != before.get(b"/AP"):
                accounted |= self._appearance(after[b"/AP"], revision, new)
        if new != accounted:
            raise NotOursError("an object that nothing needs")
        self._sign(field, signature, revision)
        if certifies:
            catalog = self._dictionary(root, revision)
            if not _alike(self._dictionary(root, revision - 1), catalog, b"/Perms"):
                raise NotOursError("a catalog changed otherwise than by the certification")
            self._require_certified(catalog, Ref(signature))

    def _appearance(self, value: Value, revision: int, new: set[int]) -> set[int]:
        """The numbers of a form and of what it draws with, all of them new."""
        if not isinstance(value, dict) or value.keys() != {b"/N"} or not isinstance(value[b"/N"], Ref):
            raise NotOursError("an appearance with states")
        form = self._document.object(value[b"/N"].number, revision)
        if form.stream is None or form.value.get(b"/Subtype") != b"/Form":
            raise NotOursError("an appearance that is no form")
        found: set[int] = set()
        waiting = [value[b"/N"]]
        while waiting:
            number = waiting.pop().number
            if number not in new:
                raise NotOursError("an appearance made of what was there before")
            if number not in found:
                found.add(number)
                waiting += _references(self._document.object(number, revision).value)
        return found

    def _sign(self, field: int, number: int, revision: int) -> None:
        name = self._open.pop(field)
        lock = self._dictionary(field, revision).get(b"/Lock")
        is_locking = lock is not None
        if is_locking:
            locked = self._document.object(lock.number, revision).dictionary if isinstance(lock, Ref) else lock
            if not isinstance(locked, dict) or locked.get(b"/Action") != b"/All":
                raise NotOursError("a lock of another kind")
        written = self._written(name, number, revision, b"/Sig", b"/ETSI.CAdES.detached")
        references = self._dictionary(number, revision).get(b"/Reference", [])
        kinds = [_transform(reference) for reference in references] if isinstance(references, list) else []
        wanted = [kind for kind, is_wanted in (("certify", not self._signatures), ("lock", is_locking)) if is_wanted]
        if kinds != wanted:
            raise NotOursError("a signature that says otherwise what may follow it")
        self._locked = is_locking
        self._signatures.append(written)

    def _require_certified(self, catalog: Dictionary, signature: Ref) -> None:
        if catalog.get(b"/Perms") != {b"/DocMDP": signature}:
            raise NotOursError("a catalog that names another certification")

    def _time_stamp(self, revision: int, signature: int, new: set[int], changed: set[int]) -> None:
        """A field more in the form, an annotation more on a page."""
        root = self._dictionary(self._document.root, revision - 1)
        form = root[b"/AcroForm"].number
        (field, *others) = new - {signature} or {0}
        if others or not field or form not in changed or len(changed) != 2 or not self._signatures:
            raise NotOursError("not one field and its time stamp")
        stamp = self._dictionary(field, revision)
        name, page = stamp.get(b"/T"), stamp.get(b"/P")
        expected = {b"/Type": b"/Annot", b"/Subtype": b"/Widget", b"/FT": b"/Sig", b"/V": Ref(signature)}
        if stamp.keys() != _STAMP_FIELD_KEYS or any(stamp[key] != value for key, value in expected.items()):
            raise NotOursError("another field than that of a time stamp")
        if not isinstance(name, Text) or not _TIME_STAMP_FIELD.fullmatch(name.says) or stamp[b"/Rect"] != [0, 0, 0, 0]:
            raise NotOursError("a field that could be seen, or of another name")
        names = [self._dictionary(one.number, revision - 1).get(b"/T") for one in self._fields(revision - 1)]
        if name in names or not isinstance(page, Ref):
            raise NotOursError("a name that is taken, or no page")
        self._require_one_more(form, b"/Fields", field, revision)
        self._require_annotation(page.number, field, revision, changed - {form})
        self._signatures.append(
            self._written(name.says.decode(), signature, revision, b"/DocTimeStamp", b"/ETSI.RFC3161")
        )
        self._closed = True

    def _require_annotation(self, page: int, field: int, revision: int, changed: set[int]) -> None:
        before = self._dictionary(page, revision - 1)
        annotations = before.get(b"/Annots")
        if before.get(b"/Type") != b"/Page":
            raise NotOursError("a time stamp on no page")
        if not isinstance(annotations, Ref):
            self._require_one_more(page, b"/Annots", field, revision)
        elif self._array(annotations.number, revision) != [*self._array(annotations.number, revision - 1), Ref(field)]:
            raise NotOursError("annotations changed otherwise than by one more")
        if changed != {annotations.number if isinstance(annotations, Ref) else page}:
            raise NotOursError("something else was changed")

    def _require_one_more(self, owner: int, key: bytes, number: int, revision: int) -> None:
        before, after = self._dictionary(owner, revision - 1), self._dictionary(owner, revision)
        held = before.get(key, [])
        if not isinstance(held, list) or after.get(key) != [*held, Ref(number)] or not _alike(before, after, key):
            raise NotOursError("a list changed otherwise than by one more")

    def _evidence(self, revision: int, new: set[int], changed: set[int]) -> None:
        """Streams more in the store, which the catalog names."""
        root = self._document.root
        before, after = self._dictionary(root, revision - 1), self._dictionary(root, revision)
        store = after.get(b"/DSS")
        if not isinstance(store, Ref) or not self._signatures:
            raise NotOursError("a revision without a purpose")
        held: Dictionary = {}
        if b"/DSS" in before:
            held = self._dictionary(store.number, revision - 1)
            is_so = changed == {store.number} and before[b"/DSS"] == store
        else:
            is_so = changed == {root} and store.number in new and _alike(before, after, b"/DSS")
        written = self._dictionary(store.number, revision)
        if not is_so or not written.keys() <= set(_STORE_KEYS):
            raise NotOursError("a catalog or store changed otherwise than by evidence")
        added: list[Value] = []
        for key in _STORE_KEYS:
            old, now = held.get(key, []), written.get(key, [])
            if not isinstance(old, list) or not isinstance(now, list) or now[: len(old)] != old:
                raise NotOursError("a store that lost something")
            added += now[len(old) :]
        numbers = [one.number for one in added if isinstance(one, Ref)]
        if len(numbers) != len(added) or new - {store.number} != set(numbers) or len(set(numbers)) < len(numbers):
            raise NotOursError("a store with something else in it")
        for number in numbers:
            body = self._document.object(number, revision)
            if body.stream is None or body.value.keys() != {b"/Length"}:
                raise NotOursError("evidence that is no plain stream")
        self._closed = True

    # ---- parts

    def _written(self, field: str, number: int, revision: int, kind: bytes, subfilter: bytes) -> Written:
        body = self._document.object(number, revision)
        value = body.dictionary
        hole, end = value.get(b"/Contents"), self._document.revisions[revision].end
        if not value.keys() <= _SIGNATURE_KEYS or not isinstance(hole, Hex):
            raise NotOursError("a signature with something else in it")
        if (value.get(b"/Type"), value.get(b"/Filter"), value.get(b"/SubFilter")) != (
            kind, b"/Adobe.PPKLite", subfilter
        ):  # fmt: skip
            raise NotOursError("a signature of another kind")
        if value.get(b"/ByteRange") != [0, hole.start, hole.end, end - hole.end]:
            raise NotOursError("a byte range that is not everything but the hole")
        claimed = value.get(b"/M")
        is_time_stamp = kind == b"/DocTimeStamp"
        if is_time_stamp and value.keys() & {b"/M", b"/Reference"}:
            raise NotOursError("a time stamp that says more than its token")
        moment = None
        if not is_time_stamp:
            match = _CLAIMED.fullmatch(claimed.says) if isinstance(claimed, Text) else None
            if match is None:
                raise NotOursError("no time that is claimed as ours do")
            moment = _moment(match[1])
        return Written(field, is_time_stamp, revision, body.start, hole, end, moment)

    def _store(self, revision: int) -> Store:
        reference = self._dictionary(self._document.root, revision).get(b"/DSS")
        if reference is None:
            return Store()
        store = self._dictionary(reference.number, revision)
        certs, ocsps, crls = (
            tuple(self._stream(one.number, revision) for one in store.get(key, [])) for key in _STORE_KEYS
        )
        return Store(certs, ocsps, crls)

    def _stream(self, number: int, revision: int) -> bytes:
        extent = self._document.object(number, revision).stream
        if extent is None:
            raise NotOursError("not a stream")
        return self._document.data[slice(*extent)]

    def _fields(self, revision: int) -> list[Ref]:
        catalog = self._dictionary(self._document.root, revision)
        fields = self._dictionary(catalog[b"/AcroForm"].number, revision).get(b"/Fields")
        if not isinstance(fields, list) or not all(isinstance(one, Ref) for one in fields):
            raise NotOursError("no list of fields")
        return fields

    def _dictionary(self, number: int, revision: int) -> Dictionary:
        return self._document.object(number, revision).dictionary

    def _array(self, number: int, revision: int) -> list[Value]:
        value = self._document.object(number, revision).value
        if not isinstance(value, list):
            raise NotOursError("not an array")
        return value


def _is_signature(body: Body) -> bool:
    return isinstance(body.value, dict) and b"/ByteRange" in body.value


def _alike(before: Dictionary, after: Dictionary, *but: bytes) -> bool:
    return {key: value for key, value in before.items() if key not in but} == {
        key: value for key, value in after.items() if key not in but
    }


def _references(value: Value) -> list[Ref]:
    if isinstance(value, Ref):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [reference for part in parts for reference in _references(part)]


def _transform(reference: Value) -> str:
    """What a signature reference dictionary (ISO 32000-1, 12.8.1, table 253) says, if it is one of our two."""
    if not isinstance(reference, dict) or reference.get(b"/Type") != b"/SigRef":
        return ""
    method, parameters = reference.get(b"/TransformMethod"), reference.get(b"/TransformParams")
    if method == b"/DocMDP" and parameters == {b"/Type": b"/TransformParams", b"/V": b"/1.2", b"/P": 2}:
        return "certify"
    if method == b"/FieldMDP" and parameters == {b"/Type": b"/TransformParams", b"/V": b"/1.2", b"/Action": b"/All"}:
        return "lock"
    return ""


def _moment(digits: bytes) -> datetime:
    try:
        return datetime.strptime(digits.decode(), "%Y%m%d%H%M%S").replace(tzinfo=SHANGHAI)
    except ValueError:
        raise NotOursError("no such time") from None
