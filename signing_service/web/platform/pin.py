"""The PIN of the key that the platform keeps for somebody: chosen once, with a code from the phone, then changed with the old one."""

from __future__ import annotations

import re

from starlette.responses import Response

from signing_service.domain.accounts import Factor, Purpose
from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyRef
from signing_service.domain.pins import refuse_weak
from signing_service.storage import parties, pins
from signing_service.web.platform.gate import Asked, Way, Who
from signing_service.web.platform.house import House, see_other
from signing_service.workflows.accounts import codes, second_factor, step_up
from signing_service.workflows.first_pin import choose_first_pin
from signing_service.workflows.pins import change_pin

PAGE = "/platform/pin"
BACK = re.compile(r"/platform/dossiers/[A-Z0-9]{18}/sign/[a-z_]{1,40}", re.ASCII)
"""Where somebody came from: a signing room and no other place."""


class PinPages:
    def __init__(self, house: House) -> None:
        self._house = house

    def ways(self) -> tuple[Way, ...]:
        return (
            Way("GET", PAGE, Who.VIEWER, self.show),
            Way("POST", f"{PAGE}/code", Who.VIEWER, self.send_code),
            Way("POST", PAGE, Who.VIEWER, self.choose),
        )

    def show(self, asked: Asked) -> Response:
        return self._shown(asked)

    def send_code(self, asked: Asked) -> Response:
        hint = step_up.begin(asked.accounts, asked.here, asked.viewer.party, asked.caller, Purpose.PIN)
        return see_other(f"{PAGE}?sent={hint}&back={_back(asked.text('back', 200))}")

    def choose(self, asked: Asked) -> Response:
        """The first PIN, or a new one in place of the old."""
        back = _back(asked.text("back", 200))
        try:
            self._choose(asked)
        except Problem as problem:
            return self._shown(asked, problem)
        return see_other(back or f"{PAGE}?done=1")

    def _choose(self, asked: Asked) -> None:
        """Raises Problem PIN_DIFFERS, PIN_WEAK, and what the code, ``choose_first_pin`` and ``change_pin`` raise."""
        pin, now = asked.text("pin", 64), self._house.desk.clock()
        database = self._house.desk.database
        if pin != asked.text("again", 64):
            raise Problem(
                "PIN_DIFFERS",
                "两次输入的 PIN 不一致，请重新输入。",
                "The two PINs differ: type them again.",
                status=422,
            )
        refuse_weak(pin)
        key, chosen = self._key(asked)
        if key is not None and chosen:
            change_pin(database, key, asked.text("old", 64), pin, now)
            return
        account, code = asked.here.account, asked.text("code", 12)
        if Factor.CODE in step_up.asked_for(asked.accounts, asked.here):
            codes.check(asked.accounts, account.account_id, Purpose.PIN, code, asked.viewer.party)
        else:
            second_factor.take_digits(asked.accounts, account, code, confirmed=True)
        choose_first_pin(database, asked.viewer.party, pin, now)

    def _key(self, asked: Asked) -> tuple[KeyRef | None, bool]:
        """The key that the platform keeps for the viewer, and whether it has a PIN."""
        with self._house.desk.database.reading() as connection:
            party = parties.find(connection, asked.viewer.party)
            if party is None or party.key is None or party.key.held_outside:
                return None, False
            return party.key, pins.is_chosen(connection, party.key)

    def _shown(self, asked: Asked, problem: Problem | None = None) -> Response:
        query = asked.request.query_params
        key, chosen = self._key(asked)
        facts = {
            "has_key": key is not None,
            "has": chosen,
            "problem": problem,
            "done": "done" in query,
            "sent": query.get("sent", "")[:60],
            "back": _back(query.get("back", "") or asked.text("back", 200)),
            "by_code": Factor.CODE in step_up.asked_for(asked.accounts, asked.here),
        }
        return self._house.page(asked, "pin.html", facts, here="account", status=problem.status if problem else 200)


def _back(text: str) -> str:
    return text if BACK.fullmatch(text) else ""
