"""Counts and tries hold however many ask at the same moment, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from signing_service.demo import people
from signing_service.domain import pins as rules
from signing_service.domain.documents import DocumentKind, PadesLevel, Sha256, SignatoryRole
from signing_service.domain.dossier import Dossier, Stage
from signing_service.domain.errors import Problem
from signing_service.domain.key_policy import KeyPolicy
from signing_service.domain.keys import KeyAlgorithm, KeyRef, SigningCert
from signing_service.storage import documents, dossiers, key_policies, key_releases, parties, seal_ledger
from signing_service.storage.database import Database
from signing_service.storage.documents import DocumentRow, Revision
from signing_service.storage.key_releases import Release, ReleaseState
from signing_service.storage.seal_ledger import Outcome
from signing_service.storage.sealings import Sealing
from signing_service.workflows import pins, use_of_keys
from signing_service.workflows.use_of_keys import Chosen, Occasion

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
KEY = KeyRef("soft", "authority")
THREADS = 20


def at_once(what: Callable[[int], str], times: int = THREADS) -> list[str]:
    """What each of ``times`` threads that start together is told."""
    start = threading.Barrier(times)

    def one(number: int) -> str:
        start.wait()
        return what(number)

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


def document(number: int) -> DocumentRow:
    return DocumentRow(
        document_id=f"document-{number}", dossier="SOIS20261123000001", kind=DocumentKind.LICENCE,
        template="licences/special_operation/2026-01", title="证书", number=f"{number}", form_version=number + 1,
        code=f"code-{number}", check_code=f"{number}", state=documents.OPEN, facts={}, made_at=NOON,
    )  # fmt: skip


@pytest.fixture
def office(database: Database) -> Database:
    """Twenty documents that wait for the authority's seal."""
    dossier = Dossier(
        number="SOIS20261123000001", procedure="so.issue", edition=date(2026, 1, 1), stage=Stage.ISSUING, version=1,
        form_version=1, region=people.REGION, parties={}, form={}, visit=frozenset(), opened_at=NOON,
    )  # fmt: skip
    with database.transaction() as connection:
        parties.put(connection, people.AUTHORITY)
        dossiers.add(connection, dossier, None)
        for number in range(THREADS):
            documents.add(connection, document(number))
    return database


def seal(database: Database, number: int, now: datetime = NOON) -> str:
    """Up to the key: admitted, or the code of the refusal."""
    base = Revision(f"document-{number}", 0, Sha256("ab" * 32), 1, None, NOON)
    asked = Occasion(document(number), base, 0, SignatoryRole.AUTHORITY, people.AUTHORITY, "zheng", "grant", "")
    chosen = Chosen(KEY, SigningCert(b"", (), KeyAlgorithm.ECDSA_P256), None, now, None)
    planned = Sealing(
        document_id=f"document-{number}", field=SignatoryRole.AUTHORITY, base_sha256=base.sha256,
        digest=f"{number:064}", key_ref=str(KEY), cert_sha256=Sha256("cd" * 32), seal_id=None,
        party=str(people.AUTHORITY.number), claimed_at=now, level=PadesLevel.B_T,
    )  # fmt: skip
    with database.transaction() as connection:
        problem = use_of_keys.admit(connection, asked, chosen, planned, now)
    return problem.code if problem else "admitted"


@pytest.mark.parametrize(
    ("policy", "code"), [(KeyPolicy(in_all=10), "KEY_COUNT_EXHAUSTED"), (KeyPolicy(per_day=10), "KEY_COUNT_TODAY")]
)
def test_twenty_at_once_use_up_a_count_of_ten_exactly(office: Database, policy: KeyPolicy, code: str) -> None:
    with office.transaction() as connection:
        key_policies.put(connection, KEY, policy, "admin", NOON)
    told = at_once(lambda number: seal(office, number))
    assert sorted(told) == sorted([code] * 10 + ["admitted"] * 10)
    with office.reading() as connection:
        assert seal_ledger.verify(connection) == []
        outcomes = [line.entry.outcome for line in seal_ledger.lines(connection)]
    assert sorted(outcomes) == sorted([Outcome.INTENDED] * 10 + [Outcome.REFUSED] * 10)


def test_the_count_of_a_day_begins_anew_at_midnight_in_beijing(office: Database) -> None:
    with office.transaction() as connection:
        key_policies.put(connection, KEY, KeyPolicy(per_day=1), "admin", NOON)
    assert [seal(office, number) for number in (1, 2)] == ["admitted", "KEY_COUNT_TODAY"]
    midnight = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
    assert seal(office, 3, midnight - timedelta(seconds=1)) == "KEY_COUNT_TODAY"
    assert seal(office, 4, midnight) == "admitted"


def test_the_newest_version_of_a_policy_counts_and_the_older_ones_stay(office: Database) -> None:
    with office.transaction() as connection:
        first = KeyPolicy(per_day=1, officers=frozenset({"wan"}))
        assert key_policies.put(connection, KEY, first, "admin", NOON) == 1
        assert key_policies.find(connection, KEY) == first
        assert key_policies.put(connection, KEY, KeyPolicy(), "admin", NOON) == 2
        assert key_policies.find(connection, KEY) == KeyPolicy()


