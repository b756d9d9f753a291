"""施工、监理发包: the tender office confirms, the trading centre awards, the builder takes on (domain text, §13 step 3, §13.1)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from signing_service.demo import people
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Actor, Stage
from signing_service.domain.employment import ContractKind, Employment, EmploymentEnd
from signing_service.domain.licences import LicenceStatus
from signing_service.domain.projects import Project, SectionKind, SectionState
from signing_service.domain.staff import Grant, Level
from signing_service.procedures.contract.common import order_of
from signing_service.storage import employments, licences, trades
from signing_service.workflows.trading import TradingRoom
from tests.journeys.project.site import BUILDER, CONTRACTORS, LEADERS, SUPERVISOR, Site
from tests.outside import Outside, outside_in

BUILD, SUPERVISE = SectionKind.CONSTRUCTION, SectionKind.SUPERVISION
MANAGER = LEADERS["construction"][0]
OPEN = {"method": "open", "method_reason": None, "builder_uscc": None, "supervisor_uscc": None, "price": "20150.00"}


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outside]:
    with outside_in(tmp_path_factory.mktemp("outside")) as outside:
        yield outside


@pytest.fixture
def trading(site: Site, outside: Outside) -> TradingRoom:
    return TradingRoom(site.service.desk, outside.gateways.trading)


@pytest.fixture(autouse=True)
def manager_is_free(site: Site) -> Iterator[None]:
    yield
    with site.service.desk.database.transaction() as connection:
        for lock in employments.locks_of(connection, MANAGER):
            employments.unlock(connection, lock.project, site.today)


def tender_officer(site: Site) -> Actor:
    del site
    only = (Grant("*", Level.TENDER, people.AUTHORITY.region),)  # type: ignore[arg-type]
    return Actor(SignatoryRole.AUTHORITY, str(people.AUTHORITY.uscc), "tender-officer", only)


def asked(site: Site, project: Project, kind: SectionKind = BUILD, **changes: object) -> str:
    typed = {key: value for key, value in site.order(project, kind, **changes).items() if value is not None}
    number = site.begin(f"ct.{kind.value}", site.developer(), typed)
    site.take(number, "apply", site.developer())
    return number


def confirmed_directly(site: Site, number: str) -> None:
    site.take(number, "confirm_direct", tender_officer(site), opinion="经核对，同意直接发包。")
    site.settle(number)


def published(site: Site, number: str) -> None:
    site.take(number, "submit", site.developer())
    site.settle(number)


def test_direct_contracting_is_confirmed_ordered_and_taken_on_and_the_manager_is_locked(site: Site) -> None:
    project, builder = site.a_project(), site.contractor(BUILD)
    number = asked(site, project)
    assert site.waiting(number) == {"authority"}
    assert site.section(number).state is SectionState.PUBLISHED
    wrong = site.refused(number, "confirm_open", tender_officer(site), opinion="同意公开招标。", organisation="agent")
    assert wrong.code == "METHOD_DIFFERS"
    confirmed_directly(site, number)
    letter = site.papers(number)["tender_confirm"]
    assert site.signed_by(letter) == ["authority"]
    assert f"{project.number}-SG-001" in site.text_of(letter)
    assert site.section(number).state is SectionState.TENDER_CONFIRMED
    assert letter.number in site.text_of(site.papers(number)["ct_constr_form"])

    published(site, number)
    assert site.waiting(number) == {"builder"}
    site.take(number, "take_on", builder, **site.acceptance(BUILD))
    site.settle(number)
    assert not site.locks(MANAGER)
    site.take(number, "confirm", builder)
    site.settle(number)
    assert site.stage(number) is Stage.CLOSED
    assert site.section(number).state is SectionState.ACCEPTED
    assert site.locks(MANAGER) == [project.number]
    for form in ("ct_constr_form", "ct_accept_constr_form"):
        site.assert_genuine(site.papers(number)[form])


@pytest.mark.parametrize("kind", [BUILD, SUPERVISE])
def test_a_public_tender_goes_to_the_trading_centre_and_its_award_binds_the_winner(
    site: Site, outside: Outside, trading: TradingRoom, kind: SectionKind
) -> None:
    project, winner, template = site.a_project(), CONTRACTORS[kind], order_of(kind)
    number = asked(site, project, kind, **OPEN)
    site.take(number, "confirm_open", tender_officer(site), opinion="依法必须招标。", organisation="agent")
    site.settle(number)
    assert site.stage(number) is Stage.EXTERNAL
    reference = f"{number}-01"
    assert reference not in outside.stand_ins.trading.tenders
    assert trading.exchange() == 1
    tender = outside.stand_ins.trading.tenders[reference]
    assert tender.asked["section_no"] == f"{project.number}-{kind.letters}-001"
    assert tender.asked["estimate"] == "20150"
    assert trading.exchange() == 0, "it is not awarded yet"

    award = outside.stand_ins.trading.decide(reference, winner, "19876.55", "李芳华")
    site.clock.pass_days(1)
    assert trading.exchange() == 1
    site.settle(number)
    assert site.stage(number) is Stage.PREPARED
    assert site.waiting(number) == {"developer"}
    order = site.text_of(site.papers(number)[template])
    assert award in order
    assert "19876.55" in order
    assert site.section(number).contractor == winner
    site.clock.pass_days(1)
    assert trading.exchange() == 0, "an award is read once"

    published(site, number)
    site.take_on(number, kind)
    assert site.section(number).state is SectionState.ACCEPTED


def test_a_tender_sent_twice_is_one_tender(site: Site, outside: Outside, trading: TradingRoom) -> None:
    """As when we died between sending and noting that it was sent."""
    number = asked(site, site.a_project(), **OPEN)
    site.take(number, "confirm_open", tender_officer(site), opinion="依法必须招标。", organisation="agent")
    with site.service.desk.database.reading() as connection:
        [trade] = trades.of_dossier(connection, number)
    trading.centre.register(trade.asked)
    trading.exchange()
    assert outside.stand_ins.trading.tenders[trade.reference].registered == 2
    site.take(number, "withdraw", site.developer())
    trading.exchange()
    assert outside.stand_ins.trading.tenders[trade.reference].called_off
    outside.stand_ins.trading.decide(trade.reference, BUILDER, "1.00", "李芳华")
    site.clock.pass_days(1)
    assert trading.exchange() == 0
    assert site.stage(number) is Stage.WITHDRAWN


def test_a_tender_that_failed_goes_back_to_the_developer_who_may_ask_again(
    site: Site, outside: Outside, trading: TradingRoom
) -> None:
    project = site.a_project()
    number = asked(site, project, **OPEN)
    for turn in (1, 2):
        site.take(number, "confirm_open", tender_officer(site), opinion="依法必须招标。", organisation="own")
        trading.exchange()
        outside.stand_ins.trading.fail(f"{number}-{turn:02d}", "投标人不足三家，本次招标失败。")
        site.clock.pass_days(1)
        trading.exchange()
        assert site.stage(number) is Stage.CORRECTION
        assert site.section(number).state is SectionState.RETURNED
        site.settle(number)
        site.take(number, "apply", site.developer())
    assert site.stage(number) is Stage.CONFIRMED


def test_an_award_to_an_enterprise_that_is_not_taken_in_waits_until_it_is(
    site: Site, outside: Outside, trading: TradingRoom
) -> None:
    number = asked(site, site.a_project(), **OPEN)
    site.take(number, "confirm_open", tender_officer(site), opinion="依法必须招标。", organisation="own")
    trading.exchange()
    outside.stand_ins.trading.decide(f"{number}-01", "91360103MA3590063E", "19876.55", "某某")
    site.clock.pass_days(1)
    assert trading.exchange() == 0
    assert site.stage(number) is Stage.EXTERNAL
    site.settle(number)
    site.take(number, "withdraw", site.developer())


def test_the_tender_office_returns_with_a_reason_and_nobody_else_confirms(site: Site) -> None:
    project = site.a_project()
    number = asked(site, project)
    accepts = Actor(
        SignatoryRole.AUTHORITY,
        str(people.AUTHORITY.uscc),
        "acceptance-officer",
        (Grant("*", Level.ACCEPT, people.AUTHORITY.region),),  # type: ignore[arg-type]
    )
    assert site.refused(number, "confirm_direct", accepts, opinion="同意。").code == "LEVEL_NOT_GRANTED"
    elsewhere = Actor(
        SignatoryRole.AUTHORITY,
        str(people.AUTHORITY.uscc),
        "other",
        (Grant("*", Level.TENDER, people.Region("360400")),),
    )
    assert site.refused(number, "confirm_direct", elsewhere, opinion="同意。").code == "NOT_FOUND"
    site.take(number, "return", tender_officer(site), "直接发包理由不充分，请补充说明。")
    site.settle(number)
    assert site.stage(number) is Stage.CORRECTION
    assert site.section(number).state is SectionState.RETURNED
    site.keep(number, site.developer(), site.order(project, BUILD, method_reason="金额 86.4 万元，低于 400 万元。"))
    site.take(number, "apply", site.developer())
    confirmed_directly(site, number)
    site.take(number, "revise", site.developer())
    assert site.stage(number) is Stage.DRAFT
    assert site.papers(number)["ct_constr_form"].state == "void"


def test_construction_above_the_threshold_without_tender_is_a_warning(site: Site) -> None:
    project, developer = site.a_project(), site.developer()
    number = site.begin("ct.construction", developer, site.order(project, BUILD, price="400"))
    refusal = site.refused(number, "apply", developer)
    assert (refusal.code, str(refusal.facts["limit"])) == ("TENDER_REQUIRED", "400")
    site.keep(number, developer, site.order(project, BUILD, price="400", not_tendered=True))
    site.take(number, "apply", developer)
    site.take(number, "withdraw", developer)


def test_who_builds_does_not_supervise(site: Site) -> None:
    project, developer = site.a_project(), site.developer()
    site.taken_on(project, BUILD)
    same = site.order(project, SUPERVISE, supervisor_uscc=BUILDER)
    number = site.begin("ct.supervision", developer, same)
    assert site.refused(number, "apply", developer).code == "SUPERVISOR_CONFLICT"
    site.keep(number, developer, site.order(project, SUPERVISE))
    site.take(number, "apply", developer)
    confirmed_directly(site, number)
    published(site, number)
    site.take_on(number, SUPERVISE)
    after = site.project(project.number)
    assert after is not None
    assert after.parties[SignatoryRole.SUPERVISOR] == SUPERVISOR
    assert after.parties[SignatoryRole.SUPERVISOR_LEADER] == LEADERS["supervision"][0]


def test_a_project_manager_holds_the_licence_is_employed_there_and_leads_nothing_else(site: Site) -> None:
    number, builder = asked(site, site.a_project()), site.contractor(BUILD)
    confirmed_directly(site, number)
    published(site, number)
    for field, typed, code in (
        ("safety_licence_until", "2026-01-01", "RANGE_INVALID"),
        ("safety_licence_no", "JZ 020028", "CERTNO_FORMAT"),
    ):
        refusal = site.refused(number, "take_on", builder, **site.acceptance(BUILD, **{field: typed}))
        assert [(error.field, error.code) for error in refusal.errors] == [(field, code)]
    other = site.acceptance(BUILD, leader_registration_no="赣236192000001")
    assert site.refused(number, "take_on", builder, **other).code == "LICENCE_NOT_FOUND"
    with site.service.desk.database.transaction() as connection:
        licence = licences.current(connection, people.CONSTRUCTOR_LICENCE)
        assert licence is not None
        licences.set_status(connection, licence, LicenceStatus.SUSPENDED, site.clock())
    assert site.refused(number, "take_on", builder, **site.acceptance(BUILD)).code == "CERT_NOT_IN_FORCE"
    with site.service.desk.database.transaction() as connection:
        licences.set_status(connection, licence, LicenceStatus.IN_FORCE, site.clock())
        employments.end(connection, MANAGER, site.today, EmploymentEnd.DISSOLVED)
    assert site.refused(number, "take_on", builder, **site.acceptance(BUILD)).code == "NO_EMPLOYMENT"
    with site.service.desk.database.transaction() as connection:
        post = Employment(MANAGER, BUILDER, "项目经理", ContractKind.FIXED, date(2026, 3, 1), None)
        employments.start(connection, post)
    site.take(number, "take_on", builder, **site.acceptance(BUILD))
    site.settle(number)
    site.lock(MANAGER, site.a_project())
    assert site.refused(number, "confirm", builder).code == "PM_LOCKED", "asked again when it is sealed"
    site.take(number, "rewrite", builder)
    assert site.refused(number, "take_on", builder, **site.acceptance(BUILD)).code == "PM_LOCKED"
    site.take(number, "decline", builder, "项目经理不可用，退回发包方。")
    assert site.section(number).state is SectionState.RETURNED


def test_a_correction_that_never_comes_lapses(site: Site) -> None:
    number = asked(site, site.a_project())
    site.take(number, "return", tender_officer(site), "请补充招标方案。")
    site.settle(number)
    site.time_passes(30)
    assert (site.stage(number), site.section(number).state) == (Stage.LAPSED, SectionState.LAPSED)
