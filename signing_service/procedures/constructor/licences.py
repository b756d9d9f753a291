"""What registration does to a constructor's licence, and what form and decision say of it: one rule for both.

Each specialty has its own end; the licence is valid as long as one of them is (domain text, §9.1).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, ClassVar

from signing_service.domain.codes import IdNo
from signing_service.domain.dates import add_years, in_chinese
from signing_service.domain.dictionaries import SPECIALTIES
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Dossier
from signing_service.domain.licences import Licence
from signing_service.domain.numbers import ConstructorNo
from signing_service.domain.parties import Party
from signing_service.workflows.licensing import Grounds, IssueNew, ReplaceEmployer, last_day, next_version
from signing_service.workflows.procedure import Situation

Specialty = Mapping[str, Any]
"""name, code, valid_until (ISO); of one that was added also qualification_no."""

YEARS = 3
"""注册有效期 (注册建造师管理规定 第九条)."""


def held(licence: Licence | None) -> list[Specialty]:
    return list(licence.facts.get("specialties", ())) if licence else []


def _with(after: Licence, specialties: list[Specialty], **facts: Any) -> Licence:
    last = max(date.fromisoformat(one["valid_until"]) for one in specialties)
    return replace(after, valid_until=last, facts={**after.facts, "specialties": specialties, **facts})


def _until(specialties: Iterable[Specialty]) -> str:
    return "，".join(
        f"{one['name']}专业有效期至{in_chinese(date.fromisoformat(one['valid_until']))}" for one in specialties
    )


def _numbered(situation: Situation) -> str:
    return f"（注册编号{situation.licence.number}）" if situation.licence else ""


@dataclass(frozen=True, slots=True)
class RenewSpecialties:
    """延续注册: each specialty that was chosen goes on from its own old end; the others end when they end."""

    years: int = YEARS
    field: str = "renewed"

    gives: ClassVar[tuple[str, ...]] = ("renewals", "decision")

    def apply(self, before: Licence, grounds: Grounds) -> Licence:
        after = next_version(before, grounds)
        return _with(after, self._after(held(before), grounds.form))

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        before = held(situation.licence)
        pairs = [
            {**old, "requested_until": new["valid_until"]}
            for old, new in zip(before, self._after(before, dossier.form), strict=True)
            if old != new
        ]
        renewed = [{**one, "valid_until": one["requested_until"]} for one in pairs]
        return {"renewals": pairs, "decision": f"延续注册{_numbered(situation)}，{_until(renewed)}"}

    def _after(self, before: list[Specialty], form: Mapping[str, Any]) -> list[Specialty]:
        return [self._renewed(one) if one["code"] in form.get(self.field, ()) else one for one in before]

    def _renewed(self, one: Specialty) -> Specialty:
        ends = add_years(date.fromisoformat(one["valid_until"]), self.years)
        return {**one, "valid_until": ends.isoformat()}


@dataclass(frozen=True, slots=True)
class ChangeEmployer(ReplaceEmployer):
    """执业企业变更: another employer on the face; terms and number stay."""

    gives: ClassVar[tuple[str, ...]] = ("employer_name", "decision")

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        del dossier
        former = situation.parties[SignatoryRole.FORMER_EMPLOYER].name
        new = situation.parties[SignatoryRole.NEW_EMPLOYER].name
        return {"employer_name": new, "decision": f"变更注册{_numbered(situation)}，聘用企业由{former}变更为{new}"}


@dataclass(frozen=True, slots=True)
class RenameHolder:
    """姓名变更: the name of the real-name record."""

    gives: ClassVar[tuple[str, ...]] = ("former_name", "decision")

    def apply(self, before: Licence, grounds: Grounds) -> Licence:
        if grounds.holder is None:
            msg = "the change of name names nobody"
            raise ValueError(msg)
        return replace(next_version(before, grounds), holder_name=str(grounds.holder.name))

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        former = situation.licence.holder_name if situation.licence else ""
        return {
            "former_name": former,
            "decision": f"变更注册{_numbered(situation)}，姓名由{former}变更为{dossier.form['new_name']}",
        }


@dataclass(frozen=True, slots=True)
class RekeyHolder:
    """身份证变更: the licence is held under the new number, and birth and sex are those that it says."""

    gives: ClassVar[tuple[str, ...]] = ("decision",)

    def apply(self, before: Licence, grounds: Grounds) -> Licence:
        number = IdNo(grounds.form["new_id_no"])
        after = next_version(before, grounds)
        facts = {
            **after.facts,
            "id_no": str(number),
            "gender": number.sex.zh,
            "birth_date": number.born.isoformat(),
        }
        return replace(after, holder=str(number), facts=facts)

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        del situation
        return {"decision": f"变更注册，身份证号码变更为{IdNo(dossier.form['new_id_no']).masked}"}


@dataclass(frozen=True, slots=True)
class DropSpecialties:
    """部分注销: those that were chosen go, the others keep their ends."""

    field: str = "dropped"

    gives: ClassVar[tuple[str, ...]] = ("cancelled_specialties", "scope_text", "consequence")

    def apply(self, before: Licence, grounds: Grounds) -> Licence:
        stay = [one for one in held(before) if one["code"] not in grounds.form.get(self.field, ())]
        return _with(next_version(before, grounds), stay)

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        """What goes, of a whole cancellation everything."""
        named = dossier.form.get(self.field)
        gone = [one for one in held(situation.licence) if not named or one["code"] in named]
        names = "、".join(one["name"] for one in gone)
        return {
            "cancelled_specialties": gone,
            "scope_text": f"{names}专业" if named else "全部专业",
            "consequence": "证书换发新版，其余专业继续有效，此前的证书和使用件失效。"
            if named
            else "注册证书及其使用件、执业印章即时失效，聘用关系登记同时终止。",
        }


@dataclass(frozen=True, slots=True)
class AddSpecialties:
    """增项注册: further specialties for three years from the decision."""

    years: int = YEARS
    field: str = "added"

    gives: ClassVar[tuple[str, ...]] = ("added", "decision")

    def apply(self, before: Licence, grounds: Grounds) -> Licence:
        return _with(next_version(before, grounds), [*held(before), *self._new(grounds.form, grounds.on)])

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        new = self._new(dossier.form, situation.today)
        return {"added": new, "decision": f"增项注册{_numbered(situation)}，{_until(new)}"}

    def _new(self, form: Mapping[str, Any], on: date) -> list[Specialty]:
        until = last_day(on, self.years).isoformat()
        return [
            {
                "name": SPECIALTIES[row["specialty"]],
                "code": row["specialty"],
                "valid_until": until,
                "qualification_no": row["qualification_no"],
            }
            for row in form.get(self.field, ())
        ]


@dataclass(frozen=True, slots=True)
class ConstructorNumber:
    """现注册省简称 1 + 级别 1 + 初始注册省 2 + 取得资格年 2 + 初始注册年 2 + 流水号 5 (domain text, §6)."""

    province: str = "赣"
    first: str = "36"

    def series(self, form: Mapping[str, Any], on: date) -> str:
        del form
        return f"licence/constructor/{self.province}{on.year}"

    def number(self, form: Mapping[str, Any], on: date, serial: int) -> str:
        qualified = date.fromisoformat(form["qualified_on"]).year
        return ConstructorNo.mint(qualified, on.year, serial, province=self.province, first=self.first)


@dataclass(frozen=True, slots=True)
class RegisterFirst(IssueNew):
    """初始注册: a new number, the chosen specialties for three years from the decision."""

    gives: ClassVar[tuple[str, ...]] = ("specialties", "decision")

    def first(self, serial: int, holder: Party, grounds: Grounds) -> Licence:
        licence = IssueNew.first(self, serial, holder, grounds)
        until = licence.valid_until.isoformat()
        specialties = [{**one, "valid_until": until} for one in self._chosen(grounds.form)]
        return replace(licence, facts={**licence.facts, "specialties": specialties})

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        chosen = self._chosen(dossier.form)
        names = "、".join(one["name"] for one in chosen)
        until = in_chinese(last_day(situation.today, self.years))
        return {"specialties": chosen, "decision": f"初始注册，{names}专业有效期至{until}"}

    def _chosen(self, form: Mapping[str, Any]) -> list[Specialty]:
        return [{"name": SPECIALTIES[code], "code": code} for code in form["specialties"]]


@dataclass(frozen=True, slots=True)
class Opinion:
    """对方意见 on a forced cancellation: agreed, objected with what reason, or silent until the time was over."""

    role: SignatoryRole

    gives: ClassVar[tuple[str, ...]] = ("opinion_text", "scope_text", "consequence")

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        name = situation.parties[self.role].name
        objection = dossier.facts.get("given", {}).get("object")
        if objection:
            said = f"{name}提出异议，理由为：{objection['objection'].rstrip('。')}。"
        elif self.role.value in dossier.facts.get("excused", ()):
            said = f"{name}经依法告知，在十个工作日内未表明意见。"
        else:
            said = f"{name}表示同意。"
        return {
            "opinion_text": said,
            "scope_text": "全部专业",
            "consequence": DropSpecialties().shown(dossier, situation)["consequence"],
        }


@dataclass(frozen=True, slots=True)
class DashWhereUnknown:
    """Facts that a form of an older edition insists on, and that the register may not know of everybody."""

    names: tuple[str, ...]

    @property
    def gives(self) -> tuple[str, ...]:
        return self.names

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        licence, person = situation.licence, situation.parties[SignatoryRole.HOLDER]
        known = {**(licence.facts if licence else {}), **person.facts, **dossier.form}
        return {name: "—" for name in self.names if not known.get(name)}
