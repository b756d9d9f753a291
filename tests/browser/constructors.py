"""Constructors of the province and what they do in a browser: forms of their procedures, two who seal at one moment, and
what the public page says of a form that was printed."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Page, expect
from reportlab.pdfgen.canvas import Canvas

from signing_service.demo import people, province
from signing_service.demo.people import BUILDER, FORMER_BUILDER
from signing_service.domain.dates import add_years, day_in_shanghai
from signing_service.domain.employment import ContractKind, Employment, EmploymentEnd
from signing_service.domain.licences import Licence, LicenceType
from signing_service.domain.parties import Organisation, Person
from signing_service.domain.verdicts import Report
from signing_service.pipeline.validate import validate
from signing_service.storage import documents, employments, licences, parties
from signing_service.storage.documents import DocumentRow
from tests.browser.town import CROWD, PATIENCE, Town, Visitor

AUTHORITY_LEVELS = (("sheng.shouli", "accept"), ("sheng.shenhe", "review"), ("sheng.jueding", "grant"))


@dataclass(frozen=True)
class Constructor:
    """Somebody of the twenty who is registered with one enterprise and employed by it."""

    position: int
    licence: str

    @property
    def id_no(self) -> str:
        return CROWD[self.position].id_no


def registered(town: Town, position: int, employer: Organisation) -> Constructor:
    """One of the twenty becomes a constructor from before, with a contract to match."""
    today = day_in_shanghai(town.clock())
    number = f"赣236121{410000 + position}"
    ends = add_years(today, 2)
    with town.service.desk.database.transaction() as connection:
        person = parties.load(connection, CROWD[position].id_no)
        assert isinstance(person, Person)
        specialties = [{"name": "建筑工程", "code": "10401001", "valid_until": ends.isoformat()}]
        licence = people.from_before(
            person, LicenceType.CONSTRUCTOR, number, "102", add_years(ends, -3), ends, employer,
            {"photo": person.facts["photo"], "specialties": specialties},
        )  # fmt: skip
        licences.add(connection, licence, town.clock())
        if employments.active(connection, CROWD[position].id_no):
            employments.end(connection, CROWD[position].id_no, today, EmploymentEnd.DISSOLVED)
        employments.start(
            connection,
            Employment(
                CROWD[position].id_no, str(employer.uscc), "专业人员", ContractKind.FIXED,
                add_years(today, -1), add_years(today, 2),
            ),
        )  # fmt: skip
    return Constructor(position, number)


# ---- forms


def change_of_employer(visitor: Visitor, who: Constructor) -> str:
    """执业企业变更 from the former to the other builder, filled in and drawn; the number of the dossier."""
    today = day_in_shanghai(visitor.town.clock())
    number = visitor.begin("二级建造师执业企业变更", who.licence)
    visitor.fill(
        former_employer_uscc=str(FORMER_BUILDER.uscc), new_employer_uscc=str(BUILDER.uscc),
        left_on=(today - timedelta(days=10)).isoformat(), contract_from=today.isoformat(),
        contract_until=add_years(today, 3).isoformat(), reason="劳动合同期满，申请变更执业企业。",
        projects="未担任在建工程项目的施工负责人。",
    )  # fmt: skip
    return number


def forced_by_person(visitor: Visitor, who: Constructor, proof: Path) -> str:
    number = visitor.begin("二级建造师强制注销（个人发起）", who.licence)
    visitor.page.get_by_label("聘用企业不配合办理注销").check()
    _forced(visitor, proof)
    return number


def forced_by_enterprise(visitor: Visitor, who: Constructor, proof: Path) -> str:
    number = visitor.begin("二级建造师强制注销（企业发起）")
    visitor.fill(
        licence_no=who.licence, holder_id_no=who.id_no, employer_phone="0791-88000028", contact_name="钱晓镕",
        served_on=(day_in_shanghai(visitor.town.clock()) - timedelta(days=20)).isoformat(),
    )  # fmt: skip
    visitor.page.get_by_label("建造师不配合办理注销").check()
    _forced(visitor, proof)
    return number


def _forced(visitor: Visitor, proof: Path) -> None:
    left = day_in_shanghai(visitor.town.clock()) - timedelta(days=30)
    visitor.fill(statement="已解除劳动合同，两次书面请求配合办理注销，未予办理。", left_on=left.isoformat())
    visitor.attach("evidence", proof)


def paper_in(folder: Path, name: str = "proof.pdf") -> Path:
    file = folder / name
    canvas = Canvas(str(file))
    canvas.drawString(100, 700, name)
    canvas.save()
    return file


# ---- acts


def about_to_sign(visitor: Visitor, number: str, step: str) -> None:
    """Every page seen, PIN and code typed in: only the button is left."""
    visitor.open(number, "sign", step)
    visitor.see_every_page()
    before = visitor.town.texts
    visitor.page.get_by_role("button", name="获取验证码").click()
    visitor.page.get_by_label("验证码").fill(visitor.town.code_sent(before))
    visitor.page.get_by_label(re.compile("PIN")).fill(province.PIN)


def press_together(one: Visitor, other: Visitor) -> tuple[Visitor, Visitor]:
    """Both send their signature at the same moment: who was taken, and who was told of a conflict."""
    answers: dict[int, int] = {}
    for visitor in (one, other):
        visitor.page.on(
            "response",
            lambda response, of=id(visitor): (  # noqa: B008
                answers.setdefault(of, response.status) if response.request.method == "POST" else None
            ),
        )
    for visitor in (one, other):
        visitor.page.evaluate("() => { setTimeout(() => document.getElementById('act').requestSubmit(), 0) }")
    for visitor in (one, other):
        visitor.page.wait_for_function("() => !document.getElementById('pin')?.value", timeout=PATIENCE)
        visitor.page.wait_for_load_state()
    assert sorted(answers.values()) == [303, 409]
    return (one, other) if answers[id(one)] == 303 else (other, one)


# ---- what is there


def form_of(town: Town, number: str, version: int = 1) -> DocumentRow:
    with town.service.desk.database.reading() as connection:
        rows = documents.of_dossier(connection, number)
    return next(row for row in rows if row.kind.value == "form" and row.form_version == version)


def validated(town: Town, row: DocumentRow) -> Report:
    """The newest revision as a stranger validates it."""
    with town.service.desk.database.reading() as connection:
        revision = documents.revisions(connection, row.document_id)[-1]
    anchors = town.service.anchors
    return validate(
        town.service.desk.blobs.get(revision.sha256), anchors.roots, intermediates=anchors.intermediates,
        now=town.clock(),
    )  # fmt: skip


def scanned(town: Town, row: DocumentRow) -> Page:
    """What a stranger's phone shows of the code on a form."""
    page = town.stranger()
    page.goto(f"{town.origin}/v/{row.code}")
    return page


def current(town: Town, who: Constructor) -> Licence:
    with town.service.desk.database.reading() as connection:
        found = licences.current(connection, who.licence)
    assert found
    return found


def employer_of(town: Town, who: Constructor) -> str | None:
    with town.service.desk.database.reading() as connection:
        found = employments.active(connection, who.id_no)
    return found.enterprise if found else None


def sees(page: Page, text: str) -> None:
    expect(page.get_by_text(text).first).to_be_visible(timeout=PATIENCE)


def pictured(page: Page, name: str) -> None:
    """For the eye, when BROWSER_PICTURES names a folder."""
    if folder := os.environ.get("BROWSER_PICTURES"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
