"""The table of algorithms says in DER what the standards say; another library reads the same out of it."""

from __future__ import annotations

import hashlib

import pytest
from asn1crypto import algos

from signing_service.domain.keys import KeyAlgorithm
from signing_service.domain.schemes import DIGEST_IDENTIFIERS, DIGEST_OIDS, PSS_OID, SCHEMES, Family, algorithm_of

NAMES = {
    KeyAlgorithm.ECDSA_P256: "sha256_ecdsa",
    KeyAlgorithm.ECDSA_P384: "sha384_ecdsa",
    KeyAlgorithm.RSA_2048: "sha256_rsa",
    KeyAlgorithm.RSA_3072: "sha256_rsa",
    KeyAlgorithm.RSA_2048_PSS: "rsassa_pss",
    KeyAlgorithm.RSA_3072_PSS: "rsassa_pss",
    KeyAlgorithm.ED25519: "ed25519",
}


def test_every_algorithm_has_its_row() -> None:
    assert set(SCHEMES) == set(KeyAlgorithm) == set(NAMES)


@pytest.mark.parametrize("algorithm", KeyAlgorithm)
def test_a_signature_algorithm_is_named_as_the_standards_name_it(algorithm: KeyAlgorithm) -> None:
    scheme = SCHEMES[algorithm]
    read = algos.SignedDigestAlgorithm.load(scheme.identifier, strict=True)
    assert read["algorithm"].native == NAMES[algorithm]
    assert read["algorithm"].dotted == scheme.oid
    if scheme.family is Family.RSA_PSS:
        parameters = read["parameters"].native
        assert parameters["hash_algorithm"]["algorithm"] == algorithm.digest
        assert parameters["mask_gen_algorithm"]["parameters"]["algorithm"] == algorithm.digest
        assert parameters["salt_length"] == hashlib.new(algorithm.digest).digest_size
        assert scheme.identifier[13:] == read["parameters"].dump()
        assert scheme.oid == PSS_OID


@pytest.mark.parametrize("name", DIGEST_OIDS)
def test_a_digest_is_named_without_parameters(name: str) -> None:
    read = algos.DigestAlgorithm.load(DIGEST_IDENTIFIERS[name], strict=True)
    assert read["algorithm"].native == name
    assert read["algorithm"].dotted == DIGEST_OIDS[name]
    assert len(DIGEST_IDENTIFIERS[name]) == 13


@pytest.mark.parametrize("algorithm", KeyAlgorithm)
def test_an_algorithm_is_found_by_its_family_and_size(algorithm: KeyAlgorithm) -> None:
    assert algorithm_of(SCHEMES[algorithm].family, SCHEMES[algorithm].bits) is algorithm
    assert algorithm_of(SCHEMES[algorithm].family, 1024) is None
