"""Log-in and log-out for programs: JSON below /api/platform/session. Whoever has a session shows its token with each change."""

from __future__ import annotations

from starlette.responses import Response

from signing_service.domain.viewer import AccountKind
from signing_service.web.platform.gate import (
    Asked,
    Way,
    Who,
    as_json,
    give_session,
    malformed,
    standing,
    take_session,
)
from signing_service.workflows.accounts import log_in, passwords, sessions
from signing_service.workflows.accounts.sessions import Opened


def ways() -> tuple[Way, ...]:
    return (
        Way("GET", "/api/platform/session", Who.SESSION, show),
        Way("POST", "/api/platform/session", Who.ANYBODY, by_password),
        Way("DELETE", "/api/platform/session", Who.SESSION, log_out),
        Way("POST", "/api/platform/session/code", Who.SESSION, send_code),
        Way("POST", "/api/platform/session/factor", Who.SESSION, show_code),
        Way("POST", "/api/platform/account/password", Who.SESSION, change_password),
        Way("GET", "/api/platform/account/sessions", Who.VIEWER, list_sessions),
        Way("DELETE", "/api/platform/account/sessions/{session}", Who.VIEWER, end_session),
    )


def kind_of(text: str) -> AccountKind:
    """Raises Problem REQUEST_MALFORMED."""
    try:
        return AccountKind(text)
    except ValueError:
        raise malformed() from None


def answered(asked: Asked, opened: Opened, status: int = 200) -> Response:
    """The new session, with its cookie and the token to send back."""
    told = standing(opened.visit, asked.accounts.keyed("csrf", opened.token))
    return give_session(as_json(told, status), asked.request, opened)


def show(asked: Asked) -> Response:
    return as_json(standing(asked.here, asked.csrf))


def by_password(asked: Asked) -> Response:
    kind = kind_of(asked.text("kind"))
    opened = log_in.by_password(asked.accounts, kind, asked.text("login"), asked.text("password"), asked.caller)
    return answered(asked, opened, 201)


def log_out(asked: Asked) -> Response:
    sessions.log_out(asked.accounts, asked.here)
    return take_session(Response(status_code=204), asked.request)


def send_code(asked: Asked) -> Response:
    return as_json({"sent_to": log_in.send_code(asked.accounts, asked.here, asked.caller)}, 202)


def show_code(asked: Asked) -> Response:
    return answered(asked, log_in.by_code(asked.accounts, asked.here, asked.text("code"), asked.caller))


def change_password(asked: Asked) -> Response:
    """Not before the second factor, but as long as the first password is due."""
    sessions.refuse_before_factor(asked.here)
    visit = asked.here
    passwords.replace(
        asked.accounts,
        visit.account,
        asked.text("old"),
        asked.text("new"),
        asked.caller,
        keep_session=visit.session.session_id,
    )
    return answered(asked, sessions.add_factors(asked.accounts, visit, (), asked.caller))


def list_sessions(asked: Asked) -> Response:
    mine = asked.here
    found = sessions.listed(asked.accounts, mine.account)
    return as_json(
        {
            "sessions": [
                {
                    "session": one.session_id,
                    "this": one.session_id == mine.session.session_id,
                    "made_at": one.made_at.isoformat(),
                    "seen_at": one.seen_at.isoformat(),
                    "address": one.address,
                    "agent": one.agent,
                }
                for one in found
            ]
        }
    )


def end_session(asked: Asked) -> Response:
    sessions.end(asked.accounts, asked.here.account, asked.request.path_params["session"])
    return Response(status_code=204)
