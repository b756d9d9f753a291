"""Every way of the platforms' own pages is walked: by nobody, by a stranger, and by another site."""

from __future__ import annotations

import pytest
from starlette.responses import Response

from signing_service.web.platform.app import page_ways
from signing_service.web.platform.gate import Asked, Way, Who
from signing_service.web.platform.house import House
from tests.platform.office import HOLDER, STRANGER, Caller, Office, prepared_renewal

WAYS = page_ways(House(desk=None, renderer=None, fonts=None, templates=None))  # type: ignore[arg-type]
OF_A_DOSSIER = tuple(way for way in WAYS if "/dossiers/{number}" in way.path)
NAMES = {
    "book": "tender",
    "step": "submit",
    "kind": "design",
    "upload": "x",
    "sheet": "x",
    "file": "pdf",
    "opinion": "x",
    "page:int": "1",
    "revision": "0" * 64,
    "revision:int": "0",
    "document": "x",
    "sha256": "0" * 64,
}


def address(way: Way, number: str) -> str:
    path = way.path.replace("{number}", number)
    for name, value in NAMES.items():
        path = path.replace("{" + name + "}", value)
    assert "{" not in path
    return path


def ask(caller: Caller, way: Way, number: str, **headers: str) -> Response:
    """As a program of that account would, or a page's script."""
    told = {"Accept": "application/json", **headers}
    if way.path.startswith("/api/"):
        return caller.http.request(way.method, address(way, number), json={}, headers=told, follow_redirects=False)  # type: ignore[return-value]
    data = None if way.method == "GET" else {"csrf": caller.csrf, "role": "holder"}
    return caller.http.request(way.method, address(way, number), data=data, headers=told, follow_redirects=False)  # type: ignore[return-value]


@pytest.fixture
def number(office: Office) -> str:
    return prepared_renewal(office)


def test_no_way_is_open_to_anybody() -> None:
    assert [way.path for way in WAYS if way.who in (Who.ANYBODY, Who.SESSION)] == []
    assert len({(way.method, way.path) for way in WAYS}) == len(WAYS)


def test_whoever_is_not_logged_in_is_led_to_the_log_in_and_sees_nothing(office: Office, number: str) -> None:
    nobody = Caller(office, None)
    for way in WAYS:
        answer = ask(nobody, way, number)
        if way.path.startswith("/api/"):
            assert answer.status_code in (401, 403), way
        elif way.method == "GET":
            assert answer.headers["location"].startswith("/platform/log-in"), way
        else:
            assert answer.status_code in (303, 403), way
        assert number not in answer.text or answer.status_code == 303  # type: ignore[attr-defined]


def test_a_strangers_dossier_does_not_exist_whatever_is_asked_of_it(office: Office, number: str) -> None:
    stranger = office.of(STRANGER)
    for way in OF_A_DOSSIER:
        there = ask(stranger, way, number, **stranger.token)
        nowhere = ask(stranger, way, "SORN20200101000001", **stranger.token)
        if way.who is Who.STAFF:
            assert there.status_code == 403
            continue
        assert there.status_code == 404, (way, there.text)  # type: ignore[attr-defined]
        assert there.text.replace(number, "") == nowhere.text.replace("SORN20200101000001", ""), way  # type: ignore[attr-defined]


def test_what_changes_something_is_refused_without_the_token_of_the_session(office: Office, number: str) -> None:
    holder = office.of(HOLDER)
    for way in WAYS:
        if way.method == "GET":
            continue
        told = {"Accept": "application/json"}
        sent = {"json": {}} if way.path.startswith("/api/") else {"data": {"role": "holder"}}
        answer = holder.http.request(way.method, address(way, number), headers=told, **sent)  # type: ignore[arg-type]
        assert answer.status_code == 403, way
        assert answer.json()["code"] == "CSRF_REFUSED"


def test_an_address_that_is_none_and_a_method_that_is_not_taken_are_told_in_words(office: Office) -> None:
    holder = office.of(HOLDER)
    assert "PAGE_UNKNOWN" in holder.get("/platform/nothing").text
    assert holder.http.delete("/platform/dossiers").status_code == 405


def test_every_answer_has_the_headers_of_the_house(office: Office) -> None:
    holder = office.of(HOLDER)
    for path in ("/platform/", "/platform/nothing", "/api/platform/todos", "/platform/static/platform.css"):
        headers = holder.get(path).headers
        assert "trusted-types 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
    assert holder.get("/platform/").headers["cache-control"] == "no-store"


def test_a_handler_that_breaks_says_so_and_tells_nothing_else(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: object, asked: Asked) -> Response:
        msg = "a secret of the inside"
        raise RuntimeError(msg)

    monkeypatch.setattr("signing_service.workflows.shelf.Shelf.todos", broken)
    answer = office.of(HOLDER).get("/platform/")
    assert answer.status_code == 500
    assert "INTERNAL_ERROR" in answer.text
    assert "secret" not in answer.text
