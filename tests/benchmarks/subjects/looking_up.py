"""The portal over HTTP: look-ups and verification, what they cost the server, and how long a stranger waits.

CPU is the server's alone, by its process, so that whoever loads it may share the machine.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from signing_service.embedded import prepare
from signing_service.settings import ROOT
from signing_service.storage.database import open_database
from tests.benchmarks.figures import Figure, against, not_available
from tests.benchmarks.goals import NGINX, STARLETTE
from tests.benchmarks.load import Answers, asked_in_turn, asked_steadily
from tests.benchmarks.material import AUTHORITY, P256, PLATFORM, RSA
from tests.benchmarks.peers.side import NotAvailable
from tests.benchmarks.processes import cpu_of_tree, rss_of
from tests.benchmarks.register import code_of, fill
from tests.benchmarks.run import Run, Subject
from tests.benchmarks.servers import free_port, nginx, postgresql, started
from tests.factories import settings_in

LICENCES = 20_000
REQUESTS = 2_000
LOAD = 0.4
"""Of what one core can answer, while the waiting times are taken."""
SATURATED = 0.05
"""Seconds: a bare answer that waits longer at this load waits for other people's work."""
LOOK_UPS = ("look-up, SQLite", "look-up, page cached", "look-up, 304", "look-up, as JSON", "look-up, unknown code")
POSTGRESQL = "look-up, PostgreSQL"


@dataclass(frozen=True)
class Server:
    name: str
    port: int
    pid: int
    paths: Callable[[int], str]
    """The address of request ``number``."""
    headers: str = ""

    def asked(self, count: int) -> Answers:
        paths = [self.paths(number) for number in range(count)]
        return asyncio.run(asked_in_turn(self.port, paths, self.headers))

    def cpu(self, count: int) -> float:
        """CPU seconds of the server for one request."""
        before = cpu_of_tree(self.pid)
        self.asked(count)
        return (cpu_of_tree(self.pid) - before) / count


def measure(run: Run) -> Iterator[Figure]:
    with ExitStack() as open_servers:
        servers, missing = _servers(run, open_servers)
        took = _cpu_each(run, servers)
        bare = statistics.median(took[STARLETTE])
        yield Figure(STARLETTE, bare * 1e6, "µs", runs=len(took[STARLETTE]))
        for name, samples in took.items():
            if name == STARLETTE:
                continue
            yield against(name, statistics.median(samples) * 1e6, "µs", STARLETTE, bare * 1e6, len(samples))
        for name, why in missing.items():
            yield not_available(name, STARLETTE, why)
        yield from _waiting(servers, took)
        yield from _verification(run, servers, bare)
        web = next(server for server in servers if server.name == LOOK_UPS[0])
        yield Figure("web, RSS", rss_of(web.pid) / 1e6, "MB")


def _servers(run: Run, stack: ExitStack) -> tuple[list[Server], dict[str, str]]:
    missing = {}
    bare = stack.enter_context(_uvicorn("tests.benchmarks.bare:app", {}))
    portal_port, portal_pid = stack.enter_context(_portal(run, "portal", ""))
    servers = [
        Server(STARLETTE, *bare, lambda number: f"/v/{code_of(number % LICENCES)}"),
        # another code for each request: nothing that was made for one serves the next
        Server(LOOK_UPS[0], portal_port, portal_pid, lambda number: f"/v/{code_of(number * 7 % LICENCES)}"),
        Server(LOOK_UPS[1], portal_port, portal_pid, lambda _: f"/v/{code_of(1)}"),
        Server(LOOK_UPS[3], portal_port, portal_pid, lambda _: f"/api/v/{code_of(1)}"),
        Server(LOOK_UPS[4], portal_port, portal_pid, lambda _: f"/v/{'b' * 26}"),
    ]
    [tag] = servers[2].asked(1).tags
    servers.append(
        Server(LOOK_UPS[2], portal_port, portal_pid, lambda _: f"/v/{code_of(1)}", f"If-None-Match: {tag}\r\n")
    )
    try:
        url = stack.enter_context(postgresql())
        port, pid = stack.enter_context(_portal(run, "portal-postgresql", url))
        servers.append(Server(POSTGRESQL, port, pid, lambda number: f"/v/{code_of(number * 7 % LICENCES)}"))
    except NotAvailable as why:
        missing[POSTGRESQL] = str(why)
    try:
        address, process = stack.enter_context(nginx(run.material.folder / "nginx", b"x" * 16_384))
        servers.append(Server(NGINX, int(address.split(":")[2].split("/")[0]), process.pid, lambda _: "/page.html"))
    except NotAvailable as why:
        missing[NGINX] = str(why)
    return servers, missing


