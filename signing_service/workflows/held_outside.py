"""A party signs with a key in its own hands: it is told what to sign, and gives back a signature.

    prepare   what is to be signed is fixed and written down, with the time it claims; out goes a ticket
    complete  the signature is checked and kept with the ticket, which is then used up
    finish    the worker has it time-stamped and puts it into the document, when and as often as it takes

No key is asked here, and a signature once given is never lost: neither with the time-stamping authority down nor with
the process killed at any line.
"""

from __future__ import annotations

import hashlib
import hmac
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from sqlalchemy import Connection

from signing_service.domain.dates import day_in_shanghai
from signing_service.domain.documents import SignatoryRole, sha256_of
from signing_service.domain.dossier import Stage
from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyRef, RevocationSource, SigningCert
from signing_service.domain.parties import Party
from signing_service.domain.seals import Seal
from signing_service.domain.tickets import LIFETIME, Ticket, expired
from signing_service.pipeline import cms
from signing_service.pipeline.appearance import draw
from signing_service.pipeline.lay_out import as_it_stands
from signing_service.pipeline.page_image import page_of
from signing_service.pipeline.pictures import layout
from signing_service.pipeline.seal import PreparedSeal, begin_seal
from signing_service.storage import documents, dossiers, outbox, parties, sealings, tickets
from signing_service.storage.documents import DocumentRow, Revision
from signing_service.storage.sealings import Sealing
from signing_service.storage.tickets import Invitation, TicketRow, TicketState
from signing_service.workflows import effects, use_of_keys
from signing_service.workflows.desk import Desk
from signing_service.workflows.own_cert import CodeOfIdNumber, check_subject, signer_from
from signing_service.workflows.use_of_keys import Chosen

INVITED_FOR = timedelta(days=14)

PATIENCE = timedelta(hours=6)
"""A party takes its time: so often the worker looks by itself. A signature that arrives is taken up at once."""


class Standing(StrEnum):
    """How far it is with what an invitation invites to."""

    OPEN = "open"
    """To be signed now."""
    KEPT = "kept"
    """The signature has arrived, and is being time-stamped."""
    SIGNED = "signed"
    LATER = "later"
    """Something has to happen before: the form is being drawn, another signs first."""
    VOID = "void"
    """Taken back: nothing is to be signed."""


@dataclass(frozen=True, slots=True)
class Errand:
    """What a party is invited to sign, and how far it is with it."""

    standing: Standing
    party: Party
    role: SignatoryRole
    dossier: str
    row: DocumentRow | None
    """None when there is no document yet."""
    revision: Revision | None
    """The one to be signed when OPEN, else the latest."""
    effect: effects.Seal | None
    """What is due when OPEN or KEPT."""
    seal: Seal | None
    line: int = 0
    """The journal line of the step that owes the seal, when something is due."""


@dataclass(frozen=True, slots=True)
class Prepared:
    ticket: Ticket
    to_be_signed: bytes
    """DER of the signed attributes."""
    signer: SigningCert


