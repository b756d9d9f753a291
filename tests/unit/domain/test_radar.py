"""What is worth little alone is an alert together, and keeps its evidence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signing_service.domain.radar import BURST_SIZE, RULES, Alert, Signal, SignalKind, alerts

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
CODE = "7q2m4kx9c3t8w5n6r0d1e2f3ga"


def asked(
    minutes_ago: float, about: str = CODE, client: str = "a", kind: SignalKind = SignalKind.UNKNOWN_CODE
) -> Signal:
    return Signal(NOW - timedelta(minutes=minutes_ago), kind, about, client)


def only(found: list[Alert]) -> Alert:
    (alert,) = found
    return alert


def test_one_person_who_mistypes_is_no_alert() -> None:
    assert alerts([asked(5), asked(4), asked(3)], NOW) == []


def test_a_code_that_does_not_exist_and_that_three_people_ask_for_is_one() -> None:
    alert = only(alerts([asked(500, client="a"), asked(300, client="b"), asked(1, client="c")], NOW))
    assert (alert.kind, alert.about, alert.times, alert.clients) == ("unknown_code", CODE, 3, 3)
    assert (alert.first, alert.last) == (NOW - timedelta(minutes=500), NOW - timedelta(minutes=1))
    assert "伪造" in alert.advice.zh
    assert "forged" in alert.advice.en


@pytest.mark.parametrize("kind", [kind for kind in SignalKind if kind is not SignalKind.UNKNOWN_CODE], ids=str)
def test_of_the_graver_kinds_one_is_enough_and_its_evidence_is_kept(kind: SignalKind) -> None:
    told = Signal(NOW, kind, "ab" * 32, "a", {"reason": "CONTENT_CHANGED"})
    alert = only(alerts([told], NOW))
    assert alert.evidence == {"reason": "CONTENT_CHANGED"}
    assert alert.sentence.zh != alert.sentence.en


@pytest.mark.parametrize("kind", SignalKind, ids=str)
def test_what_is_older_than_the_window_of_its_rule_no_longer_counts(kind: SignalKind) -> None:
    window = RULES[kind].window
    signals = [Signal(NOW - window - timedelta(seconds=1), kind, "x", client) for client in "abcd"]
    assert alerts(signals, NOW) == []
    signals = [Signal(NOW - window, kind, "x", client) for client in "abcd"]
    assert only(alerts(signals, NOW)).times == 4


def test_one_client_that_tries_many_codes_in_ten_minutes_is_told_of() -> None:
    codes = [f"code-{number}" for number in range(BURST_SIZE)]
    alert = only(alerts([asked(9 - number * 0.1, code) for number, code in enumerate(codes)], NOW))
    assert (alert.kind, alert.about, alert.times) == ("burst", "a", BURST_SIZE)
    assert alerts([asked(9 - number * 0.1, code) for number, code in enumerate(codes[1:])], NOW) == []
    assert alerts([asked(number * 5, code) for number, code in enumerate(codes)], NOW) == []


def test_the_newest_alert_comes_first() -> None:
    first = Signal(NOW - timedelta(hours=2), SignalKind.ALTERED_FILE, "aa", "a")
    second = Signal(NOW - timedelta(hours=1), SignalKind.FOREIGN_ADDRESS, "example.net", "b")
    assert [alert.about for alert in alerts([first, second], NOW)] == ["example.net", "aa"]


@given(
    st.builds(
        Signal,
        st.datetimes(timezones=st.just(UTC)),
        st.sampled_from(SignalKind),
        st.text(),
        st.text(),
        st.none() | st.dictionaries(st.text(), st.text()),
    )
)
def test_a_signal_is_read_as_it_was_written(signal: Signal) -> None:
    assert Signal.from_json(signal.to_json()) == signal
