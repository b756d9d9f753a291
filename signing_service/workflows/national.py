"""归集: national registers are told of every licence after its issue and of each change of its state (domain text, §5).

What has to be told is owed in the transaction that changes the licence (``storage.national_entries``). It is told in order,
under a reference that is the same at every attempt, until the register has answered; while nobody answers it waits and is
told again. What is refused keeps the register's reason and waits for an operator.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Connection

from signing_service.domain.codes import IdNo, Region, Sex
from signing_service.domain.dates import day_in_shanghai
from signing_service.domain.errors import Problem
from signing_service.domain.licences import Licence, LicenceStatus
from signing_service.domain.national import CITIZEN, ENTERPRISE, OTHER, SCHEMES, Operation, operation_of
from signing_service.domain.parties import Organisation, Person
from signing_service.gateways.national_register import NationalRegister
from signing_service.storage import dossiers, licences, national_entries, parties
from signing_service.storage.national_entries import Entry, EntryState
from signing_service.workflows.desk import Desk
from signing_service.workflows.wording import STATUSES

log = structlog.get_logger(__name__)

MOST = 50
"""Told in one round."""

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=1)
LATE = timedelta(days=3)
"""After the change it should have been told (domain text, §17.3); longer is an alarm."""

LOOKED_BACK = timedelta(days=400)
"""For licences that have run out without anybody telling."""


@dataclass(frozen=True, slots=True)
class RegisterRoom:
    """Tells the register what it is owed."""

    desk: Desk
    register: NationalRegister

    def tell(self) -> int:
        """What is due now; how many records were answered. Where nobody answers the round is over."""
        with self.desk.database.reading() as connection:
            due = national_entries.due(connection, self.desk.clock(), MOST)
        for count, entry in enumerate(due):
            try:
                self._tell(entry)
            except Problem as problem:
                self._postpone(entry, problem)
                return count
        return len(due)

    def owe_expired(self) -> int:
        """Licences that ran out and that nobody renewed or ended: the register learns it, too (过期失效)."""
        now = self.desk.clock()
        today = day_in_shanghai(now)
        with self.desk.database.transaction() as connection:
            over = national_entries.out_of_date(connection, today - LOOKED_BACK, today - timedelta(days=1))
            found = [_version(connection, number, version) for number, version in over]
            national_entries.owe(connection, found, LicenceStatus.EXPIRED, now)
        return len(over)

    def _tell(self, entry: Entry) -> None:
        with self.desk.database.reading() as connection:
            operation, licence, record = self._record(connection, entry)
        say = self.register.enter if operation.brings_a_file else self.register.update
        receipt = say(licence.type.value, record)
        state = EntryState.ACCEPTED if receipt.accepted else EntryState.REFUSED
        if not receipt.accepted:
            log.warning("national_register_refuses", licence=entry.number, version=entry.version, reason=receipt.reason)
        with self.desk.database.transaction() as connection:
            national_entries.answered(connection, entry, state, receipt.to_record(), self.desk.clock())

    def _postpone(self, entry: Entry, problem: Problem) -> None:
        now = self.desk.clock()
        late = now - entry.at > LATE
        event = "national_register_late" if late else "national_register_waits"
        (log.error if late else log.warning)(event, licence=entry.number, code=problem.code)
        again = now + min(FIRST_PAUSE * 2 ** min(entry.attempts, 8), LONGEST_PAUSE)
        with self.desk.database.transaction() as connection:
            national_entries.postpone(connection, entry, problem.to_document(), again)

    # ---- what is told

    def _record(self, connection: Connection, entry: Entry) -> tuple[Operation, Licence, dict[str, Any]]:
        licence = _version(connection, entry.number, entry.version)
        known = national_entries.last_known(connection, entry.number, entry.version)
        renewed = bool(licence.dossier) and _procedure(connection, licence).endswith(".renew")
        operation = operation_of(entry.before, entry.status, known=known is not None, renewed=renewed)
        scheme = SCHEMES[licence.type]
        state = scheme.state(entry.status)
        record = {
            "eCertID": entry.reference,
            "zzeCertID": licence.identifier,
            "certNum": licence.number,
            "operateType": scheme.operation(operation),
            "certState": state,
            "certStatusDescription": STATUSES[entry.status].zh if state == OTHER else "",
            **_issuer(connection, licence),
            **_holder(connection, licence),
        }
        if operation.brings_a_file:
            record |= self._face(licence)
        if operation.replaces and known is not None:
            # what it refused it does not have, so that one cannot be named
            record["associatedZzeCertID"] = _version(connection, entry.number, known).identifier
        return operation, licence, record

    def _face(self, licence: Licence) -> dict[str, Any]:
        told: dict[str, Any] = {
            "issuedDate": licence.facts.get("first_issued_on", licence.issued_on.isoformat()),
            "issuDate": licence.issued_on.isoformat(),
            "effectiveDate": licence.valid_from.isoformat(),
            "expiringDate": "" if licence.facts.get("open_ended") else licence.valid_until.isoformat(),
            "businessInformation": [],
        }
        if licence.type.has_photo and licence.facts.get("photo"):
            told["photo"] = base64.b64encode(self.desk.blobs.get(licence.facts["photo"])).decode()
        return told


def _issuer(connection: Connection, licence: Licence) -> dict[str, str]:
    authority = parties.find(connection, licence.authority)
    region = authority.region if isinstance(authority, Organisation) else None
    return {
        "issuAuth": str(authority.name) if authority else "",
        "issuAuthCode": licence.authority,
        "provinceNum": f"{(region or Region('360000'))[:2]}0000",
    }


def _holder(connection: Connection, licence: Licence) -> Mapping[str, str]:
    holder = parties.find(connection, licence.holder)
    if not isinstance(holder, Person):
        return {"companyName": licence.holder_name, "creditCode": licence.holder, "holderType": ENTERPRISE}
    told = {
        "name": licence.holder_name,
        "identityCard": licence.holder,
        "identityCardType": CITIZEN,
        "gender": "1" if IdNo(licence.holder).sex is Sex.MALE else "2",
        "operationCategory": licence.facts.get("category", ""),
        "companyName": licence.facts.get("employer_name", ""),
        "creditCode": licence.employer or "",
    }
    return {key: value for key, value in told.items() if value}


def _version(connection: Connection, number: str, version: int) -> Licence:
    found = next((one for one in licences.versions(connection, number) if one.version == version), None)
    if found is None:
        msg = f"version {version} of licence {number} is gone"
        raise LookupError(msg)
    return found


def _procedure(connection: Connection, licence: Licence) -> str:
    return dossiers.load(connection, str(licence.dossier)).procedure


def overdue(entry: Entry, now: datetime) -> bool:
    return entry.state is EntryState.DUE and now - entry.at > LATE
