"""The archive from a shell: what it lists, simulates and renews, and how it ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from signing_service.demo import people
from signing_service.demo.portraits import sample_portrait
from signing_service.storage import documents
from tests.factories import office, officer, service_in
from tests.unit.test_cli import call


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A service that issued one licence and was stopped."""
    var = tmp_path_factory.mktemp("archive") / "var"
    with service_in(var) as service:
        form = {
            "id_no": people.SIGNALLER_ID,
            "employer_uscc": str(people.BUILDER.uscc),
            "category": "04",
            "photo": service.desk.blobs.put(sample_portrait("王建国", woman=False)),
        }
        number = service.desk.begin_filled_in("so.issue", office(), form, region=people.REGION, request_key="issue")
        service.desk.take_step(number, "grant", officer("zheng"))
        service.settle(number)
        with service.desk.database.reading() as connection:
            [document] = documents.of_dossier(connection, number)
        (var / "number").write_text(document.number, encoding="utf-8")
    return var


def test_the_archive_is_listed_with_the_day_by_which_each_document_is_to_be_renewed(var: Path) -> None:
    number = (var / "number").read_text(encoding="utf-8")
    listed = call(var, "archive", "list")
    assert listed.returncode == 0, listed.stderr
    assert number in listed.stdout
    assert "ecdsa-p256" in listed.stdout
    assert "1 份" in listed.stdout
    assert "0 份" in call(var, "archive", "list", "--within", "30").stdout


def test_a_simulation_says_that_the_archive_will_be_accepted(var: Path) -> None:
    simulated = call(var, "archive", "simulate", "--years", "10")
    assert simulated.returncode == 0, simulated.stdout + simulated.stderr
    assert "1 份在 10 年后仍可验证" in simulated.stdout


def test_what_is_not_due_is_left_alone_and_what_is_wanted_is_renewed(var: Path) -> None:
    nothing = call(var, "archive", "renew")
    assert (nothing.returncode, "0 份已续期" in nothing.stdout) == (0, True), nothing.stderr
    refused = call(var, "archive", "renew", "--within", "36500")
    assert refused.returncode == 1
    assert "RENEWAL_WITHOUT_GAIN" in refused.stdout
    renewed = call(var, "archive", "renew", "--all")
    assert (renewed.returncode, "1 份已续期" in renewed.stdout) == (0, True), renewed.stdout + renewed.stderr
    assert call(var, "archive", "simulate").returncode == 0


@pytest.mark.parametrize("command", ["list", "renew", "simulate"])
def test_a_store_that_was_never_prepared_is_told(command: str, tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    answer = call(tmp_path / "var", "archive", command)
    assert answer.returncode == 1
    assert "STORE_NOT_PREPARED" in answer.stderr
