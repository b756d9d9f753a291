"""The one answer a stranger gets: what the register says today, what validation says of the file, said together.

Every way of asking, by QR code, by typed check code, by uploaded file, on a page or as JSON, comes through ``combine``.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol

from signing_service.domain.dates import in_chinese, in_english
from signing_service.domain.documents import DocumentKind
from signing_service.domain.register import (
    CopyFacts,
    PublicDocument,
    RegisterStatus,
    is_found_by_search,
    status_on,
)
from signing_service.domain.verdicts import Integrity, Report, Sentence, Trust, Verdict


class Lookup(Protocol):
    """The public register, read only."""

    def by_code(self, code: str) -> PublicDocument | None:
        """The document whose QR carries ``code``, in capitals, or None when there is none or it is not public."""
        ...

    def by_number(self, number: str, check_code: str) -> PublicDocument | None:
        """The document with this 查验码 if this is its number too, both in capitals and without spaces or brackets."""
        ...

    def holder_matches(self, code: str, name: str, last6: str) -> bool:
        """Whether the document with this code, of its QR or typed, is held by a person of exactly this name whose
        identity number ends so. False too for what is not public, unknown, or held by nobody or an organisation.
        """
        ...

    def by_sha256(self, sha: str) -> PublicDocument | None:
        """The public document one of whose files has this SHA-256, be it the complete file or an earlier revision."""
        ...

    def is_registered(self, sha: str) -> bool:
        """Whether a file with this SHA-256 was made here, public or not."""
        ...


class Verifier(Protocol):
    """Validates a file as a stranger would; called in a thread. May raise Problem, as for a file that takes too long."""

    def __call__(self, data: bytes, /, at: datetime | None = None) -> Report:
        """``at``: as of another time than now; left out by whoever asks about today."""
        ...


class Tone(StrEnum):
    """How the answer looks; each has a shape, a word and a colour of its own."""

    GENUINE = "genuine"
    """A check in a circle, jade: rely on it."""
    CAUTION = "caution"
    """An exclamation mark in a triangle, amber: do not rely on it before something else is known."""
    VOID = "void"
    """A cross in a solid octagon, seal red: do not rely on it."""
    UNKNOWN = "unknown"
    """A question mark in a square, grey: nothing can be said."""
    MATERIAL = "material"
    """A sheet of paper, ink: an application, not a licence."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is, why, and what to do."""

    tone: Tone
    reason: str
    """The code that is read out on the phone: LICENCE_IN_FORCE, CHANGED_AFTER_SEALING ..."""
    headline: Sentence
    sentence: Sentence
    advice: Sentence
    remark: Sentence | None = None
    """What to look at although the answer is good, such as the days left."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def combine(
    report: Report | None,
    document: PublicDocument | None,
    *,
    on: date,
    registered: bool = False,
    searched: bool = False,
) -> Answer:
    """The answer on the day ``on`` in Shanghai.

    ``report`` is what validation said of an uploaded file, None when somebody only asked the register: then nothing
    is said of any file. ``document`` is the register's, found by code or by the file's hash. ``registered``: the file
    was made here though the register shows nothing of it yet. ``searched``: somebody looked for a number, which finds
    only what is in good standing; the answer does not tell what is not from what does not exist.

    A file that does not pass is answered by its report, whatever the register holds; only when nothing speaks against
    it is said that it is the original. A file that passes is worth what its document is worth today.
    """
    if report is None:
        if searched and (document is None or not is_found_by_search(document, on)):
            return _NOT_IN_USE
        return _NOT_FOUND if document is None else _of_document(document, on, of_file=False)
    if document is not None and _is_earlier_revision(report, document):
        return _EARLIER_REVISION
    if report.verdict is not Verdict.TOTAL_PASSED or report.trust is not Trust.TRUSTED:
        return _of_report(report, document)
    if document is not None:
        return _of_document(document, on, of_file=True)
    return _NOT_PUBLIC if registered else _NOT_ISSUED_HERE


def _is_earlier_revision(report: Report, document: PublicDocument) -> bool:
    """A file of ours from before its last signature, or before any: unharmed, and not the document."""
    unsigned = report.integrity is Integrity.UNREADABLE
    sound = report.verdict is Verdict.TOTAL_PASSED and report.trust is Trust.TRUSTED
    return (unsigned or sound) and bool(document.file_sha256) and report.sha256 != document.file_sha256


# What validation says -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Judgement:
    tone: Tone
    headline: Sentence
    advice: Sentence


_DO_NOT_RELY = Sentence(
    "请勿采信。请持有人出示原始电子文件，或向签发机关核实。",
    "Do not rely on it. Ask for the original electronic file, or ask the issuing authority.",
)

_UNREADABLE = _Judgement(
    Tone.UNKNOWN,
    Sentence("无法判断", "Cannot be judged"),
    Sentence(
        "请上传收到的原始 PDF 文件；扫描件、截图、打印后再扫描的文件不带电子签章，无法验签。",
        "Upload the original PDF as you received it. Scans, screenshots and re-printed files carry no electronic seal.",
    ),
)
_BROKEN = _Judgement(Tone.VOID, Sentence("签章无效", "Seal not valid"), _DO_NOT_RELY)
_CHANGED = _Judgement(Tone.VOID, Sentence("文件被改动", "Not as sealed"), _DO_NOT_RELY)
_UNTRUSTED = _Judgement(Tone.VOID, Sentence("签章不可信", "Seal not trusted"), _DO_NOT_RELY)
_FOREIGN = _Judgement(
    Tone.UNKNOWN,
    Sentence("签发者未知", "Signer not known"),
    Sentence(
        "本平台不能说明签发者是谁，这不是本平台签发的证照。请向您了解的签发机关核实。",
        "We cannot say who sealed it, and it is not a licence issued here. Ask the authority you believe issued it.",
    ),
)
_UNDECIDED = _Judgement(
    Tone.CAUTION,
    Sentence("暂不能确认", "Not confirmed"),
    Sentence(
        "请稍后再次查验，或向签发机关核实；在确认之前请勿采信。",
        "Try again later, or ask the issuing authority. Do not rely on it before it is confirmed.",
    ),
)
_ALARM = _Judgement(
    Tone.VOID,
    Sentence("登记簿中没有", "Not in the register"),
    Sentence("请保留该文件，并立即告知签发机关。", "Keep the file, and tell the issuing authority at once."),
)

ALARM = "NOT_IN_REGISTER"
"""The report's reason for a file that a key of ours sealed and that we never issued."""

