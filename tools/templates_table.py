"""Writes the two tables of templates/README.md from the templates: which there are and who signs, and what facts each draws.

python tools/templates_table.py            says what differs
python tools/templates_table.py --write    writes them
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from signing_service.domain.documents import TemplateId  # noqa: E402 - found only after the line above
from signing_service.pipeline.templates import (  # noqa: E402
    Block,
    Grid,
    Listing,
    Option,
    Signatures,
    Template,
    all_templates,
    load,
)
from signing_service.pipeline.wording import Wording  # noqa: E402

TEMPLATES = ROOT / "templates"
README = TEMPLATES / "README.md"
TABLES = ("templates", "facts")
HEADS = {
    "templates": "| 模板 template | 文书 document | 版 edition | 签署顺序 signed by, in order |\n|---|---|---|---|",
    "facts": "| 模板 template | 事项 facts |\n|---|---|",
}
LONGEST_NOTE = 8
"""Characters of what stands before a fact in a note and says what it is: 办件编号."""

Named = tuple[str, str]
"""A fact, and what the page calls it."""


def newest() -> list[Template]:
    """The newest edition of every template: those before it are kept, and drawn no more."""
    editions: dict[tuple[str, str], TemplateId] = {}
    for one in all_templates(TEMPLATES):
        editions[str(one.kind), one.name] = one
    return [load(TEMPLATES, one) for one in editions.values()]


def name_of(template: Template) -> str:
    return f"`{template.template_id.kind}s/{template.template_id.name}`"


def row_of_template(template: Template) -> str:
    unseen = dict.fromkeys(template.invisible, " (不显示 invisible)")
    signed = ", ".join(f"{role}{unseen.get(role, '')}" for role in template.roles)
    return (
        f"| {name_of(template)} | {template.title} · {template.title_en} | {template.template_id.edition} | {signed} |"
    )


def row_of_facts(template: Template) -> str:
    called: dict[str, str] = {}
    for fact, label in _labels(template):
        called.setdefault(fact, label)
    facts = template.facts
    lists = {name.partition("[]")[0] for name in facts if "[]" in name}
    told = (
        f"`{name if needed else f'{name}?'}` {called.get(name, '')}".rstrip()
        for name, needed in facts.items()
        if name not in lists
    )
    return f"| {name_of(template)} | {' · '.join(told)} |"


def _labels(template: Template) -> Iterator[Named]:
    """What the page itself calls its facts; what stands in running text has no name there."""
    for note in (template.left_note, template.right_note):
        yield from _before(note)
    for block in template.blocks:
        yield from _of_block(block)
    for mark in template.face.marks if template.face else ():
        yield from _of(mark.value, mark.label, f"{mark.rows}[]." if mark.rows else "")


def _of_block(block: Block) -> Iterator[Named]:
    if isinstance(block, Grid):
        for field in (field for row in block.rows for field in row):
            yield from _of(field.value, field.label + _codes(field.options))
    if isinstance(block, Listing):
        for column in block.columns:
            yield from _of(column.value, column.title, f"{block.rows}[].")
    if isinstance(block, Signatures):
        for area in block.areas:
            yield from _of(area.text, area.label)


def _of(value: Wording, label: str, prefix: str = "") -> Iterator[Named]:
    shown = re.sub(r"\s+", "", label) if not label.isascii() else label
    return ((prefix + slot.name, shown.replace("|", "/")) for slot in value.slots)


def _before(note: Wording) -> Iterator[Named]:
    for before, slot in zip(note.parts, note.parts[1:], strict=False):
        if isinstance(before, str) and not isinstance(slot, str):
            words = before.strip(" ：　")
            yield slot.name, words if len(words) <= LONGEST_NOTE else ""


def _codes(options: tuple[Option, ...]) -> str:
    """The codes of a check-box list, which is what the fact holds."""
    return f"（{'、'.join(option.code for option in options)}）" if options else ""


def table(which: str) -> str:
    row = row_of_template if which == "templates" else row_of_facts
    begin, end = marks(which)
    return "\n".join([begin, "", HEADS[which], *(row(one) for one in newest()), "", end])


def marks(which: str) -> tuple[str, str]:
    return f"<!-- {which}: tools/templates_table.py --write -->", f"<!-- end of {which} -->"


def written(text: str) -> str:
    """The README with the tables as they should be."""
    for which in TABLES:
        begin, end = marks(which)
        before, _, rest = text.partition(begin)
        text = before + table(which) + rest.partition(end)[2]
    return text


def main() -> None:
    before = README.read_text(encoding="utf-8")
    after = written(before)
    if "--write" in sys.argv[1:]:
        README.write_text(after, encoding="utf-8")
    elif before != after:
        sys.exit("templates/README.md: python tools/templates_table.py --write")


if __name__ == "__main__":
    main()
