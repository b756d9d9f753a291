"""签章: several parties in one file, by incremental update; our validator, pyHanko, poppler and qpdf agree on it."""

from __future__ import annotations

import asyncio
import io
import random
import re
import shutil
import subprocess
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from PIL import Image, ImageChops
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.status import PdfSignatureStatus
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from signing_service.domain.documents import PadesLevel, SealedPdf, SignatoryRole, TemplateId
from signing_service.domain.errors import Problem
from signing_service.domain.verdicts import Integrity, Verdict
from signing_service.pipeline.lay_out import as_it_stands
from signing_service.pipeline.seal import begin_seal, finish_seal, seal
from tests.security import attacks
from tests.unit.pipeline.sealing import (
    AUTHORITY,
    B_B,
    B_T,
    CHANGE,
    EMPLOYER,
    EVERY_TEMPLATE,
    HOLDER,
    KEYS,
    LICENCE,
    NOTICE,
    PLATFORM,
    RENEWAL,
    Keyring,
    appearance,
    field_named,
    opened,
    rendered,
    signable,
    template,
)

every_template = pytest.mark.parametrize("which", EVERY_TEMPLATE, ids=str)
both_levels = pytest.mark.parametrize("level", [B_B, B_T])


def refused(pdf: SealedPdf, role: SignatoryRole, keyring: Keyring) -> str:
    with pytest.raises(Problem) as refusal:
        begin_seal(pdf, role, keyring.keys.signing_cert(KEYS[role]), keyring.now, level=B_B)
    assert refusal.value.zh
    return refusal.value.code


# ---- the file


@every_template
@both_levels
def test_every_template_is_sealed_by_all_its_parties_and_passes(
    which: TemplateId, level: PadesLevel, keyring: Keyring
) -> None:
    sealed = keyring.sealed(signable(which), *signable(which).fields, level=level)
    assert sealed.complete
    report = keyring.validated(sealed.data)
    assert report.verdict is Verdict.TOTAL_PASSED, report
    assert [signature.role for signature in report.signatures] == list(signable(which).fields)
    assert {(signature.level, signature.time_proven) for signature in report.signatures} == {(level, level is B_T)}
    assert report.signatures[-1].covers == "whole_file"


@every_template
def test_each_signature_leaves_what_was_there_before_byte_for_byte(which: TemplateId, keyring: Keyring) -> None:
    """The first one too, when the file was stored before it: it is read back, not written anew."""
    stored = as_it_stands(signable(which).data)
    before: bytes = stored.data
    sealed: SealedPdf | None = None
    for role in signable(which).fields:
        sealed = keyring.sealed(sealed or stored, role)
        assert sealed.data.startswith(before)
        before = sealed.data
    assert sealed
    assert sealed.complete


def test_the_parties_between_the_first_and_the_last_may_sign_in_any_order(keyring: Keyring) -> None:
    holder, former, new, authority, platform = template(CHANGE).roles
    for order in ((holder, new, former, authority, platform), (new, authority, holder, former, platform)):
        report = keyring.validated(keyring.sealed(signable(CHANGE), *order).data)
        assert report.verdict is Verdict.TOTAL_PASSED
        assert [signature.role for signature in report.signatures] == list(order)


def test_the_first_signature_certifies_and_allows_further_signatures_only(keyring: Keyring) -> None:
    sealed = keyring.sealed(signable(RENEWAL), HOLDER, EMPLOYER)
    with opened(sealed.data) as pdf:
        first, second = field_named(pdf, HOLDER).V, field_named(pdf, EMPLOYER).V
        assert pdf.Root.Perms.DocMDP.objgen == first.objgen
        (reference,) = first.Reference
        assert reference.TransformMethod == pikepdf.Name.DocMDP
        assert int(reference.TransformParams.P) == 2
        assert "/Reference" not in second


def test_the_last_signature_locks_the_file(keyring: Keyring) -> None:
    sealed = keyring.sealed(signable(RENEWAL), *template(RENEWAL).roles)
    with opened(sealed.data) as pdf:
        (reference,) = field_named(pdf, PLATFORM).V.Reference
        assert reference.TransformMethod == pikepdf.Name.FieldMDP
        assert reference.TransformParams.Action == pikepdf.Name.All
        assert pdf.Root.Perms.DocMDP.objgen == field_named(pdf, HOLDER).V.objgen


