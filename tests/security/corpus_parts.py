"""Attacks on the parts of a file: forms, signatures, attachments, description, pages, layers, actions."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf, String

from tests.security import attacks
from tests.security.corpus_overlays import last_shown, of_last_field
from tests.security.corpus_writing import (
    Attack,
    NotPossible,
    is_attack,
    last,
    last_field,
    stream,
    updated,
    with_entry,
    without,
)

# ---- forms


def _form_edit(change: Callable[[Object], None]) -> Attack:
    def edit(pdf: Pdf) -> list[Object]:
        form = pdf.Root.AcroForm
        change(form)
        return [form if form.objgen != (0, 0) else pdf.Root]

    return lambda data: updated(data, edit)


is_attack("forms", "NeedAppearances switched on")(_form_edit(with_entry("/NeedAppearances", True)))


def _of_fields_with_text(form: Object) -> None:
    if "/DA" not in form and all(field.get("/FT") == "/Sig" for field in form.Fields):
        raise NotPossible
    form.DA = String("/Helv 40 Tf 1 0 0 rg")


is_attack("forms", "another default look")(_form_edit(_of_fields_with_text))
is_attack("forms", "XFA added")(_form_edit(with_entry("/XFA", String("<xdp/>"))))
is_attack("forms", "SigFlags taken away")(_form_edit(without("/SigFlags")))


@is_attack("forms", "a seal's field becomes a text field with a value")
@of_last_field
def _(pdf: Pdf, field: Object) -> list[Object]:
    field.FT = Name.Tx
    field.V = String("FORGED")
    return [field]


@is_attack("forms", "a seal's field renamed")
@of_last_field
def _(pdf: Pdf, field: Object) -> list[Object]:
    field.T = String("minister")
    return [field]


# ---- signatures stripped, doubled, carried over


@is_attack("signatures", "the last one taken out of its field")
def _(data: bytes) -> bytes:
    def edit(pdf: Pdf) -> list[Object]:
        field = last_field(pdf)
        del field.V
        return [field]

    return updated(data, edit)


@is_attack("signatures", "all taken out of their fields")
def _(data: bytes) -> bytes:
    def edit(pdf: Pdf) -> list[Object]:
        filled = [field for field in pdf.Root.AcroForm.Fields if "/V" in field]
        for field in filled:
            del field.V
        return filled

    return updated(data, edit)


@is_attack("signatures", "all gone with the form")
def _(data: bytes) -> bytes:
    def edit(pdf: Pdf) -> list[Object]:
        del pdf.Root.AcroForm
        return [pdf.Root]

    return updated(data, edit)


@is_attack("signatures", "all gone with the field list")
def _(data: bytes) -> bytes:
    return _form_edit(with_entry("/Fields", Array([])))(data)


@is_attack("signatures", "the last one shown by a second field")
def _(data: bytes) -> bytes:
    def edit(pdf: Pdf) -> list[Object]:
        form = pdf.Root.AcroForm
        twin = pdf.make_indirect(Dictionary(FT=Name.Sig, T=String("twin"), V=last_field(pdf).V))
        form.Fields.append(twin)
        return [twin, form if form.objgen != (0, 0) else pdf.Root]

    return updated(data, edit)


@is_attack("signatures", "saved anew by an ordinary tool")
def _(data: bytes) -> bytes:
    return attacks.rewritten(data)


@is_attack("signatures", "saved anew with something drawn")
def _(data: bytes) -> bytes:
    return attacks.rewritten(data, b"q 0 0 60 60 re f Q")


@is_attack("signatures", "carried into another file")
def _(data: bytes) -> bytes:
    """The dictionary of the last signature, whole, in a file that was never signed."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as source, pikepdf.new() as target:
        target.add_blank_page(page_size=(595, 842))
        head = last_field(source).V
        copied = Dictionary({key: head.get(key) for key in head if key in ("/Type", "/Filter", "/SubFilter", "/M")})
        copied.Contents = String(bytes(head.Contents))
        copied.ByteRange = Array([int(number) for number in head.ByteRange])
        field = target.make_indirect(
            Dictionary(
                Type=Name.Annot,
                Subtype=Name.Widget,
                FT=Name.Sig,
                T=String("authority"),
                V=target.make_indirect(copied),
                Rect=Array([0, 0, 0, 0]),
            )
        )
        target.pages[0].obj.Annots = Array([field])
        target.Root.AcroForm = Dictionary(Fields=Array([field]), SigFlags=3)
        target.save(out)
    return out.getvalue()


