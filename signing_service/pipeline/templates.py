"""What every document looks like, as data: a folder per template and edition, written by a designer, read strictly.

``templates/<forms|licences|notices>/<name>/<edition>/template.toml`` says what stands where, ``sample.json`` beside it
holds facts to show it with, and ``templates/style.toml`` holds what all of them share. Lengths are millimetres, type
sizes points. templates/README.md describes the vocabulary.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from signing_service.domain.documents import DocumentKind, SignatoryRole, TemplateId
from signing_service.domain.errors import Problem
from signing_service.domain.seals import ENTERPRISE_SEAL_MM, SPECIAL_SEALS
from signing_service.pipeline.fonts import SANS, SERIF
from signing_service.pipeline.wording import Wording

T = TypeVar("T")

STYLE = "style.toml"
TEMPLATE = "template.toml"
SAMPLE = "sample.json"
ALIGNMENTS = ("left", "centre", "right", "justify")
BACKGROUNDS = ("guilloche",)
"""The drawings a licence can stand on; ``pipeline.licence_face`` draws them."""
A4 = (210.0, 297.0)
MADE_ON = "made_on"
"""The fact that every document has of itself: the day it is made."""
NOTHING_LISTED = "（无）"
FEWEST_PAGES, MOST_PAGES_OF_A_SEAM = 2, 20
"""One page has no seam; of more than twenty a strip would be thinner than 2 mm."""
SMALLEST_SIGNED_QR = 40.5
"""Millimetres: a licence's QR will carry a signed statement, which needs many modules."""


Fact = tuple[str, bool]
"""The name of a fact, and whether it must be there."""


def _slots(wording: Wording, prefix: str = "") -> Iterator[Fact]:
    return ((prefix + slot.name, not slot.optional) for slot in wording.slots)


@dataclass(frozen=True, slots=True)
class TextStyle:
    """``size`` in points, ``leading`` in millimetres, ``spacing`` between letters in em."""

    face: str
    size: float
    leading: float
    colour: str
    bold: float = 0.0
    """The faces come in one weight; bold is the letter filled and drawn around with a line this wide, in em."""
    spacing: float = 0.0


@dataclass(frozen=True, slots=True)
class Style:
    """What all templates share."""

    left: float
    right: float
    top: float
    bottom: float
    texts: Mapping[str, TextStyle]
    colours: Mapping[str, str]
    inner_line: float
    outer_line: float
    smallest: float
    """Type is never set below this, in points; text that is longer takes more lines."""
    qr_side: float
    code_height: float
    """Below the QR, for the 查验码."""
    sentence: str
    page_number: str


@dataclass(frozen=True, slots=True)
class Option:
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Field:
    """A labelled cell: the label takes one column, the value ``span``."""

    label: str
    value: Wording
    span: int = 1
    strong: bool = False
    lines: int = 1
    """The least number of lines the value has room for."""
    options: tuple[Option, ...] = ()
    """A check-box list; then ``value`` is a single fact holding the code, or a list of codes, that is ticked."""


@dataclass(frozen=True, slots=True)
class Photo:
    """25 x 35 mm, JPEG. In a grid it takes the last column of the first ``rows`` rows."""

    fact: str
    rows: int = 1
    required: bool = True
    """Where it is not, its place stays empty and says so: a form may be signed before there is a portrait."""


@dataclass(frozen=True, slots=True)
class Grid:
    columns: tuple[float, ...]
    rows: tuple[tuple[Field, ...], ...]
    caption: str = ""
    photo: Photo | None = None

    def facts(self) -> Iterator[Fact]:
        for row in self.rows:
            for field in row:
                yield from _slots(field.value)
        if self.photo:
            yield self.photo.fact, self.photo.required


@dataclass(frozen=True, slots=True)
class Column:
    title: str
    value: Wording
    """A lone ``#`` counts the rows."""
    width: float
    align: str = "left"


@dataclass(frozen=True, slots=True)
class Listing:
    """A table: one row for each item of the list ``rows`` names; its header is repeated on every page."""

    rows: str
    columns: tuple[Column, ...]
    caption: str = ""
    empty: str = NOTHING_LISTED

    def facts(self) -> Iterator[Fact]:
        yield self.rows, True
        for column in self.columns:
            yield from _slots(column.value, f"{self.rows}[].")


