"""A set of hundreds of sheets, brought over a connection that breaks and sealed by a worker that is killed: none of them is
missing, and none is sealed twice.
"""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import struct
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from sqlalchemy import func, select

from signing_service.domain.documents import SignatoryRole, sha256_of
from signing_service.domain.dossier import Stage
from signing_service.domain.projects import Project
from signing_service.domain.verdicts import Verdict
from signing_service.embedded import running
from signing_service.pipeline.validate import validate
from signing_service.storage import seal_ledger, tables
from signing_service.storage.seal_ledger import Outcome
from tests.factories import settings_in
from tests.journeys.drawing_review.studio import AGENCY, DESIGN, DISCIPLINES, Studio, studio_in
from tests.journeys.driver import Clock
from tests.platform.drawing_office import DrawingOffice, offices_of
from tests.platform.office import Caller
from tests.portal.serving import served
from tests.sheets import drawing

PROGRAM = Path(__file__).with_name("dying_sealer.py")
ROLE = SignatoryRole.REVIEW_AGENCY
WAIT = 60.0
"""Seconds for an answer: beside other tests a machine is busy, and nothing here is about speed."""


@contextmanager
def dying_sealer(folder: Path, after: int) -> Iterator[subprocess.Popen[str]]:
    """Works on what is in the folder until it dies; whoever opens the folder meanwhile takes steps only."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    command = [sys.executable, str(PROGRAM), str(folder), str(after)]
    with (folder.parent / "sealer.log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.PIPE, text=True)
        try:
            assert process.stderr is not None
            while "ready" not in (line := process.stderr.readline()):
                assert line, "it ended before it was ready"
            yield process
        finally:
            process.kill()
            process.communicate()


def brought_over_a_connection_that_breaks(there: DrawingOffice, project: Project, each: int) -> None:
    """Every sheet in two parts; of the one in the middle the second part is cut off half way, and sent again from where the
    service says it stands.
    """
    numbers = [(one, f"{one[:2].upper()}-{place:02d}") for one in DISCIPLINES[DESIGN] for place in range(1, each + 1)]
    with served(there.office.app) as origin, ExitStack() as wires:  # type: ignore[arg-type]
        unit = wires.enter_context(closing(Wired(there, there.studio.unit(DESIGN), origin)))
        for place, (discipline, number) in enumerate(numbers):
            data = drawing(number)
            address = unit.begins(project, discipline, number, data)
            half = len(data) // 2
            assert unit.sends(address, 0, data[:half]) == half
            if place == len(numbers) // 2:
                unit.is_cut_off(address, half, data[half:])
                assert unit.api("GET", address).json()["received"] == half, "nothing of a part that did not arrive"
            assert unit.sends(address, half, data[half:]) == len(data)
            assert unit.api("POST", f"{address}/complete").status_code == 201
    assert len(there.studio.latest(project, DESIGN)) == len(numbers)


class Wired(Caller):
    """A program of the unit, over a real connection."""

    def __init__(self, there: DrawingOffice, party: str, origin: str) -> None:
        self.office, self.csrf = there.office, ""
        self.http = httpx2.Client(base_url=origin, timeout=WAIT)  # type: ignore[assignment]
        self._log_in(there.account(party))

    def close(self) -> None:
        self.http.close()

    def begins(self, project: Project, discipline: str, number: str, data: bytes) -> str:
        typed = {
            "project": project.number, "kind": "design", "discipline": discipline, "sheet_no": number,
            "title": f"{number} 平面图", "file": "pdf", "size": len(data), "sha256": sha256_of(data),
        }  # fmt: skip
        return f"/api/platform/uploads/{self.api('POST', '/api/platform/uploads', typed).json()['upload_id']}"

    def sends(self, address: str, offset: int, data: bytes) -> int:
        """How much has arrived then."""
        return int(self.api("POST", address, part(offset, data)).json()["received"])

    def is_cut_off(self, address: str, offset: int, data: bytes) -> None:
        """The line is dead after half of the body."""
        body = json.dumps(part(offset, data)).encode()
        there = urlsplit(str(self.http.base_url))
        cookies = "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())
        head = (
            f"POST {address} HTTP/1.1\r\nHost: {there.netloc}\r\nContent-Type: application/json\r\nCookie: {cookies}\r\n"
            f"X-CSRF-Token: {self.csrf}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        with socket.create_connection((there.hostname, there.port)) as line:  # type: ignore[arg-type]
            line.sendall(head.encode() + body[: len(body) // 2])
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def part(offset: int, data: bytes) -> dict[str, object]:
    return {"offset": offset, "content": base64.b64encode(data).decode()}


@contextmanager
def open_again(folder: Path) -> Iterator[Studio]:
    clock = Clock()
    with running(settings_in(folder), clock) as service:
        yield Studio(service, clock)


@pytest.mark.parametrize("each", [30, pytest.param(125, marks=pytest.mark.slow)])
def test_a_set_is_sealed_whole_though_the_worker_dies_at_one_of_its_sheets(tmp_path: Path, each: int) -> None:
    folder, total, before = tmp_path / "var", each * len(DISCIPLINES[DESIGN]), each + 7
    with studio_in(folder) as studio:
        project = studio.a_drawn_project()
        studio.a_passed_survey(project)
        brought_over_a_connection_that_breaks(offices_of(studio), project, each)
        submission = studio.hand_over(project, DESIGN)
        by_unit = studio.sheet_room.progress(studio.unit(DESIGN), submission)
        assert {one.done for one in by_unit.values()} == {total}
        number, experts = studio.in_review(project, DESIGN)
        studio.all_pass(number, experts)
        studio.take(number, "conclude", studio.agency())
        studio.settle(number)

    with dying_sealer(folder, before) as sealer, open_again(folder) as studio:
        studio.take(number, "grant", studio.head())
        assert sealer.wait(300) == -signal.SIGKILL
        progress = studio.sheet_room.progress(AGENCY, number)["review_agency"]
        assert (progress.done, progress.total, progress.finished) == (before, total, False)
        assert progress.seconds_left is not None
        assert studio.stage(number) is Stage.ISSUING

    with open_again(folder) as studio:
        studio.service.settle(number, timeout=600)
        assert studio.stage(number) is Stage.EXTERNAL
        assert studio.sheet_room.progress(AGENCY, number)["review_agency"].done == total
        every_sheet_is_sealed_once(studio, project, total)


def every_sheet_is_sealed_once(studio: Studio, project: Project, total: int) -> None:
    found = studio.latest(project, DESIGN)
    ids = {one.document_id for one in found}
    revision = tables.revision
    with studio.service.desk.database.reading() as connection:
        counts = connection.execute(
            select(revision.c.document_id, func.count())
            .where(revision.c.document_id.in_(ids))
            .group_by(revision.c.document_id)
        ).all()
        lines = [line.entry for line in seal_ledger.lines(connection)]
        assert seal_ledger.verify(connection) == []
    assert {count for _, count in counts} == {4}, "as it was stamped, and a revision for each seal"
    done = Counter(one.document_id for one in lines if one.outcome is Outcome.DONE and one.field == ROLE.value)
    assert {done[document_id] for document_id in ids if document_id} == {1}
    assert len(ids) == total
    anchors = studio.service.anchors
    for sheet in (found[0], found[total // 2], found[-1]):
        file = studio.sealed_file(sheet)
        report = validate(file, anchors.roots, intermediates=anchors.intermediates, now=studio.clock())
        assert report.verdict is Verdict.TOTAL_PASSED, report.reason
