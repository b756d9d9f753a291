"""Asking CAs about certs: what is believed, what is not, whom one asks, and for how long an answer counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import ocsp as asn1_ocsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyAlgorithm, RevocationEvidence
from signing_service.trust.answers import NoAnswer
from signing_service.trust.description import Profile
from signing_service.trust.embedded import EmbeddedLine, EmbeddedServices
from signing_service.trust.issue import Issuer, Validity, issue_cert, new_key
from signing_service.trust.over_http import Caller, Rests
from signing_service.trust.pki import Pki, ensure
from signing_service.trust.revocation import CaInquiry, HttpLine, Line
from signing_service.trust.revoke import revoke
from tests.factories_pki import DESCRIPTION, NOW, two_keys
from tests.unit.trust.serving import Served, Stranger, dead_address, listening, now

KEY_COMPROMISE = x509.ReasonFlags.key_compromise
FIVE_MINUTES = timedelta(minutes=5)
DAY = timedelta(days=1)


def chain_of(pki: Pki, label: str) -> list[bytes]:
    issuer = next(key.issuer for key in pki.description.keys if key.label == label)
    return [pki.certs[label].public_bytes(Encoding.DER), pki.der_of_ca(issuer)]


def over_http(pki: Pki, hosts: frozenset[str] = frozenset(), keep: timedelta = FIVE_MINUTES) -> CaInquiry:
    return CaInquiry(pki.anchors(), pki.intermediates(), [HttpLine(Caller(2.0), hosts)], keep)


def refused(inquiry: CaInquiry, chain: list[bytes], at: datetime) -> Problem:
    with pytest.raises(Problem) as problem:
        inquiry.evidence(chain, at)
    assert problem.value.zh
    assert problem.value.en
    return problem.value


# ---- our own services, over HTTP and in process


@pytest.fixture(params=["http", "process"])
def inquiry(request: pytest.FixtureRequest, served: Served) -> CaInquiry:
    if request.param == "http":
        return over_http(served.pki)
    lines = [EmbeddedLine(served.services), HttpLine(Caller(1.0))]
    return CaInquiry(served.pki.anchors(), served.pki.intermediates(), lines, FIVE_MINUTES)


@pytest.mark.parametrize("label", ["authority", "enterprise-91360102999000128k", "person-wang-jianguo", "tsa"])
def test_evidence_holds_an_answer_for_every_cert_below_the_root(inquiry: CaInquiry, served: Served, label: str) -> None:
    chain = chain_of(served.pki, label)
    evidence = inquiry.evidence(chain, now())
    issuer = next(key.issuer for key in served.pki.description.keys if key.label == label)
    responder = served.pki.certs[f"ocsp-{issuer}"].public_bytes(Encoding.DER)
    assert evidence.certs == (*chain, responder)
    (of_holder,) = map(ocsp.load_der_ocsp_response, evidence.ocsps)
    assert of_holder.certificate_status is ocsp.OCSPCertStatus.GOOD
    assert of_holder.serial_number == served.pki.certs[label].serial_number
    (of_ca,) = map(x509.load_der_x509_crl, evidence.crls)
    assert of_ca.issuer == served.pki.cas["root"].subject


def test_the_chain_may_come_short_or_with_its_root(inquiry: CaInquiry, served: Served) -> None:
    whole = chain_of(served.pki, "authority")
    for chain in (whole, whole[:1], [*whole, *served.pki.anchors()], [whole[0], *served.pki.intermediates()]):
        assert set(whole) <= set(inquiry.evidence(chain, now()).certs)


def test_a_revoked_cert_is_refused_with_time_and_reason(inquiry: CaInquiry, served: Served) -> None:
    label = "person-liu-yutong"
    cert = served.pki.certs[label]
    known = served.services.register.revocation("person", cert.serial_number)
    since = known.at if known else revoke(served.services, label, KEY_COMPROMISE, now()).at
    problem = refused(inquiry, chain_of(served.pki, label), now())
    assert problem.code == "CERT_REVOKED"
    assert problem.facts["revoked_at"] == since.isoformat()
    assert problem.facts["revocation_reason"] == "keyCompromise"
    assert "刘雨桐" not in str(problem.to_document())


def test_in_process_a_revocation_takes_effect_at_the_next_question(tmp_path: Path) -> None:
    pki = ensure(tmp_path / "pki", DESCRIPTION, NOW)
    services = EmbeddedServices(pki, lambda: NOW)
    inquiry = CaInquiry(pki.anchors(), pki.intermediates(), [EmbeddedLine(services)], timedelta(days=365))
    for label, ca in (("authority", False), ("platform", True)):
        assert inquiry.evidence(chain_of(pki, label), NOW).ocsps
        revoke(services, "ca/authority" if ca else label, KEY_COMPROMISE, NOW)
        assert refused(inquiry, chain_of(pki, label), NOW).code == "CERT_REVOKED"


def test_a_revocation_after_the_proven_time_is_evidence_and_no_obstacle(tmp_path: Path) -> None:
    pki = ensure(tmp_path / "pki", DESCRIPTION, NOW)
    services = EmbeddedServices(pki, lambda: NOW)
    inquiry = CaInquiry(pki.anchors(), pki.intermediates(), [EmbeddedLine(services)], timedelta(days=365))
    chain = chain_of(pki, "authority")
    revoke(services, "authority", KEY_COMPROMISE, NOW - timedelta(hours=1))
    evidence = inquiry.evidence(chain, NOW, NOW - timedelta(hours=2))
    serial = pki.certs["authority"].serial_number
    listed = [x509.load_der_x509_crl(one).get_revoked_certificate_by_serial_number(serial) for one in evidence.crls]
    assert any(listed), "the list says when, and validators ask it for the time"
    for proven in (NOW - timedelta(hours=1), NOW, None):
        with pytest.raises(Problem) as refusal:
            inquiry.evidence(chain, NOW, proven)
        assert refusal.value.code == "CERT_REVOKED"


def test_in_process_no_address_is_needed_in_the_cert(tmp_path: Path) -> None:
    """Nor a responder: certs from before ``publish`` was set are answered for like all others."""
    pki = ensure(tmp_path / "pki", two_keys(tmp_path), NOW)
    lines = [EmbeddedLine(EmbeddedServices(pki, lambda: NOW))]
    evidence = CaInquiry(pki.anchors(), pki.intermediates(), lines, FIVE_MINUTES).evidence(chain_of(pki, "curve"), NOW)
    assert (len(evidence.ocsps), len(evidence.crls)) == (0, 2)


# ---- what is believed


@dataclass
class Canned:
    """A line that gives what the test made, and counts how often it was asked."""

    ocsp: Callable[[bytes], bytes] | None = None
    crl: Callable[[], bytes] | None = None
    revoked_so_far: int = 0
    asked: list[str] = field(default_factory=list)

    def leads_to(self, issuer: x509.Certificate) -> bool:
        return True

    def state(self) -> object:
        return self.revoked_so_far

    def ocsp_addresses(self, cert: x509.Certificate) -> list[str]:
        return ["http://ca.example/ocsp"] if self.ocsp else []

    def crl_addresses(self, cert: x509.Certificate) -> list[str]:
        return ["http://ca.example/crl"] if self.crl else []

    def ask_ocsp(self, address: str, request: bytes) -> bytes:
        self.asked.append("ocsp")
        assert self.ocsp
        return self.ocsp(request)

    def fetch_crl(self, address: str) -> bytes:
        self.asked.append("crl")
        assert self.crl
        return self.crl()


@dataclass(frozen=True)
class Ca:
    """A CA that is itself the anchor, and one holder under it."""

    cert: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    holder: x509.Certificate

    def inquiry(self, line: Line, keep: timedelta = FIVE_MINUTES) -> CaInquiry:
        return CaInquiry([self.cert.public_bytes(Encoding.DER)], [], [line], keep, Rests(lambda: 0.0))

    def ask(self, line: Line, at: datetime = NOW) -> RevocationEvidence:
        return self.inquiry(line).evidence([self.holder.public_bytes(Encoding.DER)], at)

    def refusal(self, line: Line, at: datetime = NOW) -> Problem:
        return refused(self.inquiry(line), [self.holder.public_bytes(Encoding.DER)], at)


def make_ca(pki: Pki, ca: str = "person", label: str = "person-wang-jianguo") -> Ca:
    key = pki.issuer(ca).key
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return Ca(pki.cas[ca], key, pki.certs[label])


@pytest.fixture(scope="module")
def ca(pki: Pki) -> Ca:
    return make_ca(pki)


GOOD, UNKNOWN, REVOKED = ocsp.OCSPCertStatus.GOOD, ocsp.OCSPCertStatus.UNKNOWN, ocsp.OCSPCertStatus.REVOKED


def answer_of(
    ca: Ca,
    *,
    about: x509.Certificate | None = None,
    issuer: x509.Certificate | None = None,
    status: ocsp.OCSPCertStatus = GOOD,
    this_update: datetime = NOW - timedelta(hours=1),
    next_update: datetime | None = NOW + timedelta(hours=1),
    signer: tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None = None,
    digest: hashes.HashAlgorithm | None = None,
) -> bytes:
    """An OCSPResponse of a CA; right, but for what the test changes."""
    who, key = signer or (ca.cert, ca.key)
    revoked_at = NOW - timedelta(minutes=90) if status is REVOKED else None
    builder = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            about or ca.holder, issuer or ca.cert, hashes.SHA256(), status, this_update, next_update, revoked_at, None
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, who)
    )
    if signer:
        builder = builder.certificates([who])
    return builder.sign(key, digest or hashes.SHA256()).public_bytes(Encoding.DER)


def responder(
    ca: Ca, pki: Pki, *, profile: Profile = Profile.OCSP, issuer: str = "person", validity: Validity | None = None
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = new_key(KeyAlgorithm.ECDSA_P256)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "responder")])
    term = validity or Validity(NOW - DAY, NOW + DAY)
    return issue_cert(name, key.public_key(), pki.issuer(issuer), profile, term), key


def crl_of(
    ca: Ca,
    *,
    revoked: bool = False,
    this_update: datetime = NOW - timedelta(hours=1),
    next_update: datetime = NOW + timedelta(hours=1),
    name: x509.Name | None = None,
    key: ec.EllipticCurvePrivateKey | None = None,
    extensions: tuple[tuple[x509.ExtensionType, bool], ...] = (),
) -> bytes:
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(name or ca.cert.subject)
        .last_update(this_update)
        .next_update(next_update)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    if revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(ca.holder.serial_number).revocation_date(NOW - DAY)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(key or ca.key, hashes.SHA256()).public_bytes(Encoding.DER)


def test_an_answer_of_the_ca_itself_or_of_its_delegate_is_believed(ca: Ca, pki: Pki) -> None:
    for signer in (None, responder(ca, pki)):
        answer = answer_of(ca, signer=signer)
        evidence = ca.ask(Canned(ocsp=lambda _, answer=answer: answer))  # type: ignore[misc]
        assert evidence.ocsps == (answer,)
        assert evidence.certs[1:] == ((signer[0].public_bytes(Encoding.DER),) if signer else ())


def test_what_ocsp_or_a_list_calls_revoked_is_revoked(ca: Ca) -> None:
    for line in (Canned(ocsp=lambda _: answer_of(ca, status=REVOKED)), Canned(crl=lambda: crl_of(ca, revoked=True))):
        assert ca.refusal(line).code == "CERT_REVOKED"


def wrong_answers(ca: Ca, pki: Pki) -> dict[str, bytes]:
    stranger = new_key(KeyAlgorithm.ECDSA_P256)
    assert isinstance(stranger, ec.EllipticCurvePrivateKey)
    later, earlier = NOW + timedelta(hours=2), NOW - timedelta(days=3)
    good = answer_of(ca)
    return {
        "forged": answer_of(ca, signer=(_namesake(ca, stranger), stranger)),
        "signed by a holder": answer_of(ca, signer=responder(ca, pki, profile=Profile.SEAL)),
        "signed by the TSA": answer_of(ca, signer=responder(ca, pki, profile=Profile.TSA)),
        "responder of another CA": answer_of(ca, signer=responder(ca, pki, issuer="enterprise")),
        "responder's cert run out": answer_of(ca, signer=responder(ca, pki, validity=Validity(NOW - DAY, NOW - DAY))),
        "stale": answer_of(ca, this_update=earlier, next_update=NOW - timedelta(seconds=1)),
        "old, without an end": answer_of(ca, this_update=earlier, next_update=None),
        "of the future": answer_of(ca, this_update=later, next_update=later + DAY),
        "about another cert": answer_of(ca, about=pki.certs["person-li-fanghua"]),
        "about another issuer": answer_of(ca, issuer=pki.cas["enterprise"]),
        "try later": ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER).public_bytes(
            Encoding.DER
        ),
        "a byte flipped": good[:-3] + bytes((good[-3] ^ 1,)) + good[-2:],
        "cut off": good[:-20],
        "empty": b"",
        "a page": b"<html>not found</html>",
        "a list": crl_of(ca),
        "a time stamp": asn1_ocsp.OCSPRequest({"tbs_request": {"request_list": []}}).dump(),
    }


WRONG = [
    "forged", "signed by a holder", "signed by the TSA", "responder of another CA", "responder's cert run out", "stale",
    "old, without an end", "of the future", "about another cert", "about another issuer", "try later", "a byte flipped",
    "cut off", "empty", "a page", "a list", "a time stamp",
]  # fmt: skip


@pytest.mark.parametrize("which", WRONG)
def test_an_ocsp_answer_that_is_not_to_be_believed_is_none(ca: Ca, pki: Pki, which: str) -> None:
    """The list is asked then; where there is none, the work waits."""
    wrong = wrong_answers(ca, pki)[which]
    problem = ca.refusal(Canned(ocsp=lambda _: wrong))
    assert (problem.code, problem.status) == ("REVOCATION_UNAVAILABLE", 503)
    assert "ca.example/ocsp" in problem.en
    line = Canned(ocsp=lambda _: wrong, crl=lambda: crl_of(ca))
    assert ca.ask(line).crls
    assert line.asked == ["ocsp", "crl"]


def test_every_wrong_answer_is_tried(ca: Ca, pki: Pki) -> None:
    assert sorted(wrong_answers(ca, pki)) == sorted(WRONG)


def test_a_ca_that_does_not_know_its_cert_is_not_asked_for_a_list_that_is_silent(ca: Ca) -> None:
    line = Canned(ocsp=lambda _: answer_of(ca, status=UNKNOWN), crl=lambda: crl_of(ca))
    assert ca.refusal(line).code == "REVOCATION_UNAVAILABLE"
    assert line.asked == ["ocsp"]


def _namesake(ca: Ca, key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    """The CA's name over another key."""
    issuer = Issuer(ca.cert.subject, key)
    return issue_cert(ca.cert.subject, key.public_key(), issuer, Profile.ROOT, Validity(NOW - DAY, NOW + DAY))