CONTENT_CHANGED = "CONTENT_CHANGED"
"""The report's reason for a file whose bytes are not those that a seal covers."""

OPEN_QUESTIONS = frozenset({"REVOCATION_UNKNOWN", "TIME_NOT_PROVEN", "SIGNER_EXPIRED", "SIGNATURE_UNSUPPORTED"})
"""The report's reasons that say what is not known, and nothing against the signer."""

_IDENTICAL = Sentence("文件与登记的原件逐字节一致", "Identical, byte for byte, with the original on the register")


def _of_report(report: Report, document: PublicDocument | None) -> Answer:
    judgement = _judge(report)
    identical = judgement is _UNDECIDED and document is not None
    remark = _IDENTICAL if identical else None
    return Answer(judgement.tone, report.reason, judgement.headline, report.sentence, judgement.advice, remark)


def _judge(report: Report) -> _Judgement:
    if report.reason == ALARM:
        return _ALARM
    if report.reason == CONTENT_CHANGED:
        return _CHANGED  # a byte within what a seal covers is other than it was: people need no other word for it
    if report.integrity is not Integrity.INTACT:
        return {
            Integrity.UNREADABLE: _UNREADABLE,
            Integrity.BROKEN: _BROKEN,
            Integrity.CHANGED: _CHANGED,
        }[report.integrity]
    if report.verdict is Verdict.TOTAL_FAILED:
        return _UNTRUSTED if report.trust is Trust.UNTRUSTED else _BROKEN
    if report.reason in OPEN_QUESTIONS:
        return _UNDECIDED
    return {Trust.UNKNOWN: _FOREIGN, Trust.UNTRUSTED: _UNTRUSTED, Trust.TRUSTED: _UNDECIDED}[report.trust]


