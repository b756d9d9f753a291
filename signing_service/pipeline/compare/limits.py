"""How much of an altered file is looked into; documents of ours stay far below every one of these limits."""

from __future__ import annotations

from dataclasses import dataclass, field

from signing_service.pipeline.validate import Limits


@dataclass(frozen=True, slots=True)
class CompareLimits:
    process: Limits = field(default_factory=lambda: Limits(seconds=20.0))
    """Time and memory of the process, and what a version may hold to be validated."""
    max_versions: int = 8
    """Versions validated in search of the last intact one, and again behind it."""
    max_pages: int = 20
    """Pages drawn and compared, of either version."""
    dpi: int = 100
    max_pixels: int = 1_600_000
    """Of one page; a larger one is drawn smaller (A4 at 100 dpi has 970,000)."""
    max_nodes: int = 200_000
    """Objects and values read for the comparison in words, in both versions together."""
