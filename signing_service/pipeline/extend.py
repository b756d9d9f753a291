"""从 B-T 到长期: a sealed file is given all that its signatures will need when their certs and the services are gone.

One store and one document time stamp are enough: the store holds the evidence for every signature, for the time
stamps in them, and for the authority that stamps the document, so that the stamp covers all of it (ETSI EN 319 142-1,
5.5). Renewing adds the evidence for the last document time stamp, and a new one over it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType

from asn1crypto import algos, tsp
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from signing_service.domain.documents import PadesLevel, SealedPdf, StampTerm
from signing_service.domain.errors import Problem
from signing_service.domain.keys import RevocationEvidence, RevocationSource, TimeStamp, TimeStampingAuthority
from signing_service.pipeline import cms
from signing_service.pipeline.long_term import add_document_time_stamp, add_validation_data
from signing_service.pipeline.written import Written

MOST_AUTHORITIES = 4
"""Time-stamping authorities that may answer in turn before a stamp comes from one whose evidence is at hand."""

Chain = tuple[bytes, ...]
"""DER, the signing cert first, each followed by its issuer, without the root."""


NOTHING_PROVEN: Mapping[Chain, datetime] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class TrustServices:
    """Who proves times and who stands by certs."""

    tsa: TimeStampingAuthority
    revocation: RevocationSource
    intermediates: Sequence[bytes]
    """CA certs, DER, for a chain that a signature does not bring whole."""


@dataclass(frozen=True, slots=True)
class Signed:
    """One signature or document time stamp, in the order of the file."""

    is_time_stamp: bool
    contents: cms.Parts


def extend(sealed: SealedPdf, level: PadesLevel, services: TrustServices, now: datetime) -> SealedPdf:
    """The file with all its signatures, which have to be B-T, brought to B-LT or B-LTA.

    Raises Problem TSA_UNAVAILABLE and REVOCATION_UNAVAILABLE, and then nothing was made: the level is never lowered;
    CERT_REVOKED for a cert that was revoked before the time its signature is proven to be from.
    """
    if not level.is_long_term:
        msg = f"{level} is not reached by updates"
        raise ValueError(msg)
    pool, found = tuple(services.intermediates), signed_in(sealed.data)
    chains = tuple(dict.fromkeys(chain for signed in found for chain in chains_of(signed, pool)))
    proven = _proven(found, pool)
    if level is PadesLevel.B_LT:
        data = add_validation_data(sealed.data, gathered(chains, services.revocation, now, proven))
        return replace(sealed, data=data)
    data, stamp = _stamped(sealed.data, chains, services, now, proven)
    return replace(sealed, data=data, proven_at=sealed.proven_at or stamp.at)


def renew(data: bytes, services: TrustServices, now: datetime) -> tuple[bytes, TimeStamp]:
    """A B-LTA file with the evidence for its last document time stamp and a further one over it.

    Raises as ``extend`` does; Problem ARCHIVE_WITHOUT_TIME_STAMP for a file that has none.
    """
    last = last_time_stamp(data)
    if last is None:
        raise Problem(
            "ARCHIVE_WITHOUT_TIME_STAMP",
            "该文件没有文档时间戳，不能续期；须为 B-LTA 级文件。",
            "The file has no document time stamp that could be renewed: it is not at level B-LTA.",
        )
    return _stamped(data, chains_of(last, tuple(services.intermediates)), services, now)


def _stamped(
    data: bytes,
    chains: tuple[Chain, ...],
    services: TrustServices,
    now: datetime,
    proven: Mapping[Chain, datetime] = NOTHING_PROVEN,
) -> tuple[bytes, TimeStamp]:
    """Evidence for ``chains`` and for whoever stamps, then the stamp. A pool of authorities may answer with any of its
    own: where the evidence lacks the one that did, its stamp is thrown away and asked for again over that evidence.
    """
    for _ in range(MOST_AUTHORITIES):
        with_evidence = add_validation_data(data, gathered(chains, services.revocation, now, proven))
        stamped, stamp = add_document_time_stamp(with_evidence, services.tsa)
        chain = chain_of_token(stamp.token, tuple(services.intermediates))
        if chain in chains:
            return stamped, stamp
        chains = (*chains, chain)
    raise Problem(
        "TSA_UNAVAILABLE",
        "时间戳服务每次应答所用的证书都不相同，未能完成长期存证；系统将自动重试。",
        "The time-stamping service answers with another cert each time, so no evidence fits: it is tried again.",
        status=503,
    )


def gathered(
    chains: Iterable[Chain],
    revocation: RevocationSource,
    now: datetime,
    proven: Mapping[Chain, datetime] = NOTHING_PROVEN,
) -> RevocationEvidence:
    """The chains and the evidence for each cert of them, nothing twice.

    ``proven``: how old the signatures of a chain are known to be; a revocation since then is evidence, no obstacle.
    """
    found = [(chain, revocation.evidence(chain, now, proven.get(chain))) for chain in chains]
    return RevocationEvidence(
        certs=tuple(dict.fromkeys(cert for chain, evidence in found for cert in (*chain, *evidence.certs))),
        ocsps=tuple(dict.fromkeys(one for _, evidence in found for one in evidence.ocsps)),
        crls=tuple(dict.fromkeys(one for _, evidence in found for one in evidence.crls)),
    )


def _proven(found: Iterable[Signed], intermediates: tuple[bytes, ...]) -> dict[Chain, datetime]:
    """Of every chain that signed here, the time at which its youngest signature is proven to have existed."""
    times: dict[Chain, datetime] = {}
    for signed in found:
        chain = chain_of(signed.contents, intermediates)
        if signed.contents.time_stamps and not signed.is_time_stamp:
            stamped = min(cms.stamped_at(token) for token in signed.contents.time_stamps)
            times[chain] = max(stamped, times.get(chain, stamped))
    return times


# ---- who signed and stamped


def signed_in(data: bytes) -> tuple[Signed, ...]:
    """Every signature and document time stamp of a file of ours, in the order of its fields."""
    file = Written.read(data)
    values = [file.resolved(field[b"/V"]) for _, field in file.fields() if b"/V" in field]
    return tuple(
        Signed(
            value.get(b"/SubFilter") == b"/ETSI.RFC3161",
            cms.read_parts(bytes.fromhex(value[b"/Contents"][1:-1].decode())),
        )
        for value in values
    )


def last_time_stamp(data: bytes) -> Signed | None:
    """The newest document time stamp: fields are added one after the other."""
    return next((signed for signed in reversed(signed_in(data)) if signed.is_time_stamp), None)


def stamp_term(data: bytes) -> StampTerm | None:
    """How long the newest document time stamp of a file holds; None when it has none."""
    last = last_time_stamp(data)
    if last is None:
        return None
    until, key = _term_and_key(signing_cert_of(last.contents))
    imprint = tsp.TSTInfo.load(last.contents.content)["message_imprint"]["hash_algorithm"]["algorithm"].native
    digest = algos.DigestAlgorithm.load(last.contents.digest)["algorithm"].native
    return StampTerm(until, tuple(dict.fromkeys((imprint, digest, key))))


@lru_cache(maxsize=256)
def _term_and_key(cert: bytes) -> tuple[datetime, str]:
    parsed = x509.load_der_x509_certificate(cert)
    return parsed.not_valid_after_utc, _name_of(parsed.public_key())


def _name_of(key: object) -> str:
    match key:
        case ec.EllipticCurvePublicKey():
            return f"ecdsa-p{key.key_size}"
        case rsa.RSAPublicKey():
            return f"rsa-{key.key_size}"
        case _:
            return type(key).__name__.removesuffix("PublicKey").lower()


def chains_of(signed: Signed, intermediates: tuple[bytes, ...]) -> tuple[Chain, ...]:
    """Of the signer, and of the authorities that time-stamped the signature."""
    tokens = (chain_of_token(token, intermediates) for token in signed.contents.time_stamps)
    return (chain_of(signed.contents, intermediates), *tokens)


def chain_of(contents: cms.Parts, intermediates: tuple[bytes, ...]) -> Chain:
    """The cert that signed and those above it, as far as they are in the signature or among ``intermediates``.

    Raises Problem CERT_MISSING when the signature does not bring the cert it was made with.
    """
    return _linked(signing_cert_of(contents), frozenset((*contents.certs, *intermediates)))


def chain_of_token(token: bytes, intermediates: tuple[bytes, ...]) -> Chain:
    """Of the authority that made an RFC 3161 token (DER)."""
    return chain_of(cms.read_parts(token), intermediates)


def signing_cert_of(contents: cms.Parts) -> bytes:
    """DER of the cert that the one signer names. Raises Problem CERT_MISSING."""
    for cert in contents.certs:
        if cms.signer_id_of(cert) == contents.signer_id:
            return cert
    raise Problem(
        "CERT_MISSING",
        "签名或时间戳未附其签名证书，不能收集长期验证材料；请让签发方在签名中附上证书。",
        "A signature or time stamp does not bring the cert it was made with, so no evidence can be asked for.",
    )


@lru_cache(maxsize=1024)
def _linked(leaf: bytes, pool: frozenset[bytes]) -> Chain:
    certs = [x509.load_der_x509_certificate(der) for der in pool]
    chain = [x509.load_der_x509_certificate(leaf)]
    while issuer := next((cert for cert in certs if cert not in chain and _issued(cert, chain[-1])), None):
        if issuer.subject == issuer.issuer:
            break
        chain.append(issuer)
    return tuple(cert.public_bytes(Encoding.DER) for cert in chain)


def _issued(issuer: x509.Certificate, issued: x509.Certificate) -> bool:
    try:
        issued.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
