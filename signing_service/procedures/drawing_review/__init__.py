"""数字化审图 (domain text, §10.4-10.5, §13.4): sheets are handed in, reviewed by experts in rounds, passed or not."""

from __future__ import annotations

from signing_service.procedures.drawing_review.consent import consent
from signing_service.procedures.drawing_review.early import early
from signing_service.procedures.drawing_review.review import design, survey
from signing_service.procedures.drawing_review.sheets import design_sheets, survey_sheets

DRAWING_REVIEW_PROCEDURES = (survey_sheets, design_sheets, consent, survey, design, early)
