"""The portal on a real register: read-only database, public certs, every uploaded file in a process of its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from fastapi import FastAPI

from signing_service.domain.changes import Changes
from signing_service.domain.validation_statement import ReportSealer
from signing_service.domain.verdicts import Report
from signing_service.pipeline.compare import CompareLimits, compare_isolated
from signing_service.pipeline.isolation import read_paper_isolated, validate_isolated
from signing_service.pipeline.templates import title_en
from signing_service.pipeline.validate import Limits
from signing_service.settings import Settings
from signing_service.storage.database import Database
from signing_service.storage.draws import PublicDraws
from signing_service.storage.public_register import PublicRegister
from signing_service.trust.anchors import read_anchors
from signing_service.trust.crl_files import open_crl_files
from verify_portal.answers import Verifier
from verify_portal.app import PortalConfig, make_app
from verify_portal.reports.remote import RemoteSealer

MIB = 1024 * 1024
FORESEEN = timedelta(days=3653)
"""Ten years: what the expert view foresees of a file."""


def make_verifier(settings: Settings, register: PublicRegister) -> Verifier:
    """Validates a stranger's file against our anchors, our CRLs as they are at that moment, and our register.

    Its reports hold the evidence that the portal's reports are made of.
    """
    anchors = read_anchors(settings)
    crls = open_crl_files(settings)
    limits = Limits(max_bytes=settings.max_upload_mb * MIB, seconds=settings.validation_seconds)

    def verify(data: bytes, at: datetime | None = None) -> Report:
        now = datetime.now(UTC)
        return validate_isolated(
            data,
            anchors.roots,
            intermediates=anchors.intermediates,
            crls=crls(),
            at=at,
            now=now,
            then=now + FORESEEN,
            register=register.is_registered,
            own_certs=register.own_certs(),
            limits=limits,
            evidence=True,
        )

    return verify


def make_comparer(settings: Settings) -> Callable[[bytes], Changes]:
    """Compares an altered file with the last version in it that validates, in a process of its own as well."""
    anchors = read_anchors(settings)
    crls = open_crl_files(settings)
    process = Limits(max_bytes=settings.max_upload_mb * MIB, seconds=2 * settings.validation_seconds)

    def compare(data: bytes) -> Changes:
        return compare_isolated(
            data,
            anchors.roots,
            intermediates=anchors.intermediates,
            crls=crls(),
            now=datetime.now(UTC),
            limits=CompareLimits(process),
        )

    return compare


def make_portal(settings: Settings, database: Database, reports: ReportSealer | None = None) -> FastAPI:
    """The app that ``signing-service portal`` serves, and that ``run`` and ``serve`` embed.

    ``reports`` seals validation reports in this process; None: the report service does, where one is set.
    """
    register = PublicRegister(database, partial(title_en, settings.templates))
    config = PortalConfig(
        public_origin=settings.public_origin,
        max_upload_mb=settings.max_upload_mb,
        licence_keys=settings.licence_keys,
        status_lists=register,
        signals=settings.signals,
        own_certs=register.own_certs,
        personnel=register.personnel,
        draws=PublicDraws(database),
    )
    if reports is None and settings.report_service:
        reports = RemoteSealer(settings.report_service, settings.report_token_file, settings.report_seconds)
    limits = Limits(seconds=settings.validation_seconds)
    return make_app(
        register,
        make_verifier(settings, register),
        config,
        comparer=make_comparer(settings),
        reports=reports,
        paper_reader=lambda data: read_paper_isolated(data, limits),
    )
