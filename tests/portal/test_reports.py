"""Reports of a check: no report says more of a file than validation found, and the sealed one is sealed by the rules."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import uvicorn
from lxml import etree
from starlette.testclient import TestClient

from signing_service.commands.report_service import report_service
from signing_service.domain.documents import DocumentKind, SignatoryRole
from signing_service.domain.errors import Problem
from signing_service.domain.key_policy import Counts, KeyPolicy, KeyState, KeyUse, refusal
from signing_service.domain.keys import KeyRef
from signing_service.domain.validation_statement import LONGEST_STATEMENT, ValidationStatement
from signing_service.domain.verdicts import Sentence, Verdict
from signing_service.storage import key_policies, seal_ledger
from signing_service.storage.seal_ledger import Outcome
from signing_service.workflows.validation_reports import REPORTS_ONLY
from tests.portal.checked_files import PDF, House, house_in
from tests.portal.samples import PASSED
from tests.schemas import validation_report_schema
from verify_portal.answers import combine
from verify_portal.app import FileAnswer
from verify_portal.reports.checked import told_of
from verify_portal.reports.handles import KEPT_FOR, MOST_KEPT, MOST_OF_ONE_CLIENT, Handles
from verify_portal.reports.remote import RemoteSealer
from verify_portal.reports.statement import statement_of

pytestmark = pytest.mark.slow
NOW = datetime(2026, 11, 22, 2, 30, tzinfo=UTC)
PORTAL = KeyRef("soft", "portal")
VR = {"vr": "http://uri.etsi.org/19102/v1.2.1#", "ds": "http://www.w3.org/2000/09/xmldsig#"}
FILES = ("archival", "timed", "tampered", "with_a_tail", "unsigned")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_in(tmp_path_factory.mktemp("reports") / "var") as house:
        yield house


@pytest.fixture
def client(house: House) -> TestClient:
    """A portal that has not counted anybody's questions yet, with the service beside it."""
    return house.client(house.sealer())


def simple(client: TestClient, data: bytes) -> dict[str, Any]:
    answer = client.post("/api/reports/simple", content=data, headers=PDF)
    assert answer.status_code == 200
    return answer.json()["SimpleReport"]


# ---- for machines


def test_the_simple_report_tells_by_the_names_of_dss_who_signed_when_and_until_when_it_can_be_proven(
    house: House, client: TestClient
) -> None:
    report = simple(client, house.archival)
    assert (report["ValidSignaturesCount"], report["SignaturesCount"]) == (1, 1)
    (token,) = report["signatureOrTimestampOrEvidenceRecord"]
    signature = token["Signature"]
    assert signature["Indication"] == "TOTAL_PASSED"
    assert "SubIndication" not in signature
    assert signature["SignatureFormat"] == "PAdES-BASELINE-LTA"
    assert signature["SignedBy"] == "示例省住房和城乡建设厅"
    assert [scope["scope"] for scope in signature["SignatureScope"]] == ["PARTIAL"]
    chain = signature["CertificateChain"]["Certificate"]
    assert [cert["trusted"] for cert in chain] == [False, False, True]
    stamps = signature["Timestamps"]["Timestamp"]
    assert [stamp["Indication"] for stamp in stamps] == ["PASSED", "PASSED"]
    assert signature["BestSignatureTime"] in {stamp["ProductionTime"] for stamp in stamps}
    # eight years for the time-stamping authority's cert, one day for the revocation data
    assert signature["ExtensionPeriodMin"] < signature["ExtensionPeriodMax"]
    assert int(signature["ExtensionPeriodMax"][:4]) > datetime.now(UTC).year + 5


def test_a_signature_without_what_follows_it_covers_the_whole_file(house: House, client: TestClient) -> None:
    (token,) = simple(client, house.timed)["signatureOrTimestampOrEvidenceRecord"]
    assert token["Signature"]["SignatureFormat"] == "PAdES-BASELINE-T"
    assert [scope["scope"] for scope in token["Signature"]["SignatureScope"]] == ["FULL"]


