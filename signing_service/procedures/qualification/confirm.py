"""专业人员确认: each registered professional of an application signs a sheet of one page, in a dossier of the own (domain text, §11.3).

The platform asks when the form is drawn. As a dossier it has what every other has: a todo on the person's phone, a
reminder, an end by itself, a file that anybody can check. The application waits for all of them before anybody signs it.
"""

from __future__ import annotations

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.procedures.either_side import locked
from signing_service.procedures.qualification.steps import EDITION, RULES
from signing_service.procedures.shared import PLATFORM as THE_PLATFORM
from signing_service.workflows.changes import VoidForm
from signing_service.workflows.checks import HasKey
from signing_service.workflows.deadlines import Deadline, calendar
from signing_service.workflows.effects import RenderForm, Seal
from signing_service.workflows.procedure import Field, FieldType, Procedure, Section, Step, any_of

HOLDER, EMPLOYER = SignatoryRole.HOLDER, SignatoryRole.EMPLOYER
AUTHORITY, PLATFORM = SignatoryRole.AUTHORITY, SignatoryRole.PLATFORM
FORM = "eq_confirm_form"

confirm = Procedure(
    key="eq.confirm",
    code="EQZY",
    title="资质申请专业人员确认",
    title_en="A professional confirms an application for a qualification",
    edition=EDITION,
    basis=f"{RULES}第十四条",
    decision_days=0,
    initiator=PLATFORM,
    roles=(HOLDER, EMPLOYER, AUTHORITY, PLATFORM),
    parties_from={HOLDER: "id_no", EMPLOYER: "employer_uscc"},
    on_offer=False,
    form=(
        Section(
            "确认事项",
            (
                Field("application_no", "资质申请办件编号", "Application", FieldType.TEXT, most=18),
                Field("employer_uscc", "申请企业", "Enterprise", FieldType.ENTERPRISE),
                Field("requested", "申请资质", "What is applied for", FieldType.TEXT),
                Field("name", "姓名", "Name", FieldType.NAME),
                Field("id_no", "身份证号码", "ID number", FieldType.ID_NO),
                Field("licence_no", "注册编号", "Registration number", FieldType.LICENCE_NO),
            ),
            "What is confirmed",
        ),
    ),
    steps=(
        Step(
            "prepare", "送专业人员确认", by=THE_PLATFORM, at=Stage.DRAFT, to=Stage.SUBMITTED, then=(RenderForm(FORM),),
            title_en="Ask the professional",
        ),
        Step(
            "confirm", "确认并签名", by=any_of(HOLDER), at=Stage.SUBMITTED, to=Stage.CLOSED, provided=(HasKey(HOLDER),),
            then=(Seal(FORM, HOLDER), *locked(FORM)), title_en="Confirm and sign",
        ),
        Step(
            "refuse", "不同意", by=any_of(HOLDER), at=Stage.SUBMITTED, to=Stage.REFUSED, changes=(VoidForm(),),
            reason_required=True, title_en="Do not confirm",
        ),
        Step(
            "lapse", "无需确认", by=THE_PLATFORM, at=Stage.SUBMITTED, to=Stage.LAPSED, changes=(VoidForm(),),
            title_en="Not needed any more",
        ),
    ),
    deadlines=(
        Deadline("party", (Stage.SUBMITTED,), calendar(30), then="lapse", remind=(calendar(3), calendar(10)), paused_at=()),
    ),
    summary="被列入资质申请的注册建造师本人确认并签名。",
    summary_en="A constructor whom an application lists confirms it.",
)  # fmt: skip
