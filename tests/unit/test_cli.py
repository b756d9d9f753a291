"""The command line as an operator meets it: real processes, their exit codes, and one clear sentence when it cannot be."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from typer.main import get_command
from typer.testing import CliRunner

from signing_service import batch
from signing_service.cli import app
from signing_service.demo import people
from signing_service.demo.portraits import sample_portrait
from signing_service.procedures import CATALOGUE
from signing_service.settings import ROOT
from signing_service.storage import documents, tables
from signing_service.storage.database import open_database
from tests.factories import open_renewal, service_in, signaller, submit
from tests.security.signed_files import issue as issue_cert

pytestmark = pytest.mark.xdist_group("command line")

HAN = re.compile(r"[\u4e00-\u9fff]")
LISTENS_WITHIN_SECONDS = 60.0
STOPS_WITHIN_SECONDS = 5.0


@dataclass(frozen=True)
class Home:
    """A prepared folder with the invented people in its register and one sealed form."""

    var: Path
    form: Path
    code: str

    @property
    def root(self) -> Path:
        return self.var / "pki" / "anchors" / "root.pem"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    var = tmp_path_factory.mktemp("home") / "var"
    with service_in(var) as service:
        number = open_renewal(service)
        submit(service.desk, number, signaller())
        service.settle(number)
        with service.desk.database.reading() as connection:
            [document] = documents.of_dossier(connection, number)
            last = documents.revisions(connection, document.document_id)[-1]
        form = var.parent / "form.pdf"
        form.write_bytes(service.desk.blobs.get(last.sha256))
    return Home(var, form, document.code)


def environment(var: Path, **settings: object) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SIGNING_")}
    named = {f"SIGNING_{name.upper()}": str(value) for name, value in settings.items()}
    return {**inherited, "PYTHONPATH": str(ROOT), "SIGNING_VAR": str(var), **named}


def call(var: Path, *arguments: str | Path, **settings: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "signing_service", *map(str, arguments)],
        env=environment(var, **settings),
        cwd=var.parent if var.parent.is_dir() else None,
        capture_output=True,
        text=True,
        timeout=120,
    )


def assert_told_in_one_sentence(answer: subprocess.CompletedProcess[str], code: str, exit_code: int = 1) -> None:
    """One problem, a line in Chinese and a line in English, and nothing of Python."""
    assert answer.returncode == exit_code, answer
    assert "Traceback" not in answer.stdout + answer.stderr, answer.stderr
    assert answer.stdout == "", answer.stdout
    zh, en = answer.stderr.strip().splitlines()
    assert HAN.search(zh)
    assert not HAN.search(en)
    assert en.endswith(code)


# ---- the log


def test_a_traceback_in_the_log_shows_no_values(tmp_path: Path) -> None:
    """What a variable holds may be somebody's identity number."""
    script = """
import structlog
from signing_service.cli import configure_log
configure_log()
def fail(who):
    raise ValueError("it broke")
try:
    fail("36010219900307" + "0014")
except ValueError:
    structlog.get_logger().exception("effect_failed")
"""
    told = subprocess.run(
        [sys.executable, "-c", script], env=environment(tmp_path), capture_output=True, text=True, check=True
    )
    assert "effect_failed" in told.stderr
    assert "ValueError: it broke" in told.stderr
    assert "360102199003070014" not in told.stderr


# ---- help


def commands() -> Iterator[tuple[str, ...]]:
    return below((), get_command(app))


def below(words: tuple[str, ...], command: object) -> Iterator[tuple[str, ...]]:
    """The command itself, or those of its group."""
    children = getattr(command, "commands", {})
    for name, child in children.items():
        yield from below((*words, name), child)
    if not children:
        yield words


def test_every_command_says_what_it_does() -> None:
    for command in commands():
        shown = CliRunner().invoke(app, [*command, "--help"], env={"COLUMNS": "200", "NO_COLOR": "1"})
        assert shown.exit_code == 0
        sentence = shown.output.split("Usage:")[1].splitlines()[2].strip()
        assert sentence.endswith(".")
        assert len(sentence.split()) > 3, command


# ---- verify


@pytest.fixture(scope="module")
def another_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("others") / "another.pem"
    path.write_bytes(issue_cert("另一根 CA", None, ca=True).cert.public_bytes(Encoding.PEM))
    return path