@dataclass(frozen=True, slots=True)
class Paragraphs:
    text: tuple[Wording, ...]
    style: str = "body"
    caption: str = ""
    indent: float = 2.0
    """Of the first line, in em."""
    align: str = "justify"
    space: float = 0.0
    """Above the first paragraph."""

    def facts(self) -> Iterator[Fact]:
        for paragraph in self.text:
            yield from _slots(paragraph)


@dataclass(frozen=True, slots=True)
class Area:
    """Where a role signs, in a cell of its own."""

    role: SignatoryRole
    width: float = 0.0
    size: tuple[float, float] = (0.0, 0.0)
    label: str = ""
    text: Wording = Wording(())
    date: Wording = Wording(())
    at: tuple[float, float] = (0.0, 0.0)
    """On a licence: left and top of the area on the page."""
    only_with: str = ""
    """A fact without which the cell is left out, and nobody signs there."""


@dataclass(frozen=True, slots=True)
class Signatures:
    areas: tuple[Area, ...]
    caption: str = ""
    note: str = ""

    def facts(self) -> Iterator[Fact]:
        for area in self.areas:
            if area.only_with:
                yield area.only_with, False
            yield from _slots(area.text)
            yield from _slots(area.date)


@dataclass(frozen=True, slots=True)
class Closing:
    """落款: issuer and date, with the seal over both."""

    issuer: Wording
    date: Wording
    area: Area
    space: float = 0.0

    @property
    def areas(self) -> tuple[Area, ...]:
        return (self.area,)

    def facts(self) -> Iterator[Fact]:
        yield from _slots(self.issuer)
        yield from _slots(self.date)


Block = Grid | Listing | Paragraphs | Signatures | Closing


@dataclass(frozen=True, slots=True)
class Mark:
    """Words at a place on a licence. ``height`` bounds the lines; a value that does not fit is refused."""

    at: tuple[float, float]
    width: float
    height: float
    value: Wording
    style: str
    label: str = ""
    label_width: float = 0.0
    label_style: str = "label"
    align: str = "left"
    rows: str = ""
    """The name of a list: the words are set once for each of its items, line under line."""
    rule: bool = False
    """A hairline under the value."""


@dataclass(frozen=True, slots=True)
class Face:
    """A licence: one page, everything at its place."""

    background: str
    marks: tuple[Mark, ...]
    areas: tuple[Area, ...]
    qr_at: tuple[float, float]
    qr_side: float
    photo: Photo | None = None
    photo_at: tuple[float, float] = (0.0, 0.0)

    def facts(self) -> Iterator[Fact]:
        for mark in self.marks:
            if mark.rows:
                yield mark.rows, True
            yield from _slots(mark.value, f"{mark.rows}[]." if mark.rows else "")
        if self.photo:
            yield self.photo.fact, True


@dataclass(frozen=True, slots=True)
class Seam:
    """骑缝章: the enterprise's seal across the edges of the pages, where the fact ``chosen_by`` says ``yes``."""

    role: SignatoryRole
    chosen_by: str
    most_pages: int = 10
    """That share a seal: of ten pages each carries 4 mm of it. More are split into groups."""


@dataclass(frozen=True, slots=True)
class Heading:
    text: Wording
    style: str


@dataclass(frozen=True, slots=True)
class Template:
    template_id: TemplateId
    title: str
    title_en: str
    """What the document is called on English pages; it is not drawn."""
    heading: tuple[Heading, ...]
    """The title as it is drawn, line by line."""
    page: tuple[float, float]
    style: Style
    left_note: Wording
    right_note: Wording
    subject: Wording
    blocks: tuple[Block, ...] = ()
    face: Face | None = None
    invisible: tuple[SignatoryRole, ...] = ()
    seam: Seam | None = None
    title_of_each: Wording = Wording(())
    """What tells a document from others of the dossier that have the same title; empty: there is but one."""
    authority_seal: str = ""
    """Purpose of the authority's special seal that goes on it (``domain.seals.SPECIAL_SEALS``); empty: the general one."""
    folder: Path = Path()

    def titled(self, facts: Mapping[str, Any]) -> str:
        """What one document is called, in a list of documents."""
        return self.title_of_each.fill(facts, "title_of_each") or self.title

    @property
    def areas(self) -> tuple[Area, ...]:
        """Every area that shows on a page, as the template lists them."""
        signed = (block.areas for block in self.blocks if isinstance(block, (Signatures, Closing)))
        return (*(self.face.areas if self.face else ()), *(area for areas in signed for area in areas))

    @property
    def roles(self) -> tuple[SignatoryRole, ...]:
        """Who signs, in the order in which they do."""
        signing = {*(area.role for area in self.areas), *self.invisible}
        return tuple(role for role in SignatoryRole if role in signing)

    @property
    def facts(self) -> dict[str, bool]:
        """Every fact the template draws, and whether it must be there; of a list's items as ``personnel[].name``."""
        found: dict[str, bool] = {}
        for name, required in self._facts():
            found[name] = found.get(name, False) or required
        found.pop(MADE_ON, None)
        return found

    def _facts(self) -> Iterator[Fact]:
        notes = (self.left_note, self.right_note, self.subject, self.title_of_each)
        for wording in (*notes, *(line.text for line in self.heading)):
            yield from _slots(wording)
        for block in self.blocks:
            yield from block.facts()
        if self.face:
            yield from self.face.facts()
        if self.seam:
            yield self.seam.chosen_by, False

    def sample(self) -> dict[str, Any]:
        """The synthetic facts beside the template."""
        path = self.folder / SAMPLE
        if not path.is_file():
            raise _invalid(path, "", "", "文件不存在", "the file is missing")
        facts: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return facts


