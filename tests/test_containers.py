"""The image and the composition of services. They are linted here, since a test may not need a container engine."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = (ROOT / "compose.yaml").read_text(encoding="utf-8")
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE)["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "signing-service"}


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in command], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )


def test_the_dockerfile_passes_hadolint() -> None:
    result = run(BIN / "hadolint", "Dockerfile")
    assert result.returncode == 0, result.stdout + result.stderr


def test_compose_yaml_follows_the_compose_specification() -> None:
    result = run(BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", "compose.yaml")
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_image_installs_only_what_the_lock_names_and_hashes() -> None:
    installs = [line for line in DOCKERFILE.splitlines() if "pip install" in line]
    assert installs
    assert all("--require-hashes" in line and "--requirement requirements.txt" in line for line in installs)


def test_the_image_runs_as_nobody_in_particular() -> None:
    users = re.findall(r"^USER (\S+)", DOCKERFILE, re.MULTILINE)
    assert users == ["10001:10001"]


def test_every_command_that_compose_starts_is_one_we_have() -> None:
    from typer.main import get_command

    from signing_service.cli import app

    commands = set(getattr(get_command(app), "commands", {}))
    assert {service["command"][0] for service in OURS.values()} <= commands


def test_every_setting_that_compose_and_the_image_make_is_one_we_have() -> None:
    from signing_service.settings import Settings

    known = {f"SIGNING_{name.upper()}" for name in Settings.model_fields}
    assert set(re.findall(r"\bSIGNING_[A-Z_]+\b", COMPOSE + DOCKERFILE)) <= known


def test_no_secret_is_written_in_compose_yaml() -> None:
    """Passwords and keys come from files that git ignores."""
    written = [
        name
        for service in SERVICES.values()
        for name in service.get("environment", {})
        if re.search(r"password|secret|token|database_url", name, re.IGNORECASE) and not name.endswith("_FILE")
    ]
    assert written == []


def test_our_services_cannot_write_to_their_image_nor_gain_rights() -> None:
    assert {"web", "worker", "portal"} <= set(OURS)
    for service in OURS.values():
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert "no-new-privileges:true" in service["security_opt"]


@pytest.mark.parametrize("service", ["web", "portal"])
def test_what_answers_the_network_is_given_no_key(service: str) -> None:
    volumes = OURS[service]["volumes"]
    assert {one["volume"]["subpath"] for one in volumes if isinstance(one, dict)} == {"anchors", "intermediates", "crl"}
    # beside the public certs the room has the key that signs tickets, which signs no document
    others = [one for one in volumes if isinstance(one, str)]
    notes = ["radar:/app/var/radar"]
    assert others == (["tickets:/app/var/tickets", *notes] if service == "web" else notes)


def test_the_portal_has_a_database_role_and_a_store_identity_of_its_own() -> None:
    def sources(service: str) -> set[str]:
        return {secret if isinstance(secret, str) else secret["source"] for secret in OURS[service]["secrets"]}

    assert sources("web") == sources("worker")
    assert not sources("portal") & sources("web")


def test_every_service_that_answers_is_watched() -> None:
    """Ours by the image's own health check, unless it answers nobody."""
    assert [name for name, service in SERVICES.items() if name not in OURS and "healthcheck" not in service] == []
    unwatched = {name for name, service in OURS.items() if service.get("healthcheck", {}).get("disable")}
    assert unwatched == {"prepare", "worker"}
    assert "HEALTHCHECK" in DOCKERFILE


def test_the_secrets_that_compose_mounts_are_those_that_are_made(tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "secrets.sh").write_bytes((ROOT / "tools" / "secrets.sh").read_bytes())
    subprocess.run(["sh", "tools/secrets.sh"], cwd=tmp_path, check=True, capture_output=True, timeout=30)
    mounted = {secret["file"] for secret in yaml.safe_load(COMPOSE)["secrets"].values()}
    made = {str(path.relative_to(tmp_path)) for path in (tmp_path / "secrets").iterdir()}
    assert made - {"secrets/.gitignore"} == mounted
    assert json.loads((tmp_path / "secrets" / "s3_identities.json").read_text())["identities"]
