"""A key service that is down, slow, confused or unwilling: KEY_UNAVAILABLE or KEY_REFUSED, and back by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyRef
from signing_service.key_service.app import make_key_service
from signing_service.keystores.remote import RemoteKeyStore
from signing_service.keystores.soft import SoftKeyStore
from signing_service.pipeline import cms
from signing_service.trust.pki import Pki
from tests.key_services import OTHER_TOKEN, PIN, RunningKeyService, listening, service_over

KEY = KeyRef("remote", "ecdsa-p256")
DATA = b"what is signed"
both_versions = pytest.mark.parametrize("version", ["v1", "v2"])


class Moody:
    """An ASGI application before the real one, that may do something else instead."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.mood: Callable[[Any], Any] | None = None
        self.asked: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            self.asked.append(scope["path"].rsplit("/", 1)[-1])
            if self.mood is not None:
                await self.mood(send)
                return
        await self.app(scope, receive, send)


def says(status: int, body: bytes) -> Callable[[Any], Any]:
    async def answer(send: Any) -> None:
        await send(
            {"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]}
        )
        await send({"type": "http.response.body", "body": body})

    return answer


async def sleeps(send: Any) -> None:
    await asyncio.sleep(1)
    await says(200, b"{}")(send)


@pytest.fixture
def service(seven_pki: Pki, tmp_path: Path) -> Moody:
    keys = SoftKeyStore(seven_pki.keys, seven_pki.passphrase)
    return Moody(make_key_service(service_over(keys, "soft", ["ecdsa-p256", "rsa-2048"], tmp_path)))


@pytest.fixture
def address(service: Moody) -> Iterator[str]:
    with listening(service) as at:
        yield at


def store_at(address: str, folder: Path, version: str = "v1", **how: Any) -> RemoteKeyStore:
    return RunningKeyService(address).store(folder, version, **how)


def signs(store: RemoteKeyStore) -> None:
    cms.check_signature(DATA, store.sign(KEY, DATA), store.signing_cert(KEY))


def refused(store: RemoteKeyStore) -> str:
    with pytest.raises(Problem) as problem:
        store.sign(KEY, DATA)
    assert PIN not in str(problem.value.to_document())
    return problem.value.code


@both_versions
@pytest.mark.parametrize(
    "mood",
    [
        sleeps,
        says(500, b'{"error": "server_error"}'),
        says(502, b"<html>"),
        says(503, b""),
        says(429, b"{}"),
        says(200, b""),
        says(200, b"<html>"),
        says(200, b"[]"),
        says(200, b"{}"),
        says(200, b'{"SAD": 7, "signatures": "x", "cert": []}'),
        says(200, b'{"SAD": "x", "signatures": [7]}'),
        says(200, b'{"SAD": "x", "signatures": ["?"]}'),
        says(200, b'{"SAD": "x", "signatures": []}'),
        says(200, b'"' + b"x" * (1 << 21) + b'"'),
    ],
    ids=[
        "slow",
        "500",
        "502",
        "503",
        "429",
        "empty",
        "html",
        "list",
        "object",
        "types",
        "number",
        "base64",
        "none",
        "long",
    ],
)
def test_a_service_that_answers_badly_is_unavailable_and_used_again_when_it_is_well(
    service: Moody, address: str, tmp_path: Path, version: str, mood: Callable[[Any], Any]
) -> None:
    unknown_yet = store_at(address, tmp_path, version, seconds=0.5)
    known = store_at(address, tmp_path, version, seconds=0.5)
    signs(known)
    service.mood = mood
    assert refused(unknown_yet) == "KEY_UNAVAILABLE"
    assert refused(known) == "KEY_UNAVAILABLE"
    service.mood = None
    signs(unknown_yet)
    signs(known)


@both_versions
def test_a_service_that_is_down_is_unavailable_and_back_when_it_is_back(
    service: Moody, tmp_path: Path, version: str
) -> None:
    with listening(service) as address:
        store = store_at(address, tmp_path, version)
        signs(store)
    assert refused(store) == "KEY_UNAVAILABLE"
    with listening(service, port=urlsplit(address).port or 0):
        signs(store)


@both_versions
def test_a_wrong_pin_is_sent_once_and_not_again_until_its_file_changes(
    service: Moody, address: str, tmp_path: Path, version: str
) -> None:
    store = store_at(address, tmp_path, version, pin="000000")
    for _ in range(20):
        assert refused(store) == "KEY_REFUSED"
    assert service.asked.count("authorize") == 1
    (tmp_path / "csc-pin").write_text(PIN, encoding="utf-8")
    signs(store)


def test_a_wrong_token_signs_nothing_and_is_waited_for(address: str, tmp_path: Path) -> None:
    """A token that was changed says nothing of the key: refused for good, the party's next key would take over early."""
    assert refused(store_at(address, tmp_path, token="stolen")) == "KEY_UNAVAILABLE"
    assert refused(store_at(address, tmp_path, token=OTHER_TOKEN)) == "KEY_UNKNOWN"


def test_secrets_that_cannot_be_read_are_named_by_their_file(address: str, tmp_path: Path) -> None:
    store = store_at(address, tmp_path)
    (tmp_path / "csc-pin").unlink()
    with pytest.raises(Problem, match="csc-pin"):
        store.sign(KEY, DATA)
    (tmp_path / "csc-pin").write_text(PIN, encoding="utf-8")
    (tmp_path / "csc-token").unlink()
    with pytest.raises(Problem, match="csc-token"):
        store.sign(KEY, DATA)


def test_many_signatures_take_one_authorisation(service: Moody, address: str, tmp_path: Path) -> None:
    store = store_at(address, tmp_path)
    messages = [f"document {number}".encode() for number in range(150)]
    for message, signature in zip(messages, store.sign_all(KEY, messages), strict=True):
        cms.check_signature(message, signature, store.signing_cert(KEY))
    assert (service.asked.count("authorize"), service.asked.count("signHash")) == (2, 2)
    assert service.asked.count("info") == 1
