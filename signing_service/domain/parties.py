"""Who plays a part in a dossier: a person by ID number, an organisation by 统一社会信用代码.

A party is known by its number for ever; what else is known of it (mobile, legal representative, when it was
real-named) is in ``facts`` and is nobody's business but the procedures' that ask for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from signing_service.domain.codes import IdNo, PersonName, Region, Uscc, clean_prose
from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyRef

ORGANISATION_NAME_LENGTH = range(2, 121)


class PartyKind(StrEnum):
    PERSON = "person"
    ENTERPRISE = "enterprise"
    AUTHORITY = "authority"
    PLATFORM = "platform"


@dataclass(frozen=True, slots=True)
class Person:
    """A natural person. ``key`` is the key that signs for them and for nobody else, None until they have one."""

    id_no: IdNo
    name: PersonName
    key: KeyRef | None = None
    facts: Mapping[str, Any] = field(default_factory=dict, hash=False, repr=False)

    @property
    def kind(self) -> PartyKind:
        return PartyKind.PERSON

    @property
    def number(self) -> IdNo:
        return self.id_no

    @property
    def public_name(self) -> str:
        """``王**``"""
        return self.name.masked

    def to_record(self) -> dict[str, Any]:
        return _record(self, self.facts)


@dataclass(frozen=True, slots=True)
class Organisation:
    """An enterprise, an authority or the platform. ``region`` is where an authority decides; others may have none."""

    kind: PartyKind
    uscc: Uscc
    name: str
    """The registered name in full, as it stands in the register, with brackets of its own width."""
    region: Region | None = None
    key: KeyRef | None = None
    facts: Mapping[str, Any] = field(default_factory=dict, hash=False, repr=False)

    def __post_init__(self) -> None:
        if self.kind is PartyKind.PERSON:
            msg = "a person is a Person, not an Organisation"
            raise ValueError(msg)
        if len(self.name) not in ORGANISATION_NAME_LENGTH or clean_prose(self.name) != self.name or "\n" in self.name:
            raise Problem(
                "NAME_INVALID",
                "单位名称应为 2 至 120 个字，首尾不留空格、中间不换行，请按营业执照填写登记全称。",
                "An organisation's name has 2 to 120 characters on one line, no space before or after: "
                "copy it in full from the business licence.",
            )
        if self.kind is PartyKind.AUTHORITY and self.region is None:
            raise Problem(
                "REGION_INVALID",
                f"主管部门“{self.name}”未设置行政区划，办件无法送达，请先补充所属区划。",
                f"The authority {self.name} has no region, so no dossier can reach it: set its region first.",
            )

    @property
    def number(self) -> Uscc:
        return self.uscc

    @property
    def public_name(self) -> str:
        """Organisations are named in full."""
        return self.name

    def to_record(self) -> dict[str, Any]:
        where = {} if self.region is None else {"region": str(self.region)}
        return _record(self, {**self.facts, **where})


Party = Person | Organisation


def _record(party: Party, facts: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "number": str(party.number),
        "kind": str(party.kind),
        "name": str(party.name),
        "key_ref": None if party.key is None else str(party.key),
        "facts": dict(facts),
    }


def party_of(record: Mapping[str, Any]) -> Party:
    """The party that ``to_record`` described: number, kind, name, key_ref (or None), facts."""
    kind = PartyKind(record["kind"])
    key = KeyRef.parse(record["key_ref"]) if record["key_ref"] else None
    facts = dict(record["facts"])
    if kind is PartyKind.PERSON:
        return Person(IdNo(record["number"]), PersonName(record["name"]), key, facts)
    region = facts.pop("region", None)
    return Organisation(
        kind, Uscc(record["number"]), record["name"], None if region is None else Region(region), key, facts
    )
