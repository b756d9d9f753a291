"""Rules about drawings and their review (13号令 第九条至第十四条; domain text, §10.5): each may refuse a step and says why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Dossier
from signing_service.domain.errors import Problem
from signing_service.domain.parties import Organisation, Party, Person
from signing_service.domain.projects import SectionKind
from signing_service.domain.reviews import Review, ReviewState
from signing_service.domain.seals import SealKind
from signing_service.domain.sheets import DISCIPLINES, SUBJECTS, Sheet, SheetState, list_digest, missing_disciplines
from signing_service.workflows.checks_of_projects import project_in_question
from signing_service.workflows.procedure import Situation
from signing_service.workflows.sheet_consents import persons_of, standing, stated

FOR_REVIEW = (SheetState.READY, SheetState.APPROVED)


def sheets_in_question(dossier: Dossier, situation: Situation, kind: SectionKind) -> list[Sheet]:
    return list(situation.register.sheets(dossier.form.get("project_no", ""), kind))


def review_of(dossier: Dossier, situation: Situation) -> Review | None:
    return situation.register.review(dossier.number)


def passed(situation: Situation, project: str, kind: SectionKind) -> Review | None:
    """The review that stands."""
    found = [
        one for one in situation.register.reviews_of(project) if one.kind is kind and one.state is ReviewState.PASSED
    ]
    return found[-1] if found else None


def named(disciplines: Iterable[str], kind: SectionKind) -> str:
    return "、".join(DISCIPLINES[kind].get(one, one) for one in disciplines)


def _missing(kind: SectionKind, dossier: Dossier, situation: Situation, found: Iterable[Sheet]) -> Problem | None:
    project = project_in_question(dossier, situation)
    category = str(project.facts.get("project_category", "")) if project else ""
    lacking = missing_disciplines(kind, category, found)
    if not lacking:
        return None
    names = "、".join(lacking)
    return Problem(
        "DISCIPLINE_MISSING",
        f"送审文件缺少专业：{names}；请由编制单位补充上传后再办理。",
        f"The set lacks disciplines ({names}): have their sheets uploaded first.",
        status=412,
    )


# ---- the unit submits


@dataclass(frozen=True, slots=True)
class SheetsToSubmit:
    """There is something new, every sheet has its PDF, no discipline is missing, and no review forbids a change."""

    kind: SectionKind

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        found = sheets_in_question(dossier, situation, self.kind)
        drafts = [one for one in found if one.state is SheetState.DRAFT]
        if not drafts:
            return Problem(
                "SHEETS_MISSING",
                "没有待送交的图纸，请先上传。",
                "There is no sheet to submit: upload them first.",
                status=412,
            )
        without = [one.sheet_no for one in drafts if one.pdf is None]
        if without:
            return Problem(
                "SHEETS_INCOMPLETE",
                f"下列图纸只有 DWG，没有 PDF：{'、'.join(without[:10])}；请补传 PDF。",
                f"Of these sheets there is only a DWG: {', '.join(without[:10])}. Upload their PDFs.",
                status=412,
            )
        return sheets_locked(dossier, situation, self.kind) or _missing(self.kind, dossier, situation, found)


def sheets_locked(dossier: Dossier, situation: Situation, kind: SectionKind) -> Problem | None:
    reviews = situation.register.reviews_of(dossier.form.get("project_no", ""))
    busy = next((one for one in reviews if one.kind is kind and one.state.locks_sheets), None)
    return locked(busy.dossier) if busy else None


def locked(review: str) -> Problem:
    return Problem(
        "SHEETS_LOCKED",
        f"图纸已报审（{review}），审查期间不得替换；审查机构发出修改意见后方可上传新版。",
        f"The sheets are under review ({review}) and must not be replaced: new versions are taken once the agency has "
        "asked for changes.",
        status=409,
    )


@dataclass(frozen=True, slots=True)
class PersonsCanSeal:
    """Every discipline that is submitted names one registered person of the unit, whose key we hold, as the unit's."""

    kind: SectionKind

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        drafts = [one for one in sheets_in_question(dossier, situation, self.kind) if one.state is SheetState.DRAFT]
        rows = {row["discipline"]: row["id_no"] for row in dossier.form.get("persons", ())}
        lacking = [one for one in dict.fromkeys(sheet.discipline for sheet in drafts) if one not in rows]
        if lacking:
            names = named(lacking, self.kind)
            return Problem(
                "REGISTERED_PERSON_MISSING",
                f"下列专业未指定注册执业人员：{names}；每个专业须有一人盖执业印章。",
                f"No registered person is named for {names}: each discipline needs one whose seal goes on its sheets.",
                status=412,
            )
        unit = dossier.parties[self.kind.contractor]
        for id_no in dict.fromkeys(rows.values()):
            if problem := _cannot_seal(id_no, unit, situation):
                return problem
        return bulk_key_missing(situation.parties[self.kind.contractor], situation)


