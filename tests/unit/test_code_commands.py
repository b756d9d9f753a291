"""``verify-code`` and ``verify-page``: a code is checked from a shell with what was saved, and nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from signing_service.attest.code_keys import publish
from signing_service.attest.status_list import ListedStatus, address_of
from signing_service.cli import app
from signing_service.domain.errors import Problem
from tests.portal.offline_samples import ADDRESS, KEY, OTHER, PLACE_OF, STATEMENT, code, scanned, token
from tests.portal.samples import ORIGIN


@pytest.fixture
def saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with keys and a list that was made three hours ago."""
    monkeypatch.setenv("SIGNING_PUBLIC_ORIGIN", ORIGIN)
    monkeypatch.setenv("SIGNING_VAR", str(tmp_path / "nothing"))
    publish(tmp_path / "keys.json", KEY)
    (tmp_path / "list").write_bytes(token(datetime.now(UTC) - timedelta(hours=3, minutes=5)))
    return tmp_path


def ask(saved: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["verify-code", *words, "--keys", str(saved / "keys.json")], catch_exceptions=False)


def test_one_json_line_a_code_whole_addresses_and_bare_digits(saved: Path) -> None:
    foreign = f"https://verify.evil.example/v/x#{code()}"
    told = ask(saved, f"{ADDRESS}#{code()}", code(), foreign, f"{ADDRESS}#{code(private=OTHER)}", ADDRESS, "--json")
    lines = [json.loads(line) for line in told.output.splitlines()]
    assert [line["verdict"] for line in lines] == ["GENUINE", "GENUINE", "GENUINE", "FORGED", "UNREADABLE"]
    assert [line["host_is_ours"] for line in lines] == [True, None, False, True, True]
    assert lines[0]["statement"] == STATEMENT.to_json()
    assert "status" not in lines[0]
    assert told.exit_code == 1


def test_a_kept_list_tells_the_status_and_its_age(saved: Path) -> None:
    told = ask(saved, scanned(ListedStatus.SUSPENDED), "--status", str(saved / "list"))
    assert "suspended" in told.output
    assert "按 3 小时前的状态表" in told.output
    assert "3 hours ago" in told.output
    [line] = ask(saved, scanned(ListedStatus.SUSPENDED), "--status", str(saved / "list"), "--json").output.splitlines()
    status = json.loads(line)["status"]
    assert (status["value"], status["current"]) == ("suspended", True)
    assert 3 * 3600 < status["age_seconds"] < 4 * 3600


def test_a_list_that_is_too_old_says_so(saved: Path) -> None:
    (saved / "list").write_bytes(token(datetime.now(UTC) - timedelta(days=8)))
    told = ask(saved, scanned(ListedStatus.IN_FORCE), "--status", str(saved / "list"))
    assert "too old" in told.output
    assert "8 days ago" in told.output


@pytest.mark.parametrize("index", [None, 1 << 20, (1 << 20) - 1])
def test_a_licence_that_no_kept_list_has_is_not_called_in_force(saved: Path, index: int | None) -> None:
    genuine = code(replace(STATEMENT, status_index=index))
    told = ask(saved, genuine, "--status", str(saved / "list"), "--json")
    assert json.loads(told.output)["status"] is None
    assert "in no list" in ask(saved, genuine, "--status", str(saved / "list")).output


def test_no_status_is_told_of_a_forged_code(saved: Path) -> None:
    assert PLACE_OF[ListedStatus.IN_FORCE] == STATEMENT.status_index
    told = ask(saved, code(private=OTHER), "--status", str(saved / "list"), "--json")
    assert json.loads(told.output)["status"] is None


@pytest.mark.parametrize(
    "made",
    [
        lambda: token(private=OTHER),
        lambda: token(address=address_of("https://evil.example", 0)),
        lambda: token(address=address_of(ORIGIN, 0) + "1x"),
        lambda: token(address=address_of(ORIGIN, 0)[:-1] + "00"),
        lambda: b"nothing",
    ],
    ids=["forged", "another site's", "no number", "another spelling", "no list"],
)
def test_a_list_that_is_not_ours_is_refused(saved: Path, made: object) -> None:
    (saved / "list").write_bytes(made())  # type: ignore[operator]
    with pytest.raises(Problem, match="STATUS_LIST_UNREADABLE"):
        ask(saved, code(), "--status", str(saved / "list"))


def test_the_page_is_written_with_keys_and_list_in_it(saved: Path) -> None:
    page = saved / "verify.html"
    words = ["verify-page", "--out", str(page), "--lang", "en", "--status", str(saved / "list")]
    CliRunner().invoke(app, [*words, "--keys", str(saved / "keys.json")], catch_exceptions=False)
    text = page.read_text(encoding="utf-8")
    assert KEY.to_jwk()["x"] in text
    assert '"lists":{"0":"' in text
    assert "default-src &#39;none&#39;; script-src &#39;sha256-" in text
    assert '<html lang="en">' in text
