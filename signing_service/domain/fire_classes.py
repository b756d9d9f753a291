"""Which construction projects are 特殊建设工程, as data: the twelve situations and their thresholds.

建设工程消防设计审查验收管理暂行规定（住建部令第51号，第58号修改）第十四条. The platform proposes by what the form says of the
buildings; the officer who reviews confirms. Areas are square metres of floor, heights metres; a threshold has to be
exceeded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Situation:
    """One item of article 14."""

    title: str
    over: int | None = None
    """Floor area of all buildings of its uses together; None: whatever the size."""
    crowded: bool = False
    """人员密集场所, items 1 to 6: below its threshold a project counts as 重点 when filings are drawn."""


SITUATIONS: Mapping[str, Situation] = {
    "1": Situation("体育场馆、会堂，公共展览馆、博物馆的展示厅", 20_000, crowded=True),
    "2": Situation("民用机场航站楼、客运车站候车室、客运码头候船厅", 15_000, crowded=True),
    "3": Situation("宾馆、饭店、商场、市场", 10_000, crowded=True),
    "4": Situation("影剧院、阅览室、健身休闲场馆、门诊楼、大学楼馆、劳动密集型车间、寺庙、教堂", 2_500, crowded=True),
    "5": Situation("托幼、儿童活动、养老福利、病房楼、中小学楼馆、集体宿舍", 1_000, crowded=True),
    "6": Situation("歌舞、放映、游艺、桑拿、网吧、酒吧和有娱乐功能的餐饮场所", 500, crowded=True),
    "7": Situation("一类高层住宅建筑"),
    "8": Situation("城市轨道交通、隧道工程，大型发电、变配电工程"),
    "9": Situation("易燃易爆危险物品的工厂、仓库、专用车站码头和充装、供应、调压站"),
    "10": Situation("国家机关办公楼、电力调度楼、电信楼、邮政楼、防灾指挥调度楼、广播电视楼、档案楼"),
    "11": Situation("设有第一项至第六项所列情形的建设工程"),
    "12": Situation("第十项、第十一项以外，单体面积大于四万平方米或者高度超过五十米的公共建筑"),
}

CLASS_ONE_RESIDENTIAL_OVER = Decimal(54)
"""Height above which a residential building is 一类高层 (GB 50016—2014, table 5.1.1)."""
LARGE_PUBLIC_OVER = Decimal(40_000)
HIGH_PUBLIC_OVER = Decimal(50)


@dataclass(frozen=True, slots=True)
class Use:
    """使用性质 of a building or of a venue in it."""

    name: str
    situation: str | None = None
    public: bool = True
    residential: bool = False


USES: Mapping[str, Use] = {
    "0101": Use("体育场馆", "1"),
    "0102": Use("会堂", "1"),
    "0103": Use("展览馆、博物馆的展示厅", "1"),
    "0201": Use("民用机场航站楼", "2"),
    "0202": Use("客运车站候车室", "2"),
    "0203": Use("客运码头候船厅", "2"),
    "0301": Use("宾馆、饭店", "3"),
    "0302": Use("商场、市场", "3"),
    "0401": Use("影剧院", "4"),
    "0402": Use("公共图书馆的阅览室", "4"),
    "0403": Use("营业性室内健身、休闲场馆", "4"),
    "0404": Use("医院的门诊楼", "4"),
    "0405": Use("大学的教学楼、图书馆、食堂", "4"),
    "0406": Use("劳动密集型企业的生产加工车间", "4", public=False),
    "0407": Use("寺庙、教堂", "4"),
    "0501": Use("托儿所、幼儿园的儿童用房", "5"),
    "0502": Use("室内儿童活动场所", "5"),
    "0503": Use("养老院、福利院", "5"),
    "0504": Use("医院、疗养院的病房楼", "5"),
    "0505": Use("中小学校的教学楼、图书馆、食堂", "5"),
    "0506": Use("学校的集体宿舍", "5"),
    "0507": Use("劳动密集型企业的员工集体宿舍", "5"),
    "0601": Use("歌舞厅、放映厅、夜总会", "6"),
    "0602": Use("游艺厅、网吧、酒吧、桑拿浴室", "6"),
    "0603": Use("具有娱乐功能的餐馆、茶馆、咖啡厅", "6"),
    "0801": Use("城市轨道交通", "8", public=False),
    "0802": Use("隧道工程", "8", public=False),
    "0803": Use("大型发电、变配电工程", "8", public=False),
    "0901": Use("易燃易爆危险物品的工厂、仓库", "9", public=False),
    "0902": Use("易燃易爆气体、液体的充装、供应、调压站", "9", public=False),
    "0903": Use("易燃易爆危险物品的专用车站、码头", "9", public=False),
    "1001": Use("国家机关办公楼", "10"),
    "1002": Use("电力调度楼、防灾指挥调度楼", "10"),
    "1003": Use("电信楼、邮政楼、广播电视楼", "10"),
    "1004": Use("档案楼", "10"),
    "9001": Use("住宅", public=False, residential=True),
    "9002": Use("办公"),
    "9003": Use("文化活动"),
    "9004": Use("其他公共建筑"),
    "9005": Use("厂房", public=False),
    "9006": Use("仓库", public=False),
    "9007": Use("汽车库", public=False),
    "9008": Use("设备用房", public=False),
    "9099": Use("其他", public=False),
}
"""Codes begin with the item of article 14; those that begin with 90 are in none of items 1 to 6 and 8 to 10."""


@dataclass(frozen=True, slots=True)
class Building:
    """单体建筑."""

    use: str
    area: Decimal
    """Above and below ground."""
    height: Decimal


@dataclass(frozen=True, slots=True)
class Venue:
    """A place of another use inside a building."""

    use: str
    area: Decimal


def buildings_of(form: Mapping[str, Any]) -> tuple[Building, ...]:
    return tuple(
        Building(row["use"], Decimal(row["area_above"]) + Decimal(row["area_below"]), Decimal(row["height"]))
        for row in form.get("buildings", ())
    )


def venues_of(form: Mapping[str, Any]) -> tuple[Venue, ...]:
    return tuple(Venue(row["use"], Decimal(row["area"])) for row in form.get("venues", ()))


def proposed_situations(form: Mapping[str, Any]) -> tuple[str, ...]:
    """The items of article 14 that a form with ``buildings`` and ``venues`` falls under; none: an ordinary project."""
    return situations_of(buildings_of(form), venues_of(form))


def situations_of(buildings: Sequence[Building], venues: Sequence[Venue] = ()) -> tuple[str, ...]:
    found = {*_exceeded((one.use, one.area) for one in buildings)}
    if any(SITUATIONS[item].crowded for item in _exceeded((one.use, one.area) for one in venues)):
        found.add("11")
    if any(USES[one.use].residential and one.height > CLASS_ONE_RESIDENTIAL_OVER for one in buildings):
        found.add("7")
    if not found & {"10", "11"} and any(_is_large_public(one) for one in buildings):
        found.add("12")
    return tuple(sorted(found, key=int))


def is_key_project(form: Mapping[str, Any]) -> bool:
    """重点项目: people gather in it (items 1 to 6, whatever the area)."""
    used = [USES[use] for use in (*(one.use for one in buildings_of(form)), *(one.use for one in venues_of(form)))]
    return any(use.situation is not None and SITUATIONS[use.situation].crowded for use in used)


def _exceeded(areas: Iterable[tuple[str, Decimal]]) -> set[str]:
    """Areas of one use are added up over the project."""
    totals: dict[str, Decimal] = {}
    for use, area in areas:
        totals[use] = totals.get(use, Decimal(0)) + area
    found: set[str] = set()
    for use, total in totals.items():
        item = USES[use].situation
        if item is not None and (SITUATIONS[item].over is None or total > Decimal(SITUATIONS[item].over or 0)):
            found.add(item)
    return found


def _is_large_public(one: Building) -> bool:
    return USES[one.use].public and (one.area > LARGE_PUBLIC_OVER or one.height > HIGH_PUBLIC_OVER)
