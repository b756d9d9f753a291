"""An officer's second factor: digits of an authenticator (RFC 6238, pyotp), or a passkey (WebAuthn, the webauthn library).

The nonce of a passkey is handed out once and used up once; a passkey shows that its holder was there and was
recognised (user verification), so it may stand for both factors.
"""

from __future__ import annotations

import base64
import json
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import pyotp
import webauthn
from pyotp.utils import strings_equal
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, options_to_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from signing_service.domain.accounts import CHALLENGE_LIFETIME, Account, Event, Factor
from signing_service.domain.errors import Problem
from signing_service.storage import account_journal
from signing_service.storage import accounts as store
from signing_service.storage import sessions as kept
from signing_service.storage.accounts import Passkey
from signing_service.workflows.accounts import sessions
from signing_service.workflows.accounts.accounts import Accounts, Caller, hash_of
from signing_service.workflows.accounts.sessions import Opened, Visit
from signing_service.workflows.accounts.tries import counted, forgotten, tell_of_lock

ISSUER = "Signing Service"
MOST_PASSKEYS = 10
_STEP = 30
_REGISTER, _SHOW = "passkey_register", "passkey_show"


def factors_of(accounts: Accounts, account: Account) -> tuple[Factor, ...]:
    """The second factors that an account has set up: none, one or both."""
    with accounts.database.transaction() as connection:
        totp = store.totp_of(connection, account.account_id)
        keys = store.passkeys_of(connection, account.account_id)
    return (*((Factor.TOTP,) if totp and totp.confirmed else ()), *((Factor.PASSKEY,) if keys else ()))


# ---- TOTP


def begin_totp(accounts: Accounts, visit: Visit) -> str:
    """The ``otpauth://`` address for the authenticator. No factor until ``confirm_totp``. Raises Problem TOTP_EXISTS."""
    sessions.refuse_before_factor(visit)
    account = visit.account
    secret = pyotp.random_base32(32)
    with accounts.database.transaction() as connection:
        known = store.totp_of(connection, account.account_id)
        if known is not None and known.confirmed:
            raise Problem(
                "TOTP_EXISTS",
                "已设置动态口令；更换前请先移除。",
                "An authenticator is set up already: remove it before setting up another.",
                status=409,
            )
        store.put_totp(connection, account.account_id, accounts.locked_away(secret, account.account_id))
    return pyotp.TOTP(secret).provisioning_uri(name=account.login, issuer_name=ISSUER)


def totp_address(accounts: Accounts, account: Account) -> str | None:
    """Of one that is being set up, to be shown again; None: there is none."""
    with accounts.database.transaction() as connection:
        known = store.totp_of(connection, account.account_id)
    if known is None or known.confirmed:
        return None
    secret = accounts.taken_out(known.secret, account.account_id)
    return pyotp.TOTP(secret).provisioning_uri(name=account.login, issuer_name=ISSUER)


def confirm_totp(accounts: Accounts, visit: Visit, digits: str, caller: Caller) -> Opened:
    """The first right digits make it a factor. Raises Problem TOTP_REFUSED, ACCOUNT_LOCKED."""
    sessions.refuse_before_factor(visit)
    take_digits(accounts, visit.account, digits)
    told(accounts, visit.account, "动态口令", "authenticator", caller)
    return sessions.add_factors(accounts, visit, (Factor.TOTP,), caller)


def by_totp(accounts: Accounts, visit: Visit, digits: str, caller: Caller) -> Opened:
    """Each step's digits are taken once. Raises Problem TOTP_REFUSED, ACCOUNT_LOCKED."""
    take_digits(accounts, visit.account, digits, confirmed=True)
    return sessions.add_factors(accounts, visit, (Factor.TOTP,), caller)


def remove_totp(accounts: Accounts, visit: Visit, caller: Caller) -> None:
    with accounts.database.transaction() as connection:
        store.drop_totp(connection, visit.account.account_id)
    told(accounts, visit.account, "动态口令", "authenticator", caller)


