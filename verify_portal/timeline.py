"""Who sealed, when, and what that seal is worth: one entry a seal, in the order in which they were made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from signing_service.domain.register import PublicSeal
from signing_service.domain.verdicts import Report, Sentence, SignatureDetails, SignatureVerdict, Trust, Verdict

ROLES: dict[str, Sentence] = {
    "holder": Sentence("申请人", "Applicant"),
    "employer": Sentence("用人单位", "Employer"),
    "former_employer": Sentence("原聘用企业", "Former employer"),
    "new_employer": Sentence("现聘用企业", "New employer"),
    "authority": Sentence("颁发机关", "Issuing authority"),
    "platform": Sentence("平台核验", "Platform"),
}
_TIME_STAMP = Sentence("文档时间戳", "Document timestamp")
_UNNAMED = Sentence("其他签章", "Other signature")
_OF_UNKNOWN_ORIGIN = Sentence("来历不明的签章", "Signature of unknown origin")

WHY: dict[str, Sentence] = {
    "FORMAT_FAILURE": Sentence("签章格式不正确", "malformed"),
    "HASH_FAILURE": Sentence("签章之后内容被改动", "the sealed content was changed"),
    "SIG_CRYPTO_FAILURE": Sentence("密码验证不通过", "the cryptographic check failed"),
    "REVOKED": Sentence("签章前数字证书已被吊销", "the cert had been revoked"),
    "EXPIRED": Sentence("签章时数字证书已过期", "the cert had expired"),
    "NOT_YET_VALID": Sentence("签章时数字证书尚未生效", "the cert was not yet valid"),
    "SIG_CONSTRAINTS_FAILURE": Sentence("签章不符合规定", "against the rules for this signature"),
    "CHAIN_CONSTRAINTS_FAILURE": Sentence("数字证书链不符合规定", "the cert chain breaks a rule"),
    "CERTIFICATE_CHAIN_GENERAL_FAILURE": Sentence("数字证书链无法验证", "the cert chain could not be checked"),
    "CRYPTO_CONSTRAINTS_FAILURE": Sentence("使用了不够安全的算法", "the algorithm is too weak"),
    "NO_SIGNING_CERTIFICATE_FOUND": Sentence("缺少签章数字证书", "the signing cert is missing"),
    "NO_CERTIFICATE_CHAIN_FOUND": Sentence("签章者不在信任名单中", "the signer is not on the list of trust"),
    "REVOKED_NO_POE": Sentence("数字证书已吊销，无法证明签章在先", "the cert is revoked, no proof the seal came first"),
    "REVOKED_CA_NO_POE": Sentence(
        "上级数字证书已吊销，无法证明签章在先", "an issuing cert is revoked, no proof of time"
    ),
    "OUT_OF_BOUNDS_NO_POE": Sentence(
        "数字证书已过期，无法证明签章在先", "the cert has expired, no proof the seal came first"
    ),
    "OUT_OF_BOUNDS_NOT_REVOKED": Sentence("数字证书已过期", "the cert has expired"),
    "CRYPTO_CONSTRAINTS_FAILURE_NO_POE": Sentence("算法已不安全，无法证明签章在先", "the algorithm is too weak by now"),
    "TIMESTAMP_ORDER_FAILURE": Sentence("时间戳的先后不符", "the timestamps are out of order"),
    "TRY_LATER": Sentence("吊销状态暂时查不到", "revocation is not known at the moment"),
    "REVOCATION_OUT_OF_BOUNDS_NO_POE": Sentence("吊销状态没有足够新的依据", "revocation data is not recent enough"),
    "NO_POE": Sentence("没有可信时间证明", "no trusted proof of time"),
    "GENERIC": Sentence("使用了不支持的签名格式", "a signature format we do not support"),
    "POLICY_PROCESSING_ERROR": Sentence("验证规则无法执行", "the validation rules could not be applied"),
    "NO_CERTIFICATE_CHAIN_FOUND_NO_POE": Sentence(
        "签章者的上级曾被信任，现已不在信任名单中，无法证明签章在先",
        "the signer's authority is no longer on the list of trust, no proof the seal came first",
    ),
    "SIGNATURE_POLICY_NOT_AVAILABLE": Sentence("找不到签章所依据的规则", "the policy it was signed under is missing"),
    "SIGNED_DATA_NOT_FOUND": Sentence("找不到被签署的内容", "the signed content is missing"),
}
"""EN 319 102-1 sub-indications in words; one that is not here is shown as it is."""

LEVELS: dict[str, Sentence] = {
    "B-B": Sentence("基本签名，时间为自述", "basic, its time is claimed"),
    "B-T": Sentence("带时间戳，时间已证明", "time-stamped, its time is proven"),
    "B-LT": Sentence("带时间戳，并附验证所需的吊销状态", "time-stamped, with the revocation data to validate it"),
    "B-LTA": Sentence("长期存证：证书过期后仍可验证", "archival: can be validated after its certs have run out"),
    "DTS": Sentence("证明其前全部内容与时间", "proves all that is before it, and its time"),
}
"""Baseline levels of EN 319 142-1 in words."""

COVERS: dict[str, Sentence] = {
    "whole_file": Sentence("覆盖整份文件", "covers the whole file"),
    "revision": Sentence("覆盖签章时的全部内容", "covers all that was in the file when it was sealed"),
    "part": Sentence("只覆盖文件的一部分", "covers a part of the file only"),
    "nothing": Sentence("没有覆盖任何内容", "covers nothing"),
}

MARKS = ("passed", "failed", "open", "recorded")
"""``recorded``: kept in the register, not validated now."""

_MARKS = {Verdict.TOTAL_PASSED: "passed", Verdict.TOTAL_FAILED: "failed", Verdict.INDETERMINATE: "open"}
_RESULTS = {
    Verdict.TOTAL_PASSED: Sentence("签章有效", "Valid"),
    Verdict.TOTAL_FAILED: Sentence("签章无效", "Not valid"),
    Verdict.INDETERMINATE: Sentence("不能确认", "Not certain"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline."""

    mark: str
    """One of MARKS."""
    role: Sentence
    signer: str
    at: datetime | None
    proven: bool
    result: Sentence | None = None
    notes: tuple[Sentence, ...] = ()
    claimed: bool = False
    """Nobody we trust vouches for the signer: anybody can write any name into a cert of his own."""
    field: str = ""
    level: str = ""
    claimed_at: datetime | None = None
    """What the signer says, where another time is proven."""
    covers: Sentence | None = None
    after: Sentence | None = None
    """What came after it in the file."""
    details: SignatureDetails | None = None
    indication: Verdict | None = None
    sub_indication: str = ""

    @property
    def why(self) -> Sentence | None:
        """The sub-indication in words."""
        return WHY.get(self.sub_indication)

    @property
    def level_in_words(self) -> Sentence | None:
        return LEVELS.get(self.level)


