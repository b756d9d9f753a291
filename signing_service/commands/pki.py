"""``signing-service pki``: look at the embedded PKI, revoke and renew its certs, make its CRLs."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer
from cryptography import x509
from rich.table import Table

from signing_service.domain.dates import SHANGHAI
from signing_service.settings import Settings
from signing_service.terminal import moment_of, out, plain
from signing_service.trust.description import ROOT
from signing_service.trust.embedded import EmbeddedServices
from signing_service.trust.opening import open_services
from signing_service.trust.pki import renew as renew_key
from signing_service.trust.revoke import revoke as revoke_cert

app = typer.Typer(no_args_is_help=True, help="The embedded PKI: its certs, what was revoked of them, its CRLs.")


class Reason(StrEnum):
    """Why a cert is revoked (RFC 5280, 5.3.1)."""

    UNSPECIFIED = "unspecified"
    KEY_COMPROMISE = "keyCompromise"
    CA_COMPROMISE = "cACompromise"
    AFFILIATION_CHANGED = "affiliationChanged"
    SUPERSEDED = "superseded"
    CESSATION_OF_OPERATION = "cessationOfOperation"
    PRIVILEGE_WITHDRAWN = "privilegeWithdrawn"


def _now() -> datetime:
    return datetime.now(UTC)


def _services() -> EmbeddedServices:
    return open_services(Settings(), _now)


@app.command(name="list")
def list_certs() -> None:
    """Print every cert with its CA, serial, term and status."""
    services = _services()
    table = Table()
    for heading in ("名称 label", "CA", "序列号 serial", "有效期至 until", "状态 status"):
        table.add_column(heading, overflow="fold")
    issuers = {key.label: key.issuer for key in services.pki.description.keys}
    rows = [(f"ca/{name}", ROOT, cert) for name, cert in services.pki.cas.items()]
    rows += [(label, issuers[label], cert) for label, cert in services.pki.certs.items()]
    for label, ca, cert in rows:
        serial = f"{cert.serial_number:x}"
        table.add_row(label, ca, serial, f"{cert.not_valid_after_utc:%Y-%m-%d}", _status(services, ca, cert))
    out.print(table)


def _status(services: EmbeddedServices, ca: str, cert: x509.Certificate) -> str:
    revocation = services.register.revocation(ca, cert.serial_number)
    if revocation is not None:
        return f"[red]已吊销 revoked {_shown(revocation.at)} {revocation.reason.value}[/]"
    if cert.not_valid_after_utc < _now():
        return "[yellow]已过期 expired[/]"
    return "[green]有效 good[/]"


@app.command()
def revoke(
    label: Annotated[str, typer.Argument(help="Label of a key, ca/<name> of a CA, or a serial in hex.")],
    reason: Annotated[Reason, typer.Option(help="Why (RFC 5280, 5.3.1).")],
    at: Annotated[str | None, typer.Option(help="As of when; without it, now: 2026-11-22T10:00:00+08:00.")] = None,
) -> None:
    """Revoke a cert. OCSP, CRL and validation say so at once; the key is given no new cert until ``pki renew``."""
    services = _services()
    revoked = revoke_cert(services, label, x509.ReasonFlags(reason.value), _now(), moment_of(at))
    out.print(
        f"[green]✓[/] {plain(label)} 已吊销 / revoked {_shown(revoked.at)}  {revoked.reason.value}  "
        f"[dim]{revoked.serial:x}[/]",
        highlight=False,
    )


@app.command()
def renew(label: Annotated[str, typer.Argument(help="Label of a key.")]) -> None:
    """Give a holder a new key and cert, revoked or not; services that run take it up when they are started again."""
    settings = Settings()
    _services()
    cert = renew_key(settings.pki, settings.certs / "pki.toml", label, _now())
    out.print(
        f"[green]✓[/] {plain(label)} 已换发 / renewed  [dim]{cert.serial_number:x}[/]  "
        f"有效期至 / until {cert.not_valid_after_utc:%Y-%m-%d}\n  请重新启动服务 / start the services again",
        highlight=False,
    )


@app.command()
def crl(
    anew: Annotated[bool, typer.Option("--new", help="Make new ones also where those on file are current.")] = False,
) -> None:
    """Make the CRLs that are due, and say of each when the next is."""
    services = _services()
    for one in services.crls.make_anew(_now()) if anew else services.keep_current():
        mark = "[green]✓[/]" if one.is_new else " "
        out.print(
            f"{mark} {one.ca}.crl  no. {one.number}  {one.revoked} 条 entries  {_shown(one.this_update)} – "
            f"{_shown(one.next_update)}",
            highlight=False,
        )


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