def test_a_single_signature_certifies_and_locks(keyring: Keyring) -> None:
    sealed = keyring.sealed(signable(NOTICE), AUTHORITY)
    with opened(sealed.data) as pdf:
        methods = [reference.TransformMethod for reference in field_named(pdf, AUTHORITY).V.Reference]
    assert methods == [pikepdf.Name.DocMDP, pikepdf.Name.FieldMDP]


def test_the_signature_dictionary_is_that_of_a_pades_baseline(keyring: Keyring) -> None:
    """EN 319 142-1, 6.3: /M, no /Cert, no /Reason."""
    sealed = keyring.sealed(signable(RENEWAL), HOLDER)
    with opened(sealed.data) as pdf:
        value = field_named(pdf, HOLDER).V
        assert sorted(value.keys()) == ["/ByteRange", "/Contents", "/Filter", "/M", "/Reference", "/SubFilter", "/Type"]
        assert (str(value.Filter), str(value.SubFilter)) == ("/Adobe.PPKLite", "/ETSI.CAdES.detached")
        claimed = datetime.strptime(str(value.M).replace("'", ""), "D:%Y%m%d%H%M%S%z")
    assert claimed == keyring.now


def test_the_byte_range_is_everything_but_the_hole(keyring: Keyring) -> None:
    data = keyring.sealed(signable(RENEWAL), HOLDER).data
    ((first, length, second, rest),) = attacks.byte_ranges(data)
    assert (first, second + rest) == (0, len(data))
    hole = data[length:second]
    assert re.fullmatch(rb"<[0-9a-f]+>", hole)
    assert data[length - 10 : length] == b"/Contents "


@every_template
@pytest.mark.skipif(not shutil.which("qpdf"), reason="qpdf is not installed")
def test_qpdf_finds_nothing_wrong(which: TemplateId, keyring: Keyring, tmp_path: Path) -> None:
    (tmp_path / "sealed.pdf").write_bytes(keyring.sealed(signable(which), *signable(which).fields).data)
    told = subprocess.run(["qpdf", "--check", tmp_path / "sealed.pdf"], capture_output=True, text=True)
    assert told.returncode == 0, told


# a cert that names where its CA answers has some 200 bytes more, each of them two hex digits in the file
@pytest.mark.parametrize(("role", "most"), [(AUTHORITY, 5_400), (PLATFORM, 8_500)], ids=["P-256", "RSA-2048"])
def test_a_signature_that_shows_nothing_adds_little(role: SignatoryRole, most: int, keyring: Keyring) -> None:
    for which in (LICENCE, RENEWAL, NOTICE):
        signer = keyring.keys.signing_cert(KEYS[role])
        prepared = begin_seal(signable(which), AUTHORITY, signer, keyring.now, level=B_B)
        sealed = finish_seal(prepared, keyring.keys.sign(KEYS[role], prepared.to_be_signed), None)
        assert len(sealed.data) - len(signable(which).data) <= most


# ---- before and after the key


def test_the_same_revision_signer_and_moment_give_the_same_bytes_to_sign(keyring: Keyring) -> None:
    signer = keyring.keys.signing_cert(KEYS[HOLDER])
    for level in (B_B, B_T):
        once, again = (
            begin_seal(signable(RENEWAL), HOLDER, signer, keyring.now, level=level, appearance=appearance(HOLDER))
            for _ in range(2)
        )
        assert once == again
        assert once.update.digest("sha256") == once.digest
    later = begin_seal(signable(RENEWAL), HOLDER, signer, keyring.now + timedelta(seconds=1), level=B_T)
    assert later.digest != once.digest


