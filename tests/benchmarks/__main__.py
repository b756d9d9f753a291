"""``make bench``: measures everything, prints the table as it goes, and writes ``var/bench.jsonl``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from signing_service.cli import configure_log
from signing_service.settings import ROOT
from tests.benchmarks import printing
from tests.benchmarks.figures import Figure, judged, line_of, not_available
from tests.benchmarks.goals import goal_of
from tests.benchmarks.machine import describe, in_words
from tests.benchmarks.material import prepared
from tests.benchmarks.peers.side import NotAvailable, peers
from tests.benchmarks.picture import draw_batch
from tests.benchmarks.run import Run, Subject
from tests.benchmarks.subjects import SUBJECTS

OUT = ROOT / "var" / "bench.jsonl"
PICTURE = ROOT / "docs" / "images" / "batch.svg"


def main() -> int:
    asked = _asked()
    if asked.readme:
        printing.print_readme(asked.out, asked.readme)
        return 0
    wanted = [subject for subject in SUBJECTS if not asked.only or subject.name in asked.only.split(",")]
    if not wanted:
        print(f"no such subject; there are {', '.join(subject.name for subject in SUBJECTS)}", file=sys.stderr)
        return 2
    configure_log()  # what the service says of each licence would stand between the figures
    machine = describe()
    print(in_words(machine), flush=True)
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    with (
        asked.out.open("w", encoding="utf-8") as out,
        prepared() as material,
        peers(install=not asked.offline) as known,
    ):
        out.write(line_of(machine))
        run = Run(material, known, asked.rounds, asked.licences, printing.tell)
        printing.print_head()
        for subject in wanted:
            printing.print_subject(subject.name)
            for figure in told(subject, run):
                known_goal = goal_of(figure.name, figure.ratio_to)
                settled = judged(figure, known_goal)
                printing.print_figure(settled, known_goal)
                out.write(line_of(settled.to_json()))
                out.flush()
    printing.print_verdict(asked.out)
    draw_batch(asked.out, PICTURE)
    return 0


def told(subject: Subject, run: Run) -> Iterator[Figure]:
    """The figures of a subject; where one of its servers cannot be had, the rest of them is said to be not available."""
    left = dict.fromkeys(subject.figures)
    try:
        for figure in subject.measure(run):
            left.pop((figure.name, figure.ratio_to), None)
            yield figure
    except NotAvailable as why:
        yield from (not_available(name, other, str(why)) for name, other in left)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--only", default="", help=f"some of: {','.join(subject.name for subject in SUBJECTS)}")
    parser.add_argument("--rounds", type=int, default=5, help="there and back, so twice as many samples (5)")
    parser.add_argument("--licences", type=int, default=300, help="of the largest batch (300)")
    parser.add_argument("--offline", action="store_true", help="install no peers; those that are missing are left out")
    parser.add_argument("--out", type=Path, default=OUT, help="where the lines go, and are read from (var/bench.jsonl)")
    parser.add_argument("--readme", choices=("en", "zh"), help="print the table of the last run as markdown, and end")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
