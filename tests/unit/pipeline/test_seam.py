"""骑缝章: strips of one seal on all pages, filled by one signature; what strangers say of it, and of what was done to it."""

from __future__ import annotations

import asyncio
import io
import re
import shutil
import subprocess
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from asn1crypto import x509 as asn1_x509
from pikepdf import pdfa
from PIL import Image, ImageChops
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from signing_service.domain.documents import (
    POINTS_PER_MM,
    DocumentKind,
    SealedPdf,
    SignablePdf,
    SignatoryRole,
    TemplateId,
)
from signing_service.domain.errors import Problem
from signing_service.domain.seals import ENTERPRISE_SEAL_MM
from signing_service.domain.verdicts import Integrity, Verdict
from signing_service.pipeline.lay_out import add_signature_fields, as_it_stands
from signing_service.pipeline.pictures import layout
from signing_service.pipeline.render import render
from signing_service.pipeline.seam import field_name, share_of, slices
from signing_service.pipeline.stamp import stamp_qr
from signing_service.pipeline.templates import Template, load
from signing_service.pipeline.validate import Limits
from signing_service.pipeline.validate.signers import Basis
from signing_service.pipeline.validate.verdict import validated_in_full
from tests.security import attacks
from tests.unit.pipeline.sealing import (
    ADDRESS,
    B_B,
    B_T,
    CHECK_CODE,
    EMPLOYER,
    MADE_AT,
    TEMPLATES,
    Keyring,
    field_named,
    fonts,
    opened,
    template,
)

FORM = TemplateId(DocumentKind.FORM, "eq_form", "2026-01")
LEADER, REPRESENTATIVE = SignatoryRole.TECHNICAL_LEADER, SignatoryRole.LEGAL_REPRESENTATIVE
A4 = (595.276, 841.89)
SCALE = 200 / 72


