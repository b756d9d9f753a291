"""Every route of the entrance has a rule, and the rule holds: nobody gets what is not open to them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from signing_service.domain.codes import Region
from signing_service.domain.staff import Grant, Level
from signing_service.domain.viewer import Admin
from signing_service.storage import accounts as store
from signing_service.storage.database import Database
from signing_service.web.platform.entrance import make_entrance, ways
from signing_service.web.platform.gate import Way, Who, problem_json, routes_of
from tests.platform.asking import Program
from tests.platform.conftest import BUILDER, LI, ORIGIN, ZHANG, House, enterprise, house_over, officer, person

ROWS = ways(lambda *_asked, **_more: None)  # type: ignore[arg-type, return-value]
WAYS_IN = {
    "nobody": Who.ANYBODY,
    "person": Who.PERSON,
    "enterprise": Who.ENTERPRISE,
    "officer": Who.STAFF,
    "admin": Who.ADMIN,
    "window": Who.WINDOW,
}
OPEN_TO = {
    Who.ANYBODY: set(WAYS_IN),
    Who.SESSION: set(WAYS_IN) - {"nobody"},
    Who.VIEWER: set(WAYS_IN) - {"nobody"},
    Who.PERSON: {"person"},
    Who.ENTERPRISE: {"enterprise"},
    Who.STAFF: {"officer", "admin", "window"},
    Who.ADMIN: {"admin"},
    Who.WINDOW: {"window"},
}


@pytest.fixture
def house(sqlite_database: Database) -> House:
    house = house_over(sqlite_database, staff_second_factor=False)
    house.enter(person())
    house.enter(enterprise())
    house.enter(officer("officer", person=LI))
    house.enter(officer("admin", person="361102199911300066", admin=Admin.CITY))
    house.enter(officer("window", person="360403197812310034"))
    with sqlite_database.transaction() as connection:
        store.put_grants(connection, "staff-window", [Grant("rn.register", Level.WINDOW, Region("360100"))])
    return house


def entered(house: House, who: str) -> Program:
    program = Program(house)
    if who == "person":
        program.log_in("person", ZHANG)
    elif who == "enterprise":
        program.log_in("enterprise", BUILDER)
        program.post("/api/platform/session/code")
        program.post("/api/platform/session/factor", code=house.letters.code)
    elif who != "nobody":
        program.log_in("staff", who)
    return program


def test_every_route_comes_from_a_row(house: House) -> None:
    served = {
        (method, route.path)
        for route in make_entrance(house.accounts, ORIGIN).routes
        if isinstance(route, Route)
        for method in (route.methods or ()) - {"HEAD"}
    }
    assert served == {(way.method, way.path) for way in ROWS}


def test_nothing_but_styles_and_scripts_is_mounted_beside_the_rows(house: House) -> None:
    mounted = [route.path for route in make_entrance(house.accounts, ORIGIN).routes if isinstance(route, Mount)]
    assert mounted == ["/platform/static"]


def test_a_way_that_stands_twice_is_a_mistake() -> None:
    row = Way("GET", "/platform/x", Who.ANYBODY, lambda asked: None)  # type: ignore[arg-type, return-value]
    with pytest.raises(ValueError, match="two rows"):
        routes_of([row, row], lambda _request, _problem: None)  # type: ignore[arg-type, return-value]


PASSED = 299


def gate_alone(house: House) -> TestClient:
    """The same rows before the same gate; whoever passes it is told so."""
    probes = [replace(way, does=lambda _asked: Response(status_code=PASSED)) for way in ROWS]
    app = Starlette(routes=routes_of(probes, lambda _request, problem: problem_json(problem)))
    app.state.accounts, app.state.platform_origin = house.accounts, ORIGIN
    return TestClient(app, base_url=ORIGIN, follow_redirects=False)


@pytest.mark.parametrize("who", WAYS_IN)
def test_nobody_gets_what_is_not_open_to_them(house: House, who: str) -> None:
    program = entered(house, who)
    if who == "nobody":
        page = program.client.get("/platform/log-in").text
        program.csrf = page.partition('name="csrf" content="')[2][:64]
    with gate_alone(house) as client:
        client.cookies.update(program.client.cookies)
        for way in ROWS:
            form = {} if way.method == "GET" else {"json": {}} if way.path.startswith("/api/") else {"data": {"x": "1"}}
            answer = client.request(way.method, way.path, headers={"X-CSRF-Token": program.csrf}, **form)
            assert (answer.status_code == PASSED) is (who in OPEN_TO[way.who]), (who, way.method, way.path, answer.text)


@pytest.mark.parametrize("who", ["person", "admin"])
def test_no_change_passes_the_gate_without_the_token_of_the_session(house: House, who: str) -> None:
    program = entered(house, who)
    with gate_alone(house) as client:
        client.cookies.update(program.client.cookies)
        for way in ROWS:
            if way.method != "GET":
                form = {"json": {}} if way.path.startswith("/api/") else {"data": {"x": "1"}}
                answer = client.request(way.method, way.path, **form)
                assert answer.json()["code"] == "CSRF_REFUSED", (way.method, way.path)


def test_a_person_whose_first_password_is_due_gets_nothing_else(house: House) -> None:
    house.enter(person("36010219900307009X"), must_change=True)
    program = Program(house)
    program.log_in("person", "36010219900307009X")
    for way in ROWS:
        if way.who in (Who.VIEWER, Who.PERSON) and way.method == "GET" and way.path.startswith("/api/"):
            assert program.ask("GET", way.path).json()["code"] == "LOGIN_UNFINISHED"
