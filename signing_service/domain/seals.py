"""Electronic seals (电子印章): what one looks like, who owns it, when it may be used.

Sizes are those of the domain text, §7, in millimetres, and are drawn at true size. The national emblem is
never drawn: an authority's seal carries the five-pointed star.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyRef
from signing_service.domain.practising import PROFESSIONS, Profession

SEAL_RED = "#B8161B"

ENTERPRISE_SEAL_MM = 40.0
"""Across: what a seam of pages is laid out for."""
NAME_LENGTH = range(4, 41)
"""Characters an arc can carry and still be read; more is refused with SEAL_NAME_LENGTH."""


class SealKind(StrEnum):
    ENTERPRISE = "enterprise"
    """公章: round, 40 mm, star 14 mm, name on the upper arc, 13-digit code on the lower."""
    AUTHORITY = "authority"
    """行政审批专用章, 电子证照专用章: round, 42 mm, star, name above, purpose across."""
    PLATFORM = "platform"
    """平台核验章: oval, 45 x 30 mm."""
    NAME = "name"
    """法定代表人名章: square, 20 mm."""
    PRACTISING = "practising"
    """执业印章 of a registered person: words, shape, size and colour are those of the profession (``domain.practising``)."""
    SIGNATURE = "signature"
    """手写签名: a hand-drawn signature, strokes as drawn."""


@dataclass(frozen=True, slots=True)
class SealArtwork:
    """Everything that is drawn. ``lines`` are the kind's further lines, top to bottom:

    - AUTHORITY: the purpose across the middle (``行政审批专用章``);
    - PRACTISING: registration number (a constructor's with check digits), specialties, last day, employer;
    - others: none.
    """

    kind: SealKind
    name: str
    lines: tuple[str, ...] = ()
    code: str = ""
    """13 digits on the lower arc: six of the region, seven of the serial (GA 241.1)."""
    strokes: tuple[tuple[tuple[float, float], ...], ...] = ()
    """SIGNATURE only: each stroke a run of points, 0..1 of a 60 x 20 mm sheet, origin top left."""
    profession: str = ""
    """PRACTISING only: key of ``domain.practising.PROFESSIONS``."""

    @property
    def practises(self) -> Profession:
        """Raises LookupError when the seal is no practising seal."""
        return PROFESSIONS[self.profession]

    @property
    def size_mm(self) -> tuple[float, float]:
        """Width and height as drawn."""
        if self.kind is SealKind.PRACTISING:
            return self.practises.size
        return {
            SealKind.ENTERPRISE: (ENTERPRISE_SEAL_MM, ENTERPRISE_SEAL_MM),
            SealKind.AUTHORITY: (42.0, 42.0),
            SealKind.PLATFORM: (45.0, 30.0),
            SealKind.NAME: (20.0, 20.0),
            SealKind.SIGNATURE: (42.0, 14.0),
        }[self.kind]

    def __post_init__(self) -> None:
        arc = self.kind in (SealKind.ENTERPRISE, SealKind.AUTHORITY, SealKind.PLATFORM)
        if arc and len(self.name) not in NAME_LENGTH:
            raise Problem(
                "SEAL_NAME_LENGTH",
                f"印章名称须为 4 至 40 个字，“{self.name}”有 {len(self.name)} 个字，请使用登记全称。",
                f"A seal's name has 4 to 40 characters; this one has {len(self.name)}. Use the registered name.",
            )
        if (self.kind is SealKind.PRACTISING) is not (self.profession in PROFESSIONS):
            raise Problem(
                "SEAL_PROFESSION",
                "执业印章须注明执业资格，其他印章不得注明；请从执业资格目录中选择。",
                "A practising seal says of which profession it is, and no other seal does: choose one of the list.",
            )
        if self.code and (len(self.code) != 13 or not self.code.isdigit()):
            raise Problem(
                "SEAL_CODE_FORMAT",
                "印章编码须为 13 位数字（6 位区划 + 7 位序号）。",
                "A seal code is 13 digits: six of the region and seven of the serial.",
            )


class SealState(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"
    LOST = "lost"
    WITHDRAWN = "withdrawn"
    """Never again: the owner has another name, or is no more."""


@dataclass(frozen=True, slots=True)
class Seal:
    """A seal object: its artwork, and the keys and certs that may be used with it, between two dates."""

    seal_id: str
    version: int
    owner: str
    """The owner's USCC or ID number."""
    artwork: SealArtwork
    key: KeyRef
    valid_from: date
    valid_until: date
    state: SealState = SealState.ACTIVE
    permitted: frozenset[str] = frozenset()
    """Certs by SHA-256 or keys by reference; empty: the seal's own key, whatever its cert."""

    @property
    def purpose(self) -> str:
        """In the first line of the artwork: 行政审批专用章, 出图专用章; empty: none."""
        return self.artwork.lines[0] if self.artwork.lines else ""

    def obstacle(self, on: date) -> Problem | None:
        """Why the seal may not be used on a day by anybody, or None. Codes: SEAL_NOT_ACTIVE, SEAL_EXPIRED (also: not begun)."""
        if self.state is not SealState.ACTIVE:
            return Problem(
                "SEAL_NOT_ACTIVE",
                f"印章“{self.artwork.name}”（{self.seal_id}）的状态为 {self.state}，不能使用，请联系管理员恢复或换章。",
                f"Seal {self.seal_id} is {self.state} and cannot be used: have it made active, or replaced.",
                status=503,
            )
        if not self.valid_from <= on <= self.valid_until:
            return Problem(
                "SEAL_EXPIRED",
                f"印章“{self.artwork.name}”（{self.seal_id}）的有效期为 {self.valid_from} 至 {self.valid_until}，请换发新章。",
                f"Seal {self.seal_id} is valid from {self.valid_from} to {self.valid_until}: have a new one made.",
                status=503,
            )
        return None

    def refusal(self, on: date, key: KeyRef, cert_sha256: str) -> Problem | None:
        """Why the seal may not be used on a day with a key and its cert, or None.

        Codes: those of ``obstacle``, SEAL_NOT_FOR_THIS_CERT.
        """
        if problem := self.obstacle(on):
            return problem
        if not {str(key), cert_sha256} & (self.permitted or {str(self.key)}):
            return Problem(
                "SEAL_NOT_FOR_THIS_CERT",
                f"印章“{self.artwork.name}”（{self.seal_id}）不得与密钥“{key}”的数字证书同用，请管理员将该证书列入准用名单。",
                f"Seal {self.seal_id} may not be used with the cert of key {str(key)!r}: have that cert put on its list.",
                status=503,
            )
        return None


def choose_seal(seals: Sequence[Seal], on: date, key: KeyRef, cert_sha256: str) -> Seal | None:
    """The seal an owner uses on a day: the newest that may be used; None when the owner has none at all.

    Of each seal only the newest version that has begun counts: a suspended one does not give way to its predecessor.
    Raises the first refusal when there are seals and none may be used: nothing is signed without its image silently.
    """
    refused: Problem | None = None
    for seal in _newest_of_each(seals, on):
        problem = seal.refusal(on, key, cert_sha256)
        if problem is None:
            return seal
        refused = refused or problem
    if refused is not None:
        raise refused
    return None


SHEET_SEALS = ("出图专用章", "审查专用章")
"""By their purpose, in the first line: seals that go on drawings and on nothing else (13号令 第十三条)."""


SPECIAL_SEALS = ("消防审批专用章", "竣工验收备案专用章")
"""By their purpose, in the first line: seals of an authority that go on the documents whose template names them."""


def for_sheets(seals: Sequence[Seal]) -> list[Seal]:
    """Those of an owner that go on drawings: the one made for that, or a person's practising seal; without either all."""
    made_for_it = [one for one in seals if one.artwork.kind is SealKind.PRACTISING or one.purpose in SHEET_SEALS]
    return made_for_it or list(seals)


def not_for_sheets(seals: Sequence[Seal]) -> list[Seal]:
    """Those that go on everything else; a person signs with the practising seal only what is a sheet, as long as there is
    another, and an authority that has a general seal keeps its special ones for what they were made for.
    """
    fit = [one for one in seals if one.purpose not in SHEET_SEALS]
    general = [one for one in fit if one.artwork.kind is not SealKind.PRACTISING and one.purpose not in SPECIAL_SEALS]
    return general or fit


def for_purpose(seals: Sequence[Seal], purpose: str) -> list[Seal]:
    """Those of an owner that were made for ``purpose``; those that go on everything else where it is empty or there are none."""
    made_for_it = [one for one in seals if purpose and one.purpose == purpose]
    return made_for_it or not_for_sheets(seals)


def _newest_of_each(seals: Sequence[Seal], on: date) -> list[Seal]:
    newest: dict[str, Seal] = {}
    for seal in sorted(seals, key=lambda one: (one.valid_from <= on, one.version)):
        newest[seal.seal_id] = seal
    return sorted(newest.values(), key=lambda one: (-one.version, one.seal_id))
