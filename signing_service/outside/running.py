"""Starts the stand-ins for those systems that the settings leave open, on the loopback of this machine."""

from __future__ import annotations

import secrets
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp

from signing_service.domain.errors import Problem
from signing_service.gateways.mail import MailAccess
from signing_service.gateways.national_register import NationalAccess
from signing_service.gateways.opening import Accesses, left_open, named, refuse_stand_ins
from signing_service.gateways.problems import MAIL, NATIONAL, REAL_NAME, SMS, TRADING, WECHAT
from signing_service.gateways.real_name import RealNameAccess
from signing_service.gateways.sms import SmsAccess
from signing_service.gateways.trading_centre import TradingAccess
from signing_service.gateways.wechat import WechatAccess
from signing_service.outside.kept import Kept
from signing_service.outside.mailbox import Mailbox
from signing_service.outside.national_register import NationalRegisterStandIn
from signing_service.outside.own_cert import tls_of_this_machine
from signing_service.outside.pages import AUTHORIZE, Dressed, OutsidePages
from signing_service.outside.real_name import Citizen, RealNameRegister
from signing_service.outside.sms import SmsProvider
from signing_service.outside.trading_centre import TradingCentreStandIn
from signing_service.outside.wechat import Wechat
from signing_service.settings import Settings

HERE = "127.0.0.1"
STOPS_WITHIN_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class StandIns:
    """Everything that plays the world outside, while it runs."""

    kept: Kept
    register: RealNameRegister
    sms: SmsProvider
    wechat: Wechat
    trading: TradingCentreStandIn
    national: NationalRegisterStandIn
    pages: ASGIApp
    """To be mounted at ``PREFIX`` on the port of the service."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the systems outside are: those of the settings, and stand-ins for those that are left open."""

    accesses: Accesses
    stand_ins: StandIns | None = field(default=None)
    """None: nothing was left open."""


@contextmanager
def standing_in(
    settings: Settings, clock: Callable[[], datetime] = lambda: datetime.now(UTC), citizens: Iterable[Citizen] = ()
) -> Iterator[Addresses]:
    """The systems outside for as long as the block lasts; ``citizens`` are known to the real-name register.

    Raises Problem GATEWAY_NOT_CONFIGURED in production when a system is left open, OUTSIDE_PORT_TAKEN, and what
    ``gateways.opening.named`` raises.
    """
    refuse_stand_ins(settings)
    real, open_ones = named(settings), left_open(settings)
    if not open_ones:
        yield Addresses(real)
        return
    with ExitStack() as running:
        listener = running.enter_context(_taken(settings.outside_port))
        context, trusted = tls_of_this_machine()
        ours = _accesses(settings, f"http://{HERE}:{listener.getsockname()[1]}", trusted)
        kept = Kept()
        mailbox = _mailbox(settings, kept, ours.mail, context, clock)
        mailbox.start()
        running.callback(mailbox.stop)
        sms, wechat = SmsProvider(kept.texts, ours.sms, clock), Wechat(kept.wechats, ours.wechat, clock)
        register = RealNameRegister(ours.real_name, clock, citizens)
        trading = TradingCentreStandIn(ours.trading, clock)
        national = NationalRegisterStandIn(ours.national, clock)
        pages = OutsidePages(kept, wechat, trading, national).routes()
        api = [*sms.routes(), *wechat.api(), *register.routes(), *trading.routes(), *national.routes()]
        running.enter_context(_serving(Starlette(routes=[*api, *pages]), listener))
        yield Addresses(
            Accesses(
                mail=replace(ours.mail, port=mailbox.port) if MAIL in open_ones else real.mail,
                sms=ours.sms if SMS in open_ones else real.sms,
                wechat=ours.wechat if WECHAT in open_ones else real.wechat,
                real_name=ours.real_name if REAL_NAME in open_ones else real.real_name,
                trading=ours.trading if TRADING in open_ones else real.trading,
                national=ours.national if NATIONAL in open_ones else real.national,
            ),
            StandIns(kept, register, sms, wechat, trading, national, Dressed(Starlette(routes=pages))),
        )


@dataclass(frozen=True, slots=True)
class _Ours:
    """The accounts that the platform has with its stand-ins; their secrets are made anew at every start."""

    mail: MailAccess
    sms: SmsAccess
    wechat: WechatAccess
    real_name: RealNameAccess
    trading: TradingAccess
    national: NationalAccess


def _accesses(settings: Settings, address: str, trusted: str) -> _Ours:
    sender, name, sign = settings.mail_from, settings.mail_from_name, settings.sms_sign_name
    return _Ours(
        MailAccess(
            HERE, settings.outside_mail_port, sender, name, "starttls", "platform", secrets.token_urlsafe(), trusted
        ),
        SmsAccess(address, "LTAI-demonstration", secrets.token_urlsafe(), sign),
        WechatAccess(address, AUTHORIZE, "wx0123456789abcdef", secrets.token_hex(16)),
        RealNameAccess(address, "platform", secrets.token_urlsafe(), settings.real_name_threshold),
        TradingAccess(address, "platform", secrets.token_urlsafe()),
        NationalAccess(address, "platform", secrets.token_urlsafe()),
    )


def _mailbox(
    settings: Settings, kept: Kept, access: MailAccess, tls: ssl.SSLContext, clock: Callable[[], datetime]
) -> Mailbox:
    try:
        return Mailbox(kept.mails, access.user, access.password, clock, port=settings.outside_mail_port, tls=tls)
    except OSError:
        raise _port_taken("SIGNING_OUTSIDE_MAIL_PORT", settings.outside_mail_port) from None


def _taken(port: int) -> socket.socket:
    try:
        return socket.create_server((HERE, port))
    except OSError:
        raise _port_taken("SIGNING_OUTSIDE_PORT", port) from None


def _port_taken(setting: str, port: int) -> Problem:
    return Problem(
        "OUTSIDE_PORT_TAKEN",
        f"演示用外部系统无法监听端口 {port}，请停止占用者，或把 {setting} 设为 0（自动选择）。",
        f"The stand-ins cannot listen on port {port}: stop what uses it, or set {setting} to 0 for a free one.",
        status=500,
    )


@contextmanager
def _serving(app: ASGIApp, listener: socket.socket) -> Iterator[None]:
    """Answers connections from now on: the port listens already, and the queue keeps who comes early."""
    config = uvicorn.Config(
        app, log_level="critical", access_log=False, server_header=False, timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="outside", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(STOPS_WITHIN_SECONDS)
