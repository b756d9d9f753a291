"""What a developer sees of the last day to begin: a todo that leads to what is to be done, and how a lapse is told (domain text, §13.2)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from signing_service.demo import people
from signing_service.domain.dates import day_in_shanghai
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Dossier, Stage
from signing_service.domain.licences import Licence, LicenceStatus, LicenceType
from signing_service.domain.permits import Permit
from signing_service.domain.projects import Project
from signing_service.storage import dossiers, licences, permits, projects, todos
from signing_service.workflows.start_reminders import remind_of_start
from tests.platform.office import ACCEPTOR, BUILDER, Office
from tests.platform.test_project_pages import PROJECT

PERMIT = "360102202603010101"
DEVELOPER = str(people.BUILDER.uscc)


def today(office: Office) -> date:
    return day_in_shanghai(office.service.desk.clock())


def entered(office: Office, status: LicenceStatus, start_by: date) -> Project:
    on = start_by - timedelta(days=90)
    licence = Licence(
        number=PERMIT, version=1, type=LicenceType.CONSTRUCTION_PERMIT, identifier=f"identifier of {PERMIT}",
        status=status, holder=DEVELOPER, holder_name="开发公司", employer=None,
        authority=str(people.AUTHORITY.uscc), issued_on=on, valid_from=on, valid_until=date(2126, 3, 1),
        facts={"open_ended": True},
    )  # fmt: skip
    with office.service.desk.database.transaction() as connection:
        projects.add(connection, PROJECT)
        licences.add(connection, licence, office.service.desk.clock())
        permits.add(connection, Permit(PERMIT, PROJECT.number, ("001",), on, start_by))
    return PROJECT


@pytest.fixture
def reminder(office: Office) -> str:
    """Seven days before the last one; the number of the dossier that waits for the developer."""
    entered(office, LicenceStatus.IN_FORCE, today(office) + timedelta(days=7))
    remind_of_start(office.service.desk, (7,))  # unless the service itself has looked already
    with office.service.desk.database.reading() as connection:
        (row,) = [one for one in todos.of_party(connection, DEVELOPER) if one.procedure == "pm.remind"]
    return row.dossier


def test_the_todo_names_the_last_day_and_leads_to_the_start_and_the_extension(office: Office, reminder: str) -> None:
    developer = office.of(BUILDER)
    assert "施工许可证开工期限提醒" in developer.get("/platform/").text
    assert "还有 7 天" in developer.get("/platform/messages").text
    page = developer.get(f"/platform/dossiers/{reminder}").text
    for title in ("去办理开工登记", "去办理建筑工程施工许可证延期", "最迟开工日期"):
        assert title in page
    begun = developer.post(
        "/platform/begin", {"procedure": "pm.start", "licence": PERMIT, "project": PROJECT.number}, follow=False
    )
    with office.service.desk.database.reading() as connection:
        draft = dossiers.load(connection, begun.headers["location"].split("/")[3]).draft
    assert (draft["project_no"], draft["licence_no"]) == (PROJECT.number, PERMIT)
    seen = office.of(ACCEPTOR[0]).get(f"/platform/dossiers/{reminder}").text
    assert "去办理开工登记" not in seen, "an officer is not who begins the works"
    developer.post(f"/platform/dossiers/{reminder}/steps/acknowledge", {"role": "developer"})
    page = developer.get(f"/platform/dossiers/{reminder}").text
    assert "已知悉开工期限" in page
    assert "去办理开工登记" not in page


def test_a_lapse_is_not_greeted_as_done(office: Office) -> None:
    entered(office, LicenceStatus.EXPIRED, today(office) - timedelta(days=1))
    lapse = Dossier(
        number="SGFZ20261129000001", procedure="pm.abolish", edition=date(2026, 1, 1), stage=Stage.CLOSED, version=3,
        form_version=1, region=PROJECT.region,
        parties={SignatoryRole.DEVELOPER: DEVELOPER, SignatoryRole.AUTHORITY: str(people.AUTHORITY.uscc),
                 SignatoryRole.PLATFORM: str(people.PLATFORM.uscc)},
        form={"project_no": PROJECT.number, "licence_no": PERMIT}, visit=frozenset(),
        opened_at=office.service.desk.clock(),
        facts={"project_no": PROJECT.number, "project_name": PROJECT.name, "licence_no": PERMIT, "ended_by": "issue"},
    )  # fmt: skip
    with office.service.desk.database.transaction() as connection:
        dossiers.add(connection, lapse, None)
        todos.put_parts(connection, [lapse])
    developer = office.of(BUILDER)
    page = developer.get(f"/platform/dossiers/{lapse.number}").text
    assert "施工许可证已自行废止" in page
    assert "拟继续建设的，请重新申请施工许可" in page
    assert "已办结" not in page
    assert "施工许可证已自行废止" in developer.get("/platform/dossiers").text
    assert "已自行废止" in developer.get("/platform/licences").text
    assert "The permit has lapsed" in developer.get(f"/platform/dossiers/{lapse.number}?lang=en").text