def _cannot_seal(id_no: str, unit: str, situation: Situation) -> Problem | None:
    person = situation.register.party(id_no)
    if not isinstance(person, Person):
        return Problem(
            "PERSON_NOT_FOUND", "未找到该人员，请核对身份证号码。", "No such person: check the number.", status=404
        )
    employment = situation.register.employment_of(id_no)
    if employment is None or employment.enterprise != unit:
        return Problem(
            "NO_EMPLOYMENT",
            f"“{person.name}”不是本单位的注册执业人员，不能在本单位的图纸上盖章。",
            f"{person.name} is not employed by this unit and cannot seal its sheets.",
            status=412,
        )
    seals = [one for one in situation.register.seals_of(id_no) if one.artwork.kind is SealKind.PRACTISING]
    if any(one.obstacle(situation.today) is None and not one.key.held_outside for one in seals):
        return None
    return Problem(
        "PRACTISING_SEAL_MISSING",
        f"“{person.name}”没有有效的电子执业印章，不能在图纸上盖章；请本人先办理电子执业印章申领（有效期届满的重新申领）。",
        f"{person.name} has no electronic practising seal in force: the person has to apply for one first "
        "(person.practising).",
        status=412,
    )


def bulk_key_missing(party: Party, situation: Situation) -> Problem | None:
    """Hundreds of sheets are sealed with a key that the platform keeps, or not at all."""
    seals = situation.register.seals_of(str(party.number))
    keys = [party.key, *(one.key for one in seals)]
    if any(key is not None and not key.held_outside for key in keys):
        return None
    return Problem(
        "BULK_KEY_MISSING",
        f"“{party.name}”没有由平台托管密钥的印章，不能逐张批量盖章；请先办理。",
        f"{party.name} has no seal whose key the platform keeps, so sheets cannot be sealed in bulk: have one made first.",
        status=412,
    )


@dataclass(frozen=True, slots=True)
class PersonsConsented:
    """Each registered person has agreed to exactly these sheets, and still belongs to the unit; the seals come after that."""

    kind: SectionKind

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        found = [one for one in sheets_in_question(dossier, situation, self.kind) if one.dossier == dossier.number]
        if problem := standing(dossier, self.kind, found, situation.register):
            return problem
        unit = dossier.parties[self.kind.contractor]
        cannot = (_cannot_seal(one, unit, situation) for one in persons_of(dossier.form))
        return next((problem for problem in cannot if problem is not None), None)


