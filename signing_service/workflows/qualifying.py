"""What an application for a 建筑业企业资质 asks for and whom it names, and how that compares with the standard. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from signing_service.domain.codes import RegionLevel
from signing_service.domain.dates import add_years
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Dossier
from signing_service.domain.errors import FieldError
from signing_service.domain.licences import Licence, LicenceStatus, LicenceType
from signing_service.domain.numbers import QualificationNo
from signing_service.domain.qualification_standards import FIGURES, Standard
from signing_service.domain.qualifications import CATEGORIES, GRADES, Category, Issuer, outranks
from signing_service.workflows.procedure import Situation
from signing_service.workflows.register import Register

EMPLOYER = SignatoryRole.EMPLOYER
CONSTRUCTORS = (LicenceType.CONSTRUCTOR, LicenceType.CONSTRUCTOR_TEMPORARY)
STAFF = ("constructors", "titled", "workers")
"""Rows of the form with people, each with ``name`` and ``id_no``."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A category in a grade."""

    category: Category
    grade: str

    @property
    def title(self) -> str:
        """``建筑工程施工总承包二级``; what has no grades is not given one."""
        return self.category.name + ("" if self.grade == "9" else GRADES[self.grade])

    def to_face(self) -> dict[str, str]:
        """As a licence keeps it."""
        return {
            "category": self.category.code,
            "name": self.category.name,
            "grade_code": self.grade,
            "grade": GRADES[self.grade],
        }


def wanted_of(form: Mapping[str, Any], licence: Licence | None = None) -> list[Wanted]:
    """What is applied for; a form that names nothing is about everything on the licence."""
    if "requested" in form:
        return [Wanted(CATEGORIES[row["category"]], row["grade"]) for row in form["requested"]]
    return on_face(licence)


def on_face(licence: Licence | None) -> list[Wanted]:
    rows = licence.facts.get("qualifications", ()) if licence else ()
    return [Wanted(CATEGORIES[row["category"]], row["grade_code"]) for row in rows]


def titles(wanted: list[Wanted]) -> str:
    return "、".join(one.title for one in wanted)


def held_by(register: Register, enterprise: str, on: date) -> list[Licence]:
    """Qualification licences of an enterprise that are in force."""
    return [
        one
        for one in register.licences_of(enterprise)
        if one.type is LicenceType.QUALIFICATION and one.status_on(on) is LicenceStatus.IN_FORCE
    ]


def former_grade(held: list[Licence], category: str) -> str | None:
    """The highest in which the enterprise has the category."""
    grades = [one.grade for licence in held for one in on_face(licence) if one.category.code == category]
    return min(grades, key=list(GRADES).index) if grades else None


@dataclass(frozen=True, slots=True)
class LevelOfRequested:
    """部, 省, 设区市 by category and grade; for the ministry's there is a check that says so."""

    def level(self, form: Mapping[str, Any]) -> RegionLevel:
        issuers = {one.category.issuer(one.grade) for one in wanted_of(form) if one.grade in one.category.grades} or {
            Issuer.PROVINCE
        }
        return min(issuers, key=lambda one: one.value).level


@dataclass(frozen=True, slots=True)
class LevelOfLicence:
    """Who granted it decides on it: the digit in its number says who that was."""

    def level(self, form: Mapping[str, Any]) -> RegionLevel:
        number = str(form.get("licence_no", ""))
        try:
            return Issuer(str(QualificationNo.parse(number).level)).level
        except Exception:  # noqa: BLE001 - a number that is none is told by the check that looks for the licence
            return RegionLevel.PROVINCE


# ---- people


@dataclass(frozen=True, slots=True)
class Listed:
    """Somebody the enterprise counts among its people."""

    field: str
    """Where on the form, as errors name it: ``constructors.0.licence_no``."""
    name: str
    id_no: str
    licence_no: str | None
    """Of the licence that is checked; None: the person has to be employed and nothing else."""
    types: tuple[LicenceType, ...] = ()


def listed(dossier: Dossier) -> Iterator[Listed]:
    """Everybody, the technical leader first."""
    form = dossier.form
    if leader := dossier.parties.get(SignatoryRole.TECHNICAL_LEADER):
        yield Listed("technical_leader_id_no", form["technical_leader_name"], leader, None)
    for key in STAFF:
        types = {"constructors": CONSTRUCTORS, "workers": (LicenceType.SPECIAL_OPERATION,)}.get(key, ())
        for position, row in enumerate(form.get(key, ())):
            number = row["licence_no"] if types else None
            yield Listed(f"{key}.{position}.id_no", row["name"], row["id_no"], number, types)


# ---- asked to confirm


