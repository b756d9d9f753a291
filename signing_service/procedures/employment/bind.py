"""聘用关系登记: person and enterprise confirm that one works for the other; either may ask first (domain text, §9.2)."""

from __future__ import annotations

from datetime import date

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.procedures.either_side import EMPLOYER, HOLDER, confirmed_by_the_other, locked, written_by_either
from signing_service.procedures.shared import PLATFORM
from signing_service.workflows.changes import BeginEmployment, RecheckLicences, VoidForm
from signing_service.workflows.checks import HasKey
from signing_service.workflows.checks_of_employment import (
    ChangedSinceReturned,
    EnterpriseTakenIn,
    NameAndNumberAgree,
    NotYetEmployed,
)
from signing_service.workflows.deadlines import Deadline, calendar
from signing_service.workflows.fields import Prefill
from signing_service.workflows.procedure import Field, FieldType, Procedure, Section, Step

FORM = "emp_bind_form"
CONTRACTS = {"fixed": "固定期限", "open": "无固定期限", "task": "以完成一定任务为期限"}
MAY_BE_BOUND = (NameAndNumberAgree(), NotYetEmployed(), EnterpriseTakenIn())

bind = Procedure(
    key="emp.bind",
    code="EMPB",
    title="聘用关系登记",
    title_en="Registration of an employment",
    edition=date(2026, 1, 1),
    basis="《注册建造师管理规定》（建设部令第153号）第十二条",
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
                Field("mobile", "联系电话", "Mobile number", FieldType.MOBILE, prefill=Prefill.MOBILE),
                Field("employer_uscc", "聘用单位", "Employer", FieldType.ENTERPRISE, prefill=Prefill.USCC),
            ),
            "Both sides",
        ),
        Section(
            "劳动合同",
            (
                Field("post", "岗位", "Post", FieldType.TEXT, most=40),
                Field("contract_kind", "合同类型", "Kind of contract", FieldType.CHOICE, choices=CONTRACTS),
                Field("contract_no", "合同编号", "Number of the contract", FieldType.TEXT, required=False, most=40),
                Field("contract_from", "合同起始日期", "Contract from", FieldType.DATE),
                Field(
                    "contract_until", "合同终止日期", "Contract until", FieldType.DATE, not_before="today",
                    visible_if=("contract_kind", ("fixed", "task")),
                ),
                Field(
                    "contract", "劳动合同", "Contract of employment", FieldType.FILE,
                    hint="上传合同全本的 PDF。", hint_en="The whole contract as a PDF.",
                ),
            ),
            "The contract",
        ),
    ),
    steps=(
        *written_by_either(FORM, provided=(*MAY_BE_BOUND, ChangedSinceReturned(), HasKey(HOLDER), HasKey(EMPLOYER))),
        *confirmed_by_the_other(
            FORM, to=Stage.CLOSED, provided=MAY_BE_BOUND, changes=(BeginEmployment(), RecheckLicences()),
            then=locked(FORM),
        ),
        Step(
            "lapse", "逾期失效", by=PLATFORM, at=Stage.SUBMITTED, to=Stage.LAPSED, changes=(VoidForm(),),
            title_en="Lapse",
        ),
    ),
    deadlines=(
        Deadline("party", (Stage.SUBMITTED,), calendar(30), then="lapse", remind=(calendar(15),), paused_at=()),
    ),
    summary="个人或企业一方发起，另一方确认后，聘用关系成立。",
    summary_en="Person or enterprise asks, the other side confirms, and the employment is registered.",
)  # fmt: skip
