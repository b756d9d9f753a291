"""The words of the sealed report: what the page says of a file, as the facts of its template."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from signing_service.domain.dates import SHANGHAI, day_in_shanghai, in_chinese
from signing_service.domain.register import PublicDocument, status_on
from signing_service.domain.validation_statement import LONGEST_CELL, LONGEST_TEXT, MOST_ROWS, ValidationStatement
from verify_portal import timeline
from verify_portal.pages import LABELS, LAPSED_WORD, STATUS_WORDS
from verify_portal.reports.checked import Checked, told_of

COVERS = {"whole_file": "整个文件", "revision": "签章时的全文", "part": "文件的一部分", "nothing": "没有覆盖内容"}


def statement_of(checked: Checked) -> ValidationStatement:
    """Within the limits of a statement, whatever the file brings; a row too many is left out and said."""
    answer, report = checked.answer, checked.report
    english = f"{answer.headline.en}. {answer.sentence.en} {answer.advice.en}"
    sentence = f"{answer.sentence.zh}{f'（{answer.remark.zh}）' if answer.remark else ''}"
    return ValidationStatement(
        file_sha256=report.sha256,
        checked_at=checked.checked_at.isoformat(),
        headline=answer.headline.zh[:LONGEST_TEXT],
        sentence=sentence[:LONGEST_TEXT],
        advice=answer.advice.zh[:LONGEST_TEXT],
        english=english[:LONGEST_TEXT],
        reason=answer.reason,
        verdict=report.verdict.value,
        register=_limited(_register(checked.document, day_in_shanghai(checked.checked_at))),
        seals=_limited(_seals(checked)),
        hashes=_limited(_hashes(checked)),
    )


def _limited(rows: Iterator[dict[str, str]]) -> tuple[dict[str, str], ...]:
    return tuple({name: text[:LONGEST_CELL] or "—" for name, text in row.items()} for row in rows)[:MOST_ROWS]


def _register(document: PublicDocument | None, on: date) -> Iterator[dict[str, str]]:
    if document is None:
        return
    labels = LABELS[document.kind]
    last4 = f"（证件号后四位 {document.holder_id_last4}）" if document.holder_id_last4 else ""
    since = f"，自{in_chinese(document.status_since)}" if document.status_since else ""
    rows = [
        (labels.title.zh, document.title.zh),
        (labels.number.zh, document.number),
        (labels.holder.zh, f"{document.holder}{last4}"),
        ("类别", "、".join(category.zh for category in document.categories)),
        ("工程名称", document.works),
        ("状态", f"{_status(document, on)}{since}"),
        ("有效期", _term(document)),
        ("所属单位", document.organisation),
        (labels.issuer.zh, document.issuer),
        (labels.issued_on.zh, in_chinese(document.issued_on) if document.issued_on else ""),
    ]
    yield from ({"label": label, "value": value} for label, value in rows if value)


def _status(document: PublicDocument, on: date) -> str:
    return (LAPSED_WORD if document.has_lapsed else STATUS_WORDS[status_on(document, on)]).zh


def _term(document: PublicDocument) -> str:
    if not document.valid_from and not document.valid_until:
        return ""
    begins = in_chinese(document.valid_from) if document.valid_from else ""
    end = document.end
    if document.valid_until:
        until = in_chinese(document.valid_until)
    else:
        until = (in_chinese(end.on) if end.on else "终止") if end else "长期"
    return f"{begins}至{until}" + (f"（{in_chinese(end.on) if end.on else '已'}{end.why.zh}）" if end else "")


def _seals(checked: Checked) -> Iterator[dict[str, str]]:
    for entry, row in zip(timeline.of_file(checked.report), checked.report.signatures, strict=True):
        signer = f"自称 {entry.signer}" if entry.claimed and entry.signer else entry.signer
        proof = "时间戳证明" if entry.proven else "签署者自报"
        when = (
            f"{in_chinese(day_in_shanghai(entry.at))} {entry.at.astimezone(SHANGHAI):%H:%M}（{proof}）"
            if entry.at
            else "没有时间"
        )
        level = entry.level if entry.level != "DTS" else ""
        notes = "；".join(note.zh for note in entry.notes)
        result = entry.result.zh if entry.result else ""
        if row.changed_after:
            result = "签章之后被改动"
        yield {
            "who": f"{entry.role.zh} {signer}".strip(),
            "when": when,
            "covers": f"{COVERS.get(row.covers, '')} {level}".strip(),
            "result": f"{result}：{notes}" if notes else result,
        }


def _hashes(checked: Checked) -> Iterator[dict[str, str]]:
    """By the numbers of the table of seals."""
    entries = timeline.of_file(checked.report)
    names = {row.field: f"{at} {entries[at - 1].role.zh}" for at, row in enumerate(checked.report.signatures, 1)}
    for one in told_of(checked.report):
        name = names[one.verdict.field]
        if one.found and one.found.digest_algorithm == "sha256" and one.found.document_digest:
            yield {"what": f"{name} 被签内容", "value": _in_eights(one.found.document_digest)}
        if one.verdict.cert_sha256:
            yield {"what": f"{name} 数字证书", "value": _in_eights(one.verdict.cert_sha256)}


def _in_eights(digits: str) -> str:
    return " ".join(digits[at : at + 8] for at in range(0, len(digits), 8))
