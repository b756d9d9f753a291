"""业务管理: an officer's books hold what the own permissions cover, by what waits, was handled and has ended (domain text, §15)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from signing_service.demo import people
from signing_service.domain.codes import Region
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Actor, Dossier, Stage
from signing_service.domain.staff import Grant, Level
from signing_service.domain.viewer import AccountKind, Viewer
from signing_service.procedures import CATALOGUE
from signing_service.storage import dossiers, national_entries, todos
from signing_service.storage.dossiers import Move
from signing_service.storage.national_entries import EntryState
from signing_service.storage.todos import TodoRow
from signing_service.workflows import books
from signing_service.workflows.books import BOOKS, Tab
from tests.platform.office import ACCEPTOR, BUILDER, DECIDER, ELSEWHERE, HOLDER, REVIEWER, Office, confirmed_renewal

AUTHORITY = str(people.AUTHORITY.uscc)
EAST_LAKE, ZHANGGONG = "360102", "360702"


def kept(
    office: Office, number: str, procedure: str, stage: Stage, region: str = EAST_LAKE, level: str = ""
) -> Dossier:
    """As a procedure would have left one; with ``level`` it waits for officers of that level."""
    now = office.service.desk.clock()
    dossier = Dossier(
        number=number,
        procedure=procedure,
        edition=date(2026, 1, 1),
        stage=stage,
        version=1,
        form_version=1,
        region=region,
        parties={SignatoryRole.DEVELOPER: str(people.BUILDER.uscc), SignatoryRole.AUTHORITY: AUTHORITY},
        form={},
        visit=frozenset(),
        opened_at=now,
        facts={"project_name": f"工程{number[-2:]}"},
    )
    with office.service.desk.database.transaction() as connection:
        dossiers.add(connection, dossier, None)
        if level:
            row = TodoRow(
                number, SignatoryRole.AUTHORITY, AUTHORITY, procedure, region, Level(level), ("accept",), now, None
            )
            todos.put(connection, [number], [row])
    return dossier


def handled(office: Office, dossier: Dossier, account: str) -> None:
    after = replace(dossier, version=2)
    actor = Actor(SignatoryRole.AUTHORITY, AUTHORITY, account, ())
    with office.service.desk.database.transaction() as connection:
        moved = Move(dossier, after, actor, "accept", {})
        dossiers.append_journal(connection, [moved], office.service.desk.clock())


def tender_officer(procedures: str = "ct.*") -> Viewer:
    grants = (Grant(procedures, Level.TENDER, Region("360100")),)
    return Viewer("staff-tender", AccountKind.STAFF, AUTHORITY, "招标办", Region("360100"), grants)


def numbers(office: Office, viewer: Viewer, book: str, tab: Tab, within: str = "") -> set[str]:
    shelf_of_office = books_shelf(office)
    found = books.find(shelf_of_office, viewer, book)
    assert found is not None
    region = Region(within) if within else None
    return {line.number for line in books.lines(shelf_of_office, viewer, found, tab, region)}


def books_shelf(office: Office) -> books.Shelf:
    return books.Shelf(office.service.desk)


def test_every_procedure_that_waits_for_the_tender_office_a_permit_a_filing_or_the_fire_desk_is_in_one_book() -> None:
    for procedure in CATALOGUE:
        field = procedure.key.partition(".")[0]
        if field in ("prj", "pm", "fin", "fs") or procedure.key in ("ct.construction", "ct.supervision"):
            assert len([book for book in BOOKS if book.holds(procedure.key)]) == 1, procedure.key


def test_a_book_holds_what_the_permissions_cover_and_nothing_of_another_region_or_field(office: Office) -> None:
    kept(office, "SGFB20261129000001", "ct.construction", Stage.CONFIRMED, level="tender")
    kept(office, "SGFB20261129000002", "ct.construction", Stage.CONFIRMED, ZHANGGONG, level="tender")
    kept(office, "XFSJ20261129000003", "fs.design", Stage.SUBMITTED, level="accept")
    viewer = tender_officer()
    assert numbers(office, viewer, "tender", Tab.WAITING) == {"SGFB20261129000001"}
    assert numbers(office, viewer, "tender", Tab.EVERY) == {"SGFB20261129000001"}
    assert [one.book.key for one in books.on_desk(books_shelf(office), viewer)] == ["tender"]
    assert [one.waiting for one in books.on_desk(books_shelf(office), viewer)] == [1]
    assert books.find(books_shelf(office), viewer, "fire-design") is None


def test_what_waits_what_was_handled_and_what_has_ended_are_told_apart_and_drafts_are_nobodys(office: Office) -> None:
    viewer = tender_officer()
    kept(office, "SGFB20261129000001", "ct.construction", Stage.CONFIRMED, level="tender")
    mine = kept(office, "JLFB20261129000002", "ct.supervision", Stage.EXTERNAL)
    others = kept(office, "JLFB20261129000003", "ct.supervision", Stage.EXTERNAL)
    kept(office, "SGFB20261129000004", "ct.construction", Stage.CLOSED)
    kept(office, "SGFB20261129000005", "ct.construction", Stage.DRAFT)
    handled(office, mine, viewer.account)
    handled(office, others, "staff-another")
    assert numbers(office, viewer, "tender", Tab.WAITING) == {"SGFB20261129000001"}
    assert numbers(office, viewer, "tender", Tab.HANDLED) == {"JLFB20261129000002"}
    assert numbers(office, viewer, "tender", Tab.ENDED) == {"SGFB20261129000004"}
    assert {number[-1] for number in numbers(office, viewer, "tender", Tab.EVERY)} == {"1", "2", "3", "4"}
    assert numbers(office, viewer, "tender", Tab.EVERY, "360103") == set()
    assert len(numbers(office, viewer, "tender", Tab.EVERY, EAST_LAKE)) == 4


def test_the_pages_of_a_book_are_an_officers_and_can_be_searched(office: Office) -> None:
    kept(office, "XFSJ20261129000011", "fs.design", Stage.SUBMITTED, level="accept")
    kept(office, "XFSJ20261129000012", "fs.design", Stage.REVIEWED)
    acceptor = office.of(ACCEPTOR[0])
    assert "待办 1" in acceptor.get("/platform/books").text
    page = acceptor.get("/platform/books/fire-design").text
    assert ("工程11" in page, "工程12" in page) == (True, False)
    every = "/platform/books/fire-design?tab=every"
    assert all(name in acceptor.get(every).text for name in ("工程11", "工程12"))
    searched = acceptor.get(f"{every}&q=工程12&region={EAST_LAKE}").text
    assert ("工程11" in searched, "工程12" in searched) == (False, True)
    assert "工程12" not in acceptor.get(f"{every}&region=360103").text
    assert "没有办件" in office.of(ELSEWHERE[0]).get(every).text
    assert acceptor.get("/platform/books/fire-design?tab=none&lang=en").text.count('aria-current="page"') == 2
    assert acceptor.get("/platform/books/nothing").status_code == 404
    assert office.of(BUILDER).get("/platform/books", follow_redirects=False).status_code in (303, 403, 404)


@pytest.mark.parametrize("tab", ["", "handled", "ended", "every"])
def test_a_list_with_nothing_in_it_says_so(office: Office, tab: str) -> None:
    page = office.of(ACCEPTOR[0]).get(f"/platform/books/tender?tab={tab}").text
    assert ("没有办件" if tab else "没有待办") in page
    assert ("返回业务管理" if tab else 'href="?tab=every">查看全部办件') in page, "and where to go on"


def test_an_officer_sees_what_the_national_register_said_of_a_licence_and_its_holder_does_not(office: Office) -> None:
    number = confirmed_renewal(office)
    page = f"/platform/dossiers/{number}"
    for who, step in ((ACCEPTOR, "accept"), (REVIEWER, "review"), (DECIDER, "grant")):
        office.of(who[0]).post(f"{page}/steps/{step}")
        office.settle(number)
    acceptor, database = office.of(ACCEPTOR[0]), office.service.desk.database
    shown = acceptor.get(page).text
    assert "国家电子证照归集" in shown
    assert "待归集" in shown
    with database.transaction() as connection:
        [entry] = national_entries.of_licence(connection, people.SIGNALLER_LICENCE)
        refusal = {"accepted": False, "reason": "照片背景不是白色", "mark": ""}
        national_entries.answered(connection, entry, EntryState.REFUSED, refusal, office.service.desk.clock())
    assert "被拒收：照片背景不是白色" in acceptor.get(page).text
    assert "refused: 照片背景不是白色" in acceptor.get(f"{page}?lang=en").text
    assert "归集" not in office.of(HOLDER).get(page).text
    with database.transaction() as connection:
        national_entries.answered(
            connection, entry, EntryState.ACCEPTED, {"accepted": True, "reason": ""}, office.service.desk.clock()
        )
    assert "已归集" in acceptor.get(f"{page}?lang=zh").text
