"""A form is read field by field, and every error is told at once; nothing of it is kept half (domain text, §2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from signing_service.domain.codes import IdNo, Mobile, PersonName, Region, Uscc, clean, clean_line, clean_prose
from signing_service.domain.dates import in_chinese, in_english
from signing_service.domain.errors import FieldError, Problem, refuse_all
from signing_service.domain.numbers import InvestmentCode, SafetyPermitNo
from signing_service.workflows.fields import Field, FieldType
from signing_service.workflows.procedure import Procedure

LONGEST = {
    FieldType.TEXT: 200,
    FieldType.LONG_TEXT: 2000,
    FieldType.SIGNATURE: 60_000,
    FieldType.LICENCE_NO: 40,
    FieldType.PHONE: 20,
    FieldType.EMAIL: 254,
}
ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
SHA256 = re.compile(r"[0-9a-f]{64}")
LANDLINE = re.compile(r"0\d{2,3}-?\d{7,8}(-\d{1,6})?", re.ASCII)
EMAIL = re.compile(r"[^\s@,;<>()\[\]\"]{1,64}@[^\s@,;<>()\[\]\"]+\.[^\s@.,;<>()\[\]\"]+")
MOST_ROWS = 500
PLACES = {FieldType.MONEY: 6, FieldType.DECIMAL: 2}
LARGEST = Decimal(10) ** 12


def read_form(procedure: Procedure, values: Mapping[str, Any], today: date) -> dict[str, Any]:
    """The cleaned values of a form. Raises Problem FIELDS_INVALID with every field's error."""
    return read_fields(tuple(procedure.fields), values, today)


def read_fields(fields: Iterable[Field], values: Mapping[str, Any], today: date) -> dict[str, Any]:
    """The cleaned values of some fields; a choice has its text beside it. Raises Problem FIELDS_INVALID."""
    cleaned, errors = _read(tuple(fields), values, today, "")
    refuse_all(errors)
    return cleaned


def errors_of(fields: Iterable[Field], values: Mapping[str, Any], today: date) -> list[FieldError]:
    """What is wrong with a draft; what is missing in it is no error yet."""
    typed = {key: value for key, value in values.items() if not _is_empty(value)}
    _, errors = _read(tuple(fields), typed, today, "")
    return [error for error in errors if error.code not in ("FIELD_REQUIRED", "STATEMENT_REQUIRED")]


def _read(
    fields: tuple[Field, ...], values: Mapping[str, Any], today: date, prefix: str
) -> tuple[dict[str, Any], list[FieldError]]:
    known = {item.key for item in fields}
    errors = [
        FieldError(prefix + key, "FIELD_UNKNOWN", "表单中没有此项，请删除。", "The form has no such field: remove it.")
        for key in sorted(values.keys() - known)
    ]
    cleaned: dict[str, Any] = {}
    for item in fields:
        if not _is_asked(item, values):
            continue
        value = values.get(item.key)
        if _is_empty(value):
            if item.required:
                errors.append(_required(item, prefix))
            continue
        try:
            cleaned |= _cleaned(item, value, today, prefix, errors)
        except Problem as problem:
            errors.append(FieldError(prefix + item.key, problem.code, problem.zh, problem.en))
    errors += [error for item in fields for error in _out_of_order(item, fields, cleaned, today, prefix)]
    return cleaned, errors


def _is_asked(item: Field, values: Mapping[str, Any]) -> bool:
    if item.visible_if is None:
        return True
    key, wanted = item.visible_if
    given = values.get(key)
    return any(one in wanted for one in given) if isinstance(given, list) else str(given) in wanted


def _is_empty(value: Any) -> bool:
    """No floors below ground are a number: 0 is something that was filled in."""
    return value is None or value is False or value in ("", [], {}) or (isinstance(value, str) and not value.strip())


def _required(item: Field, prefix: str) -> FieldError:
    if item.type is FieldType.STATEMENT:
        return FieldError(
            prefix + item.key,
            "STATEMENT_REQUIRED",
            f"请阅读并勾选“{item.label}”。",
            f"Read and tick “{item.label_en}”.",
        )
    verb, verb_en = ("上传", "Upload") if item.type in (FieldType.FILE, FieldType.ATTACHMENTS) else ("填写", "Fill in")
    return FieldError(prefix + item.key, "FIELD_REQUIRED", f"请{verb}{item.label}。", f"{verb_en}: {item.label_en}.")


def _cleaned(item: Field, value: Any, today: date, prefix: str, errors: list[FieldError]) -> dict[str, Any]:
    match item.type:
        case FieldType.ROWS:
            return {item.key: _rows(item, value, today, prefix, errors)}
        case FieldType.CHOICE:
            code = _choice(item, value, today)
            return {item.key: code, f"{item.key}_name": item.choices[code]}
        case FieldType.CHOICES:
            codes = _choices(item, value, today)
            return {item.key: codes, f"{item.key}_names": "、".join(item.choices[code] for code in codes)}
    return {item.key: READERS[item.type](item, value, today)}


