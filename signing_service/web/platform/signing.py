"""The signing room for keys that the platform holds: all pages, then PIN and code, digits or passkey, for exactly the
revision shown.

Nothing is signed before the last page was shown: each page's picture leaves a mark in this session's browser that only
we can make, and all of them are asked for with the signature.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from signing_service.domain.documents import DocumentKind, Sha256
from signing_service.domain.dossier import Dossier
from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyRef
from signing_service.domain.parties import Party
from signing_service.domain.seals import Seal, choose_seal, not_for_sheets
from signing_service.pipeline.appearance import draw
from signing_service.pipeline.pictures import layout, picture
from signing_service.storage import documents, parties, pins
from signing_service.storage.documents import DocumentRow, Revision
from signing_service.web.platform import given
from signing_service.web.platform.attachments import FORM_LARGEST
from signing_service.web.platform.consents import CONSENT, SHEETS
from signing_service.web.platform.decisions import Decisions, Tried, shown_widgets
from signing_service.web.platform.dossier import DossierPages
from signing_service.web.platform.gate import Asked, Way, Who, give_session, malformed
from signing_service.web.platform.given import Given
from signing_service.web.platform.house import House, address_of, number_in, see_other, told
from signing_service.web.shown import overlay, signatories, true_size
from signing_service.workflows.accounts import step_up
from signing_service.workflows.accounts.sessions import Opened
from signing_service.workflows.accounts.step_up import Shown
from signing_service.workflows.shelf import DossierView, OpenStep
from signing_service.workflows.signed_revision import is_hindered

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
    def __init__(self, house: House, pages: DossierPages) -> None:
        self._house = house
        self._pages = pages
        self._decisions = Decisions(house)

    def ways(self) -> tuple[Way, ...]:
        one = "/platform/dossiers/{number}/sign/{step}"
        return (
            Way("GET", one, Who.VIEWER, self.show),
            Way("GET", f"{one}/{{revision}}/{{page:int}}.png", Who.VIEWER, self.page),
            Way("POST", f"{one}/code", Who.VIEWER, self.send_code),
            Way("POST", one, Who.VIEWER, self.sign, FORM_LARGEST),
            Way("POST", "/platform/dossiers/{number}/own-key", Who.VIEWER, self.invite),
            Way("GET", f"/api{one}", Who.VIEWER, self.tell),
            Way("POST", f"/api{one}/code", Who.VIEWER, self.send_code_to_program),
            Way("POST", f"/api{one}/passkey", Who.VIEWER, self.ask_passkey),
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
            "needs_pin": self._needs_pin(found),
            "confirms_with": [one.value for one in step_up.asked_for(asked.accounts, asked.here)],
            "sent": asked.request.query_params.get("sent", "")[:60],
            "problem": problem,
            "widgets": shown_widgets(found.open, tried, found.view.dossier.form),
            "receipts": given.receipts(asked, tried.given.typed) if tried else (),
            "here_address": address_of(found.view.dossier.number, "sign", found.open.step.name),
            "enclosed": address_of(found.view.dossier.number, SHEETS) if found.view.procedure.key == CONSENT else "",
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
        return step_up.begin(asked.accounts, asked.here, self._revision_named(asked), asked.caller)

    def ask_passkey(self, asked: Asked) -> Response:
        """The question to a passkey, whose answer signs this revision alone; for programs and for the script of the page."""
        return told(step_up.begin_passkey(asked.accounts, asked.here, self._revision_named(asked), asked.caller))

    def _revision_named(self, asked: Asked) -> Sha256:
        found = self._wanted(asked)
        if asked.text("revision", 64) != found.revision.sha256:
            raise changed()
        return found.revision.sha256

    def sign(self, asked: Asked) -> Response:
        found = self._found(asked)
        if found is None:
            return self._told_to_wait(asked, not_ready())
        typed = self._decisions.read(asked, found.open)
        if typed.again or typed.refused:
            return self._shown(asked, found, Tried(found.open.step.name, typed))
        try:
            _, opened = self.signed(asked, found.view, found.open, typed)
        except Problem as problem:
            again = self._found(asked) if problem.code != "STATE_CONFLICT" else None
            if again is None and problem.code != "REVISION_CHANGED":
                raise
            if again is None:
                return self._told_to_wait(asked, problem)
            return self._shown(asked, again, Tried(found.open.step.name, typed, problem))
        if opened is None:
            return self._to_the_room(found.view, found.open)
        done = see_other(f"{address_of(found.view.dossier.number)}?done={found.open.step.name}")
        return give_session(done, asked.request, opened)

    def _told_to_wait(self, asked: Asked, problem: Problem) -> Response:
        """Another signs at this very moment: said on the page of the dossier, which leads back to here when that is done."""
        return self._pages.shown(asked, self._house.shelf.view(asked.viewer, number_in(asked)), problem=problem)

    def signed(self, asked: Asked, view: DossierView, one: OpenStep, typed: Given) -> tuple[Dossier, Opened | None]:
        """The step is taken with what goes into the journal: the revision that was seen, and how it is known who signs.

        The session goes on under a new token; None where a key of the party's own signs elsewhere. Raises Problem
        REVISION_CHANGED, PAGES_NOT_SHOWN, what ``step_up`` raises, and what the desk refuses.
        """
        found = self._of(view, one)
        if found is None:
            raise not_ready()
        sha256 = found.revision.sha256
        if asked.text("seen", 64) != sha256:
            raise changed()
        self._refuse_unseen(asked, sha256)
        before = [factor.value for factor in asked.here.session.factors]

        def take(evidence: Mapping[str, Any]) -> Dossier:
            factors = [*before, *evidence.get("factors", ())]
            return self._decisions.take(asked, view, one, typed, {**evidence, "seen": sha256, "factors": factors})

        if found.key.held_outside:
            return take({}), None
        done = step_up.step_up(asked.accounts, asked.here, _shown_in(asked), sha256, asked.caller, take)
        return done.outcome, done.opened

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

    def _needs_pin(self, found: ToSign) -> bool:
        """A key that the platform keeps is of no use before its owner has chosen a PIN."""
        if found.key.held_outside:
            return False
        with self._house.desk.database.reading() as connection:
            return not pins.is_chosen(connection, found.key)

    # ---- for programs

    def tell(self, asked: Asked) -> Response:
        """What is to be signed: the revision, whose pages are to be fetched, and with what it is confirmed."""
        found = self._wanted(asked)
        sha256 = found.revision.sha256
        here = address_of(found.view.dossier.number, "sign", found.open.step.name)
        pages = range(1, len(layout(self._bytes(sha256)).pages) + 1)
        return told(
            {
                "document": found.row.document_id,
                "revision": sha256,
                "pages": [f"{here}/{sha256}/{page}.png?role={found.open.role}" for page in pages],
                "own_key": found.key.held_outside,
                "confirms_with": [one.value for one in step_up.asked_for(asked.accounts, asked.here)],
            }
        )

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
            and paper.row.template.split("/")[1] == one.signs
            and not paper.void
            and paper.revisions
        ]
        keys = {role: each.key for role, each in view.parties.items()}
        if not papers or not one.signs or is_hindered(view.procedure, view.owed, one.signs, keys) or party.key is None:
            return None
        return ToSign(view, one, papers[-1].row, papers[-1].revisions[-1], party, party.key, self._seal(party))

    def _seal(self, party: Party) -> Seal | None:
        """As it will be shown; None when there is none that may be used, which the worker says in its own time."""
        if party.key is None:
            return None
        with self._house.desk.database.reading() as connection:
            owned = parties.seals(connection, str(party.number))
        try:
            return choose_seal(not_for_sheets(owned), self._house.today, party.key, "")
        except Problem:
            return None

    def _bytes(self, sha256: Sha256) -> bytes:
        with self._house.desk.database.reading() as connection:
            return documents.bytes_of(connection, self._house.desk.blobs, sha256)


def _shown_in(asked: Asked) -> Shown:
    """Raises Problem REQUEST_MALFORMED."""
    answer = asked.fields.get("passkey") or {}
    if isinstance(answer, str):
        try:
            answer = json.loads(answer)
        except ValueError:
            raise malformed() from None
    if not isinstance(answer, dict):
        raise malformed()
    return Shown(asked.text("pin", 64), asked.text("code", 20), asked.text("passkey_handle", 80), answer)


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