def wrong_lists(ca: Ca, pki: Pki) -> dict[str, bytes]:
    stranger = new_key(KeyAlgorithm.ECDSA_P256)
    assert isinstance(stranger, ec.EllipticCurvePrivateKey)

    def scoped(**changes: bool) -> bytes:
        facts = {
            "full_name": None, "relative_name": None, "only_contains_user_certs": False,
            "only_contains_ca_certs": False, "only_some_reasons": None, "indirect_crl": False,
            "only_contains_attribute_certs": False,
        }  # fmt: skip
        return crl_of(ca, extensions=((x509.IssuingDistributionPoint(**{**facts, **changes}), True),))  # type: ignore[arg-type]

    elsewhere = [x509.UniformResourceIdentifier("http://ca.example/other-part.crl")]
    return {
        "forged": crl_of(ca, key=stranger),
        "of another CA": crl_of(ca, name=pki.cas["enterprise"].subject),
        "stale": crl_of(ca, this_update=NOW - DAY, next_update=NOW - timedelta(seconds=1)),
        "of the future": crl_of(ca, this_update=NOW + DAY, next_update=NOW + 2 * DAY),
        "of CA certs only": scoped(only_contains_ca_certs=True),
        "of attribute certs only": scoped(only_contains_attribute_certs=True),
        "indirect": scoped(indirect_crl=True),
        "of another part": scoped(full_name=elsewhere),  # type: ignore[arg-type]
        "delta": crl_of(ca, extensions=((x509.DeltaCRLIndicator(1), True),)),
        "critical and not understood": crl_of(
            ca, extensions=((x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\0"), True),)
        ),
        "a page": b"<html></html>",
        "empty": b"",
    }


WRONG_LISTS = [
    "forged", "of another CA", "stale", "of the future", "of CA certs only", "of attribute certs only", "indirect",
    "of another part", "delta", "critical and not understood", "a page", "empty",
]  # fmt: skip


@pytest.mark.parametrize("which", WRONG_LISTS)
def test_a_list_that_is_not_to_be_believed_is_none(ca: Ca, pki: Pki, which: str) -> None:
    wrong = wrong_lists(ca, pki)[which]
    assert ca.refusal(Canned(crl=lambda: wrong)).code == "REVOCATION_UNAVAILABLE"


def test_every_wrong_list_is_tried(ca: Ca, pki: Pki) -> None:
    assert sorted(wrong_lists(ca, pki)) == sorted(WRONG_LISTS)


def test_a_list_in_pem_is_kept_as_der(ca: Ca) -> None:
    der = crl_of(ca)
    pem = x509.load_der_x509_crl(der).public_bytes(Encoding.PEM)
    assert ca.ask(Canned(crl=lambda: pem)).crls == (der,)


# ---- for how long


def test_an_answer_is_used_again_for_the_time_of_the_setting_and_never_beyond_its_own(ca: Ca) -> None:
    chain = [ca.holder.public_bytes(Encoding.DER)]
    for keep, until in ((FIVE_MINUTES, FIVE_MINUTES), (timedelta(days=9), timedelta(hours=1))):
        line = Canned(ocsp=lambda _: answer_of(ca))
        inquiry = ca.inquiry(line, keep)
        inquiry.evidence(chain, NOW)
        inquiry.evidence(chain, NOW + until)
        assert line.asked == ["ocsp"]
        if keep == FIVE_MINUTES:
            inquiry.evidence(chain, NOW + until + timedelta(seconds=1))
            assert line.asked == ["ocsp", "ocsp"]
        else:
            assert refused(inquiry, chain, NOW + until + timedelta(seconds=1)).code == "REVOCATION_UNAVAILABLE"


def test_an_answer_is_asked_for_again_as_soon_as_anything_was_revoked(ca: Ca) -> None:
    chain = [ca.holder.public_bytes(Encoding.DER)]
    line = Canned(ocsp=lambda _: answer_of(ca))
    inquiry = ca.inquiry(line)
    for revoked, asked in ((0, 1), (0, 1), (1, 2), (1, 2)):
        line.revoked_so_far = revoked
        inquiry.evidence(chain, NOW)
        assert len(line.asked) == asked


def test_a_clock_set_back_asks_again(ca: Ca) -> None:
    chain = [ca.holder.public_bytes(Encoding.DER)]
    line = Canned(ocsp=lambda _: answer_of(ca))
    inquiry = ca.inquiry(line)
    inquiry.evidence(chain, NOW)
    inquiry.evidence(chain, NOW - timedelta(seconds=1))
    assert len(line.asked) == 2


def test_a_refusal_is_never_kept(ca: Ca) -> None:
    chain = [ca.holder.public_bytes(Encoding.DER)]
    line = Canned(ocsp=lambda _: b"")
    inquiry = ca.inquiry(line)
    refused(inquiry, chain, NOW)
    line.ocsp = lambda _: answer_of(ca, status=REVOKED)
    assert refused(inquiry, chain, NOW).code == "CERT_REVOKED"
    line.ocsp = lambda _: answer_of(ca)
    assert inquiry.evidence(chain, NOW).ocsps


# ---- whom one asks


def test_nobody_is_asked_about_a_cert_that_leads_to_no_anchor(served: Served, pki: Pki) -> None:
    """A look-alike PKI, same names and other keys: its certs could name any address."""
    line = Canned(ocsp=lambda _: b"", crl=lambda: b"")
    inquiry = CaInquiry(served.pki.anchors(), served.pki.intermediates(), [line], FIVE_MINUTES)
    for chain in (chain_of(pki, "authority"), [], [b"no cert"], [pki.certs["authority"].public_bytes(Encoding.DER)]):
        assert refused(inquiry, chain, now()).code == "REVOCATION_UNAVAILABLE"
    assert line.asked == []


def test_only_the_hosts_of_the_setting_are_asked(served: Served) -> None:
    chain = chain_of(served.pki, "authority")
    assert over_http(served.pki, frozenset({"127.0.0.1"})).evidence(chain, now()).ocsps
    problem = refused(over_http(served.pki, frozenset({"ca.example"})), chain, now())
    assert problem.code == "REVOCATION_UNAVAILABLE"
    assert "no address that may be asked" in problem.en


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "ldap://ca.example/cn=x", "ftp://ca.example/x", "http://", "//x", "http://[", ""]
)
def test_only_http_is_spoken(address: str) -> None:
    assert HttpLine(Caller(1.0))._may_ask(address) is False


