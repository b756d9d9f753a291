"""What the pages of the entrance share: how one is shown, and how a form that was refused comes back with what was typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any, Protocol

import qrcode
from markupsafe import Markup
from qrcode.image.svg import SvgPathImage
from starlette.responses import RedirectResponse, Response

from signing_service.domain.errors import Problem
from signing_service.web.platform.gate import Asked, give_session
from signing_service.workflows.accounts.sessions import Opened

PASSED_ON = frozenset({"LOGIN_REQUIRED", "LOGIN_UNFINISHED", "CSRF_REFUSED", "NOT_ALLOWED", "ACCOUNT_UNKNOWN"})
"""What no form can put right: shown as a page of its own."""

HOME = "/platform/"


class Show(Protocol):
    """Makes a page inside the frame of the platforms."""

    def __call__(
        self, asked: Asked, template: str, facts: Mapping[str, Any], *, here: str = "", status: int = 200
    ) -> Response: ...


def tried(work: Callable[[], Response], again: Callable[[Problem], Response]) -> Response:
    """The form once more, with what has to be put right."""
    try:
        return work()
    except Problem as problem:
        if problem.code in PASSED_ON:
            raise
        return again(problem)


def typed(asked: Asked) -> dict[str, str]:
    """What comes back into the fields; secrets never do."""
    hidden = ("password", "old", "new", "again", "code", "csrf")
    return {name: value for name, value in asked.fields.items() if isinstance(value, str) and name not in hidden}


def entered(asked: Asked, opened: Opened, to: str = HOME) -> Response:
    """On, with the new session; whatever is still due is asked for there."""
    return give_session(RedirectResponse(to, 303), asked.request, opened)


def see_other(to: str) -> Response:
    return RedirectResponse(to, 303)


def own_address(text: str) -> str:
    """An address below ours to go on to; anything else is our own first page, so that no link of ours leads elsewhere."""
    plain = text.startswith("/platform/") and "\\" not in text and "//" not in text and text.isprintable()
    return text if plain else HOME


def qr(address: str) -> Markup:
    """As an SVG inside the page; it leaves this machine for the reader's eyes alone."""
    code = qrcode.QRCode(border=4, image_factory=SvgPathImage)
    code.add_data(address)
    drawn = BytesIO()
    code.make_image().save(drawn)
    svg = drawn.getvalue().decode()
    return Markup(svg[svg.index("<svg") :])  # noqa: S704  our own drawing, a path and nothing else
