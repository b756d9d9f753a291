"""Which drawing reviews of a project count today: 审查合格书 in force that its developer holds (domain text, §10.5, §13)."""

from __future__ import annotations

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Dossier, Stage
from signing_service.domain.licences import Licence, LicenceStatus, LicenceType
from signing_service.domain.projects import SectionKind
from signing_service.workflows.checks_of_projects import GONE
from signing_service.workflows.procedure import Situation
from signing_service.workflows.sections import works_of

REVIEWS = ("rv.design", "rv.early")
"""Both ask whether the works are special; what an early one was about its form says."""
DRAWINGS = SectionKind.DESIGN.value


def passes_of(dossier: Dossier, situation: Situation) -> list[Licence]:
    """Of the drawings of this project, not of its survey."""
    developer = dossier.parties[SignatoryRole.DEVELOPER]
    return [
        one
        for one in situation.register.licences_of(developer)
        if one.type is LicenceType.REVIEW_PASS
        and one.facts.get("project_no") == dossier.form["project_no"]
        and one.facts.get("kind") == DRAWINGS
        and one.status_on(situation.today) is LicenceStatus.IN_FORCE
    ]


def pass_numbers(dossier: Dossier, situation: Situation) -> list[str]:
    """Of those that cover the unit works which the form chooses."""
    chosen = set(works_of(dossier.form))
    return [one.number for one in passes_of(dossier, situation) if chosen & set(one.facts.get("unit_work_codes", ()))]


def not_passed(dossier: Dossier, situation: Situation) -> list[str]:
    """Codes of the unit works that the form chooses and no review covers."""
    covered = {code for one in passes_of(dossier, situation) for code in one.facts.get("unit_work_codes", ())}
    return sorted(set(works_of(dossier.form)) - covered)


def reviewed_as_special(dossier: Dossier, situation: Situation) -> bool:
    """Whether the last review of any of the unit works that the form chooses was applied for as one of 特殊建设工程."""
    said = {
        code: one.form.get("special") == "yes"
        for one in situation.register.dossiers_on(dossier.form["project_no"])
        if one.procedure in REVIEWS
        and one.form.get("subject", DRAWINGS) == DRAWINGS
        and one.stage not in (*GONE, Stage.DRAFT)
        for code in works_of(one.form)
    }
    return any(said.get(code, False) for code in works_of(dossier.form))
