"""The numbers on licences, permits, projects and dossiers: how each is made up, read and given out.

Formats are those of the domain text, §6. Each type is the number as text, in the one spelling in which it is
stored and compared. ``parse`` reads what a person typed and raises CERTNO_FORMAT (a dossier's:
DOSSIERNO_FORMAT), ``mint`` puts a new number together; that a serial is used once is the business of storage.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import ClassVar, Self

from signing_service.domain.codes import Region, clean, real_day
from signing_service.domain.errors import Problem
from signing_service.domain.regions import PROVINCE_LETTERS

CITY_LETTERS: Mapping[str, str] = {
    "360100": "A",
    "360700": "B",
    "360900": "C",
    "360800": "D",
    "361100": "E",
    "361000": "F",
    "360400": "G",
    "360200": "H",
    "360300": "J",
    "360500": "K",
    "360600": "L",
}
"""Jiangxi's prefectures -> the letter in a 特种作业 licence number, after the number plates; provinces may differ."""


class FormattedNumber(str):
    """A number whose every place has a meaning. The subclasses say which."""

    __slots__ = ()

    CODE: ClassVar[str] = "CERTNO_FORMAT"
    TITLE_ZH: ClassVar[str]
    TITLE_EN: ClassVar[str]
    FORM_ZH: ClassVar[str]
    FORM_EN: ClassVar[str]
    PATTERN: ClassVar[re.Pattern[str]]

    @classmethod
    def parse(cls, text: str) -> Self:
        number = cls.normalised(clean(text))
        if not cls.PATTERN.fullmatch(number) or not cls(number).consistent:
            raise Problem(
                cls.CODE,
                f"{cls.TITLE_ZH}格式不符：{cls.FORM_ZH}。请对照原件核对。",
                f"This is no {cls.TITLE_EN}: {cls.FORM_EN}. Compare it with the original.",
            )
        return cls(number)

    @classmethod
    def normalised(cls, text: str) -> str:
        """The one spelling of what was typed."""
        return text.upper()

    @property
    def consistent(self) -> bool:
        """Whether the parts of a number of the right pattern agree: its day is in the calendar, its years in order."""
        return True


class SpecialOperationNo(FormattedNumber):
    """A 建筑施工特种作业操作资格证 number, 14: province, city letter, trade 2, year 4, serial 6."""

    __slots__ = ()

    TITLE_ZH = "特种作业操作资格证号"
    TITLE_EN = "special-operation licence number"
    FORM_ZH = "应为 14 位，依次为省简称、地市字母、2 位工种、4 位发证年份、6 位序号，如 赣A042019000123"
    FORM_EN = "it has 14 characters, the province, city letter, trade 2, year 4, serial 6, as in 赣A042019000123"
    PATTERN = re.compile(rf"[{PROVINCE_LETTERS}][A-Z](0[1-9]|1[01]|99)(19|20)[0-9]{{2}}[0-9]{{6}}")

    @classmethod
    def mint(cls, city: str, trade: str, year: int, serial: int, *, province: str = "赣") -> Self:
        """``city`` is the letter of ``CITY_LETTERS``, ``trade`` two digits."""
        return cls.parse(f"{province}{city}{trade}{year:04d}{serial:06d}")

    @property
    def city(self) -> str:
        return self[1]

    @property
    def trade(self) -> str:
        """工种, two digits."""
        return self[2:4]

    @property
    def year(self) -> int:
        return int(self[4:8])

    @property
    def serial(self) -> int:
        return int(self[8:])


class ConstructorNo(FormattedNumber):
    """A 建造师注册编号, 13: province now, grade, province of the first registration 2, years 2 + 2, serial 5.

    The years are those of the qualification and of the first registration, which cannot come before it.
    """

    __slots__ = ()

    TITLE_ZH = "建造师注册编号"
    TITLE_EN = "constructor's registration number"
    FORM_ZH = (
        "应为 13 位，依次为现注册省简称、级别（1 或 2）、2 位初始注册省代码、2 位取得资格年份、2 位初始注册年份、"
        "5 位流水号，且初始注册年份不早于取得资格年份，如 赣236192000001"
    )
    FORM_EN = (
        "it has 13 characters, the province, grade 1 or 2, province of first registration 2, year of qualification 2, "
        "year of first registration 2 (not before it), serial 5, as in 赣236192000001"
    )
    PATTERN = re.compile(rf"[{PROVINCE_LETTERS}军][12][0-9]{{11}}")

    @classmethod
    def mint(
        cls, qualified: int, registered: int, serial: int, *, grade: int = 2, province: str = "赣", first: str = "36"
    ) -> Self:
        """``qualified`` and ``registered`` are full years, ``first`` the province of the first registration."""
        return cls.parse(f"{province}{grade}{first}{qualified % 100:02d}{registered % 100:02d}{serial:05d}")

    @property
    def consistent(self) -> bool:
        return self.registered >= self.qualified

    @property
    def grade(self) -> int:
        return int(self[1])

    @property
    def qualified(self) -> int:
        """The year, in full: the profession began in 2002."""
        return 2000 + int(self[4:6])

    @property
    def registered(self) -> int:
        """The year of the first registration, in full."""
        return 2000 + int(self[6:8])

    @property
    def serial(self) -> int:
        return int(self[8:])


