"""What the documents of a section say beyond what was typed: project, number, unit works, and what was sealed before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from signing_service.domain.dossier import Dossier
from signing_service.domain.projects import Project, SectionKind
from signing_service.procedures.contract.fields import POSTS, taking_on
from signing_service.workflows.procedure import Field, Situation
from signing_service.workflows.sections import differences, section_of, taken_on, works_of

CENTRE = "公共资源交易中心"
OF_PROJECT = ("project_no", "project_name", "project_place")


def of_project(project: Project) -> dict[str, Any]:
    return {
        "project_no": project.number,
        "project_name": project.name,
        "project_place": project.facts.get("project_place", ""),
    }


def project_of(dossier: Dossier, situation: Situation) -> Project:
    project = situation.register.project(dossier.form["project_no"])
    if project is None:
        msg = f"{dossier.number}: its project is gone"
        raise LookupError(msg)
    return project


def works_shown(project: Project, codes: tuple[str, ...]) -> list[dict[str, Any]]:
    return [
        {
            "code": work.code,
            "name": work.name,
            "structure": work.facts.get("structure", "—"),
            "area": work.facts.get("area", "—"),
        }
        for work in project.unit_works
        if work.code in codes
    ]


@dataclass(frozen=True, slots=True)
class OrderShown:
    """On 任务委托单 and 发包登记表."""

    gives: ClassVar[tuple[str, ...]] = (
        *OF_PROJECT,
        "leader_name",
        "leader_mobile",
        "section_no",
        "unit_works",
        "confirmation_no",
        "award_no",
    )

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        project = project_of(dossier, situation)
        awarded: Mapping[str, Any] = dossier.facts.get("given", {}).get("award", {})
        sheet = situation.register.paper(dossier.number, "tender_confirm")
        return {
            **of_project(project),
            "leader_name": project.facts.get("leader_name", ""),
            "leader_mobile": project.facts.get("leader_mobile", ""),
            "section_no": dossier.facts["section_no"],
            "unit_works": works_shown(project, works_of(dossier.form)),
            "confirmation_no": sheet.number if sheet else "",
            "award_no": awarded.get("award_no", ""),
        }


@dataclass(frozen=True, slots=True)
class AcceptanceShown:
    """On 承接确认书: the contract and the team as the contractor gave them, and the fingerprint of what is taken on."""

    kind: SectionKind
    order: str
    """Template of the developer's sealed order."""

    @property
    def given(self) -> tuple[Field, ...]:
        """What the contractor gave that is drawn as it is."""
        return tuple(one for one in taking_on(self.kind) if one.key not in ("contract", "indicators", "outside_plan"))

    @property
    def gives(self) -> tuple[str, ...]:
        return (
            *(field.key for field in self.given),
            *OF_PROJECT,
            *("form_version", "section_no", "order_no", "order_sealed_on", "order_sha256", "contract_sha256", "team"),
            *("unit_works", "attachments"),
        )

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        project, given = project_of(dossier, situation), taken_on(dossier)
        indicators = {row["code"]: row["indicators"] for row in given["indicators"]}
        order = situation.register.paper(dossier.number, self.order)
        leader = {
            "post": POSTS[self.kind],
            "name": given["leader_name"],
            "id_no": given["leader_id_no"],
            "qualification": given["leader_qualification"],
            "registration_no": given["leader_registration_no"],
        }
        return {
            "form_version": f"{dossier.edition:%Y-%m}",
            **{field.key: given[field.key] for field in self.given if field.key in given},
            **of_project(project),
            "section_no": dossier.facts["section_no"],
            "order_no": dossier.number,
            "order_sealed_on": order.archived_on.isoformat() if order and order.archived_on else "",
            "order_sha256": order.sha256 if order else "",
            "contract_sha256": given["contract"]["sha256"],
            "team": [leader, *({"registration_no": "—", **row} for row in given.get("team", ()))],
            "unit_works": [
                {**work, "indicators": indicators[work["code"]]}
                for work in works_shown(project, works_of(dossier.form))
            ],
            "attachments": [
                {"name": "合同", **{key: given["contract"][key] for key in ("sha256", "pages")}},
                *given.get("attachments", ()),
            ],
        }


@dataclass(frozen=True, slots=True)
class ChangeShown:
    """On 发包变更登记表: what stood when it was taken on, and what both sides agree instead."""

    kind: SectionKind
    gives: ClassVar[tuple[str, ...]] = (*OF_PROJECT, "section_name", "taken_since", "changes")

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        project = project_of(dossier, situation)
        section = section_of(project, dossier)
        return {
            **of_project(project),
            "section_name": section.name if section else "",
            "taken_since": section.facts.get("taken_on", "") if section else "",
            "changes": differences(section, dossier.form) if section else [],
        }


@dataclass(frozen=True, slots=True)
class TenderShown:
    """On 发包方式确认单."""

    kind: SectionKind

    gives: ClassVar[tuple[str, ...]] = (
        *OF_PROJECT,
        "section_no",
        "section_kind",
        "organisation",
        "trading_centre",
        "reason",
        "opinion",
        "signed_on",
    )

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        project = project_of(dossier, situation)
        tendered = dossier.form["method"] == "open"
        given = dossier.facts["given"]
        said: Mapping[str, Any] = given.get("confirm_open", {}) if tendered else given.get("confirm_direct", {})
        return {
            **of_project(project),
            "section_no": dossier.facts["section_no"],
            "section_kind": self.kind.zh,
            "organisation": said.get("organisation_name", "—"),
            "trading_centre": CENTRE if tendered else "不进场",
            "reason": dossier.form.get("method_reason") or "依法必须招标，或者建设单位选择公开招标。",
            "opinion": said["opinion"],
            "signed_on": situation.today.isoformat(),
        }


def leader_of(dossier: Dossier, situation: Situation) -> Mapping[str, Any]:
    """What was given of the leader when the section in question was taken on."""
    section = section_of(project_of(dossier, situation), dossier)
    return section.facts.get("take_on", {}) if section else {}
