"""施工许可 and 竣工备案 (domain text, §13.2 to §13.4)."""

from __future__ import annotations

from signing_service.procedures.permit.abolish import abolish
from signing_service.procedures.permit.extend import extend
from signing_service.procedures.permit.filing import filing
from signing_service.procedures.permit.permit import permit, permit_early
from signing_service.procedures.permit.remind import remind
from signing_service.procedures.permit.resume import resume
from signing_service.procedures.permit.start import start
from signing_service.procedures.permit.suspend import suspend

PERMIT_PROCEDURES = (permit, permit_early, start, remind, extend, suspend, resume, abolish, filing)
