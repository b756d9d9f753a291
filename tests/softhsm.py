"""SoftHSM2: tokens in files, that can be pulled out and put back while somebody uses them."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization

from signing_service.keystores.pin import Pin
from signing_service.keystores.pkcs11 import Pkcs11KeyStore
from signing_service.keystores.token import TokenPlace
from signing_service.trust.issue import pem_of_certs
from signing_service.trust.pki import Pki

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN = "482913"
SO_PIN = "77482913"


class SoftHsm:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tokens = folder / "tokens"
        self.tokens.mkdir()
        conf = folder / "softhsm2.conf"
        conf.write_text(f"directories.tokendir = {self.tokens}\nobjectstore.backend = file\nlog.level = ERROR\n")
        # read by the library whenever it starts, in this process and in every child
        os.environ["SOFTHSM2_CONF"] = str(conf)

    def new_token(self, label: str) -> SoftToken:
        before = set(self.tokens.iterdir())
        self.util("--init-token", "--free", "--label", label, "--so-pin", SO_PIN, "--pin", PIN)
        (folder,) = set(self.tokens.iterdir()) - before
        return SoftToken(self, label, folder)

    def util(self, *arguments: str | Path) -> None:
        subprocess.run(["softhsm2-util", *arguments], check=True, capture_output=True)


@dataclass(frozen=True)
class SoftToken:
    hsm: SoftHsm
    label: str
    folder: Path

    def take(self, pki: Pki, label: str, *, number: int) -> None:
        """A key of ``pki`` goes into the token; it is not to be taken out again."""
        data = (pki.keys / f"{label}.pem").read_bytes()
        key = serialization.load_pem_private_key(data, pki.passphrase)
        plain = self.hsm.folder / "plain.pem"
        plain.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        self.hsm.util(
            "--import", plain, "--token", self.label, "--label", label, "--id", f"{number:02x}", "--pin", PIN
        )  # fmt: skip
        plain.unlink()

    def pull_out(self) -> None:
        self.folder.rename(self.hsm.folder / self.folder.name)

    def put_back(self) -> None:
        (self.hsm.folder / self.folder.name).rename(self.folder)

    def store(self, folder: Path, *, pin: str = PIN, sessions: int = 8, label: str = "") -> Pkcs11KeyStore:
        """A store over this token; ``folder`` gets the PIN file and holds certs and notes."""
        (folder / "pin").write_text(f"{pin}\n", encoding="utf-8")
        place = TokenPlace(MODULE, label or self.label, sessions)
        return Pkcs11KeyStore(place, Pin(folder / "pin", folder / "pin.refused"), folder)


def write_certs(pki: Pki, folder: Path, *labels: str) -> None:
    """The certs beside a token: cert and issuer, and the note of a key that signs with PSS."""
    for label in labels:
        (folder / f"{label}.pem").write_bytes(pem_of_certs((pki.certs[label], pki.cas["enterprise"])))
        note = pki.keys / f"{label}.toml"
        if note.exists():
            (folder / note.name).write_bytes(note.read_bytes())
