"""施工发包与承接 (domain text, §12, §13.1)."""

from __future__ import annotations

from signing_service.domain.projects import SectionKind
from signing_service.procedures.contract.by_tender_office import put_out_by_tender_office

construction = put_out_by_tender_office(
    SectionKind.CONSTRUCTION,
    "SGFB",
    "施工发包与承接",
    "Construction put out and taken on",
    (
        "建设单位登记施工发包，经招标办确认；公开招标的进场交易，施工单位承接并锁定项目经理。",
        "Construction is put out once the tender office has confirmed the way; the builder takes it on with its manager.",
    ),
)
