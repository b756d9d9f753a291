"""What became of a project's fire matters: design review, acceptance, filing, check (domain text, §14)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from signing_service.domain.working_days import CALENDAR

FILED_WITHIN = 5
"""Working days from acceptance of the finished works to the filing (第51号令 第三十四条)."""


class FireMatter(StrEnum):
    DESIGN = "design"
    """消防设计审查"""
    ACCEPTANCE = "acceptance"
    """消防验收"""
    FILING = "filing"
    """消防验收备案"""
    CHECK = "check"
    """抽查"""
    RECHECK = "recheck"
    """复查"""


@dataclass(frozen=True, slots=True)
class FireResult:
    project: str
    matter: FireMatter
    passed: bool
    on: date
    dossier: str
    number: str | None = None
    """文号 of the document that says so; None until it is drawn."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """``design``: digest of what was reviewed; ``late``: filed after its days; ``of``: the dossier that was checked."""


def latest(results: Sequence[FireResult], matter: FireMatter) -> FireResult | None:
    """The last of a kind; results stand in the order in which they came."""
    found = [one for one in results if one.matter is matter]
    return found[-1] if found else None


def failed_checks(results: Sequence[FireResult]) -> frozenset[str]:
    """Dossiers of checks that failed and were not put right since."""
    failed = {one.dossier for one in results if one.matter is FireMatter.CHECK and not one.passed}
    put_right = {one.facts.get("of") for one in results if one.matter is FireMatter.RECHECK and one.passed}
    return frozenset(failed - put_right)


def is_special(results: Sequence[FireResult]) -> bool:
    """Whether the design passed review as that of 特殊建设工程: such works are accepted, and no filing stands in for that."""
    design = latest(results, FireMatter.DESIGN)
    return design is not None and design.passed


def is_settled(results: Sequence[FireResult]) -> bool:
    """Whether 竣工备案 may go on: accepted, or filed and no check failed that was not put right (消防法 第十三条)."""
    accepted = latest(results, FireMatter.ACCEPTANCE)
    if accepted is not None:
        return accepted.passed
    if is_special(results):
        return False
    return latest(results, FireMatter.FILING) is not None and not failed_checks(results)


REVIEWED_FIELDS = ("kind", "special_design", "buildings", "venues", "facilities")


def design_digest(form: Mapping[str, Any]) -> str:
    """SHA-256 of what a design review is about: another digest is another design, which has to be reviewed anew."""
    reviewed = {key: form.get(key) or [] for key in REVIEWED_FIELDS}
    return hashlib.sha256(json.dumps(reviewed, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def is_late(accepted_on: date, filed_on: date) -> bool:
    return filed_on > CALENDAR.after(accepted_on, FILED_WITHIN)
