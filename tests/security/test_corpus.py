"""Of every class of attack on signed PDFs no file is called genuine, and what may be added later alarms nobody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from pyhanko.sign.fields import MDPPerm

from signing_service.domain.changes import ChangeKind
from signing_service.domain.documents import DocumentKind, sha256_of
from signing_service.domain.register import PublicDocument, RegisterStatus
from signing_service.domain.verdicts import Integrity, Report, Sentence, Verdict
from signing_service.pipeline.compare import CompareLimits
from signing_service.pipeline.compare.work import compare
from signing_service.pipeline.validate import validate
from tests.security import corpus, signed_files
from tests.security.corpus import Case
from tests.security.own_documents import OwnDocuments
from tests.security.signed_files import NOW, Pki
from tests.unit.pipeline.sealing import Keyring
from verify_portal.answers import Tone, combine

CLASSES = sorted(corpus.classes())
NAMED_BY_THE_LITERATURE = {"ISA", "SWA", "USF", "EAA", "SSA", "shadow"}


@pytest.fixture(scope="session")
def own(tmp_path_factory: pytest.TempPathFactory) -> OwnDocuments:
    return OwnDocuments(Keyring.in_folder(tmp_path_factory.mktemp("own-documents")))


def on_register(original: bytes, kind: DocumentKind) -> PublicDocument:
    return PublicDocument(
        kind=kind,
        title=Sentence("证照", "Licence"),
        number="1",
        status=RegisterStatus.COMPLETE if kind is not DocumentKind.LICENCE else RegisterStatus.IN_FORCE,
        holder="王**",
        issuer="江西省住房和城乡建设厅",
        file_sha256=sha256_of(original),
    )


def assert_flagged(case: Case, report: Report, document: PublicDocument | None = None) -> None:
    """Failed, and the portal's answer says so: even if the register were to find the file under its code."""
    assert report.verdict is Verdict.TOTAL_FAILED, (case.name, report)
    assert report.integrity in (Integrity.CHANGED, Integrity.BROKEN), (case.name, report)
    assert not report.reason.startswith("GENUINE"), case.name
    for found in (None, document):
        for registered in (False, True):
            answer = combine(report, found, on=date(2026, 11, 22), registered=registered)
            assert answer.tone is Tone.VOID, (case.name, answer)
            assert answer.reason == report.reason, (case.name, answer)


@pytest.mark.parametrize("attack_class", CLASSES)
@pytest.mark.parametrize("kind", ["form", "notice", "licence"])
def test_no_attack_on_our_own_documents_is_called_genuine(kind: str, attack_class: str, own: OwnDocuments) -> None:
    original = own.originals[kind]
    document = on_register(original, DocumentKind(kind))
    tried = 0
    for case in corpus.cases({kind: original}, attack_class):
        assert_flagged(case, own.keyring.validated(case.data), document)
        tried += 1
    assert tried


@pytest.mark.parametrize("attack_class", CLASSES)
def test_no_attack_on_a_strangers_form_with_values_is_called_genuine(attack_class: str, pki: Pki) -> None:
    """No certification, no lock, a text field with an amount: the file that leaves a forger the most room."""
    signed = signed_files.sign(signed_files.with_text_field(signed_files.page()), "Signature1", pki.authority, [pki.ca])
    assert validate(signed, pki.anchors, now=NOW).verdict is Verdict.TOTAL_PASSED
    for case in corpus.cases({"stranger": signed}, attack_class):
        assert_flagged(case, validate(case.data, pki.anchors, now=NOW))


@pytest.mark.parametrize("permits", [MDPPerm.FILL_FORMS, MDPPerm.ANNOTATE], ids=["P=2", "P=3"])
@pytest.mark.parametrize("attack_class", ["EAA", "SSA", "forms", "appearance"])
def test_what_a_certification_permits_is_told_all_the_same(attack_class: str, permits: MDPPerm, pki: Pki) -> None:
    """With P=3 a viewer lets annotations pass silently (Rohlmann et al.): they are changes after sealing to us."""
    signed = signed_files.sign(
        signed_files.with_text_field(signed_files.page()),
        "Signature1", pki.authority, [pki.ca], certify=True, permits=permits,
    )  # fmt: skip
    assert validate(signed, pki.anchors, now=NOW).verdict is Verdict.TOTAL_PASSED
    for case in corpus.cases({f"certified {permits.name}": signed}, attack_class):
        assert_flagged(case, validate(case.data, pki.anchors, now=NOW))


