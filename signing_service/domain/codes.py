"""The codes by which people, organisations and documents are told apart, and how a slip of the pen shows.

Text from outside becomes one of these types through ``parse``, which raises a Problem; the plain constructor is for
what was parsed before and is read back from our own store. ID numbers, names and mobile numbers are masked in their
``repr``, so that no traceback and no log carries one; ``str`` is the full value.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import ClassVar, Self

from signing_service.domain.errors import Problem
from signing_service.domain.regions import PROVINCE_CODES, REGION_NAMES

A31 = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The alphabet of GB 32100: no I, O, S, V, Z."""
A36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""The alphabet of GB 11714 and of ISO/IEC 7064 MOD 37,36."""

_TO_HALF_WIDTH = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_CHINESE = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]")
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_FILLERS_AND_SELECTORS = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)


# ── text ──────────────────────────────────────────────────────────────────────────────────────────────────────


def clean(text: str) -> str:
    """A code or a name as it was meant: trimmed, full-width ASCII made half-width, NFC.

    Raises TEXT_FORBIDDEN_CHARACTER for what cannot be seen: control, zero-width and bidirectional characters,
    fillers and variation selectors.
    """
    return _without_hidden(unicodedata.normalize("NFC", text.translate(_TO_HALF_WIDTH)).strip())


def clean_line(text: str) -> str:
    """A name or a phrase on one line: as ``clean``, but beside Chinese characters punctuation keeps its width, as in
    ``安置房（二期）工程``.
    """
    if not _CHINESE.search(text):
        return clean(text)
    kept = "".join(c.translate(_TO_HALF_WIDTH) if c.isalnum() or c.isspace() else c for c in text)
    return _without_hidden(unicodedata.normalize("NFC", kept).strip())


def clean_prose(text: str) -> str:
    """A sentence as it was written: trimmed, NFC, lines ended by a line feed; Chinese punctuation keeps its width.

    Raises TEXT_FORBIDDEN_CHARACTER as ``clean`` does; a line end is allowed.
    """
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").strip().split("\n")
    return "\n".join(_without_hidden(line) for line in lines)


def _without_hidden(text: str) -> str:
    for place, character in enumerate(text, start=1):
        if unicodedata.category(character) in _HIDDEN_CATEGORIES or _FILLERS_AND_SELECTORS.match(character):
            point = f"U+{ord(character):04X}"
            raise Problem(
                "TEXT_FORBIDDEN_CHARACTER",
                f"第 {place} 个字符是看不见的字符（{point}），请删除该处内容，用键盘重新输入。",
                f"Character {place} cannot be seen ({point}): delete it and type that part again.",
                place=place,
            )
    return text


def real_day(digits: str) -> date | None:
    """The day that ``YYYYMMDD`` names, or None when the calendar has no such day."""
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None


# ── check characters ──────────────────────────────────────────────────────────────────────────────────────────


def id_check(body: str) -> str:
    """Character 18 of an ID number from the 17 digits before it: GB 11643, ISO/IEC 7064 MOD 11-2."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return "10X98765432"[sum(int(c) * weight for c, weight in zip(body, weights, strict=True)) % 11]


def uscc_check(body: str) -> str:
    """Character 18 of a 统一社会信用代码 from the 17 before it: GB 32100, weights 3^i mod 31."""
    return A31[-sum(A31.index(c) * pow(3, i, 31) for i, c in enumerate(body)) % 31]


def org_check(body: str) -> str:
    """Character 9 of an organisation code from the 8 before it: GB 11714. It is character 17 of the USCC."""
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    return "0X987654321"[sum(A36.index(c) * weight for c, weight in zip(body, weights, strict=True)) % 11]


def mod37_36(body: str) -> str:
    """The check character of ISO/IEC 7064 MOD 37,36 (GB/T 17710) over digits and capital letters.

    It shows every wrong character. It shows every swap of neighbours but one sort: characters whose values
    follow one another (``0``/``1``, ``9``/``A``, ``Z``/``0``), met when the running sum reaches 18 with the
    lower of the two; of swaps met by chance that is 1 in 630.
    """
    product = 36
    for character in body:
        product = ((product + A36.index(character)) % 36 or 36) * 2 % 37
    return A36[(37 - product) % 36]


