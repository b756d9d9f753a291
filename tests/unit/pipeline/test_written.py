"""What the tables of a file say is what others read in it; what has no tables takes no update."""

from __future__ import annotations

import io

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signing_service.domain.documents import PadesLevel, TemplateId
from signing_service.domain.errors import Problem
from signing_service.pipeline.increment import appended, next_trailer
from signing_service.pipeline.written import Written, elements, parsed, reference, text, written
from tests.unit.pipeline.sealing import AUTHORITY, EVERY_TEMPLATE, LICENCE, PLATFORM, Keyring, signable


@pytest.fixture(scope="module")
def licence(keyring: Keyring) -> bytes:
    return keyring.sealed(signable(LICENCE), AUTHORITY, PLATFORM, level=PadesLevel.B_T).data


def is_plain(item: pikepdf.Object) -> bool:
    return isinstance(item, pikepdf.Dictionary) and not isinstance(item, pikepdf.Stream)


def same_dictionaries(data: bytes) -> int:
    """Writes every dictionary anew, as read here, in an update; pikepdf has to find nothing changed. How many."""
    file = Written.read(data)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert file.root == pdf.Root.objgen
        assert file.first_page() == pdf.pages[0].obj.objgen
        before = {item.objgen: item.unparse(resolved=True) for item in pdf.objects if is_plain(item)}
        streams = {item.objgen: set(item.keys()) for item in pdf.objects if isinstance(item, pikepdf.Stream)}
    anew = {which: written(file.dictionary(which)) for which in before}
    with pikepdf.open(io.BytesIO(appended(data, anew, next_trailer(file, size=file.size)))) as pdf:
        assert {which: pdf.get_object(which).unparse(resolved=True) for which in before} == before
    for which, names in streams.items():
        assert {name.decode() for name in file.dictionary(which)} == names
    return len(before)


@pytest.mark.parametrize("which", EVERY_TEMPLATE, ids=str)
def test_every_dictionary_is_what_others_read(which: TemplateId) -> None:
    assert same_dictionaries(signable(which).data) >= 4


def test_after_each_update_the_newest_version_of_an_object_counts(licence: bytes) -> None:
    assert same_dictionaries(licence) >= 4
    fields = [(text(field[b"/T"]), b"/V" in field) for _, field in Written.read(licence).fields()]
    assert fields == [("authority", True), ("platform", True)]


def test_a_stream_is_read_as_it_is_or_deflated() -> None:
    data = signable(LICENCE).data
    file, read = Written.read(data), 0
    with pikepdf.open(io.BytesIO(data)) as pdf:
        for item in pdf.objects:
            if isinstance(item, pikepdf.Stream) and item.get("/Filter") in (None, pikepdf.Name.FlateDecode):
                if "/DecodeParms" in item:
                    continue
                assert file.stream(item.objgen) == item.read_bytes()
                read += 1
    assert read > 3


def test_values_are_told_apart() -> None:
    entries, end = parsed(b"<</A 1 0 R/B[1 0 R(a\\)b(c))<00 ff>]/C<</D/E>>/F(>>)/G -1.5/H<28>/I true>> tail", 0)
    assert entries == {
        b"/A": b"1 0 R", b"/B": b"[1 0 R(a\\)b(c))<00 ff>]", b"/C": b"<</D/E>>",
        b"/F": b"(>>)", b"/G": b"-1.5", b"/H": b"<28>", b"/I": b"true",
    }  # fmt: skip
    assert end == len(b"<</A 1 0 R/B[1 0 R(a\\)b(c))<00 ff>]/C<</D/E>>/F(>>)/G -1.5/H<28>/I true>>")
    assert elements(entries[b"/B"]) == [b"1 0 R", b"(a\\)b(c))", b"<00 ff>"]
    assert reference(entries[b"/A"]) == (1, 0)
    assert parsed(written(entries), 0)[0] == entries


def without_tables() -> bytes:
    """The same document as other programs save it: compressed cross-reference streams."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(signable(LICENCE).data)) as pdf:
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"%PDF-1.7\n",
        b"%PDF-1.7\nstartxref\n9\n%%EOF\n",
        b"%PDF-1.7\nxref\n0 99999999\ntrailer\n<</Size 1/Root 1 0 R>>\nstartxref\n9\n%%EOF\n",
        b"%PDF-1.7\nxref\n0 0\ntrailer\n<</Size 1/Root 1 0 R/Prev 9>>\nstartxref\n9\n%%EOF\n",
        b"%PDF-1.7\nxref\n0 0\ntrailer\n<</Size 1/Root 1 0 R/XRefStm 9>>\nstartxref\n9\n%%EOF\n",
        b"%PDF-1.7\nxref\n0 0\ntrailer\n<</Size 1/Root 1 0 R/Encrypt 2 0 R>>\nstartxref\n9\n%%EOF\n",
        without_tables(),
    ],
)
def test_what_has_no_plain_tables_takes_no_update(data: bytes) -> None:
    with pytest.raises(Problem) as refusal:
        Written.read(data)
    assert refusal.value.code == "FILE_STRUCTURE"


@given(st.data())
def test_a_damaged_file_is_refused_and_nothing_worse(choice: st.DataObject) -> None:
    data = bytearray(signable(LICENCE).data)
    tail = data.rfind(b"xref\n0 ")
    for _ in range(choice.draw(st.integers(1, 4))):
        place = choice.draw(st.one_of(st.integers(0, len(data) - 1), st.integers(tail, len(data) - 1)))
        data[place] = choice.draw(st.integers(0, 255))
    try:
        file = Written.read(bytes(data))
        list(file.fields())
        file.first_page()
        file.dictionary(file.root)
    except Problem as problem:
        assert problem.code == "FILE_STRUCTURE"  # noqa: PT017 - most damage does not show here
