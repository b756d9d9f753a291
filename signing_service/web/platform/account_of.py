"""A dossier in words: the answer that its page begins with, its timeline, and what stands in its form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from signing_service.domain.codes import IdNo
from signing_service.domain.documents import DocumentKind, SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.domain.parties import Party, Person
from signing_service.domain.regions import REGION_NAMES
from signing_service.storage.dossiers import JournalLine
from signing_service.storage.public_register import ROLES, STAGES
from signing_service.web.platform.house import TONES, address_of
from signing_service.web.platform.rendering import Reader
from signing_service.workflows.effects import Seal
from signing_service.workflows.fields import Field, FieldType
from signing_service.workflows.procedure import Ending
from signing_service.workflows.shelf import DossierView, OpenStep, Paper

ENDINGS: Mapping[Stage, Ending] = {
    stage: Ending(TONES[stage], *words)
    for stage, words in {
        Stage.CLOSED: ("已办结", "Done", "结果文件可在下方下载。", "What came of it can be downloaded below."),
        Stage.REFUSED: ("不予许可", "Refused", "理由和救济途径见决定书。", "The decision says why, and what you can do about it."),
        Stage.NOT_ACCEPTED: ("不予受理", "Not accepted", "理由见决定书。", "The decision says why."),
        Stage.WITHDRAWN: ("已撤回", "Withdrawn", "原申请表已作废；需要时可重新申请。", "The form is void; you can apply again."),
        Stage.LAPSED: ("逾期失效", "Lapsed", "期限已过；需要时可重新申请。", "The time limit has passed; you can apply again."),
    }.items()
}  # fmt: skip
"""How dossiers end that end as their stage says."""


NOT_AGREED = Ending(TONES[Stage.REFUSED], "未同意", "Not agreed to", "理由已告知对方。", "The other side was told why.")
"""Where nobody decides: a person who was asked said no."""


@dataclass(frozen=True, slots=True)
class Headline:
    tone: str
    text: str
    sentence: str = ""
    under_way: bool = False
    """It goes on by itself in a moment: the page looks again."""


@dataclass(frozen=True, slots=True)
class DocumentLink:
    title: str
    href: str
    void: bool


@dataclass(slots=True)
class TimelineEvent:
    tone: str
    what: str
    who: str
    at: str
    when: str
    reason: str = ""
    documents: list[DocumentLink] = field(default_factory=list)
    void: bool = False


@dataclass(frozen=True, slots=True)
class Value:
    """A field with what stands in it, in words; several lines for a group."""

    key: str
    label: str
    text: str
    files: Sequence[Mapping[str, Any]] = ()
    groups: Sequence[Sequence[Value]] = ()


@dataclass(frozen=True, slots=True)
class Chapter:
    title: str
    values: Sequence[Value]


def headline(view: DossierView, reader: Reader) -> Headline:
    """The first line of the page: what is, and what it waits for."""
    say, stage = reader.say, view.dossier.stage
    mine = [one for one in view.open_steps if not one.step.optional]
    stuck = next((effect.problem for effect in view.owed if effect.problem), None)
    if stage.is_final:
        nobody_decided = stage is Stage.REFUSED and not view.procedure.decision_days
        end = view.ending or (NOT_AGREED if nobody_decided else ENDINGS[stage])
        busy = bool(view.owed) and stuck is None
        return Headline(end.tone, say(end.zh, end.en), say(end.then_zh, end.then_en), under_way=busy)
    if role := signs_outside(view):
        who = _called(role, view.parties, reader)
        if role in view.roles:
            return Headline(
                "todo",
                say("请用您自己的证书签署", "Sign with your own cert"),
                say("文件已备好。", "The document is ready."),
            )
        return Headline("todo", say(f"等待{who}用自己的证书签署", f"Waiting for {who} to sign with a cert of its own"))
    if view.owed:
        if stuck is not None:
            told = say(str(stuck.get("detail", "")), str(stuck.get("detail_en", "")))
            return Headline("waits", say("系统正在等待一项条件", "It waits for something"), told)
        return Headline("todo", say("正在生成和签章", "Being drawn and sealed"), say("一般几秒钟。可以离开，完成后在我的待办里提醒。", "A few seconds. You may leave: your list tells when it is done."), under_way=True)  # fmt: skip
    if mine:
        sentence = str(view.dossier.facts.get("reason", "")) if stage is Stage.CORRECTION else view.declined
        return Headline("waits" if stage.is_editable and sentence else "todo", _asked_of(mine, view, reader), sentence)
    waiting = "、".join(dict.fromkeys(_called(one.role, view.parties, reader) for one in view.waiting_for))
    state = say(STAGES[stage].zh, STAGES[stage].en)
    if not waiting:
        return Headline("todo", state)
    return Headline("todo", say(f"等待{waiting}办理", f"Waiting for {waiting}"), state)


def signs_outside(view: DossierView) -> SignatoryRole | None:
    """Who is to sign next with a key that is not ours; None: nobody is waited for like that."""
    if not view.owed:
        return None
    effect = view.procedure.owed_effect(view.owed[0].arguments)
    if not isinstance(effect, Seal):
        return None
    key = view.parties[effect.role].key
    return effect.role if key is not None and key.held_outside else None


def _asked_of(mine: Sequence[OpenStep], view: DossierView, reader: Reader) -> str:
    stage = view.dossier.stage
    if stage is Stage.CORRECTION:
        return reader.say("请补正后重新提交", "Correct it, then submit again")
    if view.declined:
        return reader.say("对方不同意，请修改后重新提交", "The other side declined: change it, then submit again")
    if stage is Stage.DRAFT:
        return reader.say("草稿，尚未提交", "A draft, not submitted yet")
    onward = sorted(mine, key=lambda one: one.step.reason_required)
    titles = list(dict.fromkeys(reader.say(one.step.title, one.step.title_en or one.step.title) for one in onward))
    return reader.say("请您办理：" + " / ".join(titles), "Yours to do: " + " / ".join(titles))


def _called(role: SignatoryRole, parties: Mapping[SignatoryRole, Party], reader: Reader) -> str:
    role_name = reader.say(ROLES[role].zh, ROLES[role].en)
    party = parties.get(role)
    if role is SignatoryRole.AUTHORITY:
        return str(party.name) if party is not None else role_name
    return role_name


def timeline(view: DossierView, reader: Reader, officers: Mapping[str, str]) -> list[TimelineEvent]:
    """One line an event; what belongs to a form version that is void is struck, and stays readable.

    ``officers``: names by account, for their colleagues alone.
    """
    void = {paper.row.form_version for paper in view.papers if paper.void and paper.row.kind is DocumentKind.FORM}
    events: list[TimelineEvent] = []
    version = 1
    for line in view.timeline:
        event = _event(line, view, reader, officers)
        event.void = version in void and line.step in ("prepare", "submit", "confirm")
        event.documents = [
            _link(paper, view) for paper in view.papers if _line_of(paper, view.timeline) == line.line
        ]  # fmt: skip
        events.append(event)
        rows = [one for one in view.procedure.rows_at(line.from_stage) if one.name == line.step]
        version += any(one.form_goes_back for one in rows) and line.from_stage is not line.to_stage
    return events


def _event(line: JournalLine, view: DossierView, reader: Reader, officers: Mapping[str, str]) -> TimelineEvent:
    rows = [one for one in view.procedure.steps if one.name == line.step]
    title = reader.say(str(line.facts.get("title", line.step)), rows[0].title_en if rows and rows[0].title_en else str(line.facts.get("title", line.step)))  # fmt: skip
    party = view.parties.get(line.role)
    who = str(party.name) if party is not None else reader.say(ROLES[line.role].zh, ROLES[line.role].en)
    if line.role is SignatoryRole.AUTHORITY and line.actor in officers:
        who = f"{who} · {officers[line.actor]}"
    tone = {
        Stage.CORRECTION: "waits", Stage.REFUSED: "void", Stage.NOT_ACCEPTED: "void", Stage.LAPSED: "void",
    }.get(line.to_stage, "done")  # fmt: skip
    reason = str(line.facts.get("reason", ""))
    points = line.facts.get("evidence", {}).get("points", [])
    told = "\n".join([*([reason] if reason else []), *(f"{one['label']}：{one['text']}" for one in points)])
    return TimelineEvent(tone, title, who, line.at.isoformat(), reader.moment(line.at), told)


def _line_of(paper: Paper, lines: Sequence[JournalLine]) -> int:
    """The line that a document came of: the last before it was made."""
    before = [line.line for line in lines if line.at <= paper.row.made_at]
    return before[-1] if before else (lines[0].line if lines else 0)


def _link(paper: Paper, view: DossierView) -> DocumentLink:
    title = paper.row.title
    if paper.row.kind is DocumentKind.FORM and paper.row.form_version > 1:
        title = f"{title}（{paper.row.form_version}）"
    return DocumentLink(title, address_of(view.dossier.number, "documents", paper.row.document_id), paper.void)


# ---- what stands in a form


def chapters(
    view: DossierView, form: Mapping[str, Any], reader: Reader, names: Mapping[str, str], *, in_full: bool
) -> list[Chapter]:
    """The form as it was read, then what was asked with steps. ``names``: of enterprises by code. ``in_full``: ID
    numbers are not masked.
    """
    asked = _of_steps(view, reader, names, in_full=in_full)
    return [one for one in (*form_chapters(view, form, reader, names, in_full=in_full), *asked) if one.values]


def form_chapters(
    view: DossierView, form: Mapping[str, Any], reader: Reader, names: Mapping[str, str], *, in_full: bool
) -> list[Chapter]:
    return [
        Chapter(
            reader.say(section.title, section.title_en or section.title),
            values(section.fields, form, reader, names, in_full=in_full),
        )
        for section in view.procedure.form
    ]


def _of_steps(view: DossierView, reader: Reader, names: Mapping[str, str], *, in_full: bool) -> Iterator[Chapter]:
    """What was asked with steps, each under the step's title: an objection with its proof, scores, a hearing."""
    for name, told in given_to(view).items():
        step = next((one for one in view.procedure.steps if one.name == name and one.form), None)
        if step is not None:
            title = reader.say(step.title, step.title_en or step.title)
            yield Chapter(title, values(step.form, told, reader, names, in_full=in_full))


