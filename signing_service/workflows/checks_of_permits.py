"""What is asked before a construction permit is applied for, granted, extended, used and closed (domain text, §13.2 to §13.4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from signing_service.domain.dates import in_chinese, in_english
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Dossier, Stage
from signing_service.domain.errors import Problem
from signing_service.domain.fire import FireMatter, latest
from signing_service.domain.licences import LicenceStatus, LicenceType
from signing_service.domain.parties import Party
from signing_service.domain.permits import MOST_EXTENSIONS, Permit
from signing_service.workflows.checks_of_projects import GONE, project_in_question
from signing_service.workflows.checks_of_sections import CONSTRUCTORS, leads_already, licence_unfit
from signing_service.workflows.five_parties import CONTRACTORS, FIVE, Responsible, given_of
from signing_service.workflows.procedure import Situation
from signing_service.workflows.reviews_passed import not_passed, reviewed_as_special
from signing_service.workflows.sections import works_of

PERMITTING = ("pm.permit", "pm.permit_early")
NOT_NEEDED_BELOW = (Decimal(30), Decimal(300))
"""万元 and square metres (建筑工程施工许可管理办法 第二条)."""


# ---- applying


@dataclass(frozen=True, slots=True)
class PartiesAreOfTheseWorks:
    """Each of the chosen unit works was taken on by the parties that sign; others are permitted apart."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        project = project_in_question(dossier, situation)
        for one in CONTRACTORS if project else ():
            for work in works_of(dossier.form):
                section = project.section_of(one.kind, work) if project and one.kind else None
                if section is not None and section.contractor != dossier.parties.get(one.unit):
                    return Problem(
                        "PARTIES_DIFFER",
                        f"单位工程 {work} 的{one.title}与本申请的不是同一单位，请核对所选单位工程。",
                        f"Unit work {work} was taken on by another {one.key}: check which unit works you choose.",
                        status=412,
                    )
        return None


@dataclass(frozen=True, slots=True)
class RepresentativesOnRecord:
    """Who authorises a leader is the legal representative on the unit's record, where it names one."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        del dossier
        for one in FIVE:
            unit, person = situation.parties.get(one.unit), situation.parties.get(one.representative)
            recorded = unit.facts.get("legal_representative") if unit else None
            if person is not None and recorded and recorded not in (str(person.name), str(person.number)):
                return Problem(
                    "NOT_LEGAL_REPRESENTATIVE",
                    f"所填人员不是{one.title}登记的法定代表人，请核对身份证号码；已变更的，请先更新企业登记信息。",
                    f"This person is not the legal representative of the {one.key} on record: check the ID number.",
                    status=412,
                    party=one.key,
                )
        return None


@dataclass(frozen=True, slots=True)
class DrawingsPassed:
    """Every unit work of the form has passed drawing review (REVIEW_NOT_PASSED)."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        missing = not_passed(dossier, situation)
        if not missing:
            return None
        works = "、".join(missing)
        return Problem(
            "REVIEW_NOT_PASSED",
            f"单位工程 {works} 没有有效的施工图审查合格书，请先办理施工图设计文件报审。",
            f"The drawings of unit work {works} have not passed review: have them reviewed first.",
            status=412,
            unit_works=",".join(missing),
            procedures="rv.design",
        )


@dataclass(frozen=True, slots=True)
class FireDesignOfSpecialWorks:
    """特殊建设工程 is not built before its fire protection design has passed (消防法 第十二条). Special is what this form, the
    last review of the drawings of its unit works or a review of the fire protection design took for special.
    """

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        design = latest(situation.register.fire_results(dossier.form["project_no"]), FireMatter.DESIGN)
        passed = design is not None and design.passed
        said = dossier.form.get("special_fire") == "yes" or reviewed_as_special(dossier, situation)
        if passed or (design is None and not said):
            return None
        return Problem(
            "FIRE_DESIGN_MISSING",
            "特殊建设工程须先取得合格的消防设计审查意见书，再申请施工许可；请先办理“特殊建设工程消防设计审查”。",
            "The fire protection design of special works has to pass review before they are permitted.",
            status=412,
            procedures="fs.design",
        )


