"""Other people's software, measured beside ours: each in a process of its own that says what its CPU was.

A peer reads one line of JSON for each thing it is to do, does it ``times`` times, and answers with one line:
``{"cpu": seconds of one time}``, or ``{"error": why not}``. Its packages live below ``var/bench-peers`` and touch
nothing of ours. One that cannot be installed or does not run is said to be not available, with the reason.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from signing_service.settings import ROOT
from tests.benchmarks.timing import Sample

HERE = Path(__file__).resolve().parent
HOME = ROOT / "var" / "bench-peers"
NPM = ("@libpdf/core@0.4.2", "@signpdf/signpdf@3.3.0", "@signpdf/signer-p12@3.3.0", "@signpdf/placeholder-plain@3.3.0")
INSTALLS_WITHIN = 300


class NotAvailable(Exception):
    """A peer cannot be measured here; the text says why."""


@dataclass
class Peers:
    """Those asked for so far, kept until the end of the run."""

    running: dict[str, Peer | NotAvailable] = field(default_factory=dict)
    install: bool = True

    def get(self, name: str) -> Peer:
        """Raises NotAvailable, each time with the same reason."""
        if name not in self.running:
            try:
                self.running[name] = Peer.started(STARTERS[name](self.install))
            except NotAvailable as why:
                self.running[name] = why
            except (OSError, subprocess.SubprocessError) as error:
                self.running[name] = NotAvailable(f"{name}: {_brief(error)}")
        found = self.running[name]
        if isinstance(found, NotAvailable):
            raise found
        return found

    def close(self) -> None:
        for peer in self.running.values():
            if isinstance(peer, Peer):
                peer.close()


@dataclass
class Peer:
    process: subprocess.Popen[str]

    @classmethod
    def started(cls, command: list[str]) -> Peer:
        env = {**os.environ, "PYTHONWARNINGS": "ignore"}
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=env
        )
        return cls(process)

    def ask(self, **job: Any) -> dict[str, Any]:
        """Raises NotAvailable when the peer cannot do it, or has died of it."""
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None
        assert stdout is not None
        try:
            stdin.write(json.dumps(job) + "\n")
            stdin.flush()
            line = stdout.readline()
        except OSError as error:
            raise NotAvailable(_brief(error)) from None
        if not line:
            raise NotAvailable("it ended without an answer")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise NotAvailable(answer["error"])
        return answer

    def sample(self, times: int = 3, **job: Any) -> Sample:
        """A sample of the peer, warmed up. Raises NotAvailable."""
        self.ask(times=2, **job)
        return lambda: float(self.ask(times=times, **job)["cpu"])

    def close(self) -> None:
        with contextlib.suppress(OSError):
            if self.process.stdin:
                self.process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(5)
            return
        self.process.kill()
        self.process.wait()


@contextmanager
def peers(*, install: bool) -> Iterator[Peers]:
    opened = Peers(install=install)
    try:
        yield opened
    finally:
        opened.close()


def _brief(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:160]


def _stock(install: bool) -> list[str]:
    """Our own interpreter with the very versions we use, and reportlab's accelerator beside them."""
    target = HOME / "accelerator"
    if install and not target.exists():
        _installed(
            [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(target), "rl_accel==0.9.1"]
        )
    if not target.exists():
        raise NotAvailable("rl_accel is not installed")
    return [sys.executable, str(HERE / "stock.py"), str(target)]


def _endesive(install: bool) -> list[str]:
    python = HOME / "venv" / "bin" / "python"
    if install and not python.exists():
        _installed([sys.executable, "-m", "venv", str(HOME / "venv")])
    if not python.exists():
        raise NotAvailable("endesive is not installed")
    if install and subprocess.run([python, "-m", "pip", "show", "-q", "endesive"], check=False).returncode:
        _installed([str(python), "-m", "pip", "install", "-q", "endesive==3.0.1"])
    return [str(python), str(HERE / "endesive_peer.py")]


def _node(install: bool) -> list[str]:
    node = shutil.which("node")
    if node is None or (install and shutil.which("npm") is None):
        raise NotAvailable("Node.js is not installed")
    if install and not (HOME / "node_modules" / "@libpdf" / "core").exists():
        HOME.mkdir(parents=True, exist_ok=True)
        _installed(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(HOME), *NPM])
    if not (HOME / "node_modules" / "@libpdf" / "core").exists():
        raise NotAvailable("@libpdf/core is not installed")
    # a module finds its packages beside itself
    script = HOME / "node_peer.mjs"
    script.write_bytes((HERE / "node_peer.mjs").read_bytes())
    return [node, str(script)]


def _installed(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALLS_WITHIN, check=False)
    if done.returncode:
        told = [line for line in done.stderr.splitlines() if line.strip()]
        raise NotAvailable(f"cannot be installed: {told[-1][:160] if told else done.returncode}")


STARTERS: dict[str, Callable[[bool], list[str]]] = {"stock": _stock, "endesive": _endesive, "node": _node}
