"""随机抽查: every draw with its record, so that anybody can compute it again (消防法 第十三条; 双随机、一公开).

What is promised and what is closed is shown before the secret is, with the hashes that bind it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from signing_service.domain.errors import Problem
from verify_portal.pages import Pages

PATH = "/draws"
MOST = 100
LONGEST_NUMBER = 18


class Draw(Protocol):
    """A draw as it is published: nobody's name is in it, filings are named by their dossiers."""

    @property
    def number(self) -> str: ...
    @property
    def authority_name(self) -> str: ...
    @property
    def secret_hash(self) -> str: ...
    @property
    def list_hash(self) -> str | None: ...
    @property
    def promised_at(self) -> datetime: ...
    @property
    def committed_at(self) -> datetime | None: ...
    @property
    def drawn_at(self) -> datetime | None: ...
    @property
    def record(self) -> Mapping[str, Any] | None: ...
    @property
    def code(self) -> str | None: ...
    @property
    def published(self) -> dict[str, Any]: ...


class Draws(Protocol):
    def newest(self, most: int, /) -> Sequence[Draw]: ...
    def find(self, number: str, /) -> Draw | None: ...


class NoDraws:
    """Of a register without draws."""

    def newest(self, _most: int) -> Sequence[Draw]:
        return ()

    def find(self, _number: str) -> Draw | None:
        return None


def add_draws(app: FastAPI, pages: Pages, draws: Draws) -> None:
    def page(request: Request) -> Response:
        return pages.show(request, "draws.html", draws=draws.newest(MOST))

    def record(request: Request) -> Response:
        number = request.path_params["number"]
        found = draws.find(number) if len(number) <= LONGEST_NUMBER else None
        if found is None:
            raise Problem(
                "DRAW_UNKNOWN",
                f"没有这次抽取，全部抽取见 {PATH}。",
                f"There is no such draw: {PATH} lists those there are.",
                status=404,
            )
        headers = {"Content-Disposition": f'attachment; filename="{found.number}.json"', "Cache-Control": "no-cache"}
        return JSONResponse(found.published, headers=headers)

    app.add_route(PATH, page, include_in_schema=False)
    app.add_route(f"{PATH}/{{number}}.json", record, include_in_schema=False)
