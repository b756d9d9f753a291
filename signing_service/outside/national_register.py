"""国家电子证照归集平台 as its protocol has it: tokens, versions of licences entered, their states updated, each record answered.

It checks what the real one is known to check: the identifier's check character, the codes of states and operations, the
portrait, the version that is replaced. It keeps everything in memory; ``refuse`` lets whoever plays it refuse a licence.
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from signing_service.domain.codes import LicenceIdentifier
from signing_service.domain.errors import Problem
from signing_service.domain.licences import LicenceType
from signing_service.domain.national import OTHER, PHOTO_LARGEST, SCHEMES, Operation
from signing_service.gateways.national_register import ENTER, TOKEN, UPDATE, NationalAccess

LARGEST_REQUEST = 512 * 1024
TOKEN_LIFE = timedelta(hours=2)


@dataclass
class Entered:
    """A version of a licence as the register has it."""

    record: Mapping[str, Any]
    states: list[tuple[str, str]] = field(default_factory=list)
    """Operation and state, as they came."""


class _Refused(Exception):
    """With a reason."""


class NationalRegisterStandIn:
    """For the client of ``access``. Safe for threads."""

    def __init__(self, access: NationalAccess, clock: Callable[[], datetime]) -> None:
        self._access = access
        self._clock = clock
        self._lock = threading.Lock()
        self._tokens: dict[str, datetime] = {}
        self._entered: dict[str, Entered] = {}
        self._answers: dict[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {}
        self._refusing: dict[str, str] = {}
        self.is_down = False
        """Under repair: nothing is answered."""

    @property
    def entered(self) -> dict[str, Entered]:
        """By identifier."""
        with self._lock:
            return dict(self._entered)

    def refuse(self, number: str, reason: str) -> None:
        """Every record of this licence from now on; with no reason it is taken again."""
        with self._lock:
            self._refusing[number] = reason

    def forget_tokens(self) -> None:
        """As a register does that was started anew."""
        with self._lock:
            self._tokens.clear()

    def routes(self) -> list[Route]:
        return [
            Route(TOKEN, self._give_token, methods=["POST"]),
            Route(ENTER, self._answer, methods=["POST"]),
            Route(UPDATE, self._answer, methods=["POST"]),
        ]

    async def _give_token(self, request: Request) -> Response:
        if self.is_down:
            return JSONResponse({}, 503)
        told = {name: values[0] for name, values in parse_qs((await request.body()).decode("utf-8", "replace")).items()}
        right = told.get("grant_type") == "client_credentials" and told.get("client_id") == self._access.client
        if not right or not hmac.compare_digest(told.get("client_secret", "").encode(), self._access.secret.encode()):
            return JSONResponse({"error": "invalid_client"}, 400)
        token = secrets.token_urlsafe(24)
        with self._lock:
            self._tokens[token] = self._clock() + TOKEN_LIFE
        return JSONResponse({"custom": {"access_token": token, "expires_in": int(TOKEN_LIFE.total_seconds())}})

    async def _answer(self, request: Request) -> Response:
        body = await request.body()
        if self.is_down:
            return JSONResponse({}, 503)
        with self._lock:
            until = self._tokens.get(request.query_params.get("access_token", ""))
            if until is None or until <= self._clock():
                return JSONResponse({"ReturnCode": "0", "ReturnMsg": "令牌无效"}, 401)
            return JSONResponse(self._said(request.path_params["type"], request.url.path, body))

    def _said(self, name: str, path: str, body: bytes) -> dict[str, Any]:
        try:
            records = json.loads(body)["AcceptData"] if len(body) <= LARGEST_REQUEST else []
            licence_type = LicenceType(name)
        except (ValueError, KeyError, TypeError):
            return {"ReturnCode": "0", "ReturnMsg": "请求格式不正确"}
        taken, wrong = [], []
        for record in records:
            reference = str(record.get("eCertID", ""))
            try:
                taken.append(self._take(licence_type, record, reference, entering=path.endswith("imputation")))
            except _Refused as reason:
                wrong.append({"eCertID": reference, "ErrorMsg": str(reason)})
        data = {"SuccessData": taken, "ErrorData": wrong, "WarnData": []}
        return {"ReturnCode": "0" if wrong or not taken else "1", "ReturnMsg": "", "ReturnData": data}

    def _take(
        self, licence_type: LicenceType, record: Mapping[str, Any], reference: str, *, entering: bool
    ) -> Mapping[str, Any]:
        if not reference:
            raise _Refused("数据唯一标识为空")
        if known := self._answers.get(reference):
            if known[0] != record:
                raise _Refused("数据唯一标识已用于其他内容")
            return known[1]
        self._check(licence_type, record, entering=entering)
        identifier = str(record["zzeCertID"])
        if entering:
            self._entered[identifier] = Entered(record)
        self._entered[identifier].states.append((str(record["operateType"]), str(record["certState"])))
        mark = {"encryCertid": secrets.token_hex(16), "encryKey": secrets.token_hex(8)} if entering else {}
        answer = {"eCertID": reference, **mark}
        self._answers[reference] = (record, answer)
        return answer

    def _check(self, licence_type: LicenceType, record: Mapping[str, Any], *, entering: bool) -> None:
        scheme = SCHEMES.get(licence_type)
        if scheme is None:
            raise _Refused("未开通该类证照")
        if reason := self._refusing.get(str(record.get("certNum"))):
            raise _Refused(reason)
        for name in ("certNum", "provinceNum", "issuAuthCode" if entering else "certNum"):
            if not record.get(name):
                raise _Refused(f"{name} 为空")
        try:
            identifier = str(LicenceIdentifier.parse(str(record.get("zzeCertID"))))
        except Problem:
            raise _Refused("证照标识不正确") from None
        operations = {code: operation for operation, code in scheme.operations.items()}
        operation = operations.get(str(record.get("operateType")))
        if operation is None or operation.brings_a_file is not entering:
            raise _Refused("操作类型不正确")
        _check_state(record, set(scheme.states.values()))
        if not entering and identifier not in self._entered:
            raise _Refused("该证照尚未归集")
        if entering:
            self._check_new(identifier, operation, record, has_photo=licence_type.has_photo)

    def _check_new(self, identifier: str, operation: Operation, record: Mapping[str, Any], *, has_photo: bool) -> None:
        if identifier in self._entered:
            raise _Refused("该证照标识已归集")
        if operation.replaces and str(record.get("associatedZzeCertID")) not in self._entered:
            raise _Refused("关联证照标识尚未归集")
        photo = _photo(str(record.get("photo", "")))
        if has_photo and not (photo.startswith((b"\xff\xd8\xff", b"\x89PNG")) and len(photo) <= PHOTO_LARGEST):
            raise _Refused("照片须为不超过 50KB 的 jpg 或 png")


def _check_state(record: Mapping[str, Any], codes: set[str]) -> None:
    state = str(record.get("certState"))
    if state not in {*codes, OTHER}:
        raise _Refused("证书状态不正确")
    if state == OTHER and not record.get("certStatusDescription"):
        raise _Refused("证书状态为其他时须填写描述")


def _photo(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""
