"""The steps that a viewer may take on a dossier: what each asks, what is previewed, and the thin call to the desk.

Who signs with a key that the platform holds does so in the signing room; everything else is taken here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from starlette.responses import Response

from signing_service.domain.documents import DocumentKind, SignatoryRole
from signing_service.domain.dossier import Dossier
from signing_service.domain.errors import FieldError, Problem
from signing_service.domain.fire_classes import is_key_project, proposed_situations
from signing_service.pipeline import templates
from signing_service.pipeline.fonts import Fonts
from signing_service.pipeline.render import render
from signing_service.storage.dossiers import JournalLine
from signing_service.web.platform import given
from signing_service.web.platform.form_fields import Widget, widgets
from signing_service.web.platform.gate import Asked, malformed
from signing_service.web.platform.given import GIVEN, Given
from signing_service.web.platform.house import House, role_named
from signing_service.workflows import pins
from signing_service.workflows.effects import RenderNotice
from signing_service.workflows.engine import Event, take_step
from signing_service.workflows.facts import facts_of_notice
from signing_service.workflows.looking_up import StoredRegister
from signing_service.workflows.shelf import DossierView, OpenStep

GRAVE = frozenset({"refuse", "not_accept", "withdraw", "decline", "lapse"})
"""Steps that end or void something: asked for twice."""
POINT = "point."
NO_OPINION = frozenset({"prepare", "revise", "withdraw"})
LONGEST_REASON = 2000


@dataclass(frozen=True, slots=True)
class Offered:
    """A step as the page offers it."""

    open: OpenStep
    way: str
    """``form``: it is written in the form; ``sign``: in the signing room; ``here``: on this page."""
    widgets: Sequence[Widget]
    asks_reason: bool
    grave: bool
    points: Sequence[tuple[str, str, str]]
    """Of a return for correction the fields that a point can be tied to, with what was typed: key, label, text."""
    notice: bool
    """Whether a letter goes out with it, to be looked at before."""
    reason: str = ""
    receipts: Sequence[str] = ()
    """Of files that were taken in with an earlier try."""
    problem: Problem | None = None
    open_now: bool = False
    """It was tried just now, or a button of its form was pressed."""

    @property
    def name(self) -> str:
        return self.open.step.name


@dataclass(frozen=True, slots=True)
class Tried:
    """A step that was tried on this page and not taken: its form is shown again as it was filled in."""

    step: str
    given: Given
    problem: Problem | None = None


PROPOSED: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "situations": lambda form: list(proposed_situations(form)),
    "category": lambda form: "key" if is_key_project(form) else "general",
}
"""What an officer confirms and the platform has worked out from the buildings of the form, by the step's field."""


def shown_widgets(one: OpenStep, tried: Tried | None, form: Mapping[str, Any]) -> Sequence[Widget]:
    """The step's own form, with what was typed and what is wrong with it; at first with what follows from the ``form``."""
    if tried is None:
        known = [item.key for item in one.step.form if item.key in PROPOSED and form.get("buildings")]
        return widgets(one.step.form, {key: PROPOSED[key](form) for key in known}, prefix=GIVEN)
    wrong = [*tried.given.refused, *(tried.problem.errors if tried.problem else ())]
    errors = [FieldError(GIVEN + error.field, error.code, error.zh, error.en) for error in wrong]
    return widgets(one.step.form, tried.given.typed, errors, prefix=GIVEN)


