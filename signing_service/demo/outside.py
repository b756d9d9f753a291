"""A sample for trying one's own key: an invented enterprise that holds its key itself, and a dossier that waits for it."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from sqlalchemy import Connection

from signing_service.demo import people
from signing_service.demo.portraits import sample_portrait
from signing_service.demo.signatures import sample_signature
from signing_service.domain.codes import IdNo, PersonName, Uscc
from signing_service.domain.dates import add_years, day_in_shanghai
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Actor, Stage
from signing_service.domain.keys import OUTSIDE, KeyRef
from signing_service.domain.licences import LicenceType
from signing_service.domain.parties import Organisation, PartyKind, Person
from signing_service.domain.seals import Seal, SealArtwork, SealKind
from signing_service.embedded import Service
from signing_service.storage import dossiers, licences, outbox, parties

HOLDER, FORMER_EMPLOYER = SignatoryRole.HOLDER, SignatoryRole.FORMER_EMPLOYER
NEW_EMPLOYER = SignatoryRole.NEW_EMPLOYER
LABEL = "enterprise-913604009990001361"
HOLDER_ID = "360403197812310034"
LICENCE = "赣236090900034"

ENTERPRISE = Organisation(
    PartyKind.ENTERPRISE,
    Uscc("913604009990001361"),
    "浔阳示例工程监理有限公司",
    None,
    KeyRef(OUTSIDE, "913604009990001361"),
)


def open_sample(service: Service) -> tuple[str, SignatoryRole]:
    """A constructor goes to the enterprise, and the dossier waits for its seal; one that is sealed gives way to another."""
    desk = service.desk
    with desk.database.transaction() as connection:
        people.enter(connection, desk.blobs, desk.clock())
        if parties.find(connection, str(ENTERPRISE.number)) is None:
            _enter(connection, service)
        waiting = dossiers.open_on_licence(connection, "c2.employer_change", LICENCE)
        before = dossiers.load(connection, waiting[0]) if waiting else None
        is_sealed = (
            before is not None and before.stage is Stage.CONFIRMED and not outbox.owed(connection, before.number)
        )
    holder = Actor(HOLDER, HOLDER_ID, "holder")
    if before is not None and not is_sealed:
        return before.number, NEW_EMPLOYER
    if before is not None:
        desk.take_step(before.number, "withdraw", holder)
    number = desk.begin_filled_in(
        "c2.employer_change",
        {HOLDER: HOLDER_ID, **_office()},
        _form(service),
        region=people.REGION,
        request_key=f"sample/outside/{before.number if before else 'first'}",
    )
    desk.take_step(number, "prepare", holder)
    desk.take_step(number, "submit", holder)
    desk.take_step(number, "confirm", Actor(FORMER_EMPLOYER, str(people.FORMER_BUILDER.uscc), "clerk"))
    desk.take_step(number, "confirm", Actor(NEW_EMPLOYER, str(ENTERPRISE.uscc), "clerk"))
    return number, NEW_EMPLOYER


def _enter(connection: Connection, service: Service) -> None:
    """The enterprise with its seal, and a constructor of another enterprise with a licence from before."""
    today = day_in_shanghai(service.desk.clock())
    parties.put(connection, ENTERPRISE)
    artwork = SealArtwork(SealKind.ENTERPRISE, ENTERPRISE.name, (), "3604009000136")
    key, until = KeyRef(OUTSIDE, str(ENTERPRISE.uscc)), add_years(today, 3)
    parties.put_seal(connection, Seal(f"seal-{ENTERPRISE.uscc}", 1, str(ENTERPRISE.uscc), artwork, key, today, until))
    photo = service.desk.blobs.put(sample_portrait("陈志强", woman=False))
    facts = {"education": "大学本科", "professional_title": "高级工程师", "email": "chenzhiqiang@example.org"}
    qualification = {"qualification_no": "2009036360000362009000034", "photo": photo}
    person = Person(
        IdNo(HOLDER_ID), PersonName("陈志强"), KeyRef("soft", "person-chen-zhiqiang"), {**facts, **qualification}
    )
    parties.put(connection, person)
    strokes = SealArtwork(SealKind.SIGNATURE, "陈志强", strokes=sample_signature("陈志强"))
    signature = KeyRef("soft", "person-chen-zhiqiang")
    parties.put_seal(connection, Seal("seal-person-chen-zhiqiang", 1, HOLDER_ID, strokes, signature, today, until))
    ends = add_years(today, 2)
    specialties = [{"name": "建筑工程", "code": "10401001", "valid_until": ends.isoformat()}]
    licence = people.from_before(
        person, LicenceType.CONSTRUCTOR, LICENCE, "102", add_years(ends, -3), ends, people.FORMER_BUILDER,
        {"photo": photo, "specialties": specialties},
    )  # fmt: skip
    licences.add(connection, licence, service.desk.clock())


def wait_until_it_waits(service: Service, number: str, timeout: float = 60.0) -> None:
    """Until the form is drawn and everybody before the enterprise has signed; a worker elsewhere may take longer."""
    give_up = time.monotonic() + timeout
    while time.monotonic() < give_up:
        with service.desk.database.reading() as connection:
            head = next(iter(outbox.owed(connection, number)), None)
        if head is None or head.problem is not None:
            return
        time.sleep(0.05)


def sample_p12(pki: Path, password: str) -> bytes:
    """The enterprise's key and certs, as a CA would hand them out."""
    pem = (pki / "keys" / f"{LABEL}.pem").read_bytes()
    key = serialization.load_pem_private_key(pem, (pki / "passphrase").read_bytes().strip())
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise TypeError(LABEL)
    cert, *chain = x509.load_pem_x509_certificates(pem)
    return pkcs12.serialize_key_and_certificates(
        ENTERPRISE.name.encode(), key, cert, chain, serialization.BestAvailableEncryption(password.encode())
    )


def _office() -> dict[SignatoryRole, str]:
    return {
        SignatoryRole.AUTHORITY: str(people.AUTHORITY.uscc),
        SignatoryRole.PLATFORM: str(people.PLATFORM.uscc),
    }


def _form(service: Service) -> dict[str, object]:
    today = day_in_shanghai(service.desk.clock())
    contract = {"name": "劳动合同", "sha256": service.desk.blobs.put(b"sample contract"), "pages": 8}
    return {
        "licence_no": LICENCE,
        "mobile": "13970000028",
        "former_employer_uscc": str(people.FORMER_BUILDER.uscc),
        "new_employer_uscc": str(ENTERPRISE.uscc),
        "left_on": (today - timedelta(days=12)).isoformat(),
        "contract_from": (today - timedelta(days=6)).isoformat(),
        "contract_until": (today + timedelta(days=3 * 365 - 6)).isoformat(),
        "reason": "与现聘用企业订立劳动合同，申请变更执业企业。",
        "projects": "未担任在建工程项目的施工负责人。",
        "attachments": [contract],
    }
