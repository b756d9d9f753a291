"""The platforms as the parties of a journey come to them: over HTTP, each with an account, a session, a telephone and a PIN.

The app is the one that ``serve`` serves. A person comes with a password, an enterprise with password and code, an
officer with password and authenticator; who signs fetches every page, gets the code by text message, and types it with
the PIN. An account is entered when its owner first comes; how accounts are made is tested with the platforms.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyotp
from httpx2 import Response
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from signing_service.assemble import make_service_app
from signing_service.domain.accounts import Account
from signing_service.domain.codes import Region
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Actor
from signing_service.domain.errors import FieldError, Problem
from signing_service.domain.messages import Channel, Event, sms_values
from signing_service.domain.parties import Person
from signing_service.domain.viewer import AccountKind
from signing_service.embedded import Service
from signing_service.storage import accounts as store
from signing_service.storage import parties, sessions
from signing_service.storage import pins as stored_pins
from signing_service.storage.messages import DueDelivery
from signing_service.worker.messenger import Messenger
from signing_service.workflows import pins
from signing_service.workflows.accounts.passwords import hashed

ORIGIN = "http://platform.test"
PASSWORD = "Gan-Jiang-2026"
PIN = "530917"
API = "/api/platform"
TOTP_STEP = 30


@cache
def password_kept() -> str:
    """Of everybody: a guess costs twenty milliseconds, and so does keeping one."""
    return hashed(PASSWORD)


@dataclass
class Telephones:
    """Everybody's mobile; a ``Sender`` of the messenger, with the texts as the provider would fill them in."""

    texts: list[tuple[str, Event, Mapping[str, str]]] = field(default_factory=list)

    def send(self, due: DueDelivery) -> None:
        self.texts.append((due.address, due.event, sms_values(due.event, due.facts)))

    def at(self, mobile: str) -> list[Mapping[str, str]]:
        """The newest last."""
        return [values for address, _, values in self.texts if address == mobile]

    def code_at(self, mobile: str) -> str:
        return next(
            values["code"]
            for address, event, values in reversed(self.texts)
            if address == mobile and event is Event.CODE
        )


class Platforms:
    def __init__(self, service: Service, clock: Callable[[], datetime]) -> None:
        self.service = service
        self.clock = clock
        self.app: ASGIApp = make_service_app(service.settings, service.desk)
        self._telephones = Telephones()
        self._messenger = Messenger(service.desk.database, {Channel.SMS: self._telephones}, clock)
        self._known: dict[str, Visitor] = {}

    def of(self, actor: Actor) -> Visitor:
        """Whoever acts, at their own device. The platform itself and other systems have no account and act at the desk."""
        name = f"{actor.person}@{actor.party}" if actor.role is SignatoryRole.AUTHORITY else actor.party
        if name not in self._known:
            self._known[name] = Visitor(self, self._entered(actor), len(self._known))
        return self._known[name]

    def telephones(self) -> Telephones:
        """When everything that is due has been delivered."""
        self._messenger.deliver_due(Channel.SMS)
        return self._telephones

    def _entered(self, actor: Actor) -> Account:
        serial = len(self._known)
        mobile = f"139{serial:08d}"
        with self.service.desk.database.transaction() as connection:
            if actor.role is SignatoryRole.AUTHORITY:
                # of the same name there may be another at another authority
                namesake = any(known.startswith(f"{actor.person}@") for known in self._known)
                login = f"{actor.person}-{actor.party}" if namesake else actor.person
                account = Account(
                    login, AccountKind.STAFF, login, actor.party, actor.person,
                    region=Region("360000"), mobile=mobile,
                )  # fmt: skip
            else:
                party = parties.load(connection, actor.party)
                kind = AccountKind.PERSON if isinstance(party, Person) else AccountKind.ENTERPRISE
                account = Account(
                    f"{kind.value}-{serial}", kind, actor.party, actor.party, str(party.name), mobile=mobile
                )
            if (known := store.by_login(connection, account.kind, account.login)) is not None:
                account = replace(known, mobile=mobile)
                store.save(connection, account)
            else:
                store.add(connection, account, "journey", self.clock())
            store.put_password(connection, account.account_id, password_kept(), self.clock(), must_change=False)
            store.put_grants(connection, account.account_id, actor.grants)
        return account


