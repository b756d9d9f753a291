"""What the worker works with: the store, the templates and fonts, the keys and the time, each behind its protocol."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from signing_service.attest.code_signer import CodeSigner
from signing_service.domain.documents import Blobs, TemplateId
from signing_service.domain.keys import KeyStore, RevocationSource, TimeStampingAuthority
from signing_service.domain.new_keys import CertAuthority
from signing_service.pipeline import templates
from signing_service.pipeline.extend import TrustServices
from signing_service.pipeline.fonts import Fonts
from signing_service.pipeline.templates import Template
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
    revocation: RevocationSource
    anchors: Sequence[bytes]
    intermediates: Sequence[bytes]
    codes: CodeSigner
    certs: CertAuthority
    """Who makes keys for those who apply for one."""
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

    def template(self, which: TemplateId) -> Template:
        """Read once, and again when a designer has changed it. Raises as ``pipeline.templates.load``."""
        folder = self.templates / str(which)
        changed = tuple(_changed_at(file) for file in (folder / templates.TEMPLATE, self.templates / templates.STYLE))
        return _template(self.templates, which, changed)

    @property
    def trust_services(self) -> TrustServices:
        return TrustServices(self.tsa, self.revocation, self.intermediates)

    def clock(self) -> datetime:
        return self.desk.clock()

    def address_of(self, row: DocumentRow) -> str:
        """What the QR of a document says."""
        address = f"{self.public_origin}/v/{row.code}"
        return f"{address}#{row.signed_code}" if row.signed_code else address


@lru_cache(maxsize=64)
def _template(root: Path, which: TemplateId, _changed: tuple[int, ...]) -> Template:
    return templates.load(root, which)


def _changed_at(file: Path) -> int:
    """In nanoseconds; 0 when it is not there, which is told by whoever reads it."""
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0
