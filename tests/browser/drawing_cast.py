"""Who is needed for a review of drawings besides the small province: a review agency with its head, and seals for drawings.

That keys are made and seals are engraved is another story (``seal.*``): here they are there.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Connection

from signing_service.demo import people, province
from signing_service.domain.accounts import Account
from signing_service.domain.codes import Region, Uscc
from signing_service.domain.dates import add_years, day_in_shanghai
from signing_service.domain.keys import KeyRef
from signing_service.domain.new_keys import HolderKind, NewKey
from signing_service.domain.parties import Organisation, PartyKind
from signing_service.domain.seals import Seal, SealArtwork, SealKind
from signing_service.domain.viewer import AccountKind
from signing_service.storage import accounts as store
from signing_service.storage import parties
from signing_service.trust.newcomers import open_ca
from signing_service.workflows import pins
from signing_service.workflows.accounts.passwords import hashed
from tests.browser.town import CROWD, Town

SURVEYOR = str(people.BUILDER.uscc)
REGISTERED_PERSON = people.SIGNALLER_ID
AGENCY, AGENCY_NAME = "91360302999003003C", "袁河示例施工图审查有限公司"
DEVELOPER, DEVELOPER_NAME = "913604009990001361", "浔阳示例置业有限公司"
HEAD, EXPERT, LEADER = 6, 7, 8
"""Of the twenty: the agency's legal representative, its expert, the developer's project leader. None works for the surveyor."""


def furnish(town: Town) -> None:
    """The agency with its account; the surveyor's 出图专用章 and its registered person's 执业印章."""
    today = day_in_shanghai(town.clock())
    key = enterprise_key(town, AGENCY, AGENCY_NAME)
    facts = {
        "recognition_no": "赣审一类 001", "letter_head": "示图审告", "legal_representative": CROWD[HEAD].id_no,
        "mobile": "13900000077",
    }  # fmt: skip
    agency = Organisation(PartyKind.ENTERPRISE, Uscc(AGENCY), AGENCY_NAME, Region("360302"), key, facts)
    with town.service.desk.database.transaction() as connection:
        parties.put(connection, agency)
        engrave(connection, AGENCY, key, SealArtwork(SealKind.ENTERPRISE, AGENCY_NAME, (), "3603020000077"), today)
        for_drawings(connection, AGENCY, "审查专用章", today)
        for_drawings(connection, SURVEYOR, "出图专用章", today)
        person = parties.load(connection, REGISTERED_PERSON)
        lines = ("3600045-AY001", "", "2029-12-31", people.BUILDER.name)
        artwork = SealArtwork(SealKind.PRACTISING, str(person.name), lines, profession="geotechnical")
        engrave(connection, REGISTERED_PERSON, person.key, artwork, today)
        account = Account(
            "enterprise-agency", AccountKind.ENTERPRISE, AGENCY, AGENCY, AGENCY_NAME, mobile="13900000077"
        )
        store.add(connection, account, "test", town.clock())
        kept = hashed(province.PASSWORD)
        store.put_password(connection, account.account_id, kept, town.clock(), must_change=False)


def has_key_and_seal(town: Town, uscc: str) -> None:
    """Of an enterprise that has just registered itself."""
    with town.service.desk.database.reading() as connection:
        party = parties.load(connection, uscc)
    key = enterprise_key(town, uscc, str(party.name))
    with town.service.desk.database.transaction() as connection:
        parties.put(connection, replace(party, key=key))
        artwork = SealArtwork(SealKind.ENTERPRISE, str(party.name), (), "3604020000078")
        engrave(connection, uscc, key, artwork, day_in_shanghai(town.clock()))


def enterprise_key(town: Town, uscc: str, name: str) -> KeyRef:
    until = add_years(day_in_shanghai(town.clock()), 1)
    new = NewKey("browser-agency" if uscc == AGENCY else "browser-developer", HolderKind.ENTERPRISE, name, uscc, until)
    key = open_ca(town.service.settings, town.clock).make(new, town.clock())
    pins.set_pin(town.service.desk.database, key, province.PIN, town.clock())
    return key


def for_drawings(connection: Connection, uscc: str, purpose: str, today: date) -> None:
    unit = parties.load(connection, uscc)
    artwork = SealArtwork(SealKind.AUTHORITY, str(unit.name), (purpose,))
    engrave(connection, uscc, unit.key, artwork, today)


def engrave(connection: Connection, owner: str, key: Any, artwork: SealArtwork, today: date) -> None:
    assert key is not None
    seal_id = f"seal-{artwork.kind.value}-{owner}"[:36]
    parties.put_seal(connection, Seal(seal_id, 1, owner, artwork, key, today, add_years(today, 1)))
