"""A file from elsewhere is signed as it is, or refused with what is wrong with it."""

from __future__ import annotations

import io

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String
from reportlab.pdfgen.canvas import Canvas

from signing_service.domain.documents import Box, PadesLevel, SignatoryRole, SignatureArea
from signing_service.domain.errors import Problem
from signing_service.domain.verdicts import Verdict
from signing_service.pipeline.intake import take_in
from tests.unit.pipeline.sealing import EMPLOYER, HOLDER, PLATFORM, Keyring

AREAS = (
    SignatureArea(HOLDER, Box(1, 100, 100, 220, 160)),
    SignatureArea(EMPLOYER, Box(0, 300, 100, 420, 220)),
    SignatureArea(SignatoryRole.PLATFORM, None),
)


def upload(pages: int = 3) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, invariant=1)
    for page in range(pages):
        canvas.drawString(72, 700, f"Contract, page {page + 1}")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def saved(pdf: pikepdf.Pdf, **options: object) -> bytes:
    out = io.BytesIO()
    pdf.save(out, **options)  # type: ignore[arg-type]
    return out.getvalue()


def test_an_upload_keeps_its_bytes_and_is_signed_by_everybody(keyring: Keyring) -> None:
    data = upload()
    taken = take_in(data, AREAS)
    assert taken.data.startswith(data)
    assert taken == take_in(data, AREAS)
    sealed = keyring.sealed(taken, HOLDER, EMPLOYER, PLATFORM, level=PadesLevel.B_T)
    report = keyring.validated(sealed.data)
    assert (report.verdict, len(report.signatures)) == (Verdict.TOTAL_PASSED, 3)
    with pikepdf.open(io.BytesIO(sealed.data)) as pdf:
        assert [len(page.obj.get("/Annots", [])) for page in pdf.pages] == [2, 1, 0]
        assert not pdf.check_pdf_syntax()


def test_a_file_with_compressed_tables_is_written_anew_and_signed(keyring: Keyring) -> None:
    with pikepdf.open(io.BytesIO(upload())) as pdf:
        data = saved(pdf, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    taken = take_in(data, AREAS)
    sealed = keyring.sealed(taken, HOLDER, EMPLOYER, PLATFORM)
    assert keyring.validated(sealed.data).verdict is Verdict.TOTAL_PASSED


def with_script(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))


def with_script_in_other_letters(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = pdf.make_indirect(Dictionary(S=Name("/J\x61vaScript")))


def with_layers(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OCProperties = Dictionary(OCGs=Array([]))


def with_form(pdf: pikepdf.Pdf) -> None:
    pdf.Root.AcroForm = Dictionary(Fields=Array([]))


def with_attachment(pdf: pikepdf.Pdf) -> None:
    pdf.attachments["other.pdf"] = b"%PDF-1.7"


def with_launch(pdf: pikepdf.Pdf) -> None:
    action = Dictionary(S=Name.Launch, F=String("calc.exe"))
    pdf.pages[0].obj.Annots = Array(
        [Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 9, 9]), A=action)]
    )


@pytest.mark.parametrize(
    "made", [with_script, with_script_in_other_letters, with_layers, with_form, with_attachment, with_launch]
)
def test_what_could_show_something_else_tomorrow_is_refused(made: object) -> None:
    with pikepdf.open(io.BytesIO(upload())) as pdf:
        made(pdf)  # type: ignore[operator]
        data = saved(pdf)
    with pytest.raises(Problem) as refusal:
        take_in(data, AREAS)
    assert refusal.value.code == "UPLOAD_ACTIVE"
    assert "另存为普通 PDF" in refusal.value.zh


def test_a_protected_file_is_refused() -> None:
    with pikepdf.open(io.BytesIO(upload())) as pdf:
        for password in ("", "secret"):
            data = saved(pdf, encryption=pikepdf.Encryption(owner="owner", user=password))
            with pytest.raises(Problem) as refusal:
                take_in(data, AREAS)
            assert refusal.value.code == "UPLOAD_ENCRYPTED"


def test_a_signed_file_is_refused_and_so_is_what_is_no_pdf(keyring: Keyring) -> None:
    signed = keyring.sealed(take_in(upload(), AREAS), HOLDER).data
    for data, code in ((signed, "UPLOAD_SIGNED"), (b"GIF89a", "UPLOAD_UNREADABLE"), (b"", "UPLOAD_UNREADABLE")):
        with pytest.raises(Problem) as refusal:
            take_in(data, AREAS)
        assert refusal.value.code == code
