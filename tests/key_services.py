"""Our key service on a port of this machine, over the keys of a PKI, and clients that know its secrets."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from signing_service.domain.keys import FullKeyStore, KeyRef
from signing_service.key_service.app import make_key_service
from signing_service.key_service.config import Client, Credential, KeyServiceConfig, pin_scrypt, token_sha256
from signing_service.key_service.service import KeyService
from signing_service.keystores.pin import Pin
from signing_service.keystores.remote import RemoteKeyStore, RemotePlace

TOKEN = "a bearer token of the platform"
OTHER_TOKEN = "a bearer token of somebody else"
PIN = "739104"


@dataclass(frozen=True)
class RunningKeyService:
    address: str

    def store(
        self, folder: Path, version: str, *, pin: str = PIN, token: str = TOKEN, seconds: float = 10.0
    ) -> RemoteKeyStore:
        (folder / "csc-pin").write_text(f"{pin}\n", encoding="utf-8")
        (folder / "csc-token").write_text(f"{token}\n", encoding="utf-8")
        place = RemotePlace(self.address, version, folder / "csc-token", {}, seconds)
        return RemoteKeyStore(place, Pin(folder / "csc-pin", folder / "csc-pin.refused"))


def service_over(
    keys: FullKeyStore, store: str, labels: list[str], folder: Path, clock: Callable[[], float] = time.monotonic
) -> KeyService:
    """One client for every key, another for none."""
    sealed = pin_scrypt(PIN)
    config = KeyServiceConfig(
        (
            Client("platform", token_sha256(TOKEN), frozenset(labels)),
            Client("somebody", token_sha256(OTHER_TOKEN), frozenset(labels[1:])),
        ),
        {label: Credential(label, KeyRef(store, label), sealed) for label in labels},
    )
    return KeyService.of(config, keys, folder, clock)


@contextmanager
def listening(app: Any, port: int = 0) -> Iterator[str]:
    """The address of an ASGI application that answers on this machine."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        server = uvicorn.Server(
            uvicorn.Config(app, log_level="critical", access_log=False, timeout_graceful_shutdown=1)
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)


@contextmanager
def running_key_service(service: KeyService) -> Iterator[RunningKeyService]:
    with listening(make_key_service(service)) as address:
        yield RunningKeyService(address)
