"""CPU time, interleaved: A B C … C B A, and the median of what each took.

The wall clock of a machine that others use says little. Whoever is measured first or last in a round is so in turn,
so that a slow moment of the machine falls on all of them.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

SHORTEST_SAMPLE = 0.02
"""Seconds of CPU; what takes less is done several times and divided."""
MOST_TIMES = 2_000

Sample = Callable[[], float]
"""Does the thing, some times, and says what one time took: seconds of CPU."""


@dataclass(frozen=True, slots=True)
class Median:
    seconds: float
    runs: int

    @property
    def ms(self) -> float:
        return self.seconds * 1000


def timed(act: Callable[[], object], shortest: float = SHORTEST_SAMPLE) -> Sample:
    """A sample of this process, its threads included. Called once beforehand, to warm up and to see how often it fits."""
    act()
    began = time.process_time()
    act()
    once = time.process_time() - began
    times = max(1, min(MOST_TIMES, int(shortest / once) if once > 0 else MOST_TIMES))

    def sample() -> float:
        start = time.process_time()
        for _ in range(times):
            act()
        return (time.process_time() - start) / times

    return sample


def median(samples: Sequence[float]) -> Median:
    return Median(statistics.median(samples), len(samples))


def interleaved(samples: Mapping[str, Sample], rounds: int) -> dict[str, Median]:
    """Each once there and once back in every round; the medians by name."""
    if rounds < 1:
        msg = "at least one round"
        raise ValueError(msg)
    taken: dict[str, list[float]] = {name: [] for name in samples}
    for _ in range(rounds):
        for name in (*samples, *reversed(samples)):
            taken[name].append(samples[name]())
    return {name: median(values) for name, values in taken.items()}
