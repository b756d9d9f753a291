"""Hand-drawn signatures for the people of the demonstration: synthetic, and different for every name.

Some two dozen characters are written from their own strokes in a running hand; any other is made of two parts
chosen by the character, which is about as legible as most signatures are.
"""

from __future__ import annotations

import hashlib
import math
from itertools import pairwise
from random import Random

Point = tuple[float, float]
Stroke = tuple[Point, ...]
Strokes = tuple[Stroke, ...]

_PARTS: dict[str, str] = {
    # one stroke a semicolon, one point a blank; x,y of a square of 100, origin top left
    "亻": "24,6 18,30 4,52; 18,32 18,60 16,94",
    "氵": "14,14 20,20 22,25; 6,38 13,43 17,49; 8,90 14,74 26,54",
    "木": "6,32 26,29 44,26; 27,6 27,50 25,94; 26,32 18,50 4,66; 28,38 36,46 43,54",
    "弓": "14,18 36,14 34,27 16,34 36,33 18,54 40,50 36,78 26,92 15,84",
    "日": "10,22 12,60 13,64 11,24 36,20 34,58 14,62; 14,42 24,40 34,39",
    "纟": "26,6 14,24 30,24 10,46 34,42; 6,68 20,62 40,52",
    "阝": "12,14 30,12 22,30 16,36 30,44 26,56 16,54; 13,14 12,50 12,96",
    "子": "10,18 40,14 28,32 28,50 26,84 20,92 12,82; 4,56 24,50 46,42",
    "刘左": "28,8 34,14 36,20; 10,32 34,28 56,26; 46,30 36,54 8,86; 16,42 34,60 54,80",
    "刂": "70,24 70,44 68,60; 90,6 91,50 90,88 84,95 75,84",
    "长": "84,10 70,28 56,38; 46,48 70,44 98,40; 62,8 62,50 58,88 62,88 76,74; 66,48 78,68 100,90",
    "东": "44,24 66,20 90,16; 64,6 54,28 44,50 70,46 92,42; 70,36 70,60 68,88 62,95 53,86; 54,60 48,72 40,80; 82,58 90,68 97,80",
    "昜": "50,14 84,10 60,34 52,42 86,36 90,40 86,76 78,93 68,84; 64,42 58,58 46,72; 78,42 70,64 54,88",
    "小右": "70,6 70,50 68,86 60,92 53,80; 58,34 52,50 44,62; 82,34 90,48 98,62",
    "可": "38,20 68,16 100,12; 46,36 47,52 48,56 47,38 66,35 64,52 49,54; 86,16 86,50 84,84 78,93 69,84",
    "月": "56,8 56,50 42,92; 56,10 86,6 86,50 84,84 78,95 68,84; 58,30 70,28 84,27 70,44 58,50 84,48",
    "韦": "44,20 64,17 84,14 60,32 46,38 84,33; 38,56 64,52 92,50 88,66 80,77 73,68; 64,2 64,50 60,100",
    "虽": "58,12 60,28 58,14 82,11 80,25 61,27; 52,40 54,60 53,42 88,38 86,56 55,58; 70,30 70,60 66,84 48,90 90,82; 84,72 92,80 98,89",
    "每": "50,4 44,18 34,30; 46,18 66,15 86,12; 50,32 46,56 42,74 64,72 90,70; 50,32 70,29 86,28 82,60 78,86 70,95 60,86; 34,54 66,50 100,46; 64,38 62,46 60,58 64,66",
    "工右": "50,26 70,23 90,20; 70,24 70,50 68,78; 42,83 70,79 102,74",
    "林右": "48,30 72,26 98,22; 72,2 72,50 70,96; 71,28 60,50 44,76; 73,30 84,50 102,74",
}
_LEFT = ("亻", "氵", "木", "弓", "日", "纟", "阝", "子")
_RIGHT = ("长", "东", "昜", "小右", "可", "月", "韦", "虽", "每", "工右", "林右")

_TWO_PARTS = {
    "张": ("弓", "长"),
    "陈": ("阝", "东"),
    "杨": ("木", "昜"),
    "何": ("亻", "可"),
    "明": ("日", "月"),
    "伟": ("亻", "韦"),
    "强": ("弓", "虽"),
    "海": ("氵", "每"),
}

