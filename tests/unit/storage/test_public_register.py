"""What a stranger is told of a document at each moment of its way, and what nobody is told."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from signing_service.demo import people
from signing_service.domain.codes import PersonName
from signing_service.domain.dates import add_years, day_in_shanghai
from signing_service.domain.documents import SignatoryRole, sha256_of
from signing_service.domain.dossier import Stage
from signing_service.domain.errors import Problem
from signing_service.domain.licences import LicenceStatus
from signing_service.domain.register import PublicDocument, RegisterStatus, status_on
from signing_service.pipeline.templates import title_en
from signing_service.settings import Settings
from signing_service.storage import documents, licences, sealings, tables
from signing_service.storage.database import Database, open_database
from signing_service.storage.documents import DocumentRow
from signing_service.storage.public_register import ROLES, STAGES, PublicRegister
from signing_service.worker import tasks
from signing_service.workflows.perform import sealing
from tests.factories import builder, constructor, officer, open_change, open_renewal, renewal_form, signaller, submit
from tests.unit.workflows.workbench import Workbench

SECRETS = (
    "王建国", people.SIGNALLER_ID, people.SIGNALLER_ID[:14], "13870000017", "19900307", "1990-03-07", "体检", "违章",
    "soft:", "tang", "zheng", "clerk", "高中",
)  # fmt: skip
"""Of the applicant, of the keys, of the officers, of what the form says."""


def submitted(bench: Workbench) -> str:
    number = open_renewal(bench.service)
    submit(bench.desk, number, signaller())
    bench.work(number)
    return number


def confirmed(bench: Workbench) -> str:
    number = submitted(bench)
    bench.desk.take_step(number, "confirm", builder())
    bench.work(number)
    return number


def granted(bench: Workbench) -> str:
    number = confirmed(bench)
    for step, person in (("accept", "tang"), ("review", "song"), ("grant", "zheng")):
        bench.desk.take_step(number, step, officer(person))
    return number


def closed(bench: Workbench) -> str:
    number = granted(bench)
    bench.work(number)
    assert bench.owed(number) == ()
    return number


def row_of(bench: Workbench, number: str, template: str) -> DocumentRow:
    return [row for row in bench.documents(number) if row.template.split("/")[1] == template][-1]


def shown(bench: Workbench, row: DocumentRow) -> PublicDocument | None:
    """By code, by check code and, when there is a file, by its hash: one answer."""
    register = PublicRegister(bench.desk.database)
    found = register.by_code(row.code)
    assert register.by_check_code(row.check_code) == found
    for revision in bench.revisions(row):
        assert register.by_sha256(revision.sha256) == found
    if found is not None:
        text = json.dumps(found.to_json(), ensure_ascii=False)
        assert not [secret for secret in SECRETS if secret in text]
    return found


def seen(bench: Workbench, number: str, template: str) -> PublicDocument:
    found = shown(bench, row_of(bench, number, template))
    assert found is not None
    return found


# ---- forms


def test_a_form_under_way_says_where_its_dossier_is_and_who_has_signed(bench: Workbench) -> None:
    number = submitted(bench)
    form = seen(bench, number, "so_renew_form")
    assert (form.status, form.number, form.form_version) == (RegisterStatus.IN_PROGRESS, number, 1)
    assert form.stage == STAGES[Stage.SUBMITTED]
    assert (form.holder, form.holder_id_last4) == ("王**", "0014")
    assert (form.organisation, form.issuer) == (people.BUILDER.name, people.AUTHORITY.name)
    (seal,) = form.seals
    assert (seal.signer, seal.role, seal.proven) == ("王**", ROLES[SignatoryRole.HOLDER], True)
    bench.desk.take_step(number, "confirm", builder())
    bench.work(number)
    assert [seal.signer for seal in seen(bench, number, "so_renew_form").seals] == ["王**", people.BUILDER.name]


def test_a_form_is_known_by_the_file_of_its_latest_revision(bench: Workbench) -> None:
    number = confirmed(bench)
    row = row_of(bench, number, "so_renew_form")
    assert seen(bench, number, "so_renew_form").file_sha256 == bench.revisions(row)[-1].sha256


def test_a_form_that_everybody_has_signed_is_complete(bench: Workbench) -> None:
    form = seen(bench, closed(bench), "so_renew_form")
    assert (form.status, form.stage) == (RegisterStatus.COMPLETE, STAGES[Stage.CLOSED])
    assert len(form.seals) == 4


@pytest.mark.parametrize(
    ("step", "officer_name"), [("decline", ""), ("withdraw", ""), ("return", "tang"), ("not_accept", "tang")]
)
def test_a_form_that_came_to_nothing_is_void(bench: Workbench, step: str, officer_name: str) -> None:
    by_officer = bool(officer_name)
    number = confirmed(bench) if by_officer else submitted(bench)
    actor = officer(officer_name) if by_officer else signaller() if step == "withdraw" else builder()
    bench.desk.take_step(number, step, actor, "材料与登记信息不符")
    form = seen(bench, number, "so_renew_form")
    assert form.status is RegisterStatus.VOID
    assert status_on(form, day_in_shanghai(bench.clock())) is RegisterStatus.VOID


def test_a_refused_form_is_void_and_its_notice_stands(bench: Workbench) -> None:
    number = confirmed(bench)
    for step, person in (("accept", "tang"), ("review", "song")):
        bench.desk.take_step(number, step, officer(person))
    bench.work(number)
    bench.desk.take_step(number, "refuse", officer("zheng"), "不符合延续条件", given={"ground": "unfit"})
    assert seen(bench, number, "so_renew_form").status is RegisterStatus.VOID
    assert seen(bench, number, "acceptance_notice").status is RegisterStatus.COMPLETE


def test_an_old_form_version_is_void_beside_the_new_one(bench: Workbench) -> None:
    number = submitted(bench)
    bench.desk.take_step(number, "decline", builder(), "请补充培训情况")
    bench.desk.keep(number, signaller(), renewal_form(bench.service))
    submit(bench.desk, number, signaller())
    bench.work(number)
    first, second = (shown(bench, row) for row in bench.documents(number))
    assert first is not None
    assert second is not None
    assert [(form.status, form.form_version) for form in (first, second)] == [
        (RegisterStatus.VOID, 1),
        (RegisterStatus.IN_PROGRESS, 2),
    ]


# ---- notices


def test_a_notice_is_public_when_it_is_sealed_and_not_before(bench: Workbench) -> None:
    number = confirmed(bench)
    bench.desk.take_step(number, "accept", officer("tang"))
    (performed,) = tasks._performed(bench.bench, tasks._take(bench.bench, [number]))
    assert (performed.done, performed.problem) == (1, None)
    row = row_of(bench, number, "acceptance_notice")
    assert bench.signed(row) == [None]
    assert shown(bench, row) is None
    bench.work(number)
    notice = seen(bench, number, "acceptance_notice")
    assert notice.status is RegisterStatus.COMPLETE
    assert notice.number == row.number
    assert (notice.stage, notice.form_version) == (None, None)


# ---- licences


def test_a_licence_is_unknown_until_it_is_issued(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    number = granted(bench)

    def away(*_: object) -> None:
        raise Problem("REVOCATION_UNAVAILABLE", "暂时不可用。", "Not to be had now.", status=503)

    with monkeypatch.context() as patch:
        patch.setattr(sealing, "extend", away)
        bench.work(number)
    row = row_of(bench, number, "special_operation")
    assert bench.signed(row) == [SignatoryRole.AUTHORITY, SignatoryRole.PLATFORM]
    assert shown(bench, row) is None
    bench.wait(timedelta(minutes=1))
    bench.work(number)
    assert seen(bench, number, "special_operation").status is RegisterStatus.IN_FORCE


def test_a_licence_shows_term_trade_and_employer(bench: Workbench) -> None:
    number = closed(bench)
    licence = seen(bench, number, "special_operation")
    today = day_in_shanghai(bench.clock())
    assert (licence.number, licence.issued_on) == (people.SIGNALLER_LICENCE, today)
    assert (licence.holder, licence.holder_id_last4) == ("王**", "0014")
    assert [category.zh for category in licence.categories] == ["建筑起重信号司索工"]
    assert (licence.organisation, licence.issuer) == (people.BUILDER.name, people.AUTHORITY.name)
    assert licence.valid_until is not None
    assert licence.valid_until > add_years(today, 2)
    assert not licence.superseded
    assert [seal.signer for seal in licence.seals] == [people.AUTHORITY.name, people.PLATFORM.name]


@pytest.mark.parametrize("status", [status for status in LicenceStatus if status is not LicenceStatus.ISSUING])
def test_every_status_of_a_licence_is_told(bench: Workbench, status: LicenceStatus) -> None:
    number = closed(bench)
    with bench.desk.database.transaction() as connection:
        licence = licences.of_dossier(connection, number)
        assert licence is not None
        licences.set_status(connection, licence, status, bench.clock())
    found = seen(bench, number, "special_operation")
    assert found.status == status
    assert found.superseded is (status is LicenceStatus.SUPERSEDED)
    assert found.status_since == day_in_shanghai(bench.clock())


def test_the_code_on_a_superseded_file_says_so(bench: Workbench) -> None:
    first = closed(bench)
    with bench.desk.database.transaction() as connection:
        licence = licences.of_dossier(connection, first)
        assert licence is not None
        licences.set_status(connection, licence, LicenceStatus.SUPERSEDED, bench.clock())
    found = seen(bench, first, "special_operation")
    assert status_on(found, day_in_shanghai(bench.clock())) is RegisterStatus.SUPERSEDED


def test_a_document_is_called_in_english_as_its_template_says_and_else_in_chinese(bench: Workbench) -> None:
    row = row_of(bench, submitted(bench), "so_renew_form")
    plain = PublicRegister(bench.desk.database).by_code(row.code)
    titled = PublicRegister(bench.desk.database, partial(title_en, Settings().templates)).by_code(row.code)
    assert plain is not None
    assert titled is not None
    assert (plain.title.zh, plain.title.en) == (row.title, row.title)
    assert (titled.title.zh, titled.title.en) == (row.title, "Application to renew a special-operation licence")


# ---- what is not there, and whose certs are ours


@pytest.mark.parametrize("asked", ["", "x", "%", "' OR 1=1 --", "0" * 26])
def test_what_is_not_registered_is_not_found(bench: Workbench, asked: str) -> None:
    submitted(bench)
    register = PublicRegister(bench.desk.database)
    assert register.by_code(asked) is None
    assert register.by_check_code(asked) is None
    assert register.by_sha256(asked) is None
    assert not register.is_registered(asked)


def test_codes_are_found_however_they_are_typed(bench: Workbench) -> None:
    row = row_of(bench, submitted(bench), "so_renew_form")
    register = PublicRegister(bench.desk.database)
    assert register.by_code(row.code.upper()) == register.by_code(row.code.lower()) is not None
    assert register.by_check_code(row.check_code.lower()) == register.by_check_code(row.check_code) is not None


def test_number_and_check_code_find_together_what_neither_finds_alone(bench: Workbench) -> None:
    number = closed(bench)
    register = PublicRegister(bench.desk.database)
    for template in ("special_operation", "so_renew_form"):
        row = row_of(bench, number, template)
        found = register.by_code(row.code)
        assert found is not None
        assert register.by_number(found.number, row.check_code) == found
        assert register.by_number(f" {found.number[:3]} {found.number[3:]} ".lower(), row.check_code.lower()) == found
        for wrong in ("", found.number[:-1], found.number + "0", "%"):
            assert register.by_number(wrong, row.check_code) is None
        assert register.by_number(found.number, "0" * 12) is None
    assert register.by_number("", "0" * 12) is None


def test_the_holder_is_compared_and_nobody_is_handed_out(bench: Workbench) -> None:
    number = closed(bench)
    register = PublicRegister(bench.desk.database)
    name, last6 = "王建国", people.SIGNALLER_ID[-6:]
    for template in ("special_operation", "so_renew_form"):
        row = row_of(bench, number, template)
        for code in (row.code.upper(), row.check_code):
            assert register.holder_matches(code, name, last6.lower()) is True
            assert register.holder_matches(code, f"王 {name[1:]}", last6) is True
            for wrong in ((name, "000000"), ("王建", last6), ("", last6), (name, ""), ("王**", last6), ("", "")):
                assert register.holder_matches(code, *wrong) is False
    assert register.holder_matches("0" * 26, name, last6) is False
    assert register.holder_matches("", "", "") is False


def test_the_holder_of_what_is_not_public_yet_is_not_compared(bench: Workbench) -> None:
    number = granted(bench)
    row = row_of(bench, number, "so_renew_form")
    register = PublicRegister(bench.desk.database)
    name, last6 = "王建国", people.SIGNALLER_ID[-6:]
    for one in bench.documents(number):
        public = register.by_code(one.code) is not None
        assert register.holder_matches(one.code, name, last6) is public
    assert register.holder_matches(row.code, name, last6)


def test_every_file_of_ours_is_registered_and_no_other(bench: Workbench) -> None:
    number = closed(bench)
    register = PublicRegister(bench.desk.database)
    for row in bench.documents(number):
        assert all(register.is_registered(revision.sha256) for revision in bench.revisions(row))
    assert not register.is_registered(sha256_of(b"something else"))


def test_the_certs_of_authority_and_platform_are_our_own_and_those_of_parties_are_not(bench: Workbench) -> None:
    number = closed(bench)
    register = PublicRegister(bench.desk.database)
    row = row_of(bench, number, "so_renew_form")
    with bench.desk.database.reading() as connection:
        certs = {
            role: intent.cert_sha256
            for role in (SignatoryRole.HOLDER, SignatoryRole.EMPLOYER, SignatoryRole.AUTHORITY, SignatoryRole.PLATFORM)
            if (intent := sealings.sealing(connection, row.document_id, role))
        }
    assert register.own_certs() == {certs[SignatoryRole.AUTHORITY], certs[SignatoryRole.PLATFORM]}
    report = bench.validated(row)
    assert [signature.cert_sha256 for signature in report.signatures] == list(certs.values())


def test_a_form_of_two_employers_names_the_one_it_is_about(bench: Workbench) -> None:
    number = open_change(bench.service)
    submit(bench.desk, number, constructor())
    bench.work(number)
    form = seen(bench, number, "c2_change_form")
    assert form.organisation == people.BUILDER.name
    assert (form.holder, form.holder_id_last4) == (PersonName("李芳华").masked, people.CONSTRUCTOR_ID[-4:])
    assert "李芳华" not in json.dumps(form.to_json(), ensure_ascii=False)


# ---- how it is asked


QUESTIONS = ("by_code", "by_check_code", "by_sha256", "is_registered")


def ask_everything(register: PublicRegister) -> None:
    for question in QUESTIONS:
        getattr(register, question)("a" * 26)


def test_each_question_is_one_read_over_indexes(sqlite_database: Database) -> None:
    ask_everything(PublicRegister(sqlite_database))
    for question in QUESTIONS:
        sql = sqlite_database.read(question, lambda _kind: select()).sql
        with sqlite_database.reading() as connection:
            driver: Any = connection.connection.driver_connection
            plan = [row[3] for row in driver.execute(f"EXPLAIN QUERY PLAN {sql}", ("a",) * sql.count("?"))]
        assert plan
        assert [step for step in plan if step.startswith("SCAN")] == [], plan


def test_postgresql_reads_no_table_from_end_to_end(postgresql_url: str) -> None:
    database = open_database(postgresql_url)
    try:
        ask_everything(PublicRegister(database))
        for question in QUESTIONS:
            sql = database.read(question, lambda _kind: select()).sql
            names = {name: "1" if "param" in name else "a" for name in re.findall(r"%\((\w+)\)s", sql)}
            with database.reading() as connection:
                driver: Any = connection.connection.driver_connection
                driver.execute("SET LOCAL enable_seqscan = off")  # the tables are empty: it would not be worth an index
                plan = [row[0] for row in driver.execute(f"EXPLAIN {sql}", names)]
            assert [step for step in plan if "Seq Scan" in step] == [], plan
    finally:
        database.close()


def test_what_is_committed_is_seen_by_the_next_question_and_the_same_is_the_same_object(bench: Workbench) -> None:
    number = submitted(bench)
    row = row_of(bench, number, "so_renew_form")
    register = PublicRegister(bench.desk.database)
    before = register.by_code(row.code)
    assert before is not None
    assert register.by_code(row.code) is before
    with bench.desk.database.transaction() as connection:
        connection.execute(
            tables.document.update().where(tables.document.c.code == row.code).values(state=documents.VOID)
        )
    after = register.by_code(row.code)
    assert after is not None
    assert (before.status, after.status) == (RegisterStatus.IN_PROGRESS, RegisterStatus.VOID)
