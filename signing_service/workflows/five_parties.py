"""五方责任主体: the five who answer for the works, each with its leader and its legal representative (domain text, §13.2).

Unit and leader are those of the project, or of the form where an early project names them itself; what is told of them is
what was given when the work was taken on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Dossier
from signing_service.domain.parties import Party
from signing_service.domain.projects import Project, SectionKind
from signing_service.workflows.procedure import Situation
from signing_service.workflows.sections import TAKEN_ON, works_of

NOTHING = "—"
OF_BUILDER = ("safety_licence_no", "safety_licence_until")
"""Given of the builder alone: its 安全生产许可证 and that one's last day."""


@dataclass(frozen=True, slots=True)
class Responsible:
    """One of the five: which roles it plays, and how its documents are called."""

    key: str
    """In the names of templates and fields: ``pm_commit_design``, ``design_mobile``."""
    title: str
    unit: SignatoryRole
    leader: SignatoryRole
    representative: SignatoryRole
    kind: SectionKind | None
    """None: the developer itself."""

    @property
    def commitment(self) -> str:
        return f"pm_commit_{self.key}"

    @property
    def authorisation(self) -> str:
        return f"pm_auth_{self.key}"

    @property
    def representative_field(self) -> str:
        return "legal_representative_id_no" if self.kind is None else f"{self.key}_representative_id_no"


ROLE = SignatoryRole
FIVE = (
    Responsible("developer", "建设单位", ROLE.DEVELOPER, ROLE.DEVELOPER_LEADER, ROLE.DEVELOPER_REPRESENTATIVE, None),
    Responsible(
        "survey", "勘察单位", ROLE.SURVEYOR, ROLE.SURVEY_LEADER, ROLE.SURVEY_REPRESENTATIVE, SectionKind.SURVEY
    ),
    Responsible("design", "设计单位", ROLE.DESIGNER, ROLE.DESIGN_LEADER, ROLE.DESIGN_REPRESENTATIVE, SectionKind.DESIGN),
    Responsible(
        "builder", "施工单位", ROLE.BUILDER, ROLE.BUILDER_LEADER, ROLE.BUILDER_REPRESENTATIVE, SectionKind.CONSTRUCTION
    ),
    Responsible(
        "supervisor", "监理单位", ROLE.SUPERVISOR, ROLE.SUPERVISOR_LEADER, ROLE.SUPERVISOR_REPRESENTATIVE,
        SectionKind.SUPERVISION,
    ),
)  # fmt: skip
CONTRACTORS = FIVE[1:]
LEADERS = tuple(one.leader for one in FIVE)
UNITS = tuple(one.unit for one in FIVE)
REPRESENTATIVES = tuple(one.representative for one in FIVE)


NAMES_OF_FIVE = tuple(f"{role}_name" for one in FIVE for role in (one.unit, one.leader))
"""What ``names_of`` gives of all five."""


def project_of(dossier: Dossier, situation: Situation) -> Project:
    project = situation.register.project(dossier.form["project_no"])
    if project is None:
        msg = f"{dossier.number}: its project is gone"
        raise LookupError(msg)
    return project


def given_of(one: Responsible, dossier: Dossier, situation: Situation) -> dict[str, Any]:
    """What was given of unit and leader when the work was taken on; the form of an early project says it itself."""
    own = {
        key.removeprefix(f"{one.key}_"): value
        for key, value in dossier.form.items()
        if key.startswith(f"{one.key}_leader_") or key == f"{one.key}_qualification"
    }
    if one.kind is SectionKind.CONSTRUCTION:
        own |= {key: dossier.form[key] for key in OF_BUILDER if key in dossier.form}
    if "leader_registration_no" in own:
        return {**own, "contractor_qualification": own.get("qualification", "")}
    project = project_of(dossier, situation)
    if one.kind is None:
        return {"leader_mobile": project.facts.get("leader_mobile", "")}
    works = works_of(dossier.form)
    section = project.section_of(one.kind, works[0] if works else None)
    return {**section.facts, **section.facts.get(TAKEN_ON, {})} if section else {}


def told_of(one: Responsible, dossier: Dossier, situation: Situation) -> dict[str, str]:
    """A row of the table of the five."""
    unit, leader = situation.parties[one.unit], situation.parties[one.leader]
    given = given_of(one, dossier, situation)
    kind, number = given.get("leader_qualification", ""), given.get("leader_registration_no", "")
    return {
        "title": one.title,
        "name": str(unit.name),
        "uscc": str(unit.number),
        "grade": given.get("contractor_qualification") or NOTHING,
        "leader": str(leader.name),
        "mobile": given.get("leader_mobile") or _mobile(leader),
        "id_no": str(leader.number),
        "registration": "\n".join(part for part in (kind, number) if part) or NOTHING,
        "registration_kind": kind,
        "registration_no": number,
    }


def general_contractor_of(dossier: Dossier, situation: Situation) -> dict[str, str] | None:
    """A row like those of the five for 工程总承包单位, which is one of them; None where there is none."""
    form = dossier.form
    led_by = next((one for one in FIVE if one.key == form.get("epc")), None)
    if led_by is None:
        return None
    return {
        **told_of(led_by, dossier, situation),
        "title": "工程\n总承包",
        "leader": form["epc_leader_name"],
        "mobile": form["epc_leader_mobile"],
        "id_no": form["epc_leader_id_no"],
        **dict.fromkeys(("registration", "registration_kind", "registration_no"), NOTHING),
    }


def names_of(situation: Situation, five: tuple[Responsible, ...] = FIVE) -> dict[str, str]:
    """``builder_name``, ``builder_leader_name`` and so on, for a face that keeps them."""
    parties: Mapping[SignatoryRole, Party] = situation.parties
    roles = [role for one in five for role in (one.unit, one.leader)]
    return {f"{role}_name": str(parties[role].name) for role in roles}


def _mobile(leader: Party) -> str:
    return str(leader.facts.get("mobile") or NOTHING)
