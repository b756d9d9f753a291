"""The numbers of licences, permits, projects and dossiers, as they are printed in the country."""

from __future__ import annotations

from datetime import date

import pytest

from signing_service.domain.codes import Region
from signing_service.domain.errors import Problem
from signing_service.domain.numbers import (
    CITY_LETTERS,
    CompletionNo,
    ConstructorNo,
    DossierNo,
    FormattedNumber,
    InvestmentCode,
    PermitNo,
    ProjectNo,
    QualificationNo,
    SafetyPermitNo,
    SpecialOperationNo,
)

DONGHU = Region("360102")


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        (SpecialOperationNo, "吉A042012000939"),
        (SpecialOperationNo, "赣A042019000123"),
        (SpecialOperationNo, "赣B992024000001"),
        (ConstructorNo, "京211050700001"),
        (ConstructorNo, "赣236192000001"),
        (ConstructorNo, "赣236202000001"),
        (ConstructorNo, "军136101100001"),
        (PermitNo, "360102202403150101"),
        (ProjectNo, "3306021608300101"),
        (CompletionNo, "37080001202411010001"),
        (QualificationNo, "D151101420"),
        (QualificationNo, "D236000123"),
        (SafetyPermitNo, "（赣）JZ安许证字〔2016〕020028"),
        (DossierNo, "SO0120261122000001"),
        (InvestmentCode, "2609-360102-04-01-123456"),
    ],
)
def test_a_number_of_the_right_form_is_itself(kind: type[FormattedNumber], number: str) -> None:
    assert kind.parse(f" {number} ") == number
    assert kind.parse(number.lower()) == number


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        (SpecialOperationNo, "赣A0420190001"),  # four serial digits
        (SpecialOperationNo, "赣A122019000123"),  # no such trade
        (SpecialOperationNo, "江A042019000123"),  # no such province
        (SpecialOperationNo, "赣A042119000123"),  # the 22nd century
        (ConstructorNo, "赣2362019000001"[:13]),  # qualified 2020, registered 2019
        (ConstructorNo, "赣336192000001"),  # no such grade
        (PermitNo, "360102202402300101"),  # 30 February
        (PermitNo, "360102202403150119"),  # no such category
        (ProjectNo, "3306021613300101"),  # month 13
        (ProjectNo, "3306021608300301"),  # no such kind
        (CompletionNo, "37080001202411310001"),  # 31 November
        (QualificationNo, "D451101420"),
        (QualificationNo, "D15110142"),
        (SafetyPermitNo, "（赣）JZ安许证字〔2016〕0028"),
        (SafetyPermitNo, "（江）JZ安许证字〔2016〕020028"),
        (PermitNo, "٣٦٠١٠٢٢٠٢٤٠٣١٥٠١٠١"),
        (InvestmentCode, "2609360102-04-01-123456"),
        (InvestmentCode, "2609-36010-04-01-1234567"),
    ],
)
def test_a_number_that_cannot_be_is_refused_with_its_form(kind: type[FormattedNumber], number: str) -> None:
    with pytest.raises(Problem) as refusal:
        kind.parse(number)
    assert refusal.value.code == kind.CODE
    assert kind.FORM_ZH in refusal.value.zh
    assert kind.FORM_EN in refusal.value.en


@pytest.mark.parametrize("kind", FormattedNumber.__subclasses__())
def test_the_example_in_every_refusal_is_a_number_of_that_kind(kind: type[FormattedNumber]) -> None:
    example = kind.FORM_EN.rsplit("as in ", 1)[-1] if "as in " in kind.FORM_EN else kind.FORM_EN.split()[3].rstrip(",")
    assert kind.parse(example) == example
    assert example in kind.FORM_ZH


@pytest.mark.parametrize(
    "typed",
    [
        "(赣)JZ安许证字[2016]020028",
        "（赣）JZ安许证字【2016】20028",
        "（赣）ＪＺ安许证字［２０１６］０２００２８",
        "( 赣 ) jz安许证字 (2016) 020028号",
    ],
)
def test_a_safety_permit_number_is_one_number_in_all_brackets_and_widths(typed: str) -> None:
    assert SafetyPermitNo.parse(typed) == "（赣）JZ安许证字〔2016〕020028"
    assert SafetyPermitNo.parse(typed).year == 2016


def test_a_dossier_number_names_a_day_of_the_calendar() -> None:
    for number in ("SO0120261322000001", "SO012026112200001", "SO_120261122000001"):
        with pytest.raises(Problem) as refusal:
            DossierNo.parse(number)
        assert refusal.value.code == "DOSSIERNO_FORMAT"


def test_numbers_are_minted_from_their_parts_and_tell_them() -> None:
    day = date(2026, 11, 22)
    special = SpecialOperationNo.mint(CITY_LETTERS["360100"], "04", 2019, 123)
    assert special == "赣A042019000123"
    assert (special.city, special.trade, special.year, special.serial) == ("A", "04", 2019, 123)

    constructor = ConstructorNo.mint(2019, 2020, 1)
    assert constructor == "赣236192000001"
    assert (constructor.grade, constructor.qualified, constructor.registered, constructor.serial) == (2, 2019, 2020, 1)

    permit = PermitNo.mint(DONGHU, day, 1, "01")
    assert permit == "360102202611220101"
    assert (permit.region, permit.issued_on, permit.category) == (DONGHU, day, "01")

    project = ProjectNo.mint(DONGHU, day, "02", 7)
    assert project == "3601022611220207"
    assert (project.region, project.kind) == (DONGHU, "02")

    completion = CompletionNo.mint(DONGHU, "01", day, 12)
    assert completion == "36010201202611220012"
    assert (completion.region, completion.filed_on) == (DONGHU, day)

    assert QualificationNo.mint(2, 123) == "D236000123"
    assert QualificationNo.mint(2, 123).level == 2
    assert SafetyPermitNo.mint(2016, 20028) == "（赣）JZ安许证字〔2016〕020028"

    dossier = DossierNo.mint("SO01", day, 1)
    assert dossier == "SO0120261122000001"
    assert (dossier.type_code, dossier.opened_on, dossier.serial) == ("SO01", day, 1)


def test_the_papers_of_a_project_carry_its_number() -> None:
    project = ProjectNo.parse("3306021608300101")
    assert project.derived("SX", 1) == "3306021608300101-SX-001"
    with pytest.raises(ValueError, match="XX"):
        project.derived("XX", 1)


def test_a_serial_that_outgrows_its_places_is_refused_and_never_wraps() -> None:
    with pytest.raises(Problem):
        DossierNo.mint("SO01", date(2026, 11, 22), 1_000_000)
    with pytest.raises(Problem):
        PermitNo.mint(DONGHU, date(2026, 11, 22), 100, "01")


def test_every_prefecture_of_jiangxi_has_a_letter_of_its_own() -> None:
    assert all(Region(code).level == "prefecture" for code in CITY_LETTERS)
    assert len(set(CITY_LETTERS.values())) == 11
