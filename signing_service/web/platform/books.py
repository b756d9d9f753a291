"""业务管理: the books of an authority, each as lists of what waits, what was handled and what has ended (domain text, §15)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from starlette.responses import Response

from signing_service.domain.codes import Region, RegionLevel
from signing_service.domain.errors import Problem
from signing_service.domain.regions import REGION_NAMES
from signing_service.domain.viewer import Viewer
from signing_service.web.platform.gate import Asked, Way, Who
from signing_service.web.platform.house import House, address_of
from signing_service.workflows import books
from signing_service.workflows.books import Tab
from signing_service.workflows.shelf import DossierLine

TABS: Mapping[Tab, tuple[str, str]] = {
    Tab.WAITING: ("待办", "To do"),
    Tab.HANDLED: ("已办", "Handled"),
    Tab.ENDED: ("办结", "Ended"),
    Tab.EVERY: ("全部", "All"),
}
URGENT = timedelta(days=3)


class BookPages:
    def __init__(self, house: House) -> None:
        self._house = house

    def ways(self) -> tuple[Way, ...]:
        return (
            Way("GET", "/platform/books", Who.STAFF, self.show_all),
            Way("GET", "/platform/books/{book}", Who.STAFF, self.show),
        )

    def show_all(self, asked: Asked) -> Response:
        found = books.on_desk(self._house.shelf, asked.viewer)
        return self._house.page(asked, "books.html", {"books": found}, here="books")

    def show(self, asked: Asked) -> Response:
        """Raises Problem PAGE_UNKNOWN for a book in which the officer may do nothing."""
        book = books.find(self._house.shelf, asked.viewer, asked.request.path_params["book"])
        if book is None:
            raise Problem(
                "PAGE_UNKNOWN", "没有这个页面，请检查网址。", "There is no such page: check the address.", status=404
            )
        query = asked.request.query_params
        tab = Tab(query["tab"]) if query.get("tab") in set(Tab) else Tab.WAITING
        regions = _regions(asked.viewer)
        region, words = query.get("region", ""), query.get("q", "").strip()
        within = Region(region) if region in regions else None
        found = books.lines(self._house.shelf, asked.viewer, book, tab, within)
        facts = {
            "book": book,
            "tab": tab,
            "tabs": TABS,
            "lines": _matching(found, words),
            "cut": len(found) >= books.MOST,
            "regions": regions,
            "names": REGION_NAMES,
            "chosen": {"region": region if within else "", "q": words},
            "urgent": self._house.today + URGENT,
            "address_of": address_of,
        }
        return self._house.page(asked, "book.html", facts, here="books")


def _matching(found: Sequence[DossierLine], words: str) -> list[DossierLine]:
    return [line for line in found if not words or words.upper() in line.number or words in line.subject]


def _regions(viewer: Viewer) -> dict[str, str]:
    """Prefectures and counties in which the officer may act, by code."""
    return {
        code: Region(code).full_name
        for code in sorted(REGION_NAMES)
        if Region(code).level is not RegionLevel.PROVINCE
        and any(grant.region.covers(Region(code)) for grant in viewer.grants)
    }
