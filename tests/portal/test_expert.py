"""The timeline of the seals and what experts find behind it."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from signing_service.domain.verdicts import Foreseen, Report, RevocationFacts, Verdict
from tests.portal.samples import CHAIN, CONFIG, DETAILS, NOW, ORIGIN, PASSED, REPORTS, SEALED, Register, pdf
from verify_portal.app import make_app
from verify_portal.expert import INDICATIONS, REVOCATION, outlook
from verify_portal.timeline import LEVELS, WHY, of_file

SUB_INDICATIONS = [
    "FORMAT_FAILURE",
    "HASH_FAILURE",
    "SIG_CRYPTO_FAILURE",
    "REVOKED",
    "EXPIRED",
    "NOT_YET_VALID",
    "SIG_CONSTRAINTS_FAILURE",
    "CHAIN_CONSTRAINTS_FAILURE",
    "CERTIFICATE_CHAIN_GENERAL_FAILURE",
    "CRYPTO_CONSTRAINTS_FAILURE",
    "CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
    "POLICY_PROCESSING_ERROR",
    "SIGNATURE_POLICY_NOT_AVAILABLE",
    "TIMESTAMP_ORDER_FAILURE",
    "NO_SIGNING_CERTIFICATE_FOUND",
    "NO_CERTIFICATE_CHAIN_FOUND",
    "NO_CERTIFICATE_CHAIN_FOUND_NO_POE",
    "REVOKED_NO_POE",
    "REVOKED_CA_NO_POE",
    "OUT_OF_BOUNDS_NO_POE",
    "OUT_OF_BOUNDS_NOT_REVOKED",
    "REVOCATION_OUT_OF_BOUNDS_NO_POE",
    "NO_POE",
    "TRY_LATER",
    "SIGNED_DATA_NOT_FOUND",
]
"""EN 319 102-1 V1.4.1, clause 5.1.3, and what validators in use add to it."""


def page_of(report: Report, lang: str = "zh") -> str:
    app = make_app(Register(), lambda _: report, CONFIG, now=lambda: NOW)
    client = TestClient(app, base_url=ORIGIN, raise_server_exceptions=False)
    page: str = client.post("/verify", params={"lang": lang}, files={"file": pdf("in_force")}).text
    return html.unescape(page)


def test_every_sub_indication_has_its_meaning_in_both_languages() -> None:
    assert set(SUB_INDICATIONS) <= set(WHY)
    assert all(sentence.zh and sentence.en for sentence in WHY.values())
    assert len({sentence.zh for sentence in WHY.values()}) == len(WHY), "no two are told alike"


@pytest.mark.parametrize("code", SUB_INDICATIONS)
def test_the_expert_view_says_code_and_meaning(code: str) -> None:
    seal = replace(SEALED, indication=Verdict.INDETERMINATE, sub_indication=code)
    for lang, words in (("zh", WHY[code].zh), ("en", WHY[code].en)):
        expert = page_of(replace(REPORTS["try_later"], signatures=(seal,)), lang).partition('class="card expert"')[2]
        assert f">{code}<" in expert
        assert words in expert


def test_the_timeline_says_who_when_claimed_when_proven_what_it_covers_and_what_came_after() -> None:
    page = page_of(PASSED)
    first = re.search(r'<ol class="timeline">.*?</li>', page, re.DOTALL)
    assert first is not None
    for words in (
        "颁发机关",
        "江西省住房和城乡建设厅",
        "2023年3月1日 09:12</time> <small>时间戳证明",
        "2023年3月1日 09:11</time> <small>签署者自报",
        "覆盖签章时的全部内容；其后又有 2 次签章或时间戳，都是允许的",
    ):
        assert words in first[0]


@pytest.mark.parametrize(
    ("covers", "others", "said"),
    [
        ("whole_file", 0, "其后没有任何追加"),
        ("revision", 0, "其后只追加了验证资料，没有改动内容"),
        ("revision", 1, "其后又有 1 次签章或时间戳，都是允许的"),
    ],
)
def test_what_came_after_a_seal_is_told_as_it_is(covers: str, others: int, said: str) -> None:
    seal = replace(SEALED, covers=covers, details=replace(DETAILS, others_after=others))
    (entry,) = of_file(replace(PASSED, signatures=(seal,)))
    assert entry.after is not None
    assert entry.after.zh == said


def test_of_a_seal_that_was_broken_or_covers_little_nothing_harmless_is_said() -> None:
    for changes in ({"changed_after": True}, {"covers": "part"}, {"covers": "nothing"}):
        (entry,) = of_file(replace(PASSED, signatures=(replace(SEALED, **changes),)))  # type: ignore[arg-type]
        assert entry.after is None


def test_an_expert_finds_chain_revocation_level_algorithm_and_the_next_timestamp() -> None:
    page = page_of(PASSED)
    for cert in CHAIN:
        for value in (cert.subject, cert.serial, cert.sha256, cert.key, cert.not_after[:10]):
            assert value in page
    for words in (
        "本平台的信任锚",
        REVOCATION["good"].zh,
        "OCSP",
        "2023-03-01T01:12:01+00:00",
        "sha256_ecdsa",
        "2031-05-31",
        LEVELS["B-LTA"].zh,
        INDICATIONS[Verdict.TOTAL_PASSED].zh,
        "到 2036 年仍可验证",
    ):
        assert words in page
    assert "<details>\n<summary" in page, "folded until somebody asks"


def test_a_chain_that_ends_nowhere_says_so() -> None:
    page = page_of(REPORTS["foreign"])
    assert "未到达信任锚" in page
    assert "本平台的信任锚" not in page


@pytest.mark.parametrize("state", ["good", "revoked", "stale", "unknown"])
def test_each_state_of_revocation_has_its_words(state: str) -> None:
    seal = replace(SEALED, details=replace(DETAILS, revocation=RevocationFacts(state)))
    assert REVOCATION[state].zh in page_of(replace(PASSED, signatures=(seal,)))


def test_it_is_promised_only_of_seals_that_bring_their_evidence_that_they_will_last() -> None:
    lasting = outlook(PASSED)
    assert lasting is not None
    assert (lasting.year, lasting.lasts, lasting.renew_before) == (2036, True, "2031-05-31")
    for poorer in (
        replace(PASSED, signatures=(replace(SEALED, level="B-T"), *PASSED.signatures)),
        replace(PASSED, foreseen=Foreseen("2036-11-22T02:30:00+00:00", Verdict.INDETERMINATE, "SIGNER_EXPIRED")),
    ):
        found = outlook(poorer)
        assert found is not None
        assert not found.lasts
        assert "可能无法验证" in found.sentence.zh
    assert outlook(REPORTS["changed"]) is None


def test_a_report_without_details_is_shown_all_the_same() -> None:
    bare = replace(PASSED, signatures=tuple(replace(one, details=None) for one in PASSED.signatures), foreseen=None)
    page = page_of(bare)
    assert "真实有效" in page
    assert "TOTAL_PASSED" in page