# What the register says ---------------------------------------------------------------------------------------------

_NOT_FOUND = Answer(
    Tone.UNKNOWN,
    "NOT_FOUND",
    Sentence("未找到", "Not found"),
    Sentence("登记簿中没有与此查验码对应的文件。", "The register holds no document with this code."),
    Sentence(
        "请核对查验码是否抄录正确。如果二维码或查验码来自一份证照，核实之前请勿采信。",
        "Check that the code was copied correctly. If a licence carries it, do not rely on it before it is cleared.",
    ),
)

_NOT_IN_USE = Answer(
    Tone.UNKNOWN,
    "NOT_FOUND",
    Sentence("未查到", "Nothing found"),
    Sentence(
        "没有查到编号与查验码都相符、且正常使用的证照。",
        "There is no licence in good standing with both this number and this check code.",
    ),
    Sentence(
        "请核对两项是否抄录正确。已注销、暂扣或到期的证照不在这里公布，请扫描证照上的二维码查看。",
        "Check both for slips. A licence that was cancelled, suspended or has ended is not listed here:"
        " scan the code that is printed on it.",
    ),
)

_NOT_ISSUED_HERE = Answer(
    Tone.CAUTION,
    "NOT_ISSUED_HERE",
    Sentence("不是本平台签发", "Not issued here"),
    Sentence("签章有效，但登记簿中没有这份文件。", "The seals are valid, but the register does not hold this file."),
    Sentence(
        "请不要当作证照采信，并向签发机关核实这份文件的来历。",
        "Do not rely on it as a licence; ask the issuing authority where it comes from.",
    ),
)

_NOT_PUBLIC = Answer(
    Tone.CAUTION,
    "NOT_PUBLIC",
    Sentence("尚未公布", "Not published"),
    Sentence(
        "签章有效，文件由本平台制作，但尚未公布或不对外公布。",
        "The seals are valid and the file was made here, but it is not, or not yet, public.",
    ),
    Sentence(
        "公布之前请勿采信；证照制作完成后会自动公布，请稍后再查。",
        "Do not rely on it before it is published. A licence is published as soon as it is complete.",
    ),
)

_EARLIER_REVISION = Answer(
    Tone.CAUTION,
    "EARLIER_REVISION",
    Sentence("不是最终文件", "Not the final file"),
    Sentence(
        "这是该文件签署完成之前的版本，未经篡改，但不是最终文件。",
        "This is the document before its last signature: not tampered with, and not the final file.",
    ),
    Sentence(
        "请持有人出示最终文件；登记记录是该文件今日的情况。",
        "Ask for the final file. The record says how the document stands today.",
    ),
)


@dataclass(frozen=True, slots=True)
class _Standing:
    """What is said of a document by its status: ``clause`` follows 该证照 or “This licence”, with {on} and {until}."""

    tone: Tone
    headline: Sentence
    clause: Sentence
    advice: Sentence


_ASK_AUTHORITY = Sentence(
    "请不要用作有效证件；如有疑问，请联系颁发机关。",
    "Do not accept it as a valid licence. If in doubt, contact the issuing authority.",
)

_REPLACED = Sentence(
    "它已由新证替代（编号见登记记录），请持证人出示新证，再扫其二维码。",
    "Another licence, numbered in the record, took its place: ask the holder for that one and scan its code.",
)