@dataclass(frozen=True, slots=True)
class SigningRoom:
    """Where parties with keys of their own sign. Holds no key."""

    desk: Desk
    fonts: Path
    anchors: Sequence[bytes]
    intermediates: Sequence[bytes]
    revocation: RevocationSource
    code_of_id_number: CodeOfIdNumber
    entropy: Callable[[int], bytes]
    """So many bytes that nobody can guess."""

    # ---- invitations

    def invite(self, dossier_number: str, role: SignatoryRole, for_so_long: timedelta = INVITED_FOR) -> str:
        """An unguessable token that lets its bearer sign in this role; it is stored as a hash and told this once.

        Raises Problem DOSSIER_UNKNOWN, ROLE_UNKNOWN, KEY_NOT_OUTSIDE for a party whose key is with us.
        """
        now = self.desk.clock()
        token = self.entropy(32).hex()
        with self.desk.database.transaction() as connection:
            dossier = dossiers.load(connection, dossier_number)
            if role not in dossier.parties:
                raise Problem(
                    "ROLE_UNKNOWN",
                    f"办件 {dossier_number} 没有“{role}”这一方，可选：{'、'.join(dossier.parties)}。",
                    f"Dossier {dossier_number} has no {role}; it has: {', '.join(dossier.parties)}.",
                    status=404,
                )
            party = parties.load(connection, dossier.parties[role])
            if party.key is None or not party.key.held_outside:
                raise Problem(
                    "KEY_NOT_OUTSIDE",
                    f"“{party.public_name}”的密钥由平台托管，无需邀请其用自己的证书签署。",
                    f"The key of “{party.public_name}” is kept here, so there is no need to invite it to sign with its own.",
                )
            invitation = Invitation(
                sha256_of(token.encode()), dossier_number, role, str(party.number), now, now + for_so_long
            )
            tickets.invite(connection, invitation)
        return token

    def admit(self, token: str) -> Invitation:
        """Raises Problem INVITATION_UNKNOWN, the same for one that never was, and INVITATION_EXPIRED."""
        with self.desk.database.reading() as connection:
            invitation = tickets.invitation(connection, sha256_of(token.encode()))
        if invitation is None:
            raise Problem(
                "INVITATION_UNKNOWN",
                "签署链接无效，请核对是否复制完整，或请发起方重新发送。",
                "This signing link is not known: see that it was copied in full, or ask for a new one.",
                status=404,
            )
        if self.desk.clock() >= invitation.expires_at:
            raise Problem(
                "INVITATION_EXPIRED",
                "签署链接已过期，请联系发起方重新发送。",
                "This signing link has run out: ask for a new one.",
                status=410,
            )
        return invitation

    # ---- looking

    def look(self, invitation: Invitation) -> Errand:
        """What is to be signed now, and how far it is with it."""
        with self.desk.database.reading() as connection:
            return self._look(connection, invitation)

    def _look(self, connection: Connection, invitation: Invitation) -> Errand:
        dossier = dossiers.load(connection, invitation.dossier)
        party = parties.load(connection, invitation.party)
        base = (party, invitation.role, invitation.dossier)
        if dossier.parties.get(invitation.role) != invitation.party or dossier.stage is Stage.WITHDRAWN:
            return Errand(Standing.VOID, *base, None, None, None, None)
        procedure = self.desk.catalogue.pinned(dossier.procedure, dossier.edition)
        rows = documents.of_dossier(connection, invitation.dossier)
        for position, owed in enumerate(outbox.owed(connection, invitation.dossier)):
            effect = procedure.owed_effect(owed.arguments)
            if not isinstance(effect, effects.Seal) or effect.role is not invitation.role:
                continue
            row = next((one for one in reversed(rows) if _is_of(one, effect, owed.arguments["form_version"])), None)
            if row is not None and row.state == documents.VOID:
                continue
            revision = documents.revisions(connection, row.document_id)[-1:] if row else []
            if row is None or not revision or position > 0:
                return Errand(Standing.LATER, *base, row, revision[0] if revision else None, None, None)
            kept = tickets.kept(connection, row.document_id, invitation.role)
            seal = self._seal_shown(connection, party)
            return Errand(Standing.KEPT if kept else Standing.OPEN, *base, row, revision[0], effect, seal, owed.line)
        return self._over(connection, rows, base)

    def _seal_shown(self, connection: Connection, party: Party) -> Seal | None:
        """The seal that the party uses today; whether the cert it brings may be used with it is asked in ``prepare``."""
        on = day_in_shanghai(self.desk.clock())
        usable = [seal for seal in parties.seals(connection, str(party.number)) if seal.obstacle(on) is None]
        return max(usable, key=lambda seal: seal.version, default=None)

    def _over(
        self, connection: Connection, rows: Sequence[DocumentRow], base: tuple[Party, SignatoryRole, str]
    ) -> Errand:
        for row in reversed(rows):
            history = documents.revisions(connection, row.document_id)
            if row.state != documents.VOID and any(revision.field is base[1] for revision in history):
                return Errand(Standing.SIGNED, *base, row, history[-1], None, None)
        return Errand(Standing.LATER, *base, None, None, None, None)

    def file(self, invitation: Invitation, sha256: str) -> bytes:
        """A revision the party was shown, or the one with its signature. Raises Problem REVISION_CHANGED."""
        errand = self.look(invitation)
        if errand.revision is None or errand.revision.sha256 != sha256:
            raise _changed()
        return self.desk.blobs.get(errand.revision.sha256)

    # ---- preparing

    def prepare(
        self, invitation: Invitation, document_id: str, shown: str, brought: Sequence[bytes], origin: str
    ) -> Prepared:
        """Fix what is to be signed. The intent is stored when this returns.

        ``shown`` is the SHA-256 of the revision whose pages were seen. Raises Problem REVISION_CHANGED, SLOT_NOT_OPEN,
        SIGNATURE_KEPT, NOT_YOUR_TURN, DOCUMENT_VOID, and what ``signer_from``, ``check_subject`` and the CA's answer refuse.
        """
        errand = self._open(self.look(invitation), document_id)
        if errand.row is None or errand.revision is None or errand.effect is None or errand.revision.sha256 != shown:
            raise _changed()
        now = self.desk.clock()
        signer = self._accepted(brought, errand.party, now)
        row = TicketRow(
            ticket_id=str(uuid.UUID(bytes=self.entropy(16), version=4)),
            invitation=invitation.token_sha256,
            document_id=document_id,
            field=errand.role,
            origin=origin,
            base_sha256=errand.revision.sha256,
            digest="",
            signer=signer,
            level=errand.effect.level,
            seal_id=errand.seal.seal_id if errand.seal else None,
            seal_version=errand.seal.version if errand.seal else None,
            claimed_at=now.replace(microsecond=0),
            expires_at=now + LIFETIME,
        )
        base = self.desk.blobs.get(errand.revision.sha256)
        prepared = rebuilt(row, base, errand.seal, self.fonts)
        row = _with_digest(row, prepared.digest)
        _refuse_seal(errand, signer, now)
        with self.desk.database.transaction() as connection:
            # what was looked at above may have moved on meanwhile
            again = self._open(self._look(connection, invitation), document_id)
            if again.revision != errand.revision:
                raise _changed()
            refused = self._reserve(connection, errand, row, now)
            if refused is None:
                tickets.hand_out(connection, row)
        if refused is not None:
            raise refused
        return Prepared(_ticket(errand, row, prepared, base, now), prepared.to_be_signed, signer)

    def _reserve(self, connection: Connection, errand: Errand, row: TicketRow, now: datetime) -> Problem | None:
        """The intent and its line in the ledger, as for every key; why it may not be, when it may not."""
        if errand.row is None or errand.revision is None:
            raise _changed()
        page = page_of(self.desk.blobs.get(errand.revision.sha256), errand.role)
        asked = use_of_keys.occasion(
            connection, errand.row, errand.revision, page, errand.role, errand.party, errand.line
        )
        intent = sealings.sealing(connection, row.document_id, row.field)
        key = _own_key(errand.party)
        chosen = chosen_of(row, key, errand.seal, intent)
        return use_of_keys.admit(connection, asked, chosen, planned(row, errand.party, key), now)

    def _open(self, errand: Errand, document_id: str) -> Errand:
        if errand.row is None or errand.row.document_id != document_id:
            raise Problem("DOCUMENT_UNKNOWN", "没有这份文件。", "There is no such document.", status=404)
        match errand.standing:
            case Standing.OPEN:
                return errand
            case Standing.KEPT:
                raise tickets.already_signed()
            case Standing.SIGNED:
                raise _taken()
            case Standing.VOID:
                raise _void()
            case Standing.LATER:
                raise Problem(
                    "NOT_YOUR_TURN",
                    "还没有轮到您签署：前一环节尚未完成，请稍后刷新页面。",
                    "It is not your turn yet: what comes before is not done. Reload in a while.",
                    status=409,
                )

    def _accepted(self, brought: Sequence[bytes], party: Party, now: datetime) -> SigningCert:
        signer = signer_from(brought, self.anchors, self.intermediates, now)
        check_subject(signer, party, self.code_of_id_number)
        self.revocation.evidence((signer.cert, *signer.chain), now)
        return signer

    # ---- completing

    def complete(self, invitation: Invitation, ticket_id: str, signature: bytes, digest: str, origin: str) -> TicketRow:
        """Check the signature, keep it, and have the worker go on at once.

        ``digest`` is the hex SHA-256 of the bytes that were signed, as the signer saw them. When this returns the
        signature is stored for good and the ticket used up. Raises Problem TICKET_UNKNOWN, TICKET_USED,
        TICKET_EXPIRED, FOREIGN_ORIGIN, REVISION_CHANGED, SLOT_NOT_OPEN, DIGEST_MISMATCH, SIGNATURE_INVALID, and what
        ``prepare`` refuses of the cert.
        """
        now = self.desk.clock()
        row = self._usable(invitation, ticket_id, origin, now)
        errand = self._open(self.look(invitation), row.document_id)
        if errand.revision is None or errand.revision.sha256 != row.base_sha256:
            raise _changed()
        self._accepted((row.signer.cert, *row.signer.chain), errand.party, now)
        with self.desk.database.reading() as connection:
            seal = seal_of(connection, row)
        prepared = rebuilt(row, self.desk.blobs.get(row.base_sha256), seal, self.fonts)
        signed = hashlib.sha256(prepared.to_be_signed).hexdigest()
        if prepared.digest.hex() != row.digest or not hmac.compare_digest(digest.encode(), signed.encode()):
            raise Problem(
                "DIGEST_MISMATCH",
                "签名对应的内容与本次准备的文件不一致，未予接受；请刷新页面，重新查看文件后再签署。",
                "What was signed is not what was prepared here, so it was not accepted: reload, look again, then sign.",
                status=409,
            )
        cms.check_signature(prepared.to_be_signed, signature, row.signer)
        with self.desk.database.transaction() as connection:
            tickets.keep_signature(connection, ticket_id, signature, now)
            if self._look(connection, invitation).revision != errand.revision:
                raise _changed()
            outbox.hasten(connection, invitation.dossier, now)
        self.desk.nudge()
        return row

    def _usable(self, invitation: Invitation, ticket_id: str, origin: str, now: datetime) -> TicketRow:
        with self.desk.database.reading() as connection:
            row = tickets.find(connection, ticket_id)
        if row is None or row.invitation != invitation.token_sha256:
            raise Problem(
                "TICKET_UNKNOWN",
                "没有这张签署凭单，请刷新页面后重新签署。",
                "There is no such signing ticket: reload the page and sign again.",
                status=404,
            )
        if row.origin != origin:
            raise foreign_origin()
        if row.state is not TicketState.OPEN:
            raise tickets.used_up()
        if now >= row.expires_at:
            raise expired()
        return row