def take_digits(accounts: Accounts, account: Account, digits: str, *, confirmed: bool = False) -> None:
    subject = f"totp:{account.account_id}"
    lock = counted(accounts, subject)
    now = accounts.clock()
    with accounts.database.transaction() as connection:
        known = store.totp_of(connection, account.account_id)
        usable = known is not None and (known.confirmed or not confirmed)
        secret = accounts.taken_out(known.secret, account.account_id) if known is not None and usable else ""
        step = _step_of(secret, digits.strip(), now) if secret else None
        right = step is not None and store.take_totp(connection, account.account_id, step, now)
        if right:
            forgotten(connection, subject)
    if not right:
        tell_of_lock(accounts, account, lock)
        raise _digits_refused()


def _step_of(secret: str, digits: str, now: datetime) -> int | None:
    """The step whose digits these are: now, one before or one after, for clocks that differ (RFC 6238, 5.2)."""
    generator, current = pyotp.TOTP(secret), int(now.timestamp()) // _STEP
    steps = (current - 1, current, current + 1)
    found = [step for step in steps if strings_equal(generator.generate_otp(step), digits)]
    return found[-1] if found else None


# ---- passkeys


def begin_passkey(accounts: Accounts, visit: Visit, caller: Caller) -> dict[str, Any]:
    """Options for ``navigator.credentials.create``, as JSON, with the handle that ``keep_passkey`` wants back."""
    sessions.refuse_before_factor(visit)
    account = visit.account
    with accounts.database.reading() as connection:
        known = store.passkeys_of(connection, account.account_id)
    challenge = accounts.chance(32)
    options = webauthn.generate_registration_options(
        rp_id=_site(caller),
        rp_name=ISSUER,
        user_name=account.login,
        user_display_name=account.name,
        user_id=account.account_id.encode(),
        challenge=challenge,
        exclude_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(one.credential_id)) for one in known],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
    )
    return _handed_out(accounts, visit, _REGISTER, challenge, options_to_json(options))


def keep_passkey(
    accounts: Accounts, visit: Visit, handle: str, answer: dict[str, Any], label: str, caller: Caller
) -> Opened:
    """What the authenticator answered. Raises Problem PASSKEY_REFUSED, PASSKEYS_MANY."""
    sessions.refuse_before_factor(visit)
    challenge = _taken_back(accounts, visit, _REGISTER, handle)
    try:
        made = webauthn.verify_registration_response(
            credential=json.dumps(answer),
            expected_challenge=challenge,
            expected_rp_id=_site(caller),
            expected_origin=caller.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError):
        raise _passkey_refused() from None
    account = visit.account
    key = Passkey(
        credential_id=bytes_to_base64url(made.credential_id),
        account_id=account.account_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        label=label.strip()[:60] or "Passkey",
        made_at=accounts.clock(),
    )
    with accounts.database.transaction() as connection:
        known = store.passkeys_of(connection, account.account_id)
        if len(known) >= MOST_PASSKEYS or any(one.credential_id == key.credential_id for one in known):
            raise Problem(
                "PASSKEYS_MANY",
                "该通行密钥已登记，或已达 10 个上限；请先移除不用的。",
                "This passkey is known already, or there are ten: remove one that is not used.",
                status=409,
            )
        store.add_passkey(connection, key)
    told(accounts, account, "通行密钥", "passkey", caller)
    return sessions.add_factors(accounts, visit, (Factor.PASSKEY,), caller)


def ask_passkey(accounts: Accounts, visit: Visit, caller: Caller, subject: str = "") -> dict[str, Any]:
    """Options for ``navigator.credentials.get``; the answer counts for ``subject`` alone. Raises Problem PASSKEY_NONE."""
    with accounts.database.reading() as connection:
        known = store.passkeys_of(connection, visit.account.account_id)
    if not known:
        raise Problem(
            "PASSKEY_NONE",
            "该账号没有通行密钥，请改用动态口令。",
            "This account has no passkey: use the authenticator.",
            status=409,
        )
    challenge = accounts.chance(32)
    options = webauthn.generate_authentication_options(
        rp_id=_site(caller),
        challenge=challenge,
        allow_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(one.credential_id)) for one in known],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return _handed_out(accounts, visit, _SHOW, challenge, options_to_json(options), subject)


