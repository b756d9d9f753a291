"""Rules of special-operation personnel (domain text, §8): each may refuse a step and says why."""

from __future__ import annotations

from dataclasses import dataclass

from signing_service.domain.dates import in_chinese, in_english
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Dossier
from signing_service.domain.errors import Problem
from signing_service.domain.licences import LicenceStatus, LicenceType
from signing_service.domain.numbers import SpecialOperationNo
from signing_service.domain.parties import Person
from signing_service.domain.view_states import HOME_PROVINCE
from signing_service.workflows.procedure import Situation


@dataclass(frozen=True, slots=True)
class OfAge:
    """The holder has completed so many years (建质〔2008〕75号 第八条)."""

    years: int

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        del dossier
        holder = situation.parties[SignatoryRole.HOLDER]
        if not isinstance(holder, Person) or holder.id_no.age_on(situation.today) >= self.years:
            return None
        return Problem(
            "ID_AGE",
            f"申请人须年满 {self.years} 周岁，现不足，暂不能申请。",
            f"The applicant has to be {self.years} years of age, and is not yet.",
        )


@dataclass(frozen=True, slots=True)
class NoSecondLicence:
    """A person has one licence in force of each trade, in the whole country (domain text, §8.2)."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        category = dossier.form.get("category")
        for licence in situation.register.licences_of(dossier.parties[SignatoryRole.HOLDER]):
            if (
                licence.type is LicenceType.SPECIAL_OPERATION
                and licence.facts.get("category") == category
                and licence.status_on(situation.today) in (LicenceStatus.IN_FORCE, LicenceStatus.SUSPENDED)
            ):
                return Problem(
                    "CERT_EXISTS",
                    f"您已持有该操作类别的证书（{licence.number}，有效期至 {in_chinese(licence.valid_until)}），不能重复取得。",
                    f"You hold a licence of this trade already ({licence.number}, valid until "
                    f"{in_english(licence.valid_until)}).",
                    status=409,
                )
        return None


@dataclass(frozen=True, slots=True)
class NumberOfOurs:
    """The number typed is one of this province and of the trade named, and is not in the register yet."""

    field: str

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        try:
            number = SpecialOperationNo.parse(str(dossier.form.get(self.field, "")))
        except Problem as problem:
            return problem
        if not number.startswith(HOME_PROVINCE) or number.trade != dossier.form.get("category"):
            return Problem(
                "CERTNO_FORMAT",
                "证书编号不是本省编号，或者与所选操作类别不符；外省证书请办理进赣换证。",
                "This is no number of this province, or it is one of another trade; another province's licence is exchanged.",
            )
        if situation.register.licence(number) is None:
            return None
        return Problem(
            "CERT_EXISTS",
            "该证书已在电子证照库中，无需补录；请在“我的证书”中查看，内容有误的办理纠错。",
            "This licence is in the register already: look under my licences, and have it corrected if it is wrong.",
            status=409,
        )


@dataclass(frozen=True, slots=True)
class NumberOfAnotherProvince:
    """The number to be exchanged is not one of ours."""

    field: str

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        del situation
        if not str(dossier.form.get(self.field, "")).startswith(HOME_PROVINCE):
            return None
        return Problem(
            "CERTNO_FORMAT",
            "该编号是本省编号，不需要换证；如库中没有，请办理证书补录。",
            "This is a number of this province, so there is nothing to exchange: if it is not found, have it supplemented.",
        )


@dataclass(frozen=True, slots=True)
class OriginStillInForce:
    """What is exchanged has not run out meanwhile."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        if dossier.form.get("origin_until", "") >= situation.today.isoformat():
            return None
        return Problem(
            "CERT_EXPIRED",
            "外省证书已过有效期，不能换证，请重新申请考核发证。",
            "The other province's licence has expired and cannot be exchanged: apply for the examination.",
            status=412,
        )


@dataclass(frozen=True, slots=True)
class LicenceStands:
    """The licence in question is the holder's, of this type, and in one of these states."""

    among: tuple[LicenceStatus, ...]
    type: LicenceType = LicenceType.SPECIAL_OPERATION

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        licence = situation.licence
        if (
            licence is None
            or licence.holder != dossier.parties.get(SignatoryRole.HOLDER)
            or licence.type is not self.type
        ):
            return Problem(
                "NOT_FOUND",
                "未找到该持证人名下的该证书，请核对证书编号。",
                "The holder has no licence with this number: check it.",
                status=404,
            )
        if licence.status_on(situation.today) in self.among:
            return None
        return Problem(
            "CERT_NOT_IN_FORCE",
            "证书的现状态不能办理本事项，请在“我的证书”中查看。",
            "The licence is not in a state in which this can be done with it.",
            status=412,
        )


@dataclass(frozen=True, slots=True)
class EmployerAsOnLicence:
    """Who is employed by the enterprise on the licence asks it; who is not asks nobody (domain text, §17, row 10)."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        licence = situation.licence
        if licence is None:
            return None
        employment = situation.register.employment_of(dossier.parties[SignatoryRole.HOLDER])
        due = employment is not None and employment.enterprise == licence.employer
        named = dossier.parties.get(SignatoryRole.EMPLOYER)
        if named == (licence.employer if due else None):
            return None
        return Problem(
            "NO_EMPLOYMENT",
            "请填写证书上的现用人单位，由其确认。" if due else "您与所填单位没有聘用关系，请将用人单位留空。",
            "Name the employer on the licence, who has to confirm."
            if due
            else "You do not work there: leave it empty.",
            status=412,
        )


@dataclass(frozen=True, slots=True)
class Examined:
    """Both parts reached the pass marks, or with ``passed=False`` one of them did not."""

    theory: int
    practice: int
    passed: bool = True

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        del situation
        scores = dossier.facts["given"]["score"]
        reached = scores["theory_score"] >= self.theory and scores["practice_score"] >= self.practice
        if reached is self.passed:
            return None
        marks = f"理论 {scores['theory_score']} 分、实操 {scores['practice_score']} 分"
        return Problem(
            "EXAM_FAILED" if self.passed else "EXAM_PASSED",
            f"成绩为{marks}，{'未达到' if self.passed else '已达到'}合格线（{self.theory} / {self.practice}），请核对后选择。",
            f"The scores {'do not reach' if self.passed else 'reach'} the pass marks ({self.theory} and {self.practice}).",
            status=409,
        )


CHECKS_OF_SPECIAL_OPERATION = (
    OfAge,
    NoSecondLicence,
    NumberOfOurs,
    NumberOfAnotherProvince,
    OriginStillInForce,
    LicenceStands,
    EmployerAsOnLicence,
    Examined,
)
