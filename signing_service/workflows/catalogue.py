"""Which procedures there are, each in its editions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from signing_service.domain.errors import Problem
from signing_service.workflows.procedure import Procedure
from signing_service.workflows.soundness import faults


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A dossier pins the edition it began with; a new one begins with the latest that is in effect."""

    procedures: tuple[Procedure, ...]

    def __post_init__(self) -> None:
        """Raises ValueError for a table that is not sound, naming every fault."""
        found = [fault for procedure in self.procedures for fault in faults(procedure)]
        keys_of: dict[str, set[str]] = {}
        for procedure in self.procedures:
            keys_of.setdefault(procedure.code, set()).add(procedure.key)
        found += [f"{code} stands for {sorted(keys)}" for code, keys in keys_of.items() if len(keys) > 1]
        if found:
            raise ValueError("\n".join(found))

    def __iter__(self) -> Iterator[Procedure]:
        return iter(self.procedures)

    def latest(self, key: str, on: date) -> Procedure:
        """Raises Problem PROCEDURE_UNKNOWN."""
        found = [procedure for procedure in self.procedures if procedure.key == key and procedure.edition <= on]
        if not found:
            raise _unknown(key)
        return max(found, key=lambda procedure: procedure.edition)

    def pinned(self, key: str, edition: date) -> Procedure:
        for procedure in self.procedures:
            if procedure.key == key and procedure.edition == edition:
                return procedure
        raise _unknown(key)


def _unknown(key: str) -> Problem:
    return Problem(
        "PROCEDURE_UNKNOWN",
        f"没有事项“{key}”，请从事项目录中选择。",
        f"There is no procedure “{key}”: choose one from the catalogue.",
        status=404,
    )
