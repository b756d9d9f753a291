"""WeChat: who has agreed there is logged in here, once the person was bound by ID number, name and a code by text message.

One openid, one person. The way to WeChat and back holds five minutes and works in the browser that began it alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from signing_service.domain.accounts import (
    CHALLENGE_LIFETIME,
    Account,
    AccountState,
    Factor,
    Purpose,
    Wechat,
    not_allowed,
)
from signing_service.domain.codes import IdNo, PersonName
from signing_service.domain.dates import day_in_shanghai
from signing_service.domain.errors import Problem
from signing_service.domain.viewer import AccountKind
from signing_service.storage import accounts as store
from signing_service.storage import parties
from signing_service.storage import sessions as kept
from signing_service.workflows.accounts import codes, sessions
from signing_service.workflows.accounts.accounts import Accounts, Caller, hash_of
from signing_service.workflows.accounts.second_factor import told
from signing_service.workflows.accounts.sessions import Opened, Visit
from signing_service.workflows.accounts.tries import limit
from signing_service.workflows.messages import OPENID

RETURN = "/platform/wechat/return"
BINDING_LIFETIME = timedelta(minutes=15)
BINDINGS_OF_AN_ADDRESS = 10, timedelta(hours=1)
_WAY, _BIND, _CODE = "wechat", "wechat_bind", "wechat_code"


@dataclass(frozen=True, slots=True)
class Unbound:
    """Somebody of WeChat whom we do not know yet."""

    handle: str
    """Comes back with ID number and name."""


@dataclass(frozen=True, slots=True)
class CodeSent:
    handle: str
    """Comes back with the code."""
    hint: str


def begin(accounts: Accounts, browser: str, caller: Caller) -> str:
    """Where the browser goes. ``browser``: what only it knows. Raises Problem WECHAT_OFF."""
    provider, state = _provider(accounts), accounts.token()
    facts = {"browser": hash_of(browser)}
    with accounts.database.transaction() as connection:
        until = accounts.clock() + CHALLENGE_LIFETIME
        kept.put_challenge(connection, hash_of(state), _WAY, None, facts, until)
    return provider.authorize_url(f"{caller.origin}{RETURN}", state)


def finish(accounts: Accounts, browser: str, state: str, code: str, caller: Caller) -> Opened | Unbound:
    """Raises Problem WECHAT_REFUSED (another browser, used, too old, not agreed) and as ``Wechat.user_of``."""
    provider = _provider(accounts)
    found = _taken(accounts, state, _WAY)
    if not code or found["browser"] != hash_of(browser):
        raise _refused()
    openid = provider.user_of(code).openid
    with accounts.database.transaction() as connection:
        account = store.bound_to(connection, openid)
        if account is not None:
            if account.state is not AccountState.ACTIVE:
                raise _refused()
            return sessions.open_for(connection, accounts, account, (Factor.WECHAT,), caller)
        return Unbound(_handle(connection, accounts, _BIND, {"openid": openid}))


def ask_binding(accounts: Accounts, handle: str, id_no: str, name: str, caller: Caller) -> CodeSent:
    """A code to the mobile number of the person with this ID number and name.

    Raises Problem ID_FORMAT and the like, NOT_REALNAMED (one answer for whatever does not match), TOO_MANY.
    """
    limit(accounts, "wechat-bind", caller.address, *BINDINGS_OF_AN_ADDRESS)
    number = IdNo.parse(id_no, day_in_shanghai(accounts.clock()))
    person = PersonName.parse(name)
    limit(accounts, "wechat-bind-person", str(number), *codes.CODES_OF_A_HOLDER)
    openid = _seen(accounts, handle, _BIND)["openid"]
    with accounts.database.transaction() as connection:
        account = store.by_login(connection, AccountKind.PERSON, str(number))
        if account is None or account.name != str(person) or not account.mobile or not _active(account):
            fresh = None
        else:
            codes.queue(connection, accounts, account.account_id, account.reached_at, Purpose.BIND_WECHAT, openid)
            facts = {"openid": openid, "account": account.account_id, "person": account.party}
            fresh = CodeSent(_handle(connection, accounts, _CODE, facts), account.reached_at.hint)
    if fresh is None:
        raise Problem(
            "NOT_REALNAMED",
            "姓名与身份证号不符，或尚未实名登记；请核对，或持身份证原件到就近窗口办理实名登记。",
            "Name and number do not belong together, or are not real-named: check them, or go to a window with the card.",
            status=412,
        )
    return fresh


def bind(accounts: Accounts, handle: str, code: str, caller: Caller) -> Opened:
    """Raises Problem CODE_REFUSED, WECHAT_BOUND. After a wrong code the handle is good once more."""
    facts = _seen(accounts, handle, _CODE)
    account_id, openid = facts["account"], facts["openid"]

    def put(connection: Connection) -> None:
        store.bind_wechat(connection, openid, account_id, accounts.clock())
        parties.know(connection, facts["person"], {OPENID: openid})
        kept.take_challenge(connection, hash_of(handle), _CODE, accounts.clock())

    codes.check(accounts, account_id, Purpose.BIND_WECHAT, code, openid, put)
    with accounts.database.transaction() as connection:
        account = store.find(connection, account_id)
        if account is None or not _active(account):
            raise not_allowed()
        opened = sessions.open_for(connection, accounts, account, (Factor.WECHAT, Factor.CODE), caller)
    told(accounts, account, "微信绑定", "WeChat binding", caller)
    return opened


def ask_unbinding(accounts: Accounts, visit: Visit, caller: Caller) -> str:
    """A code by text message; the hint says where it went."""
    return codes.send(accounts, visit.account, Purpose.UNBIND_WECHAT, caller)


def unbind(accounts: Accounts, visit: Visit, code: str, caller: Caller) -> None:
    """Raises Problem CODE_REFUSED."""
    account = visit.account

    def take_away(connection: Connection) -> None:
        store.unbind_wechat(connection, account.account_id)
        parties.know(connection, account.party, {OPENID: None})

    codes.check(accounts, account.account_id, Purpose.UNBIND_WECHAT, code, then=take_away)
    told(accounts, account, "微信绑定", "WeChat binding", caller)


def is_bound(accounts: Accounts, account: Account) -> bool:
    with accounts.database.reading() as connection:
        return store.openid_of(connection, account.account_id) is not None


def _provider(accounts: Accounts) -> Wechat:
    if accounts.wechat is None:
        raise Problem(
            "WECHAT_OFF",
            "本平台未开通微信登录，请用身份证号和密码登录。",
            "Log-in with WeChat is not open here: use ID number and password.",
            status=503,
        )
    return accounts.wechat


def _handle(connection: Connection, accounts: Accounts, purpose: str, facts: dict[str, str]) -> str:
    handle = accounts.token()
    kept.put_challenge(connection, hash_of(handle), purpose, None, facts, accounts.clock() + BINDING_LIFETIME)
    return handle


def _taken(accounts: Accounts, handle: str, purpose: str) -> dict[str, str]:
    with accounts.database.transaction() as connection:
        found = kept.take_challenge(connection, hash_of(handle), purpose, accounts.clock())
    if found is None:
        raise _refused()
    return dict(found.facts)


def _seen(accounts: Accounts, handle: str, purpose: str) -> dict[str, str]:
    with accounts.database.reading() as connection:
        found = kept.see_challenge(connection, hash_of(handle), purpose, accounts.clock())
    if found is None:
        raise _refused()
    return dict(found.facts)


def _active(account: Account) -> bool:
    return account.state is AccountState.ACTIVE


def _refused() -> Problem:
    return Problem(
        "WECHAT_REFUSED",
        "微信授权未完成或已超时，请回到登录页重新点击“微信登录”。",
        "WeChat's consent was not given or took too long: press “WeChat” on the log-in page once more.",
        status=403,
    )
