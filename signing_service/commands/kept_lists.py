"""Status lists that somebody saved: what they say of a code, and how old that is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from signing_service.attest.code_keys import CodeKeys
from signing_service.attest.cose import MalformedError
from signing_service.attest.signed_code import CodeAnswer, CodeVerdict
from signing_service.attest.status_list import ListedStatus, StatusList, read_list_of
from signing_service.domain.errors import Problem
from signing_service.domain.licences import PLACES
from signing_service.domain.verdicts import Sentence


@dataclass(frozen=True, slots=True)
class KeptStatus:
    """The status of one licence by one list."""

    status: ListedStatus
    listing: StatusList

    def may_be_relied_on(self, now: datetime) -> bool:
        return self.status is ListedStatus.IN_FORCE and self.listing.is_current(now)

    def age(self, now: datetime) -> Sentence:
        """In words, in the largest unit that fits: 3 小时前, 3 hours ago."""
        minutes = max((now - self.listing.made_at) // timedelta(minutes=1), 0)
        for unit, zh, en in ((1440, "天", "day"), (60, "小时", "hour"), (1, "分钟", "minute")):
            if count := minutes // unit:
                return Sentence(f" {count} {zh}前", f"{count} {en}{'s' if count > 1 else ''} ago")
        return Sentence("刚刚", "just now")

    def to_json(self, now: datetime) -> dict[str, Any]:
        return {
            "value": self.status.name.lower(),
            "made_at": self.listing.made_at.isoformat(),
            "age_seconds": int((now - self.listing.made_at).total_seconds()),
            "current": self.listing.is_current(now),
        }


@dataclass(frozen=True, slots=True)
class KeptLists:
    """By number: the list, and its bytes as they were saved."""

    lists: Mapping[int, StatusList]
    tokens: Mapping[int, bytes]

    @classmethod
    def read(cls, paths: Iterable[Path], origin: str, keys: CodeKeys) -> KeptLists:
        """Raises Problem STATUS_LIST_UNREADABLE for a file that is no list of ``origin``, and OSError."""
        lists: dict[int, StatusList] = {}
        tokens: dict[int, bytes] = {}
        for path in paths:
            token = path.read_bytes()
            try:
                number, listing = read_list_of(token, origin, keys)
            except MalformedError:
                raise _unreadable(path) from None
            lists[number], tokens[number] = listing, token
        return cls(lists, tokens)

    def status_of(self, answer: CodeAnswer) -> KeptStatus | None:
        """None for a code that is not genuine, and where no list that is kept has its place."""
        statement = answer.statement
        if answer.verdict is not CodeVerdict.GENUINE or statement is None or statement.status_index is None:
            return None
        number, place = divmod(statement.status_index, PLACES)
        listing = self.lists.get(number)
        return KeptStatus(listing.status(place), listing) if listing and place < len(listing) else None


def _unreadable(path: Path) -> Problem:
    return Problem(
        "STATUS_LIST_UNREADABLE",
        f"{path} 不是本平台签发的状态表，请从 /.well-known/licence-status/0 重新下载。",
        f"{path} is no status list that we signed: download it from /.well-known/licence-status/0 again.",
    )
