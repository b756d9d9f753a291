"""The signed code survives the printer, the phone and the thumb; the licence's data travel in the file."""

from __future__ import annotations

import io
import json
import random
from functools import cache

import pikepdf
import pytest
import zxingcpp
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from PIL import Image, ImageDraw, ImageFilter

from signing_service.attest.signed_code import sign_code
from signing_service.domain.documents import POINTS_PER_MM, StampedPdf, TemplateId
from signing_service.domain.licences import Licence, LicenceStatus, LicenceType
from signing_service.pipeline.prove import read_qr_codes
from signing_service.pipeline.record import canonical_record, read_record, record_hash
from signing_service.pipeline.render import render
from signing_service.pipeline.stamp import QUIET_ZONE, SMALLEST_MODULE, qr_matrix, stamp_qr
from signing_service.workflows.code_statement import ROOM_FOR_TEXTS, statement_of
from tests.unit.pipeline.sealing import CHECK_CODE, LICENCE, MADE_AT, fonts, template
from tests.unit.pipeline.test_stamp import pages

PRIVATE = ec.derive_private_key(0x5EED, ec.SECP256R1())
ORIGIN = "https://verify.signing-service.example/v/abcdefghijklmnopqrstuvwxya"
RECORD = canonical_record({"holder_name": "欧阳𬭎", "licence_no": "赣A042024000123"})


def licence(**facts: object) -> Licence:
    day = MADE_AT.date()
    return Licence(
        number="赣A042024000123",
        version=1,
        type=LicenceType.SPECIAL_OPERATION,
        identifier="1.2.156",
        status=LicenceStatus.ISSUING,
        holder="360102199003070014",
        holder_name="欧阳𬭎",
        employer=None,
        authority="11360000999000013K",
        issued_on=day,
        valid_from=day,
        valid_until=day,
        facts=facts,
        status_index=(1 << 24) - 1,
    )


def digits(**facts: object) -> str:
    statement = statement_of(licence(**facts), RECORD)
    return sign_code(statement, b"\1\2\3\4", lambda data: PRIVATE.sign(data, ec.ECDSA(SHA256())))


@cache
def address() -> str:
    return f"{ORIGIN}#{digits(category_name='建筑起重信号司索工', employer_name='江右示例建设集团有限公司')}"


@cache
def stamped(which: TemplateId = LICENCE) -> StampedPdf:
    rendered = render(template(which), template(which).sample(), fonts(), MADE_AT, RECORD)
    return stamp_qr(rendered, address(), CHECK_CODE, fonts(), MADE_AT)


def test_the_code_is_read_back_whole() -> None:
    assert read_qr_codes(stamped().data) == [(address(),)]


def test_the_longest_statement_still_fits_the_zone_at_half_a_millimetre_a_module() -> None:
    longest = digits(employer_name="长" * 120, specialties=[{"name": "专业" * 6}] * 9)
    modules = len(qr_matrix("https://" + "h" * 40 + "/v/" + "a" * 26 + "#" + longest)) + 2 * QUIET_ZONE
    zone = stamped().rendered.qr_zones[0]
    assert zone.width / modules >= SMALLEST_MODULE


def test_a_name_too_long_for_the_code_is_cut_and_shows_it() -> None:
    statement = statement_of(licence(employer_name="长" * 60, category_name="工种"), RECORD)
    assert statement.organisation.endswith("长…")
    texts = statement.holder + statement.organisation + statement.specialty
    assert ROOM_FOR_TEXTS - 3 < len(texts.encode()) <= ROOM_FOR_TEXTS


def test_the_code_is_read_from_a_bad_print() -> None:
    """200 dpi, turned by up to 8 degrees, blurred, noisy, a corner of 15 % of its side covered: 38 of 40."""
    [page] = pages(stamped().data, 200)
    zone = stamped().rendered.qr_zones[0]
    chance = random.Random(20261122)
    scale = 200 / 72
    margin = 6 * POINTS_PER_MM
    height = page.height / scale
    print_ = page.convert("L").crop(
        (
            int((zone.left - margin) * scale),
            int((height - zone.top - margin) * scale),
            int((zone.right + margin) * scale),
            int((height - zone.bottom + margin) * scale),
        )
    )
    read = sum(_is_read(_worn(print_, chance)) for _ in range(40))
    assert read >= 38


def _worn(print_: Image.Image, chance: random.Random) -> Image.Image:
    worn = print_.copy()
    covered = int(0.15 * worn.width)
    # the three finding patterns stay: a code without them is not found, whatever it says
    left = worn.width // 2 + chance.randrange(worn.width // 4)
    top = worn.height // 2 + chance.randrange(worn.height // 4)
    ImageDraw.Draw(worn).rectangle((left, top, left + covered, top + covered), fill=chance.choice((0, 128, 255)))
    turned = worn.rotate(chance.uniform(-8, 8), Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    shear = chance.uniform(-0.06, 0.06)
    skewed = turned.transform(
        turned.size,
        Image.Transform.AFFINE,
        (1, shear, -shear * turned.height / 2, 0, 1, 0),
        Image.Resampling.BICUBIC,
        fillcolor=255,
    )
    blurred = skewed.filter(ImageFilter.GaussianBlur(chance.uniform(0.6, 1.1)))
    noise = Image.effect_noise(blurred.size, 40)
    return Image.blend(blurred, noise, 0.12)


def _is_read(image: Image.Image) -> bool:
    found = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    return [code.text for code in found] == [address()]


# ---- the record


def test_the_record_travels_in_the_file_as_its_data() -> None:
    assert read_record(stamped().data) == RECORD
    with pikepdf.open(io.BytesIO(stamped().data)) as pdf:
        [specification] = pdf.Root.AF
        assert str(specification.AFRelationship) == "/Data"
        metadata = pdf.Root.Metadata.read_bytes()
    assert b">3<" in metadata or b'"3"' in metadata


def test_a_document_without_data_carries_none() -> None:
    plain = render(template(LICENCE), template(LICENCE).sample(), fonts(), MADE_AT)
    assert read_record(plain.data) is None


def test_the_same_record_makes_the_same_bytes() -> None:
    again = render(template(LICENCE), template(LICENCE).sample(), fonts(), MADE_AT, RECORD)
    assert stamp_qr(again, address(), CHECK_CODE, fonts(), MADE_AT).data == stamped().data


def test_the_record_is_canonical_json() -> None:
    """RFC 8785, 3.2.3: names sorted, no white space, only the escapes that must be."""
    record = canonical_record({"b": [1, {"d": "\u20ac\u000a"}], "a": "𬭎"})
    assert record == '{"a":"𬭎","b":[1,{"d":"€\\n"}]}'.encode()
    assert json.loads(record) == {"a": "𬭎", "b": [1, {"d": "€\n"}]}
    assert record_hash(record) != record_hash(record + b" ")
    with pytest.raises(TypeError):
        canonical_record({"a": [{"b": 0.1}]})
