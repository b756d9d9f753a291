"""逾期: what was reported or filed after its time is taken all the same, and everybody who sees it is told which rule was missed.

It counts when a dossier first came in: what the authority returned for correction was in time, or late, then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from signing_service.domain import fire, permits
from signing_service.domain.dates import in_chinese, in_english
from signing_service.domain.dossier import Dossier


@dataclass(frozen=True, slots=True)
class _Rule:
    since: str
    """The field of the form with the day from which it runs."""
    due: Callable[[date], date]
    word: tuple[str, str]
    """What it is called that was late."""
    rule: tuple[str, str]
    basis: tuple[str, str]


RULES: Mapping[str, _Rule] = {
    "pm.suspend": _Rule(
        "stopped_on", permits.stop_due, ("逾期报告", "Reported late"),
        ("中止施工应当自中止之日起一个月内向发证机关报告", "A stop of the works is reported within a month of it"),
        ("《建筑法》第十条", "Construction Law, article 10"),
    ),
    "fin.filing": _Rule(
        "accepted_on", permits.filing_due, ("逾期备案", "Filed late"),
        ("应当自竣工验收合格之日起十五日内备案", "A completion is filed within fifteen days of acceptance"),
        ("《房屋建筑和市政基础设施工程竣工验收备案管理办法》第四条", "Rules on completion filing, article 4"),
    ),
    "fs.record": _Rule(
        "accepted_on", fire.filing_due, ("逾期备案", "Filed late"),
        ("应当自竣工验收合格之日起五个工作日内备案", "Fire safety is filed within five working days of acceptance"),
        (
            "《建设工程消防设计审查验收管理暂行规定》第三十四条",
            "Rules on review and acceptance of fire protection, article 34",
        ),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Late:
    """In Chinese and English, what was late, and the rule with its last day and the day on which it came in."""

    word: tuple[str, str]
    sentence: tuple[str, str]


def lateness_of(dossier: Dossier) -> Late | None:
    """None: it came in in time, has not come in yet, or there is no such rule for it."""
    rule, came_in = RULES.get(dossier.procedure), came_in_on(dossier)
    if rule is None or came_in is None or not dossier.form.get(rule.since):
        return None
    due = rule.due(date.fromisoformat(dossier.form[rule.since]))
    if came_in <= due:
        return None
    return Late(
        rule.word,
        (
            f"{rule.rule[0]}，最迟为{in_chinese(due)}，实际于{in_chinese(came_in)}提交（{rule.basis[0]}）。",
            f"{rule.rule[1]}: by {in_english(due)}. It came in on {in_english(came_in)} ({rule.basis[1]}).",
        ),
    )


def came_in_on(dossier: Dossier) -> date | None:
    """The day on which a dossier was submitted for the first time; None: it was not yet."""
    day = dossier.facts.get("came_in_on") or dossier.facts.get("submitted_on")
    return date.fromisoformat(day) if day else None
