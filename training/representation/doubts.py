"""Which decisions are doubtful: what a model, held-out probabilities and the nearest pictures say of a label.

Three parts, each in 0-1 with low = bad (the way of cleanlab):

quality     cleanlab's score of a label from out-of-fold probabilities (C. Northcutt et al., "Confident
            learning", JAIR 2021): self-confidence or normalised margin
neighbours  the share of the k nearest pictures that have the same label
agreement   1 where the model predicts the label, else 1 - its probability for what it predicts

The score is the mean of the three ranks (ties share the mean of theirs), scaled to 0-1: parts of different
scales weigh the same. Apart from it, `flagged` is what confident learning takes for an error.

Features are read in blocks. In memory are those that the regressions of folds that run at the same time are
fitted on, then the cells of the index; and the columns of the evidence.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from training.progress import Progress, Silent
from training.representation.blocks import Blocks, Places
from training.representation.downstream import finding
from training.representation.neighbours import NeighbourIndex
from training.representation.rows import constant_columns, feature_blocks, label_array

Quality = Literal["self_confidence", "normalized_margin"]
RULE = "mean of the ranks of quality, neighbours and agreement, scaled to 0-1; low is doubtful"


@dataclass(frozen=True)
class Probabilities:
    """values: (N, K), out of fold, rows sum to 1. classes: what each column is."""

    classes: tuple[str, ...]
    values: NDArray[np.float32]

    def __post_init__(self) -> None:
        if self.values.ndim != 2 or self.values.shape[1] != len(self.classes):
            raise ValueError(
                f"probabilities must have one column a class ({len(self.classes)}), got the shape "
                f"{self.values.shape}"
            )
        if len(set(self.classes)) != len(self.classes) or len(self.classes) < 2:
            raise ValueError("probabilities must be of at least two classes, each once")
        wrong = ~((self.values >= 0).all(axis=1) & (np.abs(self.values.sum(axis=1) - 1) < 1e-3))
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            raise ValueError(
                f"probabilities must be at least 0 and sum to 1, those of row {row} are "
                f"{self.values[row].tolist()[:8]}"
            )


@dataclass(frozen=True)
class Doubt:
    """rank: 1 is the most doubtful. score: 0-1, low = bad. evidence: each part and what it is from."""

    id: str
    label: str
    rank: int
    score: float
    flagged: bool
    evidence: Mapping[str, Any]


class Ranking(Sequence[Doubt]):
    """Doubts by rank, each made when it is asked for: a million of them at once take gigabytes.

    ids, labels, scores, flagged: of the judged, in their order. columns: evidence, one a judged. nearest:
    (n, k) places of ids in `every`. order: places of the judged, the most doubtful first.
    """

    def __init__(
        self,
        ids: Sequence[str],
        labels: NDArray[np.str_],
        scores: NDArray[np.float64],
        flagged: NDArray[np.bool_],
        columns: Mapping[str, NDArray[Any]],
        nearest: Places,
        every: Sequence[str],
    ) -> None:
        self._ids, self._labels, self._scores, self._flagged = ids, labels, scores, flagged
        self._columns, self._nearest, self._every = columns, nearest, every
        self._order = sorted(range(len(ids)), key=lambda each: (scores[each], ids[each]))

    def __len__(self) -> int:
        return len(self._order)

    @overload
    def __getitem__(self, place: int) -> Doubt: ...
    @overload
    def __getitem__(self, place: slice) -> list[Doubt]: ...
    def __getitem__(self, place: int | slice) -> Doubt | list[Doubt]:
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(len(self)))]
        each = self._order[place]
        return Doubt(
            self._ids[each],
            str(self._labels[each]),
            range(1, len(self) + 1)[place],
            float(self._scores[each]),
            bool(self._flagged[each]),
            {name: column[each].item() for name, column in self._columns.items()}
            | {"nearest": [self._every[other] for other in self._nearest[each].tolist()]},
        )


@dataclass(frozen=True)
class Doubts:
    """items: by rank. left_out: id -> why it could not be judged. facts: JSON-ready."""

    items: Ranking
    left_out: dict[str, str]
    facts: dict[str, Any]


def doubts(
    features: ArrayLike | Blocks,
    labels: Sequence[str],
    ids: Sequence[str],
    probabilities: Probabilities | None = None,
    *,
    predictions: Sequence[tuple[str, float]] | None = None,
    k: int = 10,
    folds: int = 5,
    quality: Quality = "self_confidence",
    seed: int = 89,
    index: NeighbourIndex | None = None,
    progress: Progress | None = None,
) -> Doubts:
    """Rank the decisions `labels` on the pictures `ids`, the most doubtful first.

    features: (N, D). probabilities: out of fold; None makes them (:func:`out_of_fold`). predictions: class
    and probability that a model gives for each picture; None takes the largest of `probabilities`. index:
    of these ids, where there is one already. Pictures of classes with fewer than `folds` (or that the
    probabilities do not have) are left out, though their labels count as neighbours. Raises ValueError where
    no two classes are left.
    """
    rows = feature_blocks(features, ids)
    names = label_array(labels, len(rows))
    facts: dict[str, Any] = {"rows": len(rows), "rule": RULE, "k": k, "quality": quality, "seed": seed}
    facts |= {"dimension": rows.shape[1], "constant_features": constant_columns(rows)}
    if predictions is not None and len(predictions) != len(rows):
        raise ValueError(f"predictions must be one a row ({len(rows)}), got {len(predictions)}")
    if probabilities is None:
        judged, why = _enough(names, folds)
        made = out_of_fold(rows.part(judged), names[judged], folds=folds, seed=seed, progress=progress)
        classes, values = made.classes, made.values
        facts["probabilities"] = f"{folds}-fold logistic regression on standardised features"
    else:
        if len(probabilities.values) != len(rows):
            raise ValueError(
                f"probabilities must be one a row ({len(rows)}), got {len(probabilities.values)}"
            )
        judged = np.flatnonzero(np.isin(names, np.array(probabilities.classes)))
        why = "the probabilities do not have its class"
        classes, values = probabilities.classes, probabilities.values[judged]
        facts["probabilities"] = "given"
        if len(set(names[judged].tolist())) < 2:
            raise ValueError("labels must be of at least two of the classes of the probabilities")
    place = {name: each for each, name in enumerate(classes)}
    given = np.array([place[name] for name in names[judged].tolist()], np.int64)
    index = index or NeighbourIndex.build(ids, rows, seed=seed)
    if index.ids != list(ids):
        raise ValueError("index must be of the ids of the features, in their order")
    found = index.search(k, judged.tolist()).rows
    facts["index"] = index.facts

    top = values.argmax(axis=1)
    predicted = [classes[each] for each in top.tolist()]
    sure = values[np.arange(len(top)), top]
    if predictions is not None:
        predicted = [predictions[each][0] for each in judged.tolist()]
        sure = np.array([predictions[each][1] for each in judged.tolist()], np.float32)
    known, code = np.unique(names, return_inverse=True)  # numbers: a million names take much memory
    around, flagged = code[found], _flagged(given, values)
    qualities = {name: _quality(name, given, values) for name in ("self_confidence", "normalized_margin")}
    parts = {
        "quality": qualities[quality],
        "neighbours": (around == code[judged][:, None]).mean(axis=1),
        "agreement": np.where(np.array(predicted, dtype=np.str_) == names[judged], 1.0, 1.0 - sure),
    }
    scores = _mean_of_ranks(list(parts.values()))
    evidence = {
        **parts,
        **qualities,
        "predicted": predicted,
        "predicted_probability": sure,
        "neighbours_other": 1 - parts["neighbours"],
        "neighbours_label": known[_most_common(around)],
    }
    columns = {name: np.asarray(column) for name, column in evidence.items()}
    some = [ids[each] for each in judged.tolist()]
    items = Ranking(some, names[judged], scores, flagged, columns, found, ids)
    left = np.setdiff1d(np.arange(len(rows)), judged).tolist()
    facts |= {"judged": len(items), "left_out": len(left), "flagged": int(flagged.sum())}
    return Doubts(items, {ids[each]: why for each in left}, facts)


def out_of_fold(
    features: ArrayLike | Blocks,
    labels: NDArray[np.str_],
    *,
    folds: int = 5,
    seed: int = 89,
    progress: Progress | None = None,
) -> Probabilities:
    """Probabilities for each picture from a regression that has not seen it (downstream.finding).

    Raises ValueError for a class with fewer pictures than folds, or fewer than two classes.
    """
    classes, which = np.unique(labels, return_inverse=True)
    if len(classes) < 2:
        raise ValueError(f"labels must be of at least two classes with {folds} pictures, got {len(classes)}")
    if (fewest := int(np.bincount(which).min())) < folds:
        raise ValueError(f"folds must be at most the pictures of each class ({fewest}), got {folds}")
    progress = progress or Silent()
    progress.begin(folds, "folds")
    rows: Any = Blocks.of(features)  # which gives an array for the rows of a fold, as an array does
    found = finding.out_of_fold(rows, which, len(classes), folds=folds, seed=seed, progress=progress)
    progress.advance(folds)
    return Probabilities(tuple(classes.tolist()), found.probabilities.astype(np.float32))


def _enough(names: NDArray[np.str_], folds: int) -> tuple[NDArray[np.intp], str]:
    if folds < 2:
        raise ValueError(f"folds must be at least 2, got {folds}")
    counts = Counter(names.tolist())
    kept = np.flatnonzero(np.array([counts[name] >= folds for name in names.tolist()]))
    if (enough := sum(n >= folds for n in counts.values())) < 2:
        raise ValueError(
            f"labels must be of at least two classes with {folds} pictures or more each, {enough} of "
            f"{len(counts):,} classes have as many; the largest has {max(counts.values()):,}"
        )
    return kept, f"its class has fewer than {folds} pictures"


def _quality(method: str, labels: NDArray[np.int64], values: NDArray[np.float32]) -> NDArray[np.float64]:
    from cleanlab.rank import get_label_quality_scores

    return np.asarray(get_label_quality_scores(labels, values, method=method), np.float64)


def _flagged(labels: NDArray[np.int64], values: NDArray[np.float32]) -> NDArray[np.bool_]:
    with warnings.catch_warnings():
        # A class of the probabilities that no picture is labelled with is nothing to be told of.
        warnings.simplefilter("ignore", UserWarning)
        return finding.find_issues(values.astype(np.float64), labels).flagged


def _mean_of_ranks(parts: Sequence[NDArray[Any]]) -> NDArray[np.float64]:
    from scipy.stats import rankdata

    # Rounded, so that numbers that differ in the last bit only are the tie that they are.
    ranks = [(rankdata(part.astype(np.float64).round(7)) - 0.5) / len(part) for part in parts]
    return np.asarray(np.mean(ranks, axis=0))


def _most_common(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Of each row (N, k), the nearest first: the label that comes most often, of several the nearest."""
    counts = sum((labels == labels[:, [each]]).astype(np.int64) for each in range(labels.shape[1]))
    return np.take_along_axis(labels, np.argmax(counts, axis=1)[:, None], axis=1)[:, 0]
