"""Two updates that keep signatures valid after their certs are gone: the evidence of the day, and a time stamp over all.

The document security store (/DSS) holds the certs, OCSP responses and CRLs with which the signatures are validated
(ETSI EN 319 142-1, 5.4.2); the document time stamp (/DocTimeStamp) proves that file and store existed before a time
(5.4.3). Both are permitted after the signature that locks the form: they add to the file and change nothing in it.
"""

from __future__ import annotations

from collections.abc import Iterable

from signing_service.domain.errors import Problem
from signing_service.domain.keys import RevocationEvidence, TimeStamp, TimeStampingAuthority
from signing_service.pipeline.increment import TIME_STAMP_ROOM, appended, next_trailer, with_hole
from signing_service.pipeline.written import ObjectId, Written, is_reference, reference, text, written

DOCUMENT_TIME_STAMP = "document_time_stamp_"
"""Begins the name of a field that holds one; a number from 1 follows."""
PRINT_AND_LOCKED = 4 | 128

_HEAD = b"<</Type/DocTimeStamp/Filter/Adobe.PPKLite/SubFilter/ETSI.RFC3161"


def add_validation_data(pdf: bytes, evidence: RevocationEvidence) -> bytes:
    """Append what of ``evidence`` the store does not hold yet; the file as it is when it holds everything.

    Nothing is stored twice, nothing that is there is lost. Same input, same bytes. Raises Problem FILE_STRUCTURE for a
    file that takes no update.
    """
    file = Written.read(pdf)
    known = file.catalog.get(b"/DSS")
    store = file.resolved(known) if known else {}
    number = file.size
    objects: dict[ObjectId, bytes] = {}
    for key, values in ((b"/Certs", evidence.certs), (b"/OCSPs", evidence.ocsps), (b"/CRLs", evidence.crls)):
        references = file.array(store[key]) if key in store else []
        for value in _new(values, {file.stream(reference(one)) for one in references}):
            objects[number, 0] = b"<</Length %d>>\nstream\n%s\nendstream" % (len(value), value)
            references.append(b"%d 0 R" % number)
            number += 1
        if references:
            store[key] = b"[%s]" % b" ".join(references)
    if not objects:
        return pdf
    if known and is_reference(known):
        objects[reference(known)] = written(store)
    else:
        objects[number, 0] = written(store)
        objects[file.root] = written({**file.catalog, b"/DSS": b"%d 0 R" % number})
        number += 1
    return appended(pdf, objects, next_trailer(file, size=number))


def add_document_time_stamp(pdf: bytes, tsa: TimeStampingAuthority) -> tuple[bytes, TimeStamp]:
    """Append a document time stamp, in an invisible field of its own on the first page, over everything before it.

    Raises Problem TSA_UNAVAILABLE, and FILE_STRUCTURE for a file without a form.
    """
    file = Written.read(pdf)
    form, page = _form(file), file.first_page()
    stamp, field = file.size, file.size + 1
    objects: dict[ObjectId, bytes] = {
        (field, 0): b"<</Type/Annot/Subtype/Widget/FT/Sig/T(%s)/F %d/Rect[0 0 0 0]/P %d %d R/V %d 0 R>>"
        % (_free_name(file).encode(), PRINT_AND_LOCKED, *page, stamp)
    }
    for owner, key in ((form, b"/Fields"), (page, b"/Annots")):
        objects |= _with_one_more(file, owner, key, field)
    update = with_hole(pdf, stamp, _HEAD, TIME_STAMP_ROOM, objects, next_trailer(file, size=field + 1))
    proof = tsa.time_stamp(update.digest("sha256"))
    return update.filled(proof.token), proof


def _new(values: Iterable[bytes], held: set[bytes]) -> list[bytes]:
    return [value for value in dict.fromkeys(values) if value not in held]


def _form(file: Written) -> ObjectId:
    form = file.catalog.get(b"/AcroForm", b"")
    if not is_reference(form):
        raise Problem(
            "FILE_STRUCTURE",
            "该 PDF 没有签章域，不能追加文档时间戳，请用本平台生成的文件。",
            "This PDF has no signature fields and takes no document time stamp: use the file made by this platform.",
        )
    return reference(form)


def _free_name(file: Written) -> str:
    taken = {text(field.get(b"/T", b"")) for _, field in file.fields()}
    return next(name for number in range(1, len(taken) + 2) if (name := f"{DOCUMENT_TIME_STAMP}{number}") not in taken)


def _with_one_more(file: Written, owner: ObjectId, key: bytes, number: int) -> dict[ObjectId, bytes]:
    """The array under ``key`` with a reference more: the array's own object, else its owner's."""
    entries = file.dictionary(owner)
    array = entries.get(key, b"[]")
    longer = b"[%s]" % b" ".join((*file.array(array), b"%d 0 R" % number))
    return {reference(array): longer} if is_reference(array) else {owner: written({**entries, key: longer})}
