"""What experts are told of the reviews in which they speak: to conclude is no step of the dossier, so its steps do not tell them.

Written in the transaction of what happened, once for each round; what waits for them stands among their todos besides.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from signing_service.domain.dossier import Dossier
from signing_service.domain.messages import Event
from signing_service.domain.reviews import Review, Reviewer
from signing_service.domain.sheets import DISCIPLINES
from signing_service.workflows import messages
from signing_service.workflows.deadlines import due_on


def tell_experts(
    connection: Connection, dossier: Dossier, review: Review, reviewers: Iterable[Reviewer], event: Event, now: datetime
) -> None:
    """Each expert once, whatever the number of their disciplines."""
    disciplines: dict[str, list[str]] = {}
    for one in reviewers:
        disciplines.setdefault(one.expert, []).append(DISCIPLINES[review.kind][one.discipline])
    due = due_on(dossier.facts.get("clocks", {}))
    for expert, names in disciplines.items():
        facts = {
            **_of(dossier, review),
            "disciplines": "、".join(names),
            **(messages.by_day("due", due) if due else {}),
        }
        messages.tell(connection, expert, event, facts, now, once=f"{event}:{dossier.number}:{review.round}:{expert}")


def tell_of_replies(
    connection: Connection, dossier: Dossier, review: Review, expert: str, count: int, now: datetime
) -> None:
    once = f"{Event.REPLIES}:{dossier.number}:{review.round}:{expert}"
    messages.tell(connection, expert, Event.REPLIES, {**_of(dossier, review), "count": count}, now, once=once)


def _of(dossier: Dossier, review: Review) -> dict[str, Any]:
    return {"project": dossier.facts["project_name"], "dossier": dossier.number, "round": review.round}
