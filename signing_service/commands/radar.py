"""``signing-service radar``: what the portal has noticed of forgeries, for whoever issues."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.table import Table

from signing_service.domain.dates import SHANGHAI
from signing_service.domain.radar import Alert, alerts
from signing_service.settings import Settings
from signing_service.terminal import out, plain
from verify_portal.radar import read_signals

app = typer.Typer()


@app.command(name="radar")
def radar(as_json: Annotated[bool, typer.Option("--json", help="One JSON line an alert.")] = False) -> None:
    """List the alerts of the last days with their evidence. Exit code: 0 none, 1 there are some."""
    found = alerts(read_signals(Settings().signals), datetime.now(UTC))
    if as_json:
        for alert in found:
            sys.stdout.write(json.dumps(alert.to_json(), ensure_ascii=False) + "\n")
    elif found:
        out.print(_table(found))
    else:
        out.print("没有预警 / no alert")
    raise typer.Exit(1 if found else 0)


def _table(found: list[Alert]) -> Table:
    table = Table(show_lines=True)
    for title in ("最近 / last", "次数 / times", "预警 / alert", "涉及 / about", "证据 / evidence"):
        table.add_column(title, overflow="fold")
    for alert in found:
        table.add_row(
            f"{alert.last.astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
            f"{alert.times} × {alert.clients}",
            f"{alert.sentence.zh}\n{alert.sentence.en}\n[dim]{alert.advice.zh}\n{alert.advice.en}[/]",
            plain(alert.about),
            plain("\n".join(f"{name}: {value}" for name, value in alert.evidence.items())),
        )
    return table
