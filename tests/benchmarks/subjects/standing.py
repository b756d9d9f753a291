"""What it costs to be there: the time until the service answers, and the memory of a worker that issues."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from signing_service.settings import ROOT
from tests.benchmarks.figures import Figure, not_available
from tests.benchmarks.peers.side import NotAvailable
from tests.benchmarks.processes import cpu_of_tree
from tests.benchmarks.run import Run, Subject
from tests.benchmarks.servers import free_port, started
from tests.factories import service_in

ISSUED = 30
IMPORTS = {
    "portal": "verify_portal.assemble",
    "worker": "signing_service.worker.workshop",
    "command line": "signing_service.cli",
}


def measure(run: Run) -> Iterator[Figure]:
    bare = _import("sys")
    for name, module in IMPORTS.items():
        took = sorted(_import(module) - bare for _ in range(3))
        yield Figure(f"start-up, {name} imported", took[1] * 1000, "ms", runs=3)
    yield from _until_it_answers(run)
    yield from _memory(run)


def _import(module: str) -> float:
    """CPU seconds of a Python that imports it."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", f"import {module}"], cwd=ROOT, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def _until_it_answers(run: Run) -> Iterator[Figure]:
    folder, port = run.material.folder / "start-up", free_port()
    with service_in(folder):
        pass
    environment = {**os.environ, "SIGNING_VAR": str(folder), "SIGNING_PORT": str(port), "PYTHONPATH": str(ROOT)}
    began = time.perf_counter()
    try:
        with started(
            [sys.executable, "-m", "signing_service", "portal"], port, "the portal", env=environment
        ) as process:
            clock = time.perf_counter() - began
            yield Figure("start-up, portal listens, CPU", cpu_of_tree(process.pid) * 1000, "ms")
            yield Figure("start-up, portal listens, by the clock", clock * 1000, "ms")
    except NotAvailable as why:
        yield not_available("start-up, portal listens, CPU", None, str(why))


def _memory(run: Run) -> Iterator[Figure]:
    """A process that does nothing but make licences: drawn, sealed twice, proven."""
    script = Path(__file__).resolve().parents[1] / "issuing_worker.py"
    done = subprocess.run(
        [sys.executable, str(script), str(ISSUED)], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    if done.returncode:
        yield not_available("issuing worker, USS", None, (done.stderr.strip().splitlines() or ["it failed"])[-1][:160])
        return
    told = json.loads(done.stdout.splitlines()[-1])
    yield Figure("issuing worker, USS", told["uss"] / 1e6, "MB", runs=ISSUED)
    yield Figure("issuing worker, RSS", told["rss"] / 1e6, "MB", runs=ISSUED)


SUBJECT = Subject(
    "standing",
    measure,
    (
        *((f"start-up, {name} imported", None) for name in IMPORTS),
        ("start-up, portal listens, CPU", None),
        ("start-up, portal listens, by the clock", None),
        ("issuing worker, USS", None),
        ("issuing worker, RSS", None),
    ),
)