class Visitor:
    """Somebody's program: JSON, a session, and what is asked of them on the way."""

    def __init__(self, platforms: Platforms, account: Account, serial: int) -> None:
        self._platforms = platforms
        self._account = account
        address = f"192.0.2.{serial % 250 + 1}"
        self._http = TestClient(platforms.app, base_url=ORIGIN, client=(address, 50000), raise_server_exceptions=False)
        self._csrf = ""
        self._authenticator: pyotp.TOTP | None = None
        self._last_step = 0
        self._brought: dict[str, dict[str, Any]] = {}

    # ---- what they do

    def begin(self, procedure: str, role: SignatoryRole, typed: Mapping[str, Any]) -> str:
        asked = {"procedure": procedure, "role": role.value, "form": self._as_sent(typed)}
        return str(self._ask("POST", f"{API}/dossiers", asked)["number"])

    def keep(self, number: str, typed: Mapping[str, Any]) -> None:
        self._ask("PUT", f"{API}/dossiers/{number}/draft", {"form": self._as_sent(typed)})

    def take(self, number: str, step: str, role: SignatoryRole, **told: Any) -> dict[str, Any]:
        """What the dossier came to. Raises Problem: what was refused, as it was told."""
        body = self.made_ready(number, step, role, **told)
        told_back = self._ask("POST", f"{API}/dossiers/{number}/steps/{step}", body)
        self._csrf = told_back.get("csrf", self._csrf)
        return told_back

    def made_ready(self, number: str, step: str, role: SignatoryRole, **told: Any) -> dict[str, Any]:
        """What is sent to take the step: every page was seen, PIN and code are at hand."""
        body = {"role": role.value, **self._as_sent(told)}
        offered = self._offered(number, step, role)
        if offered.get("asks_pin"):
            self._choose_pin()
            body["pin"] = PIN
        if offered.get("signs"):
            self._platforms.service.settle(number, timeout=45)
            body |= self._signature(number, step, role)
        return body

    @property
    def headers(self) -> dict[str, str]:
        """With which another connection goes on in the same session."""
        cookies = "; ".join(f"{one.name}={one.value}" for one in self._http.cookies.jar)
        return {"Cookie": cookies, "X-CSRF-Token": self._csrf, "Host": urlsplit(ORIGIN).netloc}

    def page_of(self, number: str) -> str:
        """A dossier as its page shows it."""
        self._ask("GET", f"{API}/dossiers/{number}")
        return self._http.get(f"/platform/dossiers/{number}").text

    def _offered(self, number: str, step: str, role: SignatoryRole) -> dict[str, Any]:
        """The step as the dossier offers it; empty: it does not."""
        steps: list[dict[str, Any]] = self._ask("GET", f"{API}/dossiers/{number}")["steps"]
        return next((one for one in steps if (one["name"], one["role"]) == (step, role.value)), {})

    def _signature(self, number: str, step: str, role: SignatoryRole) -> dict[str, str]:
        """Every page is fetched, and the code that came by text message stands beside the PIN."""
        room = f"{API}/dossiers/{number}/sign/{step}"
        shown = self._ask("GET", f"{room}?role={role.value}")
        for page in shown["pages"]:
            picture = self._http.get(page)
            assert picture.headers.get("content-type") == "image/png", picture.text
        if shown["own_key"]:
            return {"seen": shown["revision"]}
        self._choose_pin()
        self._not_in_haste()
        self._ask("POST", f"{room}/code", {"role": role.value, "revision": shown["revision"]})
        code = self._platforms.telephones().code_at(self._account.mobile)
        return {"seen": shown["revision"], "pin": PIN, "code": code}

    def _choose_pin(self) -> None:
        """Where the key has none yet."""
        database, now = self._platforms.service.desk.database, self._platforms.clock()
        with database.transaction() as connection:
            key = parties.load(connection, self._account.party).key
            without = key is not None and stored_pins.held(connection, key) is None
        if key is not None and without:
            pins.set_pin(database, key, PIN, now)

    def _not_in_haste(self) -> None:
        """A journey does in a minute what takes its parties weeks; haste is refused elsewhere."""
        with self._platforms.service.desk.database.transaction() as connection:
            sessions.forget_hits(connection, self._platforms.clock() + timedelta(days=10_000))

    # ---- files

    def _as_sent(self, typed: Any) -> Any:
        """As JSON; a file is uploaded by whoever names it, and named as the upload answered."""
        if isinstance(typed, Mapping):
            if "sha256" in typed:
                return self._uploaded(typed)
            return {key: self._as_sent(value) for key, value in typed.items()}
        if isinstance(typed, list | tuple):
            return [self._as_sent(one) for one in typed]
        return typed.isoformat() if isinstance(typed, date) else typed

    def _uploaded(self, file: Mapping[str, Any]) -> dict[str, Any]:
        known = f"{file['sha256']} {file['name']}"
        if known not in self._brought:
            content = base64.b64encode(self._platforms.service.desk.blobs.get(file["sha256"])).decode()
            self._brought[known] = self._ask("POST", f"{API}/attachments", {"name": file["name"], "content": content})
        return self._brought[known]

    # ---- talking

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Logs in first, and again when the session has ended. Raises Problem as it was told."""
        if not self._csrf:
            self._log_in()
        answer = self._send(method, path, body)
        if answer.status_code == 401 and answer.json()["code"] == "LOGIN_REQUIRED":
            self._log_in()
            answer = self._send(method, path, body)
        return _told(answer)

    def _send(self, method: str, path: str, body: Mapping[str, Any] | None) -> Response:
        sent = {} if body is None else {"json": body}
        answer: Response = self._http.request(method, path, headers={"X-CSRF-Token": self._csrf}, **sent)  # type: ignore[arg-type]
        return answer

    def _log_in(self) -> None:
        self._not_in_haste()
        self._http.cookies.clear()
        account = self._account
        begun = self._goes_on("session", kind=account.kind.value, login=account.login, password=PASSWORD)
        match begun["due"]:
            case "set_up":
                self._set_up_authenticator()
            case "factor" if account.kind is AccountKind.STAFF:
                self._show_digits()
            case "factor":
                _told(self._send("POST", f"{API}/session/code", {}))
                self._goes_on("session/factor", code=self._platforms.telephones().code_at(account.mobile))

    def _set_up_authenticator(self) -> None:
        address = _told(self._send("POST", f"{API}/account/totp", {}))["address"]
        (secret,) = parse_qs(urlsplit(address).query)["secret"]
        self._authenticator = pyotp.TOTP(secret)
        self._goes_on("account/totp/confirm", code=self._digits())

    def _show_digits(self) -> None:
        """Digits are taken once; where the clock has stood still or gone back, the officer has another authenticator."""
        if self._step() > self._last_step:
            self._goes_on("session/totp", code=self._digits())
            return
        with self._platforms.service.desk.database.transaction() as connection:
            store.drop_totp(connection, self._account.account_id)
        self._set_up_authenticator()

    def _digits(self) -> str:
        assert self._authenticator is not None
        self._last_step = self._step()
        return str(self._authenticator.at(self._platforms.clock()))

    def _step(self) -> int:
        return int(self._platforms.clock().timestamp()) // TOTP_STEP

    def _goes_on(self, path: str, **told: Any) -> dict[str, Any]:
        """To the next session, with its token."""
        answer = _told(self._send("POST", f"{API}/{path}", told))
        self._csrf = answer["csrf"]
        return answer


def _told(answer: Response) -> dict[str, Any]:
    document: dict[str, Any] = answer.json()
    if answer.is_success:
        return document
    errors = [
        FieldError(one["field"], one["code"], one["detail"], one["detail_en"]) for one in document.get("errors", ())
    ]
    raise Problem(
        document["code"], document["detail"], document["detail_en"], status=answer.status_code, errors=errors,
        **document.get("facts", {}),
    )  # fmt: skip