def _out_of_order(
    item: Field, fields: tuple[Field, ...], cleaned: Mapping[str, Any], today: date, prefix: str
) -> Iterable[FieldError]:
    """A date that lies on the wrong side of another."""
    if item.type is not FieldType.DATE or item.key not in cleaned:
        return
    day = date.fromisoformat(cleaned[item.key])
    labels = {one.key: (one.label, one.label_en) for one in fields}
    for key, sign, words, words_en in (
        (item.not_before, -1, "不得早于", "may not be before"),
        (item.not_after, 1, "不得晚于", "may not be after"),
    ):
        other = today if key == "today" else date.fromisoformat(cleaned[key]) if key and key in cleaned else None
        if other is not None and (day - other).days * sign > 0:
            zh, en = ("今日", "today") if key == "today" else labels[key or ""]
            yield FieldError(
                prefix + item.key,
                "RANGE_INVALID",
                f"{item.label}{words}{zh}（{in_chinese(other)}）。",
                f"{item.label_en} {words_en} {en} ({in_english(other)}).",
            )


CLEANED: Mapping[FieldType, Callable[[str], str]] = {FieldType.LONG_TEXT: clean_prose, FieldType.TEXT: clean_line}
"""Numbers and addresses are codes; what people call things keeps its punctuation."""


def _text(item: Field, value: Any, _today: date) -> str:
    text = CLEANED.get(item.type, clean)(str(value))
    longest = int(item.most) if item.most is not None else LONGEST[item.type]
    if len(text) > longest:
        raise Problem(
            "TEXT_LENGTH",
            f"{item.label}最多 {longest} 字，现有 {len(text)} 字，请精简。",
            f"{item.label_en} has {len(text)} characters; the most is {longest}.",
        )
    return text


def _phone(item: Field, value: Any, today: date) -> str:
    text = _text(item, value, today)
    if LANDLINE.fullmatch(text):
        return text
    try:
        return str(Mobile.parse(text))
    except Problem:
        raise Problem(
            "PHONE_INVALID",
            f"{item.label}须为手机号，或带区号的座机号，如 0791-88888888。",
            f"{item.label_en} is a mobile number, or a landline with its area code: 0791-88888888.",
        ) from None


def _email(item: Field, value: Any, today: date) -> str:
    text = _text(item, value, today)
    if not EMAIL.fullmatch(text):
        raise Problem(
            "EMAIL_INVALID",
            f"{item.label}须为电子邮箱地址，如 name@example.org。",
            f"{item.label_en} is an e-mail address such as name@example.org.",
        )
    return text


def _date(item: Field, value: Any, _today: date) -> str:
    text = clean(str(value))
    try:
        # the library also reads weeks, and days without hyphens with anything behind them
        if not ISO_DAY.fullmatch(text) or not "1900" <= text[:4] <= "2199":
            raise ValueError
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise Problem(
            "DATE_INVALID",
            f"{item.label}须为有效日期，格式如 2026-11-22。",
            f"{item.label_en} is a date such as 2026-11-22.",
        ) from None


def _integer(item: Field, value: Any, _today: date) -> int:
    try:
        number = int(clean(str(value)))
    except ValueError:
        raise Problem("NUM_RANGE", f"{item.label}须为整数。", f"{item.label_en} is a whole number.") from None
    _refuse_out_of_range(item, Decimal(number))
    return number


def _decimal(item: Field, value: Any, _today: date) -> str:
    """Kept as text: JSON has no decimals."""
    places = PLACES[item.type]
    try:
        number = Decimal(clean(str(value)))
        if not number.is_finite() or number != round(number, places):
            raise InvalidOperation
    except InvalidOperation:
        raise Problem(
            "NUM_RANGE",
            f"{item.label}须为数字，最多 {places} 位小数。",
            f"{item.label_en} is a number with at most {places} decimal places.",
        ) from None
    _refuse_out_of_range(item, number)
    return f"{number.normalize():f}"


def _refuse_out_of_range(item: Field, number: Decimal) -> None:
    least = Decimal(0) if item.least is None else Decimal(item.least)
    most = LARGEST if item.most is None else Decimal(item.most)
    if not least <= number <= most:
        raise Problem(
            "NUM_RANGE",
            f"{item.label}须在 {least:f} 至 {most:f} 之间。",
            f"{item.label_en} lies between {least:f} and {most:f}.",
        )


def _blob(item: Field, value: Any, _today: date) -> str:
    if not SHA256.fullmatch(str(value)):
        raise _missing(item)
    return str(value)


