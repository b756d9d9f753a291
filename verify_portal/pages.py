"""The portal's pages: the answer first, then what to do, then the detail; Chinese, or English for who asks for it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse

from signing_service.attest.signed_code import SENTENCES
from signing_service.domain.dates import day_in_shanghai
from signing_service.domain.documents import DocumentKind
from signing_service.domain.errors import Problem
from signing_service.domain.register import GOOD_STANDING, PublicDocument, RegisterStatus, status_on
from signing_service.domain.verdicts import Report, Sentence
from verify_portal import expert, timeline
from verify_portal.answers import Answer, Tone, combine
from verify_portal.changes import ShownChanges
from verify_portal.paper import PATH, Paper
from verify_portal.reader import Reader, reader_of
from verify_portal.templates import templates_in
from verify_portal.uploads import BATCH_MEGABYTES, MOST_FILES

HERE = Path(__file__).resolve().parent
STATIC = HERE / "static"

PAGE_STEP = 16 * 1024
"""Pages are filled up to a multiple of this, so that their length does not tell one answer from another."""

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

STATUS_WORDS: dict[RegisterStatus, Sentence] = {
    RegisterStatus.NOT_YET: Sentence("尚未生效", "Not yet in force"),
    RegisterStatus.IN_FORCE: Sentence("有效", "In force"),
    RegisterStatus.EXPIRING: Sentence("有效（即将到期）", "In force (ends soon)"),
    RegisterStatus.EXPIRED: Sentence("已过期失效", "Expired"),
    RegisterStatus.SUSPENDED: Sentence("暂扣", "Suspended"),
    RegisterStatus.CANCELLED: Sentence("注销", "Cancelled"),
    RegisterStatus.ANNULLED: Sentence("撤销", "Annulled"),
    RegisterStatus.FORFEITED: Sentence("吊销", "Forfeited"),
    RegisterStatus.SUPERSEDED: Sentence("已被新版本替代", "Superseded"),
    RegisterStatus.TRANSFERRED: Sentence("转出", "Transferred"),
    RegisterStatus.COMPLETED: Sentence("已竣工备案", "Completed"),
    RegisterStatus.IN_PROGRESS: Sentence("办理中", "Under way"),
    RegisterStatus.COMPLETE: Sentence("签署完成", "Signed by all"),
    RegisterStatus.VOID: Sentence("作废", "Void"),
}
LAPSED_WORD = Sentence("已自行废止", "Lapsed")
"""Of what expired without having had a last day."""


@dataclass(frozen=True, slots=True)
class Labels:
    """What the facts of a document are called."""

    holder: Sentence
    title: Sentence
    number: Sentence
    issuer: Sentence
    issued_on: Sentence


LABELS: dict[DocumentKind, Labels] = {
    DocumentKind.LICENCE: Labels(
        holder=Sentence("持证人", "Holder"),
        title=Sentence("证照", "Licence"),
        number=Sentence("证照编号", "Number"),
        issuer=Sentence("颁发机关", "Issued by"),
        issued_on=Sentence("签发日期", "Issued on"),
    ),
    DocumentKind.FORM: Labels(
        holder=Sentence("申请人", "Applicant"),
        title=Sentence("申请材料", "Application"),
        number=Sentence("办件编号", "Dossier"),
        issuer=Sentence("受理机关", "Received by"),
        issued_on=Sentence("提交日期", "Submitted"),
    ),
    DocumentKind.NOTICE: Labels(
        holder=Sentence("当事人", "Addressed to"),
        title=Sentence("文书", "Notice"),
        number=Sentence("文号", "Number"),
        issuer=Sentence("作出机关", "Made by"),
        issued_on=Sentence("签发日期", "Issued on"),
    ),
}

_ISSUED = (DocumentKind.NOTICE, RegisterStatus.COMPLETE)
_COPY_ENDED = Sentence("证照有效，加注件超过使用期限", "Licence in force, copy past its last day")
_NOTICE_ISSUED = Sentence("已作出", "Issued")


class Pages:
    """Renders; knows the portal's address and the clock's answer, and asks nobody anything."""

    def __init__(self, public_origin: str, max_upload_mb: int, uploads_per_minute: int, holder_tries: int) -> None:
        self._origin = public_origin.rstrip("/")
        self._host = (urlsplit(self._origin).hostname or self._origin).lower()
        files = {path.relative_to(STATIC).as_posix(): path for path in sorted(STATIC.rglob("*")) if path.is_file()}
        self.static = {name: f"/static/{name}?v={_short_hash(path)}" for name, path in files.items()}
        self._templates = {
            lang: templates_in(
                lang,
                host=self._host,
                origin=self._origin,
                max_upload_mb=max_upload_mb,
                batch_megabytes=BATCH_MEGABYTES,
                most_files=MOST_FILES,
                uploads_per_minute=uploads_per_minute,
                holder_tries=holder_tries,
                static=self.static,
                code_sentences=SENTENCES,
            )
            for lang in ("zh", "en")
        }

    @property
    def host(self) -> str:
        return self._host

    @property
    def over_https(self) -> bool:
        return self._origin.startswith("https://")

    def show(self, request: Request, template: str, again: str | None = None, **facts: object) -> HTMLResponse:
        """A page that is about no one document."""
        return self._page(request, template, reader_of(request), facts, again=again)

    def show_offline(self, request: Request, facts: Mapping[str, Any]) -> HTMLResponse:
        """The page that checks a code in the browser alone, with the words it says."""
        return self._page(request, "offline.html", reader_of(request), facts)

    def show_licence(
        self,
        request: Request,
        answer: Answer,
        document: PublicDocument | None,
        checked_at: datetime,
        *,
        searched: bool = False,
        holder: HolderCheck | None = None,
    ) -> HTMLResponse:
        """What the register says today; a code it does not know gets a page of the same make and length.

        ``searched``: asked by number and not by a code. ``holder``: the box in which the viewer compares a person.
        """
        seals = timeline.of_register(document.seals) if document else ()
        facts = _facts(document, checked_at, answer.tone)
        facts |= {"answer": answer, "seals": seals, "searched": searched, "holder": holder}
        status = 200 if document else 404
        return self._page(
            request, "answer.html", reader_of(request), facts, status=status, again="/" if searched else None
        )

    def show_report(
        self,
        request: Request,
        answer: Answer,
        report: Report,
        document: PublicDocument | None,
        checked_at: datetime,
        changes: ShownChanges | None = None,
        *,
        downloads: object = None,
    ) -> HTMLResponse:
        """What validation found in an uploaded file, what was changed in it, and what the register says of it today.

        ``downloads``: ``reports.routes.Downloads`` for ``_reports.html``, None where no report is offered.
        """
        seals = timeline.of_file(report)
        today = combine(None, document, on=day_in_shanghai(checked_at))
        facts = _facts(document, checked_at, today.tone) | {"answer": answer, "report": report, "seals": seals}
        facts |= {"changes": changes, "downloads": downloads, "outlook": expert.outlook(report)}
        return self._page(request, "answer.html", reader_of(request), facts, again="/")

    def show_paper(self, request: Request, paper: Paper | None = None) -> HTMLResponse:
        """The form for a photo of a print; with ``paper`` what its code says, beside the picture."""
        facts: dict[str, Any] = {"paper": paper, "standing": None}
        if paper is not None and paper.document is not None:
            tone = paper.register.tone if paper.register else Tone.UNKNOWN
            facts["standing"] = _standing(paper.document, day_in_shanghai(paper.checked_at), tone)
        return self._page(request, "paper.html", reader_of(request), facts, again=PATH if paper else None)

    def show_problem(self, request: Request, problem: Problem) -> HTMLResponse:
        again = (PATH if request.url.path == PATH else "/") if request.method == "POST" else None
        return self._page(
            request, "refusal.html", reader_of(request), {"problem": problem}, status=problem.status, again=again
        )

    def _page(
        self,
        request: Request,
        template: str,
        reader: Reader,
        facts: Mapping[str, Any] | None = None,
        *,
        status: int = 200,
        again: str | None = None,
    ) -> HTMLResponse:
        """``again``: where the language switch leads when this very page cannot be asked for once more."""
        other = "zh" if reader.lang == "en" else "en"
        html = (
            self._templates[reader.lang]
            .get_template(template)
            .render(
                reader=reader,
                proper=reader.proper,
                switch=Reader(other, chosen=True).link(again or request.url.path),
                foreign_host=self._foreign_host(request),
                **(facts or {}),
            )
        )
        return HTMLResponse(
            filled_up(html.encode()),
            status,
            {"Content-Language": "zh-CN" if reader.lang == "zh" else "en", "Vary": "Accept-Language"},
        )

    def _foreign_host(self, request: Request) -> bool:
        return self.is_foreign((request.url.hostname or "").lower())

    def is_foreign(self, host: str) -> bool:
        """Whether a page is being read under somebody else's name, as behind a copy of our site; ``host`` in small letters."""
        return host != self._host and host not in _LOOPBACK


