"""执业企业变更: a constructor goes to another enterprise; both enterprises seal the same form (注册建造师管理规定 第十三条)."""

from __future__ import annotations

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.procedures.constructor.kinds import (
    ATTACHMENTS,
    AUTHORITY,
    CONSTRUCTOR,
    DECISION,
    DECISION_DAYS,
    EDITION,
    HOLDER,
    LICENCE_NO,
    MOBILE,
    ON_THE_WAY,
    PLATFORM,
    RULES,
    TEMPORARY,
    Kind,
)
from signing_service.procedures.constructor.licences import ChangeEmployer, DashWhereUnknown
from signing_service.procedures.shared import (
    PLATFORM as THE_PLATFORM,
)
from signing_service.procedures.shared import (
    TO_ACCEPT,
    TO_CORRECT,
    decided,
    declined,
    form_closed,
    handled_within,
    issued,
    licence_issued,
    notice_sent,
    reviewed,
    taken_in,
    to_decide,
    withdrawn_by,
    written_and_signed,
)
from signing_service.workflows.changes import RecheckLicences, SwitchEmployment, VoidForm
from signing_service.workflows.checks import EmployedByLicenceEmployer, EmployersDiffer, HasKey, LicenceInForce
from signing_service.workflows.deadlines import Deadline, calendar
from signing_service.workflows.effects import RenderLicence, Seal
from signing_service.workflows.fields import Prefill
from signing_service.workflows.procedure import Field, FieldType, Procedure, Section, Step, all_of, any_of
from signing_service.workflows.registration import NotBoundElsewhere, NotLeadingProject, SilentUntilDue, YoungerThan

FORMER_EMPLOYER, NEW_EMPLOYER = SignatoryRole.FORMER_EMPLOYER, SignatoryRole.NEW_EMPLOYER
FORM = "c2_change_form"
CHANGED = ChangeEmployer()
UNKNOWN = DashWhereUnknown(("education", "qualification_no"))

UNANSWERED = Deadline("unanswered", (Stage.SUBMITTED,), calendar(30), then="lapse", paused_at=())
"""The new employer need not answer; after so many days nobody waits any more."""

PROOF = (
    Field(
        "silence_reason", "原企业未办理的情形", "Why the former employer does not act", FieldType.CHOICE,
        choices={"01": "企业不配合", "02": "企业营业执照已注销或者被吊销", "03": "已申请仲裁或者提起诉讼"},
    ),
    Field(
        "silence_proof", "解除劳动关系证明、裁决书或者注销证明", "Proof that the employment ended", FieldType.FILE
    ),
)  # fmt: skip


def _employer_change(kind: Kind) -> Procedure:
    asked = (
        LicenceInForce(kind.type), EmployersDiffer(), EmployedByLicenceEmployer(FORMER_EMPLOYER),
        NotBoundElsewhere((FORMER_EMPLOYER, NEW_EMPLOYER)), NotLeadingProject(), YoungerThan(65),
    )  # fmt: skip
    return Procedure(
        key=kind.key("employer_change"),
        code=f"{kind.code}EC",
        title=f"{kind.title}执业企业变更",
        title_en=f"Change of a {kind.title_en}'s employer",
        edition=EDITION,
        basis=f"{RULES}第十三条",
        decision_days=DECISION_DAYS,
        initiator=HOLDER,
        roles=(HOLDER, FORMER_EMPLOYER, NEW_EMPLOYER, AUTHORITY, PLATFORM),
        licence_field="licence_no",
        parties_from={FORMER_EMPLOYER: "former_employer_uscc", NEW_EMPLOYER: "new_employer_uscc"},
        form=(
            Section("个人信息", (LICENCE_NO, MOBILE), "About you"),
            Section(
                "变更信息",
                (
                    Field(
                        "former_employer_uscc", "原聘用企业统一社会信用代码", "Former employer's USCC",
                        FieldType.ENTERPRISE, prefill=Prefill.LICENCE_EMPLOYER,
                    ),
                    Field("new_employer_uscc", "现聘用企业统一社会信用代码", "New employer's USCC", FieldType.ENTERPRISE),
                    Field("left_on", "解除聘用日期", "Date of leaving", FieldType.DATE, not_after="today"),
                    Field("contract_from", "劳动合同起始日期", "Contract from", FieldType.DATE),
                    Field(
                        "contract_until", "劳动合同终止日期", "Contract until", FieldType.DATE,
                        not_before="contract_from",
                    ),
                    Field("reason", "变更原因", "Reason", FieldType.LONG_TEXT),
                    Field("projects", "在建工程任职情况", "Projects under way", FieldType.LONG_TEXT),
                    ATTACHMENTS,
                ),
                "The change",
            ),
        ),
        steps=(
            *written_and_signed(
                FORM, by=HOLDER, to=Stage.SUBMITTED, shows=(UNKNOWN,),
                provided=(*asked, HasKey(HOLDER), HasKey(NEW_EMPLOYER)),
            ),
            Step(
                "confirm", "同意", by=all_of(FORMER_EMPLOYER, NEW_EMPLOYER), at=Stage.SUBMITTED, to=Stage.CONFIRMED,
                then=(Seal(FORM, FORMER_EMPLOYER), Seal(FORM, NEW_EMPLOYER)), title_en="Agree and seal",
            ),
            declined(any_of(FORMER_EMPLOYER, NEW_EMPLOYER)),
            Step(
                "go_on", "附证明继续办理", by=any_of(HOLDER), at=Stage.SUBMITTED, to=Stage.SUBMITTED, form=PROOF,
                provided=(SilentUntilDue("party"),), stands_in_for=FORMER_EMPLOYER, optional=True,
                title_en="Go on without the former employer",
            ),
            Step(
                "lapse", "逾期失效", by=THE_PLATFORM, at=Stage.SUBMITTED, to=Stage.LAPSED, changes=(VoidForm(),),
                title_en="Lapse",
            ),
            *withdrawn_by(any_of(HOLDER), *ON_THE_WAY),
            *taken_in(),
            *reviewed(),
            *decided(
                (
                    *form_closed(FORM),
                    *notice_sent(DECISION, CHANGED),
                    *licence_issued(RenderLicence(kind.type, CHANGED)),
                ),
                provided=(NotLeadingProject(),),
            ),
            issued(SwitchEmployment(NEW_EMPLOYER), RecheckLicences()),
        ),
        deadlines=(handled_within(10), UNANSWERED, TO_ACCEPT, TO_CORRECT, to_decide(DECISION_DAYS)),
        summary="换到另一家企业执业：本人申请，原、现聘用企业在同一份表上盖章。",
        summary_en="Go to another enterprise: you apply, and both enterprises seal the same form.",
    )  # fmt: skip


employer_change = _employer_change(CONSTRUCTOR)
employer_change_temporary = _employer_change(TEMPORARY)
