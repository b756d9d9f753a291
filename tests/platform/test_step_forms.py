"""The small form of a step: its files are kept through every error, and nobody names a file that they did not bring."""

from __future__ import annotations

import base64
import html
import json
import re

import pytest

from signing_service.demo import people
from tests.platform.office import ACCEPTOR, FORMER, HOLDER, PDF, STRANGER, Office, upload

FORCED = {
    "licence_no": people.CONSTRUCTOR_LICENCE,
    "employer_uscc": str(people.FORMER_BUILDER.uscc),
    "mobile": "13970000028",
    "reason": "01",
    "statement": "劳动合同已解除，企业不配合办理注销。",
    "left_on": "2026-11-10",
}


@pytest.fixture
def number(office: Office) -> str:
    """A forced cancellation that waits for the enterprise."""
    constructor = office.of(STRANGER)
    started = constructor.begin("c2.force_cancel_person", people.CONSTRUCTOR_LICENCE)
    evidence = upload(constructor, started, "evidence").json()["sha256"]
    form = {**FORCED, "evidence": evidence, "_next": "1"}
    answer = constructor.post(f"/platform/dossiers/{started}/form", form, follow=False)
    assert answer.status_code == 303, answer.text
    office.settle(started)
    assert constructor.sign(started, "submit").status_code == 303
    office.settle(started)
    return started


def receipts_in(page: str) -> list[str]:
    return [html.unescape(text) for text in re.findall(r'name="_receipt" value="([^"]+)"', page)]


def test_a_file_is_kept_when_the_rest_was_refused_and_comes_to_the_officer(office: Office, number: str) -> None:
    enterprise = office.of(FORMER)
    address = f"/platform/dossiers/{number}/steps/object"
    files = [("given.objection_proof.upload", ("考勤.pdf", PDF, "application/pdf"))]
    refused = enterprise.post(address, {"reason": "仍在本单位工作，不同意。"}, files=files)
    assert refused.status_code == 422, refused.text
    assert 'id="f-given-objection-error"' in refused.text
    assert "考勤.pdf" in refused.text
    (told,) = receipts_in(refused.text)
    sha256 = json.loads(told)["sha256"]
    data = {
        "reason": "仍在本单位工作，不同意。",
        "given.objection": "仍在本单位工作，有考勤记录。",
        "given.objection_proof": sha256,
        "_receipt": told,
    }
    assert enterprise.post(address, data, files=[("none", ("", b""))]).status_code == 200
    office.settle(number)
    page = office.of(ACCEPTOR[0]).get(f"/platform/dossiers/{number}").text
    assert "仍在本单位工作，有考勤记录。" in page
    assert "考勤.pdf" in page
    assert office.of(ACCEPTOR[0]).get(f"/platform/dossiers/{number}/files/{sha256}").content == PDF


def test_a_receipt_that_was_written_by_hand_or_is_anothers_names_no_file(office: Office, number: str) -> None:
    foreign = {
        "name": "别人的.pdf",
        "sha256": office.service.desk.blobs.put(b"%PDF-1.4 private"),
        "pages": 1,
        "size": 16,
    }
    enterprise = office.of(FORMER)
    data = {
        "reason": "仍在本单位工作，不同意。",
        "given.objection": "仍在本单位工作。",
        "given.objection_proof": foreign["sha256"],
        "_receipt": json.dumps({**foreign, "mark": "0" * 32}),
    }
    address = f"/platform/dossiers/{number}/steps/object"
    assert enterprise.post(address, data, files=[("none", ("", b""))]).status_code == 200
    assert "别人的.pdf" not in office.of(ACCEPTOR[0]).get(f"/platform/dossiers/{number}").text


def test_a_program_sends_only_files_that_its_account_uploaded(office: Office) -> None:
    holder = office.of(HOLDER)
    number = holder.begin("so.renew", people.SIGNALLER_LICENCE)
    mine = holder.api("POST", "/api/platform/attachments", {"name": "体检.pdf", "content": _base64(PDF)}).json()
    draft = f"/api/platform/dossiers/{number}/draft"
    for forged in ({**mine, "mark": "0" * 32}, {**mine, "name": "另名.pdf"}):
        refused = holder.api("PUT", draft, {"form": {"attachments": [forged]}})
        assert (refused.status_code, refused.json()["code"]) == (422, "FILE_NOT_YOURS")
    assert holder.api("PUT", draft, {"form": {"attachments": [mine]}}).json()["errors"] == []
    kept = holder.api("GET", f"/api/platform/dossiers/{number}").json()["draft"]["attachments"]
    assert "mark" not in kept[0]


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