def every_swap_shows(code: str) -> bool:
    """Whether a code that ends in its MOD 37,36 check character is refused after any swap of two neighbours."""
    swaps = (code[:i] + code[i + 1] + code[i] + code[i + 2 :] for i in range(len(code) - 1) if code[i] != code[i + 1])
    return all(mod37_36(swapped[:-1]) != swapped[-1] for swapped in swaps)


# ── people ────────────────────────────────────────────────────────────────────────────────────────────────────


class Sex(StrEnum):
    MALE = "male"
    FEMALE = "female"

    @property
    def zh(self) -> str:
        return "男" if self is Sex.MALE else "女"


class IdNo(str):
    """A citizen's ID number (公民身份号码, GB 11643): region 6, birth date 8, sequence 3, check character 1.

    Every wrong character and every swap of neighbours is refused: the weights of neighbours differ by a factor
    of 2 modulo the prime 11. What the check cannot see is a swap of two digits ten places apart (1 and 11, ...,
    8 and 18), whose weights are equal, and one in eleven of the slips that touch several digits.
    """

    __slots__ = ()

    @classmethod
    def parse(cls, text: str, today: date, *, minimum_age: int = 0) -> Self:
        """The number as it stands on the card; ``x`` and full-width digits are understood.

        ``minimum_age`` is 18 for staff and professionals. Raises, in this order, ID_FORMAT (the 15 digits of
        the first-generation card included), ID_AREA, ID_BIRTH, ID_CHECK, ID_AGE (over 120, or too young).
        """
        number = clean(text).upper()
        if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
            raise Problem(
                "ID_FORMAT",
                "身份证号应为 18 位：前 17 位为数字，末位为数字或 X。请按二代身份证填写。",
                "An ID number has 18 characters: 17 digits, then a digit or X. Copy it from the current card.",
            )
        # 83 heads the residence permits of people from Taiwan; those from Hong Kong and Macao carry 81 and 82
        if number[:2] not in PROVINCE_CODES | {"83"}:
            raise Problem(
                "ID_AREA",
                "身份证号开头两位不是有效的省级地区代码，请对照证件核对。",
                "The first two digits of the ID number are no province: compare them with the card.",
            )
        born = real_day(number[6:14])
        if born is None or born > today:
            raise Problem(
                "ID_BIRTH",
                "身份证号第 7 至 14 位不是有效的出生日期，请对照证件核对。",
                "Digits 7 to 14 of the ID number are no possible date of birth: compare them with the card.",
            )
        if id_check(number[:17]) != number[17]:
            raise Problem(
                "ID_CHECK",
                "身份证号校验不通过，多半是输错或颠倒了数字，请对照证件逐位核对。",
                "The ID number does not add up; a digit is probably wrong or out of place. Compare it with the card.",
            )
        age = cls(number).age_on(today)
        if age > 120:
            raise Problem(
                "ID_AGE",
                "按身份证号计算已超过 120 周岁，请核对第 7 至 10 位出生年份。",
                "By this ID number the person is over 120 years old: check the year of birth, digits 7 to 10.",
            )
        if age < minimum_age:
            raise Problem(
                "ID_AGE",
                f"须年满 {minimum_age} 周岁方可办理；按身份证号计算未满 {minimum_age} 周岁，如有误请核对出生日期。",
                f"This is open from the age of {minimum_age}; by the ID number the person is younger. "
                "If that is wrong, check the date of birth in the number.",
                minimum_age=minimum_age,
            )
        return cls(number)

    @classmethod
    def upgraded(cls, text: str, today: date) -> Self:
        """The 18 characters of a 15-digit number in an old register: ``19`` after digit 6, check character last.

        For matching old rows only; a form never accepts 15 digits. Raises as ``parse`` does.
        """
        old = clean(text)
        if not re.fullmatch(r"[0-9]{15}", old):
            raise Problem(
                "ID_FORMAT",
                "旧登记簿中的一代身份证号应为 15 位数字，请核对原始登记资料。",
                "A first-generation ID number in an old register has 15 digits: check the original entry.",
            )
        body = f"{old[:6]}19{old[6:]}"
        return cls.parse(body + id_check(body), today)

    @property
    def born(self) -> date:
        return date(int(self[6:10]), int(self[10:12]), int(self[12:14]))

    @property
    def sex(self) -> Sex:
        return Sex.MALE if int(self[16]) % 2 else Sex.FEMALE

    def age_on(self, day: date) -> int:
        """Completed years of life (周岁)."""
        born = self.born
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))

    @property
    def masked(self) -> str:
        """What the public sees: the last four, ``**************0014``."""
        return f"{'*' * 14}{self[14:]}"

    @property
    def masked_with_region(self) -> str:
        """What the parties to a dossier see: ``3601**********0014``."""
        return f"{self[:4]}{'*' * 10}{self[14:]}"

    def __repr__(self) -> str:
        return f"IdNo({self.masked})"


