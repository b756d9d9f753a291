"""执业印章: the practising seal of each registered profession, its words, shape, size and colour, in one table.

A seal without a source here is not prescribed anywhere we know of: it has the shape of its neighbours and is marked
``sure=False``. Logos of issuing bodies are never drawn. Lengths in mm.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

DARK_BLUE, SEA_BLUE, PURPLE, RED, DATE_RED = "#123A8C", "#0A4F8F", "#5B2A86", "#B8161B", "#8E1F2F"


class Shape(StrEnum):
    DOUBLE_ELLIPSE = "double_ellipse"
    """Title above and employer below between two ellipses; name, number, specialties and last day inside."""
    ELLIPSE = "ellipse"
    """The same without the inner line."""
    RECTANGLE = "rectangle"
    """Title in a cell of its own on top; name, number and last day below it."""


@dataclass(frozen=True, slots=True)
class Profession:
    title: str
    """As it stands on the seal."""
    name: str
    """As people call it, and as forms list it."""
    name_en: str
    shape: Shape
    size: tuple[float, float]
    inner: tuple[float, float]
    """Axes of the inner ellipse, drawn or not; of a rectangle (width, height of the title's cell)."""
    colour: str
    line: float
    inner_line: float
    sure: bool = True
    """Whether size and shape are prescribed by the source; else ours."""


def _of_constructor(grade: str, grade_en: str) -> Profession:
    """关于印发《注册建造师执业印章样式》: 同心双椭圆，外 50×36，内 36×22，深蓝色."""
    return Profession(
        f"中华人民共和国{grade}注册建造师执业印章", f"{grade}注册建造师", f"Registered constructor ({grade_en} class)",
        Shape.DOUBLE_ELLIPSE, (50.0, 36.0), (36.0, 22.0), DARK_BLUE, 0.6, 0.36,
    )  # fmt: skip


def _of_engineer(what: str, what_en: str, *, sure: bool = True) -> Profession:
    """住建部执业资格注册中心 2015 年 149 号: 长方形 63×28，线宽 0.6，第一格高 7.25，红色."""
    return Profession(
        f"中华人民共和国{what}", what, what_en, Shape.RECTANGLE, (63.0, 28.0), (63.0, 7.25), RED, 0.6, 0.6, sure
    )


def _of_cost_engineer(grade: str, grade_en: str, colour: str) -> Profession:
    """造价工程师执业印章: 椭圆形，长轴 50、短轴 35；一级海蓝色，二级枣红色."""
    return Profession(
        f"中华人民共和国{grade}造价工程师", f"{grade}造价工程师", f"Cost engineer ({grade_en} class)", Shape.ELLIPSE,
        (50.0, 35.0), (36.0, 21.0), colour, 0.6, 0.0,
    )  # fmt: skip


PROFESSIONS: Mapping[str, Profession] = MappingProxyType(
    {
        "architect_1": _of_engineer("一级注册建筑师", "Registered architect (first class)", sure=False),
        "architect_2": _of_engineer("二级注册建筑师", "Registered architect (second class)", sure=False),
        "structural_1": _of_engineer("一级注册结构工程师", "Registered structural engineer (first class)"),
        "structural_2": _of_engineer("二级注册结构工程师", "Registered structural engineer (second class)", sure=False),
        "geotechnical": _of_engineer("注册土木工程师（岩土）", "Registered civil engineer (geotechnical)"),
        "hvac": _of_engineer("注册公用设备工程师（暖通空调）", "Registered utility engineer (HVAC)"),
        "water": _of_engineer("注册公用设备工程师（给水排水）", "Registered utility engineer (water supply and drainage)"),
        "power": _of_engineer("注册公用设备工程师（动力）", "Registered utility engineer (gas and heat)"),
        "electrical": _of_engineer("注册电气工程师（供配电）", "Registered electrical engineer (distribution)"),
        "road": _of_engineer("注册土木工程师（道路工程）", "Registered civil engineer (roads)", sure=False),
        "surveying": _of_engineer("注册测绘师", "Registered surveyor", sure=False),
        "constructor_1": _of_constructor("一级", "first"),
        "constructor_2": _of_constructor("二级", "second"),
        "supervision": Profession(
            # 注册监理工程师执业印章: 同心双椭圆，外 44×29、线宽 0.7，内 31×17、线宽 0.3，紫色
            "中华人民共和国注册监理工程师", "注册监理工程师", "Registered supervising engineer", Shape.DOUBLE_ELLIPSE,
            (44.0, 29.0), (31.0, 17.0), PURPLE, 0.7, 0.3,
        ),
        "cost_1": _of_cost_engineer("一级", "first", SEA_BLUE),
        "cost_2": _of_cost_engineer("二级", "second", DATE_RED),
    }
)  # fmt: skip
"""By the key that seals are stored with."""
