"""The signing room: exactly what was shown is signed, by who has the PIN and the code, and nobody else."""

from __future__ import annotations

import re

import pyotp
import pytest

from signing_service.domain.documents import SignatoryRole
from signing_service.storage import accounts as store
from signing_service.storage import documents, dossiers
from tests.factories_outside import take_out
from tests.platform.office import (
    BUILDER,
    FORMER,
    HOLDER,
    ORIGIN,
    PIN,
    RENEWAL,
    STRANGER,
    Office,
    prepared_renewal,
    submitted_renewal,
)
from tests.platform.soft_passkey import SoftPasskey


@pytest.fixture
def number(office: Office) -> str:
    return prepared_renewal(office)


def signed_by(office: Office, number: str) -> list[SignatoryRole | None]:
    with office.service.desk.database.reading() as connection:
        row = documents.of_dossier(connection, number)[-1]
        return [one.field for one in documents.revisions(connection, row.document_id)]


def room(number: str, step: str = "submit") -> str:
    return f"/platform/dossiers/{number}/sign/{step}"


def test_what_is_shown_is_what_is_signed_and_the_journal_says_how(office: Office, number: str) -> None:
    holder = office.of(HOLDER)
    seen = holder.see_every_page(number, "submit")
    code = holder.ask_for_code(number, "submit", seen)
    assert holder.post(room(number), {"seen": seen, "pin": PIN, "code": code}, follow=False).status_code == 303
    office.settle(number)
    assert SignatoryRole.HOLDER in signed_by(office, number)
    with office.service.desk.database.reading() as connection:
        line = dossiers.journal_of(connection, number)[-1]
    assert line.facts["evidence"]["seen"] == seen
    assert {"pin", "code"} <= set(line.facts["evidence"]["factors"])


def test_nothing_is_signed_before_the_last_page_was_shown(office: Office, number: str) -> None:
    holder = office.of(HOLDER)
    page = holder.get(room(number)).text
    first, *_, last = re.findall(r'src="(/platform/dossiers/[^"]+\.png)"', page)
    assert first != last
    seen = first.split("/")[-2]
    holder.get(first)
    code = holder.ask_for_code(number, "submit", seen)
    refused = holder.post(room(number), {"seen": seen, "pin": PIN, "code": code})
    assert refused.status_code == 409
    assert "PAGES_NOT_SHOWN" in refused.text
    holder.get(last)
    # neither PIN nor code was touched by the refusal: the same code still opens
    assert holder.post(room(number), {"seen": seen, "pin": PIN, "code": code}, follow=False).status_code == 303


def test_the_marks_of_another_session_do_not_count(office: Office, number: str) -> None:
    holder = office.of(HOLDER)
    seen = holder.see_every_page(number, "submit")
    marks = {name: value for name, value in holder.http.cookies.items() if name.startswith("seen-")}
    assert marks
    another = type(holder)(office, HOLDER)
    another.http.cookies.update({name: value[::-1] for name, value in marks.items()})
    code = another.ask_for_code(number, "submit", seen)
    refused = another.post(room(number), {"seen": seen, "pin": PIN, "code": code})
    assert refused.status_code == 409
    assert "PAGES_NOT_SHOWN" in refused.text


@pytest.mark.parametrize(
    ("changes", "problem"),
    [({"pin": "111222"}, "PIN_WRONG"), ({"code": "000000"}, "CODE_REFUSED"), ({"seen": "0" * 64}, "REVISION_CHANGED")],
)
def test_a_wrong_pin_code_or_revision_signs_nothing(
    office: Office, number: str, changes: dict[str, str], problem: str
) -> None:
    refused = office.of(HOLDER).sign(number, "submit", **changes)
    assert refused.status_code in (403, 409)
    assert problem in refused.text
    assert signed_by(office, number) == [None]


def test_a_code_signs_one_document_once(office: Office, number: str) -> None:
    holder = office.of(HOLDER)
    seen = holder.see_every_page(number, "submit")
    code = holder.ask_for_code(number, "submit", seen)
    form = {"seen": seen, "pin": PIN, "code": code}
    assert holder.post(room(number), form, follow=False).status_code == 303
    office.settle(number)
    builder = office.of(BUILDER)
    shown = builder.see_every_page(number, "confirm")
    refused = builder.post(room(number, "confirm"), {**form, "seen": shown})
    assert "CODE_REFUSED" in refused.text


