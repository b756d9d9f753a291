"""The ledger of seals on paper: a table for the eye, JSON lines for programs, CSV for a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import Any, Protocol, TextIO

from rich.table import Table

from signing_service.domain.dates import SHANGHAI
from signing_service.storage.seal_ledger import Break, Entry, Head, Line
from signing_service.terminal import err, out, plain

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection)."""


class CsvWriter(Protocol):
    def writerow(self, row: Iterable[Any], /) -> Any: ...


def safe_cell(value: object) -> str:
    """The text; where a spreadsheet would calculate it, an apostrophe stands before it."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def write_csv(lines: Iterable[Line], writer: CsvWriter) -> None:
    columns = [column.name for column in fields(Entry)]
    writer.writerow(["line", *columns, "previous", "sha256"])
    for line in lines:
        values = {name: getattr(line.entry, name) for name in columns}
        values |= {"at": line.entry.at.isoformat(), "officers": " ".join(line.entry.officers)}
        writer.writerow([line.line, *(safe_cell(values[name]) for name in columns), line.previous, line.sha256])


def write_json(lines: Iterable[Line], stream: TextIO) -> None:
    """Each line as it is hashed: whoever has them can prove the chain without us."""
    stream.writelines(line.canonical().decode() + "\n" for line in lines)


def print_ledger(lines: Iterable[Line]) -> None:
    table = Table()
    for heading in (
        "行 line", "时间 time", "结果 outcome", "密钥 key", "谁 who", "文件 document", "步骤 step", "页 page", "摘要 digest",
    ):  # fmt: skip
        table.add_column(heading, overflow="fold")
    for line in lines:
        entry = line.entry
        table.add_row(
            str(line.line),
            f"{entry.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}",
            plain(f"{entry.outcome} {entry.problem}".strip()),
            plain(entry.key_ref),
            plain(f"{entry.actor}（{entry.party[-4:]}）"),
            plain(f"{entry.title} {entry.number} {entry.field}"),
            plain(f"{entry.dossier} {entry.step}"),
            str(entry.page + 1),
            entry.digest[:12],
        )
    out.print(table)


def print_breaks(breaks: Iterable[Break], head: Head) -> None:
    """To stderr, so that what is read by programs stays as it is."""
    found = list(breaks)
    for one in found:
        err.print(f"[red]✗[/] {plain(one.zh)}\n  {plain(one.en)}", highlight=False, soft_wrap=True)
    if not found:
        err.print(
            f"[green]✓[/] 台账完整 / the ledger is whole：{head.line} {head.sha256}", highlight=False, soft_wrap=True
        )
