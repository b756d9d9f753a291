"""随机抽查: what is published of a draw before and after it is held, and what is not shown."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

import pytest
from starlette.testclient import TestClient

from signing_service.domain.draw import Candidate, Quota, faults_of, list_hash, record_of
from signing_service.storage.draws import DrawRow
from tests.portal.samples import CONFIG, NOW, ORIGIN, Register, Validation
from verify_portal.app import make_app
from verify_portal.draws import PATH

SECRET = hashlib.sha256(b"a secret").digest()
CANDIDATES = tuple(Candidate(f"XFBA20261129{number:06d}", "general") for number in range(1, 22))
QUOTAS = {"general": Quota(5), "key": Quota(20, Decimal("0.40"))}
HELD = DrawRow(
    number="CQJL20261129000001",
    authority="11360000999000013K",
    secret_hash=hashlib.sha256(SECRET).hexdigest(),
    promised_at=NOW - timedelta(days=1),
    committed_at=NOW - timedelta(minutes=20),
    candidates=CANDIDATES,
    list_hash=list_hash(one.number for one in CANDIDATES).hex(),
    quotas=QUOTAS,
    drawn_at=NOW - timedelta(minutes=5),
    record={**record_of(CANDIDATES, SECRET, QUOTAS), "secret_hash": hashlib.sha256(SECRET).hexdigest()},
    authority_name="示例省住房和城乡建设厅",
    code="ABCDEFGHJKMNPQRSTVWXYZ2345",
)
CLOSED = replace(HELD, number="CQJL20261129000002", drawn_at=None, record=None, code=None)
PROMISED = replace(CLOSED, number="CQJL20261129000003", committed_at=None, candidates=(), list_hash=None, quotas={})


@dataclass(frozen=True)
class Three:
    def newest(self, _most: int) -> list[DrawRow]:
        return [PROMISED, CLOSED, HELD]

    def find(self, number: str) -> DrawRow | None:
        return next((one for one in self.newest(3) if one.number == number), None)


@pytest.fixture
def client() -> TestClient:
    app = make_app(Register(), Validation(), replace(CONFIG, draws=Three()), now=lambda: NOW)
    return TestClient(app, base_url=ORIGIN)


def test_every_draw_is_listed_with_what_binds_it(client: TestClient) -> None:
    page = client.get(PATH).text
    for shown in (HELD.number, CLOSED.number, PROMISED.number, HELD.secret_hash, str(HELD.list_hash)):
        assert shown in page
    assert "候选 21 件，抽中 1 件" in page
    assert f"/v/{HELD.code}" in page
    english = client.get(PATH, params={"lang": "en"}).text
    assert "21 candidates, 1 drawn" in english
    assert "候选 21 件" not in english


def test_the_record_is_downloaded_and_computed_again(client: TestClient) -> None:
    answer = client.get(f"{PATH}/{HELD.number}.json")
    assert answer.headers["content-disposition"].endswith(f'"{HELD.number}.json"')
    assert faults_of(answer.json()) == []


def test_before_it_is_held_the_list_is_told_and_neither_secret_nor_result(client: TestClient) -> None:
    closed = client.get(f"{PATH}/{CLOSED.number}.json")
    assert closed.json()["list_hash"] == CLOSED.list_hash
    assert len(closed.json()["candidates"]) == 21
    assert SECRET.hex() not in closed.text.replace(" ", "")
    promised = client.get(f"{PATH}/{PROMISED.number}.json").json()
    assert set(promised) == {"record_no", "authority_name", "secret_hash", "promised_at"}


def test_what_is_not_shown_is_the_project_or_who_filed_it(client: TestClient) -> None:
    page, told = client.get(PATH).text, client.get(f"{PATH}/{HELD.number}.json").text
    for hidden in ("project_no", "developer", "project_name", HELD.authority):
        assert hidden not in told
        assert hidden not in page


@pytest.mark.parametrize("number", ["CQJL20261129000009", "x" * 400])
def test_an_unknown_draw_is_said_to_be_unknown(client: TestClient, number: str) -> None:
    answer = client.get(f"{PATH}/{number}.json")
    assert answer.status_code == 404
    assert "没有这次抽取" in answer.text


def test_without_any_draw_the_page_says_so() -> None:
    app = make_app(Register(), Validation(), CONFIG, now=lambda: NOW)
    assert "还没有抽取记录" in TestClient(app, base_url=ORIGIN).get(PATH).text
