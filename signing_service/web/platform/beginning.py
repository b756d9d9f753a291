"""办事: what the viewer may begin, each with who, what it takes and how long; and the draft that begins it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from starlette.responses import Response

from signing_service.web.platform import given
from signing_service.web.platform.gate import Asked, Way, Who, malformed
from signing_service.web.platform.house import House, address_of, see_other, told
from signing_service.web.platform.subjects import CHAPTERS, OF_PROJECTS
from signing_service.workflows.fields import FieldType
from signing_service.workflows.procedure import Procedure

WITH_FILES = (FieldType.FILE, FieldType.ATTACHMENTS)


@dataclass(frozen=True, slots=True)
class Offer:
    """A line of the catalogue."""

    procedure: Procedure
    documents: tuple[tuple[str, str, bool], ...]
    """Of each attachment what it is in both languages, and whether it has to be there."""

    @classmethod
    def of(cls, procedure: Procedure) -> Offer:
        fields = [item for item in procedure.fields if item.type in WITH_FILES]
        return cls(procedure, tuple((item.label, item.label_en, item.required) for item in fields))


class BeginningPages:
    def __init__(self, house: House) -> None:
        self._house = house

    def ways(self) -> tuple[Way, ...]:
        return (
            Way("GET", "/platform/begin", Who.VIEWER, self.show),
            Way("POST", "/platform/begin", Who.VIEWER, self.begin),
            Way("POST", "/api/platform/dossiers", Who.VIEWER, self.begin_by_program),
        )

    def show(self, asked: Asked) -> Response:
        licence = asked.request.query_params.get("licence", "")
        offers = [Offer.of(one) for one in self._house.shelf.on_offer(asked.viewer, licence)]
        chapters = _in_chapters(offers, developer=asked.viewer.developer)
        facts = {"offers": offers, "chapters": chapters, "licence": licence[:40], "request_key": asked.accounts.token()}
        return self._house.page(asked, "begin.html", facts, here="begin")

    def begin(self, asked: Asked) -> Response:
        return see_other(address_of(self._begun(asked), "form"))

    def begin_by_program(self, asked: Asked) -> Response:
        number = self._begun(asked)
        typed = asked.fields.get("form", {})
        if not isinstance(typed, dict):
            raise malformed()
        if typed:
            view = self._house.shelf.view(asked.viewer, number)
            errors = self._house.desk.keep(
                number, asked.viewer.acts_as(view.initiator), given.known_files_only(asked, typed, {})
            )
            return told({"number": number, "errors": [error.to_document() for error in errors]}, 201)
        return told({"number": number, "errors": []}, 201)

    def _begun(self, asked: Asked) -> str:
        viewer, shelf = asked.viewer, self._house.shelf
        procedure = self._house.desk.catalogue.latest(asked.text("procedure", 60), self._house.today)
        role = shelf.role_of_beginner(viewer, procedure, asked.text("role", 40))
        key = asked.text("request_key", 60) or asked.accounts.token()
        return self._house.desk.begin(
            procedure.key,
            role,
            viewer.party,
            {
                **shelf.prefilled(viewer, procedure, asked.text("licence", 40)),
                **_of_project(procedure, asked.text("project", 16)),
            },
            # another account's key is another key
            request_key=asked.accounts.keyed("begin", viewer.account, key),
        )


def _in_chapters(offers: Sequence[Offer], *, developer: bool) -> list[tuple[str, str, list[Offer]]]:
    """Those that have something, each with its offers."""
    order = (*CHAPTERS[OF_PROJECTS:], *CHAPTERS[:OF_PROJECTS]) if developer else CHAPTERS
    left, found = list(offers), []
    for zh, en, keys in (*order, ("其他", "Other", ("*",))):
        own = [one for one in left if any(fnmatchcase(one.procedure.key, key) for key in keys)]
        left = [one for one in left if one not in own]
        found.append((zh, en, own))
    return [one for one in found if one[2]]


def _of_project(procedure: Procedure, number: str) -> dict[str, str]:
    """The project from whose page it is begun; whether it is theirs is asked when the form is read."""
    return {procedure.project_field: number} if procedure.project_field and number else {}
