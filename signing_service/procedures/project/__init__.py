"""Projects: registered, changed, removed (domain text, §10.2, §13)."""

from __future__ import annotations

from signing_service.procedures.project.change import change
from signing_service.procedures.project.early import early
from signing_service.procedures.project.register import register
from signing_service.procedures.project.remove import remove

PROJECT_PROCEDURES = (register, early, change, remove)