def asked(dossier: Dossier, situation: Situation) -> dict[str, dict[str, Any]]:
    """The registered professionals of this version of the form, each with the form on which that person confirms.

    By request key: asked twice, nobody gets a second dossier, and a new version of the form asks anew.
    """
    about = titles(wanted_of(dossier.form, situation.licence))
    return {
        f"ask/{dossier.number}/{dossier.form_version}/{position}": {
            "application_no": dossier.number,
            "employer_uscc": dossier.parties[SignatoryRole.EMPLOYER],
            "requested": about,
            **{key: row[key] for key in ("name", "id_no", "licence_no")},
        }
        for position, row in enumerate(dossier.form.get("constructors", ()))
    }


# ---- the standard


@dataclass(frozen=True, slots=True)
class Requirement:
    """One figure of the standard beside what the enterprise has."""

    figure: str
    """Of ``qualification_standards.FIGURES``; it is the field of the form, too."""
    of: str
    """What is applied for: ``建筑工程施工总承包三级``."""
    wanted: Decimal
    has: Decimal
    assumed: bool = False
    """The series' figure, in place of one of the category's own: it is told and refuses nobody."""
    uncounted: tuple[str, ...] = ()
    """People whom the form names and who do not count, each with why."""

    @property
    def met(self) -> bool:
        return self.has >= self.wanted

    @property
    def title(self) -> str:
        return f"{self.of}：{TITLES[self.figure][0]}"

    @property
    def unit(self) -> str:
        return TITLES[self.figure][2]

    def to_row(self) -> dict[str, str]:
        return {
            "title": self.title + ("（参照同序列指标）" if self.assumed else ""),
            "wanted": f"{self.wanted:f} {self.unit}",
            "has": f"{self.has:f} {self.unit}",
            "result": "符合" if self.met else "不足",
        }

    def shortfall(self) -> FieldError:
        """What is missing, and who of those named does not count."""
        lacking = self.wanted - self.has
        zh = f"{self.title}应不少于 {self.wanted:f} {self.unit}，现有 {self.has:f}，还差 {lacking:f} {self.unit}"
        en = f"{TITLES[self.figure][1]}: {self.wanted:f} are asked for, {self.has:f} count, {lacking:f} are missing"
        if self.uncounted:
            zh += f"（未计入：{'；'.join(self.uncounted)}）"
            en += f" ({len(self.uncounted)} of those named do not count)"
        return FieldError(self.figure, "QUAL_THRESHOLD", f"{zh}。", f"{en}.")


YEARS_OF_WORKS = Standard(Decimal(0)).years
TITLES: Mapping[str, tuple[str, str, str]] = {
    "net_assets": ("净资产", "Net assets, 10,000 CNY", "万元"),
    "constructors": ("注册建造师", "Constructors of the specialty", "人"),
    "titled": ("中级以上职称人员", "People with a professional title", "人"),
    "workers": ("技术工人", "Skilled workers", "人"),
    "achievements": (f"近 {YEARS_OF_WORKS} 年工程业绩", f"Works of the last {YEARS_OF_WORKS} years", "项"),
}
"""Of each figure: its name in both languages, and the unit."""


def requirements(dossier: Dossier, situation: Situation) -> list[Requirement]:
    """Every figure of the standard for what is applied for."""
    found: list[Requirement] = []
    form, today = dossier.form, situation.today
    for one in wanted_of(form, situation.licence):
        standard = situation.standards.of(one.category.code, one.grade, today)
        uncounted = tuple(_uncounted(form, situation.register, one.category.specialty, today))
        first = add_years(today, -standard.years).isoformat()
        has = {
            "net_assets": Decimal(form.get("net_assets", "0")),
            "constructors": len(form.get("constructors", ())) - len(uncounted),
            "titled": len(form.get("titled", ())),
            "workers": len(form.get("workers", ())),
            "achievements": sum(row["completed_on"] >= first for row in form.get("achievements", ())),
        }
        found += [
            Requirement(
                figure, one.title, wanted, Decimal(has[figure]), figure in standard.assumed,
                uncounted if figure == "constructors" else (),
            )
            for figure in FIGURES
            if (wanted := Decimal(getattr(standard, figure))) > 0
        ]  # fmt: skip
    return found


def _uncounted(form: Mapping[str, Any], register: Register, specialty: str | None, on: date) -> Iterator[str]:
    """Who of the constructors named does not hold the specialty on this day, and why."""
    for row in form.get("constructors", ()):
        licence = register.licence(row["licence_no"])
        held = licence.facts.get("specialties", ()) if licence else ()
        fitting = [one for one in held if specialty is None or one["code"] == specialty]
        if not any(one["valid_until"] >= on.isoformat() for one in fitting):
            yield f"{row['name']}（{'注册已过有效期' if fitting else '未注册该类别的专业' if licence else '查无注册'}）"


def overtaken(licence: Licence, others: list[Licence]) -> bool:
    """Whether the enterprise has everything on it in a higher grade by now."""
    rows = on_face(licence)
    higher = [one for other in others if other.number != licence.number for one in on_face(other)]
    return bool(rows) and all(
        any(one.category.code == row.category.code and outranks(one.grade, row.grade) for one in higher) for row in rows
    )
