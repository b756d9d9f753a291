"""Signing with one's own key over HTTP: what is to be signed, prepare, complete. Every route is scoped by an invitation."""

import base64
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from signing_service.domain.errors import Problem
from signing_service.domain.tickets import KEY_ADDRESS, write_ticket
from signing_service.pipeline.pictures import layout, picture
from signing_service.storage.public_register import ROLES
from signing_service.storage.tickets import Invitation
from signing_service.workflows.held_outside import Errand, Standing
from signing_service.workflows.own_cert import MOST_CERTS
from signing_service.workflows.reception import Reception, not_found

_PROBLEM: dict[str, Any] = {"description": "RFC 9457", "content": {"application/problem+json": {}}}
_REFUSALS: dict[int | str, dict[str, Any]] = dict.fromkeys((403, 404, 409, 410, 422, 503), _PROBLEM)
_HEX = r"^[0-9a-f]{64}$"


class Prepare(BaseModel):
    """The certs are public; nothing else of the key is ever sent here."""

    document: str = Field(max_length=36)
    revision: str = Field(pattern=_HEX, description="SHA-256 of the file whose pages were shown")
    chain: list[Annotated[str, Field(max_length=16384)]] = Field(
        min_length=1, max_length=MOST_CERTS, description="certs, DER in base64, the signing cert first"
    )


class Complete(BaseModel):
    ticket: str = Field(max_length=36)
    signature: str = Field(max_length=2048, description="base64; ECDSA in DER")
    digest: str = Field(pattern=_HEX, description="SHA-256 of the bytes that were signed")


def make_router(reception: Reception) -> APIRouter:
    router = APIRouter()

    def guest(request: Request) -> Invitation:
        return reception.guest(request.headers.get("authorization", ""))

    def own_page(request: Request) -> str:
        return reception.own_origin(request.headers.get("origin", ""), request.headers.get("host", ""))

    @router.get(KEY_ADDRESS, summary="The key that signs tickets, for agents to pin")
    def ticket_key() -> dict[str, str]:
        return {"algorithm": "Ed25519", "public_key": base64.b64encode(reception.public_key).decode()}

    @router.get(
        "/api/signing/{document}",
        summary="What is to be signed, and how far it is; `current` is whatever the invitation is for",
        responses=_REFUSALS,
    )
    def look(document: str, invitation: Annotated[Invitation, Depends(guest)]) -> dict[str, Any]:
        errand = reception.room.look(invitation)
        if document not in ("current", errand.row.document_id if errand.row else ""):
            raise not_found()
        return described(errand, reception)

    @router.get(
        "/api/signing/{document}/{revision}/pages/{page}.png",
        summary="A page of exactly the revision whose SHA-256 is in the address; pages count from 1",
        responses={200: {"content": {"image/png": {}}}, **_REFUSALS},
        response_class=Response,
    )
    def page(document: str, revision: str, page: int, invitation: Annotated[Invitation, Depends(guest)]) -> Response:
        errand = reception.room.look(invitation)
        if errand.row is None or errand.row.document_id != document:
            raise not_found()
        png = picture(reception.room.file(invitation, revision), page - 1)
        return Response(png, media_type="image/png", headers={"Cache-Control": "private, max-age=86400, immutable"})

    @router.post("/api/signing/prepare", summary="Fix what is signed, and get a ticket", responses=_REFUSALS)
    def prepare(
        asked: Prepare, invitation: Annotated[Invitation, Depends(guest)], origin: Annotated[str, Depends(own_page)]
    ) -> dict[str, Any]:
        chain = [_decoded(text) for text in asked.chain]
        prepared = reception.room.prepare(invitation, asked.document, asked.revision, chain, origin)
        return {
            "ticket": prepared.ticket.ticket_id,
            "signed_ticket": write_ticket(prepared.ticket, reception.ticket_key),
            "to_be_signed": base64.b64encode(prepared.to_be_signed).decode(),
            "algorithm": prepared.signer.algorithm.value,
            "digest_algorithm": prepared.ticket.digest_algorithm,
            "digest": prepared.ticket.digest,
            "expires_at": prepared.ticket.expires_at,
            "number": prepared.ticket.number,
            "title": prepared.ticket.title,
            "pages": prepared.ticket.pages,
            "revision": prepared.ticket.revision,
            "role": prepared.ticket.role,
            "seal": prepared.ticket.seal,
        }

    @router.post(
        "/api/signing/complete",
        summary="Give the signature; it is checked, kept for good, then time-stamped and put in place",
        status_code=202,
        responses=_REFUSALS,
    )
    def complete(
        asked: Complete, invitation: Annotated[Invitation, Depends(guest)], origin: Annotated[str, Depends(own_page)]
    ) -> dict[str, str]:
        row = reception.room.complete(invitation, asked.ticket, _decoded(asked.signature), asked.digest, origin)
        return {"document": row.document_id, "standing": Standing.KEPT.value}

    return router


def described(errand: Errand, reception: Reception) -> dict[str, Any]:
    """The errand as JSON. The party sees its own name and the document, and nothing of anybody else's."""
    role = ROLES[errand.role]
    told: dict[str, Any] = {
        "standing": errand.standing.value,
        "dossier": errand.dossier,
        "role": errand.role.value,
        "role_name": {"zh": role.zh, "en": role.en},
        "party": errand.party.public_name,
    }
    if errand.row is None or errand.revision is None or errand.standing is Standing.VOID:
        return told
    shown = layout(reception.room.desk.blobs.get(errand.revision.sha256))
    return {
        **told,
        "document": errand.row.document_id,
        "number": errand.row.number,
        "title": errand.row.title,
        "revision": errand.revision.sha256,
        "pages": len(shown.pages),
        "seal": errand.seal.artwork.name if errand.seal else "",
        "signatories": [
            {"role": place.role.value, "filled": place.filled, "page": place.page + 1} for place in shown.places
        ],
    }


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise Problem(
            "BASE64_INVALID",
            "数据格式有误，请刷新页面后重试。",
            "What was sent is not base64: reload the page and try again.",
        ) from None
