"""What the documents of permits and completion filings say beyond what was typed: of the project, the five, the permit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from signing_service.domain.dates import in_chinese
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Dossier
from signing_service.domain.fire import FireMatter, FireResult, latest
from signing_service.domain.permits import MOST_EXTENSIONS, Permit
from signing_service.domain.projects import Project, UnitWork
from signing_service.workflows.five_parties import (
    FIVE,
    NAMES_OF_FIVE,
    NOTHING,
    Responsible,
    general_contractor_of,
    given_of,
    names_of,
    project_of,
    told_of,
)
from signing_service.workflows.lateness import lateness_of
from signing_service.workflows.procedure import Situation
from signing_service.workflows.reviews_passed import pass_numbers
from signing_service.workflows.sections import works_of


@dataclass(frozen=True, slots=True)
class CommitmentShown:
    """On 承诺书 and 授权书 of one of the five: the leader and who authorises him."""

    of: Responsible

    gives: ClassVar[tuple[str, ...]] = (
        "project_name",
        "legal_representative_name",
        "id_no",
        "registration_kind",
        "registration_no",
    )

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        told = told_of(self.of, dossier, situation)
        return {
            "project_name": project_of(dossier, situation).name,
            "legal_representative_name": str(situation.parties[self.of.representative].name),
            **{key: told[key] for key in ("id_no", "registration_kind", "registration_no")},
        }


@dataclass(frozen=True, slots=True)
class ApplicationShown:
    """On 施工许可申请表."""

    gives: ClassVar[tuple[str, ...]] = (
        "project_name",
        "funding",
        "floor_area",
        "contract_price",
        "contract_days",
        "review_pass_no",
        "safety_licence_no",
        "fire_document_no",
        "works",
        "parties",
    )

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        form, project = dossier.form, project_of(dossier, situation)
        works = works_chosen(project, dossier)
        begins, ends = (date.fromisoformat(form[key]) for key in ("starts_on", "ends_on"))
        design = latest(situation.register.fire_results(project.number), FireMatter.DESIGN)
        builder = next(one for one in FIVE if one.unit is SignatoryRole.BUILDER)
        general = general_contractor_of(dossier, situation)
        return {
            "project_name": project.name,
            "funding": project.facts.get("funding", NOTHING),
            "floor_area": measured(sum((Decimal(str(one.facts.get("area", 0))) for one in works), Decimal(0))),
            "contract_price": measured(Decimal(form["contract_price"])),
            "contract_days": (ends - begins).days + 1,
            "review_pass_no": form.get("review_pass_no") or "、".join(pass_numbers(dossier, situation)),
            "safety_licence_no": form.get("safety_licence_no")
            or given_of(builder, dossier, situation).get("safety_licence_no")
            or NOTHING,
            "fire_document_no": (design.number or design.dossier) if design else "",
            "works": [_work(one) for one in works],
            "parties": [*(told_of(one, dossier, situation) for one in FIVE), *([general] if general else [])],
        }


@dataclass(frozen=True, slots=True)
class PermitFace:
    """What the face keeps: the five and the general contractor by name, the unit works, and how it came about."""

    early: bool = False

    gives: ClassVar[tuple[str, ...]] = (
        "project_name",
        "contract_price",
        "unit_work_codes",
        "review_pass_no",
        "early",
        "remarks",
        "general_contractor_name",
        "general_contractor_leader_name",
        *NAMES_OF_FIVE,
    )

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        project, form = project_of(dossier, situation), dossier.form
        former, general = form.get("former_permit_no", ""), general_contractor_of(dossier, situation)
        remarks = f"第 1 版：替代{former}号施工许可证。" if former else "第 1 版：初次核发。"
        return {
            "project_name": project.name,
            "contract_price": measured(Decimal(form["contract_price"])),
            "unit_work_codes": list(works_of(form)),
            "review_pass_no": form.get("review_pass_no") or "、".join(pass_numbers(dossier, situation)),
            "early": self.early,
            "remarks": f"{remarks}早期项目。" if self.early else remarks,
            "general_contractor_name": general["name"] if general else NOTHING,
            "general_contractor_leader_name": general["leader"] if general else NOTHING,
            **names_of(situation),
        }


@dataclass(frozen=True, slots=True)
class ExtensionShown:
    """延期: which it is, and until when; the form and the new version say the same."""

    gives: ClassVar[tuple[str, ...]] = ("start_by", "extension_count", "extended_until", "remark")

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        permit = permit_in_question(dossier, situation)
        months, count = dossier.form["months"], permit.extensions + 1
        until = permit.extended_until(months)
        return {
            "start_by": permit.start_by.isoformat(),
            "extension_count": count,
            "extended_until": until.isoformat(),
            "remark": f"准予延期（第 {count} 次，{months} 个月），应于{in_chinese(until)}前开工。",
        }


@dataclass(frozen=True, slots=True)
class StopShown:
    gives: ClassVar[tuple[str, ...]] = ("kind", "remark")

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        del situation
        stopped = date.fromisoformat(dossier.form["stopped_on"])
        return {"kind": "suspend", "remark": f"自{in_chinese(stopped)}起中止施工。"}


@dataclass(frozen=True, slots=True)
class ResumptionShown:
    """恢复施工; after a year of standing still the permit is verified first."""

    gives: ClassVar[tuple[str, ...]] = ("kind", "stopped_on", "remark")

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        permit = permit_in_question(dossier, situation)
        resumed = date.fromisoformat(dossier.form["resumed_on"])
        verified = permit.wants_verifying(resumed)
        what = "经核验恢复施工" if verified else "恢复施工"
        return {
            "kind": "resume_verified" if verified else "resume",
            "stopped_on": permit.stopped_on.isoformat() if permit.stopped_on else "",
            "remark": f"自{in_chinese(resumed)}起{what}。",
        }


@dataclass(frozen=True, slots=True)
class AbolitionShown:
    """On 自行废止通知书."""

    gives: ClassVar[tuple[str, ...]] = ("start_by", "ground", "lapsed_on", "notified_on")

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        permit = permit_in_question(dossier, situation)
        ground = (
            f"工程仍未开工，且已延期 {MOST_EXTENSIONS} 次，不得再次延期"
            if permit.extensions >= MOST_EXTENSIONS
            else "工程仍未开工，也未再次申请延期"
            if permit.extensions
            else "工程既未开工，也未申请延期"
        )
        return {
            "start_by": permit.start_by.isoformat(),
            "ground": ground,
            "lapsed_on": (permit.start_by + timedelta(days=1)).isoformat(),
            "notified_on": situation.today.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class FilingShown:
    """On 竣工验收备案表."""

    gives: ClassVar[tuple[str, ...]] = (
        "project_name",
        "address",
        "scale",
        "review_pass_no",
        "cost",
        "fire_document_no",
        "parties",
    )

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        permit = situation.licence
        facts = permit.facts if permit else {}
        fire = fire_result(dossier, situation)
        return {
            **{key: facts.get(key, NOTHING) for key in ("project_name", "address", "scale", "review_pass_no")},
            "cost": measured(Decimal(dossier.form["cost"])),
            "fire_document_no": (fire.number or fire.dossier) if fire else NOTHING,
            "parties": [told_of(one, dossier, situation) for one in FIVE],
        }


@dataclass(frozen=True, slots=True)
class FilingFace:
    """What the certificate keeps."""

    gives: ClassVar[tuple[str, ...]] = ("project_name", "address", "scale", "late", "remarks", *NAMES_OF_FIVE)

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        fire = fire_result(dossier, situation)
        told = FilingShown().shown(dossier, situation)
        late = lateness_of(dossier) is not None
        title = "消防验收" if fire and fire.matter is FireMatter.ACCEPTANCE else "消防备案"
        return {
            **{key: told[key] for key in ("project_name", "address", "scale")},
            "late": late,
            "remarks": f"{title}：{told['fire_document_no']}{'；逾期备案' if late else ''}",
            **names_of(situation),
        }


def fire_result(dossier: Dossier, situation: Situation) -> FireResult | None:
    """What says that the works may be used: the acceptance, else the filing."""
    results = situation.register.fire_results(dossier.form["project_no"])
    return latest(results, FireMatter.ACCEPTANCE) or latest(results, FireMatter.FILING)


def permit_in_question(dossier: Dossier, situation: Situation) -> Permit:
    permit = situation.register.permit(dossier.facts["licence_no"])
    if permit is None:
        msg = f"{dossier.number}: its permit is gone"
        raise LookupError(msg)
    return permit


def works_chosen(project: Project, dossier: Dossier) -> list[UnitWork]:
    chosen = works_of(dossier.form)
    return [one for one in project.unit_works if one.code in chosen]


def measured(value: Decimal) -> str:
    """Two places, thousands apart: 18 620.50."""
    return f"{value:,.2f}".replace(",", " ")


def _work(one: UnitWork) -> dict[str, str]:
    facts = one.facts
    return {
        "name": one.name,
        "structure": facts.get("structure_name") or facts.get("structure", NOTHING),
        "floors": f"{facts.get('floors_above', NOTHING)}/{facts.get('floors_below', NOTHING)}",
        "area": measured(Decimal(str(facts["area"]))) if facts.get("area") else NOTHING,
        "cost": measured(Decimal(str(facts["cost"]))) if facts.get("cost") else NOTHING,
    }
