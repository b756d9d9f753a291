"""我的待办: what waits for whoever is logged in, the most urgent first; of an officer by kind, region and age."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from starlette.responses import Response

from signing_service.domain.codes import Region
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.staff import Level
from signing_service.domain.viewer import AccountKind
from signing_service.web.platform.gate import Asked, Way, Who
from signing_service.web.platform.house import House, address_of, see_other, told
from signing_service.workflows.shelf import Todo

URGENT = timedelta(days=3)
RECENT = 5
"""Lines of what is under way with others; the rest stands in the list of all dossiers."""
SORTS = ("due", "age", "kind", "region")


class TodoPages:
    def __init__(self, house: House) -> None:
        self._house = house

    def ways(self) -> tuple[Way, ...]:
        return (
            Way("GET", "/platform", Who.VIEWER, lambda _asked: see_other("/platform/")),
            Way("GET", "/platform/", Who.VIEWER, self.show),
            Way("GET", "/api/platform/todos", Who.VIEWER, self.tell),
        )

    def show(self, asked: Asked) -> Response:
        viewer = asked.viewer
        todos = self._house.shelf.todos(viewer)
        facts: dict[str, Any] = {
            "todos": todos,
            "urgent": _urgent_before(self._house.today),
            "staff": viewer.kind is AccountKind.STAFF,
            "window": any(one.level is Level.WINDOW for one in viewer.grants),
            "address_of": address_of,
            "place_of": place_of,
        }
        if viewer.kind is AccountKind.STAFF:
            return self._house.page(asked, "desk.html", facts | self._sorted(asked, todos), here="todos")
        facts["reviews"] = sum(todo.row.role is SignatoryRole.REVIEW_EXPERT for todo in todos)
        waits = {todo.row.dossier for todo in todos}
        under_way = self._house.shelf.dossiers(viewer, open_only=True, most=RECENT + len(waits))
        facts["recent"] = [line for line in under_way if line.number not in waits][:RECENT]
        return self._house.page(asked, "todos.html", facts, here="todos")

    def _sorted(self, asked: Asked, todos: Sequence[Todo]) -> dict[str, Any]:
        """An officer's list, narrowed and in the order that was asked for."""
        query = asked.request.query_params
        kind, region, sort = query.get("kind", ""), query.get("region", ""), query.get("sort", "due")
        words = query.get("q", "").strip()
        shown = [
            todo
            for todo in todos
            if (not kind or todo.procedure.key == kind)
            and (not region or todo.row.region == region)
            and (not words or words in todo.row.dossier or words in todo.subject)
        ]
        order = {
            "due": lambda todo: (todo.row.due_on or date.max, todo.row.since),
            "age": lambda todo: todo.row.since,
            "kind": lambda todo: (todo.procedure.key, todo.row.due_on or date.max),
            "region": lambda todo: (todo.row.region, todo.row.due_on or date.max),
        }
        shown.sort(key=order.get(sort, order["due"]))
        return {
            "shown": shown,
            "kinds": {todo.procedure.key: todo.procedure for todo in todos},
            "regions": {todo.row.region: Region(todo.row.region).name for todo in todos},
            "chosen": {"kind": kind, "region": region, "sort": sort if sort in SORTS else "due", "q": words},
        }

    def tell(self, asked: Asked) -> Response:
        found = self._house.shelf.todos(asked.viewer)
        return told({"count": len(found), "todos": [_line(todo) for todo in found]})


def place_of(todo: Todo) -> str:
    """Where it is done: an expert speaks on the page of the review, everybody else on that of the dossier."""
    if todo.row.role is SignatoryRole.REVIEW_EXPERT:
        return f"/platform/reviews/{todo.row.dossier}"
    return address_of(todo.row.dossier)


def _urgent_before(today: date) -> date:
    return today + URGENT


def _line(todo: Todo) -> dict[str, Any]:
    return {
        "dossier": todo.row.dossier,
        "procedure": todo.procedure.key,
        "title": todo.procedure.title,
        "title_en": todo.procedure.title_en,
        "subject": todo.subject,
        "stage": todo.stage.value,
        "role": todo.row.role.value,
        "steps": list(todo.row.steps),
        "since": todo.row.since.isoformat(),
        "due_on": todo.row.due_on.isoformat() if todo.row.due_on else None,
    }
