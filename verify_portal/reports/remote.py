"""The portal asks for a seal over HTTP: it sends the statement, never the file, and gets a PDF or a reason why not."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import httpx2 as httpx
import structlog

from signing_service.domain.errors import Problem
from signing_service.domain.validation_statement import ValidationStatement, sealer_away

LONGEST_REPORT = 4 * 1024 * 1024
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RemoteSealer:
    """``domain.validation_statement.ReportSealer`` behind ``signing-service report-service``."""

    address: str
    token_file: Path
    seconds: float

    def seal_report(self, statement: ValidationStatement) -> bytes:
        """Raises Problem REPORT_SEALER_AWAY, whatever keeps the service from answering: the log says what."""
        try:
            token = self.token_file.read_text(encoding="utf-8").strip()
            with httpx.Client(timeout=self.seconds, follow_redirects=False, trust_env=False) as client:
                answer = client.post(
                    f"{self.address.rstrip('/')}/reports",
                    content=json.dumps(statement.to_json()).encode(),
                    headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
                )
        except (OSError, ValueError, httpx.HTTPError, httpx.InvalidURL) as error:
            raise _away(type(error).__name__) from None
        if answer.status_code != 200:
            raise _away(f"{answer.status_code} {_code_of(answer.content)}")
        if not answer.content.startswith(b"%PDF-") or len(answer.content) > LONGEST_REPORT:
            raise _away("not a report")
        return answer.content


def _away(why: str) -> Problem:
    log.warning("the report service seals nothing", why=why)
    return sealer_away()


def _code_of(body: bytes) -> str:
    try:
        return str(json.loads(body)["code"])[:60]
    except (ValueError, KeyError, TypeError):
        return ""
