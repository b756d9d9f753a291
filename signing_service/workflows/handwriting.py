"""A signature as it was drawn on the screen: strokes, each a run of points between 0 and 1 (domain text, §16).

Typed as JSON: ``[[[x, y], ...], ...]`` of a sheet of 60 x 20 mm, origin top left.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from signing_service.domain.dossier import Dossier
from signing_service.domain.errors import Problem
from signing_service.workflows.procedure import Situation

LEAST_STROKES, MOST_STROKES = 3, 60
MOST_POINTS = 4_000
LEAST_SPREAD = 0.1
"""Of the sheet's width: less is a dot, not a name."""

Strokes = tuple[tuple[tuple[float, float], ...], ...]


def strokes_of(text: str) -> Strokes:
    """Raises ValueError for what is no drawing of a signature."""
    try:
        strokes = tuple(tuple((float(x), float(y)) for x, y in stroke) for stroke in json.loads(text))
    except TypeError as error:
        raise ValueError(text[:40]) from error
    points = [point for stroke in strokes for point in stroke]
    if not LEAST_STROKES <= len(strokes) <= MOST_STROKES or not all(strokes) or len(points) > MOST_POINTS:
        raise ValueError(len(strokes))
    if not all(0.0 <= value <= 1.0 for point in points for value in point):
        raise ValueError("a point lies off the sheet")
    across = [x for x, _ in points]
    if max(across) - min(across) < LEAST_SPREAD:
        raise ValueError("the strokes lie on one spot")
    return strokes


@dataclass(frozen=True, slots=True)
class SignatureDrawn:
    """The field holds a signature drawn with at least three strokes."""

    field: str

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        del situation
        try:
            strokes_of(dossier.form.get(self.field, ""))
        except ValueError:
            return Problem(
                "SIGNATURE_INVALID_DRAWING",
                f"请在签名板上完整书写本人姓名（至少 {LEAST_STROKES} 笔）。",
                f"Write your name in full in the box, with at least {LEAST_STROKES} strokes.",
            )
        return None
