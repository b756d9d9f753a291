"""What fire procedures ask before a step (domain text, §14; 建设工程消防设计审查验收管理暂行规定)."""

from __future__ import annotations

from dataclasses import dataclass

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Dossier
from signing_service.domain.errors import Problem
from signing_service.domain.fire import FireMatter, design_digest, failed_checks, is_settled, latest
from signing_service.domain.fire_classes import SITUATIONS, is_key_project, proposed_situations
from signing_service.domain.parties import PartyKind
from signing_service.workflows.procedure import Situation

ON_SITE = "inspect"
"""The step with which officers hand in their record."""
LEAST_OFFICERS = 2


@dataclass(frozen=True, slots=True)
class SpecialProject:
    """Design review and acceptance are for 特殊建设工程, filing is for the others (art. 14; NOT_SPECIAL, SPECIAL_PROJECT)."""

    special: bool = True

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        del situation
        found = proposed_situations(dossier.form)
        if bool(found) is self.special:
            return None
        if self.special:
            return Problem(
                "NOT_SPECIAL",
                "按所填单体建筑，本工程不属于特殊建设工程，无需消防设计审查和消防验收；竣工验收合格后请办理“消防验收备案”。",
                "By its buildings this is no special construction project: neither review nor acceptance is needed. "
                "File it when the works are accepted.",
                status=412,
            )
        titles = "；".join(SITUATIONS[item].title for item in found)
        return Problem(
            "SPECIAL_PROJECT",
            f"本工程属于特殊建设工程（{titles}），请申请“消防验收”，不适用备案。",
            "By its buildings this is a special construction project: apply for acceptance instead of filing.",
            status=412,
            situations=list(found),
        )


@dataclass(frozen=True, slots=True)
class SignersHaveKeys:
    """Whoever of these plays a part can sign; else the form would stick half signed (KEY_MISSING)."""

    roles: tuple[SignatoryRole, ...]

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        del dossier
        for role in self.roles:
            party = situation.parties.get(role)
            if party is not None and party.key is None:
                what, what_en = (
                    ("电子签名", "electronic signature")
                    if party.kind is PartyKind.PERSON
                    else ("电子印章", "electronic seal")
                )
                return Problem(
                    "KEY_MISSING",
                    f"{party.public_name}尚未办理{what}，请其办理后再生成申请表。",
                    f"{party.public_name} has no {what_en} yet: have one made first, then draw the form.",
                    status=412,
                )
        return None


@dataclass(frozen=True, slots=True)
class FireDesignPassed:
    """Nothing is accepted whose design was not reviewed and passed (FIRE_DESIGN_MISSING)."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        design = latest(situation.register.fire_results(dossier.facts["project_no"]), FireMatter.DESIGN)
        if design is not None and design.passed:
            return None
        return Problem(
            "FIRE_DESIGN_MISSING",
            "本项目没有合格的消防设计审查意见书，不能申请消防验收；请先申请消防设计审查。",
            "The fire protection design of this project has not passed review: apply for that first.",
            status=412,
        )


@dataclass(frozen=True, slots=True)
class DesignUnchanged:
    """A design that was changed after it passed is reviewed anew (art. 26; FIRE_DESIGN_CHANGED)."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        design = latest(situation.register.fire_results(dossier.facts["project_no"]), FireMatter.DESIGN)
        if design is None or design.facts.get("design") == design_digest(dossier.form):
            return None
        return Problem(
            "FIRE_DESIGN_CHANGED",
            "工程类别、单体建筑或消防设施与审查合格的消防设计不一致；设计确有修改的，应当重新申请消防设计审查。",
            "Kind, buildings or facilities differ from the design that passed: if it was changed, it has to be reviewed "
            "anew.",
            status=412,
        )


@dataclass(frozen=True, slots=True)
class PermitOfProject:
    """The works were built under a permit of the project; one of before the platform is believed where it knows none."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        known = {permit.number for permit in situation.register.permits_of(dossier.facts["project_no"])}
        if not known or dossier.form.get("permit_no") in known:
            return None
        return Problem(
            "PERMIT_UNKNOWN",
            f"所填施工许可证不是本项目的；本项目的施工许可证：{'、'.join(sorted(known))}。请核对编号。",
            f"The project has no such construction permit, it has {', '.join(sorted(known))}: check the number.",
            status=412,
        )


@dataclass(frozen=True, slots=True)
class OwnInspectionPassed:
    """竣工验收消防查验 by the developer comes first and has to be passed (art. 27, 28)."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        del situation
        if dossier.form.get("inspection_result") == "passed":
            return None
        return Problem(
            "INSPECTION_FAILED",
            "消防查验不合格的，不得申请验收或者备案；请整改并重新查验后办理。",
            "Works whose own fire inspection failed are neither accepted nor filed: put them right and inspect them again.",
            status=412,
        )


