"""The words a table of steps may use, in closed lists: what is not in them is refused at start-up (``soundness``).

Each module of checks, changes or effects ends with the tuple of its own; a new word is a line there, a new module a
line here. How a change is made says ``apply.APPLIED_BY``, how an effect is done ``perform.PERFORMERS``.
"""

from __future__ import annotations

from signing_service.workflows.account_checks import CHECKS_OF_ACCOUNTS
from signing_service.workflows.changes import GENERAL_CHANGES
from signing_service.workflows.changes_of_fire import CHANGES_OF_FIRE
from signing_service.workflows.changes_of_permits import CHANGES_OF_PERMITS
from signing_service.workflows.changes_of_projects import CHANGES_OF_PROJECTS
from signing_service.workflows.changes_of_reviews import CHANGES_OF_REVIEWS
from signing_service.workflows.checks import GENERAL_CHECKS
from signing_service.workflows.checks_of_employment import CHECKS_OF_EMPLOYMENT
from signing_service.workflows.checks_of_fire import CHECKS_OF_FIRE
from signing_service.workflows.checks_of_permits import CHECKS_OF_PERMITS
from signing_service.workflows.checks_of_projects import CHECKS_OF_PROJECTS
from signing_service.workflows.checks_of_qualifications import CHECKS_OF_QUALIFICATIONS
from signing_service.workflows.checks_of_reviews import CHECKS_OF_REVIEWS
from signing_service.workflows.checks_of_sections import CHECKS_OF_SECTIONS
from signing_service.workflows.checks_of_special_operation import CHECKS_OF_SPECIAL_OPERATION
from signing_service.workflows.correcting import SomethingToCorrect
from signing_service.workflows.effects import GENERAL_EFFECTS
from signing_service.workflows.effects_of_reviews import EFFECTS_OF_REVIEWS
from signing_service.workflows.effects_of_sheets import EFFECTS_OF_SHEETS
from signing_service.workflows.registration import CHECKS_OF_REGISTRATION

CHECKS = (
    *GENERAL_CHECKS,
    *CHECKS_OF_ACCOUNTS,
    *CHECKS_OF_EMPLOYMENT,
    *CHECKS_OF_SPECIAL_OPERATION,
    SomethingToCorrect,
    *CHECKS_OF_REGISTRATION,
    *CHECKS_OF_QUALIFICATIONS,
    *CHECKS_OF_PROJECTS,
    *CHECKS_OF_SECTIONS,
    *CHECKS_OF_REVIEWS,
    *CHECKS_OF_PERMITS,
    *CHECKS_OF_FIRE,
)
CHANGES = (*GENERAL_CHANGES, *CHANGES_OF_PROJECTS, *CHANGES_OF_REVIEWS, *CHANGES_OF_PERMITS, *CHANGES_OF_FIRE)
EFFECTS = (*GENERAL_EFFECTS, *EFFECTS_OF_SHEETS, *EFFECTS_OF_REVIEWS)