@dataclass(frozen=True, slots=True)
class SheetsAsStated:
    """Who agrees to a list of sheets agrees to what they are: none of them was changed since."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        if list_digest(stated(dossier.form, situation.register)) == dossier.form["list_sha256"]:
            return None
        return Problem(
            "SHEETS_CHANGED",
            "图纸在送您确认之后有改动，本次确认不能办理；请编制单位撤回后重新送交。",
            "The sheets were changed after you were asked, so this list cannot be agreed to: the unit has to take it back "
            "and hand it over again.",
            status=409,
        )


# ---- the developer applies


@dataclass(frozen=True, slots=True)
class SheetsReady:
    """The whole set is submitted and sealed by its unit, no discipline is missing, and no other review is under way."""

    kind: SectionKind

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        found = sheets_in_question(dossier, situation, self.kind)
        unready = [one for one in found if one.state not in FOR_REVIEW]
        if not found or unready:
            return Problem(
                "SHEETS_NOT_READY",
                f"编制单位尚未送交全部{SUBJECTS[self.kind]}并盖章，请联系编制单位。",
                "The unit has not submitted and sealed every sheet yet: ask it to.",
                status=412,
                unready=len(unready),
            )
        for one in situation.register.reviews_of(dossier.form["project_no"]):
            under_way = one.state.locks_sheets or one.state is ReviewState.MODIFYING
            if one.kind is self.kind and one.dossier != dossier.number and under_way:
                return Problem(
                    "DOSSIER_DUPLICATE",
                    f"该项目已有审查中的办件（{one.dossier}），请等待其办结。",
                    f"A review of this project is under way ({one.dossier}): wait for its end.",
                    status=409,
                )
        return _missing(self.kind, dossier, situation, found)


@dataclass(frozen=True, slots=True)
class SheetListUnchanged:
    """What is signed or taken in is the list that was drawn on the form, hash by hash."""

    kind: SectionKind

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        review = review_of(dossier, situation)
        now = list_digest(sheets_in_question(dossier, situation, self.kind))
        if review is not None and review.list_sha256 == now:
            return None
        return Problem(
            "SHEETS_CHANGED",
            "图纸清单在生成申请表之后有改动，请返回修改并重新生成申请表。",
            "The list of sheets has changed since the form was drawn: go back and draw the form again.",
            status=409,
        )


@dataclass(frozen=True, slots=True)
class SurveyPassed:
    """施工图 is reviewed after the survey has passed (建设工程勘察设计管理条例 第四条: 先勘察、后设计)."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        if passed(situation, dossier.form.get("project_no", ""), SectionKind.SURVEY) is not None:
            return None
        return Problem(
            "SURVEY_NOT_PASSED",
            "勘察文件尚未审查合格，不能报审施工图；请先办理勘察文件报审。",
            "The survey has not passed review yet, so drawings cannot be handed in: have the survey reviewed first.",
            status=412,
        )


@dataclass(frozen=True, slots=True)
class FirstOrChange:
    """What has passed is changed by the agency that passed it, and by no first review (13号令 第十四条)."""

    kind: SectionKind

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        form = dossier.form
        former = passed(situation, form.get("project_no", ""), self.kind)
        if form.get("review_nature") == "first":
            return None if former is None else _is_change(former)
        if former is None or former.licence_no != form.get("former_pass_no"):
            return Problem(
                "FORMER_PASS_UNKNOWN",
                "原合格书编号不是该项目现行有效的审查合格书，请核对。",
                "That is not the number of the project's 合格书 in force: check it.",
                status=412,
            )
        if former.agency == dossier.parties.get(SignatoryRole.REVIEW_AGENCY):
            return None
        return Problem(
            "NOT_ORIGINAL_AGENCY",
            "变更审查须送原审查机构，请改选原审查机构。",
            "A change is reviewed by the agency that reviewed it first: choose that one.",
            status=412,
            agency=former.agency,
        )


def _is_change(former: Review) -> Problem:
    return Problem(
        "ALREADY_PASSED",
        f"该项目已审查合格（{former.licence_no}），审查合格的文件不得擅自修改；确需修改的，请选择“变更”审查。",
        f"This has passed already ({former.licence_no}) and must not be altered: choose a review of changes.",
        status=409,
    )


@dataclass(frozen=True, slots=True)
class AgencyListed:
    """The agency is in the list of review agencies (审查机构名录), and its legal representative is known, who signs."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        agency = situation.parties.get(SignatoryRole.REVIEW_AGENCY)
        if not isinstance(agency, Organisation) or not agency.facts.get("recognition_no"):
            return Problem(
                "NOT_A_REVIEW_AGENCY",
                "所选单位不在施工图审查机构名录内，请从名录中选择。",
                "That is no recognised review agency: choose one from the list.",
                status=412,
            )
        if SignatoryRole.REVIEW_AGENCY_HEAD not in dossier.parties:
            return Problem(
                "AGENCY_WITHOUT_HEAD",
                f"“{agency.name}”未登记法定代表人，无人签发合格书；请联系该机构完善登记。",
                f"{agency.name} has registered no legal representative who could sign: ask it to do so.",
                status=412,
            )
        return bulk_key_missing(agency, situation)


@dataclass(frozen=True, slots=True)
class NoPassYet:
    """Of what the form says was reviewed the project has no 合格书 yet."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        kind = SectionKind(dossier.form.get("subject", SectionKind.DESIGN))
        former = passed(situation, dossier.form.get("project_no", ""), kind)
        return None if former is None else _is_change(former)


# ---- the agency reviews