def test_every_class_of_the_literature_is_there_and_every_attack_finds_a_file(own: OwnDocuments, pki: Pki) -> None:
    assert {*CLASSES} >= NAMED_BY_THE_LITERATURE
    signed = signed_files.sign(signed_files.with_text_field(signed_files.page()), "Signature1", pki.authority, [pki.ca])
    made = Counter(
        case.name.partition(": ")[2] for case in corpus.cases({**own.originals, "stranger": signed})
    )  # fmt: skip
    assert set(made) == set(corpus.names())
    assert len(made) >= 140


def test_what_may_be_added_later_alarms_nobody(own: OwnDocuments) -> None:
    cases = list(own.harmless())
    assert len(cases) >= 14
    for case in cases:
        report = own.keyring.validated(case.data)
        assert (report.verdict, report.integrity) == (Verdict.TOTAL_PASSED, Integrity.INTACT), (case.name, report)
        assert combine(report, None, on=date(2026, 11, 22), registered=True).tone is not Tone.VOID


# ---- what was changed


APPENDED = ("ISA: page rewritten", "EAA", "SSA", "pages", "layers", "actions", "attachments", "description", "overlay")
"""Attacks that leave the sealed version in the file and add to it by a proper update."""


def appended(kind: str, original: bytes) -> Iterator[Case]:
    for case in corpus.cases({kind: original}):
        if case.name.partition(": ")[2].startswith(APPENDED) and case.data.startswith(original):
            yield case


def test_the_sealed_version_is_found_again_and_the_change_told(own: OwnDocuments) -> None:
    original = own.originals["notice"]
    pki = own.keyring.pki
    limits = CompareLimits(max_pages=3, dpi=50)
    told: dict[str, set[ChangeKind]] = {}
    for case in appended("notice", original):
        *_, changes = compare(
            case.data, pki.anchors(), intermediates=pki.intermediates(), crls=(), now=own.keyring.now, limits=limits
        )
        assert changes.intact is not None, case.name
        assert changes.intact.verdict is Verdict.TOTAL_PASSED
        assert case.data[: changes.intact.length].rstrip() == original.rstrip(), case.name
        assert changes.looked_at, case.name
        kinds = {change.kind for change in changes.changes}
        assert kinds - {ChangeKind.DATA_APPENDED} or changes.pages_changed, case.name
        told[case.name] = kinds
    assert len(told) >= 30
    for name, kind in {
        "EAA: Stamp annotation over the text": ChangeKind.ANNOTATION_ADDED,
        "SSA: text field over the text": ChangeKind.FIELD_ADDED,
        "pages: one added": ChangeKind.PAGE_ADDED,
        "pages: turned": ChangeKind.PAGE_SHAPE,
        "attachments: one added": ChangeKind.ATTACHMENT_ADDED,
        "description: another title in XMP": ChangeKind.DESCRIPTION,
        "actions: a script when the file is opened": ChangeKind.ACTION,
        "layers: a seal put on a layer that is off": ChangeKind.LAYERS,
    }.items():
        assert kind in told[f"notice: {name}"], (name, told[f"notice: {name}"])


def test_a_report_that_failed_is_not_mended_by_its_own_register_entry(own: OwnDocuments) -> None:
    """A register that would answer to anything does not make an attack genuine."""
    original = own.originals["notice"]
    case = next(corpus.cases({"notice": original}, "ISA"))
    pki = own.keyring.pki
    certs = {signature.cert_sha256 for signature in own.keyring.validated(original).signatures}
    report = validate(
        case.data, pki.anchors(), intermediates=pki.intermediates(), now=own.keyring.now,
        register=lambda _sha: True, own_certs=certs,
    )  # fmt: skip
    assert_flagged(case, replace(report))
