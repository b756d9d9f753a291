"""纸件核对: a photo of a print is read, its code is checked, and the signed values stand beside the picture.

A genuine code is no genuine paper: codes can be copied. So the answer is never "genuine", it is "compare these values",
and whoever holds the paper compares them, line by line, with what the issuer signed and with today's register.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import anyio
import anyio.to_thread
import structlog
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Scope

from signing_service.attest.code_keys import CodeKeys
from signing_service.attest.signed_code import SENTENCES, CodeAnswer, CodeReason, CodeVerdict, check_code
from signing_service.attest.statement import Statement
from signing_service.domain.errors import Problem
from signing_service.domain.radar import SignalKind
from signing_service.domain.register import PublicDocument
from signing_service.domain.verdicts import Sentence
from signing_service.pipeline.paper import PaperPicture, PaperProblem
from verify_portal.answers import Answer, Tone
from verify_portal.pace import Allowance, client_of
from verify_portal.uploads import read_picture

PATH = "/paper"
MOST_MB = 15
AT_ONCE = 2
IN_HAND = 8
_CODE = re.compile(r"/v/([0-9A-Za-z]{1,64})")

Reader = Callable[[bytes], PaperPicture]
"""Reads a stranger's picture in a process that can be ended; called in a thread."""
log = structlog.get_logger(__name__)


class Found(Protocol):
    """What the register said."""

    @property
    def answer(self) -> Answer: ...
    @property
    def document(self) -> PublicDocument | None: ...


class RegisterDesk(Protocol):
    now: Callable[[], datetime]

    def by_code(self, scope: Scope, code: str) -> Found: ...

    def note(self, scope: Scope, kind: SignalKind, about: str, evidence: Mapping[str, str]) -> None: ...


@dataclass(frozen=True, slots=True)
class Paper:
    """What can be said of one print."""

    answer: Answer
    checked_at: datetime
    picture: PaperPicture
    code: CodeAnswer | None = None
    """The code that decided, checked; its values are to be believed only where it is genuine."""
    statement: Statement | None = None
    """The signed values; None unless the code is genuine."""
    register: Answer | None = None
    """What the register says today; None when it was not asked, or is away."""
    document: PublicDocument | None = None
    others: tuple[str, ...] = ()
    """Hosts that other codes on the picture lead to."""

    @property
    def suspect(self) -> CodeAnswer | None:
        """The code, where its signed digits are false, were put together, or were copied under another address."""
        if self.code is None or self.answer.tone is not Tone.VOID or self.register is not None:
            return None
        signed = self.code.statement is not None or self.code.verdict is CodeVerdict.FORGED
        return self.code if signed else None

    @property
    def data_url(self) -> str:
        return f"data:image/jpeg;base64,{base64.b64encode(self.picture.shown).decode()}" if self.picture.shown else ""

    def to_json(self) -> dict[str, Any]:
        return {
            "answer": self.answer.to_json(),
            "code": self.code.to_json() if self.code else None,
            "statement": self.statement.to_json() if self.statement else None,
            "register": self.register.to_json() if self.register else None,
            "document": self.document.to_json() if self.document else None,
            "other_hosts": list(self.others),
            "checked_at": self.checked_at.isoformat(),
        }


# ---- what is said

