"""What the portal says, as a pure function: register and report in, one answer out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from signing_service.domain.documents import sha256_of
from signing_service.domain.register import PublicDocument, RegisterStatus, is_found_by_search, status_on
from signing_service.domain.verdicts import Report, Trust, Verdict
from signing_service.pipeline.validate import Reason
from tests.portal.samples import DOCUMENTS, LICENCE, PASSED, REPORTS, pdf
from verify_portal.answers import ALARM, OPEN_QUESTIONS, Answer, Tone, combine

TODAY = date(2026, 11, 22)


def passed(name: str) -> Report:
    return replace(PASSED, sha256=sha256_of(pdf(name)))


def asked(name: str) -> Answer:
    return combine(None, DOCUMENTS[name], on=TODAY)


def uploaded(name: str) -> Answer:
    return combine(passed(name), DOCUMENTS[name], on=TODAY)


@pytest.mark.parametrize(
    ("name", "tone", "reason"),
    [
        ("in_force", Tone.GENUINE, "LICENCE_IN_FORCE"),
        ("no_end", Tone.GENUINE, "LICENCE_IN_FORCE"),
        ("expiring", Tone.GENUINE, "LICENCE_EXPIRING"),
        ("not_yet", Tone.CAUTION, "LICENCE_NOT_YET"),
        ("suspended", Tone.CAUTION, "LICENCE_SUSPENDED"),
        ("superseded", Tone.CAUTION, "LICENCE_SUPERSEDED"),
        ("transferred", Tone.CAUTION, "LICENCE_TRANSFERRED"),
        ("completed", Tone.CAUTION, "LICENCE_COMPLETED"),
        ("expired", Tone.VOID, "LICENCE_EXPIRED"),
        ("lapsed", Tone.VOID, "LICENCE_EXPIRED"),
        ("cancelled", Tone.VOID, "LICENCE_CANCELLED"),
        ("replaced", Tone.VOID, "LICENCE_CANCELLED"),
        ("annulled", Tone.VOID, "LICENCE_ANNULLED"),
        ("forfeited", Tone.VOID, "LICENCE_FORFEITED"),
        ("copy_in_term", Tone.GENUINE, "COPY_IN_TERM"),
        ("copy_ending", Tone.GENUINE, "COPY_IN_TERM"),
        ("copy_expired", Tone.VOID, "COPY_EXPIRED"),
        ("copy_of_cancelled", Tone.VOID, "LICENCE_CANCELLED"),
        ("form_in_progress", Tone.MATERIAL, "FORM_IN_PROGRESS"),
        ("form_complete", Tone.MATERIAL, "FORM_COMPLETE"),
        ("form_void", Tone.VOID, "FORM_VOID"),
        ("notice_complete", Tone.GENUINE, "NOTICE_ISSUED"),
        ("notice_void", Tone.VOID, "NOTICE_VOID"),
    ],
)
def test_each_status_has_its_tone_and_reason_however_it_is_asked(name: str, tone: Tone, reason: str) -> None:
    for answer in (asked(name), uploaded(name)):
        assert (answer.tone, answer.reason) == (tone, reason)
        assert all((answer.headline.zh, answer.sentence.zh, answer.advice.zh))
        assert all((answer.headline.en, answer.sentence.en, answer.advice.en))


def test_every_status_is_in_the_sample_register() -> None:
    assert {status_on(document, TODAY) for document in DOCUMENTS.values()} == set(RegisterStatus)


def test_a_genuine_file_of_a_cancelled_licence_is_said_to_be_both() -> None:
    answer = uploaded("cancelled")
    assert answer.sentence.zh == "文件真实，但证照已于2026年5月6日注销，请勿采信。"
    assert answer.sentence.en == (
        "The file is genuine, but the licence was cancelled on 6 May 2026: do not rely on it."
    )


def test_a_genuine_file_of_a_licence_in_force_is_genuine_and_in_force() -> None:
    answer = uploaded("in_force")
    assert answer.headline.zh == "真实有效"
    assert answer.sentence.zh == "文件自签发后未被改动，证照在有效期内。"


def test_asking_the_register_says_nothing_of_the_file_in_hand() -> None:
    answer = asked("in_force")
    assert "文件" not in answer.sentence.zh
    assert "真实" not in answer.headline.zh


def test_a_status_whose_day_is_not_known_leaves_no_gap_in_the_sentence() -> None:
    answer = combine(None, replace(DOCUMENTS["cancelled"], status_since=None), on=TODAY)
    assert answer.sentence.zh == "该证照已注销，请勿采信。"
    assert answer.sentence.en == "This licence was cancelled: do not rely on it."


def test_a_licence_is_in_force_on_its_last_day_and_expired_on_the_next() -> None:
    last_day = DOCUMENTS["last_day"]
    answer = combine(None, last_day, on=TODAY)
    assert answer.tone is Tone.GENUINE
    assert answer.remark is not None
    assert answer.remark.zh == "即将到期：今天是最后一天"
    assert combine(None, last_day, on=date(2026, 11, 23)).reason == "LICENCE_EXPIRED"


def test_a_licence_expires_soon_from_ninety_days_before_its_last() -> None:
    assert status_on(LICENCE, date(2028, 11, 29)) is RegisterStatus.IN_FORCE
    assert status_on(LICENCE, date(2028, 11, 30)) is RegisterStatus.EXPIRING


def test_a_licence_of_which_there_is_a_newer_version_is_superseded_though_in_force() -> None:
    assert status_on(replace(LICENCE, superseded=True), TODAY) is RegisterStatus.SUPERSEDED


def test_a_cancelled_licence_stays_cancelled_when_its_term_has_passed() -> None:
    assert status_on(DOCUMENTS["cancelled"], date(2040, 1, 1)) is RegisterStatus.CANCELLED


@pytest.mark.parametrize(
    ("name", "tone"),
    [
        ("changed", Tone.VOID),
        ("broken", Tone.VOID),
        ("revoked", Tone.VOID),
        ("foreign", Tone.UNKNOWN),
        ("unsigned", Tone.UNKNOWN),
        ("try_later", Tone.CAUTION),
        ("expired_signer", Tone.CAUTION),
        ("misused", Tone.VOID),
        ("alarm", Tone.VOID),
    ],
)
def test_a_file_that_does_not_pass_is_answered_by_its_report_alone(name: str, tone: Tone) -> None:
    report = replace(REPORTS[name], sha256=LICENCE.file_sha256)
    for document in (None, LICENCE):
        answer = combine(report, document, on=TODAY)
        assert answer.tone is tone
        assert answer.reason == report.reason
        assert answer.sentence == report.sentence


@pytest.mark.parametrize("verdict", list(Verdict))
@pytest.mark.parametrize("trust", list(Trust))
@pytest.mark.parametrize("document", [None, *DOCUMENTS.values()])
def test_nothing_but_a_passed_and_trusted_file_of_the_register_is_ever_genuine(
    verdict: Verdict, trust: Trust, document: PublicDocument | None
) -> None:
    for sample in (PASSED, *REPORTS.values()):
        for sha256 in ("0" * 64, document.file_sha256 if document else "1" * 64):
            report = replace(sample, verdict=verdict, trust=trust, sha256=sha256)
            answer = combine(report, document, on=TODAY)
            if answer.tone is Tone.GENUINE:
                assert verdict is Verdict.TOTAL_PASSED
                assert trust is Trust.TRUSTED
                assert document is not None
                assert document.file_sha256 == sha256


def test_a_valid_seal_on_a_file_the_register_does_not_hold_is_no_licence() -> None:
    assert combine(passed("stranger"), None, on=TODAY).reason == "NOT_ISSUED_HERE"


def test_a_file_that_is_the_registered_original_is_said_to_be_even_when_its_signer_cannot_be_confirmed_now() -> None:
    report = replace(REPORTS["try_later"], sha256=LICENCE.file_sha256)
    answer = combine(report, LICENCE, on=TODAY)
    assert answer.tone is Tone.CAUTION
    assert answer.remark is not None
    assert answer.remark.zh == "文件与登记的原件逐字节一致"
    assert combine(report, None, on=TODAY).remark is None


def test_the_reasons_the_portal_reacts_to_are_those_validation_gives() -> None:
    assert {ALARM} | OPEN_QUESTIONS <= {reason.value for reason in Reason}


def test_a_file_made_here_but_not_published_is_not_relied_on_yet() -> None:
    answer = combine(passed("unpublished"), None, on=TODAY, registered=True)
    assert (answer.tone, answer.reason) == (Tone.CAUTION, "NOT_PUBLIC")


def test_a_file_from_before_the_last_signature_is_not_the_document() -> None:
    for report in (passed("earlier"), replace(REPORTS["unsigned"], sha256=sha256_of(pdf("earlier")))):
        answer = combine(report, DOCUMENTS["form_complete"], on=TODAY)
        assert (answer.tone, answer.reason) == (Tone.CAUTION, "EARLIER_REVISION")


def test_a_tampered_earlier_revision_is_tampered_first() -> None:
    report = replace(REPORTS["changed"], sha256=sha256_of(pdf("earlier")))
    assert combine(report, DOCUMENTS["form_complete"], on=TODAY).reason == "CHANGED_AFTER_SEALING"


def test_no_form_is_ever_shown_as_a_licence() -> None:
    for name in ("form_in_progress", "form_complete", "form_void"):
        for answer in (asked(name), uploaded(name)):
            assert answer.tone in (Tone.MATERIAL, Tone.VOID)
            assert "申请材料" in answer.headline.zh


def test_an_unknown_code_is_not_called_forged() -> None:
    answer = combine(None, None, on=TODAY)
    assert (answer.tone, answer.reason) == (Tone.UNKNOWN, "NOT_FOUND")


def test_an_annotated_copy_is_good_for_its_purpose_until_its_last_day() -> None:
    copy = DOCUMENTS["copy_ending"]
    answer = combine(passed("copy_ending"), copy, on=date(2026, 11, 25))
    assert answer.sentence.zh == (
        "文件自签发后未被改动。证照有效，这份加注件仅用于“参加赣江大桥工程投标”，至2026年11月25日。"
    )
    assert answer.remark is not None
    assert answer.remark.zh == "即将到期：今天是最后一天"
    late = combine(passed("copy_ending"), copy, on=date(2026, 11, 26))
    assert late.sentence.zh == "文件真实，但这份加注件只能用到2026年11月25日，请勿采信。"
    assert (late.tone, late.reason) == (Tone.VOID, "COPY_EXPIRED")


@pytest.mark.parametrize("status", ["expired", "suspended", "cancelled", "annulled", "forfeited", "superseded"])
def test_a_copy_is_worth_no_more_than_its_licence(status: str) -> None:
    copy = replace(DOCUMENTS[status], copy=DOCUMENTS["copy_in_term"].copy)
    assert combine(None, copy, on=TODAY) == asked(status)


def test_a_search_tells_only_what_is_in_good_standing_and_a_scan_tells_all() -> None:
    found = {name for name, document in DOCUMENTS.items() if is_found_by_search(document, TODAY)}
    assert found == {
        "in_force", "no_end", "expiring", "last_day", "copy_in_term", "copy_ending", "form_in_progress",
        "form_complete", "notice_complete",
    }  # fmt: skip
    nothing = combine(None, None, on=TODAY, searched=True)
    for name, document in DOCUMENTS.items():
        answer = combine(None, document, on=TODAY, searched=True)
        assert answer == (asked(name) if name in found else nothing)
        assert combine(None, document, on=TODAY).reason != "NOT_FOUND"


def test_the_three_answers_people_come_for_say_what_is_so_and_what_to_do() -> None:
    """Not altered but cancelled; altered after sealing; genuine signature of an unknown authority."""
    cancelled, altered = uploaded("cancelled"), combine(REPORTS["changed"], None, on=TODAY)
    foreign = combine(REPORTS["foreign"], None, on=TODAY)
    assert "文件真实" in cancelled.sentence.zh
    assert "已于2026年5月6日注销" in cancelled.sentence.zh
    assert (altered.reason, altered.headline.zh) == ("CHANGED_AFTER_SEALING", "文件被改动")
    assert (foreign.reason, foreign.headline.zh) == ("SIGNER_UNKNOWN", "签发者未知")
    assert len({answer.advice.zh for answer in (cancelled, altered, foreign)}) == 3


@pytest.mark.parametrize(
    ("page_outcome", "reasons"),
    [
        ("有效", {"LICENCE_IN_FORCE", "COPY_IN_TERM"}),
        ("即将到期", {"LICENCE_EXPIRING"}),
        ("已过期失效", {"LICENCE_EXPIRED"}),
        ("暂扣", {"LICENCE_SUSPENDED"}),
        ("注销/撤销/吊销", {"LICENCE_CANCELLED", "LICENCE_ANNULLED", "LICENCE_FORFEITED"}),
        ("已被新版本替代", {"LICENCE_SUPERSEDED"}),
        ("加注件超过使用期限", {"COPY_EXPIRED"}),
        ("申请材料(非证照)", {"FORM_IN_PROGRESS", "FORM_COMPLETE", "FORM_VOID"}),
        ("未找到", {"NOT_FOUND"}),
        ("文件被改动", {"CHANGED_AFTER_SEALING"}),
        ("签名证书不可信", {"SIGNER_UNKNOWN", "SIGNER_REVOKED"}),
    ],
)
def test_every_outcome_of_the_public_page_exists(page_outcome: str, reasons: set[str]) -> None:
    given = {combine(None, document, on=TODAY).reason for document in (None, *DOCUMENTS.values())}
    given |= {combine(report, None, on=TODAY).reason for report in REPORTS.values()}
    assert reasons <= given, page_outcome
