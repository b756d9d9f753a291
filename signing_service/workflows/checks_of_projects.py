"""Rules about projects (domain text, §10.2, §13): each may refuse a step and says why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from signing_service.domain.dates import in_chinese, in_english
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Dossier, Stage
from signing_service.domain.errors import Problem
from signing_service.domain.projects import MODULE_BEGAN, Project, SectionKind
from signing_service.domain.view_states import same_name
from signing_service.storage.parties import not_found
from signing_service.workflows.procedure import Situation
from signing_service.workflows.sections import works_of

GONE = (Stage.WITHDRAWN, Stage.LAPSED, Stage.REFUSED, Stage.NOT_ACCEPTED)
"""Ends of a dossier that leave nothing behind on its project."""


def project_in_question(dossier: Dossier, situation: Situation) -> Project | None:
    """The project that the form names."""
    number = dossier.form.get("project_no", "")
    return situation.register.project(number) if number else None


@dataclass(frozen=True, slots=True)
class ProjectKnown:
    """The form names a project that is registered, and whoever plays ``developer`` registered it."""

    developer: SignatoryRole = SignatoryRole.DEVELOPER

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        project = project_in_question(dossier, situation)
        if project is not None and project.developer == dossier.parties.get(self.developer):
            return None
        return Problem("NOT_FOUND", "未找到该项目，请核对项目编号。", "No such project: check its number.", status=404)


@dataclass(frozen=True, slots=True)
class NothingOnProject:
    """Nobody has taken work of it on, nothing of it is under way (domain text, §13, step 1)."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        project = project_in_question(dossier, situation)
        if project is None:
            return None
        put_out = any(section.state.is_live for section in project.sections)
        others = [
            one
            for one in situation.register.dossiers_on(project.number)
            if one.number != dossier.number
            and one.stage not in (*GONE, Stage.DRAFT)
            and not one.procedure.startswith("prj.")
        ]
        if not put_out and not others:
            return None
        return Problem(
            "PROJECT_IN_USE",
            "该项目已有发包、承接、审查或许可事项，不能修改或删除；请先撤回相关事项。",
            "Work of this project is put out, taken on, reviewed or permitted, so it can be neither changed nor removed: "
            "withdraw that first.",
            status=409,
            dossiers=", ".join(one.number for one in others),
        )


@dataclass(frozen=True, slots=True)
class SameCounty:
    """County and kind are part of the project's number: who chose the wrong one removes the project and registers anew."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        project = project_in_question(dossier, situation)
        if project is None:
            return None
        before = (project.region, project.facts.get("project_category"))
        if before == (dossier.form.get("region"), dossier.form.get("project_category")):
            return None
        return Problem(
            "PROJECT_NUMBER_FIXED",
            "项目编号含所属区划和项目分类，不能变更；区划或分类有误的，请删除项目后重新报建。",
            "County and kind are part of the project's number and cannot be changed: remove the project and register anew.",
            status=409,
        )


@dataclass(frozen=True, slots=True)
class LeaderKnown:
    """项目负责人: name and ID number are typed, and both belong to one real-named person. One answer for both errors."""

    prefix: str = "leader"

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        form = dossier.form
        if f"{self.prefix}_id_no" not in form:
            return None
        person = situation.register.party(form[f"{self.prefix}_id_no"])
        known = person is not None and same_name(str(form.get(f"{self.prefix}_name", "")), str(person.name))
        return None if known else not_found()


@dataclass(frozen=True, slots=True)
class MobileConfirmed:
    """The leader's mobile is the one of the real-name record, or was confirmed by a code since it was typed: codes and
    notices of the project go there.
    """

    prefix: str = "leader"

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        mobile = dossier.form.get(f"{self.prefix}_mobile")
        person = situation.register.party(dossier.form.get(f"{self.prefix}_id_no", ""))
        on_record = person.facts.get("mobile") if person else None
        if mobile in (on_record, dossier.facts.get("confirmed_mobile")):
            return None
        return Problem(
            "MOBILE_UNCONFIRMED",
            "项目负责人手机号与实名登记的不一致，请用短信验证码确认后再提交；号码有误将收不到工程码。",
            "The leader's mobile is not the one on record: confirm it with a code by text message. A wrong number gets "
            "no codes.",
            status=412,
        )


@dataclass(frozen=True, slots=True)
class ReachedBefore:
    """早期: the milestone that ``field`` dates was reached before the ``module`` of the platform began (NOT_EARLY)."""

    module: str
    field: str = "milestone_on"

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        del situation
        began = MODULE_BEGAN[self.module]
        told = dossier.form.get(self.field)
        if told is None or date.fromisoformat(told) < began:
            return None
        return Problem(
            "NOT_EARLY",
            f"不属于早期项目：该节点须在平台相应模块启用日（{in_chinese(began)}）之前完成，请按正常流程办理。",
            f"This is no early project: that had to be reached before {in_english(began)}. Go the usual way.",
            status=412,
            began=began,
        )


@dataclass(frozen=True, slots=True)
class EarlyProject:
    """The project was registered as 早期项目."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        project = project_in_question(dossier, situation)
        if project is None or project.early:
            return None
        return Problem(
            "NOT_EARLY",
            "该项目不是早期项目，请按正常流程办理，或先办理早期项目登记。",
            "The project is not registered as an early one: go the usual way, or register it as such first.",
            status=412,
        )


@dataclass(frozen=True, slots=True)
class UnitWorksKnown:
    """The unit works that the form chooses are the project's."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        project = project_in_question(dossier, situation)
        if project is None:
            return None
        known = {one.code for one in project.unit_works}
        strangers = [row["code"] for row in dossier.form.get("unit_works", ()) if row["code"] not in known]
        if not strangers:
            return None
        return Problem(
            "UNIT_WORK_UNKNOWN",
            f"项目下没有单位工程 {'、'.join(strangers)}，请从项目的单位工程中选择：{'、'.join(sorted(known)) or '（尚未登记）'}。",
            f"The project has no unit work {', '.join(strangers)}: choose among {', '.join(sorted(known)) or 'none yet'}.",
        )


@dataclass(frozen=True, slots=True)
class FivePartiesComplete:
    """五方责任主体: surveyor, designer, builder and supervisor have taken work on; who is missing is named, with where
    to go (domain text, §13, step 4). Where the form chooses unit works, each of them has to be taken on.
    """

    kinds: tuple[SectionKind, ...] = tuple(SectionKind)

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        project = project_in_question(dossier, situation)
        works = works_of(dossier.form) or (None,)
        missing = tuple(
            kind for kind in self.kinds if project and any(project.section_of(kind, work) is None for work in works)
        )
        if not missing:
            return None
        names = "、".join(f"{kind.zh}单位" for kind in missing)
        return Problem(
            "PARTIES_MISSING",
            f"五方责任主体不全，缺少：{names}。请先在对应环节补录发包和承接登记。",
            f"Responsible parties are missing: {', '.join(kind.value for kind in missing)}. Put that work out, and have "
            "it taken on, first.",
            status=412,
            missing=",".join(kind.value for kind in missing),
            procedures=",".join(f"ct.{kind.value}" for kind in missing),
        )


CHECKS_OF_PROJECTS = (
    ProjectKnown,
    NothingOnProject,
    SameCounty,
    LeaderKnown,
    MobileConfirmed,
    ReachedBefore,
    EarlyProject,
    UnitWorksKnown,
    FivePartiesComplete,
)
