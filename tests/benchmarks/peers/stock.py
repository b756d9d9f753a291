"""The stock libraries used as their documentation shows it: reportlab with its accelerator draws, pyHanko signs and validates.

Run by ``side.Peers``: ``stock.py ACCELERATOR``, a folder with rl_accel.
"""

from __future__ import annotations

import asyncio
import base64
import io
import itertools
import json
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

sys.path.append(sys.argv[1])

import qrcode
from answering import answer
from cryptography.hazmat.primitives import serialization
from PIL import Image, ImageDraw
from pyhanko.keys import load_cert_from_pemder, load_certs_from_pemder
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import signers, timestamps
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

LOOP = asyncio.new_event_loop()
LABELS = {
    "holder_name": "姓名",
    "gender": "性别",
    "licence_no": "证号",
    "id_no": "身份证号",
    "category_name": "操作类别",
    "first_issued_on": "初次领证日期",
    "valid_from": "有效期自",
    "valid_until": "有效期至",
    "authority_name": "发证机关",
    "issued_on": "发证日期",
}
LOAD_KEY = serialization.load_der_private_key


# ---- drawing


@cache
def people(path: str) -> list[dict[str, Any]]:
    return json.loads(Path(path).read_text(encoding="utf-8"))


@cache
def seal_picture() -> bytes:
    """A round seal of 480 pixels, as a PNG with transparency."""
    picture = Image.new("RGBA", (480, 480), (0, 0, 0, 0))
    pen = ImageDraw.Draw(picture)
    pen.ellipse((8, 8, 472, 472), outline=(200, 20, 20, 235), width=14)
    pen.regular_polygon((240, 240, 90), 5, rotation=0, fill=(200, 20, 20, 235))
    for angle in range(0, 360, 15):
        pen.arc((50, 50, 430, 430), angle, angle + 9, fill=(200, 20, 20, 210), width=46)
    written = io.BytesIO()
    picture.save(written, "PNG")
    return written.getvalue()


def drawn(person: dict[str, Any]) -> bytes:
    out = io.BytesIO()
    width, height = landscape(A4)
    canvas = Canvas(out, pagesize=(width, height), pageCompression=1)
    canvas.setStrokeColorRGB(0.72, 0.82, 0.78)
    canvas.setLineWidth(0.3)
    for step in range(24):
        top = height * step / 24
        canvas.bezier(0, top, width / 3, height - top, 2 * width / 3, top / 2, width, height - top)
    canvas.setFillColorRGB(0, 0, 0)
    canvas.setFont("sans", 26)
    canvas.drawCentredString(width / 2, height - 36 * mm, "建筑施工特种作业操作资格证书")
    canvas.setFont("sans", 12)
    for row, (fact, label) in enumerate(LABELS.items()):
        left, top = (76 + 100 * (row % 2)) * mm, height - (62 + 12.5 * (row // 2)) * mm
        canvas.drawString(left, top, f"{label}：{person[fact]}")
    canvas.setFont("sans", 9)
    canvas.drawString(24 * mm, 24 * mm, f"电子证照标识：{person['identifier']}")
    canvas.drawImage(
        ImageReader(io.BytesIO(base64.b64decode(person["photo"]))), 36 * mm, height - 98 * mm, 27 * mm, 37 * mm
    )
    code = qrcode.make(person["address"], error_correction=qrcode.ERROR_CORRECT_M)
    canvas.drawImage(ImageReader(code.get_image()), 36 * mm, 38 * mm, 36 * mm, 36 * mm)
    canvas.drawImage(ImageReader(io.BytesIO(seal_picture())), width - 90 * mm, 40 * mm, 42 * mm, 42 * mm, mask="auto")
    canvas.save()
    return out.getvalue()


def render_job(job: dict[str, Any]) -> Callable[[], bytes]:
    if "sans" not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont("sans", job["font"]))
    persons = itertools.cycle(people(job["people"]))
    return lambda: drawn(next(persons))


# ---- signing


class KeyCached(signers.SimpleSigner):
    """As pyHanko's, but the private key is opened once and not for every signature."""

    def sign_raw(self, data: bytes, digest_algorithm: str) -> bytes:
        key = self._key
        serialization.load_der_private_key = lambda *_args, **_named: key  # type: ignore[assignment]
        try:
            return super().sign_raw(data, digest_algorithm)
        finally:
            serialization.load_der_private_key = LOAD_KEY  # type: ignore[assignment]


class StamperCached(timestamps.DummyTimeStamper):
    """pyHanko's own authority in the process, its key opened once."""

    def request_tsa_response(self, req: Any) -> Any:
        key = self._key
        serialization.load_der_private_key = lambda *_args, **_named: key  # type: ignore[assignment]
        try:
            return super().request_tsa_response(req)
        finally:
            serialization.load_der_private_key = LOAD_KEY  # type: ignore[assignment]


def signer(keys: str, label: str, *, cached: bool) -> signers.SimpleSigner:
    folder = Path(keys)
    opened = signers.SimpleSigner.load(
        str(folder / f"{label}.key.pem"), str(folder / f"{label}.pem"), ca_chain_files=[folder / "chain.pem"]
    )
    if cached:
        opened.__class__ = KeyCached
        opened._key = LOAD_KEY(opened.signing_key.dump(), None)
    return opened


def stamper(keys: str) -> StamperCached:
    own = signer(keys, "tsa-rsa", cached=True)
    store = SimpleCertificateStore()
    store.register_multiple(load_certs_from_pemder([Path(keys) / "chain.pem"]))
    made = StamperCached(own.signing_cert, own.signing_key, certs_to_embed=store)
    made._key = own._key
    return made


def context(keys: str) -> ValidationContext:
    folder = Path(keys)
    return ValidationContext(
        trust_roots=[load_cert_from_pemder(folder / "root.pem")],
        other_certs=list(load_certs_from_pemder([folder / "chain.pem"])),
        crls=[path.read_bytes() for path in sorted(folder.glob("*.crl"))],
        allow_fetching=False,
        revocation_mode="soft-fail",
    )


def sign_stock(data: bytes, own: signers.SimpleSigner, field: str) -> bytes:
    meta = signers.PdfSignatureMetadata(field_name=field, subfilter=SigSeedSubFilter.PADES)
    return signers.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(data)), meta, signer=own).getvalue()


