"""``signing-service keys`` and ``key-service``: what the operator of keys sees, and what a program reads."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from signing_service.key_service.config import token_sha256
from signing_service.settings import ROOT
from tests.factories_pki import seven_keys
from tests.softhsm import PIN, SoftHsm


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A place of its own, with the fonts that are there."""
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "fonts").symlink_to(ROOT / "var" / "fonts")
    certs = tmp_path / "certs"
    certs.mkdir()
    seven_keys(certs).rename(certs / "pki.toml")
    return {"SIGNING_VAR": str(tmp_path / "var"), "SIGNING_CERTS": str(certs), "COLUMNS": "200"}


def run(environment: dict[str, str], *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "signing_service", *words]
    return subprocess.run(
        command, cwd=ROOT, env=os.environ | environment, input=given, capture_output=True, text=True, timeout=120
    )


def test_keys_are_listed_with_what_they_are_for(environment: dict[str, str]) -> None:
    told = run(environment, "keys", "list")
    assert told.returncode == 0, told.stderr
    for words in ("soft:ed25519", "rsa-3072-pss-sha256", "time-stamp", "ocsp", "江右示例建设集团有限公司"):
        assert words in told.stdout


def test_a_key_that_fails_is_one_row_and_stops_nothing(environment: dict[str, str], tmp_path: Path) -> None:
    asked = ("soft:ecdsa-p256", "soft:nobody", "pkcs11:authority", "soft:tsa")
    told = run(environment, "keys", "test", *asked, "--out", str(tmp_path / "out"))
    assert told.returncode == 1, told.stderr
    rows = json.loads((tmp_path / "out" / "index.json").read_text(encoding="utf-8"))
    assert all(list(row) == ["key", "store", "algorithm", "level", "file", "verdict", "problem"] for row in rows)
    good = [row for row in rows if row["key"] == "soft:ecdsa-p256"]
    assert [row["level"] for row in good] == ["B-B", "B-T", "B-LT", "B-LTA"]
    assert {row["verdict"] for row in good} == {"TOTAL_PASSED"}
    assert {row["problem"] for row in good} == {""}
    assert all((tmp_path / "out" / row["file"]).read_bytes().startswith(b"%PDF") for row in good)
    codes = {row["key"]: row["problem"].split(":")[0] for row in rows if row["problem"]}
    assert codes == {
        "soft:nobody": "KEY_UNKNOWN", "pkcs11:authority": "KEY_UNKNOWN", "soft:tsa": "KEY_NOT_FOR_SEALS",
    }  # fmt: skip


def test_a_token_that_is_not_there_is_a_row_among_the_others(
    environment: dict[str, str], tmp_path: Path, softhsm: SoftHsm
) -> None:
    (tmp_path / "pin").write_text(PIN, encoding="utf-8")
    environment |= {
        "SIGNING_PKCS11_MODULE": "/usr/lib/softhsm/libsofthsm2.so",
        "SIGNING_PKCS11_TOKEN": "no such token",
        "SIGNING_PKCS11_PIN_FILE": str(tmp_path / "pin"),
    }
    told = run(environment, "keys", "test", "--all", "--out", str(tmp_path / "out"))
    assert told.returncode == 1, told.stderr
    rows = json.loads((tmp_path / "out" / "index.json").read_text(encoding="utf-8"))
    (bad,) = [row for row in rows if row["problem"]]
    assert bad["store"] == "pkcs11"
    assert bad["problem"].startswith("KEY_UNAVAILABLE")
    assert len(rows) == 1 + 7 * 4
    assert PIN not in told.stdout + told.stderr


def test_what_is_not_named_is_not_tried(environment: dict[str, str], tmp_path: Path) -> None:
    told = run(environment, "keys", "test", "--out", str(tmp_path / "out"))
    assert told.returncode == 1
    assert "KEYS_NOT_NAMED" in told.stderr


def test_the_key_service_prints_what_stands_for_a_secret_and_refuses_to_start_without_its_file(
    environment: dict[str, str],
) -> None:
    told = run(environment, "key-service", "--hash", given="a token\n")
    assert f'token_sha256 = "{token_sha256("a token")}"' in told.stdout
    assert "a token" not in told.stdout
    environment["SIGNING_KEY_SERVICE_CONFIG"] = "/nowhere/key_service.toml"
    told = run(environment, "key-service")
    assert told.returncode == 1
    assert "KEY_SERVICE_CONFIG" in told.stderr
