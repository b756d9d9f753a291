"""勘察、设计发包: the developer chooses who does it, and the platform texts a 工程码 (domain text, §10.3, §12)."""

from __future__ import annotations

from dataclasses import replace

from signing_service.domain.codes import RegionLevel
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.domain.projects import SectionKind
from signing_service.procedures.contract.common import (
    AUTHORITY,
    BASIS,
    DEVELOPER,
    EDITION,
    may_put_out,
    order_of,
    published,
    taken_on_by,
    to_be_taken_on,
)
from signing_service.procedures.contract.fields import put_out
from signing_service.procedures.contract.shown import OrderShown
from signing_service.procedures.shared import uncorrected, written_and_signed
from signing_service.workflows.changes_of_projects import PutSectionOut, ReserveSectionNo, SendSectionCode
from signing_service.workflows.checks_of_projects import LeaderKnown
from signing_service.workflows.effects import ProveAndArchive, TakeStep
from signing_service.workflows.procedure import Procedure, Step


def put_out_by_code(kind: SectionKind, code: str, title: str, title_en: str, summary: tuple[str, str]) -> Procedure:
    return Procedure(
        key=f"ct.{kind.value}",
        code=code,
        title=title,
        title_en=title_en,
        edition=EDITION,
        basis=BASIS,
        decision_days=0,
        initiator=DEVELOPER,
        roles=(DEVELOPER, kind.contractor, AUTHORITY, SignatoryRole.PLATFORM),
        form=put_out(kind),
        project_field="project_no",
        parties_from={kind.contractor: f"{kind.contractor.value}_uscc"},
        decided_at=RegionLevel.COUNTY,
        steps=(
            *_ordered(kind),
            *published(PutSectionOut(kind), SendSectionCode(kind)),
            *taken_on_by(kind),
        ),
        deadlines=(to_be_taken_on(kind),),
        summary=summary[0],
        summary_en=summary[1],
    )


def _ordered(kind: SectionKind) -> tuple[Step, ...]:
    order = order_of(kind)
    steps = written_and_signed(
        order, by=DEVELOPER, to=Stage.REVIEWED, shows=(OrderShown(),),
        provided=(*may_put_out(kind), LeaderKnown("contractor_leader")),
        then=(ProveAndArchive(order), TakeStep("publish")),
    )  # fmt: skip
    numbered = (ReserveSectionNo(kind),)
    return tuple(replace(step, changes=numbered) if step.name == "prepare" else step for step in uncorrected(steps))
