"""The first administrator of the province: by whoever runs the service, once; every other account is made on the pages."""

from __future__ import annotations

from typing import Annotated

import typer

from signing_service.assemble import open_accounts, open_room
from signing_service.embedded import now
from signing_service.procedures import CATALOGUE
from signing_service.settings import Settings
from signing_service.storage.blobs import open_blobs
from signing_service.storage.database import open_prepared
from signing_service.terminal import out
from signing_service.workflows.accounts import staff
from signing_service.workflows.accounts.staff import NewOfficer
from signing_service.workflows.desk import Desk

app = typer.Typer()


@app.command(name="first-admin")
def first_admin(
    login: Annotated[str, typer.Argument(help="Log-in name.")],
    id_no: Annotated[str, typer.Option(help="ID number of the administrator.")],
    name: Annotated[str, typer.Option(help="As on the ID card.")],
    mobile: Annotated[str, typer.Option(help="Where codes go.")],
    authority: Annotated[str, typer.Option(help="USCC of the province's authority; it is in the register.")],
    region: Annotated[str, typer.Option(help="Six digits of the province.")] = "360000",
) -> None:
    """Make the province's first administrator and print the first password, once."""
    settings = Settings()
    database = open_prepared(settings.database)
    try:
        desk = Desk(database, open_blobs(settings.blobs), CATALOGUE, now)
        accounts = open_accounts(settings, desk, open_room(settings, desk))
        made = staff.first_admin(accounts, NewOfficer(login, id_no, name, mobile, region, authority))
    finally:
        database.close()
    out.print(f"{made.account.login}  {made.password}", markup=False, highlight=False)
