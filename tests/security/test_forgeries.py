"""No forged file is called genuine, and none makes the verifier raise."""

from __future__ import annotations

import re

import pytest

from signing_service.domain.verdicts import Integrity, Report, Verdict
from signing_service.pipeline.validate import validate
from tests.security import attacks, signed_files
from tests.security.signed_files import NOW, Pki


def judge(data: bytes, pki: Pki) -> Report:
    return validate(data, pki.anchors, now=NOW)


def assert_refused(report: Report, *reasons: str) -> None:
    assert report.verdict is Verdict.TOTAL_FAILED, report
    assert report.exit_code == 1
    assert report.integrity in (Integrity.CHANGED, Integrity.BROKEN)
    if reasons:
        assert report.reason in reasons, report
    assert report.sentence.zh
    assert report.sentence.en


# ---- incremental saving


def test_a_page_replaced_by_a_proper_update_is_a_change(one: bytes, two: bytes, pki: Pki) -> None:
    for data in (one, two):
        report = judge(attacks.replace_page(data), pki)
        assert_refused(report, "LOCK_BROKEN", "CHANGED_AFTER_SEALING")
        assert report.integrity is Integrity.CHANGED
        assert all(signature.changed_after for signature in report.signatures)


def test_a_body_appended_without_a_table_is_a_change(two: bytes, pki: Pki) -> None:
    pointer = attacks.last_startxref(two)
    assert_refused(judge(attacks.replace_page(two, with_xref=False, startxref=pointer), pki), "BYTES_AFTER_END")


def test_a_table_whose_startxref_points_to_the_old_one_is_a_change(two: bytes, pki: Pki) -> None:
    assert_refused(judge(attacks.replace_page(two, startxref=attacks.last_startxref(two)), pki), "BYTES_AFTER_END")


def test_a_body_after_the_end_without_an_end_mark_is_a_change(two: bytes, pki: Pki) -> None:
    number = attacks.page_content_number(two)
    assert_refused(judge(two + b"%d 0 obj\n%s\nendobj\n" % (number, attacks.other_content()), pki), "BYTES_AFTER_END")


@pytest.mark.parametrize("junk", [b"\n\n", b" ", b"\0", b"x", b"%comment\n", b"%%EOF\n", b"\n" * 5000, b"x" * 100_000])
def test_any_bytes_after_the_end_are_a_change(two: bytes, pki: Pki, junk: bytes) -> None:
    assert_refused(judge(two + junk, pki))


def test_an_object_hidden_in_a_harmless_update_is_a_change(two: bytes, pki: Pki) -> None:
    """The update's table names a new, unused object; the page content before it is named by no table."""
    number = attacks.page_content_number(two)
    hidden = two + b"%d 0 obj\n%s\nendobj\n" % (number, attacks.other_content())
    with_table = attacks.append_revision(two, {900: b"<< >>"})
    update = with_table[len(two) :]
    shift = len(hidden) - len(two)
    moved = re.sub(rb"(\d{10}) 00000 n", lambda m: b"%010d 00000 n" % (int(m.group(1)) + shift), update)
    moved = re.sub(rb"startxref\n(\d+)", lambda m: b"startxref\n%d" % (int(m.group(1)) + shift), moved)
    assert_refused(judge(hidden + moved, pki))


# ---- wrapping


def test_content_moved_behind_the_signature_and_a_byte_range_moved_with_it_is_broken(one: bytes, pki: Pki) -> None:
    _, start, end, rest = attacks.byte_ranges(one)[-1]
    forged = b"\n%d 0 obj\n%s\nendobj\n" % (attacks.page_content_number(one), attacks.other_content())
    wrapped = one[:end] + forged + one[end:]
    moved = attacks.set_byte_range(wrapped, b"/ByteRange [0 %d %d %d]" % (start, end + len(forged), rest))
    assert_refused(judge(moved, pki))


