"""What ``signing-service demo`` leaves on disk, judged by programs that know nothing of us."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from asn1crypto import cms, tsp
from sqlalchemy import func, select

from signing_service.demo import people
from signing_service.domain.dates import add_years
from signing_service.pipeline.prove import read_qr_codes
from signing_service.settings import ROOT
from signing_service.storage import licences, tables
from signing_service.storage.database import Database, open_database
from tests.journeys.conftest import Demonstration
from tests.unit.trust.serving import answering

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("demonstration")]

FORM, NOTICE, LICENCE, TAMPERED = "申请表", "通知书", "电子证照", "被改动的副本"
BYTE_RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]")


@dataclass(frozen=True)
class Signature:
    """As it stands in the file: the bytes it covers, and its DER."""

    covered: bytes
    der: bytes

    @property
    def content_type(self) -> str:
        return str(cms.ContentInfo.load(self.der)["content"]["encap_content_info"]["content_type"].native)

    @property
    def info(self) -> cms.SignerInfo:
        return cms.ContentInfo.load(self.der)["content"]["signer_infos"][0]

    @property
    def token(self) -> cms.ContentInfo:
        [attribute] = [one for one in self.info["unsigned_attrs"] if one["type"].native == "signature_time_stamp_token"]
        [token] = attribute["values"]
        return token


def signatures(data: bytes) -> Iterator[Signature]:
    """Of the signatories; document time stamps are apart."""
    return (one for one in filled(data) if one.content_type == "data")


def document_time_stamps(data: bytes) -> Iterator[Signature]:
    return (one for one in filled(data) if one.content_type == "tst_info")


def filled(data: bytes) -> Iterator[Signature]:
    for match in BYTE_RANGE.finditer(data):
        begin, length, after, rest = (int(number) for number in match.groups())
        contents = bytes.fromhex(data[begin + length : after].strip(b"<>").decode())
        yield Signature(
            data[begin : begin + length] + data[after : after + rest],
            cms.ContentInfo.load(contents, strict=False).dump(),
        )


def told(*command: str | Path) -> subprocess.CompletedProcess[str]:
    program = str(command[0])
    if not shutil.which(program):
        pytest.skip(f"not run on this machine: {program} is not installed")
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)


def signing_service(demonstration: Demonstration, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SIGNING_")}
    return subprocess.run(
        [sys.executable, "-m", "signing_service", *map(str, arguments)],
        env={**environment, "PYTHONPATH": str(ROOT), "SIGNING_VAR": str(demonstration.settings.var)},
        cwd=demonstration.settings.var,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def files(demonstration: Demonstration) -> list[Path]:
    return [demonstration.folder / line.file for line in demonstration.genuine]


@pytest.fixture
def intermediates(demonstration: Demonstration, tmp_path: Path) -> Path:
    path = tmp_path / "intermediates.pem"
    path.write_bytes(
        b"".join(cert.read_bytes() for cert in sorted((demonstration.settings.pki / "intermediates").iterdir()))
    )
    return path


# ---- what is there


def test_a_renewal_a_change_of_employer_twenty_licences_of_a_list_and_one_tampered_copy(
    demonstration: Demonstration,
) -> None:
    renewed, changed = people.SIGNALLER_LICENCE, people.CONSTRUCTOR_LICENCE
    kinds = [line.kind for line in demonstration.made]
    assert kinds == [FORM, NOTICE, LICENCE, FORM, NOTICE, NOTICE, LICENCE, *[LICENCE] * len(people.CROWD), TAMPERED]
    assert [line.number for line in demonstration.made if line.kind == LICENCE][:2] == [renewed, changed]
    assert len({line.number for line in demonstration.genuine}) == len(demonstration.genuine)
    assert len({line.address for line in demonstration.genuine}) == len(demonstration.genuine)
    assert {line.verdict for line in demonstration.genuine} == {"TOTAL_PASSED"}


def test_the_list_names_every_file_by_a_path_below_itself(demonstration: Demonstration) -> None:
    listed = {line.file for line in demonstration.made}
    there = {str(path.relative_to(demonstration.folder)) for path in demonstration.folder.rglob("*.pdf")}
    assert listed == there
    raw = json.loads((demonstration.folder / "index.json").read_text(encoding="utf-8"))
    assert all(set(line) == {"kind", "number", "file", "verdict", "address"} for line in raw)


def test_the_renewed_licence_is_version_two_and_runs_two_years_longer(demonstration: Demonstration) -> None:
    database = open_database(demonstration.settings.database)
    with database.reading() as connection:
        before, after = licences.versions(connection, people.SIGNALLER_LICENCE)
    database.close()
    assert (before.version, after.version) == (1, 2)
    assert after.identifier.split(".")[-2] == "002"
    assert after.valid_until == add_years(before.valid_until, 2)


def test_a_document_carries_one_signature_of_each_signatory(demonstration: Demonstration) -> None:
    counted = [(line.kind, len(list(signatures(demonstration.read(line))))) for line in demonstration.genuine]
    assert Counter(counted) == {(FORM, 4): 1, (FORM, 5): 1, (NOTICE, 1): 3, (LICENCE, 2): 22}


def test_a_licence_and_no_other_document_is_closed_by_a_document_time_stamp(demonstration: Demonstration) -> None:
    counted = {(line.kind, len(list(document_time_stamps(demonstration.read(line))))) for line in demonstration.genuine}
    assert counted == {(FORM, 0), (NOTICE, 0), (LICENCE, 1)}


def test_exactly_the_tampered_copy_fails_and_differs_in_one_byte(demonstration: Demonstration) -> None:
    failed = [line for line in demonstration.made if line.verdict != "TOTAL_PASSED"]
    assert [(line.file, line.verdict) for line in failed] == [("tampered.pdf", "TOTAL_FAILED")]
    original = next(line for line in demonstration.genuine if line.number == failed[0].number)
    pairs = zip(demonstration.read(failed[0]), demonstration.read(original), strict=True)
    assert sum(one != other for one, other in pairs) == 1


# ---- what others say


def test_pdfsig_finds_every_signature_valid_and_every_cert_trusted(
    demonstration: Demonstration, files: list[Path], tmp_path: Path
) -> None:
    store = f"sql:{tmp_path}"
    assert told("certutil", "-N", "-d", store, "--empty-password").returncode == 0
    assert told("certutil", "-A", "-d", store, "-n", "r", "-t", "CT,C,C", "-i", demonstration.root).returncode == 0
    # as beside a running service: pdfsig asks the OCSP responders that the certs name
    with answering(demonstration.pki):
        for file in files:
            count = len(list(signatures(file.read_bytes())))
            said = told("pdfsig", "-nssdir", store, file).stdout
            assert said.count("Signature is Valid.") == said.count("Certificate is Trusted.") == count, said
            assert said.count("Signature Type: ETSI.CAdES.detached") == count, said
            assert "Total document signed" in said, said


def test_qpdf_finds_nothing_wrong(files: list[Path]) -> None:
    for file in files:
        checked = told("qpdf", "--check", file)
        assert checked.returncode == 0, checked.stdout + checked.stderr
        assert "WARNING" not in checked.stdout + checked.stderr


def test_openssl_verifies_every_signature_over_its_byte_range(
    demonstration: Demonstration, files: list[Path], intermediates: Path, tmp_path: Path
) -> None:
    for file in files:
        for signature in signatures(file.read_bytes()):
            (tmp_path / "der").write_bytes(signature.der)
            (tmp_path / "covered").write_bytes(signature.covered)
            answer = told(
                "openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", tmp_path / "der",
                "-content", tmp_path / "covered", "-CAfile", demonstration.root, "-certfile", intermediates,
                "-purpose", "any", "-out", "/dev/null",
            )  # fmt: skip
            assert answer.returncode == 0, f"{file.name}: {answer.stderr}"


def test_openssl_verifies_every_time_stamp_over_the_signature_value(
    demonstration: Demonstration, files: list[Path], intermediates: Path, tmp_path: Path
) -> None:
    for file in files:
        for signature in signatures(file.read_bytes()):
            (tmp_path / "token").write_bytes(signature.token.dump())
            (tmp_path / "value").write_bytes(signature.info["signature"].native)
            answer = told(
                "openssl", "ts", "-verify", "-in", tmp_path / "token", "-token_in", "-data", tmp_path / "value",
                "-CAfile", demonstration.root, "-untrusted", intermediates,
            )  # fmt: skip
            assert answer.returncode == 0, f"{file.name}: {answer.stderr}"


def test_openssl_verifies_every_document_time_stamp_over_its_byte_range(
    demonstration: Demonstration, files: list[Path], intermediates: Path, tmp_path: Path
) -> None:
    for file in files:
        for stamp in document_time_stamps(file.read_bytes()):
            (tmp_path / "token").write_bytes(stamp.der)
            (tmp_path / "covered").write_bytes(stamp.covered)
            answer = told(
                "openssl", "ts", "-verify", "-in", tmp_path / "token", "-token_in", "-data", tmp_path / "covered",
                "-CAfile", demonstration.root, "-untrusted", intermediates,
            )  # fmt: skip
            assert answer.returncode == 0, f"{file.name}: {answer.stderr}"


def test_the_times_of_a_document_are_in_the_order_of_its_signatures(files: list[Path]) -> None:
    for file in files:
        stated: list[tsp.TSTInfo] = [
            signature.token["content"]["encap_content_info"]["content"].parsed
            for signature in signatures(file.read_bytes())
        ]
        times = [one["gen_time"].native for one in stated]
        assert times == sorted(times)


# ---- what the pages show


def test_every_page_carries_the_address_of_its_document_on_the_public_origin(demonstration: Demonstration) -> None:
    host = urlsplit(demonstration.settings.public_origin).netloc
    for line in demonstration.genuine:
        code = line.address.rpartition("/")[2]
        for [found] in read_qr_codes(demonstration.read(line)):
            address, _, digits = found.partition("#")
            assert address == f"https://{host}/v/{code}", line.file
            assert bool(digits) == (line.kind == "电子证照"), line.file


def test_every_font_is_embedded(files: list[Path]) -> None:
    for file in files:
        rows = told("pdffonts", file).stdout.splitlines()[2:]
        assert rows
        assert {row.split()[-5] for row in rows} == {"yes"}, f"{file.name}\n" + "\n".join(rows)


def test_every_page_has_text(files: list[Path]) -> None:
    for file in files:
        *pages, rest = told("pdftotext", file, "-").stdout.split("\f")
        assert pages
        assert all(len(page.strip()) > 100 for page in pages), file.name
        assert not rest.strip()


def test_a_name_of_rare_characters_is_text_on_the_licence(files: list[Path]) -> None:
    text = {file.name: told("pdftotext", file, "-").stdout for file in files if file.parent.name == "licences"}
    for name in people.CROWD:
        assert sum(name in words for words in text.values()) == 1, name
    assert all(any(rare in words for words in text.values()) for rare in "𬭎㛃𠮷镕")


# ---- what our own command says


def test_verify_passes_every_genuine_file_with_this_machines_anchors_and_with_the_root_alone(
    demonstration: Demonstration, files: list[Path]
) -> None:
    for reason, trust in (("GENUINE_REGISTERED", ()), ("GENUINE", ("--trust", demonstration.root))):
        answer = signing_service(demonstration, "verify", "--json", *trust, *files)
        lines = [json.loads(line) for line in answer.stdout.splitlines()]
        assert answer.returncode == 0, answer.stderr
        assert [line["file"] for line in lines] == [str(file) for file in files]
        assert {(line["verdict"], line["reason"]) for line in lines} == {("TOTAL_PASSED", reason)}
        assert all(signature["time_proven"] for line in lines for signature in line["signatures"])
        assert all((line["licence"] is None) == bool(trust) for line in lines)


# ---- walked again


WITH_TIME = frozenset({"message", "delivery", "licence_view", "licence_view_change", "licence_check"})
"""Tables in which a service that runs writes what the day brings."""


def rows_of(database: Database) -> dict[str, int]:
    with database.reading() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in tables.metadata.sorted_tables
            if table.name not in WITH_TIME
        }


def test_walked_again_it_finds_what_it_has_made_and_writes_a_lost_file_as_it_was(
    demonstration: Demonstration, tmp_path: Path
) -> None:
    copy = demonstration.copied_to(tmp_path / "var")

    def contents() -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in sorted(copy.folder.rglob("*")) if path.is_file()}

    # the command also enters the small province, which the walk alone does not
    assert signing_service(copy, "demo").returncode == 0
    database = open_database(copy.settings.database)
    rows, before = rows_of(database), contents()
    (copy.folder / copy.genuine[-1].file).unlink()
    again = signing_service(copy, "demo")
    assert again.returncode == 0, again.stderr
    assert contents() == before
    assert rows_of(database) == rows
    database.close()
    assert all(line.address in again.stdout and line.number in again.stdout for line in copy.made)
