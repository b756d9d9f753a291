"""聘用关系解除: either side ends it, the other confirms; whoever is silent for ten working days is not waited for (domain text, §9.2)."""

from __future__ import annotations

from datetime import date

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.domain.employment import EmploymentEnd
from signing_service.procedures.either_side import EMPLOYER, HOLDER, confirmed_by_the_other, locked, written_by_either
from signing_service.procedures.shared import PLATFORM, handled_within
from signing_service.workflows.changes import EndEmployment, RecheckLicences
from signing_service.workflows.checks import HasKey
from signing_service.workflows.checks_of_employment import ChangedSinceReturned, EmployedBy, NameAndNumberAgree
from signing_service.workflows.fields import Prefill
from signing_service.workflows.procedure import Field, FieldType, Procedure, Section, Step

FORM = "emp_unbind_form"
REASONS = {
    "agreed": "协商一致",
    "resigned": "个人提出",
    "dismissed": "单位提出",
    "ended": "合同终止",
    "other": "其他",
}
ENDED = (EndEmployment(EmploymentEnd.DISSOLVED), RecheckLicences())

unbind = Procedure(
    key="emp.unbind",
    code="EMPU",
    title="聘用关系解除",
    title_en="End of an employment",
    edition=date(2026, 1, 1),
    basis="《中华人民共和国劳动合同法》第四章",
    decision_days=0,
    initiator=HOLDER,
    initiators=(HOLDER, EMPLOYER),
    roles=(HOLDER, EMPLOYER, SignatoryRole.PLATFORM),
    parties_from={HOLDER: "id_no", EMPLOYER: "employer_uscc"},
    form=(
        Section(
            "聘用双方",
            (
                Field("name", "专业人员姓名", "Name of the person", FieldType.NAME, prefill=Prefill.NAME),
                Field("id_no", "身份证号码", "ID number", FieldType.ID_NO, prefill=Prefill.ID_NO),
                Field("employer_uscc", "聘用单位", "Employer", FieldType.ENTERPRISE, prefill=Prefill.EMPLOYER),
                Field("post", "岗位", "Post", FieldType.TEXT, most=40, prefill=Prefill.POST),
                Field(
                    "bound_from", "聘用起始日期", "Employed since", FieldType.DATE, not_after="today",
                    prefill=Prefill.EMPLOYED_SINCE,
                ),
            ),
            "Both sides",
        ),
        Section(
            "解除事项",
            (
                Field("left_on", "解除日期", "Last day", FieldType.DATE, not_before="bound_from"),
                Field("end_reason", "解除原因", "Reason", FieldType.CHOICE, choices=REASONS),
                Field("explanation", "情况说明", "Explanation", FieldType.LONG_TEXT, most=300),
                Field("attachments", "证明材料", "Proof", FieldType.ATTACHMENTS, required=False),
            ),
            "The end",
        ),
    ),
    steps=(
        *written_by_either(
            FORM, provided=(NameAndNumberAgree(), EmployedBy(), ChangedSinceReturned(), HasKey(HOLDER), HasKey(EMPLOYER))
        ),
        *confirmed_by_the_other(
            FORM, to=Stage.CLOSED, provided=(EmployedBy(),), changes=ENDED, then=locked(FORM)
        ),
        Step(
            "end_in_silence", "对方逾期未处理，解除生效", by=PLATFORM, at=Stage.SUBMITTED, to=Stage.CLOSED,
            changes=ENDED, then=locked(FORM), excuses=(HOLDER, EMPLOYER),
            title_en="The other side was silent; the employment ends",
        ),
    ),
    deadlines=(handled_within(10, then="end_in_silence"),),
    summary="个人或企业一方提出，另一方确认；十个工作日不处理的，解除自动生效。",
    summary_en="Either side ends it and the other confirms; after ten working days of silence it ends anyway.",
)  # fmt: skip
