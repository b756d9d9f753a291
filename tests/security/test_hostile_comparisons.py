"""A file made to burst whoever draws or compares it costs a process its life and nobody else anything."""

from __future__ import annotations

import io
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import replace

import pikepdf
import pytest

from signing_service.domain.changes import MOST_CHANGES, MOST_PAGES, MOST_PICTURE_BYTES, ChangeKind, Changes
from signing_service.pipeline.compare import CompareLimits, compare_isolated
from signing_service.pipeline.compare.isolated import _checked
from signing_service.pipeline.validate import Limits
from tests.security import attacks, corpus, signed_files
from tests.security.page_bombs import PAGE_BOMBS
from tests.security.signed_files import NOW, Pki
from tests.security.test_hostile_files import BOMBS

LIMITS = CompareLimits(Limits(seconds=20))


def compared(data: bytes, pki: Pki, limits: CompareLimits = LIMITS) -> Changes:
    return compare_isolated(data, pki.anchors, now=NOW, limits=limits)


def assert_bounded(changes: Changes) -> None:
    assert len(changes.pages) <= MOST_PAGES
    assert len(changes.changes) <= MOST_CHANGES
    for page in changes.pages:
        for picture in (page.picture_before, page.picture_after):
            assert picture is None or len(picture.jpeg) <= MOST_PICTURE_BYTES


@pytest.mark.slow
@pytest.mark.parametrize("name", PAGE_BOMBS)
def test_a_page_made_to_burst_still_gives_the_sealed_version_back(name: str, one: bytes, pki: Pki) -> None:
    changes = compared(corpus.updated(one, PAGE_BOMBS[name]), pki)
    assert_bounded(changes)
    assert changes.intact is not None
    assert changes.intact.length in (len(one), len(one) + 1)
    assert changes.changes


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_appended_to_a_sealed_file_is_ended_and_answered(name: str, one: bytes, pki: Pki) -> None:
    changes = compared(one + BOMBS[name](), pki)
    assert_bounded(changes)
    assert changes.intact is None or changes.intact.length <= len(one) + 1


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_alone_holds_no_sealed_version(name: str, pki: Pki) -> None:
    assert compared(BOMBS[name](), pki).intact is None


@pytest.mark.slow
def test_a_page_that_never_ends_costs_only_the_pictures(one: bytes, pki: Pki) -> None:
    changes = compared(corpus.updated(one, PAGE_BOMBS["drawings that draw each other"]), pki)
    assert changes.intact is not None
    assert not changes.looked_at
    assert {change.kind for change in changes.changes} >= {ChangeKind.PAGE_CONTENT, ChangeKind.DATA_APPENDED}


def test_without_memory_there_is_an_answer_too(one: bytes, pki: Pki) -> None:
    """How far it comes without any more depends on what the process had already; what it says is true, or nothing."""
    starved = replace(LIMITS, process=Limits(seconds=6, memory_bytes=4096))
    in_full = compared(attacks.replace_page(one), pki).intact
    assert in_full is not None
    assert compared(attacks.replace_page(one), pki, starved).intact in (None, in_full)


def test_a_file_longer_than_allowed_is_not_compared(one: bytes, pki: Pki) -> None:
    short = replace(LIMITS, process=Limits(max_bytes=1000))
    assert compared(attacks.replace_page(one), pki, short) == Changes(None)


def test_of_many_pages_the_first_are_compared(one: bytes, pki: Pki) -> None:
    def more(pdf: pikepdf.Pdf) -> list[pikepdf.Object]:
        tree = pdf.Root.Pages
        page = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.Page, MediaBox=[0, 0, 300, 300], Parent=tree))
        tree.Kids = pikepdf.Array([*tree.Kids, *([page] * 90)])
        tree.Count = len(tree.Kids)
        return [tree, page]

    changes = compared(corpus.updated(one, more), pki, replace(LIMITS, max_pages=6))
    assert changes.looked_at
    assert not changes.all_pages
    assert changes.pages_after >= 90
    assert changes.pages_changed <= 6
    assert len(changes.pages) == MOST_PAGES


def test_sixty_versions_behind_the_seal_are_not_all_judged(one: bytes, pki: Pki) -> None:
    data = one
    for number in range(60):
        data = attacks.append_revision(data, {700 + number: b"<< >>"})
    changes = compared(data, pki)
    assert changes.intact is not None
    assert data[: changes.intact.length].startswith(one)


