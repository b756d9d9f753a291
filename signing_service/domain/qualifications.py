"""建筑业企业资质 as data: series, categories and grades, and who grants what (domain text, §11.1).

Grades and issuers are those of 《建筑业企业资质标准》（建市〔2014〕159号） and 《建筑业企业资质管理规定》 第九条至第十一条. What
is asked of an enterprise is in ``qualification_standards``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from signing_service.domain.codes import RegionLevel


class Series(StrEnum):
    GENERAL = "施工总承包"
    SPECIAL = "专业承包"
    LABOUR = "施工劳务"


class Issuer(StrEnum):
    """发证级别, the digit behind the ``D`` of a licence's number."""

    MINISTRY = "1"
    PROVINCE = "2"
    CITY = "3"

    @property
    def level(self) -> RegionLevel:
        """Of the authority that decides; the ministry's decisions are not made here."""
        return RegionLevel.PREFECTURE if self is Issuer.CITY else RegionLevel.PROVINCE


GRADES: Mapping[str, str] = MappingProxyType({"0": "特级", "1": "一级", "2": "二级", "3": "三级", "9": "不分等级"})
"""In the order of rank: a smaller code is the higher grade."""


class Field(StrEnum):
    """Whose business a category is besides: it decides the issuer."""

    BUILDING = "building"
    RAIL = "rail"
    AVIATION = "aviation"
    TRANSPORT = "transport"
    """公路、水运、水利."""
    TELECOM = "telecom"


@dataclass(frozen=True, slots=True)
class Category:
    code: str
    name: str
    series: Series
    grades: str
    """Codes of its grades, the highest first."""
    field: Field = Field.BUILDING
    specialty: str | None = None
    """Of the constructors that count for it, by its code; None: every specialty does."""
    since: date = date(2015, 1, 1)
    until: date | None = None
    """The last day on which it may be applied for; what is held goes on."""

    def in_use(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day <= self.until)

    def issuer(self, grade: str) -> Issuer:
        """Raises KeyError for a grade that it has not."""
        if grade not in self.grades:
            raise KeyError(grade)
        if self.series is Series.LABOUR:
            return Issuer.CITY
        return _of_general(self, grade) if self.series is Series.GENERAL else _of_special(self, grade)

    @property
    def lowest(self) -> str:
        return self.grades[-1]


def _of_general(category: Category, grade: str) -> Issuer:
    rail = category.field is Field.RAIL
    if grade in "01" or (grade == "2" and rail):
        return Issuer.MINISTRY
    return Issuer.PROVINCE if grade == "2" or rail or category.field is Field.TELECOM else Issuer.CITY


def _of_special(category: Category, grade: str) -> Issuer:
    rail, aviation = category.field is Field.RAIL, category.field is Field.AVIATION
    if grade == "9":
        return Issuer.PROVINCE if category.code == "S36" else Issuer.CITY
    if (grade == "1" and (rail or aviation or category.field is Field.TRANSPORT)) or (
        grade == "2" and (rail or aviation)
    ):
        return Issuer.MINISTRY
    return Issuer.PROVINCE if grade in "12" or rail else Issuer.CITY


_GENERAL = (
    ("建筑", "0123", Field.BUILDING, "10401001"), ("公路", "0123", Field.TRANSPORT, "10401002"),
    ("铁路", "0123", Field.RAIL, None), ("港口与航道", "0123", Field.TRANSPORT, None),
    ("水利水电", "0123", Field.TRANSPORT, "10401005"), ("电力", "0123", Field.BUILDING, None),
    ("矿山", "0123", Field.BUILDING, "10401007"), ("冶金", "0123", Field.BUILDING, None),
    ("石油化工", "0123", Field.BUILDING, None), ("市政公用", "0123", Field.BUILDING, "10401010"),
    ("通信", "123", Field.TELECOM, None), ("机电", "123", Field.BUILDING, "10401012"),
)  # fmt: skip
_SPECIAL = (
    ("地基基础工程", "123", Field.BUILDING), ("起重设备安装工程", "123", Field.BUILDING), ("预拌混凝土", "9", Field.BUILDING),
    ("电子与智能化工程", "12", Field.BUILDING), ("消防设施工程", "12", Field.BUILDING),
    ("防水防腐保温工程", "12", Field.BUILDING), ("桥梁工程", "123", Field.BUILDING), ("隧道工程", "123", Field.BUILDING),
    ("钢结构工程", "123", Field.BUILDING), ("模板脚手架", "9", Field.BUILDING), ("建筑装修装饰工程", "12", Field.BUILDING),
    ("建筑机电安装工程", "123", Field.BUILDING), ("建筑幕墙工程", "12", Field.BUILDING), ("古建筑工程", "123", Field.BUILDING),
    ("城市及道路照明工程", "123", Field.BUILDING), ("公路路面工程", "123", Field.TRANSPORT),
    ("公路路基工程", "123", Field.TRANSPORT), ("公路交通工程", "12", Field.TRANSPORT), ("铁路电务工程", "123", Field.RAIL),
    ("铁路铺轨架梁工程", "12", Field.RAIL), ("铁路电气化工程", "123", Field.RAIL), ("机场场道工程", "12", Field.AVIATION),
    ("民航空管工程及机场弱电系统工程", "12", Field.AVIATION), ("机场目视助航工程", "12", Field.AVIATION),
    ("港口与海岸工程", "123", Field.TRANSPORT), ("航道工程", "123", Field.TRANSPORT),
    ("通航建筑物工程", "123", Field.TRANSPORT), ("港航设备安装及水上交管工程", "12", Field.TRANSPORT),
    ("水工金属结构制作与安装工程", "123", Field.TRANSPORT), ("水利水电机电安装工程", "123", Field.TRANSPORT),
    ("河湖整治工程", "123", Field.TRANSPORT), ("输变电工程", "123", Field.BUILDING), ("核工程", "12", Field.BUILDING),
    ("海洋石油工程", "12", Field.BUILDING), ("环保工程", "123", Field.BUILDING), ("特种工程", "9", Field.BUILDING),
)  # fmt: skip

CATEGORIES: Mapping[str, Category] = MappingProxyType(
    {
        one.code: one
        for one in (
            *(
                Category(f"G{serial:02d}", f"{name}工程施工总承包", Series.GENERAL, grades, field, specialty)
                for serial, (name, grades, field, specialty) in enumerate(_GENERAL, 1)
            ),
            *(
                Category(f"S{serial:02d}", f"{name}专业承包", Series.SPECIAL, grades, field)
                for serial, (name, grades, field) in enumerate(_SPECIAL, 1)
            ),
            Category("L00", "施工劳务", Series.LABOUR, "9"),
        )
    }
)
"""12 of general, 36 of special contracting, and labour. The codes are ours."""


def outranks(grade: str, other: str) -> bool:
    """Whether it is the higher grade of the two."""
    return list(GRADES).index(grade) < list(GRADES).index(other)
