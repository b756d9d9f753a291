"""What a template is given to draw, and from where: this module alone says it, under names a designer can guess.

``facts_of_form`` and ``facts_of_notice`` take from these, what stands further down over what stands above:

    the licence    in question: its face, ``licence_no``, ``identifier`` and the days of its term
    the parties    ``<role>_name``, of an organisation ``<role>_uscc``; of the holder ``id_no``, ``gender``,
                   ``birth_date`` and what the register knows of the person
    the form       every field by its key; the files of all its fields together as ``attachments``
    the steps      what was asked with them, by the field's key (notices alone)
    the office     numbers, days and the officer's reason, written out below
    the effect     what each of its ``shows`` says it gives

A notice has ``Procedure.told`` besides, under all of these. A licence has its own face, and the parties beneath it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Dossier
from signing_service.domain.licences import Licence
from signing_service.domain.parties import Party, Person
from signing_service.domain.working_days import CALENDAR
from signing_service.storage.dossiers import JournalLine
from signing_service.workflows.checks import copy_ends
from signing_service.workflows.effects import RenderCopy, RenderForm, RenderNotice, Shown
from signing_service.workflows.engine import initiator_of
from signing_service.workflows.procedure import FieldType, Procedure, Situation

CORRECTED_WITHIN = 15
"""Working days that an applicant has (domain text, §17.3)."""


def facts_of_form(effect: RenderForm, procedure: Procedure, dossier: Dossier, situation: Situation) -> dict[str, Any]:
    return {
        **(_of_licence(situation.licence) if situation.licence else {}),
        **_of_parties(situation.parties),
        **dossier.form,
        **_of_attachments(procedure, dossier.form),
        "dossier_no": dossier.number,
        "form_version": f"{procedure.edition:%Y-%m} / 第 {dossier.form_version} 次提交",
        "applied_on": situation.today.isoformat(),
        **facts_shown(effect.shows, dossier, situation),
    }


def facts_of_notice(
    effect: RenderNotice, procedure: Procedure, dossier: Dossier, situation: Situation, serial: int, line: JournalLine
) -> dict[str, Any]:
    """Of a letter; ``serial`` is the next of its issuer's letters of its mark this year, ``line`` that of the step that
    owes it.
    """
    authority, author = situation.parties[SignatoryRole.AUTHORITY], situation.parties[effect.issuer]
    platform = situation.parties[SignatoryRole.PLATFORM]
    notice_no = _letter_no(author.facts, effect.mark, situation.today.year, serial)
    return {
        "legal_basis": procedure.basis,
        "scope": scope_of(situation.licence) if situation.licence else "",
        **procedure.told,
        "holder_name": str(situation.parties[initiator_of(procedure, dossier)].name),
        **(_of_licence(situation.licence) if situation.licence else {}),
        **_of_parties(situation.parties),
        **dossier.form,
        **_given(dossier),
        "addressee_name": str(situation.parties[initiator_of(procedure, dossier)].name),
        "reason": _reason(line) or procedure.told.get("reason", ""),
        "points": line.facts.get("evidence", {}).get("points", []),
        "correct_by": CALENDAR.after(situation.today, CORRECTED_WITHIN).isoformat(),
        "made_by_step": line.facts.get("title", ""),
        "notice_no": notice_no,
        "record_no": notice_no,
        "platform_name": platform.facts["service_name"],
        "enquiry_phone": authority.facts["phone"],
        "procedure_title": procedure.title,
        "basis": procedure.basis,
        "dossier_no": dossier.number,
        "applied_on": dossier.facts.get("submitted_on", situation.today.isoformat()),
        "accepted_on": situation.today.isoformat(),
        "working_days": procedure.decision_days,
        "decide_by": CALENDAR.after(situation.today, procedure.decision_days).isoformat(),
        **facts_shown(effect.shows, dossier, situation),
    }


def _letter_no(author: Mapping[str, Any], mark: str, year: int, serial: int) -> str:
    """示建许受〔2026〕第000007号; with a mark 示建消审字〔2026〕第0007号, whose first word is the place of who writes."""
    head: str = author["letter_head"]
    if not mark:
        return f"{head}〔{year}〕第{serial:06d}号"
    return f"{author.get('letter_place', head[:1])}{mark}〔{year}〕第{serial:04d}号"


def facts_shown(shows: Sequence[Shown], dossier: Dossier, situation: Situation) -> dict[str, Any]:
    """What an effect shows besides. Raises LookupError for a fact that is not among those that it says it gives."""
    facts: dict[str, Any] = {}
    for one in shows:
        said = one.shown(dossier, situation)
        if untold := sorted(said.keys() - set(one.gives)):
            msg = f"{type(one).__name__} shows {untold}: name that in its `gives`"
            raise LookupError(msg)
        facts |= said
    return facts


def facts_of_licence(licence: Licence, situation: Situation) -> dict[str, Any]:
    """Of the face of a licence; the licence's own values win over what the register says of the parties today."""
    return {**_of_parties(situation.parties), **_of_licence(licence)}


