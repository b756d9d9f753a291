"""特种作业人员证书查询: what is found, what it shows, and that everything else is one answer."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.portal.samples import CONFIG, NOW, ORIGIN, Register, Validation
from verify_portal.app import make_app
from verify_portal.personnel import PATH, QUESTIONS

NUMBER, NAME = "赣A042023000123", "王建国"


@dataclass(frozen=True)
class Worker:
    number: str = NUMBER
    holder: str = "王**"
    id_last4: str = "0014"
    category: str = "建筑起重信号司索工"
    employer: str = "江右示例建设集团有限公司"
    authority: str = "示例省住房和城乡建设厅"
    issued_on: date = date(2025, 1, 2)
    valid_until: date = date(2027, 1, 1)


class Clock:
    def __init__(self) -> None:
        self.now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(clock: Clock) -> TestClient:
    config = replace(
        CONFIG, personnel=lambda number, name, _day: Worker() if (number, name) == (NUMBER, NAME) else None
    )
    return TestClient(make_app(Register(), Validation(), config, now=clock), base_url=ORIGIN)


def ask(client: TestClient, number: str = NUMBER, name: str = NAME, lang: str = "") -> Any:
    return client.post(PATH + lang, data={"number": number, "name": name})


def test_who_is_in_normal_use_is_found_and_shown_masked(client: TestClient) -> None:
    page = ask(client).text
    assert "正常使用</h1>" in page.replace("\n", "")
    for shown in ("王**", "0014", "建筑起重信号司索工", "江右示例建设集团有限公司", "2027年1月1日"):
        assert shown in page
    assert "In normal use" in ask(client, lang="?lang=en").text


def test_what_is_not_shown_is_the_name_the_id_number_the_birth_date_the_mobile_and_the_portrait(
    client: TestClient,
) -> None:
    page = ask(client).text
    assert NAME not in page
    assert not re.search(r"\d{17}[\dXx]", page)
    for hidden in ("1990", "出生", "手机", "<img"):
        assert hidden not in page


def test_a_wrong_name_an_unknown_number_and_another_state_are_one_answer(client: TestClient) -> None:
    answers = [ask(client, *pair) for pair in ((NUMBER, "王建军"), ("赣A042023999999", NAME), ("x", "y"))]
    assert len({answer.text for answer in answers}) == 1
    assert {answer.status_code for answer in answers} == {200}
    assert "未查到正常使用的证书" in answers[0].text


def test_both_are_needed_and_nothing_is_listed(client: TestClient) -> None:
    assert ask(client, NUMBER, " ").status_code == 422
    assert ask(client, "", NAME).status_code == 422
    assert "王" not in client.get(PATH).text


def test_ten_questions_in_ten_minutes(client: TestClient, clock: Clock) -> None:
    assert [ask(client, NUMBER, "李四").status_code for _ in range(QUESTIONS)] == [200] * QUESTIONS
    assert ask(client).status_code == 429
    clock.now += timedelta(minutes=11)
    assert ask(client).status_code == 200


def test_a_name_is_in_no_address_and_no_log(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = ask(client, NUMBER, "王建军")
    assert answer.history == []
    ours = [record.getMessage() for record in caplog.records if record.name != "httpx"]
    assert not [line for line in ours if "王建军" in line]
    assert '<form class="card" action="/personnel' in client.get(PATH).text
    assert 'method="post"' in client.get(PATH).text
