"""The benchmarks' own arithmetic: no figure is timed here, and none is allowed to be invented."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from signing_service.domain.codes import IdNo
from tests.benchmarks import __main__ as bench
from tests.benchmarks import printing
from tests.benchmarks.figures import Figure, Goal, against, judged, line_of, not_available
from tests.benchmarks.goals import GOALS, ROWS, goal_of
from tests.benchmarks.machine import describe
from tests.benchmarks.material import id_number
from tests.benchmarks.peers.side import NotAvailable
from tests.benchmarks.picture import batches, svg
from tests.benchmarks.run import Subject
from tests.benchmarks.subjects import SUBJECTS
from tests.benchmarks.timing import interleaved, median

KEYS = ["name", "value", "unit", "ratio_to", "ratio", "goal", "met", "runs"]
MEASURED = {figure for subject in SUBJECTS for figure in subject.figures}
AT_MOST_TWICE = Goal("row", "thing", "other", 2, "≤ 2 ×")


def test_a_line_has_these_keys_and_no_others() -> None:
    for figure in (
        Figure("a", 1.0, "ms"),
        judged(against("thing", 3.0, "ms", "other", 2.0, 4), AT_MOST_TWICE),
        not_available("a", "b", "it is not installed"),
    ):
        assert list(json.loads(line_of(figure.to_json()))) == KEYS


def test_the_first_line_describes_the_machine() -> None:
    told = json.loads(line_of(describe()))["machine"]
    assert {"cpu", "cores", "python", "openssl", "packages"} <= set(told)
    assert {"cryptography", "pyhanko", "reportlab"} <= set(told["packages"])


def test_the_median_is_the_middle_and_not_the_mean() -> None:
    taken = median([1.0, 100.0, 2.0])
    assert (taken.seconds, taken.ms, taken.runs) == (2.0, 2000.0, 3)


def test_samples_are_taken_there_and_back() -> None:
    order: list[str] = []

    def sample(name: str, seconds: float) -> float:
        order.append(name)
        return seconds

    took = interleaved({name: lambda name=name: sample(name, len(order) + 1.0) for name in "abc"}, 2)
    assert "".join(order) == "abccbaabccba"
    assert took["a"].seconds == median([1.0, 6.0, 7.0, 12.0]).seconds
    assert {one.runs for one in took.values()} == {4}
    with pytest.raises(ValueError, match="round"):
        interleaved({}, 0)


@pytest.mark.parametrize(("value", "met"), [(1.9, True), (2.0, True), (2.1, False)])
def test_a_goal_of_a_ratio_is_met_up_to_its_limit(value: float, met: bool) -> None:
    figure = judged(against("thing", value * 10, "ms", "other", 10.0, 1), AT_MOST_TWICE)
    assert (figure.ratio, figure.goal, figure.met) == (pytest.approx(value), 2, met)


def test_a_goal_of_a_value_does_not_look_at_the_ratio() -> None:
    goal = Goal("row", "thing", None, 5, "≤ 5 ms")
    assert judged(against("thing", 4.0, "ms", "other", 0.001, 1), goal).met is True
    assert judged(against("thing", 6.0, "ms", "other", 1_000.0, 1), goal).met is False


def test_what_was_not_measured_meets_no_goal() -> None:
    figure = judged(not_available("thing", "other", "it is not installed"), AT_MOST_TWICE)
    assert (figure.value, figure.ratio, figure.met, figure.runs) == (None, None, None, 0)
    assert figure.unit == "not available: it is not installed"


def test_a_server_that_does_not_start_ends_no_run_and_is_told_of_every_figure_it_would_have_given() -> None:
    def measure(_: object) -> Iterator[Figure]:
        yield Figure("first", 1.0, "ms")
        raise NotAvailable("the portal does not start")

    subject = Subject("broken", measure, (("first", None), ("second", "other"), ("third", None)))
    told = list(bench.told(subject, None))  # type: ignore[arg-type]
    assert [(one.name, one.value) for one in told] == [("first", 1.0), ("second", None), ("third", None)]
    assert told[1].unit == "not available: the portal does not start"


def test_without_a_goal_neither_goal_nor_verdict_is_told() -> None:
    figure = judged(against("nobody asked", 1.0, "ms", "other", 1.0, 1), goal_of("nobody asked", "other"))
    assert (figure.goal, figure.met) == (None, None)


@pytest.mark.parametrize("goal", GOALS, ids=lambda goal: f"{goal.name} {goal.said}")
def test_every_goal_is_measured(goal: Goal) -> None:
    names = (
        {name for name, _ in MEASURED}
        if goal.ratio_to is None
        else {n for n, other in MEASURED if other == goal.ratio_to}
    )
    assert goal.name in names


def test_every_row_of_the_table_of_goals_is_there() -> None:
    assert ROWS == (
        "licence, P-256", "licence, RSA-2048", "platform seal", "licence at B-LTA", "whole issue", "through Celery",
        "uploaded form", "validate own", "validate foreign", "validate a long file", "hostile upload", "portal look-up",
        "memory", "size",
    )  # fmt: skip


def test_no_two_subjects_tell_the_same_figure() -> None:
    told = [figure for subject in SUBJECTS for figure in subject.figures]
    assert len(told) == len(set(told))


def test_people_of_a_batch_are_all_different_and_their_numbers_add_up() -> None:
    numbers = [id_number(number) for number in range(12_000)]
    assert len(set(numbers)) == len(numbers)
    from datetime import date

    assert all(IdNo.parse(number, date(2026, 11, 29), minimum_age=18) for number in numbers[::97])


@pytest.fixture
def run(tmp_path: Path) -> Path:
    path = tmp_path / "bench.jsonl"
    met = judged(
        against("licence, P-256", 2.0, "ms", "raw P-256 signature", 0.04, 10),
        goal_of("licence, P-256", "raw P-256 signature"),
    )
    missed = judged(Figure("web, RSS", 95.0, "MB"), goal_of("web, RSS", None))
    sizes = [Figure(f"batch of {size}", 20.0 + size / 100, "ms") for size in (10, 100, 1000)]
    figures = [met, missed, *sizes, not_available("validate B-LTA", "pyHanko", "no")]
    path.write_text("".join(map(line_of, [describe(), *(one.to_json() for one in figures)])), encoding="utf-8")
    return path


@pytest.mark.parametrize(("lang", "yes", "no"), [("en", "yes", "**no**"), ("zh", "是", "**否**")])
def test_readme_shows_what_has_a_goal_and_whether_it_is_met(run: Path, lang: str, yes: str, no: str) -> None:
    text = printing.markdown(run, lang)
    assert f"| licence, P-256 | 2.00 ms | 50.0 × raw P-256 signature | ≤ 70 × | {yes} |" in text
    assert f"| web, RSS | 95.0 MB |  | ≤ 90 MB | {no} |" in text
    assert "batch of" not in text


def test_the_picture_has_a_point_for_every_batch(run: Path) -> None:
    points = batches(run)
    assert [size for size, _ in points] == [10, 100, 1000]
    drawing = ET.fromstring(svg(points))  # noqa: S314 - drawn here
    circles = drawing.findall("{http://www.w3.org/2000/svg}circle")
    across = [float(circle.attrib["cx"]) for circle in circles]
    assert len(circles) == 3
    assert across[1] - across[0] == pytest.approx(across[2] - across[1], abs=0.2)


@pytest.mark.parametrize(
    ("value", "shown"), [(12345.6, "12,346"), (45.67, "45.7"), (1.234, "1.23"), (0.01234, "0.0123")]
)
def test_three_digits_are_shown(value: float, shown: str) -> None:
    assert printing.number(value) == shown


def test_every_figure_of_readme_comes_from_a_run() -> None:
    """The table is printed by the benchmarks, so its rows are theirs, with the goals that are asked."""
    root = Path(__file__).resolve().parents[2]
    for readme in ("README.md", "README.zh-CN.md"):
        text = (root / readme).read_text(encoding="utf-8")
        told = re.search(r"<!-- bench -->\n(.*?)<!-- /bench -->", text, re.DOTALL)
        assert told is not None, readme
        rows = [line.split(" | ") for line in told[1].splitlines() if line.startswith("| ")][1:]
        assert rows, readme
        said = {(goal.name, goal.said) for goal in GOALS}
        assert [row for row in rows if (row[0].removeprefix("| "), row[3]) not in said] == [], readme
