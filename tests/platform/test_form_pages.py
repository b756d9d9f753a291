"""A form on the page: kept as it is typed, all errors at once, nothing lost, and no file that could do something."""

from __future__ import annotations

import io
import re

import pikepdf
import pytest
from PIL import Image

from signing_service.demo import people
from tests.platform.office import BUILDER, HOLDER, PDF, RENEWAL, STRANGER, Caller, Office, upload


@pytest.fixture
def holder(office: Office) -> Caller:
    return office.of(HOLDER)


@pytest.fixture
def number(holder: Caller) -> str:
    return holder.begin("so.renew", people.SIGNALLER_LICENCE)


def form(number: str) -> str:
    return f"/platform/dossiers/{number}/form"


def test_what_the_platform_knows_stands_in_the_form_already(holder: Caller, number: str) -> None:
    page = holder.get(form(number)).text
    assert f'value="{people.SIGNALLER_LICENCE}"' in page
    assert f'value="{people.BUILDER.uscc}"' in page


def test_beginning_twice_with_one_page_is_one_dossier(holder: Caller) -> None:
    page = holder.get("/platform/begin").text
    key = re.search(r'name="request_key" value="([^"]+SORN)"', page)
    assert key
    data = {"procedure": "so.renew", "request_key": key.group(1)}
    first, second = (holder.post("/platform/begin", data, follow=False).headers["location"] for _ in range(2))
    assert first == second


def test_every_error_is_told_at_once_at_its_field_and_nothing_typed_is_lost(holder: Caller, number: str) -> None:
    answer = holder.post(form(number), {**RENEWAL, "mobile": "12345", "health": "", "_next": "1"})
    assert answer.status_code == 422
    for key in ("mobile", "health", "attachments"):
        assert f'id="f-{key}-error"' in answer.text
        assert f'href="#f-{key}"' in answer.text
    assert 'value="12345"' in answer.text
    again = holder.get(form(number)).text
    assert 'value="12345"' in again
    assert RENEWAL["training"] in again


def test_a_draft_is_kept_as_it_is_typed_and_says_what_is_wrong_already(holder: Caller, number: str) -> None:
    told = holder.post(f"/platform/dossiers/{number}/draft", {"mobile": "1387", "working_since": "2014年"})
    assert told.status_code == 200
    assert re.fullmatch(r"\d\d:\d\d", told.json()["at"])
    assert [error["field"] for error in told.json()["errors"]] == ["mobile"]
    assert 'value="1387"' in holder.get(form(number)).text


def test_a_program_keeps_a_draft_and_takes_the_step(office: Office, holder: Caller, number: str) -> None:
    kept = holder.api("POST", "/api/platform/attachments", {"name": "体检.pdf", "content": "JVBERi0="})
    assert kept.status_code == 422
    file = upload(holder, number, "attachments").json()
    told = holder.api("PUT", f"/api/platform/dossiers/{number}/draft", {"form": {**RENEWAL, "attachments": [file]}})
    assert told.json()["errors"] == []
    taken = holder.api("POST", f"/api/platform/dossiers/{number}/steps/prepare")
    assert taken.json()["stage"] == "prepared", taken.text
    office.settle(number)
    seen = holder.api("GET", f"/api/platform/dossiers/{number}").json()
    assert seen["documents"][0]["kind"] == "form"
    assert holder.api("GET", "/api/platform/todos").json()["todos"][0]["dossier"] == number


@pytest.mark.parametrize("who", [STRANGER, BUILDER], ids=["stranger", "enterprise"])
def test_a_draft_is_nobody_elses_to_read_or_write(office: Office, number: str, who: object) -> None:
    other = office.of(who)  # type: ignore[arg-type]
    assert other.get(form(number)).status_code == 404
    assert other.get(f"/platform/dossiers/{number}").status_code == 404
    assert other.post(f"/platform/dossiers/{number}/draft", {"mobile": "1"}).status_code == 404
    assert upload(other, number, "attachments").status_code == 404
    assert other.api("PUT", f"/api/platform/dossiers/{number}/draft", {"form": {}}).status_code == 404


# ---- files


def encrypted() -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(out, encryption=pikepdf.Encryption(owner="a", user="b"))
    return out.getvalue()


def with_script() -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
        pdf.save(out)
    return out.getvalue()


def with_attached_file() -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.attachments["a.exe"] = b"MZ"
        pdf.save(out)
    return out.getvalue()


def long_one() -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        for _ in range(501):
            pdf.add_blank_page()
        pdf.save(out)
    return out.getvalue()


