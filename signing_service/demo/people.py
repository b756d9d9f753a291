"""Invented people and organisations, with numbers whose check digits are right, and the licences they hold from before.

Keys and names are those of ``certs/pki.toml``; every seal carries a code that marks it as test data.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from signing_service.demo.portraits import sample_portrait
from signing_service.demo.signatures import sample_signature
from signing_service.domain.codes import IdNo, LicenceIdentifier, PersonName, Region, Uscc, id_check
from signing_service.domain.dates import add_years, day_in_shanghai
from signing_service.domain.documents import Blobs
from signing_service.domain.keys import KeyRef
from signing_service.domain.licences import Licence, LicenceStatus, LicenceType
from signing_service.domain.parties import Organisation, Party, PartyKind, Person
from signing_service.domain.seals import SPECIAL_SEALS, Seal, SealArtwork, SealKind
from signing_service.domain.staff import Grant, Level
from signing_service.storage import licences, parties

REGION = "360100"

AUTHORITY = Organisation(
    PartyKind.AUTHORITY,
    Uscc("11360000999000013K"),
    "示例省住房和城乡建设厅",
    Region("360000"),
    KeyRef("soft", "authority"),
    {"letter_head": "示建许受", "letter_place": "示", "phone": "0791-00000000"},
)
PLATFORM = Organisation(
    PartyKind.PLATFORM,
    Uscc("12360100999000187Y"),
    "示例省数字住建服务中心",
    None,
    KeyRef("soft", "platform"),
    {"service_name": "示例省住建一体化平台"},
)
BUILDER = Organisation(
    PartyKind.ENTERPRISE,
    Uscc("9136010099900011XN"),
    "江右示例建设集团有限公司",
    None,
    KeyRef("soft", "enterprise-9136010099900011xn"),
)
FORMER_BUILDER = Organisation(
    PartyKind.ENTERPRISE,
    Uscc("91360102999000128K"),
    "东湖示例建筑工程有限公司",
    None,
    KeyRef("soft", "enterprise-91360102999000128k"),
)
ORGANISATIONS = (AUTHORITY, PLATFORM, BUILDER, FORMER_BUILDER)

EVERY_GRANT = tuple(Grant("*", level, Region("360000")) for level in Level)
"""Of an officer of the province who may do everything, though not two levels of one dossier."""

SIGNALLER_ID = "360102199003070014"
CONSTRUCTOR_ID = "360102198501010028"

SIGNALLER_LICENCE = "赣A042023000123"
CONSTRUCTOR_LICENCE = "赣236121400028"

CROWD = (
    "张伟", "刘洋", "陈静", "杨帆", "黄志刚", "赵小军", "周海燕", "吴建平", "徐国强", "孙丽华",
    "欧阳文博", "胡晓明", "郭永红", "林志云", "何镕", "高㛃", "罗建军", "梁小芳", "宋𬭎", "唐𠮷明",
)  # fmt: skip
"""The twenty of the batch; among them names with rare characters, as in every office's drawer."""


@dataclass(frozen=True, slots=True)
class Somebody:
    name: str
    id_no: str
    woman: bool


def crowd() -> list[Somebody]:
    """Twenty people of working age, each with an ID number that adds up."""
    people = []
    for position, name in enumerate(CROWD):
        born = date(1975 + position, 1 + position % 12, 3 + position)
        woman = position % 3 == 2
        head = f"360103{born:%Y%m%d}{200 + 2 * position + (0 if woman else 1):03d}"
        people.append(Somebody(name, head + id_check(head), woman))
    return people


def enter(connection: Connection, blobs: Blobs, at: datetime) -> None:
    """Put parties, seals and the licences from before into an empty register. Doing it again changes nothing."""
    if parties.find(connection, str(AUTHORITY.number)):
        return
    today = day_in_shanghai(at)
    signaller = Person(
        IdNo(SIGNALLER_ID), PersonName("王建国"), KeyRef("soft", "person-wang-jianguo"),
        {"education": "高中（中专）", "photo": blobs.put(sample_portrait("王建国", woman=False))},
    )  # fmt: skip
    constructor = Person(
        IdNo(CONSTRUCTOR_ID), PersonName("李芳华"), KeyRef("soft", "person-li-fanghua"),
        {
            "education": "大学本科", "professional_title": "工程师", "email": "lifanghua@example.org",
            "qualification_no": "2012036360000362012000028",
            "photo": blobs.put(sample_portrait("李芳华", woman=True)),
        },
    )  # fmt: skip
    for party in (*ORGANISATIONS, signaller, constructor):
        parties.put(connection, party)
        if seal := _seal_of(party, today):
            parties.put_seal(connection, seal)
            for special in special_seals(seal):
                parties.put_seal(connection, special)
    parties.put_seal(connection, _seal_of_reports(today))
    for licence in (_of_signaller(signaller, today), _of_constructor(constructor, today)):
        licences.add(connection, licence, at)


