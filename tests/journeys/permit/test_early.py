"""早期项目施工许可: builder and supervisor are named by the form, and from then on the project knows them (§13.4)."""

from __future__ import annotations

from signing_service.domain.licences import LicenceStatus
from signing_service.domain.projects import SectionKind
from tests.journeys.permit.world import Works
from tests.journeys.project.site import BUILDER, LEADERS, SUPERVISOR


def test_what_is_not_early_goes_the_usual_way(works: Works) -> None:
    journey = works.journey
    project = works.project(SectionKind.SURVEY, SectionKind.DESIGN)
    number = journey.begin("pm.permit_early", works.developer, works.early_application(project))
    assert journey.refused(number, "prepare", works.developer).code == "NOT_EARLY"
    early = works.project(SectionKind.SURVEY, SectionKind.DESIGN, early=True)
    for changes, code in (
        ({"milestone_on": "2026-03-15"}, "NOT_EARLY"),
        ({"supervisor_uscc": BUILDER}, "SUPERVISOR_CONFLICT"),
        ({"builder_uscc": SUPERVISOR, "supervisor_uscc": BUILDER}, "NO_EMPLOYMENT"),
        ({"builder_leader_registration_no": "赣236192000009"}, "LICENCE_NOT_FOUND"),
        ({"safety_licence_until": "2026-01-01"}, "CERT_EXPIRED"),
    ):
        journey.keep(number, works.developer, works.early_application(early, **changes))
        assert journey.refused(number, "prepare", works.developer).code == code, changes
    assert "（赣）JZ安许证字〔2026〕020028" in journey.refused(number, "prepare", works.developer).zh
    journey.keep(number, works.developer, works.early_application(early, safety_licence_no="JZ 020028"))
    errors = journey.refused(number, "prepare", works.developer).errors
    assert [(error.field, error.code) for error in errors] == [("safety_licence_no", "CERTNO_FORMAT")]


def test_of_an_early_project_the_form_names_who_builds_and_the_permit_says_that_it_is_early(works: Works) -> None:
    journey = works.journey
    project = works.project(SectionKind.SURVEY, SectionKind.DESIGN, reviewed=False, early=True)
    number = works.applied("pm.permit_early", works.early_application(project))
    assert "赣审2018-0451" in journey.text_of(journey.papers(number)["pm_form"])
    permit = works.granted(number)
    licence = works.licence(permit)
    assert licence.status is LicenceStatus.IN_FORCE
    assert licence.facts["early"]
    assert "早期项目" in journey.text_of(journey.papers(number)["construction_permit"])
    found = works.found(project)
    assert found.missing == ()
    section = found.section_of(SectionKind.CONSTRUCTION)
    assert section is not None
    assert (section.contractor, section.leader) == (BUILDER, LEADERS["construction"][0])
    assert section.facts["take_on"]["safety_licence_no"] == "（赣）JZ安许证字〔2026〕020028"
    assert section.facts["take_on"]["safety_licence_until"] == "2029-06-30"
    assert works.locked() == [project]
    another = works.project(SectionKind.SURVEY, SectionKind.DESIGN, early=True)
    second = journey.begin("pm.permit_early", works.developer, works.early_application(another))
    assert journey.refused(second, "prepare", works.developer).code == "PM_LOCKED"