@pytest.mark.parametrize("which", ["tampered", "with_a_tail"])
def test_a_file_that_fails_has_no_signature_that_passes(house: House, client: TestClient, which: str) -> None:
    """Whoever reads signature by signature is told of what hangs behind the end, too."""
    report = simple(client, getattr(house, which))
    assert report["ValidSignaturesCount"] == 0
    (token,) = report["signatureOrTimestampOrEvidenceRecord"]
    assert token["Signature"]["Indication"] == "TOTAL_FAILED"
    assert token["Signature"]["SubIndication"] in ("HASH_FAILURE", "FORMAT_FAILURE")
    assert token["Signature"]["AdESValidationDetails"]["Error"]
    assert "ExtensionPeriodMax" not in token["Signature"]


@pytest.mark.parametrize(
    ("changes", "indication", "sub_indication"),
    [
        ({}, Verdict.TOTAL_PASSED, ""),
        ({"verdict": Verdict.TOTAL_FAILED, "reason": "BYTES_AFTER_END"}, Verdict.TOTAL_FAILED, "FORMAT_FAILURE"),
        (
            {"verdict": Verdict.INDETERMINATE, "reason": "NOT_IN_REGISTER"},
            Verdict.INDETERMINATE,
            "SIG_CONSTRAINTS_FAILURE",
        ),
    ],
)
def test_what_is_wrong_with_the_file_is_wrong_with_each_of_its_signatures(
    changes: dict[str, Any], indication: Verdict, sub_indication: str
) -> None:
    told = told_of(replace(PASSED, **changes))
    assert {(one.indication, one.sub_indication) for one in told} == {(indication, sub_indication)}
    assert len(told) == 2


def test_a_change_after_a_signature_fails_it_and_not_the_one_behind() -> None:
    first, second, stamp = PASSED.signatures
    report = replace(
        PASSED, verdict=Verdict.TOTAL_FAILED, signatures=(replace(first, changed_after=True), second, stamp)
    )
    assert [one.indication for one in told_of(report)] == [Verdict.TOTAL_FAILED, Verdict.TOTAL_PASSED]


def test_a_sub_indication_of_a_librarys_own_is_told_to_nobody() -> None:
    strange = replace(PASSED.signatures[0], indication=Verdict.INDETERMINATE, sub_indication="GENERIC")
    report = replace(PASSED, verdict=Verdict.INDETERMINATE, signatures=(strange,))
    assert [one.sub_indication for one in told_of(report)] == [""]


@pytest.mark.parametrize("which", FILES)
def test_the_xml_is_valid_against_the_schema_of_ts_119_102_2(house: House, client: TestClient, which: str) -> None:
    schema = validation_report_schema()
    answer = client.post("/api/reports/etsi", content=getattr(house, which), headers=PDF)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/xml"
    schema.assertValid(etree.fromstring(answer.content))
    assert b"subindication:OK" not in answer.content


def test_the_xml_names_signature_time_certs_and_stamps(house: House, client: TestClient) -> None:
    root = etree.fromstring(client.post("/api/reports/etsi", content=house.archival, headers=PDF).content)

    def texts(path: str) -> list[str]:
        return [str(text) for text in root.xpath(path, namespaces=VR)]

    report = "/vr:ValidationReport/vr:SignatureValidationReport"
    assert texts(f"{report}/vr:SignatureValidationStatus/vr:MainIndication/text()") == [
        "urn:etsi:019102:mainindication:total-passed"
    ]
    assert texts(f"{report}/vr:SignatureValidationStatus/vr:SubIndication/text()") == []
    assert texts(f"{report}/vr:SignatureIdentifier//ds:DigestMethod/@Algorithm") == [
        "http://www.w3.org/2001/04/xmlenc#sha256"
    ]
    assert len(texts(f"{report}/vr:SignersDocument//ds:DigestValue/text()")) == 1
    proof = texts(f"{report}/vr:ValidationTimeInfo/vr:BestSignatureTime/vr:POEObject/@VOReference")
    objects = texts("//vr:ValidationObject/@id")
    assert set(proof) <= set(objects)
    kinds = [kind.rpartition(":")[2] for kind in texts("//vr:ValidationObject/vr:ObjectType/text()")]
    assert kinds.count("timestamp") == 2
    assert kinds.count("certificate") == 4
    assert "OCSPResponse" in kinds
    assert set(texts("//@VOReference")) <= set(objects)