@pytest.fixture(scope="module")
def tampered(home: Home) -> Path:
    data = bytearray(home.form.read_bytes())
    data[len(data) // 3] ^= 1
    path = home.form.with_name("tampered.pdf")
    path.write_bytes(data)
    return path


def lines(answer: subprocess.CompletedProcess[str]) -> list[Any]:
    assert "Traceback" not in answer.stderr, answer.stderr
    return [json.loads(line) for line in answer.stdout.splitlines()]


def test_verify_answers_0_for_a_genuine_file_and_names_what_the_register_holds(home: Home) -> None:
    answer = call(home.var, "verify", "--json", home.form)
    [line] = lines(answer)
    assert (answer.returncode, line["verdict"], line["reason"]) == (0, "TOTAL_PASSED", "GENUINE")
    assert (line["file"], line["licence"]["kind"]) == (str(home.form), "form")


def test_verify_answers_2_for_a_sound_file_of_a_signer_nobody_here_knows(home: Home, another_root: Path) -> None:
    answer = call(home.var, "verify", "--json", "--trust", another_root, home.form)
    [line] = lines(answer)
    assert (answer.returncode, line["verdict"]) == (2, "INDETERMINATE")
    assert (line["integrity"], line["trust"], line["licence"]) == ("intact", "unknown", None)


def test_verify_answers_3_for_what_is_no_signed_pdf(home: Home) -> None:
    answer = call(home.var, "verify", "--json", ROOT / "CONTRIBUTING.md", "gone.pdf", home.var)
    assert answer.returncode == 3
    assert [(line["integrity"], line["reason"]) for line in lines(answer)][1:] == [
        ("unreadable", "FILE_UNREADABLE")
    ] * 2


def test_of_several_files_each_is_answered_and_the_gravest_decides(home: Home, tampered: Path) -> None:
    files = ["gone.pdf", home.form, ROOT / "CONTRIBUTING.md", tampered]
    answer = call(home.var, "verify", "--json", *files)
    assert answer.returncode == 1
    assert [line["file"] for line in lines(answer)] == [str(file) for file in files]
    assert [line["verdict"] for line in lines(answer)] == [
        "INDETERMINATE", "TOTAL_PASSED", "INDETERMINATE", "TOTAL_FAILED",
    ]  # fmt: skip


def test_verify_speaks_to_people_in_two_languages_and_lets_no_file_name_paint_the_screen(home: Home) -> None:
    file = home.form.parent / "[bold]\x1b[31m:smile:[" / "nobody].pdf"
    file.parent.mkdir()
    file.write_bytes(home.form.read_bytes())
    answer = call(home.var, "verify", file)
    assert answer.returncode == 0, answer.stderr
    assert "[bold]�[31m:smile:[/nobody].pdf" in answer.stdout
    assert "\x1b" not in answer.stdout
    assert "签章有效" in answer.stdout
    assert "the signers are trusted" in answer.stdout
    assert "王建国" in answer.stdout


def test_verify_at_a_day_before_the_cert_was_issued_does_not_pass(home: Home) -> None:
    answer = call(home.var, "verify", "--json", "--at", "2020-01-01", home.form)
    assert (answer.returncode, lines(answer)[0]["verdict"]) == (2, "INDETERMINATE")


def test_a_time_or_an_anchor_that_cannot_be_read_is_told_before_any_file(home: Home) -> None:
    assert_told_in_one_sentence(call(home.var, "verify", "--at", "yesterday", home.form), "DATE_INVALID", exit_code=4)
    assert_told_in_one_sentence(
        call(home.var, "verify", "--trust", home.form, home.form), "TRUST_UNREADABLE", exit_code=4
    )


# ---- what an operator gets wrong


@pytest.mark.parametrize("command", ["run", "serve", "portal"])
def test_a_port_that_is_taken_is_told_before_anything_is_done(command: str, tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        answer = call(tmp_path / "var", command, port=port)
    assert_told_in_one_sentence(answer, "PORT_TAKEN")
    assert str(port) in answer.stderr
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize("command", ["demo", "fonts", "portal"])
def test_a_folder_that_cannot_be_written_is_told(command: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    answer = call(tmp_path / "file" / "var", command, port=free_port())
    assert answer.returncode == 1
    assert "Traceback" not in answer.stderr
    zh, en = answer.stderr.strip().splitlines()
    assert HAN.search(zh)
    assert en.endswith(("FOLDER_READ_ONLY", "FILE_UNUSABLE", "STORE_READ_ONLY"))


def test_a_setting_that_cannot_be_is_told_by_its_name(tmp_path: Path) -> None:
    answer = call(tmp_path / "var", "serve", port="eight thousand", max_upload_mb=0)
    assert_told_in_one_sentence(answer, "SETTING_INVALID")
    assert "SIGNING_PORT" in answer.stderr
    assert "SIGNING_MAX_UPLOAD_MB" in answer.stderr
    assert "eight thousand" not in answer.stderr


def test_a_worker_without_fonts_says_so_and_ends(home: Home, tmp_path: Path) -> None:
    answer = call(
        tmp_path / "var", "worker", broker_url="redis://127.0.0.1:1/0", database_url=f"sqlite:///{home.var}/x"
    )
    assert_told_in_one_sentence(answer, "FONTS_MISSING")


def test_without_the_font_packages_a_command_that_draws_says_what_to_install(home: Home, tmp_path: Path) -> None:
    """The package is hidden from the process, as where only half of the dependencies were installed."""
    hidden = tmp_path / "sitecustomize.py"
    hidden.write_text(
        "import importlib.util as util\n"
        "found = util.find_spec\n"
        "util.find_spec = lambda name, package=None: None if name == 'manimgx_fonts_cjk' else found(name, package)\n"
    )
    answer = subprocess.run(
        [sys.executable, "-m", "signing_service", "templates", "preview", "--once"],
        env={**environment(home.var), "PYTHONPATH": f"{tmp_path}:{ROOT}"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert_told_in_one_sentence(answer, "FONTS_MISSING")


def test_tables_that_are_not_there_are_told_by_who_makes_none(tmp_path: Path) -> None:
    answer = call(tmp_path / "var", "portal", port=free_port())
    assert_told_in_one_sentence(answer, "STORE_NOT_PREPARED")


def test_production_refuses_development_keys_and_invented_people(home: Home) -> None:
    production = {"environment": "production", "port": free_port()}
    assert_told_in_one_sentence(call(home.var, "demo", **production), "DEMONSTRATION_REFUSED")
    assert_told_in_one_sentence(call(home.var, "serve", **production), "DEVELOPMENT_KEY_REFUSED")
    broker = {"broker_url": "redis://127.0.0.1:1/0"}
    assert_told_in_one_sentence(call(home.var, "worker", **production, **broker), "DEVELOPMENT_KEY_REFUSED")


# ---- looking


def test_procedures_as_json_are_the_whole_catalogue_with_diagrams(tmp_path: Path) -> None:
    answer = call(tmp_path / "var", "procedures", "--json")
    listed = json.loads(answer.stdout)
    assert answer.returncode == 0
    assert [one["key"] for one in listed] == [one.key for one in CATALOGUE]
    for one in listed:
        assert one["diagram"].startswith("stateDiagram-v2\n")
        assert all(f"{step['at']} --> {step['to']}" in one["diagram"] for step in one["steps"])


def test_a_template_is_drawn_once_as_pdf_and_png(home: Home) -> None:
    answer = call(home.var, "templates", "preview", "licences/special_operation", "--once")
    assert answer.returncode == 0, answer.stderr
    drawn = [Path(line.strip()) for line in answer.stdout.splitlines()]
    assert {path.suffix for path in drawn} == {".pdf", ".png"}
    assert {path.read_bytes()[:4] for path in drawn} == {b"%PDF", b"\x89PNG"}
    assert all(home.var in path.parents for path in drawn)
    assert_told_in_one_sentence(call(home.var, "templates", "preview", "nosuch", "--once"), "TEMPLATE_UNKNOWN")


# ---- issuing


def write_list(folder: Path) -> Path:
    """Three good rows, then a wrong check digit, a trade that is none, a portrait that is not there or has no possible name."""
    folder.mkdir()
    builder = people.BUILDER.uscc
    good, free = people.crowd()[:3], people.crowd()[5:9]
    for somebody in good:
        (folder / f"{somebody.id_no}.jpg").write_bytes(sample_portrait(somebody.name, woman=somebody.woman))
    portrait = f"{good[0].id_no}.jpg"
    wrong = free[0].id_no[:-1] + ("0" if free[0].id_no[-1] != "0" else "1")
    with (folder / "rows.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(batch.COLUMNS)
        writer.writerows([one.name, one.id_no, builder, "04", f"{one.id_no}.jpg"] for one in good)
        writer.writerow([free[0].name, wrong, builder, "04", portrait])
        writer.writerow([free[1].name, free[1].id_no, builder, "12", portrait])
        writer.writerow([free[2].name, free[2].id_no, builder, "04", "nobody.jpg"])
        writer.writerow([free[3].name, free[3].id_no, builder, "04", "x" * 300])
    return folder / "rows.csv"


def test_a_list_is_issued_bad_rows_are_told_and_the_second_run_issues_nothing(home: Home, tmp_path: Path) -> None:
    rows, out = write_list(tmp_path / "list"), tmp_path / "out"
    arguments = ("issue", rows, "--licence", "special_operation", "--out", out)
    first = call(home.var, *arguments)
    assert first.returncode == 1
    assert "Traceback" not in first.stderr, first.stderr
    told = re.findall(r"line (\d+)  (\S+)  ([A-Z_]+)  ", first.stdout)
    assert told == [
        ("5", "id_no", "ID_CHECK"),
        ("6", "category", "ENUM_INVALID"),
        ("7", "photo", "PHOTO_MISSING"),
        ("8", "photo", "PHOTO_MISSING"),
    ]
    assert "3 本已签发 / issued，4 行有误 / bad rows" in first.stdout
    issued = {path.name: path.read_bytes() for path in out.iterdir()}
    assert len(issued) == 3

    database = open_database(f"sqlite:///{home.var / 'signing-service.sqlite3'}")
    with database.reading() as connection:
        before = connection.execute(tables.licence.select()).all()
    second = call(home.var, *arguments)
    with database.reading() as connection:
        assert connection.execute(tables.licence.select()).all() == before
    database.close()
    assert second.returncode == 1
    assert second.stdout == first.stdout
    assert {path.name: path.read_bytes() for path in out.iterdir()} == issued


def test_a_list_or_a_folder_that_cannot_be_used_is_told_before_anything_is_issued(home: Home, tmp_path: Path) -> None:
    to = ("--out", tmp_path / "out")
    gone = call(home.var, "issue", tmp_path / "gone.csv", "--licence", "special_operation", *to)
    assert_told_in_one_sentence(gone, "CSV_UNREADABLE")
    rows = write_list(tmp_path / "list")
    assert_told_in_one_sentence(call(home.var, "issue", rows, "--licence", "constructor", *to), "LICENCE_TYPE")
    no_folder = call(home.var, "issue", rows, "--licence", "special_operation", "--out", rows / "out")
    assert_told_in_one_sentence(no_folder, "FILE_UNUSABLE")


# ---- serving


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        return int(listener.getsockname()[1])


def get(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=LISTENS_WITHIN_SECONDS) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()


@contextmanager
def served(command: str, var: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    service = subprocess.Popen(
        [sys.executable, "-m", "signing_service", command],
        env=environment(var, port=port),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        give_up = time.monotonic() + LISTENS_WITHIN_SECONDS
        while True:
            with closing(socket.socket()) as caller:
                if caller.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert service.poll() is None, service.communicate()
            assert time.monotonic() < give_up
            time.sleep(0.1)
        yield service
    finally:
        service.kill()
        service.communicate()


@pytest.mark.parametrize(
    ("command", "how", "codes"),
    # a process that was started with SIGINT ignored, as in the background of a shell, ends with 0
    [("serve", signal.SIGTERM, {0}), ("serve", signal.SIGINT, {0, 130}), ("portal", signal.SIGTERM, {0})],
)
def test_a_service_answers_and_stops_cleanly_when_told(
    home: Home, command: str, how: signal.Signals, codes: set[int]
) -> None:
    port = free_port()
    with served(command, home.var, port) as service:
        assert get(port, "/healthz") == (200, '{"status":"ok"}')
        status, page = get(port, f"/v/{home.code}")
        assert (status, "申请材料，不是证照" in page) == (200, True)
        assert get(port, f"/api/v/{'a' * 26}")[0] == 404
        asked_to_stop = time.monotonic()
        service.send_signal(how)
        out, err = service.communicate(timeout=LISTENS_WITHIN_SECONDS)
        assert time.monotonic() - asked_to_stop < STOPS_WITHIN_SECONDS
    assert service.returncode in codes, err
    assert "Traceback" not in err, err
    assert f"http://127.0.0.1:{port}" in out
