"""The doorstep: log-in of the three kinds, the second step, a forgotten password, and the way to WeChat and back."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from signing_service.domain.accounts import Due, Factor
from signing_service.domain.errors import Problem
from signing_service.domain.viewer import AccountKind
from signing_service.storage import accounts as store
from signing_service.web.platform.entrance_parts import HOME, Show, entered, own_address, qr, see_other, tried, typed
from signing_service.web.platform.gate import LOG_IN, NEXT_STEP, Asked, Way, Who, browser_of, take_session
from signing_service.web.platform.session_api import kind_of
from signing_service.workflows.accounts import log_in, passwords, recovery, second_factor, sessions, wechat

RECOVER = "/platform/recover"
WECHAT = "/platform/wechat"


@dataclass(frozen=True, slots=True)
class Doorstep:
    show: Show
    agent_port: int

    def ways(self) -> tuple[Way, ...]:
        return (
            Way("GET", LOG_IN, Who.ANYBODY, self.log_in_page),
            Way("POST", LOG_IN, Who.ANYBODY, self.log_in),
            Way("GET", NEXT_STEP, Who.SESSION, self.next_page),
            Way("POST", f"{NEXT_STEP}/send", Who.SESSION, self.send_code),
            Way("POST", f"{NEXT_STEP}/code", Who.SESSION, self.show_code),
            Way("POST", f"{NEXT_STEP}/password", Who.SESSION, self.replace_password),
            Way("POST", f"{NEXT_STEP}/set-up", Who.SESSION, self.set_up),
            Way("POST", "/platform/log-out", Who.SESSION, self.log_out),
            Way("GET", RECOVER, Who.ANYBODY, self.recover_page),
            Way("POST", RECOVER, Who.ANYBODY, self.recover),
            Way("POST", f"{RECOVER}/finish", Who.ANYBODY, self.finish_recovery),
            Way("GET", WECHAT, Who.ANYBODY, self.to_wechat),
            Way("GET", wechat.RETURN, Who.ANYBODY, self.from_wechat),
            Way("POST", f"{WECHAT}/person", Who.ANYBODY, self.name_person),
            Way("POST", f"{WECHAT}/bind", Who.ANYBODY, self.bind),
        )

    # ---- log-in

    def log_in_page(self, asked: Asked) -> Response:
        return self._log_in_page(asked, None)

    def log_in(self, asked: Asked) -> Response:
        def work() -> Response:
            kind = kind_of(asked.text("kind"))
            name, password = asked.text("login"), asked.text("password")
            opened = log_in.by_password(asked.accounts, kind, name, password, asked.caller)
            return entered(asked, opened, own_address(asked.text("next")) if opened.visit.due is None else NEXT_STEP)

        return tried(work, lambda problem: self._log_in_page(asked, problem))

    def _log_in_page(self, asked: Asked, problem: Problem | None) -> Response:
        query = asked.request.query_params
        kind = str(asked.fields.get("kind", "")) or query.get("kind", "person")
        facts = {
            "kind": kind if kind in list(AccountKind) else "person",
            "next": own_address(str(asked.fields.get("next", "")) or query.get("next", "")),
            "typed": typed(asked),
            "problem": problem,
            "wechat": asked.accounts.wechat is not None,
            "by_cert": asked.accounts.certs is not None,
            "agent_port": self.agent_port,
        }
        return self.show(asked, "entrance/log_in.html", facts, status=problem.status if problem else 200)

    def log_out(self, asked: Asked) -> Response:
        sessions.log_out(asked.accounts, asked.here)
        return take_session(RedirectResponse(LOG_IN, 303), asked.request)

    # ---- the second step

    def next_page(self, asked: Asked) -> Response:
        return self._next_page(asked, None)

    def _next_page(self, asked: Asked, problem: Problem | None, sent_to: str = "") -> Response:
        visit = asked.here
        if visit.due is None:
            return see_other(HOME)
        with asked.accounts.database.transaction() as connection:
            totp = store.totp_of(connection, visit.account.account_id)
            keys = store.passkeys_of(connection, visit.account.account_id)
        facts = {
            "due": visit.due.value,
            "account": visit.account,
            "has_totp": totp is not None and totp.confirmed,
            "has_passkey": bool(keys),
            "sent_to": sent_to,
            "problem": problem,
            **_to_set_up(asked),
        }
        return self.show(asked, "entrance/next.html", facts, status=problem.status if problem else 200)

    def send_code(self, asked: Asked) -> Response:
        return tried(
            lambda: self._next_page(asked, None, log_in.send_code(asked.accounts, asked.here, asked.caller)),
            lambda problem: self._next_page(asked, problem),
        )

    def show_code(self, asked: Asked) -> Response:
        """The code of an enterprise, the digits of an officer."""
        staff = asked.here.account.kind is AccountKind.STAFF
        show = second_factor.by_totp if staff else log_in.by_code
        return tried(
            lambda: entered(asked, show(asked.accounts, asked.here, asked.text("code"), asked.caller), NEXT_STEP),
            lambda problem: self._next_page(asked, problem, asked.text("sent_to")),
        )

    def replace_password(self, asked: Asked) -> Response:
        visit = asked.here

        def work() -> Response:
            sessions.refuse_before_factor(visit)
            refuse_different(asked)
            old, new = asked.text("old"), asked.text("new")
            mine = visit.session.session_id
            passwords.replace(asked.accounts, visit.account, old, new, asked.caller, keep_session=mine)
            return entered(asked, sessions.add_factors(asked.accounts, visit, (), asked.caller), NEXT_STEP)

        return tried(work, lambda problem: self._next_page(asked, problem))

    def set_up(self, asked: Asked) -> Response:
        """Without digits the authenticator's address is drawn, with them it is confirmed."""

        def work() -> Response:
            if not asked.text("code"):
                second_factor.begin_totp(asked.accounts, asked.here)
                return see_other(NEXT_STEP)
            opened = second_factor.confirm_totp(asked.accounts, asked.here, asked.text("code"), asked.caller)
            return entered(asked, opened, NEXT_STEP)

        return tried(work, lambda problem: self._next_page(asked, problem))

    # ---- a forgotten password

    def recover_page(self, asked: Asked) -> Response:
        return self._recover_page(asked, None, sent=False)

    def recover(self, asked: Asked) -> Response:
        def work() -> Response:
            recovery.begin(asked.accounts, kind_of(asked.text("kind")), asked.text("login"), asked.caller)
            return self._recover_page(asked, None, sent=True)

        return tried(work, lambda problem: self._recover_page(asked, problem, sent=False))

    def finish_recovery(self, asked: Asked) -> Response:
        def work() -> Response:
            refuse_different(asked)
            kind, login = kind_of(asked.text("kind")), asked.text("login")
            recovery.finish(asked.accounts, kind, login, asked.text("code"), asked.text("new"), asked.caller)
            facts = {
                "tone": "done",
                "headline": ("密码已重设", "The password is new"),
                "sentence": (
                    "请用新密码登录；此前的登录均已退出。",
                    "Log in with it; every earlier session has ended.",
                ),
                "href": f"{LOG_IN}?kind={kind.value}",
                "label": ("去登录", "Log in"),
            }
            return self.show(asked, "entrance/told.html", facts)

        return tried(work, lambda problem: self._recover_page(asked, problem, sent=True))

    def _recover_page(self, asked: Asked, problem: Problem | None, *, sent: bool) -> Response:
        kind = str(asked.fields.get("kind", "")) or asked.request.query_params.get("kind", "person")
        facts = {
            "kind": kind if kind in list(AccountKind) else "person",
            "typed": typed(asked),
            "sent": sent,
            "problem": problem,
        }
        return self.show(asked, "entrance/recover.html", facts, status=problem.status if problem else 200)

    # ---- WeChat

    def to_wechat(self, asked: Asked) -> Response:
        return see_other(wechat.begin(asked.accounts, browser_of(asked.request, asked.accounts), asked.caller))

    def from_wechat(self, asked: Asked) -> Response:
        query: Request = asked.request
        state, code = query.query_params.get("state", ""), query.query_params.get("code", "")
        browser = browser_of(asked.request, asked.accounts)
        found = wechat.finish(asked.accounts, browser, state, code, asked.caller)
        if isinstance(found, wechat.Unbound):
            return self._wechat_page(asked, None, handle=found.handle)
        return entered(asked, found)

    def name_person(self, asked: Asked) -> Response:
        def work() -> Response:
            handle, number, name = asked.text("handle"), asked.text("id_no"), asked.text("name")
            sent = wechat.ask_binding(asked.accounts, handle, number, name, asked.caller)
            return self._wechat_page(asked, None, handle=sent.handle, hint=sent.hint)

        return tried(work, lambda problem: self._wechat_page(asked, problem, handle=asked.text("handle")))

    def bind(self, asked: Asked) -> Response:
        handle, hint = asked.text("handle"), asked.text("hint")
        return tried(
            lambda: entered(asked, wechat.bind(asked.accounts, handle, asked.text("code"), asked.caller)),
            lambda problem: self._wechat_page(asked, problem, handle=handle, hint=hint),
        )

    def _wechat_page(self, asked: Asked, problem: Problem | None, *, handle: str, hint: str = "") -> Response:
        facts = {"handle": handle, "hint": hint, "typed": typed(asked), "problem": problem}
        return self.show(asked, "entrance/wechat.html", facts, status=problem.status if problem else 200)


def _to_set_up(asked: Asked) -> dict[str, object]:
    visit = asked.here
    address = second_factor.totp_address(asked.accounts, visit.account) if visit.due is Due.SET_UP else None
    secret = address.partition("secret=")[2].partition("&")[0] if address else ""
    return {"picture": qr(address) if address else None, "secret": secret, "factor": Factor.TOTP.value}


def refuse_different(asked: Asked) -> None:
    """Raises Problem PASSWORD_TWICE."""
    if asked.text("new") != asked.text("again"):
        raise Problem(
            "PASSWORD_TWICE",
            "两次输入的新密码不一致，请重新输入。",
            "The new password was not typed the same twice: type it again.",
        )
