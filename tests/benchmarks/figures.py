"""What was measured, against what, and whether it is good enough: one figure is one line of ``var/bench.jsonl``."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Goal:
    """At most so much: of ``ratio_to`` where that is named, else of the value in its own unit."""

    row: str
    """The line of the table of goals in the issue that asks for it."""
    name: str
    ratio_to: str | None
    at_most: float
    said: str
    """As the table says it."""

    def is_met(self, value: float | None, ratio: float | None) -> bool | None:
        """None when nothing could be measured: that is not a goal that was met."""
        measured = value if self.ratio_to is None else ratio
        return None if measured is None else measured <= self.at_most


@dataclass(frozen=True, slots=True)
class Figure:
    """``value`` in ``unit``; ``ratio`` is it by the value of ``ratio_to``, measured in the same run, interleaved."""

    name: str
    value: float | None
    """None: not measured, and ``unit`` says why."""
    unit: str
    ratio_to: str | None = None
    ratio: float | None = None
    goal: float | None = None
    met: bool | None = None
    runs: int = 1

    def to_json(self) -> dict[str, Any]:
        return {name: round(part, 6) if isinstance(part, float) else part for name, part in asdict(self).items()}


def against(name: str, value: float, unit: str, ratio_to: str, other: float, runs: int) -> Figure:
    """A figure that is a ratio. Both values are in the same unit."""
    return Figure(name, value, unit, ratio_to, value / other if other else None, runs=runs)


def not_available(name: str, ratio_to: str | None, why: str) -> Figure:
    """Nothing is invented where a peer cannot be had: the reason is said instead."""
    return Figure(name, None, f"not available: {why}", ratio_to, runs=0)


def judged(figure: Figure, goal: Goal | None) -> Figure:
    """The figure with its goal, where it has one."""
    if goal is None:
        return figure
    return Figure(
        figure.name,
        figure.value,
        figure.unit,
        figure.ratio_to,
        figure.ratio,
        goal.at_most,
        goal.is_met(figure.value, figure.ratio),
        figure.runs,
    )


def line_of(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False) + "\n"
