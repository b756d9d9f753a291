"""Templates are data: well written or refused with file, table and key."""

from __future__ import annotations

import hashlib
import hmac
import shutil
from collections.abc import Callable
from decimal import Decimal
from operator import itemgetter
from pathlib import Path

import pytest

from signing_service.domain.documents import DocumentKind, SignatoryRole, TemplateId
from signing_service.domain.errors import Problem
from signing_service.domain.licences import LicenceType
from signing_service.pipeline.templates import STYLE, Grid, Template, all_templates, latest, load, title_en
from signing_service.pipeline.wording import Slot, Wording
from signing_service.settings import ROOT
from tests.unit.pipeline.sealing import PEOPLE

TEMPLATES = ROOT / "templates"
FORM = TemplateId(DocumentKind.FORM, "so_renew_form", "2026-01")
LICENCE = TemplateId(DocumentKind.LICENCE, "special_operation", "2026-01")

every_template = pytest.mark.parametrize("which", all_templates(TEMPLATES), ids=str)
Written = Callable[..., Path]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """A copy of the form in a folder of its own, with some text replaced."""

    def write(*changes: tuple[str, str], which: TemplateId = FORM, style: tuple[str, str] = ("", "")) -> Path:
        folder = tmp_path / str(which)
        shutil.copytree(TEMPLATES / str(which), folder)
        text = (folder / "template.toml").read_text("utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        (folder / "template.toml").write_text(text, "utf-8")
        (tmp_path / STYLE).write_text((TEMPLATES / STYLE).read_text("utf-8").replace(*style), "utf-8")
        return tmp_path

    return write


def refusal(root: Path, which: TemplateId = FORM) -> Problem:
    with pytest.raises(Problem) as refused:
        load(root, which)
    return refused.value


@every_template
def test_a_template_has_a_sample_with_every_fact_and_no_other(which: TemplateId) -> None:
    template = load(TEMPLATES, which)
    sample = template.sample()
    listed = {name.partition("[]")[0] for name in template.facts}
    assert set(sample) - listed == set()
    required = {name for name, needed in template.facts.items() if needed and "[]" not in name}
    assert required - set(sample) == set()


def test_forms_are_signed_by_holder_employers_authority_and_platform_in_this_order() -> None:
    change = load(TEMPLATES, TemplateId(DocumentKind.FORM, "c2_change_form", "2026-01"))
    assert change.roles == (
        SignatoryRole.HOLDER,
        SignatoryRole.FORMER_EMPLOYER,
        SignatoryRole.NEW_EMPLOYER,
        SignatoryRole.AUTHORITY,
        SignatoryRole.PLATFORM,
    )
    assert load(TEMPLATES, LICENCE).roles == (SignatoryRole.AUTHORITY, SignatoryRole.PLATFORM)


def test_people_sign_before_the_organisation_whose_seal_covers_their_signatures() -> None:
    assert load(TEMPLATES, TemplateId(DocumentKind.FORM, "eq_form", "2026-01")).roles == (
        SignatoryRole.TECHNICAL_LEADER,
        SignatoryRole.LEGAL_REPRESENTATIVE,
        SignatoryRole.EMPLOYER,
        SignatoryRole.AUTHORITY,
        SignatoryRole.PLATFORM,
    )
    order = list(SignatoryRole)
    organisations = {order.index(role) for role in order if role not in PEOPLE}
    assert max(order.index(role) for role in PEOPLE) < min(organisations)
    assert order[-2:] == [SignatoryRole.AUTHORITY, SignatoryRole.PLATFORM]


@pytest.mark.parametrize("licence", LicenceType)
def test_every_type_of_licence_has_a_face(licence: LicenceType) -> None:
    assert load(TEMPLATES, latest(TEMPLATES, DocumentKind.LICENCE, licence)).face


def test_a_template_is_found_by_its_id_and_by_its_folder() -> None:
    assert load(TEMPLATES, FORM) == load(TEMPLATES, TEMPLATES / str(FORM))


def test_the_latest_edition_is_taken(written: Written) -> None:
    root = written()
    shutil.copytree(root / str(FORM), root / "forms" / FORM.name / "2027-03")
    assert latest(root, DocumentKind.FORM, FORM.name).edition == "2027-03"
    assert latest(TEMPLATES, DocumentKind.FORM, FORM.name).edition == "2026-11"
    with pytest.raises(Problem, match="TEMPLATE_UNKNOWN"):
        latest(root, DocumentKind.NOTICE, FORM.name)


def test_a_template_that_is_not_there_is_unknown() -> None:
    problem = refusal(TEMPLATES, TemplateId(DocumentKind.FORM, "so_renew_form", "1999-01"))
    assert (problem.code, problem.status) == ("TEMPLATE_UNKNOWN", 404)


def test_the_english_title_is_read_from_the_head_of_the_file_and_is_that_of_the_template(written: Written) -> None:
    for which in all_templates(TEMPLATES):
        assert title_en(TEMPLATES, str(which)) == load(TEMPLATES, which).title_en != ""
    assert title_en(TEMPLATES, "forms/so_renew_form/1999-01") == ""


@pytest.mark.parametrize(
    ("old", "new", "table", "key"),
    [
        ('title = "', 'titel = "', "", "title"),
        ('title_en = "', 'titel_en = "', "", "title_en"),
        ('subject = "', 'colour = "red"\nsubject = "', "", "colour"),
        ('style = "title"', 'style = "enormous"', "heading 2", "style"),
        ('type = "grid"', 'type = "grill"', "block 1", "type"),
        ("columns = [25, 40, 25, 40, 35]", "columns = [25, 40, 25, 40, 36]", "block 1", "columns"),
        ("columns = [25, 40, 25, 40, 35]", 'columns = [25, 40, 25, 40, "35"]', "block 1", "columns"),
        ('value = "{gender}"', 'value = "{gender}", span = 2', "block 1", "rows"),
        ('value = "{gender}"', 'value = "{Gender}"', "block 1.rows 1 2", "value"),
        ('value = "{gender}"', 'value = "{gender:roman}"', "block 1.rows 1 2", "value"),
        ('value = "{gender}"', 'value = "{gender}", size = 3', "block 1.rows 1 2", "size"),
        ('value = "{gender}"', 'value = "{gender}", strong = 1', "block 1.rows 1 2", "strong"),
        ('["01", "建筑电工"]', '["01"]', "block 2.rows 2 1", "options"),
        ('value = "{category}"', 'value = "{category}{gender}"', "block 2.rows 2 1", "value"),
        ('width = 12.5, align = "centre"', 'width = 12.5, align = "center"', "block 4.columns 1", "align"),
        ('role = "holder"', 'role = "applicant"', "block 5.areas 1", "role"),
        ('role = "holder"', 'role = "authority"', "", "role"),
        ("size = [50, 17.5]", "size = [50]", "block 5.areas 1", "size"),
        ("size = [50, 17.5]", "size = [166, 17.5]", "block 5", "areas"),
        ('invisible = ["platform"]', 'invisible = ["machine"]', "", "invisible"),
    ],
)
def test_a_mistake_is_named_by_file_table_and_key(written: Written, old: str, new: str, table: str, key: str) -> None:
    problem = refusal(written((old, new)))
    assert problem.code == "TEMPLATE_INVALID"
    assert problem.facts == {"file": "forms/so_renew_form/2026-01/template.toml", "table": table, "key": key}
    for text in (problem.zh, problem.en):
        assert "forms/so_renew_form/2026-01/template.toml" in text
        assert key in text


def test_a_file_that_is_not_toml_is_refused_with_its_line(written: Written) -> None:
    assert "line" in refusal(written(('title = "', 'title = = "'))).en


def test_a_mistake_in_the_shared_style_is_named(written: Written) -> None:
    problem = refusal(written(style=('colour = "grey"', 'colour = "puce"')))
    assert problem.facts["file"].endswith("style.toml")
    assert (problem.facts["table"], problem.facts["key"]) == ("text.heading", "colour")


def test_a_licence_keeps_room_for_a_signed_code(written: Written) -> None:
    problem = refusal(written(("side = 41", "side = 40"), which=LICENCE), LICENCE)
    assert (problem.facts["table"], problem.facts["key"]) == ("face.qr", "side")
    assert "40.5" in problem.zh


@every_template
def test_a_form_keeps_22_to_25_mm_for_the_qr_and_a_licence_room_for_a_signed_code(which: TemplateId) -> None:
    template: Template = load(TEMPLATES, which)
    if template.face:
        assert template.face.qr_side >= (73 + 8) * 0.5
    else:
        assert 22 <= template.style.qr_side <= 25


def test_words_are_filled_with_facts() -> None:
    words = Wording.parse("自{from:date}起，{name}{note?}（{hash:short}）")
    facts = {"from": "2026-11-22", "name": "欧阳𬭎", "hash": "0123456789abcdef" * 4}
    assert words.fill(facts) == "自2026年11月22日起，欧阳𬭎（0123 4567 89ab cdef）"


@pytest.mark.parametrize(
    ("number", "shown"),
    [("360102199003070014", "3601**********0014"), ("E12345678", "E123*5678"), ("12345678", "********")],
)
def test_a_masked_number_shows_its_first_and_last_four_or_nothing(number: str, shown: str) -> None:
    assert Wording.parse("{id_no:masked}").fill({"id_no": number}) == shown


def test_the_original_and_the_duplicate_of_a_permit_are_drawn_from_the_same_facts() -> None:
    original, duplicate = (
        load(TEMPLATES, TemplateId(DocumentKind.LICENCE, name, "2026-01"))
        for name in ("construction_permit", "construction_permit_duplicate")
    )
    assert original.facts == duplicate.facts
    assert original.sample() == duplicate.sample()
    assert original.roles == duplicate.roles


def test_the_sample_of_a_draw_is_recomputed_as_its_page_tells() -> None:
    facts = load(TEMPLATES, TemplateId(DocumentKind.NOTICE, "draw_record", "2026-01")).sample()
    candidates = facts["candidates"]
    numbers = [one["dossier_no"] for one in candidates]
    assert numbers == sorted(numbers)
    listed = hashlib.sha256("\n".join(numbers).encode()).digest()
    assert listed == bytes.fromhex(facts["list_hash"])
    seed = hashlib.sha256(listed + bytes.fromhex(facts["beacon"])).digest()
    assert seed == bytes.fromhex(facts["seed"])
    for one in candidates:
        assert one["value"] == hmac.new(seed, one["dossier_no"].encode(), hashlib.sha256).hexdigest()
    for category in facts["categories"]:
        among = sorted((one for one in candidates if one["category"] == category["name"][:2]), key=itemgetter("value"))
        assert len(among) == category["candidates"]
        due = Decimal(len(among)) * Decimal(category["ratio"].rstrip("%")) / 100 + Decimal(category["carried_in"])
        assert (category["drawn"], Decimal(category["carried_out"])) == (int(due), due - int(due))
        assert [one["result"] for one in among] == ["抽中"] * int(due) + ["未抽中"] * (len(among) - int(due))


@pytest.mark.parametrize("party", ["developer", "survey", "design", "builder", "supervisor"])
@pytest.mark.parametrize("document", ["pm_commit", "pm_auth"])
def test_what_a_project_leader_answers_for_never_shows_the_whole_id_number(document: str, party: str) -> None:
    template = load(TEMPLATES, TemplateId(DocumentKind.FORM, f"{document}_{party}", "2026-01"))
    slots = [slot for block in template.blocks if isinstance(block, Grid) for slot in shown_in(block)]
    assert [slot.form for slot in slots if slot.name == "id_no"] == ["masked"]


def shown_in(grid: Grid) -> list[Slot]:
    return [slot for row in grid.rows for field in row for slot in field.value.slots]


@pytest.mark.parametrize("value", [None, ""])
def test_a_fact_that_must_be_there_and_is_not_is_named(value: str | None) -> None:
    with pytest.raises(Problem) as refused:
        Wording.parse("{licence_no}").fill({"licence_no": value}, "证书编号")
    assert refused.value.code == "FACT_MISSING"
    assert refused.value.facts == {"fact": "licence_no"}
    assert "证书编号" in refused.value.zh
    assert "licence_no" in refused.value.en


@pytest.mark.parametrize("day", ["22.11.2026", "2026-02-30", "明天", 20261122.5])
def test_a_day_that_is_no_day_is_refused(day: object) -> None:
    with pytest.raises(Problem, match="FACT_INVALID"):
        Wording.parse("{day:date}").fill({"day": day})
