"""What the worker works with: the store, the templates and fonts, the keys and the time, each behind its protocol."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from signing_service.attest.code_signer import CodeSigner
from signing_service.domain.documents import Blobs
from signing_service.domain.keys import KeyStore, TimeStampingAuthority
from signing_service.pipeline.fonts import Fonts
from signing_service.storage.database import Database
from signing_service.storage.documents import DocumentRow
from signing_service.workflows.desk import Desk


@dataclass(frozen=True, slots=True)
class Workshop:
    desk: Desk
    templates: Path
    fonts: Fonts
    keys: KeyStore
    tsa: TimeStampingAuthority
    anchors: Sequence[bytes]
    intermediates: Sequence[bytes]
    codes: CodeSigner
    public_origin: str
    entropy: Callable[[int], bytes]
    """So many bytes that nobody can guess."""
    choice: Callable[[str], str]
    """One character of a text, unguessable."""

    @property
    def database(self) -> Database:
        return self.desk.database

    @property
    def blobs(self) -> Blobs:
        return self.desk.blobs

    def clock(self) -> datetime:
        return self.desk.clock()

    def address_of(self, row: DocumentRow) -> str:
        """What the QR of a document says."""
        address = f"{self.public_origin}/v/{row.code}"
        return f"{address}#{row.signed_code}" if row.signed_code else address
