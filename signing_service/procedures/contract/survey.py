"""勘察发包与承接 (domain text, §10.3, §12)."""

from __future__ import annotations

from signing_service.domain.projects import SectionKind
from signing_service.procedures.contract.by_code import put_out_by_code

survey = put_out_by_code(
    SectionKind.SURVEY,
    "KCWT",
    "勘察发包与承接",
    "A survey put out and taken on",
    (
        "建设单位发包勘察任务，勘察单位凭短信工程码登录承接并盖章。",
        "The developer puts a survey out; the surveyor opens it with the code it was texted, and takes it on.",
    ),
)
