"""查验报告的签章: a statement of the portal is drawn and sealed with the portal's key, under its policy and in the ledger.

The key seals documents of this one template and no other: without a policy of its own it may nothing else. A report
belongs to no dossier and is not kept; the ledger keeps its number, its hash and the hash of the file it speaks of.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.x509.oid import NameOID
from sqlalchemy import Connection

from signing_service.domain.codes import CheckCode
from signing_service.domain.dates import SHANGHAI, day_in_shanghai, in_chinese
from signing_service.domain.documents import DocumentKind, PadesLevel, SignatoryRole, TemplateId, sha256_of
from signing_service.domain.errors import Problem
from signing_service.domain.key_policy import KeyPolicy, KeyUse, refusal
from signing_service.domain.keys import KeyRef, SigningCert
from signing_service.domain.seals import Seal, choose_seal
from signing_service.domain.validation_statement import ValidationStatement
from signing_service.pipeline.appearance import draw
from signing_service.pipeline.extend import extend
from signing_service.pipeline.lay_out import add_signature_fields
from signing_service.pipeline.render import render
from signing_service.pipeline.seal import PreparedSeal, begin_seal, finish_seal
from signing_service.pipeline.stamp import stamp_qr
from signing_service.pipeline.templates import Template, load
from signing_service.storage import key_policies, parties, seal_ledger
from signing_service.storage.public_register import PublicRegister
from signing_service.storage.seal_ledger import Entry, Outcome
from signing_service.workflows import use_of_keys
from signing_service.workflows.workshop import Workshop

REPORT = TemplateId(DocumentKind.NOTICE, "validation_report", "2026-01")
REPORTS_ONLY = KeyPolicy(documents=frozenset({"notices/validation_report"}), roles=frozenset({SignatoryRole.PLATFORM}))
"""What the portal's key may do when it has no policy of its own."""
ACTOR = "portal"
STEP = "report"
NO_GLYPH = "□"


