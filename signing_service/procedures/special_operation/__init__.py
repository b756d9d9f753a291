"""建筑施工特种作业人员 (domain text, §8)."""

from __future__ import annotations

from signing_service.procedures.special_operation.annul import annul
from signing_service.procedures.special_operation.backfill import backfill
from signing_service.procedures.special_operation.cancel import cancel
from signing_service.procedures.special_operation.correct import correct
from signing_service.procedures.special_operation.exam import exam
from signing_service.procedures.special_operation.forfeit import forfeit
from signing_service.procedures.special_operation.issue import issue
from signing_service.procedures.special_operation.renew import renew
from signing_service.procedures.special_operation.resume import resume
from signing_service.procedures.special_operation.suspend import suspend
from signing_service.procedures.special_operation.transfer_in import transfer_in
from signing_service.procedures.special_operation.transfer_out import transfer_out

SPECIAL_OPERATION_PROCEDURES = (
    exam,
    issue,
    backfill,
    correct,
    renew,
    cancel,
    transfer_in,
    transfer_out,
    suspend,
    resume,
    annul,
    forfeit,
)
