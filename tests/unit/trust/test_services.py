"""What the embedded PKI publishes over HTTP, judged by OpenSSL, which made none of it."""

from __future__ import annotations

import base64
import random
import subprocess
import urllib.parse
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from signing_service.trust.embedded import EmbeddedServices
from signing_service.trust.ocsp import OcspResponder
from signing_service.trust.pki import Pki, open_pki, renew
from signing_service.trust.register import Register
from signing_service.trust.revoke import revoke
from tests.factories_pki import DESCRIPTION, NOW
from tests.unit.trust.serving import Served, now

KEY_COMPROMISE = x509.ReasonFlags.key_compromise


def openssl(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, check=False, timeout=30)


def asked(served: Served, label: str, folder: Path, *extras: str) -> str:
    """What ``openssl ocsp`` says of a holder's cert, having verified the answer up to the root."""
    issuer = next(key.issuer for key in served.pki.description.keys if key.label == label)
    (folder / "cert.pem").write_bytes(served.pki.certs[label].public_bytes(Encoding.PEM))
    trusted = served.pki.folder / "anchors/root.pem"
    above = served.pki.folder / "intermediates" / f"{issuer}.pem"
    told = openssl(
        "ocsp", *extras, "-issuer", above, "-cert", folder / "cert.pem", "-url", f"{served.base}/ocsp/{issuer}",
        "-CAfile", trusted, "-verify_other", above,
    )  # fmt: skip
    assert "Response verify OK" in told.stderr, told
    assert "Nonce Verify error" not in told.stdout + told.stderr
    return told.stdout


def get(address: str, body: bytes | None = None, kind: str = "") -> tuple[int, str, bytes, Any]:
    """Status, media type, body and headers; GET without a body, POST with one."""
    headers = {"Content-Type": kind} if kind else {}
    answer = httpx2.request("POST" if body is not None else "GET", address, content=body, headers=headers)
    return answer.status_code, answer.headers.get("Content-Type", ""), answer.content, answer.headers


def request_for(cert: x509.Certificate, issuer: x509.Certificate, nonce: bytes = b"") -> bytes:
    builder = ocsp.OCSPRequestBuilder().add_certificate(cert, issuer, hashes.SHA256())
    if nonce:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.build().public_bytes(Encoding.DER)


# ---- OCSP


@pytest.mark.parametrize("extras", [(), ("-sha256",), ("-no_nonce",)])
def test_openssl_hears_that_a_cert_is_good(served: Served, tmp_path: Path, extras: tuple[str, ...]) -> None:
    for label in ("authority", "enterprise-9136010099900011xn", "person-wang-jianguo", "tsa"):
        assert ": good\n" in asked(served, label, tmp_path, *extras)


def test_openssl_hears_of_a_revocation_at_once_with_its_time_and_reason(served: Served, tmp_path: Path) -> None:
    label = "person-li-fanghua"
    assert ": good\n" in asked(served, label, tmp_path)
    revoke(served.services, label, KEY_COMPROMISE, now(), now() - timedelta(minutes=7))
    told = asked(served, label, tmp_path)
    assert ": revoked\n" in told
    assert "Reason: keyCompromise" in told
    when = told.partition("Revocation Time: ")[2].splitlines()[0]
    since = datetime.strptime(when, "%b %d %H:%M:%S %Y %Z").replace(tzinfo=UTC)
    assert timedelta(minutes=6) < now() - since < timedelta(minutes=9)


def test_a_serial_that_was_never_issued_is_unknown(served: Served, tmp_path: Path) -> None:
    above = served.pki.folder / "intermediates/person.pem"
    told = openssl(
        "ocsp", "-issuer", above, "-serial", "0x4242", "-url", f"{served.base}/ocsp/person",
        "-CAfile", served.pki.folder / "anchors/root.pem", "-verify_other", above,
    )  # fmt: skip
    assert "Response verify OK" in told.stderr
    assert "0x4242: unknown\n" in told.stdout


def test_a_cert_that_was_replaced_is_still_known(tmp_path: Path, pki: Pki) -> None:
    own = _copy(pki, tmp_path)
    responder = OcspResponder(own, Register(own.folder), lambda: NOW)
    former = own.certs["authority"]
    renewed = renew(own.folder, DESCRIPTION, "authority", NOW)
    for cert in (former, renewed):
        answer = responder.answer("authority", request_for(cert, own.cas["authority"]))
        assert ocsp.load_der_ocsp_response(answer).certificate_status is ocsp.OCSPCertStatus.GOOD


def _copy(pki: Pki, folder: Path) -> Pki:
    import shutil

    shutil.copytree(pki.folder, folder / "pki")
    return open_pki(folder / "pki", DESCRIPTION)


def test_a_responder_speaks_for_the_certs_of_its_own_ca_only(served: Served) -> None:
    cert = served.pki.certs["authority"]
    for issuer, ca in ((served.pki.cas["authority"], "person"), (served.pki.cas["person"], "authority")):
        answer = served.services.responder.answer(ca, request_for(cert, issuer))
        assert ocsp.load_der_ocsp_response(answer).response_status is ocsp.OCSPResponseStatus.UNAUTHORIZED


