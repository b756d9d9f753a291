"""Makes so many licences as a worker's workshop does, opened by the same function, and says what memory it holds then."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

from signing_service.domain.documents import PadesLevel
from signing_service.embedded import now, prepare
from signing_service.keystores.soft import SoftKeyStore  # noqa: F401 - a worker has it open
from signing_service.pipeline.lay_out import add_signature_fields
from signing_service.pipeline.prove import prove
from signing_service.pipeline.render import render
from signing_service.pipeline.seal import seal
from signing_service.pipeline.stamp import stamp_qr
from signing_service.pipeline.templates import load
from signing_service.procedures import CATALOGUE
from signing_service.storage.blobs import open_blobs
from signing_service.storage.database import open_database
from signing_service.worker.workshop import open_workshop
from signing_service.workflows.desk import Desk


def main(count: int) -> None:
    from tests.factories import settings_in

    with tempfile.TemporaryDirectory() as name:
        settings = settings_in(Path(name))
        prepare(settings, lambda _line: None)
        database = open_database(settings.database)
        shop = open_workshop(settings, Desk(database, open_blobs(settings.blobs), CATALOGUE, now))
        _issue(shop, settings.templates, count)
        uss, rss = _memory()
        database.close()
    print(json.dumps({"uss": uss, "rss": rss}))


def _issue(shop: object, templates: Path, count: int) -> None:
    from signing_service.domain.documents import SignatoryRole
    from signing_service.domain.keys import KeyRef

    template = load(templates, templates / "licences" / "special_operation" / "2026-01")
    facts, at = template.sample(), now()
    for number in range(count):
        address = f"https://verify.signing-service.example/v/{number:06d}m4kx9c3t8w5n6r0d1e2f"
        person = {**facts, "licence_no": f"赣A042026{number:06d}"}
        rendered = render(template, person, shop.fonts, at)
        pdf = add_signature_fields(stamp_qr(rendered, address, "7K2M-4PX9-C3TW", shop.fonts, at))
        for role, label, level in (
            (SignatoryRole.AUTHORITY, "authority", PadesLevel.B_T),
            (SignatoryRole.PLATFORM, "platform", PadesLevel.B_LTA),
        ):
            key = KeyRef("soft", label)
            pdf = seal(pdf, role, shop.keys, key, at, level=level, tsa=shop.tsa, services=shop.trust_services)
        prove(pdf, address, shop.anchors, shop.intermediates, at)


def _memory() -> tuple[int, int]:
    from tests.benchmarks.processes import rss_of, uss_of

    return uss_of(os.getpid()), rss_of(os.getpid())


main(int(sys.argv[1]))
