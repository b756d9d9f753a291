"""The addresses that the demonstration prints, asked as a stranger with a telephone and a file would."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from signing_service.demo import people
from signing_service.demo.walk import Made
from signing_service.domain.documents import sha256_of
from signing_service.embedded import Service, running
from signing_service.settings import Settings
from signing_service.storage import documents, tables
from signing_service.storage.database import Database, open_database
from tests.factories import (
    FORMER_EMPLOYER,
    NEW_EMPLOYER,
    Actor,
    builder,
    constructor,
    officer,
    open_change,
    submit,
)
from tests.journeys.conftest import Demonstration
from verify_portal.assemble import make_portal

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("demonstration")]

FORM, NOTICE, LICENCE = "申请表", "通知书", "电子证照"
REASONS = {FORM: "FORM_COMPLETE", NOTICE: "NOTICE_ISSUED", LICENCE: "LICENCE_IN_FORCE"}
HEADLINES = {FORM: "申请材料，不是证照", NOTICE: "文书登记在册", LICENCE: "证照有效"}
UPLOADED = {FORM: "申请材料，不是证照", NOTICE: "文书真实", LICENCE: "真实有效"}


def portal_of(settings: Settings, database: Database) -> TestClient:
    app = make_portal(settings, database)
    return TestClient(app, base_url=settings.public_origin, raise_server_exceptions=False)


@pytest.fixture(scope="module")
def client(demonstration: Demonstration) -> Iterator[TestClient]:
    database = open_database(demonstration.settings.database)
    with portal_of(demonstration.settings, database) as client:
        yield client
    database.close()


@pytest.fixture
def patient(demonstration: Demonstration) -> Iterator[TestClient]:
    """A portal that has not yet counted anybody's questions."""
    database = open_database(demonstration.settings.database)
    with portal_of(demonstration.settings, database) as client:
        yield client
    database.close()


def path_of(line: Made) -> str:
    return line.address.removeprefix("http://127.0.0.1:8000")


def whole(page: str) -> str:
    """Numbers are shown in groups of four."""
    return page.replace("</span><span>", "")


def uploaded(client: TestClient, data: bytes) -> Any:
    return client.post("/api/verify", content=data, headers={"Content-Type": "application/pdf"}).json()


# ---- the addresses


def test_each_printed_address_answers_with_what_the_register_says(
    demonstration: Demonstration, client: TestClient
) -> None:
    for line in demonstration.genuine:
        page = client.get(path_of(line))
        assert page.status_code == 200
        assert HEADLINES[line.kind] in page.text, line
        assert line.number in whole(page.text), line


def test_machines_are_told_the_same(demonstration: Demonstration, client: TestClient) -> None:
    for line in demonstration.genuine:
        told = client.get(f"/api{path_of(line)}").json()
        assert told["answer"]["reason"] == REASONS[line.kind]
        assert told["document"]["number"] == line.number


def test_no_page_shows_a_whole_name_or_identity_number(demonstration: Demonstration, client: TestClient) -> None:
    private = [
        people.SIGNALLER_ID,
        people.CONSTRUCTOR_ID,
        "王建国",
        "李芳华",
        *(somebody.name for somebody in people.crowd()),
        *(somebody.id_no for somebody in people.crowd()),
    ]
    for line in demonstration.genuine:
        for address in (path_of(line), f"/api{path_of(line)}"):
            text = client.get(address).text
            assert not [words for words in private if words in text], line


def test_the_check_code_on_the_page_finds_the_same_document(demonstration: Demonstration, client: TestClient) -> None:
    line = demonstration.genuine[2]
    database = open_database(demonstration.settings.database)
    with database.reading() as connection:
        code = tables.document.c.code == path_of(line).rpartition("/")[2]
        check_code = connection.execute(select(tables.document.c.check_code).where(code)).scalar_one()
    database.close()
    page = client.post("/lookup", data={"number": line.number, "check_code": check_code.lower()})
    assert page.status_code == 200
    assert HEADLINES[line.kind] in page.text
    assert line.number in whole(page.text)


