"""What may go wrong on the way to a system outside, and that it is told in one sentence without secrets."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from signing_service.domain.errors import Problem
from signing_service.gateways.over_http import LONGEST_ANSWER, HttpLine
from signing_service.gateways.problems import SMS
from tests.key_services import listening

asked: list[str] = []


@contextmanager
def answering(answer: Callable[[], Response]) -> Iterator[HttpLine]:
    def answered(request: Request) -> Response:
        asked.append(request.url.path)
        return answer()

    asked.clear()
    with listening(Starlette(routes=[Route("/{path:path}", answered, methods=["GET", "POST"])])) as address:
        yield HttpLine(SMS, f"{address}/", 5.0)


def away(line: HttpLine) -> Problem:
    with pytest.raises(Problem) as refused:
        line.ask("GET", "/asked", query="secret=s3cret")
    assert (refused.value.code, refused.value.status) == ("GATEWAY_AWAY", 503)
    assert "s3cret" not in str(refused.value.to_document())
    return refused.value


def test_a_json_object_is_believed_whatever_its_status_below_500() -> None:
    with answering(lambda: JSONResponse({"Code": "isv.X", "n": 1, "none": None}, 400)) as line:
        answer = line.ask("GET", "/asked")
    assert (answer.status, answer.text("Code"), answer.text("n"), answer.text("none")) == (400, "isv.X", "1", "")


def test_a_redirect_is_not_followed() -> None:
    with answering(lambda: RedirectResponse("/elsewhere")) as line:
        assert away(line).facts["why"] == "HTTP 307"
    assert asked == ["/asked"]


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_system_in_trouble_is_away(status: int) -> None:
    with answering(lambda: JSONResponse({}, status)) as line:
        assert away(line).facts["why"] == f"HTTP {status}"


@pytest.mark.parametrize("body", ["<html>", "[1]", "", "null"])
def test_what_is_no_json_object_is_no_answer(body: str) -> None:
    with answering(lambda: PlainTextResponse(body)) as line:
        away(line)


def test_an_answer_without_end_is_cut_off() -> None:
    with answering(lambda: PlainTextResponse('"' + "x" * LONGEST_ANSWER + '"')) as line:
        assert "more than" in away(line).facts["why"]


def test_nobody_there_and_nobody_answering_are_both_away() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        assert away(HttpLine(SMS, f"http://127.0.0.1:{port}", 0.2)).facts["why"] == "no answer within 0.2 s"
    assert "cannot be reached" in away(HttpLine(SMS, f"http://127.0.0.1:{port}", 5.0)).facts["why"]
