"""A procedure's fields as what is on the page, and what comes back from the page as typed values.

Nothing that was typed is lost on the way, right or wrong: a date that is no date is shown again as it was typed. A file
is named on the page by its SHA-256 alone; what else is known of it comes from the draft, never from the browser.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from signing_service.domain.errors import FieldError
from signing_service.domain.regions import REGION_NAMES
from signing_service.web.platform.choices_in_english import choice_in_english
from signing_service.workflows.fields import Field, FieldType

MOST_ROWS = 50
"""Of a repeating group; what a browser sends beyond is not read."""

FEW = 5
"""Choices up to here are all in sight, as buttons; more of them fold into a list."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a type of field is put in."""

    kind: str = "line"
    """The macro that draws it: line, area, pad, choice, choices, statement, enterprise, files, rows."""
    input_type: str = "text"
    inputmode: str = ""
    autocomplete: str = "off"
    code: bool = False
    """Shown in the monospace of numbers, without spelling help."""
    hint: tuple[str, str] = ("", "")


# never type="number", which a browser empties when it is no number; never maxlength, which cuts what is pasted
MANNERS: Mapping[FieldType, Manner] = {
    FieldType.NAME: Manner(hint=("按身份证填写", "As on the ID card")),
    FieldType.ID_NO: Manner(code=True, hint=("18 位，末位可以是 X", "18 characters; the last may be X")),
    FieldType.USCC: Manner(code=True, hint=("18 位，见营业执照", "18 characters, on the business licence")),
    FieldType.MOBILE: Manner(input_type="tel", inputmode="tel", autocomplete="tel-national", code=True),
    FieldType.PHONE: Manner(input_type="tel", inputmode="tel", autocomplete="tel", code=True),
    FieldType.EMAIL: Manner(input_type="email", inputmode="email", autocomplete="email"),
    FieldType.DATE: Manner(input_type="date"),
    FieldType.TEXT: Manner(),
    FieldType.LONG_TEXT: Manner(kind="area", hint=("最多 2000 字", "Up to 2,000 characters")),
    FieldType.SIGNATURE: Manner(kind="pad"),
    FieldType.INTEGER: Manner(inputmode="numeric", code=True),
    FieldType.DECIMAL: Manner(inputmode="decimal", code=True),
    FieldType.MONEY: Manner(inputmode="decimal", code=True, hint=("单位：万元", "In 10,000 yuan")),
    FieldType.REGION: Manner(kind="choice"),
    FieldType.COUNTY: Manner(kind="choice"),
    FieldType.LICENCE_NO: Manner(code=True),
    FieldType.INVESTMENT_CODE: Manner(
        code=True, hint=("如 2609-360102-04-01-123456", "As in 2609-360102-04-01-123456")
    ),
    FieldType.SAFETY_PERMIT_NO: Manner(
        code=True, hint=("如（赣）JZ安许证字〔2016〕020028", "As in （赣）JZ安许证字〔2016〕020028")
    ),
    FieldType.CHOICE: Manner(kind="choice"),
    FieldType.CHOICES: Manner(kind="choices"),
    FieldType.STATEMENT: Manner(kind="statement"),
    FieldType.ENTERPRISE: Manner(kind="enterprise"),
    FieldType.BLOB: Manner(kind="files"),
    FieldType.FILE: Manner(kind="files"),
    FieldType.ATTACHMENTS: Manner(kind="files"),
    FieldType.ROWS: Manner(kind="rows"),
}

ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Widget:
    """A field as it stands on the page, with what is in it and what is wrong with it."""

    name: str
    """Of the input: ``mobile``, ``projects.0.title``."""
    manner: Manner
    label: tuple[str, str]
    hint: tuple[str, str]
    required: bool
    value: Any = ""
    """Text; a list of codes; True; a list of files."""
    choices: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    """Groups of (code, text); a group without a title is the only one."""
    proposed: tuple[tuple[str, str], ...] = ()
    """(value, what it is) that a line may be filled with; another is not refused for it."""
    many: bool = False
    """Whether several files are taken."""
    shown_if: tuple[str, tuple[str, ...]] | None = None
    condition: tuple[str, str] = ("", "")
    """In words, for a page that cannot hide it."""
    error: FieldError | None = None
    rows: tuple[tuple[Widget, ...], ...] = ()

    @property
    def id(self) -> str:
        return "f-" + self.name.replace(".", "-")

    @property
    def input_type(self) -> str:
        """A date that is none is shown as text, or the browser would empty it."""
        return (
            "text"
            if self.manner.input_type == "date" and self.value and not _is_day(self.value)
            else self.manner.input_type
        )

    @property
    def in_sight(self) -> bool:
        return sum(len(group) for _, group in self.choices) <= FEW


