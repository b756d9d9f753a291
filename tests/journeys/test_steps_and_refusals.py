"""Who may do what, when, and what becomes of a form that comes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from signing_service.demo import people
from signing_service.domain.dates import day_in_shanghai
from signing_service.domain.dossier import Actor, Stage
from signing_service.domain.errors import Problem
from signing_service.domain.register import RegisterStatus
from signing_service.domain.verdicts import Verdict
from signing_service.embedded import Service
from signing_service.pipeline.validate import validate
from signing_service.storage import documents, dossiers, licences, tables
from signing_service.storage.public_register import PublicRegister
from tests.factories import (
    EMPLOYER,
    FORMER_EMPLOYER,
    HOLDER,
    NEW_EMPLOYER,
    builder,
    change_form,
    constructor,
    former_builder,
    office,
    officer,
    open_change,
    open_renewal,
    renewal_form,
    signaller,
    submit,
)


def refused(service: Service, number: str, step: str, actor: Actor, reason: str = "") -> str:
    with pytest.raises(Problem) as refusal:
        service.desk.take_step(number, step, actor, reason)
    assert refusal.value.zh
    assert refusal.value.en
    return refusal.value.code


def test_both_enterprises_seal_the_same_form_in_any_order(service: Service) -> None:
    number = open_change(service)
    submit(service.desk, number, constructor())
    service.desk.take_step(number, "confirm", builder(NEW_EMPLOYER))
    with service.desk.database.reading() as connection:
        assert dossiers.load(connection, number).stage is Stage.SUBMITTED
    service.desk.take_step(number, "confirm", former_builder())
    service.settle(number)
    with service.desk.database.reading() as connection:
        assert dossiers.load(connection, number).stage is Stage.CONFIRMED
        form = documents.of_dossier(connection, number)[0]
        revisions = documents.revisions(connection, form.document_id)
    assert [revision.field for revision in revisions] == [None, HOLDER, NEW_EMPLOYER, FORMER_EMPLOYER]
    report = validate(
        service.desk.blobs.get(revisions[-1].sha256),
        service.anchors.roots,
        intermediates=service.anchors.intermediates,
        now=service.desk.clock(),
    )
    assert report.verdict is Verdict.TOTAL_PASSED
    assert not any(signature.changed_after for signature in report.signatures)


def test_a_form_returned_and_resubmitted_needs_both_confirmations_again(service: Service) -> None:
    number = open_change(service)
    submit(service.desk, number, constructor())
    service.desk.take_step(number, "confirm", builder(NEW_EMPLOYER))
    service.settle(number)
    service.desk.take_step(number, "decline", former_builder(), "在建项目尚未交接")
    service.settle(number)
    with service.desk.database.reading() as connection:
        first = documents.of_dossier(connection, number)[0]
    assert first.state == documents.VOID
    shown = PublicRegister(service.desk.database).by_code(first.code)
    assert shown is not None
    assert shown.status is RegisterStatus.VOID

    service.desk.keep(number, constructor(), change_form(service, projects="在建项目已经交接完毕。"))
    submit(service.desk, number, constructor())
    service.desk.take_step(number, "confirm", former_builder())
    service.settle(number)
    with service.desk.database.reading() as connection:
        dossier = dossiers.load(connection, number)
        second = documents.of_dossier(connection, number)[-1]
        revisions = documents.revisions(connection, second.document_id)
    assert dossier.stage is Stage.SUBMITTED, "the new employer's earlier seal counts no more"
    assert second.form_version == 2
    assert second.code != first.code
    assert [revision.field for revision in revisions] == [None, HOLDER, FORMER_EMPLOYER]


def test_a_withdrawn_dossier_leaves_the_licence_as_it_was(service: Service) -> None:
    number = open_renewal(service)
    submit(service.desk, number, signaller())
    service.settle(number)
    service.desk.take_step(number, "withdraw", signaller())
    with service.desk.database.reading() as connection:
        assert dossiers.load(connection, number).stage is Stage.WITHDRAWN
        assert [licence.version for licence in licences.versions(connection, people.SIGNALLER_LICENCE)] == [1]
        assert documents.of_dossier(connection, number)[0].state == documents.VOID
    assert refused(service, number, "confirm", builder()) == "STATE_CONFLICT"


def test_one_officer_may_not_act_on_two_levels(service: Service) -> None:
    number = open_renewal(service)
    submit(service.desk, number, signaller())
    service.desk.take_step(number, "confirm", builder())
    service.desk.take_step(number, "accept", officer("tang"))
    assert refused(service, number, "review", officer("tang")) == "FOUR_EYES"
    service.desk.take_step(number, "review", officer("song"))
    assert refused(service, number, "grant", officer("tang")) == "FOUR_EYES"
    service.settle(number)


def test_only_the_party_of_the_step_may_take_it(service: Service) -> None:
    number = open_renewal(service)
    assert refused(service, number, "prepare", constructor()) == "NOT_YOUR_DOSSIER"
    submit(service.desk, number, signaller())
    assert refused(service, number, "confirm", signaller()) == "NOT_YOUR_DOSSIER"
    stranger = Actor(EMPLOYER, str(people.FORMER_BUILDER.uscc), "clerk")
    assert refused(service, number, "confirm", stranger) == "NOT_YOUR_DOSSIER"
    service.settle(number)


def test_a_refusal_says_why(service: Service) -> None:
    number = open_renewal(service)
    submit(service.desk, number, signaller())
    assert refused(service, number, "decline", builder(), "  不同意 ") == "REASON_REQUIRED"
    service.settle(number)


def test_a_licence_is_renewed_in_its_last_three_months_only(service: Service) -> None:
    today = day_in_shanghai(service.desk.clock())
    for days, code in ((99, "RENEW_TOO_EARLY"), (-1, "CERT_EXPIRED")):
        _set_end(service, people.SIGNALLER_LICENCE, (today + timedelta(days=days)).isoformat())
        number = open_renewal(service, key=f"renewal-{days}")
        assert refused(service, number, "prepare", signaller()) == code
        service.desk.take_step(number, "withdraw", signaller())
    _set_end(service, people.SIGNALLER_LICENCE, (today + timedelta(days=80)).isoformat())
    number = open_renewal(service, key="renewal-80")
    submit(service.desk, number, signaller())
    service.settle(number)


def test_a_second_dossier_on_the_same_licence_is_refused(service: Service) -> None:
    open_renewal(service)
    with pytest.raises(Problem) as refusal:
        open_renewal(service, key="another")
    assert refusal.value.code == "DOSSIER_DUPLICATE"


def test_the_same_request_opens_one_dossier(service: Service) -> None:
    assert open_renewal(service) == open_renewal(service)


def test_the_new_employer_is_not_the_former(service: Service) -> None:
    number = open_change(service, new_employer_uscc=str(people.FORMER_BUILDER.uscc))
    assert refused(service, number, "prepare", constructor()) == "SAME_ENTERPRISE"


def test_every_error_of_a_form_is_told_at_once(service: Service) -> None:
    form = renewal_form(service, mobile="12345", employer_uscc="91360100999000110N", conduct="", favourite_colour="red")
    with pytest.raises(Problem) as refusal:
        service.desk.begin_filled_in(
            "so.renew", {HOLDER: people.SIGNALLER_ID, **office()}, form, region=people.REGION, request_key="wrong"
        )
    assert {error.field for error in refusal.value.errors} == {
        "mobile", "employer_uscc", "conduct", "favourite_colour",
    }  # fmt: skip
    assert all(error.zh and error.en and error.code for error in refusal.value.errors)


def test_of_two_writers_one_is_told(service: Service) -> None:
    number = open_renewal(service)
    with service.desk.database.transaction() as connection:
        read = dossiers.load(connection, number)
    submit(service.desk, number, signaller())
    service.settle(number)
    with pytest.raises(Problem) as refusal, service.desk.database.transaction() as connection:
        dossiers.save(connection, replace(read, version=read.version + 1), service.desk.clock())
    assert refusal.value.code == "REVISION_CHANGED"


def _set_end(service: Service, number: str, day: str) -> None:
    with service.desk.database.transaction() as connection:
        connection.execute(tables.licence.update().where(tables.licence.c.number == number).values(valid_until=day))
