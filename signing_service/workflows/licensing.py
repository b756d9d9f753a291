"""What a procedure does to a licence: issue, renew, change. Pure: the version that follows, from the one before and the form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, ClassVar, Protocol

from signing_service.domain.codes import LicenceIdentifier
from signing_service.domain.dates import add_years
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Dossier
from signing_service.domain.licences import Licence, LicenceStatus, LicenceType
from signing_service.domain.numbers import SpecialOperationNo
from signing_service.domain.parties import Party
from signing_service.workflows.procedure import Situation


@dataclass(frozen=True, slots=True)
class Grounds:
    """What the decision rests on."""

    form: Mapping[str, Any]
    dossier: str
    authority: Party
    employer: Party | None
    """Who employs the holder after the decision."""
    on: date
    holder: Party | None = None
    given: Mapping[str, Any] = field(default_factory=dict)
    """What officers established with their steps, by step: the scores of an examination."""
    photo: str | None = None
    """SHA-256 of the portrait that goes on the face."""
    told: Mapping[str, Any] = field(default_factory=dict)
    """What the effect ``shows`` besides: of the project, of what was found."""


class LicenceOperation(Protocol):
    """What is done to the licence in question."""

    def apply(self, before: Licence, grounds: Grounds) -> Licence:
        """The next version, status ISSUING, number kept (GB/T 36904: version + 1 for each new file)."""
        ...


@dataclass(frozen=True, slots=True)
class Renew:
    """延续: the term goes on from its old end, no gap and no overlap (domain text, §8.4)."""

    years: int

    gives: ClassVar[tuple[str, ...]] = ("requested_until", "renewal_count")

    def apply(self, before: Licence, grounds: Grounds) -> Licence:
        after = next_version(before, grounds)
        return replace(
            after, valid_until=self._until(before), facts={**after.facts, "renewal_count": self._count(before)}
        )

    def shown(self, dossier: Dossier, situation: Situation) -> dict[str, Any]:
        """What a renewal asks for: the same rule that will make the licence says it on the form."""
        del dossier
        before = situation.licence
        if before is None:
            return {}
        return {"requested_until": self._until(before).isoformat(), "renewal_count": self._count(before)}

    def _until(self, before: Licence) -> date:
        return add_years(before.valid_until, self.years)

    def _count(self, before: Licence) -> int:
        return int(before.facts.get("renewal_count", 0)) + 1


@dataclass(frozen=True, slots=True)
class ReplaceEmployer:
    """执业企业变更: another employer on the face, the term unchanged (domain text, §9.4)."""

    def apply(self, before: Licence, grounds: Grounds) -> Licence:
        if grounds.employer is None:
            msg = "the change of employer names no employer"
            raise ValueError(msg)
        after = next_version(before, grounds)
        return replace(
            after,
            employer=str(grounds.employer.number),
            facts={**after.facts, "employer_name": grounds.employer.name},
        )


def next_version(before: Licence, grounds: Grounds) -> Licence:
    """What every operation begins with: version and identifier one further, status ISSUING, all else as it was."""
    return replace(
        before,
        version=before.version + 1,
        identifier=str(LicenceIdentifier.parse(before.identifier).next_version()),
        status=LicenceStatus.ISSUING,
        issued_on=grounds.on,
        document_id=None,
        status_index=None,
        dossier=grounds.dossier,
        facts={
            "first_issued_on": before.issued_on.isoformat(),
            **before.facts,
            **({"photo": grounds.photo} if grounds.photo else {}),
        },
    )


class NumberRule(Protocol):
    """How licences of a type are numbered."""

    def series(self, form: Mapping[str, Any], on: date) -> str:
        """The series that gives the running number; one without gaps per series."""
        ...

    def number(self, form: Mapping[str, Any], on: date, serial: int) -> str: ...


@dataclass(frozen=True, slots=True)
class SpecialOperationNumber:
    """省简称 1 + 市代码 1 + 工种 2 + 发证年 4 + 序号 6 (domain text, §6): 赣A042026000001."""

    province: str
    city: str

    def series(self, form: Mapping[str, Any], on: date) -> str:
        return f"licence/special_operation/{self.province}{self.city}{form['category']}{on.year}"

    def number(self, form: Mapping[str, Any], on: date, serial: int) -> str:
        return SpecialOperationNo.mint(self.city, form["category"], on.year, serial, province=self.province)


@dataclass(frozen=True, slots=True)
class IssueNew:
    """新发: a first version under a new number."""

    type: LicenceType
    numbered: NumberRule
    type_code: str
    """证照类型代码, 21 characters, the authority's own."""
    years: int
    face: tuple[str, ...]
    """Form fields that go on the face as they are."""
    holder: SignatoryRole = SignatoryRole.HOLDER
    """Who holds it; of a project its developer."""
    issuer: SignatoryRole = SignatoryRole.AUTHORITY
    goes_on: ClassVar[bool] = False
    """Whether it is a ``LicenceOperation`` too: where the form names a licence, that one gets a further version."""

    def first(self, serial: int, holder: Party, grounds: Grounds) -> Licence:
        """The licence that ``serial``, the next of the series, becomes."""
        number = self.numbered.number(grounds.form, grounds.on, serial)
        identifier = LicenceIdentifier.mint(self.type_code, str(grounds.authority.number), _capitals(number))
        facts = {key: grounds.form[key] for key in self.face if grounds.form.get(key)}
        facts |= grounds.told
        if grounds.photo is not None:
            facts["photo"] = grounds.photo
        if grounds.employer is not None:
            facts["employer_name"] = grounds.employer.name
        return Licence(
            number=number,
            version=1,
            type=self.type,
            identifier=str(identifier),
            status=LicenceStatus.ISSUING,
            holder=str(holder.number),
            holder_name=str(holder.name),
            employer=str(grounds.employer.number) if grounds.employer else None,
            authority=str(grounds.authority.number),
            issued_on=grounds.on,
            valid_from=grounds.on,
            valid_until=last_day(grounds.on, self.years),
            facts=facts,
            dossier=grounds.dossier,
        )


def _capitals(number: str) -> str:
    """The licence number without its province character and hyphens: an identifier's serial has digits and capitals only."""
    return "".join(character for character in number if character.isascii() and character.isalnum())


def last_day(first: date, years: int) -> date:
    """The last day of a term: 1 March 2026 for two years ends on 29 February 2028."""
    return date.fromordinal(add_years(first, years).toordinal() - 1)