_LICENCE: dict[RegisterStatus, _Standing] = {
    RegisterStatus.NOT_YET: _Standing(
        Tone.CAUTION,
        Sentence("尚未生效", "Not yet in force"),
        Sentence("自{begins_zh}起生效，现在还不能使用。", "takes effect on {begins_en} and may not be used before."),
        Sentence("请在生效之后再次查验。", "Check again after that day."),
    ),
    RegisterStatus.EXPIRED: _Standing(
        Tone.VOID,
        Sentence("已过期失效", "Expired"),
        Sentence("已{until_zh}到期失效，请勿采信。", "expired{until_en}: do not rely on it."),
        _ASK_AUTHORITY,
    ),
    RegisterStatus.SUSPENDED: _Standing(
        Tone.CAUTION,
        Sentence("已暂扣", "Suspended"),
        Sentence("已{on_zh}被暂扣，暂扣期间请勿采信。", "was suspended{on_en}: do not rely on it meanwhile."),
        Sentence(
            "发还后状态会立即更新，请届时再次查验。",
            "The register changes as soon as it is returned; check again then.",
        ),
    ),
    RegisterStatus.CANCELLED: _Standing(
        Tone.VOID,
        Sentence("已注销", "Cancelled"),
        Sentence("已{on_zh}注销，请勿采信。", "was cancelled{on_en}: do not rely on it."),
        _ASK_AUTHORITY,
    ),
    RegisterStatus.ANNULLED: _Standing(
        Tone.VOID,
        Sentence("已撤销", "Annulled"),
        Sentence("已{on_zh}撤销，请勿采信。", "was annulled{on_en}: do not rely on it."),
        _ASK_AUTHORITY,
    ),
    RegisterStatus.FORFEITED: _Standing(
        Tone.VOID,
        Sentence("已吊销", "Forfeited"),
        Sentence("已{on_zh}吊销，请勿采信。", "was forfeited{on_en}: do not rely on it."),
        _ASK_AUTHORITY,
    ),
    RegisterStatus.SUPERSEDED: _Standing(
        Tone.CAUTION,
        Sentence("已被新版本替代", "Superseded"),
        Sentence(
            "已{on_zh}被新版本替代，请以新版本为准。", "was replaced by a newer version{on_en}: rely on the newer one."
        ),
        Sentence(
            "请持证人出示最新版本的证照，再扫其二维码。", "Ask the holder for the newest version and scan its code."
        ),
    ),
    RegisterStatus.TRANSFERRED: _Standing(
        Tone.CAUTION,
        Sentence("已转出", "Transferred"),
        Sentence(
            "已{on_zh}转出本登记机关，这里的记录不再更新。",
            "was transferred to another registrar{on_en}; this record is no longer kept.",
        ),
        Sentence("请到转入地的登记机关查验。", "Check it with the registrar that keeps it now."),
    ),
    RegisterStatus.COMPLETED: _Standing(
        Tone.CAUTION,
        Sentence("工程已竣工备案", "The works are completed"),
        Sentence(
            "所许可的工程已{on_zh}竣工备案，不再作为准予施工的凭证。",
            "allowed works that were completed and filed{on_en}: nothing more may be built on it.",
        ),
        Sentence(
            "竣工情况请查验竣工验收备案证明书。", "For the finished works see the certificate of completion filing."
        ),
    ),
}


_LAPSED = _Standing(
    Tone.VOID,
    Sentence("已自行废止", "Lapsed"),
    Sentence(
        "已{on_zh}自行废止：逾期未开工也未延期，请勿采信。",
        "lapsed{on_en}, because works neither began in time nor were put off: do not rely on it.",
    ),
    _ASK_AUTHORITY,
)
"""Of a construction permit, which has no last day (建筑法 第九条)."""