def test_a_byte_range_that_leaves_out_more_than_contents_is_broken(one: bytes, pki: Pki) -> None:
    _, start, end, rest = attacks.byte_ranges(one)[-1]
    for text in (
        b"/ByteRange [0 %d %d %d]" % (start - 1, end, rest),
        b"/ByteRange [0 %d %d %d]" % (start, end + 1, rest - 1),
        b"/ByteRange [0 %d %d %d]" % (start, end, rest - 1),
        b"/ByteRange [1 %d %d %d]" % (start - 1, end, rest),
    ):
        assert_refused(judge(attacks.set_byte_range(one, text), pki), "SIGNATURE_MALFORMED", "CONTENT_CHANGED")


# ---- universal forgery


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"/ByteRange null",
        b"/ByteRange []",
        b"/ByteRange [0 10 20]",
        b"/ByteRange [0 10 20 30 40]",
        b"/ByteRange [0 -10 20 30]",
        b"/ByteRange [-1 -1 -1 -1]",
        b"/ByteRange [0 100 50 99999999]",
        b"/ByteRange [0 0 0 0]",
        b"/ByteRange [0 1.5 20 30]",
        b"/ByteRange (0 10 20 30)",
        b"/ByteRange [0 /a /b /c]",
        b"/ByteRange 7",
    ],
)
def test_a_byte_range_that_is_none_is_broken(one: bytes, two: bytes, pki: Pki, text: bytes) -> None:
    for data in (one, two):
        report = judge(attacks.set_byte_range(data, text), pki)
        assert_refused(report)
        assert report.integrity is Integrity.BROKEN


@pytest.mark.parametrize("digits", [b"", b"00", b"FF" * 40, b"30", b"3080", b"3082FFFF", b"zz" * 20])
def test_contents_that_are_no_signature_are_broken(one: bytes, two: bytes, pki: Pki, digits: bytes) -> None:
    for data in (one, two):
        report = judge(attacks.set_contents(data, digits), pki)
        assert_refused(report)
        assert report.integrity is Integrity.BROKEN


def test_contents_that_are_missing_are_broken(one: bytes, pki: Pki) -> None:
    assert_refused(judge(one.replace(b"/Contents <", b"/Kontents <"), pki))
    assert_refused(judge(one.replace(b"/Contents <", b"/Contents  "), pki))


def test_anything_but_zeros_after_the_cms_is_broken(one: bytes, pki: Pki) -> None:
    digits = attacks.contents_digits(one)
    assert digits.endswith(b"00" * 16)
    assert_refused(judge(attacks.set_contents(one, digits[:-2] + b"01"), pki), "SIGNATURE_MALFORMED")


# ---- stripped, copied and exchanged signatures


def test_a_signature_of_another_file_is_a_change_of_content(one: bytes, pki: Pki) -> None:
    other = signed_files.one_seal(pki, signed_files.page("LICENCE 0002"))
    mixed = attacks.set_contents(other, attacks.contents_digits(one).rstrip(b"0"))
    assert_refused(judge(mixed, pki), "CONTENT_CHANGED", "SIGNATURE_MALFORMED")


def test_a_signature_shown_by_two_fields_is_broken(one: bytes, pki: Pki) -> None:
    number = attacks.signature_numbers(one)["authority"]
    form_number, form = attacks.form(one)
    doubled = form.replace(b"/Fields [", b"/Fields [ 900 0 R ")
    field = b"<< /FT /Sig /T (platform) /V %d 0 R /Type /Annot /Subtype /Widget /Rect [0 0 0 0] >>" % number
    report = judge(attacks.append_revision(one, {form_number: doubled, 900: field}), pki)
    assert_refused(report)
    assert len(report.signatures) == 2


@pytest.mark.parametrize("missing", ["employer", "authority"])
def test_a_signature_taken_out_of_its_field_is_noticed(two: bytes, pki: Pki, missing: str) -> None:
    number = attacks.field_numbers(two)[missing]
    field = re.sub(rb"/V \d+ 0 R", b"", attacks.object_of(two, number))
    assert_refused(judge(attacks.append_revision(two, {number: field}), pki))


