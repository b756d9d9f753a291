"""What the documents of a review say beyond what was typed: of the project, its units, the sheets, opinions and experts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, ClassVar

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Dossier
from signing_service.domain.projects import PROJECT_CATEGORIES, Project, SectionKind, UnitWork
from signing_service.domain.reviews import Opinion, Review
from signing_service.domain.sheets import DISCIPLINES, SUBJECTS, Sheet, list_digest
from signing_service.workflows.checks_of_reviews import passed, sheets_in_question
from signing_service.workflows.procedure import Situation
from signing_service.workflows.sections import TAKEN_ON, works_of
from signing_service.workflows.sheet_consents import stated

UNIT_TITLES = {SectionKind.SURVEY: "勘察单位", SectionKind.DESIGN: "设计单位"}
NOTHING = "—"
REVIEWS = {"survey": "勘察文件", "design": "施工图", "fire": "消防", "defence": "人防", "energy": "节能"}
"""审查类别, as the form has them."""
FACE = (
    *(f"{kind.contractor}_{what}" for kind in UNIT_TITLES for what in ("name", "qualification")),
    *("kind", "review_subject", "project_name", "project_place", "holder_name", "engineering_class"),
    *("engineering_grade", "scale", "unit_works", "unit_work_codes", "review_agency_name", "recognition_no"),
)
"""What the face of every 合格书 says."""


@dataclass(frozen=True, slots=True)
class OfReviewedProject:
    """On the application: the project, its units and the unit works that the form chooses."""

    gives: ClassVar[tuple[str, ...]] = (
        "project_name",
        "project_no",
        "project_place",
        "leader_name",
        "leader_mobile",
        "engineering_grade",
        "survey_pass_no",
        "former_pass_no",
        "units",
        "unit_works",
    )

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        project, form = project_of(dossier, situation), dossier.form
        survey = passed(situation, project.number, SectionKind.SURVEY)
        return {
            "project_name": project.name,
            "project_no": project.number,
            "project_place": project.facts.get("project_place", ""),
            "leader_name": project.facts.get("leader_name", ""),
            "leader_mobile": project.facts.get("leader_mobile", ""),
            "engineering_grade": form.get("engineering_grade_name", ""),
            "survey_pass_no": (survey.licence_no or "") if survey else "",
            "former_pass_no": form.get("former_pass_no", ""),
            "units": _units(dossier, project, situation),
            "unit_works": [_work(one) for one in _chosen(project, form)],
        }


@dataclass(frozen=True, slots=True)
class OfSheets:
    """On the application: how many sheets of each discipline, with the digest of their list."""

    kind: SectionKind

    gives: ClassVar[tuple[str, ...]] = ("sets", "sheet_count", "list_sha256")

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        found = sheets_in_question(dossier, situation, self.kind)
        by_discipline = groupby(found, key=lambda one: one.discipline_zh)
        return {
            "sets": [_set(discipline, list(sheets)) for discipline, sheets in by_discipline],
            "sheet_count": len(found),
            "list_sha256": list_digest(found),
        }


@dataclass(frozen=True, slots=True)
class OfSheetsToSeal:
    """On a person's consent: each sheet, with the hash by which it is known."""

    gives: ClassVar[tuple[str, ...]] = ("sheets",)

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        return {
            "sheets": [
                {
                    "discipline": one.discipline_zh,
                    "sheet_no": one.sheet_no,
                    "title": one.title,
                    "version": one.version,
                    "sha256": one.pdf,
                }
                for one in stated(dossier.form, situation.register)
            ]
        }


@dataclass(frozen=True, slots=True)
class OfEarlyPass:
    """On the application of an early project: the 合格书 that is handed in stands in place of sheets."""

    gives: ClassVar[tuple[str, ...]] = ("sets", "sheet_count", "list_sha256", "review_kinds", "review_nature")

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        del situation
        form = dossier.form
        scan = form["pass_scan"]
        line = {"discipline": "原审查合格书", "count": scan["pages"], "version": NOTHING, "sha256": scan["sha256"]}
        return {
            "sets": [line],
            "sheet_count": scan["pages"],
            "list_sha256": scan["sha256"],
            "review_kinds": [form["subject"]],
            "review_nature": "first",
        }