def _choice(item: Field, value: Any, _today: date) -> str:
    code = clean(str(value))
    if code not in item.choices:
        allowed = "、".join(f"{known} {text}" for known, text in item.choices.items())
        raise Problem(
            "ENUM_INVALID",
            f"{item.label}“{code}”不在可选范围内，可选：{allowed}。",
            f"{item.label_en} “{code}” is not one of: {', '.join(item.choices)}.",
        )
    return code


def _choices(item: Field, value: Any, today: date) -> list[str]:
    if not isinstance(value, list):
        raise _missing(item)
    codes = list(dict.fromkeys(_choice(item, one, today) for one in value))
    _refuse_wrong_count(item, len(codes))
    return codes


def _statement(item: Field, value: Any, _today: date) -> bool:
    if value not in (True, "true", "on", "yes", "1"):
        raise Problem(
            "STATEMENT_REQUIRED",
            f"请阅读并勾选“{item.label}”。",
            f"Read and tick “{item.label_en}”.",
        )
    return True


def _file(item: Field, value: Any, today: date) -> dict[str, Any]:
    try:
        return {
            "name": clean_prose(str(value["name"]))[:200],
            "sha256": _blob(item, value["sha256"], today),
            "pages": int(value.get("pages", 1)),
            "size": int(value.get("size", 0)),
        }
    except (KeyError, TypeError, ValueError, AttributeError):
        raise _missing(item) from None


def _attachments(item: Field, value: Any, today: date) -> list[dict[str, Any]]:
    if not isinstance(value, list):
        raise _missing(item)
    try:
        rows: list[dict[str, Any]] = [
            {
                "name": clean_prose(str(row["name"])),
                "sha256": _blob(item, row["sha256"], today),
                "pages": int(row["pages"]),
            }
            for row in value
        ]
    except (KeyError, TypeError, ValueError):
        raise _missing(item) from None
    if not all(row["name"] and row["pages"] > 0 for row in rows):
        raise _missing(item)
    return rows


def _rows(item: Field, value: Any, today: date, prefix: str, errors: list[FieldError]) -> list[dict[str, Any]]:
    """Each group is read as a form of its own; its errors are named ``<key>.<position>.<field>``, from 0."""
    if not isinstance(value, list) or not all(isinstance(row, Mapping) for row in value):
        raise _missing(item)
    _refuse_wrong_count(item, len(value))
    read = []
    for position, row in enumerate(value):
        cleaned, wrong = _read(item.rows, row, today, f"{prefix}{item.key}.{position}.")
        read.append(cleaned)
        errors += wrong
    return read


def _refuse_wrong_count(item: Field, count: int) -> None:
    least = int(item.least) if item.least is not None else int(item.required)
    most = int(item.most) if item.most is not None else MOST_ROWS
    if not least <= count <= most:
        raise Problem(
            "COUNT_RANGE",
            f"{item.label}须为 {least} 至 {most} 项，现有 {count} 项。",
            f"{item.label_en}: {least} to {most} are wanted, there are {count}.",
        )


def _missing(item: Field) -> Problem:
    if item.type in (FieldType.ROWS, FieldType.CHOICES):
        return Problem("FIELD_REQUIRED", f"请填写{item.label}。", f"Fill in: {item.label_en}.")
    return Problem("FILE_MISSING", f"请重新上传{item.label}。", f"Upload again: {item.label_en}.")


READERS: Mapping[FieldType, Callable[[Field, Any, date], Any]] = {
    FieldType.NAME: lambda _item, value, _today: str(PersonName.parse(str(value))),
    FieldType.ID_NO: lambda _item, value, today: str(IdNo.parse(str(value), today)),
    FieldType.USCC: lambda _item, value, _today: str(Uscc.parse(str(value))),
    FieldType.ENTERPRISE: lambda _item, value, _today: str(Uscc.parse(str(value))),
    FieldType.MOBILE: lambda _item, value, _today: str(Mobile.parse(str(value))),
    FieldType.PHONE: _phone,
    FieldType.EMAIL: _email,
    FieldType.DATE: _date,
    FieldType.TEXT: _text,
    FieldType.LONG_TEXT: _text,
    FieldType.SIGNATURE: _text,
    FieldType.LICENCE_NO: _text,
    FieldType.INVESTMENT_CODE: lambda _item, value, _today: str(InvestmentCode.parse(str(value))),
    FieldType.SAFETY_PERMIT_NO: lambda _item, value, _today: str(SafetyPermitNo.parse(str(value))),
    FieldType.INTEGER: _integer,
    FieldType.DECIMAL: _decimal,
    FieldType.MONEY: _decimal,
    FieldType.REGION: lambda _item, value, _today: str(Region.parse(str(value))),
    FieldType.COUNTY: lambda _item, value, _today: str(Region.parse(str(value), county=True)),
    FieldType.BLOB: _blob,
    FieldType.STATEMENT: _statement,
    FieldType.FILE: _file,
    FieldType.ATTACHMENTS: _attachments,
}
"""Of one value; choices, several choices and rows are read beside."""
