"""我的证书: what the viewer holds, what it is worth today and why, to download, to have a copy made of, or to show on the screen."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from markupsafe import Markup
from starlette.responses import Response

from signing_service.domain.codes import CheckCode
from signing_service.domain.errors import Problem
from signing_service.domain.licences import Licence, LicenceStatus
from signing_service.domain.view_states import View, ViewState, reason_words, state_words
from signing_service.pipeline.stamp import QUIET_ZONE, qr_matrix
from signing_service.storage import documents, licence_views, licences
from signing_service.storage.documents import DocumentRow
from signing_service.web.platform.gate import Asked, Way, Who
from signing_service.web.platform.house import House
from signing_service.web.platform.registers import STATUS

TITLES = {
    "special_operation": ("建筑施工特种作业操作资格证书", "Special-operation licence"),
    "constructor": ("二级建造师注册证书", "Grade-2 constructor's licence"),
}


TONES: dict[ViewState, str] = {
    ViewState.NORMAL: "done",
    ViewState.NEW_ARCHIVE: "todo",
    ViewState.TRANSFER_IN: "todo",
    ViewState.UNUSABLE: "waits",
}
"""Shape of what stands in 我的证书."""


@dataclass(frozen=True, slots=True)
class Card:
    """A licence as its holder sees it."""

    licence: Licence
    title: tuple[str, str]
    status: LicenceStatus
    tone: str
    word: tuple[str, str]
    reasons: tuple[tuple[str, str], ...]
    row: DocumentRow | None
    """Its file, when there is one."""

    @property
    def is_over(self) -> bool:
        """Whether it ended; one that ran out on its last day may still be renewed, and is not."""
        return self.status not in (LicenceStatus.IN_FORCE, LicenceStatus.SUSPENDED, LicenceStatus.EXPIRED) or (
            self.status is LicenceStatus.EXPIRED and bool(self.licence.facts.get("open_ended"))
        )

    @property
    def usable(self) -> bool:
        return self.status is LicenceStatus.IN_FORCE and not self.reasons


class LicencePages:
    def __init__(self, house: House) -> None:
        self._house = house

    def ways(self) -> tuple[Way, ...]:
        one = "/platform/licences/{number}"
        return (
            Way("GET", "/platform/licences", Who.VIEWER, self.show),
            Way("GET", f"{one}/file", Who.VIEWER, self.download),
            Way("GET", f"{one}/code", Who.VIEWER, self.show_code),
            Way("GET", f"{one}/code.svg", Who.VIEWER, self.draw_code),
        )

    def show(self, asked: Asked) -> Response:
        cards = self._cards(asked)
        facts = {"cards": cards, "usable": sum(card.usable for card in cards)}
        return self._house.page(asked, "licences.html", facts, here="licences")

    def download(self, asked: Asked) -> Response:
        """Of one that can be used; what it cannot be used for is said on its card. Raises Problem CERT_NOT_IN_FORCE."""
        card = self._card(asked)
        if not card.usable:
            raise Problem(
                "CERT_NOT_IN_FORCE",
                f"证照当前{card.word[0]}，不能下载；请按卡片上的说明处理。",
                f"The licence is {card.word[1]} and cannot be downloaded: its card says what to do.",
                status=412,
            )
        row = _with_file(card)
        with self._house.desk.database.reading() as connection:
            last = documents.revisions(connection, row.document_id)[-1]
            data = documents.bytes_of(connection, self._house.desk.blobs, last.sha256)
        name = quote(f"{row.title}-{card.licence.number}.pdf")
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}", "Cache-Control": "no-store"}
        return Response(data, media_type="application/pdf", headers=headers)

    def show_code(self, asked: Asked) -> Response:
        card = self._card(asked)
        row = _with_file(card)
        facts = {"card": card, "row": row, "check_code": CheckCode(row.check_code).grouped}
        return self._house.page(asked, "code.html", facts, here="licences")

    def draw_code(self, asked: Asked) -> Response:
        row = _with_file(self._card(asked))
        address = f"{self._house.public_origin}/v/{row.code}"
        svg = svg_of(f"{address}#{row.signed_code}" if row.signed_code else address)
        return Response(svg, media_type="image/svg+xml", headers={"Cache-Control": "no-store"})

    # ---- parts

    def _card(self, asked: Asked) -> Card:
        """Raises Problem NOT_FOUND: another's does not exist."""
        number = asked.request.path_params["number"]
        found = next((card for card in self._cards(asked) if card.licence.number == number), None)
        if found is None:
            raise Problem("NOT_FOUND", "您名下没有这份证照。", "You hold no such licence.", status=404)
        return found

    def _cards(self, asked: Asked) -> list[Card]:
        today = self._house.today
        with self._house.desk.database.reading() as connection:
            held = licences.all_of_holder(connection, asked.viewer.party)
            rows = {
                one.number: documents.load(connection, one.document_id) for one in held if one.document_id is not None
            }
            views = licence_views.of_holder(connection, asked.viewer.party)
        cards = [_card_of(one, one.status_on(today), views.get(one.number), rows.get(one.number)) for one in held]
        return sorted(cards, key=lambda card: (not card.usable, card.licence.valid_until))


def _card_of(one: Licence, status: LicenceStatus, view: View | None, row: DocumentRow | None) -> Card:
    """What the register says; where that is in force, what the ten checks make of it today."""
    tone, zh, en = STATUS[status]
    if status is LicenceStatus.EXPIRED and one.facts.get("open_ended"):
        tone, zh, en = "void", "已自行废止", "lapsed"
    reasons: tuple[tuple[str, str], ...] = ()
    if status is LicenceStatus.IN_FORCE and view is not None:
        tone, (zh, en) = TONES[view.state], state_words(one.type, view.state)
        reasons = tuple(reason_words(one.type, code) for code in view.reasons)
    return Card(one, TITLES.get(one.type.value, (one.type.value,) * 2), status, tone, (zh, en), reasons, row)


def _with_file(card: Card) -> DocumentRow:
    if card.row is None:
        raise Problem(
            "NO_FILE",
            "该证照尚无电子文件（纸质证照转入），办理延续或纠错后生成。",
            "This licence has no electronic file yet: the next renewal or correction makes one.",
            status=404,
        )
    return card.row


def svg_of(address: str) -> str:
    """The QR as one path, with its quiet zone (ISO/IEC 18004, 9.1)."""
    rows = qr_matrix(address)
    side = len(rows) + 2 * QUIET_ZONE
    path = "".join(
        f"M{x + QUIET_ZONE} {y + QUIET_ZONE}h1v1h-1z"
        for y, row in enumerate(rows)
        for x, module in enumerate(row)
        if module == 0
    )
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {0}" shape-rendering="crispEdges">'
        '<path fill="#fff" d="M0 0h{0}v{0}H0z"/><path d="{1}"/></svg>'
    ).format(side, path)
