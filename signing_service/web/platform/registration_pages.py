"""Pages on which somebody is registered: a 建设单位 by itself, a person by the clerk at a window."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from signing_service.domain.accounts import Card
from signing_service.domain.errors import Problem
from signing_service.web.platform.accounts_api import APPLICATION_TEXTS, CARD_TEXTS, LARGEST_PICTURES
from signing_service.web.platform.doorstep import refuse_different
from signing_service.web.platform.entrance_parts import Show, tried, typed
from signing_service.web.platform.gate import LOG_IN, Asked, Way, Who
from signing_service.workflows.accounts import developer, real_name
from signing_service.workflows.accounts.developer import Application
from signing_service.workflows.accounts.real_name import AtTheWindow

DEVELOPER = "/platform/developer"
WINDOW = "/platform/window"
Words = tuple[str, str]


@dataclass(frozen=True, slots=True)
class RegistrationPages:
    show: Show

    def ways(self) -> tuple[Way, ...]:
        return (
            Way("GET", DEVELOPER, Who.ANYBODY, self.developer_page),
            Way("POST", DEVELOPER, Who.ANYBODY, self.register_developer, LARGEST_PICTURES),
            Way("POST", f"{DEVELOPER}/link", Who.ANYBODY, self.send_link),
            Way("GET", developer.CONFIRM, Who.ANYBODY, self.confirm_page),
            Way("POST", developer.CONFIRM, Who.ANYBODY, self.confirm),
            Way("GET", WINDOW, Who.WINDOW, self.window_page),
            Way("POST", WINDOW, Who.WINDOW, self.register_person, LARGEST_PICTURES),
        )

    # ---- 建设单位

    def developer_page(self, asked: Asked) -> Response:
        return self._developer_page(asked, None)

    def _developer_page(self, asked: Asked, problem: Problem | None) -> Response:
        facts = {"typed": typed(asked), "problem": problem}
        return self.show(asked, "entrance/developer.html", facts, status=problem.status if problem else 200)

    def register_developer(self, asked: Asked) -> Response:
        def work() -> Response:
            refuse_different(asked)
            texts = {name: asked.text("new" if name == "password" else name) for name in APPLICATION_TEXTS}
            application = Application(**texts, scan=asked.files.get("scan", b""))
            developer.register(asked.accounts, application, asked.caller)
            return self._mail_sent(asked)

        return tried(work, lambda problem: self._developer_page(asked, problem))

    def send_link(self, asked: Asked) -> Response:
        def work() -> Response:
            developer.send_again(asked.accounts, asked.text("email"), asked.caller)
            return self._mail_sent(asked)

        return tried(work, lambda problem: self._developer_page(asked, problem))

    def _mail_sent(self, asked: Asked) -> Response:
        facts = {"email": asked.text("email").strip()}
        return self.show(asked, "entrance/mail_sent.html", facts)

    def confirm_page(self, asked: Asked) -> Response:
        """A button: programs that open every link of a mail do not use this one up."""
        return self.show(asked, "entrance/confirm.html", {"token": asked.request.query_params.get("token", "")})

    def confirm(self, asked: Asked) -> Response:
        def work() -> Response:
            developer.confirm(asked.accounts, asked.text("token"), asked.caller)
            return self._told(
                asked,
                "done",
                ("注册完成", "You are registered"),
                ("邮箱已验证，请用登录名和密码登录。", "The address is confirmed: log in with name and password."),
                f"{LOG_IN}?kind=enterprise",
                ("去登录", "Log in"),
            )

        def again(problem: Problem) -> Response:
            label = ("重新发送", "Have it sent again")
            headline = ("链接不能使用", "The link cannot be used")
            return self._told(
                asked, "waits", headline, (problem.zh, problem.en), DEVELOPER, label, status=problem.status
            )

        return tried(work, again)

    def _told(
        self, asked: Asked, tone: str, headline: Words, sentence: Words, href: str, label: Words, *, status: int = 200
    ) -> Response:
        facts = {"tone": tone, "headline": headline, "sentence": sentence, "href": href, "label": label}
        return self.show(asked, "entrance/told.html", facts, status=status)

    # ---- the window

    def window_page(self, asked: Asked) -> Response:
        return self._window_page(asked, None)

    def _window_page(self, asked: Asked, problem: Problem | None) -> Response:
        facts = {"typed": typed(asked), "problem": problem, "consent": asked.accounts.rules.consent}
        return self.show(asked, "entrance/window.html", facts, status=problem.status if problem else 200)

    def register_person(self, asked: Asked) -> Response:
        def work() -> Response:
            told = AtTheWindow(
                card=Card(**{name: asked.text(name) for name in CARD_TEXTS}),
                mobile=asked.text("mobile"),
                portrait=asked.files.get("portrait", b""),
                face=asked.files.get("face", b""),
                consent=asked.text("consent"),
                new_password=bool(asked.text("new_password")),
            )
            done = real_name.register(asked.accounts, asked.viewer, told, asked.caller)
            if done.password is None:
                label = ("登记下一位", "The next person")
                sentence = (
                    "登记信息已更新；账号和密码保持不变。",
                    "The record is renewed; account and password stay as they are.",
                )
                return self._told(asked, "done", ("实名登记完成", "Registered"), sentence, WINDOW, label)
            facts = {"name": done.account.name, "login": done.account.login, "password": done.password, "back": WINDOW}
            return self.show(asked, "entrance/slip.html", facts)

        return tried(work, lambda problem: self._window_page(asked, problem))
