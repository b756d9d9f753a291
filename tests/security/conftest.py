from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator

import pytest

from tests.security import signed_files
from tests.security.signed_files import Pki


@pytest.fixture(scope="session")
def pki() -> Pki:
    return Pki.make()


@pytest.fixture(scope="session")
def one(pki: Pki) -> bytes:
    """One certifying seal, B-T."""
    return signed_files.one_seal(pki)


@pytest.fixture(scope="session")
def two(pki: Pki) -> bytes:
    """The employer's and the authority's seal, B-T, fields laid beforehand."""
    return signed_files.two_seals(pki)


@pytest.fixture(scope="session")
def two_untimed(pki: Pki) -> bytes:
    """The same at level B-B: small, and quick to validate."""
    return signed_files.two_seals(pki, timestamped=False)


class _Canary(http.server.BaseHTTPRequestHandler):
    hits: list[str]

    def do_GET(self) -> None:
        self.hits.append(self.path)
        self.send_error(404)

    do_POST = do_GET  # noqa: N815 - the name the server calls

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        pass


@pytest.fixture
def canary() -> Iterator[tuple[str, list[str]]]:
    """Its address, and the path of every request that reached it."""
    hits: list[str] = []
    handler = type("Canary", (_Canary,), {"hits": hits})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", hits
        server.shutdown()
        thread.join()