def test_of_officers_who_release_at_once_two_are_heard(office: Database) -> None:
    from signing_service.procedures import CATALOGUE
    from signing_service.storage.blobs import open_blobs
    from signing_service.workflows import releases
    from signing_service.workflows.desk import Desk

    desk = Desk(office, open_blobs("file:///tmp"), CATALOGUE, lambda: NOON)
    release = Release(
        release_id=key_releases.release_id_of("document-1", "authority", "ab" * 32, 1), document_id="document-1",
        field=SignatoryRole.AUTHORITY, base_sha256=Sha256("ab" * 32), round=1, dossier="SOIS20261123000001",
        key_ref=str(KEY), party=str(people.AUTHORITY.number), stepped_by="zheng", officers=frozenset(), asked_at=NOON,
        expires_at=NOON + timedelta(days=1),
    )  # fmt: skip
    with office.transaction() as connection:
        key_releases.ask(connection, release)

    def approve(number: int) -> str:
        try:
            return releases.approve(desk, release.release_id, f"officer-{number}", release.base_sha256).state.value
        except Problem as refused:
            return refused.code

    told = at_once(approve, 8)
    assert sorted(told) == sorted(["asked", "released", *["RELEASE_DECIDED"] * 6])
    with office.transaction() as connection:
        after = key_releases.load(connection, release.release_id)
    assert after.state is ReleaseState.RELEASED
    assert len(set(after.released_by)) == 2


# ---- PIN


PIN = "493027"


def tried(database: Database, pin: str, now: datetime = NOON) -> str:
    try:
        pins.check_pin(database, KEY, pin, now)
    except Problem as refused:
        return refused.code
    return "right"


def test_a_pin_is_right_or_wrong_and_is_not_kept(database: Database) -> None:
    assert tried(database, PIN) == "PIN_MISSING"
    pins.set_pin(database, KEY, PIN, NOON)
    assert [tried(database, pin) for pin in (PIN, "493028", PIN)] == ["right", "PIN_WRONG", "right"]
    with database.transaction() as connection:
        state = pins.pins.held(connection, KEY)
    assert state is not None
    assert state.hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert PIN not in state.hash


def test_wrong_tries_lock_for_longer_and_longer_until_the_administrator_unlocks(database: Database) -> None:
    pins.set_pin(database, KEY, PIN, NOON)
    now = NOON
    assert [tried(database, "000001", now) for _ in range(5)] == ["PIN_WRONG"] * 5
    assert tried(database, PIN, now) == "PIN_LOCKED", "the right one too"
    for lock in rules.LOCKS.values():
        now += lock
        assert tried(database, "000001", now) == "PIN_WRONG"
        assert tried(database, PIN, now) == "PIN_LOCKED"
    assert tried(database, PIN, now + timedelta(days=3650)) == "PIN_LOCKED"
    pins.unlock(database, KEY)
    assert tried(database, PIN, now) == "right"


def test_a_right_pin_forgets_the_wrong_ones_before_it(database: Database) -> None:
    pins.set_pin(database, KEY, PIN, NOON)
    for _ in range(3):
        assert [tried(database, "000001") for _ in range(4)] == ["PIN_WRONG"] * 4
        assert tried(database, PIN) == "right"


def test_of_twenty_wrong_tries_at_once_five_are_judged(database: Database) -> None:
    pins.set_pin(database, KEY, PIN, NOON)
    told = at_once(lambda number: tried(database, f"00000{number}"))
    assert sorted(told) == sorted(["PIN_WRONG"] * 5 + ["PIN_LOCKED"] * 15)
    assert tried(database, PIN) == "PIN_LOCKED"


def test_a_pin_is_changed_by_who_knows_it(database: Database) -> None:
    pins.set_pin(database, KEY, PIN, NOON)
    with pytest.raises(Problem) as refused:
        pins.change_pin(database, KEY, "000001", "502938", NOON)
    assert refused.value.code == "PIN_WRONG"
    with pytest.raises(Problem) as weak:
        pins.change_pin(database, KEY, PIN, "111111", NOON)
    assert weak.value.code == "PIN_WEAK"
    pins.change_pin(database, KEY, PIN, "502938", NOON)
    assert [tried(database, pin) for pin in (PIN, "502938")] == ["PIN_WRONG", "right"]


def test_occasions_are_values() -> None:
    """So that what is asked for again is the same use."""
    base = Revision("document-1", 0, Sha256("ab" * 32), 1, None, NOON)
    asked = Occasion(document(1), base, 0, SignatoryRole.AUTHORITY, people.AUTHORITY, "zheng", "grant", "")
    assert asked.use_id == replace(asked, actor="song", base=replace(base, revision=1)).use_id
    assert asked.use_id != replace(asked, role=SignatoryRole.PLATFORM).use_id
