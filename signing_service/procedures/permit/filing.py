"""竣工验收备案: the five sign and seal, the authority confirms, the permit is closed and the builder's manager is free again
(domain text, §13.3).
"""

from __future__ import annotations

from dataclasses import replace

from signing_service.domain.codes import RegionLevel
from signing_service.domain.dossier import Stage
from signing_service.domain.licences import LicenceStatus, LicenceType
from signing_service.procedures.permit.common import (
    AUTHORITY,
    DEVELOPER,
    EDITION,
    OTHER_FILES,
    PLATFORM,
    drawn_and_sealed_by_others,
    the_permit,
)
from signing_service.procedures.shared import (
    TO_CORRECT,
    decided_by_one,
    form_closed,
    handled_within,
    issued,
    licence_issued,
)
from signing_service.workflows.changes_of_permits import EndPermit, ReleaseLeaders
from signing_service.workflows.checks_of_fire import FireResultKnown
from signing_service.workflows.checks_of_permits import DayAfterPermit, HasStarted, PermitStands, StandsStill
from signing_service.workflows.checks_of_projects import ProjectKnown
from signing_service.workflows.deadlines import Deadline, calendar
from signing_service.workflows.effects import RenderLicence
from signing_service.workflows.five_parties import CONTRACTORS, LEADERS, UNITS
from signing_service.workflows.licensing_of_permits import FILING
from signing_service.workflows.procedure import Check, Ending, Field, FieldType, Procedure, Section, Step, all_of
from signing_service.workflows.shown_of_permits import FilingFace, FilingShown

FORM = "fin_form"
DAYS = 15
"""Days in which the authority may find that the acceptance was against the rules (备案管理办法 第八条)."""
SIGNERS = all_of(
    *LEADERS, *(one.unit for one in CONTRACTORS), waits={one.unit: (one.leader,) for one in CONTRACTORS}
)  # fmt: skip
MAY_FILE: tuple[Check, ...] = (
    ProjectKnown(), PermitStands(), HasStarted(), StandsStill(stopped=False), DayAfterPermit("accepted_on"),
    FireResultKnown(),
)  # fmt: skip

ENDINGS = {
    "refuse": Ending(
        "void", "责令停止使用，重新组织竣工验收", "Not to be used: accept it anew", "理由和救济途径见决定书；重新验收合格后再次备案。",
        "The decision says why; file it again when it was accepted anew.",
    ),
}  # fmt: skip


def _confirmed() -> tuple[Step, ...]:
    """One officer confirms; acceptance against the rules is ordered to be done again."""
    words = {
        "grant": ("确认备案", "Confirm the filing"),
        "refuse": ("责令停止使用，重新组织竣工验收", "Order to stop using it and to accept it anew"),
    }
    effects = (
        *form_closed(FORM),
        *licence_issued(RenderLicence(LicenceType.COMPLETION_FILING, FILING, (FilingFace(),))),
    )
    return tuple(
        replace(step, title=words[step.name][0], title_en=words[step.name][1], ending=ENDINGS.get(step.name))
        if step.name in words
        else step
        for step in decided_by_one(effects, provided=(FireResultKnown(),))
    )


filing = Procedure(
    key="fin.filing",
    code="JGBA",
    title="房屋建筑和市政基础设施工程竣工验收备案",
    title_en="Completion filing",
    edition=EDITION,
    basis="《建设工程质量管理条例》第四十九条；《房屋建筑和市政基础设施工程竣工验收备案管理办法》（住房和城乡建设部令第2号）",
    decision_days=DAYS,
    initiator=DEVELOPER,
    roles=(*UNITS, *LEADERS, AUTHORITY, PLATFORM),
    project_field="project_no",
    parties_of_project=tuple(role for role in (*UNITS, *LEADERS) if role is not DEVELOPER),
    licence_field="permit_no",
    decided_at=RegionLevel.COUNTY,
    form=(
        the_permit(key="permit_no"),
        Section(
            "工程概况",
            (
                Field("structure", "结构类型", "Structure", FieldType.TEXT, most=40),
                Field("cost", "工程造价（万元）", "Cost (10,000 yuan)", FieldType.MONEY),
                Field("started_on", "开工日期", "Begun on", FieldType.DATE, not_after="accepted_on"),
                Field(
                    "accepted_on", "竣工验收日期", "Accepted on", FieldType.DATE, not_after="today",
                    hint="自竣工验收合格之日起 15 日内备案。", hint_en="It is filed within 15 days.",
                ),
                Field("planning_no", "规划核实文号", "Planning verification", FieldType.TEXT, most=60),
                Field("quality_body", "质量监督机构", "Quality supervision", FieldType.TEXT, most=60),
            ),
            "The works",
        ),
        Section(
            "竣工验收",
            (
                Field("procedure", "验收程序", "How they were accepted", FieldType.LONG_TEXT, most=300),
                Field("conclusion", "验收结论", "Conclusion", FieldType.LONG_TEXT, most=300),
            ),
            "Acceptance",
        ),
        Section(
            "备案文件",
            (
                Field("completion_report", "工程竣工验收报告", "Report of completion", FieldType.FILE),
                Field("planning_file", "建设工程规划核实合格证明", "Planning verification", FieldType.FILE),
                Field("warranty", "施工单位签署的工程质量保修书", "Warranty of the builder", FieldType.FILE),
                Field("environment", "环境保护等认可文件", "Approvals of other authorities", FieldType.FILE, required=False),
                Field(
                    "housing", "是否住宅工程", "Housing", FieldType.CHOICE, choices={"yes": "是", "no": "否"},
                ),
                Field(
                    "housing_papers", "住宅质量保证书和住宅使用说明书", "Quality guarantee and manual of the dwellings",
                    FieldType.FILE, visible_if=("housing", ("yes",)),
                ),
                OTHER_FILES,
            ),
            "Documents",
        ),
    ),
    steps=(
        *drawn_and_sealed_by_others(FORM, SIGNERS, MAY_FILE, FilingShown()),
        *_confirmed(),
        issued(EndPermit(LicenceStatus.COMPLETED), ReleaseLeaders()),
    ),
    deadlines=(handled_within(10), Deadline("decide", (Stage.CONFIRMED,), calendar(DAYS)), TO_CORRECT),
    summary="竣工验收合格之日起十五日内备案；须有消防验收或备案结果，五方签章，主管部门确认，项目经理随即解锁。",
    summary_en="Within fifteen days of acceptance: with a fire result, under five seals; the builder's manager is free again.",
)  # fmt: skip
