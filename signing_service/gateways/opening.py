"""Which systems stand outside: those that the settings name; where they name none, whoever stands in for it.

A stand-in is handed over as an ``Accesses`` of its own: this room does not know that there are any.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from signing_service.domain.errors import Problem
from signing_service.gateways.mail import MailAccess, MailGateway
from signing_service.gateways.national_register import NationalAccess, NationalRegisterGateway
from signing_service.gateways.problems import MAIL, NATIONAL, REAL_NAME, SMS, TRADING, WECHAT, System, not_used
from signing_service.gateways.real_name import RealNameAccess, RealNameGateway
from signing_service.gateways.sms import SmsAccess, SmsGateway
from signing_service.gateways.trading_centre import TradingAccess, TradingCentreGateway
from signing_service.gateways.wechat import WechatAccess, WechatGateway
from signing_service.settings import Environment, Settings

OFF = "off"

_G = TypeVar("_G")


@dataclass(frozen=True, slots=True)
class Accesses:
    """Where each system is and as whom we come; None: it is not used."""

    mail: MailAccess | None = None
    sms: SmsAccess | None = None
    wechat: WechatAccess | None = None
    real_name: RealNameAccess | None = None
    trading: TradingAccess | None = None
    national: NationalAccess | None = None


@dataclass(frozen=True, slots=True)
class Gateways:
    """A client of each system; asked for one that is not used, a Problem GATEWAY_OFF is raised."""

    _mail: MailGateway | None
    _sms: SmsGateway | None
    _wechat: WechatGateway | None
    _real_name: RealNameGateway | None
    _trading: TradingCentreGateway | None
    _national: NationalRegisterGateway | None

    @property
    def mail(self) -> MailGateway:
        return _used(self._mail, MAIL)

    @property
    def sms(self) -> SmsGateway:
        return _used(self._sms, SMS)

    @property
    def wechat(self) -> WechatGateway:
        return _used(self._wechat, WECHAT)

    @property
    def real_name(self) -> RealNameGateway:
        return _used(self._real_name, REAL_NAME)

    @property
    def trading(self) -> TradingCentreGateway:
        return _used(self._trading, TRADING)

    @property
    def national(self) -> NationalRegisterGateway:
        return _used(self._national, NATIONAL)

    def wechat_if_used(self) -> WechatGateway | None:
        """For who is content without."""
        return self._wechat

    def real_name_if_used(self) -> RealNameGateway | None:
        """For who is content without."""
        return self._real_name


def open_gateways(accesses: Accesses, seconds: float, clock: Callable[[], datetime]) -> Gateways:
    """Nothing is connected before it is asked."""
    return Gateways(
        MailGateway(accesses.mail, seconds) if accesses.mail else None,
        SmsGateway(accesses.sms, seconds, clock) if accesses.sms else None,
        WechatGateway(accesses.wechat, seconds, clock) if accesses.wechat else None,
        RealNameGateway(accesses.real_name, seconds, clock) if accesses.real_name else None,
        TradingCentreGateway(accesses.trading, seconds, clock) if accesses.trading else None,
        NationalRegisterGateway(accesses.national, seconds, clock) if accesses.national else None,
    )


def left_open(settings: Settings) -> tuple[System, ...]:
    """The systems that the settings neither name nor switch off: somebody has to stand in for them."""
    addresses = {
        MAIL: settings.mail_server,
        SMS: settings.sms_address,
        WECHAT: settings.wechat_address,
        REAL_NAME: settings.real_name_address,
        TRADING: settings.trading_address,
        NATIONAL: settings.national_address,
    }
    return tuple(system for system, address in addresses.items() if not address.strip())


def refuse_stand_ins(settings: Settings) -> None:
    """Raises Problem GATEWAY_NOT_CONFIGURED in production when a system is left open."""
    missing = left_open(settings)
    if settings.environment is Environment.PRODUCTION and missing:
        names = "、".join(system.zh for system in missing)
        prefixes = ", ".join(f"{system.settings}*" for system in missing)
        raise Problem(
            "GATEWAY_NOT_CONFIGURED",
            f"生产环境不使用内置的模拟外部系统，尚未设置：{names}。请设置 {prefixes}，不使用的写 off。",
            f"The embedded stand-ins are refused in production: set {prefixes}, or write off for what is not used.",
            status=500,
        )


def named(settings: Settings) -> Accesses:
    """Those that the settings name, the secrets read from their files. Raises Problem GATEWAY_SECRET, GATEWAY_ADDRESS."""
    return Accesses(
        mail=_mail(settings) if _is_named(settings.mail_server) else None,
        sms=_sms(settings) if _is_named(settings.sms_address) else None,
        wechat=_wechat(settings) if _is_named(settings.wechat_address) else None,
        real_name=_real_name(settings) if _is_named(settings.real_name_address) else None,
        trading=_trading(settings) if _is_named(settings.trading_address) else None,
        national=_national(settings) if _is_named(settings.national_address) else None,
    )


def _is_named(address: str) -> bool:
    return address.strip() not in ("", OFF)


def _mail(settings: Settings) -> MailAccess:
    host, colon, port = settings.mail_server.strip().rpartition(":")
    if not colon or not host or not port.isascii() or not port.isdigit():
        raise _bad_address(MAIL, "SIGNING_MAIL_SERVER", "smtp.example.gov.cn:587")
    return MailAccess(
        host=host,
        port=int(port),
        sender=settings.mail_from,
        sender_name=settings.mail_from_name,
        security=settings.mail_security,
        user=settings.mail_user,
        password=_secret(MAIL, settings.mail_password_file) if settings.mail_user else "",
        trusted=_secret(MAIL, Path(settings.mail_ca)) if settings.mail_ca else "",
    )


def _sms(settings: Settings) -> SmsAccess:
    return SmsAccess(
        address=_address(SMS, settings.sms_address, settings, "SIGNING_SMS_ADDRESS"),
        access_key=settings.sms_access_key,
        secret=_secret(SMS, settings.sms_secret_file),
        sign_name=settings.sms_sign_name,
        templates=settings.sms_templates,
    )


def _wechat(settings: Settings) -> WechatAccess:
    return WechatAccess(
        address=_address(WECHAT, settings.wechat_address, settings, "SIGNING_WECHAT_ADDRESS"),
        authorize_address=settings.wechat_authorize_address,
        app_id=settings.wechat_app_id,
        secret=_secret(WECHAT, settings.wechat_secret_file),
        templates=settings.wechat_templates,
    )


def _real_name(settings: Settings) -> RealNameAccess:
    return RealNameAccess(
        address=_address(REAL_NAME, settings.real_name_address, settings, "SIGNING_REAL_NAME_ADDRESS"),
        client=settings.real_name_client,
        secret=_secret(REAL_NAME, settings.real_name_secret_file),
        threshold=settings.real_name_threshold,
    )


def _trading(settings: Settings) -> TradingAccess:
    return TradingAccess(
        address=_address(TRADING, settings.trading_address, settings, "SIGNING_TRADING_ADDRESS"),
        client=settings.trading_client,
        secret=_secret(TRADING, settings.trading_secret_file),
    )


def _national(settings: Settings) -> NationalAccess:
    return NationalAccess(
        address=_address(NATIONAL, settings.national_address, settings, "SIGNING_NATIONAL_ADDRESS"),
        client=settings.national_client,
        secret=_secret(NATIONAL, settings.national_secret_file),
    )


def _address(system: System, address: str, settings: Settings, setting: str) -> str:
    """Whole, and in production with TLS: ID numbers and secrets travel on it."""
    try:
        parts = urlsplit(address.strip())
        good = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        good = False
    else:
        good = good and (parts.scheme == "https" or settings.environment is not Environment.PRODUCTION)
    if not good:
        raise _bad_address(system, setting, "https://gateway.example.gov.cn")
    return address.strip()


def _bad_address(system: System, setting: str, example: str) -> Problem:
    return Problem(
        "GATEWAY_ADDRESS",
        f"{system.zh}地址无法使用，请按 {example} 的写法更正 {setting}；生产环境须为 https。",
        f"The address in {setting} cannot be used: write it like {example}; production wants https.",
        status=500,
    )


def _secret(system: System, file: Path) -> str:
    try:
        secret = file.read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        secret = ""
    if not secret:
        raise Problem(
            "GATEWAY_SECRET",
            f"无法读取{system.zh}的密钥文件 {file.name}，请核对 {system.settings}* 设置和文件权限。",
            f"The secret of {system.en[0].lower()}{system.en[1:]} cannot be read from {file.name}: check the settings "
            f"{system.settings}* and the file's permissions.",
            status=500,
        )
    return secret


def _used(gateway: _G | None, system: System) -> _G:
    if gateway is None:
        raise not_used(system)
    return gateway
