"""The form of a dossier: kept as it is typed, every error at its field and all at once, and nothing typed is ever lost."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from signing_service.domain.dates import SHANGHAI
from signing_service.domain.errors import FieldError, Problem
from signing_service.storage import parties
from signing_service.web.platform import attachments, given
from signing_service.web.platform.decisions import key_released
from signing_service.web.platform.form_fields import (
    Widget,
    field_at,
    typed_of,
    widgets,
    with_file,
)
from signing_service.web.platform.gate import Asked, Way, Who, malformed
from signing_service.web.platform.house import House, address_of, author, number_in, see_other, told
from signing_service.web.platform.of_project import Proposals, project_of
from signing_service.workflows.enterprises import found_by
from signing_service.workflows.fields import FieldType
from signing_service.workflows.forms import read_form
from signing_service.workflows.procedure import Section, Step
from signing_service.workflows.shelf import DossierView, OpenStep


@dataclass(frozen=True, slots=True)
class ShownSection:
    section: Section
    widgets: Sequence[Widget]


class FormPages:
    def __init__(self, house: House) -> None:
        self._house = house

    def ways(self) -> tuple[Way, ...]:
        one = "/platform/dossiers/{number}"
        files = attachments.REQUEST_LARGEST
        return (
            Way("GET", f"{one}/form", Who.VIEWER, self.show),
            Way("POST", f"{one}/form", Who.VIEWER, self.send, attachments.FORM_LARGEST),
            Way("POST", f"{one}/draft", Who.VIEWER, self.keep),
            Way("POST", f"{one}/files", Who.VIEWER, self.upload, files),
            Way("GET", "/platform/enterprises", Who.VIEWER, self.find),
            Way("PUT", f"/api{one}/draft", Who.VIEWER, self.keep_by_program),
            Way("POST", "/api/platform/attachments", Who.VIEWER, self.upload_by_program, attachments.JSON_LARGEST),
        )

    # ---- the page

    def show(self, asked: Asked) -> Response:
        view = self._view(asked)
        author(asked, view)
        if not view.dossier.stage.is_editable:
            return see_other(address_of(view.dossier.number))
        typed = _typed_so_far(view)
        errors = self._all_errors(view, typed) if "check" in asked.request.query_params else []
        return self._shown(asked, view, typed, errors)

    def send(self, asked: Asked) -> Response:
        """Whatever the button, what was typed is kept before anything else is looked at."""
        view = self._view(asked)
        actor = author(asked, view)
        fields = tuple(view.procedure.fields)
        typed, refused = self._received(asked, view)
        pressed = given.as_pressed(asked, fields, typed)
        typed = typed if pressed is None else pressed
        self._house.desk.keep(view.dossier.number, actor, typed)
        if found_for := asked.text(given.FIND, 80):
            return self._shown(asked, view, typed, refused, found_for=found_for)
        if refused:
            return self._shown(asked, view, typed, refused, status=422)
        if pressed is not None:
            return see_other(address_of(view.dossier.number, "form") + _back_to(asked, typed))
        try:
            evidence = {"address": asked.caller.address}
            if (one := _main(view)) is not None:
                evidence |= key_released(self._house, asked, view, one)
            self._house.desk.take_step(view.dossier.number, main_step(view).name, actor, evidence=evidence)
        except Problem as problem:
            # what was kept has made the dossier newer
            return self._shown(asked, self._view(asked), typed, problem.errors, problem=problem, status=problem.status)
        return see_other(address_of(view.dossier.number))

    def _shown(
        self,
        asked: Asked,
        view: DossierView,
        typed: Mapping[str, Any],
        errors: Iterable[FieldError],
        *,
        problem: Problem | None = None,
        found_for: str = "",
        status: int = 200,
    ) -> Response:
        known = list(errors)
        points = [_as_error(point) for point in view.dossier.facts.get("points", []) if point.get("field")]
        proposals = Proposals.of(
            self._house, asked.viewer, view, str(typed.get(view.procedure.project_field or "", ""))
        )
        shown = [
            ShownSection(section, [*map(proposals.into, widgets(section.fields, typed, [*known, *points]))])
            for section in view.procedure.form
        ]
        here = {error.field for section in shown for error in _errors_of(section.widgets)}
        facts = {
            "view": view,
            "sections": shown,
            # an error is listed in the order of the page, and one that has no field stands above all
            "errors": [error for section in shown for error in _errors_of(section.widgets) if error in known],
            "other_errors": [error for error in known if error.field not in here],
            "problem": problem if problem is not None and not problem.errors else None,
            "step": main_step(view),
            "asks_pin": (one := _main(view)) is not None and one.asks_pin,
            "found": self._found(_value_at(typed, found_for)) if found_for else [],
            "found_for": found_for,
            "names": self._names(view, typed),
            "project": project_of(self._house, asked.viewer, view),
            "address_of": address_of,
        }
        return self._house.page(asked, "form.html", facts, here="dossiers", status=status)

    # ---- what scripts and programs ask

    def keep(self, asked: Asked) -> Response:
        view = self._view(asked)
        fields = tuple(view.procedure.fields)
        typed = typed_of(fields, given.posted(asked), view.dossier.draft)
        return self._kept(asked, view, typed)

    def keep_by_program(self, asked: Asked) -> Response:
        view = self._view(asked)
        typed = asked.fields.get("form")
        if not isinstance(typed, dict):
            raise malformed()
        return self._kept(asked, view, given.known_files_only(asked, typed, view.dossier.draft or view.dossier.form))

    def _kept(self, asked: Asked, view: DossierView, typed: Mapping[str, Any]) -> Response:
        errors = self._house.desk.keep(view.dossier.number, author(asked, view), typed)
        at = self._house.desk.clock().astimezone(SHANGHAI)
        return told({"at": f"{at:%H:%M}", "errors": [error.to_document() for error in errors]})

    def upload(self, asked: Asked) -> Response:
        """One file for one field of the draft."""
        view = self._view(asked)
        actor = author(asked, view)
        fields, name = tuple(view.procedure.fields), asked.text("field", 80)
        if field_at(fields, name) is None or "file" not in asked.files:
            raise malformed()
        file = attachments.taken_in(self._house.desk.blobs, asked.text("file.filename"), asked.files["file"])
        typed = with_file(fields, _typed_so_far(view), name, file)
        self._house.desk.keep(view.dossier.number, actor, typed)
        return told(file, 201)

    def upload_by_program(self, asked: Asked) -> Response:
        """To be named in a draft that is sent later."""
        content = asked.fields.get("content", "")
        if not isinstance(content, str):
            raise malformed()
        file = attachments.taken_in(self._house.desk.blobs, asked.text("name"), attachments.from_json(content))
        return told(json.loads(given.receipt(asked, file)), 201)

    def find(self, asked: Asked) -> Response:
        return told({"enterprises": self._found(asked.request.query_params.get("q", ""))})

    # ---- parts

    def _view(self, asked: Asked) -> DossierView:
        return self._house.shelf.view(asked.viewer, number_in(asked))

    def _received(self, asked: Asked, view: DossierView) -> tuple[dict[str, Any], list[FieldError]]:
        """What was typed with the files that came along, and why files were refused."""
        fields = tuple(view.procedure.fields)
        typed = typed_of(fields, given.posted(asked), view.dossier.draft)
        return given.with_uploads(asked, fields, typed, self._house.desk.blobs)

    def _all_errors(self, view: DossierView, typed: Mapping[str, Any]) -> Sequence[FieldError]:
        try:
            read_form(view.procedure, typed, self._house.today)
        except Problem as problem:
            return problem.errors
        return []

    def _found(self, words: str) -> list[dict[str, str]]:
        with self._house.desk.database.reading() as connection:
            return [{"uscc": str(one.uscc), "name": one.name} for one in found_by(connection, words)]

    def _names(self, view: DossierView, typed: Mapping[str, Any]) -> dict[str, str]:
        """What the enterprises are called whose codes stand in the form."""
        codes = [
            str(typed[one.key])
            for one in view.procedure.fields
            if one.type is FieldType.ENTERPRISE and typed.get(one.key)
        ]
        with self._house.desk.database.reading() as connection:
            found = {code: parties.find(connection, code) for code in codes}
        return {code: str(party.name) for code, party in found.items() if party is not None}


def main_step(view: DossierView) -> Step:
    """The one step that takes the form further. Raises Problem STATE_CONFLICT."""
    one = _main(view)
    return one.step if one else view.procedure.step("prepare", view.dossier.stage)


def _main(view: DossierView) -> OpenStep | None:
    steps = [one for one in view.open_steps if not one.step.optional]
    return next((one for one in steps if one.step.reads_draft), steps[0] if steps else None)


def _typed_so_far(view: DossierView) -> dict[str, Any]:
    return dict(view.dossier.draft or view.dossier.form)


def _back_to(asked: Asked, typed: Mapping[str, Any]) -> str:
    """Where the page is shown again after a button of the form."""
    if key := asked.text(given.ADD, 80):
        return f"#f-{key}-{len(typed[key]) - 1}"
    if place := asked.text(given.DROP, 80):
        return f"#f-{place.rpartition('.')[0]}"
    return "#form"


def _errors_of(shown: Iterable[Widget]) -> Iterable[FieldError]:
    for one in shown:
        if one.error is not None:
            yield one.error
        for row in one.rows:
            yield from _errors_of(row)


def _as_error(point: Mapping[str, Any]) -> FieldError:
    """A point of a correction, where it is to be corrected."""
    return FieldError(
        str(point["field"]), "CORRECTION", f"需补正：{point['text']}", f"To be corrected: {point['text']}"
    )


def _value_at(typed: Mapping[str, Any], name: str) -> str:
    return str(typed.get(name, ""))
