"""吊销: a licence is taken away as a penalty."""

from __future__ import annotations

from signing_service.domain.licences import LicenceStatus
from signing_service.procedures.special_operation.by_authority import done_by_authority
from signing_service.procedures.special_operation.common import REGULATION

forfeit = done_by_authority(
    "so.forfeit",
    "SOFF",
    "吊销",
    "Forfeiture of a special-operation licence",
    basis=f"《中华人民共和国安全生产法》和{REGULATION}",
    of=(
        LicenceStatus.IN_FORCE,
        LicenceStatus.SUSPENDED,
    ),
    becomes=LicenceStatus.FORFEITED,
    document="cancellation_decision",
    summary="依法给予吊销证书的行政处罚。",
    summary_en="A licence is taken away as a penalty.",
)
