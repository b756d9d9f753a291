"""The rooms of the house and the direction of imports between them: pyproject.toml says it, these tests hold it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")

# contract, file, a line that must not be in it
BAD_IMPORTS = [
    ("down", "signing_service/workflows/__init__.py", "import signing_service.procedures"),
    ("down", "signing_service/storage/__init__.py", "import signing_service.keystores"),
    ("down", "signing_service/pipeline/__init__.py", "import signing_service.web"),
    ("nouns", "signing_service/domain/errors.py", "import signing_service.settings"),
    ("pure", "signing_service/pipeline/__init__.py", "import signing_service.storage"),
    ("pure", "signing_service/pipeline/__init__.py", "import signing_service.trust"),
    ("keys", "signing_service/web/__init__.py", "import signing_service.keystores"),
    ("keys", "verify_portal/__init__.py", "import signing_service.keystores"),
    ("portal", "verify_portal/__init__.py", "import signing_service.workflows"),
    ("agent", "signing_service/agent/__init__.py", "import signing_service.settings"),
    ("pyhanko", "verify_portal/__init__.py", "import pyhanko"),
]


def importlinter() -> dict[str, Any]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        table: dict[str, Any] = tomllib.load(file)["tool"]["importlinter"]
    return table


def lint_imports(folder: Path, *contracts: str) -> subprocess.CompletedProcess[str]:
    chosen = [word for contract in contracts for word in ("--contract", contract)]
    return subprocess.run(
        [str(LINT_IMPORTS), "--no-logo", "--no-cache", *chosen],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture
def copy_of_the_code(tmp_path: Path) -> Path:
    for package in importlinter()["root_packages"]:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_imports_point_down_only() -> None:
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(("contract", "file", "line"), BAD_IMPORTS, ids=lambda value: value.split("/")[-1])
def test_an_import_that_a_contract_forbids_is_refused(
    copy_of_the_code: Path, contract: str, file: str, line: str
) -> None:
    with (copy_of_the_code / file).open("a", encoding="utf-8") as module:
        module.write(f"\n{line}\n")
    result = lint_imports(copy_of_the_code, contract)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "1 broken" in result.stdout


def test_every_contract_has_a_bad_import_that_breaks_it() -> None:
    assert {contract["id"] for contract in importlinter()["contracts"]} == {contract for contract, _, _ in BAD_IMPORTS}


def test_every_room_stands_in_a_layer() -> None:
    layers = next(contract["layers"] for contract in importlinter()["contracts"] if contract["id"] == "down")
    placed = {room.strip() for layer in layers for room in layer.split("|")}
    found = {
        f"signing_service.{path.stem}"
        for path in (ROOT / "signing_service").iterdir()
        if (path.suffix == ".py" or (path / "__init__.py").exists()) and path.stem != "__init__"
    }
    assert found | {"verify_portal"} == placed
