"""勘察、设计文件送交: the unit hands over what it has uploaded, and every sheet gets its seals (domain text, §10.5, step 1).

Every sheet carries the 执业印章 of a registered person of its discipline and the unit's 出图专用章 (建设工程质量管理条例
第十九条、勘察设计注册工程师管理规定 第二十七条). The unit lets its own seal be used when it hands the sheets over; no
practising seal goes on before its owner has agreed (``rv.consent``), and without all of them nothing is sealed.
"""

from __future__ import annotations

from signing_service.domain.codes import RegionLevel
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.domain.projects import SectionKind
from signing_service.domain.sheets import DISCIPLINES, SUBJECTS
from signing_service.procedures.drawing_review.common import AUTHORITY, BASIS, EDITION, PROJECT_NO
from signing_service.procedures.shared import PLATFORM, withdrawn_by
from signing_service.workflows.changes import VoidForm
from signing_service.workflows.changes_of_reviews import GiveSheetsBack, ReleaseSheets, SubmitSheets
from signing_service.workflows.checks_of_reviews import PersonsCanSeal, PersonsConsented, SheetsToSubmit
from signing_service.workflows.effects import RecallProfessionals, TakeStep
from signing_service.workflows.effects_of_sheets import AskRegisteredPersons, SealSheets, StampSheets
from signing_service.workflows.procedure import Field, FieldType, Procedure, Section, Step, any_of

PERSON = SignatoryRole.REGISTERED_PERSON
CONSENT = "rv.consent"


def _handed_over(kind: SectionKind, code: str, zh: str, en: str) -> Procedure:
    unit, subject = kind.contractor, SUBJECTS[kind]
    return Procedure(
        key=f"rv.{kind.value}_sheets",
        code=code,
        title=f"{subject}送交",
        title_en=f"{en} is handed over",
        edition=EDITION,
        basis=BASIS,
        decision_days=0,
        initiator=unit,
        roles=(unit, PERSON, AUTHORITY, SignatoryRole.PLATFORM),
        project_field="project_no",
        parties_of_project=(unit,),
        decided_at=RegionLevel.COUNTY,
        form=(
            Section(
                "送交",
                (
                    PROJECT_NO,
                    Field(
                        "persons", "各专业注册执业人员", "Registered persons", FieldType.ROWS, least=1,
                        hint="每个送交的专业一人，其执业印章盖在该专业每张图纸上。",
                        hint_en="One for each discipline that is handed over: their seal goes on each of its sheets.",
                        rows=(
                            Field("discipline", "专业", "Discipline", FieldType.CHOICE, choices=DISCIPLINES[kind]),
                            Field("id_no", "身份证号码", "ID number", FieldType.ID_NO),
                            Field("registration_no", "注册号", "Registration number", FieldType.TEXT, most=40),
                        ),
                    ),
                ),
                "Handed over",
            ),
        ),
        steps=(
            Step(
                "submit", "送交并逐张盖章", by=any_of(unit), at=Stage.DRAFT, to=Stage.SUBMITTED,
                provided=(SheetsToSubmit(kind), PersonsCanSeal(kind)), changes=(SubmitSheets(kind),),
                then=(AskRegisteredPersons(CONSENT, unit),), reads_draft=True,
                title_en="Hand over and seal every sheet",
            ),
            Step(
                "take_back", "撤回送交", by=any_of(unit), at=Stage.SUBMITTED, to=Stage.DRAFT, changes=(VoidForm(), GiveSheetsBack()),
                then=(RecallProfessionals(),), form_goes_back=True, optional=True, title_en="Take it back",
            ),
            Step(
                "give_back", "退回送交单位", by=PLATFORM, at=Stage.SUBMITTED, to=Stage.DRAFT, changes=(VoidForm(), GiveSheetsBack()),
                then=(RecallProfessionals(),), reason_required=True, form_goes_back=True, title_en="Give it back to the unit",
            ),
            Step(
                "seal", "本人已确认，逐张盖章", by=PLATFORM, at=Stage.SUBMITTED, to=Stage.ISSUING,
                provided=(PersonsConsented(kind),),
                then=(StampSheets(kind), SealSheets(PERSON), SealSheets(unit), TakeStep("finish")),
                title_en="Agreed to: seal every sheet",
            ),
            Step(
                "finish", "盖章完成", by=PLATFORM, at=Stage.ISSUING, to=Stage.CLOSED, changes=(ReleaseSheets(),),
                title_en="Sealed",
            ),
            *withdrawn_by(any_of(unit), Stage.DRAFT),
        ),
        summary=f"{zh}上传{subject}后送交，经各专业注册执业人员本人确认，平台在每张图纸上加盖执业印章和出图专用章，供建设单位报审。",
        summary_en="What the unit has uploaded is handed over and, once its registered persons agree, sealed sheet by sheet, "
        "for the developer to have it reviewed.",
    )  # fmt: skip


survey_sheets = _handed_over(SectionKind.SURVEY, "KCSJ", "勘察单位", "A survey")
design_sheets = _handed_over(SectionKind.DESIGN, "STSJ", "设计单位", "A design")
