"""A client of DSS, the European Commission's validation service, asks us instead: its request, and the names it reads."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from lxml import etree
from starlette.testclient import TestClient

from tests.portal.checked_files import House, house_in
from tests.schemas import validation_report_schema

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_in(tmp_path_factory.mktemp("dss") / "var") as house:
        yield house


@pytest.fixture
def client(house: House) -> TestClient:
    return house.client(None)


def request(data: bytes, **changes: Any) -> dict[str, Any]:
    """As DSS's own REST client writes it: every field, those not used null."""
    return {
        "signedDocument": {"bytes": base64.b64encode(data).decode(), "digestAlgorithm": None, "name": "notice.pdf"},
        "originalDocuments": None,
        "policy": None,
        "cryptographicSuite": None,
        "validationTime": None,
        "evidenceRecords": None,
        "tokenExtractionStrategy": "NONE",
        "signatureId": None,
        **changes,
    }


def asked(client: TestClient, data: bytes, **changes: Any) -> dict[str, Any]:
    answer = client.post("/validateSignature", json=request(data, **changes), headers={"Accept": "application/json"})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_answer_has_the_four_reports_of_dss(house: House, client: TestClient) -> None:
    reports = asked(client, house.archival)
    assert set(reports) == {"validationReportDataHandler", "DiagnosticData", "SimpleReport", "DetailedReport"}
    simple = reports["SimpleReport"]
    assert simple["DocumentName"] == "notice.pdf"
    signature = simple["signatureOrTimestampOrEvidenceRecord"][0]["Signature"]
    assert (signature["Indication"], signature["SignatureFormat"]) == ("TOTAL_PASSED", "PAdES-BASELINE-LTA")
    xml = etree.fromstring(base64.b64decode(reports["validationReportDataHandler"]))
    assert xml.tag == "{http://uri.etsi.org/19102/v1.2.1#}ValidationReport"


def test_the_xml_in_the_answer_is_valid(house: House, client: TestClient) -> None:
    schema = validation_report_schema()
    for data in (house.archival, house.tampered, house.unsigned):
        schema.assertValid(etree.fromstring(base64.b64decode(asked(client, data)["validationReportDataHandler"])))


def test_one_id_names_a_signature_in_all_reports(house: House, client: TestClient) -> None:
    reports = asked(client, house.archival)
    name = reports["SimpleReport"]["signatureOrTimestampOrEvidenceRecord"][0]["Signature"]["Id"]
    assert reports["DetailedReport"]["signatureOrTimestampOrEvidenceRecord"][0]["Signature"]["Id"] == name
    assert reports["DetailedReport"]["BasicBuildingBlocks"][0]["Id"] == name
    assert reports["DiagnosticData"]["Signature"][0]["Id"] == name
    xml = base64.b64decode(reports["validationReportDataHandler"]).decode()
    assert f'id="{name}"' in xml
    certs = {cert["Id"] for cert in reports["DiagnosticData"]["Certificate"]}
    assert {item["Certificate"] for item in reports["DiagnosticData"]["Signature"][0]["ChainItem"]} <= certs


def test_the_detailed_report_names_the_block_that_failed_and_no_outcome_it_does_not_know(
    house: House, client: TestClient
) -> None:
    good = asked(client, house.archival)["DetailedReport"]["BasicBuildingBlocks"][0]
    assert {good[block]["Conclusion"]["Indication"] for block in ("FC", "ISC", "XCV", "CV", "SAV")} == {"PASSED"}
    bad = asked(client, house.tampered)["DetailedReport"]["BasicBuildingBlocks"][0]
    assert bad["CV"]["Conclusion"] | {"Errors": []} == {
        "Indication": "FAILED",
        "SubIndication": "HASH_FAILURE",
        "Errors": [],
    }
    assert "XCV" not in bad
    assert "SAV" not in bad


def test_certs_come_along_only_when_they_are_asked_for(house: House, client: TestClient) -> None:
    for strategy, comes in (("NONE", False), ("EXTRACT_TIMESTAMPS_ONLY", False), ("EXTRACT_CERTIFICATES_ONLY", True)):
        data = asked(client, house.timed, tokenExtractionStrategy=strategy)["DiagnosticData"]
        assert all(("Base64Encoded" in cert) is comes for cert in data["Certificate"]), strategy
        assert all(("DigestAlgoAndValue" in cert) is not comes for cert in data["Certificate"]), strategy


@pytest.mark.parametrize("as_written", [lambda at: at.isoformat(), lambda at: int(at.timestamp() * 1000)])
def test_a_file_is_validated_as_of_the_time_asked_for(house: House, client: TestClient, as_written: Any) -> None:
    """Twenty-five years on nothing is left of a signature that was not renewed."""
    later = (datetime.now(UTC) + timedelta(days=9200)).replace(microsecond=0)
    report = asked(client, house.timed, validationTime=as_written(later))["SimpleReport"]
    assert report["ValidationTime"] == later.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert report["ValidSignaturesCount"] == 0


def test_one_signature_may_be_asked_about(house: House, client: TestClient) -> None:
    name = asked(client, house.timed)["SimpleReport"]["signatureOrTimestampOrEvidenceRecord"][0]["Signature"]["Id"]
    assert asked(client, house.timed, signatureId=name)["SimpleReport"]["SignaturesCount"] == 1
    refused = client.post("/validateSignature", json=request(house.timed, signatureId="S-0"))
    assert (refused.status_code, refused.json()["code"]) == (422, "DSS_SIGNATURE_UNKNOWN")


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"policy": {"bytes": "eA==", "name": "policy.xml"}}, 422, "DSS_UNSUPPORTED"),
        ({"originalDocuments": [{"bytes": "eA==", "name": "a"}]}, 422, "DSS_UNSUPPORTED"),
        ({"signedDocument": {"bytes": "eA==", "digestAlgorithm": "SHA256"}}, 422, "DSS_UNSUPPORTED"),
        ({"signedDocument": None}, 400, "DSS_REQUEST"),
        ({"signedDocument": {"bytes": "no base64!"}}, 400, "DSS_REQUEST"),
        ({"signedDocument": {"bytes": 7}}, 400, "DSS_REQUEST"),
        ({"signedDocument": {"bytes": "eA=="}}, 415, "FILE_TYPE"),
        ({"signedDocument": {"bytes": ""}}, 422, "FILE_MISSING"),
        ({"validationTime": "yesterday"}, 400, "DSS_REQUEST"),
        ({"validationTime": 10**30}, 400, "DSS_REQUEST"),
        ({"tokenExtractionStrategy": "ALL"}, 400, "DSS_REQUEST"),
    ],
)
def test_what_cannot_be_answered_is_refused_with_a_problem_document(
    client: TestClient, changes: dict[str, Any], status: int, code: str
) -> None:
    refused = client.post("/validateSignature", json=request(b"%PDF-1.7", **changes))
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert refused.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b'"' * 100])
def test_a_body_that_is_no_request_is_refused(client: TestClient, body: bytes) -> None:
    refused = client.post("/validateSignature", content=body, headers={"Content-Type": "application/json"})
    assert (refused.status_code, refused.json()["code"]) == (400, "DSS_REQUEST")


def test_a_request_is_no_larger_than_the_largest_file_in_base64(house: House, client: TestClient) -> None:
    most = house.service.settings.max_upload_mb * 1024 * 1024
    refused = client.post("/validateSignature", content=b" " * (most * 4 // 3 + 128 * 1024))
    assert (refused.status_code, refused.json()["code"]) == (413, "FILE_SIZE")