def test_a_signature_made_elsewhere_fits_where_it_was_prepared(keyring: Keyring) -> None:
    """As with a key in the party's own hands: prepared here, signed there, finished from what was prepared anew."""
    signer = keyring.keys.signing_cert(KEYS[EMPLOYER])
    first = keyring.sealed(signable(RENEWAL), HOLDER)
    sent = begin_seal(first, EMPLOYER, signer, keyring.now, level=B_B)
    signature = keyring.keys.sign(KEYS[EMPLOYER], sent.to_be_signed)
    again = begin_seal(first, EMPLOYER, signer, keyring.now, level=B_B)
    assert keyring.validated(finish_seal(again, signature, None).data).verdict is Verdict.TOTAL_PASSED


def test_an_appearance_is_part_of_what_is_signed(keyring: Keyring) -> None:
    signer = keyring.keys.signing_cert(KEYS[HOLDER])
    digests = {
        begin_seal(signable(RENEWAL), HOLDER, signer, keyring.now, level=B_B, appearance=shown).digest
        for shown in (None, appearance(HOLDER), appearance(EMPLOYER))
    }
    assert len(digests) == 3


def test_a_field_that_is_filled_or_that_there_is_not_is_refused(keyring: Keyring) -> None:
    sealed = keyring.sealed(signable(RENEWAL), HOLDER)
    assert refused(sealed, HOLDER, keyring) == "SLOT_NOT_OPEN"
    assert refused(sealed, SignatoryRole.NEW_EMPLOYER, keyring) == "SLOT_NOT_OPEN"


def test_nobody_locks_a_form_that_others_have_still_to_sign(keyring: Keyring) -> None:
    sealed = keyring.sealed(signable(RENEWAL), HOLDER, EMPLOYER)
    assert refused(sealed, PLATFORM, keyring) == "OTHERS_STILL_TO_SIGN"
    assert keyring.sealed(sealed, AUTHORITY, PLATFORM).complete


def test_a_form_is_locked_over_the_empty_field_of_whoever_is_excused_and_of_nobody_else(keyring: Keyring) -> None:
    """Who was silent does not sign, and cannot sign behind the lock any more."""
    sealed = keyring.sealed(signable(RENEWAL), HOLDER, AUTHORITY)
    signer = keyring.keys.signing_cert(KEYS[PLATFORM])
    with pytest.raises(Problem, match="OTHERS_STILL_TO_SIGN"):
        begin_seal(sealed, PLATFORM, signer, keyring.now, level=B_B, excused=frozenset({AUTHORITY}))
    prepared = begin_seal(sealed, PLATFORM, signer, keyring.now, level=B_B, excused=frozenset({EMPLOYER}))
    assert prepared.filled == (HOLDER, AUTHORITY, PLATFORM)


def test_a_signature_for_the_long_term_is_made_with_a_time_stamp_and_the_rest_is_not_forgotten(
    keyring: Keyring,
) -> None:
    """Begin and finish make the B-T that the others go on from; ``seal`` gives what was asked for or refuses."""
    signer = keyring.keys.signing_cert(KEYS[HOLDER])
    at_b_t = begin_seal(signable(RENEWAL), HOLDER, signer, keyring.now, level=B_T)
    for level in (PadesLevel.B_LT, PadesLevel.B_LTA):
        prepared = begin_seal(signable(RENEWAL), HOLDER, signer, keyring.now, level=level)
        assert (prepared.update, prepared.to_be_signed) == (at_b_t.update, at_b_t.to_be_signed)
        with pytest.raises(Problem) as refusal:
            seal(signable(RENEWAL), HOLDER, keyring.keys, KEYS[HOLDER], keyring.now, level=level, tsa=keyring.tsa)
        assert refusal.value.code == "REVOCATION_UNAVAILABLE"


class NoTime:
    """A time-stamping authority that is down."""

    def time_stamp(self, digest: bytes) -> None:
        raise Problem("TSA_UNAVAILABLE", "时间戳服务不可用", "no time", status=503)


@pytest.mark.parametrize("tsa", [None, NoTime()], ids=["not configured", "down"])
def test_a_level_is_never_lowered_because_there_is_no_time(tsa: NoTime | None, keyring: Keyring) -> None:
    with pytest.raises(Problem) as refusal:
        seal(signable(RENEWAL), HOLDER, keyring.keys, KEYS[HOLDER], keyring.now, level=B_T, tsa=tsa)
    assert refusal.value.code == "TSA_UNAVAILABLE"


