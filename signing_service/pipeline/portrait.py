"""证件照: a picture that somebody hands in becomes the portrait that licences carry (domain text, §2).

295 × 413 pixels, 25 × 35 mm at 300 dpi, JPEG of at most 50 kB. The picture is drawn anew, so that nothing else of the file
is kept; it is cut to the shape of a portrait, never stretched.
"""

from __future__ import annotations

import io

from PIL import Image, ImageOps

from signing_service.domain.errors import Problem

WIDTH, HEIGHT = 295, 413
LARGEST_FILE = 5_000_000
MOST_PIXELS = 40_000_000
LARGEST_PORTRAIT = 50_000
FORMATS = ("JPEG", "PNG")
QUALITIES, LAST_QUALITY = (92, 85, 75, 60, 45), 30


def portrait(data: bytes) -> bytes:
    """The JPEG. Raises Problem PHOTO_SIZE (too large, or smaller than a portrait), PHOTO_TYPE."""
    if len(data) > LARGEST_FILE:
        raise Problem(
            "PHOTO_SIZE", "照片不得超过 5 MB，请缩小后重传。", "A portrait has at most 5 MB: make it smaller."
        )
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
            width, height = opened.size
            if width * height > MOST_PIXELS or width < WIDTH or height < HEIGHT:
                raise Problem(
                    "PHOTO_SIZE",
                    f"照片至少 {WIDTH}×{HEIGHT} 像素、至多 4000 万像素，现为 {width}×{height}。",
                    f"A portrait has at least {WIDTH} × {HEIGHT} pixels and at most 40 million; this one is {width} × {height}.",
                )
            upright = ImageOps.exif_transpose(opened).convert("RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise Problem(
            "PHOTO_TYPE",
            "无法读取照片，请上传 JPG 或 PNG 格式的近期免冠证件照。",
            "The picture cannot be read: upload a recent portrait as JPEG or PNG.",
        ) from None
    fitted = ImageOps.fit(upright, (WIDTH, HEIGHT), centering=(0.5, 0.4))
    tried = (_jpeg(fitted, quality) for quality in QUALITIES)
    return next((made for made in tried if len(made) <= LARGEST_PORTRAIT), _jpeg(fitted, LAST_QUALITY))


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, dpi=(300, 300))
    return out.getvalue()
