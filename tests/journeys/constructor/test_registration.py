"""初始注册, 增项, 姓名变更, 身份证变更: a first number, further specialties, and a person who has another name or number."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from signing_service.domain.codes import IdNo, LicenceIdentifier, PersonName, id_check
from signing_service.domain.dossier import Stage
from signing_service.domain.licences import LicenceStatus
from signing_service.domain.numbers import ConstructorNo
from signing_service.domain.parties import Person
from signing_service.storage import aliases, dossiers, parties, tables
from signing_service.workflows.licensing import last_day
from tests.journeys.constructor.driver import (
    BUILDER,
    HOLDER,
    TODAY,
    Town,
    enterprise,
    holder,
    officer,
    specialties_of,
)

BUILDING, MUNICIPAL, ELECTRICAL = "10401001", "10401010", "10401012"
ENDS = {BUILDING: TODAY + timedelta(days=400)}


def first(town: Town, **changes: object) -> dict[str, object]:
    return {
        "employer_uscc": BUILDER, "mobile": "13970000028", "education": "大学本科",
        "qualification_no": "2024036360000362024000771", "qualified_on": "2024-09-20",
        "specialties": [BUILDING, MUNICIPAL], "contract_from": "2026-11-16", "contract_until": "2029-11-15",
        "qualification_proof": town.file("资格证书"), "contract_proof": town.file("劳动合同"), "promise": True, **changes,
    }  # fmt: skip


def employed(town: Town, name: str, **facts: object) -> str:
    person = town.person(name, **facts)  # type: ignore[arg-type]
    town.employ(person, BUILDER)
    return person


def granted(town: Town, number: str, person: str, *, levels: int = 3) -> None:
    town.submit(number, holder(person))
    town.take(number, "confirm", enterprise(BUILDER))
    town.decide(number, levels=levels)


def of_person(town: Town, person: str) -> list[str]:
    from signing_service.storage import licences

    with town.service.desk.database.reading() as connection:
        return [one.number for one in licences.all_of_holder(connection, person)]


# ---- initial, add


def test_a_first_registration_takes_the_next_number_of_the_year(town: Town) -> None:
    numbers = []
    for name in ("赵初始", "钱初始"):
        person = employed(town, name)
        dossier = town.begin("c2.initial", HOLDER, person, first(town))
        granted(town, dossier, person)
        assert town.stage(dossier) is Stage.CLOSED
        (number,) = of_person(town, person)
        numbers.append(number)
        issued = town.current(number)
        until = last_day(TODAY, 3)
        assert specialties_of(issued) == {BUILDING: until, MUNICIPAL: until}
        assert issued.facts["qualification_no"] == "2024036360000362024000771"
        LicenceIdentifier.parse(issued.identifier)
        town.validated(dossier, "constructor")
        assert "准予初始注册" in town.text_of(dossier, "c2_decision")
    minted = [ConstructorNo.parse(number) for number in numbers]
    assert [one.qualified for one in minted] == [2024, 2024]
    assert {one.registered for one in minted} == {TODAY.year}
    assert int(numbers[1][-5:]) == int(numbers[0][-5:]) + 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"qualified_on": "2999-01-01"}, "FIELDS_INVALID"),
        ({"specialties": []}, "FIELDS_INVALID"),
        ({"contract_until": "2020-01-01"}, "FIELDS_INVALID"),
    ],
)
def test_errors_are_told_at_their_fields(town: Town, changes: dict[str, object], code: str) -> None:
    person = employed(town, "孙字段")
    number = town.begin("c2.initial", HOLDER, person, first(town, **changes))
    refusal = town.refused(number, "prepare", holder(person))
    assert refusal.code == code
    assert {error.field for error in refusal.errors} == set(changes)


def test_who_is_registered_already_or_not_employed_is_refused(town: Town) -> None:
    person = town.person("李已有")
    town.licence(person, BUILDER, ENDS)
    number = town.begin("c2.initial", HOLDER, person, first(town))
    assert town.refused(number, "prepare", holder(person)).code == "CERT_EXISTS"
    jobless = town.person("周无业")
    number = town.begin("c2.initial", HOLDER, jobless, first(town))
    assert town.refused(number, "prepare", holder(jobless)).code == "NO_EMPLOYMENT"
    keyless = town.person("吴无钥", key=False)
    town.employ(keyless, BUILDER)
    number = town.begin("c2.initial", HOLDER, keyless, first(town))
    assert town.refused(number, "prepare", holder(keyless)).code == "KEY_MISSING"


def test_further_specialties_last_three_years_from_the_decision(town: Town) -> None:
    person = town.person("郑增项")
    licence = town.licence(person, BUILDER, ENDS)
    added = {"specialty": ELECTRICAL, "qualification_no": "2025036360000362025000771", "qualified_on": "2025-09-20"}
    typed = {
        "licence_no": licence, "employer_uscc": BUILDER, "mobile": "13970000028", "added": [added],
        "qualification_proof": town.file("资格证书"), "promise": True,
    }  # fmt: skip
    number = town.begin("c2.add", HOLDER, person, typed)
    granted(town, number, person)
    before, after = town.versions(licence)
    assert before.status is LicenceStatus.SUPERSEDED
    assert specialties_of(after) == {**ENDS, ELECTRICAL: last_day(TODAY, 3)}
    assert after.valid_until == last_day(TODAY, 3)
    again = town.begin("c2.add", HOLDER, person, {**typed, "added": [{**added, "specialty": BUILDING}]})
    assert town.refused(again, "prepare", holder(person)).code == "SPECIALTY_EXISTS"


# ---- another name


def renaming(town: Town, licence: str, name: str) -> dict[str, object]:
    return {
        "licence_no": licence, "employer_uscc": BUILDER, "mobile": "13970000028", "new_name": name,
        "reason": "经公安机关批准变更姓名。", "proof": town.file("户口簿"),
    }  # fmt: skip


def seen_at_a_window(town: Town, person: str, name: str) -> None:
    with town.service.desk.database.transaction() as connection:
        known = parties.load(connection, person)
        assert isinstance(known, Person)
        connection.execute(
            tables.party.update().where(tables.party.c.number == person).values(name=str(PersonName(name)))
        )


def test_a_new_name_is_the_one_the_window_has_recorded(town: Town) -> None:
    person = town.person("王改名")
    licence = town.licence(person, BUILDER, ENDS)
    number = town.begin("c2.name_change", HOLDER, person, renaming(town, licence, "王更名"))
    assert town.refused(number, "prepare", holder(person)).code == "NAME_NOT_ON_RECORD"
    seen_at_a_window(town, person, "王更名")
    granted(town, number, person, levels=2)
    before, after = town.versions(licence)
    assert (before.holder_name, after.holder_name) == ("王改名", "王更名")
    assert specialties_of(after) == ENDS
    assert "王更名" in town.text_of(number, "constructor")
    assert "姓名由王改名变更为王更名" in town.text_of(number, "c2_decision")
    again = town.begin("c2.name_change", HOLDER, person, renaming(town, licence, "王更名"))
    assert town.refused(again, "prepare", holder(person)).code == "NOTHING_TO_CORRECT"


# ---- another number


def number_like(old: str, serial: int, born: str = "") -> str:
    head = f"{old[:6]}{born or old[6:14]}{serial:03d}"
    return head + id_check(head)


def renumbering(town: Town, licence: str, number: str, **changes: object) -> dict[str, object]:
    return {
        "licence_no": licence, "employer_uscc": BUILDER, "mobile": "13970000028", "new_id_no": number,
        "birth_or_sex": "same", "reason": "原号码与他人重号。", "proof": town.file("公安机关证明"), **changes,
    }  # fmt: skip


def registered_at_a_window(town: Town, number: str, name: str) -> None:
    with town.service.desk.database.transaction() as connection:
        parties.put(connection, Person(IdNo(number), PersonName(name), None, {"region": "360102"}))


def test_everything_of_a_person_goes_over_to_the_new_number(town: Town) -> None:
    old = town.person("冯换号", education="大学本科")
    new = number_like(old, 990 + int(old[16]) % 2)
    licence = town.licence(old, BUILDER, ENDS)
    number = town.begin("c2.id_change", HOLDER, old, renumbering(town, licence, new))
    assert town.refused(number, "prepare", holder(old)).code == "NOT_REALNAMED"
    registered_at_a_window(town, new, "冯换号")
    granted(town, number, old, levels=2)
    assert town.stage(number) is Stage.CLOSED
    before, after = town.versions(licence)
    assert (before.holder, after.holder) == (new, new)
    assert town.employer_of(new) == BUILDER
    assert town.employer_of(old) is None
    with town.service.desk.database.reading() as connection:
        assert parties.find(connection, old) is None
        person = parties.load(connection, new)
        assert aliases.current(connection, old) == new
        assert aliases.aliases_of(connection, new) == [old]
        assert dossiers.load(connection, number).parties[HOLDER] == new
    assert person.facts["education"] == "大学本科"
    assert person.key is None, "the cert has the hash of the former number"
    assert old not in town.text_of(number, "c2_decision")
    town.validated(number, "constructor")


def test_the_key_of_the_former_number_is_revoked(town: Town) -> None:
    old = town.person("陈旧钥")
    with town.service.desk.database.reading() as connection:
        key = parties.load(connection, old).key
    assert key is not None
    new = number_like(old, 980 + int(old[16]) % 2)
    registered_at_a_window(town, new, "陈旧钥")
    licence = town.licence(old, BUILDER, ENDS)
    number = town.begin("c2.id_change", HOLDER, old, renumbering(town, licence, new))
    granted(town, number, old, levels=2)
    from signing_service.trust.opening import open_services

    register = open_services(town.service.settings, town.clock).register
    assert len(register.revocations("person")) >= 1


def test_a_number_of_somebody_else_or_with_another_birthday_is_refused(town: Town) -> None:
    old = town.person("褚核对")
    licence = town.licence(old, BUILDER, ENDS)
    other = town.person("卫他人")
    town.licence(other, BUILDER, ENDS)
    for number, code in ((other, "ID_IN_USE"), (old, "NOTHING_TO_CORRECT")):
        dossier = town.begin("c2.id_change", HOLDER, old, renumbering(town, licence, number))
        assert town.refused(dossier, "prepare", holder(old)).code == code
        town.take(dossier, "withdraw", holder(old))
    born = date(1986, 3, 4)
    new = number_like(old, 970 + int(old[16]) % 2, f"{born:%Y%m%d}")
    registered_at_a_window(town, new, "褚核对")
    dossier = town.begin("c2.id_change", HOLDER, old, renumbering(town, licence, new))
    assert town.refused(dossier, "prepare", holder(old)).code == "ID_BIRTH"
    town.keep(dossier, holder(old), renumbering(town, licence, new, birth_or_sex="changed"))
    granted(town, dossier, old, levels=2)
    assert town.current(licence).facts["birth_date"] == born.isoformat()


def test_a_refused_change_leaves_the_person_as_they_were(town: Town) -> None:
    old = town.person("蒋不变")
    new = number_like(old, 960 + int(old[16]) % 2)
    registered_at_a_window(town, new, "蒋不变")
    licence = town.licence(old, BUILDER, ENDS)
    number = town.begin("c2.id_change", HOLDER, old, renumbering(town, licence, new))
    town.submit(number, holder(old))
    town.take(number, "confirm", enterprise(BUILDER))
    town.take(number, "accept", officer("tang"))
    town.take(number, "refuse", officer("zheng"), "公安机关证明无法核实")
    assert town.current(licence).holder == old
    assert len(town.versions(licence)) == 1
    with town.service.desk.database.reading() as connection:
        assert parties.find(connection, old) is not None
        assert aliases.current(connection, old) == old


def test_the_log_in_moves_to_the_new_number(town: Town) -> None:
    old = town.person("沈登录")
    new = number_like(old, 950 + int(old[16]) % 2)
    with town.service.desk.database.transaction() as connection:
        connection.execute(
            tables.account.insert().values(
                account_id="account-of-shen",
                kind="person",
                login=old,
                party=old,
                name="沈登录",
                person=old,
                mobile="",
                email="",
                dept="",
                post="",
                developer=0,
                state="active",
                made_at="2026-01-01T00:00:00.000000Z",
                made_by="window",
            )
        )
    registered_at_a_window(town, new, "沈登录")
    licence = town.licence(old, BUILDER, ENDS)
    number = town.begin("c2.id_change", HOLDER, old, renumbering(town, licence, new))
    granted(town, number, old, levels=2)
    with town.service.desk.database.reading() as connection:
        account = connection.execute(
            tables.account.select().where(tables.account.c.account_id == "account-of-shen")
        ).one()
    assert (account.login, account.party, account.person, account.state) == (new, new, new, "active")
