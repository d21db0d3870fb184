"""Both programs of the benchmark make features of the same pictures; what is reckoned is in proportion."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks import features, features_loop
from tests.tiny_model import IMAGE_SIZE, make_tiny_model
from tests.training.drawn import picture
from training.representation.features.extract import extract


def test_the_plain_loop_says_the_same_of_the_same_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = make_tiny_model(tmp_path / "models", ("a", "b", "c"))
    random = np.random.default_rng(0)
    lines = ["id\tfile\tspecies"]
    for number in range(5):
        drawn = picture(number, 5, IMAGE_SIZE, IMAGE_SIZE, random)
        Image.fromarray(drawn).save(tmp_path / f"{number}.jpg", quality=95)
        lines.append(f"{number}.jpg\t{number}.jpg\t")
    (tmp_path / "catalogue.tsv").write_text("\n".join(lines) + "\n")
    extract(model, "output_gap", tmp_path, tmp_path / "store", batch=4)
    words = ["--model", model, "--layer", "output_gap", "--images", tmp_path, "--batch", 4]
    words += ["--output", tmp_path / "plain.npz"]
    monkeypatch.setattr("sys.argv", ["features_loop", *map(str, words)])
    assert features_loop.main() == 0
    found = features.compare(tmp_path)
    assert found["median"] > 0.99
    np.savez(tmp_path / "plain.npz", ids=["0.jpg"], features=np.zeros((1, 3)))
    with pytest.raises(features.Incomparable, match="vasculum has 5 .* keras 1 of 3"):
        features.compare(tmp_path)


def test_what_is_reckoned() -> None:
    assert features.reckoned(5, 25, 32, 10_000) == 25
    assert features.reckoned(5, 25, 32, 132) == pytest.approx(5 + 0.2 * 9968, abs=0.1)
    assert features.reckoned(5, 4, 32, 32) == 4
    given = argparse.Namespace(layer="", batch=8)
    for program in features._programs(given, Path("/model"), Path("/pictures")):
        assert "/model" in program.command
