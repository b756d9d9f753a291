"""Walks a procedure as its parties would: begins, writes, takes steps, waits for what they owe; time is set by hand.

The journeys say what happens; how a party reaches the service (over HTTP) is said in ``platforms`` alone.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from signing_service.demo import people
from signing_service.demo.portraits import sample_portrait
from signing_service.domain.codes import IdNo, PersonName, Uscc, id_check
from signing_service.domain.dates import day_in_shanghai
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Actor, Dossier, Stage
from signing_service.domain.employment import ContractKind, Employment
from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyRef
from signing_service.domain.licences import Licence
from signing_service.domain.parties import Organisation, PartyKind, Person
from signing_service.domain.seals import Seal
from signing_service.domain.verdicts import Verdict
from signing_service.domain.view_states import View
from signing_service.embedded import Service, prepare, running
from signing_service.pipeline.validate import validate
from signing_service.storage import (
    documents,
    dossiers,
    employments,
    legacy,
    licence_views,
    licences,
    messages,
    outbox,
    parties,
    sealings,
    todos,
)
from signing_service.storage.documents import DocumentRow
from signing_service.workflows import matching
from signing_service.workflows.daily import Daily
from signing_service.workflows.timekeeping import Timekeeper
from tests.factories import settings_in
from tests.journeys.platforms import Platforms

HOLDER, EMPLOYER = SignatoryRole.HOLDER, SignatoryRole.EMPLOYER
AUTHORITY, PLATFORM = SignatoryRole.AUTHORITY, SignatoryRole.PLATFORM
PERSON, NAME = people.SIGNALLER_ID, "王建国"
BUILDER, OTHER_BUILDER = str(people.BUILDER.uscc), str(people.FORMER_BUILDER.uscc)


@dataclass
class Clock:
    """The present, moved by hand."""

    ahead: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def pass_days(self, days: int) -> None:
        self.ahead += timedelta(days=days)


@dataclass
class Journey:
    service: Service
    clock: Clock
    _requests: Iterator[int] = field(default_factory=count)

    @cached_property
    def platforms(self) -> Platforms:
        return Platforms(self.service, self.clock)

    # ---- who acts

    def person(self, id_no: str = PERSON) -> Actor:
        return Actor(HOLDER, id_no, "holder")

    def enterprise(self, uscc: str = BUILDER) -> Actor:
        return Actor(EMPLOYER, uscc, "clerk")

    def officer(self, name: str) -> Actor:
        return Actor(AUTHORITY, str(people.AUTHORITY.uscc), name, people.EVERY_GRANT)

    # ---- what they do

    def begin(self, key: str, actor: Actor, typed: Mapping[str, Any]) -> str:
        return self.platforms.of(actor).begin(key, actor.role, typed)

    def keep(self, number: str, actor: Actor, typed: Mapping[str, Any]) -> None:
        self.platforms.of(actor).keep(number, typed)

    def take(
        self,
        number: str,
        step: str,
        actor: Actor,
        reason: str = "",
        points: Mapping[str, str] | None = None,
        **given: Any,
    ) -> Dossier:
        """The dossier as it stood after the step. ``points`` of a return for correction: what is wrong with which field."""
        told = {"reason": reason, "given": given, **({"points": points} if points else {})}
        after = self.platforms.of(actor).take(number, step, actor.role, **told)
        return replace(self.dossier(number), stage=Stage(after["stage"]), version=after["version"])

    def submit(self, number: str, actor: Actor) -> None:
        """The form is drawn, seen and signed."""
        self.take(number, "prepare", actor)
        self.settle(number)
        self.take(number, "submit", actor)

    def refused(self, number: str, step: str, actor: Actor, reason: str = "", **given: Any) -> Problem:
        with pytest.raises(Problem) as refusal:
            self.take(number, step, actor, reason, **given)
        assert refusal.value.zh
        assert refusal.value.en
        return refusal.value

    def settle(self, number: str) -> None:
        self.service.settle(number)

    def time_passes(self, days: int) -> None:
        """And what goes off by itself has gone off, whoever looked at the clock first."""
        self.clock.pass_days(days)
        Timekeeper(self.service.desk).go_off()
        while True:
            with self.service.desk.database.reading() as connection:
                if not todos.due_timers(connection, self.clock()):
                    return
            time.sleep(0.02)

    # ---- what there is

    @property
    def today(self) -> date:
        return day_in_shanghai(self.clock())

    def dossier(self, number: str) -> Dossier:
        with self.service.desk.database.reading() as connection:
            return dossiers.load(connection, number)

    def stage(self, number: str) -> Stage:
        return self.dossier(number).stage

    def waiting(self, number: str) -> set[str]:
        """Whom the dossier waits for."""
        with self.service.desk.database.reading() as connection:
            return {todo.role.value for todo in todos.of_dossier(connection, number)}

    def waits_with(self, number: str) -> str:
        """The problem that holds up what the dossier owes."""
        with self.service.desk.database.reading() as connection:
            owed = outbox.owed(connection, number)
        return (owed[0].problem or {}).get("code", "") if owed else ""

    def until_it_waits(self, number: str, code: str) -> None:
        """Until what the dossier owes is held up by that problem; a dossier that owes nothing fails at once."""
        while (waits := self.waits_with(number)) != code:
            with self.service.desk.database.reading() as connection:
                assert outbox.owed(connection, number), f"it waits for nothing, {waits}"
            time.sleep(0.02)

    def papers(self, number: str) -> dict[str, DocumentRow]:
        """The newest document of each template."""
        with self.service.desk.database.reading() as connection:
            return {row.template.split("/")[1]: row for row in documents.of_dossier(connection, number)}

    def text_of(self, row: DocumentRow) -> str:
        pdf = pypdfium2.PdfDocument(self.file_of(row))
        try:
            return "".join(page.get_textpage().get_text_range() for page in pdf).replace("\r\n", "")
        finally:
            pdf.close()

    def file_of(self, row: DocumentRow) -> bytes:
        with self.service.desk.database.reading() as connection:
            revision = documents.revisions(connection, row.document_id)[-1]
        return self.service.desk.blobs.get(revision.sha256)

    def signed_by(self, row: DocumentRow) -> list[str]:
        with self.service.desk.database.reading() as connection:
            revisions = documents.revisions(connection, row.document_id)
        return [revision.field.value for revision in revisions if revision.field]

    def seal_on(self, row: DocumentRow, role: SignatoryRole) -> Seal:
        """The seal whose picture is on a document."""
        with self.service.desk.database.reading() as connection:
            sealing = sealings.sealing(connection, row.document_id, role)
            assert sealing is not None
            (seal,) = [one for one in parties.seals(connection, sealing.party) if one.seal_id == sealing.seal_id]
            return seal

    def assert_genuine(self, row: DocumentRow) -> None:
        anchors = self.service.anchors
        report = validate(self.file_of(row), anchors.roots, intermediates=anchors.intermediates, now=self.clock())
        assert report.verdict is Verdict.TOTAL_PASSED, report.reason

    def versions(self, number: str) -> list[Licence]:
        with self.service.desk.database.reading() as connection:
            return licences.versions(connection, number)

    def licence_of(self, dossier: str) -> Licence:
        with self.service.desk.database.reading() as connection:
            made = licences.of_dossier(connection, dossier)
        assert made is not None
        return made

    def my_licences(self, person: str = PERSON) -> dict[str, View]:
        with self.service.desk.database.reading() as connection:
            return licence_views.of_holder(connection, person)

    def found_by_the_public(self, number: str, name: str = NAME) -> licence_views.Found | None:
        with self.service.desk.database.reading() as connection:
            return licence_views.public_search(connection, number, name, self.today)

    def employer_of(self, person: str = PERSON) -> str | None:
        with self.service.desk.database.reading() as connection:
            found = employments.active(connection, person)
        return found.enterprise if found else None

    # ---- what was before

    def employ(self, person: str = PERSON, enterprise: str = BUILDER, until: date | None = None) -> None:
        with self.service.desk.database.transaction() as connection:
            employments.start(
                connection,
                Employment(person, enterprise, "信号司索工", ContractKind.FIXED, date(2023, 3, 1), until),
            )
            matching.recheck(connection, person, self.clock())

    def log_in(self, person: str = PERSON) -> None:
        with self.service.desk.database.transaction() as connection:
            matching.at_first_log_in(connection, person, self.clock())

    def takes_over(self, *rows: legacy.LegacyLicence) -> None:
        with self.service.desk.database.transaction() as connection:
            legacy.add_all(connection, rows, self.today)

    def night(self) -> None:
        """What a new day brings."""
        daily = Daily(self.service.desk)
        daily.end_contracts()
        daily.check_licences()

    def told_to(self, party: str) -> list[str]:
        """What a party has been told, the newest first."""
        with self.service.desk.database.reading() as connection:
            return [one.zh for one in messages.of_party(connection, party)]

    def portrait(self, person: str = PERSON) -> None:
        """The person uploads a photo."""
        photo = self.service.desk.blobs.put(sample_portrait("王建国", woman=False))
        with self.service.desk.database.transaction() as connection:
            matching.photo_uploaded(connection, person, photo, self.clock())
        self.service.desk.nudge()

    def somebody(self, name: str = "赵小军", *, born: str = "19900615", photo: bool = True, key: bool = True) -> str:
        """Another real-named person, who may have a portrait and a key."""
        body = f"360102{born}{(next(self._requests) * 2 + 1) % 1000:03d}"
        id_no = body + id_check(body)
        facts = {"photo": self.service.desk.blobs.put(sample_portrait(name, woman=False))} if photo else {}
        with self.service.desk.database.transaction() as connection:
            parties.put(
                connection,
                Person(IdNo(id_no), PersonName(name), KeyRef("soft", "person-wang-jianguo") if key else None, facts),
            )
        return id_no

    def file(self, name: str = "证明材料.pdf") -> dict[str, Any]:
        pdf = sample_file(name)
        return {"name": name, "sha256": self.service.desk.blobs.put(pdf), "pages": 1, "size": len(pdf)}


def sample_file(name: str) -> bytes:
    """A PDF of one empty page, another for every name."""
    return (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\ntrailer<</Root 1 0 R/Size 4>>\n%"
        + name.encode()
        + b"\n%%EOF\n"
    )


def not_taken_in(journey: Journey) -> str:
    """An enterprise that has an account and is not 入库 yet."""
    uscc = "91361100999000152K"
    with journey.service.desk.database.transaction() as connection:
        parties.put(
            connection,
            Organisation(PartyKind.ENTERPRISE, Uscc(uscc), "信江示例建筑有限公司", None, None, {"onboarded": False}),
        )
    return uscc


@contextmanager
def journey_in(folder: Path) -> Iterator[Journey]:
    settings = settings_in(folder)
    prepare(settings, lambda _line: None)
    clock = Clock()
    with running(settings, clock) as service:
        with service.desk.database.transaction() as connection:
            people.enter(connection, service.desk.blobs, clock())
        yield Journey(service, clock)