def facts_of_copy(
    copy: RenderCopy, form: Mapping[str, Any], situation: Situation, title: str, serial: int
) -> dict[str, Any]:
    """Of a copy of the licence in question, called ``title``; ``serial`` counts the copies made of it."""
    licence = situation.licence
    if licence is None:
        msg = "a copy of no licence"
        raise LookupError(msg)
    return {
        "licence_title": title,
        "licence_no": licence.number,
        "licence_version": licence.version,
        "licence_until": licence.valid_until.isoformat(),
        "identifier": licence.identifier,
        "holder_name": licence.holder_name,
        "employer_name": licence.facts.get("employer_name", ""),
        "scope": scope_of(licence),
        "photo": licence.facts.get("photo") or situation.parties[SignatoryRole.HOLDER].facts["photo"],
        "purpose": form["purpose"],
        "recipient": form.get("recipient", ""),
        "copy_no": f"{licence.number}-J{serial:03d}",
        "copy_from": situation.today.isoformat(),
        "copy_until": form.get("until") or copy_ends(copy.days, licence.valid_until, situation.today).isoformat(),
        "authority_name": str(situation.parties[SignatoryRole.AUTHORITY].name),
        "platform_name": str(situation.parties[SignatoryRole.PLATFORM].name),
    }


def scope_of(licence: Licence) -> str:
    """What a licence is for: its trade, or its specialties."""
    names = (specialty["name"] for specialty in licence.facts.get("specialties", ()))
    return licence.facts.get("category_name") or "、".join(names)


def _reason(line: JournalLine) -> str:
    """As the officer wrote it, behind the ground that was chosen for it where one was."""
    reason: str = line.facts.get("reason", "")
    ground = line.facts.get("given", {}).get("ground_name", "")
    return f"{ground}：{reason}" if ground else reason


def _given(dossier: Dossier) -> dict[str, Any]:
    """Values that were asked with steps, the later ones over the earlier."""
    return {key: value for values in dossier.facts.get("given", {}).values() for key, value in values.items()}


def _of_attachments(procedure: Procedure, form: Mapping[str, Any]) -> dict[str, Any]:
    """Every file of the form in one list, in the order of its fields, each by the name of what it shows."""
    files = [
        {"name": item.label, "sha256": form[item.key]["sha256"], "pages": form[item.key]["pages"]}
        for item in procedure.fields
        if item.type is FieldType.FILE and form.get(item.key)
    ]
    return {"attachments": [*files, *form.get("attachments", ())]}


def _of_licence(licence: Licence) -> dict[str, Any]:
    return {
        "first_issued_on": licence.issued_on.isoformat(),
        **licence.facts,
        "licence_no": licence.number,
        "identifier": licence.identifier,
        "valid_from": licence.valid_from.isoformat(),
        "valid_until": licence.valid_until.isoformat(),
        "issued_on": licence.issued_on.isoformat(),
    }


def _of_parties(parties: Mapping[SignatoryRole, Party]) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for role, party in parties.items():
        facts[f"{role}_name"] = str(party.name)
        if not isinstance(party, Person):
            facts[f"{role}_uscc"] = str(party.number)
    holder = parties.get(SignatoryRole.HOLDER)
    if isinstance(holder, Person):
        facts |= {
            **holder.facts,
            "id_no": str(holder.id_no),
            "gender": holder.id_no.sex.zh,
            "birth_date": holder.id_no.born.isoformat(),
        }
    return facts
