"""增项注册: further specialties on the same licence, for three years of their own (注册建造师管理规定 第十四条)."""

from __future__ import annotations

from signing_service.domain.dictionaries import SPECIALTIES
from signing_service.domain.dossier import Stage
from signing_service.procedures.constructor.kinds import (
    ATTACHMENTS,
    CONSTRUCTOR,
    DEADLINES,
    DECISION,
    DECISION_DAYS,
    EDITION,
    EMPLOYER,
    EMPLOYER_USCC,
    HOLDER,
    LICENCE_NO,
    MOBILE,
    PROMISE,
    ROLES,
    RULES,
    confirmed_by_employer,
    with_employer,
)
from signing_service.procedures.constructor.licences import AddSpecialties
from signing_service.procedures.shared import (
    decided,
    form_closed,
    issued,
    licence_issued,
    notice_sent,
    reviewed,
    taken_in,
    written_and_signed,
)
from signing_service.workflows.changes import RecheckLicences
from signing_service.workflows.effects import RenderLicence
from signing_service.workflows.procedure import Field, FieldType, Procedure, Section
from signing_service.workflows.registration import SpecialtiesAreNew, YoungerThan

FORM = "c2_add_form"
ADDED = AddSpecialties()

ROWS = (
    Field("specialty", "专业", "Specialty", FieldType.CHOICE, choices=SPECIALTIES),
    Field("qualification_no", "资格证书管理号", "Number of the qualification", FieldType.TEXT, most=40),
    Field("qualified_on", "取得资格日期", "Qualified on", FieldType.DATE, not_after="today"),
)

add = Procedure(
    key="c2.add",
    code="C2AD",
    title="二级建造师增项注册",
    title_en="Further specialties of a constructor",
    edition=EDITION,
    basis=f"{RULES}第十四条",
    decision_days=DECISION_DAYS,
    initiator=HOLDER,
    roles=ROLES,
    licence_field="licence_no",
    parties_from={EMPLOYER: "employer_uscc"},
    form=(
        Section("个人信息", (LICENCE_NO, EMPLOYER_USCC, MOBILE), "About you"),
        Section(
            "增项注册",
            (
                Field("added", "申请增加的专业", "Specialties to add", FieldType.ROWS, rows=ROWS, least=1, most=5),
                Field("qualification_proof", "资格证书", "Qualification", FieldType.FILE),
                ATTACHMENTS,
                PROMISE,
            ),
            "Further specialties",
        ),
    ),
    steps=(
        *written_and_signed(
            FORM, by=HOLDER, to=Stage.SUBMITTED, shows=(ADDED,),
            provided=(*with_employer(CONSTRUCTOR), YoungerThan(65), SpecialtiesAreNew("added", "specialty")),
        ),
        *confirmed_by_employer(FORM),
        *taken_in(),
        *reviewed(),
        *decided(
            (*form_closed(FORM), *notice_sent(DECISION, ADDED), *licence_issued(RenderLicence(CONSTRUCTOR.type, ADDED)))
        ),
        issued(RecheckLicences()),
    ),
    deadlines=DEADLINES,
    summary="取得新专业资格的，在原注册证书上增加专业，有效期三年。",
    summary_en="With a further qualification: another specialty on the same licence, for three years.",
)  # fmt: skip
