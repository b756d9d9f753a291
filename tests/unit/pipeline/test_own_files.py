"""A file of ours is validated quickly: what the quick way passes, the full way passes, with the same report."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pikepdf
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from signing_service.domain.documents import SealedPdf, SignatoryRole, TemplateId
from signing_service.domain.verdicts import Report, Verdict
from signing_service.pipeline import cms
from signing_service.pipeline.body import unwritten
from signing_service.pipeline.extend import renew
from signing_service.pipeline.first_signature import write_signed
from signing_service.pipeline.increment import Update, append_signature, appended, next_trailer, with_hole
from signing_service.pipeline.validate import Limits, foresee, validate
from signing_service.pipeline.validate.own_file import judge_own, read_own
from signing_service.pipeline.validate.own_objects import NotOursError, Text, parse
from signing_service.pipeline.validate.signers import Basis
from signing_service.pipeline.validate.verdict import validated_in_full
from signing_service.pipeline.written import Written
from tests.factories_revocation import TestRevocation
from tests.security import attacks, signed_files
from tests.unit.pipeline.sealing import (
    AUTHORITY,
    B_B,
    B_T,
    EVERY_TEMPLATE,
    KEYS,
    LICENCE,
    NOTICE,
    PLATFORM,
    Keyring,
    appearance,
    opened,
    signable,
)
from tests.unit.pipeline.test_long_term import LEVELS, at_level, services

DAY = timedelta(days=1)
YEAR = timedelta(days=365.25)


@dataclass(frozen=True)
class Judge:
    """Both ways over one file."""

    anchors: Sequence[bytes]
    intermediates: Sequence[bytes]

    def quickly(self, data: bytes, at: datetime, crls: Sequence[bytes] = ()) -> Report | None:
        """What ``validate`` says before it takes the full way; None when it does."""
        limits = Limits()
        own = read_own(data, limits)
        basis = Basis.of(self.anchors, self.intermediates, crls, at, limits)
        verdicts = judge_own(own, basis.believed, limits) if own else None
        if verdicts is None:
            return None
        report = validate(data, self.anchors, intermediates=self.intermediates, crls=crls, now=at)
        assert report.signatures == verdicts
        return report

    def in_full(self, data: bytes, at: datetime, crls: Sequence[bytes] = ()) -> Report:
        limits = Limits()
        return validated_in_full(data, Basis.of(self.anchors, self.intermediates, crls, at, limits), limits)

    def agree(self, data: bytes, at: datetime, crls: Sequence[bytes] = ()) -> bool:
        """Whether the quick way answered; if so, with the full way's words."""
        quick = self.quickly(data, at, crls)
        if quick is not None:
            assert quick == self.in_full(data, at, crls), (len(crls), at)
            assert quick.verdict is Verdict.TOTAL_PASSED
        return quick is not None


@pytest.fixture(scope="module")
def judge(keyring: Keyring) -> Judge:
    return Judge(keyring.pki.anchors(), keyring.pki.intermediates())


@pytest.fixture(scope="module")
def revocation(keyring: Keyring) -> TestRevocation:
    return TestRevocation(keyring.pki)


@pytest.fixture(scope="module")
def files(keyring: Keyring, revocation: TestRevocation) -> dict[str, bytes]:
    made = {level.value: at_level(level, keyring, revocation).data for level in LEVELS}
    made["renewed"] = renew(made["B-LTA"], services(keyring, revocation), keyring.now)[0]
    made["one"] = keyring.sealed(signable(NOTICE), AUTHORITY, level=B_B).data
    made["first of two"] = keyring.sealed(signable(LICENCE), AUTHORITY, level=B_T).data
    return made


def crl(keyring: Keyring, ca: str, now: datetime, *revoked: tuple[x509.Certificate, datetime]) -> bytes:
    """A list of a CA of the keyring, current for a day."""
    key = keyring.pki.issuer(ca).key
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(keyring.pki.cas[ca].subject)
        .last_update(now)
        .next_update(now + DAY)
        .add_extension(x509.CRLNumber(1), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
    )
    for cert, since in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(cert.serial_number).revocation_date(since).build()
        builder = builder.add_revoked_certificate(entry)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


# ---- what it answers


@pytest.mark.parametrize("which", EVERY_TEMPLATE, ids=str)
def test_every_template_is_answered_quickly_when_all_have_sealed(
    which: TemplateId, keyring: Keyring, judge: Judge
) -> None:
    for level in (B_B, B_T):
        assert judge.agree(keyring.sealed(signable(which), *signable(which).fields, level=level).data, keyring.now)