class PersonName(str):
    """A citizen's name: 2 to 30 Chinese characters, ``·`` between the parts of a transliterated one."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """``•``, ``・`` and ``.`` are understood as ``·``; anything but Chinese characters raises NAME_INVALID."""
        name = re.sub(r"[•・.]", "·", clean(text))
        han = "[〇\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
        if not re.fullmatch(rf"(?=.{{2,30}}\Z){han}+(·{han}+)*", name):
            raise Problem(
                "NAME_INVALID",
                "姓名应为 2 至 30 个汉字，少数民族姓名中间可用“·”，不含空格、字母和数字，请按身份证填写。",
                "A name has 2 to 30 Chinese characters, with · between its parts where the card has it; "
                "no spaces, letters or digits. Copy it from the ID card.",
            )
        return cls(name)

    @property
    def masked(self) -> str:
        """The first character and a star for each further one: ``王*``, ``王**``, ``欧**`` for 欧阳修.

        A compound surname keeps its first character only, as the others do.
        """
        return self[0] + "*" * (len(self) - 1)

    def __repr__(self) -> str:
        return f"PersonName({self.masked})"


class Mobile(str):
    """A mobile number of mainland China, 11 digits."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        number = clean(text)
        if not re.fullmatch(r"1[3-9][0-9]{9}", number):
            raise Problem(
                "MOBILE_INVALID",
                "手机号应为 11 位数字，以 13 至 19 开头，不加国家代码和空格。",
                "A mobile number has 11 digits and begins with 13 to 19; leave out the country code and spaces.",
            )
        return cls(number)

    @property
    def masked(self) -> str:
        """``138****1234``"""
        return f"{self[:3]}****{self[7:]}"

    def __repr__(self) -> str:
        return f"Mobile({self.masked})"


# ── organisations and places ──────────────────────────────────────────────────────────────────────────────────


class Uscc(str):
    """A 统一社会信用代码 (GB 32100): department 1, category 1, region 6, organisation code 9, check character 1.

    Every wrong character is refused, and every swap of two characters wherever they stand, but one: the weights
    3^i mod 31 are all different, save that the first character weighs as much as the check character, so that
    these two can change places unseen.
    """

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Small letters and full-width characters are understood. Raises USCC_FORMAT, USCC_CHECK, USCC_ORGCHECK."""
        code = clean(text).upper()
        if not re.fullmatch(rf"[{A31}]{{2}}[0-9]{{6}}[{A31}]{{10}}", code):
            raise Problem(
                "USCC_FORMAT",
                "统一社会信用代码为 18 位数字和大写字母（不含 I、O、S、V、Z），第 3 至 8 位为数字，请按营业执照填写。",
                "A unified social credit code has 18 digits and capital letters (never I, O, S, V, Z), only digits "
                "from 3 to 8. Copy it from the business licence.",
            )
        if uscc_check(code[:17]) != code[17]:
            raise Problem(
                "USCC_CHECK",
                "统一社会信用代码校验不通过，多半是输错或颠倒了字符，请对照营业执照逐位核对。",
                "The unified social credit code does not add up; a character is probably wrong or out of place. "
                "Compare it with the business licence.",
            )
        if org_check(code[8:16]) != code[16]:
            raise Problem(
                "USCC_ORGCHECK",
                "统一社会信用代码第 9 至 17 位（组织机构代码）校验不通过，请对照营业执照核对。",
                "Characters 9 to 17 (the organisation code) do not add up: compare them with the business licence.",
            )
        return cls(code)

    @property
    def region(self) -> str:
        """The six digits of the registering authority's region; any in the country, so not always a ``Region``."""
        return self[2:8]

    @property
    def organisation_code(self) -> str:
        """GB 11714, nine characters with their own check character."""
        return self[8:17]


