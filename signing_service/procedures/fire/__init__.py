"""消防 (domain text, §14): design review, acceptance, filing with its draw, check, re-check."""

from __future__ import annotations

from signing_service.procedures.fire.accept import accept
from signing_service.procedures.fire.check import check
from signing_service.procedures.fire.design import design
from signing_service.procedures.fire.draw import draw
from signing_service.procedures.fire.recheck import recheck
from signing_service.procedures.fire.record import record

FIRE_PROCEDURES = (design, accept, record, draw, check, recheck)