def test_a_tampered_file_is_failed_by_its_hash_in_the_xml(house: House, client: TestClient) -> None:
    answer = client.post("/api/reports/etsi", content=house.tampered, headers=PDF).text
    assert "urn:etsi:019102:mainindication:total-failed" in answer
    assert "urn:etsi:019102:subindication:HASH_FAILURE" in answer


def test_a_name_that_xml_cannot_hold_harms_no_report() -> None:
    from verify_portal.reports.etsi import etsi_report

    strange = replace(PASSED.signatures[0], signer="\x00<![CDATA[\ud800 ]]>\x1f")
    report = replace(PASSED, signatures=(strange,), sha256="0" * 64)
    checked = FileAnswer(combine(report, None, on=NOW.date()), report, None, NOW)
    etree.fromstring(etsi_report(checked))


# ---- sealed


def test_the_sealed_report_validates_and_names_the_file(house: House, client: TestClient) -> None:
    answer = client.post("/api/reports/pdf", content=house.archival, headers=PDF)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith('attachment; filename="validation-report-')
    found = client.post("/api/verify", content=answer.content, headers=PDF).json()
    assert found["verdict"] == "TOTAL_PASSED"
    (signature,) = found["signatures"]
    assert (signature["level"], signature["time_proven"]) == ("B-LT", True)
    text = text_of(answer.content)
    digits = simple_hash(house.archival)
    assert digits in re.sub(r"\s", "", text)
    assert "怎样查验" in text


@pytest.mark.skipif(not shutil.which("pdfsig"), reason="not run on this machine: there is no pdfsig")
def test_poppler_finds_the_seal_of_the_report_valid(house: House, client: TestClient, tmp_path: Path) -> None:
    file = tmp_path / "report.pdf"
    file.write_bytes(client.post("/api/reports/pdf", content=house.timed, headers=PDF).content)
    told = subprocess.run(["pdfsig", "-nocert", str(file)], capture_output=True, text=True, check=False, timeout=60)
    assert "Signature Validation: Signature is Valid." in told.stdout


def test_each_sealed_report_is_in_the_ledger_before_and_after(house: House, client: TestClient) -> None:
    client.post("/api/reports/pdf", content=house.tampered, headers=PDF)
    with house.service.desk.database.reading() as connection:
        intended, done = list(seal_ledger.lines(connection, str(PORTAL)))[-2:]
        assert seal_ledger.verify(connection) == []
    assert (intended.entry.outcome, done.entry.outcome) == (Outcome.INTENDED, Outcome.DONE)
    assert intended.entry.use_id == done.entry.use_id
    assert simple_hash(house.tampered) in done.entry.reason
    assert done.entry.number.startswith("CY")
    assert done.entry.result_sha256


def test_without_a_policy_of_its_own_the_portals_key_seals_reports_and_nothing_else() -> None:
    def may(template: str, kind: DocumentKind, role: SignatoryRole) -> bool:
        return refusal(REPORTS_ONLY, KeyUse(PORTAL, kind, template, role), NOW, Counts()) is None

    assert may("notices/validation_report/2026-01", DocumentKind.NOTICE, SignatoryRole.PLATFORM)
    assert not may("notices/acceptance_notice/2026-01", DocumentKind.NOTICE, SignatoryRole.PLATFORM)
    assert not may("licences/special_operation/2026-01", DocumentKind.LICENCE, SignatoryRole.PLATFORM)
    assert not may("notices/validation_report/2026-01", DocumentKind.NOTICE, SignatoryRole.AUTHORITY)


@pytest.mark.parametrize(
    "policy", [KeyPolicy(state=KeyState.SUSPENDED), KeyPolicy(release=frozenset({"notice"}))], ids=["state", "release"]
)
def test_a_key_whose_policy_refuses_seals_nothing_and_a_stranger_is_not_told_which(
    house: House, client: TestClient, policy: KeyPolicy
) -> None:
    with policy_of_the_portal(house, policy):
        answer = client.post("/api/reports/pdf", content=house.timed, headers=PDF)
        assert (answer.status_code, answer.json()["code"]) == (503, "REPORT_SEALER_AWAY")
        assert "soft:" not in answer.text
        assert client.post("/api/reports/simple", content=house.timed, headers=PDF).status_code == 200
    with house.service.desk.database.reading() as connection:
        last = list(seal_ledger.lines(connection, str(PORTAL)))[-1]
    assert last.entry.outcome is Outcome.REFUSED


