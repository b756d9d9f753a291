"""A cert is revoked: the shell, the portal and every later sealing say so; what was proven older stays passed."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from starlette.testclient import TestClient

from signing_service import verification
from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyRef
from signing_service.domain.verdicts import Verdict
from signing_service.embedded import Service
from signing_service.keystores import open_key_stores
from signing_service.settings import ROOT, Environment, Settings
from signing_service.storage import documents, seal_ledger
from signing_service.trust.opening import open_revocation, open_services
from signing_service.trust.revoke import revoke
from tests.factories import EMPLOYER, HOLDER, builder, open_renewal, signaller, submit
from verify_portal.assemble import make_portal

HOLDER_KEY, EMPLOYER_KEY = "person-wang-jianguo", "enterprise-9136010099900011xn"


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def form(service: Service, tmp_path: Path) -> Path:
    """A form that its holder has signed, with a time stamp."""
    number = open_renewal(service)
    submit(service.desk, number, signaller())
    service.settle(number)
    with service.desk.database.reading() as connection:
        [document] = documents.of_dossier(connection, number)
        last = documents.revisions(connection, document.document_id)[-1]
    path = tmp_path / "form.pdf"
    path.write_bytes(service.desk.blobs.get(last.sha256))
    return path


def told(service: Service, form: Path) -> tuple[Verdict, str]:
    (answer,) = verification.verify_files(service.settings, [form], (), None)
    return answer.report.verdict, answer.report.signatures[0].reason


def test_what_was_signed_after_the_revocation_is_revoked_for_the_shell_and_the_portal(
    service: Service, form: Path
) -> None:
    portal = TestClient(make_portal(service.settings, service.desk.database), base_url="http://127.0.0.1")

    def asked() -> tuple[str, str]:
        answer = portal.post("/api/verify", content=form.read_bytes(), headers={"Content-Type": "application/pdf"})
        assert answer.status_code == 200, answer.text
        return answer.json()["verdict"], answer.json()["signatures"][0]["reason"]

    assert told(service, form)[0] is Verdict.TOTAL_PASSED
    assert asked()[0] == "TOTAL_PASSED"
    services = open_services(service.settings, now)
    revoke(services, HOLDER_KEY, x509.ReasonFlags.key_compromise, now(), now() - timedelta(minutes=30))
    verdict, reason = told(service, form)
    assert verdict is not Verdict.TOTAL_PASSED
    assert reason == "SIGNER_REVOKED"
    assert asked()[0] != "TOTAL_PASSED"
    assert asked()[1] == "SIGNER_REVOKED"


def test_what_a_time_stamp_shows_to_be_older_than_the_revocation_stays_passed(service: Service, form: Path) -> None:
    services = open_services(service.settings, now)
    after_the_stamp = now() + timedelta(seconds=2)
    revoke(services, HOLDER_KEY, x509.ReasonFlags.key_compromise, after_the_stamp, after_the_stamp)
    assert told(service, form)[0] is Verdict.TOTAL_PASSED


def test_nothing_is_evidenced_for_a_revoked_cert_any_more(service: Service) -> None:
    inquiry = open_revocation(service.settings, now)
    held = open_key_stores(service.settings).signing_cert(KeyRef("soft", "authority"))
    assert inquiry.evidence((held.cert, *held.chain), now()).ocsps
    done = pki_command(service.settings, "revoke", "authority", "--reason", "keyCompromise")
    assert done.returncode == 0, done.stderr
    with pytest.raises(Problem, match="CERT_REVOKED"):
        inquiry.evidence((held.cert, *held.chain), now())
    assert "revoked" in pki_command(service.settings, "list").stdout
    assert pki_command(service.settings, "renew", "authority").returncode == 0
    renewed = open_key_stores(service.settings).signing_cert(KeyRef("soft", "authority"))
    assert renewed.cert != held.cert
    assert inquiry.evidence((renewed.cert, *renewed.chain), now()).ocsps
    crls = pki_command(service.settings, "crl", "--new")
    assert crls.returncode == 0
    assert crls.stdout.count(".crl") == 4


def test_a_revoked_cert_seals_nothing_any_more_and_the_ledger_says_why(service: Service) -> None:
    number = open_renewal(service)
    submit(service.desk, number, signaller())
    service.settle(number)
    services = open_services(service.settings, now)
    revoke(services, EMPLOYER_KEY, x509.ReasonFlags.key_compromise, now(), now())
    service.desk.take_step(number, "confirm", builder())
    with pytest.raises(Problem, match="CERT_REVOKED"):
        service.settle(number, 5)
    with service.desk.database.reading() as connection:
        [document] = documents.of_dossier(connection, number)
        assert [one.field for one in documents.revisions(connection, document.document_id)] == [None, HOLDER]
        last = seal_ledger.last_of(connection, seal_ledger.use_id_of(document.document_id, EMPLOYER))
    assert last is not None
    assert (last.entry.outcome, last.entry.problem) == (seal_ledger.Outcome.REFUSED, "CERT_REVOKED")


def test_in_production_nothing_of_the_embedded_pki_is_opened(service: Service) -> None:
    production = service.settings.model_copy(update={"environment": Environment.PRODUCTION})
    with pytest.raises(Problem, match="TRUST_SERVICES_REFUSED"):
        open_services(production, now)
    for arguments in (("pki", "list"), ("trust",)):
        done = command(production, *arguments)
        assert done.returncode == 1
        assert "TRUST_SERVICES_REFUSED" in done.stderr


def pki_command(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    return command(settings, "pki", *arguments)


def command(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "SIGNING_VAR": str(settings.var), "SIGNING_PORT": "0",
        "SIGNING_ENVIRONMENT": settings.environment.value, "COLUMNS": "200",
    }  # fmt: skip
    if arguments[0] == "trust":
        from tests.conftest import _free_port

        environment["SIGNING_PORT"] = str(_free_port())
    else:
        del environment["SIGNING_PORT"]
    return subprocess.run(
        [sys.executable, "-m", "signing_service", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
