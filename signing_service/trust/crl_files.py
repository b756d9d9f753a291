"""Our own store of CRLs, as validation reads it: those of the embedded PKI and those that the operator put there."""

from __future__ import annotations

import threading
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from signing_service.domain.errors import Problem
from signing_service.settings import Environment, Settings
from signing_service.trust.answers import load_crl
from signing_service.trust.register import Stamp, stamp_of


class CrlFiles:
    """The lists in some folders (``*.crl``, DER or PEM), read again when a file changed. Safe for threads.

    Called at each validation, so that a revocation takes effect at the next one.
    """

    def __init__(self, *folders: Path) -> None:
        self._folders = folders
        self._lock = threading.Lock()
        self._read: dict[Path, tuple[Stamp, bytes]] = {}

    def __call__(self) -> tuple[bytes, ...]:
        """Each DER, by file name. Raises Problem CRL_UNREADABLE, which names the file."""
        paths = [path for folder in self._folders for path in sorted(folder.glob("*.crl"))]
        stamps = {path: stamp for path in paths if (stamp := stamp_of(path))}
        with self._lock:
            self._read = {path: self._entry(path, stamp) for path, stamp in stamps.items()}
            return tuple(der for _, der in self._read.values())

    def _entry(self, path: Path, stamp: Stamp) -> tuple[Stamp, bytes]:
        held = self._read.get(path)
        return held if held and held[0] == stamp else (stamp, _der_of(path))


def open_crl_files(settings: Settings) -> CrlFiles:
    """``certs/crls`` and, outside production, the lists of the embedded PKI."""
    own = () if settings.environment is Environment.PRODUCTION else (settings.pki / "crl",)
    return CrlFiles(settings.crls, *own)


def _der_of(path: Path) -> bytes:
    try:
        return load_crl(path.read_bytes()).public_bytes(Encoding.DER)
    except ValueError as error:
        raise Problem(
            "CRL_UNREADABLE",
            f"吊销列表文件 {path.name} 无法读取，须为 DER 或 PEM 格式的 CRL；请更换或移走该文件。",
            f"The file {path.name} holds no CRL in DER or PEM: replace it, or take it away.",
            status=500,
        ) from error
