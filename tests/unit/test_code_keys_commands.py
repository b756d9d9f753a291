"""``signing-service code-keys``: what the operator of the code key sees and does."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from signing_service.attest.code_keys import read_published
from signing_service.cli import app
from signing_service.domain.errors import Problem
from signing_service.settings import Settings
from signing_service.trust import pki
from tests.factories_pki import two_keys


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A small PKI whose key ``curve`` signs codes."""
    certs = tmp_path / "certs"
    certs.mkdir()
    two_keys(certs).rename(certs / "pki.toml")
    for name, value in (("VAR", tmp_path), ("CERTS", certs), ("CODE_KEY", "soft:curve")):
        monkeypatch.setenv(f"SIGNING_{name}", str(value))
    settings = Settings()
    pki.ensure(settings.pki, certs / "pki.toml", datetime.now(UTC))
    return settings


def run(*words: str) -> str:
    result = CliRunner().invoke(app, ["code-keys", *words], catch_exceptions=False)
    return result.output


def test_a_renewed_key_takes_over_and_both_are_listed(settings: Settings) -> None:
    run("take-over")
    [first] = read_published(settings.licence_keys).keys
    pki.renew(settings.pki, settings.certs / "pki.toml", "curve", datetime.now(UTC))
    run("take-over", "--on", "2099-12-01")
    former, following = read_published(settings.licence_keys).keys
    assert (former.kid, former.retired, following.retired) == (first.kid, True, False)
    listed = run("list")
    assert former.kid.hex() in listed
    assert following.kid.hex() in listed
    assert listed.count("in use") == 2, "the former key still answers for the days until then"


def test_a_take_over_in_the_past_is_refused_for_it_would_forge_genuine_codes(settings: Settings) -> None:
    with pytest.raises(Problem, match="DAY_PAST"):
        run("take-over", "--on", "2020-01-01")
    assert read_published(settings.licence_keys).keys == ()


def test_a_stolen_key_is_ended(settings: Settings) -> None:
    run("take-over")
    [key] = read_published(settings.licence_keys).keys
    assert "2020-01-01" in run("retire", key.kid.hex(), "--on", "2020-01-01")
    assert not read_published(settings.licence_keys).keys[0].could_sign_on(datetime.now(UTC).date())
    with pytest.raises(Problem, match="CODE_KEY_UNKNOWN"):
        run("retire", "nothing")
