"""项目: where a project stands on the five steps, what is missing and where to go for it (domain text, §13)."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from itertools import chain

from starlette.responses import Response

from signing_service.domain.codes import Region
from signing_service.domain.errors import Problem
from signing_service.domain.licences import LicenceStatus
from signing_service.domain.projects import Project, SectionState
from signing_service.domain.viewer import AccountKind, Viewer
from signing_service.storage import parties, projects
from signing_service.web.platform.gate import Asked, Way, Who
from signing_service.web.platform.house import House, address_of, author, number_in, see_other, told
from signing_service.web.platform.registers import STATUS
from signing_service.workflows import leader_mobile, project_view, section_codes
from signing_service.workflows.project_view import PermitView, ProjectView, StepState
from signing_service.workflows.sheet_sets import kinds_of
from signing_service.workflows.shelf import DossierView

MOST = 200

STEP_WORDS: Mapping[StepState, tuple[str, str, str]] = {
    StepState.DONE: ("done", "已完成", "done"),
    StepState.UNDER_WAY: ("todo", "办理中", "under way"),
    StepState.OPEN: ("waits", "可以办理", "may be begun"),
    StepState.WAITING: ("none", "待前一步完成", "waits for the step before"),
}
SECTION_WORDS: Mapping[SectionState, tuple[str, str, str]] = {
    SectionState.PUBLISHED: ("waits", "待承接", "waits to be taken on"),
    SectionState.TENDER_CONFIRMED: ("todo", "招标办已确认", "confirmed by the tender office"),
    SectionState.ACCEPTED: ("done", "已承接", "taken on"),
    SectionState.RESULTS_REGISTERED: ("todo", "成果已登记", "results registered"),
    SectionState.RESULTS_CONFIRMED: ("done", "成果已确认", "results confirmed"),
    SectionState.RETURNED: ("waits", "已退回发包方", "returned"),
    SectionState.WITHDRAWN: ("none", "已撤回", "called off"),
    SectionState.LAPSED: ("void", "逾期失效", "lapsed"),
}
"""Shape and words of a state, in Chinese and English."""


class ProjectPages:
    def __init__(self, house: House) -> None:
        self._house = house

    def ways(self) -> tuple[Way, ...]:
        one, mobile = "/platform/projects/{number}", "/platform/dossiers/{number}/mobile"
        return (
            Way("GET", "/platform/projects", Who.VIEWER, self.show_all),
            Way("GET", one, Who.VIEWER, self.show),
            Way("GET", f"/api{one}", Who.VIEWER, self.tell),
            Way("POST", f"{one}/code", Who.ENTERPRISE, self.send_code),
            Way("GET", mobile, Who.VIEWER, self.show_mobile),
            Way("POST", mobile, Who.VIEWER, self.send_mobile_code),
            Way("POST", f"{mobile}/confirm", Who.VIEWER, self.confirm_mobile),
        )

    def show_all(self, asked: Asked) -> Response:
        viewer, words = asked.viewer, asked.request.query_params.get("q", "").strip()
        with self._house.desk.database.reading() as connection:
            if viewer.kind is AccountKind.STAFF:
                found = projects.in_regions(connection, _prefixes(viewer), words, MOST)
            else:
                found = projects.of_party(connection, viewer.party, MOST)
        facts = {"projects": found, "q": words, "staff": viewer.kind is AccountKind.STAFF, "region_of": _region}
        return self._house.page(asked, "projects.html", facts, here="projects")

    def show(self, asked: Asked) -> Response:
        view = self._view(asked)
        with self._house.desk.database.reading() as connection:
            codes = {section.contractor for section in view.project.sections if section.contractor}
            names = {code: str(party.name) for code, party in parties.load_all(connection, codes).items()}
            grants = asked.viewer.grants if asked.viewer.kind is AccountKind.STAFF else None
            kinds = kinds_of(connection, asked.viewer.party, view.project, grants)
        catalogue = {one.key: one for one in self._house.desk.catalogue}
        facts = {
            "view": view,
            "step_words": STEP_WORDS,
            "section_words": SECTION_WORDS,
            "permit_words": {one.permit.number: _permit_words(one) for one in view.permits},
            "names": names,
            "region": _region(view.project),
            "procedures": catalogue,
            "begins": self._begins(asked.viewer, view.project),
            "may_open": self._may_open(asked.viewer, view),
            "own": view.project.developer == asked.viewer.party,
            "sent": view.project.section(asked.request.query_params.get("sent", "")),
            "sheet_kinds": kinds,
            "address_of": address_of,
        }
        return self._house.page(asked, "project.html", facts, here="projects")

    def _begins(self, viewer: Viewer, project: Project) -> set[str]:
        """What the viewer may begin for this project: the developer everything but results, which are a contractor's."""
        offered = {one.key for one in self._house.shelf.on_offer(viewer)}
        results = {f"out.{one.kind.value}" for one in project.sections if one.contractor == viewer.party}
        own = {key for key in offered if not key.startswith("out.")} if project.developer == viewer.party else set()
        return own | (offered & results)

    def _may_open(self, viewer: Viewer, view: ProjectView) -> set[str]:
        """Numbers of dossiers under way or late that the viewer has a part in; the others are named without a link."""
        found = set()
        under_way = {one.number for step in view.steps for one in step.under_way}
        filings, stops = (one.late for one in view.steps), (one.late for one in view.permits)
        late = {number for told in chain(filings, stops) for number, _ in told}
        for number in under_way | late:
            with suppress(Problem):
                found.add(self._house.shelf.view(viewer, number).dossier.number)
        return found

    def tell(self, asked: Asked) -> Response:
        return told(self._view(asked).to_record())

    def send_code(self, asked: Asked) -> Response:
        """工程码 again, to the mobile in the order. Raises Problem NOT_FOUND, TOO_MANY."""
        view = self._view(asked)
        section = view.project.section(asked.text("section", 40))
        number = section.number if section else ""
        section_codes.send_again(self._house.desk.database, number, asked.viewer.party, self._house.desk.clock())
        return see_other(f"/platform/projects/{view.project.number}?sent={number}")

    def _view(self, asked: Asked) -> ProjectView:
        viewer = asked.viewer
        with self._house.desk.database.reading() as connection:
            if viewer.kind is AccountKind.STAFF:
                return project_view.of_officer(connection, number_in(asked), viewer.grants)
            return project_view.of_party(connection, number_in(asked), viewer.party)

    # ---- the leader's mobile, before a project is registered

    def show_mobile(self, asked: Asked) -> Response:
        view = self._house.shelf.view(asked.viewer, number_in(asked))
        author(asked, view)
        mobile = _leaders_mobile(view)
        facts = {
            "number": view.dossier.number,
            "mobile": mobile,
            "sent": "sent" in asked.request.query_params,
            "confirmed": bool(mobile) and view.dossier.facts.get("confirmed_mobile") == mobile,
            "address_of": address_of,
        }
        return self._house.page(asked, "leader_mobile.html", facts, here="dossiers")

    def send_mobile_code(self, asked: Asked) -> Response:
        view = self._house.shelf.view(asked.viewer, number_in(asked))
        actor = author(asked, view)
        leader_mobile.send(asked.accounts, view.dossier.number, actor, _leaders_mobile(view), asked.caller)
        return see_other(f"{address_of(view.dossier.number, 'mobile')}?sent")

    def confirm_mobile(self, asked: Asked) -> Response:
        view = self._house.shelf.view(asked.viewer, number_in(asked))
        actor = author(asked, view)
        code = asked.text("code", 12)
        leader_mobile.confirm(asked.accounts, view.dossier.number, actor, _leaders_mobile(view), code)
        return see_other(address_of(view.dossier.number, "mobile"))


def _leaders_mobile(view: DossierView) -> str:
    """As typed in the form; empty before that."""
    return str(view.dossier.draft.get("leader_mobile") or view.dossier.form.get("leader_mobile") or "")


def _permit_words(one: PermitView) -> tuple[str, str, str]:
    """Tone and words of a permit: in force it is told apart by what the works do."""
    if one.status is LicenceStatus.EXPIRED:
        return ("void", "已自行废止", "lapsed")
    if one.status is LicenceStatus.IN_FORCE and one.permit.stopped_on:
        return ("waits", "中止施工", "the works stand still")
    return STATUS[one.status]


def _region(project: Project) -> str:
    return Region(project.region).full_name


def _prefixes(viewer: Viewer) -> tuple[str, ...]:
    """How the regions begin in which an officer may act."""
    ends = ("0000", "00")
    return tuple(
        {
            next((str(grant.region)[: -len(end)] for end in ends if grant.region.endswith(end)), str(grant.region))
            for grant in viewer.grants
        }
    )
