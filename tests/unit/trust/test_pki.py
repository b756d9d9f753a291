"""The embedded PKI: what it issues, and that it is made once."""

from __future__ import annotations

import re
import stat
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, SignatureAlgorithmOID

from signing_service.domain.codes import IdNo, Uscc
from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyAlgorithm, KeyRef
from signing_service.keystores.soft import DEVELOPMENT_POLICY, SoftKeyStore
from signing_service.trust.description import KeyDescription, Profile, read_description
from signing_service.trust.pki import Pki, certs_in, ensure
from tests.factories_pki import DESCRIPTION, EXPIRED, NOT_YET_VALID, NOW, add_key, two_keys

PLAN = read_description(DESCRIPTION)
EVERY_KEY = pytest.mark.parametrize("key", PLAN.keys, ids=lambda key: key.label)
EVERY_CERT = pytest.mark.parametrize("name", [*(f"ca/{ca.name}" for ca in PLAN.cas), *(key.label for key in PLAN.keys)])


def cert_of(pki: Pki, name: str) -> x509.Certificate:
    return pki.cas[name.removeprefix("ca/")] if name.startswith("ca/") else pki.certs[name]


def extension(cert: x509.Certificate, kind: type[x509.ExtensionType]) -> x509.Extension[x509.ExtensionType]:
    return cert.extensions.get_extension_for_class(kind)


def usages(cert: x509.Certificate) -> set[str]:
    usage = cert.extensions.get_extension_for_class(x509.KeyUsage).value
    return {
        name.removeprefix("_")
        for name in ("_digital_signature", "_content_commitment", "_key_cert_sign", "_crl_sign")
        if getattr(usage, name)
    }


