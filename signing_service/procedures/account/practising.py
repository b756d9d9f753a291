"""执业印章: a registered person applies for the electronic practising seal, the unit confirms, the authority looks at it.

The seal bears what stands in the registration; it has a key of its own, which is used for sheets alone and only for those
to which its owner has agreed (``rv.consent``).
"""

from __future__ import annotations

from datetime import date

from signing_service.domain.codes import RegionLevel
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.domain.new_keys import Withdrawal
from signing_service.domain.practising import PROFESSIONS
from signing_service.procedures.shared import PLATFORM as THE_PLATFORM
from signing_service.procedures.shared import (
    TO_CORRECT,
    decided_by_one,
    declined,
    form_closed,
    handled_within,
    withdrawn_by,
    written_and_signed,
)
from signing_service.workflows.account_checks import RegistrationOnRecord
from signing_service.workflows.changes import GiveKey
from signing_service.workflows.checks import HasKey
from signing_service.workflows.checks_of_employment import EmployedBy
from signing_service.workflows.deadlines import Deadline, working
from signing_service.workflows.effects import MakeKey, Seal, TakeStep, WithdrawKeys
from signing_service.workflows.fields import Prefill
from signing_service.workflows.procedure import Field, FieldType, Procedure, Section, Step, any_of

HOLDER, EMPLOYER = SignatoryRole.HOLDER, SignatoryRole.EMPLOYER
AUTHORITY, PLATFORM = SignatoryRole.AUTHORITY, SignatoryRole.PLATFORM
FORM = "practising_form"
YEARS = 3
DECISION_DAYS = 5
CONSTRUCTORS = ("constructor_1", "constructor_2")
CHECKED = (EmployedBy(), RegistrationOnRecord(), HasKey(HOLDER), HasKey(EMPLOYER))

practising = Procedure(
    key="person.practising",
    code="PSPR",
    title="电子执业印章申领",
    title_en="A registered person's electronic practising seal",
    edition=date(2026, 1, 1),
    basis="《勘察设计注册工程师管理规定》（建设部令第137号）第十八条；《中华人民共和国电子签名法》第十三条",
    decision_days=DECISION_DAYS,
    initiator=HOLDER,
    roles=(HOLDER, EMPLOYER, AUTHORITY, PLATFORM),
    parties_from={EMPLOYER: "employer_uscc"},
    decided_at=RegionLevel.PREFECTURE,
    form=(
        Section(
            "执业注册",
            (
                Field("employer_uscc", "聘用单位", "Employer", FieldType.ENTERPRISE, prefill=Prefill.EMPLOYER),
                Field(
                    "profession", "执业资格", "Profession", FieldType.CHOICE,
                    choices={key: one.name for key, one in PROFESSIONS.items()},
                ),
                Field("registration_no", "注册号", "Registration number", FieldType.TEXT, most=20),
                Field(
                    "check_no", "印章校验码", "Check digits", FieldType.TEXT, most=2,
                    visible_if=("profession", CONSTRUCTORS),
                    hint="遗失补办的次数，首次为 00。", hint_en="How often it was made again after a loss; 00 at first.",
                ),
                Field(
                    "specialties", "注册专业", "Specialties", FieldType.TEXT, most=20,
                    visible_if=("profession", CONSTRUCTORS),
                    hint="简称，多个专业之间空一格，如“建筑 机电”。", hint_en="Short names, with a space between.",
                ),
                Field("registered_until", "注册有效期至", "Registered until", FieldType.DATE, not_before="today"),
                Field("registration_scan", "注册证书扫描件", "Scan of the registration", FieldType.FILE),
            ),
            "Registration",
        ),
    ),
    steps=(
        *written_and_signed(FORM, by=HOLDER, to=Stage.SUBMITTED, provided=CHECKED),
        Step(
            "confirm", "同意", by=any_of(EMPLOYER), at=Stage.SUBMITTED, to=Stage.CONFIRMED, provided=CHECKED,
            then=(Seal(FORM, EMPLOYER),), title_en="Agree and seal",
        ),
        declined(any_of(EMPLOYER)),
        *withdrawn_by(any_of(HOLDER), Stage.SUBMITTED, Stage.CONFIRMED),
        *decided_by_one((*form_closed(FORM), MakeKey(HOLDER, YEARS), TakeStep("issue")), provided=CHECKED),
        Step(
            "issue", "制发", by=THE_PLATFORM, at=Stage.ISSUING, to=Stage.CLOSED, changes=(GiveKey(HOLDER, YEARS),),
            then=(WithdrawKeys(HOLDER, Withdrawal.REPLACED),), title_en="Issue",
        ),
    ),
    deadlines=(
        handled_within(10),
        TO_CORRECT,
        Deadline("decide", (Stage.CONFIRMED,), working(DECISION_DAYS), paused_at=(Stage.CORRECTION,)),
    ),
    summary="注册执业人员申领用于图纸的电子执业印章，聘用单位确认、主管部门核对后制发，有效期不超过注册有效期。",
    summary_en="For sheets: the unit confirms, the authority looks at the registration, and the seal holds no longer than "
    "that.",
)  # fmt: skip