@dataclass(frozen=True, slots=True)
class NotPermittedYet:
    """A unit work has one permit at a time, and one application; but the permit that this one replaces is no obstacle."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        project, chosen = dossier.form["project_no"], set(works_of(dossier.form))
        former = dossier.form.get("former_permit_no", "")
        for permit in situation.register.permits_of(project):
            if permit.is_live and permit.number != former and chosen & set(permit.unit_works):
                return _permitted(permit.number)
        for other in situation.register.dossiers_on(project):
            open_one = other.procedure in PERMITTING and other.stage not in (*GONE, Stage.DRAFT, Stage.CLOSED)
            if open_one and other.number != dossier.number and chosen & set(works_of(other.form)):
                return _permitted(other.number)
        return None


def _permitted(number: str) -> Problem:
    return Problem(
        "UNIT_ALREADY_PERMITTED",
        f"所选单位工程已有有效的施工许可证或在办的申请（{number}），不能重复办理；建设单位或施工单位变更的，请填写被替代的施工许可证编号。",
        f"These unit works have a permit or an application already ({number}). Where developer or builder has changed, "
        "give the number of the permit that is replaced.",
        status=409,
        number=number,
    )


@dataclass(frozen=True, slots=True)
class NoPermitUnderWay:
    """变更发包: while a permit is applied for, those who signed the application stay who they are."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        project = project_in_question(dossier, situation)
        section = project.section(dossier.form.get("section_no", "")) if project else None
        if section is None:
            return None
        for other in situation.register.dossiers_on(section.project):
            under_way = other.procedure in PERMITTING and other.stage not in (*GONE, Stage.DRAFT, Stage.CLOSED)
            if under_way and set(section.unit_works) & set(works_of(other.form)):
                return Problem(
                    "PERMIT_UNDER_WAY",
                    f"涉及该标段的施工许可申请（{other.number}）正在办理，请先办结或撤回该申请，再变更发包。",
                    f"A permit for these unit works is being applied for ({other.number}): finish or withdraw that first.",
                    status=409,
                    number=other.number,
                )
        return None


@dataclass(frozen=True, slots=True)
class FormerPermitReplaced:
    """A permit is replaced where developer or builder has changed, and nowhere else."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        number = dossier.form.get("former_permit_no", "")
        if not number:
            return None
        permit, licence = situation.register.permit(number), situation.register.licence(number)
        if permit is None or licence is None or permit.project != dossier.form["project_no"] or not permit.is_live:
            return _no_permit()
        same = all(
            licence.facts.get(f"{role}_name") == str(situation.parties[role].name)
            for role in (SignatoryRole.DEVELOPER, SignatoryRole.BUILDER)
        )
        if not same:
            return None
        return Problem(
            "NOTHING_CHANGED",
            "建设单位和施工单位与原施工许可证相同，无需重新申领；请不要填写被替代的施工许可证编号。",
            "Developer and builder are those of the former permit, so it need not be replaced: leave its number empty.",
            status=409,
        )


@dataclass(frozen=True, slots=True)
class PartiesFit:
    """Whoever of the four has a qualification with us has one in force, leads with a registration in force, and employs
    its leader; who does not is named.
    """

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        for one in CONTRACTORS:
            unit, leader = situation.parties.get(one.unit), situation.parties.get(one.leader)
            if unit is None or leader is None:
                continue
            if problem := _unqualified(unit, situation) or _unfit(one, unit, leader, dossier, situation):
                return problem
        return None


def _unqualified(unit: Party, situation: Situation) -> Problem | None:
    held = [
        one
        for one in situation.register.licences_of(str(unit.number))
        if one.type is LicenceType.QUALIFICATION
    ]  # fmt: skip
    if not held or any(one.status_on(situation.today) is LicenceStatus.IN_FORCE for one in held):
        return None
    return Problem(
        "CERT_EXPIRED",
        f"{unit.name}的企业资质证书（{held[0].number}）当前无效，请其办理延续后再申请。",
        f"The qualification {held[0].number} of {unit.name} is not in force: have it renewed first.",
        status=412,
    )


def _unfit(one: Responsible, unit: Party, leader: Party, dossier: Dossier, situation: Situation) -> Problem | None:
    number = given_of(one, dossier, situation).get("leader_registration_no", "")
    licence = situation.register.licence(number) if number else None
    if licence is not None:
        fits = licence.holder == str(leader.number) and licence.status_on(situation.today) is LicenceStatus.IN_FORCE
        if not fits:
            return licence_unfit(str(leader.name), licence if licence.holder == str(leader.number) else None)
    employment = situation.register.employment_of(str(leader.number))
    if employment is not None and employment.enterprise == str(unit.number):
        return None
    return Problem(
        "NO_EMPLOYMENT",
        f"{one.title}项目负责人{leader.name}与{unit.name}没有有效的聘用关系登记，请先办理登记或更换人员。",
        f"The leader of the {one.key} is not employed by it on record: register the employment, or name another.",
        status=412,
    )


@dataclass(frozen=True, slots=True)
class ManagerOfEarlyProject:
    """早期: the builder's manager whom the form names holds a registration in force and leads nothing else under way."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        form, manager = dossier.form, situation.parties[SignatoryRole.BUILDER_LEADER]
        licence = situation.register.licence(form["builder_leader_registration_no"])
        own = licence is not None and licence.type in CONSTRUCTORS and licence.holder == str(manager.number)
        if licence is None or not own or licence.status_on(situation.today) is not LicenceStatus.IN_FORCE:
            return licence_unfit(str(manager.name), licence if own else None)
        locks = [one for one in situation.register.locks_of(str(manager.number)) if one.project != form["project_no"]]
        return leads_already(str(manager.name), [one.name for one in locks]) if locks else None


