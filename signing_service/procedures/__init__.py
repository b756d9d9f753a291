"""The businesses, one file each, grouped by field.

A new one is a file and its name in the tuple of its field's package: ``procedures/<field>/__init__.py``.
"""

from __future__ import annotations

from signing_service.procedures.account import ACCOUNT_PROCEDURES
from signing_service.procedures.constructor import CONSTRUCTOR_PROCEDURES
from signing_service.procedures.contract import CONTRACT_PROCEDURES
from signing_service.procedures.drawing_review import DRAWING_REVIEW_PROCEDURES
from signing_service.procedures.employment import EMPLOYMENT_PROCEDURES
from signing_service.procedures.fire import FIRE_PROCEDURES
from signing_service.procedures.licence import LICENCE_PROCEDURES
from signing_service.procedures.permit import PERMIT_PROCEDURES
from signing_service.procedures.project import PROJECT_PROCEDURES
from signing_service.procedures.qualification import QUALIFICATION_PROCEDURES
from signing_service.procedures.result import RESULT_PROCEDURES
from signing_service.procedures.special_operation import SPECIAL_OPERATION_PROCEDURES
from signing_service.workflows.catalogue import Catalogue

CATALOGUE = Catalogue(
    (
        *EMPLOYMENT_PROCEDURES,
        *SPECIAL_OPERATION_PROCEDURES,
        *CONSTRUCTOR_PROCEDURES,
        *LICENCE_PROCEDURES,
        *ACCOUNT_PROCEDURES,
        *PROJECT_PROCEDURES,
        *CONTRACT_PROCEDURES,
        *RESULT_PROCEDURES,
        *DRAWING_REVIEW_PROCEDURES,
        *PERMIT_PROCEDURES,
        *FIRE_PROCEDURES,
        *QUALIFICATION_PROCEDURES,
    )
)