def jpeg() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (60, 80), "white").save(out, "JPEG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"MZ\x90\x00 a program called a.pdf", "FILE_TYPE"),
        (b"%PDF-1.7 but nothing more", "FILE_TYPE"),
        (b"\xff\xd8\xff\xe0 cut off", "FILE_TYPE"),
        (b"%PDF-" + b"0" * (20 * 1024 * 1024), "FILE_SIZE"),
        (long_one(), "FILE_SIZE"),
        (encrypted(), "FILE_ENCRYPTED"),
        (with_script(), "FILE_ACTIVE"),
        (with_attached_file(), "FILE_ACTIVE"),
    ],
    ids=["program", "no pdf", "no picture", "too large", "too long", "encrypted", "script", "attached"],
)
def test_a_file_that_cannot_be_evidence_is_refused_and_says_why(
    holder: Caller, number: str, data: bytes, problem: str
) -> None:
    answer = upload(holder, number, "attachments", data)
    assert answer.status_code == 422
    assert answer.json()["code"] == problem
    assert "attachments" not in holder.api("GET", f"/api/platform/dossiers/{number}").json()["draft"]


def test_a_file_is_kept_named_and_shown_to_its_author_alone(office: Office, holder: Caller, number: str) -> None:
    first = upload(holder, number, "attachments").json()
    second = upload(holder, number, "attachments", jpeg(), "C:\\照片\\体检.jpg").json()
    assert (first["pages"], second["name"]) == (1, "体检.jpg")
    draft = holder.api("GET", f"/api/platform/dossiers/{number}").json()["draft"]
    assert [one["sha256"] for one in draft["attachments"]] == [first["sha256"], second["sha256"]]
    address = f"/platform/dossiers/{number}/files/{first['sha256']}"
    shown = holder.get(address)
    assert shown.content == PDF
    assert "sandbox" in shown.headers["content-security-policy"]
    assert office.of(STRANGER).get(address).status_code == 404
    assert holder.get(f"/platform/dossiers/{number}/files/{'0' * 64}").status_code == 404


def test_files_come_along_with_the_form_where_there_is_no_javascript(holder: Caller, number: str) -> None:
    answer = holder.post(
        form(number),
        {**RENEWAL, "_keep": "1"},
        follow=False,
        files=[
            ("attachments.upload", ("一.pdf", PDF, "application/pdf")),
            ("attachments.upload", ("二.jpg", jpeg(), "image/jpeg")),
        ],
    )
    assert answer.status_code == 303, answer.text
    page = holder.get(form(number)).text
    assert "一.pdf" in page
    assert "二.jpg" in page
    sha256 = re.search(r'name="_remove" value="([0-9a-f]{64})"', page)
    assert sha256
    kept = re.findall(r'name="attachments" value="([0-9a-f]{64})"', page)
    removed = {**RENEWAL, "attachments": kept, "_remove": sha256.group(1)}
    holder.post(form(number), removed)
    assert "一.pdf" not in holder.get(form(number)).text


def test_a_file_that_is_refused_with_a_form_is_told_at_its_field(holder: Caller, number: str) -> None:
    answer = holder.post(
        form(number),
        {**RENEWAL, "_next": "1"},
        files=[("attachments.upload", ("a.pdf", with_script(), "application/pdf"))],
    )
    assert answer.status_code == 422
    assert "FILE_ACTIVE" in answer.text
    assert 'id="f-attachments-error"' in answer.text
    assert RENEWAL["training"] in answer.text


def test_an_enterprise_is_found_by_name_with_and_without_javascript(holder: Caller, number: str) -> None:
    found = holder.get("/platform/enterprises?q=江右").json()["enterprises"]
    assert found == [{"uscc": str(people.BUILDER.uscc), "name": people.BUILDER.name}]
    page = holder.post(form(number), {**RENEWAL, "employer_uscc": "东湖", "_find": "employer_uscc"}).text
    assert f'name="employer_uscc.picked" value="{people.FORMER_BUILDER.uscc}"' in page
    picked = {**RENEWAL, "employer_uscc": "东湖", "employer_uscc.picked": str(people.FORMER_BUILDER.uscc), "_keep": "1"}
    holder.post(form(number), picked)
    assert f'value="{people.FORMER_BUILDER.uscc}"' in holder.get(form(number)).text


def test_a_form_of_another_site_changes_nothing(holder: Caller, number: str) -> None:
    address = f"/platform/dossiers/{number}/draft"
    without = holder.http.post(address, data={"mobile": "1"})
    assert without.status_code == 403
    foreign = holder.post(address, {"mobile": "1"}, headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 403
