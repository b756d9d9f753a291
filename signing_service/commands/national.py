"""``signing-service national``: what the national register has refused or does not know yet, and telling it again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.table import Table

from signing_service.domain.dates import SHANGHAI
from signing_service.embedded import now
from signing_service.settings import Settings
from signing_service.storage import national_entries
from signing_service.storage.database import Database, open_database
from signing_service.storage.national_entries import Entry, EntryState
from signing_service.terminal import TABLE_WIDTH, out, plain
from signing_service.workflows.national import overdue
from signing_service.workflows.wording import STATUSES

app = typer.Typer(help="What the national register of licences is told.", no_args_is_help=True)

MOST = 500


@contextmanager
def _database() -> Iterator[Database]:
    database = open_database(Settings().database)
    try:
        yield database
    finally:
        database.close()


@app.command(name="list")
def list_entries(
    waiting: Annotated[bool, typer.Option("--waiting", help="Also what was not answered yet.")] = False,
) -> None:
    """Print what was refused, with the register's reason, the oldest first.

    Exit code: 0 when there is nothing, 1 when something has to be seen to: refused, or waiting for more than three days.
    """
    with _database() as database, database.reading() as connection:
        refused = national_entries.in_state(connection, (EntryState.REFUSED,), MOST)
        due = national_entries.in_state(connection, (EntryState.DUE,), MOST)
    late = [one for one in due if overdue(one, now())]
    shown = refused + (due if waiting else late)
    if shown:
        out.print(_table(shown))
    out.print(
        f"拒收 {len(refused)} 条 / refused，待推送 {len(due)} 条 / waiting，其中逾期 {len(late)} 条 / of them late",
        highlight=False,
    )
    raise typer.Exit(1 if refused or late else 0)


@app.command()
def push(
    numbers: Annotated[list[str] | None, typer.Argument(help="Numbers of licences.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Everything that was refused.")] = False,
) -> None:
    """Tell the register again what it refused of these licences; the running service does it within seconds."""
    if not numbers and not every:
        msg = "give the numbers of licences, or --all"
        raise typer.BadParameter(msg)
    with _database() as database, database.transaction() as connection:
        refused = national_entries.in_state(connection, (EntryState.REFUSED,), MOST) if every else []
        wanted = {*(numbers or ()), *(one.number for one in refused)}
        count = national_entries.tell_again(connection, wanted, now()) if wanted else 0
    out.print(f"[green]✓[/] {count} 条将重新推送 / will be told again", highlight=False)


def _table(entries: list[Entry]) -> Table:
    table = Table(width=TABLE_WIDTH)
    for head in ("证照 / licence", "版本 / version", "状态 / state", "变化时间 / changed", "结果 / outcome"):
        table.add_column(head, overflow="fold")
    for one in entries:
        table.add_row(
            plain(one.number),
            str(one.version),
            STATUSES[one.status].zh,
            f"{one.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
            plain(_outcome(one)),
        )
    return table


def _outcome(entry: Entry) -> str:
    if entry.state is EntryState.REFUSED:
        return f"拒收 / refused: {(entry.answer or {}).get('reason', '')}"
    why = (entry.problem or {}).get("detail", "") if entry.problem else ""
    return f"待推送，已试 {entry.attempts} 次 / waiting, tried {entry.attempts} times {why}".strip()