def test_a_form_without_fields_does_not_make_a_signed_file_unsigned(two: bytes, pki: Pki) -> None:
    catalog = re.sub(rb"/AcroForm (\d+ 0 R|<<.*?>>)", b"", attacks.object_of(two, attacks.catalog_number(two)))
    report = judge(attacks.append_revision(two, {attacks.catalog_number(two): catalog}), pki)
    assert_refused(report, "SIGNATURE_REMOVED")


def test_a_signature_of_an_unknown_kind_is_reported_and_never_passes(one: bytes, pki: Pki) -> None:
    for name in (b"/adbe.pkcs7.sha1    ", b"/adbe.x509.rsa_sha1", b"/GM.sm2seal.detached"):
        report = judge(one.replace(b"/ETSI.CAdES.detached", name.ljust(20)), pki)
        assert len(report.signatures) == 1
        assert report.verdict is not Verdict.TOTAL_PASSED
        assert report.integrity is not Integrity.INTACT


# ---- certification and shadow attacks


def test_new_appearances_asked_for_after_sealing_are_a_change(two: bytes, one: bytes, pki: Pki) -> None:
    for data in (one, two):
        number, form = attacks.form(data)
        if b"/AcroForm <<" in form:
            asking = form.replace(b"/AcroForm <<", b"/AcroForm << /NeedAppearances true ")
        else:
            asking = form[:-2] + b" /NeedAppearances true >>"
        assert_refused(judge(attacks.append_revision(data, {number: asking}), pki))


def test_a_seal_without_a_lock_does_not_permit_new_appearances_or_values_either(pki: Pki) -> None:
    data = signed_files.sign(signed_files.with_text_field(signed_files.page()), "Signature1", pki.authority, [pki.ca])
    assert judge(data, pki).verdict is Verdict.TOTAL_PASSED
    number, form = attacks.form(data)
    asking = re.sub(rb"/Fields", b"/NeedAppearances true /Fields", form, count=1)
    assert asking != form
    assert_refused(judge(attacks.append_revision(data, {number: asking}), pki), "CHANGED_AFTER_SEALING")
    amount = attacks.field_numbers(data)["amount"]
    filled = attacks.object_of(data, amount).replace(b"(100)", b"(900)")
    assert b"(900)" in filled
    assert_refused(judge(attacks.append_revision(data, {amount: filled}), pki), "CHANGED_AFTER_SEALING")


def test_an_empty_field_with_an_appearance_laid_after_sealing_is_a_change(pki: Pki) -> None:
    """It carries no signature and shows whatever the attacker likes."""
    data = signed_files.sign(signed_files.with_text_field(signed_files.page()), "Signature1", pki.authority, [pki.ca])
    for box in ((0, 0, 0, 0), (72, 690, 300, 720)):
        laid = signed_files.with_fields(data, ["picture"], box=box)
        assert_refused(judge(laid, pki), "CHANGED_AFTER_SEALING")


def test_another_title_after_sealing_is_a_change(pki: Pki) -> None:
    import io

    from pyhanko.pdf_utils import generic
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    data = signed_files.sign(signed_files.with_text_field(signed_files.page()), "Signature1", pki.authority, [pki.ca])
    writer = IncrementalPdfFileWriter(io.BytesIO(data))
    info = writer.trailer["/Info"]
    info["/Title"] = generic.TextStringObject("一级资质证书")
    writer.update_container(info)
    out = io.BytesIO()
    writer.write(out)
    assert_refused(judge(out.getvalue(), pki), "CHANGED_AFTER_SEALING")


def test_an_annotation_laid_over_the_page_after_certification_is_a_change(one: bytes, pki: Pki) -> None:
    import io

    import pikepdf

    with pikepdf.open(io.BytesIO(one)) as pdf:
        number = pdf.pages[0].obj.objgen[0]
        annotations = [annotation.objgen[0] for annotation in pdf.pages[0].obj.Annots]
        pdf.pages[0].obj.Annots = pikepdf.Array([])
        page = pdf.pages[0].obj.unparse(resolved=True)
    listed = b" ".join(b"%d 0 R" % one_number for one_number in (*annotations, 901))
    page = re.sub(rb"/Annots \[\s*\]", b"/Annots [ " + listed + b" ]", page)
    note = b"<< /Type /Annot /Subtype /FreeText /Rect [70 690 300 720] /Contents (FORGED) /DA (/F1 12 Tf) >>"
    assert_refused(
        judge(attacks.append_revision(one, {number: page, 901: note}), pki), "LOCK_BROKEN", "CHANGED_AFTER_SEALING"
    )


