"""A signature is written as an incremental update: nothing of the earlier file moves (ISO 32000-1, 7.5.6).

One update holds the signature dictionary with a hole for the CMS, the field that now points at it, its
appearance, and, with the certifying signature, the catalog. Same input, same bytes, so that a step that was
killed and runs again asks the key for the same digest.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from signing_service.domain.dates import SHANGHAI
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.errors import Problem
from signing_service.pipeline.appearance import OPACITY, Appearance
from signing_service.pipeline.seam import share_of, strip
from signing_service.pipeline.written import Entries, ObjectId, Written, elements, numbers, text, written

BYTE_RANGE_WIDTH = 60
"""Room for three ten-digit numbers, filled once the hole is where it is."""

Drawn = Callable[[tuple[float, float], int, int], bytes]
"""The appearance of a strip of a seal: of its extent, which one from 0, of how many."""

_END_TELLS = 8192

TIME_STAMP_ROOM = 6144
"""Bytes kept for an RFC 3161 token with its chain; ours has about 3,000."""


@dataclass(frozen=True, slots=True)
class Hole:
    """Where the CMS goes: from the ``<`` to past the ``>``."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Update:
    data: bytes
    hole: Hole

    def digest(self, name: str) -> bytes:
        """The digest, by its name in ``hashlib``, over the byte range: everything but the hole."""
        view = memoryview(self.data)
        covered = hashlib.new(name, view[: self.hole.start])
        covered.update(view[self.hole.end :])
        return covered.digest()

    def filled(self, cms: bytes) -> bytes:
        """The file with its signature. The hole keeps its size; what is left over stays zeros."""
        digits = cms.hex().encode()
        room = self.hole.end - self.hole.start - 2
        if len(digits) > room:
            msg = f"the CMS has {len(digits)} hex digits, the hole {room}"
            raise ValueError(msg)
        return b"".join((self.data[: self.hole.start + 1], digits.ljust(room, b"0"), self.data[self.hole.end - 1 :]))


def append_signature(
    base: bytes,
    role: SignatoryRole,
    *,
    room: int,
    claimed_at: datetime,
    appearance: Appearance | None,
    certify: bool,
) -> Update:
    """Append an update that fills the field of ``role``, with a hole of ``room`` bytes.

    The appearance is drawn at true size in the middle of the field; a field without extent shows nothing. Where the
    role has a seam, the same signature is the value of its strips, which show the same seal.
    ``certify`` makes it the certifying signature with DocMDP P=2 (later signatures allowed, nothing else;
    ISO 32000-1, 12.8.2.2). Raises Problem SLOT_NOT_OPEN when there is no such field or it is filled.
    """
    file = Written.read(base)
    which, field = _open_field(file, role)
    signature, face = file.size, file.size + 1
    width, height = _extent(field)
    shown = appearance is not None and width > 0 and height > 0
    objects: dict[ObjectId, bytes] = {}
    field = {**field, b"/V": b"%d 0 R" % signature}
    free = face
    if appearance is not None and shown:
        objects[face, 0] = face_object(appearance, width, height)
        field[b"/AP"] = b"<</N %d 0 R>>" % face
        free += 1
        at = ((width - appearance.width_pt) / 2, (height - appearance.height_pt) / 2)
        free = _add_strips(
            file,
            role,
            objects,
            field[b"/V"],
            free,
            lambda size, place, of: strip(appearance, face, at, size, place, of),
        )
    else:
        _add_strips(file, role, objects, field[b"/V"], free, None)
    objects[which] = written(field)
    if certify:
        objects[file.root] = written({**file.catalog, b"/Perms": b"<</DocMDP %d 0 R>>" % signature})
    head = signature_head(claimed_at, signature_references(file.root, certify=certify, lock=b"/Lock" in field))
    return with_hole(base, signature, head, room, objects, next_trailer(file, size=free))


def _add_strips(
    file: Written, role: SignatoryRole, objects: dict[ObjectId, bytes], value: bytes, free: int, drawn: Drawn | None
) -> int:
    """Fill every strip of the role's seam with ``value``; strips that look alike share one appearance.

    The answer is the first object number that is free then.
    """
    faces: dict[tuple[float, float, int, int], int] = {}
    for which, field in file.fields():
        share = share_of(text(field.get(b"/T", b"")))
        if share is None or share[0] is not role or field.get(b"/FT") != b"/Sig":
            continue
        if b"/V" in field:
            raise slot_not_open(role)
        filled = {**field, b"/V": value}
        if drawn is not None:
            look = (*_extent(field), *share[1:])
            if look not in faces:
                faces[look], free = free, free + 1
                objects[faces[look], 0] = drawn(look[:2], *share[1:])
            filled[b"/AP"] = b"<</N %d 0 R>>" % faces[look]
        objects[which] = written(filled)
    return free


def _open_field(file: Written, role: SignatoryRole) -> tuple[ObjectId, Entries]:
    for which, field in file.fields():
        if text(field.get(b"/T", b"")) == role.value and field.get(b"/FT") == b"/Sig" and b"/V" not in field:
            return which, field
    raise slot_not_open(role)


def slot_not_open(role: SignatoryRole) -> Problem:
    return Problem(
        "SLOT_NOT_OPEN",
        "该签署位置不存在或已签署，请刷新后查看当前版本。",
        "This place to sign does not exist or is already signed: reload to see the current revision.",
        status=409,
        role=role.value,
    )


