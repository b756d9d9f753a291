"""Documents of ours, of every kind and level, that attackers start from; and what may rightly be added to them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from signing_service.domain.documents import PadesLevel, SealedPdf, SignablePdf
from signing_service.pipeline.extend import TrustServices, chains_of, extend, gathered, renew, signed_in
from signing_service.pipeline.lay_out import add_signature_fields
from signing_service.pipeline.long_term import add_document_time_stamp, add_validation_data
from signing_service.pipeline.render import render
from signing_service.pipeline.seal import seal
from signing_service.pipeline.stamp import stamp_qr
from tests.factories_revocation import TestRevocation
from tests.security.corpus import Case
from tests.unit.pipeline.sealing import (
    ADDRESS,
    AUTHORITY,
    B_B,
    B_T,
    CHECK_CODE,
    EMPLOYER,
    HOLDER,
    KEYS,
    LICENCE,
    MADE_AT,
    NOTICE,
    PLATFORM,
    RENEWAL,
    Keyring,
    appearance,
    fonts,
    signable,
    template,
)


def _with_record() -> SignablePdf:
    """The licence with its data in it, as they are issued."""
    drawn = render(template(LICENCE), template(LICENCE).sample(), fonts(), MADE_AT, b'{"holder":"\xe7\x8e\x8b"}')
    return add_signature_fields(stamp_qr(drawn, ADDRESS, CHECK_CODE, fonts(), MADE_AT))


class OwnDocuments:
    """A form with three signatures whose last field is open, a notice B-T, a licence B-LTA."""

    def __init__(self, keyring: Keyring) -> None:
        self.keyring = keyring
        self._services = TrustServices(keyring.tsa, TestRevocation(keyring.pki), keyring.pki.intermediates())
        self._form = keyring.sealed(signable(RENEWAL), HOLDER, EMPLOYER, AUTHORITY, level=B_B)
        self._notice = keyring.sealed(signable(NOTICE), AUTHORITY, level=B_T)
        self._licence = self._archival(keyring.sealed(_with_record(), AUTHORITY, level=B_T))
        self.originals = {
            "form": self._form.data,
            "notice": self._notice.data,
            "licence": self._licence.data,
        }

    def _archival(self, pdf: SealedPdf | SignablePdf) -> SealedPdf:
        return seal(
            pdf, PLATFORM, self.keyring.keys, KEYS[PLATFORM], self.keyring.now,
            level=PadesLevel.B_LTA, tsa=self.keyring.tsa, services=self._services, appearance=appearance(PLATFORM),
        )  # fmt: skip

    def harmless(self) -> Iterator[Case]:
        """Updates that come after a signature and must not alarm anybody."""
        now = self.keyring.now
        for kind, data in self.originals.items():
            yield Case(f"{kind}: as it was sealed", "harmless", data, harmless=True)
            for tail in (b"\n", b"\r\n"):
                if not data.endswith(b"\n"):
                    yield Case(f"{kind}: with a line end {tail!r}", "harmless", data + tail, harmless=True)
            yield Case(f"{kind}: evidence added", "harmless", self._with_evidence(data), harmless=True)
            stamped, _ = add_document_time_stamp(data, self.keyring.tsa)
            yield Case(f"{kind}: a document time stamp added", "harmless", stamped, harmless=True)
        final = self.keyring.sealed(self._form, PLATFORM, level=B_T)
        yield Case("form: the further seal in its laid field", "harmless", final.data, harmless=True)
        yield Case("form: closed at B-LTA", "harmless", self._archival(self._form).data, harmless=True)
        archival = extend(self._notice, PadesLevel.B_LTA, self._services, now)
        yield Case("notice: extended to B-LTA", "harmless", archival.data, harmless=True)
        renewed, _ = renew(self._licence.data, self._services, now + timedelta(seconds=1))
        yield Case("licence: archive renewed", "harmless", renewed, harmless=True)
        again, _ = renew(renewed, self._services, now + timedelta(seconds=2))
        yield Case("licence: archive renewed again", "harmless", again, harmless=True)

    def _with_evidence(self, data: bytes) -> bytes:
        pool = tuple(self._services.intermediates)
        chains = {chain for signed in signed_in(data) for chain in chains_of(signed, pool)}
        return add_validation_data(data, gathered(sorted(chains), self._services.revocation, self.keyring.now))
