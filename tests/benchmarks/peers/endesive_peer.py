"""endesive 3.0.1, which neither imports nor runs beside today's oscrypto and pypdf: measured with both made to fit.

oscrypto looks for a version of libcrypto with one digit at its end and finds 3.0.19; it is used for nothing here.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

SEARCH = re.search


def _two_digits(pattern: Any, text: Any, flags: int = 0) -> Any:
    """oscrypto asks for one digit where OpenSSL has two by now."""
    if isinstance(pattern, str) and pattern.startswith("\\b(\\d\\.\\d\\.\\d"):
        pattern = pattern.replace("\\d\\.\\d\\.\\d", "\\d\\.\\d\\.\\d+")
    return SEARCH(pattern, text, flags)


re.search = _two_digits  # type: ignore[assignment]
from answering import answer
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificate, load_pem_x509_certificates
from endesive.pdf import cms
from pypdf import generic

re.search = SEARCH


def _take_a_key(kind: type) -> None:
    """pypdf 7 writes without the key that endesive hands on, always None."""
    write = kind.__dict__["write_to_stream"]
    kind.write_to_stream = lambda self, stream, _key=None: write(self, stream)


for _kind in vars(generic).values():
    if isinstance(_kind, type) and "write_to_stream" in _kind.__dict__:
        _take_a_key(_kind)


def sign_job(job: dict[str, Any]) -> Callable[[], bytes]:
    folder, data = Path(job["keys"]), Path(job["file"]).read_bytes()
    key = load_pem_private_key((folder / f"{job['key']}.key.pem").read_bytes(), None)
    cert = load_pem_x509_certificate((folder / f"{job['key']}.pem").read_bytes())
    chain = load_pem_x509_certificates((folder / "chain.pem").read_bytes())
    told = {
        "aligned": 16384,
        "sigflags": 3,
        "sigpage": 0,
        "sigfield": "Signature1",
        "signingdate": "D:20261129000000+00'00'",
    }
    return lambda: data + cms.sign(data, told, key, cert, chain, "sha256")


if __name__ == "__main__":
    sys.setrecursionlimit(5000)
    answer({"sign": sign_job})
