"""Asking a system outside over HTTP: in time, of limited size, with no redirect, and only JSON is believed.

Addresses may carry a secret, as those of WeChat do, so what went wrong is told by the kind of error alone.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx2 as httpx

from signing_service.gateways.problems import System, away

LONGEST_ANSWER = 256 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    document: Mapping[str, Any]
    body: bytes
    headers: Mapping[str, str]

    def text(self, name: str) -> str:
        """A value of the answer as text; empty when it has none."""
        value = self.document.get(name)
        return "" if value is None else str(value)


class HttpLine:
    """To one system. ``seconds``: for connecting, between two bytes, and for the whole answer. For many threads."""

    def __init__(self, system: System, address: str, seconds: float) -> None:
        self._system = system
        self._address = address.rstrip("/")
        self._seconds = seconds
        self._opening = threading.Lock()
        self._client: httpx.Client | None = None

    @property
    def host(self) -> str:
        """As it stands in the header ``Host``."""
        return httpx.URL(self._address).netloc.decode()

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: str = "",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """The JSON object that is answered, whatever its status below 500. Raises Problem GATEWAY_AWAY."""
        deadline = time.monotonic() + self._seconds
        address = f"{self._address}{path}{'?' if query else ''}{query}"
        asked = {"Accept": "application/json", "Accept-Encoding": "identity", **(headers or {})}
        try:
            with self._opened().stream(method, address, content=body, headers=asked) as response:
                received = self._read(response, deadline)
        except httpx.TimeoutException:
            raise away(self._system, f"no answer within {self._seconds:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError) as error:
            raise away(self._system, f"cannot be reached ({type(error).__name__})") from None
        if response.status_code >= 500 or response.status_code == 429 or response.is_redirect:
            raise away(self._system, f"HTTP {response.status_code}")
        return Answer(response.status_code, self._object(received), received, dict(response.headers))

    def _read(self, response: httpx.Response, deadline: float) -> bytes:
        received = bytearray()
        for part in response.iter_bytes():
            received += part
            if len(received) > LONGEST_ANSWER:
                raise away(self._system, f"answers with more than {LONGEST_ANSWER} bytes")
            if time.monotonic() > deadline:
                raise away(self._system, "answers too slowly")
        return bytes(received)

    def _object(self, received: bytes) -> Mapping[str, Any]:
        try:
            document = json.loads(received)
        except ValueError:
            raise away(self._system, "answers with something that is no JSON") from None
        if not isinstance(document, dict):
            raise away(self._system, "answers with something that is no JSON object")
        return document

    def _opened(self) -> httpx.Client:
        """Opened when first needed, in the process that uses it; no connection outlives its answer."""
        with self._opening:
            if self._client is None:
                limits = httpx.Limits(max_keepalive_connections=0)
                self._client = httpx.Client(
                    timeout=self._seconds, follow_redirects=False, limits=limits, trust_env=False
                )
            return self._client
