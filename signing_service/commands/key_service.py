"""``signing-service key-service``: our keys behind the CSC API, on a machine of their own if need be."""

from __future__ import annotations

import sys
import time
from typing import Annotated

import typer
import uvicorn

from signing_service.key_service.config import pin_scrypt, read_config, token_sha256
from signing_service.keystores import open_key_stores
from signing_service.settings import Settings
from signing_service.terminal import out

app = typer.Typer()


@app.command(name="key-service")
def key_service(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8443,
    hash_: Annotated[
        bool, typer.Option("--hash", help="Read a token or PIN from stdin and print what stands for it in the file.")
    ] = False,
) -> None:
    """Serve keys over the CSC API (v1.0.4 and v2) to the clients that certs/key_service.toml names."""
    if hash_:
        secret = sys.stdin.readline().strip()
        out.print(f'token_sha256 = "{token_sha256(secret)}"\npin_scrypt = "{pin_scrypt(secret)}"', soft_wrap=True)
        return
    from signing_service.key_service.app import make_key_service
    from signing_service.key_service.service import KeyService

    settings = Settings()
    config = read_config(settings.key_service_config)
    folder = settings.var / "key-service"
    service = KeyService.of(config, open_key_stores(settings), folder, time.monotonic)
    out.print(f"密钥服务 / key service: http://{host}:{port}/csc/v1, /csc/v2", highlight=False)
    uvicorn.run(make_key_service(service), host=host, port=port, log_level="warning", server_header=False)
