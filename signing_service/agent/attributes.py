"""What a token may sign here: the signed attributes of the very document that the ticket names, and nothing else."""

from __future__ import annotations

import hashlib

from asn1crypto import cms

from signing_service.domain.errors import Problem
from signing_service.domain.tickets import Ticket

_ALLOWED = {"content_type", "message_digest", "signing_certificate_v2"}


def check_attributes(data: bytes, ticket: Ticket, cert: bytes) -> None:
    """Return when ``data`` is the DER of these attributes (RFC 5652, 11; RFC 5035). Raises Problem DIGEST_MISMATCH.

    Without this a token would put its holder's name to whatever a page sends.
    """
    try:
        attributes = cms.CMSAttributes.load(data, strict=True)
        values = {one["type"].native: one["values"] for one in attributes}
        digest = values["message_digest"][0].native
        certs = values["signing_certificate_v2"][0]["certs"]
        named = certs[0]["cert_hash"].native
        hashed = certs[0]["hash_algorithm"]["algorithm"].native
        right = (
            len(attributes) == len(values)
            and set(values) == _ALLOWED
            and all(len(value) == 1 for value in values.values())
            and values["content_type"][0].native == "data"
            and attributes.dump(force=True) == data
            and digest.hex() == ticket.digest
            and named == hashlib.new(hashed, cert).digest()
        )
    except (ValueError, TypeError, KeyError, IndexError, AttributeError):
        right = False
    if not right or hashlib.sha256(data).hexdigest() != ticket.to_be_signed:
        raise Problem(
            "DIGEST_MISMATCH",
            "网页要签的内容与签署凭单所列的文件不一致，已拒绝签名；请勿继续，并告知平台。",
            "What the page wants signed is not the document of the ticket, so nothing is signed: stop, and tell the platform.",
            status=409,
        )
    if hashlib.sha256(cert).hexdigest() != ticket.cert:
        raise Problem(
            "CERT_MISMATCH",
            "签署凭单是为另一张证书准备的，已拒绝签名；请刷新网页后重试。",
            "The ticket was made for another cert, so nothing is signed: reload the page and try again.",
            status=409,
        )