class PermitNo(FormattedNumber):
    """A 施工许可证编号, 18: region of the issuer 6, day 8, serial of the day 2, category 2 (01 房屋建筑, 02 市政)."""

    __slots__ = ()

    TITLE_ZH = "施工许可证编号"
    TITLE_EN = "construction permit number"
    FORM_ZH = "应为 18 位数字，依次为 6 位区划、8 位发证日期、2 位当日序号、2 位类别，如 360102202403150101"
    FORM_EN = (
        "it has 18 digits, the region 6, day of issue 8, serial of the day 2, category 2, as in 360102202403150101"
    )
    PATTERN = re.compile(r"[0-9]{6}(19|20)[0-9]{6}[0-9]{2}(0[1-9]|1[0-8]|99)")

    @classmethod
    def mint(cls, region: Region, issued_on: date, serial: int, category: str) -> Self:
        return cls.parse(f"{region}{issued_on:%Y%m%d}{serial:02d}{category}")

    @property
    def consistent(self) -> bool:
        return real_day(self[6:14]) is not None

    @property
    def region(self) -> str:
        return self[:6]

    @property
    def issued_on(self) -> date:
        return date.fromisoformat(self[6:14])

    @property
    def category(self) -> str:
        return self[16:]


class ProjectNo(FormattedNumber):
    """A 项目编号 of 四库一平台, 16: region 6, day YYMMDD, kind 2 (01 房建, 02 市政, 99 其他), serial 2."""

    __slots__ = ()

    TITLE_ZH = "项目编号"
    TITLE_EN = "project number"
    FORM_ZH = "应为 16 位数字，依次为 6 位区划、6 位日期（年月日各 2 位）、2 位类型、2 位序号，如 3601022403150101"
    FORM_EN = "it has 16 digits, the region 6, day YYMMDD, kind 2, serial 2, as in 3601022403150101"
    PATTERN = re.compile(r"[0-9]{12}(01|02|99)[0-9]{2}")
    DERIVED: ClassVar[Mapping[str, str]] = {
        "TX": "施工图审查",
        "BD": "招标",
        "HZ": "合同",
        "SX": "施工许可",
        "JX": "竣工验收备案",
    }

    @classmethod
    def mint(cls, region: Region, registered_on: date, kind: str, serial: int) -> Self:
        return cls.parse(f"{region}{registered_on:%y%m%d}{kind}{serial:02d}")

    @property
    def consistent(self) -> bool:
        return real_day(f"20{self[6:12]}") is not None

    @property
    def region(self) -> str:
        return self[:6]

    @property
    def kind(self) -> str:
        return self[12:14]

    def derived(self, letters: str, serial: int) -> str:
        """The number of one of the project's papers: ``3306021608300101-SX-001``. ``letters`` is a key of DERIVED."""
        if letters not in self.DERIVED:
            msg = f"a project's papers are {', '.join(self.DERIVED)}, not {letters!r}"
            raise ValueError(msg)
        return f"{self}-{letters}-{serial:03d}"


class CompletionNo(FormattedNumber):
    """A 竣工验收备案 number, 20: region 6, kind 2, day 8, serial 4."""

    __slots__ = ()

    TITLE_ZH = "竣工验收备案编号"
    TITLE_EN = "completion filing number"
    FORM_ZH = "应为 20 位数字，依次为 6 位区划、2 位类型、8 位日期、4 位序号，如 36010201202411010001"
    FORM_EN = "it has 20 digits, the region 6, kind 2, day 8, serial 4, as in 36010201202411010001"
    PATTERN = re.compile(r"[0-9]{8}(19|20)[0-9]{10}")

    @classmethod
    def mint(cls, region: Region, kind: str, filed_on: date, serial: int) -> Self:
        return cls.parse(f"{region}{kind}{filed_on:%Y%m%d}{serial:04d}")

    @property
    def consistent(self) -> bool:
        return real_day(self[8:16]) is not None

    @property
    def region(self) -> str:
        return self[:6]

    @property
    def filed_on(self) -> date:
        return date.fromisoformat(self[8:16])


