"""Before a key that the platform holds is used, its owner shows PIN and one-time code for exactly this; the journal keeps
what was shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from signing_service.domain.accounts import Factor, Purpose
from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyRef
from signing_service.storage import accounts as store
from signing_service.storage import parties
from signing_service.workflows import pins
from signing_service.workflows.accounts import codes, second_factor, sessions
from signing_service.workflows.accounts.accounts import Accounts, Caller
from signing_service.workflows.accounts.sessions import Opened, Visit


@dataclass(frozen=True, slots=True)
class SteppedUp:
    evidence: dict[str, Any]
    """For the journal of the dossier: ``{"factors": ["pin", "code"], "subject": …, "at": …, "account": …}``."""
    opened: Opened
    """The session under its new token."""


def begin(accounts: Accounts, visit: Visit, subject: str, caller: Caller, purpose: Purpose = Purpose.SIGN) -> str:
    """A code for this revision (its SHA-256) or this cancellation alone; the hint says where it went."""
    return codes.send(accounts, visit.account, purpose, caller, subject)


def step_up(
    accounts: Accounts,
    visit: Visit,
    pin: str,
    code: str,
    subject: str,
    caller: Caller,
    purpose: Purpose = Purpose.SIGN,
) -> SteppedUp:
    """``code``: the one that was sent, or the digits of the account's authenticator where it has one.

    Raises Problem STEP_UP_REQUIRED (nothing was given), KEY_ABSENT, PIN_WRONG, PIN_LOCKED, PIN_MISSING, CODE_REFUSED,
    TOTP_REFUSED.
    """
    if not pin or not code:
        raise Problem(
            "STEP_UP_REQUIRED",
            "请输入 PIN 和验证码后再签署。",
            "Enter the PIN and the code before you sign.",
            status=401,
        )
    pins.check_pin(accounts.database, _key_of(accounts, visit), pin, accounts.clock())
    shown = _second(accounts, visit, code, subject, purpose)
    opened = sessions.add_factors(accounts, visit, (Factor.PIN, shown), caller)
    evidence = {
        "factors": [Factor.PIN.value, shown.value],
        "subject": subject,
        "purpose": purpose.value,
        "account": visit.account.account_id,
        "address": caller.address,
        "at": accounts.clock().isoformat(),
    }
    return SteppedUp(evidence, opened)


def _second(accounts: Accounts, visit: Visit, code: str, subject: str, purpose: Purpose) -> Factor:
    with accounts.database.transaction() as connection:
        known = store.totp_of(connection, visit.account.account_id)
    if known is not None and known.confirmed:
        second_factor.take_digits(accounts, visit.account, code, confirmed=True)
        return Factor.TOTP
    codes.check(accounts, visit.account.account_id, purpose, code, subject)
    return Factor.CODE


def _key_of(accounts: Accounts, visit: Visit) -> KeyRef:
    with accounts.database.reading() as connection:
        party = parties.find(connection, visit.account.party)
    if party is None or party.key is None:
        raise Problem(
            "KEY_ABSENT",
            "您还没有可用的签名密钥，请先申领电子签名或电子印章。",
            "You have no key to sign with yet: apply for an e-signature or e-seal first.",
            status=412,
        )
    return party.key
