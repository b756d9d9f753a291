"""What one address answers, joined: the public portal, the signing room and the platforms. No key of a party is here."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta

from starlette.types import ASGIApp, Receive, Scope, Send

from signing_service.api.signing import make_router
from signing_service.domain.accounts import Rules
from signing_service.domain.keys import RevocationSource
from signing_service.domain.tickets import AGENT_PORT
from signing_service.domain.validation_statement import ReportSealer
from signing_service.gateways.opening import Gateways
from signing_service.settings import Settings
from signing_service.storage.messages import unread
from signing_service.trust.account_secret import ensure_account_secret
from signing_service.trust.anchors import read_anchors
from signing_service.trust.issue import code_of_id_number
from signing_service.trust.opening import open_revocation
from signing_service.trust.ticket_key import ensure_ticket_key
from signing_service.web.app import PREFIXES, make_room
from signing_service.web.platform import entrance
from signing_service.web.platform.app import PREFIXES as PLATFORM_PREFIXES
from signing_service.web.platform.app import make_platforms
from signing_service.web.platform.house import House
from signing_service.web.platform.rendering import Renderer
from signing_service.workflows.accounts.accounts import Accounts, CertTrust
from signing_service.workflows.accounts.post import Post
from signing_service.workflows.desk import Desk
from signing_service.workflows.held_outside import SigningRoom
from signing_service.workflows.reception import Reception
from verify_portal.assemble import make_portal


class Together:
    """Each address goes to whoever answers it, the rest to the portal; every answer has one house's headers only."""

    def __init__(self, portal: ASGIApp, rooms: Sequence[tuple[tuple[str, ...], ASGIApp]]) -> None:
        self._portal = portal
        self._rooms = rooms

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        for prefixes, room in self._rooms:
            if path.startswith(prefixes):
                await room(scope, receive, send)
                return
        await self._portal(scope, receive, send)


def open_room(settings: Settings, desk: Desk, revocation: RevocationSource | None = None) -> SigningRoom:
    """The signing room over this desk; certs are asked about at their CAs unless ``revocation`` is another source."""
    anchors = read_anchors(settings)

    def code(id_number: str) -> str | None:
        pepper = settings.pki / "pepper"
        return code_of_id_number(id_number, pepper.read_bytes()) if pepper.exists() else None

    return SigningRoom(
        desk=desk,
        fonts=settings.fonts,
        anchors=anchors.roots,
        intermediates=anchors.intermediates,
        revocation=revocation or open_revocation(settings, desk.clock, anchors),
        code_of_id_number=code,
        entropy=secrets.token_bytes,
    )


def open_accounts(settings: Settings, desk: Desk, room: SigningRoom, gateways: Gateways | None = None) -> Accounts:
    """Accounts over this desk. Without ``gateways`` nobody is registered at a window and nobody comes by WeChat."""
    anchors = read_anchors(settings)
    return Accounts(
        desk.database,
        desk.clock,
        Post(desk.clock),
        ensure_account_secret(settings.account_secret),
        rules_of(settings),
        procedures=tuple(procedure.key for procedure in desk.catalogue),
        blobs=desk.blobs,
        certs=CertTrust(anchors.roots, anchors.intermediates, room.revocation, ensure_ticket_key(settings.ticket_key)),
        register=gateways.real_name_if_used() if gateways else None,
        wechat=gateways.wechat_if_used() if gateways else None,
    )


def rules_of(settings: Settings) -> Rules:
    return Rules(
        idle=timedelta(minutes=settings.session_idle_minutes),
        absolute=timedelta(hours=settings.session_hours),
        staff_second_factor=settings.staff_second_factor,
        consent=settings.biometrics_consent,
    )


def open_platforms(
    settings: Settings, desk: Desk, room: SigningRoom, accounts: Accounts, agent_port: int = AGENT_PORT
) -> ASGIApp:
    """The pages of people, enterprises and officers."""
    house = House(
        desk,
        Renderer(),
        settings.fonts,
        settings.templates,
        room,
        settings.public_origin,
        unread,
    )
    ways = entrance.ways(house.page, agent_port)
    return make_platforms(house, accounts, settings.platform_origin, ways, agent_port)


def make_service_app(
    settings: Settings,
    desk: Desk,
    revocation: RevocationSource | None = None,
    agent_port: int = AGENT_PORT,
    reports: ReportSealer | None = None,
    gateways: Gateways | None = None,
) -> ASGIApp:
    """The app that ``run`` and ``serve`` serve: portal, signing room, platforms. ``reports`` as in ``make_portal``,
    ``gateways`` as in ``open_accounts``.
    """
    room = open_room(settings, desk, revocation)
    reception = Reception(room, ensure_ticket_key(settings.ticket_key), settings.public_origin, agent_port)
    accounts = open_accounts(settings, desk, room, gateways)
    return Together(
        make_portal(settings, desk.database, reports),
        [
            (PREFIXES, make_room(reception, make_router(reception))),
            (PLATFORM_PREFIXES, open_platforms(settings, desk, room, accounts, agent_port)),
        ],
    )
