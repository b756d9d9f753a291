"""A person's portrait: without one no licence is issued, and what waits for it goes on by itself (domain text, §1)."""

from __future__ import annotations

from starlette.responses import Response

from signing_service.domain.errors import Problem
from signing_service.pipeline.portrait import LARGEST_FILE, portrait
from signing_service.storage import parties
from signing_service.web.platform.gate import Asked, Way, Who
from signing_service.web.platform.house import House, see_other, told
from signing_service.workflows import matching

PAGE = "/platform/portrait"


class PortraitPages:
    def __init__(self, house: House) -> None:
        self._house = house

    def ways(self) -> tuple[Way, ...]:
        return (
            Way("GET", PAGE, Who.PERSON, self.show),
            Way("GET", f"{PAGE}.jpg", Who.PERSON, self.picture),
            Way("POST", PAGE, Who.PERSON, self.take, LARGEST_FILE + 100_000),
            Way("POST", f"/api{PAGE}", Who.PERSON, self.take_from_program, LARGEST_FILE + 100_000),
        )

    def show(self, asked: Asked) -> Response:
        return self._shown(asked)

    def _shown(self, asked: Asked, problem: Problem | None = None) -> Response:
        facts = {"has": self._kept(asked) is not None, "problem": problem, "done": "done" in asked.request.query_params}
        status = problem.status if problem else 200
        return self._house.page(asked, "portrait.html", facts, here="licences", status=status)

    def picture(self, asked: Asked) -> Response:
        kept = self._kept(asked)
        if kept is None:
            raise Problem("NOT_FOUND", "尚未上传证件照。", "There is no portrait yet.", status=404)
        return Response(kept, media_type="image/jpeg", headers={"Cache-Control": "no-store"})

    def take(self, asked: Asked) -> Response:
        try:
            self._take(asked)
        except Problem as problem:
            return self._shown(asked, problem)
        return see_other(f"{PAGE}?done=1")

    def take_from_program(self, asked: Asked) -> Response:
        return told({"sha256": self._take(asked)}, 201)

    def _take(self, asked: Asked) -> str:
        desk = self._house.desk
        sha256 = desk.blobs.put(portrait(asked.files.get("photo", b"")))
        with desk.database.transaction() as connection:
            matching.photo_uploaded(connection, asked.viewer.party, sha256, desk.clock())
        desk.nudge()
        return sha256

    def _kept(self, asked: Asked) -> bytes | None:
        desk = self._house.desk
        with desk.database.reading() as connection:
            party = parties.find(connection, asked.viewer.party)
        photo = party.facts.get("photo") if party else None
        return desk.blobs.get(photo) if photo and photo in desk.blobs else None