def test_a_form_that_was_changed_is_not_signed_as_it_was(office: Office, number: str) -> None:
    holder = office.of(HOLDER)
    seen = holder.see_every_page(number, "submit")
    code = holder.ask_for_code(number, "submit", seen)
    holder.post(f"/platform/dossiers/{number}/steps/revise")
    file = re.search(r'name="attachments" value="([0-9a-f]{64})"', holder.get(f"/platform/dossiers/{number}/form").text)
    assert file
    form = {**RENEWAL, "health": "体检合格。", "attachments": file.group(1), "_next": "1"}
    assert holder.post(f"/platform/dossiers/{number}/form", form, follow=False).status_code == 303
    office.settle(number)
    refused = holder.post(room(number), {"seen": seen, "pin": PIN, "code": code})
    assert refused.status_code == 409
    assert "REVISION_CHANGED" in refused.text


def test_a_step_that_is_signed_is_not_taken_without_the_room(office: Office, number: str) -> None:
    holder = office.of(HOLDER)
    answer = holder.post(f"/platform/dossiers/{number}/steps/submit", follow=False)
    assert answer.headers["location"] == room(number)
    refused = holder.api("POST", f"/api/platform/dossiers/{number}/steps/submit")
    assert refused.status_code == 409
    assert refused.json()["code"] == "REVISION_CHANGED"
    assert signed_by(office, number) == [None]


def test_a_program_signs_with_pin_and_code_once_it_has_fetched_every_page(office: Office, number: str) -> None:
    holder = office.of(HOLDER)
    seen = holder.see_every_page(number, "submit")
    assert holder.api("POST", f"/api{room(number)}/code", {"revision": seen}).status_code == 202
    body = {"seen": seen, "pin": PIN, "code": office.letters.code}
    told = holder.api("POST", f"/api/platform/dossiers/{number}/steps/submit", body)
    assert told.status_code == 200, told.text
    assert told.json()["stage"] == "submitted"


def test_a_program_is_told_what_it_signs_and_with_what(office: Office, number: str) -> None:
    told = office.of(HOLDER).get(f"/api{room(number)}").json()
    assert told["revision"] == office.of(HOLDER).see_every_page(number, "submit")
    assert told["pages"] == [f"{room(number)}/{told['revision']}/{page}.png?role=holder" for page in (1, 2)]
    assert (told["own_key"], told["confirms_with"]) == (False, ["code"])


def test_after_signing_the_session_goes_on_under_a_new_token(office: Office, number: str) -> None:
    holder = office.of(HOLDER)
    before = holder.http.cookies["session"]
    assert holder.sign(number, "submit", pin="111222").status_code == 403
    assert holder.http.cookies["session"] == before, "nothing was signed"
    assert holder.sign(number, "submit").status_code == 303
    after = holder.http.cookies["session"]
    assert after != before
    holder.http.cookies.clear()
    holder.http.cookies.set("session", before)
    assert holder.get("/api/platform/session").json()["code"] == "LOGIN_REQUIRED"


# ---- who has an authenticator or a passkey


@pytest.fixture
def generator(office: Office) -> pyotp.TOTP:
    """Of the holder."""
    secret = pyotp.random_base32(32)
    with office.service.desk.database.transaction() as connection:
        store.put_totp(connection, HOLDER.account_id, office.accounts.locked_away(secret, HOLDER.account_id))
        assert store.take_totp(connection, HOLDER.account_id, 1, office.service.desk.clock())
    return pyotp.TOTP(secret)


def test_who_has_an_authenticator_signs_with_its_digits(office: Office, number: str, generator: pyotp.TOTP) -> None:
    holder = office.of(HOLDER)
    page = holder.get(room(number)).text
    assert "动态口令" in page
    assert "获取验证码" not in page
    seen = holder.see_every_page(number, "submit")
    sent = len(office.letters.sent)
    refused = holder.post(f"{room(number)}/code", {"revision": seen}, headers={"Accept": "application/json"})
    assert refused.json()["code"] == "SECOND_FACTOR_FIRST"
    assert len(office.letters.sent) == sent
    digits = generator.at(office.service.desk.clock())
    signed = holder.post(room(number), {"seen": seen, "pin": PIN, "code": digits}, follow=False)
    assert signed.status_code == 303, signed.text
    with office.service.desk.database.reading() as connection:
        line = dossiers.journal_of(connection, number)[-1]
    assert {"pin", "totp"} <= set(line.facts["evidence"]["factors"])


