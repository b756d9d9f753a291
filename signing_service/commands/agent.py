"""The agent on a party's own computer, for keys in USB tokens."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from signing_service.agent.serve import serve_agent
from signing_service.domain.tickets import AGENT_PORT

app = typer.Typer()

HERE = "http://127.0.0.1:8000"


@app.command()
def agent(
    module: Annotated[Path, typer.Option(help="The token's PKCS#11 library.", exists=True, dir_okay=False)],
    origin: Annotated[list[str] | None, typer.Option(help="A site that may ask; may be given several times.")] = None,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1.", min=1, max=65535)] = AGENT_PORT,
    state: Annotated[
        Path | None, typer.Option(help="Folder for what the agent remembers; by default ~/.config/signing-service.")
    ] = None,
) -> None:
    """Sign with a USB token for pages of the named sites: shows what is signed, asks for the PIN here."""
    folder = state or Path.home() / ".config" / "signing-service"
    serve_agent(module, tuple(origin or (HERE,)), port, folder)
