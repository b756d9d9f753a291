"""Rules about who works for whom (domain text, §9.2): each may refuse a step and says why."""

from __future__ import annotations

from dataclasses import dataclass

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Dossier, form_digest
from signing_service.domain.errors import Problem
from signing_service.domain.view_states import same_name
from signing_service.storage.parties import not_found
from signing_service.workflows.procedure import Situation


def already_bound() -> Problem:
    """Says that there is one, not with whom."""
    return Problem(
        "EMP_ALREADY_BOUND",
        "该人员已有聘用关系，须先解除原聘用关系，才能登记新的聘用关系。",
        "This person is employed already: that employment has to be ended before a new one is registered.",
        status=409,
    )


@dataclass(frozen=True, slots=True)
class NameAndNumberAgree:
    """Name and ID number are typed, and both belong to one real-named person. One answer for both errors, so that
    nobody learns which numbers are registered.
    """

    name_field: str = "name"
    role: SignatoryRole = SignatoryRole.HOLDER

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        person = situation.parties[self.role]
        return None if same_name(str(dossier.form.get(self.name_field, "")), str(person.name)) else not_found()


@dataclass(frozen=True, slots=True)
class NotYetEmployed:
    """A person has at most one employment."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        holder = dossier.parties[SignatoryRole.HOLDER]
        return already_bound() if situation.register.employment_of(holder) else None


@dataclass(frozen=True, slots=True)
class EnterpriseTakenIn:
    """The enterprise is 入库; one that is not can be a party to nothing (domain text, §1)."""

    role: SignatoryRole = SignatoryRole.EMPLOYER

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        del dossier
        enterprise = situation.parties.get(self.role)
        if enterprise is None or enterprise.facts.get("onboarded", True):
            return None
        return Problem(
            "ENTERPRISE_NOT_ONBOARDED",
            f"“{enterprise.name}”尚未入库，请先由该企业办理入库。",
            f"{enterprise.name} has not been taken in yet: it has to register first.",
            status=412,
        )


@dataclass(frozen=True, slots=True)
class EmployedBy:
    """The holder's employment that is in force is with the party of ``role``.

    An enterprise that would confirm for somebody who is not its own is forbidden to (domain text, §8.6).
    """

    role: SignatoryRole = SignatoryRole.EMPLOYER
    status: int = 412

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        if self.role not in dossier.parties:
            return None
        employment = situation.register.employment_of(dossier.parties[SignatoryRole.HOLDER])
        if employment is not None and employment.enterprise == dossier.parties[self.role]:
            return None
        return Problem(
            "NO_EMPLOYMENT",
            "该人员与所填单位没有聘用关系，请先办理聘用关系登记。",
            "This person is not employed by the enterprise named: register the employment first.",
            status=self.status,
        )


@dataclass(frozen=True, slots=True)
class ChangedSinceReturned:
    """What came back with a reason is not sent again word for word."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        del situation
        if dossier.facts.get("returned_form") != form_digest(dossier.form):
            return None
        return Problem(
            "NOTHING_CHANGED",
            "对方已说明不同意的理由，请修改登记内容后再次发起。",
            "The other side has said why it does not agree: change something before you ask again.",
            status=409,
        )


CHECKS_OF_EMPLOYMENT = (NameAndNumberAgree, NotYetEmployed, EnterpriseTakenIn, EmployedBy, ChangedSinceReturned)