def _of_document(document: PublicDocument, on: date, *, of_file: bool) -> Answer:
    status = status_on(document, on)
    if document.kind is DocumentKind.FORM:
        return _of_form(status, of_file=of_file)
    if document.kind is DocumentKind.NOTICE:
        return _of_notice(document, status, of_file=of_file)
    if status in (RegisterStatus.IN_FORCE, RegisterStatus.EXPIRING):
        if document.copy is not None:
            return _of_copy(document.copy, on, of_file=of_file)
        return _in_force(document, status, on, of_file=of_file)
    standing = _LAPSED if document.has_lapsed else _LICENCE[status]
    clause = _filled(standing.clause, document)
    advice = _REPLACED if document.replaced_by else standing.advice
    return Answer(
        standing.tone,
        f"LICENCE_{status.upper()}",
        standing.headline,
        Sentence(f"文件真实，但证照{clause.zh}", f"The file is genuine, but the licence {clause.en}")
        if of_file
        else Sentence(f"该证照{clause.zh}", f"This licence {clause.en}"),
        advice,
    )


def _in_force(document: PublicDocument, status: RegisterStatus, on: date, *, of_file: bool) -> Answer:
    until = document.valid_until
    ending = Sentence(f"，至{in_chinese(until)}", f" until {in_english(until)}") if until else Sentence("", "")
    if of_file:
        headline = Sentence("真实有效", "Genuine and in force")
        sentence = Sentence(
            "文件自签发后未被改动，证照在有效期内。",
            f"The file is unchanged since it was sealed, and the licence is in force{ending.en}.",
        )
        advice = Sentence(
            "请核对持证人身份，与登记记录一致即可采信。",
            "Check that the holder is the one on record, and you can rely on it.",
        )
    else:
        headline = Sentence("证照有效", "Licence in force")
        sentence = Sentence(
            f"登记簿显示：该证照现在有效{ending.zh}。", f"The register shows this licence in force{ending.en}."
        )
        advice = Sentence(
            "请逐项核对手中证照与登记记录；不一致的，请勿采信。",
            "Compare the licence in your hand with the record. If they differ, do not rely on it.",
        )
    remark = _days_left((until - on).days) if status is RegisterStatus.EXPIRING and until else None
    return Answer(Tone.GENUINE, f"LICENCE_{status.upper()}", headline, sentence, advice, remark)


def _of_copy(copy: CopyFacts, on: date, *, of_file: bool) -> Answer:
    """An annotated copy of a licence that is in force: for one purpose, until its own last day (加注件)."""
    until = copy.valid_until
    if on > until:
        return Answer(
            Tone.VOID,
            "COPY_EXPIRED",
            Sentence("加注件超过使用期限", "Copy past its last day"),
            Sentence(
                f"{'文件真实，但' if of_file else ''}这份加注件只能用到{in_chinese(until)}，请勿采信。",
                f"{'The file is genuine, but this' if of_file else 'This'} annotated copy could be used until"
                f" {in_english(until)}: do not rely on it.",
            ),
            Sentence(
                "证照本身仍然有效；请持证人重新加注并下载。",
                "The licence itself is in force: ask its holder for a new copy.",
            ),
        )
    unchanged = Sentence("文件自签发后未被改动。", "The file is unchanged. ") if of_file else Sentence("", "")
    return Answer(
        Tone.GENUINE,
        "COPY_IN_TERM",
        Sentence("加注件真实有效", "Genuine copy, in term") if of_file else Sentence("加注件有效", "Copy in term"),
        Sentence(
            f"{unchanged.zh}证照有效，这份加注件仅用于“{copy.purpose}”，至{in_chinese(until)}。",
            f"{unchanged.en}The licence is in force, and this copy of it may be used for “{copy.purpose}” only,"
            f" until {in_english(until)}.",
        ),
        Sentence(
            "请核对用途与您办理的事项一致；用于其他事项的，请勿采信。",
            "Check that this is what you were given it for. For anything else, do not rely on it.",
        ),
        _days_left((until - on).days) if (until - on).days <= COPY_ENDS_SOON_DAYS else None,
    )


