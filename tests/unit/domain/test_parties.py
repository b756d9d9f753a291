"""Persons and organisations, and the record storage keeps of each."""

from __future__ import annotations

import json
from datetime import date

import pytest

from signing_service.domain.codes import IdNo, PersonName, Region, Uscc
from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyRef
from signing_service.domain.parties import Organisation, Party, PartyKind, Person, party_of

WANG = Person(
    IdNo.parse("360102199003070014", date(2026, 11, 22)),
    PersonName.parse("王小明"),
    KeyRef("soft", "wang"),
    {"mobile": "13812341234"},
)
BUILDER = Organisation(PartyKind.ENTERPRISE, Uscc.parse("9136010099900011XN"), "江西示例建设（集团）有限公司")
AUTHORITY = Organisation(
    PartyKind.AUTHORITY,
    Uscc.parse("11360000999000013K"),
    "江西省示例住房和城乡建设厅",
    Region("360000"),
    KeyRef("pkcs11", "authority"),
)


@pytest.mark.parametrize("party", [WANG, BUILDER, AUTHORITY])
def test_a_party_is_read_back_from_its_record_as_it_was(party: Party) -> None:
    record = json.loads(json.dumps(party.to_record()))
    assert party_of(record) == party
    assert set(record) == {"number", "kind", "name", "key_ref", "facts"}


def test_every_party_has_a_number_a_kind_a_name_and_perhaps_a_key() -> None:
    assert [(p.number, p.kind, str(p.key)) for p in (WANG, BUILDER, AUTHORITY)] == [
        ("360102199003070014", PartyKind.PERSON, "soft:wang"),
        ("9136010099900011XN", PartyKind.ENTERPRISE, "None"),
        ("11360000999000013K", PartyKind.AUTHORITY, "pkcs11:authority"),
    ]


def test_the_region_of_an_organisation_is_kept_among_its_facts() -> None:
    assert AUTHORITY.to_record()["facts"] == {"region": "360000"}
    assert BUILDER.to_record()["facts"] == {}


def test_the_public_reads_a_persons_masked_name_and_an_organisations_full_one() -> None:
    assert (WANG.public_name, BUILDER.public_name) == ("王**", "江西示例建设（集团）有限公司")


def test_a_person_in_a_log_shows_neither_number_nor_name_nor_facts() -> None:
    told = repr(WANG)
    assert all(secret not in told for secret in ("360102199003070014", "小明", "13812341234"))


def test_parties_can_be_members_of_a_set() -> None:
    assert len({WANG, BUILDER, AUTHORITY, party_of(WANG.to_record())}) == 3


def test_an_authority_without_a_region_is_refused_because_nothing_would_reach_it() -> None:
    with pytest.raises(Problem) as refusal:
        Organisation(PartyKind.AUTHORITY, AUTHORITY.uscc, AUTHORITY.name)
    assert refusal.value.code == "REGION_INVALID"


@pytest.mark.parametrize("name", ["", "甲", "甲" * 121, " 江西示例建设有限公司", "江西示例\n建设有限公司"])
def test_an_organisations_name_is_two_to_a_hundred_and_twenty_characters_on_one_line(name: str) -> None:
    with pytest.raises(Problem) as refusal:
        Organisation(PartyKind.ENTERPRISE, BUILDER.uscc, name)
    assert refusal.value.code == "NAME_INVALID"


def test_a_person_is_no_organisation() -> None:
    with pytest.raises(ValueError, match="Person"):
        Organisation(PartyKind.PERSON, BUILDER.uscc, "王小明")