# ---- servers that fail


def holder_naming(pki: Pki, address: str) -> list[bytes]:
    """A chain whose holder's cert names OCSP and CRL at ``address``."""
    key = new_key(KeyAlgorithm.ECDSA_P256)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "elsewhere")])
    issuer = replace(pki.issuer("person"), publish=address.rstrip("/") + "/{service}/person")
    cert = issue_cert(name, key.public_key(), issuer, Profile.SEAL, Validity(NOW - DAY, NOW + DAY))
    return [cert.public_bytes(Encoding.DER)]


@pytest.mark.parametrize(
    "stranger",
    [
        pytest.param(Stranger(status=500), id="error"),
        pytest.param(Stranger(kind="text/html", answer=lambda _: b"<html>"), id="page"),
        pytest.param(Stranger(kind="application/ocsp-response", answer=lambda _: b"garbage"), id="garbage"),
        pytest.param(Stranger(kind="application/ocsp-response", answer=lambda _: bytes(70_000)), id="endless"),
        pytest.param(Stranger(pause=1.5), id="slow"),
        pytest.param(Stranger(kind="application/ocsp-response", answer=lambda _: bytes(90), drip=0.05), id="drips"),
        pytest.param(Stranger(status=302, headers={"Location": "http://127.0.0.2:1/"}), id="leads elsewhere"),
        pytest.param(Stranger(status=302, headers={"Location": "/round/and/round"}), id="leads in a circle"),
        pytest.param(Stranger(headers={"Content-Length": "nonsense"}), id="no HTTP"),
    ],
)
def test_whatever_a_server_does_the_work_waits_with_one_problem(pki: Pki, stranger: Stranger) -> None:
    with listening(stranger) as address:
        ca = pki.cas["person"].public_bytes(Encoding.DER)
        inquiry = CaInquiry([ca], [], [HttpLine(Caller(0.6))], FIVE_MINUTES)
        problem = refused(inquiry, holder_naming(pki, address), NOW)
    assert (problem.code, problem.status) == ("REVOCATION_UNAVAILABLE", 503)
    assert {path.split("/")[1] for path in stranger.asked} >= {"ocsp", "crl"}


