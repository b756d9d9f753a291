"""Every field is laid before the first signature, and the last one locks."""

from __future__ import annotations

import io
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest
from pikepdf import pdfa

from signing_service.domain.documents import SealedPdf, SignablePdf, SignatureArea, TemplateId
from signing_service.pipeline.lay_out import add_signature_fields, as_it_stands
from tests.unit.pipeline.sealing import (
    EMPLOYER,
    EVERY_TEMPLATE,
    HOLDER,
    PLATFORM,
    RENEWAL,
    Keyring,
    opened,
    rendered,
    signable,
    stamped,
)

every_template = pytest.mark.parametrize("which", EVERY_TEMPLATE, ids=str)


@every_template
def test_the_fields_are_those_of_the_template_in_its_order(which: TemplateId) -> None:
    laid = signable(which)
    assert laid.fields == tuple(area.role for area in stamped(which).rendered.areas)
    with opened(laid.data) as pdf:
        assert tuple(str(field.T) for field in pdf.Root.AcroForm.Fields) == laid.fields
        assert all(str(field.FT) == "/Sig" and "/V" not in field for field in pdf.Root.AcroForm.Fields)


@every_template
def test_only_the_last_field_locks_and_it_locks_everything(which: TemplateId) -> None:
    with opened(signable(which).data) as pdf:
        *others, last = pdf.Root.AcroForm.Fields
        assert not any("/Lock" in field for field in others)
        assert (last.Lock.Action, int(last.Lock.P)) == (pikepdf.Name.All, 1)


@every_template
def test_each_field_stands_where_the_template_has_its_area(which: TemplateId) -> None:
    with opened(signable(which).data) as pdf:
        for area, field in zip(rendered(which).areas, pdf.Root.AcroForm.Fields, strict=True):
            box = area.box
            expected = (box.left, box.bottom, box.right, box.top) if box else (0, 0, 0, 0)
            assert [float(value) for value in field.Rect] == pytest.approx(expected, abs=0.01)
            page = pdf.pages[box.page if box else 0]
            assert field.P.objgen == page.obj.objgen
            assert field.objgen in [annotation.objgen for annotation in page.obj.Annots]
            assert int(field.F) == 4 | 128


@every_template
def test_the_same_document_makes_the_same_bytes(which: TemplateId) -> None:
    assert add_signature_fields(stamped(which)) == signable(which)


@every_template
def test_the_fields_break_no_rule_of_pdf_a_2b(which: TemplateId) -> None:
    """The validator does not look into forms, and says so; what else it looks at is as it was."""
    report = pdfa.validate_written(io.BytesIO(signable(which).data), "2b")
    assert {(finding.rule, finding.kind) for finding in report.findings} == {("pikepdf:schema-Catalog", "unsupported")}


@pytest.mark.skipif(not shutil.which("qpdf"), reason="qpdf is not installed")
@every_template
def test_qpdf_finds_nothing_wrong(which: TemplateId, tmp_path: Path) -> None:
    path = tmp_path / "signable.pdf"
    path.write_bytes(signable(which).data)
    told = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True)
    assert told.returncode == 0, told
    assert "No syntax or stream encoding errors" in told.stdout


@every_template
def test_a_file_read_back_has_the_fields_it_was_laid_with(which: TemplateId) -> None:
    assert as_it_stands(signable(which).data) == signable(which)


def test_a_sealed_file_read_back_says_which_fields_are_filled(keyring: Keyring) -> None:
    sealed = keyring.sealed(signable(RENEWAL), HOLDER, EMPLOYER)
    assert as_it_stands(sealed.data) == sealed
    assert isinstance(as_it_stands(sealed.data), SealedPdf)
    assert isinstance(as_it_stands(signable(RENEWAL).data), SignablePdf)
    assert not sealed.complete


def test_an_area_over_the_code_is_refused() -> None:
    document = rendered(RENEWAL)
    over = replace(document, areas=(*document.areas[:-1], SignatureArea(PLATFORM, document.qr_zones[0])))
    with pytest.raises(ValueError, match="lies over a QR zone"):
        add_signature_fields(replace(stamped(RENEWAL), rendered=over))


def test_a_signature_that_shows_nothing_has_a_field_without_extent(keyring: Keyring) -> None:
    document = rendered(RENEWAL)
    hidden = replace(document, areas=(*document.areas[:-1], SignatureArea(PLATFORM, None)))
    laid = add_signature_fields(replace(stamped(RENEWAL), rendered=hidden))
    with opened(laid.data) as pdf:
        field = pdf.Root.AcroForm.Fields[-1]
        assert [float(value) for value in field.Rect] == [0, 0, 0, 0]
        assert "/AP" not in field
    sealed = keyring.sealed(laid, *laid.fields)
    assert keyring.validated(sealed.data).verdict == "TOTAL_PASSED"