def load(root: Path, which: TemplateId | Path) -> Template:
    """One template of the folder ``root``, by its id or by the path of its edition.

    Raises Problem TEMPLATE_UNKNOWN when there is none, TEMPLATE_INVALID naming file, table and key when it is not well
    written.
    """
    folder = root / str(which) if isinstance(which, TemplateId) else which
    if not (folder / TEMPLATE).is_file():
        raise Problem(
            "TEMPLATE_UNKNOWN",
            f"没有模板“{which}”。可用模板请见 templates/README.md。",
            f"There is no template {which}; templates/README.md lists those there are.",
            status=404,
        )
    template_id = which if isinstance(which, TemplateId) else _id_of(folder)
    style = _read(root / STYLE, _style)
    return _read(folder / TEMPLATE, lambda table: _template(table, template_id, style, folder))


def title_en(root: Path, which: str) -> str:
    """What a document of the template and edition ``forms/so_renew_form/2026-01`` is called in English.

    Empty where the folder ``root`` has it no more.
    """
    return str(_head(root, which).get("title_en", ""))


def authority_seal(root: Path, which: str) -> str:
    """As ``Template.authority_seal``, of a template and edition; empty where the folder ``root`` has it no more."""
    return str(_head(root, which).get("authority_seal", ""))


@lru_cache(maxsize=1_024)
def _head(root: Path, which: str) -> Mapping[str, Any]:
    """What stands before the first table."""
    path = root / which / TEMPLATE
    return tomllib.loads(path.read_text("utf-8").partition("\n[")[0]) if path.is_file() else {}


def all_templates(root: Path) -> list[TemplateId]:
    """Every template and edition, in the order of their names."""
    return sorted((_id_of(path.parent) for path in root.glob(f"*/*/*/{TEMPLATE}")), key=str)


def latest(root: Path, kind: DocumentKind, name: str) -> TemplateId:
    """The newest edition of a template. Raises Problem TEMPLATE_UNKNOWN when there is none."""
    editions = [one for one in all_templates(root) if (one.kind, one.name) == (kind, name)]
    if not editions:
        raise Problem(
            "TEMPLATE_UNKNOWN",
            f"没有名为“{name}”的{kind}模板。可用模板请见 templates/README.md。",
            f"There is no {kind} template named {name}; templates/README.md lists those there are.",
            status=404,
        )
    return editions[-1]


def _id_of(folder: Path) -> TemplateId:
    kinds = {f"{kind}s": kind for kind in DocumentKind}
    kind = kinds.get(folder.parent.parent.name)
    if kind is None:
        zh, en = "模板须放在 forms、licences 或 notices 之下", "a template lives under forms, licences or notices"
        raise _invalid(folder / TEMPLATE, "", "", zh, en)
    return TemplateId(kind, folder.parent.name, folder.name)


def _invalid(path: Path, table: str, key: str, zh: str, en: str) -> Problem:
    place = "/".join(path.parts[-4:])
    where = " ".join(part for part in (place, f"[{table}]" if table else "", key) if part)
    return Problem(
        "TEMPLATE_INVALID",
        f"模板有误（{where}）：{zh}。请更正模板后重试。",
        f"The template is not well written ({where}): {en}. Correct it and try again.",
        status=500,
        file=place,
        table=table,
        key=key,
    )


