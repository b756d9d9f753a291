"""The key service on HTTP: the same methods below ``/csc/v1`` and ``/csc/v2``. TLS is the proxy's, as everywhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, FastAPI, Header, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp

from signing_service.key_service.config import Client
from signing_service.key_service.doorway import Doorway
from signing_service.key_service.service import CscError, KeyService

Answer = Callable[[Client, Mapping[str, Any]], dict[str, Any]]
Object = Annotated[dict[str, Any], Body()]


def make_key_service(service: KeyService) -> ASGIApp:
    app = FastAPI(title="Signing Service key service", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_exception_handler(CscError, _refused)
    app.add_exception_handler(RequestValidationError, _not_understood)
    for version in ("v1", "v2"):
        app.include_router(_methods(service, version), prefix=f"/csc/{version}")
    return Doorway(app)


def _methods(service: KeyService, version: str) -> APIRouter:
    router = APIRouter()

    def client(authorization: Annotated[str, Header()] = "") -> Client:
        kind, _, token = authorization.partition(" ")
        if kind.lower() != "bearer" or not token:
            raise CscError("invalid_request", "Malformed authorization header", 401)
        return service.client(token.strip())

    @router.post("/info")
    def info() -> dict[str, Any]:
        return service.info(version)

    def method(path: str, answer: Answer) -> None:
        @router.post(path)
        def answered(request: Object, who: Client = Depends(client)) -> dict[str, Any]:  # noqa: FAST002 - an annotation finds no local name
            return answer(who, request)

    method("/credentials/list", service.credential_list)
    method("/credentials/info", service.credential_info)
    method("/credentials/authorize", service.authorize)
    method("/signatures/signHash", service.sign_hash)
    return router


def _refused(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, CscError)  # noqa: S101 - the handler is registered for this class alone
    headers = {"WWW-Authenticate": "Bearer"} if error.status == 401 else None
    return JSONResponse(error.to_document(), error.status, headers)


def _not_understood(_request: Request, _error: Exception) -> JSONResponse:
    # what was sent may be a PIN: it is not repeated
    return JSONResponse(CscError("invalid_request", "The body is not a JSON object").to_document(), 400)
