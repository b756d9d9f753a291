"""The way to WeChat and back over its real protocol, at a provider of this machine; and on plain http the plain cookies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from starlette.testclient import TestClient

from signing_service.domain.codes import IdNo, PersonName
from signing_service.domain.parties import Person
from signing_service.storage import parties
from signing_service.storage.database import Database
from signing_service.web.platform.entrance import make_entrance
from tests.outside import Outside, outside_in
from tests.platform.conftest import ZHANG, House, house_over, person

HERE = "http://127.0.0.1:8000"


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Outside]:
    with outside_in(tmp_path) as running:
        yield running


@pytest.fixture
def house(sqlite_database: Database, outside: Outside) -> House:
    house = house_over(sqlite_database)
    house.enter(person())
    with sqlite_database.transaction() as connection:
        parties.put(connection, Person(IdNo(ZHANG), PersonName("张伟")))
    return replace(house, accounts=replace(house.accounts, wechat=outside.gateways.wechat))


@pytest.fixture
def client(house: House) -> Iterator[TestClient]:
    with TestClient(make_entrance(house.accounts, ""), base_url=HERE, follow_redirects=False) as opened:
        yield opened


def agreed(outside: Outside, address: str) -> str:
    """What a person does at WeChat: opens the page and agrees; where the browser is sent then."""
    assert outside.accesses.wechat is not None
    somebody, there = next(iter(outside.stand_ins.wechat.users.values())), urlsplit(address)
    link = f"{outside.accesses.wechat.address}{there.path}/{somebody.openid}?{there.query}"
    answer = httpx2.get(link, trust_env=False)
    return str(answer.headers["location"])


def sent(client: TestClient, path: str, page: str, **fields: str) -> httpx2.Response:
    csrf = re.search(r'name="csrf" value="([0-9a-f]{64})"', page)
    handle = re.search(r'name="handle" value="([^"]+)"', page)
    assert csrf is not None
    assert handle is not None
    answer: httpx2.Response = client.post(path, data={"csrf": csrf.group(1), "handle": handle.group(1), **fields})
    return answer


def test_who_agrees_at_wechat_is_bound_and_known_the_next_time(
    house: House, outside: Outside, client: TestClient
) -> None:
    client.get("/platform/log-in")
    back = agreed(outside, client.get("/platform/wechat").headers["location"])
    assert back.startswith(f"{HERE}/platform/wechat/return?")
    page = client.get(back).text
    page = sent(client, "/platform/wechat/person", page, name="张伟", id_no=ZHANG).text
    bound = sent(client, "/platform/wechat/bind", page, code=house.letters.code)
    assert bound.headers["location"] == "/platform/"
    cookie = bound.headers["set-cookie"]
    assert cookie.startswith("session=")
    assert "Secure" not in cookie
    with house.accounts.database.reading() as connection:
        known = parties.load(connection, ZHANG).facts["wechat_openid"]
    assert known in {one.openid for one in outside.stand_ins.wechat.users.values()}
    client.cookies.clear()
    client.get("/platform/log-in")
    again = client.get(agreed(outside, client.get("/platform/wechat").headers["location"]))
    assert again.headers["location"] == "/platform/"


def test_an_address_of_the_way_back_is_good_once(house: House, outside: Outside, client: TestClient) -> None:
    client.get("/platform/log-in")
    back = agreed(outside, client.get("/platform/wechat").headers["location"])
    assert client.get(back).status_code == 200
    assert "WECHAT_REFUSED" in client.get(back).text


def test_a_code_that_somebody_made_up_is_refused(house: House, outside: Outside, client: TestClient) -> None:
    client.get("/platform/log-in")
    state = parse_qs(urlsplit(client.get("/platform/wechat").headers["location"]).query)["state"][0]
    answer = client.get(f"/platform/wechat/return?state={state}&code=made-up")
    assert "WECHAT_CODE_SPENT" in answer.text
