"""Code sets of the field, as data: code and text are stored together, so that a later wording changes no old document."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

SPECIAL_OPERATION_TRADES: Mapping[str, str] = MappingProxyType(
    {
        "01": "建筑电工",
        "02": "建筑架子工（普通脚手架）",
        "03": "建筑架子工（附着升降脚手架）",
        "04": "建筑起重信号司索工",
        "05": "建筑起重机械司机（塔式起重机）",
        "06": "建筑起重机械司机（施工升降机）",
        "07": "建筑起重机械司机（物料提升机）",
        "08": "建筑起重机械安装拆卸工（塔式起重机）",
        "09": "建筑起重机械安装拆卸工（施工升降机）",
        "10": "建筑起重机械安装拆卸工（物料提升机）",
        "11": "高处作业吊篮安装拆卸工",
        "99": "经省级以上主管部门认定的其他工种类别",
    }
)
"""工种类别 of the national code set (domain text, §8.2)."""

SPECIALTIES: Mapping[str, str] = MappingProxyType(
    {
        "10401001": "建筑工程",
        "10401002": "公路工程",
        "10401005": "水利水电工程",
        "10401007": "矿业工程",
        "10401010": "市政公用工程",
        "10401012": "机电工程",
    }
)
"""Specialties of a second-class constructor (domain text, §9.1)."""

ENGLISH: Mapping[str, str] = MappingProxyType(
    {
        "建筑电工": "Construction electrician",
        "建筑架子工（普通脚手架）": "Scaffolder (ordinary scaffolds)",
        "建筑架子工（附着升降脚手架）": "Scaffolder (climbing scaffolds)",
        "建筑起重信号司索工": "Lifting signaller and slinger",
        "建筑起重机械司机（塔式起重机）": "Crane operator (tower crane)",
        "建筑起重机械司机（施工升降机）": "Hoist operator (construction hoist)",
        "建筑起重机械司机（物料提升机）": "Hoist operator (material hoist)",
        "建筑起重机械安装拆卸工（塔式起重机）": "Crane erector (tower crane)",
        "建筑起重机械安装拆卸工（施工升降机）": "Hoist erector (construction hoist)",
        "建筑起重机械安装拆卸工（物料提升机）": "Hoist erector (material hoist)",
        "高处作业吊篮安装拆卸工": "Suspended-platform erector",
        "经省级以上主管部门认定的其他工种类别": "Other trade recognised by the province",
        "建筑工程": "Building engineering",
        "公路工程": "Highway engineering",
        "水利水电工程": "Hydraulic and hydropower engineering",
        "矿业工程": "Mining engineering",
        "市政公用工程": "Municipal engineering",
        "机电工程": "Mechanical and electrical engineering",
    }
)
"""What a trade or specialty is called on an English page."""

PASS_MARKS: Mapping[str, int] = MappingProxyType({"theory": 60, "practice": 70})
"""Of 100 in each part of the special-operation examination (domain text, §8.4: for the province to set)."""

PROVINCES: Mapping[str, str] = MappingProxyType(
    {
        "11": "北京市", "12": "天津市", "13": "河北省", "14": "山西省", "15": "内蒙古自治区", "21": "辽宁省", "22": "吉林省",
        "23": "黑龙江省", "31": "上海市", "32": "江苏省", "33": "浙江省", "34": "安徽省", "35": "福建省", "37": "山东省",
        "41": "河南省", "42": "湖北省", "43": "湖南省", "44": "广东省", "45": "广西壮族自治区", "46": "海南省", "50": "重庆市",
        "51": "四川省", "52": "贵州省", "53": "云南省", "54": "西藏自治区", "61": "陕西省", "62": "甘肃省", "63": "青海省",
        "64": "宁夏回族自治区", "65": "新疆维吾尔自治区",
    }
)  # fmt: skip
"""Every province but ours, by GB/T 2260: whence a licence comes, or whither it goes."""