class QualificationNo(FormattedNumber):
    """A 建筑业企业资质证书编号, 10: ``D``, level of the issuer (1 部, 2 省, 3 市), province 2, serial 6."""

    __slots__ = ()

    TITLE_ZH = "建筑业企业资质证书编号"
    TITLE_EN = "construction qualification number"
    FORM_ZH = "应为字母 D 加 9 位数字，依次为发证级别（1 部、2 省、3 市）、2 位省代码、6 位序号，如 D236000123"
    FORM_EN = "it is D and 9 digits, the issuer's level 1 to 3, province 2, serial 6, as in D236000123"
    PATTERN = re.compile(r"D[123][0-9]{8}")

    @classmethod
    def mint(cls, level: int, serial: int, *, province: str = "36") -> Self:
        return cls.parse(f"D{level}{province}{serial:06d}")

    @property
    def level(self) -> int:
        return int(self[1])


class SafetyPermitNo(FormattedNumber):
    """A 安全生产许可证编号, written ``（赣）JZ安许证字〔2016〕020028``.

    In the wild its brackets are of every kind and width and the leading zero of the serial is dropped: all these
    are one number, so all are brought to the form above before they are stored or compared.
    """

    __slots__ = ()

    TITLE_ZH = "安全生产许可证编号"
    TITLE_EN = "work safety permit number"
    FORM_ZH = "应写作 （赣）JZ安许证字〔2016〕020028：省简称、4 位年份、5 至 6 位序号"
    FORM_EN = "it is written （赣）JZ安许证字〔2016〕020028, with the province, year 4, serial 5 or 6"
    PATTERN = re.compile(rf"（[{PROVINCE_LETTERS}]）JZ安许证字〔(19|20)[0-9]{{2}}〕[0-9]{{6}}")

    @classmethod
    def normalised(cls, text: str) -> str:
        opening, closing = r"[(\[【〔〖「﹝]", r"[)\]】〕〗」﹞]"
        return re.sub(
            rf"{opening}(.){closing}JZ安许证字{opening}([0-9]{{4}}){closing}([0-9]{{5,6}})号?",
            lambda found: f"（{found[1]}）JZ安许证字〔{found[2]}〕{found[3]:0>6}",
            re.sub(r"\s", "", text).upper(),
        )

    @classmethod
    def mint(cls, year: int, serial: int, *, province: str = "赣") -> Self:
        return cls.parse(f"（{province}）JZ安许证字〔{year:04d}〕{serial:06d}")

    @property
    def year(self) -> int:
        return int(self[10:14])


class InvestmentCode(FormattedNumber):
    """A 投资项目统一代码: year and month 4, region 6, industry 2, kind 2 (01 审批, 02 核准, 03 备案), serial 6, by hyphens."""

    __slots__ = ()

    CODE = "PRJCODE_FORMAT"
    TITLE_ZH = "投资项目代码"
    TITLE_EN = "investment project code"
    FORM_ZH = "应为 4 位年月、6 位区划、2 位行业、2 位类型、6 位流水号，以连字符相连，如 2609-360102-04-01-123456"
    FORM_EN = (
        "it is year and month 4, region 6, industry 2, kind 2, serial 6 with hyphens, as in 2609-360102-04-01-123456"
    )
    PATTERN = re.compile(r"[0-9]{4}-[0-9]{6}-[0-9]{2}-[0-9]{2}-[0-9]{6}")


class DossierNo(FormattedNumber):
    """A 办件编号, 18: type of the procedure 4, day it was opened 8, serial 6."""

    __slots__ = ()

    CODE = "DOSSIERNO_FORMAT"
    TITLE_ZH = "办件编号"
    TITLE_EN = "dossier number"
    FORM_ZH = "应为 18 位，依次为 4 位事项代码、8 位日期、6 位序号，如 SO0120261122000001"
    FORM_EN = "it has 18 characters, the procedure 4, day 8, serial 6, as in SO0120261122000001"
    PATTERN = re.compile(r"[0-9A-Z]{4}(19|20)[0-9]{12}")

    @classmethod
    def mint(cls, type_code: str, opened_on: date, serial: int) -> Self:
        """``type_code`` is four digits or capital letters; the serial begins with 1 for each type and day."""
        return cls.parse(f"{type_code}{opened_on:%Y%m%d}{serial:06d}")

    @property
    def consistent(self) -> bool:
        return real_day(self[4:12]) is not None

    @property
    def type_code(self) -> str:
        return self[:4]

    @property
    def opened_on(self) -> date:
        return date.fromisoformat(self[4:12])

    @property
    def serial(self) -> int:
        return int(self[12:])
