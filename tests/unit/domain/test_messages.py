"""The wording of every event: complete, short, and without ID numbers."""

from __future__ import annotations

import re

import pytest

from signing_service.domain.messages import (
    LONGEST_THING,
    LONGEST_VALUE,
    MASK,
    SECRET_FACTS,
    WORDINGS,
    Channel,
    Event,
    channels_of,
    in_full,
    masked,
    named_in,
    safe_facts,
    sms_values,
    wechat_values,
    without_id_numbers,
)

ID_NO = "360102199003070014"
EVENTS = list(Event)


def every_fact(event: Event) -> dict[str, str]:
    wording = WORDINGS[event]
    names = {name for text in (*wording.zh, *wording.en, wording.sms) for name in named_in(text)}
    return {name: f"<{name}>" for name in names | wording.required}


def test_every_event_has_a_wording() -> None:
    assert set(WORDINGS) == set(Event)


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_is_told_in_both_languages_with_everything_that_is_known(event: Event) -> None:
    told = in_full(event, every_fact(event))
    assert re.search(r"[\u4e00-\u9fff]", told.zh)
    assert not re.search(r"[\u4e00-\u9fff]", told.en.replace("<", " "))
    for text, clauses in ((told.zh, WORDINGS[event].zh), (told.en, WORDINGS[event].en)):
        assert "$" not in text
        assert all(f"<{name}>" in text for clause in clauses for name in named_in(clause))


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_can_be_told_with_what_it_requires_alone(event: Event) -> None:
    facts = safe_facts(event, dict.fromkeys(WORDINGS[event].required, "x"))
    assert in_full(event, facts).zh
    assert set(sms_values(event, facts)) == set(named_in(WORDINGS[event].sms))
    assert wechat_values(event, facts, "2026-11-23 12:00")["thing1"] == WORDINGS[event].title_zh


@pytest.mark.parametrize("event", [event for event in EVENTS if Channel.SMS in channels_of(event)])
def test_a_text_message_is_one_short_sentence_without_secrets_but_the_code(event: Event) -> None:
    text = WORDINGS[event].sms
    assert 10 <= len(text) <= 70
    assert "http" not in text
    assert "link" not in named_in(text)
    assert not {"id_no", "name", "reason"} & set(named_in(text))


@pytest.mark.parametrize("event", EVENTS)
def test_titles_fit_wechats_fields(event: Event) -> None:
    assert len(WORDINGS[event].title_zh) <= LONGEST_THING


def test_a_missing_fact_is_our_mistake_and_is_named() -> None:
    with pytest.raises(ValueError, match="dossier, procedure_en"):
        safe_facts(Event.ACCEPTED, {"procedure": "延续", "reason": None})


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"请补正{ID_NO}的照片", "请补正3601**********0014的照片"),
        ("身份证36010219900307009x。", "身份证3601**********009x。"),
        (f"{ID_NO},{ID_NO}", "3601**********0014,3601**********0014"),
        ("办件SORN20261123000001", "办件SORN20261123000001"),
        ("证书赣A042023000123", "证书赣A042023000123"),
        ("2026年11月23日", "2026年11月23日"),
    ],
)
def test_no_full_id_number_gets_into_a_message(text: str, shown: str) -> None:
    assert without_id_numbers(text) == shown
    required = dict.fromkeys(WORDINGS[Event.RETURNED].required, "x")
    assert safe_facts(Event.RETURNED, {**required, "reason": text})["reason"] == shown


def test_a_fact_stays_on_one_line() -> None:
    required = dict.fromkeys(WORDINGS[Event.RETURNED].required, "x")
    assert safe_facts(Event.RETURNED, {**required, "reason": " 照片\r\n\t不清 "})["reason"] == "照片 不清"


def test_what_is_kept_shows_neither_code_nor_link() -> None:
    for event in (Event.CODE, Event.LINK):
        facts = every_fact(event)
        told = in_full(event, masked(facts))
        assert MASK in told.zh
        assert MASK in told.en
        assert not any(facts[name] in told.zh + told.en for name in SECRET_FACTS & facts.keys())


def test_a_code_goes_by_text_message_or_mail_and_a_link_by_mail_only() -> None:
    assert channels_of(Event.CODE) == {Channel.SMS, Channel.MAIL}
    assert channels_of(Event.LINK) == {Channel.MAIL}
    assert channels_of(Event.ISSUED) == set(Channel)


def test_long_values_are_cut_to_what_the_channels_take() -> None:
    facts = {"procedure": "长" * 40, "procedure_en": "x", "dossier": "SORN20261123000001"}
    assert len(sms_values(Event.ACCEPTED, facts)["procedure"]) == LONGEST_VALUE
    assert wechat_values(Event.ACCEPTED, facts, "t")["thing2"] == "长" * 19 + "…"


def test_the_number_of_a_construction_permit_is_told_though_it_looks_like_an_id_number() -> None:
    facts = {"licence": "360102202702150101", "licence_name": "建筑工程施工许可证", "state": "已失效", "reason": "360102199003070014 未开工",
             "licence_name_en": "Construction permit", "state_en": "lapsed"}  # fmt: skip
    told = in_full(Event.LICENCE_STATE_CHANGED, safe_facts(Event.LICENCE_STATE_CHANGED, facts)).zh
    assert "360102202702150101" in told
    assert "360102199003070014" not in told
