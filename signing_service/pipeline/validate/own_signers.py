"""Whether a signer of a file of ours is to be believed, and at which time: the plain case of ``signers``.

The rules are those of the full path (EN 319 102-1, 5.3 to 5.6), reduced to where they leave nothing to weigh: one
chain to one anchor, all evidence about it valid and none against it. Then only time is left to ask for: everything is
in order today, or it was at a time that is proven. Anything else raises NotOursError.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from cryptography.x509.oid import ExtendedKeyUsageOID

from signing_service.pipeline.validate.limits import Limits
from signing_service.pipeline.validate.own_certs import (
    Answer,
    Cert,
    RevocationList,
    answer_of,
    cert_of,
    is_issued_by,
    is_signed_by,
    list_of,
    responder_of,
)
from signing_service.pipeline.validate.own_cms import Signature, Token
from signing_service.pipeline.validate.own_layout import Store
from signing_service.pipeline.validate.own_objects import NotOursError

LONGEST_CHAIN = 5

Chain = tuple[Cert, ...]
"""The signer first, each followed by its issuer, the anchor last."""


@dataclass(frozen=True, slots=True)
class Believed:
    """What the caller brings, DER: the anchors, CA certs and CRLs of ``validate``."""

    anchors: tuple[bytes, ...]
    intermediates: tuple[bytes, ...]
    crls: tuple[bytes, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """All evidence: the caller's and the store's."""

    answers: tuple[Answer, ...]
    lists: tuple[RevocationList, ...]
    given_lists: tuple[RevocationList, ...]


def known(believed: Believed, store: Store) -> Known:
    given = tuple(list_of(der) for der in believed.crls)
    stored = tuple(list_of(der) for der in store.crls)
    return Known(tuple(answer_of(der) for der in store.ocsps), (*given, *stored), given)


def chain_of(signer: bytes, brought: Sequence[bytes], believed: Believed, store: Store) -> Chain:
    """The one chain there is."""
    return _chain(signer, frozenset((*brought, *store.certs, *believed.intermediates)), believed.anchors)


@lru_cache(maxsize=1024)
def _chain(signer: bytes, pool: frozenset[bytes], anchors: tuple[bytes, ...]) -> Chain:
    roots = [cert_of(der) for der in dict.fromkeys(anchors)]
    others = [cert_of(der) for der in pool if der not in anchors]
    chain = [cert_of(signer)]
    if signer in anchors:
        raise NotOursError("a signer that is an anchor")
    while True:
        issuers = [one for one in (*roots, *others) if one.subject == chain[-1].issuer]
        if len(issuers) != 1 or len(chain) >= LONGEST_CHAIN or not is_issued_by(chain[-1], issuers[0]):
            raise NotOursError("not one issuer")
        (issuer,) = issuers
        below = len(chain) - 1
        if issuer.path_length is not None and below > issuer.path_length:
            raise NotOursError("a chain longer than its CA allows")
        chain.append(issuer)
        if issuer in roots:
            return tuple(chain)


def require_modest(signature: Signature | Token, believed: Believed, store: Store, limits: Limits) -> None:
    """The limits of the full path on what a file brings (``signers.pool_is_too_large``)."""
    stamp = signature.stamp if isinstance(signature, Signature) else None
    embedded = [*signature.certs, *(stamp.certs if stamp else ())]
    brought = {*embedded, *store.certs}
    names = Counter(cert_of(der).subject for der in brought.union(believed.intermediates))
    ours = {cert_of(der).subject for der in brought}
    same = sum(names[name] for name in ours if names[name] > 1)
    if len(embedded) > limits.max_certs or len(brought) > limits.max_pool_certs or same > limits.max_same_name_certs:
        raise NotOursError("more certs than are looked at")


def require_signer(cert: Cert) -> None:
    """For signing documents, by key usage alone."""
    if "content_commitment" not in cert.usages or cert.purposes is not None or cert.is_ca:
        raise NotOursError("a cert for other uses")


def require_authority(cert: Cert) -> None:
    """For time-stamping, and nothing else (RFC 3161, 2.3)."""
    if cert.purposes != (ExtendedKeyUsageOID.TIME_STAMPING,) or "digital_signature" not in cert.usages or cert.is_ca:
        raise NotOursError("a cert for other uses")


def proven_by(token: Token, chain: Chain, evidence: Known, at: datetime, stamped_at: datetime | None) -> datetime:
    """The time of a token that holds: today, or at ``stamped_at``, when a later one covers it.

    The last one is covered by none; while it is in term and only the evidence on it is old, its own time serves.
    """
    _require_begun(chain, at)
    if in_order(chain, evidence, at, is_time_stamp=True):
        return token.at
    moment = stamped_at
    if moment is None:
        if not all(cert.in_term(at) for cert in chain) or _speak_of(evidence.given_lists, chain[0]):
            raise NotOursError("a time stamp of an authority whose term is over")
        moment = token.at
    if not in_order(chain, evidence, moment, is_time_stamp=True):
        raise NotOursError("a time stamp that does not hold")
    return token.at


def require_believed(
    chain: Chain, evidence: Known, at: datetime, proven: datetime | None, stamped_at: datetime | None
) -> None:
    """The signer is in order today, or was when the signature is proven to have existed."""
    _require_begun(chain, at)
    if in_order(chain, evidence, at):
        return
    if proven is None or (evidence.given_lists and stamped_at is None):
        raise NotOursError("a signer who is not in order today")
    if not in_order(chain, evidence, proven):
        raise NotOursError("a signer who was not in order then")


def _require_begun(chain: Chain, at: datetime) -> None:
    if any(at < cert.since for cert in chain):
        raise NotOursError("a cert of the future")


def in_order(chain: Chain, evidence: Known, at: datetime, *, is_time_stamp: bool = False) -> bool:
    """Whether certs and evidence are in term at ``at``; False only where time alone is in the way.

    Evidence about a cert is binding, stale or not, and evidence that came after ``at`` serves.
    """
    fine = True
    for cert, issuer in itertools.pairwise(chain):
        answers = [one for one in evidence.answers if one.serial == cert.serial]
        lists = [one for one in evidence.lists if one.issuer == cert.issuer]
        responders = [_responder(one, cert, issuer) for one in answers]
        if any(not is_signed_by(one, issuer) or one.names(cert) for one in lists):
            raise NotOursError("a CRL that is not the CA's, or that names the cert")
        is_required = cert is chain[0] and not is_time_stamp
        answers_count, lists_count = cert.names_ocsp, cert.names_crl or is_required
        if (answers and not answers_count) or (lists and not lists_count):
            raise NotOursError("evidence of a kind that the cert does not name")
        is_known = any(
            one.until >= at and responder.in_term(at) for one, responder in zip(answers, responders, strict=True)
        ) or any(one.until >= at for one in lists)
        fine = fine and cert.in_term(at) and (is_known or not (answers or lists))
    return fine and chain[-1].in_term(at)


def turning_points(chain: Chain, evidence: Known) -> set[datetime]:
    """Where ``in_order`` may turn from one answer to the other."""
    points = {point for cert in chain for point in (cert.since, cert.until)}
    points |= {one.until for one in evidence.answers} | {one.until for one in evidence.lists}
    for cert, issuer in itertools.pairwise(chain):
        for answer in evidence.answers:
            if answer.serial == cert.serial:
                responder = _responder(answer, cert, issuer)
                points |= {responder.since, responder.until}
    return points


def _responder(answer: Answer, cert: Cert, issuer: Cert) -> Cert:
    if not answer.is_about(cert, issuer):
        raise NotOursError("a response about another cert of this number")
    return responder_of(answer, issuer)


def _speak_of(lists: Iterable[RevocationList], cert: Cert) -> bool:
    return any(one.issuer == cert.issuer for one in lists)


def is_complete(chain: Chain, brought: Sequence[bytes], store: Store) -> bool:
    """Whether a store has, with what the signature brings, each cert below the anchor and a word on it
    (EN 319 142-1, 6.3).
    """
    held = {*brought, *store.certs}
    serials = {answer_of(der).serial for der in store.ocsps}
    issuers = {list_of(der).issuer for der in store.crls}
    return all(cert.der in held and (cert.serial in serials or cert.issuer in issuers) for cert in chain[:-1])
