"""The draw by itself: it follows from list and secret alone, favours nobody, and a record that was altered is found out."""

from __future__ import annotations

import copy
import hashlib
import json
import random
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from signing_service.domain.draw import (
    CATEGORIES,
    LIST_CHANGED,
    OTHER_SECRET,
    OTHER_SEED,
    RATIOS,
    Candidate,
    Quota,
    draw,
    faults_of,
    list_hash,
    record_of,
    share_of,
)
from signing_service.settings import Settings

SAMPLE = Path("templates/notices/draw_record/2026-01/sample.json")
QUOTAS = {"general": Quota(5, Decimal("0.40")), "key": Quota(20, Decimal("0.50"))}


def candidates(count: int, key_every: int = 5) -> list[Candidate]:
    return [
        Candidate(f"XFBA20261129{number:06d}", "key" if number % key_every == 0 else "general")
        for number in range(1, count + 1)
    ]


def secret(position: int) -> bytes:
    return hashlib.sha256(f"secret {position}".encode()).digest()


def test_the_same_list_and_secret_draw_the_same_in_whatever_order_they_come() -> None:
    listed = candidates(40)
    shuffled = random.Random(7).sample(listed, len(listed))
    assert draw(listed, secret(1), QUOTAS) == draw(shuffled, secret(1), QUOTAS)
    assert record_of(listed, secret(1), QUOTAS) == record_of(shuffled, secret(1), QUOTAS)


def test_another_secret_or_one_candidate_more_draws_by_another_seed() -> None:
    listed = candidates(40)
    seeds = {
        draw(listed, secret(1), QUOTAS).seed,
        draw(listed, secret(2), QUOTAS).seed,
        draw(listed[:-1], secret(1), QUOTAS).seed,
    }
    assert len(seeds) == 3


def test_nobody_is_drawn_more_often_than_others() -> None:
    """Chi-squared over 4 000 draws of 3 in 12: with 11 degrees of freedom 31.3 is passed once in a thousand."""
    listed = [Candidate(f"XFBA20261129{number:06d}", "general") for number in range(1, 13)]
    times: Counter[str] = Counter()
    draws = 4000
    for position in range(draws):
        times.update(draw(listed, secret(position), {"general": Quota(25)}).drawn)
    expected = draws * 3 / 12
    # the draws of one round are without replacement, so the sum is scaled by (n - 1) / (n - k)
    deviation = sum((times[one.number] - expected) ** 2 / expected for one in listed) * 11 / 9
    assert deviation < 31.3


def test_pairs_are_drawn_together_as_often_as_others() -> None:
    listed = [Candidate(f"XFBA20261129{number:06d}", "general") for number in range(1, 6)]
    times: Counter[frozenset[str]] = Counter()
    for position in range(3000):
        times[draw(listed, secret(position), {"general": Quota(40)}).drawn] += 1
    assert len(times) == 10
    assert sum((count - 300) ** 2 / 300 for count in times.values()) < 27.9, "9 degrees of freedom, one in a thousand"


def test_over_any_run_of_draws_the_ratio_holds_to_less_than_one() -> None:
    days = random.Random(11)
    carried, totals = Decimal(0), [(0, 0)]
    for _ in range(400):
        share = share_of(days.randrange(0, 9), Quota(5, carried))
        assert 0 <= share.carried_out < 1
        assert share.drawn <= share.candidates
        carried = share.carried_out
        totals.append((totals[-1][0] + share.candidates, totals[-1][1] + share.drawn))
    for begins in range(0, 400, 37):
        for ends in range(begins + 1, 401, 41):
            there = totals[ends][0] - totals[begins][0]
            drawn = totals[ends][1] - totals[begins][1]
            assert abs(Decimal(drawn) - Decimal(there * 5) / 100) < 1


def test_a_category_without_a_ratio_is_refused() -> None:
    with pytest.raises(KeyError):
        draw([Candidate("XFBA20261129000001", "other")], secret(1), QUOTAS)


def record() -> dict[str, Any]:
    made = record_of(candidates(30), secret(3), QUOTAS)
    return {**made, "secret_hash": hashlib.sha256(secret(3)).hexdigest()}


def test_a_record_as_it_was_published_has_no_fault() -> None:
    assert faults_of(record()) == []
    assert faults_of(json.loads(SAMPLE.read_text(encoding="utf-8"))) == []


def test_a_record_is_computed_by_its_own_ratios_whatever_the_province_sets_today() -> None:
    provincial = {"general": Quota(10), "key": Quota(35)}
    made = record_of(candidates(40), secret(3), provincial)
    assert [one["ratio"] for one in made["categories"]] == ["10%", "35%"]
    assert [one["drawn"] for one in made["categories"]] == [3, 2]
    assert faults_of(made) == []
    assert faults_of(record()) == [], "one of other ratios stays as it was"


def test_the_setting_of_a_province_has_a_ratio_for_every_category() -> None:
    assert Settings().fire_draw_ratios == RATIOS
    assert RATIOS.keys() == CATEGORIES.keys()
    provincial = Settings(fire_draw_general_percent=10, fire_draw_key_percent=35)
    assert provincial.fire_draw_ratios == {"general": 10, "key": 35}
    with pytest.raises(ValueError, match="fire_draw_key_percent"):
        Settings(fire_draw_key_percent=101)


def removed(record: dict[str, Any]) -> None:
    del record["candidates"][4]


def added(record: dict[str, Any]) -> None:
    record["candidates"].append({**record["candidates"][-1], "dossier_no": "XFBA20261129000999"})


def renamed(record: dict[str, Any]) -> None:
    record["candidates"][0]["dossier_no"] = "XFBA20261129000000"


@pytest.mark.parametrize("change", [removed, added, renamed])
def test_a_list_that_was_changed_after_it_was_closed_is_noticed(change: Callable[[dict[str, Any]], None]) -> None:
    altered = copy.deepcopy(record())
    change(altered)
    assert LIST_CHANGED in faults_of(altered)


def test_a_list_changed_with_its_hash_has_another_seed_and_other_values() -> None:
    altered = copy.deepcopy(record())
    removed(altered)
    altered["candidate_count"] -= 1
    altered["list_hash"] = list_hash(one["dossier_no"] for one in altered["candidates"]).hex()
    found = faults_of(altered)
    assert LIST_CHANGED not in found
    assert OTHER_SEED in found


def test_another_secret_than_the_promised_one_is_noticed() -> None:
    altered = {**record_of(candidates(30), secret(4), QUOTAS), "secret_hash": record()["secret_hash"]}
    assert faults_of(altered) == [OTHER_SECRET]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("seed",), "00" * 32),
        (("candidates", 2, "value"), "00" * 32),
        (("candidates", 2, "result"), "抽中"),
        (("candidates", 2, "category"), "重点"),
        (("categories", 0, "drawn"), 3),
        (("categories", 0, "ratio"), "6%"),
        (("categories", 1, "carried_out"), "0.00"),
        (("drawn_count",), 9),
    ],
)
def test_whatever_else_is_altered_is_noticed(path: tuple[Any, ...], value: object) -> None:
    altered = copy.deepcopy(record())
    place: Any = altered
    for step in path[:-1]:
        place = place[step]
    assert place[path[-1]] != value, "the test alters something"
    place[path[-1]] = value
    assert faults_of(altered)


@pytest.mark.parametrize(
    "other", [{}, {"candidates": [{}]}, {**record(), "beacon": "no hex"}, {**record(), "seed": None}]
)
def test_what_is_no_record_is_refused(other: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"no record|hexadecimal"):
        faults_of(other)
