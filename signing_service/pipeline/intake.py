"""收件: a file that somebody made elsewhere is made ready to be signed here, after what could make it lie was refused.

A signature says that its signer saw these pages. A file that can show other pages tomorrow (scripts, layers, forms,
content from elsewhere) or cannot be opened by everybody is not taken in. What is taken in keeps its bytes; fields are
added behind them.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import pikepdf

from signing_service.domain.documents import SignablePdf, SignatureArea
from signing_service.domain.errors import Problem
from signing_service.pipeline.increment import appended, next_trailer
from signing_service.pipeline.written import Entries, ObjectId, Written, is_reference, reference, refused, written

PRINT_AND_LOCKED = 4 | 128

ACTIVE = {
    "/JavaScript": ("脚本", "scripts"),
    "/JS": ("脚本", "scripts"),
    "/Launch": ("启动程序的动作", "actions that start programs"),
    "/EmbeddedFiles": ("附件", "attached files"),
    "/EmbeddedFile": ("附件", "attached files"),
    "/RichMedia": ("多媒体", "media"),
    "/XFA": ("动态表单", "a dynamic form"),
    "/AcroForm": ("可填写的表单", "a form that can be filled in"),
    "/OCProperties": ("可隐藏的图层", "layers that can be hidden"),
    "/AA": ("自动执行的动作", "actions that run by themselves"),
}
"""Names, as keys or types, that make a file show or do something else than its pages."""


def take_in(upload: bytes, areas: Sequence[SignatureArea]) -> SignablePdf:
    """The upload with a signature field for each area, in their order; the last one locks.

    A file with plain cross-reference tables keeps every byte; another is written anew, its streams as they are. Same
    input, same bytes. Raises Problem UPLOAD_UNREADABLE, UPLOAD_ENCRYPTED, UPLOAD_SIGNED or UPLOAD_ACTIVE.
    """
    return SignablePdf(with_fields(_plain(upload), areas), tuple(area.role for area in areas))


def _plain(upload: bytes) -> bytes:
    """The upload once it was looked through, with tables of the plain kind."""
    try:
        with pikepdf.open(io.BytesIO(upload)) as pdf:
            refuse_active(pdf)
            with suppress(Problem):
                if Written.read(upload).root == pdf.Root.objgen:
                    return upload
            out = io.BytesIO()
            pdf.save(
                out,
                deterministic_id=True,
                object_stream_mode=pikepdf.ObjectStreamMode.disable,
                compress_streams=False,
                stream_decode_level=pikepdf.StreamDecodeLevel.none,
            )
            return out.getvalue()
    except pikepdf.PasswordError:
        raise Problem(
            "UPLOAD_ENCRYPTED",
            "该 PDF 设有密码或使用限制，不能签署；请去除后重新上传。",
            "This PDF is protected by a password or restrictions and cannot be signed: remove them and upload it again.",
        ) from None
    except pikepdf.PdfError:
        raise Problem(
            "UPLOAD_UNREADABLE",
            "无法读取该文件；请用原软件重新导出为 PDF 后上传。",
            "This file cannot be read: export it again as a PDF and upload that.",
        ) from None


def refuse_active(pdf: pikepdf.Pdf) -> None:
    """Raises Problem UPLOAD_SIGNED, UPLOAD_ACTIVE; pikepdf.PasswordError for what is encrypted."""
    if pdf.is_encrypted:
        raise pikepdf.PasswordError
    found = dict.fromkeys(name for item in pdf.objects for name in names_in(item))
    if "/AcroForm" in found and any(_is_signed(item) for item in pdf.objects):
        raise Problem(
            "UPLOAD_SIGNED",
            "该 PDF 已有电子签名，再加签章域会使其失效；请上传未签名的原件。",
            "This PDF carries signatures, which further fields would break: upload the unsigned original.",
        )
    if found:
        zh, en = (list(dict.fromkeys(ACTIVE[name][part] for name in found)) for part in (0, 1))
        raise Problem(
            "UPLOAD_ACTIVE",
            f"该 PDF 含有{'、'.join(zh)}，签署后所见可能改变，不能签署；请另存为普通 PDF 后上传。",
            f"This PDF contains {', '.join(en)}: what it shows may change after signing. Save it as a plain PDF and upload that.",
        )


def names_in(item: Any) -> Iterator[str]:
    """Those of ``ACTIVE`` in an object."""
    return (name for name in _names(item) if name in ACTIVE)


def _names(item: Any) -> Iterator[str]:
    """Keys and types of an object and of the dictionaries that stand in it."""
    if isinstance(item, pikepdf.Dictionary | pikepdf.Stream):
        for key, value in item.items():
            yield key
            if key in ("/S", "/Subtype", "/Type") and isinstance(value, pikepdf.Name):
                yield str(value)
            elif not getattr(value, "is_indirect", True):
                yield from _names(value)
    elif isinstance(item, pikepdf.Array):
        for value in item:
            if not getattr(value, "is_indirect", True):
                yield from _names(value)


def _is_signed(item: pikepdf.Object) -> bool:
    return isinstance(item, pikepdf.Dictionary) and "/ByteRange" in item and "/Contents" in item


def with_fields(data: bytes, areas: Sequence[SignatureArea]) -> bytes:
    """A file with plain tables and no form yet, with a signature field for each area; the last one locks."""
    file = Written.read(data)
    pages = _pages(file)
    form = file.size
    objects: dict[ObjectId, bytes] = {}
    added: dict[ObjectId, list[bytes]] = {}
    fields = []
    for number, area in enumerate(areas, form + 1):
        which = area.box.page if area.box else 0
        if which >= len(pages):
            raise refused()
        rect = (area.box.left, area.box.bottom, area.box.right, area.box.top) if area.box else (0, 0, 0, 0)
        lock = b"/Lock<</Type/SigFieldLock/Action/All/P 1>>" if area is areas[-1] else b""
        objects[number, 0] = b"<</Type/Annot/Subtype/Widget/FT/Sig/T(%s)/F %d/P %d %d R/Rect[%s]%s>>" % (
            area.role.value.encode(), PRINT_AND_LOCKED, *pages[which], b" ".join(b"%.2f" % one for one in rect), lock,
        )  # fmt: skip
        added.setdefault(pages[which], []).append(b"%d 0 R" % number)
        fields.append(b"%d 0 R" % number)
    objects[form, 0] = b"<</Fields[%s]/SigFlags 3>>" % b" ".join(fields)
    objects[file.root] = written(
        {
            **file.catalog,
            b"/AcroForm": b"%d 0 R" % form,
            b"/Extensions": b"<</ESIC<</BaseVersion/1.7/ExtensionLevel 2>>>>",
        }
    )
    for page, widgets in added.items():
        objects |= _with_annotations(file, page, widgets)
    return appended(data, objects, next_trailer(file, size=form + 1 + len(areas)))


def _with_annotations(file: Written, page: ObjectId, widgets: list[bytes]) -> dict[ObjectId, bytes]:
    entries = file.dictionary(page)
    known = entries.get(b"/Annots", b"[]")
    longer = b"[%s]" % b" ".join((*file.array(known), *widgets))
    return {reference(known): longer} if is_reference(known) else {page: written({**entries, b"/Annots": longer})}


def _pages(file: Written) -> list[ObjectId]:
    """The leaves of the tree of pages, in order."""
    found: list[ObjectId] = []
    seen: set[ObjectId] = set()
    waiting = [reference(file.catalog.get(b"/Pages", b""))]
    while waiting:
        which = waiting.pop()
        if which in seen:
            raise refused()
        seen.add(which)
        node: Entries = file.dictionary(which)
        if b"/Kids" in node:
            waiting += [reference(kid) for kid in reversed(file.array(node[b"/Kids"]))]
        else:
            found.append(which)
    return found
