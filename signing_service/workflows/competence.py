"""Where a dossier goes: its region follows from the form, and with the region the authority that decides (domain text, §1, §15)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from signing_service.domain.codes import Region, RegionLevel
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.errors import Problem
from signing_service.domain.parties import Organisation, Party, PartyKind
from signing_service.storage import parties
from signing_service.workflows.fields import FieldType
from signing_service.workflows.procedure import Procedure

PLACED_BY = (
    SignatoryRole.DEVELOPER,
    SignatoryRole.NEW_EMPLOYER,
    SignatoryRole.EMPLOYER,
    SignatoryRole.FORMER_EMPLOYER,
    SignatoryRole.HOLDER,
)
"""Whose place decides when the form names none: the enterprise that goes on with it before the one that is left."""


def region_of(procedure: Procedure, form: Mapping[str, Any], who: Mapping[SignatoryRole, Party]) -> Region:
    """As the form says, else where the parties are, else the province."""
    for item in procedure.fields:
        if item.type in (FieldType.COUNTY, FieldType.REGION) and form.get(item.key):
            return Region(form[item.key])
    for role in PLACED_BY:
        if region := _place(who.get(role)):
            return region
    return Region("360000")


def _place(party: Party | None) -> Region | None:
    if isinstance(party, Organisation):
        return party.region
    return Region(party.facts["region"]) if party is not None and party.facts.get("region") else None


def authority_for(
    connection: Connection, procedure: Procedure, region: Region, form: Mapping[str, Any]
) -> Organisation:
    """The authority at the level that decides this kind, or the next above it. Raises Problem NO_AUTHORITY."""
    known = {
        one.region: one
        for one in parties.of_kind(connection, PartyKind.AUTHORITY)
        if isinstance(one, Organisation) and one.region is not None
    }
    lowest = procedure.decided_by.level(form) if procedure.decided_by else procedure.decided_at
    for level in _upwards(lowest):
        if found := known.get(_lifted(region, level)):
            return found
    raise Problem(
        "NO_AUTHORITY",
        f"“{region.full_name}”暂无受理本事项的主管部门，请核对所属区划。",
        f"No authority takes this in for region {region}: check the region.",
        status=412,
    )


def platform(connection: Connection) -> Organisation:
    found = parties.of_kind(connection, PartyKind.PLATFORM)
    if not found or not isinstance(found[0], Organisation):
        msg = "the register has no platform"
        raise LookupError(msg)
    return found[0]


def _upwards(level: RegionLevel) -> tuple[RegionLevel, ...]:
    order = (RegionLevel.COUNTY, RegionLevel.PREFECTURE, RegionLevel.PROVINCE)
    return order[order.index(level) :]


def _lifted(region: Region, level: RegionLevel) -> Region:
    match level:
        case RegionLevel.PROVINCE:
            return Region(f"{region[:2]}0000")
        case RegionLevel.PREFECTURE:
            return Region(f"{region[:4]}00")
    return region
