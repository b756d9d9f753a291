"""The first signature is written together with the document: one file, one pass, and nothing of it is read back.

What comes out is what an update on the unsigned file would have said: the same dictionary, field and appearance, and a
hole where the CMS goes.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from signing_service.domain.documents import SignatoryRole, Slice
from signing_service.pipeline.appearance import Appearance
from signing_service.pipeline.body import CATALOG, DocumentBody, Filling, rectangle
from signing_service.pipeline.increment import (
    Update,
    face_object,
    signature_head,
    signature_references,
    slot_not_open,
)
from signing_service.pipeline.seam import strip


def write_signed(
    body: DocumentBody, role: SignatoryRole, *, room: int, claimed_at: datetime, appearance: Appearance | None
) -> Update:
    """Write ``body`` with the field of ``role`` filled, but for a hole of ``room`` bytes. Same input, same bytes.

    It certifies with DocMDP P=2, and locks when the field is the only one. The appearance is drawn at true size in the
    middle of the field. Raises Problem SLOT_NOT_OPEN when there is no such field.
    """
    area = next((area for area in body.fields if area.role is role), None)
    if area is None:
        raise slot_not_open(role)
    left, bottom, right, top = rectangle(area.box)
    return body.signed(
        Filling(
            role=role,
            head=signature_head(
                claimed_at, signature_references((CATALOG, 0), certify=True, lock=area is body.fields[-1])
            ),
            room=room,
            face=face_object(appearance, right - left, top - bottom) if appearance and area.box else None,
            strip=_strips(appearance, right - left, top - bottom) if appearance and area.box else None,
        )
    )


def _strips(appearance: Appearance, width: float, height: float) -> Callable[[int, Slice], bytes]:
    """Of the seam, each from the seal that the role's own field shows."""
    at = ((width - appearance.width_pt) / 2, (height - appearance.height_pt) / 2)

    def drawn(seal: int, one: Slice) -> bytes:
        left, bottom, right, top = rectangle(one.box)
        return strip(appearance, seal, at, (right - left, top - bottom), one.place, one.of)

    return drawn
