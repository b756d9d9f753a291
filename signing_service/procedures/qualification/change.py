"""资质变更: name, address, capital, legal representative or nature, within a month of the business registration (管理规定 第十九条).

With the name the seals go: they bear one that is no more, and the enterprise applies for new ones (``ent.seal``).
"""

from __future__ import annotations

from dataclasses import replace

from signing_service.domain.licences import LicenceType
from signing_service.domain.new_keys import Withdrawal
from signing_service.procedures.qualification.form import ATTACHMENTS, LICENCE_NO, REPRESENTATIVE
from signing_service.procedures.qualification.licences import CHANGED
from signing_service.procedures.qualification.steps import (
    APPOINTED,
    CHANGE_FORM,
    EDITION,
    EMPLOYER,
    LEADER,
    ROLES,
    RULES,
    SIGNATORIES,
)
from signing_service.procedures.qualification.steps import REPRESENTATIVE as REPRESENTATIVE_ROLE
from signing_service.procedures.shared import (
    TO_ACCEPT,
    TO_CORRECT,
    decided,
    form_closed,
    handled_within,
    issued,
    licence_issued,
    reviewed,
    signed_in_order,
    taken_in,
    to_decide,
)
from signing_service.workflows.changes import RecordChange
from signing_service.workflows.checks_of_qualifications import OwnQualification, SomethingChanges
from signing_service.workflows.effects import RenderLicence, WithdrawKeys
from signing_service.workflows.fields import Prefill
from signing_service.workflows.procedure import Field, FieldType, Procedure, Section
from signing_service.workflows.qualifying import LevelOfLicence

DECISION_DAYS = 10
OFFICE_ROLES = tuple(role for role in ROLES if role is not LEADER)
APPOINTED_HERE = {role: field for role, field in APPOINTED.items() if role is not LEADER}
ITEMS = {
    "name": "企业名称", "address": "注册地址", "registered_capital": "注册资本", "legal_representative": "法定代表人",
    "economic_nature": "经济性质",
}  # fmt: skip
CONTACT = (
    Field("contact_name", "联系人", "Contact", FieldType.NAME),
    Field("contact_mobile", "联系电话", "Contact's mobile", FieldType.MOBILE, prefill=Prefill.MOBILE),
)


def _new(item: str, label_en: str, kind: FieldType, most: int | None = None) -> Field:
    return Field(f"new_{item}", f"变更后的{ITEMS[item]}", label_en, kind, visible_if=("items", (item,)), most=most)


eq_change = Procedure(
    key="eq.change",
    code="EQBG",
    title="建筑业企业资质证书变更",
    title_en="Change of a construction enterprise's licence",
    edition=EDITION,
    basis=f"{RULES}第十九条",
    decision_days=DECISION_DAYS,
    decided_by=LevelOfLicence(),
    initiator=EMPLOYER,
    roles=OFFICE_ROLES,
    parties_from=APPOINTED_HERE,
    licence_field="licence_no",
    form=(
        Section(
            "变更事项",
            (
                LICENCE_NO,
                Field("items", "变更事项", "What changes", FieldType.CHOICES, choices=ITEMS, least=1),
                _new("name", "New name", FieldType.TEXT, most=120),
                _new("address", "New address", FieldType.TEXT, most=120),
                _new("registered_capital", "New capital, 10,000 CNY", FieldType.MONEY),
                _new("legal_representative", "New legal representative", FieldType.NAME),
                _new("economic_nature", "New economic nature", FieldType.TEXT, most=60),
                Field(
                    "registered_on", "营业执照变更日期", "Day of the change of registration", FieldType.DATE, not_after="today",
                    hint="自营业执照变更之日起一个月内申请。", hint_en="Apply within a month of that day.",
                ),
            ),
            "What changes",
        ),
        Section("签署人和材料", (
            *REPRESENTATIVE, *CONTACT,
            Field("business_licence", "变更后的营业执照", "New business licence", FieldType.FILE), ATTACHMENTS,
        ), "Who signs, and documents"),
    ),
    steps=(
        *signed_in_order(
            CHANGE_FORM, REPRESENTATIVE_ROLE, EMPLOYER, by=EMPLOYER, shows=(CHANGED,),
            provided=(OwnQualification(), SomethingChanges(), *SIGNATORIES),
        ),
        *taken_in(),
        *reviewed(),
        *decided(
            (*form_closed(CHANGE_FORM), *licence_issued(RenderLicence(LicenceType.QUALIFICATION, CHANGED))),
            provided=(OwnQualification(),),
        ),
        replace(issued(RecordChange(EMPLOYER)), then=(WithdrawKeys(EMPLOYER, Withdrawal.REPLACED),)),
    ),
    deadlines=(handled_within(15), TO_ACCEPT, TO_CORRECT, to_decide(DECISION_DAYS)),
    summary="企业名称、地址、注册资本、法定代表人变更后一个月内申请换证；名称变更后须重新申领电子印章。",
    summary_en="Within a month of a change of registration; after a change of name apply for new seals.",
)  # fmt: skip
