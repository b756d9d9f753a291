"""A peer's side of the talk: one line of JSON asks, one answers with the CPU seconds of one time."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any


def answer(jobs: dict[str, Callable[[dict[str, Any]], Callable[[], object]]]) -> None:
    """``jobs`` by name: given the job, each hands back what is to be done again and again. Prepared once for each job."""
    prepared: dict[str, Callable[[], object]] = {}
    out, sys.stdout = sys.stdout, sys.stderr  # what a library prints is no answer
    for line in sys.stdin:
        asked = json.loads(line)
        times = asked.pop("times")
        try:
            key = json.dumps(asked, sort_keys=True)
            if key not in prepared:
                prepared[key] = jobs[asked["do"]](asked)
            told = {"cpu": _cpu(prepared[key], times)}
        except Exception as error:  # noqa: BLE001 - whatever a peer cannot do is told, and the run goes on
            told = {"error": f"{type(error).__name__}: {(str(error).splitlines() or [''])[0][:160]}"}
        out.write(json.dumps(told) + "\n")
        out.flush()


def _cpu(act: Callable[[], object], times: int) -> float:
    began = time.process_time()
    for _ in range(times):
        act()
    return (time.process_time() - began) / times
