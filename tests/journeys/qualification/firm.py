"""Construction enterprises with the people whom an application for a qualification names, and the way such an application goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import Any

from signing_service.demo import people
from signing_service.demo.province import CITY_BUREAU
from signing_service.domain.codes import LicenceIdentifier, org_check, uscc_check
from signing_service.domain.dates import add_years, day_in_shanghai
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Actor, Stage
from signing_service.domain.licences import Licence, LicenceStatus, LicenceType
from signing_service.domain.qualifications import CATEGORIES
from signing_service.domain.seals import Seal, SealArtwork, SealKind
from signing_service.storage import dossiers, licences, parties
from signing_service.workflows.qualifying import Wanted, titles
from tests.journeys.constructor.driver import AUTHORITY, EMPLOYER, TODAY, Town, enterprise, holder

BUILDING, MUNICIPAL = "10401001", "10401010"
LATER = TODAY + timedelta(days=700)
LEADER, REPRESENTATIVE = SignatoryRole.TECHNICAL_LEADER, SignatoryRole.LEGAL_REPRESENTATIVE
SERIALS = count(101)
SURNAMES = "赵钱孙李周吴郑王冯陈"


@dataclass
class Professional:
    name: str
    id_no: str
    licence_no: str

    @property
    def row(self) -> dict[str, str]:
        return {"name": self.name, "id_no": self.id_no, "licence_no": self.licence_no}


@dataclass
class Firm:
    town: Town
    name: str
    uscc: str
    representative: str
    leader: str
    professionals: list[Professional]

    # ---- who acts

    @property
    def clerk(self) -> Actor:
        return enterprise(self.uscc)

    def as_representative(self) -> Actor:
        return Actor(REPRESENTATIVE, self.representative, "representative")

    def as_leader(self) -> Actor:
        return Actor(LEADER, self.leader, "leader")

    # ---- what they do

    def rewrites(self, number: str, **changes: Any) -> None:
        """Other values in the draft of an application."""
        with self.town.service.desk.database.reading() as connection:
            draft = dict(dossiers.load(connection, number).draft)
        self.town.keep(number, self.clerk, {**draft, **changes})

    def hires(self, name: str = "") -> Professional:
        """A constructor, registered with the firm and employed by it."""
        serial = next(SERIALS)
        name = name or f"{SURNAMES[serial % 10]}建{SURNAMES[serial // 10 % 10]}"
        person = self.town.person(name)
        one = Professional(name, person, self.town.licence(person, self.uscc, {BUILDING: LATER}))
        self.professionals.append(one)
        return one

    def begin(self, kind: str = "first", requested: Sequence[str] = ("G01/3",), **changes: Any) -> str:
        """``G01/3``: 建筑工程施工总承包三级."""
        rows = [dict(zip(("category", "grade"), one.split("/"), strict=True)) for one in requested]
        typed = {"application_kind": kind, "requested": rows, **self.about(), **changes}
        return self.town.begin("eq.apply", EMPLOYER, self.uscc, typed)

    def renews(self, licence_no: str, **changes: Any) -> str:
        return self.applies("eq.renew", {"licence_no": licence_no, **self.about(), **changes})

    def applies(self, procedure: str, typed: dict[str, Any]) -> str:
        return self.town.begin(procedure, EMPLOYER, self.uscc, typed)

    def officers(self) -> dict[str, Any]:
        """What change and cancellation ask of who answers for the enterprise."""
        return {
            "legal_representative": self._name(self.representative),
            "legal_representative_id_no": self.representative,
            "contact_name": "夏静",
            "contact_mobile": "13970000020",
        }

    def about(self) -> dict[str, Any]:
        """The sections that every application has."""
        leader, representative = self._name(self.leader), self._name(self.representative)
        return {
            "address": "示例省示例市东湖区匠心路 18 号",
            "business_address": "示例省示例市东湖区匠心路 18 号",
            "economic_nature": "有限责任公司",
            "established_on": "2009-04-16",
            "registered_capital": "1200",
            "net_assets": "1500",
            "registrar": "示例市市场监督管理局",
            "headcount": "86",
            "insured_month": "2026年8月至10月",
            "contact_name": "夏静",
            "contact_mobile": "13970000020",
            "legal_representative": representative,
            "legal_representative_id_no": self.representative,
            "manager_name": representative,
            "manager_id_no": self.representative,
            "technical_leader_name": leader,
            "technical_leader_id_no": self.leader,
            **{
                f"{key}_{item}": value
                for key in ("legal_representative", "manager", "technical_leader")
                for item, value in (("title", "高级工程师"), ("field", "建筑工程"), ("mobile", "13807910017"))
            },
            "constructors": [one.row for one in self.professionals],
            "premises_address": "示例省示例市东湖区匠心路 18 号",
            "premises_area": "860",
            "premises_right": "自有",
            "business_licence": self.town.file("营业执照"),
            "audit_report": self.town.file("审计报告"),
        }

    def _name(self, person: str) -> str:
        with self.town.service.desk.database.reading() as connection:
            return str(parties.load(connection, person).name)

    def asked(self, one: Professional) -> list[str]:
        """The sheets that wait for a professional's signature."""
        with self.town.service.desk.database.reading() as connection:
            found = [dossier for dossier, _ in dossiers.of_party(connection, one.id_no, 20)]
        return [one.number for one in found if one.procedure == "eq.confirm" and one.stage is Stage.SUBMITTED]

    def confirmed(self) -> list[str]:
        """Every professional confirms; the sheets."""
        sheets = [(one, sheet) for one in self.professionals for sheet in self.asked(one)]
        for one, sheet in sheets:
            self.town.take(sheet, "confirm", holder(one.id_no))
        return [sheet for _, sheet in sheets]

    def sign(self, number: str) -> None:
        """Prepared, confirmed by every professional, signed by leader and representative, sealed."""
        self.town.take(number, "prepare", self.clerk)
        self.confirmed()
        for actor in (self.as_leader(), self.as_representative(), self.clerk):
            self.town.take(number, "confirm", actor)

    def licensed(self, kind: str = "first", requested: Sequence[str] = ("G01/3",), **changes: Any) -> str:
        """Applied for and granted; the number of the licence."""
        number = self.begin(kind, requested, **changes)
        self.sign(number)
        granted(self.town, number)
        with self.town.service.desk.database.reading() as connection:
            made = licences.of_dossier(connection, number)
        assert made is not None
        return made.number


