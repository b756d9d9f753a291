"""The tables of every procedure, and dossiers that walk through them without a database."""

from __future__ import annotations

from datetime import UTC, date, datetime

from signing_service.demo import people
from signing_service.domain.codes import IdNo, PersonName, Uscc
from signing_service.domain.documents import DocumentKind, SignatoryRole
from signing_service.domain.dossier import Actor, Dossier, Stage
from signing_service.domain.keys import KeyRef
from signing_service.domain.licences import Licence, LicenceStatus, LicenceType
from signing_service.domain.parties import Organisation, Party, PartyKind, Person
from signing_service.procedures import CATALOGUE
from signing_service.workflows import effects
from signing_service.workflows.procedure import Procedure, Situation

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
PARTIES: dict[SignatoryRole, Party] = {
    HOLDER: PERSON,
    EMPLOYER: people.BUILDER,
    FORMER_EMPLOYER: people.FORMER_BUILDER,
    NEW_EMPLOYER: people.BUILDER,
    SignatoryRole.LEGAL_REPRESENTATIVE: PERSON,
    AUTHORITY: people.AUTHORITY,
    PLATFORM: people.PLATFORM,
}
STRANGER = Organisation(PartyKind.ENTERPRISE, Uscc("913604009990001361"), "浔阳示例工程监理有限公司")


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
    }
    return Situation(**{**values, **changes})  # type: ignore[arg-type]


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
        "form": {"photo": PHOTO},
        "visit": frozenset(),
        "opened_at": NOW,
    }
    return Dossier(**{**values, **changes})  # type: ignore[arg-type]


def actor(role: SignatoryRole, person: str = "") -> Actor:
    return Actor(role, str(PARTIES[role].number), person or role.value, people.EVERY_GRANT)
