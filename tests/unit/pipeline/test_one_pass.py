"""A licence is drawn over its edition's plate and written once, signed: the same bytes, sound, small, and no work twice."""

from __future__ import annotations

import hashlib
import io
import os
import random
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
import qrcode
from pikepdf import pdfa
from PIL import Image, ImageChops
from qrcode.util import QRData

from signing_service.domain.documents import SignablePdf, SignatoryRole, TemplateId
from signing_service.domain.errors import Problem
from signing_service.domain.verdicts import Verdict
from signing_service.pipeline import glyphs
from signing_service.pipeline.body import unwritten
from signing_service.pipeline.fonts import FILES
from signing_service.pipeline.lay_out import add_signature_fields, as_it_stands
from signing_service.pipeline.plate import plate_of
from signing_service.pipeline.record import read_record
from signing_service.pipeline.render import render
from signing_service.pipeline.seal import begin_seal, finish_seal
from signing_service.pipeline.sheet import Picture
from signing_service.pipeline.stamp import MASK, qr_matrix, stamp_qr
from signing_service.pipeline.templates import load
from signing_service.settings import ROOT
from tests.unit.pipeline.sealing import (
    ADDRESS,
    AUTHORITY,
    B_B,
    CHECK_CODE,
    EVERY_TEMPLATE,
    KEYS,
    LICENCE,
    MADE_AT,
    PLATFORM,
    RENEWAL,
    TEMPLATES,
    Keyring,
    appearance,
    field_named,
    fonts,
    opened,
    rendered,
    signable,
    stamped,
    template,
)

every_template = pytest.mark.parametrize("which", EVERY_TEMPLATE, ids=str)
every_licence = pytest.mark.parametrize("which", [one for one in EVERY_TEMPLATE if one.kind == "licence"], ids=str)
RECORD = b'{"licence_no":"1"}'


def laid(record: bytes | None = None, **changes: Any) -> SignablePdf:
    drawn = render(template(LICENCE), {**template(LICENCE).sample(), **changes}, fonts(), MADE_AT, record)
    return add_signature_fields(stamp_qr(drawn, ADDRESS, CHECK_CODE, fonts(), MADE_AT))


def sealed(pdf: SignablePdf, role: SignatoryRole, keyring: Keyring) -> bytes:
    signer = keyring.keys.signing_cert(KEYS[role])
    prepared = begin_seal(pdf, role, signer, keyring.now, level=B_B, appearance=appearance(role))
    return finish_seal(prepared, keyring.keys.sign(KEYS[role], prepared.to_be_signed), None).data


# ---- one file


@every_template
def test_the_first_signature_is_in_the_file_when_it_is_written(which: TemplateId, keyring: Keyring) -> None:
    data = sealed(signable(which), signable(which).fields[0], keyring)
    assert data.count(b"%%EOF") == 1
    assert b"/Prev" not in data
    assert keyring.validated(data).verdict is Verdict.TOTAL_PASSED


def what_is_said(data: bytes, role: SignatoryRole) -> list[Any]:
    """Of a signature, its field and its appearance, all but the numbers of objects and places in the file."""

    def entries(dictionary: pikepdf.Object, *but: str) -> dict[str, bytes]:
        kept = {key: value for key, value in dictionary.items() if key not in but}
        return {key: pikepdf.Array([value]).unparse(resolved=True) for key, value in kept.items()}

    with opened(data) as pdf:
        field = field_named(pdf, role)
        return [
            entries(field, "/V", "/AP", "/P", "/Lock"),
            entries(field.V, "/Contents", "/ByteRange", "/Reference"),
            [(entries(one, "/Data"), "/Data" in one) for one in field.V.Reference],
            (entries(field.AP.N), field.AP.N.read_bytes()) if "/AP" in field else None,
            pdf.Root.Perms.DocMDP.objgen == field.V.objgen,
        ]


@every_template
def test_a_signature_written_at_once_says_what_an_appended_one_says(which: TemplateId, keyring: Keyring) -> None:
    role = signable(which).fields[0]
    at_once = sealed(signable(which), role, keyring)
    stored = as_it_stands(signable(which).data)
    assert isinstance(stored, SignablePdf)
    appended = sealed(stored, role, keyring)
    assert appended.startswith(stored.data)
    assert what_is_said(at_once, role) == what_is_said(appended, role)


@every_template
def test_the_signed_file_breaks_no_rule_of_pdf_a_and_qpdf_finds_nothing(
    which: TemplateId, keyring: Keyring, tmp_path: Path
) -> None:
    data = keyring.sealed(signable(which), *signable(which).fields).data
    report = pdfa.validate_written(io.BytesIO(data), "2b")
    assert {(finding.rule, finding.kind) for finding in report.findings} == {("pikepdf:schema-Catalog", "unsupported")}
    if shutil.which("qpdf"):
        (tmp_path / "signed.pdf").write_bytes(data)
        told = subprocess.run(["qpdf", "--check", tmp_path / "signed.pdf"], capture_output=True, text=True)
        assert told.returncode == 0, told


