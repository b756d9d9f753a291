"""A page in English has its lists of choices in English."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from signing_service.procedures import CATALOGUE
from signing_service.web.platform.choices_in_english import CHOICES
from signing_service.workflows.fields import Field
from tests.platform.office import BUILDER, Office


def chosen_from(fields: Iterable[Field]) -> Iterator[str]:
    for one in fields:
        yield from one.choices.values()
        yield from chosen_from(one.rows)


def test_every_choice_of_every_procedure_has_its_english_and_none_is_kept_that_is_nowhere_chosen() -> None:
    known = {
        text
        for procedure in CATALOGUE
        for fields in (procedure.fields, *(step.form for step in procedure.steps))
        for text in chosen_from(fields)
    }
    assert known - CHOICES.keys() == set()
    assert CHOICES.keys() - known == set()


def test_an_english_page_of_a_form_and_of_drawings_has_no_chinese_choice(office: Office) -> None:
    builder = office.of(BUILDER)
    number = builder.begin("fs.design")
    page = builder.get(f"/platform/dossiers/{number}/form?lang=en").text
    assert "Automatic fire alarm" in page
    assert "Frame and core" in page
    assert "火灾自动报警系统" not in page
    assert "火灾自动报警系统" in builder.get(f"/platform/dossiers/{number}/form?lang=zh").text