def test_a_signature_field_added_and_signed_after_certification_is_a_change(pki: Pki) -> None:
    laid = signed_files.with_fields(signed_files.page())
    certified = signed_files.sign(laid, "employer", pki.employer, [pki.ca], certify=True)
    assert judge(certified, pki).verdict is Verdict.TOTAL_PASSED
    stranger = signed_files.issue("另一单位", pki.ca)
    later = signed_files.sign(signed_files.with_fields(certified, ["late"]), "late", stranger, [pki.ca])
    assert_refused(judge(later, pki), "LOCK_BROKEN", "CHANGED_AFTER_SEALING")


def test_a_page_exchanged_between_two_seals_is_a_change_for_the_first(pki: Pki) -> None:
    first = signed_files.sign(
        signed_files.with_fields(signed_files.page()), "employer", pki.employer, [pki.ca], certify=True
    )
    exchanged = attacks.replace_page(first)
    second = signed_files.sign(exchanged, "authority", pki.authority, [pki.ca])
    report = judge(second, pki)
    assert_refused(report, "LOCK_BROKEN", "CHANGED_AFTER_SEALING")
    assert [signature.changed_after for signature in report.signatures] == [True, False]


def test_hidden_content_brought_to_light_after_sealing_is_a_change(pki: Pki) -> None:
    """Shadow attack, replace: both contents were in the file when it was signed."""
    base = signed_files.page()
    prepared = attacks.append_revision(base, {800: attacks.other_content(b"SHADOW")})
    sealed = signed_files.one_seal(pki, prepared)
    assert judge(sealed, pki).verdict is Verdict.TOTAL_PASSED
    shown = attacks.object_of(sealed, 800)
    number = attacks.page_content_number(sealed)
    body = b"<< /Length 34 >>\nstream\nBT /F1 24 Tf 72 600 Td (SHADOW) Tj ET\nendstream"
    assert shown
    assert_refused(judge(attacks.append_revision(sealed, {number: body}), pki))


def test_a_qr_stamped_after_sealing_breaks_every_seal(two: bytes, pki: Pki) -> None:
    stamped = attacks.rewritten(two, b"q 0 0 60 60 re f Q")
    report = judge(stamped, pki)
    assert_refused(report)
    assert all(signature.indication is Verdict.TOTAL_FAILED for signature in report.signatures)


def test_a_signed_file_saved_anew_is_broken(two: bytes, pki: Pki) -> None:
    assert_refused(judge(attacks.rewritten(two), pki))


# ---- truncation


def test_a_file_cut_off_anywhere_is_never_genuine(two_untimed: bytes, pki: Pki) -> None:
    first_trace = two_untimed.find(b"/FT /Sig")
    assert first_trace > 0
    for position in range(40):
        cut = len(two_untimed) * position // 40
        report = judge(two_untimed[:cut], pki)
        assert report.verdict is not Verdict.TOTAL_PASSED
        assert report.integrity is not Integrity.INTACT


def test_a_file_cut_off_behind_a_signature_that_it_once_had_is_broken(two_untimed: bytes, pki: Pki) -> None:
    """What is left of a signature suffices; a file cut exactly after a revision is that earlier file."""
    start = attacks.byte_ranges(two_untimed)[0][1] + 200
    for position in range(30):
        cut = start + (len(two_untimed) - 2 - start) * position // 30
        if two_untimed[:cut].endswith((b"%%EOF", b"%%EOF\n")):
            continue
        assert_refused(judge(two_untimed[:cut], pki))
