"""Who is logged in: whose dossiers they see, in which role they act (domain text, §1)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from signing_service.domain.codes import Region
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Actor, Dossier
from signing_service.domain.staff import Grant


class AccountKind(StrEnum):
    PERSON = "person"
    """个人"""
    ENTERPRISE = "enterprise"
    """企业, 建设单位 (who has registered itself), 承接单位"""
    STAFF = "staff"
    """Officers, window clerks and administrators of an authority."""


class Admin(StrEnum):
    """Who makes accounts."""

    PROVINCE = "province"
    """省厅信息中心: makes the administrators of cities."""
    CITY = "city"
    """Makes the officers of its city, and gives them permissions."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """From the session; a page or an API route gets one and nothing else to decide by."""

    account: str
    """As the journal names them; says nothing of an ID number."""
    kind: AccountKind
    party: str
    """ID number of a person, USCC of an enterprise, USCC of an officer's authority."""
    name: str
    """Of the person or the enterprise; of an officer the own name."""
    region: Region | None = None
    """Of an officer."""
    grants: tuple[Grant, ...] = ()
    admin: Admin | None = None
    developer: bool = False
    """An enterprise that registered itself as 建设单位."""

    def plays(self, dossier: Dossier) -> tuple[SignatoryRole, ...]:
        """The roles in which this viewer may act; of an officer the authority's, where the grants cover the dossier."""
        if self.kind is AccountKind.STAFF:
            here = dossier.parties.get(SignatoryRole.AUTHORITY) == self.party
            return (SignatoryRole.AUTHORITY,) if here and self._covers(dossier) else ()
        return tuple(role for role, party in dossier.parties.items() if party == self.party)

    def sees(self, dossier: Dossier) -> bool:
        """Else the dossier does not exist to them."""
        return self._covers(dossier) if self.kind is AccountKind.STAFF else bool(self.plays(dossier))

    def _covers(self, dossier: Dossier) -> bool:
        return any(grant.covers(dossier.procedure, dossier.region) for grant in self.grants)

    def acts_as(self, role: SignatoryRole) -> Actor:
        return Actor(role, self.party, self.account, self.grants)
