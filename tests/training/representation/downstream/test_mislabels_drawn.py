"""Flipped labels of drawn sheets are found, from what can be measured of a leaf without a network."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from training.representation.downstream.mislabels import mislabels
from training.representation.drawn import draw_sheet, plant

GENERA, EACH, SIZE = 4, 60, 96
INK = 80  # saturation of 255; paper and label have less


def measured(sheet: Image.Image) -> NDArray[np.float64]:
    """Shares of 32 hues among the coloured pixels, and how the plant spreads over the sheet: 40 values."""
    hue, saturation, _ = (np.asarray(band) for band in sheet.convert("HSV").split())
    plants = saturation > INK
    shares = np.histogram(hue[plants], bins=32, range=(0, 256))[0] / plants.sum()
    spread = [plants.mean()]
    for axis in (0, 1):
        along = plants.mean(axis=axis)
        spread += [(along > 0).mean(), along.max(), along.std()]
    edges = sum(np.abs(np.diff(plants.astype(np.int8), axis=axis)).sum() for axis in (0, 1))
    return np.array([*shares, *spread, edges / plants.sum()])


def test_a_tenth_of_flipped_labels_is_found_among_drawn_sheets() -> None:
    labels = np.repeat([f"genus {number}" for number in range(GENERA)], EACH)
    sheets = [
        draw_sheet(plant(genus, number % 6, GENERA), number % 3, SIZE, (89, genus * EACH + number))
        for genus in range(GENERA)
        for number in range(EACH)
    ]
    features = np.stack([measured(sheet) for sheet in sheets]).astype(np.float32)
    found = mislabels(features, labels)
    assert found["flipped"] == GENERA * EACH // 10
    assert found["true_positive_rate"] >= 0.9
    assert found["false_positive_rate"] <= 0.05
