"""Results of survey and design (domain text, §12)."""

from __future__ import annotations

from signing_service.procedures.result.design import design_results
from signing_service.procedures.result.survey import survey_results

RESULT_PROCEDURES = (survey_results, design_results)