def widgets(
    fields: Iterable[Field],
    typed: Mapping[str, Any],
    errors: Iterable[FieldError] = (),
    *,
    prefix: str = "",
) -> list[Widget]:
    """The fields with what was typed in them; ``errors`` are named as the inputs are."""
    told: dict[str, FieldError] = {}
    for error in errors:
        told.setdefault(error.field, error)
    known = list(fields)
    return [_widget(one, known, typed.get(one.key), told, prefix) for one in known]


def _widget(one: Field, siblings: Sequence[Field], value: Any, told: Mapping[str, FieldError], prefix: str) -> Widget:
    manner = MANNERS[one.type]
    name = prefix + one.key
    widget = Widget(
        name=name,
        manner=manner,
        label=(one.label, one.label_en),
        hint=_hint(one, manner),
        required=one.required,
        choices=_choices(one),
        many=one.type is FieldType.ATTACHMENTS,
        shown_if=(prefix + one.visible_if[0], one.visible_if[1]) if one.visible_if else None,
        condition=_condition(one, siblings),
        error=told.get(name),
    )
    match manner.kind:
        case "rows":
            given = [row for row in value or [] if isinstance(row, Mapping)] or [{}]
            return replace(
                widget,
                rows=tuple(
                    tuple(widgets(one.rows, row, told.values(), prefix=f"{name}.{at}."))
                    for at, row in enumerate(given[:MOST_ROWS])
                ),
            )
        case "files":
            found = {"name": one.label, "sha256": value} if one.type is FieldType.BLOB and value else value
            return replace(widget, value=_files(found))
        case "choices":
            return replace(widget, value=[str(code) for code in value] if isinstance(value, list) else [])
        case "statement":
            return replace(widget, value=value is True)
    return replace(widget, value="" if value is None else str(value))


def _hint(one: Field, manner: Manner) -> tuple[str, str]:
    if one.hint:
        return one.hint, one.hint_en
    if manner.kind == "area" and one.most:
        return f"最多 {one.most} 字", f"Up to {one.most} characters"
    if one.type is FieldType.MONEY and "万元" in one.label:
        return ("", "")
    return manner.hint


def _choices(one: Field) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    if one.type in (FieldType.REGION, FieldType.COUNTY):
        return _REGIONS[one.type is FieldType.COUNTY]
    return (("", tuple(one.choices.items())),) if one.choices else ()


def _of_province(county: bool) -> Iterator[tuple[str, tuple[tuple[str, str], ...]]]:
    """Jiangxi by prefecture; elsewhere no counties are known."""
    cities = [code for code in REGION_NAMES if code.startswith("36") and code.endswith("00") and code != "360000"]
    if not county:
        yield REGION_NAMES["360000"], (("360000", f"{REGION_NAMES['360000']}（省本级）"),)
    for city in sorted(cities):
        within = sorted(code for code in REGION_NAMES if code.startswith(city[:4]) and code != city)
        whole = () if county else ((city, f"{REGION_NAMES[city]}（市本级）"),)
        yield REGION_NAMES[city], (*whole, *((code, REGION_NAMES[code]) for code in within))


_REGIONS = {county: tuple(_of_province(county=county)) for county in (False, True)}


def _condition(one: Field, siblings: Sequence[Field]) -> tuple[str, str]:
    if one.visible_if is None:
        return ("", "")
    key, codes = one.visible_if
    other = next((sibling for sibling in siblings if sibling.key == key), None)
    if other is None:
        return ("", "")
    texts = [other.choices.get(code, "") for code in codes]
    return (
        f"仅当“{other.label}”为{'、'.join(f'“{text}”' for text in texts if text) or '已勾选'}时填写",
        (
            f"Only where “{other.label_en}” is "
            f"{' or '.join(f'“{choice_in_english(text)}”' for text in texts if text) or 'ticked'}"
        ),
    )


def _files(value: Any) -> list[Mapping[str, Any]]:
    found = [value] if isinstance(value, Mapping) else value if isinstance(value, list) else []
    return [one for one in found if isinstance(one, Mapping) and one.get("sha256")]


def _is_day(text: str) -> bool:
    try:
        return bool(ISO_DAY.fullmatch(text)) and bool(date.fromisoformat(text))
    except ValueError:
        return False


