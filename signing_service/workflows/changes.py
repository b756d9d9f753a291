"""Changes of the register that belong to a step itself, in its transaction. How each is made is in ``apply``."""

from __future__ import annotations

from dataclasses import dataclass

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.employment import EmploymentEnd
from signing_service.domain.licences import LicenceStatus


@dataclass(frozen=True, slots=True)
class VoidForm:
    """The form of this version and every signature on it count no more; the portal says so."""


@dataclass(frozen=True, slots=True)
class PutLicenceInForce:
    """The licence this dossier brought forth counts from now on, the version before it is superseded."""


@dataclass(frozen=True, slots=True)
class SetLicenceStatus:
    """注销, 撤销, 吊销, 暂扣, 发还: the licence in question has another status from this moment."""

    status: LicenceStatus


@dataclass(frozen=True, slots=True)
class BeginEmployment:
    """The holder works for ``employer`` from now on; post, contract and its term are those of the form
    (``post``, ``contract_kind``, ``contract_from``, ``contract_until``).
    """

    employer: SignatoryRole = SignatoryRole.EMPLOYER


@dataclass(frozen=True, slots=True)
class EndEmployment:
    """The holder's employment that is in force ends today."""

    why: EmploymentEnd


@dataclass(frozen=True, slots=True)
class RecheckLicences:
    """The holder's licences are checked anew: something they are compared with has changed. Stands last."""


@dataclass(frozen=True, slots=True)
class EnterBackfilled:
    """补录: the licence of the form, on paper until now, comes into the register and waits for the archive."""


@dataclass(frozen=True, slots=True)
class ConfirmArchive:
    """归档: what was supplemented counts as any other licence from now on."""


@dataclass(frozen=True, slots=True)
class RetireFormerNumber:
    """A licence whose number was corrected: what stood under the former number is superseded."""


@dataclass(frozen=True, slots=True)
class FinishExchange:
    """进赣换证: the record of the other province, if there was one, is settled."""


@dataclass(frozen=True, slots=True)
class EndEmploymentWith:
    """The holder's employment ends today if it is with the enterprise in this role; any other goes on."""

    employer: SignatoryRole
    why: EmploymentEnd


@dataclass(frozen=True, slots=True)
class SwitchEmployment:
    """From now on the holder works for ``employer`` and for nobody else, by the contract of the form; who does already
    goes on as before.
    """

    employer: SignatoryRole


@dataclass(frozen=True, slots=True)
class RekeyPerson:
    """The holder is known by the number in this field of the form: log-in, licences, dossiers and employment go over to
    it, the former number stays as an alias, and the key, whose cert has the former number, is put away.
    """

    field: str


@dataclass(frozen=True, slots=True)
class GiveKey:
    """The key that was made for the party in this role is theirs for so many years, with its seal; a seal of the same
    kind from before is withdrawn.
    """

    role: SignatoryRole
    years: int


@dataclass(frozen=True, slots=True)
class TakeSealsAway:
    """No seal of the party in this role may be used any more, and no key signs for it."""

    role: SignatoryRole


@dataclass(frozen=True, slots=True)
class TakeIn:
    """入库: the enterprise in this role may be a party from now on, and its record is what the form says in ``fields``."""

    role: SignatoryRole
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ListStaff:
    """Everybody whom the form counts among the enterprise's people is listed for this application and for no other's."""


@dataclass(frozen=True, slots=True)
class RecordChange:
    """变更: the register knows the enterprise by what the form changes. Where that is the name, its seals bear a name that
    is no more: they are withdrawn, and the enterprise applies for new ones (domain text, §7, §11.4).
    """

    role: SignatoryRole


@dataclass(frozen=True, slots=True)
class CancelOvertaken:
    """升级: a qualification of the enterprise that says nothing any more which another does not say better is cancelled."""

    role: SignatoryRole


GENERAL_CHANGES = (
    VoidForm,
    PutLicenceInForce,
    SetLicenceStatus,
    BeginEmployment,
    EndEmployment,
    RecheckLicences,
    EnterBackfilled,
    ConfirmArchive,
    RetireFormerNumber,
    FinishExchange,
    EndEmploymentWith,
    SwitchEmployment,
    RekeyPerson,
    GiveKey,
    TakeSealsAway,
    TakeIn,
    ListStaff,
    RecordChange,
    CancelOvertaken,
)
