"""归集: a licence and each change of its state go to the national register (domain text, §5; GB/T 36906).

As integrators' public code has it: a token of ours is fetched with client_credentials (RFC 6749, 4.4) and stands in the
address of each request; what is told is ``{"AcceptData": [...]}``, the answer ``ReturnCode`` 1 taken, 0 refused, 2 taken
with a warning, and in ``ReturnData`` what becomes of each record. Its ``eCertID`` is ours and the same at every attempt.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from signing_service.gateways.over_http import Answer, HttpLine
from signing_service.gateways.problems import NATIONAL, away, refused

TOKEN = "/oauth2/token"  # noqa: S105  an address
ENTER, UPDATE = "/certs/{type}/imputation", "/certs/{type}/update"
"""A version of a licence; another state of one that is there."""

RENEWED_BEFORE = timedelta(minutes=1)
SHORTEST_LIFE = timedelta(minutes=2)
"""Of a token whose life is not told."""


@dataclass(frozen=True, slots=True)
class NationalAccess:
    address: str
    client: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the register said to one record."""

    accepted: bool
    reason: str = ""
    """Why it was refused, or what it was warned of."""
    mark: str = ""
    """赋码 of the register, where it gives one."""

    def to_record(self) -> dict[str, Any]:
        return {"accepted": self.accepted, "reason": self.reason, "mark": self.mark}


class NationalRegister(Protocol):
    def enter(self, licence_type: str, record: Mapping[str, Any], /) -> Receipt: ...

    def update(self, licence_type: str, record: Mapping[str, Any], /) -> Receipt: ...


class NationalRegisterGateway:
    """For many threads. ``clock`` is passed in. Raises Problem GATEWAY_AWAY, GATEWAY_REFUSED (our account is not served)."""

    def __init__(self, access: NationalAccess, seconds: float, clock: Callable[[], datetime]) -> None:
        self._access = access
        self._line = HttpLine(NATIONAL, access.address, seconds)
        self._clock = clock
        self._fetching = threading.Lock()
        self._token = ""
        self._until = datetime.min.replace(tzinfo=clock().tzinfo)

    def enter(self, licence_type: str, record: Mapping[str, Any]) -> Receipt:
        return self._tell(ENTER.format(type=licence_type), record)

    def update(self, licence_type: str, record: Mapping[str, Any]) -> Receipt:
        return self._tell(UPDATE.format(type=licence_type), record)

    def _tell(self, path: str, record: Mapping[str, Any]) -> Receipt:
        body = json.dumps({"AcceptData": [record]}, ensure_ascii=False).encode()
        answer = self._ask(path, body)
        if answer.status == HTTPStatus.UNAUTHORIZED:
            # it forgets tokens when it is started anew
            self._forget()
            answer = self._ask(path, body)
        if answer.status != HTTPStatus.OK:
            raise refused(NATIONAL, f"HTTP {answer.status}")
        return _receipt(answer, str(record["eCertID"]))

    def _ask(self, path: str, body: bytes) -> Answer:
        query = urlencode({"access_token": self._valid_token()}, quote_via=quote)
        return self._line.ask("POST", path, query=query, body=body, headers={"Content-Type": "application/json"})

    # ---- who we are

    def _valid_token(self) -> str:
        with self._fetching:
            if not self._token or self._clock() >= self._until:
                self._token, life = self._fetch()
                self._until = self._clock() + life
            return self._token

    def _forget(self) -> None:
        with self._fetching:
            self._token = ""

    def _fetch(self) -> tuple[str, timedelta]:
        told = {
            "grant_type": "client_credentials",
            "client_id": self._access.client,
            "client_secret": self._access.secret,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = self._line.ask("POST", TOKEN, body=urlencode(told).encode(), headers=headers)
        if answer.status != HTTPStatus.OK:
            raise refused(NATIONAL, f"no token: HTTP {answer.status}")
        document = answer.document
        # one gateway wraps it in another object
        inner = document.get("custom", document)
        token = inner.get("access_token") if isinstance(inner, dict) else None
        if not isinstance(token, str) or not token:
            raise away(NATIONAL, "answers without a token")
        return token, _life(inner.get("expires_in"))


def _life(seconds: object) -> timedelta:
    told = timedelta(seconds=seconds) if isinstance(seconds, int) and 0 < seconds < 10**7 else SHORTEST_LIFE
    return max(told - RENEWED_BEFORE, timedelta(0))


def _receipt(answer: Answer, reference: str) -> Receipt:
    """Raises Problem GATEWAY_AWAY for an answer that says nothing of our record: it is told again."""
    code, data = answer.text("ReturnCode"), answer.document.get("ReturnData")
    rows = data if isinstance(data, dict) else {}
    wrong, warned, taken = (_row(rows.get(name), reference) for name in ("ErrorData", "WarnData", "SuccessData"))
    if code == "0":
        return Receipt(accepted=False, reason=_said(wrong) or answer.text("ReturnMsg")[:200] or "未说明原因")
    if code in ("1", "2") and (taken is not None or warned is not None):
        return Receipt(accepted=True, reason=_said(warned), mark=str((taken or {}).get("encryCertid", ""))[:200])
    raise away(NATIONAL, "answers with something else than what becomes of our record")


def _row(rows: object, reference: str) -> Mapping[str, Any] | None:
    found = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return next((row for row in found if row.get("eCertID", row.get("ErrorGuid")) == reference), None)


def _said(row: Mapping[str, Any] | None) -> str:
    if row is None:
        return ""
    return str(row.get("ErrorMsg") or row.get("WarnMsg") or row.get("ReturnMsg") or "")[:200]
