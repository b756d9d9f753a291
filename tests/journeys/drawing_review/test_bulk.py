"""审查专用章 on every sheet of a set, hundreds of them, though the worker is killed in between: none is missing, none twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select

from signing_service.domain.documents import SignatoryRole
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

PROGRAM = Path(__file__).with_name("dying_sealer.py")
ROLE = SignatoryRole.REVIEW_AGENCY


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
        studio.upload_set(project, DESIGN, each)
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
