"""``code-keys``: the key that signs codes gives way to the next one, and every code ever printed stays checkable."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

import typer
from rich.table import Table

from signing_service.attest.code_keys import CodeKey, publish, read_published
from signing_service.attest.code_keys import retire as retire_key
from signing_service.attest.code_signer import code_key
from signing_service.domain.dates import day_in_shanghai
from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyRef
from signing_service.keystores import open_key_stores
from signing_service.settings import Settings
from signing_service.terminal import TABLE_WIDTH, moment_of, out, plain

app = typer.Typer(no_args_is_help=True, help="The published keys that licence codes are checked with.")


@app.command(name="list")
def list_keys() -> None:
    """Every published key of licence codes, and the days of issue it answers for."""
    table = Table(width=TABLE_WIDTH)
    for heading in ("kid", "起 from", "止 until", "状态 state"):
        table.add_column(heading)
    today = _today()
    for key in read_published(Settings().licence_keys).keys:
        until = key.until_day.isoformat() if key.until_day else "–"
        table.add_row(key.kid.hex(), key.from_day.isoformat(), until, _state(key, today))
    out.print(table)


@app.command()
def take_over(
    on: Annotated[str | None, typer.Option(help="Last day of the keys before it: 2026-12-01; default: today.")] = None,
) -> None:
    """Publish the key named by SIGNING_CODE_KEY; every key before it ends with that day, and its codes stay checkable."""
    settings = Settings()
    reference = KeyRef.parse(settings.code_key)
    key = code_key(open_key_stores(settings).signing_cert(reference).cert)
    day = _day(on)
    if day < _today():
        raise _past(day)
    publish(settings.licence_keys, key, takes_over_on=day)
    out.print(
        f"[green]✓[/] {plain(str(reference))} 已公布 / published  [dim]{key.kid.hex()}[/]\n"
        f"  此前的签码密钥用到 {day}，请在此之前重新启动服务 / the keys before it end on {day}: start the services again by then",
        highlight=False,
    )


@app.command()
def retire(
    kid: Annotated[str, typer.Argument(help="Eight hex digits, as in code-keys list.")],
    on: Annotated[str | None, typer.Option(help="Its last day, also one in the past; default: today.")] = None,
) -> None:
    """End a key, for instance one that was stolen: a code that it dates later is forged."""
    key = retire_key(Settings().licence_keys, _kid(kid), _day(on))
    out.print(f"[green]✓[/] {kid} 用到 / in use until {key.until_day}", highlight=False)


def _state(key: CodeKey, today: date) -> str:
    if key.could_sign_on(today):
        return "[green]在用 in use[/]"
    return "已退役 retired" if key.retired else "[yellow]未启用或已到期 not in use[/]"


def _today() -> date:
    return day_in_shanghai(datetime.now(UTC))


def _day(text: str | None) -> date:
    moment = moment_of(text)
    return day_in_shanghai(moment) if moment else _today()


def _kid(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


def _past(day: date) -> Problem:
    return Problem(
        "DAY_PAST",
        f"{day} 已过去：此前的密钥在那以后签发的签码会变为伪造。请选今天或以后；密钥被盗请用 code-keys retire。",
        f"{day} is past, and codes signed since would become forged: choose today or later. For a stolen key use "
        "code-keys retire.",
    )
