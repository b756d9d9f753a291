"""What you see is what you sign: a step that signs a form is bound to the revision that the person was shown.

Two who sign at the same moment are not both right: the second is told to look again (security, T3; domain text, §18.6,
scenario 5).
"""

from __future__ import annotations

from sqlalchemy import Connection

from signing_service.domain.documents import DocumentKind
from signing_service.domain.dossier import Dossier
from signing_service.domain.errors import Problem
from signing_service.storage import documents, outbox
from signing_service.storage.documents import DocumentRow, Revision


def form_now(connection: Connection, dossier: Dossier) -> tuple[DocumentRow, Revision] | None:
    """The form of the dossier's present version and its latest revision; None before it is drawn."""
    for row in documents.of_dossier(connection, dossier.number):
        if row.kind is DocumentKind.FORM and row.form_version == dossier.form_version and row.state != documents.VOID:
            revisions = documents.revisions(connection, row.document_id)
            return (row, revisions[-1]) if revisions else None
    return None


def refuse_another_revision(connection: Connection, dossier: Dossier, seen: str | None) -> None:
    """Raises Problem REVISION_CHANGED when there is another revision than the one that was shown, or soon will be."""
    if seen is None:
        return
    found = form_now(connection, dossier)
    another_signs = any(effect.kind == "Seal" for effect in outbox.owed(connection, dossier.number))
    if found is None or found[1].sha256 != seen or another_signs:
        raise Problem(
            "REVISION_CHANGED",
            "文件在您查看之后有了新的签章，您这次没有签上；请重新打开，核对后再签署。",
            "Another has signed the document since you opened it, so yours was not taken: open it again, read, sign.",
            status=409,
        )
