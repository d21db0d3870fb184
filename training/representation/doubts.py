"""Which decisions are doubtful: what a model, held-out probabilities and the nearest pictures say of a label.

Three parts, each in 0-1 with low = bad (the way of cleanlab):

quality     cleanlab's score of a label from out-of-fold probabilities (C. Northcutt et al., "Confident
            learning", JAIR 2021): self-confidence or normalised margin
neighbours  the share of the k nearest pictures that have the same label
agreement   1 where the model predicts the label, else 1 - its probability for what it predicts

The score is the mean of the three ranks (ties share the mean of theirs), scaled to 0-1: parts of different
scales weigh the same. Apart from it, `flagged` is what confident learning takes for an error.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from training.progress import Progress, Silent
from training.representation.neighbours import NeighbourIndex
from training.representation.rows import Rows, feature_rows, label_array

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


@dataclass(frozen=True)
class Doubts:
    """items: by rank. left_out: id -> why it could not be judged. facts: JSON-ready."""

    items: list[Doubt]
    left_out: dict[str, str]
    facts: dict[str, Any]


def doubts(
    features: ArrayLike,
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
    rows = feature_rows(features, ids)
    names = label_array(labels, len(rows))
    facts: dict[str, Any] = {"rows": len(rows), "rule": RULE, "k": k, "quality": quality, "seed": seed}
    if predictions is not None and len(predictions) != len(rows):
        raise ValueError(f"predictions must be one a row ({len(rows)}), got {len(predictions)}")
    if probabilities is None:
        judged, why = _enough(names, folds)
        made = out_of_fold(rows[judged], names[judged], folds=folds, seed=seed, progress=progress)
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
    columns = {name: np.asarray(column).tolist() for name, column in evidence.items()}
    some = [ids[each] for each in judged.tolist()]
    order = sorted(range(len(some)), key=lambda each: (scores[each], some[each]))
    items = [
        Doubt(
            some[each],
            str(names[judged[each]]),
            rank,
            float(scores[each]),
            bool(flagged[each]),
            {name: column[each] for name, column in columns.items()}
            | {"nearest": [ids[other] for other in found[each].tolist()]},
        )
        for rank, each in enumerate(order, 1)
    ]
    left = np.setdiff1d(np.arange(len(rows)), judged).tolist()
    facts |= {"judged": len(items), "left_out": len(left), "flagged": int(flagged.sum())}
    return Doubts(items, {ids[each]: why for each in left}, facts)


def out_of_fold(
    features: Rows,
    labels: NDArray[np.str_],
    *,
    folds: int = 5,
    seed: int = 89,
    progress: Progress | None = None,
) -> Probabilities:
    """Probabilities for each picture from a regression that has not seen it.

    StandardScaler and L2 logistic regression (C 1, at most 2,500 steps), both fitted within each of `folds`
    stratified folds. Raises ValueError for a class with fewer pictures than folds, or fewer than two classes.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    classes, which = np.unique(labels, return_inverse=True)
    if len(classes) < 2:
        raise ValueError(f"labels must be of at least two classes with {folds} pictures, got {len(classes)}")
    if (fewest := int(np.bincount(which).min())) < folds:
        raise ValueError(f"folds must be at most the pictures of each class ({fewest}), got {folds}")
    progress = progress or Silent()
    progress.begin(folds, "folds")
    values = np.zeros((len(labels), len(classes)), np.float32)
    for known, held in StratifiedKFold(folds, shuffle=True, random_state=seed).split(features, which):
        progress.check()
        model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2500))
        values[held] = model.fit(features[known], which[known]).predict_proba(features[held])
        progress.advance()
    return Probabilities(tuple(classes.tolist()), values)


def _enough(names: NDArray[np.str_], folds: int) -> tuple[NDArray[np.intp], str]:
    if folds < 2:
        raise ValueError(f"folds must be at least 2, got {folds}")
    counts = Counter(names.tolist())
    kept = np.flatnonzero(np.array([counts[name] >= folds for name in names.tolist()]))
    if len({names[each] for each in kept.tolist()}) < 2:
        raise ValueError(f"labels must be of at least two classes with {folds} pictures or more each")
    return kept, f"its class has fewer than {folds} pictures"


def _quality(method: str, labels: NDArray[np.int64], values: NDArray[np.float32]) -> NDArray[np.float64]:
    from cleanlab.rank import get_label_quality_scores

    return np.asarray(get_label_quality_scores(labels, values, method=method), np.float64)


def _flagged(labels: NDArray[np.int64], values: NDArray[np.float32]) -> NDArray[np.bool_]:
    from cleanlab.filter import find_label_issues

    with warnings.catch_warnings():
        # A class of the probabilities that no picture is labelled with is nothing to be told of.
        warnings.simplefilter("ignore", UserWarning)
        return np.asarray(
            find_label_issues(labels, values, filter_by="prune_by_noise_rate", n_jobs=1), np.bool_
        )


def _mean_of_ranks(parts: Sequence[NDArray[Any]]) -> NDArray[np.float64]:
    from scipy.stats import rankdata

    # Rounded, so that numbers that differ in the last bit only are the tie that they are.
    ranks = [(rankdata(part.astype(np.float64).round(7)) - 0.5) / len(part) for part in parts]
    return np.asarray(np.mean(ranks, axis=0))


def _most_common(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Of each row (N, k), the nearest first: the label that comes most often, of several the nearest."""
    counts = sum((labels == labels[:, [each]]).astype(np.int64) for each in range(labels.shape[1]))
    return np.take_along_axis(labels, np.argmax(counts, axis=1)[:, None], axis=1)[:, 0]
