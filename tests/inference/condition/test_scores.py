"""A sheet's scores are those of its kept tiles."""

from __future__ import annotations

import numpy as np
import pytest

from inference.condition.scores import SheetSummary, summarise


def test_only_kept_tiles_count() -> None:
    sound = np.array([0.9, 0.5, 0.1, np.nan, 0.0], np.float32)
    kept = np.array([True, True, True, False, False])
    found = summarise(sound, kept)
    assert found.sound_mean == pytest.approx(0.5)
    assert found.condition_share == pytest.approx(1 / 3), "one half is not below one half"
    assert found.condition_max == pytest.approx(0.9)
    assert found.tiles == 3


def test_the_mean_is_not_that_of_float32() -> None:
    sound = np.full(2_000_000, 0.1, np.float32)
    assert summarise(sound, np.ones(len(sound), bool)).sound_mean == pytest.approx(
        float(np.float32(0.1)), 1e-12
    )


def test_no_kept_tile() -> None:
    for n in (0, 3):
        found = summarise(np.full(n, np.nan, np.float32), np.zeros(n, bool))
        assert found == SheetSummary(None, None, None, 0)


def test_what_is_no_probability_is_refused() -> None:
    for value in (np.nan, 1.5, -0.1):
        with pytest.raises(ValueError, match="sound must be 0 to 1 for each kept tile"):
            summarise(np.array([0.5, value]), np.array([True, True]))
    with pytest.raises(ValueError, match=r"one shape \(n,\), got \(2,\) and \(3,\)"):
        summarise(np.zeros(2), np.zeros(3, bool))
