"""归档: the proven document and the report that proved it are stored for ever, each under its hash."""

from __future__ import annotations

import json
from datetime import datetime

from signing_service.domain.documents import ArchivedDocument, Blobs, ProvenPdf
from signing_service.pipeline.extend import stamp_term


def archive(proven: ProvenPdf, blobs: Blobs, at: datetime) -> ArchivedDocument:
    """Store file and report; both are durable when this returns. Doing it again changes nothing."""
    report = json.dumps(proven.report, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    return ArchivedDocument(
        sha256=blobs.put(proven.data),
        report_sha256=blobs.put(report),
        size=len(proven.data),
        archived_at=at,
        stamp=stamp_term(proven.data),
    )
