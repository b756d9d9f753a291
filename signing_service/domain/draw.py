"""A random draw that anybody can compute again: who is checked follows from a list and a secret, and from nothing else.

The secret is drawn by chance and its hash published before the list is closed; the list is closed and its hash
published before the secret is. Nobody can choose either by what the other will bring forth. In one category the
candidates with the smallest HMAC values are drawn: each subset of that size is as likely as any other.

    list hash = SHA-256(numbers in ascending order, one a line)
    seed      = SHA-256(list hash ‖ secret)
    value     = HMAC-SHA-256(seed, number)
    drawn     = whole part of (candidates × ratio + carried in); the rest is carried out to the next draw

So over any run of draws the number drawn differs from candidates × ratio by less than one.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any

ALGORITHM = "HMAC-SHA-256，各类之内由小到大（drw-1）"
SECRET_LENGTH = 32
DRAWN, NOT_DRAWN = "抽中", "未抽中"


@dataclass(frozen=True, slots=True)
class Category:
    name: str
    """As the record names it."""
    short: str


CATEGORIES: Mapping[str, Category] = {"general": Category("一般项目", "一般"), "key": Category("重点项目", "重点")}
"""Of fire filings."""

RATIOS: Mapping[str, int] = {"general": 5, "key": 20}
"""Percent of each category that is drawn where the province sets nothing else (第51号令 第三十七条).

Whole numbers, so that what is carried has two places and is written in full. The ratio by which a draw was held stands
in its record, and by that it is computed again: another ratio today leaves what was drawn before as it is.
"""


@dataclass(frozen=True, slots=True)
class Candidate:
    number: str
    category: str


@dataclass(frozen=True, slots=True)
class Quota:
    percent: int
    carried_in: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Share:
    """What becomes of one category."""

    candidates: int
    percent: int
    carried_in: Decimal
    drawn: int
    carried_out: Decimal


@dataclass(frozen=True, slots=True)
class Drawing:
    list_hash: bytes
    seed: bytes
    values: Mapping[str, str]
    """Number -> HMAC in hex."""
    drawn: frozenset[str]
    shares: Mapping[str, Share]


def list_hash(numbers: Iterable[str]) -> bytes:
    return hashlib.sha256("\n".join(sorted(numbers)).encode()).digest()


def seed_of(listed: bytes, secret: bytes) -> bytes:
    return hashlib.sha256(listed + secret).digest()


def value_of(seed: bytes, number: str) -> str:
    return hmac.new(seed, number.encode(), hashlib.sha256).hexdigest()


def share_of(candidates: int, quota: Quota) -> Share:
    due = Decimal(candidates * quota.percent) / 100 + quota.carried_in
    return Share(candidates, quota.percent, quota.carried_in, int(due), due - int(due))


def draw(candidates: Sequence[Candidate], secret: bytes, quotas: Mapping[str, Quota]) -> Drawing:
    """Raises KeyError for a category without a quota."""
    listed = list_hash(one.number for one in candidates)
    seed = seed_of(listed, secret)
    values = {one.number: value_of(seed, one.number) for one in candidates}
    shares: dict[str, Share] = {}
    drawn: set[str] = set()
    for category, quota in quotas.items():
        among = sorted((one.number for one in candidates if one.category == category), key=values.__getitem__)
        shares[category] = share_of(len(among), quota)
        drawn.update(among[: shares[category].drawn])
    if strangers := {one.category for one in candidates} - quotas.keys():
        raise KeyError(*strangers)
    return Drawing(listed, seed, values, frozenset(drawn), shares)


@dataclass(frozen=True, slots=True)
class HeldDraw:
    """What is published when it is over."""

    number: str
    secret_hash: str
    promised_at: datetime
    committed_at: datetime
    drawn_at: datetime
    record: Mapping[str, Any]

    @property
    def drawn(self) -> frozenset[str]:
        return frozenset(one["dossier_no"] for one in self.record["candidates"] if one["result"] == DRAWN)


# ---- the record


def record_of(candidates: Sequence[Candidate], secret: bytes, quotas: Mapping[str, Quota]) -> dict[str, Any]:
    """What a draw's record says of its computation; everything but the names of places and days."""
    found = draw(candidates, secret, quotas)
    return {
        "candidate_count": len(candidates),
        "drawn_count": len(found.drawn),
        "list_hash": grouped(found.list_hash.hex()),
        "beacon": grouped(secret.hex()),
        "seed": grouped(found.seed.hex()),
        "algorithm": ALGORITHM,
        "categories": [
            {
                "name": CATEGORIES[key].name,
                "candidates": share.candidates,
                "ratio": f"{share.percent}%",
                "carried_in": f"{share.carried_in:.2f}",
                "drawn": share.drawn,
                "carried_out": f"{share.carried_out:.2f}",
            }
            for key, share in found.shares.items()
        ],
        "candidates": [
            {
                "dossier_no": one.number,
                "category": CATEGORIES[one.category].short,
                "value": found.values[one.number],
                "result": DRAWN if one.number in found.drawn else NOT_DRAWN,
            }
            for one in sorted(candidates, key=lambda one: one.number)
        ],
    }


