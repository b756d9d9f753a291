"""Rules about work that is put out and taken on (domain text, §12, §13.1): each may refuse a step and says why.

A warning refuses once: whoever goes on says in the form, or with the step, that it was read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from signing_service.domain.dates import in_chinese, in_english
from signing_service.domain.dossier import Dossier
from signing_service.domain.errors import Problem
from signing_service.domain.licences import Licence, LicenceStatus, LicenceType
from signing_service.domain.projects import MUST_TENDER, Project, Section, SectionKind, SectionState
from signing_service.domain.view_states import same_name
from signing_service.storage.parties import not_found
from signing_service.workflows.checks_of_projects import project_in_question
from signing_service.workflows.procedure import Situation
from signing_service.workflows.sections import ENDED, TAKEN_ON, differences, section_of, taken_on, works_of

CONSTRUCTORS = (LicenceType.CONSTRUCTOR, LicenceType.CONSTRUCTOR_TEMPORARY)


def unit_work_taken(other: Section) -> Problem:
    return Problem(
        "UNIT_WORK_TAKEN",
        f"所选单位工程已在标段 {other.number} 中发包或承接，同一单位工程同一时间只能有一家{other.kind.zh}单位；请先撤回原发包。",
        f"Section {other.number} covers these unit works already: there is one {other.kind.value} unit at a time. "
        "Withdraw that first.",
        status=409,
        section=other.number,
    )


@dataclass(frozen=True, slots=True)
class UnitWorksFree:
    """No other section of this kind, put out or taken on, covers the unit works."""

    kind: SectionKind

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        project = project_in_question(dossier, situation)
        if project is None:
            return None
        own = section_of(project, dossier)
        other = project.live(self.kind, works_of(dossier.form), but=own.number if own else None)
        return unit_work_taken(other) if other else None


@dataclass(frozen=True, slots=True)
class BuilderAndSupervisorDiffer:
    """施工单位 and 监理单位 of the same work are not one enterprise (建筑法 第三十四条)."""

    kind: SectionKind

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        project, chosen = project_in_question(dossier, situation), dossier.parties.get(self.kind.contractor)
        if project is None or chosen is None:
            return None
        other_kind = {
            SectionKind.CONSTRUCTION: SectionKind.SUPERVISION,
            SectionKind.SUPERVISION: SectionKind.CONSTRUCTION,
        }[self.kind]
        for section in project.sections:
            both = set(section.unit_works) & set(works_of(dossier.form))
            if section.kind is other_kind and section.state.is_live and both and section.contractor == chosen:
                return Problem(
                    "SUPERVISOR_CONFLICT",
                    "同一工程的施工单位与监理单位不能是同一企业，请另选承接单位（建筑法第三十四条）。",
                    "One enterprise may not both build and supervise the same work: choose another.",
                    status=412,
                    section=section.number,
                )
        return None


@dataclass(frozen=True, slots=True)
class MethodIs:
    """发包方式 is one of these: the other step of the tender office is the right one."""

    methods: tuple[str, ...]

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        del situation
        if dossier.form.get("method") in self.methods:
            return None
        named = dossier.form.get("method_name", "")
        return Problem(
            "METHOD_DIFFERS",
            f"建设单位登记的发包方式是“{named}”，请选择与之相符的确认事项，或退回修改。",
            "The developer chose another way of contracting: confirm that one, or return it.",
            status=409,
        )


@dataclass(frozen=True, slots=True)
class TenderWarned:
    """Work above the threshold that is not put out to tender: the developer is warned, and gives a reason to go on."""

    kind: SectionKind

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        del situation
        form, limit = dossier.form, MUST_TENDER[self.kind]
        if form.get("method") != "direct" or Decimal(str(form.get("price", 0))) < limit or form.get("not_tendered"):
            return None
        return Problem(
            "TENDER_REQUIRED",
            f"{self.kind.zh}估算价在 {limit} 万元以上，属于必须招标的项目（发改委令2018年第16号）；"
            "确有依法可以不招标情形的，请填写理由并勾选“不招标说明”后继续。",
            f"From {limit} × 10,000 yuan on, {self.kind.value} has to be put out to tender. Where the law allows "
            "otherwise, give the reason and tick the statement to go on.",
            status=412,
            limit=limit,
        )


@dataclass(frozen=True, slots=True)
class DatesWarned:
    """Dates outside the plan of the project: who goes on ticks that it was read. ``step``: of what is given with it."""

    step: str | None = None

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        project = project_in_question(dossier, situation)
        given: Mapping[str, Any] = taken_on(dossier) if self.step == TAKEN_ON else dossier.form
        if project is None or given.get("outside_plan") or not _outside(project, given):
            return None
        begins, ends = (date.fromisoformat(project.facts[key]) for key in ("starts_on", "ends_on"))
        return Problem(
            "OUTSIDE_PLAN",
            f"约定工期超出项目计划（{in_chinese(begins)}至{in_chinese(ends)}），请核对；确认无误的，请勾选“工期超出项目计划”后继续。",
            f"The dates lie outside the plan of the project ({in_english(begins)} to {in_english(ends)}): check them, or "
            "tick that they are meant.",
            status=412,
        )


def _outside(project: Project, given: Mapping[str, Any]) -> bool:
    plan = project.facts.get("starts_on"), project.facts.get("ends_on")
    if not all(plan) or not given.get("starts_on") or not given.get("ends_on"):
        return False
    return bool(given["starts_on"] < plan[0] or given["ends_on"] > plan[1])


@dataclass(frozen=True, slots=True)
class WorksCovered:
    """主要指标 are given for each unit work of the section, and for no other."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        del situation
        told = {row["code"] for row in taken_on(dossier).get("indicators", ())}
        wanted = set(works_of(dossier.form))
        if told == wanted:
            return None
        return Problem(
            "UNIT_WORK_UNKNOWN",
            f"请逐个填写所承接单位工程的主要指标：{'、'.join(sorted(wanted))}。",
            f"Give the figures of each unit work that you take on: {', '.join(sorted(wanted))}.",
        )


