"""Licences from a list: bad rows are told, good rows are issued, nothing is issued twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from signing_service import batch
from signing_service.demo import people
from signing_service.demo.portraits import sample_portrait
from signing_service.domain.errors import Problem
from signing_service.domain.licences import LicenceType
from signing_service.embedded import Service, running
from signing_service.storage import tables

GOOD = [f"{somebody.name},{somebody.id_no},{people.BUILDER.uscc},04,a.jpg" for somebody in people.crowd()[:3]]
BAD = {
    "check digit": ("陈静,360103197703052460,9136010099900011XN,04,a.jpg", "id_no", "ID_CHECK"),
    "enterprise": ("陈静,{id},9136010099900012XN,04,a.jpg", "employer_uscc", "USCC_CHECK"),
    "trade": ("陈静,{id},9136010099900011XN,12,a.jpg", "category", "ENUM_INVALID"),
    "photo": ("陈静,{id},9136010099900011XN,04,nobody.jpg", "photo", "PHOTO_MISSING"),
    "outside": ("陈静,{id},9136010099900011XN,04,../a.jpg", "photo", "PHOTO_MISSING"),
    "name": ("陈?静,{id},9136010099900011XN,04,a.jpg", "name", "NAME_INVALID"),
    "other name": ("王建军,360102199003070014,9136010099900011XN,05,a.jpg", "", "NAME_MISMATCH"),
}


def issue(service: Service, folder: Path, lines: list[str]) -> list[batch.BadRow | batch.IssuedRow]:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "a.jpg").write_bytes(sample_portrait("a", woman=True))
    path = folder / "rows.csv"
    path.write_text("\n".join([",".join(batch.COLUMNS), *lines]), encoding="utf-8-sig")
    office = batch.office_of(service, "officer")
    return list(
        batch.issue_rows(service, batch.read_rows(path), folder, LicenceType.SPECIAL_OPERATION, office, folder / "out")
    )


def test_good_rows_are_issued_and_bad_rows_are_told_by_line_field_and_code(service: Service, tmp_path: Path) -> None:
    free = people.crowd()[5].id_no
    lines = [GOOD[0], *(row.format(id=free) for row, _, _ in BAD.values()), GOOD[1]]
    results = issue(service, tmp_path / "list", lines)
    bad = [result for result in results if isinstance(result, batch.BadRow)]
    issued = [result for result in results if isinstance(result, batch.IssuedRow)]
    assert [result.line for result in issued] == [2, len(lines) + 1]
    assert all(result.file.read_bytes().startswith(b"%PDF-") for result in issued)
    assert [(row.line, row.errors[0].field, row.errors[0].code) for row in bad] == [
        (line, field, code) for line, (_, field, code) in enumerate(BAD.values(), 3)
    ]


def test_everything_that_is_wrong_with_a_row_is_told_at_once(service: Service, tmp_path: Path) -> None:
    [row] = issue(service, tmp_path / "list", ["陈?静,360103197703052460,x,77,nobody.jpg"])
    assert isinstance(row, batch.BadRow)
    assert sorted(error.field for error in row.errors) == ["category", "employer_uscc", "id_no", "name", "photo"]


def test_running_again_issues_nothing_twice(service: Service, tmp_path: Path) -> None:
    first = issue(service, tmp_path / "list", GOOD)
    second = issue(service, tmp_path / "list", GOOD)
    assert first == second
    with service.desk.database.reading() as connection:
        rows = connection.execute(tables.licence.select().where(tables.licence.c.dossier.is_not(None))).all()
    assert len(rows) == len(GOOD)


def test_a_person_holds_one_licence_of_a_trade(service: Service, tmp_path: Path) -> None:
    issue(service, tmp_path / "list", GOOD[:1])
    (tmp_path / "list" / "b.jpg").write_bytes(sample_portrait("b", woman=False))
    [again] = issue(service, tmp_path / "list", [GOOD[0].replace("a.jpg", "b.jpg")])
    assert isinstance(again, batch.BadRow)
    assert again.errors[0].code == "CERT_EXISTS"


def test_numbers_leave_no_gap(service: Service, tmp_path: Path) -> None:
    issued = issue(service, tmp_path / "list", [GOOD[0], BAD["trade"][0].format(id=people.crowd()[5].id_no), *GOOD[1:]])
    numbers = [result.number for result in issued if isinstance(result, batch.IssuedRow)]
    assert sorted(number[-6:] for number in numbers) == ["000001", "000002", "000003"]


def test_a_list_without_its_columns_is_refused_before_anything_is_issued(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("name,id_no\n", encoding="utf-8")
    with pytest.raises(Problem) as refusal:
        batch.read_rows(path)
    assert refusal.value.code == "CSV_COLUMNS"
    path.write_bytes("姓名".encode("gb18030"))
    with pytest.raises(Problem) as refusal:
        batch.read_rows(path)
    assert refusal.value.code == "CSV_UNREADABLE"


def test_a_second_process_leaves_the_work_to_the_one_that_has_it(service: Service, tmp_path: Path) -> None:
    with running(service.settings) as beside:
        results = issue(beside, tmp_path / "list", GOOD[:1])
    assert isinstance(results[0], batch.IssuedRow)
    with service.desk.database.reading() as connection:
        attempts = connection.execute(tables.effect.select()).mappings().all()
    assert {row["attempts"] for row in attempts} == {1}
