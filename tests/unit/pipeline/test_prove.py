"""What a stranger would not accept, or a telephone not read, is never issued."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from pathlib import Path

import pikepdf
import pytest

from signing_service.domain.documents import ProvenPdf, SealedPdf, SignablePdf, StampedPdf, TemplateId
from signing_service.domain.errors import Problem
from signing_service.domain.verdicts import Report, Verdict
from signing_service.pipeline import prove as proving
from signing_service.pipeline.lay_out import add_signature_fields
from signing_service.pipeline.prove import prove, read_qr_codes
from signing_service.pipeline.stamp import stamp_qr
from signing_service.trust.pki import ensure
from tests.factories_pki import DESCRIPTION
from tests.security.attacks import append_revision, other_content, page_content_number
from tests.unit.pipeline.sealing import (
    ADDRESS,
    AUTHORITY,
    B_T,
    CHECK_CODE,
    EVERY_TEMPLATE,
    LICENCE,
    MADE_AT,
    NOTICE,
    PLATFORM,
    RENEWAL,
    Keyring,
    fonts,
    rendered,
    signable,
)


def proven(sealed: SealedPdf, keyring: Keyring, address: str = ADDRESS) -> ProvenPdf:
    return prove(sealed, address, keyring.pki.anchors(), keyring.pki.intermediates(), keyring.now)


def refusal(sealed: SealedPdf, keyring: Keyring, address: str = ADDRESS) -> str:
    with pytest.raises(Problem) as refused:
        proven(sealed, keyring, address)
    assert refused.value.code == "PROOF_FAILED"
    assert refused.value.zh
    return refused.value.en


@pytest.fixture(scope="module")
def licence(keyring: Keyring) -> SealedPdf:
    return keyring.sealed(signable(LICENCE), AUTHORITY, PLATFORM, level=B_T)


@pytest.mark.parametrize("which", EVERY_TEMPLATE, ids=str)
def test_every_template_is_proven_when_all_have_sealed(which: TemplateId, keyring: Keyring) -> None:
    sealed = keyring.sealed(signable(which), *signable(which).fields, level=B_T)
    document = proven(sealed, keyring)
    assert document.data == sealed.data
    assert document.report["address"] == ADDRESS
    assert Report.from_json(json.loads(json.dumps(document.report))).verdict is Verdict.TOTAL_PASSED


def test_a_document_that_somebody_has_still_to_sign_is_not_proven(keyring: Keyring) -> None:
    assert "not every field" in refusal(keyring.sealed(signable(LICENCE), AUTHORITY), keyring)


def test_a_document_that_says_it_is_complete_and_is_not_is_not_proven(keyring: Keyring) -> None:
    sealed = keyring.sealed(signable(LICENCE), AUTHORITY)
    assert "number of signatures" in refusal(SealedPdf(sealed.data, sealed.fields, sealed.fields), keyring)


def test_a_document_whose_code_says_something_else_is_not_proven(licence: SealedPdf, keyring: Keyring) -> None:
    assert "page 1" in refusal(licence, keyring, ADDRESS[:-1] + "b")


def test_a_document_without_a_code_is_not_proven(keyring: Keyring) -> None:
    bare = add_signature_fields(StampedPdf(rendered(LICENCE).body, rendered(LICENCE), ADDRESS))
    assert "page 1" in refusal(keyring.sealed(bare, AUTHORITY, PLATFORM), keyring)


def test_a_document_with_a_changed_page_is_not_proven(licence: SealedPdf, keyring: Keyring) -> None:
    changed = append_revision(licence.data, {page_content_number(licence.data): other_content()})
    assert "TOTAL_FAILED" in refusal(SealedPdf(changed, licence.fields, licence.filled), keyring)


def test_a_document_whose_signers_nobody_knows_is_not_proven(
    licence: SealedPdf, keyring: Keyring, tmp_path: Path
) -> None:
    look_alike = ensure(tmp_path / "pki", DESCRIPTION, keyring.now)
    with pytest.raises(Problem) as refused:
        prove(licence, ADDRESS, look_alike.anchors(), look_alike.intermediates(), keyring.now)
    assert refused.value.code == "PROOF_FAILED"
    assert "TOTAL_PASSED" not in refused.value.en


def test_what_was_proven_is_proven_again_a_month_later(licence: SealedPdf, keyring: Keyring) -> None:
    later = keyring.now + timedelta(days=30)
    assert prove(licence, ADDRESS, keyring.pki.anchors(), keyring.pki.intermediates(), later).data == licence.data


def test_each_page_tells_its_code() -> None:
    assert read_qr_codes(signable(RENEWAL).data) == [(ADDRESS,)] * rendered(RENEWAL).page_count
    other = stamp_qr(rendered(LICENCE), ADDRESS + "x", CHECK_CODE, fonts(), MADE_AT)
    assert read_qr_codes(other.data) == [(ADDRESS + "x",)]
    assert read_qr_codes(rendered(LICENCE).data) == [()]


# ---- which codes are read from the drawn page


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The documents whose pages are drawn, in a process that has proven none so far."""
    seen: list[bytes] = []

    def drawing(data: bytes) -> list[tuple[str, ...]]:
        seen.append(data)
        return read_qr_codes(data)

    monkeypatch.setattr(proving, "read_qr_codes", drawing)
    monkeypatch.setattr(proving, "_drawn", proving._Drawn())
    return seen


def test_the_first_document_of_each_edition_is_drawn_and_every_so_many_after_it(
    licence: SealedPdf, keyring: Keyring, drawn: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proving, "DRAWN_EVERY", 3)
    notice = keyring.sealed(signable(NOTICE), AUTHORITY)
    for _ in range(7):
        proven(licence, keyring)
        proven(notice, keyring)
    assert [drawn.count(one.data) for one in (licence, notice)] == [3, 3]


def test_a_code_that_something_is_painted_over_is_refused_with_the_first_document(
    keyring: Keyring, drawn: list[bytes]
) -> None:
    covered = io.BytesIO()
    with pikepdf.open(io.BytesIO(signable(NOTICE).data)) as pdf:
        pdf.pages[0].contents_add(b"q 1 g 0 0 2000 2000 re f Q")
        pdf.save(covered, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    sealed = keyring.sealed(SignablePdf(covered.getvalue(), (AUTHORITY,)), AUTHORITY)
    assert "page 1" in refusal(sealed, keyring)
    assert len(drawn) == 1


def test_a_mask_that_says_something_else_is_refused_whenever_it_comes(
    licence: SealedPdf, keyring: Keyring, drawn: list[bytes]
) -> None:
    other = add_signature_fields(stamp_qr(rendered(LICENCE), ADDRESS + "x", CHECK_CODE, fonts(), MADE_AT))
    sealed = keyring.sealed(other, AUTHORITY, PLATFORM)
    for _ in range(3):
        proven(licence, keyring)
        assert "page 1" in refusal(sealed, keyring)
    assert drawn.count(sealed.data) == 3, "what the mask does not say is looked for on the page"
    assert drawn.count(licence.data) == 1


def test_a_document_whose_masks_are_not_found_is_drawn(keyring: Keyring, drawn: list[bytes]) -> None:
    packed = io.BytesIO()
    with pikepdf.open(io.BytesIO(signable(NOTICE).data)) as pdf:
        del pdf.docinfo["/Keywords"]
        pdf.save(packed, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    sealed = keyring.sealed(SignablePdf(packed.getvalue(), (AUTHORITY,)), AUTHORITY)
    for _ in range(2):
        proven(sealed, keyring)
    assert len(drawn) == 2, "it does not say what it is"
