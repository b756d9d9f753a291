"""A sample for trying one's own key: an invented enterprise that holds its key itself, and a dossier that waits for it."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from signing_service.demo import people
from signing_service.domain.codes import Uscc
from signing_service.domain.dates import add_years, day_in_shanghai
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Actor
from signing_service.domain.errors import Problem
from signing_service.domain.keys import OUTSIDE, KeyRef
from signing_service.domain.parties import Organisation, PartyKind
from signing_service.domain.seals import Seal, SealArtwork, SealKind
from signing_service.embedded import Service
from signing_service.storage import dossiers, licences, outbox, parties

HOLDER, FORMER_EMPLOYER = SignatoryRole.HOLDER, SignatoryRole.FORMER_EMPLOYER
NEW_EMPLOYER = SignatoryRole.NEW_EMPLOYER
LABEL = "enterprise-913604009990001361"

ENTERPRISE = Organisation(
    PartyKind.ENTERPRISE,
    Uscc("913604009990001361"),
    "浔阳示例工程监理有限公司",
    None,
    KeyRef(OUTSIDE, "913604009990001361"),
)


def open_sample(service: Service) -> tuple[str, SignatoryRole]:
    """A constructor goes to the enterprise; the dossier waits for its seal. The one that waits already, if there is."""
    desk = service.desk
    with desk.database.transaction() as connection:
        people.enter(connection, desk.blobs, desk.clock())
        if parties.find(connection, str(ENTERPRISE.number)) is None:
            today = day_in_shanghai(desk.clock())
            parties.put(connection, ENTERPRISE)
            artwork = SealArtwork(SealKind.ENTERPRISE, ENTERPRISE.name, (), "3604009000136")
            key = ENTERPRISE.key or KeyRef(OUTSIDE, LABEL)
            until = add_years(today, 3)
            parties.put_seal(
                connection, Seal(f"seal-{ENTERPRISE.uscc}", 1, str(ENTERPRISE.uscc), artwork, key, today, until)
            )
        licence = licences.current(connection, people.CONSTRUCTOR_LICENCE)
        waiting = dossiers.open_on_licence(connection, "c2.employer_change", people.CONSTRUCTOR_LICENCE)
    if waiting:
        return waiting[0], NEW_EMPLOYER
    if licence is None or licence.employer == str(ENTERPRISE.uscc) or licence.employer is None:
        raise Problem(
            "SAMPLE_DONE",
            "示例办件已经办完：该人员已在浔阳示例工程监理有限公司执业；要重新体验，请另设 SIGNING_VAR 文件夹。",
            "The sample is done: the constructor works for that enterprise already. To try again, name another folder "
            "with SIGNING_VAR.",
        )
    number = desk.open(
        "c2.employer_change",
        {HOLDER: people.CONSTRUCTOR_ID, **_office()},
        _form(service, licence.employer),
        region=people.REGION,
        request_key=f"sample/outside/{licence.version}",
    )
    desk.take_step(number, "submit", Actor(HOLDER, people.CONSTRUCTOR_ID, "holder"))
    desk.take_step(number, "confirm", Actor(FORMER_EMPLOYER, licence.employer, "clerk"))
    desk.take_step(number, "confirm", Actor(NEW_EMPLOYER, str(ENTERPRISE.uscc), "clerk"))
    return number, NEW_EMPLOYER


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


def _form(service: Service, employer: str) -> dict[str, object]:
    today = day_in_shanghai(service.desk.clock())
    contract = {"name": "劳动合同", "sha256": service.desk.blobs.put(b"sample contract"), "pages": 8}
    return {
        "licence_no": people.CONSTRUCTOR_LICENCE,
        "mobile": "13970000028",
        "former_employer_uscc": employer,
        "new_employer_uscc": str(ENTERPRISE.uscc),
        "left_on": (today - timedelta(days=12)).isoformat(),
        "contract_from": (today - timedelta(days=6)).isoformat(),
        "contract_until": (today + timedelta(days=3 * 365 - 6)).isoformat(),
        "reason": "与现聘用企业订立劳动合同，申请变更执业企业。",
        "projects": "未担任在建工程项目的施工负责人。",
        "attachments": [contract],
    }
