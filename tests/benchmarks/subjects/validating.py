"""A stranger's question, is this file genuine: ours and foreign ones, long ones, and those that mean harm."""

from __future__ import annotations

import hashlib
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator

from signing_service.domain.documents import PadesLevel, SealedPdf, SignatoryRole, sha256_of
from signing_service.domain.verdicts import Verdict
from signing_service.pipeline.lay_out import add_signature_fields
from signing_service.pipeline.render import render
from signing_service.pipeline.stamp import stamp_qr
from signing_service.pipeline.templates import load
from signing_service.pipeline.validate import validate
from signing_service.settings import ROOT
from tests.benchmarks.figures import Figure, against, not_available
from tests.benchmarks.goals import PDFSIG, PYHANKO, SHA256
from tests.benchmarks.material import AUTHORITY, CHECK_CODE, P256, P256_TOO, PLATFORM, RSA, address_of
from tests.benchmarks.peers.side import NotAvailable
from tests.benchmarks.register import filled_register
from tests.benchmarks.run import Run, Subject, added, versus
from tests.benchmarks.timing import Sample, timed

HOSTILE_BYTES = 10_000_000
PAGES = 20
CHANGE = ROOT / "templates" / "forms" / "c2_change_form" / "2026-01"


def measure(run: Run) -> Iterator[Figure]:
    once = run.material.sealed(run.material.licence(), AUTHORITY, P256, shown=True)
    twice = run.material.sealed(once, PLATFORM, RSA)
    yield from _known(run, twice.data)
    yield from _own(run, {"1 signature": once, "2 signatures": twice})
    yield from _foreign(run)
    yield from _long_term(run)
    yield from _long(run)
    yield from _hostile(run, twice.data)


def _validating(run: Run, data: bytes, expected: Verdict | None = Verdict.TOTAL_PASSED) -> Callable[[], object]:
    material = run.material
    anchors, intermediates = material.pki.anchors(), material.pki.intermediates()

    def look() -> object:
        return validate(data, anchors, intermediates=intermediates, now=material.now)

    report = validate(data, anchors, intermediates=intermediates, now=material.now)
    if expected is not None and report.verdict is not expected:
        msg = f"{report.verdict}, {report.reason}: it would not be the work that is meant"
        raise AssertionError(msg)
    return look


def _known(run: Run, data: bytes) -> Iterator[Figure]:
    """The register has this very file: its hash, and one look into a register of 20,000."""
    name = "validate own, known hash"
    with filled_register(run.material.folder / "known", 20_000) as register:
        assert not register.is_registered(sha256_of(data))
        took = run.interleaved(
            {
                SHA256: timed(lambda: hashlib.sha256(data).digest()),
                name: timed(lambda: register.is_registered(sha256_of(data))),
            }
        )
    yield against(name, took[name].ms, "ms", SHA256, took[SHA256].ms, took[name].runs)


def _own(run: Run, files: dict[str, SealedPdf]) -> Iterator[Figure]:
    for words, sealed in files.items():
        name = f"validate own, {words}"
        samples: dict[str, Sample] = {name: timed(_validating(run, sealed.data))}
        file = run.file_for_peers(sealed.data, f"{words}.pdf")
        missing = added(run, samples, {PYHANKO: ("stock", {"do": "validate", "file": file})})
        yield versus(name, PYHANKO, run.interleaved(samples), missing)