def _extent(field: Entries) -> tuple[float, float]:
    left, bottom, right, top = numbers(field[b"/Rect"])
    return right - left, top - bottom


@lru_cache(maxsize=256)
def face_object(appearance: Appearance, width: float, height: float) -> bytes:
    """The appearance in the middle of a field of this extent, as a form XObject; compressed once per seal."""
    left, bottom = (width - appearance.width_pt) / 2, (height - appearance.height_pt) / 2
    content = zlib.compress(b"q 1 0 0 1 %.3f %.3f cm\n%s\nQ" % (left, bottom, appearance.content), 9)
    return (
        b"<</Type/XObject/Subtype/Form/BBox[0 0 %.2f %.2f]/Resources<</ExtGState<</GS0<</ca %.2f/CA %.2f/BM/Multiply>>>>>>"
        b"/Filter/FlateDecode/Length %d>>\nstream\n%s\nendstream"
        % (width, height, OPACITY, OPACITY, len(content), content)
    )


def signature_references(catalog: ObjectId, *, certify: bool, lock: bool) -> bytes:
    """What the signature allows afterwards: DocMDP when it certifies, FieldMDP when it locks (12.8.2)."""
    references = b""
    if certify:
        references += (
            b"<</Type/SigRef/TransformMethod/DocMDP/DigestMethod/SHA256"
            b"/TransformParams<</Type/TransformParams/V/1.2/P 2>>>>"
        )
    if lock:
        references += (
            b"<</Type/SigRef/TransformMethod/FieldMDP/DigestMethod/SHA256/Data %d %d R"
            b"/TransformParams<</Type/TransformParams/V/1.2/Action/All>>>>" % catalog
        )
    return b"/Reference[%s]" % references if references else b""


def signature_head(claimed_at: datetime, references: bytes) -> bytes:
    """A signature dictionary up to its /Contents."""
    moment = claimed_at.astimezone(SHANGHAI).strftime("%Y%m%d%H%M%S").encode()
    return b"<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/M(D:%s+08'00')%s" % (moment, references)


def next_trailer(file: Written, *, size: int) -> bytes:
    """The trailer of an update, after which ``size`` is the first number that is free.

    The second part of the identifier changes with every update (ISO 32000-1, 14.4): it comes from the end of the file,
    where the last update stands.
    """
    first, *_ = elements(file.trailer[b"/ID"])
    this = hashlib.sha256(b"%d" % len(file.data) + file.data[-_END_TELLS:]).hexdigest()[:32].encode()
    kept: Entries = {name: file.trailer[name] for name in (b"/Root", b"/Info") if name in file.trailer}
    return written(
        {b"/Size": b"%d" % size, **kept, b"/ID": b"[%s<%s>]" % (first, this), b"/Prev": b"%d" % file.table_at}
    )


def with_hole(
    base: bytes, signature: int, head: bytes, room: int, objects: dict[ObjectId, bytes], trailer: bytes
) -> Update:
    """Append a signature dictionary that begins with ``head`` and has a hole of ``room`` bytes, then ``objects``."""
    out = _opened(base)
    offsets = {(signature, 0): len(out)}
    hole, byte_range_at = append_hole(out, signature, head, room)
    _close(out, offsets, objects, trailer)
    write_byte_range(out, byte_range_at, hole, len(out))
    return Update(bytes(out), hole)


def append_hole(out: bytearray, signature: int, head: bytes, room: int) -> tuple[Hole, int]:
    """Append a signature dictionary; the answer is its hole, and where its /ByteRange goes once the file is whole."""
    out += b"%d 0 obj\n%s/Contents <" % (signature, head)
    start = len(out) - 1
    out += b"0" * (2 * room) + b">"
    hole = Hole(start, len(out))
    out += b"/ByteRange "
    byte_range_at = len(out)
    out += b" " * BYTE_RANGE_WIDTH + b">>\nendobj\n"
    return hole, byte_range_at


def write_byte_range(out: bytearray, at: int, hole: Hole, length: int) -> None:
    """All of a file of ``length`` bytes but the hole."""
    byte_range = b"[0 %d %d %d]" % (hole.start, hole.end, length - hole.end)
    out[at : at + len(byte_range)] = byte_range


def appended(base: bytes, objects: dict[ObjectId, bytes], trailer: bytes) -> bytes:
    """Append an update that signs nothing."""
    out = _opened(base)
    _close(out, {}, objects, trailer)
    return bytes(out)


def _opened(base: bytes) -> bytearray:
    return bytearray(base if base.endswith(b"\n") else base + b"\n")


def _close(out: bytearray, offsets: dict[ObjectId, int], objects: dict[ObjectId, bytes], trailer: bytes) -> None:
    """The objects, the table that finds them, and the end mark."""
    for (number, generation), body in sorted(objects.items()):
        offsets[number, generation] = len(out)
        out += b"%d %d obj\n%s\nendobj\n" % (number, generation, body)
    table = len(out)
    out += b"xref\n"
    for (number, generation), offset in sorted(offsets.items()):
        out += b"%d 1\n%010d %05d n \n" % (number, offset, generation)
    out += b"trailer\n%s\nstartxref\n%d\n%%%%EOF\n" % (trailer, table)