def test_a_licence_with_its_data_is_pdf_a_3b_and_keeps_it_when_signed(keyring: Keyring) -> None:
    drawn = render(template(LICENCE), template(LICENCE).sample(), fonts(), MADE_AT, RECORD)
    report = pdfa.validate_written(io.BytesIO(drawn.data), "3b")
    assert report.verdict == "pass", report.findings
    assert read_record(sealed(laid(RECORD), AUTHORITY, keyring)) == RECORD


def test_an_unknown_place_to_sign_is_refused(keyring: Keyring) -> None:
    with pytest.raises(Problem, match="SLOT_NOT_OPEN"):
        sealed(signable(LICENCE), SignatoryRole.HOLDER, keyring)


def test_nothing_is_drawn_on_a_file_that_was_read_back() -> None:
    with pytest.raises(TypeError, match="not written yet"):
        stamp_qr(replace(rendered(LICENCE), body=signable(LICENCE).data), ADDRESS, CHECK_CODE, fonts(), MADE_AT)


# ---- the same bytes


def test_the_same_body_signed_twice_is_the_same_and_another_moment_is_not(keyring: Keyring) -> None:
    signer = keyring.keys.signing_cert(KEYS[AUTHORITY])
    once, again, later = (
        begin_seal(laid(RECORD), AUTHORITY, signer, at, level=B_B, appearance=appearance(AUTHORITY)).update
        for at in (keyring.now, keyring.now, keyring.now + timedelta(seconds=1))
    )
    assert once == again
    assert later.digest("sha256") != once.digest("sha256")


_IN_ANOTHER_PROCESS = """
import hashlib
from tests.unit.pipeline.sealing import LICENCE, RENEWAL, signable
print(*(hashlib.sha256(signable(which).data).hexdigest() for which in (LICENCE, RENEWAL)))
"""


