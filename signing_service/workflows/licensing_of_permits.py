"""How construction permits and certificates of completion filing are numbered, and what is noted on a permit (domain text,
§6, §13.2, §13.3). Neither has a last day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from signing_service.domain.codes import Region
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.licences import Licence, LicenceType
from signing_service.domain.numbers import CompletionNo, PermitNo, ProjectNo
from signing_service.domain.parties import Party
from signing_service.workflows.licensing import Grounds, IssueNew, next_version

PERMIT_CODE = "11360000999000013K106"
FILING_CODE = "11360000999000013K107"
"""证照类型代码: the authority's own USCC and a serial; the ministry's codes are not ours to give out."""
YEARS = 100
"""No end of its own; the portal says none."""


@dataclass(frozen=True, slots=True)
class PermitNumber:
    """区划 6 + 发证日期 8 + 当日序号 2 + 类别 2: 360102202403150101. County and kind are those of the project."""

    def series(self, form: Mapping[str, Any], on: date) -> str:
        return f"licence/permit/{_project(form).region}{on:%Y%m%d}"

    def number(self, form: Mapping[str, Any], on: date, serial: int) -> str:
        return PermitNo.mint(Region(_project(form).region), on, serial, _project(form).kind)


@dataclass(frozen=True, slots=True)
class FilingNumber:
    """区划 6 + 类型 2 + 日期 8 + 序号 4: 36010201202411010001."""

    def series(self, form: Mapping[str, Any], on: date) -> str:
        return f"licence/completion/{_project(form).region}{_project(form).kind}{on:%Y%m%d}"

    def number(self, form: Mapping[str, Any], on: date, serial: int) -> str:
        return CompletionNo.mint(Region(_project(form).region), _project(form).kind, on, serial)


def _project(form: Mapping[str, Any]) -> ProjectNo:
    return ProjectNo(form["project_no"])


@dataclass(frozen=True, slots=True)
class IssueOpenEnded(IssueNew):
    """What has no last day."""

    def first(self, serial: int, holder: Party, grounds: Grounds) -> Licence:
        licence = IssueNew.first(self, serial, holder, grounds)
        return replace(licence, facts={**licence.facts, "open_ended": True})


@dataclass(frozen=True, slots=True)
class NoteOnPermit:
    """延期, 中止, 恢复: the next version says what happened among its remarks; all else, the day of issue too, stays."""

    def apply(self, before: Licence, grounds: Grounds) -> Licence:
        after = next_version(before, grounds)
        remarks = f"第 {after.version} 版：{grounds.told['remark']}"
        return replace(after, issued_on=before.issued_on, facts={**after.facts, "remarks": remarks})


PERMIT = IssueOpenEnded(
    LicenceType.CONSTRUCTION_PERMIT, PermitNumber(), PERMIT_CODE, years=YEARS,
    face=("project_no", "address", "scale", "contract_price", "starts_on", "ends_on"), holder=SignatoryRole.DEVELOPER,
)  # fmt: skip
FILING = IssueOpenEnded(
    LicenceType.COMPLETION_FILING, FilingNumber(), FILING_CODE, years=YEARS,
    face=("project_no", "permit_no", "structure", "started_on", "accepted_on"), holder=SignatoryRole.DEVELOPER,
)  # fmt: skip
NOTED = NoteOnPermit()
