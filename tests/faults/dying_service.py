"""A real service that the fault tests kill: it renews a licence, or issues one or three, and dies where it is told to.

dying_service.py <folder> <renew|issue|issue_three> <place> <before|after> <call>

``place`` is one of ``PLACES``, or ``never``; before or after that call of it, counted from 1, the process kills itself
as the kernel would. Started again on the same folder, where the PKI and the people are, it goes on with what is there.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from signing_service.demo import people
from signing_service.demo.portraits import sample_portrait
from signing_service.domain.codes import IdNo, PersonName
from signing_service.domain.dossier import Actor, Stage
from signing_service.domain.parties import Person
from signing_service.embedded import Service, running
from signing_service.keystores import KeyStores
from signing_service.settings import Settings
from signing_service.storage import documents, dossiers, licences, outbox, parties, seal_ledger, sealings
from signing_service.storage.blobs import FileBlobs
from signing_service.workflows.desk import Desk
from signing_service.workflows.engine import Event
from signing_service.workflows.perform import WorkshopPerformer, drawing, proving, sealing
from tests.factories import HOLDER, builder, employ, office, officer, renewal_form, signaller

PLACES: dict[str, tuple[Any, str]] = {
    "add_licence": (licences, "add_all"),
    "add_document": (documents, "add_all"),
    "try_keys": (drawing, "_try_all"),
    "keep_codes": (documents, "keep_signed_codes"),
    "reserve_sealing": (sealings, "reserve"),
    "tell_ledger": (seal_ledger, "append_all"),
    "ask_key": (sealing, "_sign"),
    "sign": (KeyStores, "sign"),
    "finish_seal": (sealing, "finish_seal"),
    "keep": (sealings, "keep"),
    "extend": (sealing, "extend"),
    "prove": (proving, "prove"),
    "put": (FileBlobs, "put_all"),
    "add_revisions": (documents, "add_revisions"),
    "stand": (sealings, "stand"),
    "add_archived": (documents, "add_all_archived"),
    "record": (Desk, "record_all"),
    "finish": (outbox, "finish_first"),
    "perform": (WorkshopPerformer, "perform"),
}


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def mine(place: str, moment: str, call: int) -> None:
    """Let the ``call``-th call of the function at ``place``, in the worker, be the last thing this process does."""
    owner, name = PLACES[place]
    whole: Callable[..., Any] = getattr(owner, name)
    calls = 0

    def deadly(*given: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == call and moment == "before":
            die()
        result = whole(*given, **named)
        if calls == call:
            die()
        return result

    setattr(owner, name, deadly)


def renew(service: Service) -> str:
    """Every step that is still to be taken; a step that was saved is not taken again."""
    employ(service)
    number = service.desk.begin_filled_in(
        "so.renew",
        {HOLDER: people.SIGNALLER_ID, **office()},
        renewal_form(service),
        region=people.REGION,
        request_key="renewal",
    )
    for step, by, at in (
        ("prepare", signaller(), Stage.DRAFT),
        ("submit", signaller(), Stage.PREPARED),
        ("confirm", builder(), Stage.SUBMITTED),
        ("accept", officer("tang"), Stage.CONFIRMED),
        ("review", officer("song"), Stage.ACCEPTED),
        ("grant", officer("zheng"), Stage.REVIEWED),
    ):
        take_if_due(service, number, step, by, at)
    return number


def issue(service: Service) -> str:
    photo = service.desk.blobs.put(sample_portrait("王建国", woman=False))
    form = {
        "id_no": people.SIGNALLER_ID,
        "employer_uscc": str(people.BUILDER.uscc),
        "category": "04",
        "photo": photo,
    }
    number = service.desk.begin_filled_in("so.issue", office(), form, region=people.REGION, request_key="issue")
    take_if_due(service, number, "grant", officer("zheng"), Stage.DRAFT)
    return number


def issue_three(service: Service) -> tuple[str, ...]:
    """Granted in one transaction, so that one message carries all three."""
    photo = service.desk.blobs.put(sample_portrait("王建国", woman=False))
    somebody = people.crowd()[:3]
    with service.desk.database.transaction() as connection:
        numbers = []
        for person in somebody:
            parties.put(connection, Person(IdNo(person.id_no), PersonName(person.name)))
            form = {
                "id_no": str(person.id_no),
                "employer_uscc": str(people.BUILDER.uscc),
                "category": "04",
                "photo": photo,
            }
            numbers.append(
                service.desk.begin_filled_in(
                    "so.issue", office(), form, region=people.REGION, request_key=str(person.id_no), within=connection
                )
            )
        due = [one.number for one in dossiers.load_all(connection, numbers).values() if one.stage is Stage.DRAFT]
        if due:
            service.desk.record_all(connection, dict.fromkeys(sorted(due), Event("grant", officer("zheng"))))
    service.desk.nudge()
    return tuple(numbers)


def take_if_due(service: Service, number: str, step: str, by: Actor, at: Stage) -> None:
    with service.desk.database.reading() as connection:
        stage = dossiers.load(connection, number).stage
    if stage is at:
        service.desk.take_step(number, step, by)


def main(folder: str, procedure: str, place: str, moment: str, call: str) -> None:
    if place != "never":
        mine(place, moment, int(call))
    with running(Settings(var=Path(folder))) as service:
        begun = {"renew": renew, "issue": issue, "issue_three": issue_three}[procedure](service)
        for number in (begun,) if isinstance(begun, str) else begun:
            service.settle(number, timeout=90)


if __name__ == "__main__":
    main(*sys.argv[1:])
