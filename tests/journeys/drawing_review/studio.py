"""A building site whose drawings are made, reviewed and sealed: unit, review agency, its head and its experts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from signing_service.domain.codes import Region, Uscc
from signing_service.domain.documents import SignatoryRole, sha256_of
from signing_service.domain.dossier import Actor, Stage
from signing_service.domain.keys import KeyRef
from signing_service.domain.parties import Organisation, PartyKind
from signing_service.domain.projects import Project, SectionKind
from signing_service.domain.reviews import Conclusion, Opinion, Review
from signing_service.domain.seals import Seal, SealArtwork, SealKind
from signing_service.domain.sheets import Sheet, UploadFile
from signing_service.storage import dossiers, parties, reviews, sheets
from signing_service.workflows.reviewing import ReviewRoom
from signing_service.workflows.sheets import SheetRoom
from tests.journeys.driver import journey_in
from tests.journeys.project.site import CONTRACTORS, COUNTY, DESIGNER, LEADERS, SUPERVISOR, SURVEYOR, Site, settle_in
from tests.sheets import drawing

AGENCY = SUPERVISOR
OTHER_AGENCY = "91360302999003003C"
HEAD = LEADERS["supervision"][0]
SURVEY, DESIGN = SectionKind.SURVEY, SectionKind.DESIGN
DISCIPLINES = {SURVEY: ("geotechnical",), DESIGN: ("architecture", "structure", "water", "electric")}
PROFESSION = {SURVEY: "geotechnical", DESIGN: "architect_1"}
GRADE = {SURVEY: "first", DESIGN: "large"}


class Studio(Site):
    @property
    def sheet_room(self) -> SheetRoom:
        return SheetRoom(self.service.desk)

    @property
    def review_room(self) -> ReviewRoom:
        return ReviewRoom(self.service.desk)

    def agency(self) -> Actor:
        return Actor(SignatoryRole.REVIEW_AGENCY, AGENCY, "agency-clerk")

    def head(self) -> Actor:
        return Actor(SignatoryRole.REVIEW_AGENCY_HEAD, HEAD, "agency-head")

    def unit(self, kind: SectionKind) -> str:
        return CONTRACTORS[kind]

    # ---- sheets

    def a_drawn_project(self, **changes: Any) -> Project:
        """With survey and design taken on."""
        project = self.a_project(**changes)
        for kind in (SURVEY, DESIGN):
            self.taken_on(project, kind, unit_works=("001", "002"))
        found = self.project(project.number)
        assert found is not None
        return found

    def begins(
        self, project: Project, kind: SectionKind, data: bytes, discipline: str, number: str, **changes: Any
    ) -> str:
        typed = {
            "project": project.number, "kind": kind.value, "discipline": discipline, "sheet_no": number,
            "title": f"{number} 平面图", "file": "pdf", "size": len(data), "sha256": sha256_of(data), **changes,
        }  # fmt: skip
        return self.sheet_room.begin(self.unit(kind), typed).upload_id

    def upload(
        self,
        project: Project,
        kind: SectionKind,
        discipline: str,
        number: str,
        data: bytes | None = None,
        **changes: Any,
    ) -> Sheet:
        data = drawing(number) if data is None else data
        upload = self.begins(project, kind, data, discipline, number, **changes)
        self.sheet_room.receive(self.unit(kind), upload, 0, data)
        return self.sheet_room.complete(self.unit(kind), upload)

    def upload_set(self, project: Project, kind: SectionKind, each: int = 1) -> list[Sheet]:
        return [
            self.upload(project, kind, discipline, f"{discipline[:2].upper()}-{place:02d}")
            for discipline in DISCIPLINES[kind]
            for place in range(1, each + 1)
        ]

    def latest(self, project: Project, kind: SectionKind) -> list[Sheet]:
        with self.service.desk.database.reading() as connection:
            return sheets.latest(connection, project.number, kind)

    def handed_over(self, project: Project, kind: SectionKind, **changes: Any) -> str:
        """Handed over by the unit; its registered persons are asked."""
        person = LEADERS[kind.value][0]
        rows = [{"discipline": one, "id_no": person, "registration_no": "AY20133600045"} for one in DISCIPLINES[kind]]
        unit = self.contractor(kind)
        number = self.begin(f"rv.{kind.value}_sheets", unit, {"project_no": project.number, "persons": rows, **changes})
        self.take(number, "submit", unit)
        self.settle(number)
        return number

    def hand_over(self, project: Project, kind: SectionKind, **changes: Any) -> str:
        """And sealed, now that they have agreed."""
        number = self.handed_over(project, kind, **changes)
        for consent in self.consents(number):
            self.agree(consent)
        self.service.settle(number, timeout=600)  # hundreds of sheets
        assert self.stage(number) is Stage.CLOSED
        return number

    def consents(self, number: str, version: int | None = None) -> list[str]:
        """The dossiers in which registered persons are asked to agree, their forms drawn."""
        version = version or self.dossier(number).form_version
        with self.service.desk.database.reading() as connection:
            keys = [f"ask/{number}/{version}/{position}" for position in range(20)]
            found = sorted(one for one, _ in dossiers.by_request_keys(connection, keys).values())
        for one in found:
            self.settle(one)
        return found

    def registered_person(self, kind: SectionKind, name: str) -> str:
        """Another of the unit's, with a practising seal."""
        id_no = self.somebody(name, photo=False)
        self.employ(id_no, self.unit(kind))
        with self.service.desk.database.transaction() as connection:
            key = parties.load(connection, id_no).key
            lines = ("3600045-AY002", "", "2029-12-31", str(parties.load(connection, self.unit(kind)).name))
            artwork = SealArtwork(SealKind.PRACTISING, name, lines, profession=PROFESSION[kind])
            parties.put_seal(connection, _seal(self, id_no, key, artwork, f"practising-{id_no}"))
        return id_no

    def agree(self, consent: str) -> None:
        person = self.dossier(consent).parties[SignatoryRole.HOLDER]
        self.take(consent, "confirm", self.person(person))
        self.settle(consent)

    def sealed_file(self, sheet: Sheet) -> bytes:
        return self.sheet_room.file(self.unit(sheet.kind), sheet.sheet_id, UploadFile.PDF, sealed=True)[1]

    # ---- review

    def application(self, project: Project, kind: SectionKind, **changes: Any) -> dict[str, Any]:
        return {
            "project_no": project.number,
            "unit_works": [{"code": "001"}, {"code": "002"}],
            "review_agency_uscc": AGENCY,
            "review_kinds": ["survey"] if kind is SURVEY else ["design", "energy"],
            "review_nature": "first",
            "engineering_grade": GRADE[kind],
            "scale": "新建安置房 1 栋、配套幼儿园 1 栋，总建筑面积 16511.30 平方米。",
            "special": "no",
            "approvals": "示发改投资〔2026〕118号",
            **changes,
        }

    def apply(self, project: Project, kind: SectionKind, **changes: Any) -> str:
        number = self.begin(f"rv.{kind.value}", self.developer(), self.application(project, kind, **changes))
        self.submit(number, self.developer())
        self.settle(number)
        return number

    def experts(self, kind: SectionKind) -> dict[str, str]:
        return {
            one: self.somebody(f"审查{place}员", photo=False, key=False)
            for place, one in zip("甲乙丙丁", DISCIPLINES[kind], strict=False)
        }

    def accept(self, number: str, experts: dict[str, str]) -> None:
        self.take(number, "accept", self.agency(), experts=expert_rows(experts))
        self.settle(number)

    def in_review(self, project: Project, kind: SectionKind, **changes: Any) -> tuple[str, dict[str, str]]:
        number, experts = self.apply(project, kind, **changes), self.experts(kind)
        self.accept(number, experts)
        return number, experts

    def opine(self, number: str, expert: str, discipline: str, **changes: Any) -> Opinion:
        typed = {
            "sheet_no": f"{discipline[:2].upper()}-01", "clause": "GB 55037-2022 建筑防火通用规范", "nature": "mandatory",
            "severity": "grave", "text": "疏散楼梯间在首层未与地下部分分隔。", **changes,
        }  # fmt: skip
        return self.review_room.give(expert, number, discipline, typed)

    def all_pass(self, number: str, experts: dict[str, str]) -> None:
        for discipline, expert in experts.items():
            self.review_room.conclude(expert, number, discipline, Conclusion.PASS)

    def review(self, number: str) -> Review:
        return self.review_room.review(AGENCY, number)

    def pass_all(self, number: str, experts: dict[str, str]) -> None:
        """From under review to the 合格书 filed."""
        self.all_pass(number, experts)
        self.take(number, "conclude", self.agency())
        self.settle(number)
        self.take(number, "grant", self.head())
        self.settle(number)
        self.take(number, "file", self.agency())

    def reviews_of(self, project: Project) -> list[Review]:
        with self.service.desk.database.reading() as connection:
            return reviews.of_project(connection, project.number)

    def another_agency(self) -> str:
        """On the list, too."""
        facts = {"recognition_no": "赣审一类 002", "letter_head": "示图审告", "legal_representative": HEAD}
        key = KeyRef("soft", "enterprise-9136010099900011xn")
        with self.service.desk.database.transaction() as connection:
            agency = Organisation(
                PartyKind.ENTERPRISE, Uscc(OTHER_AGENCY), "袁河示例施工图审查有限公司", Region(COUNTY), key, facts
            )
            parties.put(connection, agency)
        return OTHER_AGENCY

    def slip_in(self, project: Project, kind: SectionKind, pdf: str) -> None:
        """Somebody with the database in hand puts another file behind a sheet."""
        with self.service.desk.database.transaction() as connection:
            sheet = sheets.latest(connection, project.number, kind)[0]
            sheets.put(connection, replace(sheet, pdf=pdf))

    def a_passed_survey(self, project: Project) -> str:
        self.upload_set(project, SURVEY)
        self.hand_over(project, SURVEY)
        number, experts = self.in_review(project, SURVEY)
        self.pass_all(number, experts)
        return number