_WHOLE: dict[str, str] = {
    "王": "22,24 50,20 78,16; 50,20 49,50 46,82; 30,52 52,48 68,46 60,56 30,78 12,87 50,81 96,74",
    "李": "18,26 48,21 82,17; 50,2 50,30 48,54; 48,24 36,38 12,54; 52,26 66,38 94,50; 30,60 52,57 68,55 60,63 50,69 53,79 48,97 40,100 33,91; 8,80 50,75 96,69",
    "刘": _PARTS["刘左"] + ";" + _PARTS["刂"],
    "孙": _PARTS["子"] + ";" + _PARTS["小右"],
    "红": _PARTS["纟"] + ";" + _PARTS["工右"],
    "林": _PARTS["木"] + ";" + _PARTS["林右"],
    "周": "24,10 24,50 8,92; 24,12 60,8 86,8 86,50 84,86 78,95 67,86; 38,30 54,28 70,26; 54,18 54,36 52,48; 36,49 54,46 72,44; 42,60 44,80 42,62 66,58 64,76 44,78",
    "吴": "34,10 38,30 36,12 64,8 62,24 38,28; 28,44 50,41 74,38; 8,63 50,58 96,52; 52,42 46,64 12,96; 54,60 70,76 96,93",
    "赵": "22,18 34,15 46,13; 12,34 34,30 54,28; 34,4 34,30 32,66; 34,48 44,46 52,44; 22,48 20,66 6,86 20,75 50,83 100,91; 88,12 76,40 56,66; 60,22 76,40 94,62",
    "华": "34,4 26,20 8,36; 24,22 24,36 24,54; 84,8 66,24 54,30; 62,4 62,30 66,44 90,41 91,32; 4,67 50,61 98,56; 50,46 50,70 48,104",
    "文": "46,2 52,9 54,18; 10,30 50,25 92,20; 68,26 50,58 8,94; 30,34 54,62 98,93",
    "小": "52,4 52,50 50,86 42,94 33,80; 34,34 26,52 12,66; 68,34 80,48 93,64",
    "国": "16,14 16,50 16,94; 16,14 60,9 86,9 86,50 84,96; 34,30 50,28 66,26 52,30 50,50 38,52 64,49 50,54 49,72 30,77 72,70; 60,57 66,63 69,69; 16,92 50,89 86,88",
    "平": "18,16 50,12 82,10; 30,28 36,36 40,45; 72,24 64,36 55,43; 4,59 50,54 98,48; 50,14 50,60 48,106",
    "志": "18,20 50,16 84,12; 50,0 50,20 49,40; 28,42 50,39 72,36; 18,62 14,76 8,85; 34,58 36,78 48,91 70,89 82,81 77,70; 52,58 58,66 60,71; 78,50 88,58 95,67",
    "云": "26,20 50,16 74,13; 6,45 50,39 96,34; 46,40 36,60 16,86 40,83 78,75; 68,58 80,74 90,90",
    "军": "16,12 14,22 9,33; 16,14 50,10 86,7 80,20 75,25; 28,32 50,29 70,27; 52,16 40,40 30,55 54,52 76,49; 6,75 50,70 98,64; 52,36 52,70 50,108",
    "建": "46,14 64,11 80,9 82,12 80,34; 36,26 64,22 96,18; 46,38 62,35 80,33; 44,50 64,47 84,44; 38,64 64,60 92,57; 64,0 63,50 61,82; 10,22 28,19 20,38 12,46 30,46 22,68 2,90; 10,60 26,80 60,91 104,95",
    "芳": "10,20 50,15 92,12; 34,6 36,18 36,27; 66,4 63,16 58,27; 50,33 53,37 55,41; 12,52 50,47 94,43; 46,48 38,70 12,98; 44,64 66,61 75,62 68,86 60,97 50,88",
}


