"""The portal over the sample register, at a fixed time."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from tests.portal.samples import CONFIG, NOW, ORIGIN, Register, Validation
from verify_portal.app import make_app


@pytest.fixture
def register() -> Register:
    return Register()


@pytest.fixture
def portal(register: Register) -> FastAPI:
    return make_app(register, Validation(), CONFIG, now=lambda: NOW)


@pytest.fixture
def client(portal: FastAPI) -> TestClient:
    return TestClient(portal, base_url=ORIGIN, raise_server_exceptions=False)
