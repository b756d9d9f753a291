"""Rules of a professional's registration: employment, specialties with ends of their own, name and number, projects under way.

They are checks as those in ``checks``; each says which date, fact or party is the reason (domain text, §9).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from signing_service.domain.codes import IdNo
from signing_service.domain.dates import add_years, in_chinese, in_english
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Dossier
from signing_service.domain.errors import Problem
from signing_service.domain.licences import LicenceStatus, LicenceType
from signing_service.domain.parties import Person
from signing_service.workflows.procedure import Situation

HOLDER = SignatoryRole.HOLDER
COUNTED = (LicenceStatus.IN_FORCE, LicenceStatus.SUSPENDED, LicenceStatus.ISSUING)
"""What stands in the way of a second licence of the same kind."""


@dataclass(frozen=True, slots=True)
class OwnLicence:
    """The licence in question is the holder's own, of this type, and not cancelled; it may have expired."""

    type: LicenceType

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        licence = situation.licence
        if licence is None or licence.holder != dossier.parties[HOLDER] or licence.type is not self.type:
            return Problem(
                "NOT_FOUND",
                "未找到该证书，请核对证书编号和持证人。",
                "There is no such licence of this holder: check number and holder.",
                status=404,
            )
        if licence.status in COUNTED:
            return None
        return Problem(
            "CERT_NOT_IN_FORCE",
            "证书已经注销、撤销或者吊销，无需再办理。",
            "The licence was cancelled, annulled or forfeited already.",
            status=412,
        )


@dataclass(frozen=True, slots=True)
class EmployedBy:
    """The holder's employment that is in force is with the enterprise in this role."""

    role: SignatoryRole

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        employment = situation.register.employment_of(dossier.parties[HOLDER])
        if employment is not None and employment.enterprise == dossier.parties[self.role]:
            return None
        return Problem(
            "NO_EMPLOYMENT",
            "您与所填企业没有有效的聘用关系登记，请先与该企业办理聘用关系登记。",
            "You have no employment with this enterprise on record: register it first.",
            status=412,
        )


@dataclass(frozen=True, slots=True)
class NotBoundElsewhere:
    """The holder's employment, if there is one, is with one of the enterprises in these roles."""

    roles: tuple[SignatoryRole, ...]

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        employment = situation.register.employment_of(dossier.parties[HOLDER])
        if employment is None or employment.enterprise in {dossier.parties[role] for role in self.roles}:
            return None
        return Problem(
            "EMP_ALREADY_BOUND",
            "您已与其他企业登记了聘用关系，请先解除该聘用关系。",
            "You are employed by another enterprise on record: end that employment first.",
            status=409,
        )


