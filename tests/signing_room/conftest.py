"""The whole service on a port of this machine, a clerk's browser, and a dossier that waits for the enterprise's own key."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from signing_service.assemble import make_service_app
from signing_service.demo import people
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.tickets import AGENT_PORT
from signing_service.embedded import Service, prepare, running
from signing_service.pipeline.validate import validate
from signing_service.storage import documents
from signing_service.storage.documents import DocumentRow, Revision
from tests.factories import EMPLOYER, builder, open_renewal, settings_in, signaller, submit
from tests.factories_outside import OwnKey, Revocations, builders_key, room_of, take_out
from tests.factories_pki import DESCRIPTION, published

CHROMIUM = Path("/usr/bin/chromium")

expect.set_options(timeout=20_000)  # a busy machine takes its time


@dataclass
class Recorder:
    """Everything that any client sends to the server: request lines, headers and bodies, byte for byte."""

    app: ASGIApp
    sent: bytearray = field(default_factory=bytearray)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self.sent += scope["raw_path"] + b"?" + scope["query_string"] + b"\n"
            self.sent += b"\n".join(name + b": " + value for name, value in scope["headers"]) + b"\n\n"

        async def recorded() -> Message:
            message = await receive()
            self.sent.extend(message.get("body", b""))
            return message

        await self.app(scope, recorded, send)


@dataclass
class Office:
    """A running service, where it answers, and the dossier that waits."""

    service: Service
    recorder: Recorder
    origin: str
    number: str
    token: str
    key: OwnKey
    revocations: Revocations

    @property
    def link(self) -> str:
        return f"{self.origin}/sign/{self.token}"

    @property
    def row(self) -> DocumentRow:
        with self.service.desk.database.reading() as connection:
            return documents.of_dossier(connection, self.number)[-1]

    @property
    def revisions(self) -> list[Revision]:
        with self.service.desk.database.reading() as connection:
            return documents.revisions(connection, self.row.document_id)

    @property
    def file(self) -> bytes:
        return self.service.desk.blobs.get(self.revisions[-1].sha256)

    @property
    def signed_by(self) -> list[SignatoryRole | None]:
        return [revision.field for revision in self.revisions]

    def validated(self) -> str:
        anchors = self.service.anchors
        report = validate(self.file, anchors.roots, intermediates=anchors.intermediates, now=self.service.desk.clock())
        return str(report.verdict)


@pytest.fixture(scope="session")
def prepared_var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    certs = Path(shutil.copytree(DESCRIPTION.parent, tmp_path_factory.mktemp("signing-room") / "certs"))
    published(certs)
    settings = settings_in(certs.parent / "var", certs=certs)
    prepare(settings, lambda _line: None)
    with running(settings) as service, service.desk.database.transaction() as connection:
        people.enter(connection, service.desk.blobs, service.desk.clock())
    return settings.var


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture
def agent_port() -> int:
    return free_port()


@pytest.fixture
def office(prepared_var: Path, tmp_path: Path, agent_port: int) -> Iterator[Office]:
    with office_in(tmp_path, prepared_var, agent_port) as made:
        yield made


@contextmanager
def office_in(folder: Path, prepared: Path, agent_port: int = AGENT_PORT) -> Iterator[Office]:
    copied = Path(shutil.copytree(prepared, folder / "var", symlinks=True))
    settings = settings_in(copied, certs=prepared.parent / "certs")
    revocations = Revocations()
    with running(settings) as service:
        take_out(service)
        number = open_renewal(service)
        submit(service.desk, number, signaller())
        service.settle(number)
        service.desk.take_step(number, "confirm", builder())
        recorder = Recorder(make_service_app(settings, service.desk, revocations, agent_port))
        token = room_of(service).invite(number, EMPLOYER)
        with served(recorder) as origin:
            yield Office(service, recorder, origin, number, token, builders_key(service), revocations)


@contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
    listening.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"not run on this machine: there is no Chromium at {CHROMIUM}")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield started
        started.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(
        viewport={"width": 1280, "height": 900}, locale="zh-CN", reduced_motion="reduce", device_scale_factor=1
    )
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()
