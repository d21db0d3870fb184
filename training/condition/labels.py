"""What a tile of a labelled sheet shows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.condition.sheets import Region, Sheet, SheetSet

UNSURE = -1
FINE = 64  # cells of a tile's side in which covered area is counted


def tile_labels(
    found: SheetSet,
    sheet: Sheet,
    boxes: NDArray[np.integer],
    size: tuple[int, int],
    *,
    covered: float = 0.5,
    touched: float = 0.1,
) -> NDArray[np.int64]:
    """The class of each tile, (n,); UNSURE for one that is neither here nor there and teaches nothing.

    boxes: (n, 4), left, top, right and bottom in pixels of the picture, whose width and height are ``size``.
    A sheet without regions gives its label to all of its tiles. With regions, a tile shows a condition where
    its regions cover at least ``covered`` of the tile, or where one region has at least ``covered`` of itself
    on the tile; it is sound where they touch less than ``touched`` of it and of themselves.
    """
    regions = found.regions.get(sheet.id, ())
    if not regions:
        return np.full(len(boxes), found.number(sheet.label), np.int64)
    labels = np.zeros(len(boxes), np.int64)
    for place, box in enumerate(boxes):
        shares = {
            number: _share([one for one in regions if found.number(one.label) == number], box, size)
            for number in sorted({found.number(one.label) for one in regions})
        }
        # Of two conditions the one that has more of the tile.
        number = max(shares, key=lambda one: (shares[one][0] >= covered, shares[one][1], shares[one][0]))
        if shares[number][0] >= covered:
            labels[place] = number
        elif max(share for share, _ in shares.values()) >= touched:
            labels[place] = UNSURE
    return labels


def _share(regions: Sequence[Region], box: NDArray[np.integer], size: tuple[int, int]) -> tuple[float, float]:
    """The part of the tile under any of the regions, or where it is larger that of one region on the tile;
    then the former alone."""
    left, top, right, bottom = (float(one) for one in box)
    under = np.zeros((FINE, FINE), bool)
    most = 0.0
    for one in regions:
        sides = (one.left * size[0], one.top * size[1], one.width * size[0], one.height * size[1])
        across = max(0.0, min(right, sides[0] + sides[2]) - max(left, sides[0]))
        down = max(0.0, min(bottom, sides[1] + sides[3]) - max(top, sides[1]))
        if across and down:
            most = max(most, across * down / (sides[2] * sides[3]))
            x = _cells(left, right, sides[0], sides[0] + sides[2])
            y = _cells(top, bottom, sides[1], sides[1] + sides[3])
            under[y[:, None] & x] = True
    share = float(under.mean())
    return max(most, share), share


def _cells(start: float, end: float, first: float, last: float) -> NDArray[np.bool_]:
    """Which of the cells from start to end have their middle between first and last."""
    middles = start + (np.arange(FINE) + 0.5) * (end - start) / FINE
    return (middles >= first) & (middles < last)
