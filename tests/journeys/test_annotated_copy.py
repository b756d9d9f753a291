"""加注件: a holder has a copy made for one purpose; it ends on its day, and is worth what the licence is worth."""

from __future__ import annotations

from datetime import timedelta

import pytest

from signing_service.commands.copies import make_copy
from signing_service.demo import people
from signing_service.domain.dates import day_in_shanghai
from signing_service.domain.documents import PadesLevel, sha256_of
from signing_service.domain.dossier import Actor, Stage
from signing_service.domain.errors import Problem
from signing_service.domain.licences import LicenceStatus
from signing_service.domain.register import RegisterStatus
from signing_service.embedded import Service
from signing_service.pipeline.prove import read_qr_codes
from signing_service.pipeline.record import read_record
from signing_service.storage import documents, dossiers, licences, sealings
from signing_service.storage.documents import DocumentRow
from signing_service.storage.public_register import PublicRegister
from tests.factories import HOLDER, constructor, office, signaller
from verify_portal.answers import combine

PURPOSE = "江右市滨江大道提升工程（一标段）投标"


def opened(service: Service, actor: Actor, licence: str, **form: str) -> str:
    given = {"licence_no": licence, "purpose": PURPOSE, **form}
    return service.desk.begin_filled_in(
        "cert.annotate", {**office(), HOLDER: actor.party}, given, region="360000", request_key=f"copy/{given}"
    )


def ask(service: Service, actor: Actor, licence: str, **form: str) -> str:
    number = opened(service, actor, licence, **form)
    service.desk.take_step(number, "submit", actor)
    service.settle(number)
    return number


def copy_of(service: Service, number: str) -> tuple[DocumentRow, bytes]:
    with service.desk.database.reading() as connection:
        (row,) = documents.of_dossier(connection, number)
        sha256 = documents.revisions(connection, row.document_id)[-1].sha256
        assert dossiers.load(connection, number).stage is Stage.CLOSED
        assert sealings.levels_reached(connection, row.document_id) == {"platform": PadesLevel.B_LTA}
    return row, service.desk.blobs.get(sha256)


def refused(service: Service, actor: Actor, licence: str, **form: str) -> Problem:
    number = opened(service, actor, licence, **form)
    with pytest.raises(Problem) as refusal:
        service.desk.take_step(number, "submit", actor)
    service.desk.take_step(number, "withdraw", actor)
    return refusal.value


def test_a_copy_has_its_own_number_and_code_and_180_days(service: Service) -> None:
    today = day_in_shanghai(service.desk.clock())
    row, data = copy_of(service, ask(service, constructor(), people.CONSTRUCTOR_LICENCE, recipient="示例招标代理"))
    assert row.number == f"{people.CONSTRUCTOR_LICENCE}-J001"
    assert row.facts["copy_from"] == today.isoformat()
    assert row.facts["copy_until"] == (today + timedelta(days=179)).isoformat()
    ((text,),) = read_qr_codes(data)
    assert f"/v/{row.code}#1" in text
    record = read_record(data)
    assert record
    assert PURPOSE in record.decode()


def test_every_copy_takes_the_next_number_and_licences_of_every_type_can_be_copied(service: Service) -> None:
    first, _ = copy_of(service, ask(service, signaller(), people.SIGNALLER_LICENCE))
    second, _ = copy_of(service, ask(service, signaller(), people.SIGNALLER_LICENCE, recipient="另一单位"))
    assert [row.number for row in (first, second)] == [
        f"{people.SIGNALLER_LICENCE}-J001",
        f"{people.SIGNALLER_LICENCE}-J002",
    ]
    assert first.facts["scope"] == "建筑起重信号司索工"


def test_a_copy_ends_within_180_days_and_not_after_its_licence(service: Service) -> None:
    today = day_in_shanghai(service.desk.clock())
    late = (today + timedelta(days=180)).isoformat()
    problem = refused(service, constructor(), people.CONSTRUCTOR_LICENCE, until=late)
    assert (problem.code, problem.facts["last"]) == ("COPY_TERM", today + timedelta(days=179))
    past = (today - timedelta(days=1)).isoformat()
    assert refused(service, constructor(), people.CONSTRUCTOR_LICENCE, until=past).code == "COPY_TERM"
    row, _ = copy_of(service, ask(service, constructor(), people.CONSTRUCTOR_LICENCE, until=today.isoformat()))
    assert row.facts["copy_until"] == today.isoformat()


def test_what_has_no_room_on_the_copy_is_told_before_anything_is_made(service: Service) -> None:
    problem = refused(service, constructor(), people.CONSTRUCTOR_LICENCE, purpose="用" * 61)
    assert problem.code == "COPY_TEXT_LENGTH"
    row, _ = copy_of(
        service, ask(service, constructor(), people.CONSTRUCTOR_LICENCE, purpose="投" * 60, recipient="位" * 60)
    )
    assert row.facts["purpose"] == "投" * 60


def test_nobody_copies_the_licence_of_another(service: Service) -> None:
    assert refused(service, constructor(), people.SIGNALLER_LICENCE).code == "NOT_FOUND"


def test_the_public_is_told_what_the_copy_is_for_and_what_the_licence_is_worth(service: Service) -> None:
    register = PublicRegister(service.desk.database)
    row, data = copy_of(service, ask(service, constructor(), people.CONSTRUCTOR_LICENCE))
    for document in (
        register.by_code(row.code),
        register.by_check_code(row.check_code),
        register.by_sha256(sha256_of(data)),
    ):
        assert document
        assert document.copy
        assert (document.number, document.copy.number) == (people.CONSTRUCTOR_LICENCE, row.number)
        assert document.copy.purpose == PURPOSE
        assert document.copy.valid_until.isoformat() == row.facts["copy_until"]
        assert document.status is RegisterStatus.IN_FORCE
        assert [seal.role.en for seal in document.seals] == ["Platform"]
    with service.desk.database.transaction() as connection:
        licence = licences.current(connection, people.CONSTRUCTOR_LICENCE)
        assert licence
        licences.set_status(connection, licence, LicenceStatus.CANCELLED, service.desk.clock())
    again = register.by_code(row.code)
    assert again
    assert again.status is RegisterStatus.CANCELLED
    assert combine(None, again, on=day_in_shanghai(service.desk.clock())).reason == "LICENCE_CANCELLED"


def test_at_the_counter_the_same_words_on_one_day_give_the_same_copy(service: Service) -> None:
    form = {"licence_no": people.CONSTRUCTOR_LICENCE, "purpose": PURPOSE}
    first, data = make_copy(service, form)
    assert (make_copy(service, form)[0].number, data[:5]) == (first.number, b"%PDF-")
    assert make_copy(service, {**form, "purpose": "另一用途"})[0].number == f"{people.CONSTRUCTOR_LICENCE}-J002"


def test_at_the_counter_a_refusal_does_not_stand_in_the_way_of_the_next_try(service: Service) -> None:
    form = {"licence_no": people.CONSTRUCTOR_LICENCE, "purpose": PURPOSE}
    for _ in range(2):
        with pytest.raises(Problem) as refusal:
            make_copy(service, {**form, "until": "2020-01-01"})
        assert refusal.value.code == "COPY_TERM"
    assert make_copy(service, form)[0].number == f"{people.CONSTRUCTOR_LICENCE}-J001"
    with pytest.raises(Problem) as unknown:
        make_copy(service, {**form, "licence_no": "赣236121499999"})
    assert unknown.value.code == "NOT_FOUND"