class _Table:
    """A table of a TOML file, read key by key; what was never asked for is refused."""

    def __init__(self, path: Path, name: str, content: Mapping[str, Any]) -> None:
        self.path, self.name, self.content = path, name, dict(content)

    def refuse(self, key: str, zh: str, en: str) -> Problem:
        return _invalid(self.path, self.name, key, zh, en)

    def take(self, key: str, kind: type[T], default: T | None = None) -> T:
        if key not in self.content:
            if default is None:
                raise self.refuse(key, "缺少该项", "the key is missing")
            return default
        value = self.content.pop(key)
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise self.refuse(key, f"应为 {kind.__name__}", f"it must be of type {kind.__name__}")
        return value

    def numbers(self, key: str, count: int = 0, default: tuple[float, ...] | None = None) -> tuple[float, ...]:
        values = self.take(key, list, None if default is None else list(default))
        good = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values)
        if not good or (count and len(values) != count):
            raise self.refuse(key, f"应为 {count or '若干'} 个数", f"it must be a list of {count or 'some'} numbers")
        return tuple(float(value) for value in values)

    def pair(self, key: str, default: tuple[float, float] | None = None) -> tuple[float, float]:
        first, second = self.numbers(key, 2, default)
        return first, second

    def one_of(self, key: str, allowed: tuple[str, ...] | Mapping[str, Any], default: str | None = None) -> str:
        value = self.take(key, str, default)
        if value not in allowed:
            names = "、".join(allowed)
            raise self.refuse(key, f"“{value}”不在 {names} 之中", f"{value!r} is none of {', '.join(allowed)}")
        return value

    def words(self, key: str, default: str | None = None) -> Wording:
        return self.parsed(key, self.take(key, str, default))

    def parsed(self, key: str, text: str) -> Wording:
        try:
            return Wording.parse(text)
        except ValueError as error:
            raise self.refuse(key, f"“{text}”的花括号有误", str(error)) from None

    def table(self, key: str) -> _Table:
        return _Table(self.path, f"{self.name}.{key}".lstrip("."), self.take(key, dict))

    def optional(self, key: str) -> _Table | None:
        return self.table(key) if key in self.content else None

    def tables(self, key: str, *, needed: bool = True) -> list[_Table]:
        return self.several(key, self.take(key, list, None if needed else []))

    def several(self, key: str, values: list[Any]) -> list[_Table]:
        if not all(isinstance(value, dict) for value in values):
            raise self.refuse(key, "应为表的数组", "it must be an array of tables")
        name = f"{self.name}.{key}".lstrip(".")
        return [_Table(self.path, f"{name} {number}", value) for number, value in enumerate(values, 1)]

    def done(self, made: T) -> T:
        if self.content:
            key = next(iter(self.content))
            raise self.refuse(key, "没有这一项", "there is no such key")
        return made


def _read(path: Path, make: Callable[[_Table], T]) -> T:
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise _invalid(path, "", "", "文件不存在", "the file is missing") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _invalid(path, "", "", f"不是有效的 TOML：{error}", f"it is not TOML: {error}") from None
    table = _Table(path, "", content)
    return table.done(make(table))


def _style(root: _Table) -> Style:
    page, lines, qr = root.table("page"), root.table("line"), root.table("qr")
    texts, colours, footer = root.table("text"), root.table("colour"), root.table("footer")
    palette = {name: colours.take(name, str) for name in list(colours.content)}
    style = Style(
        left=page.take("left", float),
        right=page.take("right", float),
        top=page.take("top", float),
        bottom=page.take("bottom", float),
        texts={name: _text_style(texts.table(name), palette) for name in list(texts.content)},
        colours=palette,
        inner_line=lines.take("inner", float),
        outer_line=lines.take("outer", float),
        smallest=page.take("smallest", float),
        qr_side=qr.take("side", float),
        code_height=qr.take("code_height", float),
        sentence=footer.take("sentence", str),
        page_number=footer.take("page_number", str),
    )
    for table in (page, lines, qr, texts, colours, footer):
        table.done(None)
    return style


def _text_style(table: _Table, colours: Mapping[str, str]) -> TextStyle:
    return table.done(
        TextStyle(
            face=table.one_of("face", (SERIF, SANS)),
            size=table.take("size", float),
            leading=table.take("leading", float),
            colour=colours[table.one_of("colour", colours, "ink")],
            bold=table.take("bold", float, 0.0),
            spacing=table.take("spacing", float, 0.0),
        )
    )


