"""A real token (SoftHSM2) with the enterprise's key on it, and the agent as its user runs it, at a terminal."""

from __future__ import annotations

import os
import pty
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from tests.factories_outside import OwnKey

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN = "739164"
ROOT = Path(__file__).resolve().parents[2]


@dataclass
class SoftToken:
    """A token folder of its own; ``environment`` leads every program to it."""

    environment: dict[str, str]


def make_token(folder: Path, key: OwnKey, label: str = "UKey") -> SoftToken:
    for program in ("softhsm2-util", "pkcs11-tool"):
        if shutil.which(program) is None or not MODULE.exists():
            pytest.skip(f"not run on this machine: there is no {program}")
    store = folder / "tokens"
    store.mkdir(parents=True)
    conf = folder / "softhsm2.conf"
    conf.write_text(f"directories.tokendir = {store}\nobjectstore.backend = file\nlog.level = ERROR\n")
    token = SoftToken({**os.environ, "SOFTHSM2_CONF": str(conf)})
    pem = folder / "key.pem"
    pem.write_bytes(
        key.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    _run(token, "softhsm2-util", "--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", "87654321")
    _run(token, "softhsm2-util", "--import", str(pem), "--token", label, "--label", "seal", "--id", "01", "--pin", PIN)
    pem.unlink()
    for number, der in enumerate(key.ders, 1):
        (folder / "cert.der").write_bytes(der)
        _run(
            token, "pkcs11-tool", "--module", str(MODULE), "--token-label", label, "--login", "--pin", PIN,
            "--write-object", str(folder / "cert.der"), "--type", "cert", "--id", f"0{number}", "--label", "seal",
        )  # fmt: skip
    return token


def _run(token: SoftToken, *words: str) -> None:
    done = subprocess.run(words, env=token.environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


class Terminal:
    """The agent's window: what it shows, and what its user types."""

    def __init__(self, process: subprocess.Popen[bytes], window: int) -> None:
        self.process = process
        self._window = window
        self._shown = bytearray()
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    @property
    def shown(self) -> str:
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self._shown.decode(errors="replace"))

    def type(self, words: str) -> None:
        os.write(self._window, f"{words}\n".encode())

    def wait_for(self, words: str, seconds: float = 30.0, *, after: int = 0) -> str:
        give_up = time.monotonic() + seconds
        while words not in self.shown[after:]:
            if time.monotonic() > give_up:
                pytest.fail(f"the agent never showed {words!r}:\n{self.shown}")
            time.sleep(0.02)
        return self.shown[after:]

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._window, 4096)
            except OSError:
                return
            if not data:
                return
            self._shown += data


@contextmanager
def agent_at(
    folder: Path, token: SoftToken, port: int, origins: Sequence[str], *, listens: bool = True
) -> Iterator[Terminal]:
    """The agent in a process and at a terminal of its own."""
    window, theirs = pty.openpty()
    chosen = [word for origin in origins for word in ("--origin", origin)]
    command = [sys.executable, "-m", "signing_service", "agent", "--module", str(MODULE), "--port", str(port), *chosen]
    process = subprocess.Popen(
        [*command, "--state", str(folder)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**token.environment, "COLUMNS": "100", "TERM": "xterm", "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        start_new_session=True,
    )
    os.close(theirs)
    terminal = Terminal(process, window)
    try:
        if listens:
            terminal.wait_for("本机签署助手已启动")
            _until_it_answers(port)
        yield terminal
    finally:
        process.terminate()
        process.wait(10)
        os.close(window)


def _until_it_answers(port: int) -> None:
    import socket

    for _ in range(500):
        with socket.socket() as caller:
            if caller.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    pytest.fail("the agent does not listen")
