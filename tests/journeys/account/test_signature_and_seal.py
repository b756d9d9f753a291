"""个人电子签名 and 企业电子印章: applied for, issued, used at once, replaced and given up; and who gets none."""

from __future__ import annotations

import json

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from signing_service.demo.signatures import sample_signature
from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Actor, Stage
from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyRef
from signing_service.domain.seals import Seal, SealKind, SealState
from signing_service.keystores import open_key_stores
from signing_service.storage import parties
from signing_service.trust.opening import open_services
from signing_service.workflows.first_pin import choose_first_pin
from signing_service.workflows.licensing import last_day
from signing_service.workflows.pins import check_pin
from tests.journeys.constructor.driver import EMPLOYER, HOLDER, TODAY, Town, enterprise, holder, officer

REPRESENTATIVE = SignatoryRole.LEGAL_REPRESENTATIVE
USCCS = iter(("91361100999000152K", "91360100MA99001679", "913604009990001361"))


def signature(name: str) -> dict[str, object]:
    return {"mobile": "13970000028", "strokes": json.dumps(sample_signature(name)), "consent": True}


def key_of(town: Town, party: str) -> KeyRef | None:
    with town.service.desk.database.reading() as connection:
        return parties.load(connection, party).key


def seals_of(town: Town, party: str) -> list[Seal]:
    with town.service.desk.database.reading() as connection:
        return parties.seals(connection, party)


def cert_of(town: Town, key: KeyRef) -> x509.Certificate:
    return x509.load_der_x509_certificate(open_key_stores(town.service.settings).signing_cert(key).cert)


def is_revoked(town: Town, ca: str, key: KeyRef) -> bool:
    register = open_services(town.service.settings, town.clock).register
    return register.revocation(ca, cert_of(town, key).serial_number) is not None


def applied(town: Town, person: str, name: str) -> str:
    number = town.begin("person.esign", HOLDER, person, signature(name))
    town.take(number, "apply", holder(person))
    return number


# ---- a person's signature


def test_a_person_gets_a_key_chooses_a_pin_and_signs_for_the_first_time(town: Town) -> None:
    person = town.person("赵签名", key=False)
    number = applied(town, person, "赵签名")
    assert town.stage(number) is Stage.PREPARED
    key = key_of(town, person)
    assert key is not None
    cert = cert_of(town, key)
    assert person not in cert.subject.rfc4514_string()
    (serial,) = cert.subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER)
    assert serial.value == open_services(town.service.settings, town.clock).pki.code_of_id_number(person)
    (seal,) = seals_of(town, person)
    assert (seal.artwork.kind, seal.valid_until) == (SealKind.SIGNATURE, last_day(TODAY, 1))

    database = town.service.desk.database
    with pytest.raises(Problem, match="PIN_WEAK"):
        choose_first_pin(database, person, "123456", town.clock())
    assert choose_first_pin(database, person, "530917", town.clock()) == key
    check_pin(database, key, "530917", town.clock())
    with pytest.raises(Problem, match="PIN_SET"):
        choose_first_pin(database, person, "640281", town.clock())

    town.take(number, "submit", holder(person))
    assert town.stage(number) is Stage.CLOSED
    assert [one.role for one in town.validated(number, "esign_form").signatures] == ["holder", "platform"]


@pytest.mark.parametrize(
    ("strokes", "code"),
    [
        ("[[[0.1,0.5],[0.9,0.5]],[[0.2,0.2],[0.3,0.4]]]", "SIGNATURE_INVALID_DRAWING"),
        ("[[[0.5,0.5]],[[0.5,0.5]],[[0.5,0.51]]]", "SIGNATURE_INVALID_DRAWING"),
        ("[[[0.1,0.5]],[[2,0.5]],[[0.9,0.51]]]", "SIGNATURE_INVALID_DRAWING"),
        ("no drawing", "SIGNATURE_INVALID_DRAWING"),
        ("", "FIELDS_INVALID"),
    ],
)
def test_what_is_no_signature_is_refused_before_a_key_is_made(town: Town, strokes: str, code: str) -> None:
    person = town.person("钱涂鸦", key=False)
    number = town.begin("person.esign", HOLDER, person, {**signature("钱涂鸦"), "strokes": strokes})
    assert town.refused(number, "apply", holder(person)).code == code
    assert key_of(town, person) is None


def test_without_consent_there_is_no_key(town: Town) -> None:
    person = town.person("孙未允", key=False)
    number = town.begin("person.esign", HOLDER, person, {**signature("孙未允"), "consent": False})
    assert [error.code for error in town.refused(number, "apply", holder(person)).errors] == ["STATEMENT_REQUIRED"]


def test_a_new_signature_puts_the_former_away(town: Town) -> None:
    person = town.person("李换签", key=False)
    first = applied(town, person, "李换签")
    town.take(first, "submit", holder(person))
    former = key_of(town, person)
    second = applied(town, person, "李换签")
    town.take(second, "submit", holder(person))
    key = key_of(town, person)
    assert former is not None
    assert key is not None
    assert key != former
    assert is_revoked(town, "person", former)
    assert not is_revoked(town, "person", key)
    assert sorted(seal.state for seal in seals_of(town, person)) == [SealState.ACTIVE, SealState.WITHDRAWN]
    town.validated(first, "esign_form")