def test_another_process_writes_the_same_bytes() -> None:
    """Sets are ordered by chance from process to process; files are not."""
    told = subprocess.run(
        [sys.executable, "-c", _IN_ANOTHER_PROCESS],
        env={**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split() == [hashlib.sha256(signable(which).data).hexdigest() for which in (LICENCE, RENEWAL)]


def test_documents_that_differ_in_the_photo_alone_have_different_identifiers() -> None:
    identifiers = set()
    for grey in (10, 200):
        with opened(laid(photo=jpeg("RGB", fill=grey)).data) as pdf:
            identifiers.add(bytes(pdf.trailer.ID[0]))
    assert len(identifiers) == 2


# ---- the plate


@every_licence
def test_what_never_changes_is_made_once_per_edition(which: TemplateId) -> None:
    plate = plate_of(template(which), fonts())
    assert plate is not None
    assert plate_of(load(TEMPLATES, which), fonts()) is plate, "read again, it is the same edition"
    assert unwritten(rendered(which).body).plate is plate
    for item in plate.objects:
        assert item in signable(which).data


def test_an_edited_template_has_another_plate_and_a_form_has_none() -> None:
    one = template(LICENCE)
    assert one.face is not None
    moved = replace(one, face=replace(one.face, marks=one.face.marks[1:]))
    assert plate_of(moved, fonts()) is not plate_of(one, fonts())
    assert plate_of(template(RENEWAL), fonts()) is None


@every_licence
def test_a_page_drawn_over_the_plate_is_the_page_drawn_whole(which: TemplateId) -> None:
    """The plate under blank values, and the values on blank paper, make the page together."""
    whole = image(rendered(which).data)
    body = unwritten(rendered(which).body)
    bare = image(replace(body, pages=tuple(replace(page, drawings=()) for page in body.pages)).data)
    values = image(replace(body, plate=None).data)
    assert ImageChops.difference(ImageChops.darker(bare, values), whole).getextrema()[1] <= 40
    assert (
        min(ImageChops.difference(bare, whole).getextrema()[1], ImageChops.difference(values, whole).getextrema()[1])
        > 40
    )


def image(data: bytes, dpi: int = 100) -> Image.Image:
    document = pypdfium2.PdfDocument(data)
    try:
        return document[0].render(scale=dpi / 72, grayscale=True).to_pil()
    finally:
        document.close()


def test_a_value_set_smaller_stays_on_the_line_of_its_label() -> None:
    baselines = []
    for name in ("王建国", "阿卜杜热合曼·买买提吐尔逊江·艾合买提"):
        document = pypdfium2.PdfDocument(laid(holder_name=name).data)
        try:
            words = document[0].get_textpage()
            index = words.get_text_range().index(name[-1])
            baselines.append(words.get_charbox(index, loose=True)[1])
            sizes = words.get_charbox(index)
        finally:
            document.close()
        assert sizes[2] > sizes[0]
    first, second = baselines
    # the loose box reaches below the baseline by a part of the size
    assert first <= second <= first + 1.5


# ---- fonts


def test_a_face_is_parsed_once_in_a_process() -> None:
    before = glyphs._face.cache_info().misses
    laid(holder_name="龘靐")
    laid(holder_name="齉𬭎")
    after = glyphs._face.cache_info()
    assert after.misses - before <= 1, "the face of rare characters, when nothing asked for it before"
    assert after.currsize <= len(FILES)


def test_two_characters_that_share_a_glyph_are_copied_out_as_what_they_are() -> None:
    (text,) = texts(laid(holder_name="①➀").data)
    assert "①➀" in text


def test_a_licence_embeds_no_character_twice_that_the_plate_holds() -> None:
    """Days and numbers are set from the plate; what is embedded besides is the name and the like."""
    plate = plate_of(template(LICENCE), fonts())
    assert plate is not None
    with opened(rendered(LICENCE).data) as pdf:
        names = set(pdf.pages[0].Resources.Font.keys())
    assert names == {"/serif", "/stock-serif", "/stock-sans"}


def texts(data: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(data)
    try:
        return [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()


# ---- photos


def jpeg(mode: str, *, fill: int = 128, **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new(mode, (295, 413), (fill,) * len(Image.new(mode, (1, 1)).getbands())).save(out, "JPEG", **options)
    return out.getvalue()


@pytest.mark.parametrize(("mode", "options"), [("RGB", {}), ("L", {}), ("RGB", {"progressive": True})])
def test_a_jpeg_in_grey_or_colour_is_taken_as_it_is(mode: str, options: dict[str, Any]) -> None:
    photo = jpeg(mode, **options)
    assert Picture.of(photo) == Picture(photo, 295, 413, grey=mode == "L")
    assert photo in laid(photo=photo).data


def test_what_is_no_whole_jpeg_header_is_no_picture() -> None:
    photo = jpeg("RGB")
    frame = photo.index(b"\xff\xc0")
    for wrong in (b"", photo[:frame], photo[: frame + 9], photo[2:], jpeg("CMYK"), b"\xff\xd8" + photo[frame + 19 :]):
        assert Picture.of(wrong) is None
    chance = random.Random(4)
    for _ in range(300):
        noise = b"\xff\xd8\xff" + chance.randbytes(40)
        picture = Picture.of(noise)
        assert picture is None or picture.width * picture.height > 0


# ---- the code


@pytest.mark.parametrize("digits", ["", "#" + "0123456789" * 3, "#" + "9876543210" * 64])
def test_another_encoder_lays_every_module_alike(digits: str) -> None:
    address, mark, number = (ADDRESS + digits).partition("#")
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, border=0, mask_pattern=MASK)
    code.add_data(QRData((address + mark).encode(), mode=4), optimize=0)
    if number:
        code.add_data(QRData(number.encode(), mode=1), optimize=0)
    code.make(fit=True)
    assert [[module == 0 for module in row] for row in qr_matrix(ADDRESS + digits)] == code.get_matrix()


# ---- size


def test_a_licence_with_a_photo_of_24_kb_and_its_fields_laid_is_at_most_85_kb() -> None:
    noise = Image.effect_noise((295, 413), 40).convert("RGB")
    out = io.BytesIO()
    for quality in range(20, 95, 2):
        out = io.BytesIO()
        noise.save(out, "JPEG", quality=quality)
        if out.tell() >= 24_000:
            break
    photo = out.getvalue()
    assert 24_000 <= len(photo) < 27_000
    record = b'{"x":"%s"}' % (b"y" * 400)
    assert len(laid(record, photo=photo).data) + 24_000 - len(photo) <= 85_000


def test_a_signature_without_a_picture_adds_at_most_five_kilobytes(keyring: Keyring) -> None:
    """P-256, with its chain; a seal's picture is another twelve."""
    signer = keyring.keys.signing_cert(KEYS[AUTHORITY])
    bare = begin_seal(signable(LICENCE), AUTHORITY, signer, keyring.now, level=B_B).update.data
    shown = begin_seal(
        signable(LICENCE), AUTHORITY, signer, keyring.now, level=B_B, appearance=appearance(AUTHORITY)
    ).update.data
    assert len(bare) - len(signable(LICENCE).data) <= 5_000
    assert len(shown) - len(bare) <= 13_000


def test_a_licence_is_signed_further_after_it_was_written_signed(keyring: Keyring) -> None:
    first = keyring.sealed(signable(LICENCE), AUTHORITY)
    both = keyring.sealed(first, PLATFORM)
    assert both.data.startswith(first.data)
    assert keyring.validated(both.data).verdict is Verdict.TOTAL_PASSED
    assert not stamped(LICENCE).data.count(b"/ByteRange")
