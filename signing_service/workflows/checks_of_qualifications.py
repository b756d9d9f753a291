"""Rules of qualifications of construction enterprises (建筑业企业资质管理规定; domain text, §11): each says whom or what it is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from signing_service.domain.dates import add_months, in_chinese, in_english
from signing_service.domain.dossier import Dossier, Stage
from signing_service.domain.errors import FieldError, Problem
from signing_service.domain.licences import LicenceStatus, LicenceType
from signing_service.domain.parties import Organisation
from signing_service.domain.qualifications import GRADES, Issuer, outranks
from signing_service.domain.view_states import REASONS, STATE_WORDS, ViewState, same_name
from signing_service.workflows.procedure import Situation
from signing_service.workflows.qualifying import (
    EMPLOYER,
    Listed,
    asked,
    former_grade,
    held_by,
    listed,
    requirements,
    wanted_of,
)


@dataclass(frozen=True, slots=True)
class OneIssuer:
    """Every category exists in the grade, is asked for once, and one authority of the province grants them all."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        wanted = wanted_of(dossier.form)
        for position, one in enumerate(wanted):
            field = f"requested.{position}.grade"
            if one.grade not in one.category.grades:
                grades = "、".join(GRADES[grade] for grade in one.category.grades)
                return _of_field(
                    field, "ENUM_INVALID", f"“{one.category.name}”只有：{grades}，请改选等级。",
                    f"{one.category.code} has these grades only: {', '.join(one.category.grades)}. Choose one of them.",
                )  # fmt: skip
            if not one.category.in_use(situation.today):
                return _of_field(
                    field, "QUAL_NOT_OFFERED", f"“{one.category.name}”已不受理申请，请改选类别。",
                    f"{one.category.code} is not granted any more: choose another category.",
                )  # fmt: skip
        if len({one.category.code for one in wanted}) < len(wanted):
            return Problem(
                "QUAL_TWICE", "同一资质类别只能申请一个等级，请删去重复的一项。",
                "A category is applied for in one grade: remove the row that is there twice.",
            )  # fmt: skip
        issuers = {one.category.issuer(one.grade) for one in wanted}
        if Issuer.MINISTRY in issuers:
            return Problem(
                "QUAL_MINISTRY",
                "所选资质由国务院住房和城乡建设主管部门许可，请在部级系统申请，或者改选等级。",
                "The ministry grants one of these: apply there, or choose another grade.",
                status=412,
            )
        if len(issuers) > 1:
            return Problem(
                "QUAL_ISSUERS_DIFFER",
                "所选资质分别由省级和设区市主管部门许可，请分开申请。",
                "Province and city grant these between them: apply for each apart.",
                status=412,
            )
        return None


