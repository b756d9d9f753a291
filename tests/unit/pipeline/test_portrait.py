"""A picture that is handed in becomes a portrait of one size, or is refused with what to do."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from signing_service.domain.errors import Problem
from signing_service.pipeline.portrait import HEIGHT, LARGEST_FILE, LARGEST_PORTRAIT, WIDTH, portrait


def picture(width: int, height: int, kind: str = "JPEG") -> bytes:
    out = io.BytesIO()
    Image.effect_noise((width, height), 90).convert("RGB").save(out, kind)
    return out.getvalue()


@pytest.mark.parametrize(("width", "height", "kind"), [(600, 800, "JPEG"), (295, 413, "PNG"), (1200, 700, "PNG")])
def test_a_portrait_has_one_size_and_fits_a_licence(width: int, height: int, kind: str) -> None:
    made = portrait(picture(width, height, kind))
    with Image.open(io.BytesIO(made)) as opened:
        assert (opened.format, opened.size) == ("JPEG", (WIDTH, HEIGHT))
    assert len(made) <= LARGEST_PORTRAIT


def test_nothing_else_of_the_file_is_kept() -> None:
    assert b"<script>" not in portrait(picture(300, 420) + b"<script>")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (picture(200, 300), "PHOTO_SIZE"),
        (b"\xff\xd8" + b"0" * LARGEST_FILE, "PHOTO_SIZE"),
        (b"%PDF-1.7 no picture", "PHOTO_TYPE"),
        (b"", "PHOTO_TYPE"),
        (picture(300, 420, "BMP"), "PHOTO_TYPE"),
        (picture(300, 420)[:200], "PHOTO_TYPE"),
    ],
)
def test_what_is_no_portrait_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(Problem) as refusal:
        portrait(data)
    assert refusal.value.code == code
