"""What you see is what you sign: a step that signs a form is bound to the revision that the person was shown.

Two who sign at the same moment are not both right: the second is told to look again (security, T3; domain text, §18.6,
scenario 5).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection

from signing_service.domain.documents import DocumentKind, SignatoryRole
from signing_service.domain.dossier import Dossier
from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyRef
from signing_service.storage import documents, outbox, parties
from signing_service.storage.documents import DocumentRow, Revision
from signing_service.storage.outbox import OwedEffect
from signing_service.workflows.effects import RenderForm, RenderLicence, RenderNotice, Seal
from signing_service.workflows.effects_of_sheets import AskRegisteredPersons, SealSheets
from signing_service.workflows.engine import Event
from signing_service.workflows.procedure import Procedure, Step


def signed_with(step: Step, role: SignatoryRole) -> str:
    """The template of the form, or of the letter drawn before, that a party signs by taking a step."""
    seals = [effect for effect in step.then if isinstance(effect, Seal) and effect.role is role]
    shown = [effect.template for effect in seals if effect.template not in _drawn_with(step)]
    return shown[0] if shown and role in step.by else ""


def uses_key_unseen(step: Step, role: SignatoryRole) -> bool:
    """An authority's letters are sealed by themselves, under the limits of its key."""
    if role not in step.by or role is SignatoryRole.AUTHORITY or signed_with(step, role):
        return False
    return any(
        isinstance(effect, Seal | SealSheets | AskRegisteredPersons) and effect.role is role for effect in step.then
    )


def _drawn_with(step: Step) -> set[str]:
    return {effect.template for effect in step.then if isinstance(effect, RenderNotice | RenderLicence | RenderForm)}


def form_now(connection: Connection, dossier: Dossier, template: str) -> tuple[DocumentRow, Revision] | None:
    """The form, or letter, of the dossier's present version and its latest revision; None before it is drawn."""
    for row in documents.of_dossier(connection, dossier.number):
        is_it = row.kind is not DocumentKind.LICENCE and row.template.split("/")[1] == template
        if is_it and row.form_version == dossier.form_version and row.state != documents.VOID:
            revisions = documents.revisions(connection, row.document_id)
            return (row, revisions[-1]) if revisions else None
    return None


def is_hindered(
    procedure: Procedure, owed: Iterable[OwedEffect], template: str, keys: Mapping[SignatoryRole, KeyRef | None]
) -> bool:
    """Whether a form cannot be signed yet: it is being drawn or signed, or what comes first waits for somebody.

    Of several forms of a dossier each is signed by itself: five who sign five commitments at once do not hinder each
    other. What is owed is done in turn, so a signature that somebody makes elsewhere holds up all others.
    """
    for one in owed:
        effect = procedure.owed_effect(one.arguments)
        if not isinstance(effect, Seal) or effect.template == template or one.problem:
            return True
        key = keys.get(effect.role)
        if key is not None and key.held_outside:
            return True
    return False


def refuse_another_revision(connection: Connection, procedure: Procedure, dossier: Dossier, event: Event) -> None:
    """Raises Problem REVISION_CHANGED when there is another revision than the one that was shown, or soon will be;
    STATE_CONFLICT when the step is not taken at this stage any more.
    """
    seen, role = event.evidence.get("seen"), event.actor.role
    if seen is None:
        return
    template = signed_with(procedure.step(event.step, dossier.stage, role), role)
    found = form_now(connection, dossier, template)
    owed = [one for one in outbox.owed(connection, dossier.number) if one.kind == Seal.__name__]
    known = parties.load_all(connection, set(dossier.parties.values())) if owed else {}
    keys = {role: known[party].key for role, party in dossier.parties.items() if party in known}
    if found is None or found[1].sha256 != seen or is_hindered(procedure, owed, template, keys):
        raise Problem(
            "REVISION_CHANGED",
            "文件在您查看之后有了新的签章，您这次没有签上；请重新打开，核对后再签署。",
            "Another has signed the document since you opened it, so yours was not taken: open it again, read, sign.",
            status=409,
        )
