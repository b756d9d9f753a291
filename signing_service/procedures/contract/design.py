"""设计发包与承接 (domain text, §10.3, §12)."""

from __future__ import annotations

from signing_service.domain.projects import SectionKind
from signing_service.procedures.contract.by_code import put_out_by_code

design = put_out_by_code(
    SectionKind.DESIGN,
    "SJWT",
    "设计发包与承接",
    "A design put out and taken on",
    (
        "建设单位发包设计任务，设计单位凭短信工程码登录承接并盖章。",
        "The developer puts a design out; the designer opens it with the code it was texted, and takes it on.",
    ),
)
