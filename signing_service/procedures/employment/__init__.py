"""聘用关系 (domain text, §9.2)."""

from __future__ import annotations

from signing_service.procedures.employment.bind import bind
from signing_service.procedures.employment.unbind import unbind

EMPLOYMENT_PROCEDURES = (bind, unbind)
