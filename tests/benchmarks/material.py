"""What is measured on: one development PKI, one licence template, and people who all have another name, number and face.

Facts differ from document to document, so that nothing can be kept from one to the next that would not be kept in
earnest.
"""

from __future__ import annotations

import base64
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from cryptography.x509 import load_pem_x509_certificates

from signing_service.demo.portraits import sample_portrait
from signing_service.domain.codes import id_check
from signing_service.domain.documents import DocumentKind, PadesLevel, SealedPdf, SignablePdf, SignatoryRole, TemplateId
from signing_service.domain.keys import KeyAlgorithm, KeyRef
from signing_service.domain.seals import SealArtwork, SealKind
from signing_service.keystores.soft import SoftKeyStore
from signing_service.pipeline.appearance import Appearance, draw
from signing_service.pipeline.extend import TrustServices
from signing_service.pipeline.fonts import Fonts, build_fonts
from signing_service.pipeline.lay_out import add_signature_fields
from signing_service.pipeline.render import render
from signing_service.pipeline.seal import seal
from signing_service.pipeline.stamp import stamp_qr
from signing_service.pipeline.templates import Template, load
from signing_service.settings import ROOT, Settings
from signing_service.trust.description import Profile
from signing_service.trust.embedded import EmbeddedLine, EmbeddedServices
from signing_service.trust.issue import Validity
from signing_service.trust.pki import Pki, ensure
from signing_service.trust.revocation import CaInquiry
from signing_service.trust.tsa import EmbeddedTsa
from tests.factories_pki import add_key

AUTHORITY, PLATFORM, EMPLOYER = SignatoryRole.AUTHORITY, SignatoryRole.PLATFORM, SignatoryRole.EMPLOYER
P256, P256_TOO, RSA = KeyRef("soft", "authority"), KeyRef("soft", "authority-city"), KeyRef("soft", "platform")
LICENCE = TemplateId(DocumentKind.LICENCE, "special_operation", "2026-01")
FORM = TemplateId(DocumentKind.FORM, "so_renew_form", "2026-01")
TSA_RSA = "tsa-rsa"
CHECK_CODE = "7K2M-4PX9-C3TW"

FAMILY = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许邓韩冯曹"
GIVEN = "建国志强秀英桂兰海燕晓明文华春梅永红卫东玉珍德福小军丽娟佳琪子涵浩然雨欣嘉怡思远梓萱宇航"