@dataclass(frozen=True, slots=True)
class LeaderFit:
    """项目负责人: a real-named person whom the contractor employs. ``registered``: who also holds a constructor's licence,
    in force today, of the number given.
    """

    kind: SectionKind
    registered: bool = False

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        given, contractor = taken_on(dossier), dossier.parties[self.kind.contractor]
        if not given:
            return None
        person = given["leader_id_no"]
        return (
            _unknown(person, given["leader_name"], situation)
            or _employed_elsewhere(person, given["leader_name"], contractor, situation)
            or (self._unfit(person, given, situation) if self.registered else None)
        )

    def _unfit(self, person: str, given: Mapping[str, Any], situation: Situation) -> Problem | None:
        held = [one for one in situation.register.licences_of(person) if one.type in CONSTRUCTORS]
        named = next((one for one in held if one.number == given["leader_registration_no"]), None)
        if named is not None and named.status_on(situation.today) is LicenceStatus.IN_FORCE:
            return None
        return licence_unfit(given["leader_name"], named)


@dataclass(frozen=True, slots=True)
class LeaderFree:
    """The leader leads no other project under way (注册建造师执业管理办法 第九条)."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        given = taken_on(dossier)
        if not given:
            return None
        own = dossier.form.get("project_no")
        locks = [one for one in situation.register.locks_of(given["leader_id_no"]) if one.project != own]
        return leads_already(given["leader_name"], [one.name for one in locks]) if locks else None


@dataclass(frozen=True, slots=True)
class TeamFit:
    """Whoever of the team gives the number of a licence of ours holds it, in force, with this employer; nobody is named
    twice.
    """

    kind: SectionKind

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        given, contractor = taken_on(dossier), dossier.parties[self.kind.contractor]
        rows = given.get("team", ())
        numbers = [given.get("leader_id_no"), *(row["id_no"] for row in rows)]
        for row in rows:
            if numbers.count(row["id_no"]) > 1:
                return Problem(
                    "PERSON_DOUBLE_USED",
                    f"{row['name']}在项目组中重复，一人只担任一个岗位，请更正。",
                    "A person stands in the team twice: one has one post.",
                    status=409,
                )
            if problem := self._unfit(row, contractor, situation):
                return problem
        return None

    def _unfit(self, row: Mapping[str, Any], contractor: str, situation: Situation) -> Problem | None:
        licence = situation.register.licence(row.get("registration_no", ""))
        if licence is None:
            return None
        if licence.holder != row["id_no"] or licence.status_on(situation.today) is not LicenceStatus.IN_FORCE:
            return licence_unfit(row["name"], licence if licence.holder == row["id_no"] else None)
        return _employed_elsewhere(row["id_no"], row["name"], contractor, situation)


@dataclass(frozen=True, slots=True)
class SafetyPermitStands:
    """The builder's 安全生产许可证, as it was told when the work was taken on or by the form of an early project, has not
    ended (安全生产许可证条例 第二条).
    """

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        if "safety_licence_until" in dossier.form:
            return _safety_permit_ended(dossier.form, situation.today, "填写新的有效期", "give its new term")
        project = project_in_question(dossier, situation)
        for work in works_of(dossier.form):
            section = project.section_of(SectionKind.CONSTRUCTION, work) if project else None
            given: Mapping[str, Any] = section.facts.get(TAKEN_ON, {}) if section else {}
            problem = _safety_permit_ended(
                given,
                situation.today,
                "由双方办理施工发包变更、更新有效期",
                "have its new term agreed on by a change of the contract",
            )
            if problem:
                return problem
        return None


def _safety_permit_ended(given: Mapping[str, Any], today: date, then: str, then_en: str) -> Problem | None:
    until = given.get("safety_licence_until")
    if until is None or date.fromisoformat(until) >= today:
        return None
    number, last = given.get("safety_licence_no", ""), date.fromisoformat(until)
    return Problem(
        "CERT_EXPIRED",
        f"施工单位的安全生产许可证（{number}）有效期至{in_chinese(last)}，已失效；请延续后{then}。",
        f"The builder's work safety permit {number} ended on {in_english(last)}: have it renewed, and {then_en}.",
        status=412,
    )


@dataclass(frozen=True, slots=True)
class SectionIs:
    """The section that the form names is the project's and our own, of this kind, in one of these states."""

    kind: SectionKind
    states: tuple[SectionState, ...]

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        project = project_in_question(dossier, situation)
        section = project.section(dossier.form.get("section_no", "")) if project else None
        ours = dossier.parties.get(self.kind.contractor)
        if section is None or section.kind is not self.kind or section.contractor != ours:
            return Problem(
                "NOT_FOUND",
                "未找到贵单位承接的该标段，请核对标段编号。",
                "You have taken on no section with this number: check it.",
                status=404,
            )
        if section.state in self.states:
            return None
        return Problem(
            "SECTION_STATE",
            "该标段当前不能办理此事项：尚未承接，或者成果已登记、已确认。",
            "This cannot be done with the section now: it is not taken on yet, or its results are registered already.",
            status=409,
            state=section.state.value,
        )


