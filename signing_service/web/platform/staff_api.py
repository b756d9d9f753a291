"""Accounts of authorities for programs: list, make, permissions, disable, hand over. JSON; rules are in workflows/accounts/staff."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from starlette.responses import Response

from signing_service.domain.accounts import Account
from signing_service.domain.codes import IdNo
from signing_service.domain.staff import Grant
from signing_service.web.platform.gate import Asked, Way, Who, as_json, malformed
from signing_service.workflows.accounts import staff
from signing_service.workflows.accounts.staff import Made, NewOfficer

OFFICERS = "/api/platform/account/staff"


def ways() -> tuple[Way, ...]:
    return (
        Way("GET", OFFICERS, Who.ADMIN, list_officers),
        Way("POST", OFFICERS, Who.ADMIN, make_officer),
        Way("POST", f"{OFFICERS}/admins", Who.ADMIN, make_admin),
        Way("POST", f"{OFFICERS}/hand-over", Who.ADMIN, hand_over),
        Way("PUT", f"{OFFICERS}/{{officer}}/permissions", Who.ADMIN, assign),
        Way("POST", f"{OFFICERS}/{{officer}}/id-number", Who.ADMIN, show_id_number),
        Way("POST", f"{OFFICERS}/{{officer}}/disable", Who.ADMIN, disable),
        Way("POST", f"{OFFICERS}/{{officer}}/afresh", Who.ADMIN, start_afresh),
    )


def new_officer(asked: Asked) -> NewOfficer:
    names = ("login", "id_no", "name", "mobile", "region", "authority", "dept", "post")
    return NewOfficer(**{name: asked.text(name) for name in names})


def list_officers(asked: Asked) -> Response:
    found = staff.seen_by(asked.accounts, asked.viewer)
    return as_json({"officers": [described(account, grants) for account, grants in found]})


def make_officer(asked: Asked) -> Response:
    return _made(staff.make_officer(asked.accounts, asked.viewer, new_officer(asked), asked.caller))


def make_admin(asked: Asked) -> Response:
    return _made(staff.make_city_admin(asked.accounts, asked.viewer, new_officer(asked), asked.caller))


def assign(asked: Asked) -> Response:
    told = asked.fields.get("grants")
    if not isinstance(told, list) or len(told) > 200 or not all(isinstance(one, dict) for one in told):
        raise malformed()
    grants = [staff.grant_of(*(str(one.get(name, "")) for name in ("procedures", "level", "region"))) for one in told]
    staff.assign(asked.accounts, asked.viewer, officer_of(asked), grants, asked.caller)
    return as_json(described(*staff.one_seen_by(asked.accounts, asked.viewer, officer_of(asked))))


def show_id_number(asked: Asked) -> Response:
    number = staff.full_id_number(asked.accounts, asked.viewer, officer_of(asked), asked.text("why"))
    return as_json({"id_no": number})


def disable(asked: Asked) -> Response:
    reason, successor = asked.text("reason"), asked.text("successor")
    staff.disable(asked.accounts, asked.viewer, officer_of(asked), reason, asked.caller, successor)
    return Response(status_code=204)


def hand_over(asked: Asked) -> Response:
    staff.hand_over(asked.accounts, asked.viewer, asked.text("successor"), asked.caller)
    return Response(status_code=204)


def start_afresh(asked: Asked) -> Response:
    made = staff.start_afresh(asked.accounts, asked.viewer, officer_of(asked), asked.text("reason"), asked.caller)
    return _made(made, 200)


def officer_of(asked: Asked) -> str:
    return str(asked.request.path_params["officer"])


def described(account: Account, grants: Iterable[Grant]) -> dict[str, Any]:
    """The ID number masked: the full one is asked for with a reason."""
    return {
        "account": account.account_id,
        "login": account.login,
        "name": account.name,
        "id_no": IdNo(account.person or "").masked_with_region,
        "region": str(account.region),
        "authority": account.party,
        "dept": account.dept,
        "post": account.post,
        "admin": account.admin.value if account.admin else None,
        "state": account.state.value,
        "grants": [
            {"procedures": one.procedures, "level": one.level.value, "region": str(one.region)} for one in grants
        ],
    }


def _made(made: Made, status: int = 201) -> Response:
    return as_json({**described(made.account, ()), "password": made.password}, status)
