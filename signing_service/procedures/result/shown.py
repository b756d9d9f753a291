"""What 成果登记表 and 成果确认单 say beyond what was typed: project, section, the contractor's leader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from signing_service.domain.dossier import Dossier
from signing_service.procedures.contract.shown import OF_PROJECT, of_project, project_of
from signing_service.workflows.procedure import Situation
from signing_service.workflows.sections import TAKEN_ON, section_of

OF_SECTION = (*OF_PROJECT, "section_name")


def _section(dossier: Dossier, situation: Situation) -> dict[str, Any]:
    project = project_of(dossier, situation)
    section = section_of(project, dossier)
    return {**of_project(project), "section_name": section.name if section else ""}


def _names(dossier: Dossier, situation: Situation) -> dict[str, str]:
    return {work.code: work.name for work in project_of(dossier, situation).unit_works}


@dataclass(frozen=True, slots=True)
class ResultShown:
    """On 成果登记表: unit works by name, files with their fingerprints, the leader as named when it was taken on."""

    gives: ClassVar[tuple[str, ...]] = (*OF_SECTION, "leader_registration_no", "unit_works", "files")

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        section = section_of(project_of(dossier, situation), dossier)
        leader: Mapping[str, Any] = section.facts.get(TAKEN_ON, {}) if section else {}
        names = _names(dossier, situation)
        return {
            **_section(dossier, situation),
            "leader_registration_no": leader.get("leader_registration_no", ""),
            "unit_works": [{**row, "name": names.get(row["code"], "")} for row in dossier.form["unit_works"]],
            "files": [
                {**row, "name": row["file"]["name"], "sha256": row["file"]["sha256"][:16]}
                for row in dossier.form["files"]
            ],
        }


@dataclass(frozen=True, slots=True)
class ConfirmationShown:
    """On 成果确认单: which sealed form is confirmed, by its fingerprint, and the opinion on each unit work."""

    form: str

    gives: ClassVar[tuple[str, ...]] = (
        *OF_SECTION,
        "form_no",
        "form_version",
        "form_sealed_on",
        "form_sha256",
        "unit_works",
        "opinion",
    )

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        given, names = dossier.facts["given"]["examine"], _names(dossier, situation)
        paper = situation.register.paper(dossier.number, self.form)
        return {
            **_section(dossier, situation),
            "form_no": dossier.number,
            "form_version": f"{dossier.edition:%Y-%m}",
            "form_sealed_on": paper.archived_on.isoformat() if paper and paper.archived_on else "",
            "form_sha256": paper.sha256 if paper else "",
            "unit_works": [
                {"code": row["code"], "name": names.get(row["code"], ""), "result": given["result"]}
                for row in dossier.form["unit_works"]
            ],
            "opinion": given["opinion"],
        }
