"""自检: before the first party signs, everything the last one will need is tried, so that nothing sticks half signed.

Peers' commonest complaint is a document that cannot be finished after everybody has signed, for want of a key, a
chain, a glyph or a time stamp that nobody had tried.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyRef, KeyStore, RevocationSource, SigningCert, TimeStampingAuthority
from signing_service.pipeline import cms
from signing_service.pipeline.extend import Chain, chain_of_token, gathered
from signing_service.pipeline.fonts import Fonts, glyph_missing
from signing_service.pipeline.increment import TIME_STAMP_ROOM

PROBE = b"signing-service preflight"


@dataclass(frozen=True, slots=True)
class Signatory:
    role: SignatoryRole
    key: KeyRef


def check_can_finish(
    facts: Mapping[str, Any],
    fonts: Fonts,
    signatories: Iterable[Signatory],
    keys: KeyStore,
    anchors: Sequence[bytes],
    tsa: TimeStampingAuthority | None,
    now: datetime,
    *,
    revocation: RevocationSource | None = None,
    intermediates: Sequence[bytes] = (),
) -> None:
    """Return when the document can be finished. With ``revocation``, also to a level for the long term: the evidence
    for every signatory and for the time-stamping authority is asked for, and not kept.

    Raises Problem: GLYPH_MISSING, KEY_UNKNOWN, KEY_UNAVAILABLE, CERT_NOT_VALID, CHAIN_INCOMPLETE, SIGNATURE_INVALID,
    TSA_UNAVAILABLE, TSA_TOKEN_TOO_LONG, CERT_REVOKED, REVOCATION_UNAVAILABLE.
    """
    chains: list[Chain] = []
    for text in _texts(facts):
        for character in fonts.missing(text):
            raise glyph_missing(character)
    for signatory in signatories:
        signer = keys.signing_cert(signatory.key)
        _check_chain(signatory, signer, anchors, now)
        attributes = cms.signed_attributes(hashlib.new(signer.algorithm.digest, PROBE).digest(), signer)
        cms.check_signature(attributes, keys.sign(signatory.key, attributes), signer)
        chains.append((signer.cert, *signer.chain))
    if tsa is not None:
        token = tsa.time_stamp(hashlib.sha256(PROBE).digest()).token
        _check_token(token)
        chains.append(chain_of_token(token, tuple(intermediates)))
    if revocation is not None:
        gathered(dict.fromkeys(chains), revocation, now)


def _check_token(token: bytes) -> None:
    # the room is kept before the key signs; a token that does not fit would spoil every signature
    if len(token) > TIME_STAMP_ROOM:
        raise Problem(
            "TSA_TOKEN_TOO_LONG",
            f"时间戳令牌有 {len(token)} 字节，超过预留的 {TIME_STAMP_ROOM} 字节，请联系管理员调整时间戳服务的证书链。",
            f"The time-stamp token has {len(token)} bytes, and there is room for {TIME_STAMP_ROOM}: "
            "have the certs that the authority sends along reduced.",
            status=503,
        )


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for part in value.values():
                yield from _texts(part)
        case list() | tuple():
            for part in value:
                yield from _texts(part)


def _check_chain(signatory: Signatory, signer: SigningCert, anchors: Sequence[bytes], now: datetime) -> None:
    certs = [x509.load_der_x509_certificate(der) for der in (signer.cert, *signer.chain)]
    for cert in certs:
        if not cert.not_valid_before_utc <= now <= cert.not_valid_after_utc:
            raise Problem(
                "CERT_NOT_VALID",
                f"{signatory.role} 的数字证书有效期为 {cert.not_valid_before_utc:%Y-%m-%d} 至 "
                f"{cert.not_valid_after_utc:%Y-%m-%d}，当前不可用，请更换证书后再提交。",
                f"The cert of {signatory.role} is valid from {cert.not_valid_before_utc:%Y-%m-%d} to "
                f"{cert.not_valid_after_utc:%Y-%m-%d}: have it renewed before submitting.",
                status=503,
            )
    linked = all(_issued(issuer, issued) for issued, issuer in pairwise(certs))
    # two roots of one name are a CA that changed its key
    if not linked or not any(_issued(x509.load_der_x509_certificate(root), certs[-1]) for root in anchors):
        raise _incomplete(signatory)


def _issued(issuer: x509.Certificate, issued: x509.Certificate) -> bool:
    try:
        issued.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _incomplete(signatory: Signatory) -> Problem:
    return Problem(
        "CHAIN_INCOMPLETE",
        f"{signatory.role} 的数字证书链不能连到信任根，请补全中级证书或更换证书。",
        f"The cert chain of {signatory.role} does not lead to a trust anchor: complete it or change the cert.",
        status=503,
    )
