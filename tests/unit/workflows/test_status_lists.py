"""The status lists follow the register: at once where nothing was signed just before, and always within their ttl."""

from __future__ import annotations

import shutil
import time
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, update
from starlette.testclient import TestClient

from signing_service.attest.code_keys import CodeKeys
from signing_service.attest.signed_code import check_code
from signing_service.attest.status_list import ListedStatus, StatusList, address_of, read_list
from signing_service.demo import people
from signing_service.domain.errors import Problem
from signing_service.domain.licences import PLACES, Licence, LicenceStatus
from signing_service.embedded import running
from signing_service.storage import licences, status_lists, tables
from signing_service.storage.documents import DocumentRow
from signing_service.storage.status_lists import FEWEST_PLACES
from signing_service.worker.status_publisher import StatusPublisherThread
from signing_service.workflows.status_lists import KEPT_FOR, LASTS, SOONEST, StatusPublisher
from tests.factories import builder, officer, open_renewal, settings_in, signaller, submit
from tests.unit.workflows.workbench import Workbench
from verify_portal.assemble import make_portal

ORIGIN = "https://verify.signing-service.example"


def issued(bench: Workbench) -> tuple[Licence, DocumentRow]:
    """A licence that was renewed, and its document."""
    number = open_renewal(bench.service)
    submit(bench.desk, number, signaller())
    bench.work(number)
    bench.desk.take_step(number, "confirm", builder())
    for step, person in (("accept", "tang"), ("review", "song"), ("grant", "zheng")):
        bench.desk.take_step(number, step, officer(person))
    bench.work(number)
    with bench.desk.database.reading() as connection:
        licence = licences.of_dossier(connection, number)
    assert licence is not None
    [row] = [row for row in bench.documents(number) if row.document_id == licence.document_id]
    return licence, row


def publisher(bench: Workbench) -> StatusPublisher:
    return StatusPublisher(bench.desk.database, bench.shop.codes, ORIGIN)


def published(bench: Workbench) -> StatusList:
    with bench.desk.database.reading() as connection:
        found = status_lists.load(connection, 0)
    assert found is not None
    return read_list(found.token, address_of(ORIGIN, 0), CodeKeys.of([bench.shop.codes.public]))


def set_status(bench: Workbench, licence: Licence, status: LicenceStatus) -> None:
    with bench.desk.database.transaction() as connection:
        licences.set_status(connection, licence, status, bench.clock())


def test_the_code_of_a_licence_names_its_place_and_the_list_its_status(bench: Workbench) -> None:
    licence, row = issued(bench)
    answer = check_code(row.signed_code or "", CodeKeys.of([bench.shop.codes.public]), ())
    assert answer.statement is not None
    assert answer.statement.status_index == licence.status_index
    assert publisher(bench).publish_due(bench.clock()) == [0]
    assert licence.status_index is not None
    assert published(bench).status(licence.status_index) is ListedStatus.IN_FORCE


@pytest.mark.parametrize(
    "status", [LicenceStatus.SUSPENDED, LicenceStatus.CANCELLED, LicenceStatus.ANNULLED, LicenceStatus.FORFEITED]
)
def test_a_change_of_status_is_in_the_list_within_its_ttl(bench: Workbench, status: LicenceStatus) -> None:
    licence, _row = issued(bench)
    publisher(bench).publish_due(bench.clock())
    set_status(bench, licence, status)
    bench.wait(SOONEST)
    assert SOONEST < KEPT_FOR
    assert publisher(bench).publish_due(bench.clock()) == [0]
    assert published(bench).status(licence.status_index or 0).name == status.name


def test_where_licences_change_all_the_time_one_signature_covers_many(bench: Workbench) -> None:
    licence, _row = issued(bench)
    publisher(bench).publish_due(bench.clock())
    set_status(bench, licence, LicenceStatus.SUSPENDED)
    assert publisher(bench).publish_due(bench.clock()) == []
    bench.wait(SOONEST)
    assert publisher(bench).publish_due(bench.clock()) == [0]


def test_a_list_is_signed_again_when_its_ttl_is_over_also_when_nothing_changed(bench: Workbench) -> None:
    issued(bench)
    publisher(bench).publish_due(bench.clock())
    before = published(bench)
    bench.wait(KEPT_FOR - timedelta(seconds=1))
    assert publisher(bench).publish_due(bench.clock()) == []
    bench.wait(timedelta(seconds=1))
    assert publisher(bench).publish_due(bench.clock()) == [0]
    after = published(bench)
    assert after.made_at > before.made_at
    assert (after.keep_for, after.expires_at - after.made_at) == (KEPT_FOR, LASTS)


def test_a_licence_past_its_last_day_is_listed_as_expired(bench: Workbench) -> None:
    licence, _row = issued(bench)
    later = datetime.combine(licence.valid_until, bench.clock().timetz()) + timedelta(days=2)
    publisher(bench).publish_due(later)
    assert published(bench).status(licence.status_index or 0) is ListedStatus.EXPIRED


def test_a_licence_that_is_being_issued_is_not_in_the_list_yet(bench: Workbench) -> None:
    licence, _row = issued(bench)
    set_status(bench, licence, LicenceStatus.ISSUING)
    publisher(bench).publish_due(bench.clock())
    assert published(bench).status(licence.status_index or 0) is ListedStatus.NOT_ASSIGNED