def _seal_of(party: Party, today: date) -> Seal | None:
    artwork = {
        PartyKind.AUTHORITY: lambda: SealArtwork(
            SealKind.AUTHORITY, str(party.name), ("行政审批专用章",), "3600009900001"
        ),
        PartyKind.PLATFORM: lambda: SealArtwork(SealKind.PLATFORM, str(party.name)),
        PartyKind.ENTERPRISE: lambda: SealArtwork(
            SealKind.ENTERPRISE, str(party.name), (), f"3601009{int.from_bytes(str(party.number).encode()) % 10**6:06d}"
        ),
        PartyKind.PERSON: lambda: SealArtwork(
            SealKind.SIGNATURE, str(party.name), strokes=sample_signature(str(party.name))
        ),
    }[party.kind]()
    if party.key is None:
        return None
    return Seal(
        seal_id=f"seal-{party.key.label}"[:36],
        version=1,
        owner=str(party.number),
        artwork=artwork,
        key=party.key,
        valid_from=today,
        valid_until=add_years(today, 3),
    )


def special_seals(general: Seal) -> list[Seal]:
    """Of an authority, with the key of its general seal."""
    if general.artwork.kind is not SealKind.AUTHORITY:
        return []
    return [
        replace(general, seal_id=f"{general.seal_id}-{number}"[:36], artwork=replace(general.artwork, lines=(purpose,)))
        for number, purpose in enumerate(SPECIAL_SEALS, 1)
    ]


def _seal_of_reports(today: date) -> Seal:
    """The seal on the portal's validation reports, whose key the platform's other seal does not know."""
    return Seal(
        seal_id="seal-portal",
        version=1,
        owner=str(PLATFORM.number),
        artwork=SealArtwork(SealKind.PLATFORM, str(PLATFORM.name), ("查验专用章",)),
        key=KeyRef("soft", "portal"),
        valid_from=today,
        valid_until=add_years(today, 3),
    )


def _of_signaller(person: Person, today: date) -> Licence:
    """Ends in forty days: inside the window of renewal."""
    ends = today + timedelta(days=40)
    return from_before(
        person, LicenceType.SPECIAL_OPERATION, SIGNALLER_LICENCE, "101", add_years(ends, -2), ends, BUILDER,
        {
            "category": "04", "category_name": "建筑起重信号司索工", "photo": person.facts["photo"],
            "first_issued_on": add_years(ends, -4).isoformat(), "renewal_count": 1,
        },
    )  # fmt: skip


def _of_constructor(person: Person, today: date) -> Licence:
    ends = add_years(today, 2)
    return from_before(
        person, LicenceType.CONSTRUCTOR, CONSTRUCTOR_LICENCE, "102", add_years(ends, -3), ends, FORMER_BUILDER,
        {
            "photo": person.facts["photo"],
            "specialties": [
                {"name": "建筑工程", "code": "10401001", "valid_until": ends.isoformat()},
                {"name": "市政公用工程", "code": "10401010", "valid_until": add_years(today, 1).isoformat()},
            ],
        },
    )  # fmt: skip


def from_before(
    person: Person,
    kind: LicenceType,
    number: str,
    type_serial: str,
    begins: date,
    ends: date,
    employer: Organisation,
    facts: dict[str, object],
) -> Licence:
    """Taken over from the register of paper licences: no file."""
    authority = str(AUTHORITY.number)
    serial = "".join(character for character in number if character.isascii())
    return Licence(
        number=number,
        version=1,
        type=kind,
        identifier=str(LicenceIdentifier.mint(authority + type_serial, authority, serial)),
        status=LicenceStatus.IN_FORCE,
        holder=str(person.id_no),
        holder_name=str(person.name),
        employer=str(employer.uscc),
        authority=authority,
        issued_on=begins,
        valid_from=begins,
        valid_until=ends,
        facts={**facts, "employer_name": employer.name},
    )
