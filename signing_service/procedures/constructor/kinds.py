"""注册证书 and 临时执业证书: the same businesses, on two licences; and what their forms have in common."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from signing_service.domain.dictionaries import SPECIALTIES
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.domain.licences import LicenceType
from signing_service.procedures.shared import (
    AUTHORITY as THE_AUTHORITY,
)
from signing_service.procedures.shared import (
    TO_ACCEPT,
    TO_CORRECT,
    declined,
    handled_within,
    to_decide,
    withdrawn_by,
)
from signing_service.workflows.checks import HasKey, LicenceInForce
from signing_service.workflows.effects import Seal
from signing_service.workflows.fields import Prefill
from signing_service.workflows.procedure import Check, Field, FieldType, Step, any_of
from signing_service.workflows.registration import EmployedBy

__all__ = ["CONSTRUCTOR", "TEMPORARY", "THE_AUTHORITY", "Kind"]

HOLDER, EMPLOYER = SignatoryRole.HOLDER, SignatoryRole.EMPLOYER
AUTHORITY, PLATFORM = SignatoryRole.AUTHORITY, SignatoryRole.PLATFORM
ROLES = (HOLDER, EMPLOYER, AUTHORITY, PLATFORM)
EDITION = date(2026, 1, 1)
DECISION_DAYS = 20
"""Working days (行政许可法 第四十二条)."""
RULES = "《注册建造师管理规定》（建设部令第153号）"
DECISION = "c2_decision"
ON_THE_WAY = (Stage.SUBMITTED, Stage.CONFIRMED)

DEADLINES = (handled_within(10), TO_ACCEPT, TO_CORRECT, to_decide(DECISION_DAYS))


@dataclass(frozen=True, slots=True)
class Kind:
    """Of the two licences."""

    type: LicenceType
    field: str
    """Head of the procedures' keys."""
    code: str
    """Head of the dossier numbers' codes."""
    title: str
    title_en: str

    def key(self, name: str) -> str:
        return f"{self.field}.{name}"


CONSTRUCTOR = Kind(LicenceType.CONSTRUCTOR, "c2", "C2", "二级建造师", "constructor")
TEMPORARY = Kind(LicenceType.CONSTRUCTOR_TEMPORARY, "c2t", "CT", "二级建造师临时执业证书", "temporary constructor")

LICENCE_NO = Field(
    "licence_no", "注册编号", "Registration number", FieldType.LICENCE_NO, prefill=Prefill.LICENCE
)  # fmt: skip
EMPLOYER_USCC = Field(
    "employer_uscc", "聘用企业统一社会信用代码", "Employer's USCC", FieldType.ENTERPRISE,
    prefill=Prefill.LICENCE_EMPLOYER,
)  # fmt: skip
MOBILE = Field("mobile", "手机号码", "Mobile number", FieldType.MOBILE, prefill=Prefill.MOBILE)
EDUCATION = Field("education", "学历", "Education", FieldType.TEXT, required=False, most=40)
PROFESSIONAL_TITLE = Field(
    "professional_title", "职称", "Professional title", FieldType.TEXT, required=False, most=40
)  # fmt: skip
ATTACHMENTS = Field("attachments", "其他材料", "Other documents", FieldType.ATTACHMENTS, required=False)
PROMISE = Field(
    "promise", "承诺", "Promise", FieldType.STATEMENT,
    hint="本人承诺所填内容和所附材料真实、有效，只受聘并注册于一个单位。",
    hint_en="What I state and attach is true, and I am employed by and registered with one enterprise only.",
)  # fmt: skip


def specialties(key: str, label: str, label_en: str, **more: object) -> Field:
    return Field(key, label, label_en, FieldType.CHOICES, choices=SPECIALTIES, least=1, **more)  # type: ignore[arg-type]


def with_employer(kind: Kind) -> tuple[Check, ...]:
    """Asked of every application that the employer confirms."""
    return (LicenceInForce(kind.type), EmployedBy(EMPLOYER), HasKey(HOLDER), HasKey(EMPLOYER))


def confirmed_by_employer(form: str) -> tuple[Step, ...]:
    """The employer agrees and seals, or declines; until it is accepted the holder may withdraw."""
    return (
        Step(
            "confirm", "同意", by=any_of(EMPLOYER), at=Stage.SUBMITTED, to=Stage.CONFIRMED,
            then=(Seal(form, EMPLOYER),), title_en="Agree and seal",
        ),
        declined(any_of(EMPLOYER)),
        *withdrawn_by(any_of(HOLDER), *ON_THE_WAY),
    )  # fmt: skip