# ---- what the worker shares with the room


def seal_of(connection: Connection, row: TicketRow) -> Seal | None:
    """The seal as it was when the ticket was made."""
    if row.seal_id is None or row.seal_version is None:
        return None
    return parties.seal_version(connection, row.seal_id, row.seal_version)


def rebuilt(row: TicketRow, base: bytes, seal: Seal | None, fonts: Path) -> PreparedSeal:
    """The revision with its hole: the same ticket gives the same bytes. Raises what ``begin_seal`` raises."""
    return begin_seal(
        as_it_stands(base),
        row.field,
        row.signer,
        row.claimed_at,
        level=row.level,
        appearance=draw(seal.artwork, fonts) if seal else None,
    )


def chosen_of(row: TicketRow, key: KeyRef, seal: Seal | None, intent: Sealing | None) -> Chosen:
    """The party's own ``key``, its cert and its seal, as the one door to keys asks for them."""
    return Chosen(key, row.signer, seal, row.claimed_at, intent)


def _own_key(party: Party) -> KeyRef:
    if party.key is None or not party.key.held_outside:
        raise Problem(
            "KEY_NOT_OUTSIDE",
            f"“{party.public_name}”的密钥现由平台托管，无需用自己的证书签署。",
            f"The key of “{party.public_name}” is kept here by now, so it need not sign with its own.",
            status=409,
        )
    return party.key


