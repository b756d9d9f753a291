"""Every signature field is laid before the first signature: one added later would count as a change.

The fields are named by role. The last to be filled carries a lock (ISO 32000-2, 12.7.5.5, table 236) that closes
the form; the first, which certifies, is the business of ``pipeline.seal``.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from signing_service.domain.documents import Box, SealedPdf, SignablePdf, SignatoryRole, StampedPdf
from signing_service.pipeline.long_term import DOCUMENT_TIME_STAMP
from signing_service.pipeline.written import Written, text

PRINT_AND_LOCKED = 4 | 128
SIGNATURES_EXIST_APPEND_ONLY = 1 | 2


def add_signature_fields(stamped: StampedPdf) -> SignablePdf:
    """Lay a field for every area of the template, in its order. Same input, same bytes."""
    areas = stamped.rendered.areas
    for area in areas:
        for zone in stamped.rendered.qr_zones:
            if area.box is not None and area.box.overlaps(zone):
                msg = f"{stamped.rendered.template}: the area of {area.role} lies over a QR zone"
                raise ValueError(msg)
    with pikepdf.open(io.BytesIO(stamped.data)) as pdf:
        fields = [
            _field(pdf, area.role, area.box, last=position == len(areas) - 1) for position, area in enumerate(areas)
        ]
        pdf.Root.AcroForm = pdf.make_indirect(Dictionary(Fields=Array(fields), SigFlags=SIGNATURES_EXIST_APPEND_ONLY))
        # EN 319 142-1, 6.3: the developer extension that PAdES signatures announce
        pdf.Root.Extensions = Dictionary(ESIC=Dictionary(BaseVersion=Name("/1.7"), ExtensionLevel=2))
        out = io.BytesIO()
        pdf.save(
            out,
            deterministic_id=True,
            fix_metadata_version=False,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
            compress_streams=False,
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
        )
    return SignablePdf(out.getvalue(), tuple(area.role for area in areas))


def as_it_stands(data: bytes) -> SignablePdf | SealedPdf:
    """A file of ours, read back: which fields it has, in order, and which are filled; time stamps are nobody's field."""
    fields = [
        (SignatoryRole(name), b"/V" in field)
        for _, field in Written.read(data).fields()
        if not (name := text(field[b"/T"])).startswith(DOCUMENT_TIME_STAMP)
    ]
    roles = tuple(role for role, _ in fields)
    filled = tuple(role for role, is_filled in fields if is_filled)
    return SealedPdf(data, roles, filled) if filled else SignablePdf(data, roles)


def _field(pdf: pikepdf.Pdf, role: SignatoryRole, box: Box | None, *, last: bool) -> pikepdf.Object:
    page = pdf.pages[box.page if box else 0]
    field = Dictionary(
        Type=Name.Annot,
        Subtype=Name.Widget,
        FT=Name.Sig,
        T=String(role.value),
        F=PRINT_AND_LOCKED,
        P=page.obj,
        Rect=Array(_numbers((box.left, box.bottom, box.right, box.top) if box else (0, 0, 0, 0))),
    )
    if box:
        # PDF/A-2, 6.3.3: a widget that can be seen has an appearance, even an empty one
        empty = pdf.make_stream(b"")
        empty.Type, empty.Subtype = Name.XObject, Name.Form
        empty.BBox = Array(_numbers((0, 0, box.width, box.height)))
        field.AP = Dictionary(N=empty)
    if last:
        field.Lock = pdf.make_indirect(Dictionary(Type=Name.SigFieldLock, Action=Name.All, P=1))
    annotation = pdf.make_indirect(field)
    page.obj.Annots = Array([*page.obj.get("/Annots", Array([])), annotation])
    return annotation


def _numbers(values: Sequence[float]) -> list[float]:
    return [round(value, 2) for value in values]
