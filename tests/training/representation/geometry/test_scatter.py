"""The map as a picture: what is drawn, what is said, and the same bytes again."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from training.representation.geometry import scatter as module
from training.representation.geometry.scatter import save_scatter, scatter


def points(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, 2)).astype(np.float32)


def drawn(root: ElementTree.Element) -> dict[str, int]:
    """Marks by the group that they are in."""
    groups = [each for each in root.findall(".//{*}g") if each.get("id", "").startswith("points-")]
    return {each.get("id", ""): len(each.findall(".//{*}use")) for each in groups}


def test_a_panel_draws_no_more_points_than_it_says() -> None:
    names = [f"<taxon {each % 11}>" for each in range(299)] + [""]
    text = scatter({"train": points(300)}, {"train": names}, "genus", most=100)
    marks = drawn(ElementTree.fromstring(text))
    assert sum(marks.values()) == 100 and len(marks) == 9  # eight colours, and the others
    words = "".join(ElementTree.fromstring(text).itertext())
    assert "train: 300 pictures, 100 of them drawn" in words and "3 others: 81 pictures" in words
    assert "<taxon 0>: 28 pictures" in words
    assert text == scatter({"train": points(300)}, {"train": names}, "genus", most=100)


def test_every_point_is_within_its_panel_and_panels_share_their_scale() -> None:
    figure = module.scatter_figure(
        {"train": points(40), "random": points(5, 1) + 3}, {"train": ["a"] * 40, "random": ["b"] * 5}, "genus"
    )
    train, random = figure.axes
    assert train.get_xlim() == random.get_xlim() and train.get_ylim() == random.get_ylim()
    every = np.concatenate([points(40), points(5, 1) + 3])
    for axis, (low, high) in enumerate((train.get_xlim(), train.get_ylim())):
        assert low < every[:, axis].min() and every[:, axis].max() < high


def test_very_many_points_are_pixels_within_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["a$b", "c"] * 30
    monkeypatch.setattr(module, "MOST_SHAPES", 50)
    root = ElementTree.fromstring(scatter({"train": points(60)}, {"train": names}, "genus"))
    assert sum(drawn(root).values()) == 0 and len(root.findall(".//{*}image")) == 1
    assert "a$b: 30 pictures" in "".join(root.itertext())


def test_both_files_are_written_and_the_same_again(tmp_path: Path) -> None:
    for name in ("one", "two"):
        save_scatter(tmp_path / name, {"train": points(9)}, {"train": [""] * 9}, "family")
    for suffix in (".svg", ".png"):
        assert (tmp_path / f"one{suffix}").read_bytes() == (tmp_path / f"two{suffix}").read_bytes()
    assert "<dc:date>" not in (tmp_path / "one.svg").read_text()
    with Image.open(tmp_path / "one.png") as image:
        assert image.format == "PNG" and image.size[0] > 400
