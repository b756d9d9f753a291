"""What fire procedures change in the register. How it is made is in ``apply.fire``."""

from __future__ import annotations

from dataclasses import dataclass

from signing_service.domain.fire import FireMatter


@dataclass(frozen=True, slots=True)
class RecordFireResult:
    """The project has this result from now on; ``template`` names the document that says so."""

    matter: FireMatter
    passed: bool
    template: str


CHANGES_OF_FIRE = (RecordFireResult,)
