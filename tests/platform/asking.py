"""A program of somebody's: JSON to the entrance, with the token it was told last."""

from __future__ import annotations

from typing import Any

from httpx2 import Response
from starlette.testclient import TestClient

from signing_service.web.platform.entrance import make_entrance
from tests.platform.conftest import ORIGIN, PASSWORD, House

SESSION, ACCOUNT = "/api/platform/session", "/api/platform/account"


class Program:
    def __init__(self, house: House) -> None:
        self.client = TestClient(make_entrance(house.accounts, ORIGIN), base_url=ORIGIN, follow_redirects=False)
        self.csrf = ""

    def ask(self, method: str, path: str, **told: Any) -> Response:
        headers = {"X-CSRF-Token": self.csrf}
        body = {"json": told} if told else {}
        answer: Response = self.client.request(method, path, headers=headers, **body)
        if answer.is_success and answer.content and "csrf" in answer.json():
            self.csrf = answer.json()["csrf"]
        return answer

    def post(self, path: str, **told: Any) -> Response:
        return self.ask("POST", path, **told)

    def log_in(self, kind: str, login: str, password: str = PASSWORD) -> Response:
        return self.post(SESSION, kind=kind, login=login, password=password)


def code(answer: Response) -> str:
    return str(answer.json()["code"])
