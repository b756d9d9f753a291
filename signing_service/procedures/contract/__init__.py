"""Work put out and taken on: survey, design, construction, supervision (domain text, §12, §13.1)."""

from __future__ import annotations

from signing_service.domain.projects import SectionKind
from signing_service.procedures.contract.changed import changed
from signing_service.procedures.contract.construction import construction
from signing_service.procedures.contract.design import design
from signing_service.procedures.contract.supervision import supervision
from signing_service.procedures.contract.survey import survey

CONTRACT_PROCEDURES = (survey, design, construction, supervision, *(changed(kind) for kind in SectionKind))
