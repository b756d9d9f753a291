"""What was made quick in the libraries says what they say."""

from __future__ import annotations

import io
import itertools
import random

import pytest
from asn1crypto import x509
from pyhanko.pdf_utils import generic

from signing_service.pipeline.validate import tuning

HEX_STRINGS = (
    b"<>", b"<30>", b"<3>", b"<3082FFff>", b"< 30 82\r\n\tff\0\x0c>", b"<30%comment>\n82>", b"<30zz>", b"<30", b"<",
    b"<30<31>>", b"<feff4e2d>", b"<\x0b30>", b"<" + b"ab" * 70_000 + b">", b"<" + b"a b" * 70_001 + b">",
)  # fmt: skip


def read(reader: object, data: bytes) -> tuple[object, ...]:
    stream = io.BytesIO(data + b" /After 1")
    try:
        found = reader(stream)  # type: ignore[operator]
    except Exception as error:  # noqa: BLE001 - whichever it is, both have to raise it
        return (type(error),)
    return type(found), bytes(getattr(found, "original_bytes", b"")) or str(found), stream.tell()


@pytest.mark.parametrize("data", HEX_STRINGS, ids=lambda data: repr(data[:12]))
def test_a_hex_string_is_read_as_the_library_reads_it(data: bytes) -> None:
    assert read(tuning.read_hex_string, data) == read(tuning.slow_hex_string, data)
    assert generic.read_hex_string_from_stream is tuning.read_hex_string


def test_hex_strings_by_chance_are_read_alike() -> None:
    chance = random.Random(4)
    for _ in range(500):
        data = b"<" + bytes(chance.choices(b"0123abcF \n%<(>z", k=chance.randrange(12))) + b">"
        assert read(tuning.read_hex_string, data) == read(tuning.slow_hex_string, data), data


def names() -> list[x509.Name]:
    parts = [
        {"country_name": "CN", "common_name": "示例 CA"},
        {"country_name": "CN", "common_name": "Example CA"},
        {"country_name": "CN", "common_name": "example  ca "},
        {"country_name": "cn", "common_name": "EXAMPLE CA"},
        {"common_name": "Example CA"},
        {"common_name": "Example CA", "organization_name": "甲"},
        {},
    ]
    built = [
        x509.Name.build(part, use_printable=printable)
        for part in parts
        for printable in (False, True)
        if not printable or ("示" not in str(part) and "甲" not in str(part))
    ]
    loaded = [x509.Name.load(name.dump()) for name in built]
    general = [
        x509.GeneralName.load(x509.GeneralName("directory_name", name).dump()).chosen
        for name in built
        if len(name.chosen)
    ]
    grown = built[0].copy()
    grown.chosen.append(
        x509.RelativeDistinguishedName([{"type": "common_name", "value": x509.DirectoryString("utf8_string", "x")}])
    )
    return [*built, *loaded, *general, grown]


def test_two_names_are_equal_when_the_library_finds_them_so() -> None:
    found = set()
    for one, other in itertools.product(names(), repeat=2):
        equal = tuning.slow_equality(one, other)
        assert tuning.is_equal(one, other) == equal == (one == other)
        assert (one.hashable == other.hashable) == (one.chosen.hashable == other.chosen.hashable)
        found.add(equal)
    assert found == {True, False}
    assert names()[0] != "示例 CA"