def _template(root: _Table, template_id: TemplateId, style: Style, folder: Path) -> Template:
    title, english = root.take("title", str), root.take("title_en", str)
    face = root.optional("face")
    page = (A4[1], A4[0]) if root.one_of("page", ("portrait", "landscape"), "portrait") == "landscape" else A4
    template = Template(
        template_id=template_id,
        title=title,
        title_en=english,
        heading=tuple(_heading(table, style) for table in root.tables("heading", needed=face is None)),
        page=page,
        style=style,
        title_of_each=root.words("title_of_each", ""),
        left_note=root.words("left_note", ""),
        right_note=root.words("right_note", ""),
        subject=root.words("subject", ""),
        blocks=tuple(_block(table, style) for table in root.tables("block", needed=face is None)),
        face=_face(face, style) if face else None,
        invisible=tuple(_role(root, "invisible", str(name)) for name in root.take("invisible", list, [])),
        seam=_seam(root.optional("seam"), style),
        authority_seal=root.one_of("authority_seal", ("", *SPECIAL_SEALS), ""),
        folder=folder,
    )
    if template.seam and template.seam.role not in {area.role for area in template.areas}:
        raise root.refuse("seam", "骑缝章的角色须有签章区", "who seals the seam needs an area of its own")
    if len(template.roles) != len(template.areas) + len(template.invisible):
        raise root.refuse("role", "同一签署角色出现两次", "a role signs twice")
    return template


def _seam(table: _Table | None, style: Style) -> Seam | None:
    if table is None:
        return None
    seam = Seam(
        _role(table, "role", table.take("role", str)), table.take("chosen_by", str), table.take("most_pages", int, 10)
    )
    if not FEWEST_PAGES <= seam.most_pages <= MOST_PAGES_OF_A_SEAM:
        zh, en = f"应为 {FEWEST_PAGES} 至 {MOST_PAGES_OF_A_SEAM} 页", f"{FEWEST_PAGES} to {MOST_PAGES_OF_A_SEAM} pages"
        raise table.refuse("most_pages", zh, en)
    if style.right < ENTERPRISE_SEAL_MM / FEWEST_PAGES:
        raise table.refuse("role", "右侧页边容不下半枚印章", "the right margin is narrower than half a seal")
    return table.done(seam)


def _heading(table: _Table, style: Style) -> Heading:
    return table.done(Heading(table.words("text"), table.one_of("style", style.texts)))


def _role(table: _Table, key: str, name: str) -> SignatoryRole:
    if name not in set(SignatoryRole):
        raise table.refuse(key, f"没有签署角色“{name}”", f"there is no signatory role {name!r}")
    return SignatoryRole(name)


def _block(table: _Table, style: Style) -> Block:
    makers: dict[str, Callable[[_Table, Style], Block]] = {
        "grid": _grid,
        "table": _listing,
        "text": _paragraphs,
        "signatures": _signatures,
        "closing": _closing,
    }
    make = makers[table.one_of("type", makers)]
    return table.done(make(table, style))


def _width(style: Style) -> float:
    return A4[0] - style.left - style.right


def _fills(table: _Table, key: str, widths: tuple[float, ...], style: Style) -> None:
    if abs(sum(widths) - _width(style)) > 0.01:
        whole = _width(style)
        zh, en = f"各列宽之和应为 {whole:g} mm", f"the widths must add up to {whole:g} mm, not {sum(widths):g}"
        raise table.refuse(key, zh, en)


def _grid(table: _Table, style: Style) -> Grid:
    columns = table.numbers("columns")
    _fills(table, "columns", columns, style)
    photo = _photo(table.optional("photo"))
    rows = []
    for number, row in enumerate(table.take("rows", list), 1):
        if not isinstance(row, list):
            raise table.refuse("rows", "每行应为数组", "each row must be an array")
        fields = tuple(_field(cell) for cell in table.several(f"rows {number}", row))
        taken = sum(1 + field.span for field in fields)
        room = len(columns) - (1 if photo and number <= photo.rows else 0)
        if taken != room:
            zh, en = f"第 {number} 行占 {taken} 列，应为 {room} 列", f"row {number} takes {taken} columns of {room}"
            raise table.refuse("rows", zh, en)
        rows.append(fields)
    return Grid(columns, tuple(rows), table.take("caption", str, ""), photo)