@dataclass(frozen=True, slots=True)
class FitsWhatIsHeld:
    """首次: nothing is held. 增项: the category is new. 升级: it is held in a lower grade. A licence of the same issuer goes on."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        form, wanted = dossier.form, wanted_of(dossier.form)
        held = held_by(situation.register, dossier.parties[EMPLOYER], situation.today)
        if form["application_kind"] == "first" and held:
            return Problem(
                "CERT_EXISTS", f"本企业已有资质证书（{held[0].number}），请改选“增项”或者“升级”。",
                "The enterprise holds a qualification already: choose addition or upgrade.", status=409,
            )  # fmt: skip
        for position, one in enumerate(wanted):
            former = former_grade(held, one.category.code)
            if form["application_kind"] == "addition" and former is not None:
                return _of_field(
                    f"requested.{position}.category", "QUAL_HELD", f"已有“{one.category.name}”，提高等级请选“升级”。",
                    f"{one.category.code} is held already: choose upgrade for a higher grade.",
                )  # fmt: skip
            if form["application_kind"] == "upgrade" and (former is None or not outranks(one.grade, former)):
                return _of_field(
                    f"requested.{position}.grade", "QUAL_NOT_HIGHER",
                    f"升级须已有较低等级的“{one.category.name}”，新申请类别请选“增项”。",
                    f"An upgrade is from a lower grade of {one.category.code}: choose addition for a new category.",
                )  # fmt: skip
        issuer = wanted[0].category.issuer(wanted[0].grade)
        same = [licence.number for licence in held if licence.number[1] == issuer.value]
        if same and form.get("licence_no") not in same:
            return _of_field(
                "licence_no", "CERT_EXISTS", f"该许可机关已发有证书 {same[0]}，请填写其编号，准予后换发新版。",
                f"Licence {same[0]} is of the same authority: enter its number, it will get a further version.",
            )  # fmt: skip
        if form.get("licence_no") and not same:
            return _not_yours()
        return None


@dataclass(frozen=True, slots=True)
class OwnQualification:
    """The licence in question is a qualification of the enterprise's own, in one of these states."""

    states: tuple[LicenceStatus, ...] = (LicenceStatus.IN_FORCE,)

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        licence = situation.licence
        mine = licence is not None and licence.holder == dossier.parties[EMPLOYER]
        if licence is None or not mine or licence.type is not LicenceType.QUALIFICATION:
            return _not_yours()
        if licence.status_on(situation.today) in self.states:
            return None
        until = licence.valid_until
        return Problem(
            "CERT_NOT_IN_FORCE",
            f"资质证书已失效（有效期至 {in_chinese(until)}），不能办理本事项。",
            f"The licence is not in force (valid until {in_english(until)}), so this cannot be done with it.",
            status=412,
        )


@dataclass(frozen=True, slots=True)
class RenewedInTime:
    """延续 is applied for so many months before the end, or the licence lapses (管理规定 第十八条)."""

    months: int

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        licence = situation.licence
        if licence is None or dossier.facts.get("came_in"):
            return None  # one that was applied for in time and came back for correction is in time
        last = add_months(licence.valid_until, -self.months)
        if situation.today <= last:
            return None
        return Problem(
            "RENEW_EXPIRED",
            f"延续须在有效期届满 {self.months} 个月前申请，最后一日为 {in_chinese(last)}，现已逾期；届满后请重新申请。",
            f"Renewal is applied for {self.months} months before the end, at the latest on {in_english(last)}: apply anew "
            "when the licence has ended.",
            status=412,
            last=last,
        )


@dataclass(frozen=True, slots=True)
class StaffUsable:
    """Everybody named is employed here, and the licence that counts is that person's, of this enterprise, and in force today.

    Asked of the register at every signature and at the decision; every row that is wrong is told at once.
    """

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        enterprise = dossier.parties[EMPLOYER]
        errors = [error for one in listed(dossier) if (error := _unusable(one, enterprise, situation))]
        if not errors:
            return None
        return Problem(
            "STAFF_UNUSABLE",
            f"有 {len(errors)} 名人员不能用于本次申请，请按提示更换或者补办：{errors[0].zh}",
            f"{len(errors)} of the people named cannot count for this application: see each. {errors[0].en}",
            status=412,
            errors=errors,
        )


def _unusable(one: Listed, enterprise: str, situation: Situation) -> FieldError | None:
    """Of a person who is not employed here nothing more is said."""
    person, employment = situation.register.party(one.id_no), situation.register.employment_of(one.id_no)
    if person is None or not same_name(one.name, str(person.name)) or employment is None:
        return _error(one, "NO_EMPLOYMENT", "未与本企业登记聘用关系", "is not registered as employed here")
    if employment.enterprise != enterprise:
        return _error(one, "NO_EMPLOYMENT", "未与本企业登记聘用关系", "is not registered as employed here")
    if not one.types:
        return None
    licence = situation.register.licence(one.licence_no or "")
    if licence is None or licence.holder != one.id_no or licence.type not in one.types:
        return _error(one, "NOT_FOUND", "名下没有该证书", "holds no licence with this number")
    if licence.status_on(situation.today) is not LicenceStatus.IN_FORCE:
        return _error(one, "CERT_NOT_IN_FORCE", "的证书不在有效状态", "has a licence that is not in force")
    if licence.employer != enterprise:
        return _error(
            one, "CERT_OF_ANOTHER", "的证书注册在其他企业", "has a licence registered with another enterprise"
        )
    return _not_in_normal_use(one, situation)


