"""What becomes of the keys and seals of a party: one is given, others are put away for ever."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.keys import KeyRef
from signing_service.domain.new_keys import key_label
from signing_service.domain.parties import Party, Person
from signing_service.domain.seals import Seal, SealArtwork, SealKind, SealState
from signing_service.storage import parties
from signing_service.workflows.apply.case import Case
from signing_service.workflows.changes import GiveKey, TakeSealsAway
from signing_service.workflows.handwriting import strokes_of
from signing_service.workflows.licensing import last_day
from signing_service.workflows.seal_kinds import SEAL_KINDS


def give_key(connection: Connection, cases: Sequence[tuple[GiveKey, Case]], _now: datetime) -> None:
    for change, case in cases:
        party = case.situation.parties[change.role]
        employer = case.situation.parties.get(SignatoryRole.EMPLOYER)
        unit = str(employer.name) if employer is not None else ""
        seal = new_seal(party, case.before.form, case.number, case.situation.today, change.years, unit)
        for before in parties.seals(connection, str(party.number)):
            if _takes_the_place_of(seal.artwork, before.artwork):
                parties.set_seal_state(connection, before.seal_id, SealState.WITHDRAWN)
        parties.put_seal(connection, seal)
        if seal.artwork.kind in (SealKind.SIGNATURE, SealKind.ENTERPRISE):
            parties.set_key(connection, str(party.number), seal.key)


def take_seals_away(connection: Connection, cases: Sequence[tuple[TakeSealsAway, Case]], _now: datetime) -> None:
    for change, case in cases:
        owner = str(case.situation.parties[change.role].number)
        for seal_id in {seal.seal_id for seal in parties.seals(connection, owner)}:
            parties.set_seal_state(connection, seal_id, SealState.WITHDRAWN)
        parties.drop_key(connection, owner)


def _takes_the_place_of(one: SealArtwork, before: SealArtwork) -> bool:
    """Of each kind a party has one; of practising seals one for each profession."""
    if one.kind is SealKind.PRACTISING:
        return before.profession == one.profession
    return before.kind is one.kind and before.lines == one.lines


def new_seal(party: Party, form: Mapping[str, Any], dossier: str, today: date, years: int, employer: str = "") -> Seal:
    """The seal that an application asks for, with the key that was made for it. A practising seal holds no longer than
    the registration.
    """
    label, until = key_label(dossier), last_day(today, years)
    if "registered_until" in form:
        until = min(until, date.fromisoformat(form["registered_until"]))
    return Seal(
        seal_id=f"seal-{label}",
        version=1,
        owner=str(party.number),
        artwork=_artwork(party, form, employer),
        key=KeyRef("soft", label),
        valid_from=today,
        valid_until=until,
    )


def _artwork(party: Party, form: Mapping[str, Any], employer: str) -> SealArtwork:
    if "profession" in form:
        checked = f"({form['check_no']})" if form.get("check_no") else ""
        number, specialties = f"{form['registration_no']}{checked}", form.get("specialties", "")
        lines = (number, specialties, form["registered_until"], employer)
        return SealArtwork(SealKind.PRACTISING, str(party.name), lines, profession=form["profession"])
    if isinstance(party, Person):
        return SealArtwork(SealKind.SIGNATURE, str(party.name), strokes=strokes_of(form["strokes"]))
    kind = SEAL_KINDS[form["seal_kind"]]
    return SealArtwork(kind.artwork, form["seal_text"], kind.lines, form.get("seal_code", "") if kind.has_code else "")
