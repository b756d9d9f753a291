"""暂扣, 发还, 撤销, 吊销: what an authority does to a licence without an application; one officer proposes, another decides (domain text, §8.4)."""

from __future__ import annotations

from datetime import date

from signing_service.domain.dossier import Stage
from signing_service.domain.licences import LicenceStatus
from signing_service.domain.staff import Level
from signing_service.procedures.shared import AUTHORITY as BY_AUTHORITY
from signing_service.procedures.shared import notice_sent
from signing_service.procedures.special_operation.common import AUTHORITY, HOLDER, LICENCE_NO, PLATFORM, TOLD
from signing_service.workflows.changes import RecheckLicences, SetLicenceStatus, VoidForm
from signing_service.workflows.checks_of_special_operation import LicenceStands
from signing_service.workflows.procedure import Ending, Field, FieldType, Procedure, Section, Step


def done_by_authority(
    key: str,
    code: str,
    title: str,
    title_en: str,
    *,
    basis: str,
    of: tuple[LicenceStatus, ...],
    becomes: LicenceStatus,
    document: str,
    summary: str,
    summary_en: str,
) -> Procedure:
    """A decision with its reason, its basis and its letter; the licence has another status from that second."""
    stands = LicenceStands(of)
    return Procedure(
        key=key,
        code=code,
        title=f"建筑施工特种作业操作资格证书{title}",
        title_en=title_en,
        edition=date(2026, 1, 1),
        basis=basis,
        decision_days=20,
        initiator=AUTHORITY,
        roles=(HOLDER, AUTHORITY, PLATFORM),
        licence_field="licence_no",
        parties_from={HOLDER: "id_no"},
        told=TOLD,
        form=(
            Section(
                "证书与决定",
                (
                    LICENCE_NO,
                    Field("id_no", "持证人身份证号码", "ID number of the holder", FieldType.ID_NO),
                    Field("findings", "查明的事实", "What was found", FieldType.LONG_TEXT, most=600),
                    Field("legal_basis", "法律依据", "Legal basis", FieldType.TEXT, most=150),
                    Field(
                        "consequence", "后果与期限", "Consequences and term", FieldType.TEXT, most=150, required=False
                    ),
                ),
                "The licence and the decision",
            ),
        ),
        steps=(
            Step(
                "propose", "提出", by=BY_AUTHORITY, at=Stage.DRAFT, to=Stage.REVIEWED, provided=(stands,),
                level=Level.REVIEW, reads_draft=True, title_en="Propose",
            ),
            Step(
                "withdraw", "撤回", by=BY_AUTHORITY, at=Stage.DRAFT, to=Stage.WITHDRAWN, level=Level.REVIEW,
                changes=(VoidForm(),), optional=True, title_en="Withdraw",
            ),
            Step(
                "decide", title, by=BY_AUTHORITY, at=Stage.REVIEWED, to=Stage.CLOSED, provided=(stands,),
                changes=(SetLicenceStatus(becomes), RecheckLicences()), then=notice_sent(document),
                reason_required=True, level=Level.DECIDE, title_en=title_en,
                ending=None if becomes is LicenceStatus.IN_FORCE else Ending(
                    "void", f"证书已{title}", title_en, "理由和救济途径见决定书。",
                    "The decision says why, and what can be done about it.",
                ),
            ),
            Step(
                "drop", "不予" + title, by=BY_AUTHORITY, at=Stage.REVIEWED, to=Stage.REFUSED, reason_required=True,
                level=Level.DECIDE, title_en="Do not",
                ending=Ending("none", f"不予{title}", "It is not done", "证书状态不变。", "The licence stays as it was."),
            ),
        ),
        summary=summary,
        summary_en=summary_en,
    )  # fmt: skip
