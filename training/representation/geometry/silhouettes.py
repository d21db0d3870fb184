"""How much nearer pictures are to their own taxon than to the next one (P. J. Rousseeuw, "Silhouettes",
Journal of Computational and Applied Mathematics 20, 1987), by scikit-learn, with Euclidean distances.

1 is deep inside its class, 0 between two, -1 in another one. Every pair of pictures is compared, so beyond
`most` rows a sample is drawn, stratified by class.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from training.representation.blocks import Blocks, Rows
from training.representation.rows import feature_rows, label_array

WORKING_MIB = 128  # of distances at once


@dataclass(frozen=True)
class Silhouettes:
    """values: (n,) float32, -1 to 1, of the rows that were scored. rows: (n,) their places, ascending.
    per_class: one dict a class, by name: class, rows, scored, mean. facts: JSON-ready, `mean` among them."""

    rows: NDArray[np.int64]
    values: NDArray[np.float32]
    per_class: list[dict[str, Any]]
    facts: dict[str, Any]

    @property
    def mean(self) -> float:
        return float(self.facts["mean"])


def silhouettes(
    features: ArrayLike | Blocks, labels: Sequence[str], *, seed: int = 89, most: int = 20_000
) -> Silhouettes:
    """Score each row; features (N, D), labels one a row, "" where it is not known (left out, counted);
    only the rows that are scored are read.

    Beyond `most` rows as many are drawn from each class as its share, at least two (or its only one). The
    only one of a class scores 0, as in scikit-learn, and is part of the mean; facts count them as
    `singletons`. Raises ValueError for fewer than two classes, for as many classes as rows, and where `most`
    does not hold two of each class.
    """
    every = Blocks.of(features)
    names = label_array(labels, len(every))
    named = np.flatnonzero(names != "")
    classes, which = np.unique(names[named], return_inverse=True)
    if len(classes) < 2:
        raise ValueError(f"labels must be of at least two classes, got {len(classes)}")
    sizes = np.bincount(which)
    taken = _shares(sizes, most)
    random = np.random.default_rng(seed)
    by_class = np.split(np.argsort(which, kind="stable"), np.cumsum(sizes)[:-1])
    drawn = np.sort(
        np.concatenate(
            [
                members if n == len(members) else random.choice(members, n, replace=False)
                for members, n in zip(by_class, taken.tolist(), strict=True)
            ]
        )
    )
    rows, which = named[drawn], which[drawn]
    if len(classes) >= len(rows):
        raise ValueError(f"labels must be fewer than rows ({len(rows)}), got {len(classes)} classes")
    values = _scores(feature_rows(every[rows]), which)
    sums = np.bincount(which, values.astype(np.float64), minlength=len(classes))
    per_class = [
        {"class": str(name), "rows": int(size), "scored": int(n), "mean": float(total / n)}
        for name, size, n, total in zip(classes, sizes, taken, sums, strict=True)
    ]
    sampled = len(rows) < len(named)
    facts = {
        "rows": len(every),
        "unlabelled": len(every) - len(named),
        "scored": len(rows),
        "classes": len(classes),
        "singletons": int((taken == 1).sum()),
        "sampling": f"{len(rows):,} of {len(named):,}, stratified by class, at least two of each, seed {seed}"
        if sampled
        else "all",
        "mean": float(values.mean(dtype=np.float64)),
        "mean_of_classes": float(np.mean([one["mean"] for one in per_class])),
    }
    return Silhouettes(rows, values, per_class, facts)


def of_sets(
    features: ArrayLike | Blocks,
    labels: Sequence[str],
    sets: Mapping[str, Sequence[int]],
    *,
    seed: int = 89,
    most: int = 20_000,
) -> tuple[dict[str, Silhouettes], dict[str, str]]:
    """Score each set by itself, rows being places in `features`; and why a set could not be scored."""
    every = Blocks.of(features)
    found, failed = {}, {}
    for name, places in sets.items():
        rows = np.asarray(places, np.int64)
        try:
            one = silhouettes(every.part(rows), [labels[each] for each in rows], seed=seed, most=most)
        except ValueError as error:
            failed[name] = str(error)
        else:
            found[name] = Silhouettes(rows[one.rows], one.values, one.per_class, one.facts)
    return found, failed


def _scores(rows: Rows, which: NDArray[np.int64]) -> NDArray[np.float32]:
    from sklearn import config_context
    from sklearn.metrics import silhouette_samples

    with config_context(working_memory=WORKING_MIB):
        return np.asarray(silhouette_samples(rows, which, metric="euclidean"), np.float32)


def _shares(sizes: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """How many of each class: in proportion, `most` together, none below two or its size (largest remainders,
    of equal ones the first class)."""
    if sizes.sum() <= most:
        return sizes
    least = np.minimum(sizes, 2)
    if (needed := int(least.sum())) > most:
        raise ValueError(f"most must hold two of each class ({needed}), got {most}")
    # What is above the least is shared in proportion to what each class has above it.
    exact = (sizes - least) * ((most - needed) / int((sizes - least).sum()))
    shares = np.floor(exact).astype(np.int64)
    rest = most - needed - int(shares.sum())
    shares[np.argsort(shares - exact, kind="stable")[:rest]] += 1
    return np.asarray(least + shares)