def test_a_look_alike_ca_with_the_same_name_and_another_key_is_not_spoken_for(served: Served, pki: Pki) -> None:
    asked_about = request_for(pki.certs["authority"], pki.cas["authority"])
    assert pki.cas["authority"].subject == served.pki.cas["authority"].subject
    answer = served.services.responder.answer("authority", asked_about)
    assert ocsp.load_der_ocsp_response(answer).response_status is ocsp.OCSPResponseStatus.UNAUTHORIZED


def test_an_answer_bears_its_nonce_its_term_and_the_responder_that_needs_no_check(served: Served) -> None:
    asked_about = request_for(served.pki.certs["authority"], served.pki.cas["authority"], nonce=b"n" * 32)
    answer = ocsp.load_der_ocsp_response(served.services.responder.answer("authority", asked_about))
    assert answer.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == b"n" * 32
    assert answer.next_update_utc is not None
    assert timedelta(0) < answer.next_update_utc - answer.this_update_utc <= timedelta(hours=24)
    assert abs(answer.produced_at_utc - now()) < timedelta(minutes=1)
    (responder,) = answer.certificates
    assert responder == served.pki.certs["ocsp-authority"]
    assert responder.extensions.get_extension_for_class(x509.OCSPNoCheck)


def test_a_get_is_answered_like_a_post_and_may_be_kept_a_minute_unless_it_has_a_nonce(served: Served) -> None:
    cert, issuer = served.pki.certs["authority"], served.pki.cas["authority"]
    for nonce, kept in ((b"", "max-age=60"), (b"n" * 16, "no-store")):
        plain = request_for(cert, issuer, nonce)
        text = urllib.parse.quote(base64.b64encode(plain).decode(), safe="")
        status, kind, body, headers = get(f"{served.base}/ocsp/authority/{text}")
        assert (status, kind) == (200, "application/ocsp-response")
        assert ocsp.load_der_ocsp_response(body).certificate_status is ocsp.OCSPCertStatus.GOOD
        assert kept in headers["Cache-Control"]


@pytest.mark.parametrize("text", ["", "%21%21", "AAAA", "/".join(["AA"] * 40)])
def test_a_get_that_is_no_question_is_called_malformed(served: Served, text: str) -> None:
    status, _, body, headers = get(f"{served.base}/ocsp/authority/{text}")
    assert status == 200
    assert ocsp.load_der_ocsp_response(body).response_status is ocsp.OCSPResponseStatus.MALFORMED_REQUEST
    assert headers["Cache-Control"] == "no-store"


def test_a_thousand_broken_questions_are_each_answered(served: Served) -> None:
    chance = random.Random(20261122)
    good = request_for(served.pki.certs["authority"], served.pki.cas["authority"], b"n" * 16)
    for _ in range(1000):
        broken = bytearray(good)
        for _ in range(chance.randint(1, 4)):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        assert ocsp.load_der_ocsp_response(served.services.responder.answer("authority", bytes(broken)))


def test_a_responder_that_was_itself_revoked_says_no_more(tmp_path: Path, pki: Pki) -> None:
    own = _copy(pki, tmp_path)
    services = EmbeddedServices(own, lambda: NOW)
    asked_about = request_for(own.certs["authority"], own.cas["authority"])
    revoke(services, "ocsp-authority", KEY_COMPROMISE, NOW)
    answer = ocsp.load_der_ocsp_response(services.responder.answer("authority", asked_about))
    assert answer.response_status is ocsp.OCSPResponseStatus.TRY_LATER
    renew(own.folder, DESCRIPTION, "ocsp-authority", NOW)
    answer = ocsp.load_der_ocsp_response(services.responder.answer("authority", asked_about))
    assert answer.certificate_status is ocsp.OCSPCertStatus.GOOD


# ---- CRLs and CA certs


def crls_in(served: Served, folder: Path) -> Path:
    """Every list as it is served, and the CA certs, in one PEM file for ``openssl verify``."""
    pem = b""
    for ca in served.pki.cas:
        status, kind, body, _ = get(f"{served.base}/crl/{ca}.crl")
        assert (status, kind) == (200, "application/pkix-crl")
        pem += x509.load_der_x509_crl(body).public_bytes(Encoding.PEM)
    (folder / "crls.pem").write_bytes(pem)
    return folder / "crls.pem"


