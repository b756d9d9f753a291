"""What every command shares: two consoles, plain text of strangers, a bar that counts, a time as it is typed."""

from __future__ import annotations

import sys
import unicodedata
from datetime import UTC, datetime

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from signing_service.domain.dates import SHANGHAI
from signing_service.domain.errors import Problem

TABLE_WIDTH = 165

out = Console(width=None if sys.stdout.isatty() else TABLE_WIDTH, emoji=False)
err = Console(stderr=True, emoji=False)


def plain(text: object) -> str:
    """The characters and nothing else: what stands in a stranger's file colours no terminal and moves no cursor."""
    return escape("".join("�" if unicodedata.category(one) in ("Cc", "Cf", "Cs") else one for one in str(text)))


def bar_of(*, total: bool = True) -> Progress:
    """A line that shows how far the work is; with ``total`` it counts to an end. Nothing is shown but on a terminal."""
    counted = (BarColumn(), MofNCompleteColumn()) if total else ()
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        *counted,
        TimeElapsedColumn(),
        console=out,
        transient=True,
        disable=not out.is_terminal,
    )


def moment_of(text: str | None) -> datetime | None:
    """A day or a time in ISO 8601, in Beijing time where it names no zone. Raises Problem DATE_INVALID."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Problem(
            "DATE_INVALID",
            f"时间“{text}”无法识别，请写作 2026-11-22 或 2026-11-22T10:00:00+08:00。",
            f"“{text}” is not a time: write 2026-11-22 or 2026-11-22T10:00:00+08:00.",
        ) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)).astimezone(UTC)
