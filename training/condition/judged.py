"""What both models said of some sheets, and how a sheet's tiles become one answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from training.condition.config import SCORES
from training.condition.sheets import Sheet
from training.evaluators.scored import Scored
from training.metrics import softmax

Floats = NDArray[np.float64]
TINY = 1e-6


@dataclass(frozen=True)
class Judged:
    """N sheets and K classes, the sound one first.

    mean, share, maximum: (N,) as inference.condition.scores has them, of sheets without a tile worth looking
    at 1, 0 and 0, so that they count as sound; tiles: how many were looked at. conditions: (N, K) mean
    probabilities over the tiles. entropy: (N,) of the whole sheet, bits. logits: (N, K) of the model of whole
    sheets.
    """

    sheets: tuple[Sheet, ...]
    classes: tuple[str, ...]
    mean: Floats
    share: Floats
    maximum: Floats
    tiles: NDArray[np.int64]
    conditions: Floats
    entropy: Floats
    logits: NDArray[np.float32]

    @cached_property
    def labels(self) -> NDArray[np.int64]:
        return np.array([self.classes.index(one.label) for one in self.sheets], np.int64)

    @cached_property
    def sound(self) -> NDArray[np.bool_]:
        result: NDArray[np.bool_] = self.labels == 0
        return result

    def soundness(self, score: str) -> Floats:
        """(N,) 0 to 1, the higher the sounder: by one of SCORES of the tiles, or "whole", the whole sheet."""
        return {
            "mean": self.mean,
            "share": 1 - self.share,
            "maximum": 1 - self.maximum,
            "whole": self.sheet_sound,
        }[score]

    @cached_property
    def sheet_sound(self) -> Floats:
        """(N,) P(sound) by the model of whole sheets."""
        result: Floats = softmax(self.logits)[:, 0]
        return result


@dataclass(frozen=True)
class Rule:
    """How the tile model answers for a sheet: it is sound where its score is at least the threshold."""

    score: str
    threshold: float


def rules_of(validate: Judged) -> dict[str, Rule]:
    """For each score the threshold with the best balanced accuracy on the sheets that validate."""
    return {
        score: Rule(score, best_threshold(validate.soundness(score), validate.sound))
        for score in (*SCORES, "whole")
    }


def best_rule(validate: Judged, rules: Mapping[str, Rule], wanted: str = "best") -> Rule:
    """The rule of the score asked for, or of the one that is most often right on the sheets that validate; of
    equals the one that tells more pairs apart, then the first."""
    if wanted != "best":
        return rules[wanted]

    def merit(score: str) -> tuple[float, float]:
        found = validate.soundness(score)
        right = balanced_accuracy(found >= rules[score].threshold, validate.sound)
        return round(right, 9), round(auc(found, validate.sound) or 0.0, 9)

    return rules[max(SCORES, key=merit)]


def best_threshold(soundness: Floats, sound: NDArray[np.bool_]) -> float:
    """The middle of the widest gap between two values that no other gap tells apart better; 0 to 1."""
    values = np.unique(np.concatenate([[0.0], soundness, [1.0]]))
    middles, widths = (values[1:] + values[:-1]) / 2, np.diff(values)
    if not len(middles):
        return 0.5
    right = np.array([round(balanced_accuracy(soundness >= one, sound), 9) for one in middles])
    best = np.flatnonzero(right == right.max())
    return float(middles[best[widths[best].argmax()]])


def balanced_accuracy(said: NDArray[np.bool_], sound: NDArray[np.bool_]) -> float:
    """Mean of the shares that are right among the sound and among the others, of those that there are."""
    parts = [float((said[which] == sound[which]).mean()) for which in (sound, ~sound) if which.any()]
    return sum(parts) / len(parts)


def auc(soundness: Floats, sound: NDArray[np.bool_]) -> float | None:
    """Area under the ROC curve of sound against the rest; None where there is only one of the two."""
    if sound.all() or not sound.any():
        return None
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(sound, soundness))


def scored_by_tiles(judged: Judged, rule: Rule) -> Scored:
    """The tile model's answers as those of a classifier.

    P(sound) is one half at the threshold and runs straight to 0 and 1 at the ends of the score; the
    conditions share the rest as their tiles say.
    """
    found = np.clip(judged.soundness(rule.score), 0, 1)
    p = np.interp(found, [0, rule.threshold, 1], [0, 0.5, 1])
    # np.interp puts the threshold itself on one half; a tie goes to the first class, the sound one.
    others = np.maximum(judged.conditions[:, 1:], TINY)
    others = others / others.sum(axis=1, keepdims=True)
    # A sheet below the threshold shows a condition even where several share what is left.
    rest = (1 - p)[:, None] * others
    flagged = found < rule.threshold
    leading = rest.max(axis=1)
    p = np.where(flagged & (p >= leading), leading * 0.999, p)
    probabilities = np.column_stack([p, rest])
    logits = np.log(np.maximum(probabilities / probabilities.sum(axis=1, keepdims=True), TINY))
    return _scored(judged, logits.astype(np.float32))


def scored_by_sheets(judged: Judged) -> Scored:
    return _scored(judged, judged.logits)


def _scored(judged: Judged, logits: NDArray[np.float32]) -> Scored:
    return Scored(
        logits=logits,
        labels=judged.labels,
        classes=judged.classes,
        ids=tuple(one.id for one in judged.sheets),
        sources=tuple(one.source for one in judged.sheets),
        licences=("",) * len(judged.sheets),
    )
