"""A repeated look-up: given again only as long as it is true, and the register is asked each time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from starlette.testclient import TestClient

from signing_service.domain.register import RegisterStatus
from tests.portal.samples import CONFIG, DOCUMENTS, LICENCE, NOW, ORIGIN, Register, Validation, code_of
from verify_portal import look_up
from verify_portal.app import make_app
from verify_portal.pages import PAGE_STEP, Pages

PATHS = (f"/v/{code_of('in_force')}", f"/api/v/{code_of('in_force')}")


class Clock:
    def __init__(self) -> None:
        self.now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(register: Register, clock: Clock) -> TestClient:
    return TestClient(make_app(register, Validation(), CONFIG, now=clock), base_url=ORIGIN)


@contextmanager
def drawing_counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The pages that are drawn, and not given again."""
    drawn: list[str] = []
    show = Pages.show_licence

    def counted(self: Pages, request: object, *given: object, **named: object) -> object:
        drawn.append(str(given))
        return show(self, request, *given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Pages, "show_licence", counted)
    yield drawn


def words_of(page: str) -> str:
    return re.sub(r"<time[^>]*>[^<]*</time>", "", page)


@pytest.mark.parametrize("path", PATHS)
def test_a_look_up_that_is_repeated_is_answered_with_nothing_as_long_as_it_holds(client: TestClient, path: str) -> None:
    first = client.get(path)
    assert first.headers["cache-control"] == "private, no-cache"
    again = client.get(path, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["content-security-policy"] == first.headers["content-security-policy"]
    assert client.get(path, headers={"if-none-match": '"another", W/"one"'}).status_code == 200


@pytest.mark.parametrize("path", PATHS)
def test_a_licence_that_was_cancelled_a_moment_ago_is_shown_as_cancelled(
    client: TestClient, register: Register, path: str
) -> None:
    tag = client.get(path).headers["etag"]
    register.documents["in_force"] = replace(LICENCE, status=RegisterStatus.CANCELLED, status_since=NOW.date())
    after = client.get(path, headers={"if-none-match": tag})
    assert after.status_code == 200
    assert "已注销" in after.text
    assert after.headers["etag"] != tag


def test_a_licence_that_expires_overnight_is_not_given_again_from_yesterday(client: TestClient, clock: Clock) -> None:
    path = f"/v/{code_of('last_day')}"
    tag = client.get(path).headers["etag"]
    clock.now = NOW + timedelta(days=1)
    after = client.get(path, headers={"if-none-match": tag})
    assert after.status_code == 200
    assert "已过期失效" in after.text


def test_the_register_is_asked_each_time_and_the_page_is_drawn_once(
    client: TestClient, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    with drawing_counted(monkeypatch) as drawn:
        pages = [client.get(PATHS[0]).text for _ in range(3)]
    assert len(set(pages)) == 1
    assert len(drawn) == 1
    assert register.asked == [code_of("in_force")] * 3


def test_a_page_given_again_is_that_which_would_be_drawn_now(client: TestClient, clock: Clock) -> None:
    """For every document, unknown codes, both languages and a foreign host."""
    later = NOW + timedelta(hours=2, minutes=7, seconds=5)
    for name in (*DOCUMENTS, "nobody"):
        for query, host in (("", ""), ("?lang=en", ""), ("", "copy.example")):
            headers = {"host": host} if host else {}
            path = f"/v/{code_of(name)}{query}"
            clock.now = NOW
            client.get(path, headers=headers)
            clock.now = later
            given_again = client.get(path, headers=headers)
            fresh = TestClient(make_app(Register(), Validation(), CONFIG, now=lambda: later), base_url=ORIGIN)
            drawn = fresh.get(path, headers=headers)
            assert given_again.content == drawn.content, path
            assert given_again.headers == drawn.headers, path


def test_another_language_is_another_page_with_another_tag(client: TestClient) -> None:
    chinese = client.get(PATHS[0])
    for english in (client.get(PATHS[0] + "?lang=en"), client.get(PATHS[0], headers={"accept-language": "en"})):
        assert "Licence in force" in english.text
        assert english.headers["etag"] != chinese.headers["etag"]
    assert client.get(PATHS[0], headers={"host": "copy.example"}).headers["etag"] != chinese.headers["etag"]


def test_an_unknown_code_gets_the_headers_and_the_length_of_a_known_one(client: TestClient) -> None:
    for _ in range(2):
        known, unknown = client.get(PATHS[0]), client.get(f"/v/{'B' * 26}")
        assert (known.status_code, unknown.status_code) == (200, 404)
        assert known.headers.keys() == unknown.headers.keys()
        assert len(known.content) == len(unknown.content) == PAGE_STEP
        assert len(known.headers["etag"]) == len(unknown.headers["etag"])


def test_what_is_not_there_is_never_said_to_be_unchanged(client: TestClient) -> None:
    unknown = client.get(f"/v/{'B' * 26}")
    for tag in (unknown.headers["etag"], "*"):
        assert client.get(f"/v/{'B' * 26}", headers={"if-none-match": tag}).status_code == 404
    assert client.get(PATHS[0], headers={"if-none-match": "*"}).status_code == 304


def test_two_unknown_codes_share_a_page_but_not_its_link(client: TestClient) -> None:
    first, second = (client.get(f"/v/{letter * 26}").text for letter in "BC")
    assert "B" * 26 in first
    assert "B" * 26 not in second
    assert "C" * 26 in second


def test_a_seal_made_in_the_very_second_keeps_its_time(register: Register, clock: Clock) -> None:
    """Its time is written like that of the look-up, and only the latter may change."""
    sealed = replace(LICENCE.seals[0], at=NOW)
    register.documents["in_force"] = replace(LICENCE, seals=(sealed,))
    client = TestClient(make_app(register, Validation(), CONFIG, now=clock), base_url=ORIGIN)
    client.get(PATHS[0])
    clock.now = NOW + timedelta(hours=1)
    assert client.get(PATHS[0]).text.count(NOW.isoformat()) == 1


def test_no_more_pages_are_kept_than_fit(register: Register, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look_up, "MOST_KEPT", 2)
    client = TestClient(make_app(register, Validation(), CONFIG, now=clock), base_url=ORIGIN)
    with drawing_counted(monkeypatch) as drawn:
        for name in ("in_force", "cancelled", "expired", "in_force", "in_force"):
            assert client.get(f"/v/{code_of(name)}").status_code == 200
    assert len(drawn) == 4


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_page_on_which_something_was_sealed_in_the_second_of_the_look_up_is_kept_too(
    client: TestClient, clock: Clock, lang: str
) -> None:
    """The seal's time and the look-up's are then told in the same words; only the look-up's goes on."""
    path = f"{PATHS[0]}?lang={lang}"
    stamps = re.findall(r'<p class="when"><time datetime="([^"]+)"', client.get(path).text)
    assert stamps
    clock.now = datetime.fromisoformat(stamps[-1])
    same = client.get(path)
    assert same.headers["cache-control"] == "private, no-cache"
    assert same.text.count(f'<time datetime="{stamps[-1]}"') == stamps.count(stamps[-1]) + 1
    clock.now += timedelta(minutes=5)
    later = client.get(path)
    assert later.text.count(f'<time datetime="{stamps[-1]}"') == stamps.count(stamps[-1])
    assert words_of(later.text) == words_of(same.text)