@dataclass(frozen=True)
class Material:
    folder: Path
    pki: Pki
    keys: SoftKeyStore
    now: datetime
    services: TrustServices
    fonts: Fonts
    template: Template
    _people: Iterator[int] = field(default_factory=count)

    @cached_property
    def photos(self) -> list[bytes]:
        return [sample_portrait(f"bench {number}", woman=number % 2 == 0) for number in range(8)]

    @cached_property
    def sample(self) -> dict[str, Any]:
        return self.template.sample()

    @cached_property
    def seal_of_authority(self) -> Appearance:
        artwork = SealArtwork(SealKind.AUTHORITY, "示例省住房和城乡建设厅", ("行政审批专用章",))
        return draw(artwork, self.fonts.folder)

    def person(self, number: int) -> dict[str, Any]:
        """Facts of a licence: name, numbers, days and face of person ``number``."""
        until = f"{2028 + number % 3}-{1 + number % 12:02d}-{1 + number % 28:02d}"
        return {
            **self.sample,
            "holder_name": name_of(number),
            "id_no": id_number(number),
            "licence_no": f"赣A042026{number % 1_000_000:06d}",
            "valid_until": until,
            "photo": self.photos[number % len(self.photos)],
        }

    def licence(self) -> SignablePdf:
        """The next person's licence: rendered, stamped, with its fields laid."""
        number = next(self._people)
        rendered = render(self.template, self.person(number), self.fonts, self.now)
        stamped = stamp_qr(rendered, address_of(number), CHECK_CODE, self.fonts, self.now)
        return add_signature_fields(stamped)

    def sealed(
        self,
        pdf: SignablePdf | SealedPdf,
        role: SignatoryRole,
        key: KeyRef,
        level: PadesLevel = PadesLevel.B_B,
        *,
        shown: bool = False,
    ) -> SealedPdf:
        return seal(
            pdf,
            role,
            self.keys,
            key,
            self.now,
            level=level,
            tsa=self.services.tsa,
            services=self.services,
            appearance=self.seal_of_authority if shown else None,
        )

    def for_peers(self) -> dict[str, str]:
        """The same people, keys and certs as files, for those who are measured in processes of their own: folder and list."""
        folder = self.folder / "for-peers"
        people = folder / "people.json"
        if not people.exists():
            folder.mkdir()
            facts = [
                {**self.person(number), "address": address_of(number)}
                | {"photo": base64.b64encode(self.person(number)["photo"]).decode()}
                for number in range(64)
            ]
            people.write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")
            self._write_keys(folder)
        return {"keys": str(folder), "people": str(people), "font": str(self.fonts.folder / "sans.ttf")}

    def _write_keys(self, folder: Path) -> None:
        """Keys in the open, each with its cert; the chain, the anchor and the lists of revoked certs."""
        around = Validity(self.now - timedelta(days=1), self.now + timedelta(days=365))
        # pyHanko's own time-stamping authority knows RSA only
        add_key(
            self.pki, TSA_RSA, issuer="authority", profile=Profile.TSA, validity=around, algorithm=KeyAlgorithm.RSA_2048
        )
        chain = [self.pki.cas["authority"]]
        for label in (P256.label, RSA.label, TSA_RSA):
            pem = (self.pki.keys / f"{label}.pem").read_bytes()
            key: Any = load_pem_private_key(pem, self.pki.passphrase)
            cert = load_pem_x509_certificates(pem)[0]
            (folder / f"{label}.key.pem").write_bytes(
                key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            )
            (folder / f"{label}.pem").write_bytes(cert.public_bytes(Encoding.PEM))
            sealed = BestAvailableEncryption(b"bench")
            (folder / f"{label}.p12").write_bytes(
                serialize_key_and_certificates(label.encode(), key, cert, chain, sealed)
            )
        (folder / "chain.pem").write_bytes(b"".join(one.public_bytes(Encoding.PEM) for one in chain))
        (folder / "root.pem").write_bytes(self.pki.cas["root"].public_bytes(Encoding.PEM))
        lists = EmbeddedServices(self.pki, lambda: self.now)
        for ca in ("root", "authority"):
            (folder / f"{ca}.crl").write_bytes(lists.crl(ca))


def name_of(number: int) -> str:
    step = number * 7 + 3
    given = GIVEN[step % len(GIVEN)] + GIVEN[(step // len(GIVEN) + 5 * number) % len(GIVEN)]
    return FAMILY[number % len(FAMILY)] + given


def id_number(number: int) -> str:
    """An ID number that adds up, another for each ``number`` below 300,000: day of birth and sequence."""
    day = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=number % 10_000)
    head = f"360103{day:%Y%m%d}{500 + number // 10_000 * 10 + number % 10:03d}"
    return head + id_check(head)


def address_of(number: int) -> str:
    return f"https://verify.signing-service.example/v/{number:06d}m4kx9c3t8w5n6r0d1e2f"


@contextmanager
def prepared() -> Iterator[Material]:
    """Everything made anew, in a folder that is removed afterwards. Fonts are those of ``var/fonts``."""
    settings = Settings()
    build_fonts(settings.fonts)
    with tempfile.TemporaryDirectory(prefix="signing-bench-") as name:
        folder = Path(name)
        now = datetime.now(UTC).replace(microsecond=0)
        pki = ensure(folder / "pki", ROOT / "certs" / "pki.toml", now)
        keys = SoftKeyStore(pki.keys, pki.passphrase)
        tsa = EmbeddedTsa.of(keys, KeyRef("soft", "tsa"), lambda: now)
        line = EmbeddedLine(EmbeddedServices(pki, lambda: now))
        inquiry = CaInquiry(pki.anchors(), pki.intermediates(), [line], timedelta(minutes=5))
        yield Material(
            folder=folder,
            pki=pki,
            keys=keys,
            now=now,
            services=TrustServices(tsa, inquiry, pki.intermediates()),
            fonts=Fonts.load(settings.fonts),
            template=load(ROOT / "templates", LICENCE),
        )