@dataclass(frozen=True, slots=True)
class CommitmentAllowed:
    """告知承诺 is for 一般项目; where people gather the documents are handed in (art. 36)."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        del situation
        if dossier.form.get("way") != "commitment" or not is_key_project(dossier.form):
            return None
        return Problem(
            "COMMITMENT_NOT_ALLOWED",
            "本工程设有人员密集场所，属于重点项目，不适用告知承诺；请选择“提交材料”并上传材料。",
            "People gather in these works, so a commitment does not do: choose to hand in the documents.",
            status=412,
        )


@dataclass(frozen=True, slots=True)
class SpecialDesign:
    """Experts are heard on a 特殊消防设计 alone."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        del situation
        if dossier.form.get("special_design") == "yes":
            return None
        return Problem(
            "NO_SPECIAL_DESIGN",
            "本工程没有特殊消防设计，不需要专家评审。",
            "There is no special fire protection design, so no experts are heard.",
            status=412,
        )


@dataclass(frozen=True, slots=True)
class ExpertsHeard:
    """A 特殊消防设计 goes to the experts before it is reviewed."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        del situation
        if dossier.form.get("special_design") != "yes" or "experts" in dossier.facts.get("given", {}):
            return None
        return Problem(
            "EXPERT_REVIEW_MISSING",
            "特殊消防设计应当先经专家评审；请先送专家评审并登记评审意见。",
            "A special fire protection design goes to the experts first: send it there and enter their opinion.",
            status=412,
        )


@dataclass(frozen=True, slots=True)
class AssessedByTwo:
    """Two officers at least were on site, and they are two (OFFICERS_MISSING)."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        del situation
        officers = dossier.facts.get("given", {}).get(ON_SITE, {}).get("officers", ())
        if len({one["card_no"] for one in officers}) >= LEAST_OFFICERS:
            return None
        return Problem(
            "OFFICERS_MISSING",
            "现场评定须由两名以上执法人员完成，记录中的执法证号不得重复；请补充后提交。",
            "Two officers at least assess on site, each with a card of their own: complete the record.",
            status=412,
        )


@dataclass(frozen=True, slots=True)
class SiteConcluded:
    """What is decided may not say the contrary of the record made on site."""

    passed: bool

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        del situation
        conclusion = dossier.facts.get("given", {}).get(ON_SITE, {}).get("conclusion")
        if (conclusion == "passed") is self.passed:
            return None
        found, found_en = ("合格", "passed") if conclusion == "passed" else ("不合格", "failed")
        return Problem(
            "SITE_CONCLUSION",
            f"现场评定结论为{found}，决定与其不一致；请退回核对现场记录，或按记录作出决定。",
            f"On site the works {found_en}: send the record back to be checked, or decide as it says.",
            status=412,
        )


@dataclass(frozen=True, slots=True)
class CheckFailedBefore:
    """复查 is asked for a check that failed and was not put right since."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        results = situation.register.fire_results(dossier.facts["project_no"])
        if dossier.form["check_no"] in failed_checks(results):
            return None
        return Problem(
            "NO_FAILED_CHECK",
            "本项目没有该编号的不合格抽查，无需复查；请核对抽查办件编号。",
            "No check with this number failed in this project, or it was put right already: check the number.",
            status=412,
        )


@dataclass(frozen=True, slots=True)
class FireResultKnown:
    """No 竣工备案 without 消防验收合格 (特殊建设工程) or 消防备案 (others), nor while a failed check was not put right
    (FIRE_RESULT_MISSING).
    """

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        if is_settled(situation.register.fire_results(dossier.facts["project_no"])):
            return None
        return Problem(
            "FIRE_RESULT_MISSING",
            "本项目尚无合格的消防验收意见书或者消防备案凭证，或者抽查不合格尚未复查合格，不能办理竣工验收备案；"
            "请先办理消防验收（特殊建设工程）或者消防验收备案（其他建设工程），抽查不合格的先复查合格。",
            "The project has neither passed fire acceptance nor a fire filing, or a failed check was not put right: it "
            "cannot be filed as completed. Apply first for fire acceptance (special works) or its filing (others), or "
            "put right what the check found.",
            status=412,
            procedures="fs.accept,fs.record",
        )


CHECKS_OF_FIRE = (
    SpecialProject,
    SignersHaveKeys,
    FireDesignPassed,
    DesignUnchanged,
    PermitOfProject,
    OwnInspectionPassed,
    CommitmentAllowed,
    SpecialDesign,
    ExpertsHeard,
    AssessedByTwo,
    SiteConcluded,
    CheckFailedBefore,
    FireResultKnown,
)