@dataclass(frozen=True, slots=True)
class SectionToChange:
    """变更发包: the section is the project's, taken on by the contractor named, and something of it changes. What has
    results is not ended any more.
    """

    kind: SectionKind

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        project = project_in_question(dossier, situation)
        section = project.section(dossier.form.get("section_no", "")) if project else None
        theirs = dossier.parties.get(self.kind.contractor)
        if section is None or section.kind is not self.kind or section.contractor != theirs:
            return Problem(
                "NOT_FOUND",
                "未找到该单位承接的标段，请核对标段编号和承接单位。",
                "That enterprise has taken on no section with this number: check both.",
                status=404,
            )
        ends = dossier.form.get("change") == ENDED
        if not section.state.is_taken_on or (ends and section.state is not SectionState.ACCEPTED):
            return Problem(
                "SECTION_STATE",
                "该标段当前不能变更：尚未承接，或者成果已登记、不能解除承接。",
                "This section cannot be changed now: it is not taken on, or it has results and cannot be ended.",
                status=409,
                state=section.state.value,
            )
        if differences(section, dossier.form):
            return None
        return Problem(
            "NOTHING_CHANGED",
            "填写的内容与承接确认书一致，没有需要变更的事项。",
            "Everything is as it was taken on: there is nothing to change.",
            status=409,
        )


