"""The national register from a shell: what it refused is listed with its reason and told again."""

from __future__ import annotations

from pathlib import Path

import pytest

from signing_service.demo import people
from signing_service.demo.portraits import sample_portrait
from signing_service.storage import licences, national_entries
from signing_service.storage.national_entries import EntryState
from tests.factories import office, officer, service_in
from tests.unit.test_cli import call

REASON = "照片背景不是白色"


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A service that issued one licence, which the register refused, and was stopped."""
    var = tmp_path_factory.mktemp("national") / "var"
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
        with service.desk.database.transaction() as connection:
            licence = licences.of_dossier(connection, number)
            assert licence is not None
            [entry] = national_entries.of_licence(connection, licence.number)
            refusal = {"accepted": False, "reason": REASON, "mark": ""}
            national_entries.answered(connection, entry, EntryState.REFUSED, refusal, service.desk.clock())
        (var / "number").write_text(licence.number, encoding="utf-8")
    return var


def test_what_was_refused_is_listed_with_its_reason_and_told_again(var: Path) -> None:
    number = (var / "number").read_text(encoding="utf-8")
    listed = call(var, "national", "list")
    assert listed.returncode == 1
    assert number in listed.stdout
    assert REASON in listed.stdout
    assert "拒收 1 条" in listed.stdout

    assert call(var, "national", "push").returncode == 2, "which licences has to be said"
    assert "0 条" in call(var, "national", "push", "赣A042099000001").stdout
    assert "1 条将重新推送" in call(var, "national", "push", "--all").stdout
    after = call(var, "national", "list")
    assert (after.returncode, number in after.stdout) == (0, False)
    assert "待推送 1 条" in after.stdout
    assert number in call(var, "national", "list", "--waiting").stdout
