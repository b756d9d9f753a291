"""Attacks on what is to be seen: shadow attacks, annotations and fields over the page, seals that look otherwise."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf, String

from tests.security import attacks
from tests.security.corpus_writing import (
    HELVETICA,
    Attack,
    NotPossible,
    is_attack,
    signature_edit,
    stream,
    trailer_of,
    updated,
    with_entry,
    written,
)

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
        Resources=Dictionary(Font=Dictionary(Fx=Dictionary(HELVETICA))),
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
    is_attack("EAA", f"{_kind} annotation over the text")(_annotated(_kind))
is_attack("EAA", "FileAttachment annotation")(_annotated("FileAttachment"))
is_attack("EAA", "annotation of an unknown kind")(_annotated("Mystery"))
is_attack("EAA", "annotation outside the page")(_annotated("Stamp", rect=(-900, -900, -800, -800)))


@is_attack("EAA", "P raised from 2 to 3 by an update, then annotated")
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


@is_attack("EAA", "certification taken away, then annotated")
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


is_attack("SSA", "signature field with a picture over the text")(_new_field("Sig"))
is_attack("SSA", "signature field of no size with a picture")(_new_field("Sig", rect=(0, 0, 0, 0)))
is_attack("SSA", "text field over the text")(_new_field("Tx", value=String("FORGED")))
is_attack("SSA", "button over the text")(_new_field("Btn"))


@is_attack("SSA", "an open field's picture drawn over the text")
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


def of_last_field(change: Callable[[Pdf, Object], list[Object]]) -> Attack:
    return lambda data: updated(data, lambda pdf: change(pdf, last_shown(pdf)))


def last_shown(pdf: Pdf) -> Object:
    fields = pdf.Root.AcroForm.Fields
    shown = [field for field in fields if "/AP" in field and "/V" in field and isinstance(field.V, Dictionary)]
    if not shown:
        raise NotPossible
    return shown[-1]


@is_attack("appearance", "a seal's picture replaced in its field")
@of_last_field
def _(pdf: Pdf, field: Object) -> list[Object]:
    face = _appearance(pdf, (113, 113))
    field.AP = Dictionary(N=face)
    return [field, face]


@is_attack("appearance", "a seal's picture replaced in place")
@of_last_field
def _(pdf: Pdf, field: Object) -> list[Object]:
    face = field.AP.N
    face.write(b"0 0 100 100 re f")
    return [face]


@is_attack("appearance", "a seal moved over the text")
@of_last_field
def _(pdf: Pdf, field: Object) -> list[Object]:
    field.Rect = Array([60, 400, 460, 460])
    return [field]


@is_attack("appearance", "a seal hidden")
@of_last_field
def _(pdf: Pdf, field: Object) -> list[Object]:
    field.F = 2
    return [field]


is_attack("appearance", "another reason")(signature_edit(with_entry("/Reason", String("同意"))))
is_attack("appearance", "another name")(signature_edit(with_entry("/Name", String("国务院"))))
is_attack("appearance", "another claimed time")(signature_edit(with_entry("/M", String("D:20200101000000+08'00'"))))


@is_attack("shadow", "hide: what covered the text is taken away")
def _(data: bytes) -> bytes:
    def edit(pdf: Pdf) -> list[Object]:
        page = pdf.pages[0].obj
        old = page.Contents
        parts = [*old] if isinstance(old, Array) else [old]
        page.Contents = Array(parts[1:])
        return [page]

    return updated(data, edit)


@is_attack("shadow", "hide: a drawn object is made empty")
def _(data: bytes) -> bytes:
    def edit(pdf: Pdf) -> list[Object]:
        drawn = pdf.pages[0].obj.Resources.get("/XObject")
        if drawn is None or not list(drawn.keys()):
            raise NotPossible
        target = drawn[min(drawn.keys())]
        target.write(b"")
        return [target]

    return updated(data, edit)


@is_attack("shadow", "hide: a drawn object freed in the table")
def _(data: bytes) -> bytes:
    number = attacks.page_content_number(data)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        trailer = trailer_of(pdf, attacks.last_startxref(data), int(pdf.trailer.Size))
    start = len(data)
    return data + b"xref\n%d 1\n%010d 00001 f \ntrailer\n%s\nstartxref\n%d\n%%%%EOF\n" % (number, 0, trailer, start)


@is_attack("shadow", "replace: a table alone points to an object laid elsewhere in the file")
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


@is_attack("shadow", "replace: the content under a new generation")
def _(data: bytes) -> bytes:
    number = attacks.page_content_number(data)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        page = pdf.pages[0].obj
        told = re.sub(rb"\b%d 0 R" % number, b"%d 1 R" % number, page.unparse(resolved=True))
        trailer = trailer_of(pdf, attacks.last_startxref(data), int(pdf.trailer.Size))
        bodies = {(number, 1): attacks.other_content(), (int(page.objgen[0]), 0): told}
    return written(data, bodies, trailer, attacks.last_startxref(data))


@is_attack("shadow", "replace: a font by another one")
def _(data: bytes) -> bytes:
    def edit(pdf: Pdf) -> list[Object]:
        fonts = pdf.pages[0].obj.Resources.Font
        font = fonts[min(fonts.keys())]
        if font.objgen == (0, 0):
            raise NotPossible
        for key in list(font.keys()):
            del font[key]
        for key, value in HELVETICA.items():
            font[key] = value
        return [font]

    return updated(data, edit)


@is_attack("shadow", "replace: the glyphs of a font")
def _(data: bytes) -> bytes:
    def edit(pdf: Pdf) -> list[Object]:
        for one in pdf.objects:
            if isinstance(one, Dictionary) and "/FontFile2" in one:
                one.FontFile2.write(zlib.decompress(zlib.compress(b"\0" * 64)))
                return [one.FontFile2]
        raise NotPossible

    return updated(data, edit)


@is_attack("shadow", "replace: what glyphs mean when they are copied")
def _(data: bytes) -> bytes:
    def edit(pdf: Pdf) -> list[Object]:
        for one in pdf.objects:
            if isinstance(one, Dictionary) and "/ToUnicode" in one:
                one.ToUnicode.write(b"begincmap 1 beginbfrange <00> <ff> <0041> endbfrange endcmap")
                return [one.ToUnicode]
        raise NotPossible

    return updated(data, edit)


@is_attack("shadow", "hide and replace: a second page tree was signed along, the catalog shows it")
def _(data: bytes) -> bytes:
    def edit(pdf: Pdf) -> list[Object]:
        page = pdf.make_indirect(Dictionary(Type=Name.Page, MediaBox=Array([0, 0, 595, 842]), Resources=Dictionary()))
        page.Contents = stream(pdf, b"0.2 g 50 50 300 300 re f")
        tree = pdf.make_indirect(Dictionary(Type=Name.Pages, Count=1, Kids=Array([page])))
        page.Parent = tree
        pdf.Root.Pages = tree
        return [pdf.Root, tree, page, page.Contents]

    return updated(data, edit)


@is_attack("shadow", "overlay: a form object drawn last")
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