_COMPARE = Sentence(
    "请将下面每一项与纸件逐字核对：有一项不一致，纸件就是伪造或者过时的，请勿采信。",
    "Compare every value below with the paper, letter by letter. If one differs, the paper is forged or out of date.",
)
_DO_NOT = Sentence(
    "请勿采信，也不要打开二维码中的网址；请保留该纸件，并告知颁发机关。",
    "Do not rely on it and do not open the address in the code. Keep the paper, and tell the issuing authority.",
)
_AGAIN = Sentence(
    "请把纸件放平，在光线充足处正对二维码重拍；或者输入二维码下方的查验码。",
    "Lay the paper flat in good light and take the picture again, straight above the code; or type the check code.",
)
GENUINE = (
    Sentence("二维码真实，请逐项比对", "The code is genuine: now compare"),
    SENTENCES[CodeReason.GENUINE],
)
PROBLEMS = {
    PaperProblem.UNREADABLE: Sentence(
        "这张图片打不开或已损坏。", "This picture cannot be opened, or is damaged."
    ),
    PaperProblem.TOO_LARGE: Sentence(
        "这张图片的像素太多，没有打开；请用手机相机的普通尺寸重拍。",
        "This picture has too many pixels and was not opened: take it again at the camera's usual size.",
    ),
    PaperProblem.MANY_PAGES: Sentence(
        "这份 PDF 不止一页；请只上传有二维码的那一页。", "This PDF has several pages: upload the one with the code."
    ),
    PaperProblem.SIGNED: Sentence(
        "这份 PDF 带有电子签章，不是扫描件；请在首页上传，验证它的签章。",
        "This PDF bears an electronic seal and is no scan: upload it on the first page to have the seal validated.",
    ),
}  # fmt: skip


def _unread(problem: PaperProblem) -> Answer:
    return Answer(Tone.UNKNOWN, problem.value, Sentence("图片无法识别", "Picture not read"), PROBLEMS[problem], _AGAIN)


_NO_CODE = Answer(
    Tone.UNKNOWN,
    "PAPER_NO_CODE",
    Sentence("没有找到二维码", "No code found"),
    Sentence(
        "图片里没有能识别的二维码，这不说明纸件是真是假。",
        "No QR code could be read in the picture. That says nothing of the paper.",
    ),
    _AGAIN,
)


def _foreign(host: str, *, copied: bool) -> Answer:
    shown = _in_ascii(host)
    sentence = Sentence(
        f"二维码指向 {shown}，这不是本平台的网址。" + ("其中的签码是从真证照上抄来的。" if copied else ""),
        f"The code leads to {shown}, which is not our address." + (" It carries values copied from a genuine licence." if copied else ""),
    )  # fmt: skip
    return Answer(
        Tone.VOID, "PAPER_FOREIGN_ADDRESS", Sentence("不是本平台的网址", "Not our address"), sentence, _DO_NOT
    )


def _in_ascii(host: str) -> str:
    """A host as the network knows it: with letters that only look like ours it would read as ours (RFC 5891)."""
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return ascii(host)[1:-1]


def _not_ours() -> Answer:
    return Answer(
        Tone.UNKNOWN,
        "PAPER_OTHER_CODE",
        Sentence("不是本平台的二维码", "Not one of our codes"),
        Sentence(
            "图片里的二维码不是网址，也不是本平台的签码。",
            "The code in the picture is no address and none of our codes.",
        ),
        _AGAIN,
    )


def _forged(code: CodeAnswer) -> Answer:
    return Answer(
        Tone.VOID, "PAPER_FORGED_CODE", Sentence("二维码是伪造的", "The code is forged"), SENTENCES[code.reason], _DO_NOT
    )  # fmt: skip


def _unclear(code: CodeAnswer) -> Answer:
    return Answer(
        Tone.CAUTION, "PAPER_CODE_UNREADABLE", Sentence("签码不完整", "The code is incomplete"), SENTENCES[code.reason], _AGAIN
    )  # fmt: skip


def _genuine(register: Answer | None) -> Answer:
    """The register goes before: a genuine code of a licence that is cancelled is a cancelled licence."""
    if register is not None and register.tone in (Tone.VOID, Tone.CAUTION):
        return register
    headline, sentence = GENUINE
    if register is None:
        sentence = Sentence(
            f"{sentence.zh}（登记簿暂时查不到，证照今天的状态未知。）",
            f"{sentence.en} (The register is away, so its status today is not known.)",
        )
    elif register.tone is not Tone.GENUINE:
        sentence = Sentence(f"{register.sentence.zh}{sentence.zh}", f"{register.sentence.en} {sentence.en}")
    return Answer(
        Tone.CAUTION, "PAPER_GENUINE_CODE", headline, sentence, _COMPARE, register.remark if register else None
    )