@dataclass(frozen=True, slots=True)
class ReportRoom:
    """``domain.validation_statement.ReportSealer`` over a workshop."""

    shop: Workshop
    key: KeyRef

    def seal_report(self, statement: ValidationStatement) -> bytes:
        """The report at PAdES B-LT.

        Raises Problem: what ``domain.key_policy.refusal`` and ``use_of_keys.refuse_unfit`` say, RELEASE_REQUIRED for a
        key whose policy asks for two officers, TSA_UNAVAILABLE, REVOCATION_UNAVAILABLE and what the key store raises.
        """
        shop, now = self.shop, self.shop.clock().replace(microsecond=0)
        signer = shop.keys.signing_cert(self.key)
        use_of_keys.refuse_unfit(shop, signer, now)
        report_id = str(uuid.UUID(bytes=shop.entropy(16), version=4))
        number = f"CY{day_in_shanghai(now):%Y%m%d}-{report_id[:8].upper()}"
        prepared, entry = self._prepare(statement, signer, report_id, number, now)
        with shop.database.transaction() as connection:
            problem = self._admit(connection, entry, now)
        if problem is not None:
            raise problem
        sealed = finish_seal(prepared, shop.keys.sign(self.key, prepared.to_be_signed), shop.tsa)
        finished = extend(sealed, PadesLevel.B_LT, shop.trust_services, now)
        done = replace(entry, at=shop.clock(), outcome=Outcome.DONE, result_sha256=sha256_of(finished.data))
        with shop.database.transaction() as connection:
            seal_ledger.append(connection, done)
        return finished.data

    def _prepare(
        self, statement: ValidationStatement, signer: SigningCert, report_id: str, number: str, now: datetime
    ) -> tuple[PreparedSeal, Entry]:
        shop = self.shop
        template = load(shop.templates, REPORT)
        facts = self._facts(statement, signer, number)
        address, check_code = self._address(statement)
        drawn = render(template, facts, shop.fonts, now)
        pdf = add_signature_fields(stamp_qr(drawn, address, check_code, shop.fonts, now))
        seal = self._seal(signer, now)
        prepared = begin_seal(
            pdf,
            SignatoryRole.PLATFORM,
            signer,
            now,
            level=PadesLevel.B_LT,
            appearance=draw(seal.artwork, shop.fonts.folder) if seal else None,
        )
        base, page = sha256_of(pdf.data), drawn.page_count - 1
        return prepared, self._entry(statement, template, prepared, seal, report_id, number, base, page, now)

    def _facts(self, statement: ValidationStatement, signer: SigningCert, number: str) -> dict[str, Any]:
        moment = statement.moment
        facts = statement.to_json() | {
            "report_no": number,
            "checked_at": f"{in_chinese(day_in_shanghai(moment))} {moment.astimezone(SHANGHAI):%H:%M}",
            "file_sha256": in_eights(statement.file_sha256),
            "portal": self.shop.public_origin.partition("://")[2],
            "issuer": _organisation(signer),
        }
        return {name: self._drawable(value) for name, value in facts.items()}

    def _drawable(self, value: Any) -> Any:
        """A stranger's cert may carry any name: what our fonts do not have is drawn as a box, and the report is made."""
        if isinstance(value, str):
            # a line break in a name would be no glyph either
            text = " ".join(value.split())
            missing = set(self.shop.fonts.missing(text))
            return "".join(NO_GLYPH if character in missing else character for character in text)
        if isinstance(value, dict):
            return {name: self._drawable(part) for name, part in value.items()}
        return [self._drawable(part) for part in value]

    def _address(self, statement: ValidationStatement) -> tuple[str, str]:
        """The document's public page, where there is one; else the portal's first page."""
        codes = PublicRegister(self.shop.database).codes_of(statement.file_sha256)
        if codes is None:
            return f"{self.shop.public_origin}/", ""
        return f"{self.shop.public_origin}/v/{codes[0]}", CheckCode(codes[1]).grouped

    def _seal(self, signer: SigningCert, now: datetime) -> Seal | None:
        """The seal on the register that names this key; without one the report is signed and shows no seal."""
        with self.shop.database.reading() as connection:
            owned = parties.seals(connection, _number(signer))
        ours = [seal for seal in owned if str(self.key) in (seal.permitted or {str(seal.key)})]
        return choose_seal(ours, day_in_shanghai(now), self.key, sha256_of(signer.cert))

    def _admit(self, connection: Connection, entry: Entry, now: datetime) -> Problem | None:
        """Policy and ledger in one transaction, as for every other key; a refusal leaves a line, too."""
        seal_ledger.hold(connection)
        policy = key_policies.find(connection, self.key) or REPORTS_ONLY
        use = KeyUse(self.key, DocumentKind.NOTICE, str(REPORT), SignatoryRole.PLATFORM)
        counted = use_of_keys.counts_of(connection, policy, self.key, entry.use_id, now)
        problem = refusal(policy, use, now, counted)
        if problem is None and policy.needs_release(use):
            problem = _release_impossible(self.key)
        if problem is not None:
            entry = replace(entry, outcome=Outcome.REFUSED, problem=problem.code)
        seal_ledger.append(connection, entry)
        return problem

    def _entry(
        self,
        statement: ValidationStatement,
        template: Template,
        prepared: PreparedSeal,
        seal: Seal | None,
        report_id: str,
        number: str,
        base_sha256: str,
        page: int,
        now: datetime,
    ) -> Entry:
        return Entry(
            at=now,
            outcome=Outcome.INTENDED,
            use_id=seal_ledger.use_id_of(report_id, SignatoryRole.PLATFORM),
            key_ref=str(self.key),
            cert_sha256=sha256_of(prepared.signer.cert),
            party=_number(prepared.signer),
            actor=ACTOR,
            dossier="",
            step=STEP,
            reason=f"sha256:{statement.file_sha256} {statement.reason[:60]}",
            document_id=report_id,
            template=str(template.template_id),
            number=number,
            title=template.title,
            field=SignatoryRole.PLATFORM.value,
            seal_id=seal.seal_id if seal else None,
            seal_version=seal.version if seal else None,
            digest=prepared.digest.hex(),
            base_sha256=base_sha256,
            page=page,
        )


def _release_impossible(key: KeyRef) -> Problem:
    return Problem(
        "RELEASE_REQUIRED",
        f"密钥“{key}”的用印规则要求两人放行，查验报告无人可放行；请管理员修改该密钥的用印规则。",
        f"The policy of key {str(key)!r} asks for a release, and nobody releases reports: have the policy changed.",
        status=503,
    )


def in_eights(digits: str) -> str:
    return " ".join(digits[at : at + 8] for at in range(0, len(digits), 8))


def _organisation(signer: SigningCert) -> str:
    subject = x509.load_der_x509_certificate(signer.cert).subject
    for oid in (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME):
        for attribute in subject.get_attributes_for_oid(oid):
            return str(attribute.value)
    return ""


def _number(signer: SigningCert) -> str:
    """The USCC of the cert's holder, ``NTRCN-…`` (EN 319 412-1, 5.1.4); "" for a cert that names none."""
    subject = x509.load_der_x509_certificate(signer.cert).subject
    found = subject.get_attributes_for_oid(NameOID.ORGANIZATION_IDENTIFIER)
    return str(found[0].value).removeprefix("NTRCN-")[:18] if found else ""
