"""What the page of a dossier says of drawings: the set, the review, and how far the seals on its sheets are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.domain.projects import SectionKind
from signing_service.domain.sheets import Progress
from signing_service.domain.viewer import Viewer
from signing_service.storage import reviews
from signing_service.web.platform.consents import CONSENT, SHEETS, Answer, answers_to
from signing_service.web.platform.house import House, address_of
from signing_service.web.platform.sheets import address_of_set
from signing_service.workflows.sheets import SheetRoom
from signing_service.workflows.shelf import DossierView

KINDS: Mapping[str, SectionKind] = {
    f"rv.{kind.value}{tail}": kind for kind in (SectionKind.SURVEY, SectionKind.DESIGN) for tail in ("", "_sheets")
}
"""Procedures that are about a set of drawings."""


@dataclass(frozen=True, slots=True)
class Drawings:
    address: str
    """Of the set."""
    review: str
    """Address of the review; empty: there is none."""
    sealing: Mapping[SignatoryRole, Progress] = field(default_factory=dict)
    """By role; empty before the first sheet is to be sealed."""
    answers: Sequence[Answer] = ()
    """Of the registered persons who are asked to agree to their practising seals."""

    @property
    def under_way(self) -> bool:
        return any(not one.finished for one in self.sealing.values())


def drawings_of(house: House, viewer: Viewer, view: DossierView) -> Drawings | None:
    """None: the dossier is about no drawings yet. Officers who see the dossier see them, too."""
    if view.procedure.key == CONSENT:
        return Drawings(address_of(view.dossier.number, SHEETS), "")
    kind, dossier = KINDS.get(view.procedure.key), view.dossier
    project = (dossier.form or dossier.draft).get("project_no", "")
    if kind is None or not project:
        return None
    with house.desk.database.reading() as connection:
        review = reviews.find(connection, dossier.number)
    found = SheetRoom(house.desk).progress(viewer.party, dossier.number, viewer.grants)
    begun = dossier.stage is Stage.ISSUING or any(one.done for one in found.values())
    return Drawings(
        address=address_of_set(project, kind),
        review=f"/platform/reviews/{dossier.number}" if review else "",
        sealing={SignatoryRole(role): one for role, one in found.items() if one.total} if begun else {},
        answers=answers_to(house, view) if view.procedure.key.endswith("_sheets") else (),
    )
