"""消息: what the platform has told the viewer, the newest first; opening the page marks them as read."""

from __future__ import annotations

from datetime import datetime

from starlette.responses import Response

from signing_service.storage import messages
from signing_service.web.platform.gate import Asked, Way, Who
from signing_service.web.platform.house import House, address_of, see_other, told, told_as

PAGE = messages.PAGE


class MessagePages:
    def __init__(self, house: House) -> None:
        self._house = house

    def ways(self) -> tuple[Way, ...]:
        return (
            Way("GET", "/platform/messages", Who.VIEWER, self.show),
            Way("POST", "/platform/messages/read", Who.VIEWER, self.mark_read),
            Way("GET", "/api/platform/messages", Who.VIEWER, self.tell),
        )

    def show(self, asked: Asked) -> Response:
        found = self._found(asked)
        unread = sum(one.read_at is None for one in found)
        older = found[-1].at.isoformat() if len(found) == PAGE else ""
        facts = {"messages": found, "unread": unread, "older": older, "address_of": address_of}
        return self._house.page(asked, "messages.html", facts, here="messages")

    def mark_read(self, asked: Asked) -> Response:
        with self._house.desk.database.transaction() as connection:
            messages.mark_read(connection, told_as(asked.viewer), self._house.desk.clock())
        return see_other("/platform/messages")

    def tell(self, asked: Asked) -> Response:
        return told(
            {
                "messages": [
                    {
                        "event": one.event.value,
                        "zh": one.zh,
                        "en": one.en,
                        "at": one.at.isoformat(),
                        "dossier": one.dossier,
                        "read": one.read_at is not None,
                    }
                    for one in self._found(asked)
                ]
            }
        )

    def _found(self, asked: Asked) -> list[messages.Message]:
        before = _moment(asked.request.query_params.get("before", ""))
        with self._house.desk.database.reading() as connection:
            return messages.of_party(connection, told_as(asked.viewer), limit=PAGE, before=before)


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None
