"""Codes, keys and status lists for those who check without us, at the portal's sample time."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from signing_service.attest.code_keys import CodeKey, CodeKeys
from signing_service.attest.signed_code import sign_code
from signing_service.attest.statement import Statement
from signing_service.attest.status_list import ListedStatus, StatusList, address_of, packed, sign_list
from signing_service.storage.status_lists import PublishedList
from tests.portal.samples import HOST, NOW, ORIGIN

PRIVATE, OTHER = ec.derive_private_key(0x5EED, ec.SECP256R1()), ec.derive_private_key(0xBAD, ec.SECP256R1())
KEY = CodeKey(PRIVATE.public_key(), date(2026, 1, 1), date(2027, 12, 31))
KEYS = CodeKeys.of([KEY])
ADDRESS = f"https://{HOST}/v/abcdefghijklmnopqrstuvwxya"
STATUSES = dict(enumerate(ListedStatus))
PLACE_OF = {status: place for place, status in STATUSES.items()}
STATEMENT = Statement(
    "赣A0112026000001",
    "王建国",
    "江右示例建设集团有限公司",
    "建筑电工",
    date(2026, 11, 22),
    date(2028, 11, 21),
    PLACE_OF[ListedStatus.IN_FORCE],
    bytes(range(16)),
)


def code(statement: Statement = STATEMENT, private: ec.EllipticCurvePrivateKey = PRIVATE, kid: bytes = KEY.kid) -> str:
    return sign_code(statement, kid, lambda data: private.sign(data, ec.ECDSA(SHA256())))


def scanned(status: ListedStatus) -> str:
    """The whole address on a licence whose place in the list says ``status``."""
    return f"{ADDRESS}#{code(replace(STATEMENT, status_index=PLACE_OF[status]))}"


def token(
    made_at: datetime = NOW,
    address: str = address_of(ORIGIN, 0),
    private: ec.EllipticCurvePrivateKey = PRIVATE,
    kid: bytes = KEY.kid,
) -> bytes:
    octets = packed(STATUSES.items(), 1 << 14)
    listing = StatusList(address, made_at, timedelta(minutes=5), made_at + timedelta(days=7), octets)
    return sign_list(listing, kid, lambda data: private.sign(data, ec.ECDSA(SHA256())))


@dataclass
class Lists:
    """The protocol ``StatusLists`` over a plain dict."""

    lists: dict[int, PublishedList] = field(default_factory=dict)

    def status_list_numbers(self) -> list[int]:
        return sorted(self.lists)

    def status_list(self, number: int) -> PublishedList | None:
        return self.lists.get(number)


def lists_made(made_at: datetime = NOW) -> Lists:
    return Lists({0: PublishedList(0, token(made_at), made_at, made_at + timedelta(days=7))})