@dataclass(frozen=True, slots=True)
class OfOpinions:
    """审查意见书 of the round: what is open, or was given in it."""

    kind: SectionKind

    gives: ClassVar[tuple[str, ...]] = (
        "opinion_no",
        "notice_no",
        "round",
        "review_subject",
        "author_name",
        "project_name",
        "accepted_on",
        "decide_by",
        "list_sha256",
        "mandatory_count",
        "reviewers",
        "opinions",
        "conclusion",
        "signed_on",
    )

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        review = _review(dossier, situation)
        told = [one for one in review.opinions if one.open or one.round == review.round]
        return {
            "opinion_no": opinion_no(review),
            "notice_no": opinion_no(review),
            "round": review.round,
            "review_subject": SUBJECTS[self.kind],
            "author_name": str(situation.parties[self.kind.contractor].name),
            "project_name": dossier.facts["project_name"],
            "accepted_on": review.facts["accepted_on"],
            "decide_by": _due(dossier, situation),
            "list_sha256": review.list_sha256,
            "mandatory_count": len(review.mandatory),
            "reviewers": [
                {
                    "discipline": DISCIPLINES[self.kind][one.discipline],
                    "name": one.name,
                    "registration_no": one.registration_no,
                    "conclusion": one.conclusion.zh if one.conclusion else NOTHING,
                }
                for one in review.reviewers
            ],
            "opinions": [_opinion(one, self.kind) for one in told],
            "conclusion": _conclusion(review, self.kind),
            "signed_on": situation.today.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class OfRefusal:
    """审查意见告知书: every opinion that was left open is a reason."""

    kind: SectionKind

    gives: ClassVar[tuple[str, ...]] = (
        "review_subject",
        "project_name",
        "round",
        "mandatory_count",
        "opinion_count",
        "opinion_no",
        "reasons",
        "signed_on",
    )

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        review = _review(dossier, situation)
        return {
            "review_subject": SUBJECTS[self.kind],
            "project_name": dossier.facts["project_name"],
            "round": review.round,
            "mandatory_count": sum(one.nature.zh == "强条" for one in review.open_opinions),
            "opinion_count": len(review.open_opinions),
            "opinion_no": opinion_no(review),
            "reasons": [_opinion(one, self.kind) for one in review.open_opinions],
            "signed_on": situation.today.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class OfPass:
    """The face of the 合格书."""

    kind: SectionKind

    gives: ClassVar[tuple[str, ...]] = (
        *FACE,
        "review_scope",
        "reviewers",
        "first_pass",
        "mandatory_count",
        "mandatory_clauses",
        "sheet_count",
        "list_sha256",
    )

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        review, form = _review(dossier, situation), dossier.form
        scope = "、".join(REVIEWS[code] for code in form.get("review_kinds", (self.kind.value,)))
        clauses = "、".join(dict.fromkeys(one.clause for one in review.mandatory))
        disciplines = "、".join(DISCIPLINES[self.kind][one.discipline] for one in review.reviewers)
        return {
            **_face(dossier, situation, self.kind),
            "review_scope": f"{scope}（{disciplines}）",
            "reviewers": "；".join(
                f"{DISCIPLINES[self.kind][one.discipline]} {one.name}（{one.registration_no}）"
                for one in review.reviewers
            ),
            "first_pass": "一次通过" if review.round == 1 else "未一次通过",
            "mandatory_count": len(review.mandatory),
            "mandatory_clauses": f"（{clauses}）" if clauses else "",
            "sheet_count": len(review.sheets),
            "list_sha256": review.list_sha256,
        }


@dataclass(frozen=True, slots=True)
class OfBackfilledPass:
    """补录: what the agency took from the 合格书 of before."""

    gives: ClassVar[tuple[str, ...]] = (
        *FACE,
        "review_scope",
        "reviewers",
        "first_pass",
        "mandatory_count",
        "mandatory_clauses",
        "early",
        "former_pass_no",
    )

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        form, given = dossier.form, dossier.facts["given"]["accept"]
        return {
            **_face(dossier, situation, SectionKind(form["subject"])),
            "review_scope": f"补录，原合格书 {form['former_pass_no']}，{form['milestone_on']} 审查合格",
            "reviewers": given["reviewers"],
            "first_pass": given["first_pass_name"],
            "mandatory_count": given["mandatory_count"],
            "mandatory_clauses": "",
            "early": True,
            "former_pass_no": form["former_pass_no"],
        }


def opinion_no(review: Review) -> str:
    return f"{review.dossier}-YJ{review.round:02d}"


def project_of(dossier: Dossier, situation: Situation) -> Project:
    project = situation.register.project(dossier.form["project_no"])
    if project is None:
        msg = f"{dossier.number}: its project is gone"
        raise LookupError(msg)
    return project


def _review(dossier: Dossier, situation: Situation) -> Review:
    review = situation.register.review(dossier.number)
    if review is None:
        msg = f"{dossier.number}: its review is gone"
        raise LookupError(msg)
    return review


def _face(dossier: Dossier, situation: Situation, kind: SectionKind) -> dict[str, Any]:
    project, form = project_of(dossier, situation), dossier.form
    agency = situation.parties[SignatoryRole.REVIEW_AGENCY]
    works = _chosen(project, form)
    units = {
        f"{kind.contractor}_{what}": value
        for kind in UNIT_TITLES
        for what, value in _unit(project, kind, situation).items()
        if what in ("name", "qualification")
    }
    return {
        **units,
        "kind": kind.value,
        "review_subject": SUBJECTS[kind],
        "project_name": project.name,
        "project_place": project.facts.get("project_place", ""),
        "holder_name": str(situation.parties[SignatoryRole.DEVELOPER].name),
        "engineering_class": PROJECT_CATEGORIES.get(str(project.facts.get("project_category", "")), NOTHING),
        "engineering_grade": form["engineering_grade_name"],
        "scale": form["scale"],
        "unit_works": "、".join(one.name for one in works),
        "unit_work_codes": [one.code for one in works],
        "review_agency_name": str(agency.name),
        "recognition_no": agency.facts["recognition_no"],
    }


def _units(dossier: Dossier, project: Project, situation: Situation) -> list[dict[str, str]]:
    del dossier
    developer = {
        "kind": "建设单位",
        "name": str(situation.parties[SignatoryRole.DEVELOPER].name),
        "qualification": NOTHING,
        "leader": project.facts.get("leader_name", ""),
    }
    contractors = [
        {"kind": title, **_unit(project, kind, situation)}
        for kind, title in UNIT_TITLES.items()
        if project.section_of(kind) is not None
    ]
    return [developer, *contractors]


def _unit(project: Project, kind: SectionKind, situation: Situation) -> dict[str, str]:
    section = project.section_of(kind)
    if section is None or not section.contractor:
        return {"name": NOTHING, "qualification": NOTHING, "leader": NOTHING}
    given: Mapping[str, Any] = section.facts.get(TAKEN_ON, {})
    unit = situation.register.party(section.contractor)
    leader = situation.register.party(section.leader) if section.leader else None
    qualification = given.get("contractor_qualification") or section.facts.get("contractor_qualification") or NOTHING
    number = given.get("leader_registration_no", "")
    leads = str(leader.name) if leader else NOTHING
    return {
        "name": str(unit.name) if unit else NOTHING,
        "qualification": qualification,
        "leader": f"{leads}（{number}）" if number else leads,
    }


def _chosen(project: Project, form: Mapping[str, Any]) -> list[UnitWork]:
    chosen = works_of(form)
    return [one for one in project.unit_works if one.code in chosen]


def _work(one: UnitWork) -> dict[str, str]:
    facts = one.facts
    return {
        "code": one.code,
        "name": one.name,
        "structure": facts.get("structure_name") or facts.get("structure", NOTHING),
        "floors": f"{facts.get('floors_above', NOTHING)} / {facts.get('floors_below', NOTHING)}",
        "height": str(facts.get("height") or NOTHING),
        "area": str(facts.get("area") or NOTHING),
    }


def _set(discipline: str, found: list[Sheet]) -> dict[str, Any]:
    versions = sorted({one.version for one in found})
    version = f"V{versions[0]}" if len(versions) == 1 else f"V{versions[0]}–V{versions[-1]}"
    return {"discipline": discipline, "count": len(found), "version": version, "sha256": list_digest(found)}


def _opinion(one: Opinion, kind: SectionKind) -> dict[str, str]:
    return {
        "discipline": DISCIPLINES[kind][one.discipline],
        "sheet_no": one.sheet_no,
        "nature": one.nature.zh,
        "clause": one.clause,
        "text": one.text,
    }


def _conclusion(review: Review, kind: SectionKind) -> str:
    subject = SUBJECTS[kind]
    if review.passes:
        return f"经第 {review.round} 次审查，送审的{subject}各专业均通过，审查意见均已落实，审查合格。"
    mandatory = _count(review.open_opinions, "强条")
    general = len(review.open_opinions) - mandatory
    return f"经审查，送审的{subject}违反工程建设强制性条文 {mandatory} 条，另有一般意见 {general} 条。请编制单位修改后复审。"


def _count(opinions: Iterable[Opinion], nature: str) -> int:
    return sum(one.nature.zh == nature for one in opinions)


def _due(dossier: Dossier, situation: Situation) -> str:
    """The last day of the review; while its clock stands still the day on which it would be over."""
    for key, clock in dossier.facts.get("clocks", {}).items():
        if key.startswith("review"):
            return str(clock["due"])
    return situation.today.isoformat()
