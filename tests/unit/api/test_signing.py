"""The signing room over HTTP: every route asks for the invitation, says nothing to strangers, and is framed by nobody."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from signing_service.assemble import make_service_app
from signing_service.storage.blobs import FileBlobs
from tests.factories import EMPLOYER, builder, open_renewal, signaller, submit
from tests.factories_outside import builders_key, room_of, take_out
from tests.unit.workflows.workbench import Workbench, prepare_office, workbench_in

HOST = "http://127.0.0.1:8000"


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    prepared = prepare_office(tmp_path_factory.mktemp("office"))
    with workbench_in(tmp_path_factory.mktemp("bench"), prepared) as made:
        take_out(made.service)
        yield made


@pytest.fixture(scope="module")
def number(bench: Workbench) -> str:
    number = open_renewal(bench.service)
    submit(bench.desk, number, signaller())
    bench.work(number)
    bench.desk.take_step(number, "confirm", builder())
    bench.work(number)
    return number


@pytest.fixture(scope="module")
def token(bench: Workbench, number: str) -> str:
    return room_of(bench.service).invite(number, EMPLOYER)


@pytest.fixture(scope="module")
def client(bench: Workbench) -> TestClient:
    app = make_service_app(bench.service.settings, bench.desk)
    return TestClient(app, base_url=HOST, raise_server_exceptions=False)


@pytest.fixture
def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Origin": HOST}


def current(client: TestClient, bearer: dict[str, str]) -> dict[str, Any]:
    answer = client.get("/api/signing/current", headers=bearer)
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json()
    return told


def asked(client: TestClient, bench: Workbench, bearer: dict[str, str], **changes: object) -> dict[str, object]:
    told = current(client, bearer)
    chain = [base64.b64encode(der).decode() for der in builders_key(bench.service).ders]
    return {"document": told["document"], "revision": told["revision"], "chain": chain, **changes}


def test_the_party_is_told_what_it_is_to_sign_and_nothing_of_anybody_else(
    client: TestClient, bearer: dict[str, str], number: str
) -> None:
    told = current(client, bearer)
    assert told["standing"] == "open"
    assert (told["number"], told["pages"], told["role"]) == (number, 2, "employer")
    assert told["seal"] == told["party"] == "江右示例建设集团有限公司"
    assert [one["role"] for one in told["signatories"]] == ["holder", "employer", "authority", "platform"]
    assert "王建国" not in str(told)
    assert "360102199003070014" not in str(told)


def test_every_route_asks_for_the_invitation(client: TestClient, bearer: dict[str, str]) -> None:
    told = current(client, bearer)
    document, revision = told["document"], told["revision"]
    for headers in (
        {},
        {"Authorization": "Bearer "},
        {"Authorization": f"Bearer {'0' * 64}"},
        {"Authorization": "Basic x"},
    ):
        answers = [
            client.get("/api/signing/current", headers=headers),
            client.get(f"/api/signing/{document}", headers=headers),
            client.get(f"/api/signing/{document}/{revision}/pages/1.png", headers=headers),
            client.post("/api/signing/prepare", json=asked_shape(), headers={**headers, "Origin": HOST}),
            client.post("/api/signing/complete", json=completed_shape(), headers={**headers, "Origin": HOST}),
        ]
        assert [answer.status_code for answer in answers] == [404] * 5
        assert {answer.json()["code"] for answer in answers} == {"INVITATION_UNKNOWN"}
        assert {answer.headers["content-type"] for answer in answers} == {"application/problem+json"}
    for path in ("/sign/nothing", f"/sign/{'0' * 64}", f"/sign/x/{revision}/1.png", f"/sign/x/{revision}/document.pdf"):
        assert client.get(path).status_code == 404


def asked_shape() -> dict[str, object]:
    return {"document": "x", "revision": "0" * 64, "chain": ["AAAA"]}


def completed_shape() -> dict[str, object]:
    return {"ticket": "x", "signature": "AAAA", "digest": "0" * 64}


@pytest.mark.parametrize(
    "origin", ["https://elsewhere.example", "null", "", "http://127.0.0.1:8001", "http://localhost:8000"]
)
def test_a_request_of_another_site_is_refused(
    client: TestClient, bench: Workbench, bearer: dict[str, str], origin: str
) -> None:
    body = asked(client, bench, bearer)
    headers = {**bearer, "Origin": origin}
    for path, sent in (("prepare", body), ("complete", completed_shape())):
        answer = client.post(f"/api/signing/{path}", json=sent, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "FOREIGN_ORIGIN")


def test_the_pages_are_those_of_the_revision_in_the_address_and_of_no_other(
    client: TestClient, bench: Workbench, bearer: dict[str, str], token: str, number: str
) -> None:
    told = current(client, bearer)
    row = bench.documents(number)[0]
    before, now = (revision.sha256 for revision in bench.revisions(row))
    assert told["revision"] == now
    for page, status in ((1, 200), (2, 200), (0, 404), (3, 404)):
        over_api = client.get(f"/api/signing/{told['document']}/{now}/pages/{page}.png", headers=bearer)
        in_page = client.get(f"/sign/{token}/{now}/{page}.png")
        assert over_api.status_code == in_page.status_code == status
        assert (over_api.content == in_page.content) or status == 404
    assert client.get(f"/sign/{token}/{now}/1.png").content.startswith(b"\x89PNG")
    for other in (before, "0" * 64):
        assert client.get(f"/sign/{token}/{other}/1.png").status_code == 409
        assert client.get(f"/api/signing/{told['document']}/{other}/pages/1.png", headers=bearer).status_code == 409
    assert client.get(f"/api/signing/other/{now}/pages/1.png", headers=bearer).status_code == 404


def test_what_is_prepared_names_the_document_the_seal_and_the_bytes(
    client: TestClient, bench: Workbench, bearer: dict[str, str], number: str
) -> None:
    answer = client.post("/api/signing/prepare", json=asked(client, bench, bearer), headers=bearer)
    assert answer.status_code == 200
    told = answer.json()
    assert (told["number"], told["pages"], told["seal"]) == (number, 2, "江右示例建设集团有限公司")
    assert told["digest"] in base64.b64decode(told["to_be_signed"]).hex()
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "changes",
    [
        {"chain": []},
        {"chain": ["AAAA"] * 9},
        {"chain": ["not base64!"]},
        {"chain": "AAAA"},
        {"revision": "../../etc/passwd"},
        {"document": "x" * 100},
        {"document": 7},
    ],
)
def test_what_is_malformed_is_refused_without_being_repeated(
    client: TestClient, bench: Workbench, bearer: dict[str, str], changes: dict[str, object]
) -> None:
    answer = client.post("/api/signing/prepare", json=asked(client, bench, bearer, **changes), headers=bearer)
    assert answer.status_code == 422
    assert answer.json()["code"] in ("REQUEST_MALFORMED", "BASE64_INVALID")
    assert "passwd" not in answer.text


def test_a_body_too_large_is_refused(client: TestClient, bearer: dict[str, str]) -> None:
    answer = client.post("/api/signing/prepare", content=b"[" * 1_000_000, headers=bearer)
    assert answer.status_code in (413, 422, 400)
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_page_runs_our_own_scripts_only_and_is_framed_by_nobody(client: TestClient, token: str) -> None:
    page = client.get(f"/sign/{token}")
    policy = page.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'none'" in policy
    assert "connect-src 'self' http://127.0.0.1:18732;" in policy
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in page.headers
    assert " style=" not in page.text
    assert "<script>" not in page.text


def test_no_field_of_the_page_could_be_sent_by_a_form(client: TestClient, token: str) -> None:
    """Without JavaScript nothing happens; a field without a name is never part of a request."""
    page = client.get(f"/sign/{token}").text
    inputs = [part.partition(">")[0] for part in page.split("<input")[1:]]
    assert len(inputs) == 2
    assert not [one for one in inputs if " name=" in one]
    assert " action=" not in page


def test_the_portal_still_answers_beside_the_room(client: TestClient) -> None:
    assert client.get("/").status_code == 200
    assert "127.0.0.1" not in client.get("/").headers["content-security-policy"]
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/api/signing/openapi.json").json()["info"]["title"].startswith("签署室")


def test_the_key_that_signs_tickets_is_published_and_stays_the_same(client: TestClient, bench: Workbench) -> None:
    told = client.get("/.well-known/signing-service-tickets.json").json()
    again = TestClient(make_service_app(bench.service.settings, bench.desk), base_url=HOST)
    assert told["algorithm"] == "Ed25519"
    assert len(base64.b64decode(told["public_key"])) == 32
    assert again.get("/.well-known/signing-service-tickets.json").json() == told
    assert Path(bench.service.settings.ticket_key).stat().st_mode & 0o077 == 0


def test_a_party_signs_over_http_as_a_machine_would(
    client: TestClient, bench: Workbench, bearer: dict[str, str], number: str
) -> None:
    prepared = client.post("/api/signing/prepare", json=asked(client, bench, bearer), headers=bearer).json()
    data = base64.b64decode(prepared["to_be_signed"])
    body = {
        "ticket": prepared["ticket"],
        "signature": base64.b64encode(builders_key(bench.service).sign(data)).decode(),
        "digest": hashlib.sha256(data).hexdigest(),
    }
    assert client.post("/api/signing/complete", json={**body, "digest": "0" * 64}, headers=bearer).status_code == 409
    answer = client.post("/api/signing/complete", json=body, headers=bearer)
    assert (answer.status_code, answer.json()["standing"]) == (202, "kept")
    assert client.post("/api/signing/complete", json=body, headers=bearer).json()["code"] == "TICKET_USED"
    assert current(client, bearer)["standing"] == "kept"
    bench.work(number)
    assert current(client, bearer)["standing"] == "signed"


def test_a_body_that_is_too_large_is_called_too_large(client: TestClient, bearer: dict[str, str]) -> None:
    answer = client.post("/api/signing/prepare", headers=bearer, content=b'{"chain": ["' + b"A" * 300_000 + b'"]}')
    assert (answer.status_code, answer.json()["code"]) == (413, "REQUEST_TOO_LARGE")
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_address_that_is_opened_wrongly_is_told_so(client: TestClient, bearer: dict[str, str]) -> None:
    answer = client.put("/api/signing/prepare", headers=bearer)
    assert (answer.status_code, answer.json()["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert answer.headers["allow"]


def test_what_breaks_inside_is_answered_in_both_languages(
    bench: Workbench, bearer: dict[str, str], tmp_path: Path
) -> None:
    """Here the store of files has gone; the page and the API say so in their own form, with their headers."""
    lost = dataclasses.replace(bench.desk, blobs=FileBlobs(tmp_path / "empty"))
    broken = TestClient(make_service_app(bench.service.settings, lost), base_url=HOST, raise_server_exceptions=False)
    answer = broken.get("/api/signing/current", headers=bearer)
    assert (answer.status_code, answer.json()["code"]) == (500, "INTERNAL_ERROR")
    assert "没有签署任何内容" in answer.json()["detail"]
    assert "nothing was signed" in answer.json()["detail_en"]
    assert answer.headers["x-frame-options"] == "DENY"
