"""What permit procedures have in common: which permit it is about, its two sheets, how the developer hands something in."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Stage
from signing_service.domain.licences import LicenceType
from signing_service.procedures.shared import LICENCE_LEVEL, declined, licence_issued, withdrawn_by
from signing_service.workflows.changes import VoidForm
from signing_service.workflows.checks_of_fire import SignersHaveKeys
from signing_service.workflows.effects import ProveAndArchive, RenderForm, RenderLicence, Seal, Shown
from signing_service.workflows.licensing import IssueNew, LicenceOperation
from signing_service.workflows.procedure import Check, Effect, Field, FieldType, Parties, Section, Step, any_of

DEVELOPER, AUTHORITY, PLATFORM = SignatoryRole.DEVELOPER, SignatoryRole.AUTHORITY, SignatoryRole.PLATFORM
BUILDER, SUPERVISOR = SignatoryRole.BUILDER, SignatoryRole.SUPERVISOR
EDITION = date(2026, 1, 1)
LAW = "《中华人民共和国建筑法》"
DUPLICATE = "construction_permit_duplicate"

PROJECT_NO = Field("project_no", "项目编号", "Project number", FieldType.TEXT, most=16)
OTHER_FILES = Field("attachments", "其他材料", "Other documents", FieldType.ATTACHMENTS, required=False)


def the_permit(*more: Field, key: str = "licence_no") -> Section:
    return Section(
        "施工许可证",
        (PROJECT_NO, Field(key, "施工许可证编号", "Construction permit number", FieldType.LICENCE_NO), *more),
        "The permit",
    )


def sheets_issued(operation: LicenceOperation | IssueNew, *shows: Shown) -> tuple[Effect, ...]:
    """副本 and 正本 of the same facts, each sealed and proven; only then does the platform close the dossier."""
    duplicate = RenderLicence(LicenceType.CONSTRUCTION_PERMIT, operation, shows, sheet=DUPLICATE)
    return (
        duplicate,
        Seal(DUPLICATE, AUTHORITY),
        Seal(DUPLICATE, PLATFORM, LICENCE_LEVEL),
        ProveAndArchive(DUPLICATE),
        *licence_issued(RenderLicence(LicenceType.CONSTRUCTION_PERMIT, operation, shows)),
    )


def handed_in(
    form: str,
    *,
    by: Parties,
    provided: tuple[Check, ...],
    drawn: tuple[Effect, ...],
    signed: tuple[Effect, ...],
) -> tuple[Step, ...]:
    """The developer fills in; ``by`` confirm and sign; last the developer has seen it all and seals."""
    developer, others = any_of(DEVELOPER), any_of(*(role for role in by.roles if role is not DEVELOPER))
    checks = (*provided, SignersHaveKeys(tuple(dict.fromkeys((DEVELOPER, *by.roles)))))
    return (
        *(
            Step(
                "prepare", "生成申请表", by=developer, at=stage, to=Stage.SUBMITTED, provided=checks, then=drawn,
                reads_draft=True, title_en="Draw the form",
            )
            for stage in (Stage.DRAFT, Stage.CORRECTION)
        ),
        Step(
            "confirm", "签章确认", by=by, at=Stage.SUBMITTED, to=Stage.PREPARED, then=signed, title_en="Confirm and sign",
        ),
        replace(declined(others), optional=True),  # who comes after others has no todo before it is his turn
        Step(
            "submit", "盖章并提交", by=developer, at=Stage.PREPARED, to=Stage.CONFIRMED, provided=provided,
            then=(Seal(form, DEVELOPER),), title_en="Seal and submit",
        ),
        Step(
            "revise", "返回修改", by=developer, at=Stage.PREPARED, to=Stage.DRAFT, changes=(VoidForm(),),
            form_goes_back=True, optional=True, title_en="Go back and change",
        ),
        *withdrawn_by(
            developer, Stage.DRAFT, Stage.CORRECTION, Stage.SUBMITTED, Stage.PREPARED, Stage.CONFIRMED
        ),
    )  # fmt: skip


def drawn_and_sealed_by_others(form: str, by: Parties, provided: tuple[Check, ...], *shows: Shown) -> tuple[Step, ...]:
    """Of one document, which all of them sign."""
    return handed_in(
        form, by=by, provided=provided, drawn=(RenderForm(form, shows),),
        signed=tuple(Seal(form, role) for role in by.roles),
    )  # fmt: skip


def locked(form: str) -> tuple[Effect, ...]:
    return (Seal(form, PLATFORM), ProveAndArchive(form))
