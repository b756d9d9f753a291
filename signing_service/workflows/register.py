"""The register as checks ask it: what only some procedures need is looked up when it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from signing_service.domain.employment import Employment, ProjectLock
from signing_service.domain.licences import Licence
from signing_service.domain.parties import Party


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

    def employment_of(self, person: str, /) -> Employment | None:
        """The one that has not ended."""
        ...

    def locks_of(self, person: str, /) -> Sequence[ProjectLock]:
        """Projects under way that the person leads."""
        ...


class EmptyRegister:
    """Knows nobody."""

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


EMPTY = EmptyRegister()
