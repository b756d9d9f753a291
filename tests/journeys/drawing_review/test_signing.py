"""审查意见书: experts sign what they found, each in the own place, before the agency goes on (domain text, §10.5, §17.1)."""

from __future__ import annotations

from dataclasses import replace

from signing_service.domain.dossier import Actor, Stage
from signing_service.domain.reviews import Conclusion
from signing_service.storage import documents
from signing_service.workflows.review_experts import EXPERTS
from tests.journeys.drawing_review.studio import SURVEY, Studio, expert_rows
from tests.journeys.drawing_review.test_review import refused
from tests.journeys.project.site import LEADERS


def drawn_up(studio: Studio) -> tuple[str, dict[str, str]]:
    """Two experts have concluded that a survey passes: what they found is drawn up, and nobody has signed."""
    project = studio.a_drawn_project()
    for discipline in ("geotechnical", "measurement"):
        studio.upload(project, SURVEY, discipline, f"{discipline[:2].upper()}-01")
    rows = [
        {"discipline": one, "id_no": LEADERS["survey"][0], "registration_no": "AY20133600045"}
        for one in ("geotechnical", "measurement")
    ]
    studio.hand_over(project, SURVEY, persons=rows)
    number = studio.apply(project, SURVEY)
    experts = {one: studio.somebody(f"签字{one[0]}", photo=False) for one in ("geotechnical", "measurement")}
    studio.accept(number, experts)
    for discipline, expert in experts.items():
        assert studio.stage(number) is Stage.ACCEPTED, "the other has not concluded"
        studio.review_room.conclude(expert, number, discipline, Conclusion.PASS)
    studio.settle(number)
    assert studio.stage(number) is Stage.SIGNING
    assert studio.waiting(number) == {EXPERTS[0], EXPERTS[1]}
    return number, experts


def test_each_expert_signs_in_the_own_place_and_once_before_the_agency_goes_on(studio: Studio) -> None:
    number, experts = drawn_up(studio)
    first, second = (studio.expert(number, one) for one in experts.values())
    assert first.role is not second.role
    in_anothers_place = replace(first, role=second.role)
    assert studio.refused(number, "confirm", in_anothers_place).code == "NOT_YOUR_DOSSIER"
    nobody = Actor(EXPERTS[2], first.party, "expert")
    assert studio.refused(number, "confirm", nobody).status == 403
    studio.take(number, "confirm", first)
    assert studio.refused(number, "confirm", first).code == "ALREADY_CONFIRMED"
    assert studio.waiting(number) == {second.role}
    assert studio.refused(number, "conclude", studio.agency()).code == "STATE_CONFLICT", "one has not signed"
    room = studio.review_room
    refused("STATE_CONFLICT", room.conclude, first.party, number, "geotechnical", Conclusion.PASS)
    studio.take(number, "confirm", second)
    studio.settle(number)
    letter = studio.papers(number)["rv_opinion"]
    assert studio.signed_by(letter) == [first.role, second.role]
    studio.take(number, "conclude", studio.agency())
    studio.settle(number)
    assert studio.signed_by(studio.papers(number)["rv_opinion"]) == [first.role, second.role, "review_agency"]
    studio.assert_genuine(studio.papers(number)["rv_opinion"])
    studio.take(number, "send_back", studio.head(), "结构计算书需要复核。")
    assert studio.stage(number) is Stage.ACCEPTED
    assert len(studio.review(number).waiting_for) == 2, "what is reviewed again is concluded and signed again"
    assert studio.document_state(number, letter.document_id) == documents.ARCHIVED, "what was sealed stays"


def test_who_does_not_sign_has_it_reviewed_anew_and_no_signature_on_it_counts(studio: Studio) -> None:
    number, experts = drawn_up(studio)
    first, second = (studio.expert(number, one) for one in experts.values())
    studio.take(number, "confirm", first)
    studio.settle(number)
    void = studio.papers(number)["rv_opinion"].document_id
    assert studio.refused(number, "decline", second).code == "REASON_REQUIRED"
    studio.take(number, "decline", second, "测量控制点需要再核对。")
    assert studio.stage(number) is Stage.ACCEPTED
    assert len(studio.review(number).waiting_for) == 2, "everybody concludes anew"
    assert studio.document_state(number, void) == documents.VOID
    studio.all_pass(number, experts)
    letter = studio.papers(number)["rv_opinion"]
    assert letter.document_id != void
    assert studio.signed_by(letter) == [first.role, second.role]


def test_an_expert_who_was_replaced_signs_no_more(studio: Studio) -> None:
    number, experts = drawn_up(studio)
    before = studio.expert(number, experts["measurement"])
    others = {**experts, "measurement": studio.somebody("接替人", photo=False)}
    keyless = {**experts, "measurement": studio.somebody("无签名", photo=False, key=False)}
    agency, why = studio.agency(), "原审查人员因病不能继续。"
    assert studio.refused(number, "reappoint", agency, why, experts=expert_rows(keyless)).code == "KEY_MISSING"
    studio.take(number, "reappoint", agency, why, experts=expert_rows(others))
    refused("NOT_FOUND", studio.review_room.conclude, before.party, number, "measurement", Conclusion.PASS)
    refused("NOT_FOUND", studio.review_room.review, before.party, number)
    for discipline, expert in others.items():
        studio.review_room.conclude(expert, number, discipline, Conclusion.PASS)
    studio.settle(number)
    assert studio.refused(number, "confirm", before).code == "NOT_FOUND", "nothing is theirs any more"
    studio.experts_sign(number)
    assert studio.stage(number) is Stage.SIGNED
    text = studio.text_of(studio.papers(number)["rv_opinion"])
    assert "接替人" in text
