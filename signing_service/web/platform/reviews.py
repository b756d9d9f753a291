"""审查意见: of each discipline its sheets, what its expert says of them and what the unit answers, side by side.

Experts speak here, each for the own discipline; the unit answers here; what the agency decides is a step of the dossier.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from starlette.responses import Response

from signing_service.domain.errors import Problem
from signing_service.domain.reviews import Conclusion, Nature, Severity
from signing_service.domain.sheets import DISCIPLINES
from signing_service.web.platform.gate import Asked, Way, Who, malformed
from signing_service.web.platform.house import House, address_of, number_in, see_other, told
from signing_service.web.platform.sheets import REVIEW_WORDS, address_of_set
from signing_service.workflows import reviewing
from signing_service.workflows.reviewing import ReviewRoom, ReviewView
from signing_service.workflows.sheet_sets import by_discipline

Words = tuple[str, str]
NATURES: Mapping[Nature, Words] = {
    Nature.MANDATORY: ("违反强制性条文", "against a mandatory clause"),
    Nature.GENERAL: ("一般问题", "general"),
}
SEVERITIES: Mapping[Severity, Words] = {
    Severity.GRAVE: ("严重", "grave"), Severity.MEDIUM: ("较重", "medium"), Severity.SLIGHT: ("轻微", "slight"),
}  # fmt: skip
CONCLUSIONS: Mapping[Conclusion, Words] = {
    Conclusion.PASS: ("通过", "passes"),
    Conclusion.REVISE: ("修改后复审", "has to be changed"),
}
OPINION_FIELDS = ("sheet_no", "clause", "nature", "severity", "text")
LONGEST = 2000


class ReviewPages:
    def __init__(self, house: House) -> None:
        self._house = house

    def ways(self) -> tuple[Way, ...]:
        one = "/platform/reviews/{number}"
        changes = (
            (f"{one}/opinions", Who.PERSON, self.give),
            (f"{one}/opinions/{{opinion}}/close", Who.PERSON, self.close),
            (f"{one}/opinions/{{opinion}}/insist", Who.PERSON, self.insist),
            (f"{one}/conclusions", Who.PERSON, self.conclude),
            (f"{one}/opinions/{{opinion}}/reply", Who.ENTERPRISE, self.answer),
        )
        return (
            Way("GET", "/platform/reviews", Who.PERSON, self.show_all),
            Way("GET", one, Who.VIEWER, self.show),
            Way("GET", f"/api{one}", Who.VIEWER, self.tell),
            *(Way("POST", path, who, does) for path, who, does in changes),
            *(Way("POST", f"/api{path}", who, does) for path, who, does in changes),
        )

    @property
    def _room(self) -> ReviewRoom:
        return ReviewRoom(self._house.desk)

    # ---- pages

    def show_all(self, asked: Asked) -> Response:
        """Reviews in which the viewer is an expert; those that wait for a word of theirs first."""
        expert = asked.viewer.party
        views = [self._room.view(expert, one.dossier) for one in self._room.of_expert(expert)]
        views.sort(key=lambda view: not waits_for(view, expert))
        facts = {
            "views": [(view, waits_for(view, expert)) for view in views],
            "review_words": REVIEW_WORDS,
            "disciplines": DISCIPLINES,
        }
        return self._house.page(asked, "reviews.html", facts, here="todos")

    def show(self, asked: Asked) -> Response:
        return self._shown(asked, None)

    def _shown(self, asked: Asked, problem: Problem | None) -> Response:
        view = self._room.view(asked.viewer.party, number_in(asked), asked.viewer.grants)
        found = {of[0].discipline: of for _, of in by_discipline(view.review.kind, view.sheets)}
        order = list(DISCIPLINES[view.review.kind])
        reviewers = sorted(view.review.reviewers, key=lambda one: order.index(one.discipline))
        own_first = sorted(reviewers, key=lambda one: one.discipline not in view.disciplines)
        facts = {
            "view": view,
            "review": view.review,
            "reviewers": reviewers,
            "chapters": [(one, found.get(one.discipline, [])) for one in own_first],
            "disciplines": DISCIPLINES[view.review.kind],
            "review_words": REVIEW_WORDS,
            "natures": NATURES,
            "severities": SEVERITIES,
            "conclusions": CONCLUSIONS,
            "waits": waits_for(view, asked.viewer.party),
            "typed": {name: asked.text(name, LONGEST) for name in ("discipline", *OPINION_FIELDS)},
            "typed_reply": (asked.request.path_params.get("opinion", ""), asked.text("reply", LONGEST)),
            "problem": problem,
            "set_address": address_of_set(view.review.project, view.review.kind),
            "address_of": address_of,
        }
        return self._house.page(asked, "review.html", facts, here="dossiers", status=problem.status if problem else 200)

    def tell(self, asked: Asked) -> Response:
        return told(reviewing.told(self._room.review(asked.viewer.party, number_in(asked), asked.viewer.grants)))

    # ---- what is said

    def give(self, asked: Asked) -> Response:
        typed = {name: asked.text(name, LONGEST) for name in OPINION_FIELDS}
        return self._done(
            asked, lambda: self._room.give(asked.viewer.party, number_in(asked), asked.text("discipline"), typed)
        )

    def close(self, asked: Asked) -> Response:
        return self._done(asked, lambda: self._room.close(asked.viewer.party, number_in(asked), _opinion_in(asked)))

    def insist(self, asked: Asked) -> Response:
        return self._done(asked, lambda: self._room.insist(asked.viewer.party, number_in(asked), _opinion_in(asked)))

    def conclude(self, asked: Asked) -> Response:
        conclusion = next((one for one in Conclusion if one.value == asked.text("conclusion")), None)
        if conclusion is None:
            raise malformed()
        discipline = asked.text("discipline")
        return self._done(
            asked, lambda: self._room.conclude(asked.viewer.party, number_in(asked), discipline, conclusion)
        )

    def answer(self, asked: Asked) -> Response:
        reply = asked.text("reply", LONGEST)
        return self._done(
            asked, lambda: self._room.answer(asked.viewer.party, number_in(asked), _opinion_in(asked), reply)
        )

    def _done(self, asked: Asked, does: Callable[[], object]) -> Response:
        """What is refused is said on the page, with what was typed."""
        number = number_in(asked)
        if asked.wants_json:
            does()
            return told(reviewing.told(self._room.review(asked.viewer.party, number)))
        try:
            does()
        except Problem as problem:
            if problem.status == 404:
                raise
            return self._shown(asked, problem)
        opinion = asked.request.path_params.get("opinion", "")
        place = f"o-{opinion}" if opinion else f"d-{asked.text('discipline', 20)}"
        return see_other(f"/platform/reviews/{number}#{place}")


def waits_for(view: ReviewView, party: str) -> bool:
    """Whether an expert has not concluded yet in the round under way."""
    return bool(view.speaks) and any(one.expert == party for one in view.review.waiting_for)


def _opinion_in(asked: Asked) -> str:
    return str(asked.request.path_params["opinion"])