COPY_ENDS_SOON_DAYS = 14
"""A copy lives 180 days at most: that it ends is said in its last two weeks."""


def _days_left(days: int) -> Sentence:
    if days == 0:
        return Sentence("即将到期：今天是最后一天", "Ends soon: today is its last day")
    return Sentence(f"即将到期：还有 {days} 天", f"Ends soon: {days} day{'' if days == 1 else 's'} left")


def _of_form(status: RegisterStatus, *, of_file: bool) -> Answer:
    opening = Sentence("文件自签署后未被改动。", "Unchanged since it was signed. ") if of_file else Sentence("", "")
    if status is RegisterStatus.VOID:
        return Answer(
            Tone.VOID,
            "FORM_VOID",
            Sentence("申请材料，已作废", "Application, void"),
            Sentence(
                f"{opening.zh}这一版申请材料已经作废，请勿采信。",
                f"{opening.en}This version of the application is void: do not rely on it.",
            ),
            Sentence("请申请人出示最新版本。申请材料不是证照。", "Ask for the newest version. It is not a licence."),
        )
    state = (
        Sentence("各方均已签署", "every party has signed it")
        if status is RegisterStatus.COMPLETE
        else Sentence("办件正在办理", "its dossier is under way")
    )
    return Answer(
        Tone.MATERIAL,
        f"FORM_{status.upper()}",
        Sentence("申请材料，不是证照", "Application, not a licence"),
        Sentence(
            f"{opening.zh}登记簿中有这份申请，{state.zh}。",
            f"{opening.en}The register holds this application; {state.en}.",
        ),
        Sentence(
            "它只说明提交了申请，不能证明任何资格或许可。",
            "It shows that something was applied for; it proves no qualification and permits nothing.",
        ),
    )


def _of_notice(document: PublicDocument, status: RegisterStatus, *, of_file: bool) -> Answer:
    if status is RegisterStatus.VOID:
        clause = _filled(
            Sentence("已{on_zh}收回作废，请勿采信。", "was taken back{on_en}: do not rely on it."), document
        )
        return Answer(
            Tone.VOID,
            "NOTICE_VOID",
            Sentence("文书已作废", "Notice withdrawn"),
            Sentence(f"文件真实，但文书{clause.zh}", f"The file is genuine, but the notice {clause.en}")
            if of_file
            else Sentence(f"该文书{clause.zh}", f"This notice {clause.en}"),
            Sentence("请向作出文书的机关了解最新情况。", "Ask the authority that made it how things stand."),
        )
    return Answer(
        Tone.GENUINE,
        "NOTICE_ISSUED",
        Sentence("文书真实", "Genuine notice") if of_file else Sentence("文书登记在册", "Notice on the register"),
        Sentence(
            "文件自签发后未被改动，登记簿中有这份文书。",
            "The file is unchanged since it was sealed, and the notice is on the register.",
        )
        if of_file
        else Sentence(
            "登记簿中有这份文书，它没有被收回。", "The notice is on the register and has not been taken back."
        ),
        Sentence(
            "请核对文号、当事人与登记记录一致。文书不是证照。",
            "Compare its number and the parties with the record. A notice is not a licence.",
        ),
    )


def _filled(clause: Sentence, document: PublicDocument) -> Sentence:
    """The clause with its dates; a date the register does not know leaves no gap in the sentence."""
    since, begins = document.status_since, document.valid_from
    until = document.valid_until or since
    return Sentence(
        clause.zh.format(
            on_zh=f"于{in_chinese(since)}" if since else "",
            until_zh=f"于{in_chinese(until)}" if until else "",
            begins_zh=in_chinese(begins) if begins else "",
        ),
        clause.en.format(
            on_en=f" on {in_english(since)}" if since else "",
            until_en=f" on {in_english(until)}" if until else "",
            begins_en=in_english(begins) if begins else "",
        ),
    )
