"""Pages made to burst whoever draws or unpacks them: each an edit that an update of a signed file can carry."""

from __future__ import annotations

import zlib

from pikepdf import Array, Dictionary, Name, Object, Pdf

from tests.security.corpus import Edit, stream


def _packed(body: bytes, times: int = 1) -> tuple[bytes, Array]:
    for _ in range(times):
        body = zlib.compress(body, 9)
    return body, Array([Name.FlateDecode] * times)


def _shown_by(pdf: Pdf, content: Object, **resources: object) -> list[Object]:
    """The first page shows ``content``, with ``resources`` of its own."""
    page = pdf.pages[0].obj
    page.Contents = content
    page.Resources = Dictionary(**resources)
    return [page, content]


def _content_of(body: bytes, times: int = 1) -> Edit:
    def edit(pdf: Pdf) -> list[Object]:
        packed, filters = _packed(body, times)
        content = pdf.make_stream(b"")
        content.write(packed, filter=filters)
        return _shown_by(pdf, content)

    return edit


def _image(width: int, height: int, times: int = 1) -> Edit:
    def edit(pdf: Pdf) -> list[Object]:
        packed, filters = _packed(b"\0" * min(width * height * 3, 60_000_000), times)
        image = pdf.make_stream(
            b"", Type=Name.XObject, Subtype=Name.Image, Width=width, Height=height, BitsPerComponent=8,
            ColorSpace=Name.DeviceRGB,
        )  # fmt: skip
        image.write(packed, filter=filters)
        content = stream(pdf, b"500 0 0 500 0 0 cm /Im Do")
        return [*_shown_by(pdf, content, XObject=Dictionary(Im=image)), image]

    return edit


def _laughing(pdf: Pdf) -> list[Object]:
    """Thirty drawings, each of which draws the next one twice: a billion of the last."""
    last = stream(pdf, b"0 0 9 9 re f", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 900, 900]))
    drawings = [last]
    for _ in range(30):
        drawings.append(
            stream(
                pdf, b"/X Do /X Do", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 900, 900]),
                Resources=Dictionary(XObject=Dictionary(X=drawings[-1])),
            )
        )  # fmt: skip
    content = stream(pdf, b"/X Do")
    return [*_shown_by(pdf, content, XObject=Dictionary(X=drawings[-1])), *drawings]


def _loop(pdf: Pdf) -> list[Object]:
    drawing = stream(pdf, b"/X Do", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 900, 900]))
    drawing.Resources = Dictionary(XObject=Dictionary(X=drawing))
    return [*_shown_by(pdf, stream(pdf, b"/X Do"), XObject=Dictionary(X=drawing)), drawing]


def _box(*numbers: float) -> Edit:
    def edit(pdf: Pdf) -> list[Object]:
        page = pdf.pages[0].obj
        page.MediaBox = Array(list(numbers))
        return [page]

    return edit


def _wide_tree(pdf: Pdf) -> list[Object]:
    tree = pdf.Root.Pages
    page = tree.Kids[0]
    tree.Kids = Array([page] * 100_000)
    tree.Count = 1_000_000
    return [tree]


def _deep_tree(pdf: Pdf) -> list[Object]:
    nodes = [pdf.Root.Pages]
    for _ in range(2_000):
        nodes.append(pdf.make_indirect(Dictionary(Type=Name.Pages, Count=1, Parent=nodes[-1])))
    leaf = nodes[0].Kids[0]
    for parent, child in zip(nodes, [*nodes[1:], leaf], strict=True):
        parent.Kids = Array([child])
    return nodes


def _circular_tree(pdf: Pdf) -> list[Object]:
    tree = pdf.Root.Pages
    tree.Kids.append(tree)
    tree.Count = 2
    return [tree]


def _many_notes(pdf: Pdf) -> list[Object]:
    page = pdf.pages[0].obj
    note = Dictionary(Type=Name.Annot, Subtype=Name.Square, Rect=Array([0, 0, 9, 9]))
    page.Annots = Array([note] * 60_000)
    return [page]


def _tiled(pdf: Pdf) -> list[Object]:
    pattern = stream(
        pdf, b"0 0 .01 .01 re f", Type=Name.Pattern, PatternType=1, PaintType=1, TilingType=1, XStep=0.01, YStep=0.01,
        BBox=Array([0, 0, 0.01, 0.01]), Resources=Dictionary(),
    )  # fmt: skip
    content = stream(pdf, b"/Pattern cs /P scn 0 0 600 800 re f")
    return [*_shown_by(pdf, content, Pattern=Dictionary(P=pattern)), pattern]


PAGE_BOMBS: dict[str, Edit] = {
    "content of 1:1000": _content_of(b" " * 60_000_000),
    "content packed three times": _content_of(b"0 0 m 9 9 l S\n" * 3_000_000, times=3),
    "a million saved states": _content_of(b"q " * 5_000_000),
    "deep nesting": _content_of(b"[" * 2_000_000 + b"] TJ"),
    "a huge image": _image(65_000, 65_000),
    "an image packed twice": _image(4_000, 4_000, times=2),
    "drawings that draw each other": _laughing,
    "a drawing that draws itself": _loop,
    "a huge page": _box(0, 0, 1e9, 1e9),
    "a page of no size": _box(0, 0, 0, 0),
    "an endless strip": _box(0, 0, 1e12, 1),
    "a page that is inside out": _box(9e9, 9e9, -9e9, -9e9),
    "a page tree of a million": _wide_tree,
    "a deep page tree": _deep_tree,
    "a page tree in a circle": _circular_tree,
    "sixty thousand notes": _many_notes,
    "a pattern of specks": _tiled,
}