@pytest.mark.parametrize("name", [*LEVELS, "renewed", "one", "first of two"])
def test_every_level_is_answered_quickly_today(
    name: str, files: dict[str, bytes], keyring: Keyring, judge: Judge
) -> None:
    assert judge.agree(files[name], keyring.now)


@pytest.mark.parametrize("name", [*LEVELS, "renewed", "one"])
@pytest.mark.parametrize("years", [-1, 0.001, 0.01, 1, 2.9, 3.1, 7.9, 8.1, 9.9, 10.1, 19, 21])
def test_at_any_time_the_quick_way_says_what_the_full_way_says_or_nothing(
    name: str, years: float, files: dict[str, bytes], keyring: Keyring, judge: Judge
) -> None:
    answered = judge.agree(files[name], keyring.now + years * YEAR)
    if name == "B-LTA" and 0 < years < 8:
        assert answered, "its evidence is in it and its last time stamp in term"
    if years < 0 or years > 10:
        assert not answered


def test_the_outlook_of_ten_years_is_the_same_either_way(
    files: dict[str, bytes], keyring: Keyring, judge: Judge
) -> None:
    then = keyring.now + 10 * YEAR
    for name in (*LEVELS, "renewed"):
        outlook = foresee(files[name], judge.anchors, intermediates=judge.intermediates, then=then, now=keyring.now)
        spoilt = foresee(
            files[name] + b"\n", judge.anchors, intermediates=judge.intermediates, then=then, now=keyring.now
        )
        same = [one.indication for one in spoilt.then.signatures] == [one.indication for one in outlook.then.signatures]
        assert same, name


def test_with_lists_of_the_caller_both_ways_say_the_same(
    files: dict[str, bytes], keyring: Keyring, judge: Judge
) -> None:
    now = keyring.now
    platform, tsa = keyring.pki.certs["platform"], keyring.pki.certs["tsa"]
    for at in (now, now + 2 * DAY, now + 400 * DAY):
        cases = {
            "fresh": [crl(keyring, "authority", at), crl(keyring, "root", at)],
            "of another CA": [crl(keyring, "enterprise", at)],
            "stale": [crl(keyring, "authority", at - 9 * DAY)],
            "platform revoked": [crl(keyring, "authority", at, (platform, now - DAY))],
            "platform revoked since": [crl(keyring, "authority", at, (platform, now + DAY))],
            "authority of time revoked": [crl(keyring, "authority", at, (tsa, now + DAY))],
            "CA revoked": [crl(keyring, "root", at, (keyring.pki.cas["authority"], now - DAY))],
            "fresh and stale": [crl(keyring, "authority", at), crl(keyring, "authority", at - 9 * DAY)],
        }
        for case, lists in cases.items():
            for name in (B_B, B_T, "B-LTA"):
                answered = judge.agree(files[name], at, lists)
                if case == "fresh" and at == now:
                    assert answered, name
                if "revoked" in case and case != "platform revoked since":
                    assert not answered or (case == "authority of time revoked" and name == B_B), (case, name)


def test_a_list_spelt_in_other_letters_speaks_of_the_same_ca(keyring: Keyring, judge: Judge) -> None:
    """A revocation is not overlooked because the CA's name is written as another type of string."""
    sealed = keyring.sealed(signable(NOTICE), AUTHORITY, level=B_B).data
    revoked = crl(keyring, "authority", keyring.now, (keyring.pki.certs["authority"], keyring.now - DAY))
    assert judge.quickly(sealed, keyring.now, [revoked]) is None
    assert judge.in_full(sealed, keyring.now, [revoked]).verdict is not Verdict.TOTAL_PASSED


