"""Categories, grades, who grants them, and what the standard asks for (建市〔2014〕159号; 建市〔2016〕226号)."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from signing_service.domain.codes import RegionLevel
from signing_service.domain.qualifications import (
    CATEGORIES,
    GRADES,
    Issuer,
    Series,
    outranks,
    standard_of,
)

TODAY = date(2026, 11, 29)


def test_there_are_twelve_general_and_thirty_six_special_categories_and_labour() -> None:
    counted = Counter(one.series for one in CATEGORIES.values())
    assert counted == {Series.GENERAL: 12, Series.SPECIAL: 36, Series.LABOUR: 1}
    assert len({one.name for one in CATEGORIES.values()}) == 49
    assert all(set(one.grades) <= set(GRADES) for one in CATEGORIES.values())


@pytest.mark.parametrize(
    ("category", "grade", "issuer"),
    [
        ("G01", "0", Issuer.MINISTRY),
        ("G01", "1", Issuer.MINISTRY),
        ("G01", "2", Issuer.PROVINCE),
        ("G01", "3", Issuer.CITY),
        ("G03", "2", Issuer.MINISTRY),
        ("G03", "3", Issuer.PROVINCE),
        ("G11", "3", Issuer.PROVINCE),
        ("S01", "1", Issuer.PROVINCE),
        ("S01", "3", Issuer.CITY),
        ("S16", "1", Issuer.MINISTRY),
        ("S22", "2", Issuer.MINISTRY),
        ("S03", "9", Issuer.CITY),
        ("S36", "9", Issuer.PROVINCE),
        ("L00", "9", Issuer.CITY),
    ],
)
def test_who_grants_what(category: str, grade: str, issuer: Issuer) -> None:
    assert CATEGORIES[category].issuer(grade) is issuer


def test_every_grade_of_every_category_has_an_issuer_and_a_standard() -> None:
    for one in CATEGORIES.values():
        for grade in one.grades:
            assert one.issuer(grade) in Issuer
            assert standard_of(one.code, grade, TODAY).net_assets > 0


def test_a_grade_that_a_category_has_not_is_none() -> None:
    with pytest.raises(KeyError):
        CATEGORIES["S04"].issuer("3")
    with pytest.raises(KeyError):
        standard_of("S04", "3", TODAY)


def test_only_the_cities_decide_below_the_province() -> None:
    assert [one.level for one in Issuer] == [RegionLevel.PROVINCE, RegionLevel.PROVINCE, RegionLevel.PREFECTURE]


def test_people_are_counted_for_the_lowest_grade_alone_since_november_2016() -> None:
    lowest, second = standard_of("G01", "3", TODAY), standard_of("G01", "2", TODAY)
    assert (lowest.constructors, lowest.titled, lowest.workers, lowest.achievements) == (5, 6, 30, 0)
    assert (second.constructors, second.titled, second.workers, second.achievements) == (0, 0, 0, 2)
    assert second.net_assets == Decimal(4000)
    assert standard_of("G01", "2", date(2016, 10, 31)).constructors == 5
    assert standard_of("G01", "2", date(2016, 11, 1)).constructors == 0


def test_a_higher_grade_outranks_a_lower_and_none_itself() -> None:
    assert outranks("1", "2")
    assert not outranks("2", "2")
    assert not outranks("3", "2")


def test_a_category_may_come_and_go() -> None:
    ended = replace(CATEGORIES["S17"], since=date(2015, 1, 1), until=date(2025, 12, 31))
    assert ended.in_use(date(2025, 12, 31))
    assert not ended.in_use(date(2026, 1, 1))
    assert not ended.in_use(date(2014, 12, 31))
