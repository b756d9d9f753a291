"""我的待办: what waits for whoever is logged in, the most urgent first; of an officer by kind, region and age."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from starlette.responses import Response

from signing_service.domain.codes import Region
from signing_service.domain.reviews import ReviewState
from signing_service.domain.staff import Level
from signing_service.domain.viewer import AccountKind, Viewer
from signing_service.web.platform.gate import Asked, Way, Who
from signing_service.web.platform.house import House, address_of, see_other, told
from signing_service.workflows.reviewing import ReviewRoom
from signing_service.workflows.shelf import Todo

URGENT = timedelta(days=3)
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
        }
        if viewer.kind is AccountKind.STAFF:
            return self._house.page(asked, "desk.html", facts | self._sorted(asked, todos), here="todos")
        facts["reviews"] = self._reviews(viewer)
        facts["recent"] = self._house.shelf.dossiers(viewer, open_only=True, most=5)
        return self._house.page(asked, "todos.html", facts, here="todos")

    def _reviews(self, viewer: Viewer) -> int:
        """Reviews of drawings that wait for a word of the viewer, who is an expert and no party of the dossier."""
        if viewer.kind is not AccountKind.PERSON:
            return 0
        found = ReviewRoom(self._house.desk).of_expert(viewer.party)
        return sum(
            review.state is ReviewState.IN_REVIEW and any(one.expert == viewer.party for one in review.waiting_for)
            for review in found
        )

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
