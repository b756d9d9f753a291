"""What kinds and states of licences are called, wherever people read of them."""

from __future__ import annotations

from collections.abc import Mapping

from signing_service.domain.licences import LicenceStatus, LicenceType
from signing_service.domain.verdicts import Sentence

LICENCE_TITLES: Mapping[LicenceType, Sentence] = {
    LicenceType.SPECIAL_OPERATION: Sentence("建筑施工特种作业操作资格证书", "Special-operation licence (construction)"),
    LicenceType.CONSTRUCTOR: Sentence("二级建造师注册证书", "Constructor's registration licence (second class)"),
    LicenceType.REVIEW_PASS: Sentence("施工图设计文件审查合格书", "Certificate of drawing review"),
    LicenceType.CONSTRUCTION_PERMIT: Sentence("建筑工程施工许可证", "Construction permit"),
    LicenceType.COMPLETION_FILING: Sentence("竣工验收备案证明书", "Certificate of completion filing"),
    LicenceType.CONSTRUCTOR_TEMPORARY: Sentence(
        "二级建造师临时执业证书", "Constructor's temporary licence (second class)"
    ),
    LicenceType.QUALIFICATION: Sentence("建筑业企业资质证书", "Qualification of a construction enterprise"),
}

STATUSES: Mapping[LicenceStatus, Sentence] = {
    LicenceStatus.ISSUING: Sentence("制证中", "being issued"),
    LicenceStatus.IN_FORCE: Sentence("有效", "in force"),
    LicenceStatus.EXPIRED: Sentence("失效", "expired"),
    LicenceStatus.SUSPENDED: Sentence("暂扣", "suspended"),
    LicenceStatus.CANCELLED: Sentence("注销", "cancelled"),
    LicenceStatus.ANNULLED: Sentence("撤销", "annulled"),
    LicenceStatus.FORFEITED: Sentence("吊销", "forfeited"),
    LicenceStatus.TRANSFERRED: Sentence("转出", "transferred to another province"),
    LicenceStatus.SUPERSEDED: Sentence("已替代", "superseded"),
    LicenceStatus.COMPLETED: Sentence("已竣工", "completed"),
}
