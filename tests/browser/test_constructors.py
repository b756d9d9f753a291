"""Constructors change employer and are cancelled against somebody's will, from the phone to the public page
(domain text, §18.6, scenarios 5, 6 and 7)."""

from __future__ import annotations

from pathlib import Path

import pytest

from signing_service.demo.people import BUILDER, FORMER_BUILDER
from signing_service.domain.verdicts import Verdict
from tests.browser.constructors import (
    AUTHORITY_LEVELS,
    about_to_sign,
    change_of_employer,
    current,
    employer_of,
    form_of,
    paper_in,
    pictured,
    press_together,
    registered,
    scanned,
    sees,
    validated,
)
from tests.browser.town import Town

FORMER, NEW = str(FORMER_BUILDER.uscc), str(BUILDER.uscc)


@pytest.fixture(scope="module")
def proof(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return paper_in(tmp_path_factory.mktemp("papers"))


def test_of_two_who_seal_at_one_moment_one_is_told_so_and_loses_nothing(town: Town, proof: Path) -> None:
    who = registered(town, 0, FORMER_BUILDER)
    person, former, new = town.person(who.position), town.enterprise(FORMER), town.enterprise(NEW)
    number = change_of_employer(person, who)
    pictured(person.page, "05-form")
    person.attach("attachments", proof)
    person.prepare(number)
    person.open(number)
    pictured(person.page, "05-prepared")
    person.sign(number, "submit")
    pictured(person.page, "05-submitted")

    for enterprise in (former, new):
        enterprise.page.goto(f"{town.origin}/platform/")
        sees(enterprise.page, "执业企业变更")
    pictured(new.page, "05-todos")
    for enterprise in (former, new):
        about_to_sign(enterprise, number, "confirm")
    pictured(former.page, "05-room")
    sealed, told = press_together(former, new)
    pictured(told.page, "05-conflict")
    pictured(sealed.page, "05-sealed")
    town.service.settle(number)
    told.sign(number, "confirm")
    pictured(told.page, "05-both")

    report = validated(town, form_of(town, number))
    assert report.verdict is Verdict.TOTAL_PASSED
    assert {one.role for one in report.signatures} == {"holder", "former_employer", "new_employer"}
    assert employer_of(town, who) == FORMER, "nothing switches before the decision"

    for login, step in AUTHORITY_LEVELS:
        town.officer(login).open(number)
        pictured(town.officer(login).page, f"05-{step}")
        town.officer(login).decide(number, step)
    assert (current(town, who).employer, employer_of(town, who)) == (NEW, NEW)
    assert current(town, who).version == 2
    person.page.goto(f"{town.origin}/platform/licences")
    pictured(person.page, "05-licences")
    page = scanned(town, form_of(town, number))
    pictured(page, "05-public")
