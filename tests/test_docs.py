"""Docs that cannot rot: what the product has is in the table that says so, and the tables name nothing it has not.

A table names a thing in the first cell of a row, in backquotes: ``| `signing-service verify FILE` | … |``.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
READMES = sorted(ROOT.glob("README*.md"))


def named_in_tables(readme: Path) -> set[str]:
    rows = re.findall(r"^\|([^|]*)\|", readme.read_text(encoding="utf-8"), re.MULTILINE)
    return {name for cell in rows for name in re.findall(r"`([^`]+)`", cell)}


def missing(things: Iterable[str], readme: Path) -> list[str]:
    named = named_in_tables(readme)
    return sorted(thing for thing in things if not any(thing == name or name.startswith(f"{thing} ") for name in named))


def commands() -> set[str]:
    """``signing-service verify``, and ``signing-service keys list`` for a group of commands."""
    from typer.main import get_command

    from signing_service.cli import app

    def below(prefix: str, command: object) -> Iterable[str]:
        children = getattr(command, "commands", None)
        if not children:
            return [prefix]
        shown = {name: child for name, child in children.items() if not getattr(child, "hidden", False)}
        return [word for name, child in shown.items() for word in below(f"{prefix} {name}", child)]

    return set(below("signing-service", get_command(app)))


def procedure_keys() -> set[str]:
    from signing_service.procedures import CATALOGUE

    return {procedure.key for procedure in CATALOGUE}


def template_names() -> set[str]:
    """``forms/so_renew_form``: kind and name, whatever its editions."""
    templates = ROOT / "templates"
    return {path.parent.parent.relative_to(templates).as_posix() for path in templates.glob("*/*/*/template.toml")}


def targets() -> list[str]:
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    return [match.group(1) for line in lines if (match := re.match(r"([A-Za-z][\w-]*):(?!=)", line))]


def test_there_is_a_readme() -> None:
    assert READMES


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_every_command_is_in_the_readme(readme: Path) -> None:
    assert missing(commands(), readme) == []


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_the_readme_names_no_command_that_is_not_there(readme: Path) -> None:
    have = commands()
    named = {name for name in named_in_tables(readme) if name.startswith("signing-service ")}
    assert [name for name in sorted(named) if not any(f"{name} ".startswith(f"{command} ") for command in have)] == []


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_every_procedure_is_in_the_readme(readme: Path) -> None:
    assert procedure_keys()
    assert missing(procedure_keys(), readme) == []


def test_the_tables_of_templates_are_those_of_the_folders() -> None:
    """Who signs, in which order, and every fact that is drawn: read from the templates, never written by hand."""
    from tools.templates_table import README, TABLES, name_of, newest, table, written

    text = README.read_text(encoding="utf-8")
    assert written(text) == text, f"make tables (or: {sys.executable} tools/templates_table.py --write)"
    for which in TABLES:
        told = text[text.index(f"<!-- {which}:") : text.index(f"<!-- end of {which} -->")]
        assert told == table(which).removesuffix(f"<!-- end of {which} -->")
    assert {name.strip("`") for name in map(name_of, newest())} == template_names()


def test_every_document_has_an_english_title_for_the_portal() -> None:
    from signing_service.pipeline.templates import all_templates, title_en

    templates = ROOT / "templates"
    untitled = [str(one) for one in all_templates(templates) if not title_en(templates, str(one))]
    assert not untitled, f'add title_en = "…" below the title in template.toml of {untitled}'


def test_every_setting_is_in_the_example_with_its_meaning() -> None:
    """``.env.example`` is written by ``tools/env_example.py --write``, from the settings."""
    written = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "env_example.py")], capture_output=True, check=True, timeout=60
    )
    assert (ROOT / ".env.example").read_bytes() == written.stdout, "make tables"


def test_every_setting_says_what_it_means() -> None:
    from signing_service.settings import Settings

    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_every_make_target_says_what_it_does() -> None:
    shown = subprocess.run(
        ["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=30
    )
    assert re.findall(r"^  make (\w+) +\S", shown.stdout, re.MULTILINE) == targets()


def test_the_development_lock_contains_the_runtime_lock_at_the_same_versions() -> None:
    """``make test`` after ``make run`` must not change what runs."""
    assert pins("requirements.txt") <= pins("requirements-dev.txt")


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_a_lock_names_hashes_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert "index-url" not in text
    assert all(
        "--hash=sha256:" in entry for entry in re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE) if entry.strip()
    )


def test_the_lock_holds_every_dependency() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        dependencies = tomllib.load(file)["project"]["dependencies"]
    wanted = {re.split(r"[\[<>=~! ;]", dependency)[0].lower() for dependency in dependencies}
    assert wanted <= {pin.split("==")[0] for pin in pins("requirements.txt")}


def pins(lock: str) -> set[str]:
    return set(re.findall(r"^([a-z0-9._-]+==[^\s;\\]+)", (ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_the_table_of_procedures_is_that_of_the_catalogue(readme: Path) -> None:
    from tools.procedures_table import READMES as LANGUAGES
    from tools.procedures_table import written

    text = readme.read_text(encoding="utf-8")
    assert written(text, LANGUAGES[readme.name]) == text, (
        f"make tables (or: {sys.executable} tools/procedures_table.py --write)"
    )
