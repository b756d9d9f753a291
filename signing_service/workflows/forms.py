"""A form is read field by field, and every error is told at once; nothing of it is kept half."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from signing_service.domain.codes import IdNo, Mobile, PersonName, Uscc, clean, clean_prose
from signing_service.domain.errors import FieldError, Problem, refuse_all
from signing_service.workflows.procedure import Field, FieldType, Procedure

LONGEST = {FieldType.TEXT: 200, FieldType.LONG_TEXT: 2000, FieldType.LICENCE_NO: 40}
ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
SHA256 = re.compile(r"[0-9a-f]{64}")


def read_form(procedure: Procedure, values: Mapping[str, Any], today: date) -> dict[str, Any]:
    """The cleaned values of a form. Raises Problem FIELDS_INVALID with every field's error."""
    errors: list[FieldError] = []
    cleaned: dict[str, Any] = {}
    known = {item.key for item in procedure.fields}
    errors += [
        FieldError(key, "FIELD_UNKNOWN", "表单中没有此项，请删除。", "The form has no such field: remove it.")
        for key in sorted(values.keys() - known)
    ]
    for item in procedure.fields:
        value = values.get(item.key)
        if value in (None, "", []) or (isinstance(value, str) and not value.strip()):
            if item.required:
                errors.append(
                    FieldError(item.key, "FIELD_REQUIRED", f"请填写{item.label}。", f"Fill in: {item.label_en}.")
                )
            continue
        try:
            cleaned[item.key] = READERS[item.type](item, value, today)
            if item.type is FieldType.CHOICE:
                cleaned[f"{item.key}_name"] = item.choices[cleaned[item.key]]
        except Problem as problem:
            errors.append(FieldError(item.key, problem.code, problem.zh, problem.en))
    refuse_all(errors)
    return cleaned


def _text(item: Field, value: Any, _today: date) -> str:
    text = clean_prose(str(value)) if item.type is FieldType.LONG_TEXT else clean(str(value))
    if len(text) > LONGEST[item.type]:
        raise Problem(
            "TEXT_LENGTH",
            f"{item.label}最多 {LONGEST[item.type]} 字，现有 {len(text)} 字，请精简。",
            f"{item.label_en} has {len(text)} characters; the most is {LONGEST[item.type]}.",
        )
    return text


def _date(item: Field, value: Any, _today: date) -> str:
    text = clean(str(value))
    try:
        # the library also reads weeks, and days without hyphens with anything behind them
        if not ISO_DAY.fullmatch(text):
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
        return int(str(value))
    except ValueError:
        raise Problem("NUM_RANGE", f"{item.label}须为整数。", f"{item.label_en} is a whole number.") from None


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


def _missing(item: Field) -> Problem:
    return Problem("FILE_MISSING", f"请重新上传{item.label}。", f"Upload again: {item.label_en}.")


READERS: Mapping[FieldType, Callable[[Field, Any, date], Any]] = {
    FieldType.NAME: lambda _item, value, _today: str(PersonName.parse(str(value))),
    FieldType.ID_NO: lambda _item, value, today: str(IdNo.parse(str(value), today)),
    FieldType.USCC: lambda _item, value, _today: str(Uscc.parse(str(value))),
    FieldType.MOBILE: lambda _item, value, _today: str(Mobile.parse(str(value))),
    FieldType.DATE: _date,
    FieldType.TEXT: _text,
    FieldType.LONG_TEXT: _text,
    FieldType.LICENCE_NO: _text,
    FieldType.CHOICE: _choice,
    FieldType.INTEGER: _integer,
    FieldType.BLOB: _blob,
    FieldType.ATTACHMENTS: _attachments,
}
