"""变更发包: what is taken on is agreed anew or ended under both seals, and until then stays as it is (domain text, §12)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from signing_service.demo import people
from signing_service.domain.codes import LicenceIdentifier
from signing_service.domain.dossier import Stage
from signing_service.domain.employment import ContractKind, Employment
from signing_service.domain.licences import Licence, LicenceStatus, LicenceType
from signing_service.domain.messages import Event
from signing_service.domain.projects import Project, Section, SectionKind, SectionState
from signing_service.storage import employments, licences
from tests.journeys.project.site import BUILDER, CONTRACTORS, DESIGNER, LEADERS, Site

SURVEY, BUILD = SectionKind.SURVEY, SectionKind.CONSTRUCTION
MANAGER = LEADERS["construction"][0]


@pytest.fixture(autouse=True)
def manager_is_free(site: Site) -> Iterator[None]:
    yield
    with site.service.desk.database.transaction() as connection:
        for lock in employments.locks_of(connection, MANAGER):
            employments.unlock(connection, lock.project, site.today)


def taken_on(site: Site, project: Project, kind: SectionKind) -> Section:
    """With the terms on which it was, as forms keep them."""
    section = site.taken_on(project, kind)
    given = {**site.acceptance(kind), "contract_amount": "86.4"}
    site.put(section, facts={"take_on": given, "taken_on": site.today.isoformat()})
    return section


def change(site: Site, section: Section, **changes: object) -> dict[str, object]:
    kept = ("contractor_qualification", "indicators")
    agreed = {key: value for key, value in site.acceptance(section.kind).items() if key not in kept}
    return {
        "project_no": section.project,
        "section_no": section.number,
        f"{section.kind.contractor.value}_uscc": CONTRACTORS[section.kind],
        "change": "terms",
        "reason": "双方协商变更。",
        **agreed,
        **changes,
    }


def ending(site: Site, section: Section) -> dict[str, object]:
    form = {
        "project_no": section.project,
        "section_no": section.number,
        "change": "end",
        "reason": "双方协商解除合同。",
    }
    return {**form, f"{section.kind.contractor.value}_uscc": CONTRACTORS[section.kind]}


def begun(site: Site, section: Section, form: dict[str, object]) -> str:
    return site.begin(f"ct.{section.kind.value}_change", site.developer(), form)


def proposed(site: Site, section: Section, form: dict[str, object]) -> str:
    """Sealed by the developer."""
    number = begun(site, section, form)
    site.submit(number, site.developer())
    site.settle(number)
    return number


def agreed(site: Site, number: str, kind: SectionKind) -> None:
    site.take(number, "confirm", site.contractor(kind))
    site.settle(number)


def now(site: Site, section: Section) -> Section:
    project = site.project(section.project)
    found = project.section(section.number) if project else None
    assert found is not None
    return found


def another_manager(site: Site) -> tuple[str, str]:
    """A constructor whom the builder employs; ID number and registration number."""
    person, number = site.somebody("袁立新"), f"赣23614{site.today:%y}{next(site.projects):06d}"
    authority = str(people.AUTHORITY.uscc)
    licence = Licence(
        number=number, version=1, type=LicenceType.CONSTRUCTOR,
        identifier=str(LicenceIdentifier.mint(f"{authority}102", authority, number[1:])),
        status=LicenceStatus.IN_FORCE, holder=person, holder_name="袁立新", employer=BUILDER, authority=authority,
        issued_on=date(2024, 1, 2), valid_from=date(2024, 1, 2), valid_until=date(2029, 1, 1), facts={},
    )  # fmt: skip
    with site.service.desk.database.transaction() as connection:
        licences.add(connection, licence, site.clock())
        employments.start(
            connection, Employment(person, BUILDER, "项目经理", ContractKind.FIXED, date(2023, 3, 1), None)
        )
    return person, number


def test_another_manager_is_agreed_on_under_both_seals_and_the_former_is_free(site: Site) -> None:
    project = site.a_project()
    section = taken_on(site, project, BUILD)
    site.lock(MANAGER, project)
    person, registration = another_manager(site)
    form = change(
        site, section, leader_name="袁立新", leader_id_no=person, leader_registration_no=registration,
        contract_no="JXJY-2026-SG-01-补1", contract=site.file("补充协议.pdf"),
    )  # fmt: skip
    number = proposed(site, section, form)
    paper = site.papers(number)["ct_change_constr_form"]
    text = site.text_of(paper)
    assert "李芳华" in text
    assert "袁立新" in text
    assert "补1" in text
    assert site.waiting(number) == {"builder"}
    assert (now(site, section).leader, site.locks(MANAGER)) == (MANAGER, [project.number]), "nothing has changed yet"

    agreed(site, number, BUILD)
    assert site.stage(number) is Stage.CLOSED
    assert site.signed_by(paper) == ["developer", "builder"]
    site.assert_genuine(site.papers(number)["ct_change_constr_form"])
    after = now(site, section)
    assert (after.leader, after.state) == (person, SectionState.ACCEPTED)
    assert after.facts["take_on"]["contract_no"] == "JXJY-2026-SG-01-补1"
    assert after.facts["changed"] == [number]
    assert site.locks(MANAGER) == []
    assert site.locks(person) == [project.number]


def test_what_is_ended_is_nobodys_and_may_be_put_out_anew(site: Site) -> None:
    project = site.a_project()
    section = taken_on(site, project, BUILD)
    site.lock(MANAGER, project)
    number = proposed(site, section, ending(site, section))
    assert "解除承接" in site.text_of(site.papers(number)["ct_change_constr_form"])
    agreed(site, number, BUILD)
    assert now(site, section).state is SectionState.WITHDRAWN
    assert site.locks(MANAGER) == []
    again = site.begin("ct.construction", site.developer(), site.order(project, BUILD))
    site.take(again, "apply", site.developer())
    site.take(again, "withdraw", site.developer())


def test_a_manager_of_two_sections_of_a_project_stays_held_by_the_other(site: Site) -> None:
    project = site.a_project()
    section = taken_on(site, project, BUILD)
    site.taken_on(project, BUILD, unit_works=("002",))
    site.lock(MANAGER, project)
    agreed(site, proposed(site, section, ending(site, section)), BUILD)
    assert site.locks(MANAGER) == [project.number]


def test_who_does_not_agree_sends_it_back_and_who_is_silent_has_not_agreed(site: Site) -> None:
    section = taken_on(site, site.a_project(), SURVEY)
    form = change(site, section, contract_amount="99.00")
    number = proposed(site, section, form)
    surveyor = site.contractor(SURVEY)
    site.take(number, "decline", surveyor, "合同金额与协商不一致。")
    assert site.stage(number) is Stage.DRAFT
    assert site.papers(number)["ct_change_survey_form"].state == "void"
    site.take(number, "prepare", site.developer())
    site.settle(number)
    site.take(number, "revise", site.developer())
    site.submit(number, site.developer())
    site.settle(number)
    site.time_passes(16)
    assert any(number in text for text in site.told_by(CONTRACTORS[SURVEY], Event.REMINDER))
    site.time_passes(15)
    assert site.stage(number) is Stage.LAPSED
    assert now(site, section).facts["take_on"]["contract_amount"] == "86.4"
    other = proposed(site, section, form)
    site.take(other, "withdraw", site.developer())
    assert site.refused(other, "confirm", surveyor).code == "STATE_CONFLICT"


def test_only_what_is_taken_on_there_is_changed_and_by_people_of_the_contractor(site: Site) -> None:
    project, developer = site.a_project(), site.developer()
    section = taken_on(site, project, SURVEY)
    number = begun(site, section, change(site, section))
    assert site.refused(number, "prepare", developer).code == "NOTHING_CHANGED"
    id_no, name, _ = LEADERS["design"]
    for changes, code in (
        ({"section_no": f"{project.number}-KC-777"}, "NOT_FOUND"),
        ({"surveyor_uscc": DESIGNER}, "NOT_FOUND"),
        ({"leader_id_no": id_no, "leader_name": name}, "NO_EMPLOYMENT"),
        ({"starts_on": "2026-12-01"}, "OUTSIDE_PLAN"),
    ):
        site.keep(number, developer, change(site, section, **changes))
        assert site.refused(number, "prepare", developer).code == code, changes
    site.keep(number, developer, ending(site, section))
    site.set_state(now(site, section), SectionState.RESULTS_REGISTERED)
    assert site.refused(number, "prepare", developer).code == "SECTION_STATE"


def test_a_manager_who_leads_another_project_meanwhile_is_refused_when_the_builder_seals(site: Site) -> None:
    project = site.a_project()
    section = taken_on(site, project, BUILD)
    site.lock(MANAGER, project)
    number = proposed(site, section, change(site, section, contract_amount="19990.00"))
    site.lock(MANAGER, site.a_project())
    assert site.refused(number, "confirm", site.contractor(BUILD)).code == "PM_LOCKED"
    site.take(number, "withdraw", site.developer())
    assert site.stage(number) is Stage.WITHDRAWN


@pytest.mark.parametrize("kind", [SURVEY, SectionKind.DESIGN, SectionKind.SUPERVISION])
def test_dates_of_what_is_not_built_are_agreed_anew(site: Site, kind: SectionKind) -> None:
    section = taken_on(site, site.a_project(), kind)
    agreed(site, proposed(site, section, change(site, section, ends_on="2027-05-30")), kind)
    assert now(site, section).facts["take_on"]["ends_on"] == "2027-05-30"