@contextmanager
def policy_of_the_portal(house: House, policy: KeyPolicy) -> Iterator[None]:
    for one in (policy, REPORTS_ONLY):
        with house.service.desk.database.transaction() as connection:
            key_policies.put(connection, PORTAL, one, "test", NOW)
        if one is policy:
            yield


def test_where_nobody_seals_the_portal_says_so_and_gives_the_other_reports(house: House) -> None:
    client = house.client(None)
    answer = client.post("/api/reports/pdf", content=house.timed, headers=PDF)
    assert (answer.status_code, answer.json()["code"]) == (503, "REPORT_SEALER_AWAY")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["retry-after"]
    assert simple(client, house.timed)["ValidSignaturesCount"] == 1
    assert "report.pdf" not in uploaded(client, house.timed)


def test_one_client_may_have_so_many_reports_sealed_a_minute(house: House) -> None:
    class Counting:
        sealed = 0

        def seal_report(self, statement: ValidationStatement) -> bytes:
            self.sealed += 1
            return b"%PDF-1.7"

    counting = Counting()
    client = house.client(counting)
    codes = [client.post("/api/reports/pdf", content=house.unsigned, headers=PDF).status_code for _ in range(8)]
    if codes[-1] == 200:  # the minute turned over in between
        codes += [client.post("/api/reports/pdf", content=house.unsigned, headers=PDF).status_code for _ in range(8)]
    assert 429 in codes
    assert counting.sealed == codes.count(200)


def test_a_name_our_fonts_do_not_have_is_drawn_as_a_box(house: House) -> None:
    strange = replace(PASSED.signatures[0], signer="𓀀𓀁 名字\n第二行")
    report = replace(PASSED, signatures=(strange,), sha256="ab" * 32, sentence=Sentence("说明" * 400, "Said " * 400))
    checked = FileAnswer(combine(report, None, on=NOW.date()), report, None, NOW)
    text = text_of(house.sealer().seal_report(statement_of(checked)))
    assert "□□" in text
    assert "第二行" in text.replace("\n", "")


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return "\n".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


def simple_hash(data: bytes) -> str:
    from signing_service.domain.documents import sha256_of

    return str(sha256_of(data))


# ---- the page


def uploaded(client: TestClient, data: bytes, lang: str = "zh") -> str:
    return client.post(f"/verify?lang={lang}", files={"file": ("a.pdf", data, "application/pdf")}).text


def handle_in(page: str) -> str:
    found = re.search(r"/reports/([A-Za-z0-9_-]{32})/simple\.json", page)
    assert found
    return found[1]


def test_the_page_of_an_upload_offers_its_reports_for_ten_minutes(house: House, client: TestClient) -> None:
    page = uploaded(client, house.timed)
    handle = handle_in(page)
    assert "10 分钟" in page
    assert client.get(f"/reports/{handle}/simple.json").json()["FileSHA256"] == simple_hash(house.timed)
    assert b"ValidationReport" in client.get(f"/reports/{handle}/etsi.xml").content
    first, again = (client.post(f"/reports/{handle}/report.pdf") for _ in range(2))
    assert first.content.startswith(b"%PDF-")
    assert again.content == first.content


def test_a_handle_is_of_no_use_to_anybody_else(house: House) -> None:
    sealer = house.sealer()
    app = house.portal(sealer)
    origin = house.service.settings.public_origin
    mine, theirs = (TestClient(app, base_url=origin, client=(address, 1)) for address in ("192.0.2.1", "192.0.2.2"))
    handle = handle_in(uploaded(mine, house.timed))
    refused = theirs.get(f"/reports/{handle}/simple.json")
    assert refused.status_code == 410
    assert simple_hash(house.timed) not in refused.text
    assert mine.get(f"/reports/{handle}/simple.json").status_code == 200


@pytest.mark.parametrize("path", ["x/simple.json", f"{'a' * 32}/other.json", f"{'a' * 32}/report.pdf"])
def test_what_is_no_address_of_a_report_is_not_found(client: TestClient, path: str) -> None:
    assert client.get(f"/reports/{path}").status_code == 404