@dataclass(frozen=True, slots=True)
class ExpertsFit:
    """One expert for every discipline of the set, known, and of none of the parties (13号令 第七条)."""

    kind: SectionKind

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        rows = dossier.facts.get("given", {}).get("accept", {}).get("experts", ())
        found = sheets_in_question(dossier, situation, self.kind)
        needed = list(dict.fromkeys(one.discipline for one in found))
        assigned = [row["discipline"] for row in rows]
        if sorted(assigned) != sorted(needed):
            return Problem(
                "EXPERTS_INCOMPLETE",
                f"每个专业须指定一名审查人员，送审专业为：{named(needed, self.kind)}。",
                f"One expert for each discipline: {named(needed, self.kind)}.",
                status=422,
            )
        for row in rows:
            if problem := self._conflict(row["id_no"], dossier, situation):
                return problem
        return None

    def _conflict(self, id_no: str, dossier: Dossier, situation: Situation) -> Problem | None:
        person = situation.register.party(id_no)
        if not isinstance(person, Person):
            return Problem(
                "PERSON_NOT_FOUND",
                "未找到该审查人员，请核对身份证号码。",
                "No such expert: check the number.",
                status=404,
            )
        employment = situation.register.employment_of(id_no)
        sides = {dossier.parties.get(role) for role in (SignatoryRole.DEVELOPER, self.kind.contractor)}
        leaders = set(dossier.parties.values())
        if (employment is None or employment.enterprise not in sides) and id_no not in leaders:
            return None
        return Problem(
            "CONFLICT_OF_INTEREST",
            f"审查人员“{person.name}”与建设单位或编制单位有利害关系，不得参加本项目审查，请另行指定。",
            f"{person.name} belongs to the developer or to the unit whose work is reviewed: appoint somebody else.",
            status=412,
        )


@dataclass(frozen=True, slots=True)
class EveryExpertConcluded:
    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        review = review_of(dossier, situation)
        waiting = review.waiting_for if review else ()
        if review is not None and not waiting:
            return None
        names = "、".join(one.name for one in waiting)
        return Problem(
            "EXPERTS_UNDER_WAY",
            f"下列审查人员尚未给出本次结论：{names}。",
            f"These experts have not concluded yet: {names}.",
            status=412,
        )


@dataclass(frozen=True, slots=True)
class OpinionsOpen:
    """Something is left to be changed; else it has passed."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        review = review_of(dossier, situation)
        if review is None or not review.passes:
            return None
        return Problem(
            "NOTHING_OPEN",
            "所有意见均已关闭、各专业均已通过，请办理审查合格。",
            "Every opinion is closed and every discipline passes: conclude that it has passed.",
            status=409,
        )


@dataclass(frozen=True, slots=True)
class EverythingPasses:
    """All opinions are closed and every expert says it passes (13号令 第十三条)."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        review = review_of(dossier, situation)
        if review is not None and review.passes:
            return None
        count = len(review.open_opinions) if review else 0
        return Problem(
            "OPINIONS_OPEN",
            f"尚有 {count} 条意见未关闭，或有专业未通过，不能出具合格书。",
            f"{count} opinions are open, or a discipline does not pass: no 合格书 yet.",
            status=412,
            open=count,
        )


@dataclass(frozen=True, slots=True)
class EveryOpinionAnswered:
    """没有回复的意见，不进入复审. New versions are submitted and sealed before they come back."""

    kind: SectionKind

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        review = review_of(dossier, situation)
        unanswered = review.unanswered if review else ()
        if unanswered:
            told = "、".join(f"{one.sheet_no}（{one.text[:12]}…）" for one in unanswered[:5])
            return Problem(
                "OPINIONS_UNANSWERED",
                f"还有 {len(unanswered)} 条意见没有回复：{told}。请逐条回复后再送复审。",
                f"{len(unanswered)} opinions have no reply yet: answer each of them, then hand it in again.",
                status=412,
                unanswered=len(unanswered),
            )
        return SheetsReady(self.kind).refusal(dossier, situation)


CHECKS_OF_REVIEWS = (
    SheetsToSubmit,
    PersonsCanSeal,
    PersonsConsented,
    SheetsAsStated,
    SheetsReady,
    SheetListUnchanged,
    SurveyPassed,
    FirstOrChange,
    AgencyListed,
    NoPassYet,
    ExpertsFit,
    EveryExpertConcluded,
    OpinionsOpen,
    EverythingPasses,
    EveryOpinionAnswered,
)