def test_who_gives_it_up_signs_no_more_and_what_was_signed_stays_valid(town: Town) -> None:
    person = town.person("周注销", key=False)
    number = applied(town, person, "周注销")
    town.take(number, "submit", holder(person))
    key = key_of(town, person)
    assert key is not None
    end = town.begin("person.esign_end", HOLDER, person, {"reason": "lost"})
    town.take(end, "revoke", holder(person))
    assert town.stage(end) is Stage.CLOSED
    assert key_of(town, person) is None
    assert is_revoked(town, "person", key)
    town.validated(number, "esign_form")
    again = town.begin("person.esign_end", HOLDER, person, {"reason": "lost"})
    assert town.refused(again, "revoke", holder(person)).code == "KEY_MISSING"


def test_who_does_not_sign_after_all_has_no_key(town: Town) -> None:
    person = town.person("吴放弃", key=False)
    number = applied(town, person, "吴放弃")
    key = key_of(town, person)
    town.take(number, "withdraw", holder(person))
    assert town.stage(number) is Stage.WITHDRAWN
    assert key_of(town, person) is None
    assert key is not None
    assert is_revoked(town, "person", key)


# ---- an enterprise's seal


def seal_form(town: Town, representative: str, **changes: object) -> dict[str, object]:
    return {
        "representative_id_no": representative, "contact_name": "钱晓镕", "mobile": "13970000136",
        "seal_kind": "official", "seal_text": "赣水示例建设有限公司", "seal_code": "3601009000152", "reason": "first",
        "keeper_name": "周明明", "business_licence": town.file("营业执照"), **changes,
    }  # fmt: skip


def new_enterprise(town: Town, **facts: object) -> tuple[str, str]:
    """The enterprise and its legal representative, who has a signature."""
    representative = town.person("郑法定")
    uscc = town.enterprise("赣水示例建设有限公司", next(USCCS), key=False, legal_representative=representative, **facts)
    return uscc, representative


def test_the_legal_representative_signs_the_authority_agrees_and_key_and_seal_are_there(town: Town) -> None:
    uscc, representative = new_enterprise(town)
    stranger = town.person("王旁人")
    for changes, code in (
        ({"representative_id_no": stranger}, "NOT_LEGAL_REPRESENTATIVE"),
        ({"seal_text": "赣水示例建设公司"}, "SEAL_TEXT"),
        ({"seal_kind": "rubber"}, "FIELDS_INVALID"),
    ):
        wrong = town.begin("ent.seal", EMPLOYER, uscc, seal_form(town, representative, **changes))
        assert town.refused(wrong, "prepare", enterprise(uscc)).code == code
        town.take(wrong, "withdraw", enterprise(uscc))

    number = town.begin("ent.seal", EMPLOYER, uscc, seal_form(town, representative))
    town.take(number, "prepare", enterprise(uscc))
    assert town.waits_for(number) == {"legal_representative"}
    town.take(number, "confirm", Actor(REPRESENTATIVE, representative, "holder"))
    town.take(number, "accept", officer("tang"))
    town.take(number, "grant", officer("song"))
    assert town.stage(number) is Stage.CLOSED
    key = key_of(town, uscc)
    assert key is not None
    (organisation,) = cert_of(town, key).subject.get_attributes_for_oid(NameOID.ORGANIZATION_IDENTIFIER)
    assert organisation.value == f"NTRCN-{uscc}"
    (seal,) = seals_of(town, uscc)
    assert (seal.artwork.kind, seal.artwork.code) == (SealKind.ENTERPRISE, "3601009000152")
    assert [one.role for one in town.validated(number, "seal_form").signatures] == [
        "legal_representative", "authority", "platform",
    ]  # fmt: skip

    # under another name it applies again, and the former seal and key are put away
    renamed = town.begin("ent.seal", EMPLOYER, uscc, seal_form(town, representative, reason="renamed"))
    town.take(renamed, "prepare", enterprise(uscc))
    town.take(renamed, "confirm", Actor(REPRESENTATIVE, representative, "holder"))
    town.take(renamed, "accept", officer("tang"))
    town.take(renamed, "grant", officer("song"))
    assert key_of(town, uscc) != key
    assert is_revoked(town, "enterprise", key)


def test_a_legal_representative_who_declines_and_an_authority_that_refuses_leave_no_key(town: Town) -> None:
    uscc, representative = new_enterprise(town)
    number = town.begin("ent.seal", EMPLOYER, uscc, seal_form(town, representative))
    town.take(number, "prepare", enterprise(uscc))
    town.take(number, "decline", Actor(REPRESENTATIVE, representative, "holder"), "印章保管人有误")
    assert town.stage(number) is Stage.DRAFT
    town.take(number, "prepare", enterprise(uscc))
    town.take(number, "confirm", Actor(REPRESENTATIVE, representative, "holder"))
    town.take(number, "accept", officer("tang"))
    town.take(number, "refuse", officer("song"), "营业执照已过经营期限")
    assert town.stage(number) is Stage.REFUSED
    assert key_of(town, uscc) is None
    assert seals_of(town, uscc) == []
