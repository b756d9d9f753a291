"""放行: an authority that wants four eyes on every licence gets them, and nothing else in the service changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from signing_service.domain.dossier import Stage
from signing_service.domain.errors import Problem
from signing_service.domain.key_policy import KeyPolicy
from signing_service.domain.keys import KeyRef
from signing_service.domain.verdicts import Verdict
from signing_service.embedded import Service
from signing_service.pipeline.validate import validate
from signing_service.storage import documents, dossiers, key_policies, key_releases, seal_ledger
from signing_service.workflows import releases
from tests.factories import builder, officer, open_renewal, service_in, signaller, submit


def test_a_licence_waits_for_two_officers_and_is_issued_at_once_when_they_agree(tmp_path: Path) -> None:
    with service_in(tmp_path / "var") as service:
        policy = KeyPolicy(release=frozenset({"licence"}), officers=frozenset({"wan", "hu", "zheng"}))
        with service.desk.database.transaction() as connection:
            key_policies.put(connection, KeyRef("soft", "authority"), policy, "admin", service.desk.clock())

        # everything goes its way until the authority's seal is to come on the licence
        number = open_renewal(service)
        submit(service.desk, number, signaller())
        service.settle(number)
        service.desk.take_step(number, "confirm", builder())
        for step, person in (("accept", "tang"), ("review", "song"), ("grant", "zheng")):
            service.desk.take_step(number, step, officer(person))
        with pytest.raises(Problem) as waits:
            service.settle(number, timeout=20)
        assert waits.value.code == "RELEASE_REQUIRED"
        assert stage_of(service, number) is Stage.ISSUING

        # the one who granted it may not release it; two others, who have seen this very revision, may
        with service.desk.database.reading() as connection:
            (release,) = key_releases.waiting(connection, service.desk.clock())
        with pytest.raises(Problem) as own_step:
            releases.approve(service.desk, release.release_id, "zheng", release.base_sha256)
        assert own_step.value.code == "RELEASE_NOT_YOURS"
        releases.approve(service.desk, release.release_id, "wan", release.base_sha256)
        releases.approve(service.desk, release.release_id, "hu", release.base_sha256)

        # and the licence is issued without anybody doing anything more
        service.settle(number)
        assert stage_of(service, number) is Stage.CLOSED
        with service.desk.database.reading() as connection:
            licence = documents.of_dossier(connection, number)[-1]
            sealed = documents.revisions(connection, licence.document_id)[-1].sha256
            assert seal_ledger.verify(connection) == []
            told = [
                (line.entry.outcome.value, line.entry.officers)
                for line in seal_ledger.lines(connection, "soft:authority")
                if line.entry.document_id == licence.document_id
            ]
        assert told == [("intended", ("wan", "hu")), ("done", ("wan", "hu"))]
        report = validate(
            service.desk.blobs.get(sealed),
            service.anchors.roots,
            intermediates=service.anchors.intermediates,
            now=service.desk.clock(),
        )
        assert report.verdict is Verdict.TOTAL_PASSED


def stage_of(service: Service, number: str) -> Stage:
    with service.desk.database.reading() as connection:
        return dossiers.load(connection, number).stage
