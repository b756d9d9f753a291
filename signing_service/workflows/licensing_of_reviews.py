"""How a 施工图（勘察文件）审查合格书 is numbered and what it says (domain text, §10.5). Its issuer is the review agency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.licences import LicenceType
from signing_service.workflows.licensing import IssueNew

TYPE_CODE = "11360000999000013K105"
"""证照类型代码: the authority's own USCC and 105; the ministry's codes are not ours to give out."""
YEARS = 100
"""It has no end of its own: it ends when the drawings are changed."""


@dataclass(frozen=True, slots=True)
class ReviewPassNumber:
    """项目编号 - TX - serial within the project, survey and design in one series: 3601022609180101-TX-002."""

    def series(self, form: Mapping[str, Any], on: date) -> str:
        del on
        return f"licence/review_pass/{form['project_no']}"

    def number(self, form: Mapping[str, Any], on: date, serial: int) -> str:
        del on
        return f"{form['project_no']}-TX-{serial:03d}"


REVIEW_PASS = IssueNew(
    LicenceType.REVIEW_PASS,
    ReviewPassNumber(),
    TYPE_CODE,
    years=YEARS,
    face=("project_no",),
    holder=SignatoryRole.DEVELOPER,
    issuer=SignatoryRole.REVIEW_AGENCY,
)