def laid(*, chosen: str = "yes", workers: int | None = None, made_by: Template | None = None) -> SignablePdf:
    """The sample of the qualification form, with so many skilled workers, ready to be signed."""
    made_by = made_by or template(FORM)
    facts: dict[str, Any] = {**made_by.sample(), "page_seam": chosen}
    if workers is not None:
        facts["workers"] = (facts["workers"] * (workers // len(facts["workers"]) + 1))[:workers]
    rendered = render(made_by, facts, fonts(), MADE_AT)
    return add_signature_fields(stamp_qr(rendered, ADDRESS, CHECK_CODE, fonts(), MADE_AT))


@cache
def seven_pages() -> SignablePdf:
    return laid()


@pytest.fixture(scope="module")
def complete(keyring: Keyring) -> SealedPdf:
    return keyring.sealed(seven_pages(), *template(FORM).roles, level=B_T)


def pictures(data: bytes) -> list[Image.Image]:
    document = pypdfium2.PdfDocument(data)
    try:
        document.init_forms()
        return [page.render(scale=SCALE, may_draw_forms=True).to_pil().convert("RGB") for page in document]
    finally:
        document.close()


def edges(data: bytes) -> list[tuple[int, int, int, int]]:
    """The strips in order, in pixels of the pages."""
    shown = layout(data)
    places = [one.place for one in sorted(shown.strips, key=lambda one: one.place.page)]
    corners = ((one.left, one.top, one.left + one.width, one.top + one.height) for one in places)
    return [tuple(round(side * SCALE) for side in four) for four in corners]  # type: ignore[misc]


def put_together(data: bytes) -> Image.Image:
    strips = [page.crop(box) for page, box in zip(pictures(data), edges(data), strict=True)]
    whole = Image.new("RGB", (sum(one.width for one in strips), strips[0].height), "white")
    left = 0
    for one in strips:
        whole.paste(one, (left, 0))
        left += one.width
    return whole


def the_seal(data: bytes) -> Image.Image:
    """As it stands in the enterprise's own field."""
    place = next(one for one in layout(data).places if one.role is EMPLOYER)
    side = ENTERPRISE_SEAL_MM * POINTS_PER_MM
    left, top = place.left + (place.width - side) / 2, place.top + (place.height - side) / 2
    return pictures(data)[place.page].crop(
        (round(left * SCALE), round(top * SCALE), round((left + side) * SCALE), round((top + side) * SCALE))
    )


# ---- where the strips are


def test_one_page_has_no_seam_and_two_share_a_seal() -> None:
    assert slices(1, 10, *A4) == ()
    assert [(one.place, one.of) for one in slices(2, 10, *A4)] == [(0, 2), (1, 2)]


@pytest.mark.parametrize(
    ("pages", "most", "groups"),
    [(10, 10, [10]), (11, 10, [6, 5]), (30, 10, [10, 10, 10]), (31, 10, [8, 8, 8, 7]), (3, 2, [3]), (5, 2, [3, 2])],
)
def test_many_pages_are_split_into_groups_of_consecutive_pages_each_with_a_whole_seal(
    pages: int, most: int, groups: list[int]
) -> None:
    strips = slices(pages, most, *A4)
    assert [one.box.page for one in strips] == list(range(pages))
    assert [(one.place, one.of) for one in strips] == [(place, of) for of in groups for place in range(of)]


@pytest.mark.parametrize("pages", [2, 3, 7, 200])
def test_a_strip_stays_within_the_margin_and_ends_at_the_edge(pages: int) -> None:
    margin = A4[0] - template(FORM).style.right * POINTS_PER_MM
    for one in slices(pages, 10, *A4):
        assert one.box.left >= margin - 0.01
        assert one.box.right == A4[0]
        assert one.box.width == pytest.approx(ENTERPRISE_SEAL_MM * POINTS_PER_MM / one.of, abs=0.01)


def test_a_strip_is_known_by_its_name_alone() -> None:
    for one in slices(12, 10, *A4):
        assert share_of(field_name(EMPLOYER, one)) == (EMPLOYER, one.place, one.of)
    for name in ("employer", "employer_seam_1_3_2", "employer_seam_1_0_2", "nobody_seam_1_1_2", "employer_seam_1_1_1"):
        assert share_of(name) is None


def test_a_form_without_the_choice_is_drawn_as_ever_and_has_no_strip() -> None:
    without = laid(chosen="no")
    assert not layout(without.data).strips
    assert pictures(without.data)[0].tobytes() == pictures(seven_pages().data)[0].tobytes()
    assert as_it_stands(seven_pages().data).fields == without.fields == template(FORM).roles


# ---- what is seen


def test_before_the_enterprise_seals_no_strip_shows_anything(keyring: Keyring) -> None:
    signed = keyring.sealed(seven_pages(), LEADER, REPRESENTATIVE)
    assert put_together(signed.data).getextrema() == ((255, 255),) * 3


def test_the_strips_of_all_pages_put_together_make_the_seal(complete: SealedPdf) -> None:
    together, seal = put_together(complete.data), the_seal(complete.data)
    seal = seal.resize(together.size)
    # where strips meet, and in the seal itself, edges are smoothed differently: a blurred look decides
    difference = ImageChops.difference(*(one.convert("L").resize((79, 79)) for one in (together, seal)))
    histogram = difference.histogram()
    assert sum(histogram[64:]) < 0.01 * sum(histogram)
    assert together.convert("L").getextrema()[0] < 130, "something was drawn"


def test_each_group_of_pages_has_the_whole_seal(keyring: Keyring) -> None:
    many = keyring.sealed(laid(workers=170), LEADER, REPRESENTATIVE, EMPLOYER)
    shown = layout(many.data)
    groups = [one.place.page for one in shown.strips if one.share == 0]
    assert len(shown.pages) > 10
    assert len(groups) == 2
    whole = put_together(many.data)
    middle = round(sum(box[2] - box[0] for box in edges(many.data)[: groups[1]]))
    halves = [whole.crop((0, 0, middle, whole.height)), whole.crop((middle, 0, whole.width, whole.height))]
    first, second = (one.convert("L").resize((60, 60)) for one in halves)
    assert sum(ImageChops.difference(first, second).histogram()[64:]) < 72


def test_nothing_but_the_strips_and_the_seal_is_drawn_anew(keyring: Keyring) -> None:
    """Text and code under them stay as they are: a strip lies in the margin, where nothing is."""
    before = keyring.sealed(seven_pages(), LEADER, REPRESENTATIVE)
    after = keyring.sealed(before, EMPLOYER)
    own = next(one for one in layout(after.data).places if one.role is EMPLOYER)
    for number, (old, new, edge) in enumerate(
        zip(pictures(before.data), pictures(after.data), edges(after.data), strict=True)
    ):
        assert old.crop(edge).getextrema() == ((255, 255),) * 3
        around = (edge[0] - 1, edge[1] - 1, old.width, edge[3] + 1)
        for picture in (old, new):
            picture.paste("white", around)
            if number == own.page:
                corners = (own.left, own.top, own.left + own.width, own.top + own.height)
                picture.paste("white", tuple(round(side * SCALE) for side in corners))
        assert old.tobytes() == new.tobytes()


def test_the_party_sees_its_strips_before_it_seals() -> None:
    shown = layout(seven_pages().data)
    assert [one.role for one in shown.places] == list(template(FORM).roles)
    assert [(one.place.page, one.share, one.of) for one in shown.strips] == [(page, page, 7) for page in range(7)]


# ---- what it is


def test_one_signature_is_the_value_of_every_strip_and_of_the_field(complete: SealedPdf) -> None:
    with opened(complete.data) as pdf:
        signature = field_named(pdf, EMPLOYER).V.objgen
        strips = [one for one in pdf.Root.AcroForm.Fields if share_of(str(one.T))]
        assert len(strips) == 7
        assert {one.V.objgen for one in strips} == {signature}
        assert all("/Kids" not in one for one in pdf.Root.AcroForm.Fields)
        seals = {one.AP.N.Resources.XObject.Seal.objgen for one in strips}
        assert seals == {field_named(pdf, EMPLOYER).AP.N.objgen}, "the seal is in the file once"
    assert len(attacks.BYTE_RANGE.findall(complete.data)) == len(template(FORM).roles)


def test_a_stranger_finds_five_signatures_and_nothing_changed(complete: SealedPdf, keyring: Keyring) -> None:
    report = keyring.validated(complete.data)
    assert report.verdict is Verdict.TOTAL_PASSED
    assert [one.field for one in report.signatures] == list(template(FORM).roles)
    basis = Basis.of(keyring.pki.anchors(), keyring.pki.intermediates(), (), keyring.now, Limits())
    assert validated_in_full(complete.data, basis, Limits()) == report


def test_pyhanko_finds_every_field_valid_and_only_permitted_changes(complete: SealedPdf, keyring: Keyring) -> None:
    roots = [asn1_x509.Certificate.load(der) for der in keyring.pki.anchors()]
    others = [asn1_x509.Certificate.load(der) for der in keyring.pki.intermediates()]

    async def judged() -> list[bool]:
        found = []
        for signature in PdfFileReader(io.BytesIO(complete.data)).embedded_signatures:
            context = ValidationContext(trust_roots=roots, other_certs=others, allow_fetching=False, moment=keyring.now)
            status = await async_validate_pdf_signature(signature, context)
            found.append(status.bottom_line and status.docmdp_ok is not False)
        return found

    assert asyncio.run(judged()) == [True] * (5 + 7)


@pytest.mark.skipif(shutil.which("pdfsig") is None, reason="poppler is not installed")
def test_pdfsig_finds_every_field_valid(complete: SealedPdf, tmp_path: Path) -> None:
    path = tmp_path / "sealed.pdf"
    path.write_bytes(complete.data)
    said = subprocess.run(["pdfsig", path], capture_output=True, text=True, check=False).stdout
    assert said.count("Signature is Valid.") == 5 + 7
    assert "employer_seam_7_7_7" in said


def test_the_laid_and_stamped_form_is_pdf_a() -> None:
    report = pdfa.validate_written(io.BytesIO(seven_pages().data), "2b")
    assert {(finding.rule, finding.kind) for finding in report.findings} == {("pikepdf:schema-Catalog", "unsupported")}


def test_a_form_that_the_enterprise_signs_first_has_its_strips_in_the_first_revision(keyring: Keyring) -> None:
    """Written with the document in one pass, and appended to one that was read back: the same look, both sound."""
    rendered = render(template(FORM), {**template(FORM).sample(), "page_seam": "yes"}, fonts(), MADE_AT)
    areas = tuple(sorted(rendered.areas, key=lambda area: area.role is not EMPLOYER))
    document = stamp_qr(replace(rendered, areas=areas), ADDRESS, CHECK_CODE, fonts(), MADE_AT)
    fresh = add_signature_fields(document)
    written = keyring.sealed(fresh, EMPLOYER)
    appended = keyring.sealed(as_it_stands(fresh.data), EMPLOYER)
    assert put_together(written.data).tobytes() == put_together(appended.data).tobytes()
    for one in (written, appended):
        whole = keyring.sealed(one, *[area.role for area in areas[1:]])
        report = keyring.validated(whole.data)
        assert report.verdict is Verdict.TOTAL_PASSED
        assert report.signatures[0].field == "employer"


def test_the_same_form_sealed_without_a_picture_has_the_signature_in_its_strips(keyring: Keyring) -> None:
    sealed = keyring.sealed(seven_pages(), *template(FORM).roles, shown=False)
    assert put_together(sealed.data).getextrema() == ((255, 255),) * 3
    assert keyring.validated(sealed.data).verdict is Verdict.TOTAL_PASSED


# ---- what was done to it


def altered(data: bytes, keyring: Keyring) -> None:
    report = keyring.validated(data)
    assert report.verdict is Verdict.TOTAL_FAILED
    assert report.integrity in (Integrity.CHANGED, Integrity.BROKEN)


def strip_numbers(data: bytes) -> list[int]:
    return [number for name, number in attacks.field_numbers(data).items() if share_of(name)]


@pytest.mark.parametrize("signed", [(LEADER,), (LEADER, REPRESENTATIVE)])
def test_a_strip_that_is_painted_without_the_seal_is_found(signed: tuple[SignatoryRole, ...], keyring: Keyring) -> None:
    """A picture in a place for a seal is what people would take for one."""
    pdf = keyring.sealed(seven_pages(), *signed)
    number = strip_numbers(pdf.data)[0]
    body = attacks.object_of(pdf.data, number)
    with opened(pdf.data) as file:
        free = int(file.trailer.Size)
    content = b"1 0 0 rg 0 0 16 113 re f"
    face = b"<</Type/XObject/Subtype/Form/BBox[0 0 16.2 113.39]/Length %d>>\nstream\n%s\nendstream" % (
        len(content), content,
    )  # fmt: skip
    painted = re.sub(rb"/AP << /N \d+ 0 R >>", b"/AP << /N %d 0 R >>" % free, body)
    assert painted != body
    altered(attacks.append_revision(pdf.data, {number: painted, free: face}), keyring)


def test_a_strip_that_is_changed_after_the_seal_is_found(complete: SealedPdf, keyring: Keyring) -> None:
    number = strip_numbers(complete.data)[2]
    with opened(complete.data) as file:
        face = next(one.AP.N.objgen[0] for one in file.Root.AcroForm.Fields if one.objgen[0] == number)
    empty = b"<</Type/XObject/Subtype/Form/BBox[0 0 16 113]/Length 0>>\nstream\n\nendstream"
    altered(attacks.append_revision(complete.data, {face: empty}), keyring)


def test_a_page_that_is_exchanged_or_taken_out_is_found(complete: SealedPdf, keyring: Keyring) -> None:
    altered(attacks.replace_page(complete.data), keyring)
    with opened(complete.data) as file:
        tree = file.Root.Pages.objgen[0]
        kids = [page.objgen[0] for page in file.Root.Pages.Kids]
    kept = b" ".join(b"%d 0 R" % kid for kid in (*kids[:3], *kids[4:]))
    without = b"<</Type/Pages/Kids[%s]/Count %d>>" % (kept, len(kids) - 1)
    altered(attacks.append_revision(complete.data, {tree: without}), keyring)


def test_a_strip_more_with_the_same_signature_is_found(complete: SealedPdf, keyring: Keyring) -> None:
    """A seal on a further page, by pointing at the signature that is there."""
    form, body = attacks.form(complete.data)
    number = strip_numbers(complete.data)[0]
    strip = attacks.object_of(complete.data, number)
    with opened(complete.data) as file:
        free = int(file.trailer.Size)
    more = {
        free: strip.replace(b"employer_seam_1_1_7", b"employer_seam_8_1_7"),
        form: body.replace(b"]", b" %d 0 R]" % free, 1),
    }
    altered(attacks.append_revision(complete.data, more), keyring)


def test_another_field_with_the_same_signature_is_no_strip(keyring: Keyring) -> None:
    """Two fields of one signature are a forger's trick but for a seam, which is known by name and role."""
    sealed = keyring.sealed(laid(chosen="no"), LEADER, level=B_B)
    with opened(sealed.data) as file:
        field_named(file, EMPLOYER).V = field_named(file, LEADER).V
        out = io.BytesIO()
        file.save(out)
    assert keyring.validated(out.getvalue()).verdict is Verdict.TOTAL_FAILED


# ---- the template


@pytest.mark.parametrize(
    ("old", "new", "table", "key"),
    [
        ('role = "employer"\nchosen_by', 'role = "builder"\nchosen_by', "", "seam"),
        ('role = "employer"\nchosen_by', 'role = "platform"\nchosen_by', "", "seam"),
        ("most_pages = 10", "most_pages = 1", "seam", "most_pages"),
        ("most_pages = 10", "most_pages = 40", "seam", "most_pages"),
        ("most_pages = 10", 'edge = "left"', "seam", "edge"),
    ],
)
def test_a_mistake_in_the_seam_of_a_template_is_named(old: str, new: str, table: str, key: str, tmp_path: Path) -> None:
    shutil.copy(TEMPLATES / "style.toml", tmp_path)
    folder = tmp_path / str(FORM)
    shutil.copytree(TEMPLATES / str(FORM), folder)
    text = (folder / "template.toml").read_text("utf-8")
    assert old in text
    (folder / "template.toml").write_text(text.replace(old, new), "utf-8")
    with pytest.raises(Problem) as refusal:
        load(tmp_path, FORM)
    assert (refusal.value.facts["table"], refusal.value.facts["key"]) == (table, key)
