"""项目负责人手机号: one that is not on the real-name record is confirmed by a code sent to it (domain text, §10.2).

What is confirmed belongs to the dossier in which it was typed, and to no other.
"""

from __future__ import annotations

from sqlalchemy import Connection

from signing_service.domain.accounts import Purpose, Recipient
from signing_service.domain.codes import Mobile
from signing_service.domain.dossier import Actor
from signing_service.domain.errors import Problem
from signing_service.storage import dossiers
from signing_service.workflows.accounts import codes
from signing_service.workflows.accounts.accounts import Accounts, Caller
from signing_service.workflows.accounts.codes import CODES_OF_A_HOLDER, CODES_OF_AN_ADDRESS
from signing_service.workflows.accounts.tries import limit


def send(accounts: Accounts, number: str, actor: Actor, mobile: str, caller: Caller) -> str:
    """A code to ``mobile``; the hint says where, masked. Raises Problem MOBILE_INVALID, TOO_MANY, NOT_YOUR_DOSSIER."""
    to = Recipient("", mobile=Mobile.parse(mobile), party=actor.party)
    limit(accounts, "code", to.mobile, *CODES_OF_A_HOLDER)
    limit(accounts, "code-address", caller.address, *CODES_OF_AN_ADDRESS)
    with accounts.database.transaction() as connection:
        _refuse_strangers(connection, number, actor)
        codes.queue(connection, accounts, _holder(number), to, Purpose.REACH, to.mobile)
    return to.hint


def confirm(accounts: Accounts, number: str, actor: Actor, mobile: str, code: str) -> None:
    """From now on this mobile counts in the dossier. Raises Problem CODE_REFUSED, NOT_YOUR_DOSSIER."""
    told = Mobile.parse(mobile)

    def note(connection: Connection) -> None:
        _refuse_strangers(connection, number, actor)
        dossiers.note(connection, number, {"confirmed_mobile": told})

    codes.check(accounts, _holder(number), Purpose.REACH, code, told, then=note)


def _holder(number: str) -> str:
    return f"dossier-{number}"


def _refuse_strangers(connection: Connection, number: str, actor: Actor) -> None:
    dossier = dossiers.load(connection, number, held=True)
    if dossier.parties.get(actor.role) != actor.party or not dossier.stage.lies_with_initiator:
        raise Problem(
            "NOT_YOUR_DOSSIER",
            "手机号只能由填写登记表的建设单位在提交前确认。",
            "The mobile is confirmed by the developer who writes the form, before it is submitted.",
            status=403,
        )
