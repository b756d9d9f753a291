"""The signing room for keys that the platform holds: all pages, then PIN and one-time code, for exactly the revision shown.

Nothing is signed before the last page was shown: each page's picture leaves a mark in this session's browser that only
we can make, and all of them are asked for with the signature.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from signing_service.domain.accounts import Purpose
from signing_service.domain.documents import DocumentKind, Sha256
from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyRef
from signing_service.domain.parties import Party
from signing_service.domain.seals import Seal, choose_seal
from signing_service.pipeline.appearance import draw
from signing_service.pipeline.pictures import layout, picture
from signing_service.storage import documents, parties
from signing_service.storage.documents import DocumentRow, Revision
from signing_service.web.platform import given
from signing_service.web.platform.attachments import FORM_LARGEST
from signing_service.web.platform.decisions import Decisions, Tried, shown_widgets
from signing_service.web.platform.gate import Asked, Way, Who
from signing_service.web.platform.house import House, address_of, number_in, see_other, told
from signing_service.web.shown import overlay, signatories, true_size
from signing_service.workflows import pins
from signing_service.workflows.accounts import codes
from signing_service.workflows.shelf import DossierView, OpenStep

MARK_DIGITS = 16
SHORT_HASH = 8


@dataclass(frozen=True, slots=True)
class ToSign:
    """What is to be signed, by whom, with which key."""

    view: DossierView
    open: OpenStep
    row: DocumentRow
    revision: Revision
    party: Party
    key: KeyRef
    seal: Seal | None


class SigningPages:
    def __init__(self, house: House) -> None:
        self._house = house
        self._decisions = Decisions(house)

    def ways(self) -> tuple[Way, ...]:
        one = "/platform/dossiers/{number}/sign/{step}"
        return (
            Way("GET", one, Who.VIEWER, self.show),
            Way("GET", f"{one}/{{revision}}/{{page:int}}.png", Who.VIEWER, self.page),
            Way("POST", f"{one}/code", Who.VIEWER, self.send_code),
            Way("POST", one, Who.VIEWER, self.sign, FORM_LARGEST),
            Way("POST", "/platform/dossiers/{number}/own-key", Who.VIEWER, self.invite),
            Way("POST", f"/api{one}/code", Who.VIEWER, self.send_code_to_program),
        )

    # ---- the page

    def show(self, asked: Asked) -> Response:
        found = self._found(asked)
        if found is None:
            return see_other(address_of(number_in(asked)))
        return self._shown(asked, found)

    def _shown(self, asked: Asked, found: ToSign, tried: Tried | None = None) -> Response:
        problem = tried.problem if tried else None
        data = self._bytes(found.revision.sha256)
        shown = layout(data)
        face = draw(found.seal.artwork, self._house.fonts) if found.seal else None
        turn = {found.open.role}
        mine = next((place for place in shown.places if place.role is found.open.role), None)
        facts: dict[str, Any] = {
            "found": found,
            "view": found.view,
            "layout": shown,
            "signatories": signatories(shown.places, turn),
            "overlays": [overlay(shown, page, turn, face) for page in range(len(shown.pages))],
            "mine": mine,
            "seal": true_size(face),
            "seals": found.party.kind != "person",
            "own_key": found.key.held_outside,
            "sent": asked.request.query_params.get("sent", "")[:60],
            "problem": problem,
            "widgets": shown_widgets(found.open, tried),
            "receipts": given.receipts(asked, tried.given.typed) if tried else (),
            "here_address": address_of(found.view.dossier.number, "sign", found.open.step.name),
            "address_of": address_of,
            "short": found.revision.sha256[:SHORT_HASH],
        }
        return self._house.page(
            asked, "signing.html", facts, here="dossiers", status=problem.status if problem else 200
        )

    def page(self, asked: Asked) -> Response:
        """A page of the revision as a picture; with it goes the mark that says it was shown in this session."""
        found = self._wanted(asked)
        path = asked.request.path_params
        if path["revision"] != found.revision.sha256:
            raise changed()
        png = picture(self._bytes(found.revision.sha256), path["page"] - 1)
        # not kept by the browser: a page that is not asked for was not shown in this session
        response = Response(png, media_type="image/png", headers={"Cache-Control": "no-store"})
        response.set_cookie(
            _mark_name(found.revision.sha256, path["page"]),
            self._mark(asked, found.revision.sha256, path["page"]),
            path="/",
            httponly=True,
            samesite="strict",
            secure=asked.caller.origin.startswith("https://"),
            max_age=3600,
        )
        return response

    # ---- the act

    def send_code(self, asked: Asked) -> Response:
        hint = self._send(asked)
        if "application/json" in asked.request.headers.get("accept", ""):
            return told({"sent_to": hint}, 202)
        return see_other(f"{address_of(number_in(asked), 'sign', asked.request.path_params['step'])}?sent={hint}#sign")

    def send_code_to_program(self, asked: Asked) -> Response:
        return told({"sent_to": self._send(asked)}, 202)

    def _send(self, asked: Asked) -> str:
        found = self._wanted(asked)
        if asked.text("revision", 64) != found.revision.sha256:
            raise changed()
        return codes.send(asked.accounts, asked.here.account, Purpose.SIGN, asked.caller, found.revision.sha256)

    def sign(self, asked: Asked) -> Response:
        found = self._wanted(asked)
        typed = self._decisions.read(asked, found.open)
        if typed.again or typed.refused:
            return self._shown(asked, found, Tried(found.open.step.name, typed))
        try:
            evidence = self.proven(asked, found.view, found.open)
            self._decisions.take(asked, found.view, found.open, typed, evidence)
        except Problem as problem:
            again = self._found(asked) if problem.code != "STATE_CONFLICT" else None
            if again is None:
                raise
            return self._shown(asked, again, Tried(found.open.step.name, typed, problem))
        if found.key.held_outside:
            return self._to_the_room(found.view, found.open)
        return see_other(f"{address_of(found.view.dossier.number)}?done={found.open.step.name}")

    def proven(self, asked: Asked, view: DossierView, one: OpenStep) -> dict[str, Any]:
        """What goes into the journal: the revision that was seen, and how it is known who signs.

        Raises Problem REVISION_CHANGED, PAGES_NOT_SHOWN, what ``pins.check_pin`` and ``codes.check`` raise.
        """
        found = self._of(view, one)
        if found is None:
            raise not_ready()
        sha256 = found.revision.sha256
        if asked.text("seen", 64) != sha256:
            raise changed()
        self._refuse_unseen(asked, sha256)
        evidence: dict[str, Any] = {"seen": sha256, "factors": [one.value for one in asked.here.session.factors]}
        if found.key.held_outside:
            return evidence
        now = self._house.desk.clock()
        pins.check_pin(self._house.desk.database, found.key, asked.text("pin", 64), now)
        codes.check(asked.accounts, asked.here.account.account_id, Purpose.SIGN, asked.text("code", 20), sha256)
        return {**evidence, "factors": [*evidence["factors"], "pin", "code"]}

    def _refuse_unseen(self, asked: Asked, sha256: str) -> None:
        pages = len(layout(self._bytes(Sha256(sha256))).pages)
        unseen = [
            page
            for page in range(1, pages + 1)
            if not hmac.compare_digest(
                asked.request.cookies.get(_mark_name(sha256, page), ""), self._mark(asked, sha256, page)
            )
        ]
        if unseen:
            listed = "、".join(map(str, unseen))
            raise Problem(
                "PAGES_NOT_SHOWN",
                f"还有第 {listed} 页没有显示过，请从头看到最后一页后再签署。",
                f"Page {', '.join(map(str, unseen))} was not shown yet: look at every page, then sign.",
                status=409,
            )

    def _mark(self, asked: Asked, sha256: str, page: int) -> str:
        return asked.accounts.keyed("seen", asked.here.session.account_id, _begun(asked), sha256, str(page))[
            :MARK_DIGITS
        ]

    # ---- who signs elsewhere

    def invite(self, asked: Asked) -> Response:
        """To the room in which a party signs with its own key, once the step is taken that owes the signature."""
        view = self._house.shelf.view(asked.viewer, number_in(asked))
        role = next((role for role in view.roles if (key := view.parties[role].key) and key.held_outside), None)
        if role is None or self._house.room is None:
            raise not_ready()
        return see_other(f"/sign/{self._house.room.invite(view.dossier.number, role)}")

    def _to_the_room(self, view: DossierView, one: OpenStep) -> Response:
        if self._house.room is None:
            raise not_ready()
        return see_other(f"/sign/{self._house.room.invite(view.dossier.number, one.role)}")

    # ---- parts

    def _wanted(self, asked: Asked) -> ToSign:
        """Raises Problem NOT_READY."""
        found = self._found(asked)
        if found is None:
            raise not_ready()
        return found

    def _found(self, asked: Asked) -> ToSign | None:
        view = self._house.shelf.view(asked.viewer, number_in(asked))
        return self._of(view, self._decisions.wanted(asked, view))

    def _of(self, view: DossierView, one: OpenStep) -> ToSign | None:
        """None while the form is being drawn or another's signature is going in."""
        party = view.parties[one.role]
        papers = [
            paper
            for paper in view.papers
            if paper.row.kind is DocumentKind.FORM
            and paper.row.form_version == view.dossier.form_version
            and not paper.void
            and paper.revisions
        ]
        if not papers or not one.signs or view.owed or party.key is None:
            return None
        return ToSign(view, one, papers[-1].row, papers[-1].revisions[-1], party, party.key, self._seal(party))

    def _seal(self, party: Party) -> Seal | None:
        """As it will be shown; None when there is none that may be used, which the worker says in its own time."""
        if party.key is None:
            return None
        with self._house.desk.database.reading() as connection:
            owned = parties.seals(connection, str(party.number))
        try:
            return choose_seal(owned, self._house.today, party.key, "")
        except Problem:
            return None

    def _bytes(self, sha256: Sha256) -> bytes:
        with self._house.desk.database.reading() as connection:
            return documents.bytes_of(connection, self._house.desk.blobs, sha256)


def _begun(asked: Asked) -> str:
    """The session, also after its token has changed within it."""
    return asked.here.session.ends_at.isoformat()


def _mark_name(sha256: str, page: int) -> str:
    return f"seen-{sha256[:SHORT_HASH]}-{page}"


def changed() -> Problem:
    return Problem(
        "REVISION_CHANGED",
        "文件在您查看之后有了新的版本，请重新打开核对后再签署。",
        "There is a newer revision than the one you were shown: open it again and read it before you sign.",
        status=409,
    )


def not_ready() -> Problem:
    return Problem(
        "NOT_READY",
        "文件正在生成，或另一方正在签章，请稍后再打开。",
        "The document is being drawn or sealed by another: open it again in a moment.",
        status=409,
    )
