"""Portraits for the people of the demonstration: drawn, clearly artificial, different for every seed.

They have the shape of a one-inch photo as the registers keep it (295 x 413 pixels, JPEG, at most 50 kB, on a
white or light-blue ground), and show nobody.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

WIDTH, HEIGHT = 295, 413
MOST_BYTES = 50_000

_MIDDLE = WIDTH / 2
_FINE = 3
"""Drawn this many times larger, then reduced: smooth edges."""

Point = tuple[float, float]
Colour = tuple[int, int, int]

_GROUNDS: tuple[tuple[Colour, Colour], ...] = (
    ((226, 239, 250), (190, 215, 238)),
    ((252, 253, 254), (232, 237, 242)),
)
_SKINS: tuple[Colour, ...] = ((246, 214, 190), (238, 200, 170), (226, 184, 150), (210, 164, 128))
_HAIR: tuple[Colour, ...] = ((28, 25, 27), (42, 33, 30), (58, 44, 38), (92, 90, 92))
_CLOTHES: tuple[Colour, ...] = ((38, 50, 74), (52, 58, 64), (46, 82, 104), (96, 58, 62), (54, 84, 72), (88, 96, 112))
_TIES: tuple[Colour, ...] = ((140, 38, 44), (36, 74, 122), (92, 96, 100), (120, 88, 46))


@dataclass(frozen=True, slots=True)
class _Person:
    ground: tuple[Colour, Colour]
    skin: Colour
    hair: Colour
    hair_style: str
    clothes: Colour
    clothes_style: str
    tie: Colour
    jaw: float
    """Half width of the face at the jaw, in pixels."""
    brow: float
    smile: float
    glasses: bool
    woman: bool


def sample_portrait(seed: str, *, woman: bool) -> bytes:
    """A portrait as JPEG, 295 x 413 pixels, at most 50 kB. The same seed gives the same picture."""
    chance = Random(int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8]))  # noqa: S311 - a picture, not a secret
    person = _person(chance, woman=woman)
    picture = _ground(person.ground)
    for draw in (_hair_behind, _body, _head, _features, _hair_in_front):
        draw(picture, person)
    if person.glasses:
        _glasses(picture)
    small = picture.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    written = io.BytesIO()
    small.save(written, "JPEG", quality=90, dpi=(300, 300), optimize=True)
    return written.getvalue()


def _person(chance: Random, *, woman: bool) -> _Person:
    return _Person(
        ground=chance.choice(_GROUNDS),
        skin=chance.choice(_SKINS),
        hair=chance.choice(_HAIR),
        hair_style=chance.choice(("bob", "long", "bun") if woman else ("short", "parted", "crew")),
        clothes=chance.choice(_CLOTHES),
        clothes_style=chance.choice(("jacket", "blouse") if woman else ("suit", "jacket", "suit")),
        tie=chance.choice(_TIES),
        jaw=chance.uniform(39, 44) if woman else chance.uniform(44, 51),
        brow=chance.uniform(1.6, 2.2) if woman else chance.uniform(2.6, 3.6),
        smile=chance.uniform(1.5, 4.5),
        glasses=chance.random() < 0.3,
        woman=woman,
    )


def _ground(colours: tuple[Colour, Colour]) -> Image.Image:
    size = (WIDTH * _FINE, HEIGHT * _FINE)
    top, bottom = (Image.new("RGB", size, colour) for colour in colours)
    return Image.composite(bottom, top, Image.linear_gradient("L").resize(size))


def _body(picture: Image.Image, person: _Person) -> None:
    broad = 0.90 if person.woman else 1.0
    shoulders = _blob(
        [
            (_out(124, broad), 430),
            (_out(120, broad), 340),
            (_out(104, broad), 303),
            (_out(66, broad), 280),
            (_out(34, broad), 264),
            (_MIDDLE, 260),
            (_out(-34, broad), 264),
            (_out(-66, broad), 280),
            (_out(-104, broad), 303),
            (_out(-120, broad), 340),
            (_out(-124, broad), 430),
        ]
    )
    _paint(picture, shoulders, person.clothes)
    for side, strength in ((1, 0.34), (-1, 0.24)):
        edge = [(_out(side * distance, broad), y) for distance, y in ((132, 298), (132, 430), (87, 430), (98, 318))]
        _tint(picture, shoulders, _blob(edge), (8, 10, 18), strength, 14)
    neckline = 306 if person.clothes_style == "jacket" else 316
    half = 27 if person.woman else 33
    neck = _blob(
        [
            (_MIDDLE - half, 216),
            (_MIDDLE - half - 1, 252),
            (_MIDDLE - half - 10, 272),
            (_MIDDLE, neckline - 14),
            (_MIDDLE + half + 10, 272),
            (_MIDDLE + half + 1, 252),
            (_MIDDLE + half, 216),
        ]
    )
    if person.clothes_style == "suit":
        _shirt_and_tie(picture, person, neck)
    elif person.clothes_style == "jacket":
        _paint(picture, neck, person.skin)
        _shade_neck(picture, neck)
        _collar(picture, _lighter(person.clothes, 0.14), 312, half)
        _line(picture, [(_MIDDLE, 312), (_MIDDLE, 413)], _darker(person.clothes, 0.35), 1.6)
    else:
        _paint(picture, _polygon([(100, 264), (195, 264), (_MIDDLE, 344)]), (247, 247, 246))
        _paint(picture, neck, person.skin)
        _shade_neck(picture, neck)
        _lapels(picture, person, 356)


def _shirt_and_tie(picture: Image.Image, person: _Person, neck: Image.Image) -> None:
    _paint(picture, _polygon([(108, 268), (187, 268), (172, 413), (123, 413)]), (246, 248, 250))
    _paint(picture, neck, person.skin)
    _shade_neck(picture, neck)
    _paint(picture, _polygon([(139, 294), (156, 294), (153, 310), (142, 310)]), _darker(person.tie, 0.12))
    _paint(picture, _polygon([(142.5, 310), (152.5, 310), (160, 413), (135, 413)]), person.tie)
    for side in (-1, 1):
        collar = _polygon(
            [
                (_MIDDLE + side * 41, 256),
                (_MIDDLE + side * 46, 271),
                (_MIDDLE + side * 22, 313),
                (_MIDDLE + side * 1, 295),
                (_MIDDLE + side * 20, 280),
            ]
        )
        _paint(picture, collar, (253, 254, 255))
        _line(
            picture,
            [(_MIDDLE + side * 46, 271), (_MIDDLE + side * 22, 313), (_MIDDLE + side * 1, 295)],
            (196, 204, 214),
            1.1,
        )
    _lapels(picture, person, 430)


def _lapels(picture: Image.Image, person: _Person, meeting: float) -> None:
    for side, light in ((-1, 0.10), (1, 0.05)):
        lapel = _polygon(
            [
                (_MIDDLE + side * 44, 260),
                (_MIDDLE + side * 58, 274),
                (_MIDDLE + side * 66, 320),
                (_MIDDLE + side * 52, 324),
                (_MIDDLE + side * 56, 334),
                (_MIDDLE + side * 2, meeting),
            ]
        )
        _paint(picture, lapel, _lighter(person.clothes, light))
        _line(picture, [(_MIDDLE + side * 44, 260), (_MIDDLE + side * 2, meeting)], _darker(person.clothes, 0.30), 1.2)
        _line(
            picture,
            [
                (_MIDDLE + side * 66, 320),
                (_MIDDLE + side * 52, 324),
                (_MIDDLE + side * 56, 334),
                (_MIDDLE + side * 2, meeting),
            ],
            _darker(person.clothes, 0.22),
            1.1,
        )


def _collar(picture: Image.Image, colour: Colour, meeting: float, neck: float) -> None:
    for side in (-1, 1):
        leaf = _polygon(
            [
                (_MIDDLE + side * (neck + 2), 247),
                (_MIDDLE + side * (neck + 17), 268),
                (_MIDDLE + side * 36, 326),
                (_MIDDLE + side * 0.5, meeting - 4),
                (_MIDDLE + side * 24, 286),
            ]
        )
        _paint(picture, leaf, colour)
        _line(
            picture,
            [(_MIDDLE + side * (neck + 17), 268), (_MIDDLE + side * 36, 326), (_MIDDLE + side * 0.5, meeting - 4)],
            _darker(colour, 0.28),
            1.2,
        )


def _shade_neck(picture: Image.Image, neck: Image.Image) -> None:
    _shade(picture, neck, _ellipse(_MIDDLE, 236, 58, 34), 0.26, 8)


def _face(person: _Person) -> Image.Image:
    jaw = person.jaw
    return _blob(
        [
            (_MIDDLE, 70),
            (_MIDDLE + 40, 80),
            (_MIDDLE + 57, 118),
            (_MIDDLE + 57, 158),
            (_MIDDLE + jaw + 6, 196),
            (_MIDDLE + jaw - 14, 229),
            (_MIDDLE, 247),
            (_MIDDLE - jaw + 14, 229),
            (_MIDDLE - jaw - 6, 196),
            (_MIDDLE - 57, 158),
            (_MIDDLE - 57, 118),
            (_MIDDLE - 40, 80),
        ]
    )


def _head(picture: Image.Image, person: _Person) -> None:
    for side in (-1, 1):
        ear = _ellipse(_MIDDLE + side * 58, 166, 9, 18)
        _paint(picture, ear, _darker(person.skin, 0.06))
        _shade(picture, ear, _ellipse(_MIDDLE + side * 57, 168, 4, 10), 0.18, 2)
    face = _face(person)
    _paint(picture, face, person.skin)
    _shade(picture, face, ImageChops.invert(_ellipse(140, 150, 54, 92)), 0.16, 14)
    _shade(picture, face, _ellipse(_MIDDLE, 82, 62, 24), 0.16, 9)
    for side in (-1, 1):
        _tint(
            picture,
            face,
            _ellipse(_MIDDLE + side * 33, 193, 15, 11),
            (232, 128, 112),
            0.17 if person.woman else 0.10,
            8,
        )
    _tint(picture, face, _ellipse(141, 128, 26, 18), (255, 255, 255), 0.14, 12)


def _features(picture: Image.Image, person: _Person) -> None:
    skin_shadow = _darker(person.skin, 0.34)
    for side in (-1, 1):
        x = _MIDDLE + side * 25.5
        _tint(picture, None, _ellipse(x, 157, 15, 9), skin_shadow, 0.22, 4)
        eye = _blob(
            [
                (x - side * 11.5, 163.5),
                (x - side * 3, 157.2),
                (x + side * 5, 157.6),
                (x + side * 12, 162),
                (x + side * 4, 166.8),
                (x - side * 5, 167),
            ]
        )
        _paint(picture, eye, (252, 251, 249))
        iris = ImageChops.multiply(_ellipse(x, 161.6, 5.8, 5.9), eye)
        _paint(picture, iris, (54, 36, 28))
        _paint(picture, ImageChops.multiply(_ellipse(x, 161.6, 2.8, 2.9), eye), (14, 10, 10))
        _paint(picture, _ellipse(x - 1.8, 159.6, 1.3, 1.3), (255, 255, 255))
        lash = [(x - side * 12, 164), (x - side * 3, 156.8), (x + side * 5, 157.2), (x + side * 13, 161.6)]
        _line(picture, _curve(lash), (34, 25, 24), 2.0 if person.woman else 1.5)
        _line(picture, _curve([(x - side * 10, 153.6), (x, 150.8), (x + side * 12, 154.8)]), skin_shadow, 0.8)
        brow = [(x - side * 13, 147), (x - side * 2, 141.5), (x + side * 9, 142.0), (x + side * 17, 147)]
        _line(picture, _curve(brow), _lighter(person.hair, 0.05), person.brow)
    _tint(picture, None, _polygon([(149, 158), (154, 190), (160, 199), (149, 203)]), skin_shadow, 0.30, 3)
    _tint(picture, None, _ellipse(146, 192, 4, 7), (255, 255, 255), 0.30, 3)
    _line(picture, _curve([(137.5, 199), (141, 203), (_MIDDLE, 204.6), (154, 203), (157.5, 199)]), skin_shadow, 1.3)
    _mouth(picture, person, skin_shadow)


def _mouth(picture: Image.Image, person: _Person, shadow: Colour) -> None:
    lips: Colour = (198, 92, 88) if person.woman else (190, 112, 100)
    lift = person.smile
    corners = (126 if person.woman else 125, 169 if person.woman else 170)
    mouth = _blob(
        [
            (corners[0], 221 - lift),
            (138, 217.4),
            (_MIDDLE, 219),
            (157, 217.4),
            (corners[1], 221 - lift),
            (158, 227.2),
            (_MIDDLE, 228.8),
            (137, 227.2),
        ]
    )
    _tint(picture, None, mouth, lips, 0.85, 0.7)
    _line(
        picture,
        _curve(
            [(corners[0] - 1, 220.4 - lift), (137, 222), (_MIDDLE, 222.6), (158, 222), (corners[1] + 1, 220.4 - lift)]
        ),
        _darker(lips, 0.45),
        1.2,
    )
    _tint(picture, None, _ellipse(_MIDDLE, 236, 14, 3), shadow, 0.26, 3)


def _hair_behind(picture: Image.Image, person: _Person) -> None:
    dark = _darker(person.hair, 0.18)
    if person.hair_style == "long":
        _paint(
            picture,
            _blob(
                [
                    (_MIDDLE, 46),
                    (206, 66),
                    (226, 140),
                    (228, 230),
                    (222, 330),
                    (190, 346),
                    (_MIDDLE, 330),
                    (105, 346),
                    (73, 330),
                    (67, 230),
                    (69, 140),
                    (89, 66),
                ]
            ),
            dark,
        )
    elif person.hair_style == "bob":
        _paint(
            picture,
            _blob(
                [
                    (_MIDDLE, 46),
                    (204, 66),
                    (223, 140),
                    (225, 215),
                    (214, 256),
                    (180, 262),
                    (_MIDDLE, 250),
                    (115, 262),
                    (81, 256),
                    (70, 215),
                    (72, 140),
                    (91, 66),
                ]
            ),
            dark,
        )
    elif person.hair_style == "bun":
        _paint(picture, _ellipse(_MIDDLE, 46, 25, 20), dark)
        _paint(
            picture,
            _blob([(_MIDDLE, 48), (196, 66), (211, 120), (208, 176), (_MIDDLE, 200), (87, 176), (84, 120), (99, 66)]),
            dark,
        )
    else:
        _paint(
            picture,
            _blob(
                [
                    (_MIDDLE, 48),
                    (194, 62),
                    (210, 106),
                    (209, 160),
                    (198, 178),
                    (_MIDDLE, 190),
                    (97, 178),
                    (86, 160),
                    (85, 106),
                    (101, 62),
                ]
            ),
            dark,
        )


_FRINGES: dict[str, tuple[Point, ...]] = {
    "short": (
        (86, 158),
        (83, 112),
        (96, 66),
        (_MIDDLE, 42),
        (199, 66),
        (212, 112),
        (209, 158),
        (203, 138),
        (197, 114),
        (178, 100),
        (150, 106),
        (120, 99),
        (98, 114),
        (92, 138),
    ),
    "parted": (
        (86, 160),
        (82, 110),
        (98, 62),
        (152, 39),
        (201, 64),
        (213, 112),
        (209, 160),
        (203, 136),
        (196, 112),
        (176, 100),
        (150, 96),
        (122, 84),
        (112, 98),
        (97, 116),
        (92, 138),
    ),
    "crew": (
        (87, 150),
        (85, 108),
        (98, 70),
        (_MIDDLE, 51),
        (197, 70),
        (210, 108),
        (208, 150),
        (203, 122),
        (192, 98),
        (170, 90),
        (_MIDDLE, 88),
        (125, 90),
        (103, 98),
        (92, 122),
    ),
    "bob": (
        (78, 236),
        (72, 150),
        (88, 74),
        (_MIDDLE, 40),
        (207, 74),
        (223, 150),
        (217, 236),
        (208, 196),
        (203, 150),
        (194, 124),
        (172, 118),
        (_MIDDLE, 121),
        (123, 118),
        (101, 124),
        (92, 150),
        (87, 196),
    ),
    "long": (
        (74, 300),
        (68, 160),
        (86, 76),
        (_MIDDLE, 40),
        (209, 76),
        (227, 160),
        (221, 300),
        (212, 220),
        (205, 160),
        (192, 122),
        (170, 100),
        (140, 84),
        (122, 102),
        (102, 128),
        (90, 162),
        (84, 220),
    ),
    "bun": (
        (87, 150),
        (83, 110),
        (98, 66),
        (_MIDDLE, 46),
        (197, 66),
        (212, 110),
        (208, 150),
        (202, 122),
        (186, 96),
        (166, 84),
        (_MIDDLE, 80),
        (129, 84),
        (109, 96),
        (93, 122),
    ),
}


def _hair_in_front(picture: Image.Image, person: _Person) -> None:
    hair = _blob(_FRINGES[person.hair_style])
    fallen = ImageChops.offset(hair, 0, 5 * _FINE).filter(ImageFilter.GaussianBlur(4 * _FINE))
    _shade(picture, _face(person), ImageChops.subtract(fallen, hair), 0.30, 0)
    _paint(picture, hair, person.hair)
    shine = _blob([(104, 84), (128, 64), (160, 58), (188, 70), (176, 72), (150, 70), (126, 78), (110, 94)])
    _tint(picture, hair, shine, (255, 255, 255), 0.22, 6)
    _shade(picture, hair, _ellipse(212, 130, 22, 70), 0.35, 10)


def _glasses(picture: Image.Image) -> None:
    frame: Colour = (40, 42, 48)
    for side in (-1, 1):
        x = _MIDDLE + side * 26
        lens = [(x - 19, 153), (x, 150), (x + 19, 153), (x + 18, 170), (x, 177), (x - 18, 170)]
        _tint(picture, None, _blob(lens), (255, 255, 255), 0.10, 0)
        _line(picture, _closed(lens), frame, 2.2)
        _line(picture, [(x + side * 19, 156), (_MIDDLE + side * 60, 158)], frame, 2.2)
    _line(picture, _curve([(140, 158), (_MIDDLE, 155.5), (155, 158)]), frame, 2.2)


def _out(distance: float, broad: float) -> float:
    return _MIDDLE + distance * broad


def _mask() -> Image.Image:
    return Image.new("L", (WIDTH * _FINE, HEIGHT * _FINE), 0)


def _polygon(points: Sequence[Point]) -> Image.Image:
    mask = _mask()
    ImageDraw.Draw(mask).polygon([(x * _FINE, y * _FINE) for x, y in points], fill=255)
    return mask


def _blob(points: Sequence[Point]) -> Image.Image:
    """The area within a smooth closed curve through the points."""
    return _polygon(_closed(points))


def _ellipse(x: float, y: float, radius_x: float, radius_y: float) -> Image.Image:
    mask = _mask()
    box = [(x - radius_x) * _FINE, (y - radius_y) * _FINE, (x + radius_x) * _FINE, (y + radius_y) * _FINE]
    ImageDraw.Draw(mask).ellipse(box, fill=255)
    return mask


def _closed(points: Sequence[Point]) -> list[Point]:
    ends = [points[-1], *points, points[0], points[1]]
    return [*_through(ends), points[0]]


def _curve(points: Sequence[Point]) -> list[Point]:
    return [*_through([points[0], *points, points[-1]]), points[-1]]


def _through(points: Sequence[Point]) -> list[Point]:
    """Catmull-Rom from the second point to the last but one."""
    found: list[Point] = []
    for before, one, two, after in zip(points, points[1:], points[2:], points[3:], strict=False):
        for step in range(12):
            t = step / 12
            weights = (
                -0.5 * t + t**2 - 0.5 * t**3,
                1 - 2.5 * t**2 + 1.5 * t**3,
                0.5 * t + 2 * t**2 - 1.5 * t**3,
                -0.5 * t**2 + 0.5 * t**3,
            )
            near = (before, one, two, after)
            found.append(
                (
                    sum(weight * x for weight, (x, _) in zip(weights, near, strict=True)),
                    sum(weight * y for weight, (_, y) in zip(weights, near, strict=True)),
                )
            )
    return found


def _paint(picture: Image.Image, mask: Image.Image, colour: Colour) -> None:
    picture.paste(colour, mask=mask)


def _tint(
    picture: Image.Image, within: Image.Image | None, mask: Image.Image, colour: Colour, strength: float, blur: float
) -> None:
    """A soft patch of colour, only where ``within`` is."""
    soft = mask.filter(ImageFilter.GaussianBlur(blur * _FINE)) if blur else mask
    soft = soft.point([round(value * strength) for value in range(256)])
    picture.paste(colour, mask=ImageChops.multiply(soft, within) if within else soft)


def _shade(picture: Image.Image, within: Image.Image, mask: Image.Image, strength: float, blur: float) -> None:
    _tint(picture, within, mask, (52, 26, 22), strength, blur)


def _line(picture: Image.Image, points: Sequence[Point], colour: Colour, width: float) -> None:
    draw = ImageDraw.Draw(picture)
    scaled = [(x * _FINE, y * _FINE) for x, y in points]
    draw.line(scaled, fill=colour, width=max(1, round(width * _FINE)), joint="curve")
    radius = width * _FINE / 2
    for x, y in (scaled[0], scaled[-1]):
        draw.ellipse([x - radius, y - radius, x + radius, y + radius], fill=colour)


def _lighter(colour: Colour, share: float) -> Colour:
    red, green, blue = (round(value + (255 - value) * share) for value in colour)
    return red, green, blue


def _darker(colour: Colour, share: float) -> Colour:
    red, green, blue = (round(value * (1 - share)) for value in colour)
    return red, green, blue
