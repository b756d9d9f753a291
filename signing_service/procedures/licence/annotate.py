"""证书加注（使用件）: a holder has a copy of a licence made for one purpose and a limited time (domain text, §4.8, §17 no. 19).

The copy bears its own number and code, and is sealed by the platform; what the licence is worth, it is worth.
"""

from __future__ import annotations

from datetime import date

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.procedures.shared import LICENCE_LEVEL, PLATFORM, withdrawn_by
from signing_service.workflows.checks import CopyMayBeMade, OwnLicenceInForce, PhotoOnRecord
from signing_service.workflows.effects import ProveAndArchive, RenderCopy, Seal, TakeStep
from signing_service.workflows.fields import Prefill
from signing_service.workflows.procedure import Field, FieldType, Procedure, Section, Step, any_of

HOLDER, AUTHORITY, SEALER = SignatoryRole.HOLDER, SignatoryRole.AUTHORITY, SignatoryRole.PLATFORM
COPY = RenderCopy(days=180)
"""加注之日起 180 日, the day itself counted."""

annotate = Procedure(
    key="cert.annotate",
    code="CTAN",
    title="电子证照加注（使用件）",
    title_en="Copy of a licence for one purpose and a limited time",
    edition=date(2026, 1, 1),
    basis="《国务院关于在线政务服务的若干规定》（国务院令第716号）",
    decision_days=1,
    initiator=HOLDER,
    roles=(HOLDER, AUTHORITY, SEALER),
    licence_field="licence_no",
    form=(
        Section(
            "加注内容",
            (
                Field("licence_no", "证照编号", "Licence number", FieldType.LICENCE_NO, prefill=Prefill.LICENCE),
                Field(
                    "purpose", "使用用途", "Purpose", FieldType.LONG_TEXT,
                    hint="印在使用件上，最多 60 字，如：某工程投标。", hint_en="Printed on the copy; up to 60 characters.",
                ),
                Field(
                    "recipient", "使用单位", "Who it is for", FieldType.LONG_TEXT, required=False,
                    hint="只给一家单位用的，写明单位名称。", hint_en="Its name, when one organisation alone is to use it.",
                ),
                Field(
                    "until", "使用期限至", "To be used until", FieldType.DATE, required=False,
                    hint="不填为 180 日（含当日），证照先到期的到该日为止。",
                    hint_en="Left open: 180 days, today included, or until the licence ends.",
                ),
            ),
        ),
    ),
    steps=(
        Step(
            "submit", "申请加注", by=any_of(HOLDER), at=Stage.DRAFT, to=Stage.ISSUING,
            provided=(OwnLicenceInForce(), CopyMayBeMade(COPY.days), PhotoOnRecord()),
            then=(
                COPY,
                Seal(COPY.template, SEALER, LICENCE_LEVEL),
                ProveAndArchive(COPY.template),
                TakeStep("issue"),
            ),
        ),
        *withdrawn_by(any_of(HOLDER), Stage.DRAFT),
        Step("issue", "制证", by=PLATFORM, at=Stage.ISSUING, to=Stage.CLOSED),
    ),
)  # fmt: skip
