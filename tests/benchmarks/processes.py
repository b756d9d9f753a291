"""What a running process has used, read from /proc: CPU of it and all below it, and memory that is its own."""

from __future__ import annotations

import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")


def cpu_of_tree(pid: int) -> float:
    """CPU seconds of a process, of those below it, and of the children it has waited for."""
    return sum(_cpu(one) for one in tree(pid))


def tree(pid: int) -> list[int]:
    """The process and all that it has started and that still run."""
    found = [pid]
    for parent in found:
        for task in (PROC / str(parent) / "task").glob("*/children"):
            found += [int(child) for child in _read(task).split()]
    return found


def _cpu(pid: int) -> float:
    fields = _read(PROC / str(pid) / "stat").rpartition(")")[2].split()
    # man 5 proc: fields 14 to 17, user and system time of the process and of its waited-for children
    return sum(int(field) for field in fields[11:15]) / TICKS if fields else 0.0


def uss_of(pid: int) -> int:
    """Bytes that would be free again without this process: pages that nobody shares."""
    text = _read(PROC / str(pid) / "smaps_rollup")
    return sum(_kb(line) for line in text.splitlines() if line.startswith("Private_")) * 1024


def rss_of(pid: int) -> int:
    """Bytes in memory, shared ones included."""
    lines = _read(PROC / str(pid) / "status").splitlines()
    return sum(_kb(line) for line in lines if line.startswith("VmRSS:")) * 1024


def _kb(line: str) -> int:
    return int(line.split()[1])


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
