"""How a special-operation licence comes about: by examination, or for one of another province (domain text, §8.4)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from signing_service.domain.licences import Licence
from signing_service.domain.parties import Party
from signing_service.domain.view_states import Business
from signing_service.workflows.licensing import Grounds, IssueNew

TYPE_CODE = "11360000999000013K101"
"""证照类型代码: the authority's own USCC and 101; the ministry's codes are not ours to give out."""


@dataclass(frozen=True, slots=True)
class IssueTrade(IssueNew):
    """新发 after an examination; of trade 99 the face says which it is."""

    def first(self, serial: int, holder: Party, grounds: Grounds) -> Licence:
        licence = IssueNew.first(self, serial, holder, grounds)
        facts = {**licence.facts, "business": Business.ISSUED.value}
        if note := grounds.form.get("category_note"):
            facts["category_name"] = f"{facts['category_name']}（{note}）"
        return replace(licence, facts=facts)


@dataclass(frozen=True, slots=True)
class ExchangeForOurs(IssueNew):
    """进赣换证: a number of ours, and the term that the other province gave."""

    def first(self, serial: int, holder: Party, grounds: Grounds) -> Licence:
        licence = IssueNew.first(self, serial, holder, grounds)
        form = grounds.form
        related = {"related_identifier": form["origin_identifier"]} if form.get("origin_identifier") else {}
        return replace(
            licence,
            valid_until=date.fromisoformat(form["origin_until"]),
            facts={
                **licence.facts,
                "first_issued_on": form["first_issued_on"],
                "origin_no": form["origin_no"],
                "business": Business.TRANSFERRED_IN.value,
                **related,
            },
        )
