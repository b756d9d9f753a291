"""What the businesses do to a 建筑业企业资质证书, and what form, notice and face say of it: one rule for both (domain text, §11.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, ClassVar

from signing_service.domain.dates import add_months, in_chinese
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Dossier
from signing_service.domain.licences import Licence, LicenceType
from signing_service.domain.numbers import QualificationNo
from signing_service.domain.parties import Party
from signing_service.domain.qualifications import GRADES
from signing_service.workflows.checks_of_qualifications import CHANGEABLE, late_change
from signing_service.workflows.licensing import Grounds, IssueNew, Renew, next_version
from signing_service.workflows.procedure import Situation
from signing_service.workflows.qualifying import (
    EMPLOYER,
    Wanted,
    former_grade,
    held_by,
    on_face,
    requirements,
    titles,
    wanted_of,
)

YEARS = 5
"""有效期 (管理规定 第十七条)."""
TYPE_CODE = "11360000999000013K103"
"""证照类型代码: the authority's own USCC and 103; the ministry's codes are not ours to give out."""
LABELS = {
    "name": "企业名称", "address": "详细地址", "registered_capital": "注册资本（万元）",
    "legal_representative": "法定代表人", "economic_nature": "经济性质",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class QualificationNumber:
    """D + 发证级别 1 + 省代码 2 + 序号 6 (domain text, §6)."""

    province: str = "36"

    def series(self, form: Mapping[str, Any], on: date) -> str:
        del on
        return f"licence/qualification/{self._issuer(form)}{self.province}"

    def number(self, form: Mapping[str, Any], on: date, serial: int) -> str:
        del on
        return QualificationNo.mint(int(self._issuer(form)), serial, province=self.province)

    def _issuer(self, form: Mapping[str, Any]) -> str:
        one = wanted_of(form)[0]
        return one.category.issuer(one.grade).value


@dataclass(frozen=True, slots=True)
class GrantQualifications(IssueNew):
    """首次、增项、升级: a new licence for five years; where the form names one of the same authority, that one says more."""

    holder: SignatoryRole = SignatoryRole.EMPLOYER
    goes_on: ClassVar[bool] = True

    def first(self, serial: int, holder: Party, grounds: Grounds) -> Licence:
        licence = IssueNew.first(self, serial, holder, grounds)
        facts = {key: value for key, value in licence.facts.items() if key != "employer_name"}
        facts |= {"holder_name": str(holder.name), "holder_uscc": str(holder.number)}
        return replace(licence, employer=None, facts={**facts, **_face(wanted_of(grounds.form))})

    def apply(self, before: Licence, grounds: Grounds) -> Licence:
        """Address and the like stay as they are: 变更 changes them."""
        new = wanted_of(grounds.form)
        taken = {one.category.code for one in new}
        kept = [one for one in on_face(before) if one.category.code not in taken]
        after = next_version(before, grounds)
        return replace(after, facts={**after.facts, **_face([*kept, *new])})


def _face(wanted: list[Wanted]) -> dict[str, Any]:
    return {"qualifications": [one.to_face() for one in wanted], "category_name": titles(wanted)}


@dataclass(frozen=True, slots=True)
class ChangeFace:
    """变更: what the form changes stands on the face; number, qualifications and term stay."""

    gives: ClassVar[tuple[str, ...]] = ("application_kind", "changes", "in_time", "scope")

    def apply(self, before: Licence, grounds: Grounds) -> Licence:
        form, after = grounds.form, next_version(before, grounds)
        said = {key: form[f"new_{key}"] for key in CHANGEABLE if form.get(f"new_{key}")}
        name = form.get("new_name") or before.holder_name
        return replace(after, holder_name=name, facts={**after.facts, **said, "holder_name": name})

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        form, licence = dossier.form, situation.licence
        before = {"name": licence.holder_name, **licence.facts} if licence else {}
        registered = date.fromisoformat(form["registered_on"])
        late = late_change(registered, situation.today)
        return {
            "application_kind": "change",
            "changes": [
                {"item": LABELS[key], "before": str(before.get(key, "")), "after": form[f"new_{key}"]}
                for key in ("name", *CHANGEABLE)
                if form.get(f"new_{key}") and form[f"new_{key}"] != before.get(key)
            ],
            "in_time": f"已超过一个月（应于{in_chinese(add_months(registered, 1))}前申请）" if late else "在一个月以内",
            "scope": titles(on_face(licence)),
        }


# ---- what the form says


@dataclass(frozen=True, slots=True)
class ApplicationShown:
    """Categories by name with the grade held before, officers as a table, people and licences as the register has them."""

    kind: str = ""
    """申请类型, where the form does not choose it."""

    gives: ClassVar[tuple[str, ...]] = (
        "application_kind",
        "requested",
        "officers",
        "qualifications",
        "constructors",
        "titled",
        "workers",
        "achievements",
        "equipment",
        "standards",
    )

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        form, register = dossier.form, situation.register
        held = held_by(register, dossier.parties[EMPLOYER], situation.today)
        return {
            **({"application_kind": self.kind} if self.kind else {}),
            "requested": [
                {
                    "sequence": one.category.series.value,
                    "name": one.category.name,
                    "grade": GRADES[one.grade],
                    "former_grade": GRADES.get(former_grade(held, one.category.code) or "", ""),
                }
                for one in wanted_of(form, situation.licence)
            ],
            "officers": [
                {
                    "post": post,
                    "name": form["legal_representative" if key == "legal_representative" else f"{key}_name"],
                    "id_no": form[f"{key}_id_no"],
                    "professional_title": form[f"{key}_title"],
                    "field": form[f"{key}_field"],
                    "mobile": form[f"{key}_mobile"],
                }
                for key, post in (
                    ("legal_representative", "法定代表人"), ("manager", "企业负责人"), ("technical_leader", "技术负责人"),
                )
            ],
            "qualifications": [
                {
                    "name": one.category.name,
                    "grade": GRADES[one.grade],
                    "licence_no": licence.number,
                    "valid_until": licence.valid_until.isoformat(),
                }
                for licence in held
                for one in on_face(licence)
            ],
            "constructors": [_constructor(row, register.licence(row["licence_no"])) for row in form.get("constructors", ())],
            "titled": list(form.get("titled", ())),
            "workers": [_worker(row, register.licence(row["licence_no"])) for row in form.get("workers", ())],
            "achievements": list(form.get("achievements", ())),
            "equipment": list(form.get("equipment", ())),
            "standards": [one.to_row() for one in requirements(dossier, situation)],
        }  # fmt: skip


def _constructor(row: Mapping[str, Any], licence: Licence | None) -> dict[str, Any]:
    specialties = licence.facts.get("specialties", ()) if licence else ()
    return {
        **row,
        "specialty": "、".join(one["name"] for one in specialties),
        "valid_until": licence.valid_until.isoformat() if licence else "",
    }


def _worker(row: Mapping[str, Any], licence: Licence | None) -> dict[str, Any]:
    return {**row, "trade": licence.facts.get("category_name", "") if licence else ""}


@dataclass(frozen=True, slots=True)
class NoticeShown:
    """公示: who is to get what, whether it meets the standard is for the public to say."""

    days: int

    gives: ClassVar[tuple[str, ...]] = ("application_title", "requested_text", "public_days")

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        wanted = wanted_of(dossier.form, situation.licence)
        return {
            "application_title": dossier.form.get("application_kind_name", "延续"),
            "requested_text": titles(wanted),
            "public_days": str(self.days),
        }


@dataclass(frozen=True, slots=True)
class ReplyShown:
    """What became of an objection; who raised it is not named, for the applicant reads it, too."""

    upheld: bool

    gives: ClassVar[tuple[str, ...]] = ("requested_text", "conclusion")

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        then = (
            "经核查，所提异议成立。本机关将依据核查情况依法作出决定。"
            if self.upheld
            else "经核查，所提异议不成立，公示继续进行；公示期满后，本机关依法作出决定。"
        )
        return {"requested_text": titles(wanted_of(dossier.form, situation.licence)), "conclusion": then}


@dataclass(frozen=True, slots=True)
class CancellationShown:
    """注销: what the form and the letter say of the licence, and why."""

    gives: ClassVar[tuple[str, ...]] = ("application_kind", "changes", "in_time", "scope", "licence_title", "reason")

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        licence, form = situation.licence, dossier.form
        return {
            "application_kind": "cancel",
            "changes": [],
            "in_time": "",
            "scope": titles(on_face(licence)),
            "licence_title": "建筑业企业资质证书",
            "reason": f"{form['cancel_reason_name']}，{form['explanation'].rstrip('。')}。",
        }


GRANTED = GrantQualifications(
    LicenceType.QUALIFICATION, QualificationNumber(), TYPE_CODE, years=YEARS,
    face=("address", "legal_representative", "registered_capital", "economic_nature"),
)  # fmt: skip
RENEWED = Renew(YEARS)
CHANGED = ChangeFace()
