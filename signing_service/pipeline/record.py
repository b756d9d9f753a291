"""The data of a licence travels in its file: what the page shows, for machines, as an associated file.

The code on the page carries the beginning of this record's hash, so that page, code and data hang together.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pikepdf

from signing_service.attest.statement import RECORD_HASH_LENGTH
from signing_service.pipeline.syntax import date_string, deflated, text_string

NAME = "record.json"
DESCRIPTION = "证照数据 / the licence's data"


def canonical_record(facts: Mapping[str, Any]) -> bytes:
    """The facts as canonical JSON (RFC 8785), in UTF-8.

    Facts are texts, whole numbers, lists and maps with names in small ASCII letters, for which the rule comes down to
    sorted names, no white space and no escapes that are not needed. Raises TypeError for a fraction.
    """
    _refuse_fractions(facts)
    return json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def record_hash(record: bytes) -> bytes:
    """What the code on the page says of the record."""
    return hashlib.sha256(record).digest()[:RECORD_HASH_LENGTH]


def embedded_record(record: bytes, made_at: datetime) -> bytes:
    """The record as a file in the file (ISO 32000-1, 7.11.4)."""
    return deflated(
        b"/Type/EmbeddedFile/Subtype/application#2Fjson/Params<</ModDate%s/Size %d>>"
        % (date_string(made_at), len(record)),
        record,
    )


def record_specification(embedded: int) -> bytes:
    """What object ``embedded`` is to the document: its data (ISO 19005-3, 6.8)."""
    return b"<</Type/Filespec/F%s/UF%s/Desc%s/AFRelationship/Data/EF<</F %d 0 R/UF %d 0 R>>>>" % (
        text_string(NAME), text_string(NAME), text_string(DESCRIPTION), embedded, embedded
    )  # fmt: skip


def record_entries(specification: int) -> bytes:
    """The entries of the catalog by which it is found."""
    return b"/AF[%d 0 R]/Names<</EmbeddedFiles<</Names[%s %d 0 R]>>>>" % (
        specification,
        text_string(NAME),
        specification,
    )


def read_record(data: bytes) -> bytes | None:
    """The record in a file of ours, or None."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        attached = pdf.attachments.get(NAME)
        return attached.get_file().read_bytes() if attached is not None else None


def _refuse_fractions(value: Any) -> None:
    match value:
        case float():
            raise TypeError("a record holds no fractions")
        case Mapping():
            for part in value.values():
                _refuse_fractions(part)
        case list() | tuple():
            for part in value:
                _refuse_fractions(part)