class RegionLevel(StrEnum):
    PROVINCE = "province"
    PREFECTURE = "prefecture"
    COUNTY = "county"


class Region(str):
    """An administrative region (GB/T 2260), six digits, one of ``regions.REGION_NAMES``.

    The region of a dossier decides which authority sees it.
    """

    __slots__ = ()

    @classmethod
    def parse(cls, text: str, *, county: bool = False) -> Self:
        """Raises REGION_INVALID; with ``county``, which projects ask for, REGION_LEVEL for a larger region.

        Counties are known for Jiangxi only, so a project lies in Jiangxi.
        """
        code = clean(text)
        if code not in REGION_NAMES:
            raise Problem(
                "REGION_INVALID",
                "没有这个行政区划代码，请从列表中选择所属区划。",
                "There is no such region: choose one from the list.",
            )
        region = cls(code)
        if county and region.level is not RegionLevel.COUNTY:
            raise Problem(
                "REGION_LEVEL",
                f"请选择到县（市、区）一级，“{region.name}”范围过大，主管部门将无法看到该项目。",
                f"Choose a county or district: {code} is too large, and the authority would not see the project.",
            )
        return region

    @property
    def level(self) -> RegionLevel:
        if self.endswith("0000"):
            return RegionLevel.PROVINCE
        return RegionLevel.PREFECTURE if self.endswith("00") else RegionLevel.COUNTY

    @property
    def name(self) -> str:
        """``东湖区``"""
        return REGION_NAMES[self]

    @property
    def full_name(self) -> str:
        """``江西省南昌市东湖区``"""
        return "".join(REGION_NAMES[code] for code in dict.fromkeys((f"{self[:2]}0000", f"{self[:4]}00", str(self))))

    def covers(self, other: Region) -> bool:
        """Whether ``other`` lies within this region, itself included."""
        kept = {RegionLevel.PROVINCE: 2, RegionLevel.PREFECTURE: 4, RegionLevel.COUNTY: 6}[self.level]
        return other.startswith(self[:kept])


