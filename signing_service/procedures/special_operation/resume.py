"""发还: a licence that was suspended may be used again."""

from __future__ import annotations

from signing_service.domain.licences import LicenceStatus
from signing_service.procedures.special_operation.by_authority import done_by_authority
from signing_service.procedures.special_operation.common import REGULATION

resume = done_by_authority(
    "so.resume",
    "SORS",
    "发还",
    "A suspended special-operation licence is given back",
    basis=f"《中华人民共和国安全生产法》和{REGULATION}",
    of=(LicenceStatus.SUSPENDED,),
    becomes=LicenceStatus.IN_FORCE,
    document="suspension_decision",
    summary="暂扣原因消除后恢复使用证书。",
    summary_en="What was suspended may be used again.",
)
