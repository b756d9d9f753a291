"""One run of the benchmarks: what every subject is given, and where its figures go."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import pikepdf
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from tests.benchmarks.figures import Figure, against, not_available
from tests.benchmarks.material import Material
from tests.benchmarks.peers.side import NotAvailable, Peers
from tests.benchmarks.timing import Median, Sample, interleaved, timed

MESSAGE = bytes(range(256)) * 2


@dataclass(frozen=True)
class Run:
    material: Material
    peers: Peers
    rounds: int
    licences: int
    """How many a batch has."""
    tell: Callable[[str], None] = field(default=lambda _: None)

    def interleaved(self, samples: dict[str, Sample], rounds: int | None = None) -> dict[str, Median]:
        return interleaved(samples, rounds or self.rounds)

    @cached_property
    def raw_p256(self) -> Sample:
        """What the cryptography itself costs: one ECDSA P-256 signature over 512 bytes."""
        key = ec.generate_private_key(ec.SECP256R1())
        return timed(lambda: key.sign(MESSAGE, ec.ECDSA(hashes.SHA256())))

    @cached_property
    def raw_rsa(self) -> Sample:
        key = rsa.generate_private_key(65537, 2048)
        return timed(lambda: key.sign(MESSAGE, padding.PKCS1v15(), hashes.SHA256()))

    def file_for_peers(self, data: bytes, name: str) -> str:
        """The file on disk, with a cross-reference table: some of the others cannot read a stream."""
        path = self.material.folder / name
        if data.rstrip().endswith(b"%%EOF") and b"/XRef" in data:
            with pikepdf.open(io.BytesIO(data)) as pdf:
                pdf.save(path, object_stream_mode=pikepdf.ObjectStreamMode.disable)
        else:
            path.write_bytes(data)
        return str(path)


Jobs = Mapping[str, tuple[str, Mapping[str, object]]]
"""What a peer is called in the table: the peer, and what it is to do."""


def added(run: Run, samples: dict[str, Sample], jobs: Jobs) -> dict[str, str]:
    """Adds the sample of each peer that can be measured here; why not, of the others."""
    missing = {}
    for name, (peer, job) in jobs.items():
        try:
            samples[name] = run.peers.get(peer).sample(**run.material.for_peers(), **job)
        except NotAvailable as why:
            missing[name] = str(why)
    return missing


def versus(name: str, other: str, took: Mapping[str, Median], missing: Mapping[str, str]) -> Figure:
    """The figure ``name`` against a peer that was measured beside it, or was not."""
    if other in missing:
        return not_available(name, other, missing[other])
    return against(name, took[name].ms, "ms", other, took[other].ms, took[name].runs)


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that is measured, and the names of all the figures that come of it: each with what it is set against."""

    name: str
    measure: Callable[[Run], Iterator[Figure]]
    figures: tuple[tuple[str, str | None], ...]