# ── documents ─────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class LicenceIdentifier:
    """An 电子证照标识 (GB/T 36904): what one file of one licence is called, anywhere in the country.

    Written ``1.2.156.3005.2.<type>.<issuer>.<serial>.<version>.<check>``. The check character shows every wrong
    character and nearly every swap of neighbours; ``mod37_36`` says which it cannot. So an identifier that adds
    up is still looked up before anything is said of it.
    """

    ROOT: ClassVar[str] = "1.2.156.3005.2"
    MINISTRY: ClassVar[str] = "11100000000013338W"

    type_code: str
    """The USCC of the body that defines the type, and three digits."""
    issuer: str
    """The issuing authority's USCC."""
    serial: str
    """1 to 32 digits and capital letters, once only for each type and issuer."""
    version: int
    """From 1; one more for each new file of the same licence."""

    def __post_init__(self) -> None:
        sound = (
            re.fullmatch(r"[0-9A-Z]{21}", self.type_code)
            and re.fullmatch(r"[0-9A-Z]{18}", self.issuer)
            and re.fullmatch(r"[0-9A-Z]{1,32}", self.serial)
            and 1 <= self.version <= 999
        )
        if not sound:
            raise _identifier_format()

    @classmethod
    def mint(cls, type_code: str, issuer: str, serial: str, version: int = 1) -> Self:
        """A new identifier. A type of the ministry's own is refused: its codes are not ours to give out."""
        if type_code.startswith(cls.MINISTRY):
            raise Problem(
                "IDENTIFIER_FORMAT",
                "证照类型代码属于住房和城乡建设部，本平台不得自行赋码，请在设置中改用本机关的类型代码。",
                "This licence type belongs to the ministry, not to us: set a type code of the issuing authority.",
            )
        return cls(type_code, issuer, serial, version)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises IDENTIFIER_FORMAT, IDENTIFIER_CHECK."""
        found = re.fullmatch(
            rf"{re.escape(cls.ROOT)}\.([0-9A-Z]{{21}})\.([0-9A-Z]{{18}})\.([0-9A-Z]{{1,32}})\.([0-9]{{3}})\.([0-9A-Z])",
            clean(text).upper(),
        )
        if not found:
            raise _identifier_format()
        type_code, issuer, serial, version, check = found.groups()
        identifier = cls(type_code, issuer, serial, int(version))
        if identifier.check != check:
            raise Problem(
                "IDENTIFIER_CHECK",
                "电子证照标识校验不通过，多半是抄录有误，请从证照上重新完整复制。",
                "The licence identifier does not add up and was probably miscopied: copy it from the licence again.",
            )
        return identifier

    def next_version(self) -> Self:
        """For the next file of the same licence: renewal, change, correction. Type, issuer and serial stay."""
        return replace(self, version=self.version + 1)

    @property
    def check(self) -> str:
        return mod37_36(f"{self.type_code}{self.issuer}{self.serial}{self.version:03d}")

    def __str__(self) -> str:
        return f"{self.ROOT}.{self.type_code}.{self.issuer}.{self.serial}.{self.version:03d}.{self.check}"


def _identifier_format() -> Problem:
    return Problem(
        "IDENTIFIER_FORMAT",
        "电子证照标识应为“1.2.156.3005.2.类型代码.机构代码.流水号.版本号.校验位”，"
        "其中类型代码 21 位、机构代码 18 位、流水号 1 至 32 位、版本号 001 至 999，请从证照上完整复制。",
        "A licence identifier reads 1.2.156.3005.2.<type>.<issuer>.<serial>.<version>.<check>, of 21, 18, "
        "1 to 32, 3 (001 to 999) and 1 characters: copy all of it from the licence.",
    )


class CheckCode(str):
    """A 查验码: what a person types who cannot scan. Eleven characters drawn by chance and one of MOD 37,36.

    Every wrong character and every swap of neighbours in a minted code is refused.
    """

    __slots__ = ()

    @classmethod
    def mint(cls, choice: Callable[[str], str]) -> Self:
        """``choice`` draws one character of a text: ``secrets.choice``.

        A draw in which a swap of neighbours would not show is drawn again (about 1 in 60).
        """
        while True:
            body = "".join(choice(A36) for _ in range(11))
            code = body + mod37_36(body)
            if every_swap_shows(code):
                return cls(code)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Dashes, spaces and small letters are understood. Raises CHECKCODE_FORMAT, CHECKCODE_CHECK."""
        code = re.sub(r"[\s\u2010-\u2015-]", "", clean(text)).upper()
        if not re.fullmatch(r"[0-9A-Z]{12}", code):
            raise Problem(
                "CHECKCODE_FORMAT",
                "查验码为 12 位数字和字母，印在二维码下方，请完整输入。",
                "A check code has 12 digits and letters and is printed under the QR code: enter all of it.",
            )
        if mod37_36(code[:11]) != code[11]:
            raise Problem(
                "CHECKCODE_CHECK",
                "查验码输入有误，请对照二维码下方逐位核对，注意 0 与 O、1 与 I。",
                "The check code was mistyped: compare it with the one under the QR code, and mind 0 and O, 1 and I.",
            )
        return cls(code)

    @property
    def grouped(self) -> str:
        """As printed: ``XXXX-XXXX-XXXX``."""
        return f"{self[:4]}-{self[4:8]}-{self[8:]}"


class PublicCode(str):
    """What a QR code says of its document: 128 bits by chance, as 26 small letters and digits of base32 (RFC 4648).

    Nothing can be read from it, and it cannot be guessed. One value has one spelling: the two bits that 26
    characters have to spare are zero.
    """

    __slots__ = ()

    PATTERN: ClassVar[str] = "[a-z2-7]{25}[aeimquy4]"

    @classmethod
    def mint(cls, entropy: bytes) -> Self:
        """``entropy`` is 16 bytes: ``secrets.token_bytes(16)``."""
        if len(entropy) != 16:
            msg = f"a public code is made of 16 bytes, not {len(entropy)}"
            raise ValueError(msg)
        return cls(base64.b32encode(entropy).decode("ascii").rstrip("=").lower())

    @classmethod
    def parse(cls, text: str) -> Self:
        """Capital letters are understood. Raises PUBLICCODE_FORMAT."""
        code = clean(text).lower()
        if not re.fullmatch(cls.PATTERN, code):
            raise Problem(
                "PUBLICCODE_FORMAT",
                "查验地址不完整或有误，请重新扫描二维码，或改用二维码下方的查验码。",
                "The address is incomplete or wrong: scan the QR code again, or use the check code printed under it.",
            )
        return cls(code)
