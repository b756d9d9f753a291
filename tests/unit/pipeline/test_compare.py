"""比对: the last intact version is found, what differs is marked where it is, and what does not differ is not."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Callable

import pikepdf
import pytest
from PIL import Image, ImageDraw

from signing_service.domain.changes import MOST_REGIONS, Change, ChangeKind, Changes
from signing_service.domain.verdicts import Integrity, Report, Sentence, Trust, Verdict
from signing_service.pipeline.compare import CompareLimits
from signing_service.pipeline.compare.objects import TooMuchError, changes_in_words
from signing_service.pipeline.compare.pages import differing, looks
from signing_service.pipeline.compare.revisions import last_intact
from signing_service.pipeline.compare.work import compare
from tests.security import attacks, corpus, signed_files
from tests.security.signed_files import NOW, Pki

LIMITS = CompareLimits()


@pytest.fixture(scope="session")
def pki() -> Pki:
    return Pki.make()


@pytest.fixture(scope="session")
def sealed(pki: Pki) -> bytes:
    return signed_files.two_seals(pki)


def compared(data: bytes, pki: Pki) -> Changes:
    *_, last = compare(data, pki.anchors, intermediates=(), crls=(), now=NOW, limits=LIMITS)
    return last


def words(before: bytes, after: bytes) -> tuple[Change, ...]:
    return changes_in_words(before, after, max_nodes=100_000, max_pages=20)


# ---- the version


def _report(integrity: Integrity) -> Report:
    return Report(Verdict.TOTAL_PASSED, integrity, Trust.TRUSTED, "GENUINE", Sentence("", ""), ())


def _judge(*intact: int) -> Callable[[bytes], Report]:
    return lambda version: _report(Integrity.INTACT if len(version) in intact else Integrity.CHANGED)


def _file(*covered: int) -> bytes:
    ranges = b"".join(b"/ByteRange [0 10 20 %d]" % (end - 20) for end in covered)
    return b"%PDF-1.7 " + ranges.ljust(400) + b"%%EOF\n" + b" " * 50 + b"%%EOF\r\n" + b" " * 50


def test_the_longest_version_that_a_signature_covers_and_that_holds_is_taken() -> None:
    data = _file(30, 300, 350)
    found = last_intact(data, _judge(30, 300), 8)
    assert found is not None
    assert found[0] == 300
    assert last_intact(data, _judge(), 8) is None


def test_harmless_updates_behind_it_belong_to_it_until_the_first_that_is_not() -> None:
    data = _file(300)
    first, second = data.index(b"%%EOF") + 6, data.rindex(b"%%EOF") + 7
    for intact, length in (((300, first, second), second), ((300, first), first), ((300, second), 300)):
        found = last_intact(data, _judge(*intact), 8)
        assert found is not None
        assert found[0] == length


def test_no_more_versions_are_judged_than_allowed() -> None:
    asked: list[int] = []

    def judge(version: bytes) -> Report:
        asked.append(len(version))
        return _report(Integrity.BROKEN)

    assert last_intact(_file(*range(100, 120)), judge, 3) is None
    assert asked == [119, 118, 117]


def test_a_whole_file_is_no_earlier_version_of_itself(sealed: bytes, pki: Pki) -> None:
    changes = compared(sealed, pki)
    assert changes.intact is not None
    assert changes.intact.length < len(sealed)


def test_after_a_seal_that_does_not_hold_the_version_before_it_is_given_back(sealed: bytes, pki: Pki) -> None:
    digits = attacks.contents_digits(sealed)
    broken = attacks.set_contents(sealed, digits[:600] + (b"00" if digits[600:602] != b"00" else b"11") + digits[602:])
    changes = compared(broken, pki)
    first = attacks.byte_ranges(sealed)[0]
    assert changes.intact is not None
    assert changes.intact.length == first[2] + first[3]
    assert ChangeKind.SIGNATURE_ADDED in {change.kind for change in changes.changes}


def test_a_flip_in_the_first_content_leaves_no_version(sealed: bytes, pki: Pki) -> None:
    assert compared(sealed.replace(b"/MediaBox", b"/MediaBax", 1), pki).intact is None


# ---- the pages


def page(*boxes: tuple[int, int, int, int], size: tuple[int, int] = (800, 1200), shade: int = 0) -> Image.Image:
    picture = Image.new("RGB", size, "white")
    for box in boxes:
        ImageDraw.Draw(picture).rectangle(box, fill=(shade, shade, shade))
    return picture


def test_what_differs_is_boxed_and_nothing_else() -> None:
    [region] = differing(page(), page((80, 120, 160, 240)))
    assert (region.left, region.top) == (100, 100)
    assert 200 <= region.right <= 212
    assert 200 <= region.bottom <= 208
    assert differing(page((80, 120, 160, 240)), page((80, 120, 160, 240))) == ()


def test_two_places_apart_are_two_and_a_line_of_letters_is_one() -> None:
    assert len(differing(page(), page((80, 80, 90, 90), (600, 900, 610, 910)))) == 2
    letters = [(80 + 18 * at, 80, 90 + 18 * at, 95) for at in range(12)]
    assert len(differing(page(), page(*letters))) == 1


def test_what_rounding_leaves_is_no_difference() -> None:
    assert differing(page(), page((0, 0, 799, 1199), shade=235)) == ()
    assert differing(page(), page((400, 400, 400, 400))) == ()
    assert differing(page(), page((400, 400, 402, 402)))


def test_a_change_of_colour_alone_is_a_difference() -> None:
    red = Image.new("RGB", (800, 1200), (150, 0, 0))
    green = Image.new("RGB", (800, 1200), (0, 76, 0))
    assert differing(red, green)


def test_dust_over_the_whole_page_is_joined_into_few_places() -> None:
    dust = [(x, y, x + 4, y + 4) for x in range(20, 780, 60) for y in range(20, 1180, 60)]
    regions = differing(page(), page(*dust))
    assert 1 <= len(regions) <= MOST_REGIONS


def test_pages_of_another_size_differ_as_a_whole() -> None:
    [region] = differing(page(), page(size=(700, 1200)))
    assert region.to_json() == [0, 0, 1000, 1000]


def book(*texts: str) -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        for text in texts:
            with pikepdf.open(io.BytesIO(signed_files.page(text))) as one:
                pdf.pages.extend(one.pages)
        pdf.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ("ABCD", ()),
        ("ABC", (Change(ChangeKind.PAGE_REMOVED, 4),)),
        ("BCD", (Change(ChangeKind.PAGE_REMOVED, 1),)),
        ("ABXCD", (Change(ChangeKind.PAGE_ADDED, 3),)),
        ("DABC", (Change(ChangeKind.PAGE_MOVED, 1, "4"),)),
        ("ABXD", ()),
    ],
)
def test_pages_added_removed_and_moved_are_told_apart(after: str, expected: tuple[Change, ...]) -> None:
    seen = looks(book(*"ABCD"), book(*after), LIMITS)
    assert seen.changes == expected
    assert seen.pages_changed == (0 if after == "ABCD" else 1)
    assert (seen.pages_before, seen.pages_after) == (4, len(after))


def test_an_object_that_no_table_names_is_shown_as_lenient_readers_show_it(sealed: bytes, pki: Pki) -> None:
    hidden = corpus.updated(sealed, corpus.forged_content, table="same")
    changes = compared(hidden, pki)
    assert changes.rebuilt
    assert changes.pages_changed == 1
    assert not compared(corpus.updated(sealed, corpus.forged_content), pki).rebuilt
    assert not compared(sealed + b"\0" * 20, pki).rebuilt


# ---- the words


def test_a_file_does_not_differ_from_itself(sealed: bytes) -> None:
    assert words(sealed, sealed) == ()


def edited(data: bytes, edit: corpus.Edit) -> set[ChangeKind]:
    return {change.kind for change in words(data, corpus.updated(data, edit))}


def test_a_value_is_told_with_what_it_was(pki: Pki) -> None:
    data = signed_files.with_text_field(signed_files.page())

    def fill(pdf: pikepdf.Pdf) -> list[pikepdf.Object]:
        [field] = [field for field in pdf.Root.AcroForm.Fields if str(field.T) == "amount"]
        field.V = pikepdf.String("900")
        return [field]

    [change] = words(data, corpus.updated(data, fill))
    assert (change.kind, change.subject, change.before, change.after) == (
        ChangeKind.FIELD_VALUE, "amount", "100", "900",
    )  # fmt: skip
    assert change.sentence.zh == "表单项“amount”由“100”改为“900”"


def test_a_further_seal_is_a_signature_added_and_nothing_else(pki: Pki) -> None:
    base = signed_files.with_fields(signed_files.page())
    first = signed_files.sign(base, "employer", pki.employer, [pki.ca])
    second = signed_files.sign(first, "authority", pki.authority, [pki.ca])
    assert ChangeKind.SIGNATURE_ADDED in {change.kind for change in words(first, second)}
    assert ChangeKind.SIGNATURE_CHANGED not in {change.kind for change in words(first, second)}


def test_more_than_may_be_read_is_refused(sealed: bytes) -> None:
    with pytest.raises(TooMuchError):
        changes_in_words(sealed, sealed, max_nodes=20, max_pages=20)


def test_what_is_known_is_said_part_by_part(sealed: bytes, pki: Pki) -> None:
    data = corpus.updated(sealed, corpus.forged_page)
    first, second, third = compare(data, pki.anchors, intermediates=(), crls=(), now=NOW, limits=LIMITS)
    assert first.intact == second.intact == third.intact
    assert {*first.changes} < {*second.changes} <= {*third.changes}
    assert (first.looked_at, second.looked_at, third.looked_at) == (False, False, True)
    assert Changes.from_json(third.to_json(pictures=True)) == third
    plain = Changes.from_json(third.to_json())
    assert plain == dataclasses.replace(
        third,
        pages=tuple(dataclasses.replace(one, picture_before=None, picture_after=None) for one in third.pages),
    )
