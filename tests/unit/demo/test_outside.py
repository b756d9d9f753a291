"""The sample for trying one's own key: it waits, it can be sealed with the .p12, and then there is another."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.serialization import pkcs12

from signing_service.demo import outside
from signing_service.workflows.held_outside import Standing
from tests.factories import service_in
from tests.factories_outside import ORIGIN, OwnKey, digest_of, room_of


def test_the_sample_waits_for_the_key_in_its_file_and_gives_way_to_another_when_it_is_sealed(tmp_path: Path) -> None:
    with service_in(tmp_path / "var") as service:
        number, role = outside.open_sample(service)
        outside.wait_until_it_waits(service, number)
        assert outside.open_sample(service) == (number, role), "one that waits is not opened twice"
        room = room_of(service)
        invitation = room.admit(room.invite(number, role))
        errand = room.look(invitation)
        assert errand.standing is Standing.OPEN
        assert errand.row is not None
        assert errand.revision is not None
        opened = pkcs12.load_pkcs12(outside.sample_p12(service.settings.pki, "secret"), b"secret")
        assert opened.cert is not None
        own = OwnKey(opened.key, (opened.cert.certificate, *(one.certificate for one in opened.additional_certs)))  # type: ignore[arg-type]
        prepared = room.prepare(invitation, errand.row.document_id, errand.revision.sha256, own.ders, ORIGIN)
        room.complete(
            invitation, prepared.ticket.ticket_id, own.sign(prepared.to_be_signed), digest_of(prepared), ORIGIN
        )
        service.settle(number)
        assert room.look(invitation).standing is Standing.SIGNED
        another, _ = outside.open_sample(service)
        assert another != number
