"""What one drawn picture must be: repeatable, of its class's shape, marked, unlike its neighbours."""

from __future__ import annotations

import subprocess
import sys
from io import BytesIO
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from curation.drawing import CLASS_SLUGS, demo_set, draw
from curation.drawing.mark import COMMENT, mark_box
from curation.drawing.registry import render

ROOT = Path(__file__).parents[3]
SMALL = 96


def dhash(image: Image.Image) -> np.ndarray:
    """64 bits: whether each of 9x8 grey cells is darker than its right neighbour."""
    cells = np.asarray(image.convert("L").resize((9, 8), Image.Resampling.BOX), int)
    return (cells[:, 1:] > cells[:, :-1]).ravel()


@pytest.mark.parametrize("slug", CLASS_SLUGS)
def test_every_class_draws_at_the_asked_size(slug: str) -> None:
    for seed in (3, 4):
        image = draw(slug, seed, short_side=SMALL)
        assert image.mode == "RGB"
        assert min(image.size) == SMALL
        assert max(image.size) <= 2.2 * SMALL
        assert np.asarray(image).std() > 8, "an almost empty picture"


@pytest.mark.parametrize("slug", CLASS_SLUGS)
def test_same_arguments_same_pixels_other_seed_other_pixels(slug: str) -> None:
    first = draw(slug, 11, short_side=SMALL).tobytes()
    assert draw(slug, 11, short_side=SMALL).tobytes() == first
    assert draw(slug, 12, short_side=SMALL).tobytes() != first


def test_another_process_draws_the_same_pixels() -> None:
    program = (
        "import hashlib; from curation.drawing import draw\n"
        "for slug in ('illustrations-color', 'micrographs-electron'):\n"
        "    print(hashlib.sha256(draw(slug, 5, short_side=96).tobytes()).hexdigest())"
    )
    command = [sys.executable, "-c", program]
    runs = [subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True) for _ in range(2)]
    assert runs[0].stdout == runs[1].stdout
    assert len(runs[0].stdout.split()) == 2


def test_a_larger_picture_shows_the_same_composition() -> None:
    for slug in ("ordinary-pressed-specimens", "animal-specimens", "micrographs-transmission-light"):
        small, large = draw(slug, 8, short_side=128), draw(slug, 8, short_side=256)
        assert abs(small.width * 2 - large.width) <= 1
        assert abs(small.height * 2 - large.height) <= 1
        grey = [
            np.asarray(image.convert("L").resize((24, 24), Image.Resampling.BOX), float)
            for image in (small, large)
        ]
        assert np.abs(grey[0] - grey[1]).mean() < 8


@pytest.mark.parametrize("slug", CLASS_SLUGS)
def test_the_mark_is_in_the_lower_right_corner_and_nowhere_else(slug: str) -> None:
    plain = np.asarray(render(slug, 6, SMALL), int)
    marked = draw(slug, 6, short_side=SMALL)
    changed = np.abs(np.asarray(marked, int) - plain).max(axis=2) > 0
    left, top, right, bottom = mark_box(marked.size)
    inside = changed[top : bottom + 1, left : right + 1]
    assert inside.mean() > 0.5
    assert changed.sum() == inside.sum()
    assert left > marked.width * 0.4
    assert bottom - top < marked.height * 0.2


def test_a_file_says_that_it_is_drawn() -> None:
    item = next(demo_set(1))
    with Image.open(BytesIO(item.jpeg(64))) as image:
        assert image.format == "JPEG"
        assert image.info["comment"] == COMMENT.encode()
        assert image.getexif()[0x010E] == COMMENT
        assert item.licence in image.getexif()[0x8298]


def test_pictures_of_a_class_differ() -> None:
    """Of 40 pictures of a class, hardly two may be within 4 of 64 bits, as near-duplicates would be."""
    near = total = 0
    for slug in (
        "ordinary-pressed-specimens",
        "micrographs-transmission-light",
        "microscope-slides",
        "text-focused",
    ):
        hashes = [dhash(render(slug, seed, 64)) for seed in range(200, 240)]
        distances = [int((a != b).sum()) for a, b in combinations(hashes, 2)]
        near += sum(d <= 4 for d in distances)
        total += len(distances)
        assert np.median(distances) > 15
    assert near / total < 0.003


def test_bad_arguments_are_named() -> None:
    with pytest.raises(ValueError, match="'herbarium-sheets'.*animal-specimens"):
        draw("herbarium-sheets", 1)
    with pytest.raises(ValueError, match="seed must be 0 or more; got -1"):
        draw("text-focused", -1)
    with pytest.raises(ValueError, match="32 pixels or more; got 8"):
        draw("text-focused", 1, short_side=8)
