"""工程码登录: whoever was texted a code sees the section that it opens, and no other; taking it on is done by the enterprise
under its own log-in and with its own key (domain text, §10.4).
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from signing_service.domain.errors import Problem
from signing_service.storage import projects
from signing_service.web.platform.entrance_parts import Show, tried, typed
from signing_service.web.platform.gate import Asked, Way, Who
from signing_service.workflows import section_codes
from signing_service.workflows.accounts.tries import LOG_INS_OF_AN_ADDRESS, limit

SECTION = "/platform/section"


@dataclass(frozen=True, slots=True)
class SectionEntrance:
    show: Show

    def ways(self) -> tuple[Way, ...]:
        return (
            Way("GET", SECTION, Who.ANYBODY, self.page),
            Way("POST", SECTION, Who.ANYBODY, self.open),
        )

    def page(self, asked: Asked) -> Response:
        return self._page(asked, None)

    def open(self, asked: Asked) -> Response:
        def work() -> Response:
            limit(asked.accounts, "section-code", asked.caller.address, *LOG_INS_OF_AN_ADDRESS)
            database, now = asked.accounts.database, asked.accounts.clock()
            opened = section_codes.open_section(database, asked.text("mobile", 20), asked.text("code", 20), now)
            with database.reading() as connection:
                project = projects.find(connection, opened.section.project)
            facts = {"opened": opened, "project": project}
            return self.show(asked, "entrance/section_opened.html", facts)

        return tried(work, lambda problem: self._page(asked, problem))

    def _page(self, asked: Asked, problem: Problem | None) -> Response:
        facts = {"typed": typed(asked), "problem": problem}
        return self.show(asked, "entrance/section.html", facts, status=problem.status if problem else 200)
