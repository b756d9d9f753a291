"""Categories, grades, who grants them, and what the standard asks for (建市〔2014〕159号; 建市〔2016〕226号)."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from signing_service.domain.codes import RegionLevel
from signing_service.domain.errors import Problem
from signing_service.domain.qualification_standards import FIGURES, STANDARDS, Standards
from signing_service.domain.qualifications import (
    CATEGORIES,
    GRADES,
    Issuer,
    Series,
    outranks,
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
            assert STANDARDS.of(one.code, grade, TODAY).net_assets > 0


def test_a_grade_that_a_category_has_not_is_none() -> None:
    with pytest.raises(KeyError):
        CATEGORIES["S04"].issuer("3")
    with pytest.raises(KeyError):
        STANDARDS.of("S04", "3", TODAY)


def test_only_the_cities_decide_below_the_province() -> None:
    assert [one.level for one in Issuer] == [RegionLevel.PROVINCE, RegionLevel.PROVINCE, RegionLevel.PREFECTURE]


def test_people_are_counted_for_the_lowest_grade_alone_since_november_2016() -> None:
    lowest, second = STANDARDS.of("G01", "3", TODAY), STANDARDS.of("G01", "2", TODAY)
    assert (lowest.constructors, lowest.titled, lowest.workers, lowest.achievements) == (5, 6, 30, 0)
    assert (second.constructors, second.titled, second.workers, second.achievements) == (0, 0, 0, 2)
    assert second.net_assets == Decimal(4000)
    assert STANDARDS.of("G01", "2", date(2016, 10, 31)).constructors == 5
    assert STANDARDS.of("G01", "2", date(2016, 11, 1)).constructors == 0


def test_a_higher_grade_outranks_a_lower_and_none_itself() -> None:
    assert outranks("1", "2")
    assert not outranks("2", "2")
    assert not outranks("3", "2")


def test_a_category_may_come_and_go() -> None:
    ended = replace(CATEGORIES["S17"], since=date(2015, 1, 1), until=date(2025, 12, 31))
    assert ended.in_use(date(2025, 12, 31))
    assert not ended.in_use(date(2026, 1, 1))
    assert not ended.in_use(date(2014, 12, 31))


# ---- figures that are known, assumed, put right


def test_a_figure_of_the_series_is_marked_as_assumed_and_one_of_the_category_is_not() -> None:
    assert STANDARDS.of("G01", "3", TODAY).assumed == frozenset()
    assert STANDARDS.of("L00", "9", TODAY).assumed == frozenset()
    assert STANDARDS.of("G10", "2", TODAY).assumed == {"achievements"}
    assert STANDARDS.of("S35", "3", TODAY).assumed == {"net_assets", "constructors", "titled", "workers"}
    every = [STANDARDS.of(one.code, grade, TODAY) for one in CATEGORIES.values() for grade in one.grades]
    assert all(one.assumed <= set(FIGURES) for one in every)


def test_a_province_puts_figures_right_and_they_are_assumed_no_more(tmp_path: Path) -> None:
    path = tmp_path / "standards.toml"
    path.write_text('["S35/3"]\nnet_assets = 300.5\nworkers = 12\n["G01/2"]\nconstructors = 9\n', "utf-8")
    standards = Standards.read(path)
    put_right, ours = standards.of("S35", "3", TODAY), STANDARDS.of("S35", "3", TODAY)
    assert (put_right.net_assets, put_right.workers, put_right.titled) == (Decimal("300.5"), 12, ours.titled)
    assert put_right.assumed == {"constructors", "titled"}
    assert standards.of("G01", "2", TODAY).constructors == 9, "a grade above the lowest, too, where the file says so"
    assert standards.of("G01", "3", TODAY) == STANDARDS.of("G01", "3", TODAY)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('["G99/1"]\nworkers = 1', "G99/1"),
        ('["G01/9"]\nworkers = 1', "G01/9"),
        ('["G01/12"]\nworkers = 1', "G01/12"),
        ('["G01/3"]\nengineers = 1', "engineers"),
        ('["G01/3"]\nworkers = 1.5', "workers"),
        ('["G01/3"]\nworkers = -1', "workers"),
        ('["G01/3"]\nworkers = true', "workers"),
        ("G01 = 3", "G01"),
        ("= 3", "standards.toml"),
    ],
)
def test_a_file_of_standards_that_is_not_well_written_is_refused_by_name(text: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "standards.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(Problem) as refusal:
        Standards.read(path)
    assert refusal.value.code == "QUAL_STANDARDS_FILE"
    assert told in refusal.value.zh
    with pytest.raises(Problem):
        Standards.read(tmp_path / "missing.toml")
