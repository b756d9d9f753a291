"""防伪预警: what strangers' questions say about forgeries in circulation, put together for whoever issues.

A licence that nobody issued is asked for again and again; a file of ours comes back altered; our pages are read under
somebody else's address. Each question is worth little, some of them together are an alert with its evidence. Who asked is
not known here: only whether it was the same one, on that day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from signing_service.domain.verdicts import Sentence


class SignalKind(StrEnum):
    UNKNOWN_CODE = "unknown_code"
    """A code that could be ours by its form, and is not in the register."""
    ALTERED_FILE = "altered_file"
    """A file of ours that was changed after sealing, or whose seal is false."""
    NOT_IN_REGISTER = "not_in_register"
    """A file that a key of ours sealed and that we never issued: the key is in other hands."""
    FORGED_CODE = "forged_code"
    """A print with signed digits that are false, were put together, or were copied under somebody else's address."""
    FOREIGN_ADDRESS = "foreign_address"
    """Our pages, asked for under another name: a copy of the site that hands questions on."""


@dataclass(frozen=True, slots=True)
class Signal:
    """One question that was not as it should be."""

    at: datetime
    kind: SignalKind
    about: str
    """The code, the SHA-256 of the file, the number a print claims, or the host: what is the same when the same forgery comes again."""
    client: str = ""
    """The same for one client on one day, and nothing else."""
    evidence: Mapping[str, str] | None = None
    """The report's reason, the number of the document that was altered."""

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "at": self.at.isoformat()}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Signal:
        """Raises KeyError, TypeError or ValueError for what is none."""
        at = datetime.fromisoformat(told["at"]).astimezone(UTC)
        return cls(at, SignalKind(told["kind"]), str(told["about"]), str(told.get("client", "")), told.get("evidence"))


@dataclass(frozen=True, slots=True)
class Rule:
    """When signals of a kind become an alert."""

    window: timedelta
    clients: int
    """From so many different clients about the same thing."""
    sentence: Sentence
    advice: Sentence


RULES: Mapping[SignalKind, Rule] = {
    SignalKind.UNKNOWN_CODE: Rule(
        timedelta(days=7),
        3,
        Sentence("不同的人反复查验同一个不存在的证照码", "Different people ask for the same code that does not exist"),
        Sentence(
            "可能有伪造证照流通：请核对该码的来源，必要时公告。",
            "A forged licence may be in circulation: find where the code comes from, and warn the public if need be.",
        ),
    ),
    SignalKind.ALTERED_FILE: Rule(
        timedelta(days=7),
        1,
        Sentence("本平台签发的文件被改动后提交查验", "A file issued here was altered and then checked"),
        Sentence(
            "请联系该文件的持有人和用人单位核实，并保留证据。",
            "Ask the holder and the employer about this document, and keep the evidence.",
        ),
    ),
    SignalKind.NOT_IN_REGISTER: Rule(
        timedelta(days=30),
        1,
        Sentence("文件由本平台的密钥签章，但登记簿中没有", "A key of ours sealed a file that is not in the register"),
        Sentence(
            "密钥可能已失控：请立即停用该密钥并吊销其证书，再行追查。",
            "The key may be in other hands: take it out of use and revoke its cert at once, then investigate.",
        ),
    ),
    SignalKind.FORGED_CODE: Rule(
        timedelta(days=7),
        1,
        Sentence("纸件上的签码是伪造的", "A print bears a forged code"),
        Sentence(
            "有伪造的纸质证照流通：请按所称编号联系真正的持有人，二维码指向其他网址的一并举报。",
            "Forged prints are in circulation: tell the true holder of that number, and report the address in the code if it is not ours.",
        ),
    ),
    SignalKind.FOREIGN_ADDRESS: Rule(
        timedelta(days=7),
        1,
        Sentence("本平台的页面被他人以其他网址提供", "Our pages are served under somebody else's address"),
        Sentence(
            "可能是仿冒网站：请截图留证并向网信、公安部门举报。",
            "It may be a look-alike site: keep screenshots, and report it to the authorities for the network.",
        ),
    ),
}

BURST = Rule(
    timedelta(minutes=10),
    1,
    Sentence("同一来源短时间内试查大量不存在的编码", "One client tries many codes that do not exist"),
    Sentence(
        "可能有人在猜码；平台已限速，无需处理，持续出现时请通知网络管理员。",
        "Somebody may be guessing. The portal slows it down by itself; tell the network's operator if it goes on.",
    ),
)
BURST_SIZE = 20
"""Different unknown codes from one client within the window of ``BURST``."""


@dataclass(frozen=True, slots=True)
class Alert:
    """What the issuer is told, with its evidence."""

    kind: str
    about: str
    first: datetime
    last: datetime
    times: int
    clients: int
    sentence: Sentence
    advice: Sentence
    evidence: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "first": self.first.isoformat(), "last": self.last.isoformat()}


def alerts(signals: Iterable[Signal], now: datetime) -> list[Alert]:
    """The alerts that hold at ``now``, the newest first; signals older than their rule's window no longer count."""
    current = [one for one in signals if now - RULES[one.kind].window <= one.at <= now]
    found = [*_of_things(current), *_of_bursts(current)]
    return sorted(found, key=lambda alert: alert.last, reverse=True)


def _of_things(signals: Iterable[Signal]) -> Iterable[Alert]:
    together: dict[tuple[SignalKind, str], list[Signal]] = {}
    for one in signals:
        together.setdefault((one.kind, one.about), []).append(one)
    for (kind, about), group in together.items():
        rule = RULES[kind]
        clients = len({(one.client, one.at.date()) for one in group})
        if clients >= rule.clients:
            yield _alert(kind, about, group, clients, rule)


def _of_bursts(signals: Iterable[Signal]) -> Iterable[Alert]:
    """The last window of each client in which it tried too many."""
    tried: dict[str, list[Signal]] = {}
    for one in sorted(signals, key=lambda signal: signal.at):
        if one.kind is SignalKind.UNKNOWN_CODE and one.client:
            tried.setdefault(one.client, []).append(one)
    for client, group in tried.items():
        start = 0
        worst: list[Signal] = []
        for end, one in enumerate(group):
            while one.at - group[start].at > BURST.window:
                start += 1
            window = group[start : end + 1]
            if len({signal.about for signal in window}) >= BURST_SIZE:
                worst = window
        if worst:
            yield _alert("burst", client, worst, 1, BURST)


def _alert(kind: str, about: str, group: list[Signal], clients: int, rule: Rule) -> Alert:
    times = sorted(one.at for one in group)
    evidence: dict[str, str] = {}
    for one in group:
        evidence |= one.evidence or {}
    return Alert(str(kind), about, times[0], times[-1], len(group), clients, rule.sentence, rule.advice, evidence)
