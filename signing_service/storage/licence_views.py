"""我的证书: the checks of each licence, the state they lead to and its changes; and what of it the public may look up.

Every function works inside the caller's transaction.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from hmac import compare_digest

from sqlalchemy import Connection, delete, func, insert, select

from signing_service.domain.codes import IdNo, PersonName
from signing_service.domain.dates import from_stored, to_stored
from signing_service.domain.licences import LicenceStatus, LicenceType
from signing_service.domain.view_states import Checked, LicenceCheck, View, ViewState
from signing_service.storage import tables


@dataclass(frozen=True, slots=True)
class ViewChange:
    """正常使用 → 暂不可用, with the reasons: told to the holder."""

    number: str
    holder: str
    before: ViewState | None
    after: ViewState
    reasons: tuple[str, ...]


def put_checks(connection: Connection, number: str, results: Iterable[Checked], at: datetime) -> None:
    """In place of those of before."""
    table = tables.licence_check
    connection.execute(delete(table).where(table.c.number == number))
    connection.execute(
        insert(table),
        [
            {
                "number": number,
                "check": one.check.value,
                "passed": one.passed,
                "reason": one.reason,
                "checked_at": to_stored(at),
            }
            for one in results
        ],
    )


def checks_of(connection: Connection, number: str) -> list[tuple[Checked, datetime]]:
    """C1 to C10 with the time of each."""
    table = tables.licence_check
    rows = connection.execute(select(table).where(table.c.number == number)).mappings()
    found = [
        (Checked(LicenceCheck(row["check"]), row["passed"], row["reason"]), from_stored(row["checked_at"]))
        for row in rows
    ]
    return sorted(found, key=lambda one: list(LicenceCheck).index(one[0].check))


def put_view(connection: Connection, number: str, holder: str, view: View, at: datetime) -> ViewChange | None:
    """The state as it is now; a change of it is written down and returned."""
    table, changes = tables.licence_view, tables.licence_view_change
    mine = (table.c.number == number) & (table.c.holder == holder)
    row = connection.execute(select(table).where(mine)).mappings().first()
    before = ViewState(row["state"]) if row else None
    if row and (before, tuple(row["reasons"])) == (view.state, view.reasons):
        return None
    connection.execute(delete(table).where(mine))
    connection.execute(
        insert(table).values(
            number=number, holder=holder, state=view.state.value, reasons=list(view.reasons), since=to_stored(at)
        )
    )
    line = connection.scalar(select(func.count()).select_from(changes).where(changes.c.number == number)) or 0
    connection.execute(
        insert(changes).values(
            number=number,
            line=line + 1,
            at=to_stored(at),
            before=before.value if before else None,
            after=view.state.value,
            reasons=list(view.reasons),
        )
    )
    return ViewChange(number, holder, before, view.state, view.reasons)


def of_holder(connection: Connection, holder: str) -> dict[str, View]:
    """By number, what stands in 我的证书 of a person."""
    table = tables.licence_view
    rows = connection.execute(select(table).where(table.c.holder == holder).order_by(table.c.number)).mappings()
    return {row["number"]: View(ViewState(row["state"]), tuple(row["reasons"])) for row in rows}


def forget(connection: Connection, number: str, holder: str) -> None:
    """The record was found to be another person's."""
    table = tables.licence_view
    connection.execute(delete(table).where(table.c.number == number, table.c.holder == holder))


def changes_of(connection: Connection, number: str) -> list[tuple[str | None, str]]:
    """The states one after another, the first from None."""
    table = tables.licence_view_change
    rows = connection.execute(select(table).where(table.c.number == number).order_by(table.c.line))
    return [(row.before, row.after) for row in rows]


@dataclass(frozen=True, slots=True)
class Found:
    """What the public is told of a special-operation licence in 正常使用, and nothing else."""

    number: str
    holder: str
    """``王**``"""
    id_last4: str
    category: str
    employer: str
    authority: str
    issued_on: date
    valid_until: date


def public_search(connection: Connection, number: str, name: str, today: date) -> Found | None:
    """网站查询: the licence in 正常使用 with this number, when the name typed is its holder's.

    A wrong name, an unknown number and a licence in any other state are the same nothing; there is no way to list.
    """
    licence, view, authority = tables.licence, tables.licence_view, tables.party
    row = (
        connection.execute(
            select(licence, authority.c.name.label("authority_name"))
            .join(view, (view.c.number == licence.c.number) & (view.c.holder == licence.c.holder))
            .join(authority, authority.c.number == licence.c.authority)
            .where(
                licence.c.number == _bare(number),
                licence.c.type == LicenceType.SPECIAL_OPERATION.value,
                licence.c.status == LicenceStatus.IN_FORCE.value,
                licence.c.valid_until >= today.isoformat(),
                view.c.state == ViewState.NORMAL.value,
            )
        )
        .mappings()
        .first()
    )
    same = compare_digest(_bare(row["holder_name"] if row else "").encode(), _bare(name).encode())
    if row is None or not same:
        return None
    return Found(
        number=row["number"],
        holder=PersonName(row["holder_name"]).masked,
        id_last4=IdNo(row["holder"])[-4:],
        category=row["facts"].get("category_name", ""),
        employer=row["facts"].get("employer_name", ""),
        authority=row["authority_name"],
        issued_on=date.fromisoformat(row["issued_on"]),
        valid_until=date.fromisoformat(row["valid_until"]),
    )


def _bare(text: str) -> str:
    """Letters, digits and characters alone, capitals: a number or name however it is spaced."""
    return "".join(one for one in unicodedata.normalize("NFKC", text).upper() if one.isalnum())
