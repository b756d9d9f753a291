"""Rules that may refuse a step of any field. Each is pure and says which date, fact or party is the reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from signing_service.domain.dates import add_months, in_chinese, in_english
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Dossier
from signing_service.domain.errors import Problem
from signing_service.domain.licences import LicenceStatus, LicenceType
from signing_service.domain.parties import PartyKind
from signing_service.workflows.procedure import Situation

STATUS_WORDS = {
    LicenceStatus.EXPIRED: ("已过期失效", "has expired"),
    LicenceStatus.SUSPENDED: ("已暂扣", "is suspended"),
    LicenceStatus.CANCELLED: ("已注销", "was cancelled"),
    LicenceStatus.ANNULLED: ("已撤销", "was annulled"),
    LicenceStatus.FORFEITED: ("已吊销", "was forfeited"),
}


@dataclass(frozen=True, slots=True)
class LicenceInForce:
    """The licence in question is of this type, the holder's own, and in force today."""

    type: LicenceType

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        licence = situation.licence
        holder = dossier.parties[SignatoryRole.HOLDER]
        if licence is None or licence.holder != holder or licence.type is not self.type:
            return Problem(
                "NOT_FOUND",
                "未找到您名下的该证书，请核对证书编号。",
                "You hold no licence with this number: check it.",
                status=404,
            )
        status = licence.status_on(situation.today)
        if status is LicenceStatus.IN_FORCE:
            return None
        zh, en = STATUS_WORDS.get(status, ("当前不可用", "cannot be used"))
        until = licence.valid_until
        return Problem(
            "CERT_EXPIRED" if status is LicenceStatus.EXPIRED else "CERT_NOT_IN_FORCE",
            f"证书{zh}（有效期至 {in_chinese(until)}），不能办理本事项。",
            f"The licence {en} (valid until {in_english(until)}), so this cannot be done with it.",
            status=412,
        )


@dataclass(frozen=True, slots=True)
class OwnLicenceInForce:
    """The licence in question, of whatever type, is the holder's own and in force today."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        licence = situation.licence
        kind = licence.type if licence else LicenceType.SPECIAL_OPERATION
        return LicenceInForce(kind).refusal(dossier, situation)


@dataclass(frozen=True, slots=True)
class CopyMayBeMade:
    """The time asked for lies within ``days`` from today, today included, and within the licence's own term; what is
    written on the copy has room on it (domain text, §4.8).
    """

    days: int
    longest: int = 60
    """Characters of a purpose or a recipient."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        if situation.licence is None:
            return None
        for key, label, label_en in (("purpose", "使用用途", "purpose"), ("recipient", "使用单位", "recipient")):
            if len(dossier.form.get(key, "")) > self.longest:
                return Problem(
                    "COPY_TEXT_LENGTH",
                    f"{label}最多 {self.longest} 字，使用件上放不下更多，请精简。",
                    f"The {label_en} may have {self.longest} characters, no more fit on the copy: shorten it.",
                )
        last = copy_ends(self.days, situation.licence.valid_until, situation.today)
        asked = dossier.form.get("until")
        if not asked or situation.today <= date.fromisoformat(asked) <= last:
            return None
        return Problem(
            "COPY_TERM",
            f"使用期限须在 {in_chinese(situation.today)}至 {in_chinese(last)}之间（不超过 {self.days} 日，且不超过证照有效期）。",
            f"The copy may be used from {in_english(situation.today)} until {in_english(last)}: at most {self.days} days, "
            "and not beyond the licence's own term.",
            status=412,
            last=last,
        )


def copy_ends(days: int, licence_until: date, today: date) -> date:
    """The last day on which a copy that is made today may be used."""
    return min(today + timedelta(days=days - 1), licence_until)


@dataclass(frozen=True, slots=True)
class RenewalWindowOpen:
    """A licence is renewed in its last months, and not after them (建质〔2008〕75号 第二十三条)."""

    months: int

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        del dossier
        licence = situation.licence
        if licence is None:
            return None
        opens, closes = add_months(licence.valid_until, -self.months), licence.valid_until
        if situation.today < opens:
            return Problem(
                "RENEW_TOO_EARLY",
                f"暂不能延续：证书 {in_chinese(closes)} 到期，可于 {in_chinese(opens)} 起办理。",
                f"Too early to renew: the licence ends on {in_english(closes)} and may be renewed from {in_english(opens)}.",
                status=412,
                opens=opens,
            )
        if situation.today > closes:
            return Problem(
                "RENEW_EXPIRED",
                f"不能延续：证书已于 {in_chinese(closes)} 到期，请重新申请考核发证。",
                f"It cannot be renewed: the licence ended on {in_english(closes)}. Apply for a new one.",
                status=412,
            )
        return None


@dataclass(frozen=True, slots=True)
class EmployersDiffer:
    """The new employer is another one than the former (SAME_ENTERPRISE)."""

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        del situation
        if dossier.parties[SignatoryRole.FORMER_EMPLOYER] != dossier.parties[SignatoryRole.NEW_EMPLOYER]:
            return None
        return Problem(
            "SAME_ENTERPRISE",
            "新聘用企业与原聘用企业相同，无需办理变更；请选择另一家企业。",
            "The new employer is the present one, so there is nothing to change: choose another.",
        )


@dataclass(frozen=True, slots=True)
class EmployedByLicenceEmployer:
    """The employer who is asked to confirm is the one on the licence."""

    role: SignatoryRole

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        licence = situation.licence
        if licence is None or licence.employer == dossier.parties[self.role]:
            return None
        return Problem(
            "NO_EMPLOYMENT",
            "所填企业不是证书上的聘用企业，请先办理聘用关系登记或执业企业变更。",
            "This enterprise is not the employer on the licence: register the employment or the change first.",
            status=412,
        )


@dataclass(frozen=True, slots=True)
class HasKey:
    """A party that has to sign later has a key to sign with; else the form would stick half signed."""

    role: SignatoryRole

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        del dossier
        party = situation.parties[self.role]
        if party.key is not None:
            return None
        who, who_en = ("本人", "The person") if party.kind is PartyKind.PERSON else ("企业", "The enterprise")
        return Problem(
            "KEY_MISSING",
            f"{who}尚未办理电子签名（印章），请办理后再提交。",
            f"{who_en} has no electronic signature or seal yet: have one made, then submit.",
            status=412,
        )


@dataclass(frozen=True, slots=True)
class PhotoOnRecord:
    """No photo, no licence (domain text, §1): said when the form is submitted, not after everybody has signed.

    A licence from before has none; its holder's portrait will do.
    """

    def refusal(self, dossier: Dossier, situation: Situation) -> Problem | None:
        licence, holder = situation.licence, situation.parties.get(SignatoryRole.HOLDER)
        known = [licence, holder] if licence else []
        photos = [one.facts.get("photo") for one in known if one] or [dossier.form.get("photo")]
        if any(photo and photo in situation.blobs for photo in photos):
            return None
        return Problem(
            "PHOTO_MISSING",
            "尚未上传证件照，无法签发电子证照；请先上传近期免冠证件照。",
            "There is no photo on record, and without one no licence can be issued: upload a portrait first.",
            status=412,
        )


GENERAL_CHECKS = (
    LicenceInForce,
    OwnLicenceInForce,
    CopyMayBeMade,
    RenewalWindowOpen,
    EmployersDiffer,
    EmployedByLicenceEmployer,
    HasKey,
    PhotoOnRecord,
)
