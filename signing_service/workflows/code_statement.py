"""签码: what the code on a licence states."""

from __future__ import annotations

from signing_service.attest.statement import Statement
from signing_service.domain.licences import Licence
from signing_service.pipeline.record import record_hash

ROOM_FOR_TEXTS = 130
"""Bytes of UTF-8 for holder, organisation and specialty together. With them, an address of 80 characters and error
correction M the code stays at 73 modules (version 14), which the zone on a licence prints at half a millimetre each."""
CUT = "…"


def statement_of(licence: Licence, record: bytes) -> Statement:
    """The values on the face that whoever holds the paper compares: number, holder, organisation, specialty, term.

    The organisation's name, and then the specialties, are cut short where there is no room for all of them.
    """
    holder = licence.holder_name
    room = ROOM_FOR_TEXTS - len(holder.encode())
    specialty = _cut(_specialty(licence), room // 2)
    return Statement(
        number=licence.number,
        holder=holder,
        organisation=_cut(licence.facts.get("employer_name", ""), room - len(specialty.encode())),
        specialty=specialty,
        issued=licence.issued_on,
        expires=licence.valid_until,
        status_index=licence.status_index,
        record_hash=record_hash(record),
    )


def _specialty(licence: Licence) -> str:
    return licence.facts.get("category_name") or "、".join(one["name"] for one in licence.facts.get("specialties", []))


def _cut(text: str, room: int) -> str:
    if len(text.encode()) <= room:
        return text
    kept = text.encode()[: max(room - len(CUT.encode()), 0)].decode(errors="ignore")
    return kept + CUT
