"""施工许可开工提醒: before a permit lapses its developer has a todo that says by when works have to begin (建筑法 第九条).

The platform begins it by itself, and ends it as soon as works began, the time was extended, or the permit ended.
"""

from __future__ import annotations

from signing_service.domain.dossier import Stage
from signing_service.domain.permits import MOST_EXTENSIONS
from signing_service.procedures.permit.common import AUTHORITY, DEVELOPER, EDITION, LAW, PLATFORM, the_permit
from signing_service.procedures.shared import PLATFORM as BY_PLATFORM
from signing_service.workflows.deadlines import Deadline, calendar
from signing_service.workflows.procedure import Ending, Field, FieldType, Procedure, Step, any_of

remind = Procedure(
    key="pm.remind",
    code="SGTX",
    title="施工许可证开工期限提醒",
    title_en="Works of a construction permit have to begin",
    edition=EDITION,
    basis=f"{LAW}第九条",
    decision_days=0,
    initiator=DEVELOPER,
    initiators=(PLATFORM,),
    roles=(DEVELOPER, AUTHORITY, PLATFORM),
    project_field="project_no",
    licence_field="licence_no",
    on_offer=False,
    told_by_itself=True,
    leads_to=("pm.start", "pm.extend"),
    form=(
        the_permit(
            Field("start_by", "最迟开工日期", "Last day to begin", FieldType.DATE),
            Field("extensions_left", "还可申请延期次数", "Extensions left", FieldType.INTEGER, most=MOST_EXTENSIONS),
        ),
    ),
    steps=(
        Step("remind", "提醒开工期限", by=BY_PLATFORM, at=Stage.DRAFT, to=Stage.SUBMITTED, title_en="Remind"),
        Step(
            "acknowledge", "知悉开工期限", by=any_of(DEVELOPER), at=Stage.SUBMITTED, to=Stage.CLOSED, title_en="Note the time limit",
            ending=Ending(
                "todo", "已知悉开工期限", "The time limit was noted", "请按期办理开工登记，或者在期满前申请延期。",
                "Register the start of the works in time, or apply for an extension.",
            ),
        ),
        Step(
            "end", "无需再提醒", by=BY_PLATFORM, at=Stage.SUBMITTED, to=Stage.CLOSED, title_en="Not needed any more",
            ending=Ending(
                "none", "提醒已结束", "The reminder is over", "工程已开工、已申请延期，或者施工许可证已终止。",
                "Works began, an extension was applied for, or the permit ended.",
            ),
        ),
    ),
    deadlines=(Deadline("start", (Stage.SUBMITTED,), calendar(0), then="end", until="start_by", paused_at=()),),
    summary="施工许可证自行废止前，平台提醒建设单位按期办理开工登记或者申请延期。",
    summary_en="Before a permit lapses the platform reminds its developer to begin, or to have the time extended.",
)  # fmt: skip