def test_a_finding_is_forgotten_after_its_time_and_the_oldest_first_when_there_are_too_many() -> None:
    report = replace(PASSED, sha256="0" * 64)
    checked = FileAnswer(combine(report, None, on=NOW.date()), report, None, NOW)
    clock = [NOW]
    handles = Handles(lambda: clock[0])
    first = handles.keep("a", checked)
    assert handles.find("a", first) is checked
    for _ in range(MOST_OF_ONE_CLIENT):
        handles.keep("a", checked)
    gone(lambda: handles.find("a", first))
    second = handles.keep("b", checked)
    for number in range(MOST_KEPT):
        handles.keep(f"c{number}", checked)
    gone(lambda: handles.find("b", second))
    last = handles.keep("d", checked)
    clock[0] += KEPT_FOR - timedelta(seconds=1)
    assert handles.find("d", last) is checked
    clock[0] += timedelta(seconds=1)
    gone(lambda: handles.find("d", last))


def gone(find: Callable[[], object]) -> None:
    with pytest.raises(Problem) as refused:
        find()
    assert (refused.value.code, refused.value.status) == ("REPORT_GONE", 410)


# ---- the service on another machine


@contextmanager
def listening(house: House, token: str, tmp_path: Path) -> Iterator[str]:
    file = tmp_path / "token"
    file.write_text(token + "\n", encoding="utf-8")
    settings = house.service.settings.model_copy(update={"report_token_file": file})
    with report_service(settings) as app, socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(20)


TOKEN = "a-token-nobody-guesses"


def test_a_portal_on_another_machine_has_its_reports_sealed_over_http(house: House, tmp_path: Path) -> None:
    with listening(house, TOKEN, tmp_path) as address:
        client = house.client(RemoteSealer(address, tmp_path / "token", 60))
        answer = client.post("/api/reports/pdf", content=house.timed, headers=PDF)
        assert answer.status_code == 200
        assert client.post("/api/verify", content=answer.content, headers=PDF).json()["verdict"] == "TOTAL_PASSED"
        (tmp_path / "other").write_text("another-token-of-twenty", encoding="utf-8")
        stranger = house.client(RemoteSealer(address, tmp_path / "other", 60))
        assert stranger.post("/api/reports/pdf", content=house.timed, headers=PDF).status_code == 503
    away = client.post("/api/reports/pdf", content=house.timed, headers=PDF)
    assert (away.status_code, away.json()["code"]) == (503, "REPORT_SEALER_AWAY")


def test_a_report_service_takes_statements_of_its_shape_from_its_client_and_nothing_else(
    house: House, tmp_path: Path
) -> None:
    report = replace(PASSED, sha256="0" * 64)
    good = statement_of(FileAnswer(combine(report, None, on=NOW.date()), report, None, NOW)).to_json()
    (tmp_path / "token").write_text(TOKEN, encoding="utf-8")
    settings = house.service.settings.model_copy(update={"report_token_file": tmp_path / "token"})
    with report_service(settings) as app:
        client = TestClient(app)
        bearer = {"Authorization": f"Bearer {TOKEN}"}
        assert client.post("/reports", json=good).status_code == 401
        for wrong in (
            [],
            {},
            {**good, "issuer": "somebody else"},
            {**good, "file_sha256": "0"},
            {**good, "checked_at": "2026-11-22T10:00:00"},
            {**good, "sentence": "x" * 1000},
            {**good, "seals": [{"who": "x"}]},
            {**good, "hashes": [{"what": "x", "value": "y"}] * 500},
        ):
            assert client.post("/reports", json=wrong, headers=bearer).status_code == 422, wrong
        assert client.post("/reports", content=b" " * (LONGEST_STATEMENT + 1), headers=bearer).status_code == 413
        assert client.post("/reports", json=good, headers=bearer).content.startswith(b"%PDF-")


def test_a_report_service_does_not_start_without_a_good_token(house: House, tmp_path: Path) -> None:
    settings = house.service.settings.model_copy(update={"report_token_file": tmp_path / "token"})
    for text, code in ((None, "REPORT_TOKEN_MISSING"), ("short", "REPORT_TOKEN_WEAK")):
        if text:
            (tmp_path / "token").write_text(text, encoding="utf-8")
        with pytest.raises(Problem) as refused, report_service(settings):
            pass
        assert refused.value.code == code
