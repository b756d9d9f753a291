"""签章: a party's key fills its field. PAdES B-B or B-T, by incremental update; B-LT and B-LTA begin as B-T.

``begin_seal`` makes the revision that is to be signed and says what the key has to sign; ``finish_seal`` takes the
signature, wherever it was made, checks it, has it time-stamped and puts it in its place. Between the two the
intent is stored. ``seal`` does both with a key of ours.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from signing_service.domain.documents import PadesLevel, SealedPdf, SignablePdf, SignatoryRole
from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyRef, KeyStore, SigningCert, TimeStampingAuthority
from signing_service.pipeline import cms
from signing_service.pipeline.appearance import Appearance
from signing_service.pipeline.body import unwritten
from signing_service.pipeline.extend import TrustServices, extend
from signing_service.pipeline.first_signature import write_signed
from signing_service.pipeline.increment import TIME_STAMP_ROOM, Update, append_signature


@dataclass(frozen=True, slots=True)
class PreparedSeal:
    """A revision with a hole, and what fills it."""

    update: Update
    role: SignatoryRole
    fields: tuple[SignatoryRole, ...]
    filled: tuple[SignatoryRole, ...]
    signer: SigningCert
    level: PadesLevel
    claimed_at: datetime
    digest: bytes
    """Of the byte range, by ``signer.algorithm.digest``: what the register keeps as the intent."""
    to_be_signed: bytes
    """DER of the signed attributes: what the key signs."""


def begin_seal(
    pdf: SignablePdf | SealedPdf,
    role: SignatoryRole,
    signer: SigningCert,
    claimed_at: datetime,
    *,
    level: PadesLevel,
    appearance: Appearance | None = None,
    excused: frozenset[SignatoryRole] = frozenset(),
) -> PreparedSeal:
    """Prepare the signature of ``role``. Same input, same bytes and digest.

    A document that has not been written yet is written once, with the signature in it; to a file that was read back an
    update is appended. The first signature of a document certifies it (DocMDP P=2), the last one locks it. A signature that is to be B-LT
    or B-LTA is made at B-T, and ``pipeline.extend`` goes on from there. Raises Problem SLOT_NOT_OPEN when the field is
    filled or unknown, OTHERS_STILL_TO_SIGN for the locking field while another is open that is not ``excused``.
    """
    filled = pdf.filled if isinstance(pdf, SealedPdf) else ()
    _refuse_early_lock(pdf.fields, (*filled, *excused), role)
    room = cms.room_for(signer, 0 if level is PadesLevel.B_B else TIME_STAMP_ROOM)
    if isinstance(pdf, SignablePdf) and not isinstance(pdf.body, bytes):
        update = write_signed(unwritten(pdf.body), role, room=room, claimed_at=claimed_at, appearance=appearance)
    else:
        update = append_signature(
            pdf.data, role, room=room, claimed_at=claimed_at, appearance=appearance, certify=not filled
        )
    digest = update.digest(signer.algorithm.digest)
    return PreparedSeal(
        update=update,
        role=role,
        fields=pdf.fields,
        filled=(*filled, role),
        signer=signer,
        level=level,
        claimed_at=claimed_at,
        digest=digest,
        to_be_signed=cms.signed_attributes(digest, signer),
    )


def finish_seal(prepared: PreparedSeal, signature: bytes, tsa: TimeStampingAuthority | None) -> SealedPdf:
    """Put a signature over ``prepared.to_be_signed`` in its place.

    Raises Problem SIGNATURE_INVALID when it does not verify, TSA_UNAVAILABLE when more than B-B was asked for and no
    time is to be had: the level is never lowered silently.
    """
    cms.check_signature(prepared.to_be_signed, signature, prepared.signer)
    stamp = None
    if prepared.level is not PadesLevel.B_B:
        if tsa is None:
            raise Problem(
                "TSA_UNAVAILABLE",
                "未配置时间戳服务，无法生成带时间证明的签名；请配置后重试。",
                "No time-stamping authority is configured, so the time cannot be proven: configure one and retry.",
                status=503,
            )
        stamp = tsa.time_stamp(hashlib.sha256(signature).digest())
    contents = cms.assemble(prepared.to_be_signed, signature, prepared.signer, stamp.token if stamp else None)
    return SealedPdf(
        prepared.update.filled(contents), prepared.fields, prepared.filled, proven_at=stamp.at if stamp else None
    )


def seal(
    pdf: SignablePdf | SealedPdf,
    role: SignatoryRole,
    keys: KeyStore,
    key: KeyRef,
    claimed_at: datetime,
    *,
    level: PadesLevel,
    tsa: TimeStampingAuthority | None = None,
    services: TrustServices | None = None,
    appearance: Appearance | None = None,
) -> SealedPdf:
    """Fill the field of ``role`` with a key of a store: begin, sign, finish, and extend where ``level`` asks for it.

    Raises Problem REVOCATION_UNAVAILABLE when B-LT or B-LTA is asked for without ``services``.
    """
    if level.is_long_term and services is None:
        raise Problem(
            "REVOCATION_UNAVAILABLE",
            "未配置吊销状态查询服务，无法生成长期有效的签名；请配置后重试。",
            "No source of revocation data is configured, so nothing can be kept for the long term: configure one.",
            status=503,
        )
    prepared = begin_seal(pdf, role, keys.signing_cert(key), claimed_at, level=level, appearance=appearance)
    sealed = finish_seal(prepared, keys.sign(key, prepared.to_be_signed), tsa)
    return extend(sealed, level, services, claimed_at) if services and level.is_long_term else sealed


def _refuse_early_lock(
    fields: tuple[SignatoryRole, ...], filled: tuple[SignatoryRole, ...], role: SignatoryRole
) -> None:
    """Behind the lock nobody can sign any more, so whoever is missing would be missing for ever."""
    missing = [other for other in fields if other not in (*filled, role)]
    if missing and role is fields[-1]:
        raise Problem(
            "OTHERS_STILL_TO_SIGN",
            "最后一个签署位置会锁定全文，须待其他各方签署完毕后再签。",
            "The last signature locks the document: it has to wait until all the others have signed.",
            status=409,
            missing=", ".join(missing),
        )
