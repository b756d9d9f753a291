"""本人确认: before the practising seal of a registered person goes on sheets, that person agrees to this very list of them.

The seal says that its owner drew or examined the sheet and answers for it (勘察设计注册工程师管理规定 第二十七条), so no unit
puts it there for him. Each person has a dossier of the own (``rv.consent``), signed in the signing room; it pins the
sheets by the SHA-256 over their hashes. What is changed after that was agreed to by nobody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from signing_service.domain.dossier import Dossier, Stage
from signing_service.domain.errors import Problem
from signing_service.domain.projects import SectionKind
from signing_service.domain.sheets import DISCIPLINES, SUBJECTS, Sheet, list_digest
from signing_service.workflows.register import Register

WAITS = "CONSENT_MISSING"
"""Somebody has not answered yet; everything else that is refused will not come right by waiting."""


def persons_of(form: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Of what a unit hands over each registered person, by ID number, with the disciplines they answer for.

    One person a discipline, as their seal goes on: of two that are named the last.
    """
    answers_for = {row["discipline"]: row["id_no"] for row in form.get("persons", ())}
    found: dict[str, list[str]] = {}
    for discipline, person in answers_for.items():
        found.setdefault(person, []).append(discipline)
    return {person: tuple(disciplines) for person, disciplines in found.items()}


def sheets_for(person: str, form: Mapping[str, Any], found: Sequence[Sheet]) -> list[Sheet]:
    """Those of the sheets on which this person's practising seal is to go."""
    disciplines = persons_of(form).get(person, ())
    return [one for one in found if one.discipline in disciplines]


def asked(handed: Dossier, kind: SectionKind, found: Sequence[Sheet]) -> dict[str, dict[str, Any]]:
    """What each person is asked to agree to, of the sheets ``found`` that this dossier hands over.

    By request key: asked twice, nobody gets a second dossier, and what is handed over anew is asked anew.
    """
    forms = {}
    for position, (person, disciplines) in enumerate(persons_of(handed.form).items()):
        mine = sheets_for(person, handed.form, found)
        if not mine:
            continue  # named for a discipline of which nothing is handed over
        numbers = [row["registration_no"] for row in handed.form["persons"] if row["id_no"] == person]
        forms[f"ask/{handed.number}/{handed.form_version}/{position}"] = {
            "handed_over_with": handed.number,
            "project_no": handed.facts["project_no"],
            "project_name": handed.facts["project_name"],
            "subject": SUBJECTS[kind],
            "employer_uscc": handed.parties[kind.contractor],
            "id_no": person,
            "registration_no": numbers[0],
            "disciplines": "、".join(DISCIPLINES[kind][one] for one in disciplines),
            "sheet_count": len(mine),
            "list_sha256": list_digest(mine),
        }
    return forms


def obstacle(
    wanted: Mapping[str, Mapping[str, Any]], begun: Mapping[str, Dossier], names: Mapping[str, str]
) -> Problem | None:
    """Why the practising seals may not go on the sheets that ``wanted`` states now. ``begun``: the dossiers in which the
    persons were asked, by the same keys; ``names``: of the persons.

    Codes: CONSENT_DECLINED, CONSENT_VOID (the sheets are others than were agreed to), CONSENT_MISSING.
    """

    def those(of: Sequence[str]) -> str:
        return "、".join(names.get(wanted[key]["id_no"], "") for key in of)

    answers = {key: begun[key].stage if key in begun else Stage.DRAFT for key in wanted}
    declined = [key for key, stage in answers.items() if stage.is_final and stage is not Stage.CLOSED]
    if declined:
        return Problem(
            "CONSENT_DECLINED",
            f"{those(declined)} 未同意在图纸上加盖本人执业印章，已退回送交单位；请修改图纸或另行指定后重新送交。",
            f"{those(declined)} did not agree to the practising seal: change the sheets, or name somebody else, and hand "
            "them over again.",
            status=409,
        )
    pinned = ("list_sha256", "id_no", "handed_over_with")
    void = [
        key for key in wanted if key in begun and any(begun[key].form.get(one) != wanted[key][one] for one in pinned)
    ]
    if void:
        return Problem(
            "CONSENT_VOID",
            f"图纸在送 {those(void)} 确认之后有改动，本人确认失效；请重新送交，由本人重新确认。",
            f"The sheets were changed after {those(void)} was asked, so that consent is void: hand them over again.",
            status=409,
        )
    missing = [key for key, stage in answers.items() if stage is not Stage.CLOSED]
    if missing:
        return Problem(
            WAITS,
            f"等待 {those(missing)} 本人确认：未经本人确认，不得加盖执业印章。",
            f"Waiting for {those(missing)} to agree: nobody's practising seal is put without that.",
            status=409,
        )
    return None


def evidence_of(wanted: Mapping[str, Mapping[str, Any]], begun: Mapping[str, Dossier]) -> dict[str, Any]:
    """For the journal of what was handed over: on whose agreement the seals go on, and to which list."""
    return {
        "consents": [
            {"dossier": begun[key].number, "sheets": form["sheet_count"], "list_sha256": form["list_sha256"]}
            for key, form in wanted.items()
        ]
    }


def stated(form: Mapping[str, Any], register: Register) -> list[Sheet]:
    """The sheets that a consent's form speaks of, as they are now."""
    kind = next((one for one, subject in SUBJECTS.items() if subject == form["subject"]), SectionKind.DESIGN)
    disciplines = form["disciplines"].split("、")
    return [
        one
        for one in register.sheets(form["project_no"], kind)
        if one.dossier == form["handed_over_with"] and one.discipline_zh in disciplines
    ]


def standing(handed: Dossier, kind: SectionKind, found: Sequence[Sheet], register: Register) -> Problem | None:
    """As ``obstacle``, of what the register says now."""
    wanted = asked(handed, kind, found)
    people = [(form["id_no"], register.party(form["id_no"])) for form in wanted.values()]
    names = {number: str(person.name) for number, person in people if person is not None}
    return obstacle(wanted, register.begun_with(list(wanted)), names)
