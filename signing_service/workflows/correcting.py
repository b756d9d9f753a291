"""纠错: what a licence says is put right, item by item, each from its old value to a new one with a proof (domain text, §8.4).

Number and dates stay as they are unless they are what is corrected; name, sex and ID number become what the real-name
record says, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, ClassVar

from signing_service.domain.codes import IdNo, PersonName, Uscc
from signing_service.domain.dictionaries import SPECIAL_OPERATION_TRADES
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Dossier
from signing_service.domain.errors import FieldError, Problem, refuse_all
from signing_service.domain.licences import Licence
from signing_service.domain.numbers import SpecialOperationNo
from signing_service.domain.parties import Party, Person
from signing_service.domain.view_states import Business
from signing_service.workflows.licensing import Grounds, next_version
from signing_service.workflows.procedure import Situation

ITEMS: Mapping[str, str] = {
    "name": "姓名",
    "gender": "性别",
    "id_no": "身份证号",
    "category": "操作类别",
    "number": "证书编号",
    "first_issued_on": "初次领证日期",
    "valid_from": "有效期起",
    "valid_until": "有效期至",
    "employer": "用人单位",
}
OF_THE_PERSON = ("name", "gender", "id_no")


def value_of(item: str, licence: Licence) -> str:
    """What the licence says now, as it is compared."""
    written = licence.facts.get("on_record", {})
    values: dict[str, str] = {
        "name": licence.holder_name,
        "gender": written.get("sex") or IdNo(licence.holder).sex.zh,
        "id_no": licence.facts.get("written_id_no", licence.holder),
        "category": licence.facts.get("category", ""),
        "number": licence.number,
        "first_issued_on": licence.facts.get("first_issued_on", licence.issued_on.isoformat()),
        "valid_from": licence.valid_from.isoformat(),
        "valid_until": licence.valid_until.isoformat(),
        "employer": licence.employer or "",
    }
    return values[item]


@dataclass(frozen=True, slots=True)
class CorrectionsShown:
    """What is to be put right, each value beside the one it replaces, and what proves it."""

    gives: ClassVar[tuple[str, ...]] = ("corrections",)

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        rows = _rows(dossier.form, situation.licence, situation.parties.get(SignatoryRole.EMPLOYER))
        return {"corrections": rows}


def _rows(form: Mapping[str, Any], licence: Licence | None, employer: Party | None) -> list[dict[str, str]]:
    if licence is None:
        return []
    return [
        {
            "item": row["item_name"],
            "before": _shown(row["item"], value_of(row["item"], licence), licence.facts.get("employer_name", "")),
            "after": _shown(row["item"], row["after"], str(employer.name) if employer else ""),
            "proof": row["proof"]["name"],
            "sha256": row["proof"]["sha256"],
        }
        for row in form.get("corrections", ())
    ]


def _shown(item: str, value: str, employer_name: str) -> str:
    if item == "employer":
        return employer_name or value
    return SPECIAL_OPERATION_TRADES.get(value, value) if item == "category" else value


@dataclass(frozen=True, slots=True)
class SomethingToCorrect:
    """Every new value is well formed, differs from the old one, and is what the real-name record says of the person."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        licence = situation.licence
        if licence is None:
            return None
        rows = dossier.form.get("corrections", [])
        try:
            refuse_all([error for place, row in enumerate(rows) if (error := _wrong(place, row, dossier, situation))])
        except Problem as problem:
            return problem
        items = [row["item"] for row in rows]
        if len(set(items)) == len(items) and all(value_of(row["item"], licence) != row["after"] for row in rows):
            return None
        return Problem(
            "NOTHING_TO_CORRECT",
            "更正值与证书现值相同，或者同一项填写了两次，请核对需要更正的项目。",
            "A new value is the one the licence has already, or an item is there twice: check what is to be corrected.",
        )


def _wrong(place: int, row: Mapping[str, Any], dossier: Dossier, situation: Situation) -> FieldError | None:
    holder = situation.parties[SignatoryRole.HOLDER]
    try:
        _read(row["item"], row["after"], situation.today)
        if row["item"] in OF_THE_PERSON and isinstance(holder, Person) and row["after"] != _real(row["item"], holder):
            raise Problem(
                "REAL_NAME_DIFFERS",
                "更正值与实名登记不一致；请先到窗口更新实名登记。",
                "This is not what the real-name record says: have that record updated at a window first.",
            )
        if row["item"] == "employer" and dossier.form.get("employer_uscc") != row["after"]:
            raise Problem(
                "EMPLOYER_DIFFERS",
                "更正后的用人单位须与所选用人单位一致。",
                "The new employer has to be the enterprise that is chosen to confirm.",
            )
    except Problem as problem:
        return FieldError(f"corrections.{place}.after", problem.code, problem.zh, problem.en)
    return None


def _real(item: str, holder: Person) -> str:
    return {"name": str(holder.name), "gender": holder.id_no.sex.zh, "id_no": str(holder.id_no)}[item]


def _read(item: str, value: str, today: date) -> None:
    """Raises Problem as the field's type does."""
    match item:
        case "name":
            PersonName.parse(value)
        case "id_no":
            IdNo.parse(value, today)
        case "number":
            SpecialOperationNo.parse(value)
        case "employer":
            Uscc.parse(value)
        case "category" if value not in SPECIAL_OPERATION_TRADES:
            raise Problem("ENUM_INVALID", "操作类别须为 01 至 11 或 99。", "A trade is 01 to 11 or 99.")
        case "gender" if value not in ("男", "女"):
            raise Problem("ENUM_INVALID", "性别须为男或女。", "Sex is 男 or 女.")
        case "first_issued_on" | "valid_from" | "valid_until":
            try:
                date.fromisoformat(value)
            except ValueError:
                raise Problem("DATE_INVALID", "请填写日期，如 2026-11-22。", "Give a day such as 2026-11-22.") from None


@dataclass(frozen=True, slots=True)
class Correct:
    """The next version with the corrected values; number, dates and employer stay unless they are among them."""

    def apply(self, before: Licence, grounds: Grounds) -> Licence:
        after = next_version(before, grounds)
        given = {row["item"]: row["after"] for row in grounds.form["corrections"]}
        facts = {**after.facts, "business": Business.CORRECTED.value}
        if set(given) & set(OF_THE_PERSON):
            facts.pop("on_record", None)
        if "category" in given:
            facts |= {"category": given["category"], "category_name": SPECIAL_OPERATION_TRADES[given["category"]]}
        if "first_issued_on" in given:
            facts["first_issued_on"] = given["first_issued_on"]
        if "employer" in given and grounds.employer is not None:
            facts["employer_name"] = str(grounds.employer.name)
        return replace(
            after,
            number=given.get("number", after.number),
            holder_name=given.get("name", after.holder_name),
            employer=given.get("employer", after.employer),
            valid_from=date.fromisoformat(given["valid_from"]) if "valid_from" in given else after.valid_from,
            valid_until=date.fromisoformat(given["valid_until"]) if "valid_until" in given else after.valid_until,
            facts=facts,
        )
