"""The own account: sessions, password, number, second factors, WeChat, and an enterprise's clerks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from signing_service.domain.errors import Problem
from signing_service.storage import accounts as store
from signing_service.web.platform.doorstep import refuse_different
from signing_service.web.platform.entrance_parts import Show, entered, qr, see_other, tried, typed
from signing_service.web.platform.gate import Asked, Way, Who
from signing_service.workflows.accounts import clerks, contact, passwords, second_factor, sessions, wechat

ACCOUNT = "/platform/account"


@dataclass(frozen=True, slots=True)
class AccountPages:
    show: Show

    def ways(self) -> tuple[Way, ...]:
        return (
            Way("GET", ACCOUNT, Who.VIEWER, self.page),
            Way("POST", f"{ACCOUNT}/password", Who.VIEWER, self.password),
            Way("POST", f"{ACCOUNT}/sessions/end", Who.VIEWER, self.end_session),
            Way("POST", f"{ACCOUNT}/sessions/others", Who.VIEWER, self.end_others),
            Way("POST", f"{ACCOUNT}/mobile", Who.VIEWER, self.mobile),
            Way("POST", f"{ACCOUNT}/totp", Who.STAFF, self.totp),
            Way("POST", f"{ACCOUNT}/totp/remove", Who.STAFF, self.remove_totp),
            Way("POST", f"{ACCOUNT}/passkeys/remove", Who.STAFF, self.remove_passkey),
            Way("POST", f"{ACCOUNT}/wechat", Who.PERSON, self.unbind),
            Way("POST", f"{ACCOUNT}/clerks", Who.ENTERPRISE, self.make_clerk),
            Way("POST", f"{ACCOUNT}/clerks/end", Who.ENTERPRISE, self.end_clerk),
        )

    def page(self, asked: Asked) -> Response:
        return self._page(asked)

    def _page(self, asked: Asked, problem: Problem | None = None, about: str = "", **more: Any) -> Response:
        """``about``: the section that a problem or a next step belongs to."""
        visit, accounts = asked.here, asked.accounts
        with accounts.database.transaction() as connection:
            totp = store.totp_of(connection, visit.account.account_id)
            keys = store.passkeys_of(connection, visit.account.account_id)
        address = second_factor.totp_address(accounts, visit.account)
        facts: dict[str, Any] = {
            "account": visit.account,
            "session": visit.session,
            "sessions": sessions.listed(accounts, visit.account),
            "device": device,
            "has_totp": totp is not None and totp.confirmed,
            "picture": qr(address) if address else None,
            "secret": address.partition("secret=")[2].partition("&")[0] if address else "",
            "passkeys": keys,
            "bound": wechat.is_bound(accounts, visit.account),
            "clerks": clerks.listed(accounts, visit) if clerks.is_own_account(visit.account) else None,
            "problem": problem,
            "about": about,
            "typed": typed(asked),
            "sent_to": "",
            "slip": None,
        }
        status = problem.status if problem else 200
        return self.show(asked, "entrance/account.html", {**facts, **more}, here="account", status=status)

    def _tried(self, asked: Asked, about: str, work: Callable[[], Response], **more: Any) -> Response:
        return tried(work, lambda problem: self._page(asked, problem, about, **more))

    def password(self, asked: Asked) -> Response:
        def work() -> Response:
            refuse_different(asked)
            visit = asked.here
            old, new, mine = asked.text("old"), asked.text("new"), visit.session.session_id
            passwords.replace(asked.accounts, visit.account, old, new, asked.caller, keep_session=mine)
            return entered(asked, sessions.add_factors(asked.accounts, visit, (), asked.caller), ACCOUNT)

        return self._tried(asked, "password", work)

    def end_session(self, asked: Asked) -> Response:
        sessions.end(asked.accounts, asked.here.account, asked.text("session"))
        return see_other(ACCOUNT)

    def end_others(self, asked: Asked) -> Response:
        sessions.end_others(asked.accounts, asked.here)
        return see_other(ACCOUNT)

    def mobile(self, asked: Asked) -> Response:
        """First the number, then the code that was sent to it."""
        code = asked.text("code")

        def work() -> Response:
            if not code:
                sent = contact.begin(asked.accounts, asked.here, asked.text("mobile"), asked.caller)
                return self._page(asked, about="mobile", sent_to=sent)
            contact.finish(asked.accounts, asked.here, asked.text("mobile"), code, asked.caller)
            return see_other(ACCOUNT)

        return self._tried(asked, "mobile", work, **_sent(asked, code))

    def totp(self, asked: Asked) -> Response:
        def work() -> Response:
            if not asked.text("code"):
                second_factor.begin_totp(asked.accounts, asked.here)
                return see_other(f"{ACCOUNT}#totp")
            opened = second_factor.confirm_totp(asked.accounts, asked.here, asked.text("code"), asked.caller)
            return entered(asked, opened, ACCOUNT)

        return self._tried(asked, "totp", work)

    def remove_totp(self, asked: Asked) -> Response:
        second_factor.remove_totp(asked.accounts, asked.here, asked.caller)
        return see_other(ACCOUNT)

    def remove_passkey(self, asked: Asked) -> Response:
        second_factor.remove_passkey(asked.accounts, asked.here, asked.text("credential", 2000), asked.caller)
        return see_other(ACCOUNT)

    def unbind(self, asked: Asked) -> Response:
        code = asked.text("code")

        def work() -> Response:
            if not code:
                sent = wechat.ask_unbinding(asked.accounts, asked.here, asked.caller)
                return self._page(asked, about="wechat", sent_to=sent)
            wechat.unbind(asked.accounts, asked.here, code, asked.caller)
            return see_other(ACCOUNT)

        return self._tried(asked, "wechat", work, **_sent(asked, code))

    def make_clerk(self, asked: Asked) -> Response:
        def work() -> Response:
            entered_as = (asked.text("login"), asked.text("id_no"), asked.text("mobile"))
            made = clerks.make(asked.accounts, asked.here, *entered_as, asked.caller)
            return self._page(asked, about="clerks", slip=(made.account.login, made.password))

        return self._tried(asked, "clerks", work)

    def end_clerk(self, asked: Asked) -> Response:
        clerks.end(asked.accounts, asked.here, asked.text("clerk"), asked.caller)
        return see_other(ACCOUNT)


def _sent(asked: Asked, code: str) -> Mapping[str, str]:
    return {"sent_to": asked.text("sent_to")} if code else {}


_BROWSERS = (
    ("MicroMessenger", "微信"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (("HarmonyOS", "HarmonyOS"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"),
            ("Windows", "Windows"), ("Mac OS", "macOS"), ("Linux", "Linux"))  # fmt: skip


def device(agent: str) -> str:
    """``Chrome · Windows`` for its owner to tell it by; what names itself otherwise is told as it does."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return " · ".join(part for part in (browser, system) if part) or agent[:60]
