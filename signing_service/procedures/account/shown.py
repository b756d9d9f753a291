"""What the application for a signature says of the cert that was just issued."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from signing_service.domain.dossier import Dossier
from signing_service.workflows.licensing import last_day
from signing_service.workflows.procedure import Situation


@dataclass(frozen=True, slots=True)
class TermOfSignature:
    years: int

    gives: ClassVar[tuple[str, ...]] = ("valid_from", "valid_until", "verified_by")

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        del dossier
        return {
            "valid_from": situation.today.isoformat(),
            "valid_until": last_day(situation.today, self.years).isoformat(),
            "verified_by": "实名登记核对一致，本人登录并确认",
        }