def expert_rows(experts: dict[str, str]) -> list[dict[str, str]]:
    return [
        {"discipline": one, "id_no": who, "registration_no": f"S20{place:02d}"}
        for place, (one, who) in enumerate(experts.items())
    ]


@contextmanager
def studio_in(folder: Path) -> Iterator[Studio]:
    with journey_in(folder) as journey:
        studio = Studio(journey.service, journey.clock)
        settle_in(studio)
        furnish(studio)
        yield studio


def furnish(studio: Studio) -> None:
    """The agency is on the list, and everybody who seals drawings has the seal for it."""
    with studio.service.desk.database.transaction() as connection:
        agency = parties.load(connection, AGENCY)
        facts = {"recognition_no": "赣审一类 001", "letter_head": "示图审告", "legal_representative": HEAD}
        parties.put(
            connection,
            Organisation(PartyKind.ENTERPRISE, Uscc(AGENCY), str(agency.name), Region(COUNTY), agency.key, facts),
        )
        for uscc, purpose in ((SURVEYOR, "出图专用章"), (DESIGNER, "出图专用章"), (AGENCY, "审查专用章")):
            unit = parties.load(connection, uscc)
            artwork = SealArtwork(SealKind.AUTHORITY, str(unit.name), (purpose,))
            parties.put_seal(connection, _seal(studio, uscc, unit.key, artwork, f"drawings-{uscc}"))
        for kind in (SURVEY, DESIGN):
            id_no, name, label = LEADERS[kind.value]
            lines = ("3600045-AY001", "", "2029-12-31", str(parties.load(connection, CONTRACTORS[kind]).name))
            artwork = SealArtwork(SealKind.PRACTISING, name, lines, profession=PROFESSION[kind])
            parties.put_seal(connection, _seal(studio, id_no, KeyRef("soft", label), artwork, f"practising-{id_no}"))


def _seal(studio: Studio, owner: str, key: KeyRef | None, artwork: SealArtwork, seal_id: str) -> Seal:
    assert key is not None
    ends = studio.today.replace(year=studio.today.year + 2, day=1)
    return Seal(seal_id, 1, owner, artwork, key, studio.today, ends)
