"""A running service for each journey, and the whole demonstration walked once for those that look at its results."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

from signing_service.demo.walk import Made, walk
from signing_service.embedded import Service, prepare, running
from signing_service.settings import Settings
from signing_service.trust.files import locked
from signing_service.trust.pki import Pki, open_pki
from tests.factories import service_in, settings_in
from tests.factories_pki import DESCRIPTION, published
from tests.journeys.driver import Journey, journey_in


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with service_in(tmp_path / "var") as service:
        yield service


@dataclass(frozen=True)
class Demonstration:
    """What a user has on disk after ``signing-service demo``. Its service has been stopped."""

    settings: Settings

    @property
    def folder(self) -> Path:
        return self.settings.var / "demo"

    @cached_property
    def made(self) -> list[Made]:
        return [Made(**line) for line in json.loads((self.folder / "index.json").read_text(encoding="utf-8"))]

    @property
    def genuine(self) -> list[Made]:
        return [line for line in self.made if line.file != "tampered.pdf"]

    def read(self, line: Made) -> bytes:
        return (self.folder / line.file).read_bytes()

    def copied_to(self, folder: Path) -> Demonstration:
        shutil.copytree(self.settings.var, folder, ignore=shutil.ignore_patterns("fonts"))
        return Demonstration(settings_in(folder, certs=self.settings.certs))

    @property
    def pki(self) -> Pki:
        return open_pki(self.settings.pki, self.settings.certs / "pki.toml")

    @property
    def root(self) -> Path:
        """The anchor of its PKI, PEM."""
        return self.settings.pki / "anchors" / "root.pem"


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Demonstration:
    """Walked once a run, by whichever of its processes comes first. Tests change a copy of it."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    certs = shared / "demonstration-certs"
    with locked(shared / "demonstration.lock"):
        if not certs.exists():
            shutil.copytree(DESCRIPTION.parent, certs)
            published(certs)
        settings = settings_in(shared / "demonstration" / "var", certs=certs)
        if not (settings.var / "demo" / "index.json").exists():
            prepare(settings, lambda _line: None)
            with running(settings) as service:
                walk(service, settings.var / "demo", "http://127.0.0.1:8000", lambda _line: None)
    return Demonstration(settings)


@pytest.fixture
def journey(tmp_path: Path) -> Iterator[Journey]:
    with journey_in(tmp_path / "var") as journey:
        yield journey
