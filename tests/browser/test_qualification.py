"""申请表在线签章 in a browser with nothing installed: professional, technical leader, legal representative, then the enterprise
with a cert file of its own; any reader finds every signature valid, and the portal one flipped byte (domain text, §18.6, scenario 11).
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from signing_service.demo import people
from signing_service.demo.province import PIN
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.pipeline.pictures import layout
from signing_service.storage import documents, dossiers
from signing_service.trust.pki import open_pki
from tests.browser.town import CROWD, PATIENCE, Town, Visitor, town_in
from tests.factories_outside import PASSWORD, OwnKey, builders_key, own_key, take_out
from tests.factories_pki import DESCRIPTION, published
from tests.unit.trust.serving import answering

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.slow]

BUILDER = str(people.BUILDER.uscc)
OTHER_COMPANY = "enterprise-91360102999000128k"
LEADER, REPRESENTATIVE, PROFESSIONAL = 0, 1, 16
PROFESSIONALS_LICENCE = "赣236121400077"


@pytest.fixture(scope="module")
def town(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A province whose CAs answer where its certs say, as readers and the signing room ask them."""
    folder = tmp_path_factory.mktemp("province")
    certs = Path(shutil.copytree(DESCRIPTION.parent, folder / "certs"))
    published(certs)
    with town_in(folder / "var", chromium, certs=certs) as opened:
        take_out(opened.service)
        with answering(open_pki(opened.service.settings.pki, certs / "pki.toml")):
            yield opened


def application(town: Town) -> dict[str, Any]:
    """建筑工程施工总承包三级, first."""
    leader, representative, professional = (CROWD[one] for one in (LEADER, REPRESENTATIVE, PROFESSIONAL))

    def file(name: str) -> dict[str, Any]:
        return {"name": f"{name}.pdf", "sha256": town.service.desk.blobs.put(name.encode()), "pages": 1, "size": 12}

    return {
        "application_kind": "first",
        "requested": [{"category": "G01", "grade": "3"}],
        "address": "示例省示例市东湖区匠心路 18 号",
        "business_address": "示例省示例市东湖区匠心路 18 号",
        "economic_nature": "有限责任公司",
        "established_on": "2009-04-16",
        "registered_capital": "1200",
        "net_assets": "1500",
        "registrar": "示例市市场监督管理局",
        "headcount": "86",
        "insured_month": "2026年8月至10月",
        "contact_name": "夏静",
        "contact_mobile": "13970000020",
        "legal_representative": representative.name,
        "legal_representative_id_no": representative.id_no,
        "manager_name": representative.name,
        "manager_id_no": representative.id_no,
        "technical_leader_name": leader.name,
        "technical_leader_id_no": leader.id_no,
        **{
            f"{key}_{item}": value
            for key in ("legal_representative", "manager", "technical_leader")
            for item, value in (("title", "高级工程师"), ("field", "建筑工程"), ("mobile", "13807910017"))
        },
        "constructors": [{"name": professional.name, "id_no": professional.id_no, "licence_no": PROFESSIONALS_LICENCE}],
        "premises_address": "示例省示例市东湖区匠心路 18 号",
        "premises_area": "860",
        "premises_right": "自有",
        "business_licence": file("营业执照"),
        "audit_report": file("审计报告"),
        "page_seam": "yes",
    }


def test_a_form_is_signed_in_order_with_the_enterprises_own_file_and_a_flipped_byte_is_found(
    town: Town, tmp_path: Path
) -> None:
    clerk, leader = town.enterprise(BUILDER), town.person(LEADER)
    number = town.service.desk.begin("eq.apply", SignatoryRole.EMPLOYER, BUILDER, application(town), request_key="one")
    clerk.open(number, "form")
    clerk.prepare(number)

    tries_to_sign(leader, number)
    expect(leader.page.get_by_text("SLOT_NOT_OPEN")).to_be_visible(timeout=PATIENCE)
    expect(leader.page.get_by_text(f"请等待 {CROWD[PROFESSIONAL].name}")).to_be_visible()
    professional = town.person(PROFESSIONAL)
    sheet = sheet_of(town, CROWD[PROFESSIONAL].id_no)
    professional.sign(sheet, "confirm")
    has_to_wait(town.person(REPRESENTATIVE), number)
    leader.sign(number, "confirm")
    has_to_wait(clerk, number)
    town.person(REPRESENTATIVE).sign(number, "confirm")

    seal_with_a_file(clerk, number, own_key(town.service, OTHER_COMPANY))
    expect(clerk.page.locator("#outcome.failed")).to_contain_text("SUBJECT_NOT_PARTY", timeout=PATIENCE)
    assert stage(town, number) is Stage.CONFIRMED
    assert len(signed_fields(town, number)) == 2
    choose(clerk, builders_key(town.service))
    expect(clerk.page.locator("h1")).to_have_text("已盖章，无需再做什么", timeout=PATIENCE)
    town.service.settle(number)
    assert signed_fields(town, number) == ["technical_leader", "legal_representative", "employer"]

    file = tmp_path / "form.pdf"
    file.write_bytes(form_of(town, number))
    assert what_the_portal_says(town, file) == "申请材料，不是证照"
    altered = tmp_path / "altered.pdf"
    altered.write_bytes(with_a_byte_flipped(file.read_bytes()))
    assert what_the_portal_says(town, altered) == "文件被改动"
    told = pdfsig(file, town)
    strips = layout(file.read_bytes()).strips
    assert len(strips) == len(layout(file.read_bytes()).pages) > 1
    assert told.count("Signature is Valid.") == 3 + len(strips), told
    # pdfsig trusts a cert only the first time a file holds it, and a strip of the seam holds the enterprise's again
    assert told.count("Certificate is Trusted.") >= 3, told