def _not_in_normal_use(one: Listed, situation: Situation) -> FieldError | None:
    """A worker's licence has to be in 正常使用 (domain text, §11.2): what the checks of 我的证书 found is told."""
    view = situation.register.view_of(one.id_no, one.licence_no or "")
    if view is None or view.state is ViewState.NORMAL:
        return None
    state_zh, state_en = STATE_WORDS[view.state]
    reasons = [REASONS[reason] for reason in view.reasons if reason in REASONS]
    zh = "；".join(words[0] for words in reasons)
    en = "; ".join(words[1] for words in reasons)
    return _error(
        one, "CERT_NOT_NORMAL", f"的证书不是“正常使用”而是“{state_zh}”{f'（{zh}）' if zh else ''}",
        f"has a licence that is {state_en}{f' ({en})' if en else ''}",
    )  # fmt: skip


def _error(one: Listed, code: str, zh: str, en: str) -> FieldError:
    return FieldError(one.field, code, f"{one.name}{zh}。", f"{one.name} {en}.")


@dataclass(frozen=True, slots=True)
class StaffNotListedElsewhere:
    """Nobody is counted in the open applications of two enterprises, or twice in one list."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        people = [one for one in listed(dossier) if one.field.split(".")[0] != "technical_leader_id_no"]
        numbers = [one.id_no for one in people]
        claimed = situation.register.listed_elsewhere(numbers, dossier.parties[EMPLOYER]) if numbers else ()
        errors = [
            _error(
                one,
                "PERSON_DOUBLE_USED",
                "已列入另一企业在办的资质申请",
                "is listed in another enterprise's application",
            )
            for one in people
            if one.id_no in claimed
        ] or [_error(one, "PERSON_DOUBLE_USED", "在同一名单中重复", "is in this list twice") for one in _twice(people)]
        if not errors:
            return None
        return Problem(
            "PERSON_DOUBLE_USED",
            f"人员重复使用：{'；'.join(error.zh.rstrip('。') for error in errors[:5])}。请更换人员。",
            f"People are counted twice: {errors[0].en} Name others.",
            status=409,
            errors=errors,
        )


def _twice(people: list[Listed]) -> list[Listed]:
    """Those whom the same rows name before; one person may stand in two lists with two qualities."""
    seen: set[tuple[str, str]] = set()
    found = []
    for one in people:
        key = (one.field.split(".")[0], one.id_no)
        if key in seen:
            found.append(one)
        seen.add(key)
    return found


@dataclass(frozen=True, slots=True)
class MeetsStandard:
    """Net assets, people and works reach the standard; where the setting only warns, the form says what falls short.

    Figures that are only assumed refuse nobody.
    """

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        if "QUAL_THRESHOLD" not in situation.strict:
            return None
        short = [one.shortfall() for one in requirements(dossier, situation) if not one.met and not one.assumed]
        if not short:
            return None
        return Problem(
            "QUAL_THRESHOLD",
            f"未达到资质标准：{''.join(one.zh for one in short)}请补充后重新生成申请表，或者改选类别、等级。",
            f"The standard is not reached: {' '.join(one.en for one in short)} Add what is missing, or choose another grade.",
            status=412,
            errors=short,
        )


@dataclass(frozen=True, slots=True)
class ProfessionalsConfirmed:
    """Each registered professional has signed the own sheet for this version of the form; they come before all others."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        wanted = asked(dossier, situation)
        stages = situation.register.stages_of(list(wanted)) if wanted else {}
        missing = {key: form["name"] for key, form in wanted.items() if stages.get(key) is not Stage.CLOSED}
        if not missing:
            return None
        declined = [name for key, name in missing.items() if (stage := stages.get(key)) and stage.is_final]
        if declined:
            return Problem(
                "PROFESSIONAL_DECLINED",
                f"{'、'.join(declined)} 未同意列入本次申请，请由申请企业返回修改、更换人员。",
                f"{', '.join(declined)} did not confirm: the enterprise has to go back and name others.",
                status=409,
            )
        return Problem(
            "SLOT_NOT_OPEN",
            f"还没有轮到您签署：请等待 {'、'.join(missing.values())} 签署专业人员确认书。",
            f"It is not your turn to sign yet: {', '.join(missing.values())} confirms before you.",
            status=409,
        )


