"""归集: the register is told of every licence and change of state, in order, until it answers (domain text, §5, §17.3)."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from signing_service.demo import people
from signing_service.demo.portraits import sample_portrait
from signing_service.domain.codes import LicenceIdentifier
from signing_service.domain.dates import day_in_shanghai
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.errors import Problem
from signing_service.domain.licences import Licence, LicenceStatus, LicenceType
from signing_service.domain.national import SCHEMES
from signing_service.gateways.national_register import Receipt
from signing_service.gateways.problems import NATIONAL, away
from signing_service.storage import licences, national_entries
from signing_service.storage.national_entries import Entry, EntryState
from signing_service.workflows.national import FIRST_PAUSE, LATE, RegisterRoom, overdue
from tests.factories import office, officer, renewal_form
from tests.outside import outside_in
from tests.unit.workflows.workbench import Workbench

S = LicenceStatus
OPEN_ENDED = (LicenceType.CONSTRUCTION_PERMIT, LicenceType.COMPLETION_FILING)
TYPE_CODES = {kind: f"{people.AUTHORITY.uscc}9{place:02d}" for place, kind in enumerate(SCHEMES)}


@dataclass
class Register:
    """What is outside: takes everything, refuses what it is told to, or is away."""

    told: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    refusing: str = ""
    is_away: bool = False

    def enter(self, licence_type: str, record: Mapping[str, Any]) -> Receipt:
        return self._said("enter", licence_type, record)

    def update(self, licence_type: str, record: Mapping[str, Any]) -> Receipt:
        return self._said("update", licence_type, record)

    def _said(self, what: str, licence_type: str, record: Mapping[str, Any]) -> Receipt:
        assert licence_type == "special_operation"
        if self.is_away:
            raise away(NATIONAL, "nobody answers")
        self.told.append((what, record))
        return Receipt(accepted=not self.refusing, reason=self.refusing, mark="" if self.refusing else "m")

    def brief(self) -> list[tuple[str, str, str]]:
        return [(what, record["operateType"], record["certState"]) for what, record in self.told]


@pytest.fixture
def licence(bench: Workbench) -> Licence:
    """Issued, with its file."""
    form = {
        "id_no": people.SIGNALLER_ID,
        "employer_uscc": str(people.BUILDER.uscc),
        "category": "04",
        "photo": bench.desk.blobs.put(sample_portrait("王建国", woman=False)),
    }
    number = bench.desk.begin_filled_in("so.issue", office(), form, region=people.REGION, request_key="issue")
    bench.desk.take_step(number, "grant", officer("zheng"))
    bench.work(number)
    with bench.desk.database.reading() as connection:
        issued = licences.of_dossier(connection, number)
    assert issued is not None
    assert issued.status is S.IN_FORCE
    return issued


def comes_into(bench: Workbench, licence: Licence, status: LicenceStatus) -> Licence:
    with bench.desk.database.transaction() as connection:
        licences.set_status(connection, licence, status, bench.clock())
    return replace(licence, status=status)


def version_after(bench: Workbench, before: Licence, **changes: Any) -> Licence:
    """As a change of the licence leaves it, its file taken from the version before."""
    after = replace(
        before,
        version=before.version + 1,
        identifier=str(LicenceIdentifier.parse(before.identifier).next_version()),
        **changes,
    )
    entered = enters(bench, after)
    comes_into(bench, before, S.SUPERSEDED)
    return comes_into(bench, entered, S.IN_FORCE)


def enters(bench: Workbench, licence: Licence) -> Licence:
    """Being made: nobody is told of it yet."""
    made = replace(licence, status=S.ISSUING, status_index=None)
    with bench.desk.database.transaction() as connection:
        licences.add(connection, made, bench.clock())
    return made


def of_type(bench: Workbench, licence: Licence, kind: LicenceType) -> Licence:
    """Another of the same holder, or of his employer; its file is that of the first."""
    enterprise = {"holder": str(people.BUILDER.uscc), "holder_name": str(people.BUILDER.name), "employer": None}
    identifier = LicenceIdentifier.parse(licence.identifier)
    other = replace(
        licence,
        type=kind,
        number=f"示{kind.value[:12]}0001",
        identifier=str(LicenceIdentifier.mint(TYPE_CODES[kind], identifier.issuer, "2026000001")),
        facts={**licence.facts, "open_ended": kind in OPEN_ENDED},
        **({} if kind.has_photo else enterprise),
    )
    return comes_into(bench, enters(bench, other), S.IN_FORCE)


def entries(bench: Workbench, licence: Licence) -> list[Entry]:
    with bench.desk.database.reading() as connection:
        return national_entries.of_licence(connection, licence.number)


def states(bench: Workbench, licence: Licence) -> list[EntryState]:
    return [one.state for one in entries(bench, licence)]


def test_a_licence_is_told_with_its_face_when_it_is_issued_and_once(bench: Workbench, licence: Licence) -> None:
    register = Register()
    room = RegisterRoom(bench.desk, register)
    assert (room.tell(), room.tell()) == (1, 0)
    [(what, record)] = register.told
    assert what == "enter"
    assert record["zzeCertID"] == licence.identifier
    assert (record["certNum"], record["certState"], record["operateType"]) == (licence.number, "01", "01")
    assert (record["issuAuthCode"], record["provinceNum"]) == (str(people.AUTHORITY.uscc), "360000")
    assert (record["name"], record["identityCard"], record["gender"]) == ("王建国", people.SIGNALLER_ID, "1")
    assert (record["effectiveDate"], record["expiringDate"]) == (
        licence.valid_from.isoformat(),
        licence.valid_until.isoformat(),
    )
    assert record["operationCategory"] == "04"
    assert base64.b64decode(record["photo"]) == bench.desk.blobs.get(licence.facts["photo"])
    [entry] = entries(bench, licence)
    assert entry.answer == {"accepted": True, "reason": "", "mark": "m"}
    assert entry.reference == record["eCertID"]


def test_every_change_of_state_is_told_in_order(bench: Workbench, licence: Licence) -> None:
    register = Register()
    room = RegisterRoom(bench.desk, register)
    suspended = comes_into(bench, licence, S.SUSPENDED)
    comes_into(bench, comes_into(bench, suspended, S.IN_FORCE), S.TRANSFERRED)
    while room.tell():
        pass
    assert register.brief() == [
        ("enter", "01", "01"),
        ("update", "03", "02"),
        ("update", "06", "01"),
        ("update", "07", "99"),
    ]
    assert register.told[-1][1]["certStatusDescription"] == "转出"
    assert len({record["eCertID"] for _, record in register.told}) == 4
    assert "photo" not in register.told[-1][1]


def test_a_version_that_follows_names_the_one_it_replaces(bench: Workbench, licence: Licence) -> None:
    register = Register()
    room = RegisterRoom(bench.desk, register)
    room.tell()
    version_after(bench, licence)
    room.tell()
    assert register.brief()[-1] == ("enter", "08", "01")
    assert register.told[-1][1]["associatedZzeCertID"] == licence.identifier
    assert len(register.told) == 2, "that the version before is superseded is not told"


def test_while_nobody_answers_it_is_told_again_under_the_same_reference_and_nothing_is_lost(
    bench: Workbench, licence: Licence
) -> None:
    register = Register(is_away=True)
    room = RegisterRoom(bench.desk, register)
    comes_into(bench, licence, S.SUSPENDED)
    assert room.tell() == 0
    first = entries(bench, licence)[0]
    assert (first.attempts, first.state) == (1, EntryState.DUE)
    assert first.problem is not None
    assert first.problem["code"] == "GATEWAY_AWAY"
    register.is_away = False
    assert room.tell() == 0, "not before its pause is over, and what follows waits for it"
    bench.wait(FIRST_PAUSE)
    assert (room.tell(), room.tell()) == (1, 1)
    assert register.told[0][1]["eCertID"] == first.reference
    assert states(bench, licence) == [EntryState.ACCEPTED] * 2


def test_pauses_grow_to_an_hour_and_after_three_days_it_is_late(bench: Workbench, licence: Licence) -> None:
    register = Register(is_away=True)
    room = RegisterRoom(bench.desk, register)
    for _ in range(12):
        room.tell()
        bench.wait(timedelta(hours=1))
    [entry] = entries(bench, licence)
    assert 6 < entry.attempts <= 12
    assert not overdue(entry, bench.clock())
    bench.wait(LATE)
    assert overdue(entry, bench.clock())


def test_what_is_refused_keeps_its_reason_holds_up_its_own_version_and_is_told_again_when_somebody_says_so(
    bench: Workbench, licence: Licence
) -> None:
    register = Register(refusing="照片不合格")
    room = RegisterRoom(bench.desk, register)
    comes_into(bench, licence, S.SUSPENDED)
    room.tell()
    bench.wait(timedelta(days=2))
    assert room.tell() == 0, "a state of what the register does not have is not told"
    refused, held_up = entries(bench, licence)
    assert (refused.state, held_up.state) == (EntryState.REFUSED, EntryState.DUE)
    assert refused.answer is not None
    assert refused.answer["reason"] == "照片不合格"
    register.refusing = ""
    with bench.desk.database.transaction() as connection:
        assert national_entries.tell_again(connection, [licence.number], bench.clock()) == 2
    assert (room.tell(), room.tell()) == (1, 1)
    assert states(bench, licence) == [EntryState.ACCEPTED] * 2
    with bench.desk.database.transaction() as connection:
        assert national_entries.tell_again(connection, [licence.number], bench.clock()) == 0


def test_a_new_version_of_what_was_refused_is_told_as_the_first(bench: Workbench, licence: Licence) -> None:
    register = Register(refusing="照片不合格")
    room = RegisterRoom(bench.desk, register)
    room.tell()
    register.refusing = ""
    version_after(bench, licence)
    assert room.tell() == 1
    assert register.brief()[-1] == ("enter", "01", "01")
    assert states(bench, licence) == [EntryState.REFUSED, EntryState.ACCEPTED]


def test_one_that_ran_out_is_told_as_expired_once_and_one_without_a_file_never(
    bench: Workbench, licence: Licence
) -> None:
    register = Register()
    room = RegisterRoom(bench.desk, register)
    room.tell()
    assert room.owe_expired() == 0
    bench.wait(timedelta(days=(licence.valid_until - day_in_shanghai(bench.clock())).days))
    assert room.owe_expired() == 0, "its last day is a day in force"
    bench.wait(timedelta(days=1))
    assert (room.owe_expired(), room.owe_expired()) == (1, 0)
    room.tell()
    assert register.brief()[-1] == ("update", "04", "06")
    with bench.desk.database.transaction() as connection:
        paper = licences.current(connection, people.SIGNALLER_LICENCE)
        assert paper is not None
        assert paper.document_id is None
        licences.set_status(connection, paper, S.CANCELLED, bench.clock())
    assert entries(bench, paper) == []


def test_what_is_rolled_back_is_owed_to_nobody(bench: Workbench, licence: Licence) -> None:
    with pytest.raises(Problem), bench.desk.database.transaction() as connection:
        licences.set_status(connection, licence, S.CANCELLED, bench.clock())
        raise away(NATIONAL, "whatever")
    assert len(entries(bench, licence)) == 1


def test_a_version_names_the_last_one_that_the_register_has_and_not_one_that_it_refused(
    bench: Workbench, licence: Licence
) -> None:
    register = Register()
    room = RegisterRoom(bench.desk, register)
    room.tell()
    register.refusing = "照片不合格"
    second = version_after(bench, licence)
    room.tell()
    register.refusing = ""
    version_after(bench, second)
    room.tell()
    assert register.brief()[-1] == ("enter", "08", "01")
    assert register.told[-1][1]["associatedZzeCertID"] == licence.identifier
    assert states(bench, licence) == [EntryState.ACCEPTED, EntryState.REFUSED, EntryState.ACCEPTED]


def test_a_renewal_is_told_as_one(bench: Workbench, licence: Licence) -> None:
    register = Register()
    room = RegisterRoom(bench.desk, register)
    room.tell()
    who = {SignatoryRole.HOLDER: people.SIGNALLER_ID, **office()}
    number = bench.desk.begin_filled_in(
        "so.renew", who, renewal_form(bench.service), region=people.REGION, request_key="renew"
    )
    version_after(bench, licence, dossier=number)
    room.tell()
    assert register.brief()[-1] == ("enter", "02", "01")


@pytest.mark.parametrize("kind", list(SCHEMES))
def test_the_register_takes_every_type_that_it_is_told_of_through_all_its_states(
    bench: Workbench, licence: Licence, kind: LicenceType, tmp_path: Path
) -> None:
    scheme = SCHEMES[kind]
    with outside_in(tmp_path / "outside") as outside:
        room = RegisterRoom(bench.desk, outside.gateways.national)
        first = of_type(bench, licence, kind)
        second = version_after(bench, first)
        suspended = comes_into(bench, second, S.SUSPENDED)
        back = comes_into(bench, suspended, S.IN_FORCE)
        comes_into(bench, back, S.COMPLETED if kind is LicenceType.CONSTRUCTION_PERMIT else S.CANCELLED)
        while room.tell():
            pass
        entered = outside.stand_ins.national.entered
    assert states(bench, first) == [EntryState.ACCEPTED] * 5
    assert entered[first.identifier].states == [("01", "01")]
    ended = scheme.state(S.COMPLETED if kind is LicenceType.CONSTRUCTION_PERMIT else S.CANCELLED)
    assert entered[second.identifier].states == [
        ("08", "01"), ("03", scheme.state(S.SUSPENDED)), ("06", "01"), ("05", ended),
    ]  # fmt: skip
    record = entered[second.identifier].record
    assert record["associatedZzeCertID"] == first.identifier
    assert record["expiringDate"] == ("" if kind in OPEN_ENDED else first.valid_until.isoformat())
    holder = ("identityCard", people.SIGNALLER_ID) if kind.has_photo else ("creditCode", str(people.BUILDER.uscc))
    assert record[holder[0]] == holder[1]
    assert ("photo" in record) is kind.has_photo
