"""Accounts for programs, JSON: log-in by cert, recovery, number, clerks, WeChat, 建设单位, and the window's registration."""

from __future__ import annotations

import base64
import binascii
from dataclasses import fields
from typing import Any

from starlette.responses import Response

from signing_service.domain.accounts import Card
from signing_service.web.platform.gate import Asked, Way, Who, as_json, malformed
from signing_service.web.platform.session_api import answered, kind_of
from signing_service.workflows.accounts import cert, clerks, contact, developer, real_name, recovery, wechat
from signing_service.workflows.accounts.developer import Application
from signing_service.workflows.accounts.real_name import AtTheWindow

LARGEST_PICTURES = 16 * 1024 * 1024
APPLICATION_TEXTS = tuple(one.name for one in fields(Application) if one.name != "scan")
CARD_TEXTS = tuple(one.name for one in fields(Card))


def ways() -> tuple[Way, ...]:
    return (
        Way("POST", "/api/platform/session/cert/begin", Who.ANYBODY, begin_cert),
        Way("POST", "/api/platform/session/cert", Who.ANYBODY, by_cert),
        Way("POST", "/api/platform/recovery", Who.ANYBODY, begin_recovery),
        Way("POST", "/api/platform/recovery/finish", Who.ANYBODY, finish_recovery),
        Way("POST", "/api/platform/account/mobile", Who.VIEWER, begin_mobile),
        Way("POST", "/api/platform/account/mobile/confirm", Who.VIEWER, finish_mobile),
        Way("GET", "/api/platform/account/clerks", Who.ENTERPRISE, list_clerks),
        Way("POST", "/api/platform/account/clerks", Who.ENTERPRISE, make_clerk),
        Way("DELETE", "/api/platform/account/clerks/{clerk}", Who.ENTERPRISE, end_clerk),
        Way("POST", "/api/platform/account/wechat/code", Who.PERSON, ask_unbinding),
        Way("DELETE", "/api/platform/account/wechat", Who.PERSON, unbind),
        Way("POST", "/api/platform/developer", Who.ANYBODY, register_developer, LARGEST_PICTURES),
        Way("POST", "/api/platform/developer/link", Who.ANYBODY, send_link),
        Way("POST", "/api/platform/developer/confirm", Who.ANYBODY, confirm_developer),
        Way("POST", "/api/platform/window/real-name", Who.WINDOW, register_person, LARGEST_PICTURES),
    )


def begin_cert(asked: Asked) -> Response:
    told = asked.fields.get("chain")
    if not isinstance(told, list):
        raise malformed()
    begun = cert.begin(asked.accounts, [_bytes(one) for one in told[:16]], asked.caller)
    return as_json(
        {
            "handle": begun.handle,
            "signed_ticket": begun.signed_ticket,
            "to_be_signed": base64.b64encode(begun.to_be_signed).decode(),
            "algorithm": begun.algorithm,
            "expires_at": begun.expires_at,
        }
    )


def by_cert(asked: Asked) -> Response:
    signature = _bytes(asked.text("signature", 4096))
    opened = cert.finish(asked.accounts, asked.text("handle"), signature, asked.caller, asked.text("login"))
    return answered(asked, opened, 201)


def begin_recovery(asked: Asked) -> Response:
    recovery.begin(asked.accounts, kind_of(asked.text("kind")), asked.text("login"), asked.caller)
    return as_json({}, 202)


def finish_recovery(asked: Asked) -> Response:
    kind, login, code = kind_of(asked.text("kind")), asked.text("login"), asked.text("code")
    recovery.finish(asked.accounts, kind, login, code, asked.text("password"), asked.caller)
    return Response(status_code=204)


def begin_mobile(asked: Asked) -> Response:
    return as_json({"sent_to": contact.begin(asked.accounts, asked.here, asked.text("mobile"), asked.caller)}, 202)


def finish_mobile(asked: Asked) -> Response:
    contact.finish(asked.accounts, asked.here, asked.text("mobile"), asked.text("code"), asked.caller)
    return Response(status_code=204)


def list_clerks(asked: Asked) -> Response:
    found = clerks.listed(asked.accounts, asked.here)
    return as_json({"clerks": [{"account": one.account_id, "login": one.login} for one in found]})


def make_clerk(asked: Asked) -> Response:
    typed = (asked.text("login"), asked.text("id_no"), asked.text("mobile"))
    made = clerks.make(asked.accounts, asked.here, *typed, asked.caller)
    told = {"account": made.account.account_id, "login": made.account.login, "password": made.password}
    return as_json(told, 201)


def end_clerk(asked: Asked) -> Response:
    clerks.end(asked.accounts, asked.here, str(asked.request.path_params["clerk"]), asked.caller)
    return Response(status_code=204)


def ask_unbinding(asked: Asked) -> Response:
    return as_json({"sent_to": wechat.ask_unbinding(asked.accounts, asked.here, asked.caller)}, 202)


def unbind(asked: Asked) -> Response:
    wechat.unbind(asked.accounts, asked.here, asked.text("code"), asked.caller)
    return Response(status_code=204)


def register_developer(asked: Asked) -> Response:
    """202 whether or not the address is known."""
    scan = _bytes(asked.text("scan", LARGEST_PICTURES))
    application = Application(**{name: asked.text(name) for name in APPLICATION_TEXTS}, scan=scan)
    developer.register(asked.accounts, application, asked.caller)
    return as_json({}, 202)


def send_link(asked: Asked) -> Response:
    developer.send_again(asked.accounts, asked.text("email"), asked.caller)
    return as_json({}, 202)


def confirm_developer(asked: Asked) -> Response:
    account = developer.confirm(asked.accounts, asked.text("token"), asked.caller)
    return as_json({"login": account.login})


def register_person(asked: Asked) -> Response:
    portrait, face = (_bytes(asked.text(name, LARGEST_PICTURES)) for name in ("portrait", "face"))
    told = AtTheWindow(
        card=Card(**{name: asked.text(name) for name in CARD_TEXTS}),
        mobile=asked.text("mobile"),
        portrait=portrait,
        face=face,
        consent=asked.text("consent"),
        new_password=bool(asked.fields.get("new_password")),
    )
    done = real_name.register(asked.accounts, asked.viewer, told, asked.caller)
    return as_json({"account": done.account.account_id, "password": done.password, "score": done.score}, 201)


def _bytes(text: Any) -> bytes:
    """From base64. Raises Problem REQUEST_MALFORMED."""
    try:
        return base64.b64decode(text, validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise malformed() from None
