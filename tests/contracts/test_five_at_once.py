"""Five who confirm one dossier at the same instant: on either database each counts once, and none is written over another
(domain text, §18.6, scenario 9)."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from signing_service.domain.dossier import Dossier, Stage
from signing_service.procedures import CATALOGUE
from signing_service.storage import dossiers, outbox, parties, todos
from signing_service.storage.blobs import open_blobs
from signing_service.storage.database import Database
from signing_service.workflows.desk import Desk
from signing_service.workflows.five_parties import FIVE
from tests.unit.workflows.tables import NOW, PARTIES, actor, dossier_of

PERMIT = next(one for one in CATALOGUE if one.key == "pm.permit")
LEADERS = {one.leader for one in FIVE}
WAIT = 30.0


def test_five_confirmations_at_one_instant_are_five_steps_and_owe_five_signatures(
    database: Database, tmp_path: Path
) -> None:
    drawn = dossier_of(PERMIT, stage=Stage.SUBMITTED, number="SGXK20261129000001")
    with database.transaction() as connection:
        for party in {party.number: party for party in PARTIES.values()}.values():
            parties.put(connection, party)
        dossiers.add(connection, drawn, None)
    blobs = open_blobs((tmp_path / "blobs").as_uri())
    desk, start = Desk(database, blobs, CATALOGUE, lambda: NOW), threading.Barrier(len(FIVE))

    def confirm(position: int) -> Dossier:
        start.wait(WAIT)
        return desk.take_step(drawn.number, "confirm", actor(FIVE[position].leader))

    with ThreadPoolExecutor(len(FIVE)) as pool:
        after = list(pool.map(confirm, range(len(FIVE))))
    assert sorted(one.version for one in after) == [drawn.version + 1 + count for count in range(len(FIVE))]
    with database.reading() as connection:
        kept = dossiers.load(connection, drawn.number)
        lines = dossiers.journal_of(connection, drawn.number)
        owed = outbox.owed(connection, drawn.number)
        waiting = {row.role for row in todos.of_dossier(connection, drawn.number)}
    assert (kept.version, kept.visit, kept.stage) == (drawn.version + len(FIVE), LEADERS, Stage.SUBMITTED)
    assert {line.role for line in lines} == LEADERS
    assert [line.line for line in lines] == sorted({line.line for line in lines})
    assert sorted((one.kind, one.arguments["by"]) for one in owed) == sorted(("Seal", one.value) for one in LEADERS)
    assert not waiting & LEADERS
    assert FIVE[0].representative in waiting
