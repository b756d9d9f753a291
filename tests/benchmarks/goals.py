"""Every goal of speed, size and memory, in one place. A figure is judged by the goal of its name and of what it is set against."""

from __future__ import annotations

from tests.benchmarks.figures import Goal

STOCK = "stock libraries"
"""reportlab with rl_accel, and pyHanko's SimpleSigner as its documentation shows it."""
CACHED = "pyHanko, key cached"
PYHANKO = "pyHanko"
LIBPDF = "@libpdf/core"
SIGNPDF = "@signpdf/signpdf"
ENDESIVE = "endesive"
PDFSIG = "pdfsig net of start-up"
RAW_P256 = "raw P-256 signature"
RAW_RSA = "raw RSA-2048 signature"
SHA256 = "SHA-256"
STARLETTE = "bare Starlette JSON"
NGINX = "static nginx"
SINGLE_PASS = "the bare single pass"
IN_PROCESS = "in process"

GOALS: tuple[Goal, ...] = (
    Goal("licence, P-256", "licence, P-256", STOCK, 1 / 30, "≤ 1/30"),
    Goal("licence, P-256", "licence, P-256", RAW_P256, 70, "≤ 70 ×"),
    Goal("licence, RSA-2048", "licence, RSA-2048", RAW_RSA, 4, "≤ 4 ×"),
    Goal("platform seal", "platform seal, P-256", None, 0.4, "≤ 0.4 ms"),
    Goal("platform seal", "platform seal, RSA-2048", RAW_RSA, 1.6, "≤ 1.6 ×"),
    Goal("licence at B-LTA", "licence, B-LTA", CACHED, 1 / 8, "≤ 1/8"),
    Goal("whole issue", "whole issue, one core", SINGLE_PASS, 3, "≤ 3 ×"),
    Goal("whole issue", "batch, end against start", "batch, start", 1.1, "≤ 1.1 ×"),
    Goal("whole issue", "batch, memory per 10,000", None, 1, "≤ 1 MB"),
    Goal("through Celery", "through Celery, 20 per task", IN_PROCESS, 1.25, "≤ 1.25 ×"),
    Goal("uploaded form", "uploaded form, 0.1 MB", LIBPDF, 0.5, "≤ 0.5 ×"),
    Goal("uploaded form", "uploaded form, 0.1 MB", CACHED, 0.1, "≤ 0.1 ×"),
    Goal("uploaded form", "uploaded form, 1 MB", LIBPDF, 0.5, "≤ 0.5 ×"),
    Goal("uploaded form", "uploaded form, 1 MB", CACHED, 0.1, "≤ 0.1 ×"),
    Goal("validate own", "validate own, known hash", SHA256, 2, "≤ 2 ×"),
    Goal("validate own", "validate own, 1 signature", PYHANKO, 0.1, "≤ 0.1 ×"),
    Goal("validate own", "validate own, 2 signatures", PYHANKO, 0.1, "≤ 0.1 ×"),
    Goal("validate foreign", "validate foreign, B-B", PDFSIG, 2.5, "≤ 2.5 ×"),
    Goal("validate foreign", "validate B-LTA", PYHANKO, 1, "≤ 1 ×"),
    Goal("validate a long file", "validate 5 signatures, 20 pages", None, 500, "≤ 500 ms"),
    Goal("hostile upload", "refuse a hostile 10 MB upload", None, 50, "≤ 50 ms"),
    Goal("portal look-up", "look-up, SQLite", STARLETTE, 3, "≤ 3 ×"),
    Goal("portal look-up", "look-up, page cached", STARLETTE, 1.1, "≤ 1.1 ×"),
    Goal("portal look-up", "look-up, 304", STARLETTE, 1.1, "≤ 1.1 ×"),
    Goal("portal look-up", "look-up, PostgreSQL", STARLETTE, 5.5, "≤ 5.5 ×"),
    Goal("portal look-up", "look-up, SQLite, p99 at 40 % load", None, 10, "≤ 10 ms"),
    Goal("memory", "issuing worker, USS", None, 80, "≤ 80 MB"),
    Goal("memory", "web, RSS", None, 90, "≤ 90 MB"),
    Goal("size", "licence file, two fields laid, first signature", None, 85, "≤ 85 kB"),
    Goal("size", "bytes a signature, P-256", None, 5, "≤ 5 kB"),
)

ROWS = tuple(dict.fromkeys(goal.row for goal in GOALS))


def goal_of(name: str, ratio_to: str | None) -> Goal | None:
    """The goal a figure is held to; a goal of the value holds whatever the figure is set against."""
    for goal in GOALS:
        if goal.name == name and goal.ratio_to in (None, ratio_to):
            return goal
    return None
