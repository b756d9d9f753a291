"""聘用关系: who works for whom, as both sides have confirmed (domain text, §9.2 and §17.2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class EmploymentEnd(StrEnum):
    """Why it ended."""

    DISSOLVED = "dissolved"
    """解除"""
    CHANGED = "changed"
    """执业企业变更"""
    CANCELLED = "cancelled"
    """注销注册"""
    EXPIRED = "expired"
    """The contract's last day is past."""


class ContractKind(StrEnum):
    FIXED = "fixed"
    """固定期限"""
    OPEN = "open"
    """无固定期限"""
    TASK = "task"
    """以完成一定工作任务为期限"""


@dataclass(frozen=True, slots=True)
class Employment:
    """A person has at most one that has not ended."""

    person: str
    enterprise: str
    post: str
    contract: ContractKind
    begins: date
    until: date | None
    """Last day of the contract; None: open-ended."""
    dossier: str | None = None
    """That established it; None: taken over from the register of before."""
    ended_on: date | None = None
    end: EmploymentEnd | None = None


@dataclass(frozen=True, slots=True)
class ProjectLock:
    """在建锁定: the person leads a project that is not finished, and may neither change employer nor cancel."""

    person: str
    project: str
    name: str
    since: date
