"""The real-name register: yes, no, unknown, and how alike two faces are."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta

import pytest
from PIL import Image

from signing_service.demo.portraits import sample_portrait
from signing_service.domain.codes import IdNo, PersonName
from signing_service.domain.errors import Problem
from signing_service.gateways.real_name import Identity, RealNameGateway
from tests.outside import ID_NO, NAME, PORTRAIT, Outside

PERSON = IdNo(ID_NO), PersonName(NAME)
WITHOUT_PORTRAIT = IdNo("360102198501010028"), PersonName("李芳华")


def smaller(picture: bytes) -> bytes:
    """The same face as another camera has it: smaller, and pressed harder."""
    out = io.BytesIO()
    with Image.open(io.BytesIO(picture)) as opened:
        opened.resize((177, 248)).save(out, "JPEG", quality=60)
    return out.getvalue()


def test_number_and_name_of_one_person_match(outside: Outside) -> None:
    assert outside.gateways.real_name.check(*PERSON) is Identity.MATCH


def test_the_name_of_another_does_not_match_and_a_number_of_nobody_is_unknown(outside: Outside) -> None:
    register = outside.gateways.real_name
    assert register.check(PERSON[0], PersonName("李芳华")) is Identity.MISMATCH
    assert register.check(IdNo("361102199911300066"), PERSON[1]) is Identity.UNKNOWN


def test_the_same_face_is_known_again_from_another_picture(outside: Outside) -> None:
    face = outside.gateways.real_name.compare(*PERSON, smaller(PORTRAIT))
    assert face.same
    assert 80 <= face.score <= 100


def test_another_persons_face_is_not_the_same(outside: Outside) -> None:
    plain = io.BytesIO()
    Image.linear_gradient("L").resize((295, 413)).save(plain, "PNG")
    for picture in (plain.getvalue(), sample_portrait("孙丽华", woman=True)):
        face = outside.gateways.real_name.compare(*PERSON, picture)
        assert not face.same
        assert face.score < outside.gateways.real_name.compare(*PERSON, smaller(PORTRAIT)).score


def test_the_right_face_under_a_wrong_name_scores_nothing(outside: Outside) -> None:
    face = outside.gateways.real_name.compare(PERSON[0], PersonName("李芳华"), PORTRAIT)
    assert (face.identity, face.score, face.same) == (Identity.MISMATCH, 0.0, False)


def test_where_the_register_has_no_portrait_no_face_is_the_same(outside: Outside) -> None:
    assert not outside.gateways.real_name.compare(*WITHOUT_PORTRAIT, PORTRAIT).same


def test_what_is_no_picture_is_refused(outside: Outside) -> None:
    with pytest.raises(Problem) as refused:
        outside.gateways.real_name.compare(*PERSON, b"GIF89a")
    assert (refused.value.code, refused.value.facts["why"]) == ("GATEWAY_REFUSED", "HTTP 422 IMAGE_UNREADABLE")


def test_an_answer_signed_by_somebody_else_is_not_believed(outside: Outside) -> None:
    """Who answers in the register's place knows the request and not the secret."""
    from starlette.applications import Starlette

    from signing_service.outside.real_name import RealNameRegister
    from tests.key_services import listening
    from tests.outside import CITIZENS

    ours = outside.accesses.real_name
    assert ours is not None

    class Impostor(RealNameRegister):
        def _admit(self, request: object, body: bytes) -> None:
            """Takes everything."""

    impostor = Impostor(replace(ours, secret="another"), outside.clock, CITIZENS)
    with listening(Starlette(routes=impostor.routes())) as address:
        gateway = RealNameGateway(replace(ours, address=address), 5.0, outside.clock)
        with pytest.raises(Problem) as refused:
            gateway.check(*PERSON)
    assert (refused.value.code, refused.value.facts["why"]) == ("GATEWAY_AWAY", "answers without its signature")


def test_a_clock_that_is_ten_minutes_slow_is_told_to_the_operator(outside: Outside) -> None:
    ours = outside.accesses.real_name
    assert ours is not None
    slow = RealNameGateway(ours, 5.0, lambda: outside.clock() - timedelta(minutes=10))
    with pytest.raises(Problem) as refused:
        slow.check(*PERSON)
    assert refused.value.facts["why"] == "HTTP 401 TIMESTAMP_OLD"
