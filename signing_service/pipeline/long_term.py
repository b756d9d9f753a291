"""Two updates that keep signatures valid after their certs are gone: the evidence of the day, and a time stamp over all.

The document security store (/DSS) holds the certs, OCSP responses and CRLs with which the signatures are validated
(ETSI EN 319 142-1, 5.4.2); the document time stamp (/DocTimeStamp) proves that file and store existed before a time
(5.4.3). Both are permitted after the signature that locks the form: they add to the file and change nothing in it.
"""

from __future__ import annotations

import io
from collections.abc import Iterable

import pikepdf
from pikepdf import Array, Dictionary

from signing_service.domain.errors import Problem
from signing_service.domain.keys import RevocationEvidence, TimeStamp, TimeStampingAuthority
from signing_service.pipeline.increment import (
    TIME_STAMP_ROOM,
    appended,
    next_trailer,
    with_entries,
    with_hole,
)

DOCUMENT_TIME_STAMP = "document_time_stamp_"
"""Begins the name of a field that holds one; a number from 1 follows."""
PRINT_AND_LOCKED = 4 | 128

_HEAD = b"<</Type/DocTimeStamp/Filter/Adobe.PPKLite/SubFilter/ETSI.RFC3161"

ObjectId = tuple[int, int]


def add_validation_data(pdf: bytes, evidence: RevocationEvidence) -> bytes:
    """Append what of ``evidence`` the store does not hold yet; the file as it is when it holds everything.

    Nothing is stored twice, nothing that is there is lost. Same input, same bytes. Raises Problem FILE_STRUCTURE for a
    file that takes no update.
    """
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        store = opened.Root.get("/DSS", Dictionary())
        number = int(opened.trailer.Size)
        objects: dict[ObjectId, bytes] = {}
        entries = b""
        for key, values in (("/Certs", evidence.certs), ("/OCSPs", evidence.ocsps), ("/CRLs", evidence.crls)):
            held = list(store.get(key, Array()))
            references = [b"%d %d R" % stream.objgen for stream in held]
            for value in _new(values, held):
                objects[number, 0] = b"<</Length %d>>\nstream\n%s\nendstream" % (len(value), value)
                references.append(b"%d 0 R" % number)
                number += 1
            if references:
                entries += b"%s[%s]" % (key.encode(), b" ".join(references))
        if not objects:
            return pdf
        written = with_entries(store, entries, without=("/Certs", "/OCSPs", "/CRLs"))
        if store.is_indirect:
            objects[store.objgen] = written
        else:
            objects[number, 0] = written
            objects[opened.Root.objgen] = with_entries(opened.Root, b"/DSS %d 0 R" % number, without=("/DSS",))
            number += 1
        trailer = next_trailer(opened, pdf, size=number)
    return appended(pdf, objects, trailer)


def add_document_time_stamp(pdf: bytes, tsa: TimeStampingAuthority) -> tuple[bytes, TimeStamp]:
    """Append a document time stamp, in an invisible field of its own on the first page, over everything before it.

    Raises Problem TSA_UNAVAILABLE, and FILE_STRUCTURE for a file without a form.
    """
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        form, page = _form(opened), opened.pages[0].obj
        stamp = int(opened.trailer.Size)
        field = stamp + 1
        objects: dict[ObjectId, bytes] = {
            (field, 0): b"<</Type/Annot/Subtype/Widget/FT/Sig/T(%s)/F %d/Rect[0 0 0 0]/P %d %d R/V %d 0 R>>"
            % (_free_name(form).encode(), PRINT_AND_LOCKED, *page.objgen, stamp)
        }
        for owner, key in ((form, "/Fields"), (page, "/Annots")):
            objects |= _with_one_more(owner, key, field)
        trailer = next_trailer(opened, pdf, size=field + 1)
    update = with_hole(pdf, stamp, _HEAD, TIME_STAMP_ROOM, objects, trailer)
    proof = tsa.time_stamp(update.digest("sha256"))
    return update.filled(proof.token), proof


def _new(values: Iterable[bytes], held: list[pikepdf.Object]) -> list[bytes]:
    known = {stream.read_bytes() for stream in held}
    return [value for value in dict.fromkeys(values) if value not in known]


def _form(opened: pikepdf.Pdf) -> pikepdf.Object:
    form = opened.Root.get("/AcroForm")
    if form is None or not form.is_indirect:
        raise Problem(
            "FILE_STRUCTURE",
            "该 PDF 没有签章域，不能追加文档时间戳，请用本平台生成的文件。",
            "This PDF has no signature fields and takes no document time stamp: use the file made by this platform.",
        )
    return form


def _free_name(form: pikepdf.Object) -> str:
    taken = {str(field.get("/T", "")) for field in form.Fields}
    return next(name for number in range(1, len(taken) + 2) if (name := f"{DOCUMENT_TIME_STAMP}{number}") not in taken)


def _with_one_more(owner: pikepdf.Object, key: str, number: int) -> dict[ObjectId, bytes]:
    """The array under ``key`` with a reference more: the array's own object, else its owner's."""
    array = owner.get(key, Array())
    written = array.unparse(resolved=True).removesuffix(b"]") + b" %d 0 R]" % number
    if array.is_indirect:
        return {array.objgen: written}
    return {owner.objgen: with_entries(owner, key.encode() + written, without=(key,))}
