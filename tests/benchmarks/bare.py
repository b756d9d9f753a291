"""What the portal is measured against, and the portal itself, for uvicorn to serve."""

from __future__ import annotations

from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

FACTS = {"status": "in_force", "holder": "王**", "number": "赣A042026000123", "valid_until": "2028-11-19"}


async def _answer(request: Request) -> Response:
    return JSONResponse({"code": request.path_params["code"], "document": FACTS})


app = Starlette(routes=[Route("/v/{code}", _answer)])


def __getattr__(name: str) -> Any:
    """``portal`` is made when uvicorn asks for it: the bare one needs nothing of ours."""
    if name != "portal":
        raise AttributeError(name)
    from signing_service.settings import Settings
    from signing_service.storage.database import open_prepared
    from signing_service.storage.public_register import PublicRegister
    from verify_portal.app import PortalConfig, make_app
    from verify_portal.assemble import make_verifier

    settings = Settings()
    register = PublicRegister(open_prepared(settings.database))
    # one client asks for everybody, so it may ask as often as everybody
    config = PortalConfig(
        settings.public_origin, settings.max_upload_mb, uploads_per_minute=10**9, misses_per_minute=10**9
    )
    return make_app(register, make_verifier(settings, register), config)
