"""What a 建筑业企业资质 asks of an enterprise, as data: net assets, people, works (domain text, §11.2, §18.4).

The figures are those of 《建筑业企业资质标准》（建市〔2014〕159号） as far as we know them. A category without a line of its
own stands with the figure of its series; that one is marked as assumed: it is told to the applicant as a reference,
and refuses nobody. A province puts figures right in a file of its own (``Standards.read``), and they bind. What is
asked depends on the day: since 1 November 2016 people are counted for the lowest grade of a category only
（建市〔2016〕226号）.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

from signing_service.domain.errors import Problem
from signing_service.domain.qualifications import CATEGORIES, Series

Which = tuple[str, str]
"""Category and grade, by their codes."""

FIGURES = ("net_assets", "constructors", "titled", "workers", "achievements")


@dataclass(frozen=True, slots=True)
class Standard:
    """What a category in a grade asks of an enterprise."""

    net_assets: Decimal
    """净资产, 万元, at least."""
    constructors: int = 0
    """注册建造师 of the category's specialty, at least; so are the next three."""
    titled: int = 0
    """中级以上职称."""
    workers: int = 0
    """技术工人 with a licence."""
    achievements: int = 0
    """Works that were completed within ``years``."""
    years: int = 5
    assumed: frozenset[str] = frozenset()
    """Figures that are the series', not the category's own."""


PEOPLE_OF_EVERY_GRADE_UNTIL = date(2016, 10, 31)
"""建市〔2016〕226号 counts them for the lowest grade alone from the next day on."""

_ASSETS_OF_SERIES: Mapping[Series, Mapping[str, int]] = {
    Series.GENERAL: {"0": 36_000, "1": 10_000, "2": 4_000, "3": 800},
    Series.SPECIAL: {"1": 2_000, "2": 800, "3": 400, "9": 400},
    Series.LABOUR: {"9": 200},
}
_ASSETS: Mapping[Which, int] = {
    ("G01", "0"): 36_000, ("G01", "1"): 10_000, ("G01", "2"): 4_000, ("G01", "3"): 800,
    ("G10", "1"): 10_000, ("G10", "2"): 4_000, ("G10", "3"): 1_000,
    ("S01", "1"): 2_000, ("S01", "2"): 1_000, ("S01", "3"): 400,
    ("S02", "1"): 800, ("S02", "2"): 400, ("S02", "3"): 150,
    ("S03", "9"): 2_500,
    ("S05", "1"): 1_000, ("S05", "2"): 600,
    ("S06", "1"): 1_000, ("S06", "2"): 400,
    ("S09", "1"): 3_000, ("S09", "2"): 1_500, ("S09", "3"): 500,
    ("S10", "9"): 400,
    ("S11", "1"): 1_500, ("S11", "2"): 200,
    ("S13", "1"): 2_000, ("S13", "2"): 400,
    ("S36", "9"): 240,
    ("L00", "9"): 200,
}  # fmt: skip
_PEOPLE_OF_LOWEST: Mapping[Series, tuple[int, int, int]] = {
    Series.GENERAL: (5, 6, 30),
    Series.SPECIAL: (3, 6, 15),
    Series.LABOUR: (0, 0, 50),
}
_PEOPLE: Mapping[str, tuple[int, int, int]] = {"G01": (5, 6, 30), "G10": (5, 8, 30), "L00": (0, 0, 50)}
_ACHIEVEMENTS: Mapping[str, int] = {"0": 3, "1": 2, "2": 2, "3": 0, "9": 0}
"""By grade. What works count, by height, span or floor space, is for whoever examines the application."""


@dataclass(frozen=True)
class Standards:
    """The figures in force: ours, and over them those that a province has put right."""

    corrections: Mapping[Which, Mapping[str, Decimal]] = field(default_factory=lambda: MappingProxyType({}))

    def of(self, category: str, grade: str, day: date) -> Standard:
        """What is asked on a day. Raises KeyError for a category or grade that there is not."""
        standard = _ours(category, grade, day)
        right = self.corrections.get((category, grade), {})
        counts: dict[str, Any] = {key: value if key == "net_assets" else int(value) for key, value in right.items()}
        return replace(standard, **counts, assumed=standard.assumed - right.keys())

    @classmethod
    def read(cls, path: Path) -> Standards:
        """A TOML file with a table for each category and grade (``["G03/2"]``) and in it the figures that differ.

        Raises Problem QUAL_STANDARDS_FILE, naming what is wrong.
        """
        try:
            tables = tomllib.loads(path.read_text("utf-8"), parse_float=Decimal)
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise _wrong(path, f"无法读取（{error}）", f"it cannot be read ({error})") from None
        return cls({_which(path, name): _figures(path, name, table) for name, table in tables.items()})


def _which(path: Path, name: str) -> Which:
    category, _, grade = name.partition("/")
    if category not in CATEGORIES or len(grade) != 1 or grade not in CATEGORIES[category].grades:
        raise _wrong(
            path, f"没有类别和等级“{name}”，应写作“G03/2”", f"there is no category and grade {name!r}, as in G03/2"
        )
    return category, grade


def _figures(path: Path, name: str, table: object) -> dict[str, Decimal]:
    if not isinstance(table, dict):
        raise _wrong(path, f"“{name}”应为表", f"{name!r} must be a table")
    return {key: _figure(path, f"[{name}] {key}", key, value) for key, value in table.items()}


def _figure(path: Path, where: str, key: str, value: object) -> Decimal:
    if key not in FIGURES:
        names = "、".join(FIGURES)
        raise _wrong(path, f"{where}：没有这项指标，可写 {names}", f"{where}: there is no such figure, but {names}")
    whole = isinstance(value, int) and not isinstance(value, bool)
    number = Decimal(str(value)) if whole or (key == "net_assets" and isinstance(value, Decimal)) else None
    if number is None or number < 0:
        raise _wrong(
            path,
            f"{where}：应为不小于 0 的数，人数和项数为整数",
            f"{where}: a number not below 0, whole but for assets",
        )
    return number


def _wrong(path: Path, zh: str, en: str) -> Problem:
    return Problem(
        "QUAL_STANDARDS_FILE",
        f"资质标准文件 {path.name} 有误：{zh}。请更正后重新启动。",
        f"The file of standards {path.name} is not well written: {en}. Correct it and start again.",
        status=500,
    )


def _ours(category: str, grade: str, day: date) -> Standard:
    found = CATEGORIES[category]
    if grade not in found.grades:
        raise KeyError(grade)
    lowest = grade == found.lowest
    counted = lowest or day <= PEOPLE_OF_EVERY_GRADE_UNTIL
    constructors, titled, workers = _PEOPLE.get(category, _PEOPLE_OF_LOWEST[found.series]) if counted else (0, 0, 0)
    own = {
        "net_assets": (category, grade) in _ASSETS,
        **dict.fromkeys(("constructors", "titled", "workers"), not counted or (lowest and category in _PEOPLE)),
        # one that is the lowest of its category is where an enterprise begins: it has built nothing yet
        "achievements": lowest,
    }
    return Standard(
        net_assets=Decimal(_ASSETS.get((category, grade), _ASSETS_OF_SERIES[found.series][grade])),
        constructors=constructors,
        titled=titled,
        workers=workers,
        achievements=0 if lowest else _ACHIEVEMENTS[grade],
        assumed=frozenset(key for key, is_own in own.items() if not is_own),
    )


STANDARDS = Standards()
"""Ours alone."""