class Decisions:
    def __init__(self, house: House) -> None:
        self._house = house

    def offered(self, asked: Asked, view: DossierView, tried: Tried | None) -> list[Offered]:
        found = [
            self._offer(asked, view, one, tried if tried and one.step.name == tried.step else None)
            for one in view.open_steps
        ]
        # what leads on before what leads back, and what ends it last
        found.sort(key=lambda one: (one.grave, one.open.step.optional, one.open.step.reason_required, one.asks_reason))
        return found

    def _offer(self, asked: Asked, view: DossierView, one: OpenStep, tried: Tried | None) -> Offered:
        step = one.step
        officer = one.role is SignatoryRole.AUTHORITY
        again = tried is not None
        if one.signs and not officer:
            way = "sign"
        elif step.reads_draft or (view.dossier.stage.is_editable and not step.optional):
            way = "form"
        else:
            way = "here"
        return Offered(
            open=one,
            way=way,
            widgets=shown_widgets(one, tried, view.dossier.form),
            receipts=given.receipts(asked, tried.given.typed) if tried else (),
            asks_reason=step.reason_required or (officer and step.name not in NO_OPINION),
            grave=step.name in GRAVE,
            points=self._points(asked, view, again=again) if step.name == "return" else (),
            notice=any(isinstance(effect, RenderNotice) for effect in step.then),
            reason=asked.text("reason", LONGEST_REASON) if again else "",
            problem=tried.problem if tried else None,
            open_now=again,
        )

    def _points(self, asked: Asked, view: DossierView, *, again: bool) -> Sequence[tuple[str, str, str]]:
        return [
            (one.key, one.label, asked.text(POINT + one.key, LONGEST_REASON) if again else "")
            for one in view.procedure.fields
        ]

    # ---- taking a step

    def wanted(self, asked: Asked, view: DossierView) -> OpenStep:
        """The step that the address names, open to the viewer in the role that is named, or in any where none is.

        Raises Problem STATE_CONFLICT, NOT_YOUR_DOSSIER.
        """
        name = asked.request.path_params["step"]
        named = asked.text("role", 40) or asked.request.query_params.get("role", "")[:40]
        found = [one for one in view.open_steps if one.step.name == name and named in ("", one.role.value)]
        if found:
            return found[0]
        role = role_named(asked, view)
        # the engine is pure: it says why not, and nothing comes of it
        take_step(view.procedure, view.dossier, Event(name, asked.viewer.acts_as(role)), view.situation)
        raise malformed()

    def read(self, asked: Asked, one: OpenStep) -> Given:
        """What was put into the step's own form."""
        return given.read(asked, one.step.form, self._house.desk.blobs)

    def take(self, asked: Asked, view: DossierView, one: OpenStep, told: Given, evidence: Mapping[str, Any]) -> Dossier:
        """Raises what the desk refuses."""
        return self._house.desk.take_step(
            view.dossier.number,
            one.step.name,
            asked.viewer.acts_as(one.role),
            asked.text("reason", LONGEST_REASON),
            given=told.typed,
            evidence={
                "address": asked.caller.address,
                **points_in(asked, view),
                **key_released(self._house, asked, view, one),
                **evidence,
            },
        )

    def preview(self, asked: Asked, view: DossierView, one: OpenStep) -> Response:
        """The letter as it would be, without number, code or seal. Raises Problem NO_NOTICE, FACT_MISSING."""
        effect = next((effect for effect in one.step.then if isinstance(effect, RenderNotice)), None)
        if effect is None:
            raise Problem("NO_NOTICE", "该操作不发文书。", "No letter goes out with this step.", status=404)
        now, typed = self._house.desk.clock(), self.read(asked, one).typed
        line = JournalLine(
            dossier=view.dossier.number, line=0, at=now, actor=asked.viewer.account, role=one.role,
            step=one.step.name, from_stage=view.dossier.stage, to_stage=one.step.to,
            facts={
                "reason": asked.text("reason", LONGEST_REASON), "title": one.step.title,
                "evidence": points_in(asked, view), "given": typed,
            },
        )  # fmt: skip
        with self._house.desk.database.reading() as connection:
            # the register is asked now: what the view was read in is over
            situation = replace(view.situation, register=StoredRegister(connection))
            facts = facts_of_notice(effect, view.procedure, view.dossier, situation, 0, line)
        root = self._house.templates
        template = templates.load(root, templates.latest(root, DocumentKind.NOTICE, effect.template))
        rendered = render(template, {**facts, **typed}, Fonts.load(self._house.fonts), now)
        headers = {"Content-Disposition": 'inline; filename="preview.pdf"', "Cache-Control": "no-store"}
        return Response(rendered.data, media_type="application/pdf", headers=headers)


def key_released(house: House, asked: Asked, view: DossierView, one: OpenStep) -> dict[str, Any]:
    """Evidence that the party let its key be used for what it was not shown page by page.

    Raises what ``pins.check_pin`` raises.
    """
    key = view.parties[one.role].key if one.asks_pin else None
    if key is None or key.held_outside:
        return {}
    pins.check_pin(house.desk.database, key, asked.text("pin", 64), house.desk.clock())
    return {"factors": [*(factor.value for factor in asked.here.session.factors), "pin"]}


def points_in(asked: Asked, view: DossierView) -> dict[str, Any]:
    """The points of a correction, each tied to a field: ``{"points": [{field, label, text}]}``, or nothing."""
    sent = asked.fields.get("points")
    texts = {
        one.key: str(sent.get(one.key, "")) if isinstance(sent, dict) else asked.text(POINT + one.key, LONGEST_REASON)
        for one in view.procedure.fields
    }
    points = [
        {"field": one.key, "label": one.label, "text": texts[one.key].strip()}
        for one in view.procedure.fields
        if texts[one.key].strip()
    ]
    return {"points": points} if points else {}
