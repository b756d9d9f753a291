"""``signing-service draw check``: what it says of a record that is right, false, or none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from signing_service.commands.draw import app

SAMPLE = json.loads(Path("templates/notices/draw_record/2026-01/sample.json").read_text(encoding="utf-8"))


def checked(*files: Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["check", *map(str, files)])
    return result.exit_code, result.output


def kept(folder: Path, name: str, record: object) -> Path:
    file = folder / name
    file.write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
    return file


def test_a_record_as_published_is_computed_again(tmp_path: Path) -> None:
    code, said = checked(kept(tmp_path, "a.json", SAMPLE))
    assert code == 0
    assert "17" in said


def test_a_list_that_was_changed_is_told_and_counts_more_than_what_cannot_be_read(tmp_path: Path) -> None:
    changed = {**SAMPLE, "candidates": SAMPLE["candidates"][1:]}
    unreadable = tmp_path / "c.json"
    unreadable.write_bytes(b"no json")
    code, said = checked(kept(tmp_path, "a.json", SAMPLE), kept(tmp_path, "b.json", changed), unreadable)
    assert code == 1
    assert "名单在锁定之后被改动" in said


@pytest.mark.parametrize("record", [[], {}, {"record_no": "CQJL20261129000003", "secret_hash": "00"}, None])
def test_what_is_no_record_is_said_to_be_none(tmp_path: Path, record: object) -> None:
    code, said = checked(kept(tmp_path, "a.json", record))
    assert code == 3
    assert "不是已公布的抽取记录" in said


def test_a_pdf_that_is_broken_is_no_record(tmp_path: Path) -> None:
    file = tmp_path / "a.pdf"
    file.write_bytes(b"%PDF-1.7 broken")
    assert checked(file)[0] == 3
