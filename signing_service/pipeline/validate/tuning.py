"""Two places where the libraries under the full path spend half of its time, made quick without another result.

pyHanko reads a hex string digit by digit, and the hole of a signature has ten thousand and more; asn1crypto prepares
each value of two names (RFC 4518) anew whenever they are compared. Both are replaced for the process by functions
that give the same for every input; what is out of the ordinary is handed to the functions they replace.
"""

from __future__ import annotations

import binascii
from functools import lru_cache
from typing import Any, BinaryIO

from asn1crypto import x509
from pyhanko.pdf_utils import generic

_BLOCK = 64 * 1024
_WHITE_SPACE = b"\0\t\n\x0c\r "

slow_hex_string = generic.read_hex_string_from_stream
slow_equality = x509.Name.__eq__


def read_hex_string(stream: BinaryIO) -> Any:
    """As ``pyhanko.pdf_utils.generic.read_hex_string_from_stream``, which gets what is more than digits and spaces."""
    start = stream.tell()
    stream.read(1)
    parts = []
    while block := stream.read(_BLOCK):
        end = block.find(b">")
        parts.append(block if end < 0 else block[:end])
        if end >= 0:
            stream.seek(end + 1 - len(block), 1)
            break
    digits = b"".join(parts).translate(None, _WHITE_SPACE)
    try:
        if not block:
            raise ValueError
        return generic.pdf_string(binascii.unhexlify(digits + b"0" * (len(digits) % 2)))
    except ValueError:
        stream.seek(start)
        return slow_hex_string(stream)


@lru_cache(maxsize=4096)
def _is_equal(one: bytes, other: bytes) -> bool:
    return bool(x509.RDNSequence.load(one) == x509.RDNSequence.load(other))


def is_equal(self: x509.Name, other: object) -> bool:
    """RFC 5280, 7.1, found once for two names as they are encoded."""
    if not isinstance(other, x509.Name):
        return bool(slow_equality(self, other))
    one, another = self.chosen.dump(), other.chosen.dump()
    if one == another:
        return True
    # a name that was taken out of something else may keep the tag it had there
    is_plain = one[:1] == another[:1] == b"\x30"
    return _is_equal(one, another) if is_plain else bool(slow_equality(self, other))


@lru_cache(maxsize=4096)
def _hashable(encoded: bytes) -> str:
    return str(x509.RDNSequence.load(encoded).hashable)


def hashable(self: x509.Name) -> str:
    """The name in a form that is equal where the names are."""
    encoded = self.chosen.dump()
    return _hashable(encoded) if encoded[:1] == b"\x30" else str(self.chosen.hashable)


generic.read_hex_string_from_stream = read_hex_string
x509.Name.hashable = property(hashable)
x509.Name.__eq__ = is_equal
