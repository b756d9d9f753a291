"""What every command prints with: two consoles, plain text of strangers, a bar that counts."""

from __future__ import annotations

import sys
import unicodedata

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

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
