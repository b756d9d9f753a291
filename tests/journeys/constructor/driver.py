"""A small town to walk procedures in: people and enterprises with keys, a clock that can be put forward, officers of each level."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from signing_service.demo import people
from signing_service.demo.portraits import sample_portrait
from signing_service.demo.signatures import sample_signature
from signing_service.domain.codes import IdNo, LicenceIdentifier, PersonName, Region, Uscc, id_check
from signing_service.domain.dates import add_years, day_in_shanghai
from signing_service.domain.dictionaries import SPECIALTIES
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Actor, Stage
from signing_service.domain.employment import ContractKind, Employment, ProjectLock
from signing_service.domain.errors import Problem
from signing_service.domain.licences import Licence, LicenceStatus, LicenceType
from signing_service.domain.new_keys import HolderKind, NewKey
from signing_service.domain.parties import Organisation, PartyKind, Person
from signing_service.domain.register import RegisterStatus
from signing_service.domain.seals import Seal, SealArtwork, SealKind
from signing_service.domain.verdicts import Report, Verdict
from signing_service.domain.view_states import View
from signing_service.domain.working_days import CALENDAR
from signing_service.embedded import Service, prepare, running
from signing_service.pipeline.validate import validate
from signing_service.storage import documents, dossiers, employments, licence_views, licences, parties
from signing_service.storage.documents import DocumentRow
from signing_service.storage.public_register import PublicRegister
from signing_service.trust.newcomers import open_ca
from signing_service.workflows.timekeeping import Timekeeper
from tests.factories import settings_in
from tests.journeys.driver import sample_file
from tests.journeys.platforms import Platforms

HOLDER, EMPLOYER = SignatoryRole.HOLDER, SignatoryRole.EMPLOYER
FORMER_EMPLOYER, NEW_EMPLOYER = SignatoryRole.FORMER_EMPLOYER, SignatoryRole.NEW_EMPLOYER
AUTHORITY = SignatoryRole.AUTHORITY
BUILDER, FORMER = str(people.BUILDER.uscc), str(people.FORMER_BUILDER.uscc)
THIRD = "913604009990001361"


def _first_morning() -> datetime:
    """Nine o'clock in Shanghai on a Monday that is yet to come: the PKI that is made now is valid by then."""
    today = day_in_shanghai(datetime.now(UTC) + timedelta(days=1))
    return datetime.combine(today + timedelta(days=8 - today.isoweekday()), time(1), UTC)


FIRST_MORNING = _first_morning()
TODAY = day_in_shanghai(FIRST_MORNING)


@dataclass
class Clock:
    now: datetime = FIRST_MORNING

    def __call__(self) -> datetime:
        return self.now

    def working_days(self, days: int) -> None:
        """On to the morning after so many working days."""
        last = CALENDAR.after(day_in_shanghai(self.now), days)
        self.days((last - day_in_shanghai(self.now)).days + 1)

    def days(self, days: int) -> None:
        self.now += timedelta(days=days)