def test_whom_nobody_knows_the_quick_way_does_not_know_either(
    files: dict[str, bytes], keyring: Keyring, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = Keyring.in_folder(tmp_path_factory.mktemp("other"))
    stranger = Judge(other.pki.anchors(), other.pki.intermediates())
    for data in files.values():
        assert stranger.quickly(data, keyring.now) is None
        assert Judge((), ()).quickly(data, keyring.now) is None
    without_intermediates = Judge(keyring.pki.anchors(), ())
    assert without_intermediates.agree(files["B-LTA"], keyring.now), "the signatures bring their chains"


# ---- what it leaves to the full way


def forgeries(data: bytes) -> Iterator[bytes]:
    number, form = attacks.form(data)
    root = attacks.catalog_number(data)
    yield attacks.replace_page(data)
    yield attacks.replace_page(data, with_xref=False, startxref=attacks.last_startxref(data))
    yield attacks.replace_page(data, startxref=attacks.last_startxref(data))
    yield attacks.append_revision(data, {900: b"<< >>"})
    yield attacks.append_revision(data, {number: form[:-2] + b" /NeedAppearances true >>"})
    yield attacks.append_revision(data, {root: attacks.object_of(data, root)})
    for name, field in attacks.field_numbers(data).items():
        yield attacks.append_revision(data, {field: attacks.object_of(data, field).replace(name.encode(), b"holder")})
    yield attacks.rewritten(data)
    for position in range(len(attacks.byte_ranges(data))):
        yield attacks.set_contents(
            data, attacks.contents_digits(data, position=position)[:-2] + b"01", position=position
        )
        yield attacks.set_contents(data, b"30", position=position)
        yield attacks.set_byte_range(data, b"/ByteRange [0 10 20 30]", position=position)
    yield from (data + junk for junk in (b"\n", b" ", b"x", b"%%EOF\n", data))
    yield from (data[: len(data) * part // 20] for part in range(20))


def test_no_forgery_is_answered_quickly(files: dict[str, bytes], keyring: Keyring, judge: Judge) -> None:
    for name, data in files.items():
        for position, forged in enumerate(forgeries(data)):
            assert judge.quickly(forged, keyring.now) is None, (name, position)


def test_no_byte_is_changed_unnoticed(files: dict[str, bytes], keyring: Keyring, judge: Judge) -> None:
    """Save a hex digit of a CMS written as a capital, which says the same, and a CA's cert that lies in a CMS and is
    not needed, for we have our own: no signature covers it (RFC 5652, 5.1). Both ways pass these.
    """
    chance = random.Random(20261128)
    for name in (B_B, B_T, "B-LT", "B-LTA"):
        data = files[name]
        places = [chance.randrange(len(data)) for _ in range(400)]
        structure = [
            place for mark in (b"xref\n", b"trailer", b"/ByteRange", b" obj\n") for place in _around(data, mark)
        ]
        for place in (*places, *chance.sample(structure, 250)):
            touched = bytearray(data)
            touched[place] ^= 1 << chance.randrange(8)
            if judge.quickly(bytes(touched), keyring.now) is not None:
                is_covered = name != "B-LT" or place < len(files[B_T])
                is_capital = chr(data[place]) in "abcdefABCDEF"
                assert not is_covered or is_capital or _is_in_a_cert(judge, data, place), (name, place)
                assert judge.agree(bytes(touched), keyring.now)


def _is_in_a_cert(judge: Judge, data: bytes, place: int) -> bool:
    """Whether the place is in the copy of a cert of ours that lies in a CMS."""
    written = [cert.hex().encode() for cert in judge.intermediates]
    # what is found in a window that ends less than its length past the place holds the place
    return any(one in data[max(place - len(one) + 1, 0) : place + len(one)] for one in written)


def _around(data: bytes, mark: bytes) -> Iterator[int]:
    place = data.find(mark)
    while place >= 0:
        yield from range(place, min(place + 40, len(data)))
        place = data.find(mark, place + 1)


def test_a_byte_removed_or_inserted_is_left_to_the_full_way(
    files: dict[str, bytes], keyring: Keyring, judge: Judge
) -> None:
    chance = random.Random(8)
    data = files["B-LTA"]
    for place in [chance.randrange(len(data)) for _ in range(200)]:
        assert judge.quickly(data[:place] + data[place + 1 :], keyring.now) is None
        assert judge.quickly(data[:place] + b" " + data[place:], keyring.now) is None


def test_a_file_of_other_software_is_left_to_the_full_way() -> None:
    pki = signed_files.Pki.make()
    for data in (signed_files.one_seal(pki), signed_files.two_seals(pki), signed_files.page()):
        assert read_own(data, Limits()) is None


# ---- updates that a trusted key signed, and that do more than an update of ours


def with_entries(dictionary: pikepdf.Object, entries: bytes, *, without: Sequence[str]) -> bytes:
    """The dictionary with ``entries`` in place of those under the keys ``without``."""
    for key in without:
        if key in dictionary:
            del dictionary[key]
    return dictionary.unparse(resolved=True).removesuffix(b">>") + entries + b">>"


def signed(keyring: Keyring, update: Update, role: SignatoryRole) -> bytes:
    signer = keyring.keys.signing_cert(KEYS[role])
    attributes = cms.signed_attributes(update.digest(signer.algorithm.digest), signer)
    return update.filled(cms.assemble(attributes, keyring.keys.sign(KEYS[role], attributes), signer))


def platform_update(base: bytes, more: dict[tuple[int, int], bytes], *, field: bytes | None = None) -> Update:
    """The platform's signature as we append it, with further objects in its revision, or with another field."""
    with opened(base) as pdf:
        number = int(pdf.trailer.Size)
        laid = next(one for one in pdf.Root.AcroForm.Fields if str(one.T) == PLATFORM.value)
        catalog = pdf.Root.objgen[0]
        objects = {laid.objgen: field or with_entries(laid, b"/V %d 0 R" % number, without=("/V",))} | more
        head = (
            b"<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/M(D:20261122160000+08'00')"
            b"/Reference[<</Type/SigRef/TransformMethod/FieldMDP/DigestMethod/SHA256/Data %d 0 R"
            b"/TransformParams<</Type/TransformParams/V/1.2/Action/All>>>>]" % catalog
        )
        trailer = next_trailer(
            Written.read(base), size=max(number, *(key[0] for key in more), 0) + 1 if more else number + 1
        )
    return with_hole(base, number, head, 3000, objects, trailer)


def test_a_signature_that_brings_another_page_along_is_left_to_the_full_way(
    files: dict[str, bytes], keyring: Keyring, judge: Judge
) -> None:
    base = files["first of two"]
    honest = signed(keyring, platform_update(base, {}), PLATFORM)
    assert judge.agree(honest, keyring.now), "as we append it ourselves"
    size = int(opened(base).trailer.Size)
    with opened(base) as pdf:
        page = pdf.pages[0].obj
        catalog, form = pdf.Root, pdf.Root.AcroForm
        field = next(one for one in form.Fields if str(one.T) == PLATFORM.value)
        moved = field.unparse(resolved=True).replace(b"[ 0 0 0 0 ]", b"[ 0 0 900 900 ]")
        assert moved != field.unparse(resolved=True)
        cases: dict[str, dict[tuple[int, int], bytes]] = {
            "the content": {(attacks.page_content_number(base), 0): attacks.other_content()},
            "the page": {page.objgen: page.unparse(resolved=True)},
            "the catalog": {catalog.objgen: catalog.unparse(resolved=True)},
            "the form": {form.objgen: form.unparse(resolved=True)},
            "the description": {pdf.trailer.Info.objgen: b"<</Title(x)>>"},
            "an object that nothing needs": {(size + 1, 0): attacks.other_content()},
        }
    for what, more in cases.items():
        assert judge.quickly(signed(keyring, platform_update(base, more), PLATFORM), keyring.now) is None, what
    elsewhere = platform_update(base, {}, field=moved[:-2] + b"/V %d 0 R>>" % size)
    assert judge.quickly(signed(keyring, elsewhere, PLATFORM), keyring.now) is None


def test_an_update_that_hides_an_object_between_two_others_is_left_to_the_full_way(
    files: dict[str, bytes], keyring: Keyring, judge: Judge
) -> None:
    base = files["first of two"]
    update = platform_update(base, {})
    hidden = b"%d 0 obj\n%s\nendobj\n" % (attacks.page_content_number(base), attacks.other_content())
    table = update.data.rfind(b"xref\n", 0, update.data.rfind(b"startxref"))
    moved = update.data[:table] + hidden + update.data[table:]
    moved = moved.replace(b"startxref\n%d\n" % table, b"startxref\n%d\n" % (table + len(hidden)))
    old = attacks.byte_ranges(moved)[-1]
    moved = attacks.set_byte_range(moved, b"/ByteRange [0 %d %d %d]" % (old[1], old[2], old[3] + len(hidden)))
    forged = signed(keyring, Update(moved, update.hole), PLATFORM)
    assert judge.quickly(forged, keyring.now) is None


def test_a_revision_that_signs_nothing_and_stores_nothing_is_left_to_the_full_way(
    files: dict[str, bytes], keyring: Keyring, judge: Judge
) -> None:
    for name in (B_T, "B-LT", "B-LTA"):
        base = files[name]
        with opened(base) as pdf:
            size = int(pdf.trailer.Size)
            page, root = pdf.pages[0].obj, pdf.Root
            cases: list[dict[tuple[int, int], bytes]] = [
                {(size, 0): b"<< >>"},
                {page.objgen: page.unparse(resolved=True)},
                {root.objgen: root.unparse(resolved=True)},
                {root.objgen: with_entries(root, b"/DSS<<>>", without=("/DSS",))},
                {root.objgen: with_entries(root, b"/OpenAction 3 0 R", without=())},
            ]
            trailer = next_trailer(Written.read(base), size=size + 1)
        for objects in cases:
            assert judge.quickly(appended(base, objects, trailer), keyring.now) is None, (name, objects)


def test_a_locked_file_takes_no_further_signature_quickly(keyring: Keyring, judge: Judge) -> None:
    """The platform, which locks, signs before the authority has."""
    update = append_signature(
        signable(LICENCE).data, PLATFORM, room=3000, claimed_at=keyring.now, appearance=None, certify=True
    )
    early = signed(keyring, update, PLATFORM)
    late = append_signature(early, AUTHORITY, room=3000, claimed_at=keyring.now, appearance=None, certify=False)
    data = signed(keyring, late, AUTHORITY)
    assert judge.quickly(data, keyring.now) is None
    assert judge.in_full(data, keyring.now).verdict is Verdict.TOTAL_FAILED


def test_a_signature_certifies_once_and_first(keyring: Keyring, judge: Judge) -> None:
    base = signable(LICENCE).data
    plain = append_signature(
        base, AUTHORITY, room=3000, claimed_at=keyring.now, appearance=appearance(AUTHORITY), certify=False
    )
    assert judge.quickly(signed(keyring, plain, AUTHORITY), keyring.now) is None
    first = signed(
        keyring,
        append_signature(base, AUTHORITY, room=3000, claimed_at=keyring.now, appearance=None, certify=True),
        AUTHORITY,
    )
    again = append_signature(first, PLATFORM, room=3000, claimed_at=keyring.now, appearance=None, certify=True)
    assert judge.quickly(signed(keyring, again, PLATFORM), keyring.now) is None


# ---- written with the file


def test_a_first_signature_may_be_written_with_the_file(keyring: Keyring, judge: Judge) -> None:
    update = write_signed(
        unwritten(signable(LICENCE).body),
        AUTHORITY,
        room=3000,
        claimed_at=keyring.now,
        appearance=appearance(AUTHORITY),
    )
    first = signed(keyring, update, AUTHORITY)
    assert first.count(b"startxref") == 1
    assert judge.agree(first, keyring.now)
    second = keyring.sealed(SealedPdf(first, (AUTHORITY, PLATFORM), (AUTHORITY,)), PLATFORM, level=B_T)
    assert judge.agree(second.data, keyring.now)
    for position, forged in enumerate(forgeries(second.data)):
        assert judge.quickly(forged, keyring.now) is None, position


# ---- the reader


@pytest.mark.parametrize(
    "source",
    [
        b"<< /A 1 /A 2 >>",
        b"<< /A#42 1 >>",
        b"<< /A 1 % no\n >>",
        b"<< /A (1) (2) >>",
        b"<< 1 2 >>",
        b"[ 1 2 >>",
        b"<< /A 1",
        b"<< /A 1 0 R2 >>",
        b"<< /A 1.2.3 >>",
        b"<< /A true1 >>",
        b"<< /A <1> >>",
        b"<< /A\x0b1 >>",
        b"[" * 40 + b"]" * 40,
        b">>",
        b"",
    ],
)
def test_what_readers_may_read_differently_is_not_read(source: bytes) -> None:
    with pytest.raises(NotOursError):
        parse(source + b" ", 0)


def test_a_name_a_string_and_a_word_are_never_equal() -> None:
    source = b"[/A (/A) <2f41> true (true) 1 1.0 1 0 R null] "
    values, end = parse(source, 0)
    assert end == len(source) - 1
    assert values[1] == values[2] == Text(b"/A")
    kinds = [values[0], values[1], *values[3:]]
    assert all(one != other for place, one in enumerate(kinds) for other in kinds[place + 1 :])


def test_a_string_is_read_with_its_escapes() -> None:
    assert parse(rb"(a\(b\)\\\101\n) ", 0)[0] == Text(b"a(b)\\A\n")
