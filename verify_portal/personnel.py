"""特种作业人员证书查询: by licence number and name, whoever works at height or with cranes can be looked up before they begin.

Only what is in 正常使用 is found. A wrong name, an unknown number and a licence in any other state are one answer, of
one length and make; nobody is listed, and one client may ask ten times in ten minutes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from signing_service.domain.dates import day_in_shanghai
from signing_service.domain.errors import Problem
from verify_portal.pace import Tries, client_of
from verify_portal.pages import Pages
from verify_portal.uploads import read_fields

PATH = "/personnel"
QUESTIONS = 10
"""In ten minutes, for one client address: a site's whole morning, too little to try names out."""
LONGEST = 60


class Holder(Protocol):
    """What is shown of a licence that was found: name and ID masked, and nothing of where the person lives or how they look."""

    @property
    def number(self) -> str: ...
    @property
    def holder(self) -> str: ...
    @property
    def id_last4(self) -> str: ...
    @property
    def category(self) -> str: ...
    @property
    def employer(self) -> str: ...
    @property
    def authority(self) -> str: ...
    @property
    def issued_on(self) -> date: ...
    @property
    def valid_until(self) -> date: ...


Find = Callable[[str, str, date], Holder | None]
"""Number, name and the day in Shanghai."""


def find_nobody(_number: str, _name: str, _today: date) -> Holder | None:
    """Of a register without personnel."""
    return None


_BOTH_NEEDED = Problem(
    "NUMBER_AND_NAME",
    "请同时填写证书编号和姓名。",
    "Type both the number of the licence and the name.",
)


@dataclass(frozen=True, slots=True)
class Asked:
    found: Holder | None
    checked_at: datetime


def add_personnel(app: FastAPI, pages: Pages, find: Find, now: Callable[[], datetime]) -> None:
    """The page and its answer, which is asked for in the body of a question: a name is in no address and no log."""
    tries = Tries(now, QUESTIONS)

    async def page(request: Request) -> Response:
        return pages.show(request, "personnel.html", asked=None, questions=QUESTIONS)

    async def answered(request: Request) -> Response:
        typed = await read_fields(request)
        number, name = typed.get("number", "").strip()[:LONGEST], typed.get("name", "").strip()[:LONGEST]
        if not number or not name:
            raise _BOTH_NEEDED
        tries.count(client_of(request.scope))
        checked_at = now().replace(microsecond=0)
        found = find(number, name, day_in_shanghai(checked_at))
        return pages.show(request, "personnel.html", again=PATH, asked=Asked(found, checked_at), questions=QUESTIONS)

    app.add_route(PATH, page, include_in_schema=False)
    app.add_route(PATH, answered, methods=["POST"], include_in_schema=False)
