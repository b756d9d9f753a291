"""The status lists are served as they were signed, cached no longer than their ttl; others find what they need to check."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from signing_service.attest.code_keys import publish
from signing_service.attest.status_list import address_of, read_list
from tests.portal.offline_samples import KEY, KEYS, lists_made
from tests.portal.samples import CONFIG, NOW, ORIGIN, Register, Validation, pdf
from verify_portal.app import make_app

PATH = "/.well-known/licence-status"


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    publish(tmp_path / "licence-keys.json", KEY)
    config = replace(CONFIG, licence_keys=tmp_path / "licence-keys.json", status_lists=lists_made())
    app = make_app(Register(), Validation(), config, now=lambda: NOW + timedelta(minutes=2))
    return TestClient(app, base_url=ORIGIN)


def test_the_lists_are_named_and_each_is_where_it_says(client: TestClient) -> None:
    [address] = client.get(PATH).json()["status_lists"]
    assert address == address_of(ORIGIN, 0)
    answer = client.get(address)
    assert answer.headers["content-type"] == "application/statuslist+cwt"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert read_list(answer.content, address, KEYS).made_at == NOW


def test_a_cache_keeps_a_list_for_what_is_left_of_its_ttl(client: TestClient) -> None:
    """Two of the five minutes are over."""
    assert client.get(f"{PATH}/0").headers["cache-control"] == "public, max-age=180"


def test_who_has_the_list_is_not_sent_it_again(client: TestClient) -> None:
    tag = client.get(f"{PATH}/0").headers["etag"]
    again = client.get(f"{PATH}/0", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(f"{PATH}/0", headers={"If-None-Match": '"another"'}).status_code == 200


@pytest.mark.parametrize("number", ["1", "99999999999999999999", "-1", "x"])
def test_a_list_that_is_not_there_is_a_plain_refusal(client: TestClient, number: str) -> None:
    assert client.get(f"{PATH}/{number}").status_code == 404


def test_without_a_store_no_list_is_named() -> None:
    client = TestClient(make_app(Register(), Validation(), CONFIG), base_url=ORIGIN)
    assert client.get(PATH).json() == {"status_lists": []}
    assert client.get(f"{PATH}/0").status_code == 404


def test_the_manifest_lets_a_phone_install_the_page_and_share_a_pdf_to_it(client: TestClient) -> None:
    manifest = client.get("/manifest.webmanifest").json()
    for icon in manifest["icons"]:
        assert client.get(icon["src"]).headers["content-type"] == icon["type"]
    assert client.get(manifest["start_url"]).status_code == 200
    target = manifest["share_target"]
    assert (target["method"], target["enctype"]) == ("POST", "multipart/form-data")
    [shared] = target["params"]["files"]
    files = {shared["name"]: ("licence.pdf", pdf("in_force"), "application/pdf")}
    answer = client.post(target["action"], files=files, headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    assert "Upload" not in answer.text
    assert "SHA-256" in answer.text


def test_the_service_worker_keeps_exactly_what_is_served(client: TestClient) -> None:
    source = client.get("/offline-worker.js").text
    shell = json.loads(source.splitlines()[1].removeprefix("const SHELL = ").removesuffix(";"))
    assert {client.get(address).status_code for address in shell} == {200}
    page = client.get("/offline?lang=zh").text
    linked = [part.split('"')[0] for part in page.split('="/static/')[1:]]
    assert [name for name in linked if name.partition("?")[0] not in "".join(shell)] == []


def test_the_offline_page_allows_its_own_scripts_and_nothing_inline(client: TestClient) -> None:
    policy = client.get("/offline").headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "manifest-src 'self'" in policy
    assert "unsafe" not in policy
