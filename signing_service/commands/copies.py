"""``signing-service copy``: a copy of a licence for one purpose (加注件), made for its holder at a counter."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated

import typer

from signing_service import batch
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Actor, Stage
from signing_service.domain.errors import Problem
from signing_service.embedded import Service, prepare, running
from signing_service.settings import Settings
from signing_service.storage import documents, dossiers, licences
from signing_service.storage.documents import DocumentRow
from signing_service.terminal import out, plain

app = typer.Typer()

PROCEDURE = "cert.annotate"


@app.command(name="copy")
def copy(
    licence: Annotated[str, typer.Argument(help="Number of the licence.")],
    purpose: Annotated[str, typer.Option(help="What the copy may be used for.")],
    recipient: Annotated[str, typer.Option(help="Who it is for.")] = "",
    until: Annotated[
        str, typer.Option(help="Last day, such as 2027-03-31; default: 180 days, or as long as the licence.")
    ] = "",
    folder: Annotated[Path, typer.Option("--out", help="Folder for the sealed file.")] = Path(),
) -> None:
    """Make a copy of a licence for one purpose and a limited time; the same words on the same day give the same copy."""
    settings = Settings()
    prepare(settings, lambda _line: None)
    form = {"licence_no": licence, "purpose": purpose, "recipient": recipient, "until": until}
    with running(settings) as service:
        row, data = make_copy(service, {name: value for name, value in form.items() if value})
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{row.number}.pdf"
    file.write_bytes(data)
    out.print(
        f"[green]✓[/] {plain(row.number)}  至 / until {row.facts['copy_until']}  → {plain(file)}\n"
        f"  {settings.public_origin}/v/{row.code}",
        highlight=False,
        soft_wrap=True,
    )


def make_copy(service: Service, form: dict[str, str]) -> tuple[DocumentRow, bytes]:
    """The copy that a holder asks for, sealed and public. Raises what the procedure refuses, NOT_FOUND for no licence."""
    with service.desk.database.reading() as connection:
        licence = licences.current(connection, form["licence_no"])
    if licence is None:
        raise Problem("NOT_FOUND", "没有这个证照编号，请核对。", "There is no licence with this number.", status=404)
    office = batch.office_of(service, "operator")
    parties = {
        SignatoryRole.HOLDER: licence.holder,
        SignatoryRole.AUTHORITY: licence.authority,
        SignatoryRole.PLATFORM: office.platform,
    }
    today = service.desk.clock().date().isoformat()
    asked = hashlib.sha256(json.dumps([today, licence.version, form], sort_keys=True).encode()).hexdigest()
    number, stage = _opened(service, parties, form, office.region, f"copy/{asked}")
    if stage is Stage.DRAFT:
        holder = Actor(SignatoryRole.HOLDER, licence.holder, "holder")
        try:
            service.desk.take_step(number, "submit", holder)
        except Problem:
            # what is refused leaves no draft behind that would stand in the way of the next try
            service.desk.take_step(number, "withdraw", holder)
            raise
    service.settle(number)
    with service.desk.database.reading() as connection:
        (row,) = documents.of_dossier(connection, number)
        sha256 = documents.revisions(connection, row.document_id)[-1].sha256
    return row, service.desk.blobs.get(sha256)


def _opened(
    service: Service, parties: dict[SignatoryRole, str], form: dict[str, str], region: str, asked: str
) -> tuple[str, Stage]:
    """The dossier of what was asked before, or a new one where that was refused."""
    attempt = 0
    while True:
        number = service.desk.begin_filled_in(PROCEDURE, parties, form, region=region, request_key=f"{asked}/{attempt}")
        with service.desk.database.reading() as connection:
            stage = dossiers.load(connection, number).stage
        if stage is not Stage.WITHDRAWN:
            return number, stage
        attempt += 1
