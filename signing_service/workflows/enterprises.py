"""Enterprises that were taken in (入库), found by name or by the first places of their code."""

from __future__ import annotations

from sqlalchemy import Connection

from signing_service.domain.codes import clean
from signing_service.domain.errors import Problem
from signing_service.domain.parties import Organisation, PartyKind
from signing_service.storage import parties

SHORTEST = 2
MOST = 8


def found_by(connection: Connection, words: str) -> list[Organisation]:
    """Those whose name contains every word or whose code begins so; too little to go by finds none."""
    try:
        wanted = clean(words)
    except Problem:
        return []
    if len(wanted) < SHORTEST:
        return []
    known = [one for one in parties.of_kind(connection, PartyKind.ENTERPRISE) if isinstance(one, Organisation)]
    return [one for one in known if _is(one, wanted)][:MOST]


def _is(one: Organisation, wanted: str) -> bool:
    return one.uscc.startswith(wanted.upper()) or all(word in one.name for word in wanted.split())
