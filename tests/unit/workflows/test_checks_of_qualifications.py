"""What is told where an enterprise falls short of the standard, and by whom a qualification is granted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest

from signing_service.demo import people
from signing_service.domain.codes import RegionLevel
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Dossier
from signing_service.domain.employment import ContractKind, Employment
from signing_service.domain.licences import Licence, LicenceType
from signing_service.domain.parties import Party
from signing_service.domain.qualification_standards import Standards
from signing_service.domain.view_states import View, ViewState
from signing_service.procedures import CATALOGUE
from signing_service.workflows.checks_of_qualifications import MeetsStandard, OneIssuer, StaffUsable
from signing_service.workflows.procedure import Situation
from signing_service.workflows.qualifying import LevelOfLicence, LevelOfRequested, requirements
from signing_service.workflows.register import EmptyRegister
from tests.unit.workflows.tables import PERSON, TODAY, dossier_of, licence_of, situation_of

APPLY = CATALOGUE.latest("eq.apply", TODAY)
BUILDING, ROADS = "10401001", "10401002"


@dataclass
class Held(EmptyRegister):
    """Constructors, each with one specialty until a day."""

    specialties: dict[str, tuple[str, str]]

    def licence(self, number: str) -> Licence | None:
        if number not in self.specialties:
            return None
        code, until = self.specialties[number]
        facts = {"specialties": [{"name": "", "code": code, "valid_until": until}]}
        return licence_of(APPLY, number=number, type=LicenceType.CONSTRUCTOR, facts=facts)


def wanting(*requested: str, **form: Any) -> Dossier:
    rows = [dict(zip(("category", "grade"), one.split("/"), strict=True)) for one in requested]
    return replace(dossier_of(APPLY), form={"requested": rows, "application_kind": "first", **form})


def strictly(**changes: object) -> Situation:
    return situation_of(APPLY, strict=frozenset({"QUAL_THRESHOLD"}), **changes)


def test_what_falls_short_is_refused_with_every_figure_where_the_setting_says_so_and_not_elsewhere() -> None:
    poor = wanting("G01/3", net_assets="799.999999")
    refusal = MeetsStandard().refusal(poor, strictly())
    assert refusal is not None
    assert refusal.code == "QUAL_THRESHOLD"
    assert "净资产应不少于 800 万元" in refusal.zh
    assert [one.field for one in refusal.errors] == ["net_assets", "constructors", "titled", "workers"]
    assert "注册建造师应不少于 5 人，现有 0，还差 5 人" in refusal.errors[1].zh
    assert "5 are asked for, 0 count, 5 are missing" in refusal.errors[1].en
    assert MeetsStandard().refusal(poor, situation_of(APPLY)) is None


def test_constructors_of_the_specialty_whose_registration_runs_today_are_counted() -> None:
    register = Held({"A": (BUILDING, "2026-11-22"), "B": (BUILDING, "2026-11-21"), "C": (ROADS, "2028-01-01")})
    rows = [{"name": one, "id_no": one, "licence_no": one} for one in ("A", "B", "C", "D")]
    found = requirements(wanting("G01/3", constructors=rows), situation_of(APPLY, register=register))
    (constructors,) = (one for one in found if one.figure == "constructors")
    assert int(constructors.has) == 1
    assert constructors.uncounted == ("B（注册已过有效期）", "C（未注册该类别的专业）", "D（查无注册）")
    refusal = MeetsStandard().refusal(wanting("G01/3", constructors=rows), strictly(register=register))
    assert refusal is not None
    assert "还差 4 人（未计入：B（注册已过有效期）；C（未注册该类别的专业）；D（查无注册））" in refusal.zh


def test_a_figure_that_is_only_assumed_is_told_on_the_form_and_refuses_nobody() -> None:
    poor = wanting("S35/3", net_assets="1")
    assert MeetsStandard().refusal(poor, strictly()) is None
    rows = [one.to_row() for one in requirements(poor, strictly())]
    assert [one["result"] for one in rows] == ["不足"] * 4
    assert all("参照同序列指标" in one["title"] for one in rows)
    known = Standards({("S35", "3"): {"net_assets": Decimal(300)}})
    refusal = MeetsStandard().refusal(poor, strictly(standards=known))
    assert refusal is not None
    assert [one.field for one in refusal.errors] == ["net_assets"]


def test_works_count_for_five_years() -> None:
    works = [{"completed_on": "2021-11-22"}, {"completed_on": "2021-11-21"}]
    found = requirements(wanting("G01/2", net_assets="4000", achievements=works), situation_of(APPLY))
    assert [(int(one.wanted), int(one.has), one.met) for one in found] == [(4000, 4000, True), (2, 1, False)]


@pytest.mark.parametrize(
    ("requested", "code"),
    [
        (("G01/3", "G10/3"), None),
        (("G01/2", "S01/1"), None),
        (("G01/3", "G01/2"), "QUAL_TWICE"),
        (("G11/0",), "ENUM_INVALID"),
        (("G03/2",), "QUAL_MINISTRY"),
        (("G01/3", "G01/2", "S01/1"), "QUAL_TWICE"),
        (("G01/3", "S01/1"), "QUAL_ISSUERS_DIFFER"),
    ],
)
def test_one_authority_of_the_province_grants_all_that_is_asked_for(
    requested: tuple[str, ...], code: str | None
) -> None:
    refusal = OneIssuer().refusal(wanting(*requested), situation_of(APPLY))
    assert (refusal.code if refusal else None) == code


def test_the_number_of_a_licence_says_who_decides_on_it() -> None:
    level = LevelOfLicence().level
    assert level({"licence_no": "D336000123"}) is RegionLevel.PREFECTURE
    assert level({"licence_no": "D236000123"}) is RegionLevel.PROVINCE
    assert level({"licence_no": "nonsense"}) is RegionLevel.PROVINCE
    assert LevelOfRequested().level({"requested": [{"category": "L00", "grade": "9"}]}) is RegionLevel.PREFECTURE


# ---- people, as they are in the register today


@dataclass
class Worker(EmptyRegister):
    """A signaller of the builder's, whose licence stands so in 我的证书."""

    view: View | None

    def party(self, number: str) -> Party | None:
        return PERSON if number == str(PERSON.number) else None

    def employment_of(self, person: str) -> Employment | None:
        return Employment(person, str(people.BUILDER.number), "信号工", ContractKind.OPEN, TODAY, None)

    def licence(self, number: str) -> Licence | None:
        return licence_of(APPLY, number=number)

    def view_of(self, holder: str, licence_no: str) -> View | None:
        return self.view if (holder, licence_no) == (str(PERSON.number), "赣A042024000123") else None


