"""What a folder's name says about the pictures in it."""

from __future__ import annotations

import pytest

from curation.records import label_of

NAMES = {
    "live-plants": "live-plants",
    "Live plant": "live-plants",
    "Illustrations gray": "illustrations-gray",
    "Microscope slide": "microscope-slides",
}


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("live-plants/1.jpg", "live-plants"),
        ("LIVE_PLANT/1.jpg", "live-plants"),
        ("2024/Illustrations Gray/E/1.jpg", "illustrations-gray"),
        ("live-plants/microscope slide/1.jpg", "microscope-slides"),
        ("live-plants\\1.jpg", "live-plants"),
        ("live-plants.jpg", ""),
        ("plants/live-plants.jpg", ""),
        ("1.jpg", ""),
        ("", ""),
    ],
)
def test_labels(path: str, label: str) -> None:
    assert label_of(path, NAMES) == label
