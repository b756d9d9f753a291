"""What the folded expert view says: revocation, chain and outlook, each in a sentence beside its codes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from signing_service.domain.verdicts import DOCUMENT_TIMESTAMP, Report, Sentence, Verdict

REVOCATION: dict[str, Sentence] = {
    "good": Sentence("签章时未被吊销", "not revoked when it sealed"),
    "revoked": Sentence("已被吊销", "revoked"),
    "stale": Sentence("已有依据，但不够新", "data at hand, not recent enough"),
    "unknown": Sentence("没有可用的依据", "nothing at hand says so"),
}
"""The states of ``RevocationFacts`` in words."""

INDICATIONS: dict[Verdict, Sentence] = {
    Verdict.TOTAL_PASSED: Sentence("全部检查通过", "every check passed"),
    Verdict.TOTAL_FAILED: Sentence("不成立：至少一项检查证明它无效", "refuted: at least one check proves it wrong"),
    Verdict.INDETERMINATE: Sentence("不能下结论：缺少依据", "undecided: something needed to tell is missing"),
}
"""The three main indications of EN 319 102-1, 5.1.3, in words."""

_LASTING = frozenset({"B-LT", "B-LTA"})


@dataclass(frozen=True, slots=True)
class Outlook:
    """Whether the file can still be validated in some years, and when it next needs a timestamp."""

    year: int
    lasts: bool
    sentence: Sentence
    renew_before: str
    """ISO 8601 day, "" when unknown: a document timestamp has to be added before it."""


def outlook(report: Report) -> Outlook | None:
    """None for a file of which nothing was foreseen, such as one that does not pass today.

    What is foreseen takes renewed timestamps for granted; it is promised only of seals that bring their revocation
    data with them (B-LT and up), since nobody can be sure to find it then.
    """
    if report.foreseen is None:
        return None
    seals = [one for one in report.signatures if one.level != DOCUMENT_TIMESTAMP]
    lasts = report.foreseen.verdict is Verdict.TOTAL_PASSED and all(one.level in _LASTING for one in seals)
    year = datetime.fromisoformat(report.foreseen.at).year
    renew_before = min((one.details.lasts_until for one in report.signatures if one.details), default="")
    sentence = (
        Sentence(
            f"到 {year} 年仍可验证，只要按期续加时间戳", f"Can still be validated in {year}, if re-timestamped in time"
        )
        if lasts
        else Sentence(
            f"到 {year} 年可能无法验证：文件没有带齐届时所需的验证资料",
            f"May not be verifiable in {year}: the file does not carry all it will need by then",
        )
    )
    return Outlook(year, lasts, sentence, renew_before)
