"""企业入库和建筑业企业资质 (domain text, §11, §17 rows 20 to 22)."""

from __future__ import annotations

from signing_service.procedures.qualification.onboard import onboard

QUALIFICATION_PROCEDURES = (onboard,)