def grouped(digits: str) -> str:
    """Hex in groups of eight."""
    return " ".join(digits[at : at + 8] for at in range(0, len(digits), 8))


@dataclass(frozen=True, slots=True)
class Fault:
    """What of a record does not follow from the rest of it."""

    zh: str
    en: str


LIST_CHANGED = Fault(
    "候选名单与名单摘要不符：名单在锁定之后被改动。",
    "The list does not have its hash: it was changed after it was closed.",
)
NOT_SORTED = Fault(
    "候选名单没有按办件编号升序排列，或者有重复。", "The list is not in ascending order, or names one twice."
)
OTHER_SECRET = Fault(
    "公布的随机数与事先公布的摘要不符。", "The secret does not have the hash that was published before."
)
OTHER_SEED = Fault("种子不是由名单摘要和随机数算出的。", "The seed does not follow from list hash and secret.")


def faults_of(record: Mapping[str, Any]) -> list[Fault]:
    """Compute a published record again: everything in it that does not follow; none: it is as it should be.

    Raises ValueError for what is no record of a draw.
    """
    try:
        return [*_faults_of_seed(record), *_faults_of_values(record), *_faults_of_shares(record)]
    except (KeyError, TypeError, AttributeError, InvalidOperation) as missing:
        msg = "this is no record of a draw"
        raise ValueError(msg) from missing


def _faults_of_seed(record: Mapping[str, Any]) -> Iterable[Fault]:
    numbers = [one["dossier_no"] for one in record["candidates"]]
    if any(before >= after for before, after in pairwise(numbers)):
        yield NOT_SORTED
    listed, secret = bytes.fromhex(record["list_hash"]), bytes.fromhex(record["beacon"])
    if list_hash(numbers) != listed or len(numbers) != record["candidate_count"]:
        yield LIST_CHANGED
    if (published := record.get("secret_hash")) and hashlib.sha256(secret).digest() != bytes.fromhex(published):
        yield OTHER_SECRET
    if seed_of(listed, secret) != bytes.fromhex(record["seed"]):
        yield OTHER_SEED


def _faults_of_values(record: Mapping[str, Any]) -> Iterable[Fault]:
    seed = bytes.fromhex(record["seed"])
    for one in record["candidates"]:
        if one["value"] != value_of(seed, one["dossier_no"]):
            number = one["dossier_no"]
            yield Fault(f"{number} 的抽取值不对。", f"The value of {number} is not its HMAC.")


def _faults_of_shares(record: Mapping[str, Any]) -> Iterable[Fault]:
    names = {category["name"][: len("一般")] for category in record["categories"]}
    for one in record["candidates"]:
        if one["category"] not in names:
            yield Fault(f"{one['dossier_no']} 的类别没有比例。", f"{one['dossier_no']} is in no category.")
    total = 0
    for category in record["categories"]:
        name = category["name"]
        among = sorted(
            (one for one in record["candidates"] if one["category"] == name[: len("一般")]),
            key=lambda one: one["value"],
        )
        quota = Quota(int(category["ratio"].rstrip("%")), Decimal(category["carried_in"]))
        share = share_of(len(among), quota)
        total += share.drawn
        if (category["candidates"], category["drawn"], Decimal(category["carried_out"])) != (
            share.candidates,
            share.drawn,
            share.carried_out,
        ):
            yield Fault(f"{name}的件数与比例不符。", f"The numbers of {name} do not follow from its ratio.")
        if [one["result"] for one in among] != [DRAWN] * share.drawn + [NOT_DRAWN] * (len(among) - share.drawn):
            yield Fault(
                f"{name}抽中的不是抽取值最小的。", f"In {name} others were drawn than those of the least value."
            )
    if total != record["drawn_count"]:
        yield Fault("抽取总数不对。", "The total is not the sum of the categories.")
