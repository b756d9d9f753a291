"""The CMS in every signature is that of EN 319 142-1, 6.3, and nothing more; OpenSSL agrees."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from asn1crypto import cms as asn1_cms
from asn1crypto import tsp
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from signing_service.domain.documents import SealedPdf, SignatoryRole
from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyAlgorithm
from signing_service.pipeline import cms
from signing_service.pipeline.increment import TIME_STAMP_ROOM
from signing_service.pipeline.seal import PreparedSeal, begin_seal, finish_seal
from tests.security.attacks import byte_ranges, contents_digits
from tests.unit.pipeline.sealing import AUTHORITY, B_B, B_T, KEYS, LICENCE, PLATFORM, Keyring, signable

both_algorithms = pytest.mark.parametrize("role", [AUTHORITY, PLATFORM], ids=["P-256", "RSA-2048"])
needs_openssl = pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")


def sealed_by(keyring: Keyring, role: SignatoryRole, *, timed: bool = False) -> SealedPdf:
    """The field of the authority, filled with the key that ``role`` has elsewhere."""
    return finish_seal(
        *prepared_for(keyring, role, timed=timed),
        keyring.tsa if timed else None,
    )


def prepared_for(keyring: Keyring, role: SignatoryRole, *, timed: bool = False) -> tuple[PreparedSeal, bytes]:
    signer = keyring.keys.signing_cert(KEYS[role])
    prepared = begin_seal(signable(LICENCE), AUTHORITY, signer, keyring.now, level=B_T if timed else B_B)
    return prepared, keyring.keys.sign(KEYS[role], prepared.to_be_signed)


def der_of(data: bytes) -> bytes:
    """What is in the hole, without the zeros behind it."""
    raw = bytes.fromhex(contents_digits(data).decode())
    length = int.from_bytes(raw[2:4], "big") + 4
    assert raw[:2] == b"\x30\x82"
    assert not any(raw[length:])
    return raw[:length]


def signed_bytes(data: bytes) -> bytes:
    ((first, length, second, rest),) = byte_ranges(data)
    return data[first : first + length] + data[second : second + rest]


def signer_info(der: bytes) -> tuple[asn1_cms.SignedData, asn1_cms.SignerInfo]:
    content = asn1_cms.ContentInfo.load(der, strict=True)
    assert content["content_type"].native == "signed_data"
    (info,) = content["content"]["signer_infos"]
    return content["content"], info


# ---- the structure


@both_algorithms
def test_the_signed_data_has_one_signer_and_no_content_of_its_own(keyring: Keyring, role: SignatoryRole) -> None:
    signed_data, info = signer_info(der_of(sealed_by(keyring, role).data))
    assert signed_data["version"].native == "v1"
    assert [algorithm["algorithm"].native for algorithm in signed_data["digest_algorithms"]] == ["sha256"]
    assert signed_data["encap_content_info"]["content_type"].native == "data"
    assert signed_data["encap_content_info"]["content"].native is None
    assert signed_data["crls"].native is None
    assert info["version"].native == "v1"
    assert info["unsigned_attrs"].native is None


@both_algorithms
def test_the_signed_attributes_are_exactly_three_and_signing_time_is_none_of_them(
    keyring: Keyring, role: SignatoryRole
) -> None:
    data = sealed_by(keyring, role).data
    _, info = signer_info(der_of(data))
    found = {attribute["type"].native: attribute["values"] for attribute in info["signed_attrs"]}
    assert sorted(found) == ["content_type", "message_digest", "signing_certificate_v2"]
    assert len(info["signed_attrs"]) == 3
    assert all(len(values) == 1 for values in found.values())
    assert found["content_type"][0].native == "data"
    assert found["message_digest"][0].native == hashlib.sha256(signed_bytes(data)).digest()
    (cert_id,) = found["signing_certificate_v2"][0]["certs"]
    assert cert_id["hash_algorithm"]["algorithm"].native == "sha256"
    assert cert_id["cert_hash"].native == hashlib.sha256(keyring.keys.signing_cert(KEYS[role]).cert).digest()


@both_algorithms
def test_the_certs_are_those_of_the_signer_up_to_the_root_and_not_the_root(
    keyring: Keyring, role: SignatoryRole
) -> None:
    signer = keyring.keys.signing_cert(KEYS[role])
    signed_data, info = signer_info(der_of(sealed_by(keyring, role).data))
    carried = {cert.chosen.dump() for cert in signed_data["certificates"]}
    assert carried == {signer.cert, *signer.chain}
    assert not carried & set(keyring.pki.anchors())
    own = x509.load_der_x509_certificate(signer.cert)
    assert info["sid"].chosen["serial_number"].native == own.serial_number
    assert info["sid"].chosen["issuer"].dump() == own.issuer.public_bytes()


@both_algorithms
def test_the_encoding_is_canonical(keyring: Keyring, role: SignatoryRole) -> None:
    """DER (X.690, 10 and 11): encoded afresh by another library it is the same bytes, and sets are in order."""
    der = der_of(sealed_by(keyring, role).data)
    assert asn1_cms.ContentInfo.load(der).dump(force=True) == der
    signed_data, info = signer_info(der)
    for members in (signed_data["certificates"], info["signed_attrs"]):
        encoded = [member.dump() for member in members]
        assert encoded == sorted(encoded)


@given(st.binary(max_size=70_000))
def test_a_length_is_written_in_as_few_octets_as_it_needs(body: bytes) -> None:
    element = cms.tlv(cms.OCTET_STRING, body)
    assert asn1_cms.OctetString(body).dump() == element


@given(
    st.lists(st.integers(min_value=0, max_value=2**70), min_size=1, max_size=8), st.integers(0, 1), st.integers(0, 39)
)
def test_an_object_identifier_is_written_as_another_library_writes_it(rest: list[int], first: int, second: int) -> None:
    dotted = ".".join(str(arc) for arc in (first, second, *rest))
    assert cms.oid(dotted) == asn1_cms.ObjectIdentifier(dotted).dump()


@given(st.lists(st.binary(min_size=1, max_size=300), max_size=6))
def test_the_order_in_which_a_set_is_given_does_not_matter(bodies: list[bytes]) -> None:
    elements = [cms.tlv(cms.OCTET_STRING, body) for body in bodies]
    assert cms.set_of(*elements) == cms.set_of(*reversed(elements))


@both_algorithms
@pytest.mark.parametrize("timed", [False, True], ids=["B-B", "B-T"])
def test_the_room_is_enough_and_little_is_wasted(keyring: Keyring, role: SignatoryRole, timed: bool) -> None:
    signer = keyring.keys.signing_cert(KEYS[role])
    room = cms.room_for(signer, TIME_STAMP_ROOM if timed else 0)
    used = len(der_of(sealed_by(keyring, role, timed=timed).data))
    assert used <= room
    assert room - used <= (TIME_STAMP_ROOM if timed else 8)


# ---- the signature and its time


@both_algorithms
def test_a_signature_by_another_key_is_refused_and_nothing_is_written(keyring: Keyring, role: SignatoryRole) -> None:
    prepared, _ = prepared_for(keyring, role)
    for other in (SignatoryRole.HOLDER, SignatoryRole.FORMER_EMPLOYER):
        with pytest.raises(Problem) as refusal:
            finish_seal(prepared, keyring.keys.sign(KEYS[other], prepared.to_be_signed), None)
        assert refusal.value.code == "SIGNATURE_INVALID"
    assert not any(prepared.update.data[prepared.update.hole.start + 1 : prepared.update.hole.end - 1].strip(b"0"))


@both_algorithms
def test_a_signature_over_something_else_is_refused(keyring: Keyring, role: SignatoryRole) -> None:
    prepared, signature = prepared_for(keyring, role)
    others = (b"something else", prepared.digest, prepared.to_be_signed + b"\0")
    wrong = [keyring.keys.sign(KEYS[role], other) for other in others]
    for damaged in (*wrong, b"", signature[:-1], signature + b"\0", bytes(len(signature))):
        with pytest.raises(Problem) as refusal:
            finish_seal(prepared, damaged, None)
        assert refusal.value.code == "SIGNATURE_INVALID"


def test_the_algorithm_that_is_named_is_that_of_the_key(keyring: Keyring) -> None:
    for role, algorithm, name in (
        (AUTHORITY, KeyAlgorithm.ECDSA_P256, "sha256_ecdsa"),
        (PLATFORM, KeyAlgorithm.RSA_2048, "sha256_rsa"),
    ):
        assert keyring.keys.signing_cert(KEYS[role]).algorithm is algorithm
        _, info = signer_info(der_of(sealed_by(keyring, role).data))
        assert info["digest_algorithm"]["algorithm"].native == "sha256"
        assert info["signature_algorithm"]["algorithm"].native == name


def test_an_issuer_with_a_name_in_chinese_is_named_byte_for_byte(keyring: Keyring) -> None:
    signer = keyring.keys.signing_cert(KEYS[AUTHORITY])
    assert re.search(r"[\u4e00-\u9fff]", x509.load_der_x509_certificate(signer.cert).issuer.rfc4514_string())
    assembled = cms.assemble(cms.signed_attributes(bytes(32), signer), b"\x30\x00", replace(signer, chain=()))
    assert asn1_cms.ContentInfo.load(assembled)["content"]["certificates"][0].chosen.dump() == signer.cert


@both_algorithms
def test_the_time_stamp_is_over_the_signature_value(keyring: Keyring, role: SignatoryRole) -> None:
    sealed = sealed_by(keyring, role, timed=True)
    _, info = signer_info(der_of(sealed.data))
    (attribute,) = info["unsigned_attrs"]
    assert attribute["type"].native == "signature_time_stamp_token"
    (token,) = attribute["values"]
    stated: tsp.TSTInfo = token["content"]["encap_content_info"]["content"].parsed
    imprint = stated["message_imprint"]
    assert imprint["hash_algorithm"]["algorithm"].native == "sha256"
    assert imprint["hashed_message"].native == hashlib.sha256(info["signature"].native).digest()
    assert stated["gen_time"].native == sealed.proven_at == keyring.now


# ---- OpenSSL's opinion


def pem(folder: Path, name: str, ders: list[bytes]) -> Path:
    path = folder / name
    path.write_bytes(b"".join(x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM) for der in ders))
    return path


@needs_openssl
@both_algorithms
@pytest.mark.parametrize("timed", [False, True], ids=["B-B", "B-T"])
def test_openssl_verifies_the_signature_over_the_byte_range(
    keyring: Keyring, role: SignatoryRole, timed: bool, tmp_path: Path
) -> None:
    data = sealed_by(keyring, role, timed=timed).data
    (tmp_path / "signature.der").write_bytes(der_of(data))
    root = pem(tmp_path, "root.pem", keyring.pki.anchors())
    intermediates = pem(tmp_path, "intermediates.pem", keyring.pki.intermediates())
    for content, accepted in ((signed_bytes(data), True), (signed_bytes(data)[:-1], False)):
        (tmp_path / "content").write_bytes(content)
        command = [
            "openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", tmp_path / "signature.der",
            "-content", tmp_path / "content", "-CAfile", root, "-certfile", intermediates,
            "-purpose", "any", "-out", "/dev/null",
        ]  # fmt: skip
        told = subprocess.run(command, capture_output=True, text=True)
        assert (told.returncode == 0) is accepted, told.stderr


@needs_openssl
@both_algorithms
def test_openssl_verifies_the_time_stamp_over_the_signature_value(
    keyring: Keyring, role: SignatoryRole, tmp_path: Path
) -> None:
    _, info = signer_info(der_of(sealed_by(keyring, role, timed=True).data))
    (tmp_path / "token.der").write_bytes(info["unsigned_attrs"][0]["values"][0].dump())
    root = pem(tmp_path, "root.pem", keyring.pki.anchors())
    intermediates = pem(tmp_path, "intermediates.pem", keyring.pki.intermediates())
    for value, accepted in ((info["signature"].native, True), (info["signature"].native[::-1], False)):
        (tmp_path / "value").write_bytes(value)
        command = [
            "openssl", "ts", "-verify", "-in", tmp_path / "token.der", "-token_in", "-data", tmp_path / "value",
            "-CAfile", root, "-untrusted", intermediates,
        ]  # fmt: skip
        told = subprocess.run(command, capture_output=True, text=True)
        assert (told.returncode == 0) is accepted, told.stderr
