"""``signing-service draw check``: a published record of a random draw is computed again, with no network and no database."""

from __future__ import annotations

import json
from enum import IntEnum
from pathlib import Path
from typing import Annotated, Any

import pikepdf
import typer

from signing_service.domain.draw import faults_of
from signing_service.pipeline.record import read_record
from signing_service.terminal import out, plain

app = typer.Typer(help="Records of random draws.", no_args_is_help=True)


class Outcome(IntEnum):
    """The exit code."""

    RIGHT = 0
    WRONG = 1
    UNREADABLE = 3


@app.callback()
def draws() -> None:
    """Records of random draws."""


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(help="A record saved from the portal (JSON), or the sealed PDF.")],
) -> None:
    """Compute each record again and name whatever in it does not follow from list and secret.

    Of a PDF the data inside is computed; who sealed it is said by ``verify``. Exit code: 0 all is as it should be, 1 a
    record is false, 3 one cannot be read and none is false.
    """
    outcomes = {_check(file) for file in files}
    raise typer.Exit(next(one for one in (Outcome.WRONG, Outcome.UNREADABLE, Outcome.RIGHT) if one in outcomes))


def _check(file: Path) -> Outcome:
    try:
        record = _read(file)
        faults = faults_of(record)
    except (ValueError, TypeError, pikepdf.PdfError):
        out.print(
            f"[bold yellow]?[/] {plain(str(file))}\n  不是已公布的抽取记录。\n  This is no record of a draw that was held."
        )
        return Outcome.UNREADABLE
    if faults:
        out.print(f"[bold red]✗[/] {plain(str(file))}")
        for fault in faults:
            out.print(f"  {plain(fault.zh)}\n  [dim]{plain(fault.en)}[/]")
        return Outcome.WRONG
    out.print(
        f"[bold green]✓[/] {plain(str(file))}\n  重新计算结果一致：候选 {record['candidate_count']} 件，"
        f"抽中 {record['drawn_count']} 件。\n"
        f"  Computed again, and the same: {record['candidate_count']} candidates, {record['drawn_count']} drawn.",
        highlight=False,
    )
    return Outcome.RIGHT


def _read(file: Path) -> dict[str, Any]:
    data = file.read_bytes()
    text = read_record(data) if data.startswith(b"%PDF") else data
    record = json.loads(text or b"null")
    if not isinstance(record, dict):
        msg = "this is no record of a draw"
        raise TypeError(msg)
    return record