@dataclass
class Town:
    service: Service
    clock: Clock
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    # ---- who lives there

    def person(
        self, name: str, *, born: date = date(1985, 3, 4), key: bool = True, photo: bool = True, **facts: Any
    ) -> str:
        """Enter a person, with a key unless told otherwise; the ID number."""
        serial = next(self._numbers)
        head = f"360103{born:%Y%m%d}{200 + serial:03d}"
        number = head + id_check(head)
        if photo:
            facts["photo"] = self.service.desk.blobs.put(sample_portrait(name, woman=False))
        with self.service.desk.database.transaction() as connection:
            parties.put(connection, Person(IdNo(number), PersonName(name), None, facts))
        if key:
            self.give_key(number, name, HolderKind.PERSON)
        return number

    def enterprise(self, name: str, uscc: str, *, key: bool = True, **facts: Any) -> str:
        with self.service.desk.database.transaction() as connection:
            parties.put(connection, Organisation(PartyKind.ENTERPRISE, Uscc(uscc), name, Region("360102"), None, facts))
        if key:
            self.give_key(uscc, name, HolderKind.ENTERPRISE)
        return uscc

    def give_key(self, number: str, name: str, kind: HolderKind) -> None:
        today = day_in_shanghai(self.clock())
        until = add_years(today, 3)
        label = f"town-{next(self._numbers)}"
        key = open_ca(self.service.settings, self.clock).make(NewKey(label, kind, name, number, until), self.clock())
        artwork = (
            SealArtwork(SealKind.SIGNATURE, name, strokes=sample_signature(name))
            if kind is HolderKind.PERSON
            else SealArtwork(SealKind.ENTERPRISE, name, (), "3601009000001")
        )
        with self.service.desk.database.transaction() as connection:
            parties.put_seal(connection, Seal(f"seal-{label}", 1, number, artwork, key, today, until))
            parties.set_key(connection, number, key)

    def employ(self, person: str, enterprise: str) -> None:
        with self.service.desk.database.transaction() as connection:
            employments.start(
                connection,
                Employment(person, enterprise, "项目经理", ContractKind.FIXED, date(2025, 1, 1), date(2028, 12, 31)),
            )

    def lock(self, person: str) -> None:
        with self.service.desk.database.transaction() as connection:
            employments.lock(connection, ProjectLock(person, "3601022608300101", "示例大厦", date(2026, 8, 30)))

    def unlock(self) -> None:
        with self.service.desk.database.transaction() as connection:
            employments.unlock(connection, "3601022608300101", day_in_shanghai(self.clock()))

    def licence(
        self,
        person: str,
        employer: str,
        ends: Mapping[str, date],
        *,
        kind: LicenceType = LicenceType.CONSTRUCTOR,
        employed: bool = True,
        number: str = "",
    ) -> str:
        """Enter a licence of before with specialties by code, each with its end; the number."""
        number = number or f"赣2361214{50_000 + next(self._numbers)}"
        authority = str(people.AUTHORITY.number)
        with self.service.desk.database.transaction() as connection:
            holder, enterprise = parties.load(connection, person), parties.load(connection, employer)
            facts = {
                "photo": holder.facts["photo"],
                "employer_name": str(enterprise.name),
                "specialties": [
                    {"name": SPECIALTIES[code], "code": code, "valid_until": end.isoformat()}
                    for code, end in ends.items()
                ],
            }
            licences.add(
                connection,
                Licence(
                    number=number, version=1, type=kind,
                    identifier=str(LicenceIdentifier.mint(f"{authority}102", authority, number[1:])),
                    status=LicenceStatus.IN_FORCE, holder=person, holder_name=str(holder.name), employer=employer,
                    authority=authority, issued_on=date(2024, 1, 2), valid_from=date(2024, 1, 2),
                    valid_until=max(ends.values()), facts=facts,
                ),
                self.clock(),
            )  # fmt: skip
        if employed:
            self.employ(person, employer)
        return number

    def file(self, name: str = "证明") -> dict[str, Any]:
        pdf = sample_file(name)
        return {"name": f"{name}.pdf", "sha256": self.service.desk.blobs.put(pdf), "pages": 1, "size": len(pdf)}

    # ---- what they do

    @cached_property
    def platforms(self) -> Platforms:
        return Platforms(self.service, self.clock)

    def begin(self, procedure: str, role: SignatoryRole, party: str, typed: Mapping[str, Any]) -> str:
        return self.platforms.of(Actor(role, party, "clerk")).begin(procedure, role, typed)

    def keep(self, number: str, actor: Actor, typed: Mapping[str, Any]) -> None:
        self.platforms.of(actor).keep(number, typed)

    def take(self, number: str, step: str, actor: Actor, reason: str = "", **given: Any) -> Stage:
        """The stage after the step, before what it owes was done."""
        after = self._took(number, step, actor, reason, given)
        self.service.settle(number, timeout=45)
        return after

    def _took(self, number: str, step: str, actor: Actor, reason: str, given: Mapping[str, Any]) -> Stage:
        return Stage(self.platforms.of(actor).take(number, step, actor.role, reason=reason, given=given)["stage"])

    def submit(self, number: str, actor: Actor) -> None:
        self.take(number, "prepare", actor)
        self.take(number, "submit", actor)

    def refused(self, number: str, step: str, actor: Actor, reason: str = "", **given: Any) -> Problem:
        with pytest.raises(Problem) as refusal:
            self._took(number, step, actor, reason, given)
        assert refusal.value.zh
        assert refusal.value.en
        return refusal.value

    def decide(self, number: str, step: str = "grant", reason: str = "", *, levels: int = 3) -> None:
        """受理, 审核, 决定 by different officers; with two levels nobody reviews."""
        self.take(number, "accept", officer("tang"))
        if levels > 2:
            self.take(number, "review", officer("song"))
        self.take(number, step, officer("zheng"), reason)

    def time_goes_by(self) -> int:
        """Everything that is due by the clock goes off."""
        gone = Timekeeper(self.service.desk).go_off()
        with self.service.desk.database.reading() as connection:
            numbers = [row.number for row in connection.execute(dossiers.tables.dossier.select())]
        for number in numbers:
            self.service.settle(number, timeout=45)
        return gone

    # ---- what is seen

    def stage(self, number: str) -> Stage:
        with self.service.desk.database.reading() as connection:
            return dossiers.load(connection, number).stage

    def waits_for(self, number: str) -> set[str]:
        from signing_service.storage import todos

        with self.service.desk.database.reading() as connection:
            return {todo.role.value for todo in todos.of_dossier(connection, number)}

    def documents(self, number: str) -> list[DocumentRow]:
        with self.service.desk.database.reading() as connection:
            return documents.of_dossier(connection, number)

    def document(self, number: str, template: str) -> DocumentRow:
        return [row for row in self.documents(number) if row.template.split("/")[1] == template][-1]

    def validated(self, number: str, template: str) -> Report:
        """The last revision of a document, validated as a stranger would; it has to pass."""
        report = validate(
            self.file_of(number, template),
            self.service.anchors.roots,
            intermediates=self.service.anchors.intermediates,
            now=self.clock(),
        )
        assert report.verdict is Verdict.TOTAL_PASSED, report.reason
        return report

    def file_of(self, number: str, template: str) -> bytes:
        """The last revision of a document."""
        row = self.document(number, template)
        with self.service.desk.database.reading() as connection:
            revision = documents.revisions(connection, row.document_id)[-1]
        return self.service.desk.blobs.get(revision.sha256)

    def text_of(self, number: str, template: str) -> str:
        import pypdfium2

        document = pypdfium2.PdfDocument(self.file_of(number, template))
        try:
            return "".join("".join(page.get_textpage().get_text_range().split()) for page in document)
        finally:
            document.close()

    def public_status(self, row: DocumentRow) -> RegisterStatus:
        found = PublicRegister(self.service.desk.database).by_code(row.code)
        assert found is not None
        return found.status

    def versions(self, number: str) -> list[Licence]:
        """Of a licence; their numbers have no gap."""
        with self.service.desk.database.reading() as connection:
            found = licences.versions(connection, number)
        assert [one.version for one in found] == list(range(1, len(found) + 1))
        assert sum(one.status is LicenceStatus.IN_FORCE for one in found) <= 1
        return found

    def current(self, number: str) -> Licence:
        with self.service.desk.database.reading() as connection:
            found = licences.current(connection, number)
        assert found is not None
        return found

    def view_of(self, person: str, licence: str) -> View:
        """What stands in 我的证书."""
        with self.service.desk.database.reading() as connection:
            return licence_views.of_holder(connection, person)[licence]

    def employer_of(self, person: str) -> str | None:
        with self.service.desk.database.reading() as connection:
            employment = employments.active(connection, person)
        return employment.enterprise if employment else None


@contextmanager
def town_in(folder: Path) -> Iterator[Town]:
    settings = settings_in(folder)
    prepare(settings, lambda _line: None)
    clock = Clock()
    with running(settings, clock) as service:
        with service.desk.database.transaction() as connection:
            people.enter(connection, service.desk.blobs, clock())
        yield Town(service, clock)


def holder(number: str) -> Actor:
    return Actor(HOLDER, number, "holder")


def enterprise(number: str, role: SignatoryRole = EMPLOYER) -> Actor:
    return Actor(role, number, "clerk")


def officer(name: str) -> Actor:
    return Actor(AUTHORITY, str(people.AUTHORITY.uscc), name, people.EVERY_GRANT)


def specialties_of(licence: Licence) -> dict[str, date]:
    return {one["code"]: date.fromisoformat(one["valid_until"]) for one in licence.facts["specialties"]}
