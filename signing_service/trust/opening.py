"""Which trust services stand behind the protocols: those the settings name, or the embedded ones outside production."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyRef, KeyStore, RevocationSource, TimeStampingAuthority
from signing_service.settings import Environment, Settings
from signing_service.trust.anchors import Anchors, read_anchors
from signing_service.trust.embedded import EmbeddedLine, EmbeddedServices
from signing_service.trust.over_http import Caller
from signing_service.trust.pki import open_pki
from signing_service.trust.revocation import CaInquiry, HttpLine, Line
from signing_service.trust.tsa import EmbeddedTsa
from signing_service.trust.tsa_client import TsaPool

Clock = Callable[[], datetime]

TSA_KEY = KeyRef("soft", "tsa")
"""The embedded authority's."""


def open_tsa(settings: Settings, keys: KeyStore, clock: Clock) -> TimeStampingAuthority:
    """The authorities of ``settings.tsa_urls``; where there is none, the embedded one.

    Raises Problem TSA_NOT_CONFIGURED in production without any, DEVELOPMENT_KEY_REFUSED where the embedded one's key
    is there, and TSA_ADDRESS_INVALID.
    """
    if settings.tsa_addresses:
        anchors = read_anchors(settings)
        addresses = [_address(address) for address in settings.tsa_addresses]
        return TsaPool(addresses, anchors.roots, anchors.intermediates, Caller(settings.trust_seconds), clock)
    if settings.environment is Environment.PRODUCTION:
        _refuse_embedded_tsa(keys)
    return EmbeddedTsa.of(keys, TSA_KEY, clock)


def open_revocation(settings: Settings, clock: Clock, anchors: Anchors | None = None) -> RevocationSource:
    """The embedded CAs in process (never in production), all others over HTTP."""
    known = anchors or read_anchors(settings)
    lines: list[Line] = []
    if has_embedded_pki(settings):
        lines.append(EmbeddedLine(open_services(settings, clock)))
    lines.append(HttpLine(Caller(settings.trust_seconds), settings.revocation_host_names))
    keep = timedelta(seconds=settings.revocation_cache_seconds)
    return CaInquiry(known.roots, known.intermediates, lines, keep)


def has_embedded_pki(settings: Settings) -> bool:
    """Whether the CAs of the embedded PKI, with their keys, are on this machine, outside production."""
    root = settings.pki / "ca" / "root.pem"
    return settings.environment is not Environment.PRODUCTION and os.access(root, os.R_OK)


def open_services(settings: Settings, clock: Clock) -> EmbeddedServices:
    """OCSP and CRLs of the embedded PKI. Raises Problem TRUST_SERVICES_REFUSED in production, PKI_NOT_PREPARED."""
    if settings.environment is Environment.PRODUCTION:
        raise Problem(
            "TRUST_SERVICES_REFUSED",
            "生产环境不运行内置的 CA、OCSP 和时间戳服务；请用 SIGNING_TSA_URLS 指定正式时间戳服务，证书由正式 CA 签发。",
            "The embedded CA, OCSP and time-stamping services are refused in production: name real authorities with "
            "SIGNING_TSA_URLS and use certs of a real CA.",
            status=500,
        )
    return EmbeddedServices(open_pki(settings.pki, settings.certs / "pki.toml"), clock)


def keep_own_crls_current(settings: Settings, clock: Clock) -> None:
    """Where the embedded CAs are on this machine, and may be used by whoever asks, their lists are made current."""
    if has_embedded_pki(settings):
        with contextlib.suppress(OSError):
            open_services(settings, clock).keep_current()


def _address(address: str) -> str:
    try:
        parts = urlsplit(address)
        good = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        good = False
    if not good:
        raise Problem(
            "TSA_ADDRESS_INVALID",
            "SIGNING_TSA_URLS 中有地址无法识别，请写完整的 http:// 或 https:// 地址，多个地址用逗号分隔。",
            "SIGNING_TSA_URLS holds what is no address: write whole http:// or https:// addresses, with commas between.",
            status=500,
        )
    return address


def _refuse_embedded_tsa(keys: KeyStore) -> None:
    try:
        keys.signing_cert(TSA_KEY)
    except Problem as problem:
        if problem.code == "DEVELOPMENT_KEY_REFUSED":
            raise
    raise Problem(
        "TSA_NOT_CONFIGURED",
        "生产环境必须使用正式的时间戳服务，请用 SIGNING_TSA_URLS 指定其地址（可多个，用逗号分隔）。",
        "Production needs a real time-stamping authority: name its address, or several, with SIGNING_TSA_URLS.",
        status=500,
    )
