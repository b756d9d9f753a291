"""What a person is told when something cannot be done: why, and what to do, in Chinese and English.

A problem travels as an exception inside and as an RFC 9457 problem document outside; its ``code`` is what is
read out on the phone. The catalogue of codes and HTTP statuses is that of the domain text, §17.4.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field that cannot be accepted; all of a form's errors are told together."""

    field: str
    code: str
    zh: str
    en: str

    def to_document(self) -> dict[str, str]:
        return {"field": self.field, "code": self.code, "detail": self.zh, "detail_en": self.en}


class Problem(Exception):
    """A refusal worded for the person who meets it.

    ``status`` is the HTTP status the problem has on the API; ``facts`` are values a caller may need (dates,
    the current stage), never personal data.
    """

    def __init__(
        self,
        code: str,
        zh: str,
        en: str,
        *,
        status: int = 422,
        errors: Iterable[FieldError] = (),
        **facts: Any,
    ) -> None:
        super().__init__(f"{code}: {en}")
        self.code = code
        self.zh = zh
        self.en = en
        self.status = status
        self.errors = tuple(errors)
        self.facts = facts

    def to_document(self) -> dict[str, Any]:
        """The problem as an RFC 9457 document (``application/problem+json``)."""
        document: dict[str, Any] = {
            "type": f"urn:signing-service:problem:{self.code}",
            "title": self.zh,
            "status": self.status,
            "code": self.code,
            "detail": self.zh,
            "detail_en": self.en,
        }
        if self.errors:
            document["errors"] = [error.to_document() for error in self.errors]
        if self.facts:
            document["facts"] = {name: str(value) for name, value in self.facts.items()}
        return document


def refuse_all(errors: Iterable[FieldError]) -> None:
    """Raise one problem that carries every field error, or return when there is none."""
    found = tuple(errors)
    if found:
        raise Problem(
            "FIELDS_INVALID",
            f"有 {len(found)} 项需要修改，请按提示更正后重新提交。",
            f"{len(found)} field(s) need correction: see each one.",
            errors=found,
        )
