"""图纸盖章本人确认: a registered person agrees to the practising seal on a stated list of sheets, in a dossier of the own
(domain text, §10.5, step 1; 勘察设计注册工程师管理规定 第二十七条).

The platform asks when the unit hands its sheets over. One signature covers the whole list, however long it is; who does
not agree says why, and the sheets go back to the unit.
"""

from __future__ import annotations

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.procedures.drawing_review.common import BASIS, EDITION
from signing_service.procedures.either_side import locked
from signing_service.procedures.shared import PLATFORM as THE_PLATFORM
from signing_service.workflows.changes import VoidForm
from signing_service.workflows.checks import HasKey
from signing_service.workflows.checks_of_reviews import SheetsAsStated
from signing_service.workflows.deadlines import Deadline, working
from signing_service.workflows.effects import RenderForm, Seal, TakeStep
from signing_service.workflows.effects_of_sheets import GoOnWithSheets
from signing_service.workflows.procedure import Field, FieldType, Procedure, Section, Step, any_of
from signing_service.workflows.shown_of_reviews import OfSheetsToSeal

HOLDER, EMPLOYER = SignatoryRole.HOLDER, SignatoryRole.EMPLOYER
FORM = "rv_consent_form"

consent = Procedure(
    key="rv.consent",
    code="ZYQR",
    title="图纸盖章本人确认",
    title_en="A registered person agrees to the practising seal on sheets",
    edition=EDITION,
    basis=f"《勘察设计注册工程师管理规定》（建设部令第137号）第二十七条；{BASIS}",
    decision_days=0,
    initiator=SignatoryRole.PLATFORM,
    roles=(HOLDER, EMPLOYER, SignatoryRole.AUTHORITY, SignatoryRole.PLATFORM),
    parties_from={HOLDER: "id_no", EMPLOYER: "employer_uscc"},
    on_offer=False,
    form=(
        Section(
            "确认事项",
            (
                Field("project_name", "工程名称", "Project", FieldType.TEXT, most=200),
                Field("project_no", "项目编号", "Project number", FieldType.TEXT, most=16),
                Field("subject", "文件", "Documents", FieldType.TEXT),
                Field("handed_over_with", "送交办件编号", "Handed over with", FieldType.TEXT, most=18),
                Field("employer_uscc", "编制单位", "Unit", FieldType.ENTERPRISE),
                Field("id_no", "身份证号码", "ID number", FieldType.ID_NO),
                Field("registration_no", "注册号", "Registration number", FieldType.TEXT, most=40),
                Field("disciplines", "专业", "Disciplines", FieldType.TEXT, most=200),
                Field("sheet_count", "图纸张数", "Sheets", FieldType.INTEGER, least=1),
                Field("list_sha256", "清单指纹（SHA-256）", "SHA-256 of the list", FieldType.TEXT, most=64),
            ),
            "What is agreed to",
        ),
    ),
    steps=(
        Step(
            "prepare", "送本人确认", by=THE_PLATFORM, at=Stage.DRAFT, to=Stage.SUBMITTED,
            then=(RenderForm(FORM, (OfSheetsToSeal(),)),), title_en="Ask the person",
        ),
        Step(
            "confirm", "同意盖章并签名", by=any_of(HOLDER), at=Stage.SUBMITTED, to=Stage.ISSUING,
            provided=(HasKey(HOLDER), SheetsAsStated()),
            then=(Seal(FORM, HOLDER), *locked(FORM), TakeStep("finish")), title_en="Agree and sign",
        ),
        Step(
            "finish", "已确认", by=THE_PLATFORM, at=Stage.ISSUING, to=Stage.CLOSED, then=(GoOnWithSheets(),),
            title_en="Agreed",
        ),
        Step(
            "refuse", "不同意", by=any_of(HOLDER), at=Stage.SUBMITTED, to=Stage.REFUSED, changes=(VoidForm(),),
            then=(GoOnWithSheets(),), reason_required=True, title_en="Do not agree",
        ),
        Step(
            "lapse", "无需确认", by=THE_PLATFORM, at=Stage.SUBMITTED, to=Stage.LAPSED, changes=(VoidForm(),),
            then=(GoOnWithSheets(),), title_en="Not needed any more",
        ),
    ),
    deadlines=(
        Deadline(
            "party", (Stage.SUBMITTED,), working(15), then="lapse", remind=(working(3), working(5)), paused_at=()
        ),
    ),
    summary="勘察、设计单位送交图纸时，被指定的注册执业人员本人确认所列图纸并签名，其执业印章方可加盖。",
    summary_en="When a unit hands sheets over, each registered person it names agrees to the list; only then is the "
    "practising seal put on them.",
)  # fmt: skip
