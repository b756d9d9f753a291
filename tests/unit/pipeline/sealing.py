"""Every template's sample on its way to the seal, with the development PKI and without a service around it."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pikepdf

from signing_service.demo.signatures import sample_signature
from signing_service.domain.documents import (
    DocumentKind,
    PadesLevel,
    RenderedPdf,
    SealedPdf,
    SignablePdf,
    SignatoryRole,
    StampedPdf,
    TemplateId,
)
from signing_service.domain.keys import KeyRef
from signing_service.domain.seals import SealArtwork, SealKind
from signing_service.domain.verdicts import Report
from signing_service.keystores.soft import SoftKeyStore
from signing_service.pipeline.appearance import Appearance, draw
from signing_service.pipeline.fonts import Fonts, build_fonts
from signing_service.pipeline.lay_out import add_signature_fields
from signing_service.pipeline.render import render
from signing_service.pipeline.seal import seal
from signing_service.pipeline.stamp import stamp_qr
from signing_service.pipeline.templates import Template, all_templates, load
from signing_service.pipeline.validate import validate
from signing_service.settings import ROOT, Settings
from signing_service.trust.pki import Pki, ensure
from signing_service.trust.tsa import EmbeddedTsa
from signing_service.workflows.review_experts import EXPERTS
from tests.factories_pki import published

TEMPLATES = ROOT / "templates"
EVERY_TEMPLATE = all_templates(TEMPLATES)
RENEWAL = TemplateId(DocumentKind.FORM, "so_renew_form", "2026-01")
CHANGE = TemplateId(DocumentKind.FORM, "c2_change_form", "2026-01")
LICENCE = TemplateId(DocumentKind.LICENCE, "special_operation", "2026-01")
NOTICE = TemplateId(DocumentKind.NOTICE, "acceptance_notice", "2026-01")

MADE_AT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
ADDRESS = "https://verify.signing-service.example/v/7q2m4kx9c3t8w5n6r0d1e2f3ga"
CHECK_CODE = "7K2M-4PX9-C3TW"

HOLDER, EMPLOYER = SignatoryRole.HOLDER, SignatoryRole.EMPLOYER
AUTHORITY, PLATFORM = SignatoryRole.AUTHORITY, SignatoryRole.PLATFORM
B_B, B_T = PadesLevel.B_B, PadesLevel.B_T

PEOPLE = frozenset(
    (
        SignatoryRole.HOLDER, SignatoryRole.REGISTERED_PERSON,
        SignatoryRole.TECHNICAL_LEADER, SignatoryRole.LEGAL_REPRESENTATIVE,
        SignatoryRole.DEVELOPER_REPRESENTATIVE, SignatoryRole.SURVEY_REPRESENTATIVE,
        SignatoryRole.DESIGN_REPRESENTATIVE, SignatoryRole.BUILDER_REPRESENTATIVE,
        SignatoryRole.SUPERVISOR_REPRESENTATIVE,
        SignatoryRole.DEVELOPER_LEADER, SignatoryRole.SURVEY_LEADER, SignatoryRole.DESIGN_LEADER,
        SignatoryRole.BUILDER_LEADER, SignatoryRole.SUPERVISOR_LEADER, SignatoryRole.REVIEW_EXPERT,
        *EXPERTS, SignatoryRole.REVIEW_AGENCY_HEAD,
    )
)  # fmt: skip
"""Who signs by hand; everybody else has a seal."""

SOMEBODIES = ("wang-jianguo", "li-fanghua", "chen-zhiqiang", "liu-yutong", "zhou-minghui")
KEYS = {
    **{role: KeyRef("soft", "enterprise-9136010099900011xn") for role in SignatoryRole},
    **{role: KeyRef("soft", "person-wang-jianguo") for role in PEOPLE},
    **dict(zip(EXPERTS, (KeyRef("soft", f"person-{name}") for name in SOMEBODIES), strict=False)),
    SignatoryRole.LEGAL_REPRESENTATIVE: KeyRef("soft", "person-li-fanghua"),
    SignatoryRole.DEVELOPER_LEADER: KeyRef("soft", "person-chen-zhiqiang"),
    SignatoryRole.SURVEY_LEADER: KeyRef("soft", "person-liu-yutong"),
    SignatoryRole.DESIGN_LEADER: KeyRef("soft", "person-zhou-minghui"),
    SignatoryRole.SUPERVISOR_LEADER: KeyRef("soft", "person-li-fanghua"),
    SignatoryRole.FORMER_EMPLOYER: KeyRef("soft", "enterprise-91360102999000128k"),
    SignatoryRole.DEVELOPER: KeyRef("soft", "enterprise-91360100ma99001679"),
    SignatoryRole.SURVEYOR: KeyRef("soft", "enterprise-91360102999000128k"),
    SignatoryRole.DESIGNER: KeyRef("soft", "enterprise-91361100999000152k"),
    SignatoryRole.SUPERVISOR: KeyRef("soft", "enterprise-913604009990001361"),
    SignatoryRole.REVIEW_AGENCY: KeyRef("soft", "enterprise-913604009990001361"),
    SignatoryRole.AUTHORITY: KeyRef("soft", "authority"),
    SignatoryRole.PLATFORM: KeyRef("soft", "platform"),
}
"""P-256, but for the developer's leader, the former employer, the surveyor, the designer and the platform: RSA. Those
who sign one document have a key each: pdfsig trusts a cert only the first time a file holds it.
"""
TSA = KeyRef("soft", "tsa")


@dataclass(frozen=True)
class Keyring:
    """The development PKI, made at ``now``: by the system's clock, which is what other people's validators go by."""

    pki: Pki
    keys: SoftKeyStore
    tsa: EmbeddedTsa
    now: datetime

    @classmethod
    def in_folder(cls, folder: Path) -> Keyring:
        now = datetime.now(UTC).replace(microsecond=0)
        pki = ensure(folder / "pki", published(folder), now)
        keys = SoftKeyStore(pki.keys, pki.passphrase)
        return cls(pki, keys, EmbeddedTsa.of(keys, TSA, lambda: now), now)

    def sealed(
        self,
        pdf: SignablePdf | SealedPdf,
        *roles: SignatoryRole,
        level: PadesLevel = B_B,
        shown: bool = True,
    ) -> SealedPdf:
        """One signature after the other, a minute apart."""
        for minute, role in enumerate(roles):
            pdf = seal(
                pdf,
                role,
                self.keys,
                KEYS[role],
                self.now + timedelta(minutes=minute),
                level=level,
                tsa=self.tsa,
                appearance=appearance(role) if shown else None,
            )
        assert isinstance(pdf, SealedPdf)
        return pdf

    def validated(self, data: bytes) -> Report:
        return validate(data, self.pki.anchors(), intermediates=self.pki.intermediates(), now=self.now)


@cache
def fonts() -> Fonts:
    build_fonts(Settings().fonts)
    return Fonts.load(Settings().fonts)


@cache
def template(which: TemplateId) -> Template:
    return load(TEMPLATES, which)


@cache
def rendered(which: TemplateId) -> RenderedPdf:
    return render(template(which), template(which).sample(), fonts(), MADE_AT)


@cache
def stamped(which: TemplateId) -> StampedPdf:
    return stamp_qr(rendered(which), ADDRESS, CHECK_CODE, fonts(), MADE_AT)


@cache
def signable(which: TemplateId) -> SignablePdf:
    return add_signature_fields(stamped(which))


@cache
def appearance(role: SignatoryRole) -> Appearance:
    artwork = {
        **{one: SealArtwork(SealKind.SIGNATURE, "王建国", strokes=sample_signature("王建国")) for one in PEOPLE},
        SignatoryRole.AUTHORITY: SealArtwork(SealKind.AUTHORITY, "示例省住房和城乡建设厅", ("行政审批专用章",)),
        SignatoryRole.PLATFORM: SealArtwork(SealKind.PLATFORM, "示例省数字住建服务中心"),
    }.get(role, SealArtwork(SealKind.ENTERPRISE, "江右示例建设集团有限公司", (), "3601009900001"))
    return draw(artwork, fonts().folder)


def field_named(pdf: pikepdf.Pdf, role: SignatoryRole) -> pikepdf.Object:
    return next(field for field in pdf.Root.AcroForm.Fields if str(field.T) == role.value)


def opened(data: bytes) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(data))
