"""Somebody's browser without scripts: opens pages, fills in forms, keeps cookies, sends the tokens that the pages carry."""

from __future__ import annotations

import re
from typing import Any

from httpx2 import Response
from starlette.testclient import TestClient

from signing_service.web.platform.entrance import make_entrance
from tests.platform.conftest import ORIGIN, PASSWORD, House


class Browser:
    def __init__(self, house: House, **headers: str) -> None:
        self.client = TestClient(make_entrance(house.accounts, ORIGIN), base_url=ORIGIN, follow_redirects=False)
        self.client.headers.update(headers)
        self.token = ""

    def open(self, path: str) -> Response:
        return self._seen(self.client.get(path))

    def send(self, path: str, files: dict[str, Any] | None = None, **fields: Any) -> Response:
        """As the form of the page that is open sends it."""
        return self._seen(self.client.post(path, data={"csrf": self.token, **fields}, files=files))

    def log_in(self, kind: str, login: str, password: str = PASSWORD) -> Response:
        self.open(f"/platform/log-in?kind={kind}")
        return self.send("/platform/log-in", kind=kind, login=login, password=password)

    def _seen(self, answer: Response) -> Response:
        found = re.search(r'name="csrf" (?:content|value)="([0-9a-f]{64})"', answer.text)
        if found:
            self.token = found.group(1)
        return answer
