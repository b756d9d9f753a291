"""The machine and the versions that the figures belong to: without them a number says nothing."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from cryptography.hazmat.backends.openssl.backend import backend

PACKAGES = (
    "cryptography", "pyhanko", "pyhanko-certvalidator", "reportlab", "pikepdf", "isal", "zxing-cpp",
    "fastapi", "starlette", "uvicorn", "sqlalchemy", "psycopg", "jinja2", "celery",
)  # fmt: skip


def describe() -> dict[str, Any]:
    """The first line of ``var/bench.jsonl``."""
    return {
        "machine": {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "cpu": _cpu(),
            "cores": len(os.sched_getaffinity(0)),
            "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
            "system": f"{platform.system()} {platform.release()}",
            "python": platform.python_version(),
            "openssl": backend.openssl_version_text(),
            "openssl_of_the_system": _first_line("openssl", "version"),
            "node": _first_line("node", "--version"),
            "packages": {name: found for name in PACKAGES if (found := _version(name))},
        }
    }


def in_words(described: dict[str, Any]) -> str:
    machine = described["machine"]
    return (
        f"{machine['cores']} × {machine['cpu']}, {machine['memory_gb']} GB, {machine['system']}, "
        f"Python {machine['python']}, {machine['openssl']}"
    )


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _first_line(*command: str) -> str | None:
    if shutil.which(command[0]) is None:
        return None
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    return (done.stdout or done.stderr).splitlines()[0] if done.returncode == 0 else None


def python() -> str:
    """The interpreter that the benchmarks start others with."""
    return sys.executable
