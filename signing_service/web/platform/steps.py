"""Taking a step: each a thin call to the desk; what is refused is said on the page on which it was tried."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Dossier
from signing_service.domain.errors import Problem
from signing_service.web.platform.attachments import FORM_LARGEST
from signing_service.web.platform.decisions import Decisions, Tried
from signing_service.web.platform.dossier import DossierPages
from signing_service.web.platform.gate import Asked, Way, Who, give_session
from signing_service.web.platform.house import House, address_of, number_in, see_other, told
from signing_service.web.platform.signing import SigningPages
from signing_service.workflows.shelf import OpenStep


class StepPages:
    def __init__(self, house: House, pages: DossierPages, signing: SigningPages) -> None:
        self._house = house
        self._pages = pages
        self._signing = signing
        self._decisions = Decisions(house)

    def ways(self) -> tuple[Way, ...]:
        one = "/platform/dossiers/{number}/steps/{step}"
        return (
            Way("POST", one, Who.VIEWER, self.take, FORM_LARGEST),
            Way("POST", f"{one}/preview", Who.VIEWER, self.preview, FORM_LARGEST),
            Way("POST", f"/api{one}", Who.VIEWER, self.take_by_program),
        )

    def take(self, asked: Asked) -> Response:
        view = self._house.shelf.view(asked.viewer, number_in(asked))
        one = self._decisions.wanted(asked, view)
        if is_signed(one):
            return see_other(address_of(view.dossier.number, "sign", one.step.name))
        told_now = self._decisions.read(asked, one)
        if told_now.again or told_now.refused:
            return self._pages.shown(asked, view, tried=Tried(one.step.name, told_now))
        try:
            self._decisions.take(asked, view, one, told_now, {})
        except Problem as problem:
            fresh = self._house.shelf.view(asked.viewer, view.dossier.number)
            return self._pages.shown(asked, fresh, tried=Tried(one.step.name, told_now, problem))
        ended = address_of(view.dossier.number)
        # an officer goes on with the list, and comes back to what is not theirs any more only to see that it is done
        return see_other(f"{ended}?done={one.step.name}")

    def preview(self, asked: Asked) -> Response:
        view = self._house.shelf.view(asked.viewer, number_in(asked))
        return self._decisions.preview(asked, view, self._decisions.wanted(asked, view))

    def take_by_program(self, asked: Asked) -> Response:
        """With ``seen``, ``pin`` and ``code`` or ``passkey`` where the step signs with a key that the platform holds.

        Answers what the dossier came to by this step; a worker may have gone on since. Who has stepped up goes on under
        a new token, with the ``csrf`` that belongs to it.
        """
        view = self._house.shelf.view(asked.viewer, number_in(asked))
        one = self._decisions.wanted(asked, view)
        typed = self._decisions.read(asked, one)
        if not is_signed(one):
            return told(_outcome(self._decisions.take(asked, view, one, typed, {})))
        after, opened = self._signing.signed(asked, view, one, typed)
        if opened is None:
            return told(_outcome(after))
        renewed = {**_outcome(after), "csrf": asked.accounts.keyed("csrf", opened.token)}
        return give_session(told(renewed), asked.request, opened)


def _outcome(after: Dossier) -> dict[str, Any]:
    return {"number": after.number, "stage": after.stage.value, "version": after.version}


def is_signed(one: OpenStep) -> bool:
    """Whether a party signs with it; the letters and licences of the authority are sealed by themselves."""
    return bool(one.signs) and one.role is not SignatoryRole.AUTHORITY
