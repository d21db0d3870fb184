"""Pictures and models that the tests of inference share."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.tiny_model import make_tiny_model

CLASSES = ("Sheet", "Slide", "Text")
REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A fresh copy of the tiny model, free to be damaged."""
    return make_tiny_model(tmp_path / "models", CLASSES)


def drawn(seed: int, size: tuple[int, int] = (120, 80)) -> Image.Image:
    """A smooth coloured picture with edges, so that decoders and resizers have something to differ in."""
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(0, 256, (6, 9, 3), dtype=np.uint8))
    picture = small.resize(size, Image.Resampling.BICUBIC)
    picture.paste((255, 250, 240), (size[0] // 3, size[1] // 2, size[0] // 2, size[1]))
    return picture


def encoded(picture: Image.Image, format: str, **options: object) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, format, **options)
    return stream.getvalue()


@pytest.fixture
def folder_of_pictures(tmp_path: Path) -> Path:
    """Seven drawn JPEGs, two of them in a subfolder."""
    root = tmp_path / "pictures"
    (root / "sub").mkdir(parents=True)
    for number in range(5):
        (root / f"p{number}.jpg").write_bytes(encoded(drawn(number), "JPEG"))
    for number in (5, 6):
        (root / "sub" / f"p{number}.JPG").write_bytes(encoded(drawn(number), "JPEG"))
    return root


@pytest.fixture
def command(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run python with arguments in its own process, models looked up under tmp_path/models."""

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *map(str, arguments)],
            cwd=REPOSITORY,
            env={**os.environ, "VASCULUM_VAR": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )

    return run