def given_to(view: DossierView) -> dict[str, dict[str, Any]]:
    """What was asked with steps, by step, without what is for officers alone where somebody else looks."""
    kept = {
        (step.name, one.key) for step in view.procedure.steps for one in step.form if one.for_officers
    } if SignatoryRole.AUTHORITY not in view.roles else set()  # fmt: skip
    return {
        name: {key: value for key, value in told.items() if (name, key) not in kept}
        for name, told in view.dossier.facts.get("given", {}).items()
    }


def values(
    fields: Iterable[Field], form: Mapping[str, Any], reader: Reader, names: Mapping[str, str], *, in_full: bool
) -> list[Value]:
    return [
        _value(one, form, reader, names, in_full=in_full) for one in fields if form.get(one.key) not in (None, "", [])
    ]


def _value(one: Field, form: Mapping[str, Any], reader: Reader, names: Mapping[str, str], *, in_full: bool) -> Value:
    label, value = reader.say(one.label, one.label_en), form[one.key]
    match one.type:
        case FieldType.ROWS:
            groups = [values(one.rows, row, reader, names, in_full=in_full) for row in value]
            return Value(one.key, label, "", groups=groups)
        case FieldType.FILE | FieldType.ATTACHMENTS:
            files = value if isinstance(value, list) else [value]
            return Value(one.key, label, "", files=[one for one in files if isinstance(one, Mapping)])
    return Value(one.key, label, _in_words(one, value, form, reader, names, in_full=in_full))


