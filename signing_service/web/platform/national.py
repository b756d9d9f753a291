"""What the national register said of the licence that a dossier is about, as its officer sees it."""

from __future__ import annotations

from collections.abc import Sequence

from signing_service.storage import licences, national_entries
from signing_service.storage.national_entries import Entry, EntryState
from signing_service.web.platform.house import House
from signing_service.web.platform.registers import Answer
from signing_service.workflows.national import overdue
from signing_service.workflows.shelf import DossierView
from signing_service.workflows.wording import STATUSES


def told_of(house: House, view: DossierView) -> Sequence[Answer]:
    """Each change of the licence, the oldest first; empty where there is nothing to be told."""
    with house.desk.database.reading() as connection:
        issued = licences.of_dossier(connection, view.dossier.number)
        number = issued.number if issued else str(view.dossier.facts.get("licence_no", ""))
        entries = national_entries.of_licence(connection, number) if number else []
    return [_answer(house, one) for one in entries]


def _answer(house: House, entry: Entry) -> Answer:
    status = STATUSES[entry.status]
    label = (f"第 {entry.version} 版 · {status.zh}", f"Version {entry.version} · {status.en}")
    match entry.state:
        case EntryState.ACCEPTED:
            warned = str((entry.answer or {}).get("reason", ""))
            return Answer("done", label, (f"已归集{_and(warned, '，')}", f"accepted{_and(warned, ', ')}"))
        case EntryState.REFUSED:
            reason = str((entry.answer or {}).get("reason", ""))
            return Answer("void", label, (f"被拒收：{reason}", f"refused: {reason}"))
    why = entry.problem or {}
    if overdue(entry, house.desk.clock()):
        return Answer("waits", label, ("逾期未归集，继续重试", "late; it is told again by itself"))
    return Answer(
        "todo", label, ("待归集，自动重试" if why else "待归集", "waiting; told again by itself" if why else "waiting")
    )


def _and(text: str, joint: str) -> str:
    return f"{joint}{text}" if text else ""
