"""The table as it is made, and as README shows it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.benchmarks.figures import Figure, Goal
from tests.benchmarks.goals import goal_of

NAME, VALUE, RATIO = 50, 14, 46


def tell(line: str) -> None:
    print(f"    {line}", flush=True)


def print_head() -> None:
    print(f"\n{'':{NAME}}{'value':>{VALUE}}   {'ratio':{RATIO}}{'goal':12}")


def print_subject(name: str) -> None:
    print(f"-- {name}", flush=True)


def print_figure(figure: Figure, goal: Goal | None) -> None:
    if figure.value is None:
        print(f"{figure.name:{NAME}}{'–':>{VALUE}}   {figure.ratio_to or ''}: {figure.unit}", flush=True)
        return
    value = f"{number(figure.value)} {figure.unit}"
    ratio = f"{number(figure.ratio)} × {figure.ratio_to}" if figure.ratio is not None else ""
    said = f"{goal.said:10}{word(figure.met)}" if goal else ""
    print(f"{figure.name:{NAME}}{value:>{VALUE}}   {ratio:{RATIO}}{said}", flush=True)


def number(value: float | None) -> str:
    """Three digits that count."""
    if value is None:
        return "–"
    if value >= 100:
        return f"{value:,.0f}"
    if value >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if value >= 1 else f"{value:.3g}"


def word(met: bool | None) -> str:
    return {True: "met", False: "NOT MET", None: "not measured"}[met]


def records(path: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The machine, and the figures, of the run that is written there."""
    first, *rest = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    return first["machine"], rest


def print_verdict(path: Path) -> None:
    _, figures = records(path)
    held = [figure for figure in figures if figure["goal"] is not None]
    unmet = [figure for figure in held if figure["met"] is False]
    print(f"\n{sum(figure['met'] is True for figure in held)} of {len(held)} goals met")
    for figure in unmet:
        goal = goal_of(figure["name"], figure["ratio_to"])
        assert goal is not None
        measured = figure["value"] if goal.ratio_to is None else figure["ratio"]
        print(f"  {figure['name']}: {number(measured)}, asked {goal.said} {goal.ratio_to or ''}")


def print_readme(path: Path, lang: str) -> None:
    print(markdown(path, lang), end="")


HEADS = {
    "en": ("what", "value", "ratio", "goal", "met", "yes", "**no**", "not measured"),
    "zh": ("项目", "数值", "比值", "目标", "达标", "是", "**否**", "未测"),
}


def markdown(path: Path, lang: str) -> str:
    """The figures that have a goal, and the machine they belong to, as README shows them."""
    machine, figures = records(path)
    what, value, ratio, said, met, yes, no, unknown = HEADS[lang]
    lines = [
        f"{machine['cores']} × {machine['cpu']}, {machine['system']}, Python {machine['python']}, {machine['openssl']}.",
        "",
        f"| {what} | {value} | {ratio} | {said} | {met} |",
        "|---|---|---|---|---|",
    ]
    for figure in figures:
        goal = goal_of(figure["name"], figure["ratio_to"])
        if goal is None:
            continue
        shown = f"{number(figure['value'])} {figure['unit']}" if figure["value"] is not None else "–"
        against = f"{number(figure['ratio'])} × {figure['ratio_to']}" if figure["ratio"] is not None else ""
        verdict = {True: yes, False: no, None: unknown}[figure["met"]]
        lines.append(f"| {figure['name']} | {shown} | {against} | {goal.said} | {verdict} |")
    return "\n".join(lines) + "\n"
