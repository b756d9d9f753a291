"""图纸盖章本人确认: nobody's practising seal goes on a sheet to which its owner did not agree (domain text, §10.5, step 1)."""

from __future__ import annotations

import pytest

from signing_service.domain.documents import SealedPdf, SignatoryRole, sha256_of
from signing_service.domain.dossier import Actor, Stage
from signing_service.domain.messages import Event
from signing_service.domain.projects import Project
from signing_service.domain.sheets import SheetState, UploadFile, list_digest
from signing_service.pipeline.lay_out import as_it_stands
from signing_service.storage import dossiers, messages
from tests.journeys.drawing_review.studio import DESIGN, SURVEY, Studio
from tests.journeys.project.site import DESIGNER, LEADERS
from tests.sheets import drawing

PERSON = LEADERS["design"][0]
SURVEY_PERSON = LEADERS["survey"][0]


@pytest.fixture
def project(studio: Studio) -> Project:
    found = studio.a_drawn_project()
    studio.upload_set(found, DESIGN)
    return found


def seals_on(studio: Studio, project: Project) -> set[str]:
    return {one.document_id or "" for one in studio.latest(project, DESIGN)}


def test_no_practising_seal_goes_on_before_its_owner_has_agreed_to_the_list(studio: Studio, project: Project) -> None:
    number = studio.handed_over(project, DESIGN)
    assert studio.stage(number) is Stage.SUBMITTED
    assert {one.state for one in studio.latest(project, DESIGN)} == {SheetState.SUBMITTED}
    assert seals_on(studio, project) == {""}, "not even a code stands on them"

    (consent,) = studio.consents(number)
    asked = studio.dossier(consent)
    sheets = studio.latest(project, DESIGN)
    assert asked.parties[SignatoryRole.HOLDER] == PERSON
    assert (asked.form["sheet_count"], asked.form["list_sha256"]) == (len(sheets), list_digest(sheets))
    assert studio.waiting(consent) == {"holder"}
    with studio.service.desk.database.reading() as connection:
        told = messages.of_party(connection, PERSON)
    assert (told[0].event, told[0].dossier) == (Event.TODO_OPENED, consent)
    text = studio.text_of(studio.papers(consent)["rv_consent_form"]).replace(" ", "")
    for sheet in sheets:
        assert sheet.pdf
        assert sheet.pdf[:16] in text
        assert sheet.sheet_no in text
    seen = studio.sheet_room.file(PERSON, sheets[0].sheet_id, UploadFile.PDF)
    assert sha256_of(seen[1]) == sheets[0].pdf, "who is asked looks at each of them"

    studio.agree(consent)
    studio.settle(number)
    assert studio.stage(number) is Stage.CLOSED
    paper = studio.papers(consent)["rv_consent_form"]
    assert studio.signed_by(paper) == ["holder", "platform"]
    studio.assert_genuine(paper)
    for sheet in studio.latest(project, DESIGN):
        sealed = as_it_stands(studio.sealed_file(sheet))
        assert isinstance(sealed, SealedPdf)
        assert sealed.filled == (SignatoryRole.REGISTERED_PERSON, SignatoryRole.DESIGNER)
    with studio.service.desk.database.reading() as connection:
        lines = {one.step: one for one in dossiers.journal_of(connection, number)}
        agreed = {one.step: one for one in dossiers.journal_of(connection, consent)}
    assert lines["seal"].facts["evidence"]["consents"] == [
        {"dossier": consent, "sheets": len(sheets), "list_sha256": list_digest(sheets)}
    ]
    assert "pin" in lines["submit"].facts["evidence"]["factors"], "the unit let its own key be used"
    evidence = agreed["confirm"].facts["evidence"]
    assert {"pin", "code"} <= set(evidence["factors"])
    assert evidence["seen"] == evidence["subject"], "the very form that was shown"


