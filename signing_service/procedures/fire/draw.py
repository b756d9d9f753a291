"""随机抽查抽取: the platform promises a secret, closes the list, reveals; every moment stands in the journal (domain text, §14)."""

from __future__ import annotations

from datetime import date

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.procedures.fire.common import AUTHORITY, PLATFORM, REGULATION
from signing_service.procedures.shared import PLATFORM as BY_PLATFORM
from signing_service.workflows.effects import ProveAndArchive, RenderNotice, Seal, TakeStep
from signing_service.workflows.procedure import Field, FieldType, Procedure, Section, Step
from signing_service.workflows.shown_of_fire import OfRecord

RECORD = "draw_record"

draw = Procedure(
    key="fs.draw",
    code="CQJL",
    title="消防验收备案随机抽取",
    title_en="Random draw of fire safety filings",
    edition=date(2026, 1, 1),
    basis=f"{REGULATION}第三十七条",
    decision_days=0,
    initiator=PLATFORM,
    roles=(AUTHORITY, PLATFORM),
    on_offer=False,
    form=(
        Section(
            "事先公布的摘要",
            (Field("secret_hash", "秘密随机数的 SHA-256", "SHA-256 of the secret", FieldType.TEXT, most=64),),
            "Published beforehand",
        ),
    ),
    steps=(
        Step("commit", "锁定名单", by=BY_PLATFORM, at=Stage.DRAFT, to=Stage.CONFIRMED, title_en="Close the list"),
        Step(
            "reveal", "公布随机数并抽取", by=BY_PLATFORM, at=Stage.CONFIRMED, to=Stage.ISSUING,
            then=(
                RenderNotice(RECORD, (OfRecord(),), with_data=True),
                Seal(RECORD, SignatoryRole.PLATFORM),
                ProveAndArchive(RECORD),
                TakeStep("issue"),
            ),
            title_en="Reveal and draw",
        ),
        Step("issue", "公布记录", by=BY_PLATFORM, at=Stage.ISSUING, to=Stage.CLOSED, title_en="Publish the record"),
    ),
    summary="每日由平台随机抽取，记录向社会公布，任何人可以重新计算。",
    summary_en="Drawn every day by the platform; the record is published, and anybody can compute it again.",
)  # fmt: skip
