"""Further signatures and higher levels: what the platform's seal adds, and what B-T, B-LT and B-LTA cost."""

from __future__ import annotations

from collections.abc import Iterator

from signing_service.domain.documents import PadesLevel
from signing_service.pipeline.extend import extend
from tests.benchmarks.figures import Figure, against
from tests.benchmarks.goals import CACHED, RAW_P256, RAW_RSA
from tests.benchmarks.material import AUTHORITY, P256, P256_TOO, PLATFORM, RSA
from tests.benchmarks.run import Run, Subject, added, versus
from tests.benchmarks.timing import Sample, timed

LEVELS = tuple(PadesLevel)


def measure(run: Run) -> Iterator[Figure]:
    yield from _further(run)
    yield from _levels(run)
    yield from _long_term_licence(run)


def _further(run: Run) -> Iterator[Figure]:
    """The platform's seal on what the authority has sealed; it shows nothing on the page."""
    material = run.material
    once = material.sealed(material.licence(), AUTHORITY, P256, shown=True)
    names = {"P-256": "platform seal, P-256", "RSA-2048": "platform seal, RSA-2048"}
    took = run.interleaved(
        {
            RAW_P256: run.raw_p256,
            RAW_RSA: run.raw_rsa,
            names["P-256"]: timed(lambda: material.sealed(once, PLATFORM, P256_TOO)),
            names["RSA-2048"]: timed(lambda: material.sealed(once, PLATFORM, RSA)),
        }
    )
    for algorithm, raw in (("P-256", RAW_P256), ("RSA-2048", RAW_RSA)):
        ours = took[names[algorithm]]
        yield against(names[algorithm], ours.ms, "ms", raw, took[raw].ms, ours.runs)


def _levels(run: Run) -> Iterator[Figure]:
    """One signature on the same file at each level; pyHanko with its keys opened once, and its own local authority."""
    material = run.material
    signable = material.licence()
    file = run.file_for_peers(signable.data, "levels.pdf")
    for level in LEVELS:
        name = f"seal, {level}"
        samples: dict[str, Sample] = {
            name: timed(lambda level=level: material.sealed(signable, AUTHORITY, P256, level, shown=True))
        }
        job = {"do": "sign", "cached": True, "file": file, "key": P256.label, "field": "authority", "level": str(level)}
        missing = added(run, samples, {CACHED: ("stock", job)})
        yield versus(name, CACHED, run.interleaved(samples), missing)


def _long_term_licence(run: Run) -> Iterator[Figure]:
    """The whole licence, drawing and QR included, against pyHanko's signature alone; then what only extending costs."""
    material = run.material
    signable = material.licence()
    file = run.file_for_peers(signable.data, "levels.pdf")
    stamped = material.sealed(signable, AUTHORITY, P256, PadesLevel.B_T, shown=True)
    samples: dict[str, Sample] = {
        "licence, B-LTA": timed(
            lambda: material.sealed(material.licence(), AUTHORITY, P256, PadesLevel.B_LTA, shown=True)
        ),
        "extend, B-T to B-LTA": timed(lambda: extend(stamped, PadesLevel.B_LTA, material.services, material.now)),
        RAW_P256: run.raw_p256,
    }
    job = {"do": "sign", "cached": True, "file": file, "key": P256.label, "field": "authority", "level": "B-LTA"}
    missing = added(run, samples, {CACHED: ("stock", job)})
    took = run.interleaved(samples)
    yield versus("licence, B-LTA", CACHED, took, missing)
    extended = took["extend, B-T to B-LTA"]
    yield against("extend, B-T to B-LTA", extended.ms, "ms", RAW_P256, took[RAW_P256].ms, extended.runs)


SUBJECT = Subject(
    "sealing",
    measure,
    (
        ("platform seal, P-256", RAW_P256),
        ("platform seal, RSA-2048", RAW_RSA),
        *((f"seal, {level}", CACHED) for level in LEVELS),
        ("licence, B-LTA", CACHED),
        ("extend, B-T to B-LTA", RAW_P256),
    ),
)