@dataclass(frozen=True, slots=True)
class NotLeadingProject:
    """Who leads a project that is not finished neither changes employer nor cancels (建市〔2008〕48号)."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        locks = situation.register.locks_of(dossier.parties[HOLDER])
        if not locks:
            return None
        names = "、".join(lock.name for lock in locks)
        return Problem(
            "PM_LOCKED",
            f"持证人正在担任在建项目负责人：{names}。项目竣工备案或者依法更换负责人后再办理。",
            f"The holder leads a project under way: {names}. Do this after its completion is on record, or after "
            "another leader is appointed.",
            status=409,
            project=", ".join(lock.project for lock in locks),
        )


@dataclass(frozen=True, slots=True)
class YoungerThan:
    """Who is older is not registered (注册建造师管理规定 第十五条)."""

    years: int

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        del dossier
        holder = situation.parties[HOLDER]
        if not isinstance(holder, Person):
            return None
        last = add_years(holder.id_no.born, self.years + 1) - timedelta(days=1)
        if situation.today <= last:
            return None
        return Problem(
            "AGE_LIMIT",
            f"持证人已超过 {self.years} 周岁（{in_chinese(last)}届满），不能注册。",
            f"The holder is older than {self.years} and cannot be registered.",
            status=412,
        )


@dataclass(frozen=True, slots=True)
class SpecialtiesRenewable:
    """Each specialty that ``field`` names is registered, and today lies in its window: from ``opens`` days before its
    end to ``closes`` days before it (注册建造师管理规定 第十条).
    """

    field: str
    opens: int
    closes: int

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        held = specialties_of(situation)
        for code in dossier.form.get(self.field, ()):
            if code not in held:
                return not_registered(dossier, self.field)
            ends = date.fromisoformat(held[code]["valid_until"])
            if problem := self._outside(held[code]["name"], ends, situation.today):
                return problem
        return None

    def _outside(self, name: str, ends: date, today: date) -> Problem | None:
        first, last = ends - timedelta(days=self.opens), ends - timedelta(days=self.closes)
        if today < first:
            return Problem(
                "RENEW_TOO_EARLY",
                f"暂不能延续：{name}专业 {in_chinese(ends)} 到期，可于 {in_chinese(first)} 起办理。",
                f"Too early to renew: the specialty ends on {in_english(ends)} and may be renewed from {in_english(first)}.",
                status=412,
                opens=first,
            )
        if today > last:
            return Problem(
                "RENEW_EXPIRED",
                f"不能延续：{name}专业 {in_chinese(ends)} 到期，延续须在 {in_chinese(last)} 前（到期 {self.closes} 日前）提出。"
                "请先办理注销注册，再申请初始注册。",
                f"Too late to renew: the specialty ends on {in_english(ends)}, and renewal had to be asked for by "
                f"{in_english(last)}. Cancel the registration, then register anew.",
                status=412,
                last=last,
            )
        return None


@dataclass(frozen=True, slots=True)
class SpecialtiesRegistered:
    """Each specialty that ``field`` names is on the licence; ``some_stay``: and not all of them are named."""

    field: str
    some_stay: bool = False

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        held, named = specialties_of(situation), set(dossier.form.get(self.field, ()))
        if not named <= held.keys():
            return not_registered(dossier, self.field)
        if self.some_stay and named and named == held.keys():
            return Problem(
                "SPECIALTIES_ALL",
                "所选专业已是全部注册专业，请将注销范围改为“全部专业”。",
                "These are all the specialties there are: choose to cancel the whole registration.",
            )
        return None


@dataclass(frozen=True, slots=True)
class SpecialtiesAreNew:
    """None of the specialties in the rows of ``field`` is registered, and none is named twice."""

    field: str
    key: str

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        codes = [row[self.key] for row in dossier.form.get(self.field, ())]
        if len(set(codes)) == len(codes) and not set(codes) & specialties_of(situation).keys():
            return None
        return Problem(
            "SPECIALTY_EXISTS",
            "所填专业已经注册，或者重复填写，请核对。",
            "A specialty is registered already, or named twice: check them.",
            status=409,
        )


@dataclass(frozen=True, slots=True)
class TrainingComplete:
    """继续教育: at least so many hours of each kind in the term (注册建造师继续教育管理暂行办法)."""

    compulsory: int
    elective: int

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        del situation
        done = dossier.form.get("training_compulsory", 0), dossier.form.get("training_elective", 0)
        if done[0] >= self.compulsory and done[1] >= self.elective:
            return None
        return Problem(
            "TRAINING_INCOMPLETE",
            f"继续教育学时不足：须必修 {self.compulsory} 学时、选修 {self.elective} 学时，现填 {done[0]} 和 {done[1]} 学时。",
            f"Continuing education is incomplete: {self.compulsory} compulsory and {self.elective} elective hours are "
            f"needed; there are {done[0]} and {done[1]}.",
            status=412,
        )


@dataclass(frozen=True, slots=True)
class NoneOfType:
    """The holder has no licence of these types that counts: an expired one is cancelled before another is issued."""

    types: tuple[LicenceType, ...]

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        held = [one for one in situation.register.licences_of(dossier.parties[HOLDER]) if one.type in self.types]
        if not any(one.status in COUNTED for one in held):
            return None
        number = next(one.number for one in held if one.status in COUNTED)
        return Problem(
            "CERT_EXISTS",
            f"您已有注册证书（{number}）：增加专业请办理增项注册；证书已过期的，请先办理注销注册。",
            f"You hold a registration ({number}): add specialties to it, or cancel it first if it has expired.",
            status=409,
        )


@dataclass(frozen=True, slots=True)
class NameIsOnRecord:
    """The new name is the one that the register holds since the window has seen the person, and not the licence's."""

    field: str

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        wanted, recorded = dossier.form.get(self.field, ""), str(situation.parties[HOLDER].name)
        if wanted != recorded:
            return Problem(
                "NAME_NOT_ON_RECORD",
                f"现姓名须与实名登记一致（实名登记为“{recorded}”）。请先持身份证原件到实名制窗口更新登记。",
                "The new name has to be the one on your real-name record: take your ID card to a window first.",
                status=412,
            )
        if situation.licence is not None and situation.licence.holder_name == wanted:
            return Problem(
                "NOTHING_TO_CORRECT",
                "证书上已是该姓名，无需变更。",
                "The licence bears this name already: there is nothing to change.",
            )
        return None


