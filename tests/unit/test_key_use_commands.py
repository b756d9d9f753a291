"""``signing-service key-use`` as an administrator and two officers meet it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import update
from structlog.testing import capture_logs
from typer.testing import CliRunner

from signing_service.cli import app
from signing_service.commands.key_ledger import safe_cell
from signing_service.commands.key_use import watch_what_ends
from signing_service.demo import people
from signing_service.domain.dates import day_in_shanghai
from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyRef
from signing_service.settings import ROOT
from signing_service.storage import key_policies, key_releases, parties, tables
from signing_service.workflows import pins
from tests.faults.dying_service import issue
from tests.unit.workflows.workbench import Workbench, prepare_office, workbench_in

KEY = KeyRef("soft", "authority")


@pytest.fixture(scope="module")
def prepared_office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepare_office(tmp_path_factory.mktemp("office"))


@pytest.fixture
def bench(prepared_office: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workbench]:
    with workbench_in(tmp_path, prepared_office) as made:
        monkeypatch.setenv("SIGNING_VAR", str(made.service.settings.var))
        monkeypatch.chdir(tmp_path)
        yield made


def call(*words: object, typed: str = "") -> Result:
    with capture_logs():  # main() sends them to stderr
        return CliRunner().invoke(app, ["key-use", *map(str, words)], input=typed)


def done(*words: object, typed: str = "") -> str:
    result = call(*words, typed=typed)
    assert result.exit_code == 0, (result.output, result.exception)
    return result.output


def refused(*words: object, typed: str = "") -> str:
    result = call(*words, typed=typed)
    assert isinstance(result.exception, Problem), result.output
    return result.exception.code


def issued(bench: Workbench) -> str:
    number = issue(bench.service)
    bench.work(number)
    return number


# ---- the ledger


def test_the_ledger_is_shown_proven_and_handed_on(bench: Workbench) -> None:
    number = issued(bench)
    assert "soft:authority" in done("ledger")
    assert "whole" in done("ledger", "--verify")
    rows = list(csv.DictReader(io.StringIO(done("ledger", "--csv"))))
    assert [(row["line"], row["outcome"], row["field"]) for row in rows] == [
        ("1", "intended", "authority"), ("2", "done", "authority"),
        ("3", "intended", "platform"), ("4", "done", "platform"),
    ]  # fmt: skip
    assert {row["dossier"] for row in rows} == {number}
    lines = [json.loads(line) for line in done("ledger", "--json", "--key", "soft:platform").splitlines()]
    assert [line["line"] for line in lines] == [3, 4]
    assert lines[1]["previous"] == rows[2]["sha256"]


def test_a_ledger_that_was_changed_is_told_and_the_exit_code_says_so(bench: Workbench) -> None:
    issued(bench)
    with bench.desk.database.transaction() as connection:
        connection.exec_driver_sql("DROP TRIGGER seal_ledger_row_changed")
        connection.execute(update(tables.seal_ledger).where(tables.seal_ledger.c.line == 2).values(actor="nobody"))
    result = call("ledger", "--verify")
    assert result.exit_code == 1
    assert "line 3" in result.output


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


def test_a_cell_that_is_no_formula_stays_as_it_is() -> None:
    assert [safe_cell(value) for value in ("赣A042026000001", "a=b", 3, None)] == ["赣A042026000001", "a=b", "3", ""]


def test_the_page_of_a_line_is_drawn(bench: Workbench, tmp_path: Path) -> None:
    issued(bench)
    done("picture", 2, "--out", tmp_path / "page.png")
    assert (tmp_path / "page.png").read_bytes().startswith(b"\x89PNG")
    assert refused("picture", 99, "--out", tmp_path / "none.png") == "LEDGER_LINE"


# ---- policy and release


def test_two_officers_release_what_they_have_read(bench: Workbench, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text('release = ["licence"]\n', encoding="utf-8")
    done("policy", "set", KEY, policy, "--by", "admin")
    assert json.loads(done("policy", "show", KEY)) == {"release": ["licence"]}
    number = issued(bench)
    with bench.desk.database.reading() as connection:
        (release,) = key_releases.waiting(connection, bench.clock())
    assert release.release_id in done("release", "list")
    seen, other = tmp_path / "seen.pdf", tmp_path / "other.pdf"
    other.write_bytes(b"%PDF-1.7 something else")
    done("release", "view", release.release_id, "--out", seen)
    words = ("release", "approve", release.release_id, "--officer")
    assert refused(*words, "wan", "--seen", other) == "RELEASE_OTHER_REVISION"
    assert refused(*words, "zheng", "--seen", seen) == "RELEASE_NOT_YOURS"
    assert "one more" in done(*words, "wan", "--seen", seen)
    assert "it goes on" in done(*words, "hu", "--seen", seen)
    bench.wait(timedelta(seconds=5))
    bench.work(number)
    assert bench.owed(number) == ()
    assert "nothing waits" in done("release", "list")


def test_a_refusal_is_kept_and_can_be_reopened(bench: Workbench, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text('release = ["licence"]\n', encoding="utf-8")
    done("policy", "set", KEY, policy)
    issued(bench)
    with bench.desk.database.reading() as connection:
        (release,) = key_releases.waiting(connection, bench.clock())
    done("release", "refuse", release.release_id, "--officer", "wan", "--reason", "照片不清")
    assert refused("release", "refuse", release.release_id, "--officer", "hu", "--reason", "x") == "RELEASE_DECIDED"
    done("release", "reopen", release.release_id)
    assert refused("release", "reopen", "no-such") == "RELEASE_UNKNOWN"


def test_the_example_policy_can_be_set_and_a_wrong_one_not(bench: Workbench, tmp_path: Path) -> None:
    done("policy", "set", KEY, ROOT / "certs" / "key_policy.example.toml")
    with bench.desk.database.reading() as connection:
        assert key_policies.find(connection, KEY) is not None
    wrong = tmp_path / "wrong.toml"
    for text in ("hours = 3", "release = ["):
        wrong.write_text(text, encoding="utf-8")
        assert refused("policy", "set", KEY, wrong) == "KEY_POLICY_INVALID"
    assert refused("policy", "set", "authority", wrong) in ("KEY_REFERENCE", "KEY_POLICY_INVALID")
    assert set(json.loads(done("policy", "show"))) == {"person", "enterprise", "authority", "platform"}


# ---- PIN, seals, ends, roll-over


def test_a_pin_is_asked_for_twice_and_never_shown(bench: Workbench) -> None:
    assert refused("pin", "set", KEY, typed="493027\n493028\n") == "PIN_DIFFERS"
    shown = done("pin", "set", KEY, typed="493027\n493027\n")
    assert "493027" not in shown
    pins.check_pin(bench.desk.database, KEY, "493027", bench.clock())
    for _ in range(5):
        with pytest.raises(Problem):
            pins.check_pin(bench.desk.database, KEY, "000001", bench.clock())
    done("pin", "unlock", KEY)
    pins.check_pin(bench.desk.database, KEY, "493027", bench.clock())
    assert refused("pin", "unlock", "soft:nobody") == "PIN_MISSING"


def test_seals_are_listed_suspended_and_given_certs(bench: Workbench) -> None:
    assert "seal-authority" in done("seal", "list")
    done("seal", "state", "seal-authority", "suspended")
    done("seal", "permit", "seal-authority", 1, "AB" * 32)
    with bench.desk.database.reading() as connection:
        (seal,) = [
            one for one in parties.seals(connection, str(people.AUTHORITY.number)) if one.seal_id == "seal-authority"
        ]
    assert (seal.state, seal.permitted) == ("suspended", {"ab" * 32})
    assert refused("seal", "state", "no-such", "lost") == "SEAL_UNKNOWN"
    assert refused("seal", "permit", "seal-authority", 9, "soft:authority") == "SEAL_UNKNOWN"


def ends_in(bench: Workbench, days: int) -> None:
    with bench.desk.database.transaction() as connection:
        connection.execute(
            update(tables.seal)
            .where(tables.seal.c.seal_id == "seal-authority")
            .values(valid_until=(day_in_shanghai(bench.clock()) + timedelta(days=days)).isoformat())
        )


def test_alarms_tell_what_ends_and_the_exit_code_says_when_it_is_urgent(bench: Workbench) -> None:
    assert "nothing of" in done("alarms")
    ends_in(bench, 20)
    (told,) = json.loads(done("alarms", "--json"))
    assert (told["kind"], told["threshold"]) == ("seal", 30)
    assert told["name"].startswith("seal-authority")
    ends_in(bench, 5)
    result = call("alarms")
    assert result.exit_code == 1
    assert "到期" in result.output


def test_a_service_that_starts_says_in_a_line_what_ends_soon(
    bench: Workbench, capsys: pytest.CaptureFixture[str]
) -> None:
    ends_in(bench, 5)
    with watch_what_ends(bench.service.settings, bench.desk.database):
        lines = [line for line in capsys.readouterr().out.splitlines() if "到期 / ends" in line]
    assert len(lines) == 1
    assert "seal-authority" in lines[0]


def test_a_key_takes_over_after_it_was_tried(bench: Workbench) -> None:
    authority = str(people.AUTHORITY.number)
    tomorrow = day_in_shanghai(bench.clock()) + timedelta(days=1)
    done("roll-over", authority, "soft:authority-city", "--from", tomorrow)
    with bench.desk.database.reading() as connection:
        following = parties.next_key(connection, authority)
    assert following is not None
    assert (str(following.key), following.from_day) == ("soft:authority-city", tomorrow)
    assert refused("roll-over", authority, "soft:nobody") == "KEY_UNKNOWN"
    assert refused("roll-over", "00000000000000000X", "soft:authority-city") == "PERSON_NOT_FOUND"
    assert refused("roll-over", authority, "soft:authority-city", "--from", "tomorrow") == "DATE_INVALID"


def test_a_store_that_was_not_prepared_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNING_VAR", str(tmp_path))
    assert refused("ledger") == "STORE_NOT_PREPARED"
