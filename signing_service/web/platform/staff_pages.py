"""Pages on which administrators make officers, say what each may do, disable and hand over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from signing_service.domain.codes import IdNo, Region
from signing_service.domain.errors import Problem
from signing_service.domain.regions import REGION_NAMES
from signing_service.domain.staff import Grant, Level
from signing_service.domain.viewer import Viewer
from signing_service.web.platform.entrance_parts import Show, see_other, tried, typed
from signing_service.web.platform.gate import Asked, Way, Who
from signing_service.web.platform.staff_api import new_officer, officer_of
from signing_service.web.platform.subjects import permission_name
from signing_service.workflows.accounts import staff
from signing_service.workflows.accounts.staff import Made

STAFF = "/platform/staff"
LEVELS = {
    Level.ACCEPT: ("受理", "accept"),
    Level.REVIEW: ("审核", "review"),
    Level.DECIDE: ("决定", "decide"),
    Level.TENDER: ("招标办", "tenders"),
    Level.WINDOW: ("窗口", "window"),
    Level.AUDIT: ("只读", "read only"),
}
EMPTY_ROWS = 3
"""For more permissions, on a page that works without scripts."""


@dataclass(frozen=True, slots=True)
class StaffPages:
    show: Show

    def ways(self) -> tuple[Way, ...]:
        return (
            Way("GET", STAFF, Who.ADMIN, self.listed),
            Way("GET", f"{STAFF}/new", Who.ADMIN, self.new),
            Way("POST", f"{STAFF}/new", Who.ADMIN, self.make),
            Way("POST", f"{STAFF}/hand-over", Who.ADMIN, self.hand_over),
            Way("GET", f"{STAFF}/{{officer}}", Who.ADMIN, self.one),
            Way("POST", f"{STAFF}/{{officer}}/permissions", Who.ADMIN, self.assign),
            Way("POST", f"{STAFF}/{{officer}}/id-number", Who.ADMIN, self.id_number),
            Way("POST", f"{STAFF}/{{officer}}/disable", Who.ADMIN, self.disable),
            Way("POST", f"{STAFF}/{{officer}}/afresh", Who.ADMIN, self.afresh),
        )

    def listed(self, asked: Asked) -> Response:
        return self._listed(asked, None)

    def _listed(self, asked: Asked, problem: Problem | None) -> Response:
        found = staff.seen_by(asked.accounts, asked.viewer)
        facts = {"officers": found, "me": asked.viewer, "levels": LEVELS, "named": permission_name, "problem": problem}
        return self.show(asked, "entrance/staff.html", facts, status=problem.status if problem else 200)

    def new(self, asked: Asked) -> Response:
        return self._new(asked, None)

    def _new(self, asked: Asked, problem: Problem | None) -> Response:
        facts = {
            "me": asked.viewer,
            "typed": typed(asked),
            "problem": problem,
            "regions": regions_of(asked.viewer),
        }
        return self.show(asked, "entrance/new_officer.html", facts, status=problem.status if problem else 200)

    def make(self, asked: Asked) -> Response:
        def work() -> Response:
            make = staff.make_city_admin if asked.text("is_admin") else staff.make_officer
            return self._slip(asked, make(asked.accounts, asked.viewer, new_officer(asked), asked.caller))

        return tried(work, lambda problem: self._new(asked, problem))

    def one(self, asked: Asked) -> Response:
        return self._one(asked, None)

    def _one(self, asked: Asked, problem: Problem | None, **more: Any) -> Response:
        account, grants = staff.one_seen_by(asked.accounts, asked.viewer, officer_of(asked))
        facts: dict[str, Any] = {
            "officer": account,
            "masked": IdNo(account.person).masked_with_region if account.person else "",
            "rows": [
                *((one.procedures, one.level.value, str(one.region)) for one in grants),
                *[("", "", "")] * EMPTY_ROWS,
            ],
            "levels": LEVELS,
            "procedures": procedures_of(asked.accounts.procedures),
            "named": permission_name,
            "regions": regions_of(asked.viewer, account.region),
            "me": asked.viewer,
            "others": [one for one, _ in staff.seen_by(asked.accounts, asked.viewer)],
            "problem": problem,
            "full_number": "",
        }
        return self.show(asked, "entrance/officer.html", {**facts, **more}, status=problem.status if problem else 200)

    def assign(self, asked: Asked) -> Response:
        def work() -> Response:
            staff.assign(asked.accounts, asked.viewer, officer_of(asked), _grants(asked), asked.caller)
            return see_other(f"{STAFF}/{officer_of(asked)}")

        # what was chosen is shown again, and not what is stored
        return tried(work, lambda problem: self._one(asked, problem, rows=_rows(asked)))

    def id_number(self, asked: Asked) -> Response:
        def work() -> Response:
            number = staff.full_id_number(asked.accounts, asked.viewer, officer_of(asked), asked.text("why"))
            return self._one(asked, None, full_number=number)

        return tried(work, lambda problem: self._one(asked, problem))

    def disable(self, asked: Asked) -> Response:
        def work() -> Response:
            reason, successor = asked.text("reason"), asked.text("successor")
            staff.disable(asked.accounts, asked.viewer, officer_of(asked), reason, asked.caller, successor)
            return see_other(STAFF)

        return tried(work, lambda problem: self._one(asked, problem))

    def afresh(self, asked: Asked) -> Response:
        def work() -> Response:
            reason = asked.text("reason")
            made = staff.start_afresh(asked.accounts, asked.viewer, officer_of(asked), reason, asked.caller)
            return self._slip(asked, made)

        return tried(work, lambda problem: self._one(asked, problem))

    def hand_over(self, asked: Asked) -> Response:
        def work() -> Response:
            staff.hand_over(asked.accounts, asked.viewer, asked.text("successor"), asked.caller)
            return see_other("/platform/log-in?kind=staff")

        return tried(work, lambda problem: self._listed(asked, problem))

    def _slip(self, asked: Asked, made: Made) -> Response:
        facts = {"name": made.account.name, "login": made.account.login, "password": made.password, "back": STAFF}
        return self.show(asked, "entrance/slip.html", facts)


def _rows(asked: Asked) -> list[tuple[str, str, str]]:
    return list(zip(asked.texts("procedures"), asked.texts("level"), asked.texts("region"), strict=False))


def _grants(asked: Asked) -> list[Grant]:
    """Rows whose procedure is empty are left out."""
    return [staff.grant_of(*row) for row in _rows(asked) if row[0]]


def procedures_of(keys: Sequence[str]) -> list[str]:
    """Everything, each field, each procedure."""
    return ["*", *sorted({f"{key.partition('.')[0]}.*" for key in keys}), *sorted(keys)]


def regions_of(viewer: Viewer, within: Region | None = None) -> list[Region]:
    """Those that may be chosen: of the administrator, and of the officer."""
    mine = [Region(code) for code in REGION_NAMES if viewer.region is not None and viewer.region.covers(Region(code))]
    return [one for one in mine if within is None or within.covers(one)]