@dataclass(frozen=True, slots=True)
class IdNumberFree:
    """The new number is real-named, of the same name, and nobody else's (domain text, §9.6)."""

    field: str
    proof: str
    """The field that says whether birth or sex change with the number (``changed``)."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        old, new = dossier.parties[HOLDER], dossier.form.get(self.field, "")
        if old == new:
            return Problem("NOTHING_TO_CORRECT", "现号码与原号码相同，无需变更。", "The number is the same as before.")
        found = situation.register.party(new)
        if not isinstance(found, Person):
            return Problem(
                "NOT_REALNAMED",
                "现号码尚未实名登记，请先持新身份证原件到实名制窗口登记。",
                "The new number is not on the real-name record: take your new ID card to a window first.",
                status=412,
            )
        register = situation.register
        if found.name != situation.parties[HOLDER].name or register.licences_of(new) or register.employment_of(new):
            return Problem(
                "ID_IN_USE",
                "现号码已由他人使用，请核对；确属本人的，请到实名制窗口说明。",
                "Somebody else is registered under this number: check it, or explain it at a window.",
                status=409,
            )
        return self._unannounced(dossier, IdNo(old), IdNo(new))

    def _unannounced(self, dossier: Dossier, old: IdNo, new: IdNo) -> Problem | None:
        same = (old.born, old.sex) == (new.born, new.sex)
        if same or dossier.form.get(self.proof) == "changed":
            return None
        return Problem(
            "ID_BIRTH",
            "现号码的出生日期或性别与原号码不同，请选择“随号码一并更正”并附公安机关证明。",
            "Birth or sex differ between the numbers: say that they are corrected too, and attach the proof.",
        )


@dataclass(frozen=True, slots=True)
class SilentUntilDue:
    """The time that the other side has is over (domain text, §9.4)."""

    deadline: str

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        clock = dossier.facts.get("clocks", {}).get(self.deadline, {})
        due = date.fromisoformat(clock["due"]) if clock.get("due") else None
        if due is not None and situation.today > due:
            return None
        day = (in_chinese(due), in_english(due)) if due else ("", "")
        return Problem(
            "PARTY_HAS_TIME",
            f"对方可在 {day[0]} 前处理；届满仍未处理的，您可以附上证明继续办理。",
            f"The other side has until {day[1]}; if it has not acted by then, you may go on with proof.",
            status=412,
        )


@dataclass(frozen=True, slots=True)
class NotForcedLately:
    """A forced cancellation of the same licence is asked for again only after so many days (domain text, §9.8)."""

    procedures: tuple[str, ...]
    days: int

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        if situation.licence is None:
            return None
        last = situation.register.last_begun(self.procedures, situation.licence.number, dossier.number)
        again = last + timedelta(days=self.days) if last else None
        if again is None or situation.today >= again:
            return None
        return Problem(
            "FORCED_LATELY",
            f"该证书最近 {self.days} 日内已申请过强制注销，可于 {in_chinese(again)} 起再次申请。",
            f"A forced cancellation of this licence was asked for within {self.days} days: again from {in_english(again)}.",
            status=409,
            again=again,
        )


@dataclass(frozen=True, slots=True)
class FieldIs:
    """The form says this, so this way of deciding is the one; else another is."""

    field: str
    value: str
    otherwise: tuple[str, str]
    """Chinese and English: what to do instead."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        del situation
        if dossier.form.get(self.field) == self.value:
            return None
        return Problem("OTHER_DECISION", *self.otherwise, status=409)


def specialties_of(situation: Situation) -> Mapping[str, Mapping[str, Any]]:
    """Of the licence in question, by code."""
    licence = situation.licence
    held: Sequence[Mapping[str, Any]] = licence.facts.get("specialties", ()) if licence else ()
    return {one["code"]: one for one in held}


def not_registered(dossier: Dossier, field: str) -> Problem:
    names = dossier.form.get(f"{field}_names", "")
    return Problem(
        "SPECIALTY_NOT_REGISTERED",
        f"所选专业（{names}）中有未注册的专业，请只选择证书上的专业。",
        "A specialty that was chosen is not on the licence: choose among those that are.",
    )


CHECKS_OF_REGISTRATION = (
    OwnLicence,
    EmployedBy,
    NotBoundElsewhere,
    NotLeadingProject,
    YoungerThan,
    SpecialtiesRenewable,
    SpecialtiesRegistered,
    SpecialtiesAreNew,
    TrainingComplete,
    NoneOfType,
    NameIsOnRecord,
    IdNumberFree,
    SilentUntilDue,
    NotForcedLately,
    FieldIs,
)
