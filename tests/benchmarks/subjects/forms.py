"""A form that comes in as a file, 0.1 or 1 MB: read back, sealed with an appearance, and written."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from signing_service.domain.documents import SignablePdf, SignatoryRole
from signing_service.pipeline.lay_out import add_signature_fields, as_it_stands
from signing_service.pipeline.render import render
from signing_service.pipeline.stamp import stamp_qr
from signing_service.pipeline.templates import load
from signing_service.settings import ROOT
from tests.benchmarks.figures import Figure
from tests.benchmarks.goals import CACHED, LIBPDF
from tests.benchmarks.material import CHECK_CODE, FORM, P256, Material, address_of
from tests.benchmarks.run import Run, Subject, added, versus
from tests.benchmarks.timing import Sample, timed

SIZES = {"0.1 MB": 100_000, "1 MB": 1_000_000}
HOLDER = SignatoryRole.HOLDER


def measure(run: Run) -> Iterator[Figure]:
    for words, size in SIZES.items():
        data = form_of(run.material, size)
        file = run.file_for_peers(data, f"form-{size}.pdf")
        name = f"uploaded form, {words}"
        samples: dict[str, Sample] = {
            name: timed(lambda data=data: run.material.sealed(as_it_stands(data), HOLDER, P256, shown=True))
        }
        shared = {"file": file, "key": P256.label, "field": HOLDER.value, "level": "B-B"}
        jobs = {
            LIBPDF: ("node", {"do": "libpdf", **shared}),
            CACHED: ("stock", {"do": "sign", "cached": True, **shared}),
        }
        missing = added(run, samples, jobs)
        took = run.interleaved(samples)
        yield versus(name, LIBPDF, took, missing)
        yield versus(name, CACHED, took, missing)


def form_of(material: Material, size: int) -> bytes:
    """An application with an attachment that brings it to about ``size`` bytes."""
    template = load(ROOT / "templates", FORM)

    def made(record: bytes | None) -> SignablePdf:
        rendered = render(template, template.sample(), material.fonts, material.now, record)
        return add_signature_fields(stamp_qr(rendered, address_of(1), CHECK_CODE, material.fonts, material.now))

    bare = len(made(None).data)
    return made(Random(size).randbytes(max(1, size - bare))).data


SUBJECT = Subject(
    "forms", measure, tuple((f"uploaded form, {words}", other) for words in SIZES for other in (LIBPDF, CACHED))
)
