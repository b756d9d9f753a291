"""Keys and certs for tests: the development PKI, and keys that are wrong in just one way.

A look-alike PKI, same names and other keys, is ``ensure`` over the same description in another folder.
"""

from __future__ import annotations

import secrets
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

from signing_service.domain.keys import KeyAlgorithm, KeyRef
from signing_service.settings import ROOT
from signing_service.trust.description import Profile
from signing_service.trust.files import PRIVATE, write_whole
from signing_service.trust.issue import Validity, issue_cert, new_key, pem_of_key
from signing_service.trust.pki import Pki

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
DESCRIPTION = ROOT / "certs" / "pki.toml"

EXPIRED = Validity(NOW - timedelta(days=400), NOW - timedelta(days=30))
NOT_YET_VALID = Validity(NOW + timedelta(days=30), NOW + timedelta(days=400))
IN_TERM = Validity(NOW - timedelta(days=1), NOW + timedelta(days=365))

_TWO_KEYS = """
policy = "2.25.147608445437398312328093907484980594400.1"
organisation = "签章服务开发环境"
[years]
root = 20
ca = 10
seal = 3
ocsp = 3
tsa = 8
[ca.root]
name = "开发环境根 CA"
[ca.enterprise]
name = "开发环境企业 CA"
[key.curve]
issuer = "enterprise"
algorithm = "ecdsa-p256"
organisation = "江右示例建设集团有限公司"
uscc = "9136010099900011XN"
[key.factors]
issuer = "enterprise"
algorithm = "rsa-2048"
organisation = "东湖示例建筑工程有限公司"
uscc = "91360102999000128K"
"""


ALGORITHMS = {
    "ecdsa-p256": KeyAlgorithm.ECDSA_P256,
    "ecdsa-p384": KeyAlgorithm.ECDSA_P384,
    "rsa-2048": KeyAlgorithm.RSA_2048,
    "rsa-3072": KeyAlgorithm.RSA_3072,
    "rsa-2048-pss": KeyAlgorithm.RSA_2048_PSS,
    "rsa-3072-pss": KeyAlgorithm.RSA_3072_PSS,
    "ed25519": KeyAlgorithm.ED25519,
}
"""As they are written in ``pki.toml``; in ``seven_keys`` also the labels of the keys."""


def seven_keys(folder: Path) -> Path:
    """A key of each algorithm, labelled by it, under the CA ``enterprise``, and its ``tsa`` and ``ocsp-enterprise``."""
    head = 'publish = "http://127.0.0.1:8000/pki"\n' + _TWO_KEYS.partition("[key.")[0]
    holder = 'organisation = "江右示例建设集团有限公司"\nuscc = "9136010099900011XN"\n'
    entry = '[key.{0}]\nissuer = "enterprise"\nalgorithm = "{1}"\n'
    text = head + "".join(entry.format(name, name) + holder for name in ALGORITHMS)
    for label, profile in (("tsa", "tsa"), ("ocsp-enterprise", "ocsp")):
        text += entry.format(label, "ecdsa-p256") + f'profile = "{profile}"\n' + holder
    path = folder / "seven-keys.toml"
    path.write_text(text, encoding="utf-8")
    return path


def two_keys(folder: Path) -> Path:
    """A short description: keys ``curve`` (P-256) and ``factors`` (RSA), under the CA ``enterprise``."""
    path = folder / "two-keys.toml"
    path.write_text(_TWO_KEYS, encoding="utf-8")
    return path


def published(folder: Path) -> Path:
    """The description we ship, with CAs that publish at a port of this machine where nobody listens yet.

    ``tests.unit.trust.serving.answering`` lets them answer there. The port is none of those that the system hands out.
    """
    text = DESCRIPTION.read_text(encoding="utf-8")
    base = f"http://127.0.0.1:{_quiet_port()}/pki"
    path = folder / "pki.toml"
    path.write_text(text.replace("http://127.0.0.1:8000/pki", base), encoding="utf-8")
    return path


def _quiet_port() -> int:
    while True:
        port = 20_000 + secrets.randbelow(10_000)
        with socket.socket() as taken:
            if taken.connect_ex(("127.0.0.1", port)):
                return port


def add_key(
    pki: Pki,
    label: str,
    *,
    issuer: str = "enterprise",
    profile: Profile = Profile.SEAL,
    validity: Validity = IN_TERM,
    subject: x509.Name | None = None,
    algorithm: KeyAlgorithm = KeyAlgorithm.ECDSA_P256,
) -> KeyRef:
    """One more key in the soft store of ``pki``, right or wrong as asked; e.g. ``validity=EXPIRED``."""
    key = new_key(algorithm)
    subject = subject or x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, label)])
    cert = issue_cert(subject, key.public_key(), pki.issuer(issuer), profile, validity)
    write_whole(pki.keys / f"{label}.pem", pem_of_key(key, (cert, pki.cas[issuer]), pki.passphrase), PRIVATE)
    return KeyRef("soft", label)


def with_addresses(folder: Path) -> Path:
    """The shipped description, whose certs name where the CAs answer: without that nobody asks for revocation."""
    text = DESCRIPTION.read_text(encoding="utf-8")
    if "\npublish = " not in text:
        text = f'publish = "http://127.0.0.1:8000/pki"\n{text}'
    path = folder / "with-addresses.toml"
    path.write_text(text, encoding="utf-8")
    return path
