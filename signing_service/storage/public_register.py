"""The register as a stranger may see it: every answer from indexed reads, and only what ``PublicDocument`` lets through."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from hmac import compare_digest
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    String,
    Text,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    select,
)

from signing_service.domain.codes import IdNo, PersonName
from signing_service.domain.dates import day_in_shanghai, from_stored
from signing_service.domain.dictionaries import ENGLISH
from signing_service.domain.documents import DocumentKind, SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.domain.licences import LicenceStatus
from signing_service.domain.parties import PartyKind
from signing_service.domain.register import CopyFacts, PublicDocument, PublicSeal, RegisterStatus
from signing_service.domain.sheets import SHEET_TEMPLATE, SHEET_TITLE_EN
from signing_service.domain.verdicts import Sentence
from signing_service.storage import documents, licence_views, status_lists, tables
from signing_service.storage.database import Database
from signing_service.storage.prepared_read import ASKED
from signing_service.storage.status_lists import PublishedList

ROLES: Mapping[SignatoryRole, Sentence] = {
    SignatoryRole.HOLDER: Sentence("申请人", "Applicant"),
    SignatoryRole.EMPLOYER: Sentence("用人单位", "Employer"),
    SignatoryRole.FORMER_EMPLOYER: Sentence("原聘用企业", "Former employer"),
    SignatoryRole.NEW_EMPLOYER: Sentence("现聘用企业", "New employer"),
    SignatoryRole.LEGAL_REPRESENTATIVE: Sentence("法定代表人", "Legal representative"),
    SignatoryRole.REGISTERED_PERSON: Sentence("注册执业人员", "Registered practitioner"),
    SignatoryRole.DEVELOPER_REPRESENTATIVE: Sentence("建设单位法定代表人", "Developer's legal representative"),
    SignatoryRole.SURVEY_REPRESENTATIVE: Sentence("勘察单位法定代表人", "Surveyor's legal representative"),
    SignatoryRole.DESIGN_REPRESENTATIVE: Sentence("设计单位法定代表人", "Designer's legal representative"),
    SignatoryRole.BUILDER_REPRESENTATIVE: Sentence("施工单位法定代表人", "Builder's legal representative"),
    SignatoryRole.SUPERVISOR_REPRESENTATIVE: Sentence("监理单位法定代表人", "Supervisor's legal representative"),
    SignatoryRole.TECHNICAL_LEADER: Sentence("技术负责人", "Technical leader"),
    SignatoryRole.DEVELOPER: Sentence("建设单位", "Developer"),
    SignatoryRole.SURVEYOR: Sentence("勘察单位", "Surveyor"),
    SignatoryRole.DESIGNER: Sentence("设计单位", "Designer"),
    SignatoryRole.BUILDER: Sentence("施工单位", "Builder"),
    SignatoryRole.SUPERVISOR: Sentence("监理单位", "Supervisor"),
    SignatoryRole.DEVELOPER_LEADER: Sentence("建设单位项目负责人", "Developer's project leader"),
    SignatoryRole.SURVEY_LEADER: Sentence("勘察项目负责人", "Surveyor's project leader"),
    SignatoryRole.DESIGN_LEADER: Sentence("设计项目负责人", "Designer's project leader"),
    SignatoryRole.BUILDER_LEADER: Sentence("施工项目经理", "Builder's project manager"),
    SignatoryRole.SUPERVISOR_LEADER: Sentence("总监理工程师", "Chief supervising engineer"),
    SignatoryRole.REVIEW_EXPERT: Sentence("审图专家", "Drawing review expert"),
    SignatoryRole.REVIEW_EXPERT_1: Sentence("审图专家一", "Drawing review expert 1"),
    SignatoryRole.REVIEW_EXPERT_2: Sentence("审图专家二", "Drawing review expert 2"),
    SignatoryRole.REVIEW_EXPERT_3: Sentence("审图专家三", "Drawing review expert 3"),
    SignatoryRole.REVIEW_EXPERT_4: Sentence("审图专家四", "Drawing review expert 4"),
    SignatoryRole.REVIEW_EXPERT_5: Sentence("审图专家五", "Drawing review expert 5"),
    SignatoryRole.REVIEW_EXPERT_6: Sentence("审图专家六", "Drawing review expert 6"),
    SignatoryRole.REVIEW_EXPERT_7: Sentence("审图专家七", "Drawing review expert 7"),
    SignatoryRole.REVIEW_EXPERT_8: Sentence("审图专家八", "Drawing review expert 8"),
    SignatoryRole.REVIEW_EXPERT_9: Sentence("审图专家九", "Drawing review expert 9"),
    SignatoryRole.REVIEW_AGENCY: Sentence("审图机构", "Drawing review agency"),
    SignatoryRole.REVIEW_AGENCY_HEAD: Sentence("审图机构法定代表人", "Review agency's legal representative"),
    SignatoryRole.AUTHORITY: Sentence("颁发机关", "Issuing authority"),
    SignatoryRole.PLATFORM: Sentence("平台核验", "Platform"),
}

STAGES: Mapping[Stage, Sentence] = {
    Stage.DRAFT: Sentence("草稿", "Draft"),
    Stage.CORRECTION: Sentence("退回补正", "Returned for correction"),
    Stage.PREPARED: Sentence("待签署", "Waiting to be signed"),
    Stage.SUBMITTED: Sentence("待对方确认", "Waiting for the other parties"),
    Stage.CONFIRMED: Sentence("待受理", "Waiting to be accepted"),
    Stage.ACCEPTED: Sentence("已受理，审核中", "Accepted, under review"),
    Stage.SIGNING: Sentence("待审查人员签字", "Waiting for the experts' signatures"),
    Stage.SIGNED: Sentence("审查人员已签字，待处理", "Signed by the experts, to be dealt with"),
    Stage.EXTERNAL: Sentence("外部办理中", "Under way elsewhere"),
    Stage.REVIEWED: Sentence("已审核，待决定", "Reviewed, waiting for the decision"),
    Stage.ISSUING: Sentence("已准予，制证中", "Granted, being issued"),
    Stage.CLOSED: Sentence("办结", "Closed"),
    Stage.REFUSED: Sentence("不予许可", "Refused"),
    Stage.NOT_ACCEPTED: Sentence("不予受理", "Not accepted"),
    Stage.WITHDRAWN: Sentence("已撤回", "Withdrawn"),
    Stage.LAPSED: Sentence("逾期失效", "Lapsed"),
}

MOST_REMEMBERED = 1_024
"""Documents kept as they were last read, some kilobytes each."""


@dataclass(frozen=True, slots=True)
class PublicRegister:
    """``verify_portal.answers.Lookup`` on the database. Each question is one indexed read of what is committed now.

    As long as that read finds the same, it is answered with the very same object.
    """

    database: Database
    title_en: Callable[[str], str] = lambda _template: ""
    """What a document of a template is called in English (``pipeline.templates.title_en``); one of which nobody can say
    goes by its Chinese title."""

    def by_code(self, code: str) -> PublicDocument | None:
        return _document_of(self.database.read("by_code", _by_code)(code.lower()), self.title_en)

    def by_check_code(self, code: str) -> PublicDocument | None:
        return _document_of(self.database.read("by_check_code", _by_check_code)(code.upper()), self.title_en)

    def by_number(self, number: str, check_code: str) -> PublicDocument | None:
        """One read whether the pair is wrong or unknown: the number is compared here, however it was typed."""
        document = self.by_check_code(check_code)
        agrees = compare_digest(_bare(document.number if document else "").encode(), _bare(number).encode())
        return document if agrees else None

    def holder_matches(self, code: str, name: str, last6: str) -> bool:
        """Name and number are compared here and handed to nobody; which of the two differs does not show."""
        scanned = self.database.read("by_code", _by_code)(code.lower())
        rows = scanned or self.database.read("by_check_code", _by_check_code)(code.upper())
        holder = _Row(*rows[0]).holder if _document_of(rows, self.title_en) else None
        person = holder if holder is not None and holder.kind == PartyKind.PERSON else None
        same_name = compare_digest(_bare(person.name if person else "").encode(), _bare(name).encode())
        same_number = compare_digest((person.number[-6:] if person else "").encode(), last6.upper().encode())
        return person is not None and same_name and same_number

    def by_sha256(self, sha: str) -> PublicDocument | None:
        return _document_of(self.database.read("by_sha256", _by_sha256)(sha), self.title_en)

    def codes_of(self, sha: str) -> tuple[str, str] | None:
        """Code and 查验码 of the document that ``by_sha256`` finds; None where it finds none."""
        if self.by_sha256(sha) is None:
            return None
        document, revision = tables.document, tables.revision
        with self.database.reading() as connection:
            row = connection.execute(
                select(document.c.code, document.c.check_code)
                .join(revision, revision.c.document_id == document.c.document_id)
                .where(revision.c.sha256 == sha)
                .limit(1)
            ).one()
        return row.code, row.check_code

    def is_registered(self, sha: str) -> bool:
        return bool(self.database.read("is_registered", _is_registered)(sha))

    def personnel(self, number: str, name: str, today: date) -> licence_views.Found | None:
        """网站查询 of special-operation personnel: what is in 正常使用, by number and name together."""
        with self.database.reading() as connection:
            return licence_views.public_search(connection, number, name, today)

    def own_certs(self) -> frozenset[str]:
        """SHA-256 of every cert that authorities and the platform sealed with here: a file that one of them sealed
        last and that is not registered is an alarm.
        """
        sealing, party = tables.sealing, tables.party
        ours = (PartyKind.AUTHORITY.value, PartyKind.PLATFORM.value)
        with self.database.reading() as connection:
            rows = connection.execute(
                select(sealing.c.cert_sha256)
                .join(party, party.c.number == sealing.c.party)
                .where(party.c.kind.in_(ours))
                .distinct()
            )
            return frozenset(row[0] for row in rows)

    def status_list_numbers(self) -> list[int]:
        with self.database.reading() as connection:
            return status_lists.numbers(connection)

    def status_list(self, number: int) -> PublishedList | None:
        with self.database.reading() as connection:
            return status_lists.load(connection, number)


# ---- the one read


class _Party(NamedTuple):
    kind: str | None
    name: str
    number: str


class _Row(NamedTuple):
    """A document with all that is shown of it, once for each seal; the columns of ``_entry``, in their order."""

    kind: str
    template: str
    title: str
    number: str
    form_version: int
    state: str
    made_at: str
    file_sha256: str | None
    stage: str | None
    licence_number: str | None
    licence_status: str
    changed_at: str
    issued_on: str
    valid_from: str
    valid_until: str
    facts: str
    copy_no: str | None
    """Of a copy alone."""
    purpose: str
    copy_until: str
    holder_kind: str | None
    holder_name: str
    holder_number: str
    organisation_kind: str | None
    organisation_name: str
    organisation_number: str
    authority_kind: str | None
    authority_name: str
    authority_number: str
    field: str | None
    claimed_at: str
    proven_at: str | None
    sealer_kind: str | None
    sealer_name: str
    sealer_number: str

    @property
    def holder(self) -> _Party:
        return _Party(self.holder_kind, self.holder_name, self.holder_number)

    @property
    def organisation(self) -> _Party:
        return _Party(self.organisation_kind, self.organisation_name, self.organisation_number)

    @property
    def authority(self) -> _Party:
        return _Party(self.authority_kind, self.authority_name, self.authority_number)

    @property
    def sealer(self) -> _Party:
        return _Party(self.sealer_kind, self.sealer_name, self.sealer_number)


def _entry(wanted: Callable[[FromClause], ColumnElement[bool]], kind: str) -> Select[Any]:
    """Everything of one document, by indexes alone: ``wanted`` names it by one of its unique columns."""
    document, licence, dossier, sealing = tables.document, tables.licence, tables.dossier, tables.sealing
    copied = tables.licence.alias("copied")
    filled, file = tables.revision.alias("filled"), tables.revision.alias("file")
    holder, organisation = tables.party.alias("holder"), tables.party.alias("organisation")
    authority, sealer = tables.party.alias("authority"), tables.party.alias("sealer")
    newest = (
        select(file.c.sha256)
        .where(file.c.document_id == document.c.document_id)
        .order_by(file.c.revision.desc())
        .limit(literal_column("1"))
        .scalar_subquery()
    )
    employer = func.coalesce(_party_of(kind, SignatoryRole.EMPLOYER), _party_of(kind, SignatoryRole.NEW_EMPLOYER))
    paper = document.c.kind != literal_column(f"'{DocumentKind.LICENCE.value}'")

    def shown(column: str) -> ColumnElement[Any]:
        """Of the licence that the document is, or that it is a copy of."""
        return func.coalesce(licence.c[column], copied.c[column])

    joined = (
        document.outerjoin(licence, licence.c.document_id == document.c.document_id)
        # of all documents a copy alone says of which version it is one
        .outerjoin(copied, (copied.c.number == _fact(kind, "licence_no")) & (copied.c.version == _version(kind)))
        .outerjoin(dossier, (dossier.c.number == document.c.dossier) & (paper | copied.c.number.is_not(None)))
        .outerjoin(holder, holder.c.number == func.coalesce(shown("holder"), _party_of(kind, SignatoryRole.HOLDER)))
        .outerjoin(organisation, organisation.c.number == employer)
        .outerjoin(
            authority,
            authority.c.number == func.coalesce(shown("authority"), _party_of(kind, SignatoryRole.AUTHORITY)),
        )
        .outerjoin(sealing, sealing.c.document_id == document.c.document_id)
        .outerjoin(sealer, sealer.c.number == sealing.c.party)
        .outerjoin(filled, (filled.c.document_id == sealing.c.document_id) & (filled.c.field == sealing.c.field))
    )
    columns: list[Any] = [
        document.c.kind, document.c.template, document.c.title, document.c.number, document.c.form_version,
        document.c.state, document.c.made_at, newest, dossier.c.stage,
        *(shown(one) for one in ("number", "status", "changed_at", "issued_on", "valid_from", "valid_until")),
        func.coalesce(cast(licence.c.facts, Text), cast(copied.c.facts, Text)),
        case((copied.c.number.is_not(None), _fact(kind, "copy_no"))), _fact(kind, "purpose"), _fact(kind, "copy_until"),
        *(one for party in (holder, organisation, authority) for one in (party.c.kind, party.c.name, party.c.number)),
        # a seal that was reserved and is not in the file yet is nobody's business
        case((filled.c.revision.is_not(None), sealing.c.field)), sealing.c.claimed_at, sealing.c.proven_at,
        sealer.c.kind, sealer.c.name, sealer.c.number,
    ]  # fmt: skip
    return select(*columns).select_from(joined).where(wanted(document)).order_by(filled.c.revision)


def _fact(kind: str, name: str) -> ColumnElement[str]:
    """A fact of the document, out of its JSON; ``kind`` of database."""
    if kind == "sqlite":
        return literal_column(f"json_extract(document.facts, '$.{name}')")
    return literal_column(f"document.facts ->> '{name}'")


def _version(kind: str) -> ColumnElement[int]:
    if kind == "sqlite":
        return literal_column("json_extract(document.facts, '$.licence_version')")
    return literal_column("(document.facts ->> 'licence_version')::integer")


def _party_of(kind: str, role: SignatoryRole) -> ColumnElement[str]:
    """The number of a role's party, out of the dossier's JSON; ``kind`` of database."""
    if kind == "sqlite":
        return literal_column(f"json_extract(dossier.parties, '$.{role.value}')")
    return literal_column(f"dossier.parties ->> '{role.value}'")


def _by_code(kind: str) -> Select[Any]:
    return _entry(lambda document: document.c.code == bindparam(ASKED, type_=String), kind)


def _by_check_code(kind: str) -> Select[Any]:
    return _entry(lambda document: document.c.check_code == bindparam(ASKED, type_=String), kind)


def _by_sha256(kind: str) -> Select[Any]:
    named = tables.revision.alias("named")
    found = select(named.c.document_id).where(named.c.sha256 == bindparam(ASKED, type_=String))
    one = found.limit(literal_column("1")).scalar_subquery()
    return _entry(lambda document: document.c.document_id == one, kind)


def _is_registered(kind: str) -> Select[Any]:
    sha256 = tables.revision.c.sha256
    return select(sha256).where(sha256 == bindparam(ASKED, type_=String)).limit(literal_column("1"))


@lru_cache(maxsize=MOST_REMEMBERED)
def _document_of(rows: tuple[tuple[Any, ...], ...], title_en: Callable[[str], str]) -> PublicDocument | None:
    """What the rows say. They hold everything that is shown, so that nothing is remembered longer than it is true."""
    if not rows:
        return None
    entries = [_Row(*row) for row in rows]
    first = entries[0]
    seals = tuple(_seal(entry) for entry in entries if entry.field is not None and entry.sealer.kind is not None)
    if DocumentKind(first.kind) is DocumentKind.LICENCE:
        return _licence(first, seals, _title(first, title_en))
    return _paper(first, seals, _title(first, title_en))


def _paper(row: _Row, seals: tuple[PublicSeal, ...], title: Sentence) -> PublicDocument | None:
    kind = DocumentKind(row.kind)
    if row.file_sha256 is None or (kind is DocumentKind.NOTICE and row.state == documents.OPEN):
        return None
    stage = Stage(row.stage or "")
    return PublicDocument(
        kind=kind,
        title=title,
        number=row.number,
        status=_status_of_paper(row, stage),
        holder=_shown(row.holder),
        holder_id_last4=_last4(row.holder),
        organisation=_shown(row.organisation),
        issuer=_shown(row.authority),
        issued_on=day_in_shanghai(from_stored(row.made_at)),
        file_sha256=row.file_sha256,
        seals=seals,
        form_version=row.form_version if kind is DocumentKind.FORM else None,
        stage=STAGES[stage] if kind is DocumentKind.FORM else None,
    )


def _bare(text: str) -> str:
    """Letters, digits and characters alone: a number or name as it is meant, however it is spaced or bracketed."""
    return "".join(one for one in unicodedata.normalize("NFKC", text).upper() if one.isalnum())


def _status_of_paper(row: _Row, stage: Stage) -> RegisterStatus:
    """A form that nobody will complete any more, because its dossier ended otherwise, is void."""
    if row.state == documents.OPEN:
        return RegisterStatus.VOID if stage.is_final else RegisterStatus.IN_PROGRESS
    return RegisterStatus.VOID if row.state == documents.VOID else RegisterStatus.COMPLETE


def _licence(row: _Row, seals: tuple[PublicSeal, ...], title: Sentence) -> PublicDocument | None:
    if row.licence_number is None or row.licence_status == LicenceStatus.ISSUING:
        return None
    if row.copy_no and row.stage != Stage.CLOSED:
        return None
    facts: Mapping[str, Any] = json.loads(row.facts)
    return PublicDocument(
        kind=DocumentKind.LICENCE,
        title=title,
        number=row.licence_number,
        status=RegisterStatus(row.licence_status),
        status_since=day_in_shanghai(from_stored(row.changed_at)),
        holder=_shown(row.holder),
        holder_id_last4=_last4(row.holder),
        organisation=facts.get("employer_name", ""),
        categories=_categories(facts),
        works=facts.get("project_name", ""),
        issuer=_shown(row.authority),
        issued_on=date.fromisoformat(row.issued_on),
        valid_from=date.fromisoformat(row.valid_from),
        valid_until=None if facts.get("open_ended") else date.fromisoformat(row.valid_until),
        superseded=row.licence_status == LicenceStatus.SUPERSEDED,
        file_sha256=row.file_sha256 or "",
        seals=seals,
        copy=CopyFacts(row.copy_no, row.purpose, date.fromisoformat(row.copy_until)) if row.copy_no else None,
        replaced_by=facts.get("replaced_by", ""),
    )


def _categories(facts: Mapping[str, Any]) -> tuple[Sentence, ...]:
    names = [facts["category_name"]] if "category_name" in facts else []
    names += [specialty["name"] for specialty in facts.get("specialties", ())]
    return tuple(Sentence(name, ENGLISH.get(name, name)) for name in names)


def _title(row: _Row, title_en: Callable[[str], str]) -> Sentence:
    of_sheet = row.template.split("/")[1] == SHEET_TEMPLATE
    return Sentence(row.title, SHEET_TITLE_EN if of_sheet else title_en(row.template) or row.title)


def _seal(row: _Row) -> PublicSeal:
    return PublicSeal(
        ROLES[SignatoryRole(row.field or "")],
        _shown(row.sealer),
        from_stored(row.proven_at or row.claimed_at),
        proven=row.proven_at is not None,
    )


def _shown(party: _Party) -> str:
    """An organisation by name, a person masked; nothing of a party that the register has not."""
    if party.kind is None:
        return ""
    return PersonName(party.name).masked if party.kind == PartyKind.PERSON else party.name


def _last4(party: _Party) -> str:
    return IdNo(party.number)[-4:] if party.kind == PartyKind.PERSON else ""
