"""Trust services on loopback: our own over real HTTP, and strangers that answer as a test tells them to."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import uvicorn
from starlette.types import ASGIApp

from signing_service.trust.embedded import EmbeddedServices
from signing_service.trust.pki import Pki, ensure
from signing_service.trust.services import alone
from tests.factories_pki import published


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Served:
    """The development PKI whose certs name the address where it answers."""

    pki: Pki
    services: EmbeddedServices
    base: str


@contextmanager
def serving(app: ASGIApp, listener: socket.socket) -> Iterator[None]:
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


@contextmanager
def answering(pki: Pki) -> Iterator[EmbeddedServices]:
    """The PKI answers where its certs say (``factories_pki.published``), for programs that ask over HTTP."""
    services = EmbeddedServices(pki, now)
    port = urlsplit(pki.description.publish).port
    assert port
    with serving(alone(services), socket.create_server(("127.0.0.1", port))):
        yield services


@contextmanager
def served_pki(folder: Path) -> Iterator[Served]:
    pki = ensure(folder / "pki", published(folder), now())
    with answering(pki) as services:
        yield Served(pki, services, pki.description.publish)


@dataclass
class Stranger:
    """An HTTP server that answers every request with what ``answer`` makes of its body, and counts."""

    answer: Callable[[bytes], bytes] = lambda _: b""
    kind: str = "application/timestamp-reply"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    pause: float = 0.0
    drip: float = 0.0
    asked: list[str] = field(default_factory=list)
    address: str = ""

    def handle(self, handler: BaseHTTPRequestHandler) -> None:
        self.asked.append(handler.path)
        body = handler.rfile.read(int(handler.headers.get("Content-Length", "0")))
        time.sleep(self.pause)
        answer = self.answer(body)
        handler.send_response(self.status)
        for name, value in {"Content-Type": self.kind, "Content-Length": str(len(answer)), **self.headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        for byte in answer if self.drip else ():
            time.sleep(self.drip)
            handler.wfile.write(bytes((byte,)))
            handler.wfile.flush()
        if not self.drip:
            handler.wfile.write(answer)


@contextmanager
def listening(stranger: Stranger) -> Iterator[str]:
    """The address of a stranger while it listens."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                stranger.handle(self)
            except OSError:
                self.close_connection = True

        do_POST = do_GET  # noqa: N815 - the names that the server looks for

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 64

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    stranger.address = f"http://127.0.0.1:{server.server_address[1]}/"
    try:
        yield stranger.address
    finally:
        server.shutdown()
        server.server_close()


def dead_address() -> str:
    """Where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}/"