@dataclass(frozen=True, slots=True)
class ResultsCover:
    """Results are given for each unit work of the section, and for no other."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        project = project_in_question(dossier, situation)
        section = section_of(project, dossier) if project else None
        if section is None or set(section.unit_works) == set(works_of(dossier.form)):
            return None
        wanted = "、".join(section.unit_works)
        return Problem(
            "UNIT_WORK_UNKNOWN",
            f"请逐个登记标段内单位工程的成果：{wanted}。",
            f"Register the results of each unit work of the section: {', '.join(section.unit_works)}.",
        )


@dataclass(frozen=True, slots=True)
class LeaderOfSection:
    """Who signs as 项目负责人 is the one with whom the section was taken on."""

    kind: SectionKind

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        project = project_in_question(dossier, situation)
        section = section_of(project, dossier) if project else None
        if section is None or section.leader == dossier.form.get("leader_id_no"):
            return None
        return Problem(
            "SIGNER_MISMATCH",
            "成果须由承接确认书上的项目负责人签名，请核对其身份证号码。",
            "The results are signed by the leader with whom the section was taken on: check the ID number.",
            status=403,
        )


@dataclass(frozen=True, slots=True)
class SurveyConfirmed:
    """Design results rest on survey results that the developer has confirmed, for each of their unit works."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        project = project_in_question(dossier, situation)
        section = section_of(project, dossier) if project else None
        if project is None or section is None:
            return None
        surveyed = {
            work
            for one in project.sections
            if one.kind is SectionKind.SURVEY and one.state is SectionState.RESULTS_CONFIRMED
            for work in one.unit_works
        }
        missing = sorted(set(section.unit_works) - surveyed)
        if not missing:
            return None
        return Problem(
            "SURVEY_NOT_PASSED",
            f"单位工程 {'、'.join(missing)} 的勘察成果尚未确认，请待勘察成果确认后再登记设计成果。",
            f"The survey of unit work {', '.join(missing)} is not confirmed yet: register the design after that.",
            status=412,
        )


def licence_unfit(name: str, licence: Licence | None) -> Problem:
    if licence is None:
        return Problem(
            "LICENCE_NOT_FOUND",
            f"未查到{name}名下该注册编号的建造师证书，请核对注册编号和人员。",
            "This person holds no constructor's licence of the number given: check number and person.",
            status=412,
        )
    return Problem(
        "CERT_EXPIRED" if licence.status is LicenceStatus.IN_FORCE else "CERT_NOT_IN_FORCE",
        f"{name}的证书（{licence.number}）当前无效，不能担任该岗位，请更换人员或先办理延续。",
        f"The licence {licence.number} is not in force: name somebody else, or have it renewed first.",
        status=412,
    )


def leads_already(name: str, projects: list[str]) -> Problem:
    return Problem(
        "PM_LOCKED",
        f"{name}正在担任在建项目负责人：{'、'.join(projects)}；竣工备案或者依法更换后方可担任新项目负责人，请另选人员。",
        f"This person leads a project under way: {', '.join(projects)}. Name somebody else.",
        status=409,
    )


def _unknown(person: str, name: str, situation: Situation) -> Problem | None:
    known = situation.register.party(person)
    return None if known is not None and same_name(name, str(known.name)) else not_found()


def _employed_elsewhere(person: str, name: str, contractor: str, situation: Situation) -> Problem | None:
    employment = situation.register.employment_of(person)
    if employment is not None and employment.enterprise == contractor:
        return None
    return Problem(
        "NO_EMPLOYMENT",
        f"{name}与贵单位没有有效的聘用关系登记，请先办理聘用关系登记，或另选人员。",
        "This person is not employed by you on record: register the employment first, or name somebody else.",
        status=412,
    )


CHECKS_OF_SECTIONS = (
    UnitWorksFree,
    BuilderAndSupervisorDiffer,
    MethodIs,
    TenderWarned,
    DatesWarned,
    WorksCovered,
    LeaderFit,
    LeaderFree,
    TeamFit,
    SafetyPermitStands,
    SectionIs,
    SectionToChange,
    ResultsCover,
    LeaderOfSection,
    SurveyConfirmed,
)
