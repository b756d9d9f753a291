"""The 核对 box: whoever holds the paper may ask whether a person is its holder, and learns yes or no and nothing else."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.portal.samples import CONFIG, HOLDER, LICENCE, NOW, ORIGIN, Register, Validation, check_code_of, code_of
from verify_portal.app import make_app
from verify_portal.pages import PAGE_STEP

NAME, LAST6 = HOLDER
WRONG = [("王小红", LAST6), (NAME, "070015"), ("", ""), ("王小红", "000000")]


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def compare(client: TestClient, name: str, last6: str, document: str = "in_force") -> Any:
    return client.post(f"/v/{code_of(document)}", data={"name": name, "last6": last6})


def test_the_right_person_agrees_and_any_other_does_not(client: TestClient) -> None:
    assert "一致</strong>" in compare(client, NAME, LAST6).text
    for name, last6 in WRONG:
        page = compare(client, name, last6)
        assert page.status_code == 200
        assert "不一致</strong>" in page.text
        assert "compared agrees" not in page.text


def test_name_and_number_are_understood_as_they_are_typed(client: TestClient) -> None:
    assert "compared agrees" in compare(client, f" {NAME[0]} {NAME[1:]} ", "０７００１４").text


def test_the_box_stands_on_the_page_of_a_person_and_nowhere_else(client: TestClient) -> None:
    assert 'id="holder"' in client.get(f"/v/{code_of('in_force')}").text
    assert 'id="holder"' in client.get(f"/v/{code_of('cancelled')}").text
    assert 'id="holder"' not in client.get(f"/v/{code_of('no_end')}").text
    assert 'id="holder"' not in client.get("/v/UNKNOWN").text


def test_what_is_typed_is_in_no_page_no_address_and_no_log(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        for name, last6 in ((NAME, LAST6), *WRONG[:2]):
            answer = compare(client, name, last6)
            assert name not in answer.text
            assert last6 not in answer.text
            assert answer.history == []
            assert name not in str(answer.url)
    ours = [record.getMessage() for record in caplog.records if record.name != "httpx"]
    assert not [line for line in ours if NAME in line or LAST6 in line]
    page = client.get(f"/v/{code_of('in_force')}").text
    assert re.search(r'<form method="post">', page), "without a method, what is typed would be in the address"


def test_a_yes_and_a_no_have_one_length(client: TestClient) -> None:
    lengths = {len(compare(client, *typed).content) for typed in ((NAME, LAST6), *WRONG[:1])}
    assert lengths == {PAGE_STEP}


def test_five_tries_in_ten_minutes_whatever_they_are_made_on(register: Register) -> None:
    clock = Clock()
    client = TestClient(make_app(register, Validation(), CONFIG, now=clock), base_url=ORIGIN)
    for document in ("in_force", "cancelled", "expired", "in_force", "form_complete"):
        assert compare(client, "王小红", "000000", document).status_code == 200
        clock.now += timedelta(seconds=60)
    refused = compare(client, NAME, LAST6)
    assert refused.status_code == 429
    assert "一致" not in refused.text
    assert len(register.compared) == 5, "a sixth is not even compared"
    clock.now += timedelta(seconds=300)
    assert compare(client, NAME, LAST6).status_code == 200, "the first was ten minutes ago"
    assert compare(client, NAME, LAST6).status_code == 429


def test_a_try_counts_although_the_register_fails() -> None:
    class Away(Register):
        def holder_matches(self, code: str, name: str, last6: str) -> bool:
            raise OSError("the database is away")

    client = TestClient(
        make_app(Away(), Validation(), CONFIG, now=lambda: NOW), base_url=ORIGIN, raise_server_exceptions=False
    )
    assert [compare(client, NAME, LAST6).status_code for _ in range(6)] == [500] * 5 + [429]


def test_tries_on_a_code_nobody_knows_count_too_and_find_nothing(client: TestClient) -> None:
    tried = [client.post("/v/UNKNOWN", data={"name": NAME, "last6": LAST6}).status_code for _ in range(6)]
    assert tried == [404] * 5 + [429]


def test_addresses_of_one_ipv6_network_are_one_client(register: Register) -> None:
    app = make_app(register, Validation(), CONFIG, now=lambda: NOW)
    clients = [TestClient(app, base_url=ORIGIN, client=(f"2001:db8:1:2::{last:x}", 50000)) for last in range(1, 7)]
    assert [compare(one, NAME, LAST6).status_code for one in clients] == [200] * 5 + [429]
    neighbour = TestClient(app, base_url=ORIGIN, client=("2001:db8:1:3::1", 50000))
    assert compare(neighbour, NAME, LAST6).status_code == 200


def test_the_box_works_on_what_was_found_by_number_too(client: TestClient) -> None:
    asked = {"number": LICENCE.number, "check_code": check_code_of("in_force")}
    page = client.post("/lookup", data=asked).text
    for name, value in asked.items():
        assert f'<input type="hidden" name="{name}" value="{value}">' in page
    assert "compared agrees" in client.post("/lookup", data={**asked, "name": NAME, "last6": LAST6}).text
    assert "compared differs" in client.post("/lookup", data={**asked, "name": NAME, "last6": "000000"}).text


def test_a_form_that_is_none_is_refused(client: TestClient) -> None:
    address = f"/v/{code_of('in_force')}"
    assert client.post(address, content=b"x", headers={"content-type": "text/plain"}).status_code == 400
    assert client.post(address, data={"name": "x" * 5000, "last6": LAST6}).status_code == 400
    assert client.post(address, data={str(number): "x" for number in range(20)}).status_code == 400


def test_a_holder_in_the_sample_register_is_never_shown(client: TestClient) -> None:
    shown = replace(LICENCE)
    assert NAME not in client.get(f"/v/{code_of('in_force')}").text
    assert shown.holder == "王**"
