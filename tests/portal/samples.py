"""A small register of synthetic people and organisations with every status, and reports as validation gives them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from signing_service.domain.documents import DocumentKind, sha256_of
from signing_service.domain.register import CopyFacts, PublicDocument, PublicSeal, RegisterStatus
from signing_service.domain.verdicts import (
    CertFacts,
    Foreseen,
    Integrity,
    Report,
    RevocationFacts,
    Sentence,
    SignatureDetails,
    SignatureVerdict,
    Trust,
    Verdict,
)
from verify_portal.app import PortalConfig

NOW = datetime(2026, 11, 22, 2, 30, tzinfo=UTC)
HOST = "verify.signing-service.example"
ORIGIN = f"https://{HOST}"


def pdf(name: str) -> bytes:
    """Bytes that pass for the file ``name``."""
    return b"%PDF-1.7\n% " + name.encode()


AUTHORITY_SEAL = PublicSeal(
    Sentence("颁发机关", "Issuing authority"), "江西省住房和城乡建设厅", datetime(2023, 3, 1, 1, 12, tzinfo=UTC), True
)
PLATFORM_SEAL = PublicSeal(
    Sentence("平台核验", "Platform"), "电子证照签发平台", datetime(2023, 3, 1, 1, 13, tzinfo=UTC), True
)

LICENCE = PublicDocument(
    kind=DocumentKind.LICENCE,
    title=Sentence("建筑施工特种作业操作资格证书", "Operator licence for special work in construction"),
    number="赣A042019000123",
    status=RegisterStatus.IN_FORCE,
    status_since=date(2023, 3, 1),
    holder="王**",
    holder_id_last4="0014",
    organisation="南昌赣江建设工程有限公司",
    categories=(Sentence("建筑起重机械司机（塔式起重机）", "Tower crane operator"),),
    issuer="江西省住房和城乡建设厅",
    issued_on=date(2023, 3, 1),
    valid_from=date(2023, 3, 1),
    valid_until=date(2029, 2, 28),
    file_sha256=sha256_of(pdf("in_force")),
    seals=(AUTHORITY_SEAL, PLATFORM_SEAL),
)

FORM = PublicDocument(
    kind=DocumentKind.FORM,
    title=Sentence("二级建造师执业企业变更申请表", "Application to change a constructor's employer"),
    number="JZ0220261103000017",
    status=RegisterStatus.IN_PROGRESS,
    holder="欧**",
    holder_id_last4="0028",
    organisation="九江庐山路桥有限公司",
    categories=(Sentence("建筑工程", "Building works"), Sentence("市政公用工程", "Municipal works")),
    issuer="南昌市住房和城乡建设局",
    issued_on=date(2026, 11, 3),
    file_sha256=sha256_of(pdf("form_in_progress")),
    seals=(
        PublicSeal(Sentence("本人", "Holder"), "欧**", datetime(2026, 11, 3, 3, 0, tzinfo=UTC), True),
        PublicSeal(Sentence("原单位", "Former employer"), "九江庐山路桥有限公司", None, False),
    ),
    form_version=2,
    stage=Sentence("新单位确认", "To be confirmed by the new employer"),
)

NOTICE = PublicDocument(
    kind=DocumentKind.NOTICE,
    title=Sentence("行政许可受理通知书", "Notice of acceptance"),
    number="赣建许受字〔2026〕0001号",
    status=RegisterStatus.COMPLETE,
    holder="王**",
    holder_id_last4="0014",
    issuer="江西省住房和城乡建设厅",
    issued_on=date(2026, 11, 5),
    file_sha256=sha256_of(pdf("notice_complete")),
    seals=(AUTHORITY_SEAL,),
)


def _licence(name: str, **changes: object) -> PublicDocument:
    return replace(LICENCE, file_sha256=sha256_of(pdf(name)), **changes)  # type: ignore[arg-type]


SINCE = date(2026, 5, 6)
COPY = CopyFacts("赣A042019000123-J007", "参加赣江大桥工程投标", date(2027, 4, 18))

DOCUMENTS: dict[str, PublicDocument] = {
    "in_force": LICENCE,
    "no_end": _licence(
        "no_end", valid_until=None, holder="江西滕王阁建设有限公司", holder_id_last4="", organisation=""
    ),
    "lapsed": _licence(
        "lapsed",
        valid_until=None,
        holder="江西滕王阁建设有限公司",
        holder_id_last4="",
        organisation="",
        status=RegisterStatus.EXPIRED,
        status_since=date(2026, 5, 6),
    ),
    "replaced": _licence(
        "replaced",
        valid_until=None,
        holder="江西滕王阁建设有限公司",
        holder_id_last4="",
        organisation="",
        status=RegisterStatus.CANCELLED,
        status_since=date(2026, 5, 6),
        replaced_by="360102202703150101",
        works="赣江示例花园一期工程",
    ),
    "not_yet": _licence("not_yet", valid_from=date(2026, 12, 1)),
    "expiring": _licence("expiring", valid_until=date(2026, 12, 31)),
    "last_day": _licence("last_day", valid_until=date(2026, 11, 22)),
    "expired": _licence("expired", valid_until=date(2026, 11, 21)),
    "suspended": _licence("suspended", status=RegisterStatus.SUSPENDED, status_since=SINCE),
    "cancelled": _licence("cancelled", status=RegisterStatus.CANCELLED, status_since=SINCE),
    "annulled": _licence("annulled", status=RegisterStatus.ANNULLED, status_since=SINCE),
    "forfeited": _licence("forfeited", status=RegisterStatus.FORFEITED, status_since=SINCE),
    "superseded": _licence("superseded", status=RegisterStatus.SUPERSEDED, status_since=SINCE, superseded=True),
    "transferred": _licence("transferred", status=RegisterStatus.TRANSFERRED, status_since=SINCE),
    "completed": _licence("completed", status=RegisterStatus.COMPLETED, status_since=SINCE),
    "copy_in_term": _licence("copy_in_term", copy=COPY),
    "copy_ending": _licence("copy_ending", copy=replace(COPY, valid_until=date(2026, 11, 25))),
    "copy_expired": _licence("copy_expired", copy=replace(COPY, valid_until=date(2026, 11, 21))),
    "copy_of_cancelled": _licence("copy_of_cancelled", copy=COPY, status=RegisterStatus.CANCELLED, status_since=SINCE),
    "form_in_progress": FORM,
    "form_complete": replace(
        FORM, status=RegisterStatus.COMPLETE, stage=None, file_sha256=sha256_of(pdf("form_complete"))
    ),
    "form_void": replace(FORM, status=RegisterStatus.VOID, superseded=True, file_sha256=sha256_of(pdf("form_void"))),
    "notice_complete": NOTICE,
    "notice_void": replace(
        NOTICE, status=RegisterStatus.VOID, status_since=SINCE, file_sha256=sha256_of(pdf("notice_void"))
    ),
}


def code_of(name: str) -> str:
    return name.replace("_", "").upper().ljust(26, "A")


def check_code_of(name: str) -> str:
    return name.replace("_", "").upper()[:11].ljust(12, "7")


HOLDER = ("王小明", "070014")
"""Who holds all of them: the name and the last six of the identity number, as a viewer types them."""


@dataclass
class Register:
    """The protocol ``Lookup`` over a plain dict, with the files made here that are not public."""

    documents: dict[str, PublicDocument] = field(default_factory=lambda: dict(DOCUMENTS))
    earlier: dict[str, str] = field(default_factory=lambda: {sha256_of(pdf("earlier")): "form_complete"})
    unpublished: frozenset[str] = frozenset({sha256_of(pdf("unpublished"))})
    asked: list[str] = field(default_factory=list)
    compared: list[str] = field(default_factory=list)

    def by_code(self, code: str) -> PublicDocument | None:
        self.asked.append(code)
        return next((document for name, document in self.documents.items() if code_of(name) == code), None)

    def by_check_code(self, code: str) -> PublicDocument | None:
        self.asked.append(code)
        return next((document for name, document in self.documents.items() if check_code_of(name) == code), None)

    def by_number(self, number: str, check_code: str) -> PublicDocument | None:
        document = self.by_check_code(check_code)
        agrees = document and "".join(one for one in document.number.upper() if one.isalnum()) == number
        return document if agrees else None

    def holder_matches(self, code: str, name: str, last6: str) -> bool:
        self.compared.append(code)
        known = next((one for one in self.documents if code in (code_of(one), check_code_of(one))), None)
        return known is not None and (name, last6) == HOLDER

    def by_sha256(self, sha: str) -> PublicDocument | None:
        if sha in self.earlier:
            return self.documents[self.earlier[sha]]
        return next((document for document in self.documents.values() if document.file_sha256 == sha), None)

    def is_registered(self, sha: str) -> bool:
        return sha in self.unpublished or self.by_sha256(sha) is not None


CHAIN = (
    CertFacts(
        "CN=江西省住房和城乡建设厅, C=CN", "CN=政务数字证书 CA 二, C=CN", "4A1F09C2D7",
        "2022-06-01T00:00:00+00:00", "2027-06-01T00:00:00+00:00", "EC secp256r1", "1f" * 32,
    ),
    CertFacts(
        "CN=政务数字证书 CA 二, C=CN", "CN=政务数字证书根, C=CN", "02",
        "2018-01-01T00:00:00+00:00", "2033-01-01T00:00:00+00:00", "EC secp384r1", "2e" * 32,
    ),
    CertFacts(
        "CN=政务数字证书根, C=CN", "CN=政务数字证书根, C=CN", "01",
        "2015-01-01T00:00:00+00:00", "2045-01-01T00:00:00+00:00", "EC secp384r1", "3d" * 32, is_anchor=True,
    ),
)  # fmt: skip
DETAILS = SignatureDetails(
    digest="sha256",
    algorithm="sha256_ecdsa",
    claimed_at="2023-03-01T09:11:58+08:00",
    proven_at="2023-03-01T01:12:00+00:00",
    timestamped_by="国家授时时间戳服务",
    chain=CHAIN,
    revocation=RevocationFacts("good", "ocsp", "2023-03-01T01:12:01+00:00", "2023-03-02T01:12:01+00:00"),
    lasts_until="2031-05-31",
    others_after=2,
)
SEALED = SignatureVerdict(
    field="authority",
    role="authority",
    indication=Verdict.TOTAL_PASSED,
    sub_indication="",
    level="B-LT",
    signer="江西省住房和城乡建设厅",
    signed_at="2023-03-01T01:12:00+00:00",
    time_proven=True,
    covers="revision",
    changed_after=False,
    details=DETAILS,
)
PASSED = Report(
    verdict=Verdict.TOTAL_PASSED,
    integrity=Integrity.INTACT,
    trust=Trust.TRUSTED,
    reason="PASSED",
    sentence=Sentence("签名有效，文件自签章后未被改动。", "Signatures valid, unchanged since sealing."),
    signatures=(
        SEALED,
        replace(
            SEALED, field="platform", role="platform", level="B-LTA", signer="电子证照签发平台",
            details=replace(DETAILS, others_after=1),
        ),
        replace(
            SEALED, field="dts", role="", level="DTS", signer="国家授时时间戳服务", covers="whole_file",
            details=replace(DETAILS, claimed_at="", timestamped_by="", others_after=0),
        ),
    ),
    foreseen=Foreseen("2036-11-22T02:30:00+00:00", Verdict.TOTAL_PASSED, "GENUINE"),
)  # fmt: skip
REPORTS: dict[str, Report] = {
    "changed": Report(
        Verdict.TOTAL_FAILED,
        Integrity.CHANGED,
        Trust.TRUSTED,
        "CHANGED_AFTER_SEALING",
        Sentence("文件在签章后被改动，改动处已标出。", "Changed after sealing; the changes are marked."),
        (
            replace(
                SEALED,
                changed_after=True,
                indication=Verdict.TOTAL_FAILED,
                sub_indication="FORMAT_FAILURE",
                signed_at="2023-03-01T09:12:00+08:00",
                time_proven=False,
            ),
        ),
    ),
    "broken": Report(
        Verdict.TOTAL_FAILED,
        Integrity.BROKEN,
        Trust.UNKNOWN,
        "SIGNATURE_BROKEN",
        Sentence(
            "签章验证不通过，文件内容与签章时不同。",
            "The seal does not verify: the content differs from what was sealed.",
        ),
        (replace(SEALED, indication=Verdict.TOTAL_FAILED, sub_indication="HASH_FAILURE", covers="part"),),
    ),
    "foreign": Report(
        Verdict.INDETERMINATE,
        Integrity.INTACT,
        Trust.UNKNOWN,
        "SIGNER_UNKNOWN",
        Sentence("签名完整，但签发者不在信任名单中。", "Signature intact, signer not known to us."),
        (
            replace(
                SEALED,
                field="Signature1",
                role="",
                signer="江西省住房和城乡建设厅",
                indication=Verdict.INDETERMINATE,
                sub_indication="NO_CERTIFICATE_CHAIN_FOUND",
                level="B-B",
                time_proven=False,
                details=replace(
                    DETAILS,
                    proven_at="",
                    timestamped_by="",
                    chain=CHAIN[:1],
                    revocation=RevocationFacts("unknown"),
                ),
            ),
        ),
    ),
    "revoked": Report(
        Verdict.TOTAL_FAILED,
        Integrity.INTACT,
        Trust.UNTRUSTED,
        "SIGNER_REVOKED",
        Sentence("签章时数字证书已被吊销，签章不可信。", "The signing cert was revoked before it sealed this file."),
        (replace(SEALED, indication=Verdict.TOTAL_FAILED, sub_indication="REVOKED"),),
    ),
    "try_later": Report(
        Verdict.INDETERMINATE,
        Integrity.INTACT,
        Trust.TRUSTED,
        "REVOCATION_UNKNOWN",
        Sentence("签名完整，但吊销状态暂时查不到。", "Signature intact; revocation is not known at the moment."),
        (replace(SEALED, indication=Verdict.INDETERMINATE, sub_indication="TRY_LATER"),),
    ),
    "expired_signer": Report(
        Verdict.INDETERMINATE,
        Integrity.INTACT,
        Trust.UNTRUSTED,
        "SIGNER_EXPIRED",
        Sentence("签名完整，但签署者的数字证书已过期。", "Signature intact, but the signer's cert has expired."),
        (replace(SEALED, indication=Verdict.INDETERMINATE, sub_indication="OUT_OF_BOUNDS_NO_POE"),),
    ),
    "misused": Report(
        Verdict.INDETERMINATE,
        Integrity.INTACT,
        Trust.UNTRUSTED,
        "KEY_USAGE_WRONG",
        Sentence("数字证书不是用于签署文件的。", "The signer's cert is not meant for signing documents."),
        (replace(SEALED, indication=Verdict.INDETERMINATE, sub_indication="CHAIN_CONSTRAINTS_FAILURE"),),
    ),
    "alarm": Report(
        Verdict.INDETERMINATE,
        Integrity.INTACT,
        Trust.TRUSTED,
        "NOT_IN_REGISTER",
        Sentence(
            "警告：文件带有本平台的签章，但登记中没有这份文件，请勿采信。",
            "Warning: sealed with a key of ours, not registered.",
        ),
        (SEALED,),
    ),
    "unsigned": Report(
        Verdict.INDETERMINATE,
        Integrity.UNREADABLE,
        Trust.UNKNOWN,
        "NO_SIGNATURE",
        Sentence(
            "这份 PDF 里没有电子签章，无法判断真伪。",
            "There is no signature in this PDF, so nothing can be said of it.",
        ),
        (),
    ),
}


@dataclass
class Validation:
    """Knows the bytes of ``pdf(name)`` and gives the report of that name; every other file passes."""

    seen: int = 0

    def __call__(self, data: bytes) -> Report:
        self.seen += 1
        name = data.rpartition(b"% ")[2].decode(errors="replace")
        return replace(REPORTS.get(name, PASSED), sha256=sha256_of(data))


CONFIG = PortalConfig(public_origin=ORIGIN, max_upload_mb=1, uploads_per_minute=1000, misses_per_minute=1000)
