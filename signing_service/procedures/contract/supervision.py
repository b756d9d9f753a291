"""监理发包与承接 (domain text, §12, §13.1)."""

from __future__ import annotations

from signing_service.domain.projects import SectionKind
from signing_service.procedures.contract.by_tender_office import put_out_by_tender_office

supervision = put_out_by_tender_office(
    SectionKind.SUPERVISION,
    "JLFB",
    "监理发包与承接",
    "Supervision put out and taken on",
    (
        "建设单位登记监理发包，经招标办确认；公开招标的进场交易，监理单位承接并指派总监理工程师。",
        "Supervision is put out once the tender office has confirmed the way; its chief engineer is named as it is taken on.",
    ),
)
