"""Every signature field is laid before the first signature: one added later would count as a change.

The fields are named by role. The last to be filled carries a lock (ISO 32000-2, 12.7.5.5, table 236) that closes
the form; the first, which certifies, is the business of ``pipeline.seal``.
"""

from __future__ import annotations

from signing_service.domain.documents import SealedPdf, SignablePdf, SignatoryRole, StampedPdf
from signing_service.pipeline.body import unwritten
from signing_service.pipeline.long_term import DOCUMENT_TIME_STAMP
from signing_service.pipeline.seam import share_of
from signing_service.pipeline.written import Written, text


def add_signature_fields(stamped: StampedPdf) -> SignablePdf:
    """Lay a field for every area of the template, in its order. Same input, same bytes."""
    areas = stamped.rendered.areas
    for area in areas:
        boxes = [*([area.box] if area.box else []), *(one.box for one in area.seam)]
        for zone in stamped.rendered.qr_zones:
            if any(box.overlaps(zone) for box in boxes):
                msg = f"{stamped.rendered.template}: the area of {area.role} lies over a QR zone"
                raise ValueError(msg)
    laid = unwritten(stamped.body).with_fields(areas)
    return SignablePdf(laid, tuple(area.role for area in areas))


def as_it_stands(data: bytes) -> SignablePdf | SealedPdf:
    """A file of ours, read back: which fields it has, in order, and which are filled.

    Time stamps are nobody's field, and the strips of a seam belong to the field of their role.
    """
    fields = [
        (SignatoryRole(name), b"/V" in field)
        for _, field in Written.read(data).fields()
        if not (name := text(field[b"/T"])).startswith(DOCUMENT_TIME_STAMP) and share_of(name) is None
    ]
    roles = tuple(role for role, _ in fields)
    filled = tuple(role for role, is_filled in fields if is_filled)
    return SealedPdf(data, roles, filled) if filled else SignablePdf(data, roles)