def firm(town: Town, name: str, professionals: int = 1, *, uscc: str = "") -> Firm:
    """An enterprise of Nanchang that has been taken in."""
    if not uscc:
        organisation = f"MA8{next(SERIALS):05d}"
        body = "91360102" + organisation + org_check(organisation)
        uscc = town.enterprise(name, body + uscc_check(body))
    serial = next(SERIALS)
    leader = town.person(f"{SURNAMES[serial % 10]}总工")
    town.employ(leader, uscc)
    made = Firm(town, name, uscc, town.person(f"{SURNAMES[serial % 10]}董事"), leader, [])
    for _ in range(professionals):
        made.hires()
    return made


def held_before(firm: Firm, qualifications: Sequence[str], *, ends_in: int) -> str:
    """A licence of the province that the firm has had for years, with so many days to go; the number."""
    town, wanted = firm.town, [one.split("/") for one in qualifications]
    held = [Wanted(CATEGORIES[category], grade) for category, grade in wanted]
    ends, number = today(town) + timedelta(days=ends_in), f"D236{next(SERIALS):06d}"
    authority = str(people.AUTHORITY.number)
    licence = Licence(
        number=number, version=1, type=LicenceType.QUALIFICATION,
        identifier=str(LicenceIdentifier.mint(f"{authority}103", authority, number)), status=LicenceStatus.IN_FORCE,
        holder=firm.uscc, holder_name=firm.name, employer=None, authority=authority, issued_on=add_years(ends, -5),
        valid_from=add_years(ends, -5), valid_until=ends,
        facts={
            "holder_name": firm.name, "holder_uscc": firm.uscc, "address": "示例省示例市东湖区匠心路 18 号",
            "legal_representative": "赵董事", "registered_capital": "4800", "economic_nature": "有限责任公司",
            "qualifications": [one.to_face() for one in held], "category_name": titles(held),
        },
    )  # fmt: skip
    with town.service.desk.database.transaction() as connection:
        licences.add(connection, licence, town.clock())
    return number


def today(town: Town) -> date:
    return day_in_shanghai(town.clock())


def city(town: Town) -> None:
    """The city has a bureau of its own."""
    with town.service.desk.database.transaction() as connection:
        if parties.find(connection, str(CITY_BUREAU.uscc)) is None and CITY_BUREAU.key is not None:
            parties.put(connection, CITY_BUREAU)
            artwork = SealArtwork(SealKind.AUTHORITY, CITY_BUREAU.name, ("行政审批专用章",), "3601009000021")
            seal = Seal("seal-city", 1, str(CITY_BUREAU.uscc), artwork, CITY_BUREAU.key, TODAY, add_years(TODAY, 3))
            parties.put_seal(connection, seal)


def officer(town: Town, number: str, name: str) -> Actor:
    """Of the authority that the application went to."""
    with town.service.desk.database.reading() as connection:
        authority = dossiers.load(connection, number).parties[AUTHORITY]
    return Actor(AUTHORITY, authority, name, people.EVERY_GRANT)


def put_to_the_public(town: Town, number: str) -> None:
    town.take(number, "accept", officer(town, number, "tang"))
    town.take(number, "review", officer(town, number, "song"), opinion="材料齐全，符合标准。")


def granted(town: Town, number: str) -> None:
    """受理, 审查, ten days of 公示, 决定."""
    put_to_the_public(town, number)
    town.clock.days(11)
    town.time_goes_by()
    town.take(number, "grant", officer(town, number, "zheng"))


def valid_for_five_years(first: date) -> date:
    return date.fromordinal(add_years(first, 5).toordinal() - 1)