# ── back from the page ────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Posted:
    """What a browser sends: names and values in their order, files apart."""

    pairs: Sequence[tuple[str, str]]
    _by_name: Mapping[str, list[str]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        by_name: dict[str, list[str]] = {}
        for name, value in self.pairs:
            by_name.setdefault(name, []).append(value.replace("\r\n", "\n"))
        object.__setattr__(self, "_by_name", by_name)

    def all(self, name: str) -> list[str]:
        return self._by_name.get(name, [])

    def one(self, name: str) -> str:
        """The last one that says something."""
        return next((value for value in reversed(self.all(name)) if value), "")

    def row_numbers(self, name: str) -> list[int]:
        """Of a repeating group, in order: ``projects.0.title`` and ``projects.2.title`` are 0 and 2."""
        head = re.compile(re.escape(name) + r"\.(\d{1,4})\.", re.ASCII)
        return sorted({int(found.group(1)) for known in self._by_name if (found := head.match(known))})[:MOST_ROWS]


def typed_of(fields: Iterable[Field], posted: Posted, draft: Mapping[str, Any], *, prefix: str = "") -> dict[str, Any]:
    """What was typed, by key; what is empty is left out. Files are those of ``draft`` that the page still names."""
    known = list(fields)
    files = {str(one["sha256"]): dict(one) for one in files_in(draft)}
    hashes = {str(draft.get(one.key)) for one in known if one.type is FieldType.BLOB}
    return _read(known, posted, {**{sha256: {"sha256": sha256} for sha256 in hashes}, **files}, prefix)


def _read(fields: Iterable[Field], posted: Posted, files: Mapping[str, dict[str, Any]], prefix: str) -> dict[str, Any]:
    typed = {one.key: READ[MANNERS[one.type].kind](one, prefix + one.key, posted, files) for one in fields}
    return {key: value for key, value in typed.items() if value not in ("", None, [], False)}


def _line(one: Field, name: str, posted: Posted, files: Mapping[str, dict[str, Any]]) -> str:
    del one, files
    return posted.one(name)


def _many(one: Field, name: str, posted: Posted, files: Mapping[str, dict[str, Any]]) -> list[str]:
    del one, files
    return list(dict.fromkeys(value for value in posted.all(name) if value))


def _promise(one: Field, name: str, posted: Posted, files: Mapping[str, dict[str, Any]]) -> bool:
    del one, files
    return bool(posted.one(name))


def _enterprise(one: Field, name: str, posted: Posted, files: Mapping[str, dict[str, Any]]) -> str:
    """What was picked from the list of those found, else what was typed."""
    del one, files
    return posted.one(f"{name}.picked") or posted.one(name)


def _kept(one: Field, name: str, posted: Posted, files: Mapping[str, dict[str, Any]]) -> Any:
    named = [files[sha256] for sha256 in dict.fromkeys(posted.all(name)) if sha256 in files]
    if one.type is FieldType.ATTACHMENTS:
        return named
    last = named[-1] if named else None
    return last["sha256"] if last and one.type is FieldType.BLOB else last


def _rows(one: Field, name: str, posted: Posted, files: Mapping[str, dict[str, Any]]) -> list[dict[str, Any]]:
    read = (_read(one.rows, posted, files, f"{name}.{at}.") for at in posted.row_numbers(name))
    return [row for row in read if row]


READ: Mapping[str, Callable[[Field, str, Posted, Mapping[str, dict[str, Any]]], Any]] = {
    "line": _line,
    "area": _line,
    "pad": _line,
    "choice": _line,
    "choices": _many,
    "statement": _promise,
    "enterprise": _enterprise,
    "files": _kept,
    "rows": _rows,
}


def files_in(typed: Any) -> Iterator[Mapping[str, Any]]:
    """Every file that a draft names, however deep."""
    if isinstance(typed, Mapping):
        if typed.get("sha256"):
            yield typed
            return
        typed = typed.values()
    elif not isinstance(typed, list):
        return
    for one in typed:
        yield from files_in(one)


def field_at(fields: Iterable[Field], name: str) -> Field | None:
    """The field that an input's name belongs to: of ``projects.0.plan`` the field ``plan`` of the group."""
    key, _, below = name.partition(".")
    one = next((one for one in fields if one.key == key), None)
    if one is None or not below:
        return one
    number, _, rest = below.partition(".")
    return field_at(one.rows, rest) if one.type is FieldType.ROWS and number.isdecimal() and rest else None


def with_file(fields: Sequence[Field], typed: Mapping[str, Any], name: str, file: Mapping[str, Any]) -> dict[str, Any]:
    """``typed`` with this file at that input; where one alone is asked for it replaces the former."""
    after = dict(typed)
    key, _, below = name.partition(".")
    one = next(one for one in fields if one.key == key)
    if below:
        number, _, rest = below.partition(".")
        rows = [dict(row) for row in after.get(key, [])]
        rows += [{} for _ in range(int(number) + 1 - len(rows))]
        rows[int(number)] = with_file(one.rows, rows[int(number)], rest, file)
        after[key] = rows
    elif one.type is FieldType.BLOB:
        after[key] = file["sha256"]
    elif one.type is FieldType.FILE:
        after[key] = dict(file)
    else:
        after[key] = [*(known for known in after.get(key, []) if known["sha256"] != file["sha256"]), dict(file)]
    return after


def without_file(typed: Any, sha256: str) -> Any:
    """``typed`` without the file of that hash, wherever it stands."""
    if isinstance(typed, Mapping):
        return {key: without_file(value, sha256) for key, value in typed.items() if not _is_file(value, sha256)}
    if isinstance(typed, list):
        return [without_file(value, sha256) for value in typed if not _is_file(value, sha256)]
    return typed


def _is_file(value: Any, sha256: str) -> bool:
    return value == sha256 or (isinstance(value, Mapping) and value.get("sha256") == sha256)