def _by_register(register: Answer) -> Answer:
    """What the register calls good is good for what it holds; that the paper says the same has yet to be seen."""
    if register.tone is not Tone.GENUINE:
        return register
    return Answer(
        Tone.CAUTION,
        "PAPER_REGISTER_ONLY",
        Sentence("请与登记记录逐项比对", "Compare with the register"),
        Sentence(
            f"{register.sentence.zh}这个二维码不带签名内容，只能与登记记录比对。",
            f"{register.sentence.en} This code carries no signed values, so compare the paper with the record.",
        ),
        _COMPARE,
        register.remark,
    )


def _of_another() -> Answer:
    return Answer(
        Tone.VOID,
        "PAPER_CODE_OF_ANOTHER",
        Sentence("二维码前后不符", "The code contradicts itself"),
        Sentence(
            "签码真实，但与网址所指的证照编号不同：二维码是拼凑的。",
            "The signed values are genuine and belong to another licence than the address: the code was put together.",
        ),
        _DO_NOT,
    )


# ---- judging


class PaperDesk:
    """Reads prints within what one client and the machine can take."""

    def __init__(
        self, desk: RegisterDesk, read: Reader, host: str, keys: Path | None, max_upload_mb: int, per_minute: int
    ) -> None:
        self._desk = desk
        self._read = read
        self._host = host
        self._keys = keys
        self._max_mb = min(max_upload_mb, MOST_MB)
        self._allowed = Allowance(per_minute, desk.now)
        self._reading = anyio.CapacityLimiter(AT_ONCE)
        self._in_hand = 0

    async def look_at(self, request: Request) -> Paper:
        """Raises Problem as ``read_picture`` does, TOO_MANY_REQUESTS, BUSY, CODE_KEYS_MISSING."""
        client = client_of(request.scope)
        self._allowed.require(client)
        self._allowed.spend(client)
        if self._in_hand >= IN_HAND:
            raise Problem(
                "BUSY",
                "正在核对的图片较多，请在 10 秒后再试。",
                "Many pictures are being looked at: try again in 10 seconds.",
                status=503,
                retry_after=10,
            )
        keys = self._code_keys()
        self._in_hand += 1
        try:
            data = await read_picture(request, self._max_mb)
            picture = await anyio.to_thread.run_sync(self._read, data, limiter=self._reading)
        finally:
            self._in_hand -= 1
        paper = self._judged(request, picture, keys)
        if (code := paper.suspect) is not None:
            claimed = code.statement.number if code.statement else code.host
            evidence = {"reason": paper.answer.reason, "host": _in_ascii(code.host)}
            self._desk.note(request.scope, SignalKind.FORGED_CODE, claimed, evidence)
        return paper

    def _code_keys(self) -> CodeKeys:
        """Without keys a genuine code could only be called forged, so nothing is called anything."""
        try:
            return CodeKeys.read(self._keys.read_bytes() if self._keys else b"")
        except (OSError, Problem):
            log.warning("no public keys of codes to check a print with", file=str(self._keys))
            raise Problem(
                "CODE_KEYS_MISSING",
                "签码公钥暂时无法读取，不能核对纸件；请改用查验码查询，或稍后再试。",
                "The public keys of codes cannot be read, so no print is checked: type the check code, or try later.",
                status=503,
            ) from None

    def _judged(self, request: Request, picture: PaperPicture, keys: CodeKeys) -> Paper:
        now = self._desk.now()
        if picture.problem is not None:
            return Paper(_unread(picture.problem), now, picture)
        if not picture.codes:
            return Paper(_NO_CODE, now, picture)
        checked = [(text, check_code(text, keys, {self._host})) for text in picture.codes]
        text, code = min(checked, key=lambda one: _weight(one[1]))
        others = tuple(
            dict.fromkeys(other.host for _, other in checked if other.host and other.host_is_ours is False and other is not code)
        )  # fmt: skip
        if code.host_is_ours is False:
            answer = _foreign(code.host, copied=code.verdict is CodeVerdict.GENUINE) if code.host else _not_ours()
            return Paper(answer, now, picture, code, others=others)
        if code.verdict is CodeVerdict.FORGED:
            return Paper(_forged(code), now, picture, code, others=others)
        found = self._register(request, text)
        if code.verdict is CodeVerdict.UNREADABLE:
            return self._by_register_alone(now, picture, code, found, others)
        document = found.document if found else None
        if document is not None and code.statement is not None and document.number != code.statement.number:
            return Paper(_of_another(), now, picture, code, others=others)
        register = found.answer if found else None
        return Paper(_genuine(register), now, picture, code, code.statement, register, document, others)

    def _by_register_alone(
        self, now: datetime, picture: PaperPicture, code: CodeAnswer, found: Found | None, others: tuple[str, ...]
    ) -> Paper:
        """Forms and notices carry our address and no signed values: the register's word is all there is."""
        if code.reason is not CodeReason.NO_CODE or found is None:
            return Paper(_unclear(code), now, picture, code, others=others)
        answer = _by_register(found.answer)
        return Paper(answer, now, picture, code, None, found.answer, found.document, others)

    def _register(self, request: Request, text: str) -> Found | None:
        """Today's word of the register on the code in the address; None when it is away: the signed values need it not."""
        code = _CODE.fullmatch(urlsplit(text.partition("#")[0]).path)
        if code is None:
            return None
        try:
            return self._desk.by_code(request.scope, code[1])
        except Problem as problem:
            if problem.status == 429:
                raise
            return None
        except Exception:
            log.exception("the register is away while a print is checked")
            return None


