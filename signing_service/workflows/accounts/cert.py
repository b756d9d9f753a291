"""An enterprise logs in with the key of its CA's cert: it signs a nonce that is good once, for five minutes, on this site.

What is signed has the shape of a document's signed attributes, so that a token's agent, which signs nothing else, takes
it, and shows what it is. The digest in it is that of a sentence that names the site; no document has it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from cryptography import x509
from cryptography.x509.oid import NameOID
from sqlalchemy import Connection

from signing_service.domain.accounts import CHALLENGE_LIFETIME, Account, AccountState, Factor
from signing_service.domain.codes import Uscc
from signing_service.domain.errors import Problem
from signing_service.domain.keys import SigningCert
from signing_service.domain.parties import Party, PartyKind
from signing_service.domain.tickets import Ticket, write_ticket
from signing_service.domain.viewer import AccountKind
from signing_service.pipeline import cms
from signing_service.storage import account_journal, parties
from signing_service.storage import accounts as store
from signing_service.storage import sessions as kept
from signing_service.workflows.accounts import sessions
from signing_service.workflows.accounts.accounts import Accounts, Caller, CertTrust, hash_of
from signing_service.workflows.accounts.sessions import Opened
from signing_service.workflows.accounts.tries import limit
from signing_service.workflows.own_cert import check_subject, signer_from

CHALLENGES_OF_AN_ADDRESS = 60, timedelta(minutes=10)
TITLE = "登录企业服务平台 / Log in to the enterprise platform"
_PURPOSE = "cert"
_SCHEME = "NTRCN-"


@dataclass(frozen=True, slots=True)
class Begun:
    handle: str
    """Comes back with the signature."""
    signed_ticket: str
    """For an agent."""
    to_be_signed: bytes
    algorithm: str
    expires_at: str


def begin(accounts: Accounts, brought: Sequence[bytes], caller: Caller) -> Begun:
    """``brought``: DER, the signing cert first. Raises Problem as ``own_cert.signer_from``, TOO_MANY, CERT_LOGIN_OFF."""
    trust, now = _trust(accounts), accounts.clock()
    limit(accounts, "cert", caller.address, *CHALLENGES_OF_AN_ADDRESS)
    signer = signer_from(brought, trust.anchors, trust.intermediates, now)
    handle, expires_at = accounts.token(), now + CHALLENGE_LIFETIME
    sentence = f"signing-service log-in 1\n{caller.origin}\n{accounts.chance(32).hex()}\n{now.isoformat()}\n".encode()
    digest = hashlib.new(signer.algorithm.digest, sentence).digest()
    attributes = cms.signed_attributes(digest, signer)
    ticket = Ticket(
        ticket_id=hash_of(handle)[:36],
        origin=caller.origin,
        number="-",
        title=TITLE,
        pages=0,
        revision=hashlib.sha256(sentence).hexdigest(),
        role="log_in",
        party=_number_in(signer),
        seal="",
        digest_algorithm=signer.algorithm.digest,
        digest=digest.hex(),
        to_be_signed=hashlib.sha256(attributes).hexdigest(),
        cert=hashlib.sha256(signer.cert).hexdigest(),
        issued_at=now.isoformat(),
        expires_at=expires_at.isoformat(),
    )
    facts = {
        "origin": caller.origin,
        "attributes": base64.b64encode(attributes).decode(),
        "chain": [base64.b64encode(der).decode() for der in (signer.cert, *signer.chain)],
    }
    with accounts.database.transaction() as connection:
        kept.put_challenge(connection, hash_of(handle), _PURPOSE, None, facts, expires_at)
    signed = write_ticket(ticket, trust.ticket_key)
    return Begun(handle, signed, attributes, signer.algorithm.value, expires_at.isoformat())


def finish(accounts: Accounts, handle: str, signature: bytes, caller: Caller, login: str = "") -> Opened:
    """``login``: the clerk's own name; empty: the enterprise's own account, which is made at the first log-in.

    Raises Problem CHALLENGE_REFUSED (unknown, used, too old, of another site), SIGNATURE_INVALID, CERT_REVOKED,
    REVOCATION_UNAVAILABLE, SUBJECT_NOT_PARTY, ENTERPRISE_NOT_ONBOARDED, LOGIN_REFUSED.
    """
    trust, now = _trust(accounts), accounts.clock()
    with accounts.database.transaction() as connection:
        found = kept.take_challenge(connection, hash_of(handle), _PURPOSE, now)
    if found is None or found.facts["origin"] != caller.origin:
        raise _challenge_refused()
    chain = [base64.b64decode(text) for text in found.facts["chain"]]
    signer = signer_from(chain, trust.anchors, trust.intermediates, now)
    cms.check_signature(base64.b64decode(found.facts["attributes"]), signature, signer)
    trust.revocation.evidence([signer.cert, *signer.chain], now)
    number = _number_in(signer)
    with accounts.database.transaction() as connection:
        party = parties.find(connection, number)
        if party is None or party.kind is not PartyKind.ENTERPRISE:
            raise _not_onboarded()
        check_subject(signer, party, lambda _id: None)
        account = _account(connection, accounts, party, login, caller)
        return sessions.open_for(connection, accounts, account, (Factor.CERT,), caller)


def _account(connection: Connection, accounts: Accounts, party: Party, login: str, caller: Caller) -> Account:
    number = str(party.number)
    found = store.by_login(connection, AccountKind.ENTERPRISE, login or number)
    if found is None and not login:
        found = Account(accounts.new_id("enterprise"), AccountKind.ENTERPRISE, number, number, party.public_name)
        found = _with_contact(found, party)
        store.add(connection, found, found.account_id, accounts.clock())
        account_journal.note(connection, found.account_id, "made", accounts.clock(), address=caller.address[:45])
    if found is None or found.party != number or found.state is not AccountState.ACTIVE:
        raise Problem(
            "LOGIN_REFUSED",
            "该证书所属企业没有这个在用的登录名，请核对后重试。",
            "The enterprise of this cert has no such log-in name in use: check it and try again.",
            status=401,
        )
    return found


def _with_contact(account: Account, party: Party) -> Account:
    known = {name: str(party.facts.get(name, "")) for name in ("mobile", "email")}
    return replace(account, mobile=known["mobile"], email=known["email"])


def _number_in(signer: SigningCert) -> str:
    """The USCC in organizationIdentifier (ETSI EN 319 412-1, 5.1.4). Raises Problem SUBJECT_NOT_PARTY."""
    subject = x509.load_der_x509_certificate(signer.cert).subject
    found = [str(one.value) for one in subject.get_attributes_for_oid(NameOID.ORGANIZATION_IDENTIFIER)]
    try:
        if len(found) != 1 or not found[0].startswith(_SCHEME):
            raise _not_of_an_enterprise()
        return str(Uscc.parse(found[0].removeprefix(_SCHEME)))
    except Problem:
        raise _not_of_an_enterprise() from None


def _trust(accounts: Accounts) -> CertTrust:
    if accounts.certs is None:
        raise Problem(
            "CERT_LOGIN_OFF",
            "本平台未开通数字证书登录，请改用密码和验证码登录。",
            "Log-in by cert is not open here: use password and code.",
            status=503,
        )
    return accounts.certs


def _not_of_an_enterprise() -> Problem:
    return Problem(
        "SUBJECT_NOT_PARTY",
        "该数字证书中没有企业的统一社会信用代码，不能用于企业登录；请改用企业的签名证书。",
        "This cert names no enterprise by its USCC and opens no enterprise's account: use the enterprise's signing cert.",
        status=403,
    )


def _not_onboarded() -> Problem:
    return Problem(
        "ENTERPRISE_NOT_ONBOARDED",
        "该企业尚未入库，不能登录；请先办理企业入库，建设单位请自行注册。",
        "This enterprise is not in the register yet: have it entered first; a project's owner registers itself.",
        status=412,
    )


def _challenge_refused() -> Problem:
    return Problem(
        "CHALLENGE_REFUSED",
        "本次登录已超时或已使用，请重新点击登录。",
        "This log-in took too long or was used already: press log in once more.",
        status=403,
    )
