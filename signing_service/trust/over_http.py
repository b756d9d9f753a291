"""Asking a trust service of somebody else over HTTP: in time, of limited size, of the right kind, and of nobody else.

A service that failed rests for a while, so that one that is down does not cost a time-out at every seal.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx2 as httpx

from signing_service.trust.answers import NoAnswer

LONGEST_ANSWER = 64 * 1024
"""Of a time stamp or an OCSP responder, in bytes."""

LONGEST_LIST = 20 * 1024 * 1024
"""Of a CRL, in bytes."""

MOST_REDIRECTS = 3
FIRST_REST, LONGEST_REST = 15.0, 300.0
"""Seconds a failing service is left alone, doubled at each failure."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: GET, or POST with a body of a kind; ``wanted`` are the media types an answer may have."""

    address: str
    wanted: frozenset[str]
    body: bytes | None = None
    kind: str = ""
    longest: int = LONGEST_ANSWER


class Caller:
    """An HTTP client for trust services. ``seconds``: for connecting, between two bytes, and for the whole answer."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._opening = threading.Lock()
        self._client: httpx.Client | None = None

    def ask(self, question: Question) -> bytes:
        """The body of the answer. Raises NoAnswer for whatever goes wrong on the way."""
        deadline = time.monotonic() + self._seconds
        address = question.address
        try:
            for _ in range(MOST_REDIRECTS + 1):
                with self._opened().stream(
                    "POST" if question.body is not None else "GET",
                    address,
                    content=question.body,
                    headers=_headers(question),
                ) as response:
                    if not response.is_redirect:
                        return _body(response, question, deadline)
                    address = _same_host(address, str(response.next_request.url if response.next_request else ""))
        except NoAnswer:
            raise
        except httpx.TimeoutException:
            raise NoAnswer(f"no answer within {self._seconds:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError) as error:
            raise NoAnswer(f"cannot be reached ({type(error).__name__})") from None
        raise NoAnswer("leads on and on")

    def _opened(self) -> httpx.Client:
        """Opened when first needed, in the process that uses it."""
        with self._opening:
            if self._client is None:
                # no connection outlives its answer: a CA is asked seldom, and a socket kept would be shared after a fork
                limits = httpx.Limits(max_keepalive_connections=0)
                self._client = httpx.Client(timeout=self._seconds, follow_redirects=False, limits=limits)
            return self._client


def _headers(question: Question) -> dict[str, str]:
    # no compression: the length that counts is the one that is read
    headers = {"Accept": ", ".join(sorted(question.wanted)), "Accept-Encoding": "identity"}
    return headers | {"Content-Type": question.kind} if question.kind else headers


def _body(response: httpx.Response, question: Question, deadline: float) -> bytes:
    if response.status_code != 200:
        raise NoAnswer(f"HTTP {response.status_code}")
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind not in question.wanted:
        raise NoAnswer(f"answers with {kind[:80] or 'no media type'!r}")
    body = bytearray()
    for part in response.iter_bytes():
        body += part
        if len(body) > question.longest:
            raise NoAnswer(f"answers with more than {question.longest} bytes")
        if time.monotonic() > deadline:
            raise NoAnswer("answers too slowly")
    return bytes(body)


def _same_host(address: str, onward: str) -> str:
    """A redirect is followed on its own host only, and never from https to http."""
    here, there = urlsplit(address), urlsplit(onward)
    downgraded = here.scheme == "https" and there.scheme != "https"
    if there.scheme not in ("http", "https") or there.hostname != here.hostname or downgraded:
        raise NoAnswer("leads to another host")
    return onward


def shown(address: str) -> str:
    """An address for people and logs, without the password it may hold."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    return f"{host}:{parts.port}{parts.path}" if parts.port else f"{host}{parts.path}"


class Rests:
    """Which addresses failed a moment ago. Seconds of a clock that only goes forward."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._until: dict[str, tuple[float, float]] = {}

    def in_order(self, addresses: Sequence[str]) -> list[str]:
        """The given order, but those that rest come last: where all fail, none is left out."""
        now = self._clock()
        with self._lock:
            return sorted(addresses, key=lambda address: self._until.get(address, (0.0, 0.0))[0] > now)

    def failed(self, address: str) -> None:
        with self._lock:
            _, rest = self._until.get(address, (0.0, FIRST_REST / 2))
            rest = min(rest * 2, LONGEST_REST)
            self._until[address] = (self._clock() + rest, rest)

    def answered(self, address: str) -> None:
        with self._lock:
            self._until.pop(address, None)
