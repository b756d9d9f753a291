"""The register in the database, asked inside the transaction of the step."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from signing_service.domain.dates import day_in_shanghai
from signing_service.domain.dossier import Dossier, Stage
from signing_service.domain.draw import HeldDraw
from signing_service.domain.employment import Employment, ProjectLock
from signing_service.domain.fire import FireResult
from signing_service.domain.licences import Licence
from signing_service.domain.parties import Party
from signing_service.domain.permits import Permit
from signing_service.domain.projects import Project, SectionKind
from signing_service.domain.reviews import Review
from signing_service.domain.seals import Seal
from signing_service.domain.sheets import Sheet
from signing_service.domain.view_states import View
from signing_service.storage import (
    documents,
    dossiers,
    draws,
    employments,
    fire_results,
    licence_views,
    licences,
    listings,
    parties,
    permits,
    projects,
    reviews,
    sheets,
)
from signing_service.workflows.register import Paper


@dataclass(frozen=True, slots=True)
class StoredRegister:
    """``workflows.register.Register`` over the tables."""

    connection: Connection

    def party(self, number: str) -> Party | None:
        return parties.find(self.connection, number)

    def licence(self, number: str) -> Licence | None:
        return licences.current(self.connection, number)

    def licences_of(self, holder: str) -> Sequence[Licence]:
        return licences.all_of_holder(self.connection, holder)

    def view_of(self, holder: str, licence_no: str) -> View | None:
        return licence_views.of_holder(self.connection, holder).get(licence_no)

    def employment_of(self, person: str) -> Employment | None:
        return employments.active(self.connection, person)

    def locks_of(self, person: str) -> Sequence[ProjectLock]:
        return employments.locks_of(self.connection, person)

    def last_begun(self, procedures: Collection[str], licence_no: str, but: str) -> date | None:
        at = dossiers.last_opened(self.connection, procedures, licence_no, but)
        return day_in_shanghai(at) if at else None

    def paper(self, dossier: str, template: str) -> Paper | None:
        rows = [
            row
            for row in documents.of_dossier(self.connection, dossier)
            if row.template.split("/")[1] == template and row.state != documents.VOID
        ]
        if not rows:
            return None
        revisions = documents.revisions(self.connection, rows[-1].document_id)
        last = revisions[-1] if revisions else None
        archived = last is not None and rows[-1].state == documents.ARCHIVED
        return Paper(
            rows[-1].number,
            last.sha256 if last else "",
            day_in_shanghai(last.made_at) if last is not None and archived else None,
        )

    def dossiers_on(self, project: str) -> Sequence[Dossier]:
        return dossiers.on_project(self.connection, project)

    def project(self, number: str) -> Project | None:
        return projects.find(self.connection, number)

    def listed_elsewhere(self, people: Collection[str], enterprise: str) -> Collection[str]:
        return listings.elsewhere(self.connection, people, enterprise)

    def stages_of(self, request_keys: Collection[str]) -> Mapping[str, Stage]:
        found = dossiers.by_request_keys(self.connection, request_keys)
        return {key: stage for key, (_, stage) in found.items()}

    def begun_with(self, request_keys: Collection[str]) -> Mapping[str, Dossier]:
        numbers = {key: number for key, (number, _) in dossiers.by_request_keys(self.connection, request_keys).items()}
        found = dossiers.load_all(self.connection, numbers.values()) if numbers else {}
        return {key: found[number] for key, number in numbers.items()}

    def permit(self, number: str) -> Permit | None:
        return permits.find(self.connection, number)

    def permits_of(self, project: str) -> Sequence[Permit]:
        return permits.of_project(self.connection, project)

    def fire_results(self, project: str) -> Sequence[FireResult]:
        return fire_results.of_project(self.connection, project)

    def draw(self, number: str) -> HeldDraw | None:
        found = draws.find(self.connection, number)
        return found.held if found else None

    def sheets(self, project: str, kind: SectionKind) -> Sequence[Sheet]:
        return sheets.latest(self.connection, project, kind)

    def review(self, dossier: str) -> Review | None:
        return reviews.find(self.connection, dossier)

    def reviews_of(self, project: str) -> Sequence[Review]:
        return reviews.of_project(self.connection, project)

    def seals_of(self, owner: str) -> Sequence[Seal]:
        return parties.seals(self.connection, owner)

    def paper_no(self, dossier: str, template: str) -> str | None:
        papers = [
            one for one in documents.of_dossier(self.connection, dossier) if one.template.split("/")[1] == template
        ]
        return papers[-1].number if papers else None