def _field(table: _Table) -> Field:
    options = []
    for option in table.take("options", list, []):
        if not (isinstance(option, list) and len(option) == 2):
            raise table.refuse("options", "选项写作 [代码, 文字]", "an option is written [code, text]")
        options.append(Option(str(option[0]), str(option[1])))
    field = Field(
        label=table.take("label", str),
        value=table.words("value"),
        span=table.take("span", int, 1),
        strong=table.take("strong", bool, False),
        lines=table.take("lines", int, 1),
        options=tuple(options),
    )
    if options and not (len(field.value.parts) == len(field.value.slots) == 1):
        raise table.refuse("value", "选项的值须为单一事项", "the value of a check-box list is a single fact")
    return table.done(field)


def _photo(table: _Table | None) -> Photo | None:
    if table is None:
        return None
    fact = table.take("fact", str)
    return table.done(Photo(fact.rstrip("?"), table.take("rows", int, 1), required=not fact.endswith("?")))


def _listing(table: _Table, style: Style) -> Listing:
    columns = tuple(_column(column) for column in table.tables("columns"))
    _fills(table, "columns", tuple(column.width for column in columns), style)
    return Listing(
        table.take("rows", str), columns, table.take("caption", str, ""), table.take("empty", str, NOTHING_LISTED)
    )


def _column(table: _Table) -> Column:
    return table.done(
        Column(
            title=table.take("title", str),
            value=table.words("value"),
            width=table.take("width", float),
            align=table.one_of("align", ALIGNMENTS, "left"),
        )
    )


def _paragraphs(table: _Table, style: Style) -> Paragraphs:
    return Paragraphs(
        text=tuple(table.parsed("text", str(line)) for line in table.take("text", list)),
        style=table.one_of("style", style.texts, "body"),
        caption=table.take("caption", str, ""),
        indent=table.take("indent", float, 2.0),
        align=table.one_of("align", ALIGNMENTS, "justify"),
        space=table.take("space", float, 0.0),
    )


def _area(table: _Table) -> Area:
    size = table.pair("size")
    return table.done(
        Area(
            role=_role(table, "role", table.take("role", str)),
            size=size,
            width=table.take("width", float, 0.0),
            label=table.take("label", str, ""),
            text=table.words("text", ""),
            date=table.words("date", ""),
            at=table.pair("at", (0.0, 0.0)),
            only_with=table.take("only_with", str, ""),
        )
    )


def _signatures(table: _Table, style: Style) -> Signatures:
    areas = tuple(_area(area) for area in table.tables("areas"))
    for area in areas:
        if area.width < area.size[0]:
            raise table.refuse("areas", "签章区宽于所在格", f"the area of {area.role} is wider than its cell")
    return Signatures(areas, table.take("caption", str, ""), table.take("note", str, ""))


def _closing(table: _Table, style: Style) -> Closing:
    area = Area(_role(table, "role", table.take("role", str)), size=table.pair("size"))
    return Closing(table.words("issuer"), table.words("date"), area, table.take("space", float, 0.0))


def _face(table: _Table, style: Style) -> Face:
    photo = table.optional("photo")
    photo_at = photo.pair("at") if photo else (0.0, 0.0)
    qr = table.table("qr")
    face = Face(
        background=table.one_of("background", BACKGROUNDS),
        marks=tuple(_mark(mark, style) for mark in table.tables("mark")),
        areas=tuple(_area(area) for area in table.tables("areas")),
        qr_at=qr.pair("at"),
        qr_side=qr.take("side", float),
        photo=_photo(photo),
        photo_at=photo_at,
    )
    qr.done(None)
    if face.qr_side < SMALLEST_SIGNED_QR:
        least = f"{SMALLEST_SIGNED_QR:g}"
        raise qr.refuse("side", f"证照的二维码区不得小于 {least} mm", f"a licence's QR zone is at least {least} mm")
    return table.done(face)


def _mark(table: _Table, style: Style) -> Mark:
    name = table.one_of("style", style.texts)
    return table.done(
        Mark(
            at=table.pair("at"),
            width=table.take("width", float),
            height=table.take("height", float, style.texts[name].leading),
            value=table.words("value"),
            style=name,
            label=table.take("label", str, ""),
            label_width=table.take("label_width", float, 0.0),
            label_style=table.one_of("label_style", style.texts, "label"),
            align=table.one_of("align", ALIGNMENTS, "left"),
            rows=table.take("rows", str, ""),
            rule=table.take("rule", bool, False),
        )
    )