def snapshot(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


# ---- what every cert says


@EVERY_CERT
def test_every_cert_keeps_the_strict_profile(pki: Pki, name: str) -> None:
    cert = cert_of(pki, name)
    assert cert.version is x509.Version.v3
    assert cert.signature_algorithm_oid == SignatureAlgorithmOID.ECDSA_WITH_SHA256
    assert cert.serial_number.bit_length() == 127
    assert extension(cert, x509.BasicConstraints).critical
    assert extension(cert, x509.KeyUsage).critical
    assert not extension(cert, x509.SubjectKeyIdentifier).critical
    assert not extension(cert, x509.AuthorityKeyIdentifier).critical
    assert len({e.oid for e in cert.extensions}) == len(list(cert.extensions))


@EVERY_CERT
def test_every_cert_carries_the_policy_that_production_refuses(pki: Pki, name: str) -> None:
    policies = cert_of(pki, name).extensions.get_extension_for_class(x509.CertificatePolicies).value
    assert [policy.policy_identifier.dotted_string for policy in policies] == [DEVELOPMENT_POLICY]


@EVERY_CERT
def test_the_issuer_of_every_cert_is_the_one_its_key_identifier_names(pki: Pki, name: str) -> None:
    cert = cert_of(pki, name)
    issuer = next(ca for ca in pki.cas.values() if ca.subject == cert.issuer)
    cert.verify_directly_issued_by(issuer)
    named = cert.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    assert named == issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    assert issuer.not_valid_before_utc <= cert.not_valid_before_utc <= NOW
    assert NOW < cert.not_valid_after_utc <= issuer.not_valid_after_utc


@EVERY_CERT
def test_openssl_accepts_every_cert_strictly(pki: Pki, name: str, tmp_path: Path) -> None:
    file = tmp_path / "cert.pem"
    file.write_bytes(cert_of(pki, name).public_bytes(serialization.Encoding.PEM))
    (tmp_path / "cas.pem").write_bytes(b"".join(path.read_bytes() for path in (pki.folder / "intermediates").iterdir()))
    command = [
        "openssl",
        "verify",
        "-x509_strict",
        "-check_ss_sig",
        "-purpose",
        "any",
        "-attime",
        str(int(NOW.timestamp())),
    ]
    command += ["-CAfile", str(pki.folder / "anchors/root.pem"), "-untrusted", str(tmp_path / "cas.pem"), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_no_two_certs_have_the_same_serial_key_or_name(pki: Pki) -> None:
    certs = [*pki.cas.values(), *pki.certs.values()]
    for facts in (
        [cert.serial_number for cert in certs],
        [
            cert.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
            for cert in certs
        ],
        [cert.subject.rfc4514_string() for cert in certs],
    ):
        assert max(Counter(facts).values()) == 1


def test_a_path_has_one_ca_under_the_root_and_no_more(pki: Pki) -> None:
    for name, cert in pki.cas.items():
        constraints = cert.extensions.get_extension_for_class(x509.BasicConstraints).value
        assert constraints == x509.BasicConstraints(ca=True, path_length=1 if name == "root" else 0)
        assert usages(cert) == {"key_cert_sign", "crl_sign"}


@EVERY_KEY
def test_a_holder_key_has_the_algorithm_and_usage_of_its_entry(pki: Pki, key: KeyDescription) -> None:
    cert = pki.certs[key.label]
    public_key = cert.public_key()
    if key.algorithm is KeyAlgorithm.RSA_2048:
        assert isinstance(public_key, rsa.RSAPublicKey)
        assert (public_key.key_size, public_key.public_numbers().e) == (2048, 65537)
    else:
        assert isinstance(public_key, ec.EllipticCurvePublicKey)
        assert isinstance(public_key.curve, ec.SECP256R1)
    sealing = {"digital_signature", "content_commitment"}
    assert usages(cert) == (sealing if key.profile is Profile.SEAL else {"digital_signature"})
    assert cert.extensions.get_extension_for_class(x509.BasicConstraints).value == x509.BasicConstraints(
        ca=False, path_length=None
    )
    years = {Profile.SEAL: 3, Profile.TSA: 8, Profile.OCSP: 3}[key.profile]
    begin, end = cert.not_valid_before_utc, cert.not_valid_after_utc
    assert end == begin.replace(year=begin.year + years)


def test_the_tsa_is_for_time_stamping_only_and_its_ocsp_responders_for_ocsp_only(pki: Pki) -> None:
    only = {Profile.TSA: ExtendedKeyUsageOID.TIME_STAMPING, Profile.OCSP: ExtendedKeyUsageOID.OCSP_SIGNING}
    for key in PLAN.keys:
        extensions = pki.certs[key.label].extensions
        if key.profile in only:
            usage = extensions.get_extension_for_class(x509.ExtendedKeyUsage)
            assert usage.critical
            assert list(usage.value) == [only[key.profile]]
        else:
            with pytest.raises(x509.ExtensionNotFound):
                extensions.get_extension_for_class(x509.ExtendedKeyUsage)
        no_check = [e for e in extensions if isinstance(e.value, x509.OCSPNoCheck)]
        assert bool(no_check) == (key.profile is Profile.OCSP)


def test_each_ca_that_issues_to_holders_has_a_responder_of_its_own() -> None:
    assert {key.issuer for key in PLAN.keys if key.profile is Profile.OCSP} == {key.issuer for key in PLAN.keys}


@EVERY_KEY
def test_a_legal_person_is_named_by_its_uscc(pki: Pki, key: KeyDescription) -> None:
    subject = pki.certs[key.label].subject
    named = [part.value for part in subject.get_attributes_for_oid(NameOID.ORGANIZATION_IDENTIFIER)]
    assert named == ([f"NTRCN-{Uscc.parse(key.uscc)}"] if key.uscc else [])
    if key.label.startswith("enterprise-"):
        assert key.label == f"enterprise-{key.uscc.lower()}"


def test_a_person_is_named_by_a_keyed_hash_and_the_id_number_is_nowhere(pki: Pki) -> None:
    persons = [key for key in PLAN.keys if key.id_number]
    assert len(persons) == 5
    everything = b"".join(path.read_bytes() + path.name.encode() for path in pki.folder.rglob("*") if path.is_file())
    everything += b"".join(cert.public_bytes(serialization.Encoding.DER) for cert in pki.certs.values())
    for key in persons:
        (code,) = pki.certs[key.label].subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER)
        assert code.value == pki.code_of_id_number(IdNo.parse(key.id_number, NOW.date()))
        assert re.fullmatch(r"[0-9a-f]{32}", str(code.value))
        assert key.id_number.encode() not in everything


def test_another_pki_has_other_codes_for_the_same_person(pki: Pki, tmp_path: Path) -> None:
    other = ensure(tmp_path / "other", two_keys(tmp_path), NOW)
    assert other.code_of_id_number("360102199003070014") != pki.code_of_id_number("360102199003070014")


ADDRESSED = (x509.CRLDistributionPoints, x509.AuthorityInformationAccess)


def test_certs_name_no_address_where_none_is_written(tmp_path: Path) -> None:
    unserved = ensure(tmp_path / "unserved", two_keys(tmp_path), NOW)
    assert not [e for cert in unserved.certs.values() for e in cert.extensions if isinstance(e.value, ADDRESSED)]


def test_every_cert_names_where_its_ca_publishes(pki: Pki) -> None:
    base = "http://127.0.0.1:8000/pki"
    assert base == PLAN.publish
    for key in PLAN.keys:
        extensions = pki.certs[key.label].extensions
        (point,) = extensions.get_extension_for_class(x509.CRLDistributionPoints).value
        assert point.full_name is not None
        assert [name.value for name in point.full_name] == [f"{base}/crl/{key.issuer}.crl"]
        access = extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
        # a responder is not asked about itself
        asked = [] if key.profile is Profile.OCSP else [f"{base}/ocsp/{key.issuer}"]
        assert [entry.access_location.value for entry in access] == [*asked, f"{base}/ca/{key.issuer}.cer"]
    assert not [e for e in pki.cas["root"].extensions if isinstance(e.value, ADDRESSED)]
    (root_list,) = pki.cas["authority"].extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    assert root_list.full_name is not None
    assert [name.value for name in root_list.full_name] == [f"{base}/crl/root.crl"]


# ---- made once


def test_a_second_ensure_changes_nothing(pki: Pki) -> None:
    before = snapshot(pki.folder)
    told: list[str] = []
    again = ensure(pki.folder, DESCRIPTION, NOW + timedelta(days=1), told.append)
    assert (again.certs, again.cas) == (pki.certs, pki.cas)
    assert snapshot(pki.folder) == before
    assert told == []


def test_adding_an_entry_makes_just_that_key(tmp_path: Path) -> None:
    description = two_keys(tmp_path)
    first = ensure(tmp_path / "pki", description, NOW)
    before = snapshot(first.folder)
    with description.open("a", encoding="utf-8") as file:
        file.write(
            '[key.newcomer]\nissuer = "enterprise"\nalgorithm = "ecdsa-p256"\norganisation = "赣江示例房地产开发有限公司"\n'
        )
    told: list[str] = []
    second = ensure(first.folder, description, NOW, told.append)
    assert told == ["赣江示例房地产开发有限公司"]
    assert set(second.certs) == {"curve", "factors", "newcomer"}
    after = snapshot(first.folder)
    serial = second.certs["newcomer"].serial_number
    assert set(after) - set(before) == {"keys/newcomer.pem", f"issued/enterprise/{serial:032x}.pem"}
    assert {name: after[name] for name in before} == before


def test_a_lost_key_file_is_made_anew_and_the_others_stay(tmp_path: Path) -> None:
    description = two_keys(tmp_path)
    first = ensure(tmp_path / "pki", description, NOW)
    (first.keys / "curve.pem").unlink()
    second = ensure(first.folder, description, NOW)
    assert second.certs["curve"] != first.certs["curve"]
    assert second.certs["factors"] == first.certs["factors"]


def test_a_key_whose_cert_has_run_out_is_made_anew(tmp_path: Path) -> None:
    description = two_keys(tmp_path)
    first = ensure(tmp_path / "pki", description, NOW)
    later = NOW.replace(year=NOW.year + 4)
    second = ensure(first.folder, description, later)
    assert second.cas == first.cas
    assert second.certs["curve"].not_valid_before_utc <= later <= second.certs["curve"].not_valid_after_utc


def test_a_holder_renamed_after_it_had_its_cert_is_refused(tmp_path: Path) -> None:
    description = two_keys(tmp_path)
    ensure(tmp_path / "pki", description, NOW)
    text = description.read_text(encoding="utf-8")
    description.write_text(text.replace("江右示例建设集团", "江右示例建工集团"), encoding="utf-8")
    with pytest.raises(Problem) as problem:
        ensure(tmp_path / "pki", description, NOW)
    assert problem.value.code == "PKI_CHANGED"
    assert "curve" in problem.value.zh


def test_two_processes_at_once_make_one_pki(tmp_path: Path) -> None:
    description = two_keys(tmp_path)
    code = (
        "import sys; from datetime import datetime; from pathlib import Path\n"
        "from signing_service.trust.pki import ensure\n"
        "sys.stdin.readline()\n"
        "pki = ensure(Path(sys.argv[1]), Path(sys.argv[2]), datetime.fromisoformat(sys.argv[3]))\n"
        "print(sorted((name, cert.serial_number) for name, cert in {**pki.certs, **pki.cas}.items()))\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "pki"), str(description), NOW.isoformat()]
    starts = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    for process in starts:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [process.communicate()[0] for process in starts]
    assert [process.returncode for process in starts] == [0, 0, 0]
    assert len(set(answers)) == 1
    assert not [path for path in (tmp_path / "pki").rglob(".*") if path.name != ".lock"]


def test_only_the_owner_reads_keys_and_secrets(pki: Pki) -> None:
    secret = [*pki.keys.iterdir(), *(pki.folder / "ca").iterdir(), pki.folder / "passphrase", pki.folder / "pepper"]
    assert len(secret) == len(PLAN.keys) + len(PLAN.cas) + 2
    assert {stat.S_IMODE(path.stat().st_mode) for path in secret} == {0o600}
    assert {stat.S_IMODE((pki.folder / name).stat().st_mode) for name in ("keys", "ca")} == {0o700}


def test_no_key_lies_about_unencrypted(pki: Pki) -> None:
    for path in (*pki.keys.iterdir(), *(pki.folder / "ca").iterdir()):
        assert path.read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")


def test_a_pki_shows_no_secret_in_its_text(pki: Pki) -> None:
    shown = repr(pki) + repr(pki.issuer("root"))
    assert pki.passphrase.decode() not in shown
    assert pki.pepper.decode() not in shown
    assert "PrivateKey" not in shown


# ---- what readers get


def test_anchors_and_intermediates_are_the_public_files(pki: Pki) -> None:
    assert certs_in(pki.folder / "anchors") == pki.anchors()
    assert sorted(certs_in(pki.folder / "intermediates")) == sorted(pki.intermediates())
    assert len(pki.intermediates()) == len(PLAN.cas) - 1


def test_a_folder_that_is_not_there_has_no_certs_and_a_broken_file_is_named(tmp_path: Path) -> None:
    assert certs_in(tmp_path / "none") == []
    (tmp_path / "broken.pem").write_text("not a cert")
    with pytest.raises(Problem, match="PKI_CERT_UNREADABLE") as problem:
        certs_in(tmp_path)
    assert "broken.pem" in problem.value.zh


def test_a_ca_issues_wrong_certs_when_a_test_asks(tmp_path: Path) -> None:
    pki = ensure(tmp_path / "pki", two_keys(tmp_path), NOW)
    store = SoftKeyStore(pki.keys, pki.passphrase)

    def held(key: KeyRef) -> x509.Certificate:
        return x509.load_der_x509_certificate(store.signing_cert(key).cert)

    assert held(add_key(pki, "expired", validity=EXPIRED)).not_valid_after_utc < NOW
    assert held(add_key(pki, "early", validity=NOT_YET_VALID)).not_valid_before_utc > NOW
    assert "content_commitment" not in usages(held(add_key(pki, "wrong-usage", profile=Profile.TSA)))
    genuine = pki.certs["curve"]
    assert held(add_key(pki, "namesake", subject=genuine.subject)).subject == genuine.subject


# ---- descriptions that cannot be carried out


@pytest.mark.parametrize(
    ("was", "is_now", "told"),
    [
        ('policy = "2.25', 'polcy = "2.25', "policy"),
        ("[ca.root]", "[ca.top]", "ca.root"),
        ('issuer = "enterprise"', 'issuer = "root"', "issuer"),
        ("ecdsa-p256", "rsa-1024", "rsa-1024"),
        ("[key.curve]", "[key.Curve]", "label"),
        ("[key.curve]", '[key."../curve"]', "label"),
        ("[key.curve]", "[key.person-360102199003070014]", "ID number"),
        ('organisation = "江右示例建设集团有限公司"', "", "name"),
        ("[key.curve]", '[key.curve]\nprofile = "ca"', "ca.curve"),
        ("[key.curve]", "[key.curve", "Expected"),
        ("root = 20", 'root = "long"', "long"),
    ],
)
def test_a_description_that_cannot_be_carried_out_is_refused_before_any_key_is_made(
    tmp_path: Path, was: str, is_now: str, told: str
) -> None:
    description = two_keys(tmp_path)
    text = description.read_text(encoding="utf-8")
    assert was in text
    description.write_text(text.replace(was, is_now, 1), encoding="utf-8")
    with pytest.raises(Problem, match="PKI_DESCRIPTION") as problem:
        ensure(tmp_path / "pki", description, NOW)
    assert told in problem.value.zh
    assert told in problem.value.en
    assert not (tmp_path / "pki").exists()
