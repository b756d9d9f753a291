"""The register as a stranger may see it: every answer from indexed reads, and only what ``PublicDocument`` lets through."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from hmac import compare_digest
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, select

from signing_service.domain.codes import IdNo, PersonName
from signing_service.domain.dates import day_in_shanghai, from_stored
from signing_service.domain.dictionaries import ENGLISH
from signing_service.domain.documents import DocumentKind, SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.domain.licences import LicenceStatus
from signing_service.domain.parties import PartyKind
from signing_service.domain.register import PublicDocument, PublicSeal, RegisterStatus
from signing_service.domain.verdicts import Sentence
from signing_service.storage import documents, tables
from signing_service.storage.database import Database

ROLES: Mapping[SignatoryRole, Sentence] = {
    SignatoryRole.HOLDER: Sentence("申请人", "Applicant"),
    SignatoryRole.EMPLOYER: Sentence("用人单位", "Employer"),
    SignatoryRole.FORMER_EMPLOYER: Sentence("原聘用企业", "Former employer"),
    SignatoryRole.NEW_EMPLOYER: Sentence("现聘用企业", "New employer"),
    SignatoryRole.AUTHORITY: Sentence("颁发机关", "Issuing authority"),
    SignatoryRole.PLATFORM: Sentence("平台核验", "Platform"),
}

STAGES: Mapping[Stage, Sentence] = {
    Stage.DRAFT: Sentence("草稿", "Draft"),
    Stage.SUBMITTED: Sentence("待对方确认", "Waiting for the other parties"),
    Stage.CONFIRMED: Sentence("待受理", "Waiting to be accepted"),
    Stage.ACCEPTED: Sentence("已受理，审核中", "Accepted, under review"),
    Stage.REVIEWED: Sentence("已审核，待决定", "Reviewed, waiting for the decision"),
    Stage.ISSUING: Sentence("已准予，制证中", "Granted, being issued"),
    Stage.CLOSED: Sentence("办结", "Closed"),
    Stage.REFUSED: Sentence("不予许可", "Refused"),
    Stage.NOT_ACCEPTED: Sentence("不予受理", "Not accepted"),
    Stage.WITHDRAWN: Sentence("已撤回", "Withdrawn"),
}

TITLES_EN: Mapping[str, str] = {
    "special_operation": "Special-operation licence (construction)",
    "constructor": "Constructor's registration licence (second class)",
    "so_renew_form": "Application to renew a special-operation licence",
    "c2_change_form": "Application to change a constructor's registration",
    "acceptance_notice": "Notice of acceptance",
}
"""What a document is called on the English page; one that is not listed goes by its Chinese title."""


@dataclass(frozen=True, slots=True)
class PublicRegister:
    """``verify_portal.answers.Lookup`` on the database."""

    database: Database

    def by_code(self, code: str) -> PublicDocument | None:
        return self._find(tables.document.c.code == code.lower())

    def by_check_code(self, code: str) -> PublicDocument | None:
        return self._find(tables.document.c.check_code == code.upper())

    def by_number(self, number: str, check_code: str) -> PublicDocument | None:
        """One read whether the pair is wrong or unknown: the number is compared here, however it was typed."""
        with self.database.reading() as connection:
            asked = select(tables.document).where(tables.document.c.check_code == check_code.upper())
            row = connection.execute(asked).mappings().first()
            agrees = compare_digest(_bare(row["number"] if row else "").encode(), _bare(number).encode())
            return _public(connection, row) if row and agrees else None

    def holder_matches(self, code: str, name: str, last6: str) -> bool:
        """Name and number are compared here and handed to nobody; which of the two differs does not show."""
        document = tables.document
        asked = select(document).where((document.c.code == code.lower()) | (document.c.check_code == code.upper()))
        with self.database.reading() as connection:
            row = connection.execute(asked).mappings().first()
            holder = _person_holding(connection, row) if row and _public(connection, row) else None
        same_name = compare_digest(_bare(holder["name"] if holder else "").encode(), _bare(name).encode())
        same_number = compare_digest((holder["number"][-6:] if holder else "").encode(), last6.upper().encode())
        return holder is not None and same_name and same_number

    def by_sha256(self, sha: str) -> PublicDocument | None:
        revision = tables.revision
        return self._find(
            tables.document.c.document_id
            == select(revision.c.document_id).where(revision.c.sha256 == sha).limit(1).scalar_subquery()
        )

    def is_registered(self, sha: str) -> bool:
        with self.database.reading() as connection:
            found = connection.execute(select(tables.revision.c.sha256).where(tables.revision.c.sha256 == sha).limit(1))
            return found.first() is not None

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

    def _find(self, condition: ColumnElement[bool]) -> PublicDocument | None:
        with self.database.reading() as connection:
            row = connection.execute(select(tables.document).where(condition)).mappings().first()
            return _public(connection, row) if row else None


def _public(connection: Connection, row: RowMapping) -> PublicDocument | None:
    if DocumentKind(row["kind"]) is DocumentKind.LICENCE:
        return _licence(connection, row)
    dossier = (
        connection.execute(select(tables.dossier).where(tables.dossier.c.number == row["dossier"])).mappings().one()
    )
    kind = DocumentKind(row["kind"])
    history = documents.revisions(connection, row["document_id"])
    if not history or (kind is DocumentKind.NOTICE and row["state"] == documents.OPEN):
        return None
    parties = _parties(connection, dossier["parties"])
    holder = parties.get(SignatoryRole.HOLDER)
    return PublicDocument(
        kind=kind,
        title=_title(row),
        number=row["number"],
        status=_status_of_paper(row, Stage(dossier["stage"])),
        holder=_shown(holder),
        holder_id_last4=_last4(holder),
        organisation=_shown(parties.get(SignatoryRole.EMPLOYER) or parties.get(SignatoryRole.NEW_EMPLOYER)),
        issuer=_shown(parties.get(SignatoryRole.AUTHORITY)),
        issued_on=day_in_shanghai(from_stored(row["made_at"])),
        file_sha256=history[-1].sha256,
        seals=_seals(connection, row["document_id"]),
        form_version=row["form_version"] if kind is DocumentKind.FORM else None,
        stage=STAGES[Stage(dossier["stage"])] if kind is DocumentKind.FORM else None,
    )


def _person_holding(connection: Connection, row: RowMapping) -> RowMapping | None:
    """The person whom the document is about; None where it is an organisation, or nobody is known."""
    if DocumentKind(row["kind"]) is DocumentKind.LICENCE:
        licence = tables.licence
        asked = select(licence.c.holder).where(licence.c.document_id == row["document_id"])
        numbers = {SignatoryRole.HOLDER.value: connection.execute(asked).scalar_one()}
    else:
        asked = select(tables.dossier.c.parties).where(tables.dossier.c.number == row["dossier"])
        numbers = connection.execute(asked).scalar_one()
    holder = _parties(connection, numbers).get(SignatoryRole.HOLDER)
    return holder if holder is not None and holder["kind"] == PartyKind.PERSON else None


def _bare(text: str) -> str:
    """Letters, digits and characters alone: a number or name as it is meant, however it is spaced or bracketed."""
    return "".join(one for one in unicodedata.normalize("NFKC", text).upper() if one.isalnum())


def _status_of_paper(row: RowMapping, stage: Stage) -> RegisterStatus:
    """A form that nobody will complete any more, because its dossier ended otherwise, is void."""
    if row["state"] == documents.OPEN:
        return RegisterStatus.VOID if stage.is_final else RegisterStatus.IN_PROGRESS
    return RegisterStatus.VOID if row["state"] == documents.VOID else RegisterStatus.COMPLETE


def _licence(connection: Connection, row: RowMapping) -> PublicDocument | None:
    licence = (
        connection.execute(select(tables.licence).where(tables.licence.c.document_id == row["document_id"]))
        .mappings()
        .first()
    )
    if licence is None or licence["status"] == LicenceStatus.ISSUING:
        return None
    people = _parties(connection, {"holder": licence["holder"], "authority": licence["authority"]})
    holder = people[SignatoryRole.HOLDER]
    facts: Mapping[str, Any] = licence["facts"]
    return PublicDocument(
        kind=DocumentKind.LICENCE,
        title=_title(row),
        number=licence["number"],
        status=RegisterStatus(licence["status"]),
        status_since=day_in_shanghai(from_stored(licence["changed_at"])),
        holder=_shown(holder),
        holder_id_last4=_last4(holder),
        organisation=facts.get("employer_name", ""),
        categories=_categories(facts),
        issuer=_shown(people[SignatoryRole.AUTHORITY]),
        issued_on=date.fromisoformat(licence["issued_on"]),
        valid_from=date.fromisoformat(licence["valid_from"]),
        valid_until=date.fromisoformat(licence["valid_until"]),
        superseded=licence["status"] == LicenceStatus.SUPERSEDED,
        file_sha256=documents.revisions(connection, row["document_id"])[-1].sha256,
        seals=_seals(connection, row["document_id"]),
    )


def _categories(facts: Mapping[str, Any]) -> tuple[Sentence, ...]:
    names = [facts["category_name"]] if "category_name" in facts else []
    names += [specialty["name"] for specialty in facts.get("specialties", ())]
    return tuple(Sentence(name, ENGLISH.get(name, name)) for name in names)


def _title(row: RowMapping) -> Sentence:
    name = row["template"].split("/")[1]
    return Sentence(row["title"], TITLES_EN.get(name, row["title"]))


def _parties(connection: Connection, numbers: Mapping[str, str]) -> dict[SignatoryRole, RowMapping]:
    party = tables.party
    rows = connection.execute(select(party).where(party.c.number.in_(set(numbers.values())))).mappings()
    found = {row["number"]: row for row in rows}
    return {SignatoryRole(role): found[number] for role, number in numbers.items() if number in found}


def _seals(connection: Connection, document_id: str) -> tuple[PublicSeal, ...]:
    sealing, party, revision = tables.sealing, tables.party, tables.revision
    filled = (revision.c.document_id == sealing.c.document_id) & (revision.c.field == sealing.c.field)
    rows = connection.execute(
        select(sealing.c.field, sealing.c.claimed_at, sealing.c.proven_at, party.c.kind, party.c.name, party.c.number)
        .join(party, party.c.number == sealing.c.party)
        .join(revision, filled)
        .where(sealing.c.document_id == document_id)
        .order_by(revision.c.revision)
    ).mappings()
    return tuple(
        PublicSeal(
            ROLES[SignatoryRole(row["field"])],
            _shown(row),
            from_stored(row["proven_at"] or row["claimed_at"]),
            proven=row["proven_at"] is not None,
        )
        for row in rows
    )


def _shown(party: RowMapping | None) -> str:
    """An organisation by name, a person masked."""
    if party is None:
        return ""
    return PersonName(party["name"]).masked if party["kind"] == PartyKind.PERSON else party["name"]


def _last4(party: RowMapping | None) -> str:
    if party is None or party["kind"] != PartyKind.PERSON:
        return ""
    return IdNo(party["number"])[-4:]