def by_passkey(accounts: Accounts, visit: Visit, handle: str, answer: dict[str, Any], caller: Caller) -> Opened:
    """Raises what ``take_passkey`` raises."""
    take_passkey(accounts, visit, handle, answer, caller)
    return sessions.add_factors(accounts, visit, (Factor.PASSKEY,), caller)


def take_passkey(
    accounts: Accounts, visit: Visit, handle: str, answer: dict[str, Any], caller: Caller, subject: str = ""
) -> None:
    """Raises Problem PASSKEY_REFUSED: another key, another site, a counter that went back, a nonce that was used or
    handed out for something else.
    """
    challenge = _taken_back(accounts, visit, _SHOW, handle, subject)
    with accounts.database.reading() as connection:
        known = {one.credential_id: one for one in store.passkeys_of(connection, visit.account.account_id)}
    key = known.get(str(answer.get("id", "")))
    if key is None:
        raise _passkey_refused()
    try:
        shown = webauthn.verify_authentication_response(
            credential=json.dumps(answer),
            expected_challenge=challenge,
            expected_rp_id=_site(caller),
            expected_origin=caller.origin,
            credential_public_key=key.public_key,
            credential_current_sign_count=key.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError):
        raise _passkey_refused() from None
    with accounts.database.transaction() as connection:
        store.count_passkey(connection, key.credential_id, shown.new_sign_count, accounts.clock())


def remove_passkey(accounts: Accounts, visit: Visit, credential_id: str, caller: Caller) -> None:
    """One of the account's own; of another's nothing is said and nothing done."""
    with accounts.database.transaction() as connection:
        gone = store.drop_passkey(connection, visit.account.account_id, credential_id)
    if gone:
        told(accounts, visit.account, "通行密钥", "passkey", caller)


def told(accounts: Accounts, account: Account, zh: str, en: str, caller: Caller, value: str = "******") -> None:
    """Journal a change of what protects the account, and tell its owner."""
    now = accounts.clock()
    with accounts.database.transaction() as connection:
        account_journal.note(
            connection, account.account_id, "protection_changed", now, address=caller.address[:45], what=en
        )
        if account.reached_at.hint:
            facts = {"what": zh, "what_en": en, "value": value}
            accounts.messenger.tell(connection, account.reached_at, Event.CONTACT_CHANGED, facts)


def _site(caller: Caller) -> str:
    return urlsplit(caller.origin).hostname or ""


def _handed_out(
    accounts: Accounts, visit: Visit, purpose: str, challenge: bytes, options: str, subject: str = ""
) -> dict[str, Any]:
    handle = accounts.token()
    facts = {"challenge": base64.b64encode(challenge).decode(), "subject": subject}
    with accounts.database.transaction() as connection:
        until = accounts.clock() + CHALLENGE_LIFETIME
        kept.put_challenge(connection, hash_of(handle), purpose, visit.account.account_id, facts, until)
    return {"handle": handle, "options": json.loads(options)}


def _taken_back(accounts: Accounts, visit: Visit, purpose: str, handle: str, subject: str = "") -> bytes:
    with accounts.database.transaction() as connection:
        found = kept.take_challenge(connection, hash_of(handle), purpose, accounts.clock())
    if found is None or found.account_id != visit.account.account_id or found.facts.get("subject", "") != subject:
        raise _passkey_refused()
    return base64.b64decode(found.facts["challenge"])


def _digits_refused() -> Problem:
    return Problem(
        "TOTP_REFUSED",
        "动态口令不正确或已使用，请等待下一组数字；如一直不对，请校准手机时间。",
        "The digits are wrong or were used: wait for the next ones. If they never fit, set the clock of the telephone.",
        status=403,
    )


def _passkey_refused() -> Problem:
    return Problem(
        "PASSKEY_REFUSED",
        "通行密钥验证未通过或已超时，请重试；也可改用动态口令。",
        "The passkey was not accepted or took too long: try again, or use the authenticator.",
        status=403,
    )
