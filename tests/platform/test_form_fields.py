"""What was typed in a form comes back from its page as it was typed, whatever the form and whatever was typed."""

from __future__ import annotations

from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from signing_service.domain.errors import FieldError
from signing_service.web.platform.form_fields import (
    Posted,
    field_at,
    typed_of,
    widgets,
    with_file,
    without_file,
)
from signing_service.web.platform.rendering import Renderer
from signing_service.workflows.fields import Field, FieldType
from tests.platform.gallery import ERRORS, FORM, HTML, PDF_FILE, REASONS, TYPED

RENDERER = Renderer([HTML])
LINES = ("name", "id_no", "uscc", "mobile", "email", "text", "integer", "money", "licence_no", "date", "enterprise")
CHECKED = ("radio", "checkbox")
TEXT = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters="\x85\xa0"), min_size=1, max_size=20
)
PROSE = st.text(st.characters(exclude_categories=("Cc", "Cs")) | st.just("\n"), min_size=1, max_size=40)
# the same bytes are one file, and a file has one name
FILE = st.text("0123456789abcdef", min_size=4, max_size=4).map(
    lambda digits: {"name": f"{digits}.pdf", "sha256": digits * 16, "pages": 2}
)


class Browser(HTMLParser):
    """Sends what a browser would: the successful controls of a page in their order (HTML, form submission)."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.pairs: list[tuple[str, str]] = []
        self._area: str | None = None
        self._select: str | None = None
        self._text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = dict(attrs)
        name, value = has.get("name") or "", has.get("value") or ""
        kind = has.get("type", "text")
        if tag == "textarea":
            self._area, self._text = name, ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and "selected" in has and self._select:
            self.pairs.append((self._select, value))
        elif tag == "input" and kind not in ("file", "submit") and (kind not in CHECKED or "checked" in has):
            self.pairs.append((name, value))

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area is not None:
            # the parser of HTML drops the first line end, and a browser sends CR LF
            self.pairs.append((self._area, self._text.removeprefix("\n").replace("\n", "\r\n")))
            self._area = None


def rendered(fields: Any, typed: Mapping[str, Any], errors: tuple[FieldError, ...] = ()) -> str:
    environment = RENDERER._environments["zh"]
    source = '{% import "components.html" as c %}{% for one in widgets %}{{ c.field(one) }}{% endfor %}'
    return environment.from_string(source).render(widgets=widgets(fields, typed, errors))


@st.composite
def value_of(draw: st.DrawFn, kind: str) -> Any:
    match kind:
        case "long_text":
            return draw(PROSE.filter(lambda text: text.strip() != ""))
        case "choice":
            return draw(st.sampled_from(list(REASONS)))
        case "choices":
            return [code for code in REASONS if draw(st.booleans())]
        case "statement":
            return draw(st.booleans())
        case "county":
            return draw(st.sampled_from(["360102", "361181"]))
        case "file":
            return draw(FILE)
        case "blob":
            return draw(FILE)["sha256"]
        case "attachments":
            return draw(st.lists(FILE, unique_by=lambda one: one["sha256"], max_size=3))
    return draw(TEXT)


KINDS = [
    FieldType(kind)
    for kind in (*LINES, "long_text", "choice", "choices", "statement", "county", "file", "attachments", "blob")
]
IN_ROWS = [FieldType(kind) for kind in ("text", "choice", "file", "long_text")]


@st.composite
def form_and_typed(draw: st.DrawFn) -> tuple[tuple[Field, ...], dict[str, Any]]:
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=6))
    fields = [
        Field(f"k{at}", "标签", "Label", kind, choices=REASONS if kind in ("choice", "choices") else {})
        for at, kind in enumerate(kinds)
    ]
    typed = {one.key: draw(value_of(one.type)) for one in fields if draw(st.booleans())}
    if draw(st.booleans()):
        inner = tuple(
            Field(f"s{at}", "行", "Row", kind, choices=REASONS if kind == "choice" else {})
            for at, kind in enumerate(draw(st.lists(st.sampled_from(IN_ROWS), min_size=1, max_size=3)))
        )
        fields.append(Field("group", "组", "Group", FieldType.ROWS, rows=inner))
        typed["group"] = [{one.key: draw(value_of(one.type)) for one in inner} for _ in range(draw(st.integers(0, 4)))]
    return tuple(fields), {key: value for key, value in typed.items() if value not in ([], False)}


@settings(max_examples=150, deadline=None)
@given(form_and_typed())
def test_whatever_was_typed_comes_back_from_the_page(drawn: tuple[tuple[Field, ...], dict[str, Any]]) -> None:
    fields, typed = drawn
    assert typed_of(fields, Posted(Browser(rendered(fields, typed)).pairs), typed) == typed


def test_a_form_with_errors_gives_back_all_that_was_typed_right_or_wrong() -> None:
    sent = Browser(rendered(FORM, TYPED, ERRORS)).pairs
    assert typed_of(FORM, Posted(sent), TYPED) == {**TYPED, "items": TYPED["items"][:1]}


def test_each_error_stands_at_its_field_also_in_a_group() -> None:
    html = rendered(FORM, TYPED, ERRORS)
    for error in ERRORS:
        ident = f"f-{error.field.replace('.', '-')}"
        assert f'id="{ident}"' in html
        assert f'id="{ident}-error"' in html
    assert html.count('aria-invalid="true"') == len(ERRORS)


def test_a_date_that_is_none_is_shown_as_it_was_typed() -> None:
    shown = {one.name: one.input_type for one in widgets(FORM, TYPED)}
    assert shown["left_on"] == "text"
    assert shown["from"] == "date"


def test_a_file_that_the_draft_does_not_hold_is_not_taken_from_the_browser() -> None:
    sent = Posted([("contract", "ef" * 32), ("attachments", PDF_FILE["sha256"])])  # type: ignore[list-item]
    assert typed_of(FORM, sent, {"contract": PDF_FILE}) == {"attachments": [PDF_FILE]}
    assert typed_of(FORM, sent, {}) == {}


def test_a_file_is_put_where_its_input_is_and_taken_away_wherever_it_is() -> None:
    other = {**PDF_FILE, "sha256": "12" * 32}
    typed = with_file(FORM, {}, "items.1.proof", PDF_FILE)
    assert typed == {"items": [{}, {"proof": PDF_FILE}]}
    typed = with_file(FORM, with_file(FORM, typed, "contract", PDF_FILE), "contract", other)
    assert typed["contract"] == other
    assert without_file(typed, PDF_FILE["sha256"]) == {"items": [{}, {}], "contract": other}
    both = with_file(FORM, with_file(FORM, {}, "attachments", PDF_FILE), "attachments", other)
    assert both["attachments"] == [PDF_FILE, other]


def test_an_input_belongs_to_a_field_only_if_the_form_has_it() -> None:
    found = field_at(FORM, "items.3.proof")
    assert found is not None
    assert found.key == "proof"
    assert field_at(FORM, "items.x.proof") is None
    assert field_at(FORM, "mobile.0.proof") is None
    assert field_at(FORM, "nothing") is None


def test_an_enterprise_picked_from_the_list_counts_before_what_was_typed() -> None:
    sent = Posted([("employer", "江右"), ("employer.picked", "9136010099900011XN")])
    assert typed_of(FORM, sent, {}) == {"employer": "9136010099900011XN"}


def test_a_condition_is_told_in_words_where_it_cannot_be_hidden() -> None:
    assert "仅当“注销原因”为“其他”时填写" in rendered(FORM, {})
