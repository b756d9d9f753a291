"""Changes of the register that belong to a step itself, in its transaction: the closed list."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VoidForm:
    """The form of this version and every signature on it count no more; the portal says so."""


@dataclass(frozen=True, slots=True)
class PutLicenceInForce:
    """The licence this dossier brought forth counts from now on, the version before it is superseded."""


CHANGES = (VoidForm, PutLicenceInForce)
