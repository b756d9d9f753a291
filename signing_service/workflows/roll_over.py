"""换钥: a party's next key takes over without anything stopping: what was reserved is finished, the rest goes on."""

from __future__ import annotations

from datetime import datetime

from signing_service.domain.key_policy import NextKey
from signing_service.domain.keys import OUTSIDE, KeyRef, KeyStore
from signing_service.storage import outbox, parties
from signing_service.storage.database import Database
from signing_service.workflows.use_of_keys import key_at

WAITED_FOR_A_KEY = (
    "KEY_MISSING", "KEY_UNKNOWN", "KEY_REFUSED", "KEY_RETIRED", "KEY_SUSPENDED", "CERT_NOT_VALID", "CERT_REVOKED",
    "KEY_POLICY_TERM", "KEY_POLICY_ROLE", "KEY_POLICY_DOCUMENT", "KEY_POLICY_HOURS", "KEY_COUNT_TODAY",
    "KEY_COUNT_EXHAUSTED", "RELEASE_REQUIRED", "RELEASE_IMPOSSIBLE", "SEAL_NOT_ACTIVE", "SEAL_EXPIRED",
    "SEAL_NOT_FOR_THIS_CERT",
)  # fmt: skip
"""What an administrator who changes a key, its policy or a seal may have settled."""


def plan_next_key(database: Database, keys: KeyStore, party_number: str, following: NextKey, now: datetime) -> KeyRef:
    """Let ``following`` take over when it says, put it on the lists of the party's seals; returns the key until then.

    A next key that has taken over before becomes the present one. Raises Problem PERSON_NOT_FOUND, and what the key
    store raises of either key.
    """
    keys.signing_cert(following.key)
    with database.reading() as connection:
        party = parties.load(connection, party_number)
        planned = parties.next_key(connection, party_number)
    present = key_at(party, party.key or following.key, planned, keys, now)
    with database.transaction() as connection:
        parties.set_key(connection, party_number, present)
        parties.put_next_key(connection, party_number, following if following.key != present else None, now)
        for seal in parties.seals(connection, party_number):
            lists = {str(following.key), *(() if seal.permitted else (str(seal.key),))}
            parties.permit(connection, seal.seal_id, seal.version, lists)
        outbox.wake(connection, WAITED_FOR_A_KEY, now)
    return present


def hand_over(database: Database, party_number: str, now: datetime) -> KeyRef:
    """From now on the party signs with a key in its own hands, under its own seals; what waits for it is asked of it.

    Raises Problem PERSON_NOT_FOUND.
    """
    own = KeyRef(OUTSIDE, party_number.lower())
    with database.transaction() as connection:
        parties.load(connection, party_number)
        parties.set_key(connection, party_number, own)
        parties.put_next_key(connection, party_number, None, now)
        for seal in parties.seals(connection, party_number):
            lists = {str(own), *(() if seal.permitted else (str(seal.key),))}
            parties.permit(connection, seal.seal_id, seal.version, lists)
        outbox.wake(connection, WAITED_FOR_A_KEY, now)
    return own
