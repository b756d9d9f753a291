"""证书延续（延期复核）: a special-operation licence goes on for two years (建质〔2008〕75号, 第二十二至二十六条)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from signing_service.domain.codes import RegionLevel
from signing_service.domain.dossier import Stage
from signing_service.domain.licences import LicenceType
from signing_service.procedures.shared import (
    TO_ACCEPT,
    TO_CORRECT,
    accepted_reviewed_and_decided,
    declined,
    handled_within,
    licence_issued,
    to_decide,
    withdrawn_by,
    written_and_signed,
)
from signing_service.procedures.special_operation.common import (
    AUTHORITY,
    EMPLOYER,
    HOLDER,
    PLATFORM,
    REGULATION,
    TOLD,
)
from signing_service.workflows.changes import RecheckLicences
from signing_service.workflows.checks import (
    EmployedByLicenceEmployer,
    HasKey,
    LicenceInForce,
    RenewalWindowOpen,
)
from signing_service.workflows.checks_of_employment import EmployedBy
from signing_service.workflows.deadlines import Deadline, working
from signing_service.workflows.effects import ProveAndArchive, RenderLicence, Seal
from signing_service.workflows.fields import Prefill
from signing_service.workflows.licensing import Renew
from signing_service.workflows.procedure import Field, FieldType, Procedure, Section, Step, any_of

FORM = "so_renew_form"
RENEWED = Renew(years=2)
LICENCE = RenderLicence(LicenceType.SPECIAL_OPERATION, RENEWED)
GROUNDS = {
    "age": "超过相关工种规定的年龄要求",
    "unfit": "身体健康状况不再适应相应工种的作业",
    "accident": "对生产安全事故负有责任",
    "violations": "两年内违章操作记录达三次以上",
    "untrained": "未按规定参加年度安全教育培训或者继续教育",
}
"""第二十四条: on these grounds alone a renewal is refused."""


def _with_grounds(step: Step) -> Step:
    """Whoever refuses says on which of the grounds of the regulation; the decision falls within five working days."""
    if step.name != "refuse":
        return step
    return replace(step, form=(Field("ground", "不予延期的情形", "On what ground", FieldType.CHOICE, choices=GROUNDS),))


renew = Procedure(
    key="so.renew",
    code="SORN",
    title="建筑施工特种作业操作资格证书延续",
    title_en="Renewal of a special-operation licence",
    edition=date(2026, 1, 1),
    basis="《建筑施工特种作业人员管理规定》（建质〔2008〕75号）第二十三条",
    decision_days=10,
    decided_at=RegionLevel.PREFECTURE,
    initiator=HOLDER,
    roles=(HOLDER, EMPLOYER, AUTHORITY, PLATFORM),
    licence_field="licence_no",
    parties_from={EMPLOYER: "employer_uscc"},
    form=(
        Section(
            "证书信息",
            (
                Field("licence_no", "证书编号", "Licence number", FieldType.LICENCE_NO, prefill=Prefill.LICENCE),
                Field("employer_uscc", "用人单位统一社会信用代码", "Employer's USCC", FieldType.ENTERPRISE, prefill=Prefill.LICENCE_EMPLOYER),
                Field("mobile", "手机号码", "Mobile number", FieldType.MOBILE, prefill=Prefill.MOBILE),
            ),
        ),
        Section(
            "复核情况",
            (
                Field("working_since", "从事本工种时间", "In this trade since", FieldType.TEXT),
                Field("health", "身体状况", "State of health", FieldType.LONG_TEXT),
                Field("training", "安全教育培训", "Safety training", FieldType.LONG_TEXT),
                Field("conduct", "安全生产情况", "Safety record", FieldType.LONG_TEXT),
                Field("attachments", "附件", "Attachments", FieldType.ATTACHMENTS),
            ),
        ),
    ),
    steps=(
        *written_and_signed(
            FORM, by=HOLDER, to=Stage.SUBMITTED, shows=(RENEWED,),
            provided=(
                LicenceInForce(LicenceType.SPECIAL_OPERATION), RenewalWindowOpen(months=3),
                EmployedByLicenceEmployer(EMPLOYER), EmployedBy(EMPLOYER), HasKey(HOLDER), HasKey(EMPLOYER),
            ),
        ),
        Step(
            "confirm", "同意", by=any_of(EMPLOYER), at=Stage.SUBMITTED, to=Stage.CONFIRMED,
            provided=(EmployedBy(EMPLOYER, status=403),), then=(Seal(FORM, EMPLOYER),),
            title_en="Agree and seal",
        ),
        declined(any_of(EMPLOYER)),
        *withdrawn_by(any_of(HOLDER), Stage.SUBMITTED, Stage.CONFIRMED),
        *(_with_grounds(step) for step in accepted_reviewed_and_decided(FORM, LICENCE, RecheckLicences())),
        *(
            Step(
                "deem_extended", "逾期未决定，视为合格", by=any_of(PLATFORM), at=stage, to=Stage.ISSUING,
                then=(Seal(FORM, PLATFORM), ProveAndArchive(FORM), *licence_issued(LICENCE)), excuses=(AUTHORITY,),
                title_en="Deemed passed: not decided in time",
            )
            for stage in (Stage.CONFIRMED, Stage.ACCEPTED, Stage.REVIEWED)
        ),
    ),
    deadlines=(
        handled_within(10), TO_ACCEPT, TO_CORRECT, to_decide(10),
        Deadline("refuse", (Stage.ACCEPTED, Stage.REVIEWED), working(5)),
    ),
    told={**TOLD, "legal_basis": f"{REGULATION}第二十四条"},
    summary="证书到期前三个月内，由本人申请、用人单位确认，延续两年。",
    summary_en="In the last three months of the licence: apply, the employer confirms, and it goes on for two years.",
)  # fmt: skip
