"""The tables of every procedure, and dossiers that walk through them without a database."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime

from signing_service.demo import people
from signing_service.domain.codes import IdNo, PersonName, Uscc
from signing_service.domain.documents import DocumentKind, SignatoryRole
from signing_service.domain.dossier import Actor, Dossier, Stage
from signing_service.domain.employment import ContractKind, Employment
from signing_service.domain.keys import KeyRef
from signing_service.domain.licences import Licence, LicenceStatus, LicenceType
from signing_service.domain.parties import Organisation, Party, PartyKind, Person
from signing_service.procedures import CATALOGUE
from signing_service.workflows import effects
from signing_service.workflows.procedure import Field, FieldType, Procedure, Situation
from signing_service.workflows.register import EMPTY, EmptyRegister

HOLDER, EMPLOYER = SignatoryRole.HOLDER, SignatoryRole.EMPLOYER
FORMER_EMPLOYER, NEW_EMPLOYER = SignatoryRole.FORMER_EMPLOYER, SignatoryRole.NEW_EMPLOYER
AUTHORITY, PLATFORM = SignatoryRole.AUTHORITY, SignatoryRole.PLATFORM

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 22)
PHOTO = "ab" * 32
PROCEDURES = tuple(CATALOGUE)
RENEW = CATALOGUE.latest("so.renew", TODAY)
CHANGE = CATALOGUE.latest("c2.employer_change", TODAY)
ISSUE = CATALOGUE.latest("so.issue", TODAY)

KIND_OF = {
    effects.RenderForm: DocumentKind.FORM,
    effects.RenderNotice: DocumentKind.NOTICE,
    effects.RenderLicence: DocumentKind.LICENCE,
    effects.RenderCopy: DocumentKind.LICENCE,
}

PERSON = Person(IdNo(people.SIGNALLER_ID), PersonName("王建国"), KeyRef("soft", "person"), {"photo": PHOTO})
_PEOPLE = ("holder", "leader", "representative", "head")
PARTIES: dict[SignatoryRole, Party] = {
    **{role: PERSON if role.value.endswith(_PEOPLE) else people.BUILDER for role in SignatoryRole},
    FORMER_EMPLOYER: people.FORMER_BUILDER,
    AUTHORITY: people.AUTHORITY,
    PLATFORM: people.PLATFORM,
}
STRANGER = Organisation(PartyKind.ENTERPRISE, Uscc("913604009990001361"), "浔阳示例工程监理有限公司")


class _Employed(EmptyRegister):
    """Everybody works for the builder."""

    def employment_of(self, person: str) -> Employment | None:
        return Employment(person, str(people.BUILDER.number), "信号工", ContractKind.OPEN, date(2025, 1, 1), None)


def licence_of(procedure: Procedure, **changes: object) -> Licence:
    """In force, the holder's own, forty days before its end."""
    values: dict[str, object] = {
        "number": "赣A042024000123",
        "version": 1,
        "type": LicenceType.CONSTRUCTOR if procedure.key.startswith("c2.") else LicenceType.SPECIAL_OPERATION,
        "identifier": "1.2.156.3005.2.11360000999000013K101.11360000999000013K.A042024000123.001.9",
        "status": LicenceStatus.IN_FORCE,
        "holder": str(PERSON.number),
        "holder_name": "王建国",
        "employer": str(PARTIES[FORMER_EMPLOYER if procedure.key == CHANGE.key else EMPLOYER].number),
        "authority": str(people.AUTHORITY.number),
        "issued_on": date(2025, 1, 1),
        "valid_from": date(2025, 1, 1),
        "valid_until": date(2027, 1, 1),
        "facts": {"photo": PHOTO},
    }
    return Licence(**{**values, **changes})  # type: ignore[arg-type]


def situation_of(procedure: Procedure, **changes: object) -> Situation:
    values: dict[str, object] = {
        "now": NOW,
        "today": TODAY,
        "parties": {role: PARTIES[role] for role in procedure.roles},
        "licence": licence_of(procedure),
        "blobs": frozenset({PHOTO}),
        "register": _Employed() if procedure.key == RENEW.key else EMPTY,
    }
    return Situation(**{**values, **changes})  # type: ignore[arg-type]


def value_of(field: Field) -> object:
    """Something that might have been typed, as the form reads it."""
    values: dict[FieldType, object] = {
        FieldType.NAME: "王建国", FieldType.ID_NO: str(PERSON.number), FieldType.USCC: str(people.BUILDER.number),
        FieldType.ENTERPRISE: str(people.BUILDER.number), FieldType.MOBILE: "13870000017",
        FieldType.PHONE: "0791-88888888", FieldType.EMAIL: "name@example.org", FieldType.DATE: "2026-11-20",
        FieldType.INTEGER: 1, FieldType.DECIMAL: "1", FieldType.MONEY: "1", FieldType.REGION: "360102",
        FieldType.COUNTY: "360102", FieldType.LICENCE_NO: "赣A042024000123", FieldType.BLOB: PHOTO,
        FieldType.STATEMENT: True, FieldType.ATTACHMENTS: [],
        FieldType.FILE: {"name": "a.pdf", "sha256": PHOTO, "pages": 1, "size": 1},
    }  # fmt: skip
    match field.type:
        case FieldType.CHOICE:
            return next(iter(field.choices))
        case FieldType.CHOICES:
            return [next(iter(field.choices))]
        case FieldType.ROWS:
            return [read(field.rows)]
    return values.get(field.type, "文字")


def read(fields: Iterable[Field]) -> dict[str, object]:
    """Filled in, with the words of what was chosen."""
    filled: dict[str, object] = {}
    for field in fields:
        filled[field.key] = value_of(field)
        if field.type is FieldType.CHOICE:
            filled[f"{field.key}_name"] = field.choices[str(filled[field.key])]
    return filled


def form_of(procedure: Procedure) -> dict[str, object]:
    return {**read(procedure.fields), "photo": PHOTO}


def dossier_of(procedure: Procedure, **changes: object) -> Dossier:
    values: dict[str, object] = {
        "number": "SORN20261122000017",
        "procedure": procedure.key,
        "edition": procedure.edition,
        "stage": Stage.DRAFT,
        "version": 1,
        "form_version": 1,
        "region": people.REGION,
        "parties": {role: str(PARTIES[role].number) for role in procedure.roles},
        "form": form_of(procedure),
        "visit": frozenset(),
        "opened_at": NOW,
        "facts": {"project_no": "3601022611290101"}
        if procedure.project_field or procedure.key.startswith("fs.")
        else {},
    }
    return Dossier(**{**values, **changes})  # type: ignore[arg-type]


def actor(role: SignatoryRole, person: str = "") -> Actor:
    return Actor(role, str(PARTIES[role].number), person or role.value, people.EVERY_GRANT)
