"""The portal notes what looks like a forgery, names nobody, and lets nobody fill its disk."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from signing_service.domain.codes import CheckCode, PublicCode
from signing_service.domain.radar import Signal, SignalKind
from signing_service.domain.verdicts import Report
from tests.portal.samples import (
    CONFIG,
    LICENCE,
    NOW,
    ORIGIN,
    PASSED,
    REPORTS,
    SEALED,
    Register,
    check_code_of,
    code_of,
    pdf,
)
from verify_portal.app import make_app
from verify_portal.radar import Radar, is_own_network, read_signals

UNKNOWN = str(PublicCode.mint(bytes(range(16))))
OURS = "ab" * 32


def portal(folder: Path, report: Report = PASSED, origin: str = ORIGIN) -> TestClient:
    config = replace(CONFIG, signals=folder, own_certs=lambda: frozenset({OURS}))
    app = make_app(Register(), lambda _: report, config, now=lambda: NOW)
    return TestClient(app, base_url=origin, raise_server_exceptions=False)


def upload(client: TestClient) -> None:
    assert client.post("/verify", files={"file": ("a.pdf", pdf("changed"), "application/pdf")}).status_code == 200


def noted(folder: Path) -> list[Signal]:
    return list(read_signals(folder))


def test_a_code_that_could_be_ours_and_is_unknown_is_noted(tmp_path: Path) -> None:
    client = portal(tmp_path)
    assert client.get(f"/v/{UNKNOWN}").status_code == 404
    (signal,) = noted(tmp_path)
    assert (signal.kind, signal.about.lower(), signal.at) == (SignalKind.UNKNOWN_CODE, UNKNOWN.lower(), NOW)


def test_a_typed_code_with_its_check_character_is_noted_and_a_mistyped_one_is_not(tmp_path: Path) -> None:
    client = portal(tmp_path)
    code = str(CheckCode.mint(lambda text: text[3]))
    wrong = code[:-1] + ("A" if code[-1] != "A" else "B")
    for one in (code, wrong, "hello"):
        assert client.post("/lookup", data={"number": LICENCE.number, "check_code": one}).status_code == 404
    assert [signal.about for signal in noted(tmp_path)] == [code.replace("-", "")]


def test_what_is_in_the_register_is_not_noted(tmp_path: Path) -> None:
    client = portal(tmp_path)
    assert client.get(f"/v/{code_of('in_force')}").status_code == 200
    upload(client)
    assert noted(tmp_path) == []


@pytest.mark.parametrize("name", ["changed", "broken"])
def test_an_altered_file_of_ours_is_noted_with_what_is_wrong_and_which_office_sealed_it(
    tmp_path: Path, name: str
) -> None:
    signatures = tuple(replace(one, cert_sha256=OURS) for one in REPORTS[name].signatures)
    upload(portal(tmp_path, replace(REPORTS[name], signatures=signatures)))
    (signal,) = noted(tmp_path)
    assert signal.kind is SignalKind.ALTERED_FILE
    assert len(signal.about) == 64
    assert signal.evidence
    assert (signal.evidence["reason"], signal.evidence["sealed_by"]) == (REPORTS[name].reason, SEALED.signer)


def test_an_altered_file_of_others_is_not_our_affair(tmp_path: Path) -> None:
    upload(portal(tmp_path, REPORTS["changed"]))
    assert noted(tmp_path) == []


def test_a_person_who_signed_is_never_named(tmp_path: Path) -> None:
    holder = replace(SEALED, field="holder", role="holder", signer="王建国", cert_sha256=OURS)
    upload(portal(tmp_path, replace(REPORTS["changed"], signatures=(holder,))))
    (signal,) = noted(tmp_path)
    assert signal.kind is SignalKind.ALTERED_FILE
    assert "王建国" not in (tmp_path / "signals.jsonl").read_text(encoding="utf-8")


def test_a_key_of_ours_in_other_hands_is_noted(tmp_path: Path) -> None:
    report = replace(PASSED, reason="NOT_IN_REGISTER", signatures=(replace(SEALED, cert_sha256=OURS),))
    upload(portal(tmp_path, report))
    assert [signal.kind for signal in noted(tmp_path)] == [SignalKind.NOT_IN_REGISTER]


def test_our_pages_under_another_name_are_noted_with_that_name(tmp_path: Path) -> None:
    portal(tmp_path, origin="https://verify.jiangxi-gov.example.net").get(f"/v/{code_of('in_force')}")
    (signal,) = noted(tmp_path)
    assert (signal.kind, signal.about) == (SignalKind.FOREIGN_ADDRESS, "verify.jiangxi-gov.example.net")


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("127.0.0.1", True),
        ("192.168.1.20", True),
        ("localhost", True),
        ("::1", True),
        ("8.8.8.8", False),
        ("a.example", False),
    ],
)
def test_a_private_address_is_no_look_alike(host: str, own: bool) -> None:
    assert is_own_network(host) is own


def test_no_address_of_a_client_is_kept_and_two_days_cannot_be_joined(tmp_path: Path) -> None:
    now = NOW
    radar = Radar(tmp_path, lambda: now)
    radar.tell(SignalKind.UNKNOWN_CODE, "a", "203.0.113.7")
    radar.tell(SignalKind.UNKNOWN_CODE, "b", "203.0.113.7")
    now += timedelta(days=1)
    radar.tell(SignalKind.UNKNOWN_CODE, "a", "203.0.113.7")
    first, second, third = noted(tmp_path)
    assert first.client == second.client != third.client
    assert "203.0.113.7" not in (tmp_path / "signals.jsonl").read_text(encoding="utf-8")


def test_the_same_again_is_noted_once_a_minute(tmp_path: Path) -> None:
    moments = iter([NOW + timedelta(seconds=seconds) for seconds in (0, 1, 59, 60)])

    def now() -> datetime:
        return next(moments)

    radar = Radar(tmp_path, now)
    for _ in range(4):
        radar.tell(SignalKind.UNKNOWN_CODE, "a", "203.0.113.7")
    assert [signal.at for signal in noted(tmp_path)] == [NOW, NOW + timedelta(seconds=60)]


def test_a_folder_that_cannot_be_written_holds_up_no_answer(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert portal(tmp_path / "file").get(f"/v/{UNKNOWN}").status_code == 404


def test_a_damaged_line_is_passed_over(tmp_path: Path) -> None:
    Radar(tmp_path, lambda: NOW).tell(SignalKind.UNKNOWN_CODE, "a")
    with (tmp_path / "signals.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps({"at": "yesterday"}) + "\n[1]\n{\n")
    assert len(noted(tmp_path)) == 1


def test_a_number_that_does_not_belong_to_a_code_is_noted_and_a_bad_standing_is_not(tmp_path: Path) -> None:
    client = portal(tmp_path)
    code = str(CheckCode.mint(lambda text: text[5]))
    assert client.post("/lookup", data={"number": "赣A042019000999", "check_code": code}).status_code == 404
    asked = {"number": LICENCE.number, "check_code": check_code_of("cancelled")}
    assert client.post("/lookup", data=asked).status_code == 404
    assert [signal.about for signal in noted(tmp_path)] == [code.replace("-", "")]


def test_every_altered_file_of_a_batch_is_noted(tmp_path: Path) -> None:
    altered = replace(REPORTS["changed"], signatures=(replace(SEALED, cert_sha256=OURS),))
    client = portal(tmp_path, altered)
    client.post("/batch", files=[("file", (f"{name}.pdf", pdf(name), "application/pdf")) for name in ("a", "b")])
    assert [signal.kind for signal in noted(tmp_path)] == [SignalKind.ALTERED_FILE] * 2
