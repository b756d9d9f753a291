"""暂扣: the licence may not be used while something is looked into."""

from __future__ import annotations

from signing_service.domain.licences import LicenceStatus
from signing_service.procedures.special_operation.by_authority import done_by_authority
from signing_service.procedures.special_operation.common import REGULATION

suspend = done_by_authority(
    "so.suspend",
    "SOSU",
    "暂扣",
    "Suspension of a special-operation licence",
    basis=f"《中华人民共和国安全生产法》和{REGULATION}",
    of=(LicenceStatus.IN_FORCE,),
    becomes=LicenceStatus.SUSPENDED,
    document="suspension_decision",
    summary="事故调查等期间暂停使用证书。",
    summary_en="The licence may not be used while something is looked into.",
)
