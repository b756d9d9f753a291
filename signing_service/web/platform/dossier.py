"""One dossier: the answer first, what the viewer can do now, its documents, its timeline, and what stands in its form.

Of an officer it is the desk: form, attachments and what the registers say side by side, and the decision beside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from signing_service.domain.documents import DocumentKind, SignatoryRole
from signing_service.domain.errors import Problem
from signing_service.domain.parties import Person
from signing_service.domain.viewer import AccountKind
from signing_service.pipeline.attachment import Kind, kind_of
from signing_service.storage import account_journal, accounts, parties
from signing_service.web.platform import account_of
from signing_service.web.platform.consents import ANSWERS
from signing_service.web.platform.decisions import Decisions, Tried
from signing_service.web.platform.drawings import drawings_of
from signing_service.web.platform.form_fields import files_in
from signing_service.web.platform.gate import Asked, Way, Who
from signing_service.web.platform.house import HARMLESS, House, address_of, number_in, reader, told
from signing_service.web.platform.national import told_of
from signing_service.web.platform.of_project import project_of
from signing_service.web.platform.registers import answers_of
from signing_service.workflows.fields import FieldType
from signing_service.workflows.procedure import Procedure
from signing_service.workflows.shelf import DossierView, Paper

MEDIA: Mapping[Kind, str] = {Kind.PDF: "application/pdf", Kind.JPEG: "image/jpeg", Kind.PNG: "image/png"}


class DossierPages:
    def __init__(self, house: House) -> None:
        self._house = house
        self._decisions = Decisions(house)

    def ways(self) -> tuple[Way, ...]:
        one = "/platform/dossiers/{number}"
        return (
            Way("GET", one, Who.VIEWER, self.show),
            Way("GET", f"{one}/state", Who.VIEWER, self.tell_state),
            Way("POST", f"{one}/reveal", Who.STAFF, self.reveal),
            Way("GET", f"{one}/compare", Who.VIEWER, self.compare),
            Way("GET", f"{one}/documents/{{document}}", Who.VIEWER, self.document),
            Way("GET", f"{one}/documents/{{document}}/{{revision:int}}", Who.VIEWER, self.document),
            Way("GET", f"{one}/files/{{sha256}}", Who.VIEWER, self.file),
            Way("GET", f"/api{one}", Who.VIEWER, self.tell),
        )

    def show(self, asked: Asked) -> Response:
        return self.shown(asked, self._house.shelf.view(asked.viewer, number_in(asked)))

    def shown(
        self,
        asked: Asked,
        view: DossierView,
        *,
        in_full: bool = False,
        tried: Tried | None = None,
        problem: Problem | None = None,
    ) -> Response:
        """``tried``: a step whose form is shown again with what was typed and what is wrong; ``problem``: of none that
        can be shown again here.
        """
        problem = tried.problem if tried else problem
        staff = asked.viewer.kind is AccountKind.STAFF
        form = view.dossier.form or view.dossier.draft
        facts = {
            "view": view,
            "answer": account_of.headline(view, reader(asked)),
            "events": account_of.timeline(view, reader(asked), self._officers(view) if staff else {}),
            "chapters": account_of.chapters(view, form, reader(asked), self.names(view), in_full=in_full),
            "steps": self._decisions.offered(asked, view, tried),
            "outside": account_of.signs_outside(view),
            "leads": self._leads(asked, view),
            "staff": staff,
            "drawings": drawings_of(self._house, asked.viewer, view),
            "answer_words": ANSWERS,
            "papers": _outcome_first(view),
            "project": project_of(self._house, asked.viewer, view),
            "answers": answers_of(self._house, view) if staff else [],
            "national": told_of(self._house, view) if staff else [],
            "in_full": in_full,
            "can_reveal": staff and account_of.has_id_numbers(view) and not in_full,
            "versions": sorted(self._versions(view)),
            "problem": problem,
            "address_of": address_of,
        }
        return self._house.page(
            asked, "dossier.html", facts, here="dossiers", status=problem.status if problem else 200
        )

    def _leads(self, asked: Asked, view: DossierView) -> list[Procedure]:
        """What whoever this waits for may begin instead: the start of the works, or their extension."""
        if not view.open_steps or not view.procedure.leads_to:
            return []
        offered = {one.key: one for one in self._house.shelf.on_offer(asked.viewer)}
        return [offered[key] for key in view.procedure.leads_to if key in offered]

    def reveal(self, asked: Asked) -> Response:
        """ID numbers in full, once it is written down who looked at whose."""
        view = self._house.shelf.view(asked.viewer, number_in(asked))
        shown = {str(party.number) for party in view.parties.values() if isinstance(party, Person)}
        shown |= {
            str(view.dossier.form[one.key])
            for one in view.procedure.fields
            if one.type is FieldType.ID_NO and view.dossier.form.get(one.key)
        }
        with self._house.desk.database.transaction() as connection:
            for person in sorted(shown):
                account_journal.note_view(
                    connection, asked.viewer.account, person, self._house.desk.clock(), view.dossier.number
                )
        return self.shown(asked, view, in_full=True)

    def _officers(self, view: DossierView) -> dict[str, str]:
        """Who took the authority's steps, by account."""
        actors = {line.actor for line in view.timeline if line.role is SignatoryRole.AUTHORITY}
        with self._house.desk.database.reading() as connection:
            found = [accounts.find(connection, actor) for actor in sorted(actors)]
        return {one.account_id: one.name for one in found if one is not None}

    # ---- documents and files

    def document(self, asked: Asked) -> Response:
        path = asked.request.path_params
        paper, data = self._house.shelf.document(asked.viewer, path["number"], path["document"], path.get("revision"))
        name = quote(f"{paper.row.title}-{paper.row.dossier}.pdf")
        headers = {"Content-Disposition": f"inline; filename*=UTF-8''{name}", "Cache-Control": "no-store"}
        return Response(data, media_type="application/pdf", headers=headers)

    def file(self, asked: Asked) -> Response:
        """An attachment of the form, of the draft for its author alone. Raises Problem NOT_FOUND."""
        view = self._house.shelf.view(asked.viewer, number_in(asked))
        wanted = asked.request.path_params["sha256"]
        sources: list[Any] = [
            view.dossier.form,
            account_of.given_to(view),
            *(paper.row.facts for paper in view.papers),
        ]
        if view.initiator in view.roles:
            sources.append(view.dossier.draft)
        found = next((one for source in sources for one in files_in(dict(source)) if one["sha256"] == wanted), None)
        if found is None or wanted not in self._house.desk.blobs:
            raise Problem("NOT_FOUND", "没有这份附件。", "There is no such attachment.", status=404)
        data = self._house.desk.blobs.get(wanted)
        kind = kind_of(data)
        media = MEDIA[kind] if kind else "application/octet-stream"
        name = quote(str(found.get("name", "attachment")))
        disposition = "inline" if kind else "attachment"
        return Response(
            data,
            media_type=media,
            headers={**HARMLESS, "Content-Disposition": f"{disposition}; filename*=UTF-8''{name}"},
        )

    # ---- versions beside each other

    def compare(self, asked: Asked) -> Response:
        """Two versions of the form, field by field. Raises Problem NOT_FOUND."""
        view = self._house.shelf.view(asked.viewer, number_in(asked))
        found = self._versions(view)
        before, after = (self._version(asked, found, name) for name in ("a", "b"))
        told_before, told_after = (
            {
                value.key: value
                for chapter in account_of.form_chapters(
                    view, found[one], reader(asked), self.names(view), in_full=False
                )
                for value in chapter.values
            }
            for one in (before, after)
        )
        lines = [
            (field, told_before.get(field.key), told_after.get(field.key))
            for field in view.procedure.fields
            if field.key in told_before or field.key in told_after
        ]
        facts = {
            "view": view,
            "before": before,
            "after": after,
            "versions": sorted(found),
            "lines": [(field, was, now, was != now) for field, was, now in lines],
            "address_of": address_of,
        }
        return self._house.page(asked, "compare.html", facts, here="dossiers")

    def _versions(self, view: DossierView) -> dict[int, Mapping[str, Any]]:
        """What stood in each version of the form, as it was drawn."""
        return {paper.row.form_version: paper.row.facts for paper in view.papers if paper.row.kind is DocumentKind.FORM}

    def _version(self, asked: Asked, found: Mapping[int, Any], name: str) -> int:
        said = asked.request.query_params.get(name, "")
        ordered = sorted(found)
        if len(ordered) < 2:
            raise Problem("NOT_FOUND", "申请表只有一个版本。", "The form has one version only.", status=404)
        if said.isdecimal() and int(said) in found:
            return int(said)
        return ordered[-2] if name == "a" else ordered[-1]

    def names(self, view: DossierView) -> dict[str, str]:
        """Of enterprises whose codes stand in the form."""
        known = {str(party.number): str(party.name) for party in view.parties.values()}
        codes = {
            str(view.dossier.form[one.key])
            for one in view.procedure.fields
            if one.type in (FieldType.ENTERPRISE, FieldType.USCC) and view.dossier.form.get(one.key)
        }
        with self._house.desk.database.reading() as connection:
            for code in codes - known.keys():
                if (party := parties.find(connection, code)) is not None:
                    known[code] = str(party.name)
        return known

    # ---- for scripts and programs

    def tell_state(self, asked: Asked) -> Response:
        """Whether the page is still what it was: scripts ask while something is under way."""
        view = self._house.shelf.view(asked.viewer, number_in(asked))
        return told({"stage": view.dossier.stage.value, "version": view.dossier.version, "owed": len(view.owed)})

    def tell(self, asked: Asked) -> Response:
        view = self._house.shelf.view(asked.viewer, number_in(asked))
        mine = view.initiator in view.roles
        return told(
            {
                "number": view.dossier.number,
                "procedure": view.dossier.procedure,
                "edition": view.dossier.edition.isoformat(),
                "stage": view.dossier.stage.value,
                "version": view.dossier.version,
                "form_version": view.dossier.form_version,
                "form": dict(view.dossier.form) if mine else {},
                "draft": dict(view.dossier.draft) if mine else {},
                "due_on": view.due_on.isoformat() if view.due_on else None,
                "owed": [{"kind": one.kind, "problem": one.problem} for one in view.owed],
                "steps": [
                    {
                        "name": one.step.name,
                        "title": one.step.title,
                        "role": one.role.value,
                        "reason_required": one.step.reason_required,
                        "signs": bool(one.signs) and one.role is not SignatoryRole.AUTHORITY,
                        "asks_pin": one.asks_pin,
                        "fields": [item.key for item in one.step.form],
                    }
                    for one in view.open_steps
                ],
                "documents": [
                    {
                        "document": paper.row.document_id,
                        "title": paper.row.title,
                        "kind": paper.row.kind.value,
                        "form_version": paper.row.form_version,
                        "state": paper.row.state,
                        "revisions": [one.sha256 for one in paper.revisions],
                    }
                    for paper in view.papers
                ],
                "journal": [
                    {"step": one.step, "role": one.role.value, "at": one.at.isoformat(), "to": one.to_stage.value}
                    for one in view.timeline
                ],
            }
        )


def _outcome_first(view: DossierView) -> list[Paper]:
    """Documents that exist, in the order in which they came; what it was all for, the licence, before them."""
    found = [paper for paper in view.papers if paper.revisions]
    licences = [paper for paper in found if paper.row.kind is DocumentKind.LICENCE]
    # of a permit the original before its duplicates
    licences.sort(key=lambda paper: "副本" in paper.row.title)
    return [*licences, *(paper for paper in found if paper not in licences)]