def of_register(seals: tuple[PublicSeal, ...]) -> tuple[Entry, ...]:
    return tuple(Entry("recorded", seal.role, seal.signer, seal.at, seal.proven) for seal in seals)


def of_file(report: Report) -> tuple[Entry, ...]:
    return tuple(_entry(signature, report.trust) for signature in report.signatures)


def _entry(signature: SignatureVerdict, trust: Trust) -> Entry:
    details = signature.details
    claimed = signature.indication is not Verdict.TOTAL_PASSED and (
        trust is Trust.UNKNOWN or signature.sub_indication == "NO_CERTIFICATE_CHAIN_FOUND"
    )
    return Entry(
        mark="failed" if signature.changed_after else _MARKS[signature.indication],
        role=_OF_UNKNOWN_ORIGIN if claimed else _role(signature),
        signer=signature.signer,
        at=_moment(signature.signed_at),
        proven=signature.time_proven,
        result=_RESULTS[signature.indication],
        notes=tuple(_notes(signature)),
        claimed=claimed,
        field=signature.field,
        level=signature.level,
        claimed_at=_moment(details.claimed_at) if details and signature.time_proven else None,
        covers=COVERS.get(signature.covers),
        after=_after(signature),
        details=details,
        indication=signature.indication,
        sub_indication=signature.sub_indication,
    )


def _after(signature: SignatureVerdict) -> Sentence | None:
    """What follows in the file; where it was changed or the whole file is covered, that is said already."""
    if signature.changed_after or signature.details is None or signature.covers not in ("whole_file", "revision"):
        return None
    later = signature.details.others_after
    if later:
        return Sentence(
            f"其后又有 {later} 次签章或时间戳，都是允许的",
            f"followed by {later} permitted signature{'' if later == 1 else 's'} or timestamps",
        )
    if signature.covers == "revision":
        return Sentence("其后只追加了验证资料，没有改动内容", "followed by validation data only, nothing was changed")
    return Sentence("其后没有任何追加", "nothing follows")


def _role(signature: SignatureVerdict) -> Sentence:
    return _TIME_STAMP if signature.level == "DTS" else ROLES.get(signature.role, _UNNAMED)


def _notes(signature: SignatureVerdict) -> list[Sentence]:
    notes = []
    if signature.sub_indication:
        notes.append(WHY.get(signature.sub_indication, Sentence(signature.sub_indication, signature.sub_indication)))
    if signature.changed_after and signature.sub_indication != "HASH_FAILURE":
        notes.append(Sentence("此签章之后文件有改动", "the file was changed after this signature"))
    return notes


def _moment(text: str) -> datetime | None:
    """The time a file states; what it states wrongly is not shown."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
