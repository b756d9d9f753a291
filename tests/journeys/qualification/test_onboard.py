"""企业入库: legal representative, then seal, then one officer; and every way in which it does not come about."""

from __future__ import annotations

from itertools import count

from signing_service.domain.codes import uscc_check
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Actor, Stage
from signing_service.storage import parties
from tests.journeys.constructor.driver import EMPLOYER, Town, enterprise, officer

REPRESENTATIVE = SignatoryRole.LEGAL_REPRESENTATIVE
REASON = "营业执照扫描件不清晰，请重新上传。"
SERIALS = count(1)


def newcomer(town: Town, name: str) -> tuple[str, str]:
    """An enterprise that is not in the register yet, and its legal representative."""
    body = f"91360102MA7{next(SERIALS):06d}"
    uscc = town.enterprise(name, body + uscc_check(body), onboarded=False)
    return uscc, town.person("朱镕")


def application(town: Town, person: str, **changes: object) -> dict[str, object]:
    return {
        "region": "360102",
        "enterprise_type": "有限责任公司",
        "address": "示例省示例市东湖区匠心路 18 号",
        "business_address": "示例省示例市东湖区匠心路 18 号",
        "registered_capital": "8000",
        "established_on": "2009-04-16",
        "registrar": "示例市市场监督管理局",
        "business_term": "2009年4月16日至长期",
        "business_scope": "建设工程施工；建筑劳务分包。",
        "categories": ["build"],
        "legal_representative": "朱镕",
        "legal_representative_id_no": person,
        "legal_representative_mobile": "13807910017",
        "contact_name": "夏静",
        "contact_mobile": "13970000020",
        "permits": [
            {"name": "建筑业企业资质证书", "licence_no": "D236000123", "scope": "建筑工程施工总承包二级",
             "valid_until": "2028-11-21"},
        ],
        "business_licence": town.file("营业执照"),
        **changes,
    }  # fmt: skip


def signed(town: Town, name: str) -> tuple[str, str, str]:
    """Enterprise, person, and the application that both have signed."""
    uscc, person = newcomer(town, name)
    number = town.begin("ent.onboard", EMPLOYER, uscc, application(town, person))
    town.take(number, "prepare", enterprise(uscc))
    town.take(number, "confirm", representative(person))
    town.take(number, "confirm", enterprise(uscc))
    return uscc, person, number


def representative(person: str) -> Actor:
    return Actor(REPRESENTATIVE, person, "representative")


def facts_of(town: Town, uscc: str) -> dict[str, object]:
    with town.service.desk.database.reading() as connection:
        return dict(parties.load(connection, uscc).facts)


def test_an_enterprise_is_taken_in_when_both_have_signed_and_one_officer_agrees(town: Town) -> None:
    uscc, person = newcomer(town, "赣水示例建筑有限公司")
    number = town.begin("ent.onboard", EMPLOYER, uscc, application(town, person))
    town.take(number, "prepare", enterprise(uscc))
    assert town.waits_for(number) == {"legal_representative"}
    early = town.refused(number, "confirm", enterprise(uscc))
    assert early.code == "SLOT_NOT_OPEN"
    assert "朱镕" in early.zh
    town.take(number, "confirm", representative(person))
    assert town.waits_for(number) == {"employer"}
    assert town.refused(number, "confirm", representative(person)).code == "ALREADY_CONFIRMED"
    town.take(number, "confirm", enterprise(uscc))
    assert facts_of(town, uscc)["onboarded"] is False
    town.take(number, "grant", officer("tang"))

    assert town.stage(number) is Stage.CLOSED
    known = facts_of(town, uscc)
    assert known["onboarded"] is True
    assert known["legal_representative"] == "朱镕"
    assert known["registered_capital"] == "8000"
    assert [one.role for one in town.validated(number, "onboard_form").signatures] == [
        "legal_representative",
        "employer",
    ]


def test_who_was_refused_is_not_taken_in_and_gets_a_letter(town: Town) -> None:
    uscc, _, number = signed(town, "章江示例建筑有限公司")
    assert town.refused(number, "refuse", officer("tang")).code == "REASON_REQUIRED"
    town.take(number, "refuse", officer("tang"), "企业已被吊销营业执照。")
    assert town.stage(number) is Stage.REFUSED
    assert "企业已被吊销营业执照" in town.text_of(number, "refusal_notice")
    assert facts_of(town, uscc)["onboarded"] is False


def test_a_returned_application_is_signed_anew_by_both_or_lapses(town: Town) -> None:
    uscc, person, number = signed(town, "贡江示例建筑有限公司")
    first = town.document(number, "onboard_form")
    town.take(number, "return", officer("tang"), REASON)
    assert town.stage(number) is Stage.CORRECTION
    assert "不清晰" in town.text_of(number, "correction_notice")
    town.take(number, "prepare", enterprise(uscc))
    assert town.document(number, "onboard_form").code != first.code
    assert town.refused(number, "confirm", enterprise(uscc)).code == "SLOT_NOT_OPEN"
    town.take(number, "confirm", representative(person))
    town.take(number, "confirm", enterprise(uscc))
    town.take(number, "return", officer("tang"), REASON)
    town.clock.working_days(15)
    town.time_goes_by()
    assert town.stage(number) is Stage.LAPSED
    assert facts_of(town, uscc)["onboarded"] is False


def test_it_may_be_declined_taken_back_and_withdrawn_until_it_is_decided(town: Town) -> None:
    uscc, person, number = signed(town, "袁河示例建筑有限公司")
    town.take(number, "withdraw", enterprise(uscc))
    assert town.stage(number) is Stage.WITHDRAWN

    again = town.begin("ent.onboard", EMPLOYER, uscc, application(town, person))
    town.take(again, "prepare", enterprise(uscc))
    town.take(again, "decline", representative(person), "注册资本与章程不一致。")
    assert town.stage(again) is Stage.DRAFT
    town.take(again, "prepare", enterprise(uscc))
    town.take(again, "revise", enterprise(uscc))
    assert town.stage(again) is Stage.DRAFT


def test_a_name_that_is_not_that_of_the_number_is_nobody(town: Town) -> None:
    uscc, person = newcomer(town, "锦江示例建筑有限公司")
    number = town.begin("ent.onboard", EMPLOYER, uscc, application(town, person, legal_representative="张三丰"))
    assert town.refused(number, "prepare", enterprise(uscc)).code == "PERSON_NOT_FOUND"
