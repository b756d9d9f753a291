"""工程码: texted to the contractor's project leader when a section is put out; with it and the mobile the section is
opened, and no other (domain text, §10.4).

Kept as Argon2id of the code, so that a copy of the database opens nothing. A try is counted before anything is
compared: five wrong ones lock the mobile for half an hour. One that is sent again replaces the former; of those asked
for, five a day. What is signed still needs the enterprise's own key.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from signing_service.domain.accounts import is_locked, too_many
from signing_service.domain.codes import Mobile
from signing_service.domain.errors import Problem
from signing_service.domain.messages import Channel, Event
from signing_service.domain.projects import Section, SectionState
from signing_service.domain.section_code import LIFETIME, LOCKED_FOR, SENT_PER_DAY, TRIES, SectionCode, refused
from signing_service.storage import projects, section_codes, sessions
from signing_service.storage.database import Database
from signing_service.storage.section_codes import KeptCode
from signing_service.workflows import messages
from signing_service.workflows.accounts import passwords
from signing_service.workflows.accounts.accounts import hash_of
from signing_service.workflows.messages import Addressee

Choice = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Opened:
    """What a code has opened."""

    section: Section
    dossier: str
    """In which it is taken on."""
    contractor: str
    mobile: str


def issue(
    connection: Connection,
    section: Section,
    *,
    mobile: str,
    contractor: str,
    project_name: str,
    now: datetime,
    choice: Choice = secrets.choice,
) -> None:
    """A new code leaves for ``mobile`` when the transaction is committed; the former opens nothing any more."""
    code = SectionCode.mint(choice)
    section_codes.put(connection, KeptCode(section.number, mobile, passwords.hashed(code), now + LIFETIME), now)
    facts = {
        "code": code,
        "project": project_name,
        "section": section.name,
        **messages.by_day("until", (now + LIFETIME).date()),
    }
    to = Addressee(contractor, {Channel.SMS: mobile})
    messages.tell(connection, to, Event.SECTION_CODE, facts, now, lasts=LIFETIME)


def send_again(database: Database, number: str, developer: str, now: datetime, choice: Choice = secrets.choice) -> None:
    """At the developer's wish. Raises Problem NOT_FOUND for a section that is not its own or waits for nobody, TOO_MANY."""
    with database.transaction() as connection:
        often = sessions.hit(connection, f"section-code:{number}", timedelta(days=1), now) > SENT_PER_DAY
    if often:
        raise too_many()
    with database.transaction() as connection:
        section = projects.section(connection, number)
        project = projects.find(connection, section.project) if section else None
        if section is None or project is None or project.developer != developer or not _waits(section):
            raise _not_found()
        issue(
            connection,
            section,
            mobile=section.facts["contractor_leader_mobile"],
            contractor=section.contractor or "",
            project_name=project.name,
            now=now,
            choice=choice,
        )


def void(connection: Connection, section: str, now: datetime) -> None:
    section_codes.void(connection, section, now)


def open_section(database: Database, mobile: str, code: str, now: datetime) -> Opened:
    """The section that mobile and code open. Raises Problem SECTION_CODE_REFUSED, ACCOUNT_LOCKED."""
    asked = Mobile.parse(mobile)
    _count(database, asked, now)
    told = SectionCode.parse(code)
    with database.transaction() as connection:
        # nobody is known by this mobile: the answer takes as long
        kept = section_codes.of_mobile(connection, asked, now) or [KeptCode("", asked, "", now)]
        right = [one for one in kept if passwords.matches(one.hash or None, told)]
        section = projects.section(connection, right[0].section) if right else None
        if section is None or not _waits(section) or section.dossier is None or section.contractor is None:
            raise refused()
        sessions.clear_attempts(connection, _subject(asked))
        return Opened(section, section.dossier, section.contractor, asked)


def _count(database: Database, mobile: str, now: datetime) -> None:
    """Counted, with the lock that it brings, before anything is compared. Raises Problem ACCOUNT_LOCKED."""
    with database.transaction() as connection:
        state = sessions.attempts(connection, _subject(mobile))
        until = state.locked_until
        if until is None or until <= now:
            tries = 1 if until is not None else state.tries + 1
            lock = now + LOCKED_FOR if tries >= TRIES else None
            sessions.count_attempt(connection, _subject(mobile), tries, lock)
            until = None
    if until is not None:
        raise is_locked(until)


def _subject(mobile: str) -> str:
    return f"section-code:{hash_of(mobile)[:40]}"


def _waits(section: Section) -> bool:
    return section.state is SectionState.PUBLISHED


def _not_found() -> Problem:
    return Problem(
        "NOT_FOUND",
        "未找到待承接的标段，请核对标段编号。",
        "There is no such section that waits to be taken on: check its number.",
        status=404,
    )
