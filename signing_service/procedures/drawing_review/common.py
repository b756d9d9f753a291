"""What the procedures of drawing review have in common: the application's fields, who signs a 合格书, and how it is filed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.domain.licences import LicenceType
from signing_service.domain.sheets import DISCIPLINES
from signing_service.procedures.shared import LICENCE_LEVEL, PLATFORM, withdrawn_by, written_and_signed
from signing_service.workflows.changes_of_reviews import GiveUpReview
from signing_service.workflows.deadlines import Deadline, working
from signing_service.workflows.effects import ProveAndArchive, RenderLicence, Seal, Shown, TakeStep
from signing_service.workflows.licensing_of_reviews import REVIEW_PASS
from signing_service.workflows.procedure import Change, Check, Effect, Field, FieldType, Step, any_of

DEVELOPER, AGENCY = SignatoryRole.DEVELOPER, SignatoryRole.REVIEW_AGENCY
HEAD, AUTHORITY = SignatoryRole.REVIEW_AGENCY_HEAD, SignatoryRole.AUTHORITY
BY_AGENCY, BY_HEAD = any_of(AGENCY), any_of(HEAD)
FORM = "rv_form"
EDITION = date(2026, 1, 1)
BASIS = "《房屋建筑和市政基础设施工程施工图设计文件审查管理办法》（住房和城乡建设部令第13号，第46号修改）"

PROJECT_NO = Field("project_no", "项目编号", "Project number", FieldType.TEXT, most=16)
AGENCY_USCC = Field(
    "review_agency_uscc", "审查机构", "Review agency", FieldType.ENTERPRISE,
    hint="从施工图审查机构名录中选择；变更审查须选原审查机构。",
    hint_en="Of the list of review agencies; for a change the one that reviewed it first.",
)  # fmt: skip
UNIT_WORKS = Field(
    "unit_works", "审查的单位工程", "Unit works under review", FieldType.ROWS, least=1,
    rows=(Field("code", "单位工程编号", "Code", FieldType.TEXT, most=4),),
)  # fmt: skip
SCALE = Field("scale", "工程规模", "Scale", FieldType.LONG_TEXT, most=200)
APPROVALS = Field("approvals", "批准文件", "Approvals", FieldType.TEXT, most=120)
SPECIAL = Field(
    "special", "是否特殊建设工程", "Special construction project", FieldType.CHOICE, choices={"yes": "是", "no": "否"}
)
ALL_DISCIPLINES = {code: name for of_kind in DISCIPLINES.values() for code, name in of_kind.items()}

TO_FILE = Deadline("file", (Stage.EXTERNAL,), working(5), paused_at=())
"""审查机构 reports within five working days after the 合格书 (13号令 第十三条)."""


def applied(
    to: Stage,
    *,
    provided: tuple[Check, ...],
    shows: tuple[Shown, ...],
    before: tuple[Check, ...] = (),
    fix: Change | None,
) -> tuple[Step, ...]:
    """The developer has the form drawn, sees it and seals it; ``fix`` fixes what is going to be reviewed, and whoever
    takes the form back releases it. ``before`` is asked when it is sealed, besides ``provided``.
    """
    steps = written_and_signed(FORM, by=DEVELOPER, to=to, provided=provided, shows=shows)
    if fix is None:
        return (*steps, *withdrawn_by(any_of(DEVELOPER), to))
    return tuple(_with(step, fix, before) for step in (*steps, *withdrawn_by(any_of(DEVELOPER), to)))


def _with(step: Step, fix: Change, before: tuple[Check, ...]) -> Step:
    match step.name:
        case "prepare":
            return replace(step, changes=(*step.changes, fix))
        case "submit":
            return replace(step, provided=(*step.provided, *before))
    return replace(step, changes=(*step.changes, GiveUpReview()))


def pass_issued(*shows: Shown) -> tuple[Effect, ...]:
    """合格书: drawn, signed by the head of the agency, sealed by the agency, locked by the platform."""
    licence = RenderLicence(LicenceType.REVIEW_PASS, REVIEW_PASS, shows)
    return (
        licence,
        Seal(licence.template, HEAD),
        Seal(licence.template, AGENCY),
        Seal(licence.template, SignatoryRole.PLATFORM, LICENCE_LEVEL),
        ProveAndArchive(licence.template),
        TakeStep("issue"),
    )


def taken_in_by_agency() -> tuple[Effect, ...]:
    return (Seal(FORM, AGENCY), ProveAndArchive(FORM))


def lapsed(*changes: Change) -> Step:
    return Step(
        "lapse", "逾期未补正", by=PLATFORM, at=Stage.CORRECTION, to=Stage.LAPSED, changes=changes, title_en="Lapse"
    )
