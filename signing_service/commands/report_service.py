"""``signing-service report-service``: seals validation reports for a portal that runs elsewhere and holds no key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from signing_service.domain.errors import Problem
from signing_service.embedded import LazySealer, now
from signing_service.procedures import CATALOGUE
from signing_service.report_service.app import make_report_service
from signing_service.settings import Settings
from signing_service.storage.blobs import open_blobs
from signing_service.storage.database import open_prepared
from signing_service.workflows.desk import Desk


@contextmanager
def report_service(settings: Settings) -> Iterator[object]:
    """The ASGI app over the database and the key stores of this machine. Raises Problem REPORT_TOKEN_MISSING."""
    token = read_token(settings.report_token_file)
    database = open_prepared(settings.database)
    try:
        desk = Desk(database, open_blobs(settings.blobs), CATALOGUE, now)
        sealer = LazySealer(settings, desk)
        sealer.open()  # a missing key or font is told once, now, and not at the first report
        yield make_report_service(sealer, token)
    finally:
        database.close()


def read_token(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        raise Problem(
            "REPORT_TOKEN_MISSING",
            f"没有报告服务的口令文件 {path}，请写入一个随机口令，并交给查验平台。",
            f"There is no token file {path}: put a random token into it, and give the same to the portal.",
            status=500,
        ) from None