def test_a_dead_server_is_named_without_its_password(pki: Pki) -> None:
    address = dead_address().replace("http://", "http://user:secret@")
    inquiry = CaInquiry([pki.cas["person"].public_bytes(Encoding.DER)], [], [HttpLine(Caller(1.0))], FIVE_MINUTES)
    problem = refused(inquiry, holder_naming(pki, address), NOW)
    assert "127.0.0.1" in problem.en
    assert "secret" not in str(problem.to_document())


def test_a_server_that_leads_on_within_its_host_is_followed(ca: Ca, pki: Pki) -> None:
    target = Stranger(kind="application/pkix-crl", answer=lambda _: crl_of(ca))
    with listening(target) as there:
        port = there.rsplit(":", 1)[1].rstrip("/")
        hop = Stranger(status=301, headers={"Location": f"http://127.0.0.1:{port}/moved.crl"})
        with listening(hop) as address:
            inquiry = CaInquiry([ca.cert.public_bytes(Encoding.DER)], [], [HttpLine(Caller(2.0))], FIVE_MINUTES)
            assert inquiry.evidence(holder_naming(pki, address), NOW).crls
    assert set(target.asked) == {"/moved.crl"}


def test_an_embedded_ca_that_cannot_make_its_list_is_no_answer(tmp_path: Path) -> None:
    pki = ensure(tmp_path / "pki", DESCRIPTION, NOW)
    services = EmbeddedServices(pki, lambda: NOW)
    (pki.folder / "revoked.json").write_text("damaged")
    with pytest.raises(NoAnswer):
        EmbeddedLine(services).fetch_crl("authority")
    inquiry = CaInquiry(pki.anchors(), pki.intermediates(), [EmbeddedLine(services)], FIVE_MINUTES)
    assert refused(inquiry, chain_of(pki, "authority"), NOW).code == "REVOCATION_UNAVAILABLE"