def _facts(document: PublicDocument | None, checked_at: datetime, tone: Tone) -> dict[str, Any]:
    return {
        "document": document,
        "labels": LABELS[document.kind] if document else None,
        "report": None,
        "downloads": None,
        "standing": _standing(document, day_in_shanghai(checked_at), tone) if document else None,
        "checked_at": checked_at,
        "changes": None,
        "searched": False,
        "holder": None,
        "outlook": None,
    }


@dataclass(frozen=True, slots=True)
class HolderCheck:
    """The 核对 box: whether the person whom the viewer typed is the holder. It says yes or no, and shows nobody."""

    agrees: bool | None = None
    """None: nothing was typed yet."""
    tries_left: int = 0
    kept: Mapping[str, str] = field(default_factory=dict)
    """What the page was asked by, where that is not its address."""


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One file of a batch and its answer, or why there is none."""

    name: str
    answer: Answer | None = None
    document: PublicDocument | None = None
    sha256: str = ""
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class _Standing:
    """The status line of the record."""

    words: Sentence
    tone: Tone
    since: date | None


def _standing(document: PublicDocument, on: date, tone: Tone) -> _Standing:
    status = status_on(document, on)
    words = _NOTICE_ISSUED if (document.kind, status) == _ISSUED else STATUS_WORDS[status]
    if document.has_lapsed:
        words = LAPSED_WORD
    if document.copy is not None and status in GOOD_STANDING and on > document.copy.valid_until:
        words = _COPY_ENDED
    since = document.status_since if status in (document.status, RegisterStatus.EXPIRING) else None
    return _Standing(words, tone, since)


def filled_up(page: bytes) -> bytes:
    """The page with a comment of blanks at its end, as long as a multiple of ``PAGE_STEP``."""
    room = -(len(page) + len(b"<!---->")) % PAGE_STEP
    return b"%s<!--%s-->" % (page, b" " * room)


def _short_hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