def test_what_is_not_public_is_in_no_answer(demonstration: Demonstration, client: TestClient) -> None:
    """Birth date, mobile number, address, photo, whole identity number, whole name; whichever way it is asked."""
    birthdays = [f"{number[6:10]}{mark}{number[10:12]}{mark}{number[12:14]}" for number in (people.SIGNALLER_ID, people.CONSTRUCTOR_ID) for mark in ("", "-")]  # fmt: skip
    hidden = [
        *birthdays,
        people.SIGNALLER_ID[:6],
        "王建国",
        "李芳华",
        "<img",
        "data:image",
        "image/jpeg",
        "13870000017",
    ]
    for line in demonstration.genuine:
        answers = [client.get(path_of(line)), client.get(f"/api{path_of(line)}")]
        answers.append(client.post(path_of(line), data={"name": "某人", "last6": "000000"}))
        for answer in answers:
            assert not [words for words in hidden if words in answer.text], line


def test_the_holder_is_told_from_everybody_else_and_not_shown(
    demonstration: Demonstration, patient: TestClient
) -> None:
    licence = next(line for line in demonstration.genuine if line.kind == LICENCE)
    agreeing = [
        name
        for name, number in (("王建国", people.SIGNALLER_ID), ("李芳华", people.CONSTRUCTOR_ID), ("王建国", "0" * 18))
        if "compared agrees" in patient.post(path_of(licence), data={"name": name, "last6": number[-6:]}).text
    ]
    assert len(agreeing) == 1


def test_an_expert_sees_chain_revocation_and_that_the_licence_will_last(
    demonstration: Demonstration, client: TestClient
) -> None:
    licence = next(line for line in demonstration.genuine if line.kind == LICENCE)
    told = uploaded(client, demonstration.read(licence))
    anchors = {sha256_of(der) for der in demonstration.pki.anchors()}
    for signature in told["signatures"]:
        chain = signature["details"]["chain"]
        assert chain[-1]["is_anchor"]
        assert chain[-1]["sha256"] in anchors
        assert signature["details"]["lasts_until"] > told["checked_at"][:10]
    assert told["signatures"][-2]["details"]["revocation"]["state"] == "good"
    assert told["foreseen"]["verdict"] == "TOTAL_PASSED"
    assert int(told["foreseen"]["at"][:4]) >= int(told["checked_at"][:4]) + 10
    page = client.post("/verify", files={"file": demonstration.read(licence)}).text
    assert "年仍可验证" in page
    assert "本平台的信任锚" in page


def test_an_unknown_code_is_answered_alike_whatever_it_looks_like(
    demonstration: Demonstration, patient: TestClient
) -> None:
    genuine = path_of(demonstration.genuine[0]).rpartition("/")[2]
    unknown = [
        "a" * 26,
        genuine[:-1],
        genuine[:-1] + ("a" if genuine[-1] != "a" else "b"),
        "1",
        "%F0%A0%AE%B7",
        "x" * 90,
    ]
    answers = [patient.get(f"/api/v/{code}") for code in unknown]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    assert answers[0].json()["code"] == "NOT_FOUND"
    pages = [patient.get(f"/v/{code}") for code in unknown]
    assert {page.status_code for page in pages} <= {200, 404}
    assert len({page.status_code for page in pages}) == 1
    assert all("未找到" in page.text and genuine not in page.text for page in pages)


# ---- the files


def test_each_file_uploaded_is_genuine_and_its_register_entry_is_found(
    demonstration: Demonstration, client: TestClient
) -> None:
    for line in demonstration.genuine[:12]:
        told = client.post("/api/verify", files={"file": (line.file, demonstration.read(line), "application/pdf")})
        assert told.status_code == 200, told.text
        answer = told.json()
        assert (answer["verdict"], answer["trust"]) == ("TOTAL_PASSED", "trusted")
        assert answer["reason"] == "GENUINE_REGISTERED"
        assert answer["answer"]["reason"] == REASONS[line.kind]
        assert answer["answer"]["headline"]["zh"] == UPLOADED[line.kind]
        assert answer["licence"]["number"] == line.number


def test_the_rest_of_the_list_is_genuine_too(demonstration: Demonstration, patient: TestClient) -> None:
    for line in demonstration.genuine[12:]:
        told = patient.post(
            "/api/verify", content=demonstration.read(line), headers={"Content-Type": "application/pdf"}
        )
        answer = told.json()
        assert (answer["reason"], answer["licence"]["number"]) == ("GENUINE_REGISTERED", line.number)


