"""Grey prints stay grey on any paper; coloured plates do not."""

from __future__ import annotations

import time

import numpy as np
import pytest
from PIL import Image

from curation.drawing.registry import render
from curation.imaging import open_srgb
from curation.imaging.tone import chroma, looks_grey
from tests.curation.imaging.aged import aged
from tests.shared import SPECIMENS

FIRST, EACH = 500, 110  # other plates than those the threshold was chosen with


def tinted(
    grey: Image.Image, paper: tuple[int, int, int], ink: tuple[int, int, int] = (0, 0, 0)
) -> Image.Image:
    light = np.asarray(grey.convert("L"), np.float32)[..., None] / 255
    return Image.fromarray((np.array(ink) * (1 - light) + np.array(paper) * light).round().astype(np.uint8))


@pytest.fixture(scope="module")
def plate() -> Image.Image:
    return render("illustrations-gray", 12, 192).convert("L")


def test_two_hundred_aged_plates() -> None:
    wrong = []
    for n in range(FIRST, FIRST + EACH):
        for slug, grey in (("illustrations-gray", True), ("illustrations-color", False)):
            picture = render(slug, n, 192)
            if n % 4:
                picture = aged(picture, np.random.default_rng([n, grey]))
            if looks_grey(chroma(picture)) is not grey:
                wrong.append(f"{slug} {n}")
    assert len(wrong) <= 0.04 * 2 * EACH, wrong


@pytest.mark.parametrize(
    "paper", [(255, 255, 255), (243, 229, 190), (222, 196, 140), (236, 240, 250), (128, 120, 100)]
)
@pytest.mark.parametrize("ink", [(0, 0, 0), (60, 38, 20), (40, 40, 55)])
def test_any_ink_on_any_paper_is_grey(
    plate: Image.Image, paper: tuple[int, int, int], ink: tuple[int, int, int]
) -> None:
    assert looks_grey(chroma(tinted(plate, paper, ink)))


def test_a_grey_picture_has_no_chroma(plate: Image.Image) -> None:
    assert chroma(plate.convert("RGB")) < 0.1
    for flat in ("white", "black", "gray"):
        assert chroma(Image.new("RGB", (50, 70), flat)) < 0.1


@pytest.mark.parametrize(
    "colour", [(70, 130, 60), (200, 40, 50), (60, 80, 190), (150, 60, 160), (240, 190, 20)]
)
def test_a_little_colour_counts_and_a_stamp_does_not(
    plate: Image.Image, colour: tuple[int, int, int]
) -> None:
    area = plate.width * plate.height
    for share, grey in ((0.003, True), (0.02, False)):
        picture = tinted(plate, (243, 229, 190))
        side = round((area * share) ** 0.5)
        picture.paste(colour, (30, 40, 30 + side, 40 + side))
        assert looks_grey(chroma(picture)) is grey


def test_a_picture_of_one_bright_colour_is_coloured() -> None:
    for colour in ("green", "red", "blue", "yellow", "purple"):
        assert not looks_grey(chroma(Image.new("RGB", (60, 60), colour)))


def test_the_size_hardly_matters() -> None:
    large = render("illustrations-color", 4, 800)
    small = large.resize((192, round(large.height * 192 / large.width)), Image.Resampling.LANCZOS)
    assert chroma(small) == pytest.approx(chroma(large), rel=0.1)


def test_it_takes_five_milliseconds() -> None:
    picture = render("illustrations-color", 4, 192)
    chroma(picture)
    taken = []
    for _ in range(9):
        started = time.thread_time()
        chroma(picture)
        taken.append(time.thread_time() - started)
    assert min(taken) < 0.005


def test_only_rgb() -> None:
    with pytest.raises(ValueError, match="not L"):
        chroma(Image.new("L", (9, 9)))


@pytest.mark.shared_data
def test_real_photographs_and_old_prints_of_them() -> None:
    """A photograph of a green plant is coloured; printed in grey and grown old it is not."""
    wrong = total = coloured = 0
    for n, path in enumerate(sorted(SPECIMENS.glob("*.jpg"))):
        picture = open_srgb(path, min_short_side=192).image
        picture.thumbnail((288, 288))
        coloured += not looks_grey(chroma(picture))
        for k in range(4):
            old = aged(picture.convert("L").convert("RGB"), np.random.default_rng([n, k]))
            wrong += not looks_grey(chroma(old))
            total += 1
    assert total == 100
    assert wrong <= 10
    assert coloured >= 21  # some sheets hold a straw-coloured grass and a grey label only
