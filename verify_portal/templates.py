"""The html templates, compiled once for each language: what is said in the other one is no longer in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, nodes
from jinja2.visitor import NodeTransformer

from verify_portal import expert, timeline
from verify_portal.answers import Tone
from verify_portal.reader import in_groups

HTML = Path(__file__).resolve().parent / "html"


class _Chosen(NodeTransformer):
    """Replaces ``say(zh, en)`` by the one that is said, ``words(sentence)`` by its side of the sentence.

    And ``proper(name)`` by the name where it needs no mark. When a template is compiled, and not each time it is
    shown: a page is made in half the time.
    """

    def __init__(self, lang: str) -> None:
        self._lang = lang

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802  named by Jinja
        self.generic_visit(node)
        name = node.node.name if isinstance(node.node, nodes.Name) else ""
        if name == "say":
            return node.args[1 if self._lang == "en" else 0]
        if name == "proper" and self._lang == "zh":
            return node.args[0]
        if name == "words":
            return nodes.Getattr(node.args[0], self._lang, "load", lineno=node.lineno)
        return node


class _InOneLanguage(Environment):
    """The templates, compiled for readers of one language."""

    lang: str

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        template = super()._parse(source, name, filename)
        _Chosen(self.lang).visit(template)
        return template


def templates_in(lang: str, **known: object) -> Environment:
    environment = _InOneLanguage(
        loader=FileSystemLoader(HTML),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.lang = lang
    environment.globals.update(
        known, lang=lang, in_groups=in_groups, revocation=expert.REVOCATION, indications=expert.INDICATIONS
    )
    icons: Any = environment.get_template("icons.html").module
    environment.globals.update(
        tone={tone: icons.tone(tone) for tone in Tone},
        seal={mark: icons.seal(mark) for mark in timeline.MARKS},
    )
    return environment
