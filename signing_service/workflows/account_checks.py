"""Rules of those who apply for a signature or a seal (domain text, §16, §17 rows 44 and 45)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Dossier
from signing_service.domain.errors import Problem
from signing_service.domain.licences import LicenceStatus, LicenceType
from signing_service.domain.parties import Person
from signing_service.domain.seals import NAME_LENGTH
from signing_service.workflows.handwriting import SignatureDrawn
from signing_service.workflows.procedure import Situation
from signing_service.workflows.seal_kinds import SEAL_KINDS


@dataclass(frozen=True, slots=True)
class HoldsKey:
    """The party in this role has a key, which is to be put away."""

    role: SignatoryRole

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        del dossier
        if situation.parties[self.role].key is not None:
            return None
        return Problem(
            "KEY_MISSING",
            "没有可以注销的电子签名。",
            "There is no electronic signature to give up.",
            status=409,
        )


@dataclass(frozen=True, slots=True)
class LegalRepresentativeOnRecord:
    """Who signs for the enterprise is the legal representative on its record, where it names one."""

    of: SignatoryRole = SignatoryRole.EMPLOYER

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        del dossier
        enterprise = situation.parties[self.of]
        person = situation.parties[SignatoryRole.LEGAL_REPRESENTATIVE]
        recorded = enterprise.facts.get("legal_representative")
        if isinstance(person, Person) and (not recorded or recorded in (str(person.name), str(person.id_no))):
            return None
        return Problem(
            "NOT_LEGAL_REPRESENTATIVE",
            "所填人员不是本企业登记的法定代表人，请核对；已变更的，请先更新企业登记信息。",
            "This person is not the legal representative on record: check it, or have the record changed first.",
            status=412,
        )


@dataclass(frozen=True, slots=True)
class SealTextOnRecord:
    """A seal bears the registered name in full, the legal representative's seal that person's name (domain text, §7)."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        text, kind = dossier.form.get("seal_text", ""), SEAL_KINDS.get(dossier.form.get("seal_kind", ""))
        role = SignatoryRole.LEGAL_REPRESENTATIVE if kind is SEAL_KINDS["name"] else SignatoryRole.EMPLOYER
        wanted = str(situation.parties[role].name)
        if text != wanted:
            return Problem(
                "SEAL_TEXT",
                f"印章文字须与登记名称完全一致：“{wanted}”。",
                f"A seal bears the registered name in full: {wanted}.",
            )
        if role is SignatoryRole.EMPLOYER and len(text) not in NAME_LENGTH:
            return Problem(
                "SEAL_NAME_LENGTH",
                f"印章名称须为 4 至 40 个字，“{text}”有 {len(text)} 个字。",
                f"A seal's name has 4 to 40 characters; this one has {len(text)}.",
            )
        return None


@dataclass(frozen=True, slots=True)
class RegistrationOnRecord:
    """A practising seal bears what stands in the registration; of second-class constructors that is our own register,
    of everybody else the authority compares the scan with the national one.
    """

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        form = dossier.form
        if (form.get("profession") in CHECKED_TWICE) is not bool(CHECK_NO.fullmatch(form.get("check_no", ""))):
            return Problem(
                "SEAL_CHECK_NO",
                "印章校验码为两位数字，首次申领填 00。",
                "The check digits are two: 00 for the first seal.",
            )
        if form.get("profession") != OURS:
            return None
        held = situation.register.licences_of(dossier.parties[SignatoryRole.HOLDER])
        mine = [one for one in held if one.type is LicenceType.CONSTRUCTOR and one.number == form["registration_no"]]
        in_force = [one for one in mine if one.status is LicenceStatus.IN_FORCE]
        if any(one.valid_until.isoformat() >= form["registered_until"] for one in in_force):
            return None
        return Problem(
            "REGISTRATION_UNKNOWN",
            "注册号或者有效期与本人现行有效的二级建造师注册证书不一致，请核对。",
            "Number or last day are not those of your constructor's registration in force: check them.",
            status=412,
        )


CHECK_NO = re.compile(r"[0-9]{2}", re.ASCII)
OURS = "constructor_2"
CHECKED_TWICE = ("constructor_1", OURS)
"""Professions whose seals carry check digits."""

CHECKS_OF_ACCOUNTS = (SignatureDrawn, HoldsKey, LegalRepresentativeOnRecord, SealTextOnRecord, RegistrationOnRecord)