@dataclass(frozen=True, slots=True)
class BuilderIsNoSupervisor:
    """建筑法 第三十四条, where the form itself names both."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        del situation
        if dossier.parties[SignatoryRole.BUILDER] != dossier.parties[SignatoryRole.SUPERVISOR]:
            return None
        return Problem(
            "SUPERVISOR_CONFLICT",
            "同一工程的施工单位与监理单位不能是同一企业，请核对（建筑法第三十四条）。",
            "One enterprise may not both build and supervise the same work: check the two.",
            status=412,
        )


@dataclass(frozen=True, slots=True)
class SmallWorksWarned:
    """Below 300,000 yuan or 300 m² no permit is needed: who wants one says that it is meant."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        project = project_in_question(dossier, situation)
        if project is None or dossier.form.get("small_works"):
            return None
        chosen = [one for one in project.unit_works if one.code in works_of(dossier.form)]
        area = sum((Decimal(str(one.facts.get("area", 0))) for one in chosen), Decimal(0))
        price, least = Decimal(dossier.form["contract_price"]), NOT_NEEDED_BELOW
        if price >= least[0] and area >= least[1]:
            return None
        return Problem(
            "PERMIT_NOT_NEEDED",
            f"工程投资额在 {least[0]} 万元以下或者建筑面积在 {least[1]} 平方米以下的，可以不申请施工许可证；确需办理的，请勾选“限额以下工程”后继续。",
            f"Below {least[0]} × 10,000 yuan or {least[1]} m² no permit is needed: tick that it is meant to go on.",
            status=412,
        )


# ---- using


@dataclass(frozen=True, slots=True)
class PermitStands:
    """The permit in question is the developer's own, of the project of the form, and in force."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        licence, permit = situation.licence, _permit(dossier, situation)
        own = licence is not None and licence.holder == dossier.parties[SignatoryRole.DEVELOPER]
        if licence is None or permit is None or not own or permit.project != dossier.form["project_no"]:
            return _no_permit()
        if permit.is_live and licence.status is LicenceStatus.IN_FORCE and not permit.has_lapsed(situation.today):
            return None
        return Problem(
            "PERMIT_ENDED",
            "该施工许可证已自行废止、竣工、注销或者暂扣，不能办理本事项；拟继续建设的，请重新申请施工许可。",
            "The permit has lapsed, is completed, cancelled or suspended: to go on building apply for a new one.",
            status=412,
        )


def _no_permit() -> Problem:
    return Problem(
        "NOT_FOUND",
        "未找到该项目的这份施工许可证，请核对项目编号和施工许可证编号。",
        "The project has no such permit: check both numbers.",
        status=404,
    )


def _permit(dossier: Dossier, situation: Situation) -> Permit | None:
    return situation.register.permit(situation.licence.number) if situation.licence else None


@dataclass(frozen=True, slots=True)
class NotStartedYet:
    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        permit = _permit(dossier, situation)
        if permit is None or permit.started_on is None:
            return None
        day, day_en = in_chinese(permit.started_on), in_english(permit.started_on)
        return Problem(
            "ALREADY_STARTED",
            f"工程已于{day}开工，无需办理本事项。",
            f"The works began on {day_en}: this is not needed.",
            status=409,
        )


@dataclass(frozen=True, slots=True)
class ExtensionLeft:
    """延期以两次为限 (建筑法 第九条; EXTENSION_LIMIT)."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        permit = _permit(dossier, situation)
        if permit is None or permit.extensions < MOST_EXTENSIONS:
            return None
        last, last_en = in_chinese(permit.start_by), in_english(permit.start_by)
        return Problem(
            "EXTENSION_LIMIT",
            f"该施工许可证已延期 {MOST_EXTENSIONS} 次，不能再次延期；请于{last}前开工，逾期不开工的，施工许可证自行废止。",
            f"The permit was extended {MOST_EXTENSIONS} times, which is the most: begin by {last_en}, or it lapses.",
            status=412,
            start_by=permit.start_by,
        )


