"""签码: the QR of a licence is an https address that proves itself, with no network and no database.

    https://<host>/v/<code>#1<decimal digits>

The digits are the number whose bytes are 0x01 and a COSE_Sign1. Behind the ``#`` nothing is sent to the server, and
digits travel in a QR's numeric segment at 3.33 bits each, so that the code stays small enough to be printed.
A forger's own site may say what it likes: whoever has the public keys from elsewhere sees that the signature is not
ours, and a copied code names the licence it was copied from.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from signing_service.attest.code_keys import CodeKeys
from signing_service.attest.cose import MalformedError, read_sign1, sign1
from signing_service.attest.statement import Statement
from signing_service.domain.verdicts import Sentence

VERSION = "1"
LEADING = b"\x01"
MOST_DIGITS = 2000
"""A QR code holds 7,089 digits; ours has about 500. What is longer was not made by us."""


class CodeVerdict(StrEnum):
    GENUINE = "GENUINE"
    FORGED = "FORGED"
    UNREADABLE = "UNREADABLE"


class CodeReason(StrEnum):
    GENUINE = "CODE_GENUINE"
    SIGNATURE_WRONG = "CODE_SIGNATURE_WRONG"
    KEY_UNKNOWN = "CODE_KEY_UNKNOWN"
    KEY_NOT_IN_USE = "CODE_KEY_NOT_IN_USE"
    NO_CODE = "CODE_MISSING"
    MALFORMED = "CODE_MALFORMED"


SENTENCES = {
    CodeReason.GENUINE: Sentence(
        "签码真实：以下内容由发证机关签发，未被改动。请与证照逐项核对，并联网查询当前状态。",
        "The code is genuine: the issuer signed these values. Compare them with the licence, and look up its status today.",
    ),
    CodeReason.SIGNATURE_WRONG: Sentence(
        "签码是伪造的：内容或签名被改动。请勿采信，并向发证机关举报。",
        "The code is forged: its values or its signature were changed. Do not rely on it; report it to the issuer.",
    ),
    CodeReason.KEY_UNKNOWN: Sentence(
        "签码不是用发证机关公布的密钥签发的，请勿采信；若公钥文件较旧，请更新后再查。",
        "The code was not signed with a key that the issuer has published: do not rely on it. If your file of keys is "
        "old, renew it and check again.",
    ),
    CodeReason.KEY_NOT_IN_USE: Sentence(
        "签码所用密钥在所写的签发日期并未启用或已停用，请勿采信，并向发证机关核实。",
        "The key of this code was not in use on the day of issue it states: do not rely on it; ask the issuer.",
    ),
    CodeReason.NO_CODE: Sentence(
        "地址中没有签码，无法离线查验；请联网打开该地址，或重新扫描二维码。",
        "The address carries no signed code and cannot be checked offline: open it online, or scan the QR again.",
    ),
    CodeReason.MALFORMED: Sentence(
        "签码不完整或无法识别，请重新扫描二维码；若印刷清晰仍不能识别，请勿采信。",
        "The code is incomplete or cannot be read: scan it again. If a clear print is still not read, do not rely on it.",
    ),
}


@dataclass(frozen=True, slots=True)
class CodeAnswer:
    """What one code says. ``statement`` is what it claims, also when it is forged: never show it as true then."""

    verdict: CodeVerdict
    reason: CodeReason
    host: str
    """Of the address; empty for bare digits."""
    host_is_ours: bool | None
    """None for bare digits, which name no host."""
    statement: Statement | None = None
    kid: str = ""

    def to_json(self) -> dict[str, Any]:
        sentence = SENTENCES[self.reason]
        return {
            "verdict": self.verdict.value,
            "reason": self.reason.value,
            "sentence": {"zh": sentence.zh, "en": sentence.en},
            "host": self.host,
            "host_is_ours": self.host_is_ours,
            "kid": self.kid,
            "statement": self.statement.to_json() if self.statement else None,
        }


def sign_code(statement: Statement, kid: bytes, sign: Callable[[bytes], bytes]) -> str:
    """The digits of a statement, version first. ``sign`` as in ``cose.sign1``."""
    return digits_of(sign1(statement.to_cbor(), kid, sign))


def digits_of(signed: bytes) -> str:
    return VERSION + str(int.from_bytes(LEADING + signed))


def bytes_of(digits: str) -> bytes:
    """The COSE_Sign1 in the digits. Raises MalformedError."""
    if not digits.isascii() or not digits.isdigit() or not 2 <= len(digits) <= MOST_DIGITS or digits[1] == "0":
        raise MalformedError("not the digits of a code")
    if digits[0] != VERSION:
        raise MalformedError("another version")
    number = int(digits[1:])
    octets = number.to_bytes((number.bit_length() + 7) // 8)
    if not octets.startswith(LEADING):
        raise MalformedError("no leading byte")
    return octets[1:]


def check_code(text: str, keys: CodeKeys, our_hosts: Collection[str]) -> CodeAnswer:
    """Check a whole address or bare digits. Never raises for what is in ``text``."""
    host, host_is_ours, digits = _parts(text.strip(), our_hosts)
    if not digits:
        return CodeAnswer(CodeVerdict.UNREADABLE, CodeReason.NO_CODE, host, host_is_ours)
    try:
        signed = read_sign1(bytes_of(digits))
        statement = Statement.from_cbor(signed.payload)
    except MalformedError:
        return CodeAnswer(CodeVerdict.UNREADABLE, CodeReason.MALFORMED, host, host_is_ours)
    key = keys.find(signed.kid)
    if key is None:
        reason = CodeReason.KEY_UNKNOWN
    elif not signed.is_signed_by(key.public_key):
        reason = CodeReason.SIGNATURE_WRONG
    elif not key.could_sign_on(statement.issued):
        reason = CodeReason.KEY_NOT_IN_USE
    else:
        reason = CodeReason.GENUINE
    verdict = CodeVerdict.GENUINE if reason is CodeReason.GENUINE else CodeVerdict.FORGED
    return CodeAnswer(verdict, reason, host, host_is_ours, statement, signed.kid.hex())


def _parts(text: str, our_hosts: Collection[str]) -> tuple[str, bool | None, str]:
    """Host, whether it is ours, and the digits. An address is ours over https, on a host of ours, with nothing added."""
    if text.isascii() and text.isdigit():
        return "", None, text
    address, _, digits = text.partition("#")
    try:
        parsed = urlsplit(address)
        host, port = (parsed.hostname or "").lower(), parsed.port
    except ValueError:
        return "", False, digits
    plain = parsed.scheme == "https" and port in (None, 443) and parsed.username is None and not parsed.query
    return host, plain and host in our_hosts, digits
