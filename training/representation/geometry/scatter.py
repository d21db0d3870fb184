"""A map of pictures as a standalone SVG: one panel a set, coloured by taxon."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from training.reports.svg import drawing, text
from training.representation.rows import Rows

# Okabe and Ito's colours without black, which a dark page hides, and one more; apart for colour-blind eyes.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b8860b", "#56b4e9", "#e69f00", "#7f5fc0")
MOST = 10_000  # points of a panel; more make a file that no program opens gladly
PANEL, GAP, TOP = 320.0, 24.0, 64.0
ROW = 18.0


def scatter(
    points: Mapping[str, Rows],
    labels: Mapping[str, Sequence[str]],
    level: str,
    *,
    seed: int = 89,
    most: int = MOST,
) -> str:
    """points: set -> (N, 2). labels: set -> one a row, "" where not known; the most frequent have a colour,
    each of the others none of its own. Panels share their scale. Beyond `most` points of a set as many are
    drawn with the seed, and the panel says so.
    """
    counts = Counter(name for names in labels.values() for name in names if name)
    shown = [name for name, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[: len(COLOURS)]]
    every = np.concatenate([one for one in points.values() if len(one)])
    low, size = every.min(axis=0), float(max(np.ptp(every, axis=0).max(), 1e-9))
    random = np.random.default_rng(seed)
    columns = min(2, len(points))
    parts = [text(GAP, 28, f"UMAP, coloured by {level}", kind="head")]
    for number, (name, values) in enumerate(points.items()):
        left = GAP + number % columns * (PANEL + GAP)
        top = TOP + number // columns * (PANEL + TOP)
        places = np.arange(len(values))
        told = f"{name}: {len(values):,} pictures"
        if len(values) > most:
            places = np.sort(random.choice(len(values), most, replace=False))
            told += f", {most:,} of them drawn"
        parts.append(text(left, top - 10, told))
        parts.append(
            f'<rect class="grid" x="{left:.0f}" y="{top:.0f}" width="{PANEL:.0f}" height="{PANEL:.0f}"/>'
        )
        at = (values[places] - low) / size * (PANEL - 12)
        at = np.stack([left + 6 + at[:, 0], top + PANEL - 6 - at[:, 1]], axis=1)
        names = np.array([labels[name][each] for each in places.tolist()], dtype=np.str_)
        parts += _points(at, names, shown)
    rows = -(-len(points) // columns)
    bottom = TOP + rows * (PANEL + TOP) - TOP + 28
    parts += _legend(shown, counts, bottom)
    return drawing(
        GAP + columns * (PANEL + GAP),
        bottom + ROW * (len(shown) + 1) + 8,
        f"UMAP coloured by {level}",
        f"A point is a picture, near to those it resembles. Sets: {', '.join(points)}. "
        f"Coloured: {', '.join(shown) or 'none'}.",
        parts,
    )


def _points(at: NDArray[np.float64], names: NDArray[np.str_], shown: Sequence[str]) -> list[str]:
    """One path a colour; those of no colour first, below the others."""
    drawn = [_path(at[~np.isin(names, list(shown))], 'class="grid" style="stroke-width:2"')]
    drawn += [
        _path(at[names == name], f'fill="none" stroke="{colour}" stroke-width="3" stroke-opacity="0.7"')
        for name, colour in zip(shown, COLOURS, strict=False)
    ]
    return [one for one in drawn if one]


def _path(at: NDArray[np.float64], look: str) -> str:
    """Points as lines without length and with round ends: a third of the bytes of circles."""
    if not len(at):
        return ""
    steps = "".join(f"M{x:.1f} {y:.1f}h0" for x, y in at.tolist())
    return f'<path {look} stroke-linecap="round" d="{steps}"/>'


def _legend(shown: Sequence[str], counts: Mapping[str, int], top: float) -> list[str]:
    parts = []
    for row, (name, colour) in enumerate(zip(shown, COLOURS, strict=False)):
        y = top + row * ROW
        parts.append(f'<rect fill="{colour}" x="{GAP:.0f}" y="{y - 9:.0f}" width="10" height="10"/>')
        parts.append(text(GAP + 18, y, f"{name}: {counts[name]:,} pictures"))
    rest = len(counts) - len(shown)
    if rest:
        more = sum(counts.values()) - sum(counts[name] for name in shown)
        parts.append(
            text(GAP + 18, top + len(shown) * ROW, f"{rest:,} others: {more:,} pictures", kind="soft")
        )
    return parts