# ---- what comes out of the process is not believed unread


@pytest.mark.parametrize(
    "spoil",
    [
        lambda told: told["intact"].update(length=10**9),
        lambda told: told["intact"].update(length=17),
        lambda told: told["intact"].update(sha256="0" * 64),
        lambda told: told["pages"][0]["picture_after"].update(jpeg="PHN2Zz4="),
        lambda told: told["pages"][0]["picture_after"].update(jpeg="<svg>"),
        lambda told: told["changes"][0].update(kind="NOTHING"),
        lambda told: told.pop("pages"),
    ],
)
def test_an_answer_that_a_captured_process_might_give_is_refused(
    spoil: Callable[[dict[str, object]], object], two: bytes, pki: Pki
) -> None:
    data = corpus.updated(two, corpus.forged_page)
    told = compared(data, pki).to_json(pictures=True)
    assert _checked(Changes.from_json(told), data).intact is not None
    spoil(told)
    with pytest.raises((ValueError, KeyError, TypeError)):
        _checked(Changes.from_json(told), data)


# ---- calling home


def _with_addresses(address: str) -> corpus.Edit:
    """Every place in a page and a catalog that names an address."""

    def edit(pdf: pikepdf.Pdf) -> list[pikepdf.Object]:
        d, name, text = pikepdf.Dictionary, pikepdf.Name, pikepdf.String
        remote = d(Type=name.Filespec, FS=name.URL, F=text(f"{address}/remote.pdf"))
        actions = {
            "uri": d(S=name.URI, URI=text(f"{address}/uri")),
            "remote": d(S=name.GoToR, F=remote, D=pikepdf.Array([0, name.Fit])),
            "embedded": d(S=name.GoToE, F=remote, T=d(R=name.C)),
            "launch": d(S=name.Launch, F=remote),
            "submit": d(S=name.SubmitForm, F=remote),
            "import": d(S=name.ImportData, F=remote),
            "script": d(S=name.JavaScript, JS=text(f"app.launchURL('{address}/script')")),
        }
        page = pdf.pages[0].obj
        notes = [
            pdf.make_indirect(d(Type=name.Annot, Subtype=name.Link, Rect=[0, 0, 99, 99], A=action))
            for action in actions.values()
        ]
        image = pdf.make_stream(
            b"", Type=name.XObject, Subtype=name.Image, Width=9, Height=9, BitsPerComponent=8,
            ColorSpace=name.DeviceGray, F=remote,
        )  # fmt: skip
        reference = corpus.stream(
            pdf, b"0 0 9 9 re f", Type=name.XObject, Subtype=name.Form, BBox=pikepdf.Array([0, 0, 9, 9]),
            Ref=d(F=remote, Page=0),
        )  # fmt: skip
        content = pdf.make_stream(b"/Im Do /Re Do", F=remote)
        drawn = corpus.stream(pdf, b"/Im Do /Re Do")
        page.Resources = d(XObject=d(Im=image, Re=reference))
        page.Contents = pikepdf.Array([drawn, content])
        page.Annots = pikepdf.Array([*page.Annots, *notes])
        page.AA = d(O=actions["uri"])
        pdf.Root.OpenAction = actions["submit"]
        pdf.Root.AcroForm.XFA = text(f"<xdp><submit target='{address}/xfa'/></xdp>")
        pdf.Root.URI = d(Base=text(address))
        form = pdf.Root.AcroForm
        return [pdf.Root, page, image, reference, content, drawn, *notes, *([form] if form.objgen != (0, 0) else [])]

    return edit


def test_no_address_named_in_a_file_or_its_certs_is_ever_visited(canary: tuple[str, list[str]]) -> None:
    address, hits = canary
    pki = Pki.make(names_server=address)
    sealed = signed_files.one_seal(pki)
    altered = corpus.updated(sealed, _with_addresses(address))
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(altered)) as pdf:
        pdf.save(out)
    for anchors in (pki.anchors, ()):
        for file in (altered, altered + b"x", out.getvalue()):
            compare_isolated(file, anchors, now=NOW, limits=LIMITS)
    changes = compared(altered, pki)
    assert changes.looked_at
    assert ChangeKind.ACTION in {change.kind for change in changes.changes}
    assert hits == []
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(f"{address}/the-canary-sings")  # noqa: S310 - our own server on the loopback
    assert hits == ["/the-canary-sings"]
