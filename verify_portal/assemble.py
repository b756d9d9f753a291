"""The portal on a real register: read-only database, public certs, every uploaded file in a process of its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from fastapi import FastAPI

from signing_service.domain.verdicts import Report
from signing_service.pipeline.isolation import validate_isolated
from signing_service.pipeline.validate import Limits
from signing_service.settings import Settings
from signing_service.storage.database import Database
from signing_service.storage.public_register import PublicRegister
from signing_service.trust.anchors import read_anchors
from signing_service.trust.crl_files import open_crl_files
from verify_portal.app import PortalConfig, make_app

MIB = 1024 * 1024
FORESEEN = timedelta(days=3653)
"""Ten years: what the expert view foresees of a file."""


def make_verifier(settings: Settings, register: PublicRegister) -> Callable[[bytes], Report]:
    """Validates a stranger's file against our anchors, our CRLs as they are at that moment, and our register."""
    anchors = read_anchors(settings)
    crls = open_crl_files(settings)
    limits = Limits(max_bytes=settings.max_upload_mb * MIB, seconds=settings.validation_seconds)

    def verify(data: bytes) -> Report:
        now = datetime.now(UTC)
        return validate_isolated(
            data,
            anchors.roots,
            intermediates=anchors.intermediates,
            crls=crls(),
            now=now,
            then=now + FORESEEN,
            register=register.is_registered,
            own_certs=register.own_certs(),
            limits=limits,
        )

    return verify


def make_portal(settings: Settings, database: Database) -> FastAPI:
    """The app that ``signing-service portal`` serves, and that ``run`` and ``serve`` embed."""
    register = PublicRegister(database)
    config = PortalConfig(
        public_origin=settings.public_origin,
        max_upload_mb=settings.max_upload_mb,
        licence_keys=settings.licence_keys,
        signals=settings.signals,
        own_certs=register.own_certs,
    )
    return make_app(register, make_verifier(settings, register), config)