def test_who_does_not_agree_says_why_and_the_sheets_are_the_units_again(studio: Studio, project: Project) -> None:
    number = studio.handed_over(project, DESIGN)
    (consent,) = studio.consents(number)
    person = studio.person(PERSON)
    assert studio.refused(consent, "refuse", person).code == "REASON_REQUIRED"
    studio.take(consent, "refuse", person, "AR-01 的防火分区画错了")
    studio.settle(consent)
    assert (studio.stage(consent), studio.stage(number)) == (Stage.REFUSED, Stage.DRAFT)
    assert {one.state for one in studio.latest(project, DESIGN)} == {SheetState.DRAFT}
    assert studio.waiting(number) == {"designer"}
    with studio.service.desk.database.reading() as connection:
        told = messages.of_party(connection, DESIGNER)
    assert (told[0].event, told[0].dossier) == (Event.DECLINED, number)
    assert "AR-01 的防火分区画错了" in told[0].zh

    changed = studio.upload(project, DESIGN, "architecture", "AR-01", drawing("AR-01, mended"))
    assert changed.version == 1, "it was never sealed: it is the same draft"
    studio.take(number, "submit", studio.contractor(DESIGN))
    studio.settle(number)
    (again,) = studio.consents(number)
    assert again != consent
    assert studio.dossier(again).form["list_sha256"] != studio.dossier(consent).form["list_sha256"]
    studio.agree(again)
    studio.settle(number)
    assert studio.stage(number) is Stage.CLOSED


def test_a_changed_sheet_voids_the_consent(studio: Studio, project: Project) -> None:
    unit = studio.contractor(DESIGN)
    number = studio.handed_over(project, DESIGN)
    (consent,) = studio.consents(number)
    with pytest.raises(Exception, match="SHEETS_AWAIT_CONSENT"):
        studio.upload(project, DESIGN, "water", "WA-01", drawing("WA-01 changed"))
    studio.take(number, "take_back", unit)
    studio.settle(number)
    assert studio.stage(consent) is Stage.LAPSED
    studio.upload(project, DESIGN, "water", "WA-01", drawing("WA-01 changed"))
    studio.take(number, "submit", unit)
    studio.settle(number)
    (second,) = studio.consents(number)
    assert second != consent, "asked anew, of the new file"

    honest = studio.latest(project, DESIGN)[0].pdf or ""
    studio.slip_in(project, DESIGN, sha256_of(drawing("slipped in")))
    assert studio.refused(second, "confirm", studio.person(PERSON)).code == "SHEETS_CHANGED"
    studio.slip_in(project, DESIGN, honest)
    studio.agree(second)
    studio.settle(number)
    assert studio.stage(number) is Stage.CLOSED


def test_everybody_who_is_named_has_to_agree_and_nobody_else_can(studio: Studio) -> None:
    project = studio.a_drawn_project()
    studio.upload(project, SURVEY, "geotechnical", "GE-01")
    studio.upload(project, SURVEY, "measurement", "ME-01")
    other = studio.registered_person(SURVEY, "测量王")
    rows = [
        {"discipline": "geotechnical", "id_no": SURVEY_PERSON, "registration_no": "AY20133600045"},
        {"discipline": "measurement", "id_no": other, "registration_no": "CL20133600046"},
    ]
    number = studio.handed_over(project, SURVEY, persons=rows)
    consents = {studio.dossier(one).parties[SignatoryRole.HOLDER]: one for one in studio.consents(number)}
    assert set(consents) == {SURVEY_PERSON, other}
    stranger = Actor(SignatoryRole.HOLDER, other, "holder")
    assert studio.refused(consents[SURVEY_PERSON], "confirm", stranger).code == "NOT_FOUND"
    with pytest.raises(Exception, match="NOT_FOUND"):
        studio.sheet_room.file(other, studio.latest(project, SURVEY)[0].sheet_id, UploadFile.PDF)
    studio.agree(consents[SURVEY_PERSON])
    assert studio.stage(number) is Stage.SUBMITTED, "one of two is not enough"
    assert studio.stage(consents[SURVEY_PERSON]) is Stage.CLOSED
    honest = studio.latest(project, SURVEY)[0].pdf or ""
    studio.slip_in(project, SURVEY, sha256_of(drawing("slipped in")))
    studio.agree(consents[other])
    studio.settle(number)
    assert studio.stage(number) is Stage.DRAFT, "to what was slipped in nobody has agreed"
    assert {one.document_id for one in studio.latest(project, SURVEY)} == {None}

    studio.slip_in(project, SURVEY, honest)
    studio.take(number, "submit", studio.contractor(SURVEY))
    studio.settle(number)
    for consent in studio.consents(number):
        assert consent not in consents.values(), "who has agreed once is asked again"
        studio.agree(consent)
    studio.settle(number)
    assert studio.stage(number) is Stage.CLOSED


def test_who_is_silent_for_fifteen_working_days_has_not_agreed(studio: Studio, project: Project) -> None:
    number = studio.handed_over(project, DESIGN)
    (consent,) = studio.consents(number)
    studio.time_passes(30)
    studio.settle(consent)
    assert (studio.stage(consent), studio.stage(number)) == (Stage.LAPSED, Stage.DRAFT)
    assert seals_on(studio, project) == {""}