def sign_at(job: dict[str, Any], own: signers.SimpleSigner) -> Callable[[bytes], bytes]:
    """In one event loop, at the level asked for."""
    level, keys = job["level"], job["keys"]
    stamps = stamper(keys) if level != "B-B" else None
    long_term = level in ("B-LT", "B-LTA")

    def sign(data: bytes) -> bytes:
        meta = signers.PdfSignatureMetadata(
            field_name=job["field"],
            subfilter=SigSeedSubFilter.PADES,
            embed_validation_info=long_term,
            use_pades_lta=level == "B-LTA",
            validation_context=context(keys) if long_term else None,
        )
        writer = IncrementalPdfFileWriter(io.BytesIO(data))
        made = signers.async_sign_pdf(writer, meta, signer=own, timestamper=stamps)
        return LOOP.run_until_complete(made).getvalue()

    return sign


def sign_job(job: dict[str, Any]) -> Callable[[], bytes]:
    data = Path(job["file"]).read_bytes()
    own = signer(job["keys"], job["key"], cached=job["cached"])
    if not job["cached"]:
        return lambda: sign_stock(data, own, job["field"])
    sign = sign_at(job, own)
    return lambda: sign(data)


def licence_job(job: dict[str, Any]) -> Callable[[], bytes]:
    """Drawn and signed, the whole licence."""
    render = render_job(job)
    if job.get("cached"):
        sign = sign_at(job, signer(job["keys"], job["key"], cached=True))
        return lambda: sign(render())
    own = signer(job["keys"], job["key"], cached=False)
    return lambda: sign_stock(render(), own, "Signature1")


def write_job(job: dict[str, Any]) -> Callable[[], object]:
    """The file that others are to look at, for what pyHanko has signed is a foreigner's signature to us."""
    make = sign_job(job)
    return lambda: Path(job["out"]).write_bytes(make())


# ---- validating


def validate_job(job: dict[str, Any]) -> Callable[[], object]:
    data, keys = Path(job["file"]).read_bytes(), job["keys"]

    async def all_of_them() -> None:
        reader = PdfFileReader(io.BytesIO(data))
        known = context(keys)
        if job.get("long_term"):
            store = DocumentSecurityStore.read_dss(reader)
            root = load_cert_from_pemder(Path(keys) / "root.pem")
            known = store.as_validation_context(
                {"trust_roots": [root], "allow_fetching": False, "revocation_mode": "soft-fail"}
            )
        for one in reader.embedded_regular_signatures:
            status = await async_validate_pdf_signature(
                one, signer_validation_context=known, ts_validation_context=known
            )
            if not (status.intact and status.valid):
                raise ValueError(status.summary())

    return lambda: LOOP.run_until_complete(all_of_them())


asyncio.set_event_loop(LOOP)
answer({"render": render_job, "sign": sign_job, "licence": licence_job, "write": write_job, "validate": validate_job})
