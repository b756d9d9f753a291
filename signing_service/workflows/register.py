"""The register as checks ask it: what only some procedures need is looked up when it is asked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

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


@dataclass(frozen=True, slots=True)
class Paper:
    """A document of a dossier, as another document of it refers to it."""

    number: str
    sha256: str
    """Of the file as it stands; empty before it is drawn."""
    archived_on: date | None


class Register(Protocol):
    def party(self, number: str, /) -> Party | None:
        """A person by ID number, an organisation by USCC."""
        ...

    def licence(self, number: str, /) -> Licence | None:
        """The version that counts."""
        ...

    def licences_of(self, holder: str, /) -> Sequence[Licence]:
        """Of a holder, every number in the version that counts."""
        ...

    def view_of(self, holder: str, licence_no: str, /) -> View | None:
        """The state of a special-operation licence in 我的证书 of a person; None while nothing was checked."""
        ...

    def employment_of(self, person: str, /) -> Employment | None:
        """The one that has not ended."""
        ...

    def locks_of(self, person: str, /) -> Sequence[ProjectLock]:
        """Projects under way that the person leads."""
        ...

    def last_begun(self, procedures: Collection[str], licence_no: str, but: str, /) -> date | None:
        """The day on which the latest dossier of these kinds on a licence was begun, ``but`` this one and those withdrawn."""
        ...

    def project(self, number: str, /) -> Project | None:
        """With its unit works and sections."""
        ...

    def paper(self, dossier: str, template: str, /) -> Paper | None:
        """The newest document of a template that counts: its number, and the file as it stands."""
        ...

    def dossiers_on(self, project: str, /) -> Sequence[Dossier]:
        """Everything that was begun on a project, the oldest first."""

    def fire_results(self, project: str, /) -> Sequence[FireResult]:
        """In the order in which they came."""
        ...

    def draw(self, number: str, /) -> HeldDraw | None:
        """A random draw that was held."""
        ...

    def listed_elsewhere(self, people: Collection[str], enterprise: str, /) -> Collection[str]:
        """Those of ``people`` whom another enterprise lists in an open application for a qualification."""
        ...

    def stages_of(self, request_keys: Collection[str], /) -> Mapping[str, Stage]:
        """Where the dossiers are that were begun with these request keys, by key."""
        ...

    def begun_with(self, request_keys: Collection[str], /) -> Mapping[str, Dossier]:
        """The dossiers that were begun with these request keys, by key."""
        ...

    def sheets(self, project: str, kind: SectionKind, /) -> Sequence[Sheet]:
        """Of every sheet the last version."""
        ...

    def review(self, dossier: str, /) -> Review | None:
        """With reviewers and opinions."""
        ...

    def reviews_of(self, project: str, /) -> Sequence[Review]:
        """In the order in which they were begun."""
        ...

    def seals_of(self, owner: str, /) -> Sequence[Seal]: ...

    def paper_no(self, dossier: str, template: str, /) -> str | None:
        """Number of the newest document of a template in a dossier."""
        ...

    def permit(self, number: str, /) -> Permit | None:
        """What became of a construction permit since it was issued."""
        ...

    def permits_of(self, project: str, /) -> Sequence[Permit]:
        """Every construction permit of a project, those that have ended among them."""
        ...


class EmptyRegister:
    """Knows nobody."""

    def view_of(self, _holder: str, _licence_no: str) -> View | None:
        return None

    def listed_elsewhere(self, _people: Collection[str], _enterprise: str) -> Collection[str]:
        return ()

    def stages_of(self, _request_keys: Collection[str]) -> Mapping[str, Stage]:
        return {}

    def begun_with(self, _request_keys: Collection[str]) -> Mapping[str, Dossier]:
        return {}

    def sheets(self, _project: str, _kind: SectionKind) -> Sequence[Sheet]:
        return ()

    def review(self, _dossier: str) -> Review | None:
        return None

    def reviews_of(self, _project: str) -> Sequence[Review]:
        return ()

    def seals_of(self, _owner: str) -> Sequence[Seal]:
        return ()

    def paper_no(self, _dossier: str, _template: str) -> str | None:
        return None

    def permit(self, _number: str) -> Permit | None:
        return None

    def permits_of(self, _project: str) -> Sequence[Permit]:
        return ()

    def paper(self, _dossier: str, _template: str) -> Paper | None:
        return None

    def dossiers_on(self, _project: str) -> Sequence[Dossier]:
        return ()

    def project(self, _number: str) -> Project | None:
        return None

    def fire_results(self, _project: str) -> Sequence[FireResult]:
        return ()

    def draw(self, _number: str) -> HeldDraw | None:
        return None

    def party(self, _number: str) -> Party | None:
        return None

    def licence(self, _number: str) -> Licence | None:
        return None

    def licences_of(self, _holder: str) -> Sequence[Licence]:
        return ()

    def employment_of(self, _person: str) -> Employment | None:
        return None

    def locks_of(self, _person: str) -> Sequence[ProjectLock]:
        return ()

    def last_begun(self, _procedures: Collection[str], _licence_no: str, _but: str) -> date | None:
        return None


EMPTY = EmptyRegister()
