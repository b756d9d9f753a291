"""Whether a cert that a party brings is its own, good today, and one that every reader will believe.

An organisation is known by its USCC in organizationIdentifier (``NTRCN-<USCC>``, ETSI EN 319 412-1, 5.1.4), a person by
the code of the ID number in serialNumber. Names are never compared: two people may share one, and one may have two.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from signing_service.domain.errors import Problem
from signing_service.domain.keys import KeyAlgorithm, SigningCert
from signing_service.domain.parties import Party, PartyKind
from signing_service.pipeline.validate.signers import DOCUMENT_SIGNING
from signing_service.trust.chains import issued, issued_as_ca

MOST_CERTS = 8
"""Path building grows with certs of one name, so a stranger may bring so many and no more."""

CodeOfIdNumber = Callable[[str], str | None]
"""What stands for an ID number in certs of the CA; None where that is not known here."""

_CURVES = {"secp256r1": KeyAlgorithm.ECDSA_P256, "secp384r1": KeyAlgorithm.ECDSA_P384}
_MODULI = {2048: KeyAlgorithm.RSA_2048, 3072: KeyAlgorithm.RSA_3072}


def signer_from(
    brought: Sequence[bytes], anchors: Sequence[bytes], intermediates: Sequence[bytes], now: datetime
) -> SigningCert:
    """The first cert of ``brought``, with its chain made of the others and of the intermediates known here.

    Raises Problem CERT_UNREADABLE, CERT_NOT_VALID, CERT_KEY_USAGE, KEY_ALGORITHM, CHAIN_INCOMPLETE.
    """
    if not 1 <= len(brought) <= MOST_CERTS:
        raise _unreadable()
    try:
        cert, *others = (x509.load_der_x509_certificate(der) for der in brought)
        pool = [*others, *(x509.load_der_x509_certificate(der) for der in intermediates)]
        roots = [x509.load_der_x509_certificate(der) for der in anchors]
        algorithm = _algorithm_of(cert)
        _check_usage(brought[0])
        chain = _chain_of(cert, pool, roots)
    except ValueError:
        raise _unreadable() from None
    for one in (cert, *chain):
        _check_term(one, now)
    return SigningCert(brought[0], tuple(_der(one) for one in chain), algorithm)


def check_subject(signer: SigningCert, party: Party, code_of_id_number: CodeOfIdNumber) -> None:
    """Raises Problem SUBJECT_NOT_PARTY when the cert is somebody else's."""
    subject = x509.load_der_x509_certificate(signer.cert).subject
    if party.kind is PartyKind.PERSON:
        oid, wanted = NameOID.SERIAL_NUMBER, code_of_id_number(str(party.number))
        what, what_en = "身份证号", "ID number"
    else:
        oid, wanted = NameOID.ORGANIZATION_IDENTIFIER, f"NTRCN-{party.number}"
        what, what_en = "统一社会信用代码", "USCC"
    found = [attribute.value for attribute in subject.get_attributes_for_oid(oid)]
    if wanted is None or found != [wanted]:
        raise Problem(
            "SUBJECT_NOT_PARTY",
            f"该数字证书不属于“{party.public_name}”：证书中的{what}与本办件登记的不一致，请改用本方的证书。",
            f"This cert is not that of “{party.public_name}”: the {what_en} in it is another than the one in this dossier. "
            "Use your own.",
            status=403,
        )


def _algorithm_of(cert: x509.Certificate) -> KeyAlgorithm:
    key = cert.public_key()
    algorithm = None
    if isinstance(key, ec.EllipticCurvePublicKey):
        algorithm = _CURVES.get(key.curve.name)
    elif isinstance(key, rsa.RSAPublicKey):
        algorithm = _MODULI.get(key.key_size)
    if algorithm is None:
        raise Problem(
            "KEY_ALGORITHM",
            "该证书的密钥算法不受支持，可用的有：RSA 2048、RSA 3072、ECDSA P-256、ECDSA P-384；请向 CA 机构换发。",
            "This kind of key is not supported: have the CA issue one of RSA 2048, RSA 3072, ECDSA P-256 or ECDSA P-384.",
        )
    return algorithm


def _check_usage(der: bytes) -> None:
    cert = asn1_x509.Certificate.load(der)
    usage, extended = cert.key_usage_value, cert.extended_key_usage_value
    is_ca = cert.basic_constraints_value is not None and cert.basic_constraints_value["ca"].native
    may_sign = usage is not None and "non_repudiation" in usage.native
    if is_ca or not may_sign or (extended is not None and not DOCUMENT_SIGNING & set(extended.native)):
        raise Problem(
            "CERT_KEY_USAGE",
            "该证书不能用于签署文件（可能是加密证书或网站证书），请选用“签名证书”。",
            "This cert is not meant for signing documents (it may be for encryption or for a web site): choose the "
            "signing cert.",
        )


def _chain_of(
    cert: x509.Certificate, pool: Sequence[x509.Certificate], roots: Sequence[x509.Certificate]
) -> list[x509.Certificate]:
    """Issuer after issued, without the root. Each cert of the pool is tried once at each step, so it always ends."""
    chain: list[x509.Certificate] = []
    last, left = cert, list(pool)
    while not any(issued(root, last) for root in roots):
        issuer = next((one for one in left if issued_as_ca(one, last, len(chain))), None)
        if issuer is None:
            raise Problem(
                "CHAIN_INCOMPLETE",
                "该证书不能连到本平台信任的 CA，请使用本平台认可的 CA 机构颁发的证书。",
                "This cert does not lead to a CA this platform trusts: use one of an accredited CA.",
            )
        left.remove(issuer)
        chain.append(issuer)
        last = issuer
    return chain


def _check_term(cert: x509.Certificate, now: datetime) -> None:
    begins, ends = cert.not_valid_before_utc, cert.not_valid_after_utc
    if not begins <= now <= ends:
        raise Problem(
            "CERT_NOT_VALID",
            f"数字证书有效期为 {begins:%Y-%m-%d} 至 {ends:%Y-%m-%d}，今天不能用于签署；请先向 CA 机构办理更新。",
            f"The cert is valid from {begins:%Y-%m-%d} to {ends:%Y-%m-%d} and cannot sign today: have the CA renew it.",
        )


def _der(cert: x509.Certificate) -> bytes:
    return cert.public_bytes(Encoding.DER)


def _unreadable() -> Problem:
    return Problem(
        "CERT_UNREADABLE",
        "数字证书无法识别，请重新选择证书文件，或重新插入 UKey 后再试。",
        "The cert cannot be read: choose the file again, or plug the token in once more.",
    )
