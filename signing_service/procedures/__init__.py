"""The businesses, one file each, grouped by field. A new one is a file and a line here."""

from __future__ import annotations

from signing_service.procedures.account import ACCOUNT_PROCEDURES
from signing_service.procedures.constructor import CONSTRUCTOR_PROCEDURES
from signing_service.procedures.contract import CONTRACT_PROCEDURES
from signing_service.procedures.drawing_review import DRAWING_REVIEW_PROCEDURES
from signing_service.procedures.employment.bind import bind
from signing_service.procedures.employment.unbind import unbind
from signing_service.procedures.fire import FIRE_PROCEDURES
from signing_service.procedures.licence.annotate import annotate
from signing_service.procedures.permit import PERMIT_PROCEDURES
from signing_service.procedures.project import PROJECT_PROCEDURES
from signing_service.procedures.qualification import QUALIFICATION_PROCEDURES
from signing_service.procedures.result import RESULT_PROCEDURES
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
from signing_service.workflows.catalogue import Catalogue

CATALOGUE = Catalogue(
    (
        bind, unbind,
        exam, issue, backfill, correct, renew, cancel, transfer_in, transfer_out, suspend, resume, annul, forfeit,
        *CONSTRUCTOR_PROCEDURES, annotate, *ACCOUNT_PROCEDURES,
        *PROJECT_PROCEDURES, *CONTRACT_PROCEDURES, *RESULT_PROCEDURES,
        *DRAWING_REVIEW_PROCEDURES,
        *PERMIT_PROCEDURES,
        *FIRE_PROCEDURES,
        *QUALIFICATION_PROCEDURES,
    )
)  # fmt: skip
