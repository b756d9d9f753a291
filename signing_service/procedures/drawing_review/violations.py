"""违反强制性条文情况报告: when a review fails, the supervising authority is told which mandatory clauses are violated (domain
text, §10.5, step 6b; 13号令 第十三条). It stands among the officers' todos and in their book until one of them has dealt with it.
"""

from __future__ import annotations

from signing_service.domain.codes import RegionLevel
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.domain.staff import Level
from signing_service.procedures.drawing_review.common import AGENCY, AUTHORITY, BASIS, EDITION
from signing_service.procedures.shared import PLATFORM
from signing_service.workflows.procedure import Field, FieldType, Procedure, Section, Step, any_of

VIOLATIONS = Field(
    "violations", "违反的强制性条文", "Mandatory clauses violated", FieldType.ROWS, least=1,
    rows=(
        Field("discipline", "专业", "Discipline", FieldType.TEXT, most=40),
        Field("sheet_no", "图号", "Sheet", FieldType.TEXT, most=40),
        Field("clause", "条文", "Clause", FieldType.TEXT, most=120),
        Field("text", "审查意见", "Opinion", FieldType.LONG_TEXT, most=1000),
    ),
)  # fmt: skip

violations = Procedure(
    key="rv.violations",
    code="QTBG",
    title="违反强制性条文情况报告",
    title_en="Report of violated mandatory clauses",
    edition=EDITION,
    basis=BASIS,
    decision_days=0,
    initiator=SignatoryRole.PLATFORM,
    roles=(AGENCY, AUTHORITY, SignatoryRole.PLATFORM),
    decided_at=RegionLevel.COUNTY,
    on_offer=False,
    form=(
        Section(
            "审查不合格的项目",
            (
                Field("project_name", "工程名称", "Project", FieldType.TEXT, most=200),
                Field("project_no", "项目编号", "Project number", FieldType.TEXT, most=16),
                Field("subject", "文件", "Documents", FieldType.TEXT),
                Field("failed_with", "审查办件编号", "Review", FieldType.TEXT, most=18),
                Field("unit_name", "编制单位", "Unit", FieldType.TEXT, most=200),
                Field("agency_name", "审查机构", "Review agency", FieldType.TEXT, most=200),
                VIOLATIONS,
            ),
            "What failed review",
        ),
    ),
    steps=(
        Step("report", "报告主管部门", by=PLATFORM, at=Stage.DRAFT, to=Stage.CONFIRMED, title_en="Report it"),
        Step(
            "settle", "处理完毕", by=any_of(AUTHORITY), at=Stage.CONFIRMED, to=Stage.CLOSED, level=Level.ACCEPT,
            form=(
                Field(
                    "handling", "处理情况", "What was done", FieldType.LONG_TEXT, most=500,
                    hint="例如：已约谈编制单位，责令限期整改。", hint_en="For example: the unit was heard and told to mend it.",
                ),
            ),
            title_en="Dealt with",
        ),
    ),
    summary="审查不合格时，平台将违反的工程建设强制性条文逐条报告主管部门，由主管部门记录处理情况。",
    summary_en="When a review fails, the mandatory clauses that are violated are reported to the authority, which notes "
    "what it did.",
)  # fmt: skip
