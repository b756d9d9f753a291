"""What a change is made on: a dossier before and after its step, and what the register said at that moment."""

from __future__ import annotations

from dataclasses import dataclass

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Dossier
from signing_service.domain.licences import Licence
from signing_service.workflows.procedure import Situation


@dataclass(frozen=True, slots=True)
class Case:
    before: Dossier
    after: Dossier
    situation: Situation

    @property
    def number(self) -> str:
        return self.before.number

    @property
    def holder(self) -> str:
        return self.before.parties[SignatoryRole.HOLDER]

    @property
    def licence(self) -> Licence:
        """The one in question."""
        if self.situation.licence is None:
            msg = f"{self.number}: the licence in question is gone"
            raise LookupError(msg)
        return self.situation.licence
