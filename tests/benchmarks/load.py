"""Strangers by the thousand, from this process: over connections that are kept, as fast as answered, or at a steady rate."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

CONNECTIONS = 32
HOST = "127.0.0.1"


@dataclass
class Answers:
    statuses: Counter[int] = field(default_factory=Counter)
    tags: set[str] = field(default_factory=set)
    waits: list[float] = field(default_factory=list)


class _Visitor:
    """One connection that is kept."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def open(self) -> None:
        self._reader, self._writer = await asyncio.open_connection(HOST, self._port)

    async def ask(self, path: str, headers: str, body: bytes, answers: Answers) -> None:
        began = time.perf_counter()
        verb = "POST" if body else "GET"
        upload = f"Content-Type: application/pdf\r\nContent-Length: {len(body)}\r\n" if body else ""
        self._writer.write(f"{verb} {path} HTTP/1.1\r\nHost: {HOST}\r\n{headers}{upload}\r\n".encode() + body)
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        lines = head.split("\r\n")
        status = int(lines[0].split()[1])
        given = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
        if length := int(given.get("content-length", 0)):
            await self._reader.readexactly(length)
        answers.waits.append(time.perf_counter() - began)
        answers.statuses[status] += 1
        if "etag" in given and len(answers.tags) < 8:
            answers.tags.add(given["etag"])

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()


async def asked_in_turn(
    port: int, paths: list[str], headers: str = "", body: bytes = b"", at_once: int = CONNECTIONS
) -> Answers:
    """Every path once, by so many visitors at once, each asking again as soon as it is answered."""
    answers, left = Answers(), iter(paths)

    async def visit() -> None:
        visitor = _Visitor(port)
        await visitor.open()
        for path in left:
            await visitor.ask(path, headers, body, answers)
        await visitor.close()

    await asyncio.gather(*(visit() for _ in range(min(at_once, len(paths)))))
    return answers


async def asked_steadily(port: int, path: Callable[[int], str], rate: float, seconds: float) -> list[float]:
    """Seconds from when each request was due to its answer: one that had to wait for a visitor has waited."""
    answers, free = Answers(), asyncio.Queue[_Visitor]()
    for _ in range(CONNECTIONS):
        visitor = _Visitor(port)
        await visitor.open()
        free.put_nowait(visitor)
    waits: list[float] = []

    async def one(number: int, due: float) -> None:
        visitor = await free.get()
        await visitor.ask(path(number), "", b"", answers)
        free.put_nowait(visitor)
        waits.append(time.perf_counter() - due)

    began, asking = time.perf_counter(), []
    for number in range(int(rate * seconds)):
        due = began + number / rate
        if (pause := due - time.perf_counter()) > 0:
            await asyncio.sleep(pause)
        asking.append(asyncio.create_task(one(number, due)))
    await asyncio.gather(*asking)
    while not free.empty():
        await free.get_nowait().close()
    return waits
