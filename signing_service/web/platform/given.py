"""The form of a step: small, kept by nobody until the step is taken, and yet nothing typed or uploaded is lost on the way.

A file that was taken in travels in the page as a receipt: what is known of it, under a mark that only we can make and
that holds for this account alone. So nobody names a file that they did not bring.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from signing_service.domain.documents import Blobs
from signing_service.domain.errors import FieldError, Problem
from signing_service.web.platform import attachments
from signing_service.web.platform.form_fields import (
    Posted,
    field_at,
    files_in,
    typed_of,
    with_file,
    without_file,
)
from signing_service.web.platform.gate import Asked, malformed
from signing_service.workflows.fields import Field

GIVEN = "given."
RECEIPT = "_receipt"
FIND, ADD, DROP, REMOVE, KEEP = "_find", "_add", "_drop", "_remove", "_keep"
"""Buttons of a form that work without JavaScript: each keeps what was typed and shows the form again."""
MARK_DIGITS = 32
FILE_FACTS = ("name", "sha256", "pages", "size")


@dataclass(frozen=True, slots=True)
class Given:
    """What was put into a step's form, which of its files were refused, and whether the step is to be taken."""

    typed: Mapping[str, Any] = field(default_factory=dict)
    refused: Sequence[FieldError] = ()
    again: bool = False
    """A button of the form was pressed and not its own: it is only shown again."""


def read(asked: Asked, fields: Sequence[Field], blobs: Blobs) -> Given:
    """From a page, or from a program that sends ``given``. Raises Problem REQUEST_MALFORMED, FILE_NOT_YOURS."""
    if asked.wants_json:
        return Given(_from_program(asked))
    known = _received_before(asked)
    typed = typed_of(fields, posted(asked), {"files": known}, prefix=GIVEN)
    typed, refused = with_uploads(asked, fields, typed, blobs, prefix=GIVEN)
    pressed = as_pressed(asked, fields, typed, prefix=GIVEN)
    return Given(typed if pressed is None else pressed, refused, again=pressed is not None)


def _from_program(asked: Asked) -> Mapping[str, Any]:
    sent = asked.fields.get("given", {})
    if not isinstance(sent, dict):
        raise malformed()
    return known_files_only(asked, sent, {})


def posted(asked: Asked) -> Posted:
    pairs: list[tuple[str, str]] = []
    for name, value in asked.fields.items():
        several = value if isinstance(value, list) else [value]
        pairs += [(name, one) for one in several if isinstance(one, str)]
    return Posted(pairs)


def with_uploads(
    asked: Asked, fields: Sequence[Field], typed: dict[str, Any], blobs: Blobs, *, prefix: str = ""
) -> tuple[dict[str, Any], list[FieldError]]:
    """``typed`` with the files that came along, and why some were refused."""
    refused = []
    for key, data in asked.files.items():
        name = key.rstrip("+").removesuffix(attachments.UPLOAD).removeprefix(prefix)
        called = asked.text(f"{key}.filename")
        if not called or not key.startswith(prefix) or field_at(fields, name) is None:
            continue
        try:
            typed = with_file(fields, typed, name, attachments.taken_in(blobs, called, data))
        except Problem as problem:
            refused.append(attachments.at_field(name, problem))
    return typed, refused


def as_pressed(
    asked: Asked, fields: Sequence[Field], typed: dict[str, Any], *, prefix: str = ""
) -> dict[str, Any] | None:
    """What is typed after a button of the form: a group more or less, a file removed; None: it was another button."""
    if name := asked.text(ADD, 80):
        key = name.removeprefix(prefix)
        if (one := field_at(fields, key)) is None or not one.rows:
            raise malformed()
        return {**typed, key: [*typed.get(key, []), {}]}
    if place := asked.text(DROP, 80):
        key, _, position = place.removeprefix(prefix).rpartition(".")
        groups = list(typed.get(key, []))
        if position.isdecimal() and int(position) < len(groups):
            del groups[int(position)]
        return {**typed, key: groups}
    if sha256 := asked.text(REMOVE, 64):
        removed: dict[str, Any] = without_file(typed, sha256)
        return removed
    return dict(typed) if asked.text(KEEP, 20) or asked.text(FIND, 80) else None


# ---- receipts


def receipt(asked: Asked, file: Mapping[str, Any]) -> str:
    """JSON of what is known of a file, with its mark."""
    facts = {name: file.get(name) for name in FILE_FACTS}
    return json.dumps({**facts, "mark": _mark(asked, facts)}, ensure_ascii=False, separators=(",", ":"))


def receipts(asked: Asked, typed: Mapping[str, Any]) -> list[str]:
    return [receipt(asked, one) for one in files_in(dict(typed))]


def known_files_only(asked: Asked, sent: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """``sent`` by a program, whose files are those of ``before`` or have a mark. Raises Problem FILE_NOT_YOURS."""
    known = {one["sha256"] for one in files_in(dict(before))}
    for one in files_in(dict(sent)):
        if one["sha256"] not in known and not _is_marked(asked, one):
            raise Problem(
                "FILE_NOT_YOURS",
                "附件须先由本账号上传，请使用上传时返回的完整内容。",
                "A file has to be uploaded by this account first: send it as the upload answered.",
                errors=(),
            )
    return _unmarked(dict(sent))  # type: ignore[no-any-return]


def _received_before(asked: Asked) -> list[dict[str, Any]]:
    found = []
    for text in (
        asked.fields.get(RECEIPT, []) if isinstance(asked.fields.get(RECEIPT), list) else [asked.text(RECEIPT, 800)]
    ):
        try:
            told = json.loads(text) if text else None
        except ValueError:
            told = None
        if isinstance(told, dict) and told.get("sha256") and _is_marked(asked, told):
            found.append({name: told[name] for name in FILE_FACTS})
    return found


def _is_marked(asked: Asked, told: Mapping[str, Any]) -> bool:
    facts = {name: told.get(name) for name in FILE_FACTS}
    return hmac.compare_digest(str(told.get("mark", "")), _mark(asked, facts))


def _mark(asked: Asked, facts: Mapping[str, Any]) -> str:
    parts = [str(facts[name]) for name in FILE_FACTS]
    return asked.accounts.keyed("file", asked.viewer.account, *parts)[:MARK_DIGITS]


def _unmarked(typed: Any) -> Any:
    if isinstance(typed, dict):
        kept = {key: value for key, value in typed.items() if key != "mark"} if typed.get("sha256") else typed
        return {key: _unmarked(value) for key, value in kept.items()}
    return [_unmarked(one) for one in typed] if isinstance(typed, list) else typed
