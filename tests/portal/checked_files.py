"""Files that were really sealed, and a portal over the service that sealed them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from fastapi import FastAPI
from reportlab.pdfgen.canvas import Canvas
from starlette.testclient import TestClient

from signing_service.domain.documents import DocumentKind, PadesLevel, SealedPdf, SignatoryRole, TemplateId
from signing_service.domain.keys import KeyRef
from signing_service.domain.validation_statement import ReportSealer
from signing_service.embedded import LazySealer, Service
from signing_service.pipeline.lay_out import add_signature_fields
from signing_service.pipeline.render import render
from signing_service.pipeline.seal import seal
from signing_service.pipeline.stamp import stamp_qr
from signing_service.pipeline.templates import load
from signing_service.worker.workshop import open_workshop
from signing_service.workflows.workshop import Workshop
from tests.factories import service_in
from verify_portal.assemble import make_portal

NOTICE = TemplateId(DocumentKind.NOTICE, "acceptance_notice", "2026-01")
PDF = {"Content-Type": "application/pdf"}


@dataclass(frozen=True)
class House:
    """A service with keys, and files it sealed that are in no register."""

    service: Service
    shop: Workshop

    def sealed(self, level: PadesLevel) -> SealedPdf:
        shop = self.shop
        template = load(shop.templates, NOTICE)
        now = shop.clock().replace(microsecond=0)
        drawn = render(template, template.sample(), shop.fonts, now)
        pdf = add_signature_fields(stamp_qr(drawn, "https://invalid.example", "-", shop.fonts, now))
        key = KeyRef("soft", "authority")
        return seal(
            pdf, SignatoryRole.AUTHORITY, shop.keys, key, now, level=level, tsa=shop.tsa, services=shop.trust_services
        )

    @cached_property
    def archival(self) -> bytes:
        return self.sealed(PadesLevel.B_LTA).data

    @cached_property
    def timed(self) -> bytes:
        return self.sealed(PadesLevel.B_T).data

    @property
    def tampered(self) -> bytes:
        data = bytearray(self.archival)
        data[len(data) // 4] ^= 1
        return bytes(data)

    @property
    def with_a_tail(self) -> bytes:
        return self.archival + b"\n% one more thing\n" + b"x" * 64

    @cached_property
    def unsigned(self) -> bytes:
        out = io.BytesIO()
        canvas = Canvas(out)
        canvas.drawString(100, 700, "nothing is sealed here")
        canvas.save()
        return out.getvalue()

    def sealer(self) -> ReportSealer:
        return LazySealer(self.service.settings, self.service.desk)

    def portal(self, sealer: ReportSealer | None) -> FastAPI:
        return make_portal(self.service.settings, self.service.desk.database, sealer)

    def client(self, sealer: ReportSealer | None, address: str = "192.0.2.1") -> TestClient:
        origin = self.service.settings.public_origin
        return TestClient(self.portal(sealer), base_url=origin, client=(address, 50_000), raise_server_exceptions=False)


@contextmanager
def house_in(folder: Path) -> Iterator[House]:
    # a machine with much to do is no reason for another verdict
    with service_in(folder, validation_seconds=300.0) as service:
        yield House(service, open_workshop(service.settings, service.desk))