def test_the_tampered_copy_is_called_what_it_is_and_nothing_of_the_register_is_lent_to_it(
    demonstration: Demonstration, patient: TestClient
) -> None:
    data = (demonstration.folder / "tampered.pdf").read_bytes()
    told = patient.post("/api/verify", files={"file": ("licence.pdf", data, "application/pdf")}).json()
    assert (told["verdict"], told["licence"]) == ("TOTAL_FAILED", None)
    assert told["answer"]["tone"] == "void"
    page = patient.post("/verify", files={"file": ("licence.pdf", data, "application/pdf")})
    assert told["answer"]["headline"]["zh"] in page.text
    assert "真实有效" not in page.text


# ---- afterwards


@pytest.fixture(scope="module")
def afterwards(demonstration: Demonstration, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A copy of the demonstration on which life goes on."""
    with running(demonstration.copied_to(tmp_path_factory.mktemp("afterwards") / "var").settings) as service:
        yield service


def back_again(service: Service, key: str) -> str:
    """The constructor goes back to the enterprise she came from."""
    return open_change(
        service,
        key,
        former_employer_uscc=str(people.BUILDER.uscc),
        new_employer_uscc=str(people.FORMER_BUILDER.uscc),
    )


def clerk(role: object, uscc: object) -> Actor:
    return Actor(role, str(uscc), "clerk")  # type: ignore[arg-type]


def test_a_licence_that_was_replaced_says_so_at_its_own_address(
    demonstration: Demonstration, afterwards: Service
) -> None:
    printed = next(line for line in demonstration.genuine if line.number == people.CONSTRUCTOR_LICENCE)
    number = back_again(afterwards, "back")
    steps = [
        ("prepare", constructor()),
        ("submit", constructor()),
        ("confirm", builder(FORMER_EMPLOYER)),
        ("confirm", clerk(NEW_EMPLOYER, people.FORMER_BUILDER.uscc)),
        ("accept", officer("tang")),
        ("review", officer("song")),
        ("grant", officer("zheng")),
    ]
    for step, actor in steps:
        afterwards.desk.take_step(number, step, actor)
        afterwards.settle(number)
    with portal_of(afterwards.settings, afterwards.desk.database) as client:
        told = client.get(f"/api{path_of(printed)}").json()
        assert told["answer"]["reason"] == "LICENCE_SUPERSEDED"
        assert "已被新版本替代" in client.get(path_of(printed)).text
        answer = uploaded(client, demonstration.read(printed))
        assert (answer["verdict"], answer["answer"]["reason"]) == ("TOTAL_PASSED", "LICENCE_SUPERSEDED")


def test_a_withdrawn_form_is_void_at_its_own_address(afterwards: Service) -> None:
    with afterwards.desk.database.reading() as connection:
        licence = connection.execute(
            tables.licence.select().where(
                tables.licence.c.number == people.CONSTRUCTOR_LICENCE, tables.licence.c.status == "in_force"
            )
        ).one()
    there, here = people.BUILDER.uscc, people.FORMER_BUILDER.uscc
    former, new = (there, here) if licence.employer == str(there) else (here, there)
    number = open_change(afterwards, "withdrawn", former_employer_uscc=str(former), new_employer_uscc=str(new))
    submit(afterwards.desk, number, constructor())
    afterwards.settle(number)
    with afterwards.desk.database.reading() as connection:
        [form] = documents.of_dossier(connection, number)
    with portal_of(afterwards.settings, afterwards.desk.database) as client:
        assert client.get(f"/api/v/{form.code}").json()["answer"]["reason"] == "FORM_IN_PROGRESS"
        afterwards.desk.take_step(number, "withdraw", constructor())
        assert client.get(f"/api/v/{form.code}").json()["answer"]["reason"] == "FORM_VOID"
        assert "已作废" in client.get(f"/v/{form.code}").text


def test_a_licence_past_its_last_day_is_expired_whoever_asks(demonstration: Demonstration, afterwards: Service) -> None:
    printed = demonstration.genuine[-1]
    yesterday = datetime.now(UTC).date().replace(year=datetime.now(UTC).year - 1).isoformat()
    with afterwards.desk.database.transaction() as connection:
        connection.execute(
            tables.licence.update().where(tables.licence.c.number == printed.number).values(valid_until=yesterday)
        )
    with portal_of(afterwards.settings, afterwards.desk.database) as client:
        assert client.get(f"/api{path_of(printed)}").json()["answer"]["reason"] == "LICENCE_EXPIRED"


def test_the_portal_cannot_write(demonstration: Demonstration, patient: TestClient) -> None:
    for method in ("put", "patch", "delete"):
        assert getattr(patient, method)(path_of(demonstration.genuine[0])).status_code == 405