def test_openssl_verifies_every_list_and_checks_whole_chains_against_them(served: Served, tmp_path: Path) -> None:
    revoke(served.services, "person-chen-zhiqiang", x509.ReasonFlags.superseded, now())
    crls = crls_in(served, tmp_path)
    for ca in served.pki.cas:
        (tmp_path / "crl.der").write_bytes(get(f"{served.base}/crl/{ca}.crl")[2])
        folder = "anchors" if ca == "root" else "intermediates"
        issuer = served.pki.folder / folder / f"{ca}.pem"
        told = openssl("crl", "-in", tmp_path / "crl.der", "-inform", "DER", "-CAfile", issuer, "-noout", "-crlnumber")
        assert "verify OK" in told.stderr, told
        assert "crlNumber=0x" in told.stdout
    above = tmp_path / "cas.pem"
    above.write_bytes(b"".join(path.read_bytes() for path in (served.pki.folder / "intermediates").iterdir()))
    for label, revoked in (("authority", False), ("person-wang-jianguo", False), ("person-chen-zhiqiang", True)):
        (tmp_path / "cert.pem").write_bytes(served.pki.certs[label].public_bytes(Encoding.PEM))
        told = openssl(
            "verify", "-x509_strict", "-crl_check_all", "-CRLfile", crls, "-CAfile",
            served.pki.folder / "anchors/root.pem", "-untrusted", above, tmp_path / "cert.pem",
        )  # fmt: skip
        assert (told.returncode != 0) == revoked, told
        assert ("certificate revoked" in told.stderr) == revoked


def test_the_cert_of_each_ca_is_where_certs_say(served: Served) -> None:
    for ca, cert in served.pki.cas.items():
        status, kind, body, _ = get(f"{served.base}/ca/{ca}.cer")
        assert (status, kind) == (200, "application/pkix-cert")
        assert body == cert.public_bytes(Encoding.DER)


@pytest.mark.parametrize(
    "path",
    ["ocsp/root/AAAA", "ocsp/nobody/AAAA", "crl/nobody.crl", "crl/..%2Froot.crl", "ca/nobody.cer", "keys/tsa.pem", ""],
)
def test_nothing_else_is_served(served: Served, path: str) -> None:
    assert get(f"{served.base}/{path}")[0] == 404


# ---- time stamps


def test_openssl_is_given_a_time_stamp_over_http(served: Served, tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"licence")
    assert (
        openssl("ts", "-query", "-data", tmp_path / "data", "-sha256", "-cert", "-out", tmp_path / "q").returncode == 0
    )
    query = (tmp_path / "q").read_bytes()
    status, kind, body, headers = get(f"{served.base}/tsa", query, "application/timestamp-query")
    assert (status, kind, headers["Cache-Control"]) == (200, "application/timestamp-reply", "no-store")
    (tmp_path / "r").write_bytes(body)
    trusted = ("-CAfile", served.pki.folder / "anchors/root.pem")
    told = openssl("ts", "-verify", "-in", tmp_path / "r", "-queryfile", tmp_path / "q", *trusted)
    assert "Verification: OK" in told.stdout, told
    assert "Time stamp:" in openssl("ts", "-reply", "-in", tmp_path / "r", "-text").stdout


@pytest.mark.parametrize(
    ("path", "body", "kind", "status"),
    [
        ("tsa", b"x", "text/plain", 415),
        ("tsa", b"x" * 5000, "application/timestamp-query", 413),
        ("ocsp/authority", b"x", "application/octet-stream", 415),
        ("ocsp/authority", b"x" * 5000, "application/ocsp-request", 413),
        ("crl/root.crl", b"x", "text/plain", 405),
    ],
)
def test_what_is_of_another_kind_or_too_long_is_refused(
    served: Served, path: str, body: bytes, kind: str, status: int
) -> None:
    assert get(f"{served.base}/{path}", body, kind)[0] == status


def test_a_revoked_authority_stamps_nothing_more_until_it_is_renewed(tmp_path: Path, pki: Pki) -> None:
    own = _copy(pki, tmp_path)
    services = EmbeddedServices(own, lambda: NOW)
    (tmp_path / "data").write_bytes(b"licence")
    openssl("ts", "-query", "-data", tmp_path / "data", "-sha256", "-cert", "-out", tmp_path / "q")
    query = (tmp_path / "q").read_bytes()
    granted = len(services.time_stamp(query))
    revoke(services, "tsa", KEY_COMPROMISE, NOW)
    assert len(services.time_stamp(query)) < 200 < granted
    renew(own.folder, DESCRIPTION, "tsa", NOW)
    assert len(services.time_stamp(query)) > 200


def test_no_answer_needs_the_key_of_a_seal(tmp_path: Path, pki: Pki) -> None:
    own = _copy(pki, tmp_path)
    services = EmbeddedServices(own, lambda: NOW)
    for path in own.keys.iterdir():
        if not path.stem.startswith(("ocsp-", "tsa")):
            path.unlink()
    with pytest.raises(ValueError, match="no key of a trust service"):
        own.service_key("authority")
    answer = services.responder.answer("authority", request_for(own.certs["authority"], own.cas["authority"]))
    assert ocsp.load_der_ocsp_response(answer).certificate_status is ocsp.OCSPCertStatus.GOOD
    assert services.crl("authority")
    assert services.time_stamp(b"no query")