def test_a_file_with_a_cross_reference_stream_is_refused_and_not_broken(keyring: Keyring) -> None:
    """Others' files come so; a table appended to a stream would be a hybrid that readers disagree on."""
    out = io.BytesIO()
    with opened(signable(RENEWAL).data) as pdf:
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    with pytest.raises(Problem) as refusal:
        begin_seal(
            type(signable(RENEWAL))(out.getvalue(), signable(RENEWAL).fields),
            HOLDER,
            keyring.keys.signing_cert(KEYS[HOLDER]),
            keyring.now,
            level=B_B,
        )
    assert refusal.value.code == "FILE_STRUCTURE"


# ---- what is seen


def page_image(data: bytes, page: int, dpi: int = 100) -> Image.Image:
    document = pypdfium2.PdfDocument(data)
    try:
        document.init_forms()
        return document[page].render(scale=dpi / 72, grayscale=True, may_draw_forms=True).to_pil()
    finally:
        document.close()


@every_template
def test_the_text_under_a_seal_can_still_be_read(which: TemplateId, keyring: Keyring) -> None:
    """Ink is laid over ink: what was dark stays dark, and stays darker than the seal on it."""
    sealed = keyring.sealed(signable(which), *signable(which).fields)
    for page in sorted({area.box.page for area in rendered(which).areas if area.box}):
        before, after = page_image(signable(which).data, page), page_image(sealed.data, page)
        assert ImageChops.subtract(after, before).getextrema()[1] <= 8, "nothing has become lighter"
        text = before.point(lambda level: 255 * (level < 60))
        assert max(after.getextrema()) == 255
        assert Image.composite(after, Image.new("L", after.size), text).getextrema()[1] <= 60
        blank = before.point(lambda level: 255 * (level > 250))
        inked = Image.composite(after, Image.new("L", after.size, 255), blank)
        assert 60 < inked.getextrema()[0] < 200, "a seal was drawn, and is lighter than text"


@every_template
def test_the_text_of_the_file_is_the_same_after_sealing(which: TemplateId, keyring: Keyring) -> None:
    sealed = keyring.sealed(signable(which), *signable(which).fields)
    assert texts(sealed.data) == texts(signable(which).data)


