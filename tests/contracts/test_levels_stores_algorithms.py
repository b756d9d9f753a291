"""Every level with every key store and every algorithm: each file stands before our validator, poppler and OpenSSL.

The files are those of ``signing-service keys test``. What was found is printed as a table at the end of the run.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12
from pyhanko.pdf_utils.reader import PdfFileReader

from signing_service import key_check
from signing_service.domain.documents import PadesLevel
from signing_service.domain.keys import FullKeyStore, KeyRef
from signing_service.domain.schemes import SCHEMES, Family
from signing_service.domain.verdicts import Verdict
from signing_service.keystores import KeyStores
from signing_service.keystores.soft import SoftKeyStore
from signing_service.pipeline.extend import TrustServices
from signing_service.trust.embedded import EmbeddedLine, EmbeddedServices
from signing_service.trust.pki import Pki
from signing_service.trust.revocation import CaInquiry
from signing_service.trust.tsa import EmbeddedTsa
from tests.conftest import MATRIX
from tests.factories_pki import ALGORITHMS
from tests.key_services import RunningKeyService, running_key_service, service_over
from tests.softhsm import SoftHsm, write_certs
from tests.unit.pipeline.sealing import fonts, template

STORES = ("soft-pem", "soft-p12", "softhsm2", "csc-v1", "csc-v2")
HASHED = [label for label, algorithm in ALGORITHMS.items() if SCHEMES[algorithm].family.takes_digest]
HAS_PDFSIG = all(shutil.which(program) for program in ("pdfsig", "certutil", "crlutil"))
HAS_OPENSSL = bool(shutil.which("openssl"))


@dataclass(frozen=True)
class Place:
    bench: key_check.Bench
    folder: Path
    nss: str
    """Store of certs for poppler, with our root trusted."""
    root: Path


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def stores(
    seven_pki: Pki, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[KeyStores]:
    """All of them, each opened when a test first asks for one of its keys."""
    pem = SoftKeyStore(seven_pki.keys, seven_pki.passphrase, name="soft-pem")
    with ExitStack() as running:

        @cache
        def service() -> RunningKeyService:
            folder = tmp_path_factory.mktemp("service")
            return running.enter_context(running_key_service(service_over(pem, "soft-pem", HASHED, folder)))

        def softhsm2() -> FullKeyStore:
            hsm: SoftHsm = request.getfixturevalue("softhsm")
            token, folder = hsm.new_token("matrix"), tmp_path_factory.mktemp("softhsm2")
            for number, label in enumerate(ALGORITHMS, 1):
                token.take(seven_pki, label, number=number)
            write_certs(seven_pki, folder, *ALGORITHMS)
            return token.store(folder)

        openers: dict[str, Callable[[], FullKeyStore]] = {
            "soft-pem": lambda: pem,
            "soft-p12": lambda: as_pkcs12(seven_pki, tmp_path_factory.mktemp("p12")),
            "softhsm2": softhsm2,
            "csc-v1": lambda: service().store(tmp_path_factory.mktemp("v1"), "v1"),
            "csc-v2": lambda: service().store(tmp_path_factory.mktemp("v2"), "v2"),
        }
        yield KeyStores(openers)


def as_pkcs12(pki: Pki, folder: Path) -> SoftKeyStore:
    for label in ALGORITHMS:
        key = serialization.load_pem_private_key((pki.keys / f"{label}.pem").read_bytes(), pki.passphrase)
        sealed = serialization.BestAvailableEncryption(b"passphrase")
        data = pkcs12.serialize_key_and_certificates(
            label.encode(), key, pki.certs[label], [pki.cas["enterprise"]], sealed  # type: ignore[arg-type]
        )  # fmt: skip
        (folder / f"{label}.p12").write_bytes(data)
        if label.endswith("pss"):
            (folder / f"{label}.toml").write_text('padding = "pss"', encoding="utf-8")
    return SoftKeyStore(folder, b"passphrase", name="soft-p12")


@pytest.fixture(scope="module")
def place(seven_pki: Pki, stores: KeyStores, tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder = tmp_path_factory.mktemp("matrix")
    tsa = EmbeddedTsa.of(SoftKeyStore(seven_pki.keys, seven_pki.passphrase), KeyRef("soft", "tsa"), now)
    embedded = EmbeddedServices(seven_pki, now)
    line = EmbeddedLine(embedded)
    inquiry = CaInquiry(seven_pki.anchors(), seven_pki.intermediates(), [line], timedelta(minutes=5))
    services = TrustServices(tsa, inquiry, seven_pki.intermediates())
    bench = key_check.Bench(
        keys=stores,
        services=lambda: services,
        anchors=seven_pki.anchors(),
        intermediates=seven_pki.intermediates(),
        template=template(key_check.SAMPLE),
        fonts=fonts(),
        clock=now,
    )
    root = folder / "root.pem"
    root.write_bytes(x509.load_der_x509_certificate(seven_pki.anchors()[0]).public_bytes(Encoding.PEM))
    nss = f"sql:{folder / 'nss'}"
    if HAS_PDFSIG:
        fill_nss(nss, seven_pki, embedded, folder)
    return Place(bench, folder, nss, root)


def fill_nss(store: str, pki: Pki, services: EmbeddedServices, folder: Path) -> None:
    """Root, CA and their lists: NSS trusts no cert that names a CRL which it has not and may not fetch."""
    (folder / "nss").mkdir()
    subprocess.run(["certutil", "-N", "-d", store, "--empty-password"], check=True)
    for name, trust in (("root", "CT,C,C"), ("enterprise", ",,")):
        cert, crl = folder / f"{name}.pem", folder / f"{name}.crl"
        cert.write_bytes(pki.cas[name].public_bytes(Encoding.PEM))
        crl.write_bytes(services.crl(name))
        subprocess.run(["certutil", "-A", "-d", store, "-n", name, "-t", trust, "-i", cert], check=True)
        subprocess.run(["crlutil", "-I", "-d", store, "-i", crl, "-B"], check=True, capture_output=True)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("store", STORES)
def test_every_level_is_reached_and_everyone_who_can_judge_agrees(
    place: Place, store: str, algorithm: str, record_property: Callable[[str, object], None]
) -> None:
    if store.startswith("csc") and algorithm not in HASHED:
        record_property(MATRIX, (store, algorithm, "(needs the message)"))
        return
    rows = list(key_check.check_keys(place.bench, [KeyRef(store, algorithm)], place.folder))
    assert [row.level for row in rows] == list(PadesLevel)
    assert [row.algorithm for row in rows] == [ALGORITHMS[algorithm]] * 4
    judges = set()
    for row in rows:
        assert row.passed, row
        assert row.verdict == Verdict.TOTAL_PASSED
        data = (place.folder / row.file).read_bytes()
        assert_as_the_standard_has_it(data, ALGORITHMS[algorithm].digest)
        if HAS_OPENSSL and openssl_can_judge(algorithm):
            openssl_verifies(place, data, row.file)
            judges.add("openssl")
        if HAS_PDFSIG and poppler_can_judge(algorithm):
            pdfsig_verifies(place, row.file)
            judges.add("pdfsig")
    record_property(MATRIX, (store, algorithm, " ".join(["B T LT LTA", *sorted(one[0] for one in judges)])))


def openssl_can_judge(algorithm: str) -> bool:
    """OpenSSL 3.0 takes the digest of an Ed25519 signature for SHA-256 or none, not for SHA-512 as RFC 8419 has it."""
    return SCHEMES[ALGORITHMS[algorithm]].family is not Family.EDDSA


def poppler_can_judge(algorithm: str) -> bool:
    """NSS knows neither Ed25519 nor, in CMS, PSS."""
    return SCHEMES[ALGORITHMS[algorithm]].family in (Family.ECDSA, Family.RSA_PKCS1)


def assert_as_the_standard_has_it(data: bytes, digest: str) -> None:
    """EN 319 142-1, 6.3: what every level has in common."""
    signature = PdfFileReader(io.BytesIO(data)).embedded_regular_signatures[0]
    assert signature.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    assert len(signature.signed_data["signer_infos"]) == 1
    attributes = {one["type"].native: one["values"] for one in signature.signer_info["signed_attrs"]}
    assert sorted(attributes) == ["content_type", "message_digest", "signing_certificate_v2"]
    assert signature.signer_info["digest_algorithm"]["algorithm"].native == digest
    (cert_id,) = attributes["signing_certificate_v2"][0]["certs"]
    assert cert_id["hash_algorithm"]["algorithm"].native == digest


def openssl_verifies(place: Place, data: bytes, name: str) -> None:
    signature = PdfFileReader(io.BytesIO(data)).embedded_regular_signatures[0]
    first, length, second, rest = (int(one) for one in signature.byte_range)
    content, cms = place.folder / f"{name}.content", place.folder / f"{name}.der"
    content.write_bytes(data[first : first + length] + data[second : second + rest])
    cms.write_bytes(signature.pkcs7_content)
    command = [
        "openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", cms, "-content", content,
        "-CAfile", place.root, "-purpose", "any", "-out", "/dev/null",
    ]  # fmt: skip
    told = subprocess.run(command, capture_output=True, text=True)
    assert told.returncode == 0, told.stderr


def pdfsig_verifies(place: Place, name: str) -> None:
    command = ["pdfsig", "-no-ocsp", "-nssdir", place.nss, place.folder / name]
    told = subprocess.run(command, capture_output=True, text=True).stdout
    first = re.split(r"^Signature #\d+:", told, flags=re.MULTILINE)[1]
    assert "Signature Validation: Signature is Valid." in first, told
    assert "Certificate Validation: Certificate is Trusted." in first, told
