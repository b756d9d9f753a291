"""What the registers say of the parties of a dossier, beside its form, so that an officer need look nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from signing_service.domain.dates import in_chinese, in_english
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.licences import Licence, LicenceStatus
from signing_service.domain.parties import Organisation, Person
from signing_service.storage import employments, licences, parties
from signing_service.web.platform.house import House
from signing_service.workflows.shelf import DossierView

STATUS: dict[LicenceStatus, tuple[str, str, str]] = {
    LicenceStatus.ISSUING: ("todo", "制证中", "being issued"),
    LicenceStatus.IN_FORCE: ("done", "有效", "in force"),
    LicenceStatus.EXPIRED: ("waits", "已过期", "expired"),
    LicenceStatus.SUSPENDED: ("waits", "暂扣", "suspended"),
    LicenceStatus.CANCELLED: ("void", "已注销", "cancelled"),
    LicenceStatus.ANNULLED: ("void", "已撤销", "annulled"),
    LicenceStatus.FORFEITED: ("void", "已吊销", "forfeited"),
    LicenceStatus.SUPERSEDED: ("none", "已替代", "superseded"),
    LicenceStatus.TRANSFERRED: ("none", "转出", "transferred"),
    LicenceStatus.COMPLETED: ("none", "已竣工", "completed"),
}
"""Shape and word of a licence's status."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one register says, and how it agrees with the form."""

    tone: str
    label: tuple[str, str]
    text: tuple[str, str]


def answers_of(house: House, view: DossierView) -> Sequence[Answer]:
    holder = view.parties.get(SignatoryRole.HOLDER)
    found: list[Answer] = []
    if isinstance(holder, Person):
        found += _of_person(house, view, holder)
    for role, party in view.parties.items():
        if isinstance(party, Organisation) and role not in (SignatoryRole.AUTHORITY, SignatoryRole.PLATFORM):
            found.append(_of_enterprise(party))
    return found


def _of_person(house: House, view: DossierView, holder: Person) -> Sequence[Answer]:
    with house.desk.database.reading() as connection:
        employment = employments.active(connection, holder.number)
        held = licences.all_of_holder(connection, holder.number)
        locks = employments.locks_of(connection, holder.number)
        employer = parties.find(connection, employment.enterprise) if employment else None
    real_named = bool(holder.facts.get("real_named_on") or holder.facts.get("photo"))
    found = [
        Answer("done", ("实名登记", "Real-name register"), (f"{holder.name}，已登记", f"{holder.name}, registered"))
        if real_named
        else Answer("waits", ("实名登记", "Real-name register"), ("没有登记记录", "no record"))
    ]
    if employer is not None and employment is not None:
        ends = employment.until
        until = f"，合同至{in_chinese(ends)}" if ends else ""
        until_en = f", contract until {in_english(ends)}" if ends else ""
        found.append(
            Answer("done", ("聘用关系", "Employment"), (f"{employer.name}{until}", f"{employer.name}{until_en}"))
        )
    else:
        found.append(Answer("none", ("聘用关系", "Employment"), ("没有登记的聘用关系", "none is registered")))
    found += [_of_licence(one, house.today) for one in held]
    found += [
        Answer(
            "waits",
            ("在建锁定", "Leads a project"),
            (f"{one.name}（自{in_chinese(one.since)}起）", f"{one.name} (since {in_english(one.since)})"),
        )
        for one in locks
    ]
    return found


def _of_licence(one: Licence, today: date) -> Answer:
    tone, zh, en = STATUS[one.status_on(today)]
    return Answer(
        tone,
        ("证照", "Licence"),
        (
            f"{one.number} · {zh}，有效期至{in_chinese(one.valid_until)}",
            f"{one.number} · {en}, until {in_english(one.valid_until)}",
        ),
    )


def _of_enterprise(party: Organisation) -> Answer:
    key = ("已有电子印章", "has a seal") if party.key else ("尚无电子印章", "has no seal yet")
    return Answer(
        "done" if party.key else "waits",
        ("企业库", "Enterprises"),
        (f"{party.name} · 已入库 · {key[0]}", f"{party.name} · on the register · {key[1]}"),
    )
