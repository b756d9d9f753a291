"""The worker's room is furnished: with ``trust`` the only place that opens key stores."""

from __future__ import annotations

import secrets

from signing_service.attest.code_keys import read_published
from signing_service.attest.code_signer import CodeSigner
from signing_service.domain.keys import KeyRef
from signing_service.keystores import open_key_stores
from signing_service.pipeline.fonts import Fonts
from signing_service.settings import Settings
from signing_service.trust.anchors import read_anchors
from signing_service.trust.newcomers import open_ca
from signing_service.trust.opening import open_revocation, open_tsa
from signing_service.workflows.desk import Desk
from signing_service.workflows.workshop import Workshop


def open_workshop(settings: Settings, desk: Desk) -> Workshop:
    """Everything a worker needs beside the desk, opened. The PKI and the fonts have to be there."""
    keys = open_key_stores(settings)
    anchors = read_anchors(settings)
    return Workshop(
        desk=desk,
        templates=settings.templates,
        fonts=Fonts.load(settings.fonts),
        keys=keys,
        tsa=open_tsa(settings, keys, desk.clock),
        revocation=open_revocation(settings, desk.clock, anchors),
        anchors=anchors.roots,
        intermediates=anchors.intermediates,
        codes=CodeSigner.of(keys, KeyRef.parse(settings.code_key), lambda: read_published(settings.licence_keys)),
        certs=open_ca(settings, desk.clock),
        public_origin=settings.public_origin,
        entropy=secrets.token_bytes,
        choice=secrets.choice,
    )