def tries_to_sign(visitor: Visitor, number: str) -> None:
    """As ``Visitor.sign``, for who is going to be told why not."""
    visitor.open(number, "sign", "confirm")
    visitor.see_every_page()
    before = visitor.town.texts
    visitor.page.get_by_role("button", name="获取验证码").click()
    visitor.page.get_by_label("验证码").fill(visitor.town.code_sent(before))
    visitor.page.get_by_label(re.compile("PIN")).fill(PIN)
    visitor.page.get_by_role("button", name=re.compile("^(签名|盖章|签署)")).click()


def has_to_wait(visitor: Visitor, number: str) -> None:
    """Whose turn it is not finds nothing to sign with."""
    visitor.open(number, "sign", "confirm")
    expect(visitor.page.get_by_role("heading", level=1)).to_be_visible()
    expect(visitor.page.get_by_role("button", name=re.compile("^(签名|盖章|签署|同意)"))).to_have_count(0)


def seal_with_a_file(clerk: Visitor, number: str, key: OwnKey) -> None:
    """Every page is looked at, on the platform and in the room; the file is opened there."""
    clerk.open(number, "sign", "confirm")
    clerk.see_every_page()
    clerk.page.get_by_role("button", name=re.compile("用自己的证书")).click()
    clerk.page.wait_for_url(re.compile("/sign/"))
    for figure in clerk.page.query_selector_all(".page"):
        figure.scroll_into_view_if_needed()
    expect(clerk.page.locator("#reading.read")).to_be_visible(timeout=PATIENCE)
    choose(clerk, key)


def choose(clerk: Visitor, key: OwnKey) -> None:
    file = {"name": "单位公章.p12", "mimeType": "application/x-pkcs12", "buffer": key.p12(PASSWORD)}
    clerk.page.set_input_files("#p12", file)  # type: ignore[arg-type]
    clerk.page.fill("#password", PASSWORD)
    clerk.page.click("#open-file .button")


def sheet_of(town: Town, person: str) -> str:
    with town.service.desk.database.reading() as connection:
        found = [one.number for one, _ in dossiers.of_party(connection, person, 20) if one.procedure == "eq.confirm"]
    return found[0]


def stage(town: Town, number: str) -> Stage:
    with town.service.desk.database.reading() as connection:
        return dossiers.load(connection, number).stage


def revisions(town: Town, number: str) -> list[documents.Revision]:
    with town.service.desk.database.reading() as connection:
        row = documents.of_dossier(connection, number)[0]
        return documents.revisions(connection, row.document_id)


def signed_fields(town: Town, number: str) -> list[str]:
    return [revision.field.value for revision in revisions(town, number) if revision.field]


def form_of(town: Town, number: str) -> bytes:
    return town.service.desk.blobs.get(revisions(town, number)[-1].sha256)


def with_a_byte_flipped(data: bytes) -> bytes:
    """In the middle of what the first signature covers: a stream of a page or a font."""
    at = data.index(b"stream\n") + 40
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def what_the_portal_says(town: Town, file: Path) -> str:
    stranger = town.stranger()
    stranger.goto(f"{town.origin}/?lang=zh")
    stranger.set_input_files("#pdf", file)
    stranger.click("#file button")
    stranger.wait_for_selector("h1#headline")
    return stranger.locator("h1#headline").inner_text()


def pdfsig(file: Path, town: Town) -> str:
    """Poppler's own opinion, with our root as its only anchor."""
    for program in ("pdfsig", "certutil"):
        if shutil.which(program) is None:
            pytest.skip(f"not run on this machine: there is no {program}")
    nss, root = f"sql:{file.parent}", str(town.service.settings.pki / "anchors" / "root.pem")

    def run(*words: str) -> str:
        return subprocess.run(words, check=False, capture_output=True, text=True, timeout=60).stdout

    run("certutil", "-N", "-d", nss, "--empty-password")
    run("certutil", "-A", "-d", nss, "-n", "root", "-t", "CT,C,C", "-i", root)
    return run("pdfsig", "-nssdir", nss, str(file))
