"""电子执业印章: applied for by its owner, confirmed by the unit, compared with the registration by the authority (domain text, §7)."""

from __future__ import annotations

from datetime import date
from typing import Any

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.domain.seals import Seal, SealKind, SealState, for_sheets, not_for_sheets
from signing_service.storage import parties
from signing_service.workflows.licensing import last_day
from tests.journeys.constructor.driver import EMPLOYER, HOLDER, TODAY, Town, enterprise, holder, officer

USCC = "91360302999003003C"
UNIT = "示例岩土勘察设计有限公司"


def application(town: Town, **changes: Any) -> dict[str, Any]:
    return {
        "employer_uscc": USCC, "profession": "geotechnical", "registration_no": "3600045-AY001",
        "registered_until": "2028-06-30", "registration_scan": town.file("注册证书"), **changes,
    }  # fmt: skip


def practising_seals(town: Town, person: str) -> list[Seal]:
    with town.service.desk.database.reading() as connection:
        return [one for one in parties.seals(connection, person) if one.artwork.kind is SealKind.PRACTISING]


def issued(town: Town, person: str, **changes: Any) -> str:
    number = town.begin("person.practising", HOLDER, person, application(town, **changes))
    town.submit(number, holder(person))
    town.take(number, "confirm", enterprise(USCC))
    town.take(number, "grant", officer("song"))
    assert town.stage(number) is Stage.CLOSED
    return number


def test_a_practising_seal_bears_what_stands_in_the_registration_and_ends_with_it(town: Town) -> None:
    town.enterprise(UNIT, USCC)
    person = town.person("章岩土")
    stranger = town.begin("person.practising", HOLDER, person, application(town))
    assert town.refused(stranger, "prepare", holder(person)).code == "NO_EMPLOYMENT"
    town.take(stranger, "withdraw", holder(person))
    town.employ(person, USCC)
    for changes, code in (
        ({"profession": "doctor"}, "FIELDS_INVALID"),
        ({"profession": "constructor_1", "check_no": "x1", "specialties": "建筑"}, "SEAL_CHECK_NO"),
        (
            {
                "profession": "constructor_2",
                "check_no": "00",
                "specialties": "建筑",
                "registration_no": "赣236000000000",
            },
            "REGISTRATION_UNKNOWN",
        ),
        ({"registered_until": "2020-01-01"}, "FIELDS_INVALID"),
    ):
        wrong = town.begin("person.practising", HOLDER, person, application(town, **changes))
        assert town.refused(wrong, "prepare", holder(person)).code == code
        town.take(wrong, "withdraw", holder(person))

    number = issued(town, person)
    (seal,) = practising_seals(town, person)
    assert seal.artwork.profession == "geotechnical"
    assert seal.artwork.lines == ("3600045-AY001", "", "2028-06-30", UNIT)
    assert seal.valid_until == min(date(2028, 6, 30), last_day(TODAY, 3))
    signed = [one.role for one in town.validated(number, "practising_form").signatures]
    assert signed == ["holder", "employer", "authority", "platform"]
    with town.service.desk.database.reading() as connection:
        owned, party = parties.seals(connection, person), parties.load(connection, person)
    assert for_sheets(owned) == [seal]
    assert seal not in not_for_sheets(owned), "what is no sheet is signed by hand"
    assert party.key is not None
    assert party.key != seal.key, "the key that signs by hand stays what it was"


def test_a_second_profession_has_a_seal_of_its_own_and_a_new_one_of_the_same_replaces_the_former(town: Town) -> None:
    town.enterprise(UNIT, USCC)
    person = town.person("章双证")
    town.employ(person, USCC)
    issued(town, person)
    issued(town, person, profession="structural_1", registration_no="3600045-S001")
    issued(town, person, registered_until="2029-06-30")
    states = {(one.artwork.profession, one.artwork.lines[2]): one.state for one in practising_seals(town, person)}
    assert states == {
        ("geotechnical", "2028-06-30"): SealState.WITHDRAWN,
        ("structural_1", "2028-06-30"): SealState.ACTIVE,
        ("geotechnical", "2029-06-30"): SealState.ACTIVE,
    }


def test_a_unit_that_does_not_agree_gives_nobody_a_seal(town: Town) -> None:
    town.enterprise(UNIT, USCC)
    person = town.person("章未允")
    town.employ(person, USCC)
    number = town.begin("person.practising", HOLDER, person, application(town))
    town.submit(number, holder(person))
    assert town.waits_for(number) == {SignatoryRole.EMPLOYER.value}
    town.take(number, "decline", enterprise(USCC, EMPLOYER), "注册单位不是本单位")
    assert town.stage(number) is Stage.DRAFT
    assert practising_seals(town, person) == []