@is_attack("signatures", "cut off in the middle of the last one")
def _(data: bytes) -> bytes:
    start, end, _ = last(data)
    return data[: (start + end) // 2]


# ---- attachments, description, pages, layers, actions


@is_attack("attachments", "the record swapped in place")
def _(data: bytes) -> bytes:
    def edit(pdf: Pdf) -> list[Object]:
        for name in list(pdf.attachments):
            held = pdf.attachments[name].obj.EF.F
            held.write(b'{"holder":"FORGED"}')
            return [held]
        raise NotPossible

    return updated(data, edit)


@is_attack("forms", "a value filled in anew")
def _(data: bytes) -> bytes:
    def edit(pdf: Pdf) -> list[Object]:
        texts = [field for field in pdf.Root.AcroForm.Fields if field.get("/FT") == "/Tx"]
        if not texts:
            raise NotPossible
        texts[0].V = String("900")
        return texts[:1]

    return updated(data, edit)


@is_attack("attachments", "one added")
def _(data: bytes) -> bytes:
    def edit(pdf: Pdf) -> list[Object]:
        held = stream(pdf, b'{"holder":"FORGED"}', Type=Name("/EmbeddedFile"))
        named = pdf.make_indirect(
            Dictionary(
                Type=Name.Filespec, F=String("record.json"), UF=String("record.json"), EF=Dictionary(F=held, UF=held)
            )
        )
        pdf.Root.AF = Array([named])
        pdf.Root.Names = Dictionary(EmbeddedFiles=Dictionary(Names=Array([String("record.json"), named])))
        return [pdf.Root, named, held]

    return updated(data, edit)


@is_attack("attachments", "all removed")
def _(data: bytes) -> bytes:
    def edit(pdf: Pdf) -> list[Object]:
        if not len(pdf.attachments):
            raise NotPossible
        for key in ("/AF", "/Names"):
            if key in pdf.Root:
                del pdf.Root[key]
        return [pdf.Root]

    return updated(data, edit)


@is_attack("description", "another title in the information dictionary")
def _(data: bytes) -> bytes:
    def edit(pdf: Pdf) -> list[Object]:
        info = pdf.trailer.Info
        info.Title = String("一级资质证书")
        return [info]

    return updated(data, edit)


@is_attack("description", "another title in XMP")
def _(data: bytes) -> bytes:
    def edit(pdf: Pdf) -> list[Object]:
        if "/Metadata" not in pdf.Root:
            raise NotPossible
        packet = pdf.Root.Metadata
        text = packet.read_bytes()
        if b"<rdf:li" not in text:
            raise NotPossible
        packet.write(re.sub(rb"(<rdf:li[^>]*>)[^<]*", rb"\1FORGED", text))
        return [packet]

    return updated(data, edit)


def _pages_edit(change: Callable[[Pdf], list[Object]]) -> Attack:
    return lambda data: updated(data, change)


@is_attack("pages", "one added")
@_pages_edit
def _(pdf: Pdf) -> list[Object]:
    tree = pdf.Root.Pages
    page = pdf.make_indirect(
        Dictionary(Type=Name.Page, Parent=tree, MediaBox=Array([0, 0, 595, 842]), Resources=Dictionary())
    )
    page.Contents = stream(pdf, b"0.5 g 60 60 400 400 re f")
    tree.Kids.append(page)
    tree.Count = int(tree.Count) + 1
    return [tree, page, page.Contents]


@is_attack("pages", "the last removed")
@_pages_edit
def _(pdf: Pdf) -> list[Object]:
    tree = pdf.Root.Pages
    if len(tree.Kids) < 2:
        raise NotPossible
    tree.Kids = Array([*tree.Kids][:-1])
    tree.Count = len(tree.Kids)
    return [tree]


@is_attack("pages", "reordered")
@_pages_edit
def _(pdf: Pdf) -> list[Object]:
    tree = pdf.Root.Pages
    if len(tree.Kids) < 2:
        raise NotPossible
    tree.Kids = Array([*tree.Kids][::-1])
    return [tree]


@is_attack("pages", "cropped")
@_pages_edit
def _(pdf: Pdf) -> list[Object]:
    page = pdf.pages[0].obj
    page.CropBox = Array([0, 0, 300, 300])
    return [page]


@is_attack("pages", "turned")
@_pages_edit
def _(pdf: Pdf) -> list[Object]:
    page = pdf.pages[0].obj
    page.Rotate = 180
    return [page]


def _layered(pdf: Pdf, *, visible: bool) -> Object:
    group = pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String("layer")))
    state = {"/ON" if visible else "/OFF": Array([group])}
    pdf.Root.OCProperties = Dictionary(OCGs=Array([group]), D=Dictionary(state))
    return group


@is_attack("layers", "a hidden layer added over the page")
@_pages_edit
def _(pdf: Pdf) -> list[Object]:
    group = _layered(pdf, visible=False)
    return [pdf.Root, group]


@is_attack("layers", "a drawn object put on a layer that is off")
@_pages_edit
def _(pdf: Pdf) -> list[Object]:
    drawn = pdf.pages[0].obj.Resources.get("/XObject")
    if drawn is None or not list(drawn.keys()):
        raise NotPossible
    target = drawn[min(drawn.keys())]
    group = _layered(pdf, visible=False)
    target.OC = group
    return [pdf.Root, group, target]


@is_attack("layers", "a seal put on a layer that is off")
@_pages_edit
def _(pdf: Pdf) -> list[Object]:
    field = last_shown(pdf)
    group = _layered(pdf, visible=False)
    field.OC = group
    return [pdf.Root, group, field]


@is_attack("actions", "a script when the file is opened")
@_pages_edit
def _(pdf: Pdf) -> list[Object]:
    pdf.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=String("this.getField('x').value='FORGED'"))
    return [pdf.Root]


@is_attack("actions", "scripts on a page")
@_pages_edit
def _(pdf: Pdf) -> list[Object]:
    page = pdf.pages[0].obj
    page.AA = Dictionary(O=Dictionary(S=Name.URI, URI=String("http://127.0.0.1/")))
    return [page]
