"""``signing-service keys``: which keys there are, and whether each makes seals that hold."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from signing_service import key_check
from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyRef
from signing_service.embedded import now, prepare
from signing_service.keystores import KeyStores, open_key_stores
from signing_service.pipeline.extend import TrustServices
from signing_service.pipeline.fonts import Fonts
from signing_service.pipeline.templates import load
from signing_service.settings import Settings
from signing_service.terminal import out, plain
from signing_service.trust.anchors import read_anchors
from signing_service.trust.opening import open_revocation, open_tsa

app = typer.Typer(no_args_is_help=True, help="Look at the keys of every store, and try them.")


@app.command(name="list")
def list_command() -> None:
    """List every key of every store that is set up, with its algorithm, holder and purpose."""
    table = Table(
        "密钥 key", "算法 algorithm", "持有者 holder", "有效期至 until", "用途 purpose", "问题 problem", box=None
    )
    for known in key_check.list_keys(_stores()):
        cells = (known.key, known.algorithm, known.holder, known.valid_until, known.purpose, known.problem)
        table.add_row(*(plain(cell) for cell in cells))
    out.print(table)


@app.command(name="test")
def try_keys(
    folder: Annotated[Path, typer.Option("--out", help="Folder for the sealed samples and index.json.")],
    keys: Annotated[list[str] | None, typer.Argument(help="Keys, written store:label.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every key that may seal.")] = False,
) -> None:
    """Seal a sample with each key at each level, validate it and print a table; exit code 1 if any failed."""
    stores = _stores()
    wanted = [_key(text) for text in keys or ()]
    rows: list[key_check.Row] = []
    if everything:
        for known in key_check.list_keys(stores):
            if known.purpose == "seal":
                wanted.append(KeyRef.parse(known.key))
            elif known.problem:
                rows.append(key_check.Row(known.key, known.key.partition(":")[0], "", "", "", "", known.problem))
    if not wanted and not rows:
        raise Problem(
            "KEYS_NOT_NAMED",
            "请写明要测试的密钥（如 soft:authority），或用 --all 测试全部。",
            "Name the keys to try, such as soft:authority, or try every one with --all.",
        )
    rows += key_check.check_keys(_bench(stores), dict.fromkeys(wanted), folder)
    folder.mkdir(parents=True, exist_ok=True)
    index = key_check.write_index(rows, folder)
    _print(rows)
    out.print(f"{plain(index)}", highlight=False, soft_wrap=True)
    raise typer.Exit(0 if all(row.passed for row in rows) else 1)


def _stores() -> KeyStores:
    settings = Settings()
    prepare(settings, lambda _line: None)
    return open_key_stores(settings)


def _bench(stores: KeyStores) -> key_check.Bench:
    settings = Settings()
    anchors = read_anchors(settings)

    @cache
    def services() -> TrustServices:
        return TrustServices(
            open_tsa(settings, stores, now), open_revocation(settings, now, anchors), anchors.intermediates
        )

    return key_check.Bench(
        keys=stores,
        services=services,
        anchors=anchors.roots,
        intermediates=anchors.intermediates,
        template=load(settings.templates, key_check.SAMPLE),
        fonts=Fonts.load(settings.fonts),
        clock=now,
    )


def _key(text: str) -> KeyRef:
    try:
        return KeyRef.parse(text)
    except ValueError:
        raise Problem(
            "KEY_UNKNOWN",
            f"“{text}”不是密钥名称，请写作 密钥库:名称，如 soft:authority。",
            f"{text!r} is not the name of a key: write store:label, such as soft:authority.",
        ) from None


def _print(rows: list[key_check.Row]) -> None:
    table = Table(
        "", "密钥 key", "算法 algorithm", "级别 level", "结论 verdict", "文件或问题 file or problem", box=None
    )
    for row in rows:
        mark = "[green]✓[/]" if row.passed else "[red]✗[/]"
        cells = (row.key, row.algorithm, row.level, row.verdict, row.problem or row.file)
        table.add_row(mark, *(plain(cell) for cell in cells))
    out.print(table)
