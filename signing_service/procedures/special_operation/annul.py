"""撤销: a licence that should never have been granted, got by deceit (第二十九条)."""

from __future__ import annotations

from signing_service.domain.licences import LicenceStatus
from signing_service.procedures.special_operation.by_authority import done_by_authority
from signing_service.procedures.special_operation.common import REGULATION

annul = done_by_authority(
    "so.annul",
    "SOAN",
    "撤销",
    "Annulment of a special-operation licence",
    basis=f"{REGULATION}第二十九条",
    of=(
        LicenceStatus.IN_FORCE,
        LicenceStatus.SUSPENDED,
        LicenceStatus.EXPIRED,
    ),
    becomes=LicenceStatus.ANNULLED,
    document="cancellation_decision",
    summary="以弄虚作假等手段取得的证书予以撤销。",
    summary_en="What was got by deceit is annulled.",
)