@pytest.mark.parametrize("view", [None, View(ViewState.NORMAL)])
def test_a_worker_counts_whose_licence_is_in_normal_use_or_was_never_compared(view: View | None) -> None:
    assert StaffUsable().refusal(with_a_worker(), situation_of(APPLY, register=Worker(view))) is None


@pytest.mark.parametrize(
    ("view", "told"),
    [
        (View(ViewState.UNUSABLE, ("EMPLOYER_DIFFERS",)), "王建国的证书不是“正常使用”而是“暂不可用”（证书用人单位与现聘用单位不一致，请办理纠错）。"),
        (View(ViewState.NEW_ARCHIVE, ("NOT_ARCHIVED",)), "王建国的证书不是“正常使用”而是“新增归档”（新增证书，等待归档确认）。"),
    ],
)  # fmt: skip
def test_a_worker_whose_licence_is_not_in_normal_use_is_told_with_the_row_and_why(view: View, told: str) -> None:
    refusal = StaffUsable().refusal(with_a_worker(), situation_of(APPLY, register=Worker(view)))
    assert refusal is not None
    assert [(one.field, one.code, one.zh) for one in refusal.errors] == [("workers.0.id_no", "CERT_NOT_NORMAL", told)]
    assert "王建国" in refusal.zh


def with_a_worker() -> Dossier:
    row = {"name": "王建国", "id_no": str(PERSON.number), "licence_no": "赣A042024000123", "grade": "中级工"}
    dossier = wanting("G01/3", workers=[row])
    parties = {role: party for role, party in dossier.parties.items() if role is not SignatoryRole.TECHNICAL_LEADER}
    return replace(dossier, parties=parties)