def sample_signature(name: str) -> Strokes:
    """Strokes of a signature of ``name``, as ``SealArtwork.strokes``: 0..1 of a 60 x 20 mm sheet.

    The same name gives the same signature. Points lie as a pen would report them at even times: near each other
    where it is slow, far apart where it is quick.
    """
    characters = [character for character in name if character != "·"][:4]
    chance = Random(int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]))  # noqa: S311 - a drawing, not a secret
    slant, rise, size = chance.uniform(0.10, 0.24), chance.uniform(0.02, 0.10), chance.uniform(0.94, 1.08)
    strokes: list[list[Point]] = []
    left = 0.0
    for index, character in enumerate(characters):
        width = (15.5 if index == 0 else 13.0 * chance.uniform(0.85, 1.1)) * size
        height = (16.0 if index == 0 else 13.0 * chance.uniform(0.85, 1.12)) * size
        base = -rise * left + chance.uniform(-0.6, 0.6)
        for stroke in _linked(_skeleton(character), chance):
            shaken = [(x + chance.gauss(0, 1.3), y + chance.gauss(0, 1.3)) for x, y in stroke]
            strokes.append(
                [
                    (left + x / 100 * width - slant * (y - 50) / 100 * height, base + (y - 50) / 100 * height)
                    for x, y in shaken
                ]
            )
        left += width * chance.uniform(0.84, 0.96)
    return _on_sheet([_penned(stroke, chance) for stroke in strokes])


def _skeleton(character: str) -> list[list[Point]]:
    if character in _WHOLE:
        return _read(_WHOLE[character])
    left, right = _TWO_PARTS.get(character) or _chosen_parts(character)
    return _read(_PARTS[left] + ";" + _PARTS[right])


def _chosen_parts(character: str) -> tuple[str, str]:
    number = int.from_bytes(hashlib.sha256(character.encode()).digest()[:4])
    return _LEFT[number % len(_LEFT)], _RIGHT[number // len(_LEFT) % len(_RIGHT)]


def _read(text: str) -> list[list[Point]]:
    strokes = [[tuple(map(float, point.split(","))) for point in stroke.split()] for stroke in text.split(";")]
    return [[(x, y) for x, y in stroke] for stroke in strokes]


def _linked(strokes: list[list[Point]], chance: Random) -> list[list[Point]]:
    """Now and then the pen is not lifted between two strokes that lie near each other."""
    linked = [strokes[0]]
    for stroke in strokes[1:]:
        before = linked[-1]
        leap = math.dist(before[-1], stroke[0])
        if leap < 48 and chance.random() < 0.42:
            (x1, y1), (x2, y2) = before[-1], stroke[0]
            bend = ((x1 + x2) / 2 + 0.12 * (y2 - y1), (y1 + y2) / 2 - 0.12 * (x2 - x1))
            linked[-1] = [*before, bend, *stroke]
        else:
            linked.append(stroke)
    return linked


def _penned(stroke: list[Point], chance: Random) -> list[Point]:
    """The stroke in millimetres as recorded: dense at its ends and in bends, sparse along its way."""
    fine = _rounded(stroke)
    lengths = [0.0]
    for one, other in pairwise(fine):
        lengths.append(lengths[-1] + math.dist(one, other))
    haste = chance.uniform(1.3, 2.2)
    recorded, position, index = [fine[0]], 0.0, 0
    while True:
        part = position / lengths[-1] if lengths[-1] else 1.0
        position += 0.45 + haste * math.sin(math.pi * min(part + 0.05, 1.0)) ** 1.5 * min(lengths[-1] / 10, 1.0)
        if position >= lengths[-1]:
            return [*recorded, fine[-1]]
        while lengths[index + 1] < position:
            index += 1
        recorded.append(fine[index])


def _rounded(stroke: list[Point]) -> list[Point]:
    """Corners cut twice (Chaikin), ends kept, then divided finely."""
    points = stroke
    for _ in range(2):
        middle = [
            (x1 + share * (x2 - x1), y1 + share * (y2 - y1))
            for (x1, y1), (x2, y2) in pairwise(points)
            for share in (0.25, 0.75)
        ]
        points = [points[0], *middle[1:-1], points[-1]]
    return [
        (x1 + step / 24 * (x2 - x1), y1 + step / 24 * (y2 - y1))
        for (x1, y1), (x2, y2) in pairwise(points)
        for step in range(24)
    ] + [points[-1]]


def _on_sheet(strokes: list[list[Point]]) -> Strokes:
    points = [point for stroke in strokes for point in stroke]
    left, right = min(x for x, _ in points), max(x for x, _ in points)
    top, bottom = min(y for _, y in points), max(y for _, y in points)
    scale = min(54 / (right - left), 18 / (bottom - top))
    across, down = 30 - scale * (left + right) / 2, 10 - scale * (top + bottom) / 2
    return tuple(
        tuple((round((x * scale + across) / 60, 4), round((y * scale + down) / 20, 4)) for x, y in stroke)
        for stroke in strokes
    )