def test_a_passkey_signs_the_revision_it_was_asked_about(office: Office, number: str) -> None:
    holder = office.of(HOLDER)
    key = SoftPasskey(ORIGIN, "platform.test")
    begun = holder.api("POST", "/api/platform/account/passkeys/begin").json()
    made = {"handle": begun["handle"], "credential": key.create(begun["options"]), "label": "phone"}
    assert holder.api("POST", "/api/platform/account/passkeys", made).status_code == 201
    assert "用通行密钥签名" in holder.get(room(number)).text
    seen = holder.see_every_page(number, "submit")
    assert holder.api("POST", f"/api{room(number)}/passkey", {"revision": "0" * 64}).status_code == 409

    of_the_session = holder.api("POST", "/api/platform/session/passkey/begin").json()
    of_the_revision = holder.api("POST", f"/api{room(number)}/passkey", {"revision": seen}).json()
    answers = []
    for asked in (of_the_session, of_the_revision):
        shown = {"seen": seen, "pin": PIN, "passkey_handle": asked["handle"], "passkey": key.get(asked["options"])}
        answers.append(holder.api("POST", f"/api/platform/dossiers/{number}/steps/submit", shown))
    assert answers[0].json()["code"] == "PASSKEY_REFUSED"
    assert answers[1].json()["stage"] == "submitted"
    with office.service.desk.database.reading() as connection:
        line = dossiers.journal_of(connection, number)[-1]
    assert {"pin", "passkey"} <= set(line.facts["evidence"]["factors"])


@pytest.mark.parametrize("passkey", ["[]", "{", [1]])
def test_what_is_no_answer_of_a_passkey_is_refused_in_words(office: Office, number: str, passkey: object) -> None:
    holder = office.of(HOLDER)
    seen = holder.see_every_page(number, "submit")
    shown = {"seen": seen, "pin": PIN, "passkey": passkey}
    answer = holder.api("POST", f"/api/platform/dossiers/{number}/steps/submit", shown)
    assert answer.json()["code"] == "REQUEST_MALFORMED"


@pytest.mark.parametrize("who", [STRANGER, FORMER, BUILDER], ids=["stranger", "other enterprise", "not yet"])
def test_nobody_else_gets_a_picture_of_the_form(office: Office, number: str, who: object) -> None:
    seen = office.of(HOLDER).see_every_page(number, "submit")
    other = office.of(who)  # type: ignore[arg-type]
    expected = 403 if who is BUILDER else 404
    assert other.get(f"{room(number)}/{seen}/1.png").status_code == expected
    assert other.get(room(number)).status_code == expected


def test_an_enterprise_that_declines_says_why_and_the_form_is_void(office: Office) -> None:
    number = submitted_renewal(office)
    builder = office.of(BUILDER)
    decline = f"/platform/dossiers/{number}/steps/decline"
    without = builder.post(decline)
    assert without.status_code == 422
    assert "REASON_REQUIRED" in without.text
    assert builder.post(decline, {"reason": "已不在本单位工作。"}).status_code == 200
    page = office.of(HOLDER).get(f"/platform/dossiers/{number}").text
    assert "已作废" in page
    assert "已不在本单位工作。" in page
    form = office.of(HOLDER).get(f"/platform/dossiers/{number}/form").text
    assert RENEWAL["conduct"] in form


def test_who_keeps_the_own_key_agrees_here_and_signs_in_the_other_room(office: Office) -> None:
    number = submitted_renewal(office)
    take_out(office.service)
    builder = office.of(BUILDER)
    seen = builder.see_every_page(number, "confirm")
    answer = builder.post(room(number, "confirm"), {"seen": seen}, follow=False)
    assert answer.status_code == 303, answer.text
    assert re.fullmatch(r"/sign/[0-9a-f]{64}", answer.headers["location"])
    page = builder.get(f"/platform/dossiers/{number}").text
    assert "请用您自己的证书签署" in page
    again = builder.post(f"/platform/dossiers/{number}/own-key", follow=False)
    assert again.headers["location"].startswith("/sign/")
    assert "等待用人单位用自己的证书签署" in office.of(HOLDER).get(f"/platform/dossiers/{number}").text
