"""Licences by the batch, through the whole service: register, journal, outbox, seals, proof and archive.

What one licence costs must not depend on how many there are, in time and in memory.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from signing_service import batch
from signing_service.demo import people
from signing_service.domain.documents import PadesLevel
from signing_service.domain.licences import LicenceType
from signing_service.embedded import Service, running
from signing_service.settings import ROOT, Settings
from tests.benchmarks.figures import Figure, against, not_available
from tests.benchmarks.goals import IN_PROCESS, SINGLE_PASS
from tests.benchmarks.material import AUTHORITY, P256, PLATFORM, RSA, id_number, name_of
from tests.benchmarks.peers.side import NotAvailable
from tests.benchmarks.processes import cpu_of_tree, uss_of
from tests.benchmarks.run import Run, Subject
from tests.benchmarks.servers import valkey
from tests.benchmarks.timing import median, timed
from tests.factories import service_in

HUNDRED = 100
SIZES = (10, 30, HUNDRED, 300, 1_000, 3_000)
PASSES = "the same pass with the levels of the procedure"


def measure(run: Run) -> Iterator[Figure]:
    yield from _batches(run)
    yield from _through_celery(run)


@dataclass
class Issuer:
    """A service with the invented people, to which lists are given; nobody is on two of them."""

    service: Service
    folder: Path
    used: int = 0

    def __post_init__(self) -> None:
        self.office = batch.office_of(self.service, "officer")

    def issue(self, count: int) -> int:
        """Raises AssertionError when a row of the list was not issued."""
        rows = self._rows(count)
        out = self.folder / f"out-{self.used}"
        kind = LicenceType.SPECIAL_OPERATION
        bad = 0
        for result in batch.issue_rows(self.service, rows, self.folder, kind, self.office, out):
            bad += isinstance(result, batch.BadRow)
        if bad:
            msg = f"{bad} of {count} rows were not issued"
            raise AssertionError(msg)
        return count

    def _rows(self, count: int) -> list[batch.Row]:
        first, self.used = self.used, self.used + count
        return [
            batch.Row(
                number + 2,
                {
                    "name": name_of(number),
                    "id_no": id_number(number),
                    "employer_uscc": str(people.BUILDER.uscc),
                    "category": "04",
                    "photo": f"{number % 8}.jpg",
                },
            )
            for number in range(first, first + count)
        ]


@contextmanager
def issuer(run: Run, name: str) -> Iterator[Issuer]:
    with service_in(run.material.folder / name) as service:
        yield Issuer(service, photos_in(run, run.material.folder / f"{name}-list"))


def photos_in(run: Run, folder: Path) -> Path:
    folder.mkdir()
    for number, photo in enumerate(run.material.photos):
        (folder / f"{number}.jpg").write_bytes(photo)
    return folder


def _batches(run: Run) -> Iterator[Figure]:
    """Every size a batch of its own, smallest first; a hundred again at the end, when the register is full."""
    sizes = [size for size in SIZES if size < run.licences] + [run.licences]
    costs: dict[int, float] = {}
    single = timed(lambda: _both_seals(run, PadesLevel.B_B))
    as_asked = timed(lambda: _both_seals(run, PadesLevel.B_LTA))
    singles, asked, memory = [single()], [as_asked()], {}
    with issuer(run, "batches") as to:
        to.issue(10)  # what is opened at the first licence is no licence's cost
        for size in sizes:
            before = uss_of(os.getpid())
            costs[size] = _cpu_each(to, size)
            memory[size] = uss_of(os.getpid()) - before
            singles.append(single())
            asked.append(as_asked())
            run.tell(f"batch of {size}: {costs[size] * 1000:.1f} ms a licence")
            yield Figure(f"batch of {size}", costs[size] * 1000, "ms", runs=1)
        end = _cpu_each(to, min(HUNDRED, run.licences))
    largest = costs[sizes[-1]]
    start = costs.get(HUNDRED, costs[sizes[0]])
    bare, at_level = median(singles), median(asked)
    yield Figure(SINGLE_PASS, bare.ms, "ms", runs=bare.runs)
    yield against("whole issue, one core", largest * 1000, "ms", SINGLE_PASS, bare.ms, 1)
    yield against("whole issue, one core", largest * 1000, "ms", PASSES, at_level.ms, 1)
    yield against("batch, largest against a hundred", largest * 1000, "ms", "batch, start", start * 1000, 1)
    yield against("batch, end against start", end * 1000, "ms", "batch, start", start * 1000, 1)
    yield _growth(sizes[-1], memory[sizes[-1]])


def _growth(count: int, grown: int) -> Figure:
    """What was warmed up by a smaller batch is not growth, and what is given back is not less than none."""
    name = "batch, memory per 10,000"
    if count < HUNDRED:
        return not_available(name, None, f"a batch of {count} is too small to tell growth from warming up")
    return Figure(name, max(0.0, grown / count * 10_000 / 1e6), "MB", runs=count)


def _both_seals(run: Run, level: PadesLevel) -> object:
    """The same document without a service: drawn, sealed by the authority and by the platform."""
    long = level.is_long_term
    once = run.material.sealed(run.material.licence(), AUTHORITY, P256, PadesLevel.B_T if long else level, shown=True)
    return run.material.sealed(once, PLATFORM, RSA, level)


def _cpu_each(to: Issuer, count: int) -> float:
    """CPU seconds of one licence: this process with all its threads, for the worker is one of them."""
    began = time.process_time()
    to.issue(count)
    return (time.process_time() - began) / count


# ---- through a broker, on every core


def _through_celery(run: Run) -> Iterator[Figure]:
    """The same lists through Celery over Valkey, to workers on every core, and in this process."""
    count = max(20, min(60, run.licences) // 20 * 20)
    names = ("through Celery, 20 per task", "whole issue, all cores")
    try:
        with issuer(run, "in-process") as here:
            here.issue(10)
            inside = [_cpu_each(here, count) for _ in range(2)]
        # not at the same time: one process is one service's worker
        with valkey() as broker, _elsewhere(run, broker) as (there, worker):
            there.issue(20)
            outside, rates = [], []
            for _ in range(2):
                before, began, wall = cpu_of_tree(worker.pid), time.process_time(), time.perf_counter()
                there.issue(count)
                wall = time.perf_counter() - wall
                spent = cpu_of_tree(worker.pid) - before + time.process_time() - began
                outside.append(spent / count)
                rates.append(count / wall)
    except NotAvailable as why:
        yield not_available(names[0], IN_PROCESS, str(why))
        yield not_available(names[1], IN_PROCESS, str(why))
        return
    one, other = median(inside), median(outside)
    yield against(names[0], other.ms, "ms", IN_PROCESS, one.ms, one.runs)
    run.tell(f"{median(rates).seconds:.1f} licences a second by the wall clock, {os.cpu_count()} workers")
    cores = len(os.sched_getaffinity(0))
    yield against(names[1], other.ms / cores, "ms", IN_PROCESS, one.ms, one.runs)


@contextmanager
def _elsewhere(run: Run, broker: str) -> Iterator[tuple[Issuer, subprocess.Popen[bytes]]]:
    """A service whose work is done by ``signing-service worker``, one process a core."""
    folder = run.material.folder / "celery"
    with service_in(folder):
        pass
    settings = Settings(var=folder, broker_url=broker)
    environment = {**os.environ, "SIGNING_VAR": str(folder), "SIGNING_BROKER_URL": broker, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "signing_service", "worker"]
    worker = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with running(settings) as service:
            yield Issuer(service, photos_in(run, run.material.folder / "celery-list")), worker
    finally:
        worker.terminate()
        try:
            worker.wait(30)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()


SUBJECT = Subject(
    "issuing",
    measure,
    (
        (SINGLE_PASS, None),
        ("whole issue, one core", SINGLE_PASS),
        ("whole issue, one core", PASSES),
        ("batch, largest against a hundred", "batch, start"),
        ("batch, end against start", "batch, start"),
        ("batch, memory per 10,000", None),
        ("through Celery, 20 per task", IN_PROCESS),
        ("whole issue, all cores", IN_PROCESS),
    ),
)