def _weight(code: CodeAnswer) -> int:
    """Of several codes on one sheet the gravest of ours decides; a foreign one beside a genuine one is only told."""
    ours = code.host_is_ours is not False
    if ours and code.verdict is CodeVerdict.FORGED:
        return 0
    if ours and code.verdict is CodeVerdict.GENUINE:
        return 1
    if ours:
        return 2
    if code.statement is not None:
        # signed digits under another address: somebody means to be taken for us
        return 0 if code.verdict is CodeVerdict.FORGED else 1
    return 3 if code.host else 4


# ---- pages and machines


class PaperPages(Protocol):
    def show_paper(self, request: Request, paper: Paper | None = None) -> Response: ...


def add_paper(app: FastAPI, desk: PaperDesk, pages: PaperPages) -> None:
    async def form(request: Request) -> Response:
        return pages.show_paper(request)

    async def looked_at(request: Request) -> Response:
        return pages.show_paper(request, await desk.look_at(request))

    app.add_route(PATH, form, include_in_schema=False)
    app.add_route(PATH, looked_at, methods=["POST"], include_in_schema=False)

    picture = {"schema": {"type": "string", "format": "binary"}}

    @app.post(
        "/api/paper",
        summary="Reads the code on a photo or scan of a print: whether it is genuine, what was signed, what holds today",
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {
                    "image/jpeg": picture,
                    "image/png": picture,
                    "application/pdf": picture,
                    "multipart/form-data": {
                        "schema": {
                            "type": "object",
                            "required": ["file"],
                            "properties": {"file": picture["schema"]},
                        }
                    },
                },
            }
        },
        responses={
            code: {"description": "RFC 9457", "content": {"application/problem+json": {}}}
            for code in (413, 415, 422, 429, 503)
        },
    )
    async def machine(request: Request) -> JSONResponse:
        return JSONResponse((await desk.look_at(request)).to_json())
