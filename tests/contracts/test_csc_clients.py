"""A client that we did not write signs through our key service: pyHanko's, as it is, through v1 and v2."""

from __future__ import annotations

import asyncio
import io
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.csc_signer import (
    CSCAuthorizationInfo,
    CSCAuthorizationManager,
    CSCServiceSessionInfo,
    CSCSigner,
    fetch_certs_in_csc_credential,
)

from signing_service.domain.schemes import SCHEMES, Family
from signing_service.domain.verdicts import Verdict
from signing_service.keystores.soft import SoftKeyStore
from signing_service.pipeline.validate import validate
from signing_service.trust.embedded import EmbeddedServices
from signing_service.trust.pki import Pki
from tests.contracts.test_levels_stores_algorithms import HAS_PDFSIG, HASHED, fill_nss, now
from tests.factories_pki import ALGORITHMS
from tests.key_services import PIN, TOKEN, RunningKeyService, running_key_service, service_over
from tests.unit.pipeline.sealing import NOTICE, rendered


class WithPin(CSCAuthorizationManager):
    """What pyHanko leaves to its user: the call of credentials/authorize."""

    def __init__(self, session: aiohttp.ClientSession, *about: Any) -> None:
        super().__init__(*about)
        self.session = session

    async def authorize_signature(self, hash_b64s: list[str]) -> CSCAuthorizationInfo:
        asked = self.format_csc_auth_request(hash_b64s=hash_b64s, pin=PIN)
        url = self.csc_session_info.endpoint_url("credentials/authorize")
        async with self.session.post(url, headers=self.auth_headers, json=asked, raise_for_status=True) as answer:
            return self.parse_csc_auth_response(await answer.json())


async def signed_by_pyhanko(address: str, version: str, credential: str) -> bytes:
    algorithm = ALGORITHMS[credential]
    about = CSCServiceSessionInfo(address, credential, TOKEN, version)
    async with aiohttp.ClientSession() as session:
        known = await fetch_certs_in_csc_credential(session, about)
        signer = CSCSigner(
            session,
            WithPin(session, about, known),
            prefer_pss=SCHEMES[algorithm].family is Family.RSA_PSS,
            embed_roots=False,
        )
        metadata = signers.PdfSignatureMetadata(
            field_name="authority", md_algorithm=algorithm.digest, subfilter=fields.SigSeedSubFilter.PADES
        )
        writer = IncrementalPdfFileWriter(io.BytesIO(rendered(NOTICE).data))
        out: io.BytesIO = await signers.PdfSigner(metadata, signer).async_sign_pdf(writer)
    return out.getvalue()


@pytest.fixture(scope="module")
def service(seven_pki: Pki, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningKeyService]:
    keys = SoftKeyStore(seven_pki.keys, seven_pki.passphrase)
    with running_key_service(service_over(keys, "soft", HASHED, tmp_path_factory.mktemp("pins"))) as running:
        yield running


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_pss_with_another_salt_than_the_keys_is_refused_and_not_signed_otherwise(
    service: RunningKeyService, version: str
) -> None:
    """pyHanko asks for the longest salt there is room for; the key's algorithm has 32 octets (RFC 4056, 2.2)."""
    with pytest.raises(SigningError):
        asyncio.run(signed_by_pyhanko(service.address, version, "rsa-2048-pss"))


@pytest.mark.parametrize("credential", [label for label in HASHED if not label.endswith("pss")])
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_pyhanko_signs_through_our_key_service_and_others_accept_it(
    service: RunningKeyService, seven_pki: Pki, tmp_path: Path, version: str, credential: str
) -> None:
    data = asyncio.run(signed_by_pyhanko(service.address, version, credential))
    report = validate(data, seven_pki.anchors(), intermediates=seven_pki.intermediates(), now=now())
    assert report.verdict is Verdict.TOTAL_PASSED, report
    signer = asn1_x509.Certificate.load(seven_pki.certs[credential].public_bytes(Encoding.DER))
    assert report.signatures[0].cert_sha256 == signer.sha256.hex()
    if not HAS_PDFSIG:
        return
    (tmp_path / "signed.pdf").write_bytes(data)
    store = f"sql:{tmp_path / 'nss'}"
    fill_nss(store, seven_pki, EmbeddedServices(seven_pki, now), tmp_path)
    command = ["pdfsig", "-no-ocsp", "-nssdir", store, tmp_path / "signed.pdf"]
    told = subprocess.run(command, capture_output=True, text=True).stdout
    assert "Signature Validation: Signature is Valid." in told, told
    assert "Certificate Validation: Certificate is Trusted." in told, told