def _in_words(
    one: Field, value: Any, form: Mapping[str, Any], reader: Reader, names: Mapping[str, str], *, in_full: bool
) -> str:
    text = str(value)
    match one.type:
        case FieldType.CHOICE:
            return reader.choice(str(form.get(f"{one.key}_name") or one.choices.get(text, text)))
        case FieldType.CHOICES:
            return reader.say("、", ", ").join(reader.choice(one.choices.get(str(code), str(code))) for code in value)
        case FieldType.STATEMENT:
            return reader.say("已承诺", "promised")
        case FieldType.DATE:
            return reader.day(text) if len(text) == len("2026-11-22") else text
        case FieldType.REGION | FieldType.COUNTY:
            return REGION_NAMES.get(text, text)
        case FieldType.ENTERPRISE | FieldType.USCC:
            return f"{names[text]}\n{text}" if text in names else text
        case FieldType.ID_NO:
            return text if in_full else IdNo(text).masked_with_region
        case FieldType.MONEY:
            unit_is_told = "万元" in one.label
            return text if unit_is_told and reader.lang == "zh" else reader.say(f"{text} 万元", f"{text} × 10,000 yuan")
        case FieldType.BLOB:
            return f"SHA-256 {text[:12]}…"
    return text


def has_id_numbers(view: DossierView) -> bool:
    return any(one.type is FieldType.ID_NO for one in view.procedure.fields) or any(
        isinstance(party, Person) for party in view.parties.values()
    )
