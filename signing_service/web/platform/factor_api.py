"""Second factors for programs and for the scripts of our pages: authenticators and passkeys, JSON."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from signing_service.web.platform.gate import Asked, Way, Who, as_json, malformed
from signing_service.web.platform.session_api import answered
from signing_service.workflows.accounts import second_factor


def ways() -> tuple[Way, ...]:
    return (
        Way("POST", "/api/platform/session/totp", Who.SESSION, show_totp),
        Way("POST", "/api/platform/session/passkey/begin", Who.SESSION, ask_passkey),
        Way("POST", "/api/platform/session/passkey", Who.SESSION, show_passkey),
        Way("POST", "/api/platform/account/totp", Who.SESSION, begin_totp),
        Way("POST", "/api/platform/account/totp/confirm", Who.SESSION, confirm_totp),
        Way("DELETE", "/api/platform/account/totp", Who.STAFF, remove_totp),
        Way("POST", "/api/platform/account/passkeys/begin", Who.SESSION, begin_passkey),
        Way("POST", "/api/platform/account/passkeys", Who.SESSION, keep_passkey),
        Way("DELETE", "/api/platform/account/passkeys/{credential}", Who.STAFF, remove_passkey),
    )


def show_totp(asked: Asked) -> Response:
    return answered(asked, second_factor.by_totp(asked.accounts, asked.here, asked.text("code"), asked.caller))


def ask_passkey(asked: Asked) -> Response:
    return as_json(second_factor.ask_passkey(asked.accounts, asked.here, asked.caller))


def show_passkey(asked: Asked) -> Response:
    handle, answer = asked.text("handle"), credential_of(asked)
    return answered(asked, second_factor.by_passkey(asked.accounts, asked.here, handle, answer, asked.caller))


def begin_totp(asked: Asked) -> Response:
    return as_json({"address": second_factor.begin_totp(asked.accounts, asked.here)}, 201)


def confirm_totp(asked: Asked) -> Response:
    return answered(asked, second_factor.confirm_totp(asked.accounts, asked.here, asked.text("code"), asked.caller))


def remove_totp(asked: Asked) -> Response:
    second_factor.remove_totp(asked.accounts, asked.here, asked.caller)
    return Response(status_code=204)


def begin_passkey(asked: Asked) -> Response:
    return as_json(second_factor.begin_passkey(asked.accounts, asked.here, asked.caller))


def keep_passkey(asked: Asked) -> Response:
    handle, answer, label = asked.text("handle"), credential_of(asked), asked.text("label")
    opened = second_factor.keep_passkey(asked.accounts, asked.here, handle, answer, label, asked.caller)
    return answered(asked, opened, 201)


def remove_passkey(asked: Asked) -> Response:
    second_factor.remove_passkey(asked.accounts, asked.here, asked.request.path_params["credential"], asked.caller)
    return Response(status_code=204)


def credential_of(asked: Asked) -> dict[str, Any]:
    """What the browser's ``PublicKeyCredential.toJSON`` gave. Raises Problem REQUEST_MALFORMED."""
    told = asked.fields.get("credential")
    if not isinstance(told, dict):
        raise malformed()
    return told
