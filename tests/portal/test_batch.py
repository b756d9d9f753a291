"""Many files at once: one page with an answer for each, at the same pace as one after the other."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from signing_service.domain.errors import Problem
from signing_service.domain.verdicts import Report
from tests.portal.samples import CONFIG, NOW, ORIGIN, REPORTS, Register, Validation, pdf
from verify_portal.app import PortalConfig, make_app
from verify_portal.pace import Allowance, Tries
from verify_portal.uploads import BATCH_MEGABYTES, MEGABYTE, MOST_FILES


def send(client: TestClient, *files: tuple[str, bytes], **options: Any) -> Any:
    parts = [("file", (name, data, "application/pdf")) for name, data in files]
    return client.post("/batch", files=parts, **options)


def portal(config: PortalConfig = CONFIG, now: Any = lambda: NOW, verifier: Any = None) -> TestClient:
    return TestClient(
        make_app(Register(), verifier or Validation(), config, now=now), base_url=ORIGIN, raise_server_exceptions=False
    )


def test_every_file_of_a_form_is_answered_on_one_page_in_their_order(client: TestClient) -> None:
    names = ["in_force", "cancelled", "stranger", *REPORTS]
    page = send(client, *((f"{name}.pdf", pdf(name)) for name in names))
    assert page.status_code == 200
    assert [page.text.index(f">{name}.pdf<") for name in names] == sorted(
        page.text.index(f">{name}.pdf<") for name in names
    )
    assert "真实有效" in page.text
    assert "文件真实，但证照已于" in page.text
    assert "CHANGED_AFTER_SEALING" in page.text


def test_fifty_files_are_taken_and_fifty_one_are_not(client: TestClient) -> None:
    fifty = [(f"{number}.pdf", pdf(str(number))) for number in range(MOST_FILES)]
    page = send(client, *fifty)
    assert page.text.count("NOT_ISSUED_HERE") == MOST_FILES
    refused = send(client, *fifty, ("x.pdf", pdf("x")))
    assert refused.status_code == 413
    assert "一次最多查验 50 份文件" in refused.text


def test_what_is_refused_of_one_file_is_said_of_that_file_alone() -> None:
    def verifier(data: bytes) -> Report:
        if data.endswith(b"slow"):
            raise Problem("VALIDATION_TIMEOUT", "未能在限定时间内验完。", "Took too long.", status=422)
        return Validation()(data)

    page = send(
        portal(verifier=verifier),
        ("a.pdf", pdf("in_force")),
        ("b.txt", b"hello"),
        ("c.pdf", b"%PDF-" + b"x" * (CONFIG.max_upload_mb * MEGABYTE)),
        ("d.pdf", pdf("slow")),
        ("e.pdf", pdf("cancelled")),
    )
    assert page.status_code == 200
    for code in ("LICENCE_IN_FORCE", "FILE_TYPE", "FILE_SIZE", "VALIDATION_TIMEOUT", "LICENCE_CANCELLED"):
        assert f">{code}<" in page.text


def test_files_that_are_too_large_together_are_refused_before_they_are_read(client: TestClient) -> None:
    refused = client.post(
        "/batch",
        content=b"x",
        headers={
            "content-type": "multipart/form-data; boundary=x",
            "content-length": str((BATCH_MEGABYTES + 1) * MEGABYTE),
        },
    )
    assert refused.status_code == 413
    assert f"文件合计超过 {BATCH_MEGABYTES} MB" in refused.text


def test_no_file_and_no_form_are_told_as_such(client: TestClient) -> None:
    assert client.post("/batch", files={"other": ("a.pdf", pdf("in_force"))}).status_code == 422
    assert client.post("/batch", data={"file": "x"}).status_code == 400
    assert "还没有选择文件" in client.post("/batch", files={"file": ("", b"")}).text


def test_a_batch_counts_by_its_files_and_what_is_too_much_is_owed() -> None:
    at = [NOW.replace(second=0)]
    client = portal(replace(CONFIG, uploads_per_minute=2), now=lambda: at[0])
    files = [(f"{number}.pdf", pdf("in_force")) for number in range(5)]
    assert send(client, *files).status_code == 200
    for _ in range(2):
        assert send(client, files[0]).status_code == 429
        assert client.post("/verify", files={"file": files[0]}).status_code == 429
        at[0] += timedelta(minutes=1)
    assert client.post("/verify", files={"file": files[0]}).status_code == 200


def test_who_owes_is_told_how_long(client: TestClient) -> None:
    allowance = Allowance(2, lambda: NOW.replace(second=20))
    allowance.spend("a", 5)
    with pytest.raises(Problem) as refused:
        allowance.require("a")
    assert refused.value.facts["retry_after"] == 40 + 60
    allowance.require("b")


def test_an_allowance_that_was_not_exceeded_is_new_every_minute() -> None:
    at = [NOW]
    allowance = Allowance(2, lambda: at[0])
    allowance.spend("a", 2)
    at[0] = NOW + timedelta(minutes=1)
    allowance.require("a")


def test_tries_are_forgotten_one_by_one() -> None:
    at = [NOW]

    def now() -> datetime:
        return at[0]

    tries = Tries(now, most=2, seconds=10)
    assert tries.count("a") == 1
    at[0] += timedelta(seconds=6)
    assert tries.count("a") == 0
    with pytest.raises(Problem) as refused:
        tries.count("a")
    assert refused.value.facts["retry_after"] == 5
    at[0] += timedelta(seconds=4)
    assert tries.count("a") == 0


def test_names_of_files_are_text(client: TestClient) -> None:
    page = send(client, ("<img src=x>.pdf", pdf("in_force")), ("=cmd.pdf", pdf("foreign"))).text
    assert "<img" not in page
    assert "&lt;img src=x&gt;.pdf" in page


def test_limits_are_told_before_anything_is_sent(client: TestClient) -> None:
    page = client.get("/batch").text
    for told in (f"最多 {MOST_FILES} 份", f"不超过 {CONFIG.max_upload_mb} MB", f"{CONFIG.uploads_per_minute} 份"):
        assert told in page


def _without_handles(page: str) -> str:
    return re.sub(r"/reports/[^/]+/", "/reports/", page)


def test_what_a_phone_shares_is_answered_as_if_it_had_been_uploaded(client: TestClient) -> None:
    file = {"file": ("licence.pdf", pdf("cancelled"), "application/pdf")}
    shared = client.post("/share", files=file, data={"title": "licence", "text": ""})
    uploaded = client.post("/verify", files=file)
    # of one page and another the links to their reports alone differ
    assert _without_handles(shared.text) == _without_handles(uploaded.text)
    assert "文件真实，但证照已于" in shared.text