def _cpu_each(run: Run, servers: list[Server]) -> dict[str, list[float]]:
    """Interleaved like all else, by portions of requests; the first hundred warm up."""
    took: dict[str, list[float]] = {server.name: [] for server in servers}
    for server in servers:
        server.asked(100)
    for _ in range(max(1, run.rounds // 2)):
        for server in (*servers, *reversed(servers)):
            took[server.name].append(server.cpu(REQUESTS))
    return took


def _waiting(servers: list[Server], took: dict[str, list[float]]) -> Iterator[Figure]:
    """p50 and p99 of the time to an answer, when requests come steadily at 40 % of what the server can do.

    Where even the bare answer waits long, the machine is busy with other work and nothing is said of ours.
    """
    named, busy = {server.name: server for server in servers}, ""
    for name in (STARLETTE, LOOK_UPS[0]):
        rate = LOAD / statistics.median(took[name])
        yield Figure(f"{name}, requests a second at 40 % load", rate, "/s")
        waits = (
            [] if busy else sorted(asyncio.run(asked_steadily(named[name].port, named[name].paths, rate, seconds=3)))
        )
        if waits and name == STARLETTE and waits[len(waits) * 99 // 100] > SATURATED:
            busy = "the machine is busy with other work, even the bare answer waits"
        for words, part in (("p50", 50), ("p99", 99)):
            if busy:
                yield not_available(f"{name}, {words} at 40 % load", None, busy)
            else:
                yield Figure(
                    f"{name}, {words} at 40 % load", waits[len(waits) * part // 100] * 1000, "ms", runs=len(waits)
                )


def _verification(run: Run, servers: list[Server], bare: float) -> Iterator[Figure]:
    """A file of ours is uploaded: the server's CPU, with that of the process that looks at it."""
    name, material = "verification over HTTP", run.material
    once = material.sealed(material.licence(), AUTHORITY, P256, shown=True)
    data = material.sealed(once, PLATFORM, RSA).data
    server = next(server for server in servers if server.name == LOOK_UPS[0])
    asyncio.run(asked_in_turn(server.port, ["/api/verify"], "", data))  # the process for files starts
    count = 20
    before, began = cpu_of_tree(server.pid), time.perf_counter()
    answers = asyncio.run(asked_in_turn(server.port, ["/api/verify"] * count, "", data, at_once=1))
    wall = (time.perf_counter() - began) / count
    spent = (cpu_of_tree(server.pid) - before) / count
    if answers.statuses != {200: count}:
        yield not_available(name, STARLETTE, f"answered {answers.statuses}")
        return
    yield against(name, spent * 1e6, "µs", STARLETTE, bare * 1e6, count)
    yield Figure("verification over HTTP, by the clock", wall * 1000, "ms", runs=count)


@contextmanager
def _uvicorn(app: str, environment: dict[str, str]) -> Iterator[tuple[int, int]]:
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", app, "--port", str(port), "--no-access-log", "--log-level", "warning"]
    env = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    with started(command, port, app, env=env) as process:
        yield port, process.pid


@contextmanager
def _portal(run: Run, name: str, database_url: str) -> Iterator[tuple[int, int]]:
    """``signing-service portal`` as it is served in earnest, over a register of 20,000 licences."""
    folder = run.material.folder / name
    changes = {"database_url": database_url} if database_url else {}
    settings = settings_in(folder, **changes)
    prepare(settings, lambda _line: None)
    database = open_database(settings.database)
    fill(database, LICENCES)
    database.close()
    with _uvicorn(
        "tests.benchmarks.bare:portal", {"SIGNING_VAR": str(folder), "SIGNING_DATABASE_URL": database_url}
    ) as at:
        yield at


SUBJECT = Subject(
    "looking_up",
    measure,
    (
        (STARLETTE, None),
        *((name, STARLETTE) for name in (*LOOK_UPS, POSTGRESQL, NGINX)),
        *(
            (f"{name}, {what}", None)
            for name in (STARLETTE, LOOK_UPS[0])
            for what in ("requests a second at 40 % load", "p50 at 40 % load", "p99 at 40 % load")
        ),
        ("verification over HTTP", STARLETTE),
        ("verification over HTTP, by the clock", None),
        ("web, RSS", None),
    ),
)
