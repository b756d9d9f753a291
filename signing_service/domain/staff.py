"""Officers and what they may do: a permission is a kind of procedure × a level × a region and all below it (domain text, §15)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

from signing_service.domain.codes import Region


class Level(StrEnum):
    """At which an officer acts."""

    ACCEPT = "accept"
    """受理"""
    REVIEW = "review"
    """审核, 初审; also what is established on site or in an examination."""
    DECIDE = "decide"
    """决定, 终审"""
    TENDER = "tender"
    """招标办"""
    WINDOW = "window"
    """窗口: real-name registration with the person present."""
    AUDIT = "audit"
    """Reads, and changes nothing."""


@dataclass(frozen=True, slots=True)
class Grant:
    procedures: str
    """A key (``so.renew``), a field (``so.*``) or every procedure (``*``)."""
    level: Level
    region: Region

    def permits(self, procedure: str, level: Level, region: str) -> bool:
        return self.level is level and self.covers(procedure, region)

    def covers(self, procedure: str, region: str) -> bool:
        """Whether dossiers of this kind and region are visible with it, at whatever level it acts."""
        return fnmatchcase(procedure, self.procedures) and self.region.covers(Region(region))


def permitted(grants: Iterable[Grant], procedure: str, level: Level, region: str) -> bool:
    return any(grant.permits(procedure, level, region) for grant in grants)