def _objection_waits(dossier: Dossier) -> bool:
    """Whether an application that is examined was sent back by one: where it goes on to, that is answered."""
    return "object" in dossier.facts.get("given", {})


@dataclass(frozen=True, slots=True)
class ObjectionAnswered:
    """Nothing is put to the public anew while an objection waits: it is said first whether it holds."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        del situation
        if not _objection_waits(dossier):
            return None
        return Problem(
            "OBJECTION_WAITS",
            "公示期内的异议尚未答复，请先核查，再办理“异议不成立，继续公示”或者“异议成立，报决定”。",
            "An objection has not been answered yet: examine it, then say whether it holds.",
            status=409,
        )


@dataclass(frozen=True, slots=True)
class ObjectionWaits:
    """There is an objection to be answered."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        del situation
        if _objection_waits(dossier):
            return None
        return Problem(
            "NO_OBJECTION",
            "本办件没有待答复的异议；审查通过的，请办理“审查通过并公示”。",
            "There is no objection to answer: to put the application to the public, take that step.",
            status=409,
        )


@dataclass(frozen=True, slots=True)
class NoObjectionHolds:
    """What was objected to with reason is not granted: it is refused, or examined again."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        del situation
        if "uphold" not in dossier.facts.get("given", {}):
            return None
        return Problem(
            "OBJECTION_HOLDS",
            "公示期内的异议经核查成立，不能准予；请办理“不予许可”，或者退回审查。",
            "An objection was found to hold, so this cannot be granted: refuse it, or send it back to be examined again.",
            status=409,
        )


@dataclass(frozen=True, slots=True)
class SomethingChanges:
    """变更: at least one item is other than on the licence, and a new name can be a registered name."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        form, licence = dossier.form, situation.licence
        if licence is None:
            return _not_yours()
        if name := form.get("new_name"):
            enterprise = situation.parties[EMPLOYER]
            if isinstance(enterprise, Organisation):
                try:
                    Organisation(enterprise.kind, enterprise.uscc, name)
                except Problem as problem:
                    return _of_field("new_name", problem.code, problem.zh, problem.en)
        pairs = {"new_name": licence.holder_name, **{f"new_{key}": licence.facts.get(key) for key in CHANGEABLE}}
        if any(form.get(key) and form[key] != before for key, before in pairs.items()):
            return None
        return Problem(
            "NOTHING_CHANGED",
            "填写的内容与证书记载一致，没有需要变更的事项。",
            "Everything is as on the licence already: there is nothing to change.",
            status=409,
        )


CHANGEABLE = ("address", "registered_capital", "legal_representative", "economic_nature")
"""Besides the name. The form has each as ``new_<item>``."""


def late_change(registered_on: date, today: date) -> bool:
    """变更 is applied for within a month of the change of the business registration (管理规定 第十九条)."""
    return today > add_months(registered_on, 1)


def _of_field(field: str, code: str, zh: str, en: str) -> Problem:
    return Problem(code, zh, en, errors=[FieldError(field, code, zh, en)])


def _not_yours() -> Problem:
    return Problem(
        "NOT_FOUND",
        "未找到本企业的该资质证书，请核对证书编号。",
        "The enterprise holds no qualification with this number: check it.",
        status=404,
    )


CHECKS_OF_QUALIFICATIONS = (
    OneIssuer,
    FitsWhatIsHeld,
    OwnQualification,
    RenewedInTime,
    StaffUsable,
    StaffNotListedElsewhere,
    MeetsStandard,
    ProfessionalsConfirmed,
    ObjectionAnswered,
    ObjectionWaits,
    NoObjectionHolds,
    SomethingChanges,
)
