"""办件: every dossier of the viewer's, to be found again by kind, number or name."""

from __future__ import annotations

from starlette.responses import Response

from signing_service.domain.viewer import AccountKind
from signing_service.web.platform.gate import Asked, Way, Who
from signing_service.web.platform.house import House, address_of

MOST = 100


class DossierLists:
    def __init__(self, house: House) -> None:
        self._house = house

    def ways(self) -> tuple[Way, ...]:
        return (Way("GET", "/platform/dossiers", Who.VIEWER, self.show),)

    def show(self, asked: Asked) -> Response:
        query = asked.request.query_params
        kind, state, words = query.get("kind", ""), query.get("state", ""), query.get("q", "").strip()
        every = self._house.shelf.dossiers(asked.viewer, most=MOST)
        shown = [
            line
            for line in every
            if (not kind or line.procedure.key == kind)
            and (state != "open" or not line.stage.is_final)
            and (state != "done" or line.stage.is_final)
            and (not words or words.upper() in line.number or words in line.subject)
        ]
        facts = {
            "lines": shown,
            "every": every,
            "kinds": {line.procedure.key: line.procedure for line in every},
            "chosen": {"kind": kind, "state": state, "q": words},
            "staff": asked.viewer.kind is AccountKind.STAFF,
            "address_of": address_of,
        }
        return self._house.page(asked, "dossiers.html", facts, here="dossiers")
