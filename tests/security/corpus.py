"""Every class of attack on signed PDFs that we know of, made from any signed file, and the updates that do no harm.

``cases`` yields them by name and class, so that whoever validates, compares or shows files goes through all of them:
Mladenov et al. (CCS 2019: universal forgery, incremental saving, wrapping), Mainka et al. (NDSS 2021: shadow attacks),
Rohlmann et al. (S&P 2021: certification attacks), and what else changes what a reader shows. Updates are written as
careful forgers write them, with the trailer of the original, so that nothing but the attack gives them away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

# each of these registers its attacks
from tests.security import corpus_bytes, corpus_overlays, corpus_parts  # noqa: F401
from tests.security.corpus_writing import ATTACKS, Edit, NotPossible, forged_content, forged_page, stream, updated

__all__ = ["Case", "Edit", "cases", "classes", "forged_content", "forged_page", "names", "stream", "updated"]


@dataclass(frozen=True)
class Case:
    """One file of the corpus."""

    name: str
    attack_class: str
    data: bytes
    harmless: bool = False
    """It has to pass; every other file must never be called genuine."""


def cases(originals: Mapping[str, bytes], only: str = "") -> Iterator[Case]:
    """Every attack on every original; ``only`` those whose class begins so."""
    for kind, data in originals.items():
        for name, (attack_class, attack) in ATTACKS.items():
            if not attack_class.startswith(only):
                continue
            try:
                altered = attack(data)
            except NotPossible:
                continue
            assert altered != data, name
            yield Case(f"{kind}: {name}", attack_class, altered)


def classes() -> set[str]:
    return {attack_class for attack_class, _ in ATTACKS.values()}


def names(attack_class: str = "") -> list[str]:
    return [name for name, (its_class, _) in ATTACKS.items() if its_class.startswith(attack_class)]
