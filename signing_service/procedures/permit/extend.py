"""施工许可证延期: the works cannot begin in time; twice at most, three months at most each (建筑法 第九条)."""

from __future__ import annotations

from signing_service.domain.codes import RegionLevel
from signing_service.domain.dossier import Stage
from signing_service.domain.permits import LONGEST_EXTENSION
from signing_service.procedures.permit.common import (
    AUTHORITY,
    DEVELOPER,
    EDITION,
    LAW,
    OTHER_FILES,
    PLATFORM,
    sheets_issued,
    the_permit,
)
from signing_service.procedures.shared import (
    TO_ACCEPT,
    TO_CORRECT,
    decided,
    form_closed,
    issued,
    taken_in,
    to_decide,
    written_and_signed,
)
from signing_service.workflows.changes_of_permits import ExtendStart
from signing_service.workflows.checks import HasKey
from signing_service.workflows.checks_of_permits import ExtensionLeft, NotStartedYet, PermitStands
from signing_service.workflows.checks_of_projects import ProjectKnown
from signing_service.workflows.licensing_of_permits import NOTED
from signing_service.workflows.procedure import Check, Field, FieldType, Procedure, Section
from signing_service.workflows.shown_of_permits import ExtensionShown

FORM = "pm_extend_form"
DAYS = 5
MAY_EXTEND: tuple[Check, ...] = (ProjectKnown(), PermitStands(), NotStartedYet(), ExtensionLeft())

extend = Procedure(
    key="pm.extend",
    code="SGYQ",
    title="建筑工程施工许可证延期",
    title_en="Extension of a construction permit",
    edition=EDITION,
    basis=f"{LAW}第九条",
    decision_days=DAYS,
    initiator=DEVELOPER,
    roles=(DEVELOPER, AUTHORITY, PLATFORM),
    project_field="project_no",
    licence_field="licence_no",
    decided_at=RegionLevel.COUNTY,
    form=(
        the_permit(Field("mobile", "联系电话", "Telephone", FieldType.PHONE)),
        Section(
            "延期申请",
            (
                Field(
                    "months", "延期月数", "Months", FieldType.INTEGER, least=1, most=LONGEST_EXTENSION,
                    hint="每次不超过三个月，以两次为限。", hint_en="Three at most, and twice at most.",
                ),
                Field("reason", "不能按期开工的原因", "Why the works cannot begin", FieldType.LONG_TEXT, most=300),
                OTHER_FILES,
            ),
            "The extension",
        ),
    ),
    steps=(
        *written_and_signed(
            FORM, by=DEVELOPER, to=Stage.CONFIRMED, provided=(*MAY_EXTEND, HasKey(DEVELOPER)),
            shows=(ExtensionShown(),),
        ),
        *taken_in(),
        *decided(
            (*form_closed(FORM), *sheets_issued(NOTED, ExtensionShown())), at=Stage.ACCEPTED,
            provided=(NotStartedYet(), ExtensionLeft()),
        ),
        issued(ExtendStart()),
    ),
    deadlines=(TO_ACCEPT, TO_CORRECT, to_decide(DAYS)),
    summary="领取施工许可证后不能按期开工的，期满前申请延期；以两次为限，每次不超过三个月。",
    summary_en="Works that cannot begin in time: apply before the time is over; twice at most, three months at most each.",
)  # fmt: skip
