"""A licence made and sealed once: each step by itself, and the whole of them against the cryptography and against others."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from signing_service.domain.documents import PadesLevel
from signing_service.pipeline.lay_out import add_signature_fields
from signing_service.pipeline.render import render
from signing_service.pipeline.seal import begin_seal, finish_seal
from signing_service.pipeline.stamp import stamp_qr
from tests.benchmarks.figures import Figure, against
from tests.benchmarks.goals import CACHED, ENDESIVE, LIBPDF, RAW_P256, RAW_RSA, SIGNPDF, STOCK
from tests.benchmarks.material import AUTHORITY, CHECK_CODE, P256, P256_TOO, PLATFORM, RSA, address_of
from tests.benchmarks.run import Run, Subject, added, versus
from tests.benchmarks.timing import Sample, timed

RENDERED_BY_STOCK = "reportlab as documented"
KEYS = {"P-256": P256, "RSA-2048": RSA}
RAW = {"P-256": RAW_P256, "RSA-2048": RAW_RSA}
OTHERS = (STOCK, CACHED, LIBPDF, SIGNPDF, ENDESIVE)


def measure(run: Run) -> Iterator[Figure]:
    yield from _steps(run)
    yield from _whole(run)
    yield from _signing_alone(run)
    yield from _size(run)


def _steps(run: Run) -> Iterator[Figure]:
    """Each step over the next person's facts, so that nothing but the template can be known beforehand."""
    material, people = run.material, count(1000)
    rendered = render(material.template, material.person(1), material.fonts, material.now)
    stamped = stamp_qr(rendered, address_of(1), CHECK_CODE, material.fonts, material.now)
    signable = add_signature_fields(stamped)
    cert = material.keys.signing_cert(P256)

    def draw() -> object:
        return render(material.template, material.person(next(people)), material.fonts, material.now)

    def stamp() -> object:
        return stamp_qr(rendered, address_of(next(people)), CHECK_CODE, material.fonts, material.now)

    def first() -> object:
        prepared = begin_seal(
            signable, AUTHORITY, cert, material.now, level=PadesLevel.B_B, appearance=material.seal_of_authority
        )
        return finish_seal(prepared, material.keys.sign(P256, prepared.to_be_signed), None)

    samples: dict[str, Sample] = {
        RAW_P256: run.raw_p256,
        "render": timed(draw),
        "stamp": timed(stamp),
        "lay out": timed(lambda: add_signature_fields(stamped)),
        "first signature, P-256": timed(first),
    }
    with_stock = added(run, samples, {RENDERED_BY_STOCK: ("stock", {"do": "render"})})
    took = run.interleaved(samples)
    raw = took[RAW_P256]
    yield Figure(RAW_P256, raw.ms, "ms", runs=raw.runs)
    yield versus("render", RENDERED_BY_STOCK, took, with_stock)
    yield against("stamp", took["stamp"].ms, "ms", RAW_P256, raw.ms, raw.runs)
    yield against("lay out", took["lay out"].ms, "ms", RAW_P256, raw.ms, raw.runs)
    name = "first signature, P-256"
    yield against(name, took[name].ms, "ms", RAW_P256, raw.ms, raw.runs)


def _whole(run: Run) -> Iterator[Figure]:
    """Render, QR, fields and a B-B signature, as the authority seals."""
    material = run.material
    for algorithm, key in KEYS.items():
        raw = RAW[algorithm]
        name = f"licence, {algorithm}"
        samples: dict[str, Sample] = {
            raw: run.raw_p256 if algorithm == "P-256" else run.raw_rsa,
            name: timed(lambda key=key: material.sealed(material.licence(), AUTHORITY, key, shown=True)),
        }
        job = {"do": "licence", "key": key.label, "field": "Signature1", "level": "B-B"}
        missing = added(run, samples, {STOCK: ("stock", job)})
        took = run.interleaved(samples)
        yield against(name, took[name].ms, "ms", raw, took[raw].ms, took[name].runs)
        yield versus(name, STOCK, took, missing)


def _signing_alone(run: Run) -> Iterator[Figure]:
    """The same stamped licence of ours, signed by everybody; ours from its fields to the sealed file."""
    material = run.material
    person = material.person(7)
    rendered = render(material.template, person, material.fonts, material.now)
    stamped = stamp_qr(rendered, address_of(7), CHECK_CODE, material.fonts, material.now)
    file = run.file_for_peers(stamped.data, "stamped.pdf")
    signable = add_signature_fields(stamped)
    for algorithm, key in KEYS.items():
        name = f"signing alone, {algorithm}"
        samples: dict[str, Sample] = {name: timed(lambda key=key: material.sealed(signable, AUTHORITY, key))}
        shared = {"file": file, "key": key.label, "field": "Signature1", "level": "B-B"}
        missing = added(
            run,
            samples,
            {
                STOCK: ("stock", {"do": "sign", "cached": False, **shared}),
                CACHED: ("stock", {"do": "sign", "cached": True, **shared}),
                LIBPDF: ("node", {"do": "libpdf", **shared}),
                SIGNPDF: ("node", {"do": "signpdf", **shared}),
                ENDESIVE: ("endesive", {"do": "sign", **shared}),
            },
        )
        took = run.interleaved(samples)
        for other in OTHERS:
            yield versus(name, other, took, missing)


def _size(run: Run) -> Iterator[Figure]:
    material = run.material
    signable = material.licence()
    once = material.sealed(signable, AUTHORITY, P256, shown=True)
    twice = material.sealed(once, PLATFORM, P256_TOO)
    yield Figure("licence file, two fields laid, first signature", len(once.data) / 1000, "kB")
    yield Figure("bytes a signature, P-256", (len(twice.data) - len(once.data)) / 1000, "kB")
    rsa = material.sealed(once, PLATFORM, RSA)
    yield Figure("bytes a signature, RSA-2048", (len(rsa.data) - len(once.data)) / 1000, "kB")


SUBJECT = Subject(
    "making",
    measure,
    (
        (RAW_P256, None),
        ("render", RENDERED_BY_STOCK),
        ("stamp", RAW_P256),
        ("lay out", RAW_P256),
        ("first signature, P-256", RAW_P256),
        *((f"licence, {algorithm}", other) for algorithm in KEYS for other in (RAW[algorithm], STOCK)),
        *((f"signing alone, {algorithm}", other) for algorithm in KEYS for other in OTHERS),
        ("licence file, two fields laid, first signature", None),
        ("bytes a signature, P-256", None),
        ("bytes a signature, RSA-2048", None),
    ),
)
