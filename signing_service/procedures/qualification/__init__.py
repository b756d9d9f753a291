"""企业入库和建筑业企业资质 (domain text, §11, §17 rows 20 to 22)."""

from __future__ import annotations

from signing_service.procedures.qualification.apply import eq_apply
from signing_service.procedures.qualification.cancel import eq_cancel
from signing_service.procedures.qualification.change import eq_change
from signing_service.procedures.qualification.confirm import confirm
from signing_service.procedures.qualification.onboard import onboard
from signing_service.procedures.qualification.renew import eq_renew

QUALIFICATION_PROCEDURES = (onboard, eq_apply, confirm, eq_renew, eq_change, eq_cancel)
