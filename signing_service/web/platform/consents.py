"""图纸盖章本人确认: the sheets on which a registered person's practising seal is to go, each to be looked at, and one
signature for all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.responses import Response

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Dossier, Stage
from signing_service.domain.errors import Problem
from signing_service.domain.sheets import Sheet, list_digest
from signing_service.storage import dossiers, parties, sheets
from signing_service.web.platform.gate import Asked, Way, Who
from signing_service.web.platform.house import House, address_of, number_in
from signing_service.workflows.looking_up import StoredRegister
from signing_service.workflows.sheet_consents import asked as asked_for
from signing_service.workflows.sheet_consents import sheets_for
from signing_service.workflows.sheet_sets import by_discipline
from signing_service.workflows.shelf import DossierView

CONSENT = "rv.consent"
SHEETS = "sheets"
ANSWERS: Mapping[Stage, tuple[str, str, str]] = {
    Stage.DRAFT: ("todo", "即将送本人确认", "about to be asked"),
    Stage.SUBMITTED: ("todo", "待本人确认", "is asked"),
    Stage.ISSUING: ("todo", "已同意，签名中", "agrees, being signed"),
    Stage.CLOSED: ("done", "已同意", "has agreed"),
    Stage.REFUSED: ("waits", "不同意", "does not agree"),
    Stage.LAPSED: ("void", "未确认", "was not heard"),
}
"""By where the consent is: tone, and in words."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Of one registered person, as the unit sees it."""

    name: str
    consent: str
    """Number of the dossier; empty: nobody has asked yet."""
    stage: Stage


class ConsentPages:
    def __init__(self, house: House) -> None:
        self._house = house

    def ways(self) -> tuple[Way, ...]:
        return (Way("GET", f"/platform/dossiers/{{number}}/{SHEETS}", Who.VIEWER, self.show),)

    def show(self, asked: Asked) -> Response:
        """For whoever sees the consent: the person, the unit, officers. Raises Problem NOT_FOUND, PAGE_UNKNOWN."""
        view = self._house.shelf.view(asked.viewer, number_in(asked))
        if view.procedure.key != CONSENT:
            raise Problem("PAGE_UNKNOWN", "没有这个页面，请检查网址。", "There is no such page.", status=404)
        found = sheets_of(self._house, view.dossier)
        facts = {
            "view": view,
            "by_discipline": by_discipline(found[0].kind, found) if found else [],
            "sheets": found,
            "unchanged": list_digest(found) == view.dossier.form["list_sha256"],
            "to_sign": [one.step.name for one in view.open_steps if one.signs],
            "answer_words": ANSWERS,
            "address_of": address_of,
        }
        return self._house.page(asked, "consent.html", facts, here="dossiers")


def sheets_of(house: House, consent: Dossier) -> list[Sheet]:
    """Those that the consent speaks of, as they were handed over."""
    with house.desk.database.reading() as connection:
        handed = dossiers.load(connection, consent.form["handed_over_with"])
        found = sheets.of_dossier(connection, handed.number)
    return sheets_for(consent.parties[SignatoryRole.HOLDER], handed.form, found)


def answers_to(house: House, view: DossierView) -> Sequence[Answer]:
    """What the registered persons have answered to what this dossier hands over; empty while it is being written."""
    handed = view.dossier
    if handed.stage in (Stage.DRAFT, Stage.WITHDRAWN):
        return ()
    with house.desk.database.reading() as connection:
        found = sheets.of_dossier(connection, handed.number)
        wanted = asked_for(handed, found[0].kind, found) if found else {}
        begun = StoredRegister(connection).begun_with(list(wanted))
        names = {form["id_no"]: str(parties.load(connection, form["id_no"]).name) for form in wanted.values()}
    return [
        Answer(
            names[form["id_no"]],
            begun[key].number if key in begun else "",
            begun[key].stage if key in begun else Stage.DRAFT,
        )
        for key, form in wanted.items()
    ]