def _foreign(run: Run) -> Iterator[Figure]:
    """Signed by pyHanko, in a file that we have drawn, under a CA that we believe."""
    name, material = "validate foreign, B-B", run.material
    signable = material.licence()
    file, out = run.file_for_peers(signable.data, "foreign.pdf"), material.folder / "foreign-signed.pdf"
    shared = {"file": file, "key": P256.label, "field": "Signature1", "level": "B-B", "cached": False}
    try:
        run.peers.get("stock").sample(do="write", out=str(out), **shared, **material.for_peers())
    except NotAvailable as why:
        yield from (not_available(name, other, str(why)) for other in (PDFSIG, PYHANKO))
        return
    samples: dict[str, Sample] = {name: timed(_validating(run, out.read_bytes(), None))}
    jobs = {PYHANKO: ("stock", {"do": "validate", "file": str(out)})}
    missing = added(run, samples, jobs)
    if shutil.which("pdfsig"):
        samples["pdfsig"] = lambda: _cpu_of("pdfsig", "-nocert", str(out))
        samples["start-up"] = lambda: _cpu_of("pdfsig", "-v")
    took = run.interleaved(samples)
    if "pdfsig" in took:
        net = max(took["pdfsig"].ms - took["start-up"].ms, 0.001)
        yield against(name, took[name].ms, "ms", PDFSIG, net, took[name].runs)
    else:
        yield not_available(name, PDFSIG, "pdfsig is not installed (poppler-utils)")
    yield versus(name, PYHANKO, took, missing)


def _cpu_of(*command: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def _long_term(run: Run) -> Iterator[Figure]:
    name, material = "validate B-LTA", run.material
    sealed = material.sealed(material.licence(), AUTHORITY, P256, PadesLevel.B_LTA, shown=True)
    samples: dict[str, Sample] = {name: timed(_validating(run, sealed.data))}
    job = {"do": "validate", "long_term": True, "file": run.file_for_peers(sealed.data, "lta.pdf")}
    missing = added(run, samples, {PYHANKO: ("stock", job)})
    yield versus(name, PYHANKO, run.interleaved(samples), missing)


def _long(run: Run) -> Iterator[Figure]:
    """A change of employer with a list of papers that fills twenty pages, signed by all five."""
    name, material = "validate 5 signatures, 20 pages", run.material
    template = load(ROOT / "templates", CHANGE)
    facts = template.sample()
    paper, count = facts["attachments"][0], 40
    while True:
        facts["attachments"] = [{**paper, "name": f"{paper['name']}（{number + 1}）"} for number in range(count)]
        rendered = render(template, facts, material.fonts, material.now)
        if rendered.page_count >= PAGES:
            break
        count = count * (PAGES + 1) // max(rendered.page_count, 2) + 1
    pdf = add_signature_fields(stamp_qr(rendered, address_of(2), CHECK_CODE, material.fonts, material.now))
    sealed = pdf
    for role in pdf.fields:
        key = {SignatoryRole.PLATFORM: RSA, SignatoryRole.AUTHORITY: P256}.get(role, P256_TOO)
        sealed = material.sealed(sealed, role, key, shown=role is not PLATFORM)
    samples: dict[str, Sample] = {name: timed(_validating(run, sealed.data))}
    missing = added(
        run, samples, {PYHANKO: ("stock", {"do": "validate", "file": run.file_for_peers(sealed.data, "long.pdf")})}
    )
    yield versus(name, PYHANKO, run.interleaved(samples), missing)


def _hostile(run: Run, data: bytes) -> Iterator[Figure]:
    """Ten megabytes of hex digits where a signature should be: each costs a reader of PDF that takes them one by one."""
    name = "refuse a hostile 10 MB upload"
    look = _validating(run, hostile(data, HOSTILE_BYTES), None)
    took = run.interleaved({SHA256: timed(lambda: hashlib.sha256(bytes(HOSTILE_BYTES)).digest()), name: timed(look)})
    yield against(name, took[name].ms, "ms", SHA256, took[SHA256].ms, took[name].runs)


def hostile(data: bytes, size: int) -> bytes:
    """A sealed file of ours whose last signature has grown to ``size`` bytes."""
    start = data.rindex(b"/Contents") + len(b"/Contents")
    start = data.index(b"<", start) + 1
    return data[:start] + b"30" * ((size - len(data)) // 2) + data[start:]


SUBJECT = Subject(
    "validating",
    measure,
    (
        ("validate own, known hash", SHA256),
        ("validate own, 1 signature", PYHANKO),
        ("validate own, 2 signatures", PYHANKO),
        ("validate foreign, B-B", PDFSIG),
        ("validate foreign, B-B", PYHANKO),
        ("validate B-LTA", PYHANKO),
        ("validate 5 signatures, 20 pages", PYHANKO),
        ("refuse a hostile 10 MB upload", SHA256),
    ),
)
