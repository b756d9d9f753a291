"""Portraits of the demonstration: the shape the registers ask of a photo, and nobody's face."""

import io

from PIL import Image

from signing_service.demo.portraits import HEIGHT, MOST_BYTES, WIDTH, sample_portrait


def test_a_sample_portrait_has_the_size_and_weight_of_a_register_photo() -> None:
    for seed, woman in (("王建国", False), ("何芳", True)):
        data = sample_portrait(seed, woman=woman)
        assert len(data) <= MOST_BYTES
        with Image.open(io.BytesIO(data)) as picture:
            assert (picture.format, picture.mode, picture.size) == ("JPEG", "RGB", (WIDTH, HEIGHT))


def test_a_sample_portrait_stands_on_a_light_ground() -> None:
    with Image.open(io.BytesIO(sample_portrait("李明", woman=False))) as picture:
        assert all(min(picture.getpixel(corner)) > 200 for corner in ((2, 2), (WIDTH - 3, 2)))


def test_the_same_seed_shows_the_same_person_and_another_seed_another() -> None:
    assert sample_portrait("李明", woman=False) == sample_portrait("李明", woman=False)
    assert sample_portrait("李明", woman=False) != sample_portrait("张伟", woman=False)