def _refuse_seal(errand: Errand, signer: SigningCert, now: datetime) -> None:
    if errand.seal is not None:
        problem = errand.seal.refusal(day_in_shanghai(now), _own_key(errand.party), sha256_of(signer.cert))
        if problem is not None:
            raise problem


def planned(row: TicketRow, party: Party, key: KeyRef) -> Sealing:
    """The intent as the register keeps it: the party signs with ``key``, its own."""
    return Sealing(
        document_id=row.document_id,
        field=row.field,
        base_sha256=row.base_sha256,
        digest=row.digest,
        key_ref=str(key),
        cert_sha256=sha256_of(row.signer.cert),
        seal_id=row.seal_id,
        party=str(party.number),
        claimed_at=row.claimed_at,
        level=row.level,
    )


def awaits_signature(party: Party) -> Problem:
    return Problem(
        "AWAITS_SIGNATURE",
        f"等待“{party.public_name}”用自己的数字证书签署；签署后自动继续办理。",
        f"Waiting for “{party.public_name}” to sign with its own cert; after that this goes on by itself.",
        status=409,
    )


def foreign_origin() -> Problem:
    return Problem(
        "FOREIGN_ORIGIN",
        "该请求不是从本平台的签署页面发出的，已拒绝；请从收到的签署链接重新进入。",
        "This request did not come from this platform's own signing page and is refused: enter by your signing link.",
        status=403,
    )


