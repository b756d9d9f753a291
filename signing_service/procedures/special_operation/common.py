"""What the businesses of special-operation personnel have in common."""

from __future__ import annotations

from signing_service.domain.dictionaries import SPECIAL_OPERATION_TRADES
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.domain.staff import Level
from signing_service.procedures.shared import AUTHORITY as BY_AUTHORITY
from signing_service.procedures.shared import form_closed, notice_sent
from signing_service.workflows.checks import HasKey
from signing_service.workflows.checks_of_employment import EmployedBy
from signing_service.workflows.effects import Seal
from signing_service.workflows.fields import Prefill
from signing_service.workflows.procedure import Change, Field, FieldType, Step, any_of

HOLDER, EMPLOYER = SignatoryRole.HOLDER, SignatoryRole.EMPLOYER
AUTHORITY, PLATFORM = SignatoryRole.AUTHORITY, SignatoryRole.PLATFORM

REGULATION = "《建筑施工特种作业人员管理规定》（建质〔2008〕75号）"
LICENCE_TITLE = "建筑施工特种作业操作资格证书"
TOLD = {"licence_title": LICENCE_TITLE}
EDUCATIONS = {"初中": "初中", "高中（中专）": "高中（中专）", "大专": "大专", "本科及以上": "本科及以上"}
"""初中 and above (第八条)."""

LICENCE_NO = Field("licence_no", "证书编号", "Licence number", FieldType.LICENCE_NO, prefill=Prefill.LICENCE)
MOBILE = Field("mobile", "手机号码", "Mobile number", FieldType.MOBILE, prefill=Prefill.MOBILE)
EDUCATION = Field("education", "文化程度", "Education", FieldType.CHOICE, choices=EDUCATIONS)
OWN_EMPLOYER = Field("employer_uscc", "用人单位", "Employer", FieldType.ENTERPRISE, prefill=Prefill.EMPLOYER)
CATEGORY = Field("category", "操作类别", "Trade", FieldType.CHOICE, choices=SPECIAL_OPERATION_TRADES)
ATTACHMENTS = Field("attachments", "其他材料", "Further papers", FieldType.ATTACHMENTS, required=False)


def confirmed_by_employer(form: str) -> Step:
    """An enterprise that confirms for somebody who is not its own is forbidden to."""
    return Step(
        "confirm", "同意", by=any_of(EMPLOYER), at=Stage.SUBMITTED, to=Stage.CONFIRMED,
        provided=(EmployedBy(EMPLOYER, status=403), HasKey(EMPLOYER)), then=(Seal(form, EMPLOYER),),
        title_en="Agree and seal",
    )  # fmt: skip


def decided_at_once(
    form: str,
    title: str,
    title_en: str,
    notice: str,
    *changes: Change,
    at: Stage = Stage.ACCEPTED,
    to: Stage = Stage.CLOSED,
) -> tuple[Step, ...]:
    """A decision that makes no new licence: the register changes with it, the form is closed, the letter goes out."""
    return (
        Step(
            "grant", title, by=BY_AUTHORITY, at=at, to=to, changes=changes, level=Level.DECIDE,
            then=(*form_closed(form), *notice_sent(notice)), title_en=title_en,
        ),
        Step(
            "refuse", "不予许可", by=BY_AUTHORITY, at=at, to=Stage.REFUSED, then=notice_sent("refusal_notice"),
            reason_required=True, level=Level.DECIDE, title_en="Refuse",
        ),
    )  # fmt: skip
