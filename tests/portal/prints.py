"""Prints of invented licences: a code as an issuer signs it, drawn on a sheet, and photographed badly."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import qrcode
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from PIL import Image, ImageDraw, ImageFilter
from qrcode.util import QRData

from signing_service.attest.code_keys import CodeKey, CodeKeys
from signing_service.attest.signed_code import sign_code
from signing_service.attest.statement import Statement
from tests.portal.samples import DOCUMENTS, ORIGIN, code_of

ISSUED = date(2023, 3, 1)


@dataclass(frozen=True)
class Issuer:
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def new(cls) -> Issuer:
        return cls(ec.generate_private_key(ec.SECP256R1()))

    @property
    def published(self) -> CodeKey:
        return CodeKey(self.key.public_key(), date(2020, 1, 1))

    def write_keys(self, path: Path) -> Path:
        path.write_text(json.dumps(CodeKeys.of([self.published]).to_json()), encoding="utf-8")
        return path

    def digits(self, number: str) -> str:
        statement = Statement(
            number, "王建国", "江西示例建设有限公司", "建筑起重机械司机", ISSUED, date(2029, 2, 28), 7, bytes(16)
        )
        return sign_code(statement, self.published.kid, lambda data: self.key.sign(data, ec.ECDSA(hashes.SHA256())))

    def address(self, name: str, number: str = "", origin: str = ORIGIN) -> str:
        """What the QR of the sample document ``name`` says."""
        return f"{origin}/v/{code_of(name)}#{self.digits(number or DOCUMENTS[name].number)}"


def code(text: str, module: int = 5) -> Image.Image:
    drawn = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, border=4, box_size=module)
    before, mark, digits = text.partition("#")
    drawn.add_data(QRData((before + mark).encode(), mode=4), optimize=0)
    if digits.isdigit():
        drawn.add_data(QRData(digits.encode(), mode=1), optimize=0)
    elif digits:
        drawn.add_data(QRData(digits.encode(), mode=4), optimize=0)
    drawn.make(fit=True)
    return drawn.make_image().get_image().convert("RGB")


def sheet(*texts: str) -> Image.Image:
    """A sheet of paper with lines of print and codes on it, turned a little and out of focus a little."""
    page = Image.new("RGB", (1240, 1500), "#fdfdfa")
    draw = ImageDraw.Draw(page)
    for line in range(14):
        draw.rectangle((120, 120 + line * 45, 1100 - 37 * (line % 5), 132 + line * 45), fill="#222")
    for place, text in enumerate(texts):
        page.paste(code(text), (100 + place * 560, 900))
    return page.rotate(2, expand=True, fillcolor="#998").filter(ImageFilter.GaussianBlur(0.6))


def as_bytes(image: Image.Image, kind: str = "JPEG", **how: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **how)
    return out.getvalue()


def photo(*texts: str) -> bytes:
    return as_bytes(sheet(*texts), quality=80)
