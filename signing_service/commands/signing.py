"""Inviting parties to sign with keys of their own."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from signing_service.assemble import open_room
from signing_service.demo import outside
from signing_service.domain.dates import SHANGHAI
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.errors import Problem
from signing_service.embedded import now, prepare, running
from signing_service.procedures import CATALOGUE
from signing_service.settings import Environment, Settings
from signing_service.storage.blobs import open_blobs
from signing_service.storage.database import open_database
from signing_service.terminal import out, plain
from signing_service.trust.files import PRIVATE, write_whole
from signing_service.workflows.desk import Desk
from signing_service.workflows.held_outside import INVITED_FOR

app = typer.Typer()

PASSWORD_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"  # noqa: S105  the letters, not a password


@app.command()
def invite(
    dossier: Annotated[str, typer.Argument(help="Number of the dossier.")],
    role: Annotated[SignatoryRole, typer.Argument(help="The role in which the party signs.")],
    days: Annotated[int, typer.Option(help="The link is good for so many days.", min=1, max=90)] = INVITED_FOR.days,
) -> None:
    """Print the link under which a party that holds its own key sees its document and signs it."""
    settings = Settings()
    database = open_database(settings.database)
    try:
        desk = Desk(database, open_blobs(settings.blobs), CATALOGUE, now)
        token = open_room(settings, desk).invite(dossier, role, timedelta(days=days))
    finally:
        database.close()
    _print_link(settings, token, days)


@app.command(name="invite-sample")
def invite_sample(
    folder: Annotated[Path, typer.Option("--out", help="Folder for the .p12 of the invented enterprise.")] = Path(),
) -> None:
    """Open a sample dossier that waits for an enterprise's own key, write that key as .p12, print the link."""
    settings = Settings()
    if settings.environment is Environment.PRODUCTION:
        raise Problem(
            "DEMONSTRATION_REFUSED",
            "生产环境不办理示例办件，也不导出密钥。",
            "In production no sample dossier is opened and no key is written to a file.",
        )
    prepare(settings, lambda _line: None)
    with running(settings) as service:
        number, role = outside.open_sample(service)
        token = open_room(settings, service.desk).invite(number, role)
        outside.wait_until_it_waits(service, number)
    password = "".join(secrets.choice(PASSWORD_LETTERS) for _ in range(10))
    file = folder / f"{outside.ENTERPRISE.uscc}.p12"
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(file, outside.sample_p12(settings.pki, password), PRIVATE)
    out.print(f"[green]✓[/] {plain(number)}  {outside.ENTERPRISE.name}", highlight=False)
    out.print(f"  证书文件 / cert file  {plain(file)}\n  密码 / password  {password}", highlight=False, soft_wrap=True)
    _print_link(settings, token, INVITED_FOR.days)


def _print_link(settings: Settings, token: str, days: int) -> None:
    here = f"http://{settings.host}:{settings.port}"
    origin = settings.public_origin if settings.environment is Environment.PRODUCTION else here
    until = (datetime.now(UTC) + timedelta(days=days)).astimezone(SHANGHAI)
    out.print(f"{origin}/sign/{token}", highlight=False, soft_wrap=True)
    out.print(
        f"  有效期至 / good until {until:%Y-%m-%d %H:%M}，只显示这一次，请只发给签署方 / shown this once, for the party alone",
        style="dim",
        highlight=False,
        soft_wrap=True,
    )