def test_an_older_list_never_replaces_a_newer_one(bench: Workbench) -> None:
    now = bench.clock()
    publisher(bench).publish_due(now)
    with bench.desk.database.transaction() as connection:
        newer = status_lists.load(connection, 0)
        assert newer is not None
        older = status_lists.PublishedList(0, b"older", now - timedelta(seconds=1), now)
        assert not status_lists.keep(connection, older, "")
        assert status_lists.load(connection, 0) == newer


def test_a_key_that_is_out_of_use_signs_no_list(bench: Workbench) -> None:
    end = bench.shop.codes.public.until_day or date.max
    with pytest.raises(Problem, match="CODE_KEY_NOT_IN_USE"):
        publisher(bench).publish_due(datetime.combine(end, bench.clock().timetz()) + timedelta(days=2))


def test_a_publisher_whose_key_is_away_goes_on_when_it_is_back(bench: Workbench) -> None:
    issued(bench)
    calls: list[int] = []

    def publish() -> None:
        calls.append(1)
        if len(calls) == 1:
            raise Problem("KEY_UNAVAILABLE", "暂时不可用。", "Not to be had now.", status=503)
        publisher(bench).publish_due(bench.clock())

    thread = StatusPublisherThread(publish)
    thread.look()
    thread.look()
    assert published(bench).is_current(bench.clock())


# ---- places


def test_places_are_drawn_by_chance_and_never_twice(bench: Workbench) -> None:
    """Chance that insists on taken places is given more room, and then a place of its own."""
    drawn = iter([5, 5, 5, FEWEST_PLACES + 5])
    with bench.desk.database.transaction() as connection:
        first = status_lists.free_place(connection, (5).to_bytes)
        licence = licences.current(connection, people.SIGNALLER_LICENCE)
        assert licence is not None
        _put(connection, licence, first)
        second = status_lists.free_place(connection, lambda size: next(drawn).to_bytes(size))
        assert (first, second) == (5, FEWEST_PLACES + 5)
        with pytest.raises(LookupError):
            status_lists.free_place(connection, (5).to_bytes)


@pytest.mark.parametrize(
    ("last", "places"),
    [
        (None, FEWEST_PLACES),
        (FEWEST_PLACES - 1, FEWEST_PLACES),
        (FEWEST_PLACES, 2 * FEWEST_PLACES),
        (PLACES - 1, PLACES),
        (PLACES, 2 * PLACES),
        (2 * PLACES, 3 * PLACES),
    ],
)
def test_the_lists_are_as_long_as_the_last_place_asks(bench: Workbench, last: int | None, places: int) -> None:
    with bench.desk.database.transaction() as connection:
        licence = licences.current(connection, people.SIGNALLER_LICENCE)
        assert licence is not None
        if last is not None:
            _put(connection, licence, last)
        assert status_lists.extent(connection) == places


def _put(connection: Connection, licence: Licence, index: int) -> None:
    row = tables.licence.c.number == licence.number
    connection.execute(update(tables.licence).where(row).values(status_index=index))


def test_the_second_list_has_its_own_address_and_places(bench: Workbench) -> None:
    with bench.desk.database.transaction() as connection:
        licence = licences.current(connection, people.SIGNALLER_LICENCE)
        assert licence is not None
        _put(connection, licence, PLACES + 9)
    assert publisher(bench).publish_due(bench.clock()) == [0, 1]
    with bench.desk.database.reading() as connection:
        assert status_lists.numbers(connection) == [0, 1]
        second = status_lists.load(connection, 1)
    assert second is not None
    listing = read_list(second.token, address_of(ORIGIN, 1), CodeKeys.of([bench.shop.codes.public]))
    assert listing.status(9) is ListedStatus.IN_FORCE
    assert len(second.token) < 2000


# ---- what the public sees


def test_a_change_of_status_is_on_the_scan_page_at_once_and_in_the_list_when_it_is_signed(bench: Workbench) -> None:
    """The page is asked for at every scan, and asks the register; a browser's copy is shown only when it still holds."""
    licence, row = issued(bench)
    settings = bench.service.settings
    portal = TestClient(make_portal(settings, bench.desk.database), base_url=settings.public_origin)
    ours = StatusPublisher(bench.desk.database, bench.shop.codes, settings.public_origin)
    ours.publish_due(bench.clock())
    before = portal.get("/.well-known/licence-status/0")
    assert 'class="verdict genuine"' in portal.get(f"/v/{row.code}").text
    set_status(bench, licence, LicenceStatus.FORFEITED)
    page = portal.get(f"/v/{row.code}")
    assert 'class="verdict void"' in page.text
    assert "吊销" in page.text
    assert page.headers["cache-control"] == "private, no-cache"
    bench.wait(SOONEST)
    ours.publish_due(bench.clock())
    after = portal.get("/.well-known/licence-status/0", headers={"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200
    keys = CodeKeys.read(portal.get("/.well-known/licence-keys.json").content)
    listing = read_list(after.content, address_of(settings.public_origin, 0), keys)
    assert listing.status(licence.status_index or 0) is ListedStatus.FORFEITED


def test_a_running_service_publishes_by_itself(prepared_office: Path, tmp_path: Path) -> None:
    settings = settings_in(Path(shutil.copytree(prepared_office, tmp_path / "var", symlinks=True)))
    with running(settings) as service:
        give_up = time.monotonic() + 60
        while True:
            with service.desk.database.reading() as connection:
                found = status_lists.load(connection, 0)
            if found is not None or time.monotonic() > give_up:
                break
            time.sleep(0.05)
    assert found is not None
    keys = CodeKeys.read(settings.licence_keys.read_bytes())
    assert len(read_list(found.token, address_of(settings.public_origin, 0), keys)) == FEWEST_PLACES
