from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from curation.imaging import DATASET, REVIEW, THUMB, make_renditions
from curation.imaging.renditions import _Basis as Basis
from tests.curation.imaging.pictures import leaf, srgb_profile


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def test_sizes_and_formats() -> None:
    made = make_renditions(leaf(1_800, 2_400))
    review, dataset, thumb = (opened(made[r.name]) for r in (REVIEW, DATASET, THUMB))
    assert (review.format, review.size, review.info.get("progressive")) == ("JPEG", (1_024, 1_365), 1)
    assert (dataset.format, dataset.size) == ("JPEG", (192, 256))
    assert (thumb.format, thumb.size) == ("WEBP", (240, 320))


def test_nothing_is_enlarged() -> None:
    for size in ((300, 150), (1_000, 190)):
        made = make_renditions(leaf(*size))
        assert opened(made["review"]).size == size
    assert opened(made["dataset"]).size == (1_000, 190)
    assert opened(made["thumb"]).size == (320, 61)


def test_extreme_aspects_keep_a_pixel() -> None:
    assert REVIEW.size_for(60_000, 2) == (60_000, 2)
    assert THUMB.size_for(60_000, 2) == (320, 1)


def test_no_metadata_is_copied() -> None:
    plain = make_renditions(leaf(400, 300))
    tagged = leaf(400, 300)
    tagged.info = {"icc_profile": srgb_profile(), "comment": b"by hand", "exif": b"Exif\x00\x00II*\x00"}
    assert make_renditions(tagged) == plain
    for data in plain.values():
        assert not {"icc_profile", "exif", "comment"} & set(opened(data).info)


def test_same_pixels_same_bytes() -> None:
    assert make_renditions(leaf(1_500, 1_200)) == make_renditions(leaf(1_500, 1_200).copy())


def test_the_small_ones_inherit_no_compression() -> None:
    """From the review pixels, not from its JPEG: as near to one direct reduction as the encoder allows."""
    image = leaf(1_800, 1_500)
    made = make_renditions(image)

    def error(data: bytes) -> float:
        small = opened(data).convert("RGB")
        direct = image.resize(small.size, Image.Resampling.LANCZOS)
        return float(np.abs(np.asarray(small).astype(int) - np.asarray(direct)).mean())

    assert error(made["dataset"]) < 1.5


@pytest.mark.parametrize("size", [(1_024, 1_537), (1_000, 190), (601, 800), (333, 1_333)])
def test_sharing_the_first_step_changes_no_pixel(size: tuple[int, int]) -> None:
    image = leaf(*size)
    basis = Basis(image)
    for wanted in ((192, 288), (213, 320), (100, 40), (61, 320), (17, 300), size):
        one_by_one = image.resize(wanted, Image.Resampling.LANCZOS, reducing_gap=2.0)
        assert basis.resized(wanted).tobytes() == one_by_one.tobytes()


def test_only_rgb() -> None:
    with pytest.raises(ValueError, match="not CMYK"):
        make_renditions(Image.new("CMYK", (120, 120)))
