"""The archive from a shell: what it keeps, what will become of it, and its time stamps renewed in time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Annotated

import typer
from rich.table import Table

from signing_service.domain.errors import Problem
from signing_service.embedded import now
from signing_service.pipeline.prove import YEARS_FORESEEN
from signing_service.procedures import CATALOGUE
from signing_service.settings import Settings
from signing_service.storage.blobs import open_blobs
from signing_service.storage.database import open_database
from signing_service.terminal import TABLE_WIDTH, bar_of, out, plain
from signing_service.worker.workshop import open_workshop
from signing_service.workflows import renewing
from signing_service.workflows.desk import Desk
from signing_service.workflows.renewing import Kept
from signing_service.workflows.workshop import Workshop

app = typer.Typer(help="Archived documents: how long they last, and their renewal.", no_args_is_help=True)


@app.command(name="list")
def list_archive(
    within: Annotated[int | None, typer.Option(help="Only those to be renewed within so many days.", min=0)] = None,
) -> None:
    """Print every archived document with a document time stamp, the one that ends first before the others."""
    with _shop() as shop:
        found = _kept(shop, within)
        _print_kept(found)


@app.command()
def renew(
    every: Annotated[bool, typer.Option("--all", help="Every document with a time stamp, whenever it ends.")] = False,
    within: Annotated[
        int, typer.Option(help="Those whose time stamp ends within so many days.", min=0)
    ] = renewing.WITHIN.days,
) -> None:
    """Time-stamp anew what nears its end; it can be stopped at any moment and run again.

    Exit code: 0 when all that was due is renewed, 1 when something is left.
    """
    with _shop() as shop, bar_of() as bar:
        due = _kept(shop, None if every else within)
        task = bar.add_task("续期 / renewing", total=len(due))
        left = 0
        for renewal in renewing.renew_all(shop, due, gain_or_not=every):
            bar.advance(task)
            if renewal.problem:
                left += 1
                _print_problem(renewal.kept, renewal.problem)
    mark = "[yellow]![/]" if left else "[green]✓[/]"
    out.print(f"{mark} {len(due) - left} 份已续期 / renewed，{left} 份未续期 / left", highlight=False)
    raise typer.Exit(1 if left else 0)


@app.command()
def simulate(
    years: Annotated[int, typer.Option(help="So many years from now.", min=1, max=100)] = YEARS_FORESEEN,
) -> None:
    """Say of each archived document whether it will be accepted in years to come, if it is renewed in time.

    Exit code: 0 when all will, 1 when one will not.
    """
    with _shop() as shop, bar_of() as bar:
        found = _kept(shop, None)
        task = bar.add_task("推演 / simulating", total=len(found))
        failed = 0
        for one in found:
            try:
                renewing.simulate(shop, one, years)
            except Problem as problem:
                failed += 1
                _print_problem(one, problem)
            bar.advance(task)
    mark = "[red]✗[/]" if failed else "[green]✓[/]"
    out.print(
        f"{mark} {len(found) - failed} 份在 {years} 年后仍可验证 / accepted in {years} years，{failed} 份不能 / not",
        highlight=False,
    )
    raise typer.Exit(1 if failed else 0)


@contextmanager
def _shop() -> Iterator[Workshop]:
    settings = Settings()
    database = open_database(settings.database)
    try:
        if not database.is_current():
            raise Problem(
                "STORE_NOT_PREPARED",
                "数据库中的表尚未建立或与本版本不符，请先运行 signing-service prepare。",
                "The tables of the database are not those of this release: run signing-service prepare first.",
            )
        yield open_workshop(settings, Desk(database, open_blobs(settings.blobs), CATALOGUE, now))
    finally:
        database.close()


def _kept(shop: Workshop, within: int | None) -> list[Kept]:
    by = None if within is None else shop.clock() + timedelta(days=within)
    with shop.database.reading() as connection:
        return renewing.kept(connection, by=by)


def _print_kept(found: list[Kept]) -> None:
    if out.width < TABLE_WIDTH:
        for one in found:
            out.print(
                f"{plain(one.number)}  {plain(one.title)}\n  续期不晚于 / renew by {one.renew_by:%Y-%m-%d}  "
                f"{' '.join(one.archived.stamp.algorithms) if one.archived.stamp else ''}",
                highlight=False,
                soft_wrap=True,
            )
    else:
        headings = ("编号 number", "名称 title", "代 generation", "续期不晚于 renew by", "算法 algorithms")
        table = Table(*headings, title="归档 / archive", title_justify="left", title_style="bold")
        for one in found:
            names = " ".join(one.archived.stamp.algorithms) if one.archived.stamp else ""
            table.add_row(
                plain(one.number), plain(one.title), str(one.archived.generation), f"{one.renew_by:%Y-%m-%d}", names
            )
        out.print(table)
    out.print(f"{len(found)} 份 / documents", highlight=False)


def _print_problem(one: Kept, problem: Problem) -> None:
    out.print(
        f"[red]✗[/] {plain(one.number)}  {problem.code}  {plain(problem.zh)} {plain(problem.en)}",
        highlight=False,
        soft_wrap=True,
    )
