"""What the first version of a special-operation licence says: of trade 99 which it is, of an exchange whence it came."""

from __future__ import annotations

from datetime import date
from typing import Any

from signing_service.demo import people
from signing_service.domain.licences import LicenceType
from signing_service.workflows.licensing import Grounds, SpecialOperationNumber
from signing_service.workflows.licensing_of_trades import TYPE_CODE, ExchangeForOurs, IssueTrade
from tests.unit.workflows.tables import PERSON

ON = date(2026, 11, 29)
RULE = SpecialOperationNumber("赣", "A")
FACE = ("category", "category_name")


def grounds(**form: Any) -> Grounds:
    return Grounds(form, "SOEX20261129000001", people.AUTHORITY, people.BUILDER, ON, PERSON, photo="ab" * 32)


def test_of_another_trade_the_face_says_which() -> None:
    issue = IssueTrade(LicenceType.SPECIAL_OPERATION, RULE, TYPE_CODE, 2, FACE)
    other = issue.first(7, PERSON, grounds(category="99", category_name="其他工种", category_note="盾构机操作工"))
    assert other.facts["category_name"] == "其他工种（盾构机操作工）"
    assert other.number == "赣A992026000007"
    known = issue.first(8, PERSON, grounds(category="04", category_name="建筑起重信号司索工"))
    assert known.facts["category_name"] == "建筑起重信号司索工"
    assert (known.valid_from, known.valid_until) == (ON, date(2028, 11, 28))


def test_an_exchange_keeps_the_other_provinces_term_and_names_the_licence_it_replaces() -> None:
    exchange = ExchangeForOurs(LicenceType.SPECIAL_OPERATION, RULE, TYPE_CODE, 2, FACE)
    form = {
        "category": "05", "category_name": "建筑起重机械司机（塔式起重机）", "origin_no": "湘A052022000516",
        "origin_until": "2027-06-19", "first_issued_on": "2022-06-20", "origin_identifier": "1.2.156.3005.2.X",
    }  # fmt: skip
    licence = exchange.first(1, PERSON, grounds(**form))
    assert licence.valid_until == date(2027, 6, 19)
    assert licence.facts["first_issued_on"] == "2022-06-20"
    assert licence.facts["origin_no"] == "湘A052022000516"
    assert licence.facts["related_identifier"] == "1.2.156.3005.2.X"
    assert "related_identifier" not in exchange.first(2, PERSON, grounds(**{**form, "origin_identifier": ""})).facts
