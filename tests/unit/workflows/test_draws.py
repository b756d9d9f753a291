"""How many are drawn: the ratios that the province sets, and what was carried over from before (domain text, §14)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from signing_service.domain.draw import RATIOS, Candidate, Quota
from signing_service.storage.draws import DrawRow
from signing_service.workflows.draws import quotas_after

NOW = datetime(2026, 11, 29, 9, 0, tzinfo=UTC)
HELD = DrawRow(
    number="CQJL20261129000001",
    authority="11360000999000013K",
    secret_hash="0" * 64,
    promised_at=NOW,
    committed_at=NOW,
    candidates=tuple(Candidate(f"XFBA20261129{serial:06d}", "general") for serial in range(1, 31)),
    list_hash="1" * 64,
    quotas={"general": Quota(5), "key": Quota(20, Decimal("0.60"))},
    drawn_at=NOW,
    record={},
    authority_name="示例市住房和城乡建设局",
    code=None,
)
PROVINCIAL = {"general": 10, "key": 35}


def test_the_first_draw_of_an_authority_has_the_ratios_of_the_province() -> None:
    assert quotas_after(PROVINCIAL, None) == {"general": Quota(10), "key": Quota(35)}


def test_when_the_province_sets_other_ratios_what_was_carried_over_by_the_former_is_kept() -> None:
    carried = {"general": Decimal("0.50"), "key": Decimal("0.60")}
    for ratios in (RATIOS, PROVINCIAL):
        assert quotas_after(ratios, HELD) == {key: Quota(ratios[key], carried[key]) for key in carried}


def test_with_the_list_its_ratios_are_published_before_the_secret_is() -> None:
    closed = replace(HELD, drawn_at=None, record=None)
    assert closed.published["ratios"] == {"general": "5%", "key": "20%"}
    assert "ratios" not in replace(closed, committed_at=None, candidates=(), quotas={}).published
