"""The businesses, one file each, grouped by field. A new one is a file and a line here."""

from __future__ import annotations

from signing_service.procedures.account import ACCOUNT_PROCEDURES
from signing_service.procedures.constructor import CONSTRUCTOR_PROCEDURES
from signing_service.procedures.licence.annotate import annotate
from signing_service.procedures.special_operation.issue import issue
from signing_service.procedures.special_operation.renew import renew
from signing_service.workflows.catalogue import Catalogue

CATALOGUE = Catalogue((renew, issue, *CONSTRUCTOR_PROCEDURES, annotate, *ACCOUNT_PROCEDURES))