@dataclass(frozen=True, slots=True)
class HasStarted:
    """Works that never began cannot stop, and are not completed."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        permit = _permit(dossier, situation)
        if permit is None or permit.started_on is not None:
            return None
        return Problem(
            "NOT_STARTED",
            "平台上没有该工程的开工登记，请先办理“开工登记”。",
            "The works are not on record as begun: register the start first.",
            status=412,
            procedures="pm.start",
        )


@dataclass(frozen=True, slots=True)
class StandsStill:
    """Whether the works stand still, as far as reported."""

    stopped: bool

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        permit = _permit(dossier, situation)
        if permit is None or (permit.stopped_on is not None) is self.stopped:
            return None
        if self.stopped:
            return Problem(
                "NOT_STOPPED",
                "该工程没有处于中止施工状态，无需办理恢复施工。",
                "The works do not stand still, so they need not be resumed.",
                status=409,
            )
        return Problem(
            "WORKS_STOPPED",
            "该工程处于中止施工状态，请先办理恢复施工。",
            "The works stand still: have them resumed first.",
            status=412,
            procedures="pm.resume",
        )


@dataclass(frozen=True, slots=True)
class DayAfterPermit:
    """What is reported did not happen before the permit was issued, or before the works began."""

    field: str

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        permit, told = _permit(dossier, situation), dossier.form.get(self.field)
        if permit is None or told is None:
            return None
        earliest = permit.stopped_on or permit.started_on or permit.issued_on
        if date.fromisoformat(told) >= earliest:
            return None
        return Problem(
            "DATE_ORDER",
            f"所填日期早于{in_chinese(earliest)}（发证、开工或者中止施工之日），请核对。",
            f"The day lies before {in_english(earliest)}, when the permit was issued, the works began or stopped: check it.",
        )


@dataclass(frozen=True, slots=True)
class VerifiedFirst:
    """Works that stood still for a year are verified before they go on (建筑法 第十条); others need not be."""

    verified: bool

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        permit = _permit(dossier, situation)
        if permit is None or permit.wants_verifying(date.fromisoformat(dossier.form["resumed_on"])) is self.verified:
            return None
        if self.verified:
            return Problem(
                "NOT_TO_VERIFY",
                "中止施工未满一年，收悉报告即可，无需核验。",
                "The works stood still for less than a year: take note of the report, nothing is to be verified.",
                status=409,
            )
        return Problem(
            "VERIFICATION_REQUIRED",
            "中止施工已满一年，恢复施工前须核验施工许可证，请转核验。",
            "The works stood still for a year or more: the permit has to be verified before they go on.",
            status=412,
        )


CHECKS_OF_PERMITS = (
    PartiesAreOfTheseWorks,
    RepresentativesOnRecord,
    DrawingsPassed,
    FireDesignOfSpecialWorks,
    NotPermittedYet,
    NoPermitUnderWay,
    FormerPermitReplaced,
    PartiesFit,
    ManagerOfEarlyProject,
    BuilderIsNoSupervisor,
    SmallWorksWarned,
    PermitStands,
    NotStartedYet,
    ExtensionLeft,
    HasStarted,
    StandsStill,
    DayAfterPermit,
    VerifiedFirst,
)
