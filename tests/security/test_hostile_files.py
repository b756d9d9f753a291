"""Files made to hang, to fill memory, to crash a parser or to make it call home: each gets a report, and soon."""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
import time
import warnings
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pikepdf
import pytest
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers

from signing_service.domain.verdicts import Integrity, Verdict
from signing_service.pipeline import isolation
from signing_service.pipeline.isolation import validate_isolated
from signing_service.pipeline.validate import Limits, Reason, given_up, validate
from signing_service.pipeline.validate.scan import has_long_hex_string
from tests.security import attacks, corpus, signed_files
from tests.security.page_bombs import PAGE_BOMBS
from tests.security.signed_files import NOW, Pki

LIMITS = Limits(seconds=5)
SOON = 7.0


def minimal(*bodies: bytes, root: int = 1, trailer: bytes = b"") -> bytes:
    out = bytearray(b"%PDF-1.7\n")
    offsets = []
    for number, body in enumerate(bodies, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root %d 0 R %s >>\n" % (len(bodies) + 1, root, trailer)
    return bytes(out) + b"startxref\n%d\n%%%%EOF\n" % table


def xref_stream(size: bytes, widths: bytes, body: bytes, extra: bytes = b"") -> bytes:
    head = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n"
    packed = zlib.compress(body)
    dictionary = b"<< /Type /XRef /Size %s /W [%s] /Root 1 0 R /Filter /FlateDecode /Length %d %s >>" % (
        size,
        widths,
        len(packed),
        extra,
    )
    whole = head + b"2 0 obj\n" + dictionary + b"\nstream\n" + packed + b"\nendstream\nendobj\n"
    return whole + b"startxref\n%d\n%%%%EOF\n" % len(head)


def form_of(field: bytes, *more: bytes) -> bytes:
    return minimal(b"<< /Type /Catalog /AcroForm << /Fields [ 2 0 R ] >> >>", field, *more)


def nested_filters() -> bytes:
    body = b"\0" * 40_000_000
    for _ in range(3):
        body = zlib.compress(body, 9)
    names = b"/FlateDecode " * 3
    stream = b"<< /Type /ObjStm /N 1 /First 4 /Filter [%s] /Length %d >>\nstream\n%s\nendstream" % (
        names,
        len(body),
        body,
    )
    return minimal(b"<< /Type /Catalog /AcroForm 2 0 R >>", stream)


SIGNATURE = b"<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached "

BOMBS: dict[str, Callable[[], bytes]] = {
    "claimed size": lambda: xref_stream(b"2147483648", b"1 2 1", b"\0" * 12),
    "claimed index": lambda: xref_stream(b"3", b"1 2 1", b"\0" * 12, b"/Index [0 2147483647]"),
    "widths of nothing": lambda: xref_stream(b"100000000", b"0 0 0", b""),
    "fifty million entries": lambda: xref_stream(b"50000000", b"1 0 0", b"\0" * 50_000_000),
    "hidden size": lambda: xref_stream(b"3", b"1 2 1", b"\0" * 12, b"/Si#7ae 2147483648 /Ind#65x [0 2147483647]"),
    "trailer size": lambda: minimal(b"<< /Type /Catalog >>").replace(b"/Size 2", b"/Size 99999999999"),
    "no end mark": lambda: b"%PDF-1.7\n" + b"a" * 2_000_000,
    "end mark far away": lambda: b"%PDF-1.7\n%%EOF\n" + b"a\n" * 1_000_000,
    "end marks": lambda: b"%PDF-1.7\n" + b"startxref\n9\n%%EOF\n" * 100_000,
    "million digits": lambda: form_of(
        b"<< /FT /Sig /T (a) /V 3 0 R >>", SIGNATURE + b"/ByteRange [0 1 2 3] /Contents <" + b"30" * 500_000 + b"> >>"
    ),
    "digits under a hidden key": lambda: form_of(
        b"<< /FT /Sig /T (a) /V 3 0 R >>", SIGNATURE + b"/ByteRange [0 1 2 3] /Con#74ents <" + b"30" * 500_000 + b"> >>"
    ),
    "digits far apart": lambda: form_of(b"<< /T <" + b"3 \n" * 400_000 + b"> >>"),
    "three million names": lambda: form_of(b"<< " + b"/" * 3_000_000 + b" >>"),
    "deep arrays": lambda: minimal(b"<< /Type /Catalog /AcroForm " + b"[" * 200_000 + b"]" * 200_000 + b" >>"),
    "deep dictionaries": lambda: minimal(b"<< /Type /Catalog /AcroForm " + b"<</A" * 50_000 + b">>" * 50_000 + b" >>"),
    "deep trailer": lambda: minimal(b"<< /Type /Catalog >>", trailer=b"/A " + b"[" * 100_000),
    "reference loop": lambda: minimal(b"<< /Type /Catalog /AcroForm 2 0 R >>", b"3 0 R", b"2 0 R"),
    "field loop": lambda: form_of(b"<< /T (a) /FT /Sig /Kids [ 2 0 R 3 0 R ] >>", b"<< /Kids [ 2 0 R ] >>"),
    "field chain": lambda: form_of(
        *(b"<< /T (a) /FT /Sig /Kids [ %d 0 R ] >>" % number for number in range(3, 4000)), b"<< /T (z) >>"
    ),
    "thousand signatures": lambda: minimal(
        b"<< /Type /Catalog /AcroForm << /Fields [ %s ] >> >>" % b" ".join(b"%d 0 R" % n for n in range(2, 1002)),
        *(
            b"<< /FT /Sig /T (f%d) /V << /Type /Sig /ByteRange [0 1 2 3] /Contents <30> >> >>" % number
            for number in range(1000)
        ),
    ),
    "previous loop": lambda: minimal(b"<< /Type /Catalog >>", trailer=b"/Prev 9"),
    "nested filters": nested_filters,
    "root is not there": lambda: minimal(b"<< >>", root=77),
    "fields is a number": lambda: minimal(b"<< /Type /Catalog /AcroForm << /Fields 7 >> >>"),
    "value is itself": lambda: form_of(b"<< /FT /Sig /T (a) /V 2 0 R >>"),
    "startxref to nowhere": lambda: b"%PDF-1.7\nstartxref\n99999999999999999999\n%%EOF\n",
}


@pytest.mark.parametrize("name", PAGE_BOMBS)
def test_a_page_made_to_burst_keeps_no_verdict_from_being_given(name: str, one: bytes, pki: Pki) -> None:
    """The verifier draws nothing; the seal of the file is judged, and what was added refused."""
    report = validate_isolated(corpus.updated(one, PAGE_BOMBS[name]), pki.anchors, now=NOW, limits=LIMITS)
    assert report.verdict is Verdict.TOTAL_FAILED
    assert report.integrity in (Integrity.CHANGED, Integrity.BROKEN)


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_gets_a_report_soon_and_never_passes(name: str, pki: Pki) -> None:
    data = BOMBS[name]()
    began = time.monotonic()
    report = validate_isolated(data, pki.anchors, now=NOW, limits=LIMITS)
    assert time.monotonic() - began < SOON
    assert report.verdict is not Verdict.TOTAL_PASSED
    assert report.integrity in (Integrity.UNREADABLE, Integrity.BROKEN, Integrity.CHANGED)


@pytest.mark.parametrize(
    "name",
    [
        "claimed size",
        "claimed index",
        "widths of nothing",
        "trailer size",
        "no end mark",
        "end marks",
        "million digits",
        "digits under a hidden key",
        "digits far apart",
        "three million names",
    ],
)
def test_what_can_be_seen_beforehand_costs_no_process_its_life(name: str, pki: Pki) -> None:
    data = BOMBS[name]()
    began = time.monotonic()
    report = validate(data, pki.anchors, now=NOW)
    assert time.monotonic() - began < 1
    assert report.verdict is not Verdict.TOTAL_PASSED


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_appended_to_a_signed_file_fails(name: str, one: bytes, pki: Pki) -> None:
    report = validate_isolated(one + BOMBS[name](), pki.anchors, now=NOW, limits=LIMITS)
    assert report.verdict is Verdict.TOTAL_FAILED


@pytest.mark.parametrize(
    "name", ["claimed size", "trailer size", "end marks", "million digits", "digits under a hidden key", "no end mark"]
)
def test_what_can_be_seen_beforehand_is_given_to_no_process(
    name: str, pki: Pki, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(isolation._hosts, "open_child", lambda: pytest.fail("a process was asked"))
    data = BOMBS[name]()
    report = validate_isolated(data, pki.anchors, now=NOW)
    assert report == validate(data, pki.anchors, now=NOW)
    assert report.verdict is not Verdict.TOTAL_PASSED


@pytest.mark.parametrize("key", [b"/Contents ", b"/Con#74ents", b"/Title"])
@pytest.mark.parametrize("lead", [0, 1, 100, 32_767, 32_768, 50_000])
def test_a_hex_string_is_too_long_wherever_it_begins(key: bytes, lead: int) -> None:
    head = b"%PDF-1.7\n" + b"\x80" * lead + key
    for digits in (64 * 1024 + 2, 100_000, 1_000_000):
        assert has_long_hex_string(head + b"<" + b"a1" * (digits // 2) + b">", 64 * 1024), digits
    for digits in (2, 30_000, 64 * 1024):
        assert not has_long_hex_string(head + b"<" + b"a1" * (digits // 2) + b">", 64 * 1024), digits
        assert not has_long_hex_string(head + b"(" + b"a1" * digits * 2 + b">", 64 * 1024), "it is no hex string"


def test_a_signature_of_the_largest_size_is_still_looked_at(pki: Pki) -> None:
    signer = signers.SimpleSigner(
        signing_cert=pki.authority.asn1_cert,
        signing_key=pki.authority.asn1_key,
        cert_registry=signed_files.store(pki.ca),
    )
    out = io.BytesIO()
    metadata = signers.PdfSignatureMetadata(field_name="authority")
    asyncio.run(
        signers.PdfSigner(metadata, signer).async_sign_pdf(
            IncrementalPdfFileWriter(io.BytesIO(signed_files.with_fields(signed_files.page(), ["authority"]))),
            output=out,
            bytes_reserved=64 * 1024,
        )
    )
    assert validate(out.getvalue(), pki.anchors, now=NOW).reason == "GENUINE"


def test_ten_ca_certs_of_one_name_do_not_keep_the_verifier_busy(pki: Pki) -> None:
    """Path building is factorial in them: 8 took 11.6 s, 10 more than 100 s."""
    family = [signed_files.issue("同名 CA", None, ca=True)]
    family += [signed_files.issue("同名 CA", family[0], ca=True) for _ in range(9)]
    signer = signed_files.issue("签署者", family[0])
    data = signed_files.sign(signed_files.with_fields(signed_files.page(), ["authority"]), "authority", signer, family)
    began = time.monotonic()
    report = validate(data, pki.anchors, now=NOW)
    assert time.monotonic() - began < 1
    assert (report.verdict, report.reason) == (Verdict.TOTAL_FAILED, "TOO_COMPLEX")


def test_many_ca_certs_of_two_names_are_limited_alike(pki: Pki) -> None:
    first = [signed_files.issue("甲 CA", None, ca=True) for _ in range(7)]
    second = [signed_files.issue("乙 CA", first[0], ca=True) for _ in range(7)]
    signer = signed_files.issue("签署者", second[0])
    data = signed_files.sign(
        signed_files.with_fields(signed_files.page(), ["authority"]), "authority", signer, [*first, *second]
    )
    assert validate(data, pki.anchors, now=NOW).reason == "TOO_COMPLEX"


def test_fifty_revisions_are_enough(one: bytes, pki: Pki) -> None:
    data = one
    for number in range(60):
        data = attacks.append_revision(data, {700 + number: b"<< >>"})
    report = validate(data, pki.anchors, now=NOW)
    assert (report.verdict, report.reason) == (Verdict.TOTAL_FAILED, "TOO_COMPLEX")


def test_a_file_longer_than_allowed_is_not_opened(one: bytes, pki: Pki) -> None:
    for judge in (validate, validate_isolated):
        report = judge(one, pki.anchors, now=NOW, limits=Limits(max_bytes=1000))
        assert (report.reason, report.integrity, report.exit_code) == ("TOO_LARGE", Integrity.UNREADABLE, 3)
        assert report.sha256 == hashlib.sha256(one).hexdigest()


# ---- the process


def test_time_up_memory_gone_and_sudden_death_are_reports(one: bytes, pki: Pki) -> None:
    late = validate_isolated(one, pki.anchors, now=NOW, limits=Limits(seconds=0.001))
    assert (late.verdict, late.integrity, late.reason) == (
        Verdict.TOTAL_FAILED,
        Integrity.BROKEN,
        "VALIDATION_TIMEOUT",
    )
    # more objects than fit into what the process has at hand; an ordinary file needs no more memory than that
    many = form_of(
        b"<< /FT /Sig /T (a) /V 3 0 R >>", SIGNATURE + b"/ByteRange [0 1 2 3] /Contents <30> >>", *[b"null"] * 60_000
    )
    starved = validate_isolated(many, pki.anchors, now=NOW, limits=Limits(memory_bytes=4096))
    assert (starved.verdict, starved.reason) == (Verdict.TOTAL_FAILED, "TOO_COMPLEX")
    assert validate_isolated(many, pki.anchors, now=NOW).reason == "SIGNATURE_MALFORMED"
    assert validate_isolated(one, pki.anchors, now=NOW).verdict is Verdict.TOTAL_PASSED


def test_a_file_without_a_trace_of_a_signature_that_takes_too_long_is_unreadable() -> None:
    report = given_up(signed_files.page(), Reason.VALIDATION_TIMEOUT)
    assert (report.verdict, report.integrity, report.exit_code) == (Verdict.INDETERMINATE, Integrity.UNREADABLE, 3)


def test_many_threads_may_validate_at_once(one: bytes, two: bytes, pki: Pki) -> None:
    files = [one, two, BOMBS["deep arrays"](), attacks.replace_page(two)] * 5
    with ThreadPoolExecutor(8) as threads:
        reports = list(threads.map(lambda data: validate_isolated(data, pki.anchors, now=NOW), files))
    assert [report.verdict for report in reports[:2]] == [Verdict.TOTAL_PASSED] * 2
    assert [report.verdict for report in reports] == [report.verdict for report in reports[:4]] * 5


def test_the_host_is_started_again_when_it_has_died(one: bytes, pki: Pki) -> None:
    assert validate_isolated(one, pki.anchors, now=NOW).verdict is Verdict.TOTAL_PASSED
    host = isolation._hosts._current
    assert host is not None
    host._process.kill()
    host._process.wait()
    assert validate_isolated(one, pki.anchors, now=NOW).verdict is Verdict.TOTAL_PASSED


def test_the_verifier_s_process_inherits_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNING_KEY_PASSPHRASE", "hush")
    assert not [name for name in isolation._clean_environment() if name.startswith("SIGNING")]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_worker_gets_a_host_of_its_own(one: bytes, pki: Pki) -> None:
    assert validate_isolated(one, pki.anchors, now=NOW).verdict is Verdict.TOTAL_PASSED
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        # Python 3.12 warns of forks where there are threads; servers that fork do it all the same
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        verdict = validate_isolated(one, pki.anchors, now=NOW).verdict
        os.write(writing, verdict.value.encode())
        isolation._hosts.close()
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 100) == b"TOTAL_PASSED"
    os.close(reading)
    os.close(writing)
    assert validate_isolated(one, pki.anchors, now=NOW).verdict is Verdict.TOTAL_PASSED


# ---- calling home


def test_addresses_in_a_file_are_never_visited(canary: tuple[str, list[str]]) -> None:
    address, hits = canary
    pki = Pki.make(names_server=address)
    data = signed_files.two_seals(pki)
    incomplete = signed_files.sign(
        signed_files.with_fields(signed_files.page(), ["authority"]), "authority", pki.authority, [pki.authority]
    )
    for anchors in (pki.anchors, ()):
        for file in (data, incomplete):
            validate(file, anchors, now=NOW)
            validate_isolated(file, anchors, now=NOW)
    assert validate(data, pki.anchors, now=NOW).verdict is Verdict.TOTAL_PASSED
    assert hits == []


def test_external_streams_are_never_visited(canary: tuple[str, list[str]], pki: Pki) -> None:
    address, hits = canary
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(signed_files.page())) as pdf:
        remote = pikepdf.Dictionary(FS=pikepdf.Name.URL, F=pikepdf.String(f"{address}/form.pdf"))
        pdf.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([]), XFA=pdf.make_stream(b"<x/>"))
        pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.SubmitForm, F=remote)
        pdf.save(out)
    validate_isolated(signed_files.one_seal(pki, out.getvalue()), pki.anchors, now=NOW)
    assert hits == []
