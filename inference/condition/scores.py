"""From the tiles of a sheet to the sheet."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

HALF = 0.5


@dataclass(frozen=True)
class SheetSummary:
    """What the tiles of a sheet say together; None where no tile was kept.

    sound_mean: mean P(sound). condition_share: part of the tiles with P(sound) below one half.
    condition_max: the largest 1 - P(sound). tiles: how many were kept and counted.
    """

    sound_mean: float | None
    condition_share: float | None
    condition_max: float | None
    tiles: int


def summarise(sound: NDArray[np.floating], kept: NDArray[np.bool_]) -> SheetSummary:
    """Summarise (n,) P(sound), of which only those of kept (n,) tiles count.

    Raises ValueError where the shapes differ, or a kept tile's value is no probability.
    """
    if sound.ndim != 1 or sound.shape != kept.shape:
        raise ValueError(f"sound and kept must have one shape (n,), got {sound.shape} and {kept.shape}")
    counted = np.asarray(sound, np.float64)[np.asarray(kept, bool)]
    if not len(counted):
        return SheetSummary(None, None, None, 0)
    if not ((counted >= 0) & (counted <= 1)).all():
        raise ValueError(f"sound must be 0 to 1 for each kept tile, got {counted.min()} to {counted.max()}")
    return SheetSummary(
        float(counted.mean()), float((counted < HALF).mean()), float(1 - counted.min()), len(counted)
    )
