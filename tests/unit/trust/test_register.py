"""Who was revoked stays revoked: through kills, renewals, lost files and every new start."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from signing_service.domain.errors import Problem
from signing_service.trust.crls import DUE, LIFE
from signing_service.trust.embedded import EmbeddedServices
from signing_service.trust.pki import ensure, open_pki, renew
from signing_service.trust.register import Register
from signing_service.trust.revoke import revoke
from tests.factories_pki import NOW, two_keys

KEY_COMPROMISE = x509.ReasonFlags.key_compromise


def services_in(folder: Path) -> EmbeddedServices:
    return EmbeddedServices(ensure(folder / "pki", two_keys(folder), NOW), lambda: NOW)


def serials(crl: bytes) -> set[int]:
    return {one.serial_number for one in x509.load_der_x509_crl(crl)}


def test_a_revocation_is_in_the_register_and_in_the_list_before_the_command_ends(tmp_path: Path) -> None:
    services = services_in(tmp_path)
    before = services.crls.current("enterprise", NOW)
    cert = services.pki.certs["curve"]
    revoked = revoke(services, "curve", KEY_COMPROMISE, NOW)
    on_file = (services.pki.folder / "crl" / "enterprise.crl").read_bytes()
    assert serials(on_file) == {cert.serial_number} == {revoked.serial}
    assert x509.load_der_x509_crl(on_file).extensions.get_extension_for_class(x509.CRLNumber).value.crl_number > (
        before.number
    )
    (entry,) = x509.load_der_x509_crl(on_file)
    assert entry.revocation_date_utc == NOW
    assert entry.extensions.get_extension_for_class(x509.CRLReason).value.reason is KEY_COMPROMISE
    assert Register(services.pki.folder).revocations() == (revoked,)


def test_a_new_start_brings_a_revoked_key_not_back(tmp_path: Path) -> None:
    """Neither as it was, nor under a new cert: not when its file is lost, nor when its cert runs out."""
    services = services_in(tmp_path)
    revoke(services, "curve", KEY_COMPROMISE, NOW)
    description = two_keys(tmp_path)
    again = ensure(services.pki.folder, description, NOW)
    assert again.certs["curve"] == services.pki.certs["curve"]
    years_later = NOW.replace(year=NOW.year + 4)
    later = ensure(services.pki.folder, description, years_later)
    assert later.certs["curve"] == services.pki.certs["curve"]
    assert later.certs["factors"] != services.pki.certs["factors"]
    (services.pki.keys / "curve.pem").unlink()
    told: list[str] = []
    lost = ensure(services.pki.folder, description, NOW, told.append)
    assert "curve" not in lost.certs
    assert told == []
    assert not (services.pki.keys / "curve.pem").exists()


def test_a_holder_comes_back_by_renewal_with_a_new_key_and_the_former_cert_stays_revoked(tmp_path: Path) -> None:
    services = services_in(tmp_path)
    former = services.pki.certs["curve"]
    revoke(services, "curve", KEY_COMPROMISE, NOW)
    description = two_keys(tmp_path)
    renewed = renew(services.pki.folder, description, "curve", NOW)
    assert renewed.public_key() != former.public_key()
    assert ensure(services.pki.folder, description, NOW).certs["curve"] == renewed
    assert serials(services.crl("enterprise")) == {former.serial_number}
    assert not services.register.is_barred("curve")
    years_later = NOW.replace(year=NOW.year + 4)
    assert ensure(services.pki.folder, description, years_later).certs["curve"] != renewed


def test_a_former_cert_is_revoked_by_its_serial(tmp_path: Path) -> None:
    services = services_in(tmp_path)
    former = services.pki.certs["curve"]
    renewed = renew(services.pki.folder, two_keys(tmp_path), "curve", NOW)
    fresh = EmbeddedServices(open_pki(services.pki.folder, two_keys(tmp_path)), lambda: NOW)
    revoke(fresh, f"{former.serial_number:x}", KEY_COMPROMISE, NOW)
    assert serials(fresh.crl("enterprise")) == {former.serial_number}
    assert fresh.register.revocation("enterprise", renewed.serial_number) is None
    assert not fresh.register.is_barred("curve")


def test_a_ca_is_revoked_on_the_list_of_the_root(tmp_path: Path) -> None:
    services = services_in(tmp_path)
    revoke(services, "ca/enterprise", x509.ReasonFlags.ca_compromise, NOW)
    assert serials(services.crl("root")) == {services.pki.cas["enterprise"].serial_number}


@pytest.mark.parametrize("name", ["nobody", "ca/root", "ca/nobody", "../keys/curve", "ffff", "0" * 40, ""])
def test_a_name_that_is_not_there_is_refused(tmp_path: Path, name: str) -> None:
    services = services_in(tmp_path)
    with pytest.raises(Problem, match="PKI_LABEL_UNKNOWN"):
        revoke(services, name, KEY_COMPROMISE, NOW)


def test_a_cert_is_revoked_once_and_as_of_a_time_of_its_own_life(tmp_path: Path) -> None:
    services = services_in(tmp_path)
    for wrong in (NOW + timedelta(hours=1), NOW - timedelta(days=1)):
        with pytest.raises(Problem, match="PKI_REVOCATION_TIME"):
            revoke(services, "curve", KEY_COMPROMISE, NOW, wrong)
    revoke(services, "curve", KEY_COMPROMISE, NOW, NOW - timedelta(minutes=30))
    with pytest.raises(Problem, match="PKI_ALREADY_REVOKED"):
        revoke(services, "curve", KEY_COMPROMISE, NOW)


def test_a_list_is_kept_while_current_and_made_anew_when_due_with_a_growing_number(tmp_path: Path) -> None:
    services = services_in(tmp_path)
    first = services.crls.current("enterprise", NOW)
    assert first.is_new
    same = services.crls.current("enterprise", NOW + LIFE - DUE - timedelta(seconds=2))
    assert (same.is_new, same.der) == (False, first.der)
    second = services.crls.current("enterprise", NOW + LIFE - DUE)
    assert second.is_new
    assert second.number > first.number
    (services.pki.folder / "crl" / "enterprise.crl").unlink()
    third = services.crls.current("enterprise", NOW + LIFE)
    assert third.number > second.number
    set_back = services.crls.current("enterprise", NOW)
    assert set_back.number > third.number
    assert set_back.this_update == NOW


def test_a_list_that_is_damaged_or_of_another_ca_is_made_anew(tmp_path: Path) -> None:
    services = services_in(tmp_path)
    services.keep_current()
    path = services.pki.folder / "crl" / "enterprise.crl"
    for wrong in (b"", b"no list", (services.pki.folder / "crl" / "root.crl").read_bytes()):
        path.write_bytes(wrong)
        assert services.crls.current("enterprise", NOW).is_new


def test_a_process_killed_between_register_and_list_leaves_no_list_that_forgets(tmp_path: Path) -> None:
    services = services_in(tmp_path)
    services.keep_current()
    code = (
        "import os, sys\n"
        "from datetime import datetime\n"
        "from pathlib import Path\n"
        "from cryptography import x509\n"
        "from signing_service.trust.crls import Crls\n"
        "from signing_service.trust.embedded import EmbeddedServices\n"
        "from signing_service.trust.pki import open_pki\n"
        "from signing_service.trust.revoke import revoke\n"
        "Crls.current = lambda *_: os._exit(9)\n"
        "now = datetime.fromisoformat(sys.argv[3])\n"
        "services = EmbeddedServices(open_pki(Path(sys.argv[1]), Path(sys.argv[2])), lambda: now)\n"
        "revoke(services, 'curve', x509.ReasonFlags.key_compromise, now)\n"
    )
    died = subprocess.run(
        [sys.executable, "-c", code, services.pki.folder, two_keys(tmp_path), NOW.isoformat()], timeout=60
    )
    assert died.returncode == 9
    assert serials((services.pki.folder / "crl" / "enterprise.crl").read_bytes()) == set()
    assert serials(services.crl("enterprise")) == {services.pki.certs["curve"].serial_number}


def test_a_register_that_cannot_be_read_stops_every_answer_and_makes_no_empty_list(tmp_path: Path) -> None:
    services = services_in(tmp_path)
    revoke(services, "curve", KEY_COMPROMISE, NOW)
    for damaged in ("", "{}", '{"revoked": [{}]}', "[]"):
        (services.pki.folder / "revoked.json").write_text(damaged)
        with pytest.raises(Problem, match="PKI_REGISTER_UNREADABLE"):
            services.crl("enterprise")


def test_five_processes_revoke_at_once_and_none_is_lost(tmp_path: Path) -> None:
    description = tmp_path / "two-keys.toml"
    two_keys(tmp_path)
    labels = [f"holder-{number}" for number in range(5)]
    with description.open("a", encoding="utf-8") as file:
        for label in labels:
            file.write(f'[key.{label}]\nissuer = "enterprise"\nalgorithm = "ecdsa-p256"\norganisation = "{label}"\n')
    pki = ensure(tmp_path / "pki", description, NOW)
    code = (
        "import sys\n"
        "from datetime import datetime\n"
        "from pathlib import Path\n"
        "from cryptography import x509\n"
        "from signing_service.trust.embedded import EmbeddedServices\n"
        "from signing_service.trust.pki import open_pki\n"
        "from signing_service.trust.revoke import revoke\n"
        "now = datetime.fromisoformat(sys.argv[3])\n"
        "services = EmbeddedServices(open_pki(Path(sys.argv[1]), Path(sys.argv[2])), lambda: now)\n"
        "sys.stdin.readline()\n"
        "revoke(services, sys.argv[4], x509.ReasonFlags.superseded, now)\n"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code, pki.folder, description, NOW.isoformat(), label], stdin=-1, text=True
        )
        for label in labels
    ]
    for process in started:
        process.communicate("go\n", timeout=60)
    assert [process.returncode for process in started] == [0] * 5
    wanted = {pki.certs[label].serial_number for label in labels}
    assert {one.serial for one in Register(pki.folder).revocations()} == wanted
    assert serials(EmbeddedServices(pki, lambda: NOW).crl("enterprise")) == wanted
