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
from signing_service.domain.dates import SHANGHAI

NAME = "record.json"


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


def attach_record(pdf: pikepdf.Pdf, record: bytes, made_at: datetime) -> None:
    """Embed the record as associated file of the document (ISO 19005-3, 6.8; relationship Data). Same input, same bytes."""
    moment = pikepdf.String(made_at.astimezone(SHANGHAI).strftime("D:%Y%m%d%H%M%S+08'00'"))
    embedded = pdf.make_stream(
        record,
        Type=pikepdf.Name.EmbeddedFile,
        Subtype=pikepdf.Name("/application/json"),
        Params=pikepdf.Dictionary(ModDate=moment, Size=len(record)),
    )
    specification = pdf.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Filespec,
            F=pikepdf.String(NAME),
            UF=pikepdf.String(NAME),
            Desc=pikepdf.String("证照数据 / the licence's data"),
            AFRelationship=pikepdf.Name.Data,
            EF=pikepdf.Dictionary(F=embedded, UF=embedded),
        )
    )
    pdf.Root.AF = pikepdf.Array([specification])
    names = pikepdf.Dictionary(Names=pikepdf.Array([pikepdf.String(NAME), specification]))
    pdf.Root.Names = pikepdf.Dictionary(EmbeddedFiles=names)


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