def texts(data: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(data)
    try:
        return [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()


# ---- after the lock


def pyhanko_says(data: bytes, keyring: Keyring) -> list[PdfSignatureStatus]:
    roots = [asn1_x509.Certificate.load(der) for der in keyring.pki.anchors()]
    others = [asn1_x509.Certificate.load(der) for der in keyring.pki.intermediates()]

    async def judged() -> list[PdfSignatureStatus]:
        reader = PdfFileReader(io.BytesIO(data))
        return [
            await async_validate_pdf_signature(
                signature,
                ValidationContext(trust_roots=roots, other_certs=others, allow_fetching=False, moment=keyring.now),
            )
            for signature in reader.embedded_signatures
        ]

    return asyncio.run(judged())


@pytest.fixture(scope="module")
def complete(keyring: Keyring) -> bytes:
    return keyring.sealed(signable(LICENCE), AUTHORITY, PLATFORM).data


def one_signature_more(data: bytes, keyring: Keyring) -> bytes:
    """By other software, in a field of its own, with a key that everybody trusts."""
    label = KEYS[EMPLOYER].label
    key = load_pem_private_key((keyring.pki.keys / f"{label}.pem").read_bytes(), keyring.pki.passphrase)
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    writer = IncrementalPdfFileWriter(io.BytesIO(data))
    fields.append_signature_field(writer, fields.SigFieldSpec("late"))
    signer = signers.SimpleSigner(
        signing_cert=asn1_x509.Certificate.load(keyring.keys.signing_cert(KEYS[EMPLOYER]).cert),
        signing_key=asn1_keys.PrivateKeyInfo.load(der),
        cert_registry=SimpleCertificateStore.from_certs(
            [asn1_x509.Certificate.load(der) for der in keyring.pki.intermediates()]
        ),
    )
    metadata = signers.PdfSignatureMetadata(field_name="late", md_algorithm="sha256")
    # the writer respects the lock unless it is told not to
    out = io.BytesIO()
    asyncio.run(signers.PdfSigner(metadata, signer).async_sign_pdf(writer, output=out))
    return out.getvalue()


def an_annotation_more(data: bytes, keyring: Keyring) -> bytes:
    with opened(data) as pdf:
        number = pdf.pages[0].obj.objgen[0]
        annotations = [annotation.objgen[0] for annotation in pdf.pages[0].obj.Annots]
        pdf.pages[0].obj.Annots = pikepdf.Array([])
        page = pdf.pages[0].obj.unparse(resolved=True)
    listed = b" ".join(b"%d 0 R" % one for one in (*annotations, 9001))
    page = re.sub(rb"/Annots \[\s*\]", b"/Annots [ " + listed + b" ]", page)
    note = b"<< /Type /Annot /Subtype /FreeText /Rect [70 690 300 720] /Contents (FORGED) /DA (/F1 12 Tf) >>"
    return attacks.append_revision(data, {number: page, 9001: note})


def another_page_content(data: bytes, keyring: Keyring) -> bytes:
    return attacks.append_revision(data, {attacks.page_content_number(data): attacks.other_content()})


@pytest.mark.parametrize("change", [one_signature_more, an_annotation_more, another_page_content])
def test_whatever_follows_the_lock_is_a_change(complete: bytes, keyring: Keyring, change: object) -> None:
    changed = change(complete, keyring)  # type: ignore[operator]
    assert changed.startswith(complete)
    report = keyring.validated(changed)
    assert report.verdict is Verdict.TOTAL_FAILED
    assert report.integrity is Integrity.CHANGED
    assert not all(status.bottom_line for status in pyhanko_says(changed, keyring))


@both_levels
def test_pyhanko_accepts_every_signature(level: PadesLevel, keyring: Keyring) -> None:
    for which in (LICENCE, CHANGE):
        statuses = pyhanko_says(keyring.sealed(signable(which), *signable(which).fields, level=level).data, keyring)
        assert len(statuses) == len(signable(which).fields)
        for status in statuses:
            assert status.bottom_line, status.pretty_print_details()
            assert status.intact
            assert status.trusted
            assert (status.timestamp_validity is not None) is (level is B_T)


# ---- poppler


@pytest.mark.skipif(not (shutil.which("pdfsig") and shutil.which("certutil")), reason="pdfsig or certutil is missing")
@pytest.mark.usefixtures("answered")
@both_levels
def test_pdfsig_finds_every_signature_valid_and_every_cert_trusted(
    level: PadesLevel, keyring: Keyring, tmp_path: Path
) -> None:
    store = f"sql:{tmp_path / 'nss'}"
    (tmp_path / "nss").mkdir()
    subprocess.run(["certutil", "-N", "-d", store, "--empty-password"], check=True)
    for number, (der, trust) in enumerate(
        [*((der, "CT,C,C") for der in keyring.pki.anchors()), *((der, ",,") for der in keyring.pki.intermediates())]
    ):
        (tmp_path / "cert.pem").write_bytes(x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM))
        command = ["certutil", "-A", "-d", store, "-n", f"ca-{number}", "-t", trust, "-i", tmp_path / "cert.pem"]
        subprocess.run(command, check=True)
    for which in EVERY_TEMPLATE:
        count = len(signable(which).fields)
        path = tmp_path / f"{which.name}.pdf"
        path.write_bytes(keyring.sealed(signable(which), *signable(which).fields, level=level).data)
        told = subprocess.run(["pdfsig", "-nssdir", store, path], capture_output=True, text=True).stdout
        assert told.count("Signature Validation: Signature is Valid.") == count, told
        assert told.count("Certificate Validation: Certificate is Trusted.") == count, told
        assert told.count("Total document signed") == 1, told


# ---- every byte counts


SPECIAL = (
    rb"%PDF-1\.\d", rb"/ByteRange ?\[[^\]]*\]", rb"/Contents <30", rb"/FT ?/Sig", rb"/SubFilter ?/ETSI\.CAdES\.detached",
    rb"/Type ?/Sig\b", rb"/V \d+ 0 R", rb"/T \([a-z_]+\)", rb"/AcroForm", rb"/Fields ?\[", rb"/Root \d+ 0 R",
    rb"/Prev \d+", rb"/Size \d+", rb"xref\n[^t]{0,60}", rb"startxref\n\d+\n", rb"%%EOF\n", rb"trailer", rb"/M\(D:[^)]*\)",
    rb"/Perms ?<<[^>]*>>", rb"/DocMDP", rb"/FieldMDP", rb"/SigFieldLock", rb"/Reference ?\[", rb"/AP ?<<[^>]*>>",
)  # fmt: skip


def signed_positions(data: bytes) -> set[int]:
    """Inside every signature's range: the hole of a later signature is in no earlier one's."""
    holes = {
        position for first, length, second, _ in attacks.byte_ranges(data) for position in range(first + length, second)
    }
    return set(range(len(data))) - holes


def special_positions(data: bytes) -> list[int]:
    found = {
        position
        for pattern in SPECIAL
        for match in re.finditer(pattern, data)
        for position in range(match.start(), match.end())
    }
    return sorted(found & signed_positions(data))


def assert_each_flip_fails(data: bytes, positions: Iterable[int], keyring: Keyring, chance: random.Random) -> None:
    for position in positions:
        flipped = bytearray(data)
        flipped[position] ^= 1 << chance.randrange(8)
        report = keyring.validated(bytes(flipped))
        assert report.verdict is Verdict.TOTAL_FAILED, (position, data[position - 20 : position + 20], report)


@pytest.mark.parametrize(("which", "count"), [(LICENCE, 110), (RENEWAL, 40)], ids=str)
def test_a_flipped_byte_in_a_document_of_ours_fails(which: TemplateId, count: int, keyring: Keyring) -> None:
    chance = random.Random(str(which))
    data = keyring.sealed(signable(which), *signable(which).fields).data
    anywhere = chance.sample(sorted(signed_positions(data)), count)
    special = chance.sample(special_positions(data), count // 2)
    assert_each_flip_fails(data, [*anywhere, *special], keyring, chance)


@pytest.mark.slow
@pytest.mark.parametrize("which", [LICENCE, RENEWAL], ids=str)
def test_a_flip_in_the_structure_of_a_document_of_ours_fails(which: TemplateId, keyring: Keyring) -> None:
    data = keyring.sealed(signable(which), *signable(which).fields).data
    assert len(special_positions(data)) > 400
    chance = random.Random(11)
    assert_each_flip_fails(data, chance.sample(special_positions(data), 400), keyring, chance)


def test_the_zeros_behind_a_cms_belong_to_nobody_and_are_not_to_be_used(keyring: Keyring) -> None:
    """What is left of the hole is not signed, so anything in it but zeros is refused."""
    data = bytearray(keyring.sealed(signable(LICENCE), AUTHORITY, PLATFORM, level=B_T).data)
    for first, length, second, _ in attacks.byte_ranges(bytes(data)):
        last = first + second - 3
        assert data[last : last + 2] == b"00"
        assert length < last
        smuggled = bytes(data[:last]) + b"41" + bytes(data[last + 2 :])
        assert keyring.validated(smuggled).verdict is Verdict.TOTAL_FAILED


def test_a_seal_moved_to_another_document_fails(keyring: Keyring) -> None:
    """The CMS of one licence in the hole of another."""
    sealed = [
        finish_seal(prepared, keyring.keys.sign(KEYS[AUTHORITY], prepared.to_be_signed), None).data
        for which in (LICENCE, RENEWAL)
        for prepared in [
            begin_seal(signable(which), AUTHORITY, keyring.keys.signing_cert(KEYS[AUTHORITY]), keyring.now, level=B_B)
        ]
    ]
    moved = attacks.set_contents(sealed[0], attacks.contents_digits(sealed[1]))
    assert keyring.validated(moved).verdict is Verdict.TOTAL_FAILED
