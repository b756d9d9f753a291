"""The portal over the sample register, served on a port of this machine, for a browser to look at."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from tests.portal.samples import CONFIG, NOW, Register, Validation
from verify_portal.app import make_app

CHROMIUM = Path("/usr/bin/chromium")
PHONE = {"width": 360, "height": 780}
DESKTOP = {"width": 1280, "height": 900}


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """The origin under which the app answers; it is on no address but this machine's own."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()


@contextmanager
def serve_samples() -> Iterator[str]:
    patient = replace(CONFIG, holder_tries=1000)
    with served(make_app(Register(), Validation(), patient, now=lambda: NOW)) as origin:
        yield origin
