"""The first administrator of a province, from the command line: once, of a registered authority, with a password to replace."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from signing_service.cli import app
from signing_service.domain.codes import Region, Uscc
from signing_service.domain.errors import Problem
from signing_service.domain.parties import Organisation, PartyKind
from signing_service.domain.viewer import AccountKind, Admin
from signing_service.storage import accounts as store
from signing_service.storage import parties
from signing_service.storage.database import open_database
from signing_service.workflows.accounts.passwords import matches

AUTHORITY = "11360000999000013K"


def ask(*more: str) -> tuple[BaseException | None, str]:
    given = ["--id-no", "360102199003070014", "--name", "张伟", "--mobile", "13600000011", "--authority", AUTHORITY]
    done = CliRunner().invoke(app, ["first-admin", "province", *given, *more])
    return done.exception, done.output


@pytest.fixture
def address(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("SIGNING_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("SIGNING_DATABASE_URL", sqlite_url)
    database = open_database(sqlite_url)
    with database.transaction() as connection:
        authority = Organisation(PartyKind.AUTHORITY, Uscc(AUTHORITY), "示例省住房和城乡建设厅", Region("360000"))
        parties.put(connection, authority)
    database.close()
    return sqlite_url


def test_the_first_administrator_gets_a_password_that_is_replaced(address: str) -> None:
    problem, printed = ask()
    assert problem is None, printed
    login, password = printed.split()
    database = open_database(address)
    with database.reading() as connection:
        account = store.by_login(connection, AccountKind.STAFF, login)
        assert account is not None
        kept = store.password_of(connection, account.account_id)
    database.close()
    assert (account.admin, kept.must_change if kept else None) == (Admin.PROVINCE, True)
    assert matches(kept.hash if kept else None, password)


def test_there_is_one_first_administrator(address: str) -> None:
    ask()
    problem, _ = ask()
    assert isinstance(problem, Problem)
    assert problem.code == "ADMIN_EXISTS"


def test_an_administrator_of_a_province_is_of_a_province(address: str) -> None:
    problem, _ = ask("--region", "360100")
    assert isinstance(problem, Problem)
    assert [one.code for one in problem.errors] == ["REGION_LEVEL"]