def _is_of(row: DocumentRow, effect: effects.Seal, form_version: int) -> bool:
    return row.template.split("/")[1] == effect.template and row.form_version == form_version


def _with_digest(row: TicketRow, digest: bytes) -> TicketRow:
    return replace(row, digest=digest.hex())


def _ticket(errand: Errand, row: TicketRow, prepared: PreparedSeal, base: bytes, now: datetime) -> Ticket:
    return Ticket(
        ticket_id=row.ticket_id,
        origin=row.origin,
        number=errand.row.number if errand.row else "",
        title=errand.row.title if errand.row else "",
        pages=len(layout(base).pages),
        revision=row.base_sha256,
        role=row.field.value,
        party=errand.party.public_name,
        seal=errand.seal.artwork.name if errand.seal else "",
        digest_algorithm=row.signer.algorithm.digest,
        digest=row.digest,
        to_be_signed=hashlib.sha256(prepared.to_be_signed).hexdigest(),
        cert=sha256_of(row.signer.cert),
        issued_at=now.isoformat(),
        expires_at=row.expires_at.isoformat(),
    )


def _changed() -> Problem:
    return Problem(
        "REVISION_CHANGED",
        "文件已有新的版本，您看到的不是最新内容，未签署；请刷新页面，查看后再签。",
        "There is a newer revision than the one you were shown, so nothing was signed: reload and look again.",
        status=409,
    )


def _taken() -> Problem:
    return Problem(
        "SLOT_NOT_OPEN",
        "该签署位置已经签署，无需重复签署。",
        "This place is already signed: there is nothing more to do.",
        status=409,
    )


def _void() -> Problem:
    return Problem(
        "DOCUMENT_VOID",
        "该申请已撤回或退回修改，这一版不再需要签署。",
        "The application was taken back or returned, so this version is not to be signed any more.",
        status=409,
    )
